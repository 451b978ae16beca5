"""The walk: entry after entry in order, each judged by all that came before (V1 to V9, V11 to V13, V16, V17).

Promise: every entry at fault is named once for what it did itself; what follows only from an earlier fault is passed
over, and a referral on which an act was void is not judged further.
Rules: the same `ledger.admissions.judge` and `ledger.replays.move` that the service asks before it logs.
Elsewhere: what an entry says by itself, `ledger.chunks`; what is remembered, `ledger.histories`; what witnesses saw,
`ledger.sightings`.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from casework.agreements import Agreement
from casework.parties import HOST
from casework.referrals import Referral
from ledger import admissions, entries, geneses, notices, registers, replays
from ledger.admissions import Examined
from ledger.chunks import Examination, Leaf
from ledger.dockets import Docket
from ledger.entries import Entry
from ledger.findings import Findings
from ledger.histories import History
from ledger.registers import Use
from ledger.rules import Code, Refused
from ledger.sightings import Sightings
from ledger.statements import (
    AgreementAdopted,
    AgreementAmended,
    BastRecorded,
    BreachNoted,
    HostOutage,
    KeyAdded,
    KeyRevoked,
    ReferralSent,
    ReferralStatement,
    Remark,
    RootReplaced,
    Statement,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """A statement that its key's owner disowns: signed between `since_claimed` and the revocation (V3)."""

    index: int
    key: str
    revoked_by: int


@dataclass(slots=True, kw_only=True)
class Walk:
    """A walk through a log: feed it examined chunks in order."""

    agreement: Agreement | None
    anchor: str | None
    sightings: Sightings = field(default_factory=Sightings)  # without any, no outage counts in a log with a quorum
    history: History = field(default_factory=History)
    findings: Findings = field(default_factory=Findings)
    disputed: list[Disputed] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    unjudged: int = 0  # statements that could not be verified for want of a sound genesis or key
    first_anchor: str | None = None
    docket: Docket | None = None  # None: nobody asks what is owed

    def __post_init__(self) -> None:
        if self.docket is not None and self.agreement is not None:
            self.docket.begin(self.history.ids, self.agreement)

    def walk(self, examination: Examination) -> None:
        """Walk on over a chunk (R7)."""
        self.findings.extend(examination.findings)
        for number, leaf in enumerate(examination.places):
            index = examination.first + number
            expected = self.history.hash(index - 1).hex() if index else entries.NO_PREV
            self.history.grow(examination.hashes[number])
            if leaf is None or leaf.entry is None or leaf.examined is None:
                self._lose(index)
                continue
            self._link(index, leaf.entry, expected, leaf.altered, _following(examination, number))
            at = self._clock(index, leaf.entry, leaf.altered)
            if index == 0:
                self._found(leaf, leaf.entry, at)
            elif self.history.genesis is None:
                self.unjudged += 1
            else:
                self._judge(self.history.genesis, index, leaf.examined, at)

    def end(self) -> None:
        """After the last entry: what the host should have said by then (V17). In a log at fault it may be lost."""
        if self.findings.count or self.agreement is None:
            return
        for silence in notices.passed_over(self.history, self.agreement):
            self.findings.add(self.history.index(silence.of), Code.NOTICE_MISSING, silence.message)

    def _lose(self, index: int) -> None:
        self.history.lose(None)
        if index == 0:
            self.findings.add(0, Code.GENESIS_INVALID, "without entry 0 no key is known and no signature can be judged")

    def _link(self, index: int, entry: Entry, expected: str, altered: bool, following: str | None) -> None:
        """Number and chain of an entry (V11, V12)."""
        history = self.history
        if entry.index != index:
            self.findings.add(index, Code.INDEX_WRONG, f"entry {index} says that it is entry {entry.index}")
        if altered:
            return  # its number, link and time may be what was altered: they are no witness against its neighbours
        if entry.prev != expected:
            # If the entry behind links to this one's bytes, these are as they were, and the one in front is not.
            guilty = index - 1 if index and following == history.hash(index).hex() else index
            self.findings.add(
                guilty, Code.CHAIN_BROKEN, f"prev of entry {index} is not the hash of the entry before: {entry.prev}"
            )

    def _clock(self, index: int, entry: Entry, altered: bool) -> datetime:
        """The time to judge an entry by (V13): its own, or the one before where its own proves nothing."""
        history = self.history
        before = _EARLIEST if history.at is None else history.at
        if altered:
            return before
        history.times[-1] = int(entry.at.timestamp())
        if entry.at < before:
            self.findings.add(index, Code.AT_FALLS, f"entry {index} is older than the entry before")
            return before
        history.at = entry.at
        return entry.at

    def _found(self, leaf: Leaf, entry: Entry, at: datetime) -> None:
        """Entry 0 (V16)."""
        self.first_anchor = leaf.anchor
        if self.anchor not in (None, leaf.anchor):
            self.findings.add(0, Code.ANCHOR_DIFFERS, f"entry 0 has the anchor {leaf.anchor}: this is another log")
        try:
            genesis = geneses.judge(entry.envelope)
        except Refused as refused:
            self.findings.add_refused(0, refused)
            self._lose(0)
            return
        self.history.genesis = genesis
        statement_id = admissions.ask(entry.envelope).statement
        self._enter(genesis, statement_id)
        self._apply(0, genesis, statement_id, at)

    def _judge(self, genesis: AgreementAdopted, index: int, examined: Examined, at: datetime) -> None:
        question = examined.question
        key = question.key
        if key is not None and self.history.register.key(key) is None and self.history.explains_key(key):
            self.unjudged += 1  # its key may have been added by an entry that was lost
            self._void(examined, signed=True)
            return
        read = examined.read
        if isinstance(read, _BESIDE) and self.history.explains_referral(read.referral):
            self.unjudged += 1  # what it speaks of may have been sent by an entry that was lost
            self._void(examined, signed=True)
            return
        prev = None if isinstance(read, Refused | _UNLINKED) else read.referral_prev
        try:
            facts = self.history.facts(genesis, question, prev)
            statement = admissions.judge(examined, facts, at)
        except Refused as refused:
            if self._follows_a_loss(examined, refused):
                self.unjudged += 1  # the key may have been replaced, or a party's root, by an entry that was lost
                self.history.lost_keys += isinstance(examined.read, _BRINGING)  # and what it brings is not known either
                self._void(examined, signed=True)
                return
            self.findings.add_refused(index, refused)
            if refused.code is not Code.STATEMENT_KNOWN:
                self._void(examined, signed=refused.code not in _UNSIGNED)
            return
        self._enter(statement, question.statement)
        self._apply(index, statement, question.statement, at)

    def _follows_a_loss(self, examined: Examined, refused: Refused) -> bool:
        """Whether a signature that does not verify may be one by a key that an entry which was lost has brought."""
        if refused.code is not Code.SIGNATURE_INVALID or isinstance(examined.read, Refused):
            return False
        key = self.history.register.key(examined.question.key)
        if key is None:
            # The forum's, by many roots. Whichever was replaced, its party's own statements are explained by the same
            # loss: this one takes none of what the losses explain.
            return self.history.lost_keys > 0
        return key.use in (Use.ROOT, Use.HOST) and self.history.explains_key(f"{key.name}, another")

    def _void(self, examined: Examined, *, signed: bool) -> None:
        """A statement that moves nothing (R9): where it is genuine, what follows may still link to it."""
        history, read = self.history, examined.read
        if not signed:
            history.lose(examined.question.kind)
            return
        history.enter(examined.question.statement, examined.question.key or FORUM)
        if not isinstance(read, Refused | _GOVERNING | HostOutage | _BESIDE):
            history.follow(read.referral, examined.question.statement)
            history.states[read.referral] = None

    def _enter(self, statement: Statement, statement_id: str) -> None:
        history = self.history
        history.enter(statement_id, _line(statement))
        self.kinds[statement.KIND] += 1
        if statement.seen is not None and statement.key is not None:
            history.highest[statement.key] = statement.seen.size

    def _apply(self, index: int, statement: Statement, statement_id: str, at: datetime) -> None:
        match statement:
            case AgreementAdopted() | AgreementAmended() | RootReplaced() | KeyAdded():
                if isinstance(statement, AgreementAdopted | AgreementAmended):
                    self.history.hosts.append((index, bytes.fromhex(statement.host_key)))
                added = registers.records(statement, index=index, at=at)
                self.history.register = self.history.register.added(added)
            case KeyRevoked():
                self._revoke(index, statement)
            case HostOutage():
                self._stop(index, statement, at)
            case _:
                self._move(index, statement, statement_id, at)

    def _revoke(self, index: int, statement: KeyRevoked) -> None:
        self.history.register = self.history.register.revoked(statement, index)
        for signed in self.history.signed_since(statement.name, statement.since_claimed):
            self.disputed.append(Disputed(index=signed, key=statement.name, revoked_by=index))

    def _stop(self, index: int, statement: HostOutage, at: datetime) -> None:
        """An outage stops every clock that ran in it (V17)."""
        span = notices.outage(statement, self.history, at)
        if isinstance(span, str):
            self.findings.add(index, Code.NOTICE_FALSE, f"{statement.KIND}: {span}")
            return
        if self.docket is not None:
            self.docket.stop(index, span, at)
        genesis = self.history.genesis
        if genesis is None or not notices.counts(genesis, self.sightings, span):
            return
        self.history.outages.append(span)
        if self.agreement is None:
            return
        for before, after in self.history.states.outage(span, self.agreement):
            self._tell(index, before, after, at)

    def _tell(self, index: int, before: Referral | None, after: Referral, at: datetime) -> None:
        if self.docket is not None:
            self.docket.tell(index, before, after, at)

    def _move(self, index: int, statement: ReferralStatement, statement_id: str, at: datetime) -> None:
        """The act on its referral (V9, V17)."""
        history, referral = self.history, statement.referral
        beside = isinstance(statement, _BESIDE)
        state = history.states.get(referral)  # as it was before this statement, its last one included
        if not beside:
            history.follow(referral, statement_id)
        if self.agreement is None or (state is None and referral in history.states):
            return
        moved = replays.move(state, statement, id=statement_id, at=at, agreement=self.agreement, opened=None)
        if isinstance(moved, Referral):
            self._tell(index, state, moved, at)
            history.states[referral] = moved
            return
        if not beside:
            history.states[referral] = None
        code = Code.NOTICE_FALSE if statement.party == HOST else Code.ACT_ILLEGAL
        self.findings.add(index, code, f"{statement.KIND} on referral {referral}: {moved.code} {moved}")


# Refusals before or at the signature: nobody vouches for a word of such a body, not even for its name.
_UNSIGNED = {
    Code.SIGNATURE_INVALID,
    Code.SIGNATURE_COUNT,
    Code.NOT_CANONICAL,
    Code.KEY_UNKNOWN,
    Code.ENVELOPE_MALFORMED,
    Code.KIND_UNKNOWN,
    Code.BODY_INVALID,
    Code.PAD_WRONG,
    Code.GENESIS_MISPLACED,
}
FORUM = "FORUM"
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_BESIDE = Remark | BreachNoted | BastRecorded  # said on a referral, and not in its chain
_GOVERNING = AgreementAdopted | AgreementAmended | RootReplaced | KeyAdded | KeyRevoked
_BRINGING = AgreementAmended | RootReplaced | KeyAdded
_UNLINKED = _GOVERNING | HostOutage | ReferralSent | _BESIDE


def _line(statement: Statement) -> str | None:
    """Under which name a statement is counted: the forum has no key, and what it says can be left out like others'."""
    return FORUM if isinstance(statement, AgreementAmended | RootReplaced) else statement.key


def _following(examination: Examination, number: int) -> str | None:
    """What the entry behind says of this one, where nothing published says it."""
    if examination.certain:
        return None
    behind = examination.places[number + 1] if number + 1 < len(examination.places) else None
    return None if behind is None or behind.entry is None else behind.entry.prev
