"""Letting off and waiting: offered by the debtor, agreed by the creditor, never after the fact; breaches noted once."""

from collections.abc import Callable
from datetime import datetime

import pytest

from casework import obligations, waivers
from casework.clocks import Span
from casework.duties import Kind
from casework.objections import BreachNoted, NotBreached, ObligationNotOpen, OfferPending, WrongOffer
from casework.obligations import Ending, Obligation, State, state
from casework.parties import HOST
from casework.refusals import Refusal, WrongParty
from tests.casework.owing import act, after, offered, one, paused, sent, unchanged
from tests.casework.stories import AGREEMENT, DAY, EAST_JAVA, HOUR, JAKARTA, SECOND, START, WEST_JAVA, digest, must

OWED = one(sent(), Kind.REFERRAL_ACKNOWLEDGE)
DUE = OWED.due
WAIVER, PAUSE = digest("waiver"), digest("pause")
DONE = after((OWED,), act("referral.acknowledged", START + HOUR))[0]


def agree_waiver(
    found: Obligation, by: str = JAKARTA, at: datetime = START, offer: str = WAIVER
) -> Obligation | Refusal:
    return waivers.agree_waiver(
        found,
        by=by,
        at=at,
        statement=digest("agreed"),
        offer=offer,
        kind="obligation.waiver_agreed",
        agreement=AGREEMENT,
    )


def resume(found: Obligation, by: str = JAKARTA, at: datetime = START, offer: str = PAUSE) -> Obligation | Refusal:
    return waivers.resume(found, by=by, at=at, offer=offer, agreement=AGREEMENT)


def test_a_waiver_offered_and_agreed_ends_the_obligation() -> None:
    agreed = must(Obligation, agree_waiver(offered(OWED, START), at=DUE))
    assert (agreed.ending, agreed.ended_by, agreed.ended_at) == (Ending.WAIVED, digest("agreed"), DUE)
    assert state(agreed, DUE + 90 * DAY) is State.WAIVED


def test_a_waiver_offered_and_not_agreed_changes_nothing() -> None:
    waiting = offered(OWED, START)
    assert (waiting.due, waiting.waiver_offer) == (DUE, WAIVER)
    assert [state(waiting, at) for at in (DUE, DUE + SECOND)] == [State.OPEN, State.BREACHED]
    late = after((waiting,), act("referral.acknowledged", DUE + SECOND))[0]
    assert state(late, DUE + SECOND) is State.MET_LATE


def test_a_pause_stops_the_clock_and_resuming_moves_the_due() -> None:
    waiting = paused(OWED, START + HOUR)
    assert (waiting.due, waiting.paused_since) == (DUE, START + HOUR)
    assert state(waiting, DUE + 90 * DAY) is State.PAUSED
    for by in (JAKARTA, EAST_JAVA):
        running = must(Obligation, resume(waiting, by=by, at=START + 11 * HOUR))
        assert running.due == DUE + 10 * HOUR
        assert running.stops == (Span(from_=START + HOUR, until=START + 11 * HOUR),)
        assert (running.paused_since, running.pause_offer) == (None, None)
        again = paused(must(Obligation, waivers.offer_pause(running, by=EAST_JAVA, at=DUE, statement=PAUSE)), DUE)
        assert must(Obligation, resume(again, at=DUE + HOUR)).due == DUE + 11 * HOUR


def test_what_is_paused_may_still_be_waived() -> None:
    waived = must(Obligation, agree_waiver(paused(OWED, START), at=DUE + 90 * DAY))
    assert state(waived, DUE + 90 * DAY) is State.WAIVED
    assert waived.paused_since is None


def test_resuming_what_runs_moves_nothing() -> None:
    assert obligations.resumed(OWED, at=DUE, agreement=AGREEMENT) is OWED


REFUSED: dict[str, tuple[Callable[[], Obligation | Refusal], object]] = {
    "the creditor offers a waiver": (
        lambda: waivers.offer_waiver(OWED, by=JAKARTA, at=START, statement=WAIVER),
        WrongParty(by=JAKARTA, belongs_to=EAST_JAVA),
    ),
    "a stranger offers a pause": (
        lambda: waivers.offer_pause(OWED, by=WEST_JAVA, at=START, statement=PAUSE),
        WrongParty(by=WEST_JAVA, belongs_to=EAST_JAVA),
    ),
    "a waiver is offered twice": (
        lambda: waivers.offer_waiver(offered(OWED, START), by=EAST_JAVA, at=START, statement=digest("2")),
        OfferPending(offer=WAIVER),
    ),
    "a pause is offered twice": (
        lambda: waivers.offer_pause(offered(OWED, START), by=EAST_JAVA, at=START, statement=digest("2")),
        OfferPending(offer=PAUSE),
    ),
    "a waiver is offered one second after due": (
        lambda: waivers.offer_waiver(OWED, by=EAST_JAVA, at=DUE + SECOND, statement=WAIVER),
        ObligationNotOpen(state=State.BREACHED, allowed=(State.OPEN, State.PAUSED)),
    ),
    "a pause is offered for what is done": (
        lambda: waivers.offer_pause(DONE, by=EAST_JAVA, at=DUE, statement=PAUSE),
        ObligationNotOpen(state=State.MET, allowed=(State.OPEN,)),
    ),
    "the debtor agrees to its own waiver": (
        lambda: agree_waiver(offered(OWED, START), by=EAST_JAVA),
        WrongParty(by=EAST_JAVA, belongs_to=JAKARTA),
    ),
    "a waiver is agreed one second after due": (
        lambda: agree_waiver(offered(OWED, START), at=DUE + SECOND),
        ObligationNotOpen(state=State.BREACHED, allowed=(State.OPEN, State.PAUSED)),
    ),
    "a waiver is agreed that nobody offered": (lambda: agree_waiver(OWED), WrongOffer(named=WAIVER, offer=None)),
    "another waiver is agreed": (
        lambda: agree_waiver(offered(OWED, START), offer=PAUSE),
        WrongOffer(named=PAUSE, offer=WAIVER),
    ),
    "the debtor agrees to its own pause": (
        lambda: waivers.agree_pause(offered(OWED, START), by=EAST_JAVA, at=START, offer=PAUSE),
        WrongParty(by=EAST_JAVA, belongs_to=JAKARTA),
    ),
    "a pause is agreed one second after due": (
        lambda: waivers.agree_pause(offered(OWED, START), by=JAKARTA, at=DUE + SECOND, offer=PAUSE),
        ObligationNotOpen(state=State.BREACHED, allowed=(State.OPEN,)),
    ),
    "another pause is agreed": (
        lambda: waivers.agree_pause(offered(OWED, START), by=JAKARTA, at=START, offer=WAIVER),
        WrongOffer(named=WAIVER, offer=PAUSE),
    ),
    "a stranger resumes": (
        lambda: resume(paused(OWED, START), by=WEST_JAVA),
        WrongParty(by=WEST_JAVA, belongs_to=EAST_JAVA),
    ),
    "what runs is resumed": (
        lambda: resume(offered(OWED, START)),
        ObligationNotOpen(state=State.OPEN, allowed=(State.PAUSED,)),
    ),
    "another pause is resumed": (
        lambda: resume(paused(OWED, START), offer=WAIVER),
        WrongOffer(named=WAIVER, offer=PAUSE),
    ),
    "a province notes a breach": (
        lambda: waivers.note_breach(OWED, by=JAKARTA, at=DUE + SECOND, statement=digest("note")),
        WrongParty(by=JAKARTA, belongs_to=HOST),
    ),
    "the host notes a breach that is none": (
        lambda: waivers.note_breach(OWED, by=HOST, at=DUE, statement=digest("note")),
        NotBreached(due=DUE),
    ),
    "the host notes a breach of what is paused": (
        lambda: waivers.note_breach(paused(OWED, START), by=HOST, at=DUE + DAY, statement=digest("note")),
        NotBreached(due=DUE),
    ),
}


@pytest.mark.parametrize("story", REFUSED)
def test_refused_and_nothing_changed(story: str) -> None:
    move, expected = REFUSED[story]
    before = OWED
    found = move()
    assert found == expected
    assert unchanged(before, found)


def test_the_host_notes_a_breach_once_and_its_notice_changes_nothing_else() -> None:
    noted = must(Obligation, waivers.note_breach(OWED, by=HOST, at=DUE + SECOND, statement=digest("note")))
    assert (noted.noted_by, noted.noted_at, state(noted, DUE + SECOND)) == (
        digest("note"),
        DUE + SECOND,
        State.BREACHED,
    )
    again = waivers.note_breach(noted, by=HOST, at=DUE + DAY, statement=digest("again"))
    assert again == BreachNoted(notice=digest("note"))
    late = after((noted,), act("referral.acknowledged", DUE + DAY))[0]
    assert state(late, DUE + DAY) is State.MET_LATE
