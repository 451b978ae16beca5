"""The common fields of every body, and the shapes that its fields are made of (F6, F7).

Promise: a kind of statement is one frozen dataclass whose annotations are its row of the table of kinds.
Rules: `v`, `kind` and `pad` are not fields: they follow from the rest, so that a meaning has one encoding.
Elsewhere: the kinds, family by family, beside this module; reading and writing them, `ledger.statements.encodings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, ClassVar, TypeAlias

from ledger.shapes import HASH, Choice, Instant, Integer, Null, Nullable, Record, Shape, Text

PROVINCE_FORM = "^ID-[A-Z]{2}$"
ROOT_FORM = "^ID-[A-Z]{2}/root$"
DELEGATED_FORM = "^ID-[A-Z]{2}/k[0-9a-f]{32}$"
HOST_KEY = "HOST/host"
TERMS = ("PT6H", "PT24H", "P3D", "P7D", "P14D", "P3WD")

Hash: TypeAlias = Annotated[str, HASH]
HashOrNull: TypeAlias = Annotated[str | None, Nullable(HASH)]
RandomId: TypeAlias = Annotated[str, Text("^[0-9a-f]{32}$")]
PublicKey: TypeAlias = Annotated[str, HASH]
Province: TypeAlias = Annotated[str, Text(PROVINCE_FORM)]
DelegatedName: TypeAlias = Annotated[str, Text(DELEGATED_FORM)]
Term: TypeAlias = Annotated[str, Choice(TERMS)]
Leg: TypeAlias = Annotated[int, Integer(1)]
At: TypeAlias = Annotated[datetime, Instant()]
AtOrNull: TypeAlias = Annotated[datetime | None, Nullable(Instant())]
Origin: TypeAlias = Annotated[str, Text("^[!-*,-~]{1,200}$")]  # printable ASCII without space and plus
Commitments: TypeAlias = Mapping[str, str]


class Signer(Enum):
    """Who signs a kind: which party and which use of key."""

    FORUM = "FORUM"
    ROOT = "ROOT"
    PROVINCE = "PROVINCE"
    HOST = "HOST"

    def shapes(self) -> dict[str, Shape]:
        """What `party` and `key` may then hold."""
        party, key = _SIGNERS[self]
        return {"party": party, "key": key}


_SIGNERS: dict[Signer, tuple[Shape, Shape]] = {
    Signer.FORUM: (Choice(("FORUM",)), Null()),
    Signer.ROOT: (Text(PROVINCE_FORM), Text(ROOT_FORM)),
    Signer.PROVINCE: (Text(PROVINCE_FORM), Text(DELEGATED_FORM)),
    Signer.HOST: (Choice(("HOST",)), Choice((HOST_KEY,))),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A published checkpoint that the signer itself verified as consistent with its last one."""

    size: Annotated[int, Integer(1)]
    root: Hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What every statement says."""

    KIND: ClassVar[str]
    SIGNER: ClassVar[Signer]

    log: Origin
    agreement: Hash
    party: Annotated[str, Null()]  # the shape of these two follows from SIGNER
    key: Annotated[str | None, Null()]
    key_prev: HashOrNull
    seen: Annotated[Seen | None, Nullable(Record(Seen))]
    claimed_at: At


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvinceBody(Body):
    """What a province's delegated key says."""

    SIGNER: ClassVar[Signer] = Signer.PROVINCE

    key: Annotated[str, Null()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(ProvinceBody):
    """An act on a referral that is already in the log."""

    referral: RandomId
    referral_prev: Hash
