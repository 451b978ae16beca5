"""The host's own keys in its key folder: log.json, host.json, oauth.json, cursor.key.

Promise: a key is made once, readable by its owner alone, never over another, and its file is whole or absent, also
after a kill; a file that others can read is refused.
Rules: log.json signs checkpoints, host.json signs receipts and the host's notices, oauth.json signs access tokens,
cursor.key (64 hex digits) seals cursors. None of them can sign for a province.
Elsewhere: the provinces' keys, which never come here, `cli.keys`; the log's key as text, `ledger.notes`.
"""

import json
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from nacl.signing import SigningKey

import auth.keys
import ledger.keys
from ledger.statements import HOST_KEY

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


def create(folder: Path) -> HostKeys:
    """The keys of this folder; those that do not exist yet are made."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, key in ((LOG, "log"), (HOST, HOST_KEY)):
        if not (folder / name).exists():
            document = json.dumps(ledger.keys.private_jwk(SigningKey.generate(), key), indent=2)
            _write_new(folder / name, document + "\n")
    if not (folder / CURSOR).exists():
        _write_new(folder / CURSOR, secrets.token_hex(32) + "\n")
    auth.keys.create(folder / OAUTH)
    return read(folder)


def read(folder: Path) -> HostKeys:
    """The keys of this folder; raises `Unusable` naming the first file that cannot be used."""
    try:
        oauth = auth.keys.load(folder / OAUTH)
    except (auth.keys.KeysUnusable, OSError) as fault:
        raise Unusable(f"{folder / OAUTH}: {fault}") from None
    return HostKeys(
        log=_signing(folder / LOG), host=_signing(folder / HOST), oauth=oauth, cursor=_cursor(folder / CURSOR)
    )


def _signing(path: Path) -> SigningKey:
    try:
        return ledger.keys.read_private(json.loads(_read(path)))[0]
    except ValueError:
        raise Unusable(f"{path}: not a private JWK (OKP, Ed25519)") from None


def _cursor(path: Path) -> bytes:
    try:
        key = bytes.fromhex(_read(path).strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise Unusable(f"{path}: expected 64 hexadecimal digits")
    return key


def _read(path: Path) -> str:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Unusable(
                f"{path}: others can read it; run chmod 600 on it, and consider whether it is still a secret"
            )
        return path.read_text()
    except OSError as fault:
        raise Unusable(f"{path}: {fault.strerror}") from None


def _write_new(path: Path, content: str) -> None:
    """Whole or absent, also after a kill; what that leaves beside it is in nobody's way. `cli` may not be asked."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(beside)  # unlike a rename, never over another
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
