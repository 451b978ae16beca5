"""The docket: every obligation that the log tells of, as the service's table has it, from the log alone.

Promise: the rows as of an instant are those of the entries up to it and of nothing else; a million obligations fit in
memory beside the history.
Rules: a walk tells each move's referral before and after, and of an outage before the clocks that it stopped; what was
ended is told again when a paper changes it later. Rows come in the order in which obligations were opened: by entry,
then by kind. What an outage may yet stop is packed only afterwards, so that many outages are not packed as many times.
Elsewhere: what has become of an obligation, `casework.obligations`; how it is packed, `ledger.packings`; which stop is
whose word, `ledger.reliances`; the walk, `ledger.walks`; tables and reports for people, `cli.audit`.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from casework import obligations
from casework.agreements import Agreement, Basis
from casework.clocks import Span
from casework.duties import Kind
from casework.obligations import Ending, Obligation, State
from casework.referrals import Referral
from casework.terms import Term
from ledger import packings, reliances
from ledger.indexes import Index
from ledger.packings import PLAIN, Packing, packed_kind
from ledger.reliances import Reliance

_REFERRAL = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An obligation as it stood at an instant."""

    index: int  # of the entry that opened it
    kind: Kind
    clause: str
    basis: Basis
    debtor: str
    creditor: str
    referral: str
    term: Term
    opened_by: str
    opened_at: datetime
    due_at: datetime
    state: State
    ending: Ending | None
    ended_at: datetime | None
    ended_by: str | None
    ended_kind: str | None
    paused_since: datetime | None
    entered_late: bool
    contested: bool
    waiver_offer: str | None
    pause_offer: str | None
    noted_by: str | None
    noted_at: datetime | None
    stops: tuple[Span, ...]
    stopped_by_pauses: timedelta
    stopped_by_host: timedelta
    due_without_host: datetime | None  # None: the host has not stopped its clock
    state_without_host: State | None  # None: the same


@dataclass(slots=True, kw_only=True)
class Outage:
    """An outage as the host told it, and how many clocks it stopped."""

    index: int  # of the entry that tells it
    span: Span
    stopped: int = 0


@dataclass(slots=True)
class Docket:
    """Obligations, packed, in the order in which they were opened."""

    until: datetime | None = None  # the last instant told of; None: all that is entered
    _packing: Packing = field(default_factory=lambda: Packing(Index(1)))
    _agreement: Agreement | None = None
    _opened: "array[int]" = field(default_factory=lambda: array("I"))  # entry that opened it, by number
    _packed: bytearray = field(default_factory=bytearray)
    _referrals: bytearray = field(default_factory=bytearray)
    _rare: dict[int, bytes] = field(default_factory=dict)
    _running: dict[int, Obligation] = field(default_factory=dict)  # in place of what is packed
    _pauses: dict[int, bytes] = field(default_factory=dict)  # that have ended
    outages: list[Outage] = field(default_factory=list)

    def __len__(self) -> int:
        """How many obligations there are."""
        return len(self._opened)

    def begin(self, ids: Index, agreement: Agreement) -> None:
        """Before the first move: where statements stand, and what they are judged by."""
        self._packing, self._agreement = Packing(ids), agreement

    def stop(self, index: int, span: Span, at: datetime) -> None:
        """The host tells of an outage; what is told of the same entry next are the clocks that it stopped."""
        if self.until is None or at <= self.until:
            self.outages.append(Outage(index=index, span=span))

    def tell(self, index: int, before: Referral | None, after: Referral, at: datetime) -> None:
        """What the entry `index` made of a referral."""
        if self.until is not None and at > self.until:
            return
        was = () if before is None else before.obligations
        for number, obligation in enumerate(after.obligations):
            if number >= len(was):
                self._open(index, obligation)
            elif obligation is not was[number]:
                self._change(index, was[number], obligation, at)

    def rows(self, at: datetime) -> Iterator[Row]:
        """Every obligation, with its state at an instant that is not before the last entry told of."""
        if self._agreement is None:
            return
        counted: dict[tuple[Kind, Term], tuple[str, Basis]] = {}
        for number, index in enumerate(self._opened):
            told = self._told(number)
            duty = told.kind, told.term
            if duty not in counted:
                counted[duty] = self._agreement.counted_under(*duty)
            paused = packings.spans(self._pauses.get(number, b""))
            yield _row(told, index, *counted[duty], at, reliances.of(told, paused, at, self._agreement))

    def _open(self, index: int, obligation: Obligation) -> None:
        self._referrals += bytes.fromhex(obligation.referral)
        self._opened.append(index)
        self._put(len(self._opened) - 1, obligation)

    def _change(self, index: int, was: Obligation, now: Obligation, at: datetime) -> None:
        number = self._find(now)
        if was.paused_since is not None and now.paused_since is None:
            pause = packings.packed_span(Span(from_=was.paused_since, until=at))
            self._pauses[number] = self._pauses.get(number, b"") + pause
        elif self.outages and self.outages[-1].index == index:
            self.outages[-1].stopped += 1
        if now.stops and not now.is_ended and now.noted_by is None:
            self._running[number] = now
        else:
            self._running.pop(number, None)
            self._put(number, now)

    def _put(self, number: int, obligation: Obligation) -> None:
        plain, rare = self._packing.pack(obligation)
        self._packed[number * PLAIN.size : (number + 1) * PLAIN.size] = plain
        if rare:
            self._rare[number] = rare
        else:
            self._rare.pop(number, None)

    def _find(self, obligation: Obligation) -> int:
        """Its number: of those that its entry opened, the one of its kind and referral."""
        first = bisect_left(self._opened, self._packing.entry(obligation.opened_by))
        kind, referral = self._packing.words.number(obligation.kind), bytes.fromhex(obligation.referral)
        return next(
            number
            for number in range(first, len(self._opened))
            if packed_kind(self._packed, number * PLAIN.size) == kind
            and self._referrals.startswith(referral, number * _REFERRAL)
        )

    def _told(self, number: int) -> Obligation:
        running = self._running.get(number)
        if running is not None:
            return running
        referral = self._referrals[number * _REFERRAL : (number + 1) * _REFERRAL].hex()
        return self._packing.unpack(referral, self._packed, number * PLAIN.size, self._rare.get(number, b""))


def _row(told: Obligation, index: int, clause: str, basis: Basis, at: datetime, reliance: Reliance) -> Row:
    return Row(
        index=index,
        kind=told.kind,
        clause=clause,
        basis=basis,
        debtor=told.debtor,
        creditor=told.creditor,
        referral=told.referral,
        term=told.term,
        opened_by=told.opened_by,
        opened_at=told.opened_at,
        due_at=told.due,
        state=obligations.state(told, at),
        ending=told.ending,
        ended_at=told.ended_at,
        ended_by=told.ended_by,
        ended_kind=told.ended_kind,
        paused_since=told.paused_since,
        entered_late=told.entered_late,
        contested=told.contested,
        waiver_offer=told.waiver_offer,
        pause_offer=told.pause_offer,
        noted_by=told.noted_by,
        noted_at=told.noted_at,
        stops=told.stops,
        stopped_by_pauses=reliance.by_pauses,
        stopped_by_host=reliance.by_host,
        due_without_host=reliance.due,
        state_without_host=reliance.state,
    )
