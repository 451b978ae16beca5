"""The host's own keys in its key folder: log.json, host.json, oauth.json, cursor.key, wrapping.json.

Promise: a key is made once, readable by its owner alone, never over another, and its file is whole or absent, also
after a kill; a file that others can read is refused.
Rules: log.json signs checkpoints, host.json signs receipts and the host's notices, oauth.json signs access tokens,
cursor.key (64 hex digits) seals cursors, wrapping.json wraps the keys of persons. None of them can sign for a province.
Elsewhere: the provinces' keys, which never come here, `cli.keys`; the log's key as text, `ledger.notes`.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nacl.signing import SigningKey

import auth.keys
import ledger.keys
from auth import secret_files
from database.wrapping import Wrappings
from ledger.statements import HOST_KEY
from operations import wrapping_keys

LOG, HOST, OAUTH, CURSOR = "log.json", "host.json", "oauth.json", "cursor.key"


class Unusable(Exception):
    """A key file that cannot be used; `str()` names the file and never shows its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKeys:
    """What the host signs and seals with."""

    log: SigningKey = field(repr=False)
    host: SigningKey = field(repr=False)
    oauth: auth.keys.SigningKeys = field(repr=False)
    cursor: bytes = field(repr=False)
    wrapping: Wrappings = field(repr=False)


def create(folder: Path) -> HostKeys:
    """The keys of this folder; those that do not exist yet are made."""
    for name, key in ((LOG, "log"), (HOST, HOST_KEY)):
        if not (folder / name).exists():
            document = json.dumps(ledger.keys.private_jwk(SigningKey.generate(), key), indent=2)
            secret_files.put_new(folder / name, document + "\n")
    if not (folder / CURSOR).exists():
        secret_files.put_new(folder / CURSOR, secrets.token_hex(32) + "\n")
    auth.keys.create(folder / OAUTH)
    with _unusable(folder / wrapping_keys.FILE):
        wrapping_keys.create(folder, wrapping_keys.shipped())
    return read(folder)


def read(folder: Path) -> HostKeys:
    """The keys of this folder; raises `Unusable` naming the first file that cannot be used."""
    try:
        oauth = auth.keys.load(folder / OAUTH)
    except (auth.keys.KeysUnusable, OSError) as fault:
        raise Unusable(f"{folder / OAUTH}: {fault}") from None
    return HostKeys(
        log=read_signing(folder / LOG),
        host=read_signing(folder / HOST),
        oauth=oauth,
        cursor=_cursor(folder / CURSOR),
        wrapping=read_wrapping(folder),
    )


def read_wrapping(folder: Path) -> Wrappings:
    """The key-encryption keys of this folder, whenever they are asked for; raises `Unusable`."""
    with _unusable(folder / wrapping_keys.FILE):
        return wrapping_keys.watched(folder)


def read_signing(path: Path) -> SigningKey:
    """One of the host's signing keys; raises `Unusable`."""
    try:
        return ledger.keys.read_private(json.loads(_text(path)))[0]
    except (ValueError, RecursionError, ledger.keys.NotAKey):
        raise Unusable(f"{path}: not a private JWK (OKP, Ed25519)") from None


def _cursor(path: Path) -> bytes:
    try:
        key = bytes.fromhex(_text(path).strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise Unusable(f"{path}: expected 64 hexadecimal digits")
    return key


@contextmanager
def _unusable(path: Path) -> Iterator[None]:
    try:
        yield
    except (wrapping_keys.Unreadable, secret_files.Exposed) as fault:
        raise Unusable(str(fault)) from None
    except OSError as fault:
        raise Unusable(f"{path}: {fault.strerror}") from None


def _text(path: Path) -> str:
    with _unusable(path):
        return secret_files.read(path)
