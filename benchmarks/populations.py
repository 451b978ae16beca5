"""The cases of ten provinces over a year, with the stories that are told on them: what a service's tables hold.

Promise: everything that is told is a legal log (`benchmarks.worlds`), and each case, referral and handover is in the
state that its log left it in: some in every state, many at rest.
Rules: four of five cases have a referral; who was declined, withdrawn or left to expire may be referred anew under the
same case. In the last hours some referrals are accepted and certified and wait: on these a release can be measured.
Elsewhere: the rows of it, `benchmarks.loads`; one story, `benchmarks.stories`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from benchmarks.stories import DAY, HOUR, Said, Story
from benchmarks.worlds import SAID_PER_REFERRAL, TERMS, Draft, World
from casework.agreements import Agreement
from casework.clocks import Span
from casework.obligations import Obligation
from casework.referrals import Referral, Status
from ledger import envelopes, statements
from ledger.statements import BastRecorded, Statement

REFERRED = 0.8  # of all cases
LASTING = 400 * DAY
WAITING = 20 * HOUR  # before the end
Version = tuple[datetime, Obligation]  # from when it is so
AGAIN = 0.5  # of those that came to nothing


@dataclass(slots=True, kw_only=True)
class Filing:
    """A case, as far as chance decides it; ids are hex digits."""

    number: int
    case: str
    person: str
    party: str
    opened_at: datetime
    assessed_at: datetime | None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rested:
    """A referral as it is left, and how it came to that."""

    referral: Referral
    filing: Filing
    owed: tuple[list[Version], ...]  # of each obligation its versions, in order
    papers: list[tuple[str, str, datetime]]  # who recorded one, by which statement, when


class Waiting(Story):
    """A referral that was accepted and certified, whose person has not left."""

    __slots__ = ()

    def told(self) -> Iterator[Said]:
        acknowledge, decide = self.terms
        seals = ("age_band", "case", "category", "risk", "sex", "vulnerability")
        terms: dict[str, object] = {"to": self.receiver, "term_acknowledge": acknowledge, "term_decide": decide}
        yield self._say(timedelta(0), self.sender, "referral.sent", terms, seals)
        yield self._answer(self._within(5), "referral.accepted")
        yield self._say(self._within(5), self.sender, "fitness.certified", {"leg": 1}, FITNESS)


FITNESS = ("examined_at", "fitness", "officer", "place")


@dataclass(slots=True)
class Population(World):
    """So many cases; `taken` gives the referrals that are at rest, and at the end all others."""

    cases: int = 0
    filings: list[Filing] = field(default_factory=list)
    _papers: dict[str, list[tuple[str, str, datetime]]] = field(default_factory=dict)  # by referral
    _owed: dict[str, dict[tuple[str, str], list[Version]]] = field(
        default_factory=dict
    )  # by referral, kind and opening
    _filed: dict[str, Filing] = field(default_factory=dict)  # by referral, until it is at rest
    _free: dict[str, list[Filing]] = field(default_factory=dict)  # by province: cases without an open referral
    _rested: list[Rested] = field(default_factory=list)

    def told(self) -> Iterator[Draft]:
        """Draft after draft, until the end of the time."""
        for _ in range(max(50, self.cases // 20)):
            self._wait()
        for draft in self._all():
            if draft.kind == BastRecorded.KIND:
                self._record(draft)
            yield draft
        self._close()

    def _record(self, draft: Draft) -> None:
        told, statement = (
            json.loads(draft.body),
            envelopes.statement_id(statements.payload_type(draft.kind), draft.body),
        )
        self._papers.setdefault(told["referral"], []).append((told["party"], statement, draft.at))

    def taken(self) -> list[Rested]:
        """The referrals that have come to rest since this was asked last."""
        found, self._rested = self._rested, []
        return found

    def _begin(self, at: datetime) -> None:
        sender, receiver = self._ends()
        self._file(at, Story(**self._drawn(sender, receiver)))  # type: ignore[arg-type]  # drawn below, by name
        self._arrive(at)

    def _wait(self) -> None:
        """One of those that will wait."""
        sender, receiver = self._ends()
        at = self.end - WAITING + timedelta(seconds=self.chance.randint(3600, 8 * 3600))
        told = self._drawn(sender, receiver)
        self._file(at, Waiting(**told), days=300)  # type: ignore[arg-type]  # drawn below, by name

    def _schedule(self, at: datetime, whose: Story | Span | None, what: Said | Obligation | None) -> None:
        if at <= self.end:
            World._schedule(self, at, whose, what)

    def _ends(self) -> tuple[str, str]:
        sender, receiver = self.chance.sample([party.code for party in self.agreement.parties], 2)
        return sender, receiver

    def _drawn(self, sender: str, receiver: str) -> dict[str, object]:
        ends = {"referral": self.chance.randbytes(16).hex(), "sender": sender, "receiver": receiver}
        return {"chance": self.chance, "terms": TERMS, **ends}

    def _file(self, at: datetime, story: Story, days: int = 20) -> None:
        free = self._free.get(story.sender)
        filing = free.pop() if free and self.chance.random() < AGAIN else self._opened(story.sender, at, days)
        self._filed[story.referral], self._stories[story.referral] = filing, story
        self._telling[story.referral] = story.told()
        self._next(at, story)

    def _opened(self, party: str, before: datetime, days: int = 20) -> Filing:
        opened = before - timedelta(seconds=self.chance.randint(3600, days * 86400))
        filing = Filing(
            number=len(self.filings),
            case=self.chance.randbytes(16).hex(),
            person=self.chance.randbytes(16).hex(),
            party=party,
            opened_at=opened,
            assessed_at=opened + (before - opened) * self.chance.random(),
        )
        filing.assessed_at = filing.assessed_at and filing.assessed_at.replace(microsecond=0)
        self.filings.append(filing)
        return filing

    def _move(self, at: datetime, story: Story, statement: Statement) -> None:
        was = story.state
        World._move(self, at, story, statement)
        self._remember(at, was, story)

    def _outage(self, at: datetime, span: Span) -> Iterator[Draft]:
        was = [(story, story.state) for story in self._stories.values()]
        yield from World._outage(self, at, span)
        for story, before in was:
            self._remember(at, before, story)

    def _remember(self, at: datetime, was: Referral | None, story: Story) -> None:
        """What is owed anew, or otherwise than before."""
        before = () if was is None else was.obligations
        for each in () if story.state is None else story.state.obligations:
            if each not in before:
                known = self._owed.setdefault(story.referral, {})
                known.setdefault((each.kind, each.opened_by), []).append((at, each))

    def _rest(self, story: Story) -> None:
        was = story.referral in self._stories
        World._rest(self, story)
        if was and story.referral not in self._stories:
            self._ended(story)

    def _ended(self, story: Story) -> None:
        assert story.state is not None
        filing = self._leave(story.state)
        if story.state.status in (Status.DECLINED, Status.WITHDRAWN, Status.EXPIRED):
            self._free.setdefault(filing.party, []).append(filing)
        elif story.state.completed_at is not None and self.chance.random() < 0.7:
            closed = story.state.latest_at + timedelta(hours=self.chance.randint(1, 120))
            filing.closed_at = closed if closed < self.end else None

    def _leave(self, left: Referral) -> Filing:
        filing, owed, papers = self._filed.pop(left.id), self._owed.pop(left.id, {}), self._papers.pop(left.id, [])
        self._rested.append(Rested(referral=left, filing=filing, owed=tuple(owed.values()), papers=papers))
        return filing

    def _close(self) -> None:
        """What is still under way, then the cases of which nobody was told."""
        for story in self._stories.values():
            if story.state is not None:
                self._leave(story.state)
        parties = [party.code for party in self.agreement.parties]
        while len(self.filings) < self.cases:
            at = self.start + (self.end - self.start) * self.chance.random()
            filing = self._opened(self.chance.choice(parties), at.replace(microsecond=0))
            fate = self.chance.random()
            if fate < 0.3:
                filing.assessed_at = None
            if fate > 0.6:
                filing.closed_at = min(self.end, at.replace(microsecond=0) + timedelta(days=self.chance.randint(1, 60)))


def population(agreement: Agreement, cases: int, end: datetime, seed: int = 1) -> Population:
    """So many cases, about which is told up to `end`, a midnight."""
    signed = datetime(agreement.signed_on.year, agreement.signed_on.month, agreement.signed_on.day, tzinfo=UTC)
    start = max(end - LASTING, signed + DAY)
    if end - start < 60 * DAY:
        raise SystemExit("the clock of this machine stands before the agreement: nothing can be told under it")
    entries = int(cases * REFERRED * SAID_PER_REFERRAL)
    return Population(agreement=agreement, entries=entries, seed=seed, start=start, end=end, cases=cases)
