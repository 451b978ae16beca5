"""Commitments: a value sealed in a body, opened only to whom it concerns (F11).

Promise: without its 32 random bytes of salt a commitment tells nothing, and no second value opens it.
Rules: SHA-256("estafet/commitment/v1\\n" || name || "\\n" || salt || JCS(value)); a fresh salt for each field.
Elsewhere: where salts are kept and destroyed, `database`; which names a kind seals, `ledger.statements`.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ledger import canonical
from ledger.canonical import JSON

PREFIX = b"estafet/commitment/v1\n"
SALT = 32


class Mismatch(Exception):
    """An opening does not open its commitment."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message)
        self.name = name
        self.message = message

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a commitment is to, and its salt."""

    name: str
    value: JSON
    salt: bytes


def commit(opening: Opening) -> str:
    """The commitment to a value, in hex."""
    if len(opening.salt) != SALT:
        raise Mismatch(opening.name, f"a salt has {SALT} bytes, not {len(opening.salt)}")
    try:
        value = canonical.encode(opening.value)
        # The encoding is judged, too: a value that only looks like JSON must not be committed to.
        canonical.parse(value)
        name = opening.name.encode()
    except (canonical.NotCanonical, UnicodeEncodeError) as error:
        raise Mismatch(opening.name, f"not a value in canonical form: {error}") from error
    return hashlib.sha256(PREFIX + name + b"\n" + opening.salt + value).hexdigest()


def check(opening: Opening, commitment: str) -> None:
    """Raise `Mismatch` unless the opening opens the commitment."""
    if commit(opening) != commitment:
        raise Mismatch(opening.name, "does not open its commitment")


def seal(values: Mapping[str, JSON], salt: Callable[[], bytes]) -> tuple[dict[str, str], tuple[Opening, ...]]:
    """Commit to every value under a fresh salt: the commitments for the body, the openings to keep."""
    openings = tuple(Opening(name=name, value=value, salt=salt()) for name, value in sorted(values.items()))
    return {opening.name: commit(opening) for opening in openings}, openings


def open_all(sealed: Mapping[str, str], openings: Iterable[Opening]) -> dict[str, JSON]:
    """The values of all of a body's commitments; `Mismatch` if one is missing, extra, twice or wrong."""
    found: dict[str, JSON] = {}
    for opening in openings:
        if opening.name in found or opening.name not in sealed:
            raise Mismatch(opening.name, "opened twice" if opening.name in found else "not a name of this kind")
        check(opening, sealed[opening.name])
        found[opening.name] = opening.value
    for name in sealed:
        if name not in found:
            raise Mismatch(name, "not opened")
    return found
