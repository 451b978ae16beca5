"""Signatures and keys on which verifiers of Ed25519 are known to differ, made on purpose.

Promise: each would pass some verifier in wide use; F4 and V24 let none of them pass.
"""

import hashlib
from dataclasses import replace

from ledger import envelopes, notes, statements
from ledger.envelopes import Envelope
from ledger.notes import Signature
from ledger.statements import KeyAdded
from tests.ledger.golden import key
from tests.ledger.second_audit import curves

ORDER_8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)
NEUTRAL = (1).to_bytes(32, "little")


def spelled(point: curves.Point) -> bytes:
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def scalar(name: str) -> int:
    """The secret scalar of a key (RFC 8032, 5.1.5)."""
    digest = bytearray(hashlib.sha512(bytes(key(name))).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 63 | 64
    return int.from_bytes(digest, "little")


def challenge(r: bytes, public: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % curves.L


def stretched(envelope: Envelope) -> Envelope:
    """S plus the order: the same equation, another spelling."""
    (signature,) = envelope.signatures
    s = int.from_bytes(signature[32:], "little") + curves.L
    return replace(envelope, signatures=(signature[:32] + s.to_bytes(32, "little"),))


def flat(envelope: Envelope, name: str) -> Envelope:
    """R the neutral element: the equation holds, as the key's owner can always make it."""
    message = envelopes.pae(envelope.payload_type, envelope.payload)
    s = challenge(NEUTRAL, bytes(key(name).verify_key), message) * scalar(name) % curves.L
    return replace(envelope, signatures=(NEUTRAL + s.to_bytes(32, "little"),))


def mixed(statement: KeyAdded, root: str) -> Envelope:
    """A key that is an honest one plus a point of order 8, and a signature of it that verifies without the cofactor."""
    honest, strange = curves.point(bytes(key(statement.name).verify_key)), curves.point(ORDER_8)
    assert honest is not None
    assert strange is not None
    public = spelled(curves.add(honest, strange))
    kind = statements.payload_type(statement.KIND)
    body = statements.encode(replace(statement, public=public.hex()))
    message = envelopes.pae(kind, body)
    number = 0
    while True:  # until 8 divides the challenge: some eight times
        number += 1
        r = spelled(curves.times(number, BASE))
        k = challenge(r, public, message)
        if k % 8 == 0:
            break
    s = (number + k * scalar(statement.name)) % curves.L
    made = envelopes.seal(kind, body, [key(root)])
    return replace(made, signatures=(*made.signatures, r + s.to_bytes(32, "little")))


def noted(text: str, name: str, by: str) -> bytes:
    """A note of any text, signed like a checkpoint."""
    signer = key(by)
    signed = Signature(name=name, key_id=notes.key_of(name, signer).id, signature=signer.sign(text.encode()).signature)
    return f"{text}\n{signed.line()}".encode()
