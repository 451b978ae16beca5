"""Statements: what is said, in closed types, and the one body in bytes that says it (F6 to F10).

Promise: `parse(encode(statement)) == statement`; a union closed by type, so that a new kind fails type checking
wherever it must be handled.
Elsewhere: the envelope around a body, `ledger.envelopes`; the JSON Schemas, `ledger.schemas`.
"""

from ledger.statements.agreements import AgreementAdopted, AgreementAmended, Founder, RootReplaced
from ledger.statements.bodies import HOST_KEY, TERMS, Act, Body, Commitments, Seen, Signer
from ledger.statements.encodings import (
    KINDS,
    VERSION,
    ChainedAct,
    GovernanceStatement,
    ObligationStatement,
    ReferralStatement,
    Statement,
    Unchained,
    body_shapes,
    encode,
    family,
    parse,
    payload_type,
    read,
)
from ledger.statements.fitness import FitnessCertified
from ledger.statements.handovers import HandoverReceived, HandoverRefused, HandoverReleased
from ledger.statements.hosts import HostOutage
from ledger.statements.keys import KeyAdded, KeyRevoked
from ledger.statements.obligations import (
    BreachNoted,
    ObligationResumed,
    Owed,
    PauseAgreed,
    PauseOffered,
    Remark,
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

__all__ = [
    "HOST_KEY",
    "KINDS",
    "TERMS",
    "VERSION",
    "Act",
    "AgreementAdopted",
    "AgreementAmended",
    "BastRecorded",
    "Body",
    "BreachNoted",
    "ChainedAct",
    "Commitments",
    "DiscrepancyAnswered",
    "FitnessCertified",
    "Founder",
    "GovernanceStatement",
    "HandoverReceived",
    "HandoverRefused",
    "HandoverReleased",
    "HostOutage",
    "KeyAdded",
    "KeyRevoked",
    "ObligationResumed",
    "ObligationStatement",
    "Owed",
    "PauseAgreed",
    "PauseOffered",
    "ReferralAccepted",
    "ReferralAcknowledged",
    "ReferralDeclined",
    "ReferralExpired",
    "ReferralSent",
    "ReferralStatement",
    "ReferralWithdrawn",
    "Remark",
    "RootReplaced",
    "Seen",
    "Signer",
    "Statement",
    "Unchained",
    "WaiverAgreed",
    "WaiverOffered",
    "body_shapes",
    "encode",
    "family",
    "parse",
    "payload_type",
    "read",
]
