"""Where published files are kept: a folder, or places of an object store.

Promise: one address, one shelf; what is public and what is not never come to lie in one another.
Rules: `s3://bucket/prefix` has its public files below `public/` and all else below `private/`, unless what is private
has an address of its own.
Elsewhere: the shelves, `database.shelves` and `database.buckets`; the knobs, `settings`.
"""

from pathlib import Path
from urllib.parse import urlsplit

from database import buckets
from database.buckets import Patience, Place
from database.shelves import Folder, Shelf


def shelf(
    folder: Path, store: str | None, private: str | None, *, endpoint: str | None, patience: Patience | None = None
) -> Shelf:
    """The shelf of this service; the folder, where no store is named."""
    if store is None:
        return Folder(root=folder)
    public = place(store) if private else beneath(place(store), "public")
    other = place(private) if private else beneath(place(store), "private")
    return buckets.opened(public, other, endpoint=endpoint, patience=patience)


def place(url: str) -> Place:
    """The place of an address s3://bucket/prefix."""
    parts = urlsplit(url)
    return Place(bucket=parts.netloc, prefix=parts.path.strip("/"))


def beneath(place: Place, name: str) -> Place:
    """A place below another."""
    return Place(bucket=place.bucket, prefix=f"{place.prefix}/{name}".lstrip("/"))


def faults(shelf: Shelf) -> list[str]:
    """What is wrong with a shelf itself; a folder keeps its promises by itself."""
    return shelf.faults() if isinstance(shelf, buckets.Bucket) else []
