"""Every order of acts: those that the rules allow lead on, and each other one is refused at the first step too early.

The acts are walked in all their orders, one step at a time; what is refused is not walked on from. A model of a few
lines, which knows of each act only what must have been said before it and what must not, has to agree at every step.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from casework.duties import Kind
from casework.referrals import Referral
from casework.refusals import Refusal, StaleStatement
from ledger import replays, statements
from ledger.statements import Act, Owed, ReferralStatement
from tests.casework.stories import AGREEMENT, START, digest
from tests.ledger.golden import AGREEMENT_SHA256, ORIGIN, Common, CommonAct, key_name

SENDER, RECEIVER, ID = "ID-JK", "ID-JI", "1" * 32
PAPER = "ab" * 32


def common(party: str) -> Common:
    return Common(
        log=ORIGIN,
        agreement=AGREEMENT_SHA256,
        party=party,
        key=key_name(party),
        key_prev=None,
        seen=None,
        claimed_at=START,
    )


def act(party: str, follows: str) -> CommonAct:
    return CommonAct(**common(party), referral=ID, referral_prev=digest(follows))


def owed(kind: Kind, opened_by: str) -> Owed:
    return Owed(kind=kind, opened_by=digest(opened_by), referral=ID)


DECIDE, RECEIVE = owed(Kind.REFERRAL_DECIDE, "send"), owed(Kind.HANDOVER_RECEIPT, "release")

# What is said, each by the one who may; the link of an act is to the one before it in the order that is legal.
SAID: Mapping[str, ReferralStatement] = {
    "send": statements.ReferralSent(
        **common(SENDER), referral=ID, to=RECEIVER, term_acknowledge="PT24H", term_decide="P3WD", sealed={}
    ),
    "acknowledge": statements.ReferralAcknowledged(**act(RECEIVER, "send"), sealed={}),
    "accept": statements.ReferralAccepted(**act(RECEIVER, "acknowledge"), sealed={}),
    "certify": statements.FitnessCertified(**act(SENDER, "accept"), leg=1, sealed={}),
    "release": statements.HandoverReleased(**act(SENDER, "certify"), leg=1, to=RECEIVER, term="PT24H", sealed={}),
    "receive": statements.HandoverReceived(
        **act(RECEIVER, "release"), leg=1, release=digest("release"), agrees=False, sealed={}
    ),
    "answer": statements.DiscrepancyAnswered(**act(SENDER, "receive"), leg=1, receipt=digest("receive"), sealed={}),
    "offer waiver": statements.WaiverOffered(**common(RECEIVER), obligation=DECIDE),
    "agree waiver": statements.WaiverAgreed(**common(SENDER), obligation=DECIDE, offer=digest("offer waiver")),
    "offer pause": statements.PauseOffered(**common(RECEIVER), obligation=DECIDE),
    "agree pause": statements.PauseAgreed(**common(SENDER), obligation=DECIDE, offer=digest("offer pause")),
    "resume": statements.ObligationResumed(**common(SENDER), obligation=DECIDE, offer=digest("offer pause")),
    "offer": statements.WaiverOffered(**common(RECEIVER), obligation=RECEIVE),
    "agree": statements.WaiverAgreed(**common(SENDER), obligation=RECEIVE, offer=digest("offer")),
    "record": statements.BastRecorded(
        **common(RECEIVER), referral=ID, handover=digest("receive"), sha256=PAPER, sealed={}
    ),
    "confirm": statements.BastRecorded(
        **common(SENDER), referral=ID, handover=digest("receive"), sha256=PAPER, sealed={}
    ),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What must have been said before, and what must not."""

    after: tuple[str, ...] = ()
    never_after: tuple[str, ...] = ()


DECIDED = ("accept", "agree waiver")
RULES: Mapping[str, Rule] = {
    "send": Rule(),
    "acknowledge": Rule(("send",), ("accept",)),
    "accept": Rule(("send",)),
    "certify": Rule(("accept",), ("release",)),
    "release": Rule(("accept", "certify")),
    "receive": Rule(("release",)),
    "answer": Rule(("receive",)),
    "offer waiver": Rule(("send",), DECIDED),
    "agree waiver": Rule(("offer waiver",), ("accept",)),
    "offer pause": Rule(("send",), DECIDED),
    "agree pause": Rule(("offer pause",), DECIDED),
    "resume": Rule(("agree pause",), DECIDED),
    "offer": Rule(("release",), ("receive",)),
    "agree": Rule(("offer",), ("receive",)),
    "record": Rule(("receive",)),
    "confirm": Rule(("receive",)),
}

ACTS = ("send", "acknowledge", "accept", "certify", "release", "receive", "answer")
TOGETHER: Mapping[str, tuple[tuple[str, ...], int]] = {  # and how many of their orders are legal
    "acts alone": (ACTS, 1),
    "a waiver": ((*ACTS, "offer waiver", "agree waiver"), 3),
    "a pause": ((*ACTS, "offer pause", "agree pause", "resume"), 4),
    "a waiver of what waits": (
        ("send", "offer pause", "agree pause", "offer waiver", "agree waiver", "acknowledge", "accept"),
        15,
    ),
    "a receipt that is waived": ((*ACTS, "offer", "agree"), 1),
    "a paper of both ends": ((*ACTS, "record", "confirm"), 6),
}


def legal(verb: str, said: tuple[str, ...]) -> bool:
    rule = RULES[verb]
    return set(rule.after) <= set(said) and not set(rule.never_after) & set(said)


def moved(state: Referral | None, verb: str, at: datetime) -> Referral | Refusal:
    """As it would be signed now: with the link that is right now."""
    said = SAID[verb]
    if isinstance(said, Act) and state is not None:
        said = replace(said, referral_prev=state.last)
    return replays.move(state, said, id=digest(verb), at=at, agreement=AGREEMENT, opened=None)


def orders(verbs: tuple[str, ...]) -> Iterator[str]:
    """Every order that is legal to its end; a step is tried wherever it could be, and has to be as the model says."""
    begun: list[tuple[tuple[str, ...], Referral | None]] = [((), None)]
    while begun:
        said, state = begun.pop()
        if len(said) == len(verbs):
            yield ", ".join(said)
        for verb in set(verbs) - set(said):
            found = moved(state, verb, START + len(said) * timedelta(minutes=1))
            assert isinstance(found, Referral) == legal(verb, said), (said, verb, found)
            if isinstance(found, Referral):
                begun.append(((*said, verb), found))


@pytest.mark.parametrize("story", TOGETHER)
def test_of_all_orders_those_that_the_rules_allow_are_legal_and_no_other(story: str) -> None:
    verbs, expected = TOGETHER[story]
    found = list(orders(verbs))
    assert len(found) == len(set(found)) == expected


def test_as_they_are_signed_the_acts_on_a_referral_have_one_order() -> None:
    """Not what they say but what they name as the one before it decides: nothing signed can be put elsewhere."""
    state: Referral | None = None
    for number, verb in enumerate(ACTS):
        for other in ACTS[number + 1 :]:
            refused = replays.move(state, SAID[other], id=digest(other), at=START, agreement=AGREEMENT, opened=None)
            assert not isinstance(refused, Referral), (verb, other)
            if state is not None:
                assert isinstance(refused, StaleStatement), (verb, other)
        found = replays.move(state, SAID[verb], id=digest(verb), at=START, agreement=AGREEMENT, opened=None)
        assert isinstance(found, Referral)
        state = found


def needed(verb: str) -> set[str]:
    """All that must have been said before it."""
    first = set(RULES[verb].after)
    return first.union(*(needed(each) for each in first))


@pytest.mark.parametrize("verb", sorted(set(SAID) - {"certify"}))  # a second certificate is as good as the first
def test_nothing_is_said_twice(verb: str) -> None:
    state: Referral | None = None
    for each in (*sorted(needed(verb), key=list(SAID).index), verb):
        found = moved(state, each, START)
        assert isinstance(found, Referral), each
        state = found
    assert not isinstance(moved(state, verb, START), Referral)
