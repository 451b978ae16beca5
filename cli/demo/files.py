"""The demo's files for other software: clients, keys, roots, the anchor; and the marker that makes a folder a demo's.

Promise: every file is its owner's alone (0600); the anchor comes last, so that where it stands the demo is whole.
Rules: only a folder with the marker is ever emptied or written to by a demo. When the port changed, the clients' issuer
is written anew and nothing else.
Elsewhere: reading them, `cli.demo.worlds`.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from auth import secret_files
from cli import key_files
from cli.audit import credentials
from cli.audit.endings import Stopped
from cli.demo.foundations import ClientSecrets
from cli.key_files import StatementKey

MARKER: Final = "MADE-BY-DEMO"
ANCHOR: Final = "anchor"


def require_claimable(data: Path) -> None:
    """Stop unless the data folder is a demo's, or nobody's yet: a demo never touches what it did not make."""
    if not is_demo(data) and data.exists() and any(not half_claimed(path) for path in data.iterdir()):
        raise Stopped(f"{data} holds data that no demo made; a demo does not touch it", advice="Use --data FOLDER.")


def claim(data: Path) -> None:
    """Make the data folder a demo's."""
    require_claimable(data)
    marker = data / "demo" / MARKER
    if not marker.is_file():
        marker.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = "This folder was made by `estafet serve --demo`. Everything in it is invented.\n"
        secret_files.replace(marker, text)


def half_claimed(path: Path) -> bool:
    """Whether this is what a claim leaves that was killed before its marker stood."""
    return path.name == "demo" and path.is_dir() and all(each.name.startswith(f".{MARKER}.") for each in path.iterdir())


def is_demo(data: Path) -> bool:
    """Whether a demo made this folder."""
    return (data / "demo" / MARKER).is_file()


def whole(data: Path) -> bool:
    """Whether the demo's making came to its end."""
    return (data / "demo" / ANCHOR).is_file()


def forget(data: Path) -> None:
    """Remove what an interrupted making left behind, but for the database."""
    if not is_demo(data):
        raise Stopped(f"{data} is not a demo's folder")
    for name in ("ledger", "witness", "demo/clients", "demo/keys", "demo/roots"):
        shutil.rmtree(data / name, ignore_errors=True)


def write(
    data: Path,
    *,
    issuer: str,
    clients: Mapping[str, ClientSecrets],
    keys: Mapping[str, StatementKey],
    roots: Mapping[str, StatementKey],
    anchor: str,
) -> None:
    """Write all of them."""
    folder = data / "demo"
    for name, client in clients.items():
        key_files.write_new(folder / "clients" / f"{name}.json", document(client, issuer))
    for code, key in keys.items():
        key_files.write(folder / "keys" / f"{code}.json", key)
    for code, root in roots.items():
        key_files.write(folder / "roots" / f"{code}.json", root)
    secret_files.replace(folder / ANCHOR, anchor + "\n")


def document(client: ClientSecrets, issuer: str) -> dict[str, object]:
    """A client's file."""
    return {
        "issuer": issuer,
        "client_id": client.client_id,
        "party": client.party,
        "scopes": list(client.scopes),
        "client_jwk": dict(client.client_jwk),
        "dpop_jwk": dict(client.dpop_jwk),
    }


def move(data: Path, issuer: str) -> None:
    """Tell every client's file where the service is now."""
    for path in sorted((data / "demo" / "clients").glob("*.json")):
        held = dict(credentials.object_in(path))
        if held.get("issuer") != issuer:
            secret_files.replace(path, key_files.written(held | {"issuer": issuer}))
