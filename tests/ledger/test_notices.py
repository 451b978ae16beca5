"""What the host says of itself and of time, found true or false, and what it passes over in silence."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from casework.obligations import State
from ledger import verifier
from ledger.dockets import Docket, Row
from ledger.histories import History
from ledger.notices import passed_over
from ledger.rules import Code
from tests.casework.stories import AGREEMENT
from tests.ledger import golden
from tests.ledger.golden import Log, owed, referral
from tests.ledger.spoiled import codes

MINUTE, HOUR, DAY, SECOND = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
QUARTER = 15 * MINUTE


def told(log: Log) -> tuple[list[tuple[int | None, Code]], list[Row]]:
    """The findings, and what is owed at the end."""
    log.publish()
    docket = Docket()
    report = verifier.verify(log.shelf, docket=docket)
    return codes(report), list(docket.rows(log.at))


def sent() -> tuple[Log, str]:
    """A referral just sent, and the statement that sent it."""
    log = golden.founded()
    return log, log.send("ID-JK", "ID-JI", referral(1))


def due_of(log: Log, kind: str) -> datetime:
    return next(row.due_at for row in told(log.copy())[1] if row.kind == kind)


def test_an_outage_moves_every_due_by_its_length() -> None:
    log, _ = sent()
    before = due_of(log, "referral.acknowledge")
    begin = log.at
    log.out(begin, begin + 3 * HOUR, after=3 * HOUR)
    found, rows = told(log)
    assert found == []
    assert rows[0].due_at == before + 3 * HOUR
    assert [(stop.from_, stop.until) for stop in rows[0].stops] == [(begin, begin + 3 * HOUR)]


FALSE: dict[str, Callable[[Log], object]] = {
    "ends before it begins": lambda log: log.out(log.at + 2 * HOUR, log.at + HOUR, after=3 * HOUR),
    "lasts no second": lambda log: log.out(log.at + HOUR, log.at + HOUR, after=3 * HOUR),
    "ends after its notice": lambda log: log.out(log.at, log.at + HOUR + SECOND, after=HOUR),
    "an entry was made in it": lambda log: log.out(log.at - SECOND, log.at + HOUR, after=HOUR),
    "lasts a second less than a quarter of an hour": lambda log: log.out(
        log.at, log.at + QUARTER - SECOND, after=QUARTER
    ),
    "is told five minutes and a second later": lambda log: log.out(
        log.at, log.at + HOUR, after=HOUR + 5 * MINUTE + SECOND
    ),
    "is told when something has been entered after it": lambda log: (
        log.add_key("ID-JK", 7),
        log.out(log.at - 2 * HOUR, log.at - HOUR, after=MINUTE),
    ),
    "is told again": lambda log: (
        log.out(log.at, log.at + HOUR, after=HOUR),
        log.out(log.at - HOUR, log.at, after=MINUTE),
    ),
}


@pytest.mark.parametrize("story", FALSE)
def test_a_false_outage_is_named_and_stops_nothing(story: str) -> None:
    log, _ = sent()
    dues = [row.due_at for row in told(log.copy())[1]]
    FALSE[story](log)
    true = [HOUR] if story == "is told again" else []
    found, rows = told(log)
    assert found == [(len(log.leaves) - 1, Code.NOTICE_FALSE)]
    assert rows[0].due_at == dues[0] + sum(true, timedelta(0))


def test_an_outage_lasts_a_quarter_of_an_hour_and_is_told_within_five_minutes() -> None:
    log, _ = sent()
    log.out(log.at, log.at + QUARTER, after=QUARTER)
    log.out(log.at, log.at + HOUR, after=HOUR + 5 * MINUTE)
    found, rows = told(log)
    assert found == []
    assert sum((stop.length for stop in rows[0].stops), timedelta(0)) == QUARTER + HOUR


def test_what_was_late_stays_late_whatever_outage_is_told_afterwards() -> None:
    log, _ = sent()
    log.at += 25 * HOUR
    log.acknowledge("ID-JI", referral(1))
    log.out(log.at, log.at + HOUR, after=HOUR)
    assert told(log.copy())[1][0].state is State.MET_LATE
    log.out(log.at - 20 * HOUR, log.at - 2 * HOUR, after=MINUTE)
    found, rows = told(log)
    assert [code for _, code in found] == [Code.NOTICE_FALSE]
    assert rows[0].state is State.MET_LATE


def test_an_outage_may_touch_the_entries_before_and_after_it() -> None:
    log, _ = sent()
    log.out(log.at, log.at + HOUR, after=HOUR)
    log.out(log.at, log.at + HOUR, after=HOUR)
    found, rows = told(log)
    assert found == []
    (stop,) = rows[0].stops  # stops that touch are one
    assert (stop.length, rows[0].due_at) == (2 * HOUR, rows[0].opened_at + 26 * HOUR)


def unwatched() -> Log:
    """The log of three witnesses, but not one of them has cosigned."""
    log = golden.watched()
    note = log.shelf.files["checkpoint"]
    bare = b"".join(note.splitlines(keepends=True)[:5])
    log.shelf.files |= {"checkpoint": bare, f"checkpoints/{len(log.leaves)}": bare}
    return log


def test_an_outage_of_a_log_that_no_quorum_ever_saw_stops_no_clock() -> None:
    log = unwatched()
    before = due_of(log, "referral.acknowledge")
    log.out(log.at, log.at + HOUR, after=HOUR)
    found, rows = told(log)
    assert found == []
    assert (rows[0].due_at, rows[0].stops) == (before, ())


def test_an_outage_that_the_witnesses_leave_room_for_stops_every_clock() -> None:
    log = golden.watched()
    before, begin = due_of(log, "referral.acknowledge"), log.at
    log.out(begin, begin + HOUR, after=HOUR)
    found, rows = told(log)
    assert found == []
    assert rows[0].due_at == before + HOUR
    assert [(stop.from_, stop.until) for stop in rows[0].stops] == [(begin, begin + HOUR)]


@pytest.mark.parametrize(
    ("seconds", "counts"),
    [(300, True), (301, False), (1800, False), (3299, False), (3300, True), (3600, True)],
)
def test_an_outage_in_which_a_quorum_saw_the_log_stops_none(seconds: int, counts: bool) -> None:
    """An hour, and a cosignature so long after its beginning; clocks may be five minutes apart."""
    log = golden.watched()
    log.add_key("ID-JK", 7)
    log.publish()
    begin = log.at
    log.cosign(*golden.WITNESSES[:2], at=begin + seconds * SECOND)
    before = due_of(log, "referral.acknowledge")
    log.out(begin, begin + HOUR, after=HOUR)
    found, rows = told(log)
    assert found == []
    assert rows[0].due_at == before + (HOUR if counts else timedelta(0))


def test_what_one_witness_alone_says_neither_takes_an_outage_away_nor_gives_one() -> None:
    log = golden.watched()
    log.add_key("ID-JK", 7)
    log.publish()
    begin = log.at
    log.cosign(golden.WITNESSES[0], at=begin + HOUR / 2)
    before = due_of(log, "referral.acknowledge")
    log.out(begin, begin + HOUR, after=HOUR)
    assert told(log)[1][0].due_at == before + HOUR
    alone = unwatched()
    alone.cosign(golden.WITNESSES[0])
    alone.out(alone.at, alone.at + HOUR, after=HOUR)
    assert told(alone)[1][0].stops == ()


def test_nothing_can_be_told_of_a_log_without_entries() -> None:
    assert list(passed_over(History(), AGREEMENT)) == []


# -- silence ----------------------------------------------------------------------------------------------------------
def silent(until: timedelta, before: Callable[[Log, str], object] = lambda log, sent: None) -> list[Code]:
    """What is found when the log goes on to that long after the due of acknowledging."""
    log, sending = sent()
    due = due_of(log, "referral.acknowledge")
    before(log, sending)
    log.at = due + until - MINUTE
    log.add_key("ID-JK", 7)
    return [code for _, code in told(log)[0]]


def test_a_breach_may_go_unnoted_for_a_day_and_not_a_second_more() -> None:
    assert silent(DAY) == []
    assert silent(DAY + SECOND) == [Code.NOTICE_MISSING]


def test_the_entry_that_opened_the_obligation_is_named() -> None:
    log, _ = sent()
    opened = len(log.leaves) - 1
    log.at += 3 * DAY
    log.add_key("ID-JK", 7)
    assert told(log)[0] == [(opened, Code.NOTICE_MISSING)]


@pytest.mark.parametrize("begins", [HOUR, DAY], ids=["within its day", "in its last second"])
def test_outages_give_the_host_its_time_back(begins: timedelta) -> None:
    def down(log: Log, _: str) -> None:
        begin = due_of(log, "referral.acknowledge") + begins
        log.at = begin
        log.out(begin, begin + 2 * HOUR, after=2 * HOUR)

    assert silent(DAY + 2 * HOUR, down) == []
    assert silent(DAY + 2 * HOUR + SECOND, down) == [Code.NOTICE_MISSING]


def test_an_outage_after_the_hosts_day_gives_it_nothing() -> None:
    def down(log: Log, _: str) -> None:
        begin = due_of(log, "referral.acknowledge") + DAY + SECOND
        log.at = begin
        log.out(begin, begin + 2 * HOUR, after=2 * HOUR)

    assert silent(DAY + 2 * HOUR + SECOND, down) == [Code.NOTICE_MISSING]


def test_an_outage_that_nobody_has_proved_gives_the_host_no_time() -> None:
    log = unwatched()
    due = due_of(log, "referral.acknowledge")
    log.at = due + HOUR
    log.out(due + HOUR, due + 3 * HOUR, after=2 * HOUR)
    log.at = due + DAY + SECOND - MINUTE
    log.add_key("ID-JK", 7)
    assert Code.NOTICE_MISSING in [code for _, code in told(log)[0]]


def test_an_outage_that_the_witnesses_prove_gives_the_host_its_time_back() -> None:
    log = golden.watched()
    due = due_of(log, "referral.acknowledge")
    begin = log.at = due + HOUR
    log.out(begin, begin + 2 * HOUR, after=2 * HOUR)
    log.publish()
    log.cosign(*golden.WITNESSES)
    log.at = due + DAY + 2 * HOUR - MINUTE
    later = log.copy()
    log.add_key("ID-JK", 7)
    assert told(log)[0] == []
    later.at += SECOND
    later.add_key("ID-JK", 7)
    assert [code for _, code in told(later)[0]] == [Code.NOTICE_MISSING]


def undecided(until: timedelta, before: Callable[[Log, str], object] = lambda log, sent: None) -> list[Code]:
    """What is found of a referral whose breaches are noted, that long after its window has closed."""
    log, sending = sent()
    closed = log.at + AGREEMENT.referral_window
    for number, kind in enumerate(("referral.acknowledge", "referral.decide")):
        log.note(owed(kind, sending, referral(1)), after=number * MINUTE + 5 * DAY)
    before(log, sending)
    log.at = closed + until - MINUTE
    log.add_key("ID-JK", 7)
    return [code for _, code in told(log)[0]]


def test_a_referral_that_could_have_expired_may_stand_for_a_day_and_not_a_second_more() -> None:
    assert undecided(DAY) == []
    assert undecided(DAY + SECOND) == [Code.NOTICE_MISSING]


DECIDED: dict[str, Callable[[Log, str], object]] = {
    "accepted": lambda log, _: log.accept("ID-JI", referral(1)),
    "declined": lambda log, _: log.decline("ID-JI", referral(1)),
    "withdrawn": lambda log, _: log.withdraw("ID-JK", referral(1)),
    "expired": lambda log, _: log.expire(referral(1), after=5 * DAY),
}


@pytest.mark.parametrize("verb", DECIDED)
def test_what_is_decided_needs_no_expiry(verb: str) -> None:
    assert undecided(DAY + HOUR, DECIDED[verb]) == []


def test_an_outage_after_the_window_gives_the_host_its_time_back() -> None:
    def down(log: Log, _: str) -> None:
        log.at = sent()[0].at + AGREEMENT.referral_window + HOUR
        log.out(log.at, log.at + 2 * HOUR, after=2 * HOUR)

    assert undecided(DAY + 2 * HOUR, down) == []
    assert undecided(DAY + 2 * HOUR + SECOND, down) == [Code.NOTICE_MISSING]


def waived(log: Log, sending: str) -> None:
    duty = owed("referral.acknowledge", sending, referral(1))
    log.agree_waiver("ID-JK", duty, log.offer_waiver("ID-JI", duty))


def waiting(log: Log, sending: str) -> None:
    duty = owed("referral.acknowledge", sending, referral(1))
    log.agree_pause("ID-JK", duty, log.offer_pause("ID-JI", duty))


@pytest.mark.parametrize("before", [waived, waiting, lambda log, _: log.acknowledge("ID-JI", referral(1))])
def test_what_ended_or_waits_needs_no_notice(before: Callable[[Log, str], object]) -> None:
    assert silent(DAY + HOUR, before) == []


def test_silence_is_not_held_against_a_log_of_which_something_is_lost() -> None:
    log, _ = sent()
    log.at += 3 * DAY
    log.last_of_referral[referral(2)] = "0" * 64
    log.acknowledge("ID-JI", referral(2))
    assert [code for _, code in told(log)[0]] == [Code.REFERRAL_UNKNOWN]
