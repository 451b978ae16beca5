"""Envelopes: DSSE v1 around a body (F3 to F5).

Promise: what is signed is type and body together, under a prefix that no other protocol uses.
Rules: exactly `payload`, `payloadType` and `signatures` of `{"sig"}`; no `keyid`, for an unsigned hint invites belief;
base64 in its one standard padded form.
Elsewhere: which key must have signed, `ledger.admissions`.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from nacl.signing import SigningKey

from ledger import canonical, keys
from ledger.canonical import JSON
from ledger.rules import Code, Refused

SIGNATURES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A body, its type and the signatures over both."""

    payload_type: str
    payload: bytes
    signatures: tuple[bytes, ...]


def pae(payload_type: str, body: bytes) -> bytes:
    """The bytes that are signed: DSSE's pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def statement_id(payload_type: str, body: bytes) -> str:
    """SHA-256 of the bytes signed, in hex: one id for one statement, whoever signs it how often."""
    return hashlib.sha256(pae(payload_type, body)).hexdigest()


def seal(payload_type: str, body: bytes, signers: Sequence[SigningKey]) -> Envelope:
    """Sign a body with one key or more, in the order in which the signatures stand."""
    message = pae(payload_type, body)
    signatures = tuple(key.sign(message).signature for key in signers)
    return Envelope(payload_type=payload_type, payload=body, signatures=signatures)


def verify(envelope: Envelope, publics: Sequence[bytes]) -> None:
    """Raise `Refused` by V1 unless exactly these keys signed, in this order."""
    if not publics or len(publics) != len(envelope.signatures):
        raise Refused(
            Code.SIGNATURE_COUNT, f"{len(envelope.signatures)} signatures where {len(publics)} are due (at least one)"
        )
    message = pae(envelope.payload_type, envelope.payload)
    for public, signature in zip(publics, envelope.signatures, strict=True):
        keys.verified(public, signature, message)


def to_json(envelope: Envelope) -> dict[str, JSON]:
    """The envelope as a value."""
    return {
        "payload": base64.b64encode(envelope.payload).decode(),
        "payloadType": envelope.payload_type,
        "signatures": [{"sig": base64.b64encode(signature).decode()} for signature in envelope.signatures],
    }


def encode(envelope: Envelope) -> bytes:
    """The envelope in canonical form, as it stands in a leaf."""
    return canonical.encode(to_json(envelope))


def decode(data: bytes) -> Envelope:
    """Read an envelope as a client sends it: strict in everything but the order and spacing of its JSON."""
    try:
        return parse(canonical.decode(data))
    except canonical.NotCanonical as error:
        raise Refused(Code.ENVELOPE_MALFORMED, str(error)) from error


def parse(value: JSON) -> Envelope:
    """Read an envelope from a value; `Refused` by V14 otherwise."""
    if not isinstance(value, dict) or value.keys() != {"payload", "payloadType", "signatures"}:
        raise Refused(Code.ENVELOPE_MALFORMED, "an envelope is exactly payload, payloadType and signatures")
    kind, signatures = value["payloadType"], value["signatures"]
    if not isinstance(kind, str) or not kind.isascii():
        raise Refused(Code.ENVELOPE_MALFORMED, "payloadType is not ASCII text")
    if not isinstance(signatures, list) or not 1 <= len(signatures) <= SIGNATURES:
        raise Refused(Code.ENVELOPE_MALFORMED, f"signatures is not a list of 1 to {SIGNATURES}")
    return Envelope(
        payload_type=kind,
        payload=_bytes(value["payload"], "payload"),
        signatures=tuple(_signature(each) for each in signatures),
    )


def _signature(value: JSON) -> bytes:
    if not isinstance(value, dict) or value.keys() != {"sig"}:
        raise Refused(Code.ENVELOPE_MALFORMED, "a signature is exactly sig, without keyid")
    signature = _bytes(value["sig"], "sig")
    if len(signature) != keys.SIGNATURE:
        raise Refused(Code.ENVELOPE_MALFORMED, f"sig has {len(signature)} bytes, not {keys.SIGNATURE}")
    return signature


def _bytes(value: JSON, name: str) -> bytes:
    if not isinstance(value, str):
        raise Refused(Code.ENVELOPE_MALFORMED, f"{name} is not text")
    try:
        return strict_base64(value)
    except ValueError as error:
        raise Refused(Code.ENVELOPE_MALFORMED, f"{name}: {error}") from error


def strict_base64(digits: str) -> bytes:
    """Standard padded base64, in the one form that encodes these bytes; ValueError otherwise."""
    try:
        data = base64.b64decode(digits, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not standard base64") from error
    if base64.b64encode(data).decode() != digits:  # unused bits in the last digit would allow a second spelling
        raise ValueError("not the one spelling of its bytes in base64")
    return data
