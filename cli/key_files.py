"""Files of statement keys: a private JWK with the key's name in the register.

Promise: a key is written once and never over another; reading gives a whole key or says what is wrong.
Rules: names are `<party>/root`, `HOST/host` or `<party>/k` and 32 random hex digits: a name tells only the party.
Elsewhere: how its file is written, `auth.secret_files`; delegating a key, `cli.keys`; signing with it, `cli.signing`.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nacl.signing import SigningKey

from auth import secret_files
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
    """Write a secret document where there is none; a file that exists is told and left alone."""
    try:
        secret_files.put_new(path, written(document))
    except FileExistsError:
        raise Stopped(f"{path} exists; it is not overwritten") from None
    except OSError as fault:
        raise Stopped(f"{path} cannot be written: {fault.strerror}") from None


def written(document: Mapping[str, object]) -> str:
    """A document as text."""
    return json.dumps(document, indent=2) + "\n"
