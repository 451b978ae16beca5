"""Files of statement keys: a private JWK with the key's name in the register.

Promise: a key is written once, readable by its owner alone, and never over another; its file is whole or absent, also
after a kill; reading gives a whole key or says what is wrong.
Rules: names are `<party>/root`, `HOST/host` or `<party>/k` and 32 random hex digits: a name tells only the party.
Elsewhere: delegating a key, `cli.keys`; signing with it, `cli.signing`.
"""

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nacl.signing import SigningKey

from cli.audit import credentials, proofs
from cli.audit.endings import Stopped

NAME: Final = re.compile(r"(ID-[A-Z]{2})/(root|k[0-9a-f]{32})|HOST/host")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementKey:
    """A key that signs statements, under its name in the register."""

    name: str
    signing: SigningKey = field(repr=False)

    @property
    def party(self) -> str:
        """Whose key this is, as its name says."""
        return self.name.partition("/")[0]

    @property
    def public(self) -> str:
        """The public half as the register writes it."""
        return bytes(self.signing.verify_key).hex()


def new(party: str, *, root: bool = False) -> StatementKey:
    """A fresh key of a party."""
    name = f"{party}/root" if root else f"{party}/k{secrets.token_hex(16)}"
    if NAME.fullmatch(name) is None:
        raise Stopped(f"{party} is not a province's code such as ID-JK")
    return StatementKey(name=name, signing=SigningKey.generate())


def read(path: Path) -> StatementKey:
    """The key in a file."""
    document = credentials.object_in(path)
    try:
        key = StatementKey(name=credentials.word(document, "name"), signing=credentials.private_key(document))
    except KeyError as missing:
        raise Stopped(f"{path}: {missing.args[0]} is missing; this is not a statement key's file") from None
    except ValueError as fault:
        raise Stopped(f"{path}: {fault}") from None
    if NAME.fullmatch(key.name) is None:
        raise Stopped(f"{path}: {key.name} is not a name of the register")
    return key


def write(path: Path, key: StatementKey) -> None:
    """Write a new key file."""
    write_new(path, private_jwk(key.signing) | {"name": key.name})


def private_jwk(key: SigningKey) -> dict[str, str]:
    """A private JWK (RFC 8037)."""
    return proofs.public_jwk(key) | {"d": proofs.text_of(bytes(key))}


def write_new(path: Path, document: Mapping[str, object]) -> None:
    """Write a secret document: mode 0600 from its first moment, and never over another file."""
    put_new(path, written(document))


def written(document: Mapping[str, object]) -> str:
    """A document as text."""
    return json.dumps(document, indent=2) + "\n"


def put_new(path: Path, text: str) -> None:
    """Put a secret file where there is none: whole or absent, whatever kills us meanwhile."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = aside(path, text)
        try:
            path.hardlink_to(beside)
        finally:
            beside.unlink()
        flush(path.parent)
    except FileExistsError:
        raise Stopped(f"{path} exists; it is not overwritten") from None
    except OSError as fault:
        raise Stopped(f"{path} cannot be written: {fault.strerror}") from None


def replace(path: Path, text: str) -> None:
    """Put a new secret file in the place of an old one, its owner's alone."""
    rename(aside(path, text), path)


def rename(beside: Path, path: Path) -> None:
    """Give a whole file its name, in the place of what had it before."""
    beside.replace(path)
    flush(path.parent)


def aside(path: Path, text: str) -> Path:
    """The content under a name of its own beside its place, flushed; what a kill leaves of it is in nobody's way."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return beside


def flush(folder: Path) -> None:
    """Make a folder's names survive a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
