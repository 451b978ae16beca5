"""An entry left out of any log, by a host that makes everything of its own anew: what gives each kind away.

The host is that of `tests.ledger.test_left_out`; the logs are random. For each entry one of three things holds, in this
order: the verifier has a finding; the table of what is owed is another; or the line of its key is, by which whoever
signs with that key knows that something is missing, and of a province's key its signer holds the receipt.

Findings come from what stands behind the entry: the next statement of the key (V6), whoever has signed what he saw of
the log behind it (V7), the next act on the referral (V8, V9), statements of a key whose entry is gone (V2), a day gone
by (V17). Behind the last statement of a key that nobody has seen there is nothing. Without the last entry of all the
log is what it was one entry before: no rule can be broken, and only what an audit tells can differ. `AT_THE_END` says
of each kind what does. Where it says `LINE`, nothing is owed by reason of the statement:

- keys: a key that has signed nothing; a revocation, though it takes trust away from what comes after;
- an examination before the release; a paper of what was not late, or that changes nothing between two that differ;
- a withdrawal when both answers have been given; an answer where all that it would settle was waived; the end of a
  pause in the very second in which something else ends it;
- of the host's own: an expiry that is not a day old, an outage in which no clock stood still. Of these nobody but the
  host has a receipt, and nobody else knows what its line should be. The first is missed when the day is over (V17); of
  the second nobody is the worse, for no due would have moved.
"""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from casework.parties import HOST
from ledger import entries, statements, verifier
from ledger.dockets import Docket, Row
from ledger.histories import Signed
from ledger.rules import Code
from ledger.statements import HOST_KEY, KINDS, HostOutage, ReferralExpired, Statement
from ledger.verifier import Report
from tests.conftest import SOAK
from tests.ledger import chronicles
from tests.ledger.chronicles import BEGUN, Step, steps
from tests.ledger.golden import Log
from tests.ledger.spoiled import made_anew, receipt, told

LONG = os.environ.get(SOAK) == "1"
FOUND, OWED, LINE = "a finding", "what is owed", "the line of its key"
AT_THE_END: Final[dict[str, tuple[str, ...]]] = {
    "agreement.adopted": (FOUND,),
    "key.added": (LINE,),
    "key.revoked": (LINE,),
    "agreement.amended": (LINE,),
    "root.replaced": (LINE,),
    "referral.sent": (OWED,),
    "referral.acknowledged": (OWED, LINE),
    "referral.accepted": (OWED, LINE),
    "referral.declined": (OWED, LINE),
    "referral.withdrawn": (OWED, LINE),
    "referral.expired": (OWED, LINE),
    "fitness.certified": (LINE,),
    "handover.released": (OWED,),
    "handover.received": (OWED,),
    "handover.refused": (OWED,),
    "discrepancy.answered": (OWED, LINE),
    "obligation.waiver_offered": (OWED,),
    "obligation.waiver_agreed": (OWED,),
    "obligation.pause_offered": (OWED,),
    "obligation.pause_agreed": (OWED,),
    "obligation.resumed": (OWED, LINE),
    "obligation.breach_noted": (OWED,),
    "bast.recorded": (OWED, LINE),
    "host.outage": (OWED, LINE),
}


class Whole:
    """A log as it was published, and what an audit tells of it."""

    def __init__(self, chosen: Sequence[Step]) -> None:
        self.log = chronicles.written(chosen)
        self.said = [statements.parse(entries.parse(leaf).envelope.payload) for leaf in self.log.leaves]
        self.report, self.rows = audited(self.log, self.log.at)
        assert self.report.clean, self.report.findings

    def behind(self, number: int) -> list[Statement]:
        """What provinces have said behind an entry, by the same key or having seen it: each is a finding without it."""
        key = self.said[number].key
        return [
            each
            for each in self.said[number + 1 :]
            if each.party != HOST
            and ((key is not None and each.key == key) or (each.seen is not None and each.seen.size > number))
        ]

    def given_away_by(self, number: int) -> str | None:
        """The first of the three that gives an entry away; None: nothing does."""
        left = made_anew(self.log.leaves, number)
        report, rows = audited(left, self.log.at)
        if not report.clean:
            return FOUND
        if rows != self.rows:
            return OWED
        return LINE if lines(report) != lines(self.report) else None

    def picked(self, drawn: int) -> list[int]:
        """In the long form all entries; else the last of each kind, the last of each key, and one of all."""
        size = len(self.said)
        if LONG:
            return list(range(size))
        last = {each: number for number, said in enumerate(self.said) for each in (said.KIND, said.key)}
        return sorted({*last.values(), drawn % size})


def audited(log: Log, at: datetime) -> tuple[Report, list[Row]]:
    docket = Docket()
    report = verifier.verify(log.shelf, docket=docket)
    return report, [told(row) for row in docket.rows(at)]


def lines(report: Report) -> dict[str, Signed | int]:
    """Each key's line; of the host's own, which it signs anew, only the number."""
    return {key: line.statements if key == HOST_KEY else line for key, line in report.signed.items()}


def check(whole: Whole, number: int) -> None:
    kind, behind, how = whole.said[number].KIND, whole.behind(number), whole.given_away_by(number)
    assert how in ((FOUND,) if behind else (FOUND, *AT_THE_END[kind])), (number, kind, how)
    if how == LINE and whole.said[number].party != HOST:
        check_receipt(whole, number)
    if how == LINE and isinstance(whole.said[number], ReferralExpired):
        check_young(whole, number)


def check_receipt(whole: Whole, number: int) -> None:
    """Who signed it can prove it; where it was the last of all, once another stands in its place."""
    shown = [receipt(whole.log, number)]
    assert verifier.verify(whole.log.shelf, shown=shown).receipts == 1
    left = made_anew(whole.log.leaves, number)
    if number == len(left.leaves):
        assert verifier.verify(left.shelf, shown=shown).receipts == 0
        left.add_key("ID-BT")
        left.publish()
    assert Code.RECEIPT_UNKEPT in {each.code for each in verifier.verify(left.shelf, shown=shown).findings}


def check_young(whole: Whole, number: int) -> None:
    """By the last entry that is left, the expiry could have been noted for a day at the most, outages apart."""
    said = whole.said[number]
    assert isinstance(said, ReferralExpired)
    closed = whole.log.states[said.referral].sent_at + chronicles.AGREEMENT.referral_window
    outages = [each for each in whole.said if isinstance(each, HostOutage) and each.until > closed]
    left = [entries.parse(leaf).at for other, leaf in enumerate(whole.log.leaves) if other != number]
    assert left[-1] <= closed + chronicles.DAY + sum((each.until - each.from_ for each in outages), timedelta(0))


def step(verb: str, seconds: int = 60, which: int = 0, owed: int = 0, coin: bool = False) -> Step:
    return verb, seconds, which, owed, coin


def waived(owed: int) -> list[Step]:
    return [step("waiver", owed=owed), step("agree waiver", owed=owed)]


ACCEPTED = [step("sent"), step("accepted")]
RELEASED = [*ACCEPTED, step("certified"), step("released")]
PAUSED = [step("sent"), step("pause", owed=1), step("agree pause", owed=1)]
FORTNIGHT = int(chronicles.AGREEMENT.referral_window.total_seconds())
# At the end of a small log: each kind of which the table of what is owed tells ...
IN_THE_TABLE: Final[dict[str, list[Step]]] = {
    "referral.sent": [step("sent")],
    "referral.acknowledged": [step("sent"), step("acknowledged")],
    "referral.accepted": ACCEPTED,
    "referral.declined": [step("sent"), step("declined")],
    "referral.withdrawn": [step("sent"), step("withdrawn")],
    "referral.expired": [*PAUSED, step("expired", FORTNIGHT)],  # it ends the pause
    "handover.released": RELEASED,
    "handover.received": [*RELEASED, step("received")],
    "handover.refused": [*RELEASED, step("refused")],
    "discrepancy.answered": [*RELEASED, step("disagreed"), step("answered")],
    "obligation.waiver_offered": [step("sent"), step("waiver")],
    "obligation.waiver_agreed": [step("sent"), *waived(0)],
    "obligation.pause_offered": PAUSED[:-1],
    "obligation.pause_agreed": PAUSED,
    "obligation.resumed": [*PAUSED, step("resume", owed=1)],
    "obligation.breach_noted": [step("sent"), step("note", 25 * 3600)],
    "bast.recorded": [*RELEASED, step("received", 25 * 3600), step("paper", owed=1)],  # of what was late
    "host.outage": [step("sent"), step("outage", 3600)],
}
# ... and each of which it may know nothing.
ONLY_ITS_LINE: Final[dict[str, list[Step]]] = {
    "key.added": [],
    "key.revoked": [step("key"), step("revoke")],
    "agreement.amended": [step("host")],
    "root.replaced": [step("root")],
    "referral.acknowledged": [step("sent"), *waived(0), step("acknowledged")],
    "referral.accepted": [step("sent"), *waived(0), *waived(1), step("accepted")],
    "referral.declined": [step("sent"), *waived(0), *waived(1), step("declined")],
    "referral.withdrawn": [*ACCEPTED, step("withdrawn")],
    "referral.expired": [step("sent"), step("expired", FORTNIGHT)],
    "fitness.certified": [*ACCEPTED, step("certified")],
    "discrepancy.answered": [*RELEASED, step("disagreed"), *waived(3), step("answered")],
    "obligation.resumed": [*PAUSED, step("resume", owed=1), step("accepted", 0)],
    "bast.recorded": [*RELEASED, step("received"), step("paper")],
    "host.outage": [step("outage", 3600)],
}
# Everything, mostly at the end of the log's life, where little is said behind it.
FULL: list[Step] = [
    *BEGUN,
    step("paper", which=1, owed=1),
    step("paper", which=1, owed=1, coin=True),
    step("answered", which=1),
    step("refused"),
    step("certified"),
    step("publish"),
    step("key", which=2, coin=True),
    step("revoke", 3600, which=2, owed=1),
    step("pause", which=2, owed=1),
    step("agree pause", which=2, owed=1),
    step("outage", 3600),
    step("resume", 3600, which=2, owed=1),
    step("outage", 3600),
    step("waiver", which=2),
    step("agree waiver", which=2),
    step("sent", which=0),
    step("acknowledged", which=3),
    step("declined", which=3),
    step("note", 30 * 3600, which=2, owed=1),
    step("expired", FORTNIGHT, which=2),
    step("withdrawn"),
    step("root", which=1),
    step("host"),
]


@settings(
    max_examples=400 if LONG else 30,
    phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if LONG else [])],  # shrinking takes minutes
    deadline=None,
    derandomize=not LONG,
)
@given(steps, st.booleans(), st.integers(0, 1000))
@example(FULL, False, 0)
def test_no_entry_of_any_log_can_be_left_out_unnoticed(chosen: list[Step], begun: bool, drawn: int) -> None:
    whole = Whole([*BEGUN, *chosen] if begun else chosen)
    for number in whole.picked(drawn):
        check(whole, number)


def test_one_log_has_every_kind_and_none_of_its_entries_can_be_left_out() -> None:
    whole = Whole(FULL)
    assert {said.KIND for said in whole.said} == set(KINDS) == set(AT_THE_END)
    for number in range(len(whole.said)):
        check(whole, number)


def last_of(kind: str, whole: Whole) -> int:
    return max(number for number, said in enumerate(whole.said) if kind == said.KIND)


@pytest.mark.parametrize("kind", [kind for kind, how in AT_THE_END.items() if OWED in how])
def test_of_what_makes_something_owed_or_settled_the_table_tells_at_the_very_end(kind: str) -> None:
    whole = Whole(IN_THE_TABLE[kind])
    assert last_of(kind, whole) == len(whole.said) - 1
    assert whole.given_away_by(len(whole.said) - 1) == OWED


@pytest.mark.parametrize("kind", [kind for kind, how in AT_THE_END.items() if LINE in how])
def test_of_what_nothing_is_owed_for_only_the_line_of_its_key_tells(kind: str) -> None:
    whole = Whole(ONLY_ITS_LINE[kind])
    number = last_of(kind, whole)
    assert whole.given_away_by(number) == LINE
    check(whole, number)


def test_a_log_made_anew_without_leaving_anything_out_differs_in_nothing() -> None:
    """What gives the others away is what is missing, not the making."""
    whole = Whole(FULL)
    assert whole.given_away_by(len(whole.said)) is None
