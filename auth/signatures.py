"""Compact JWS: reading what was signed, once the signature holds.

Promise: `verified` returns claims only of a text signed by the key that the caller chose for its header; everything
else raises `Unverified`. Nothing of a payload is believed before.
Rules: three parts of base64url, bounded sizes; a header of exactly the members its type allows (so no `jku`, `x5u`,
`crit`, nor `jwk` where none belongs); `alg` from the one list and the one that fits the key; JSON without repeated
names, NaN or deep nesting. `peeked` reads unverified claims, only to find whose key to try.
Elsewhere: which key, the callers (`auth.assertions`, `auth.proofs`, `auth.tokens`); when, `auth.moments`.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final, NoReturn, TypeAlias

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from auth.algorithms import ALGORITHMS, PublicKey
from auth.refusals import Unverified

Claims: TypeAlias = Mapping[str, object]

LONGEST: Final = 8_192
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


class _Registry(jws.JWSRegistry):
    """joserfc's limit of 512 bytes a header is too short for an RSA key in a proof."""

    max_header_length = 2_048
    max_payload_length = 4_096


_REGISTRY: Final = _Registry(algorithms=list(ALGORITHMS))


def verified(
    text: str,
    *,
    typ: frozenset[str | None],
    members: frozenset[str],
    key_of: Callable[[Claims], PublicKey],
    bad: str = "the signature does not hold",
) -> Claims:
    """The claims of a signed text; `key_of` gets the header and answers with the only key that counts.

    `bad` is what a wrong signature is called, for callers who must not tell it from an unknown key."""
    header, claims = _parts(text, typ, members)
    key = key_of(header)
    if key.alg != header["alg"]:
        raise Unverified(bad)
    try:
        jws.deserialize_compact(text, key.key, registry=_REGISTRY)
    except (JoseError, ValueError) as error:
        raise Unverified(bad) from error
    return claims


def peeked(text: str, *, typ: frozenset[str | None], members: frozenset[str]) -> Claims:
    """The claims as written, unverified, of a text whose form at least is right."""
    return _parts(text, typ, members)[1]


def _parts(text: str, typ: frozenset[str | None], members: frozenset[str]) -> tuple[Claims, Claims]:
    if len(text) > LONGEST or not _SHAPE.fullmatch(text):
        raise Unverified("not a signed text of three parts, or too long")
    header, claims = (_object(part) for part in text.split(".")[:2])
    if not header.keys() <= members:
        raise Unverified("the header holds a member that may not stand there")
    if not any(header.get("typ") == name for name in typ):
        raise Unverified("the header's typ is not the one that belongs here")
    if not any(header.get("alg") == name for name in ALGORITHMS):
        raise Unverified("the algorithm must be one of " + " ".join(ALGORITHMS))
    return header, claims


def _object(part: str) -> Claims:
    try:
        value = json.loads(
            urlsafe_b64decode(part.encode("ascii")), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise Unverified("a part is not base64url of a JSON object") from error
    if not isinstance(value, dict):
        raise Unverified("a part is not base64url of a JSON object")
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Two readers must not find two meanings in one text."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is repeated")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
