"""Acts: which statement each member of `PrepareStatementInput` becomes, which mutation takes it, and whether a body
that the service prepared says what was asked for.

Promise: no fact that was asked for is missing from the body or its openings or differs there, and no fact stands there
that was not asked for; where it does, the service prepared another act.
Rules: ids of handovers and obligations are opaque, and a case's own facts are the service's: of these only what follows
from the id itself is compared.
Elsewhere: that body, openings and bytes agree with each other, `cli.prepared`.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cli.audit.credentials import is_object
from cli.connect.answers import Code, Refusal, not_signed
from cli.prepared import Examined
from ledger import instants

ERRORS: Final = """errors { __typename code path message
    ... on StaleVersion { currentVersion }
    ... on IllegalMove { refusal signedRefusal }
    ... on StatementRefused { rule signedRefusal } }"""
ENTRY: Final = "entry { index statement leaf at state receipt }"
REFERRAL: Final = "referral { id status version }"
HANDOVER: Final = f"handover {{ id status version }} {REFERRAL}"
PREPARE: Final = f"""mutation Prepare($input: PrepareStatementInput!) {{ prepareStatement(input: $input) {{
  preparedStatement {{ payloadType payload bytesToSign statementId openings {{ name value salt }} }}
  {ERRORS} }} }}"""
OPAQUE: Final = frozenset({"case", "handover", "obligation", "of"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One row of the table."""

    member: str
    kind: str
    mutation: str
    selection: str

    @property
    def document(self) -> str:
        """The mutation that takes the envelope."""
        name = self.mutation[0].upper() + self.mutation[1:]
        return f"""mutation {name}($input: StatementInput!) {{ {self.mutation}(input: $input) {{
  {self.selection} {ENTRY} {ERRORS} }} }}"""


ACTS: Final = {
    member: Act(member=member, kind=kind, mutation=mutation, selection=selection)
    for member, kind, mutation, selection in (
        ("referralSent", "referral.sent", "sendReferral", REFERRAL),
        ("referralAcknowledged", "referral.acknowledged", "acknowledgeReferral", REFERRAL),
        ("referralAccepted", "referral.accepted", "acceptReferral", REFERRAL),
        ("referralDeclined", "referral.declined", "declineReferral", REFERRAL),
        ("referralWithdrawn", "referral.withdrawn", "withdrawReferral", REFERRAL),
        ("fitnessCertified", "fitness.certified", "certifyFitness", REFERRAL),
        ("handoverReleased", "handover.released", "releaseHandover", HANDOVER),
        ("handoverReceived", "handover.received", "receiveHandover", HANDOVER),
        ("handoverRefused", "handover.refused", "refuseHandover", HANDOVER),
        ("waiverOffered", "obligation.waiver_offered", "offerWaiver", ""),
        ("waiverAgreed", "obligation.waiver_agreed", "agreeWaiver", ""),
        ("pauseOffered", "obligation.pause_offered", "offerPause", ""),
        ("pauseAgreed", "obligation.pause_agreed", "agreePause", ""),
        ("obligationResumed", "obligation.resumed", "resumeObligation", ""),
        ("discrepancyAnswered", "discrepancy.answered", "answerDiscrepancy", HANDOVER),
        ("bastRecorded", "bast.recorded", "recordBast", HANDOVER),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `POST /act` was given."""

    key: str
    version: int
    act: Act
    facts: Mapping[str, object]


def asked(document: object) -> Asked:
    """Read the body of `POST /act`; raises `Refusal` naming what is wrong."""
    if not is_object(document) or set(document) != {"idempotencyKey", "expectedVersion", "statement"}:
        raise wrong("an act is {idempotencyKey, expectedVersion, statement}")
    key, version, statement = (document[name] for name in ("idempotencyKey", "expectedVersion", "statement"))
    if not isinstance(key, str) or not re.fullmatch(r"[\x20-\x7e]{1,200}", key):
        raise wrong("idempotencyKey is not 1 to 200 printable ASCII characters")
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version < 2**31:
        raise wrong("expectedVersion is not a number")
    if not is_object(statement) or len(statement) != 1 or not set(statement) <= ACTS.keys():
        raise wrong("statement is not an object with one member of PrepareStatementInput")
    ((member, facts),) = statement.items()
    if not is_object(facts) or "signer" in facts:
        raise wrong("the member is not an object of facts; the sidecar itself is the signer")
    return Asked(key=key, version=version, act=ACTS[member], facts=facts)


def require_as_asked(examined: Examined, act: Act, facts: Mapping[str, object]) -> None:
    """Go on only if the body says what was asked for, all of it and nothing else."""
    statement = examined.statement
    if act.kind != statement.KIND:
        raise not_signed(f"a {act.kind} was asked for, and a {statement.KIND} prepared")
    told = {snake(name): value for name, value in facts.items()}
    for name, value in told.items():
        if name == "referral":
            if named(value) != getattr(statement, "referral", None):
                raise not_signed("it is about another referral than the one that was named")
        elif name not in OPAQUE:
            found = examined.facts[name] if name in examined.facts else getattr(statement, name, None)
            if not same(found, value):
                raise not_signed(f"{name} is not what was asked for")
    added = {name for name, value in examined.facts.items() if value is not None} - told.keys()
    if added and act.member != "referralSent":
        raise not_signed(f"it holds what was not asked for: {min(added)}")


def same(found: object, wanted: object) -> bool:
    """Whether two facts are one; to Python, true would also be 1."""
    return plain(found) == plain(wanted) and isinstance(found, bool) is isinstance(wanted, bool)


def snake(name: str) -> str:
    """The name of a fact as bodies spell it."""
    return re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), name)


def named(id: object) -> str | None:
    """The key in a global id of a referral."""
    try:
        kind, _, key = urlsafe_b64decode(str(id) + "=" * (-len(str(id)) % 4)).decode().partition(":")
    except ValueError:
        return None
    return key if kind == "Referral" else None


def plain(value: object) -> object:
    """A fact in one spelling: instants in whole seconds of UTC, everything else as it is."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        try:
            at = datetime.fromisoformat(value)
            return instants.spell(at.astimezone(UTC).replace(microsecond=0)) if at.utcoffset() is not None else value
        except (ValueError, OverflowError):
            return value
    return {name: plain(each) for name, each in value.items()} if is_object(value) else value


def wrong(why: str) -> Refusal:
    """What cannot be read."""
    return Refusal(400, Code.BAD_REQUEST, f"Tidak dapat dibaca. / It cannot be read: {why}")
