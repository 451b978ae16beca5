"""Desk keys: a key's file sealed with a passphrase, for a key that lies where others might come to it.

Promise: without the passphrase the file tells the key's name and public half and nothing else; a file that somebody
changed, be it its name alone, does not open.
Rules: the key is derived by argon2id (libsodium's, "moderate": three passes over 256 MiB, near a second), and seals
private half and name together (SecretBox). The figures stand in the file, so that later ones may be higher; those of a
file are bounded on reading, for it may come from a stranger. A passphrase is read from the terminal or from a file that
others cannot read, never from the command line or the environment, where other programs see it.
Elsewhere: the file around it, `cli.key_files`.
"""

import getpass
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import nacl.exceptions
import nacl.utils
import typer
from nacl.pwhash import argon2id
from nacl.secret import SecretBox

from auth import secret_files
from cli.audit import proofs
from cli.audit.endings import FOUND, Stopped

FileGiven = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="Where the passphrase stands (mode 0600), not to be asked.", metavar="FILE"),
]
LEAST: Final = 12  # letters: what argon2id slows down must not be guessed in a few tries
OPSLIMIT: Final = argon2id.OPSLIMIT_MODERATE
MEMLIMIT: Final = argon2id.MEMLIMIT_MODERATE


def seal(secret: bytes, name: str, passphrase: str) -> dict[str, object]:
    """What stands in the file in the place of the private half."""
    if len(passphrase) < LEAST:
        raise Stopped(f"a passphrase has at least {LEAST} letters")
    salt = nacl.utils.random(argon2id.SALTBYTES)
    inside = json.dumps({"d": proofs.text_of(secret), "name": name}).encode()
    box = SecretBox(_derived(passphrase, salt, OPSLIMIT, MEMLIMIT)).encrypt(inside)
    return {
        "kdf": "argon2id",
        "opslimit": OPSLIMIT,
        "memlimit": MEMLIMIT,
        "salt": proofs.text_of(salt),
        "box": proofs.text_of(bytes(box)),
    }


def opened(sealed: Mapping[str, object], name: str, passphrase: str, path: Path) -> str:
    """The private half as a JWK writes it; `Stopped` unless this passphrase sealed it under this name."""
    try:
        operations, memory = sealed["opslimit"], sealed["memlimit"]
        if sealed["kdf"] != "argon2id" or not isinstance(operations, int) or not isinstance(memory, int):
            raise ValueError("another way of sealing")
        if not (1 <= operations <= 10 and argon2id.MEMLIMIT_MIN <= memory <= argon2id.MEMLIMIT_SENSITIVE):
            raise ValueError("limits beyond reason")
        salt, box = (proofs.bytes_of(str(sealed[each])) for each in ("salt", "box"))
        inside = json.loads(SecretBox(_derived(passphrase, salt, operations, memory)).decrypt(box))
        if inside["name"] != name:
            raise nacl.exceptions.CryptoError
        return str(inside["d"])
    except nacl.exceptions.CryptoError:
        raise Stopped(f"{path}: not with this passphrase, or the file was changed", code=FOUND) from None
    except (KeyError, TypeError, ValueError):
        raise Stopped(f"{path}: it is not sealed in a way that is known here") from None


def asked(path: Path, given: Path | None, *, twice: bool = False) -> str:
    """The passphrase for a key's file, from the file given or from whoever sits there."""
    if given is not None:
        try:
            return secret_files.read(given).rstrip("\r\n")
        except OSError as fault:
            exposed = isinstance(fault, secret_files.Exposed)
            raise Stopped(str(fault) if exposed else f"{given}: {fault.strerror}") from None
    if not sys.stdin.isatty():
        raise Stopped(f"{path} needs a passphrase, and nobody is there to be asked", advice="Use --passphrase-file.")
    passphrase = getpass.getpass(f"Kata sandi / passphrase for {path}: ")
    if twice and getpass.getpass("Sekali lagi / again: ") != passphrase:
        raise Stopped("the two are not the same")
    return passphrase


def _derived(passphrase: str, salt: bytes, operations: int, memory: int) -> bytes:
    return argon2id.kdf(SecretBox.KEY_SIZE, passphrase.encode(), salt, opslimit=operations, memlimit=memory)
