"""The static bundle: its files, their types, their digest, and the content policy they are served under.

Promise: `bundle()` is everything a browser can be given, read once; `digest` names exactly these bytes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "html": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    }
)
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One file of the bundle."""

    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """All files by name, and the SHA-256 over names and bodies in order of name, in hex."""

    pages: Mapping[str, Page]
    digest: str


def bundle() -> Bundle:
    """The console's files; a file of a type that is not in MEDIA_TYPES is a fault of the package."""
    found = sorted((file for file in resources.files("console").joinpath("static").iterdir()), key=lambda f: f.name)
    pages = {
        f.name: Page(name=f.name, media_type=MEDIA_TYPES[f.name.split(".")[-1]], body=f.read_bytes()) for f in found
    }
    whole = hashlib.sha256()
    for page in pages.values():
        whole.update(f"{page.name}\n{len(page.body)}\n".encode() + page.body)
    return Bundle(pages=MappingProxyType(pages), digest=whole.hexdigest())
