"""The docket: every obligation that the log tells of, as the service's table has it, from the log alone.

Promise: the rows as of an instant are those of the entries up to it and of nothing else; a million obligations fit in
memory beside the history.
Rules: a walk tells each move's referral before and after; what was ended is told again when it changes later, by a
paper or an outage. Rows come in the order in which obligations were opened: by entry, then by kind.
Elsewhere: what has become of an obligation, `casework.obligations`; how it is packed, `ledger.packings`; the walk,
`ledger.walks`; tables and reports for people, `cli.audit`.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from casework import obligations
from casework.agreements import Agreement, Basis
from casework.clocks import Span
from casework.duties import Kind
from casework.obligations import Ending, Obligation, State
from casework.referrals import Referral
from casework.terms import Term
from ledger.indexes import Index
from ledger.packings import PLAIN, Packing, packed_kind

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

    def __len__(self) -> int:
        """How many obligations there are."""
        return len(self._opened)

    def begin(self, ids: Index, agreement: Agreement) -> None:
        """Before the first move: where statements stand, and what they are judged by."""
        self._packing, self._agreement = Packing(ids), agreement

    def tell(self, index: int, before: Referral | None, after: Referral, at: datetime) -> None:
        """What the entry `index` made of a referral."""
        if self.until is not None and at > self.until:
            return
        was = () if before is None else before.obligations
        for number, obligation in enumerate(after.obligations):
            if number >= len(was):
                self._open(index, obligation)
            elif obligation is not was[number]:
                self._put(self._find(obligation), obligation)

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
            yield _row(told, index, *counted[duty], at)

    def _open(self, index: int, obligation: Obligation) -> None:
        self._referrals += bytes.fromhex(obligation.referral)
        self._opened.append(index)
        self._put(len(self._opened) - 1, obligation)

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
        referral = self._referrals[number * _REFERRAL : (number + 1) * _REFERRAL].hex()
        return self._packing.unpack(referral, self._packed, number * PLAIN.size, self._rare.get(number, b""))


def _row(told: Obligation, index: int, clause: str, basis: Basis, at: datetime) -> Row:
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
    )
