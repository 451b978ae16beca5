"""The copy of a log that a command works on: a folder that is there, or one fetched for this once.

Promise: a folder is used as it is; what is fetched from a URL is gone when the command ends.
Elsewhere: fetching, `cli.audit.downloads`; where it is asked for, `cli.audit.shelves`.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli.audit import credentials, downloads, folders, screens, shelves
from cli.audit.downloads import Fetched
from cli.audit.folders import Folder

Log = Annotated[str, typer.Argument(help="A folder of log files, or a service's URL.", metavar="DIR_or_URL")]
Client = Annotated[
    Path | None, typer.Option("--as", help="A client's file with the scope ledger:read.", metavar="FILE")
]


@contextmanager
def held(log: str, client: Path | None) -> Iterator[Folder]:
    """The folder named, or one that is filled from the URL named."""
    if "://" not in log:
        yield folders.existing(Path(log))
        return
    with tempfile.TemporaryDirectory(prefix="estafet-audit-") as kept:
        brought(log, Folder(Path(kept)), client)
        yield Folder(Path(kept))


def brought(url: str, folder: Folder, client: Path | None) -> Fetched:
    """Fetch, with a bar."""
    remote = shelves.remote(url, None if client is None else credentials.read(client))
    try:
        with screens.bar() as bar:
            task = bar.add_task("fetching", total=None)
            return downloads.fetch(
                remote.read, folder, lambda done, total: bar.update(task, completed=done, total=total)
            )
    finally:
        remote.close()
