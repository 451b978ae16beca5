"""A submission: what a client sends to enter a statement, read strictly before anything is looked up.

Promise: what comes out is of the right kind and of the asker's own party; nothing in it is believed yet.
Rules: sizes first; strict JSON without floats; every fault names the part of the input that it is in.
Elsewhere: judging it, `operations.submitting`.
"""

import re
from dataclasses import dataclass

from ledger import admissions, canonical, entries, envelopes, statements
from ledger.admissions import Question
from ledger.canonical import JSON
from ledger.commitments import Opening
from ledger.envelopes import Envelope
from ledger.rules import Code, Refused
from ledger.statements import ReferralStatement
from operations import refusals

# Room for what a leaf adds to its envelope, so that no admitted statement is too long for its entry.
LONGEST_ENVELOPE = entries.LARGEST_LEAF - 512
LONGEST_VALUE = 4_000
MOST_OPENINGS = 20
_NUL = b"\\u0000"  # in canonical form; no word of a case needs it, nor the six characters that look like it
_SALT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningInput:
    name: str
    value: str  # JSON
    salt: str  # 64 hex digits


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionInput:
    idempotency_key: str
    expected_version: int
    envelope: str  # JSON
    openings: tuple[OpeningInput, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    id: str
    envelope: Envelope
    question: Question
    statement: ReferralStatement
    expected_version: int
    openings: tuple[Opening, ...]
    content: JSON  # all of it, for comparing with an earlier request under the same key


def read(given: SubmissionInput, kind: type[ReferralStatement], party: str) -> Submission:
    """The submission; raises `Refuse` by its first fault."""
    openings = _openings(given.openings)
    try:
        envelope, question = _envelope(given.envelope)
        statement = statements.parse(envelope.payload)
        if statement.party != party:
            raise Refused(Code.KEY_OF_OTHER_PARTY, f"a statement of {statement.party}, sent by {party}")
    except Refused as found:
        raise refusals.refused(found) from found
    if not isinstance(statement, kind):
        raise refusals.invalid(
            "envelope",
            id=f"Tindakan ini memerlukan {kind.KIND}, bukan {statement.KIND}.",
            en=f"This act takes {kind.KIND}, not {statement.KIND}.",
        )
    return Submission(
        id=question.statement,
        envelope=envelope,
        question=question,
        statement=statement,
        expected_version=given.expected_version,
        openings=openings,
        content={
            "envelope": envelopes.to_json(envelope),
            "expectedVersion": given.expected_version,
            "openings": [[each.name, each.value, each.salt.hex()] for each in openings],
        },
    )


def _envelope(text: str) -> tuple[Envelope, Question]:
    if len(text) > LONGEST_ENVELOPE:
        raise Refused(Code.LEAF_TOO_LONG, f"an envelope has at most {LONGEST_ENVELOPE} characters")
    # A lone surrogate becomes bytes that are no UTF-8, and is refused as such.
    envelope = envelopes.decode(text.encode("utf-8", "surrogatepass"))
    return envelope, admissions.ask(envelope)


def _openings(given: tuple[OpeningInput, ...]) -> tuple[Opening, ...]:
    if len(given) > MOST_OPENINGS:
        raise refusals.invalid(
            "openings", id=f"Paling banyak {MOST_OPENINGS} pembukaan.", en=f"At most {MOST_OPENINGS} openings."
        )
    return tuple(_opening(number, each) for number, each in enumerate(given))


def _opening(number: int, given: OpeningInput) -> Opening:
    where = ("openings", str(number))
    if _SALT.fullmatch(given.salt) is None:
        raise refusals.invalid(
            *where, "salt", id="Garam harus 64 digit heksadesimal.", en="A salt is 64 lower-case hex digits."
        )
    if len(given.value) > LONGEST_VALUE:
        raise refusals.invalid(
            *where, "value", id=f"Paling panjang {LONGEST_VALUE} huruf.", en=f"At most {LONGEST_VALUE} characters."
        )
    try:
        value = canonical.decode(given.value.encode("utf-8", "surrogatepass"))
        canonical.encode(given.name)
        if _NUL in canonical.encode(value):
            raise canonical.NotCanonical("PostgreSQL keeps no NUL")
    except canonical.NotCanonical:
        raise refusals.invalid(
            *where, id="Bukan JSON tanpa pecahan dan NUL.", en="Not JSON (in NFC, without fractions and NUL)."
        ) from None
    return Opening(name=given.name, value=value, salt=bytes.fromhex(given.salt))
