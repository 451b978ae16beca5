"""What is said beside the chain of a referral: legal or named, and never in the way of what is being signed."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from casework.obligations import State
from ledger import entries, statements, verifier
from ledger.dockets import Docket, Row
from ledger.rules import Code
from ledger.statements import Owed
from ledger.verifier import Report
from tests.ledger import golden
from tests.ledger.golden import Log, owed, referral
from tests.ledger.spoiled import LEGAL, codes, kept

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Said = Callable[[Log, str], object]


def told(log: Log) -> tuple[Report, tuple[Row, ...]]:
    """The verdict, and what is owed at the end."""
    docket = Docket()
    report = verifier.verify(log.shelf, docket=docket)
    return report, tuple(docket.rows(LEGAL.at))


def begun() -> tuple[Log, str]:
    log = golden.founded()
    return log, log.send("ID-JK", "ID-JI", referral(1))


def duty(opened_by: str, kind: str = "referral.decide") -> Owed:
    return owed(kind, opened_by, referral(1))


ILLEGAL: dict[str, tuple[Said, Code]] = {
    "a waiver offered by the creditor": (lambda log, by: log.offer_waiver("ID-JK", duty(by)), Code.ACT_ILLEGAL),
    "a pause offered by a stranger": (lambda log, by: log.offer_pause("ID-BA", duty(by)), Code.ACT_ILLEGAL),
    "a waiver agreed that nobody offered": (
        lambda log, by: log.agree_waiver("ID-JK", duty(by), by),
        Code.ACT_ILLEGAL,
    ),
    "a waiver agreed by the debtor": (
        lambda log, by: log.agree_waiver("ID-JI", duty(by), log.offer_waiver("ID-JI", duty(by))),
        Code.ACT_ILLEGAL,
    ),
    "a pause agreed by the debtor": (
        lambda log, by: log.agree_pause("ID-JI", duty(by), log.offer_pause("ID-JI", duty(by))),
        Code.ACT_ILLEGAL,
    ),
    "what runs is resumed": (lambda log, by: log.resume("ID-JK", duty(by), by), Code.ACT_ILLEGAL),
    "an obligation that nobody opened": (
        lambda log, by: log.offer_waiver("ID-JI", duty(by, "handover.receipt")),
        Code.ACT_ILLEGAL,
    ),
    "a breach noted in time": (lambda log, by: log.note(duty(by)), Code.NOTICE_FALSE),
    "a breach noted of nothing": (lambda log, by: log.note(duty(by, "discrepancy.answer")), Code.NOTICE_FALSE),
    "a paper of no handover": (lambda log, by: log.record("ID-JI", referral(1), by, "ab" * 32), Code.ACT_ILLEGAL),
    "a remark on a referral that nobody sent": (
        lambda log, by: log.offer_waiver("ID-JI", owed("referral.decide", by, referral(9))),
        Code.REFERRAL_UNKNOWN,
    ),
}


@pytest.mark.parametrize("story", ILLEGAL)
def test_what_may_not_be_said_is_named_and_moves_nothing(story: str) -> None:
    say, code = ILLEGAL[story]
    log, by = begun()
    say(log, by)
    log.accept("ID-JI", referral(1))
    log.publish()
    report, rows = told(log)
    assert [found for _, found in codes(report)] == [code]
    assert [(row.ended_kind, row.state, row.stops) for row in rows] == [("referral.accepted", State.MET, ())] * 2


def test_a_breach_noted_twice_is_named() -> None:
    log, by = begun()
    log.note(duty(by), after=5 * DAY)
    log.note(duty(by, "referral.acknowledge"))
    log.note(duty(by))
    log.publish()
    assert codes(told(log)[0]) == [(len(log.leaves) - 1, Code.NOTICE_FALSE)]


def test_what_is_said_beside_the_chain_makes_nothing_stale() -> None:
    log, by = begun()
    signed = log.act("ID-JI", referral(1))
    log.offer_pause("ID-JI", duty(by))
    log.note(duty(by, "referral.acknowledge"), after=2 * DAY)
    assert log.act("ID-JI", referral(1))["referral_prev"] == signed["referral_prev"] == by
    log.accept("ID-JI", referral(1))
    log.publish()
    report, rows = told(log)
    assert report.clean
    assert [row.state for row in rows] == [State.MET_LATE, State.MET]


def test_remarks_on_a_referral_whose_sending_is_lost_are_not_held_against_anybody() -> None:
    sending = next(
        number for number, leaf in enumerate(LEGAL.leaves)
        if referral(7).encode() in entries.parse(leaf).envelope.payload
    )  # fmt: skip

    def broken(leaves: list[bytes]) -> list[bytes]:
        return [*leaves[:sending], b"{}", *leaves[sending + 1 :]]

    report = kept(broken)
    assert {found.index for found in report.findings} == {sending}
    assert report.unjudged == 6


def test_the_golden_log_says_everything_that_can_be_said() -> None:
    assert set(told(golden.renewed())[0].kinds) == set(statements.KINDS)
    assert told(golden.renewed())[1] == told(LEGAL)[1], "keys are owed to nobody"


def test_of_two_discrepancies_the_one_is_answered_that_the_answer_names() -> None:
    log, _ = begun()
    log.accept("ID-JI", referral(1))
    log.certify("ID-JK", referral(1))
    first = log.refuse("ID-JI", referral(1), log.release("ID-JK", "ID-JI", referral(1)), agrees=False)
    second = log.receive("ID-JI", referral(1), log.release("ID-JK", "ID-JI", referral(1)), agrees=False)
    log.answer("ID-JK", referral(1), second)
    log.publish()
    report, rows = told(log)
    assert report.clean
    answers = {row.opened_by: row.state for row in rows if row.kind == "discrepancy.answer"}
    assert answers == {first: State.BREACHED, second: State.MET}
