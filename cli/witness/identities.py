"""A witness's key and name, in a file of its own folder.

Promise: a key is made once and never written over; only its owner can read it.
Rules: the file is a private JWK whose `name` is the witness's; the name tells readers of a cosignature whose it is, so
it has a host name of the institution in it by custom, such as `komnas.example.go.id/w1`.
Elsewhere: what is signed with it, `cli.witness.signers`.
"""

import json
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nacl.signing import SigningKey

from cli.audit import credentials
from cli.audit.endings import Stopped
from cli.witness import records
from ledger import cosignatures, keys
from ledger.notes import Unreadable, VerifierKey

FILE: Final = "key.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a witness is."""

    name: str
    key: SigningKey = field(repr=False)

    @property
    def public(self) -> VerifierKey:
        """The key as a genesis names it."""
        return cosignatures.key_of(self.name, self.key)


def new(folder: Path, name: str) -> Identity:
    """Make a witness's key in its folder."""
    made = Identity(name=name, key=SigningKey.generate())
    try:
        spelt = made.public.spell()
    except Unreadable as fault:
        raise Stopped(str(fault)) from None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with records.alone(folder):
        if (folder / FILE).exists():
            raise Stopped(f"{folder / FILE} exists; it is not overwritten")
        document = keys.private_jwk(made.key, name) | {"vkey": spelt}
        records.put(folder, FILE, (json.dumps(document, indent=2) + "\n").encode(), 0o600)
    return made


def read(folder: Path) -> Identity:
    """The witness of a folder."""
    path = folder / FILE
    if not path.is_file():
        raise Stopped(f"{folder} is no witness's folder", advice="estafet witness new DIR --name NAME makes one.")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Stopped(f"{path}: others can read it; run chmod 600 on it, and consider whether it is still a secret")
    document = credentials.object_in(path)
    try:
        found = Identity(name=credentials.word(document, "name"), key=credentials.private_key(document))
        found.public.spell()
    except KeyError as missing:
        raise Stopped(f"{path}: {missing.args[0]} is missing; this is not a witness's key") from None
    except (ValueError, Unreadable) as fault:
        raise Stopped(f"{path}: {fault}") from None
    return found
