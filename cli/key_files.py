"""Files of statement keys: a private JWK with the key's name in the register, its private half perhaps sealed.

Promise: a key is written once and never over another; reading gives a whole key or says what is wrong. The name and the
public half can be read without the passphrase, and from what `keys show --json` prints.
Rules: names are `<party>/root`, `HOST/host` or `<party>/k` and 32 random hex digits: a name tells only the party.
Elsewhere: how its file is written, `auth.secret_files`; sealing, `cli.passphrases`; delegating, `cli.keys`; signing
acts, `cli.signing`.
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
from cli import passphrases
from cli.audit import credentials, proofs
from cli.audit.endings import Stopped
from ledger import keys
from ledger.rules import Refused

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicHalf:
    """What anybody may know of a key."""

    name: str
    public: str

    @property
    def party(self) -> str:
        """Whose key this is, as its name says."""
        return self.name.partition("/")[0]


def new(party: str, *, root: bool = False) -> StatementKey:
    """A fresh key of a party."""
    name = f"{party}/root" if root else f"{party}/k{secrets.token_hex(16)}"
    if NAME.fullmatch(name) is None:
        raise Stopped(f"{party} is not a province's code such as ID-JK")
    return StatementKey(name=name, signing=SigningKey.generate())


def read(path: Path, passphrase_file: Path | None = None) -> StatementKey:
    """The key in a file; whoever sits there is asked for the passphrase where the file is sealed."""
    document = dict(credentials.object_in(path))
    if "sealed" in document:
        half = public_half(path)
        passphrase = passphrases.asked(path, passphrase_file)
        sealed = credentials.members(document["sealed"])
        document["d"] = passphrases.opened(sealed, half.name, passphrase, path)
    try:
        key = StatementKey(name=credentials.word(document, "name"), signing=credentials.private_key(document))
    except KeyError as missing:
        raise Stopped(f"{path}: {missing.args[0]} is missing; this is not a statement key's file") from None
    except ValueError as fault:
        raise Stopped(f"{path}: {fault}") from None
    if NAME.fullmatch(key.name) is None:
        raise Stopped(f"{path}: {key.name} is not a name of the register")
    return key


def public_half(path: Path) -> PublicHalf:
    """Name and public half, from a key's file or from what `keys show --json` printed of it."""
    document = credentials.object_in(path)
    try:
        name = credentials.word(document, "name")
        if "public" in document:
            public = credentials.word(document, "public")
        else:
            public = proofs.bytes_of(credentials.word(document, "x")).hex()
        keys.admitted(public)
    except KeyError as missing:
        raise Stopped(f"{path}: {missing.args[0]} is missing; this is no statement key") from None
    except (ValueError, Refused) as fault:
        raise Stopped(f"{path}: {fault}") from None
    if NAME.fullmatch(name) is None:
        raise Stopped(f"{path}: {name} is not a name of the register")
    return PublicHalf(name=name, public=public)


def write(path: Path, key: StatementKey, passphrase: str | None = None) -> None:
    """Write a new key file, sealed where there is a passphrase."""
    document: dict[str, object] = {**private_jwk(key.signing), "name": key.name}
    if passphrase is not None:
        del document["d"]
        document["sealed"] = passphrases.seal(bytes(key.signing), key.name, passphrase)
    write_new(path, document)


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
