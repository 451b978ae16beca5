"""The counts of the page that is made to be published: counted, tied to each other, and protected.

Promise: `Figures.published` gives all that the page may be drawn from, and no count that it keeps back can be computed
from the others, across all figures of the page together.
Rules: the relations say what a reader can add up, and what everyone in the trade knows: that each referral owes both
an acknowledgement and a decision, and each receipt an answer. An obligation is in time if it is met;
late if it was met late or is breached; pending while it is open or paused; waived if it is waived.
Elsewhere: sums and parts, `cli.audit.obligations.sums`; what may be shown, `cli.audit.obligations.suppression`; how it
is drawn, the modules of the page.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from casework.agreements import Agreement
from casework.duties import BY_KIND, Kind
from casework.obligations import State
from cli.audit.obligations.months import between
from cli.audit.obligations.sums import Sums
from cli.audit.obligations.suppression import Key, Shown, protect, total
from ledger.dockets import Outage, Row

ALL: Final = "*"
IN_TIME, LATE, PENDING, WAIVED = "in time", "late", "pending", "waived"
JUDGED, TOTAL = "judged", "total"  # in time or late; and all of them
OUTCOME: Final[Mapping[str, str]] = {
    State.MET: IN_TIME,
    State.MET_LATE: LATE,
    State.BREACHED: LATE,
    State.OPEN: PENDING,
    State.PAUSED: PENDING,
    State.WAIVED: WAIVED,
}
SPLIT: Final = {State.MET_LATE: LATE, State.BREACHED: LATE, State.OPEN: PENDING, State.PAUSED: PENDING}
ENTERED_LATE, CONTESTED = ("entered late",), ("contested",)
SPARED: Final = (IN_TIME, PENDING, WAIVED)  # outcomes that the host's outages may have made
MOST_OUTAGES: Final = 25  # on a page; all of them are in the JSON document


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the page is drawn from."""

    parties: tuple[str, ...]
    clauses: tuple[str, ...]
    months: tuple[str, ...]  # "YYYY-MM", without gaps
    shown: Mapping[Key, Shown]

    def cell(self, party: str, clause: str, outcome: str) -> Shown:
        """Of a party under a clause: in time, late, judged; of all parties every outcome, also of all clauses."""
        return self.shown["cell", party, clause, outcome]

    def state(self, state: State) -> Shown:
        """Of all parties and clauses."""
        return self.shown["state", state]

    def month(self, month: str) -> Shown:
        """Terms that passed unmet in a month."""
        return self.shown["month", month]

    def flow(self, sender: str, receiver: str) -> Shown:
        """People released by one province to another, or to or from all of them, received or not."""
        return self.shown["flow", sender, receiver]

    def special(self, key: Key) -> Shown:
        """Entered late, contested."""
        return self.shown[key]

    def outage(self, outage: Outage) -> Shown:
        """Clocks that an outage stopped."""
        return self.shown["outage", str(outage.index)]

    def spared(self, outcome: str) -> Shown:
        """What has this outcome, and would be late without the host's word."""
        return self.shown["spared", outcome]


@dataclass(slots=True, kw_only=True)
class Figures:
    """The counts, while rows come by."""

    agreement: Agreement | None
    outages: Sequence[Outage] = ()
    cells: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # debtor, clause, outcome
    kinds: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # debtor, clause, kind
    states: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    flows: Counter[tuple[str, str]] = field(default_factory=Counter)
    specials: Counter[Key] = field(default_factory=Counter)
    receipts: Counter[str] = field(default_factory=Counter)  # states of what is owed for a handover by its receiver
    stopped: int = 0  # by any outage
    spared: Counter[str] = field(default_factory=Counter)  # by outcome

    def add(self, row: Row) -> None:
        """Count a row."""
        outcome = OUTCOME[row.state]
        self.cells[row.debtor, row.clause, outcome] += 1
        self.kinds[row.debtor, row.clause, row.kind] += 1
        self.states[row.state] += 1
        self.specials[ENTERED_LATE] += row.entered_late
        self.specials[CONTESTED] += row.contested
        self.stopped += bool(row.stopped_by_host)
        self.spared[outcome] += row.state_without_host is not None
        if outcome == LATE:
            self.months[self.month(row)] += 1
        if row.kind == Kind.HANDOVER_RECEIPT:
            self.flows[row.creditor, row.debtor] += 1
            self.receipts[row.state] += 1

    def month(self, row: Row) -> str:
        """The month in which the term passed, by the debtor's own clock."""
        party = None if self.agreement is None else self.agreement.party(row.debtor)
        return (row.due_at if party is None else row.due_at + party.offset).strftime("%Y-%m")

    def published(self) -> Published:
        """All that may be shown."""
        parties, clauses, months = self.parties(), self.clauses(), between(self.months)
        counts = Counts(parties=parties, clauses=clauses, months=months, figures=self)
        shown = protect(counts.counts, counts.relations, frozenset(counts.never))
        return Published(parties=parties, clauses=clauses, months=months, shown=shown)

    def parties(self) -> tuple[str, ...]:
        """In the agreement's order."""
        known = [] if self.agreement is None else [party.code for party in self.agreement.parties]
        met = {party for party, _, _ in self.cells} | {party for flow in self.flows for party in flow}
        return (*known, *sorted(met - set(known)))

    def clauses(self) -> tuple[str, ...]:
        """Those under which anything is counted yet, in the agreement's order."""
        agreement = self.agreement
        kinds = set(Kind)
        counted = {clause for _, clause, _ in self.cells}
        if agreement is None:
            return tuple(sorted(counted))
        counted |= {term.clause for term in agreement.terms if term.obligation in kinds}
        return tuple(clause.key for clause in agreement.clauses if clause.key in counted)


@dataclass(slots=True, kw_only=True)
class Counts(Sums):
    """Every cell of the page, and all that ties them together."""

    parties: tuple[str, ...]
    clauses: tuple[str, ...]
    months: tuple[str, ...]
    figures: Figures

    def __post_init__(self) -> None:
        self.outcomes()
        self.timeline()
        self.handovers()
        self.outages()
        self.known_in_the_trade()

    def outcomes(self) -> None:
        """In time or late by party and clause; of all parties also what is pending and waived. With all totals."""
        cells = self.figures.cells
        for clause in self.clauses:
            rests = [self.of(party, clause) for party in self.parties]
            for outcome in (IN_TIME, LATE, JUDGED):
                self.sum(("cell", ALL, clause, outcome), [("cell", party, clause, outcome) for party in self.parties])
            for outcome in (PENDING, WAIVED):
                count = sum(cells[party, clause, outcome] for party in self.parties)
                self.counts["cell", ALL, clause, outcome] = count
            both = {("cell", ALL, clause, PENDING): -1, ("cell", ALL, clause, WAIVED): -1}
            self.relations.append(both | dict.fromkeys(rests, 1))
        for clause in self.clauses:
            self.totals(clause)
        for outcome in (IN_TIME, LATE, PENDING, WAIVED, JUDGED, TOTAL):
            self.sum(("cell", ALL, ALL, outcome), [("cell", ALL, clause, outcome) for clause in self.clauses])
        self.totals(ALL)

    def of(self, party: str, clause: str) -> Key:
        """Of one party under one clause; gives the cell of what cannot be judged, which is not on the page."""
        of, cells = ("cell", party, clause), self.figures.cells
        self.counts |= {(*of, outcome): cells[party, clause, outcome] for outcome in (IN_TIME, LATE)}
        self.sum((*of, JUDGED), [(*of, IN_TIME), (*of, LATE)])
        rest = self.hide(("rest", *of), cells[party, clause, PENDING] + cells[party, clause, WAIVED])
        whole = self.hide((*of, TOTAL), self.counts[*of, JUDGED] + self.counts[rest])
        self.relations.append(total(whole, [(*of, JUDGED), rest]))
        return rest

    def totals(self, clause: str) -> None:
        """What was judged, and all."""
        of = ("cell", ALL, clause)
        self.sum((*of, JUDGED), [(*of, IN_TIME), (*of, LATE)])
        self.sum((*of, TOTAL), [(*of, JUDGED), (*of, PENDING), (*of, WAIVED)])

    def timeline(self) -> None:
        """Breaches by month; the states behind two outcomes; what is counted apart."""
        figures = self.figures
        self.counts |= {("month", month): figures.months[month] for month in self.months}
        self.sum(("cell", ALL, ALL, LATE), [("month", month) for month in self.months])
        self.counts |= {("state", state): figures.states[state] for state in SPLIT}
        for outcome in (LATE, PENDING):
            self.sum(("cell", ALL, ALL, outcome), [("state", state) for state, of in SPLIT.items() if of == outcome])
        self.counts |= {ENTERED_LATE: figures.specials[ENTERED_LATE], CONTESTED: figures.specials[CONTESTED]}
        self.counts |= {("spared", outcome): figures.spared[outcome] for outcome in SPARED}
        self.part(("cell", ALL, ALL, IN_TIME), ENTERED_LATE, ("spared", IN_TIME))
        self.part(("cell", ALL, ALL, PENDING), ("spared", PENDING))
        self.part(("cell", ALL, ALL, WAIVED), ("spared", WAIVED))
        self.part(("state", State.MET_LATE), CONTESTED)

    def outages(self) -> None:
        """What each outage has stopped: none more than all together, all together no more than each by itself."""
        told = self.figures.outages
        stopped = self.hide(("stopped",), self.figures.stopped)
        self.part(("cell", ALL, ALL, TOTAL), stopped)
        self.part(stopped, *(("spared", outcome) for outcome in SPARED))
        keys = list[Key]()
        for outage in listed(told):
            keys.append(("outage", str(outage.index)))
            self.counts[keys[-1]] = outage.stopped
            self.part(stopped, keys[-1])
        each = sum(outage.stopped for outage in told)
        if len(keys) < len(told):  # where all are listed, a reader knows it
            keys.append(self.hide(("outages not listed",), each - sum(self.counts[key] for key in keys)))
        if each >= self.figures.stopped:
            again = self.hide(("stopped again",), each - self.figures.stopped)
            self.relations.append({stopped: -1, again: -1} | dict.fromkeys(keys, 1))

    def handovers(self) -> None:
        """From province to province, with margins."""
        for sender in self.parties:
            for receiver in self.parties:
                self.counts["flow", sender, receiver] = self.figures.flows[sender, receiver]
        for one in self.parties:
            self.sum(("flow", one, ALL), [("flow", one, other) for other in self.parties])
            self.sum(("flow", ALL, one), [("flow", other, one) for other in self.parties])
        self.sum(("flow", ALL, ALL), [("flow", one, ALL) for one in self.parties])
        self.sum(("flow", ALL, ALL), [("flow", ALL, one) for one in self.parties])

    def known_in_the_trade(self) -> None:
        """What ties the figures together for a reader who knows what opens what."""
        under, unanswered = self.kinds_under(), list[Key]()
        for party in self.parties:
            owed = self.owed(party, under)
            for one, other in combinations(owed, 2):  # opened by the same statement: as many, wherever they are counted
                if BY_KIND[one].opened_by == BY_KIND[other].opened_by:
                    self.tie({key: 1 if key in owed[one] else -1 for key in {*owed[one]} ^ {*owed[other]}})
            if owed[Kind.HANDOVER_RECEIPT]:
                self.tie(total(("flow", ALL, party), owed[Kind.HANDOVER_RECEIPT]))
            if owed[Kind.DISCREPANCY_ANSWER]:
                unanswered += self.part(("flow", party, ALL), *owed[Kind.DISCREPANCY_ANSWER])
        of_receipts = [clause for clause, kinds in under.items() if Kind.HANDOVER_RECEIPT in kinds]
        if len(of_receipts) == 1 and len(unanswered) == len(self.parties):
            self.answered(of_receipts[0], unanswered, alone=len(under[of_receipts[0]]) == 1)

    def owed(self, party: str, under: Mapping[str, list[Kind]]) -> Mapping[Kind, list[Key]]:
        """The cells of each kind, one by clause: where it is alone there, the clause's own."""
        found: dict[Kind, list[Key]] = {kind: [] for kind in Kind}
        for clause, kinds in under.items():
            of = ("cell", party, clause, TOTAL)
            cells = [of] if len(kinds) == 1 else [self.together(party, clause, kind) for kind in kinds]
            if cells != [of]:
                self.tie({of: -1} | Counter(cells))
            for kind, cell in zip(kinds, cells, strict=True):
                found[kind].append(cell)
        return found

    def together(self, party: str, clause: str, kind: Kind) -> Key:
        """How many there are of it, and so of every kind that the same statement opens."""
        key, count = ("owed", party, clause, *BY_KIND[kind].opened_by), self.figures.kinds[party, clause, kind]
        alike = self.counts.get(key, count) == count  # unless one of them is counted under other clauses, too
        return self.hide(key if alike else (*key, kind), count)

    def answered(self, clause: str, unanswered: list[Key], *, alone: bool) -> None:
        """Every receipt owes an answer: who was handed over and is owed none is waited for, overdue, or let off."""
        of, receipts = ("cell", ALL, clause), self.figures.receipts
        overdue = self.hide(("overdue", clause), receipts[State.BREACHED])
        waiting: Key = (*of, PENDING)
        if not alone:
            waiting = self.hide(("waiting", clause), receipts[State.OPEN] + receipts[State.PAUSED])
            self.part((*of, PENDING), waiting)
        self.part((*of, LATE), overdue)
        self.part(("state", State.BREACHED), overdue)
        count = sum(self.counts[each] for each in unanswered) - self.counts[waiting] - self.counts[overdue]
        if count >= 0:
            let_off = self.hide(("let off", clause), count)
            self.part((*of, WAIVED), let_off)
            self.relations.append({waiting: -1, overdue: -1, let_off: -1} | dict.fromkeys(unanswered, 1))

    def kinds_under(self) -> Mapping[str, list[Kind]]:
        """The kinds that are counted under each clause."""
        under: dict[str, list[Kind]] = {}
        terms = () if self.figures.agreement is None else self.figures.agreement.terms
        for kind in Kind:
            for clause in sorted({term.clause for term in terms if term.obligation == kind}):
                under.setdefault(clause, []).append(kind)
        return under


def listed(outages: Sequence[Outage]) -> list[Outage]:
    """Those that are on the page, in the order of the log: the longest."""
    longest = sorted(outages, key=lambda outage: (-outage.span.length, outage.index))[:MOST_OUTAGES]
    return sorted(longest, key=lambda outage: outage.index)
