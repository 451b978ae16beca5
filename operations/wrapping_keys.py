"""The host's key-encryption keys in its key folder: wrapping.json, with those of each province and of the compartment.

Promise: a key that something is wrapped under is never lost by a start, a kill or a rotation: a new one is in the file
before it wraps anything, an old one leaves the file when it wraps nothing any more.
Rules: every replica has the same file; a service that lacks a key which the key store names does not start.
Elsewhere: what they wrap, `database.wrapping`; the command that renews them, `cli.rewrapping`.
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import replace
from importlib import resources
from pathlib import Path

from auth import secret_files
from casework import agreements
from database.wrapping import COMPARTMENT, Wrapper, Wrapping, Wrappings

FILE = "wrapping.json"


class Unreadable(Exception):
    """The file is not one of key-encryption keys; `str()` names it and never shows its content."""


def create(folder: Path, parties: Iterable[str]) -> Wrapping:
    """The keys of this folder; for an owner that has none yet, one is made."""
    path = folder / FILE
    known = read(folder) if path.exists() else Wrapping(owners={}, fingerprints=secrets.token_bytes(32))
    fresh = {owner: (_new(),) for owner in (*sorted(parties), COMPARTMENT) if owner not in known.owners}
    whole = Wrapping(owners={**known.owners, **fresh}, fingerprints=known.fingerprints)
    if not path.exists():
        secret_files.put_new(path, _spell(whole))
    elif fresh:
        secret_files.replace(path, _spell(whole))
    return read(folder)


def read(folder: Path) -> Wrapping:
    """Raises `Unreadable` or an OSError (`secret_files.Exposed` where others can read the file)."""
    path = folder / FILE
    try:
        told = json.loads(secret_files.read(path))
        owners = {
            owner: tuple(Wrapper(name=each["name"], secret=_key(each["secret"])) for each in every)
            for owner, every in told["owners"].items()
        }
        return Wrapping(owners=owners, fingerprints=_key(told["fingerprints"]))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise Unreadable(f"{path}: not a file of key-encryption keys") from None


def shipped() -> tuple[str, ...]:
    """The parties of the agreement that ships with the service."""
    document = (resources.files("casework") / "data" / "fkd-mpu-2025.json").read_bytes()
    return tuple(party.code for party in agreements.parse(document).parties)


def watched(folder: Path) -> Wrappings:
    """The keys of this folder, read anew whenever the file has changed; raises like `read`."""
    seen: list[tuple[tuple[int, int, int], Wrapping]] = []

    def now() -> Wrapping:
        told = (folder / FILE).stat()
        mark = (told.st_ino, told.st_mtime_ns, told.st_size)
        if not seen or seen[-1][0] != mark:
            seen[:] = [(mark, read(folder))]
        return seen[-1][1]

    now()
    return now


def renew(folder: Path, owners: Iterable[str]) -> Wrapping:
    """A new key for each of these owners, in front of those that they have."""
    known = read(folder)
    every = {owner: (_new(), *known.owners.get(owner, ())) for owner in owners}
    return _rewritten(folder, replace(known, owners={**known.owners, **every}))


def drop(folder: Path, used: Iterable[str]) -> Wrapping:
    """Forget the keys that are neither an owner's newest nor among those that something is wrapped under."""
    known, kept = read(folder), frozenset(used)
    every = {
        owner: (newest, *(each for each in older if each.name in kept))
        for owner, (newest, *older) in known.owners.items()
    }
    return _rewritten(folder, replace(known, owners=every))


def _rewritten(folder: Path, wrapping: Wrapping) -> Wrapping:
    secret_files.replace(folder / FILE, _spell(wrapping))
    return read(folder)


def _new() -> Wrapper:
    return Wrapper(name=secrets.token_hex(8), secret=secrets.token_bytes(32))


def _key(text: str) -> bytes:
    key = bytes.fromhex(text)
    if len(key) != 32:
        raise ValueError("a key has 32 bytes")
    return key


def _spell(wrapping: Wrapping) -> str:
    owners = {
        owner: [{"name": each.name, "secret": each.secret.hex()} for each in every]
        for owner, every in wrapping.owners.items()
    }
    return json.dumps({"fingerprints": wrapping.fingerprints.hex(), "owners": owners}, indent=2) + "\n"
