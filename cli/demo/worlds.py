"""What a demo left in its folder for others to use: clients, keys, the anchor.

Promise: `read` gives a whole world or says how to make one.
Elsewhere: writing these files, `cli.demo.files`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli import key_files
from cli.audit import credentials
from cli.audit.credentials import Credentials
from cli.audit.endings import Stopped
from cli.key_files import StatementKey

AUDITOR = "auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A demo's files."""

    folder: Path
    clients: Mapping[str, Credentials]
    keys: Mapping[str, StatementKey]
    anchor: str

    def client_file(self, name: str) -> Path:
        """The file of one client."""
        return self.folder / "clients" / f"{name}.json"


def read(data: Path) -> World:
    """The demo in a data folder."""
    folder = data / "demo"
    if not (folder / "anchor").is_file():
        raise Stopped(f"there is no demo in {data}", advice="Start one with `make run` or `estafet serve --demo`.")
    return World(
        folder=folder,
        clients={file.stem: credentials.read(file) for file in sorted((folder / "clients").glob("*.json"))},
        keys={file.stem: key_files.read(file) for file in sorted((folder / "keys").glob("*.json"))},
        anchor=(folder / "anchor").read_text().strip(),
    )
