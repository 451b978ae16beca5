"""The table of kinds, and reading and writing a body by it (F6 to F8).

Promise: `parse(encode(statement)) == statement`, and no other bytes parse to that statement.
Rules: a later kind is a dataclass of its family and a row in `KINDS`; JSON Schema and both directions follow from it.
Elsewhere: signatures, `ledger.envelopes`; whether a statement may be logged, `ledger.admissions`.
"""

from typing import Final, TypeAlias

from ledger import canonical, shapes
from ledger.canonical import JSON
from ledger.rules import Code, Refused
from ledger.shapes import Choice, Exactly, Shape, Text
from ledger.statements.agreements import AgreementAdopted, AgreementAmended, RootReplaced
from ledger.statements.fitness import FitnessCertified
from ledger.statements.handovers import HandoverReceived, HandoverRefused, HandoverReleased
from ledger.statements.hosts import HostOutage
from ledger.statements.keys import KeyAdded, KeyRevoked
from ledger.statements.obligations import (
    BreachNoted,
    ObligationResumed,
    PauseAgreed,
    PauseOffered,
    WaiverAgreed,
    WaiverOffered,
)
from ledger.statements.papers import BastRecorded, DiscrepancyAnswered
from ledger.statements.referrals import (
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralExpired,
    ReferralSent,
    ReferralWithdrawn,
)

GovernanceStatement: TypeAlias = AgreementAdopted | AgreementAmended | RootReplaced | KeyAdded | KeyRevoked
ChainedAct: TypeAlias = (
    ReferralAcknowledged
    | ReferralAccepted
    | ReferralDeclined
    | ReferralWithdrawn
    | ReferralExpired
    | FitnessCertified
    | HandoverReleased
    | HandoverReceived
    | HandoverRefused
    | DiscrepancyAnswered
)
"""An act on a referral that names the last one before it."""
ObligationStatement: TypeAlias = (
    WaiverOffered | WaiverAgreed | PauseOffered | PauseAgreed | ObligationResumed | BreachNoted
)
Unchained: TypeAlias = ObligationStatement | BastRecorded
"""What is said on a referral beside its chain: it makes nothing stale."""
ReferralStatement: TypeAlias = ReferralSent | ChainedAct | Unchained
Statement: TypeAlias = GovernanceStatement | HostOutage | ReferralStatement

KINDS: Final[dict[str, type[Statement]]] = {
    each.KIND: each
    for each in (
        AgreementAdopted,
        AgreementAmended,
        RootReplaced,
        KeyAdded,
        KeyRevoked,
        ReferralSent,
        ReferralAcknowledged,
        ReferralAccepted,
        ReferralDeclined,
        ReferralWithdrawn,
        ReferralExpired,
        FitnessCertified,
        HandoverReleased,
        HandoverReceived,
        HandoverRefused,
        DiscrepancyAnswered,
        WaiverOffered,
        WaiverAgreed,
        PauseOffered,
        PauseAgreed,
        ObligationResumed,
        BastRecorded,
        HostOutage,
        BreachNoted,
    )
}
VERSION: Final = 1
BLOCK: Final = 256


def body_shapes(kind: type[Statement]) -> dict[str, Shape]:
    """Every field of a kind's body, with its shape."""
    return {
        **shapes.shapes_of(kind),
        **kind.SIGNER.shapes(),
        "v": Exactly(VERSION),
        "kind": Choice((kind.KIND,)),
        "pad": Text("^\\.{0,255}$"),
    }


_SHAPES: Final = {name: body_shapes(kind) for name, kind in KINDS.items()}


def family(kind: str) -> str:
    """A kind's family: the word before the dot."""
    return kind.partition(".")[0]


def payload_type(kind: str) -> str:
    """The type under which a kind is signed (F5)."""
    return f"application/vnd.estafet.{family(kind)}.v{VERSION}+json"


def encode(statement: Statement) -> bytes:
    """The one body that says this."""
    body: dict[str, JSON] = {
        name: shape.write(getattr(statement, _attribute(name)))
        for name, shape in _SHAPES[statement.KIND].items()
        if name not in ("v", "kind", "pad")
    }
    return parse_checked({**body, "v": VERSION, "kind": statement.KIND, "pad": ""})


def parse_checked(unpadded: dict[str, JSON]) -> bytes:
    """Pad a body, and make sure that it is one."""
    short = len(canonical.encode(unpadded)) % BLOCK
    data = canonical.encode({**unpadded, "pad": "." * (-short % BLOCK)})
    parse(data)
    return data


def parse(body: bytes) -> Statement:
    """Read a body, strictly; `Refused` by V1 or V15 otherwise."""
    try:
        value = canonical.decode(body)
    except canonical.NotCanonical as error:
        raise Refused(Code.NOT_CANONICAL, str(error)) from error
    return read(value, body)


def read(value: JSON, body: bytes) -> Statement:
    """The same, for a body that was decoded before."""
    try:
        canonical.check(value, body)
    except canonical.NotCanonical as error:
        raise Refused(Code.NOT_CANONICAL, str(error)) from error
    name = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(name, str) or name not in KINDS:
        raise Refused(Code.KIND_UNKNOWN, f"no such kind of statement: {str(name)[:60]}")
    try:
        fields = shapes.read_object(value, _SHAPES[name], "")
    except ValueError as error:
        raise Refused(Code.BODY_INVALID, str(error)) from error
    if len(body) % BLOCK:
        raise Refused(Code.PAD_WRONG, f"{len(body)} bytes are not a multiple of {BLOCK}")
    return shapes.build(KINDS[name], fields)


def _attribute(name: str) -> str:
    return "from_" if name == "from" else name
