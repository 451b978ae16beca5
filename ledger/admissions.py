"""Admission: everything that can be said about one statement, given a slice of the log.

Promise: one judge with two feeders: the service takes the facts from its database before it logs, the auditor's tool
from its running state long after, and both hear the same verdict.
Rules (V1 to V8, V24, V26): the signature over the received bytes comes first; the first rule that is broken is named.
Elsewhere: whether the act is legal on its referral, `ledger.replays`; leaf, index, chain and clock, `ledger.verifier`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ledger import canonical, envelopes, forums, geneses, instants, statements, subjects
from ledger.canonical import JSON
from ledger.envelopes import Envelope
from ledger.registers import KeyRecord
from ledger.rules import Code, Refused
from ledger.statements import (
    AgreementAdopted,
    AgreementAmended,
    BastRecorded,
    BreachNoted,
    HostOutage,
    KeyAdded,
    KeyRevoked,
    ReferralSent,
    Remark,
    RootReplaced,
    Statement,
)

CLOCKS_DIFFER = timedelta(minutes=5)  # at most: what a signer claims may lie so far ahead of the host's clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the log, of `size` entries, has to say about one statement that would become its entry `size`."""

    log: str
    agreement: str
    size: int
    known: bool  # this very statement stands in the log
    key: KeyRecord | None  # the record of the key that the body names
    subject: KeyRecord | None  # key.added, key.revoked: the record of the key that is added or revoked
    public_taken: bool  # key.added: the public key stands in the register, under whatever name
    key_prev_signer: str | None  # name of the key that signed the logged statement `key_prev`; None: not in the log
    seen_root: str | None  # root of this log at `seen.size`, in hex; None: no such checkpoint
    seen_highest: int  # the largest size that this key has seen before; 0: none
    referral_last: str | None  # id of the last logged statement that names the referral; None: none does
    roots: Mapping[str, bytes] = field(default_factory=dict)  # what the forum says: each party's root


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What must be looked up before a statement can be judged. Read from a body not yet verified: never act on it."""

    statement: str
    kind: str | None = None
    party: str | None = None
    key: str | None = None
    key_prev: str | None = None
    seen_size: int | None = None
    referral: str | None = None
    subject: str | None = None
    public: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What a statement's bytes say by themselves: needs no log, so it can be found out in another process."""

    envelope: Envelope
    question: Question
    read: Statement | Refused
    signers: tuple[bytes | None, ...]  # the public key that made each signature, where a claimed one did


def ask(envelope: Envelope) -> Question:
    """What to look up for this envelope; `Refused` by V1 where its body is not even JSON."""
    return _question(envelope, _decoded(envelope))


def _decoded(envelope: Envelope) -> JSON:
    try:
        return canonical.decode(envelope.payload)
    except canonical.NotCanonical as error:
        raise Refused(Code.NOT_CANONICAL, str(error)) from error


def _question(envelope: Envelope, body: JSON) -> Question:
    fields = body if isinstance(body, dict) else {}

    def text(name: str) -> str | None:
        value = fields.get(name)
        return value if isinstance(value, str) else None

    seen = fields.get("seen")
    size = seen.get("size") if isinstance(seen, dict) else None
    return Question(
        statement=envelopes.statement_id(envelope.payload_type, envelope.payload),
        kind=text("kind"),
        party=text("party"),
        key=text("key"),
        key_prev=text("key_prev"),
        seen_size=size if isinstance(size, int) and 0 < size <= canonical.LARGEST else None,
        referral=text("referral") or _named_in(fields.get("obligation")),
        subject=text("name"),
        public=text("public") or text("root_key") or text("host_key"),
    )


def _named_in(obligation: JSON) -> str | None:
    """The referral of the obligation that a body names."""
    named = obligation.get("referral") if isinstance(obligation, dict) else None
    return named if isinstance(named, str) else None


def examine(envelope: Envelope, claimed: Mapping[str, bytes]) -> Examined:
    """Verify the signatures by the keys that are claimed for the names in the body, and read the body."""
    read: Statement | Refused
    try:
        body = _decoded(envelope)
    except Refused as refused:
        statement_id = envelopes.statement_id(envelope.payload_type, envelope.payload)
        return Examined(envelope=envelope, question=Question(statement=statement_id), read=refused, signers=(None,))
    question = _question(envelope, body)
    try:
        read = statements.read(body, envelope.payload)
        publics = _publics(read, claimed.get(question.key or ""))
    except Refused as refused:
        read, publics = refused, (claimed.get(question.key or ""),)
    return Examined(envelope=envelope, question=question, read=read, signers=_made(envelope, publics))


def _publics(statement: Statement, key: bytes | None) -> tuple[bytes | None, ...]:
    match statement:
        case AgreementAdopted(parties=parties):
            return tuple(bytes.fromhex(founder.root_key) for founder in parties)
        case KeyAdded(public=public):
            return (key, bytes.fromhex(public))
        case AgreementAmended() | RootReplaced():
            return ()  # by roots that the body does not name: `ledger.forums` finds out which
        case _:
            return (key,)


def _made(envelope: Envelope, publics: tuple[bytes | None, ...]) -> tuple[bytes | None, ...]:
    if len(publics) != len(envelope.signatures) or None in publics:
        return (None,) * len(publics)
    try:
        envelopes.verify(envelope, [public for public in publics if public is not None])
    except Refused:
        return (None,) * len(publics)
    return publics


def admit(envelope: Envelope, facts: Facts, at: datetime) -> Statement:
    """The statement, if it may become the log's next entry at that time; `Refused` otherwise."""
    claimed = {} if facts.key is None else {facts.key.name: facts.key.public}
    return judge(examine(envelope, claimed), facts, at)


def judge(examined: Examined, facts: Facts, at: datetime) -> Statement:
    """The same, for an envelope that was examined before."""
    if facts.size == 0:
        return geneses.judge(examined.envelope, facts.log, facts.agreement)
    if examined.question.kind == AgreementAdopted.KIND:
        raise Refused(Code.GENESIS_MISPLACED, f"{AgreementAdopted.KIND} is entry 0 and no other")
    if isinstance(examined.read, Refused) and examined.question.key is None:
        raise examined.read  # there is no key to verify anything by
    if isinstance(examined.read, AgreementAmended | RootReplaced):
        return _judge_forum(examined, examined.read, facts, at)
    if facts.key is None or facts.key.name != examined.question.key:
        raise Refused(Code.KEY_UNKNOWN, f"the register has no key {str(examined.question.key)[:60]}")
    _require_signed(examined, facts.key)
    if isinstance(examined.read, Refused):
        raise examined.read
    statement = examined.read
    if examined.envelope.payload_type != statements.payload_type(statement.KIND):
        raise Refused(Code.ENVELOPE_MALFORMED, f"{statement.KIND} is not signed as {examined.envelope.payload_type}")
    _require_here(statement, facts)
    _require_key(statement, facts.key, at)
    _require_rest(examined, statement, facts, at)
    return statement


def _judge_forum(
    examined: Examined, statement: AgreementAmended | RootReplaced, facts: Facts, at: datetime
) -> Statement:
    """What several parties say together, with no key of the forum's own."""
    forums.verify(statement, examined.envelope, facts.roots)
    if examined.envelope.payload_type != statements.payload_type(statement.KIND):
        raise Refused(Code.ENVELOPE_MALFORMED, f"{statement.KIND} is not signed as {examined.envelope.payload_type}")
    _require_here(statement, facts)
    _require_rest(examined, statement, facts, at)
    return statement


def _require_rest(examined: Examined, statement: Statement, facts: Facts, at: datetime) -> None:
    if facts.known:
        raise Refused(Code.STATEMENT_KNOWN, f"statement {examined.question.statement} stands in the log already")
    _require_links(statement, facts)
    subjects.require(statement, facts.subject, public_taken=facts.public_taken)
    _require_claimed(statement, at)


def _require_signed(examined: Examined, key: KeyRecord) -> None:
    publics = _publics(examined.read, key.public) if not isinstance(examined.read, Refused) else (key.public,)
    due = [public for public in publics if public is not None]
    # Examination verified by claimed keys. Where those were the true ones there is nothing left to do; a wrong or
    # missing claim only costs a second verification here, it can never let a signature pass.
    if examined.signers != publics:
        envelopes.verify(examined.envelope, due)


def _require_here(statement: Statement, facts: Facts) -> None:
    if statement.log != facts.log:
        raise Refused(Code.OTHER_LOG, f"meant for the log {statement.log}")
    if statement.agreement != facts.agreement:
        raise Refused(Code.OTHER_AGREEMENT, f"made under agreement {statement.agreement}")


def _require_key(statement: Statement, key: KeyRecord, at: datetime) -> None:
    if key.party != statement.party:
        raise Refused(Code.KEY_OF_OTHER_PARTY, f"{key.name} is a key of {key.party}, not of {statement.party}")
    key.require_for(statement.SIGNER)
    key.require_valid(at)


def _require_links(statement: Statement, facts: Facts) -> None:
    if statement.key_prev is not None and facts.key_prev_signer is None:
        raise Refused(
            Code.KEY_PREV_MISSING,
            f"{statement.key} holds a receipt for statement {statement.key_prev}, which is not in the log: dropped",
        )
    if statement.key_prev is not None and facts.key_prev_signer != statement.key:
        raise Refused(Code.KEY_PREV_OF_OTHER_KEY, f"key_prev is a statement of {facts.key_prev_signer}")
    _require_seen(statement, facts)
    match statement:
        case AgreementAdopted() | AgreementAmended() | RootReplaced() | KeyAdded() | KeyRevoked() | HostOutage():
            pass
        case ReferralSent(referral=referral):
            if facts.referral_last is not None:
                raise Refused(Code.REFERRAL_EXISTS, f"referral {referral} was sent before")
        case Remark() | BreachNoted() | BastRecorded():
            _require_sent(statement.referral, facts)
        case _:
            _require_sent(statement.referral, facts)
            if facts.referral_last != statement.referral_prev:
                raise Refused(
                    Code.REFERRAL_PREV_STALE,
                    f"names {statement.referral_prev} where the last statement is {facts.referral_last}",
                )


def _require_sent(referral: str, facts: Facts) -> None:
    if facts.referral_last is None:
        raise Refused(Code.REFERRAL_UNKNOWN, f"no statement in the log sends referral {referral}")


def _require_seen(statement: Statement, facts: Facts) -> None:
    seen = statement.seen
    if seen is None:
        return
    if seen.size > facts.size:
        raise Refused(Code.SEEN_SIZE, f"saw a log of {seen.size} entries, before there were {facts.size + 1}")
    if facts.seen_root is None:
        raise Refused(Code.SEEN_UNKNOWN, f"saw a checkpoint of size {seen.size}, which this log never published")
    if facts.seen_root != seen.root:
        raise Refused(Code.SEEN_FORKED, f"saw another root at size {seen.size}: the log was forked or rewritten")
    if seen.size < facts.seen_highest:
        raise Refused(Code.SEEN_FALLS, f"saw size {seen.size} after size {facts.seen_highest}")


def _require_claimed(statement: Statement, at: datetime) -> None:
    """A host that stamps an act with an earlier time than its signer's own would make what is late look timely."""
    if statement.claimed_at - at > CLOCKS_DIFFER:  # any two instants have a difference, not each one a predecessor
        claimed = instants.spell(statement.claimed_at)
        raise Refused(Code.CLAIMED_LATER, f"entered at {instants.spell(at)}, signed as of {claimed}: a clock errs")
