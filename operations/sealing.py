"""What a person has told, checked one value at a time, and sealed.

Promise: what is sealed can be read again by `casework.facts`; a fault names the part of the input that it is in.
Rules: texts are not blank and hold no NUL; digests are lower-case hex; instants are whole seconds of UTC; salts are
fresh and random.
Elsewhere: which kind seals what, `operations.bodies` and `operations.remarks`; the commitment, `ledger.commitments`.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from ledger import commitments, instants
from ledger.canonical import JSON
from ledger.commitments import SALT, Mismatch, Opening
from operations.refusals import invalid

LONGEST_TEXT = 200
_DIGEST = re.compile(r"[0-9a-f]{64}")


def seal(values: Mapping[str, JSON]) -> tuple[dict[str, str], tuple[Opening, ...]]:
    try:
        return commitments.seal(values, lambda: secrets.token_bytes(SALT))
    except Mismatch as found:
        raise invalid(
            id=f"{found.name}: bukan teks yang dapat disegel.", en=f"{found.name}: no text to seal."
        ) from found


def text(name: str, said: str, longest: int = LONGEST_TEXT) -> str:
    if not said.strip() or len(said) > longest or "\0" in said:
        raise invalid(name, id=f"1 sampai {longest} huruf.", en=f"1 to {longest} characters.")
    return said


def paper(digest: str | None) -> str | None:
    return None if digest is None else sha256("paper", digest)


def sha256(name: str, digest: str) -> str:
    if _DIGEST.fullmatch(digest) is None:
        raise invalid(name, id="SHA-256: 64 digit heksadesimal.", en="A SHA-256 is 64 lower-case hex digits.")
    return digest


def instant(name: str, told: datetime) -> str:
    if told.utcoffset() is None:
        raise invalid(name, id="Sebutkan zona waktunya.", en="Say its offset from UTC.")
    try:
        there = told.astimezone(UTC)
    except OverflowError:  # the first or last hours of the calendar, with an offset that leads out of it
        raise invalid(name, id="Di luar tahun 1 sampai 9999.", en="Outside the years 1 to 9999.") from None
    return instants.spell(there.replace(microsecond=0))
