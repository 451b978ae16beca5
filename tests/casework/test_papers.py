"""Stories of the signed paper: recorded once by each end, held against what is known of the statement it is of."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from casework import papers
from casework.duties import Kind
from casework.handovers import HandoverPaper, Told
from casework.objections import HandoverUnknown, NoPaper, PaperDiffers, PaperRecorded, TimesDiffer
from casework.obligations import Paper, State, state
from casework.referrals import Referral
from casework.refusals import FactOutOfTime, Refusal, WrongParty
from tests.casework.owing import act, after, one, released, sent
from tests.casework.stories import DAY, EAST_JAVA, HOUR, JAKARTA, SECOND, STAGES, START, WEST_JAVA, digest, must

PAPER, AT_PORT = digest("paper"), START + 2 * HOUR
MINUTES = timedelta(minutes=15)
_owed = released()
RELEASE = _owed[0].opened_by
_receipt = act("handover.received", START + 3 * DAY, about=RELEASE, agrees=True)
RECEIPT = _receipt.statement
LATE = replace(
    STAGES["completed"],
    handovers=(replace(STAGES["completed"].handovers[-1], release=RELEASE, receipt=RECEIPT),),
    obligations=after(_owed, _receipt),
)


def knowing(told: Told | None, at_release: Told | None = None) -> Referral:
    known = replace(LATE.handovers[-1], told_at_receipt=told, told_at_release=at_release)
    return replace(LATE, handovers=(known,))


KNOWN = knowing(Told(happened_at=AT_PORT, paper=PAPER))


def record(
    referral: Referral,
    by: str = EAST_JAVA,
    handover: str = RECEIPT,
    sha256: str = PAPER,
    happened_at: datetime | None = AT_PORT,
) -> Referral | Refusal:
    return papers.record(referral, by=by, handover=handover, sha256=sha256, happened_at=happened_at)


@pytest.mark.parametrize("known", [KNOWN, LATE], ids=["the service", "an auditor without openings"])
def test_one_end_contests_and_both_confirm(known: Referral) -> None:
    claimed = must(Referral, record(known))
    receipt = one(claimed.obligations, Kind.HANDOVER_RECEIPT)
    assert (state(receipt, START + 9 * DAY), receipt.contested) == (State.MET_LATE, True)
    confirmed = must(Referral, record(claimed, by=JAKARTA))
    receipt = one(confirmed.obligations, Kind.HANDOVER_RECEIPT)
    assert (state(receipt, START + 9 * DAY), receipt.entered_late) == (State.MET, True)
    assert receipt.papers == (Paper(party=EAST_JAVA, sha256=PAPER), Paper(party=JAKARTA, sha256=PAPER))
    kept = [HandoverPaper(party=party, of=RECEIPT, sha256=PAPER) for party in (EAST_JAVA, JAKARTA)]
    assert list(confirmed.handovers[-1].papers) == kept
    assert confirmed.last == LATE.last


def test_the_paper_of_a_release_settles_nothing() -> None:
    known = knowing(None, Told(happened_at=START + 9 * DAY, paper=PAPER))
    found = must(Referral, record(known, handover=RELEASE, happened_at=START + 9 * DAY))
    assert found.obligations == LATE.obligations
    assert found.handovers[-1].papers == (HandoverPaper(party=EAST_JAVA, of=RELEASE, sha256=PAPER),)
    assert isinstance(record(found, handover=RECEIPT), Referral)


def test_a_paper_of_what_was_in_time_may_tell_any_time() -> None:
    in_time = act("handover.received", START + 3 * HOUR, about=RELEASE, agrees=True)
    known = knowing(Told(happened_at=START + 9 * DAY, paper=PAPER))
    timely = replace(
        known,
        handovers=(replace(known.handovers[-1], receipt=in_time.statement),),
        obligations=(*sent(), *after(_owed, in_time)),
    )
    assert isinstance(record(timely, handover=in_time.statement, happened_at=START + 9 * DAY), Referral)


def test_times_agree_within_fifteen_minutes_to_the_second_and_are_not_compared_where_one_is_not_told() -> None:
    for happened_at in (AT_PORT - MINUTES, AT_PORT + MINUTES, None):
        assert isinstance(record(KNOWN, happened_at=happened_at), Referral)
    assert isinstance(record(knowing(Told(happened_at=None, paper=PAPER))), Referral)


def test_a_receipt_late_by_its_own_paper_stays_late() -> None:
    due = one(LATE.obligations, Kind.HANDOVER_RECEIPT).due
    assert isinstance(record(knowing(Told(happened_at=due, paper=PAPER)), happened_at=due), Referral)
    too_late = due + SECOND
    found = record(knowing(Told(happened_at=too_late, paper=PAPER)), happened_at=too_late)
    assert found == FactOutOfTime(name="happened_at", instant=too_late)


@pytest.mark.parametrize(
    "known",
    [knowing(Told(happened_at=None, paper=PAPER)), LATE],
    ids=["a receipt without a time", "one that is sealed"],
)
def test_where_the_receipt_tells_no_time_the_papers_own_decides(known: Referral) -> None:
    due = one(LATE.obligations, Kind.HANDOVER_RECEIPT).due
    assert isinstance(record(known, happened_at=due), Referral)
    assert record(known, happened_at=due + SECOND) == FactOutOfTime(name="happened_at", instant=due + SECOND)


REFUSED: dict[str, tuple[Callable[[], Referral | Refusal], Refusal]] = {
    "by a stranger": (lambda: record(KNOWN, by=WEST_JAVA), WrongParty(by=WEST_JAVA, belongs_to=JAKARTA)),
    "of another statement": (
        lambda: record(KNOWN, handover=digest("other")),
        HandoverUnknown(named=digest("other")),
    ),
    "twice by one end": (lambda: record(must(Referral, record(KNOWN))), PaperRecorded(party=EAST_JAVA)),
    "of a receipt that names none": (
        lambda: record(knowing(Told(happened_at=AT_PORT, paper=None))),
        NoPaper(),
    ),
    "another paper": (lambda: record(KNOWN, sha256=digest("another")), PaperDiffers()),
    "a second too early": (
        lambda: record(KNOWN, happened_at=AT_PORT - MINUTES - SECOND),
        TimesDiffer(told=AT_PORT, recorded=AT_PORT - MINUTES - SECOND),
    ),
    "a second too late": (
        lambda: record(KNOWN, happened_at=AT_PORT + MINUTES + SECOND),
        TimesDiffer(told=AT_PORT, recorded=AT_PORT + MINUTES + SECOND),
    ),
}


@pytest.mark.parametrize("story", REFUSED)
def test_a_paper_is_refused(story: str) -> None:
    move, expected = REFUSED[story]
    before = replace(KNOWN)
    assert move() == expected
    assert before == KNOWN
