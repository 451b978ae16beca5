"""What an entry tells in clear: of two people as unlike as can be, the same."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from casework.categories import Category
from casework.conditions import ITEMS, Condition, Grade
from casework.drafts import Draft, Facts
from casework.fitness import Fitness
from casework.handovers import Handover, Status
from casework.papers import PaperOf
from casework.persons import AgeBand, Sex
from casework.reasons import DeclineReason, RefusalReason
from casework.risks import Risk
from casework.terms import Term
from casework.vulnerabilities import Vulnerability, ordered
from ledger import canonical, entries, envelopes, statements
from ledger.entries import Entry
from operations import bodies, remarks
from operations.bodies import Built, Common
from operations.preparations import (
    BastRecordedInput,
    DiscrepancyAnsweredInput,
    FitnessCertifiedInput,
    HandoverReceivedInput,
    HandoverRefusedInput,
    HandoverReleasedInput,
    ReferralDeclinedInput,
    ReferralSentInput,
)
from tests.casework import stories
from tests.operations.worlds import EAST_JAVA, JAKARTA, SITI, World

CHILD = replace(SITI, full_name="Bo", aliases=(), nik=None, birth_date=date(2021, 1, 1), sex=Sex.MALE)
OWN = {"claimed_at", "referral", "sealed", "pad"}  # by chance or by the clock, of every statement
ALL = list(Vulnerability)


async def clear(world: World, case: UUID) -> tuple[dict[str, Any], int]:
    """What is told in clear of a case that is referred, and the length of what is signed."""
    prepared = await world.prepared(JAKARTA, ReferralSentInput(case=case, to=EAST_JAVA))
    payload = base64.b64decode(prepared.payload)
    body = canonical.decode(payload)
    assert isinstance(body, dict)
    sealed = body["sealed"]
    assert isinstance(sealed, dict)
    assert {(len(str(each)), str(each).strip("0123456789abcdef")) for each in sealed.values()} == {(64, "")}
    return {name: value for name, value in body.items() if name not in OWN} | {"names": sorted(sealed)}, len(payload)


async def test_two_people_as_unlike_as_can_be_are_referred_in_the_same_words(world: World) -> None:
    homeless = await world.assessed_case()
    trafficked = await world.assessed_case(
        category=Category.KORBAN_TRAFFICKING, vulnerabilities=ALL, person=CHILD, number="TPPO/" + "9" * 30
    )
    assert await clear(world, homeless) == await clear(world, trafficked)


async def test_of_the_risk_the_terms_tell_nothing(world: World) -> None:
    told = [await clear(world, await world.assessed_case(risk=risk)) for risk in Risk]
    assert told == [told[0]] * len(Risk)


# -- of every kind that seals ------------------------------------------------------------------------------------------
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
COMMON = Common(
    log="demo.estafet.invalid/log", agreement="ab" * 32, party=JAKARTA, key=f"{JAKARTA}/k{'0' * 32}", key_prev=None,
    seen=None, claimed_at=AT,
)  # fmt: skip
STATE = stories.sent()
WAY = Handover(
    release="cd" * 32, leg=1, sender=JAKARTA, receiver=EAST_JAVA, term=Term.PT24H, status=Status.RECEIVED,
    released_at=AT, condition_at_release=None, receipt="ef" * 32,
)  # fmt: skip
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=200).filter(
    lambda said: bool(said.strip()) and said.isprintable()
)
instants = st.datetimes(datetime(2025, 6, 17), datetime(2030, 6, 17), timezones=st.just(UTC))  # noqa: DTZ001  # with a zone by `timezones`
papers = st.one_of(st.none(), st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}"))
conditions = st.builds(Condition, **dict.fromkeys(ITEMS, st.sampled_from(Grade)))
met = {"happened_at": instants, "officer": words, "paper": papers, "place": words}
told = st.builds(
    Facts,
    age_band=st.sampled_from(AgeBand),
    case=st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}"),
    category=st.sampled_from(Category),
    risk=st.sampled_from(Risk),
    sex=st.sampled_from(Sex),
    vulnerabilities=st.sets(st.sampled_from(Vulnerability)).map(ordered),
)


def _sent(facts: Facts) -> Built:
    agreed = stories.AGREEMENT.named_for(facts.risk or Risk.LOW)
    drafted = Draft(
        id="1" * 32, sender=JAKARTA, receiver=EAST_JAVA, term_acknowledge=agreed.acknowledge,
        term_decide=agreed.decide, facts=facts,
    )  # fmt: skip
    return bodies.sent(COMMON, drafted)


here = {"referral": st.none(), "leg": st.just(1)}
there = {"handover": st.none(), "agrees": st.just(False)}
KINDS: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], Built]]] = {
    "referral.sent": (told, _sent),
    "referral.declined": (
        st.builds(ReferralDeclinedInput, referral=st.none(), reason=st.sampled_from(DeclineReason)),
        lambda said: bodies.answered(COMMON, said, STATE),
    ),
    "fitness.certified": (
        st.builds(
            FitnessCertifiedInput, **here, fitness=st.sampled_from(Fitness), examined_at=instants, officer=words,
            place=words,
        ),
        lambda said: bodies.of_leg(COMMON, said, STATE, None),
    ),
    "handover.released": (
        st.builds(
            HandoverReleasedInput, **here, **met, term=st.just(Term.PT24H), condition=conditions, carrier=words,
            planned_arrival=instants,
        ),
        lambda said: bodies.of_leg(COMMON, said, STATE, None),
    ),
    "handover.received": (
        st.builds(HandoverReceivedInput, **there, **met, condition=conditions),
        lambda said: bodies.of_leg(COMMON, said, STATE, WAY),
    ),
    "handover.refused": (
        st.builds(
            HandoverRefusedInput, **there, **met, condition=st.one_of(st.none(), conditions),
            reason=st.sampled_from(RefusalReason),
        ),
        lambda said: bodies.of_leg(COMMON, said, STATE, WAY),
    ),
    "discrepancy.answered": (
        st.builds(DiscrepancyAnsweredInput, handover=st.none(), answer=words, officer=words),
        lambda said: remarks.answered(COMMON, said, STATE, WAY),
    ),
    "bast.recorded": (
        st.builds(
            BastRecordedInput, handover=st.none(), of=st.just(PaperOf.RECEIPT), sha256=st.just("12" * 32),
            happened_at=instants,
        ),
        lambda said: remarks.recorded(COMMON, said, STATE, WAY),
    ),
}  # fmt: skip


@settings(max_examples=150)
@given(st.sampled_from(sorted(KINDS)).flatmap(lambda kind: st.tuples(st.just(kind), KINDS[kind][0], KINDS[kind][0])))
def test_two_statements_that_differ_in_what_is_sealed_alone_are_told_apart_by_nothing(
    drawn: tuple[str, Any, Any],
) -> None:
    """But for commitments, of which no two are alike: not by a field, not by its absence, not by a length."""
    kind, one, other = drawn
    made = [KINDS[kind][1](one), KINDS[kind][1](other)]
    texts = [statements.encode(each.statement) for each in made]
    first, second = (_body(text) for text in texts)
    assert first["kind"] == kind
    sealed = first.pop("sealed"), second.pop("sealed")
    assert first == second
    assert len(texts[0]) == len(texts[1])
    assert list(sealed[0]) == list(sealed[1])
    hashes = [*sealed[0].values(), *sealed[1].values()]
    assert all(len(each) == 64 for each in hashes)
    assert len(set(hashes)) == len(hashes)
    assert len({opening.salt for each in made for opening in each.openings}) == len(hashes)
    leaves = [_leaf(kind, text) for text in texts]
    assert len(leaves[0]) == len(leaves[1])


def _body(text: bytes) -> dict[str, Any]:
    body = canonical.decode(text)
    assert isinstance(body, dict)
    return dict(body)


def _leaf(kind: str, text: bytes) -> bytes:
    envelope = envelopes.Envelope(payload_type=statements.payload_type(kind), payload=text, signatures=(bytes(64),))
    return entries.encode(Entry(at=AT, index=11, prev="0" * 64, envelope=envelope))


def test_every_kind_that_seals_is_looked_at() -> None:
    """Of those that are missing here the one sealed value is null, or nothing is sealed."""
    sealing = {kind for kind, made in statements.KINDS.items() if "sealed" in made.__annotations__}
    assert sealing - set(KINDS) == {"referral.acknowledged", "referral.accepted"}
