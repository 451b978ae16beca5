"""Where every story begins: the agreement, two provinces, a case, and a referral led to each stage of its life."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import casework.agreements
from casework import cases, documents, drafts, legs, referrals
from casework.agreements import Agreement
from casework.cases import Case
from casework.categories import Category
from casework.conditions import Condition, Grade
from casework.fitness import Fitness
from casework.outcomes import Outcome
from casework.parties import HOST
from casework.persons import Person, Sex
from casework.reasons import DeclineReason, RefusalReason
from casework.referrals import Referral
from casework.refusals import Refusal
from casework.risks import Risk
from casework.terms import Term
from casework.vulnerabilities import Vulnerability

DATA = Path(casework.agreements.__file__).parent / "data" / "fkd-mpu-2025.json"
AGREEMENT: Agreement = casework.agreements.parse(DATA.read_bytes())
# The same in the format in which the terms in clear told the class of risk: logs begun under such data go on.
FORMAT_2 = documents.canonical({**json.loads(DATA.read_bytes()), "format": 2})
BEFORE: Agreement = casework.agreements.parse(FORMAT_2)
JAKARTA, EAST_JAVA, WEST_JAVA, BALI = "ID-JK", "ID-JI", "ID-JB", "ID-BA"
START = datetime(2026, 3, 2, 3, 0, 0, tzinfo=UTC)  # a Monday, 10:00 in Jakarta
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
GOOD = Condition(
    consciousness=Grade.GOOD,
    mobility=Grade.GOOD,
    injury=Grade.GOOD,
    illness=Grade.GOOD,
    nutrition=Grade.FAIR,
    mental=Grade.FAIR,
)
HURT = replace(GOOD, injury=Grade.POOR)

Value = TypeVar("Value")


def must(kind: type[Value], moved: Value | Refusal) -> Value:
    """The move was made."""
    assert isinstance(moved, kind), moved
    return moved


def digest(text: str) -> str:
    """A statement id for a story: 64 hex digits that are the same every time."""
    return hashlib.sha256(text.encode()).hexdigest()


def person(birth_date: date | None = date(2011, 5, 20), sex: Sex = Sex.FEMALE, nik: str | None = None) -> Person:
    return Person(
        id="a" * 32,
        party=JAKARTA,
        full_name="Sri Wahyuni",
        aliases=(),
        nik=nik,
        birth_date=birth_date,
        birth_date_estimated=False,
        sex=sex,
    )


def opened_case(category: Category = Category.ANAK_TERLANTAR) -> Case:
    return must(
        Case,
        cases.open_case(
            id="c" * 32,
            by=JAKARTA,
            at=START,
            number="JK-2026-0001",
            person="a" * 32,
            category=category,
            vulnerabilities=(Vulnerability.CHILD,),
            agreement=AGREEMENT,
        ),
    )


def assessed_case(risk: Risk = Risk.LOW, category: Category = Category.ANAK_TERLANTAR) -> Case:
    return must(Case, cases.assess(opened_case(category), by=JAKARTA, at=START, risk=risk, agreement=AGREEMENT))


def closed_case() -> Case:
    closed = cases.close(
        assessed_case(), by=JAKARTA, at=START, outcome=Outcome.RETURNED_TO_FAMILY, open_targets=frozenset()
    )
    return must(Case, closed)


def draft(to: str = EAST_JAVA, risk: Risk = Risk.LOW, at: datetime = START) -> drafts.Draft:
    found = drafts.draft(
        assessed_case(risk), person(), id="1" * 32, to=to, by=JAKARTA, at=at, agreement=AGREEMENT, open_targets=()
    )
    return must(drafts.Draft, found)


def sent(to: str = EAST_JAVA, at: datetime = START) -> Referral:
    return must(
        Referral, referrals.send(draft(to, at=at), by=JAKARTA, at=at, statement=digest("sent"), agreement=AGREEMENT)
    )


Act = Callable[[Referral, str, datetime], Referral | Refusal]


def acknowledge(state: Referral, by: str, at: datetime) -> Referral | Refusal:
    return referrals.acknowledge(state, by=by, at=at, statement=digest(f"acknowledged{at}{state.last}"))


def accept(state: Referral, by: str, at: datetime) -> Referral | Refusal:
    return referrals.accept(state, by=by, at=at, statement=digest(f"accepted{at}{state.last}"))


def decline(state: Referral, by: str, at: datetime) -> Referral | Refusal:
    return referrals.decline(
        state, by=by, at=at, statement=digest(f"declined{at}{state.last}"), reason=DeclineReason.FAMILY_NOT_FOUND
    )


def withdraw(state: Referral, by: str, at: datetime) -> Referral | Refusal:
    return referrals.withdraw(state, by=by, at=at, statement=digest(f"withdrawn{at}{state.last}"))


def expire(state: Referral, by: str, at: datetime) -> Referral | Refusal:
    return referrals.expire(state, by=by, at=at, statement=digest(f"expired{at}{state.last}"), agreement=AGREEMENT)


def certify(state: Referral, by: str, at: datetime, fitness: Fitness | None = Fitness.FIT) -> Referral | Refusal:
    return legs.certify(
        state,
        by=by,
        at=at,
        statement=digest(f"certified{at}{state.last}"),
        leg=1,
        fitness=fitness,
        examined_at=at - HOUR,
        agreement=AGREEMENT,
    )


def release(
    state: Referral,
    by: str,
    at: datetime,
    *,
    leg: int = 1,
    to: str | None = None,
    term: Term = Term.PT24H,
    condition: Condition | None = GOOD,
    happened_at: datetime | None = None,
    planned_arrival: datetime | None = None,
) -> Referral | Refusal:
    return legs.release(
        state,
        by=by,
        at=at,
        statement=digest(f"released{at}{state.last}"),
        leg=leg,
        to=state.receiver if to is None else to,
        term=term,
        condition=condition,
        happened_at=happened_at,
        planned_arrival=planned_arrival,
        agreement=AGREEMENT,
    )


def receive(
    state: Referral,
    by: str,
    at: datetime,
    *,
    leg: int = 1,
    release: str | None = None,
    agrees: bool = True,
    condition: Condition | None = GOOD,
    happened_at: datetime | None = None,
) -> Referral | Refusal:
    return legs.receive(
        state,
        by=by,
        at=at,
        statement=digest(f"received{at}{state.last}"),
        leg=leg,
        release=newest_release(state) if release is None else release,
        agrees=agrees,
        condition=condition,
        happened_at=happened_at,
    )


def refuse(
    state: Referral,
    by: str,
    at: datetime,
    *,
    release: str | None = None,
    agrees: bool = True,
    condition: Condition | None = GOOD,
) -> Referral | Refusal:
    return legs.refuse(
        state,
        by=by,
        at=at,
        statement=digest(f"refused{at}{state.last}"),
        leg=1,
        release=newest_release(state) if release is None else release,
        agrees=agrees,
        condition=condition,
        happened_at=None,
        reason=RefusalReason.WRONG_PERSON,
    )


def newest_release(state: Referral) -> str:
    return state.handovers[-1].release if state.handovers else digest("no release")


ACTS: dict[str, Act] = {
    "acknowledge": acknowledge,
    "accept": accept,
    "decline": decline,
    "withdraw": withdraw,
    "expire": expire,
    "certify": certify,
    "release": release,
    "receive": receive,
    "refuse": refuse,
}


def led(*acts: tuple[str, str], at: datetime = START) -> Referral:
    """A referral led through these acts, one hour apart (an expiry comes after the window)."""
    state = sent(at=at)
    for name, by in acts:
        at += AGREEMENT.referral_window if name == "expire" else HOUR
        state = must(Referral, ACTS[name](state, by, at))
    return state


_ACCEPTED = (("accept", EAST_JAVA),)
_CERTIFIED = (*_ACCEPTED, ("certify", JAKARTA))
_RELEASED = (*_CERTIFIED, ("release", JAKARTA))

STAGES: dict[str, Referral] = {
    "sent": led(),
    "acknowledged": led(("acknowledge", EAST_JAVA)),
    "accepted": led(*_ACCEPTED),
    "certified": led(*_CERTIFIED),
    "released": led(*_RELEASED),
    "refused": led(*_RELEASED, ("refuse", EAST_JAVA)),
    "completed": led(*_RELEASED, ("receive", EAST_JAVA)),
    "declined": led(("decline", EAST_JAVA)),
    "withdrawn": led(("withdraw", JAKARTA)),
    "expired": led(("expire", HOST)),
}
