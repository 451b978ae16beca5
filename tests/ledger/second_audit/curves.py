"""Ed25519 as sections 1 and 4 want it: `cryptography` does RFC 8032, and what more is demanded stands here."""

from functools import cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int]


def add(one: Point, other: Point) -> Point:
    """The sum of two points."""
    (a, b), (c, d) = one, other
    twist = D * a * b * c * d % P
    return (a * d + b * c) * pow(1 + twist, -1, P) % P, (b * d + a * c) * pow(1 - twist, -1, P) % P


def times(number: int, point: Point) -> Point:
    """A multiple of a point."""
    sum_: Point = (0, 1)
    while number:
        if number & 1:
            sum_ = add(sum_, point)
        point, number = add(point, point), number >> 1
    return sum_


def point(data: bytes) -> Point | None:
    """The point that these bytes are the canonical form of."""
    if len(data) != 32:
        return None
    whole = int.from_bytes(data, "little")
    sign, y = whole >> 255, whole & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return (x if x & 1 == sign else P - x), y


@cache
def safe(public: bytes) -> bool:
    """V24: canonical, on the curve, of prime order."""
    found = point(public)
    return found is not None and found != (0, 1) and times(L, found) == (0, 1)


@cache
def _low(data: bytes) -> bool:
    """Whether the bytes, reduced, are of one of the eight points whose order divides 8 (or are of no point)."""
    y = (int.from_bytes(data, "little") & (2**255 - 1)) % P
    found = point(y.to_bytes(32, "little"))
    return found is not None and times(8, found) == (0, 1)


@cache
def _canonical(public: bytes) -> bool:
    return (int.from_bytes(public, "little") & (2**255 - 1)) < P


def signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """V1: RFC 8032 without the cofactor, and neither key nor R of low order."""
    if len(public) != 32 or len(signature) != 64 or not _canonical(public) or _low(public):
        return False
    if int.from_bytes(signature[32:], "little") >= L or _low(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id(name: str, type_: int, public: bytes) -> bytes:
    """F15."""
    return sha256(name.encode() + b"\n" + bytes([type_]) + public).digest()[:4]
