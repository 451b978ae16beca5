"""Receipts and refusals: the host's signed word on what it did with a statement (F18).

Promise: a receipt whose entry is missing is proof against the host, for anybody who knows its key.
Rules: DSSE under types of their own, signed with the host's key; bodies in canonical form, with exactly these fields.
Elsewhere: whether the entry stands in the log, `ledger.pledges`.
"""

from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from nacl.signing import SigningKey

from ledger import canonical, envelopes, shapes
from ledger.envelopes import Envelope
from ledger.rules import RULES, WORDS, Code, Refused
from ledger.shapes import Choice, Exactly, Integer
from ledger.statements.bodies import At, Hash, Origin

RECEIPT_TYPE: Final = "application/vnd.estafet.receipt.v1+json"
REFUSAL_TYPE: Final = "application/vnd.estafet.refusal.v1+json"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The statement is entry `index` of the log."""

    log: Origin
    statement: Hash
    index: Annotated[int, Integer(0)]
    leaf: Hash
    at: At


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """At that time the statement was not entered, and by this rule: a number, or one of the words beside them."""

    log: Origin
    statement: Hash
    rule: Annotated[str, Choice((*RULES, *WORDS))]
    at: At


def sign(receipt: Receipt, host: SigningKey) -> Envelope:
    """The receipt under the host's signature."""
    return _sign(RECEIPT_TYPE, receipt, host)


def sign_refusal(refusal: Refusal, host: SigningKey) -> Envelope:
    """The refusal under the host's signature."""
    return _sign(REFUSAL_TYPE, refusal, host)


def verify(envelope: Envelope, host: bytes) -> Receipt:
    """The receipt, `Refused` by V23 unless the host signed it."""
    return _verify(RECEIPT_TYPE, Receipt, envelope, host, Code.RECEIPT_INVALID)


def verify_refusal(envelope: Envelope, host: bytes) -> Refusal:
    """The refusal, `Refused` by V23 unless the host signed it."""
    return _verify(REFUSAL_TYPE, Refusal, envelope, host, Code.REFUSAL_INVALID)


def _sign(payload_type: str, said: Receipt | Refusal, host: SigningKey) -> Envelope:
    body: dict[str, canonical.JSON] = {
        name: shape.write(getattr(said, name)) for name, shape in shapes.shapes_of(type(said)).items()
    }
    return envelopes.seal(payload_type, canonical.encode({**body, "v": 1}), [host])


def _verify(payload_type: str, of: type[T], envelope: Envelope, host: bytes, code: Code) -> T:
    if envelope.payload_type != payload_type:
        raise Refused(code, f"signed as {envelope.payload_type}, not as {payload_type}")
    try:
        envelopes.verify(envelope, [host])
        value = canonical.parse(envelope.payload)
        read = shapes.read_object(value, {**shapes.shapes_of(of), "v": Exactly(1)}, "")
    except (Refused, canonical.NotCanonical, ValueError) as error:
        raise Refused(code, str(error)) from error
    return shapes.build(of, read)
