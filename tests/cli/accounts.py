"""Accounts of obligations that no log told: rows by chance, and a verdict as wished.

Promise: every state, kind and pair of provinces occurs; the same seed gives the same rows.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from casework import agreements
from casework.agreements import Agreement
from casework.clocks import Span
from casework.duties import Kind
from casework.obligations import Ending, State
from casework.terms import Term
from cli.audit.obligations.accounts import Account
from cli.audit.tallies import Tally
from cli.audit.verdicts import Verdict
from ledger.dockets import Outage, Row
from ledger.findings import Finding
from ledger.histories import Signed
from ledger.rules import RULE_OF, Code
from ledger.sightings import Sightings
from ledger.verifier import Report
from tests.ledger import golden

AGREEMENT = agreements.parse(golden.AGREEMENT)
BEGIN = datetime(2025, 7, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=300)
TERMS = {
    Kind.REFERRAL_ACKNOWLEDGE: Term.PT24H,
    Kind.REFERRAL_DECIDE: Term.P3WD,
    Kind.HANDOVER_RECEIPT: Term.PT24H,
    Kind.DISCREPANCY_ANSWER: Term.PT24H,
}
SPARED = {
    State.MET: State.MET_LATE,
    State.OPEN: State.BREACHED,
    State.PAUSED: State.BREACHED,
    State.WAIVED: State.BREACHED,
}
ROW = Row(
    index=12,
    kind=Kind.HANDOVER_RECEIPT,
    clause="repatriation",
    basis=agreements.Basis.PROPOSED,
    debtor="ID-JI",
    creditor="ID-JK",
    referral="ab" * 16,
    term=Term.PT24H,
    opened_by="cd" * 32,
    opened_at=BEGIN,
    due_at=BEGIN + timedelta(days=1),
    state=State.OPEN,
    ending=None,
    ended_at=None,
    ended_by=None,
    ended_kind=None,
    paused_since=None,
    entered_late=False,
    contested=False,
    waiver_offer=None,
    pause_offer=None,
    noted_by=None,
    noted_at=None,
    stops=(),
    stopped_by_pauses=timedelta(0),
    stopped_by_host=timedelta(0),
    due_without_host=None,
    state_without_host=None,
)


def rows(referrals: int, seed: int = 1, parties: Sequence[str] = golden.PROVINCES) -> Iterator[Row]:
    """Referrals with both their obligations, most of them with a handover and its two."""
    chance = random.Random(seed)  # noqa: S311  # rows for tests, not secrets
    for number in range(referrals):
        sender, receiver = chance.sample(parties, 2)
        opened = BEGIN + timedelta(seconds=chance.randrange(299 * 86400))
        first = replace(
            ROW, index=11 + 4 * number, referral=f"{number:032x}", opened_by=f"{number:064x}", opened_at=opened
        )
        kinds = list(Kind)[: chance.choice((2, 3, 4, 4))]
        for kind in kinds:
            ends = (sender, receiver) if kind is Kind.DISCREPANCY_ANSWER else (receiver, sender)
            yield _become(replace(first, kind=kind, debtor=ends[0], creditor=ends[1]), chance)


def _become(row: Row, chance: random.Random) -> Row:
    clause, basis = AGREEMENT.counted_under(row.kind, TERMS[row.kind])
    due = row.opened_at + timedelta(days=1)
    state = chance.choices(list(State), (0, 80, 8, 8, 2, 2))[0]
    if due >= END:
        state = State.OPEN
    ending = {
        State.MET: Ending.SETTLED,
        State.MET_LATE: Ending.SETTLED,
        State.WAIVED: Ending.WAIVED,
        State.BREACHED: chance.choice((None, None, Ending.RELEASED)),
    }.get(state)
    late = state in (State.MET_LATE, State.BREACHED)
    entered_late = state is State.MET and chance.random() < 0.1
    stood = timedelta(hours=1) if chance.random() < 0.1 else timedelta(0)
    by_host = stood if chance.random() < 0.7 else timedelta(0)
    spared = by_host and state in SPARED and not entered_late and chance.random() < 0.4
    ended_at = None if ending is None else due + (timedelta(hours=2) if late else -timedelta(hours=2))
    return replace(
        row,
        clause=clause,
        basis=basis,
        term=TERMS[row.kind],
        due_at=due,
        state=state,
        ending=ending,
        ended_at=ended_at,
        ended_by=None if ending is None else "ef" * 32,
        ended_kind=None if ending is None else "handover.received",
        paused_since=due - timedelta(hours=1) if state is State.PAUSED else None,
        entered_late=entered_late,
        contested=state is State.MET_LATE and chance.random() < 0.2,
        stops=(Span(from_=row.opened_at, until=row.opened_at + stood),) if stood else (),
        stopped_by_pauses=stood - by_host,
        stopped_by_host=by_host,
        due_without_host=due - by_host if by_host else None,
        state_without_host=SPARED[state] if spared else None,
    )


def outages(told: Sequence[Row], several: int = 3, seed: int = 1) -> tuple[Outage, ...]:
    """Outages by chance that may have stopped what these rows say that the host has stopped."""
    chance = random.Random(seed)  # noqa: S311  # outages for tests, not secrets
    made = []
    for number in range(several):
        begin = BEGIN + timedelta(days=9 * number, minutes=number)
        made.append(Outage(index=100 + number, span=Span(from_=begin, until=begin + timedelta(minutes=15 + number))))
    for row in told:
        for outage in chance.sample(made, chance.randint(1, several)) if row.stopped_by_host else ():
            outage.stopped += 1
    return tuple(made)


def finding(message: str = "the signature does not verify") -> Finding:
    code = Code.SIGNATURE_INVALID
    return Finding(index=16, rule=RULE_OF[code], code=code, message=message)


def account(
    told: Sequence[Row],
    *,
    origin: str = "log.example/2025",
    findings: tuple[Finding, ...] = (),
    anchored: bool = True,
    agreement: Agreement | None = AGREEMENT,
    outages: tuple[Outage, ...] = (),
) -> Account:
    report = Report(
        origin=origin,
        agreement=AGREEMENT.sha256,
        size=4 * len(told) + 12,
        root="ab" * 32,
        anchor="cd" * 32,
        anchored=anchored,
        findings=findings,
        found=len(findings),
        disputed=(),
        kinds={},
        signed={"ID-JK/root": Signed(statements=2, last="12" * 32)},
        earlier_checkpoints=3,
        pledges=(),
        sightings=Sightings(),
        unjudged=0,
    )
    tally = Tally(parties={}, referrals=0, agree=0, disagree=0, refused=0)
    verdict = Verdict(report=report, tally=tally, contradictions=())
    return Account(
        verdict=verdict,
        agreement=agreement,
        as_of=END,
        ends_at=END,
        judged=lambda: iter(told),
        count=len(told),
        outages=outages,
    )
