"""A year of ten provinces, made up and told by the rules: people, what they need, what became of them, and the log.

Promise: what is sealed hangs together as it does in life (the trafficked are younger, more often women and at high
risk, found in groups, answered sooner), every statement is one that the rules take, and the same seed makes the same
bytes.
Rules: the figures are guesses, not counts of anybody; `hurried` says whether officers hurry with an urgent case.
Elsewhere: how a log is written, `tests.ledger.golden`; who tries to read it, `tests.ledger.adversaries`.
"""

import heapq
import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from casework import agreements, cases, drafts
from casework.agreements import Agreement
from casework.cases import Case
from casework.categories import Category
from casework.conditions import ITEMS, Grade
from casework.drafts import Draft
from casework.persons import Person, Sex
from casework.reasons import DeclineReason
from casework.risks import Risk, is_high
from casework.vulnerabilities import Vulnerability, ordered
from ledger import commitments
from ledger.canonical import JSON
from ledger.checkpoints import Checkpoint
from ledger.statements import ReferralSent, Statement
from tests.ledger import golden
from tests.ledger.golden import PROVINCES, Common, Log

BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FAR = {"ID-NB": 2, "ID-NT": 3, "ID-LA": 1, "ID-BA": 1}  # how far to the middle of Java, in half days
# how often, child, old, woman, high risk, days from being found to being referred, and where one is found most
KINDS: Mapping[Category, tuple[int, float, float, float, float, int, tuple[str, ...]]] = {
    Category.KORBAN_TRAFFICKING: (12, 0.40, 0.00, 0.85, 0.75, 14, ("ID-JK", "ID-BA", "ID-JI")),
    Category.GELANDANGAN: (24, 0.05, 0.15, 0.30, 0.10, 6, ("ID-JK", "ID-JT", "ID-JI")),
    Category.PENGEMIS: (14, 0.10, 0.30, 0.50, 0.08, 5, ("ID-JK", "ID-JB", "ID-JT")),
    Category.LANJUT_USIA_TERLANTAR: (14, 0.00, 1.00, 0.55, 0.25, 9, ("ID-JI", "ID-JT", "ID-YO")),
    Category.ANAK_TERLANTAR: (12, 1.00, 0.00, 0.45, 0.35, 8, ("ID-JK", "ID-JB", "ID-BT")),
    Category.KORBAN_TINDAK_KEKERASAN: (8, 0.30, 0.05, 0.80, 0.55, 10, ("ID-BA", "ID-JI", "ID-JK")),
    Category.PEKERJA_MIGRAN_BERMASALAH: (16, 0.02, 0.02, 0.60, 0.20, 4, ("ID-JK", "ID-JI", "ID-LA")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the log must not tell of one referral."""

    category: Category
    child: bool
    sex: Sex
    risk: Risk
    place: str
    reason: str | None
    hours: int  # on the way
    found: date
    group: int | None  # those who were found together


@dataclass(slots=True)
class Year(Log):
    """The log, and what is true of each referral."""

    rnd: Random = field(default_factory=Random)
    agreement: Agreement = field(default_factory=lambda: agreements.parse(golden.AGREEMENT))
    truths: dict[str, Truth] = field(default_factory=dict)
    values: Mapping[str, JSON] = field(default_factory=dict)
    due: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    hurried: bool = True
    salt: bytes | None = None  # one for everything, as it must not be

    def common(self, party: str, name: str) -> Common:
        return {**Log.common(self, party, name), "agreement": self.agreement.sha256}

    def say(self, statement: Statement, *signers: str, after: timedelta = timedelta(0)) -> str:
        names = getattr(statement, "sealed", None)
        if names is not None:
            told = {name: self.values.get(name) for name in names}
            sealed, _ = commitments.seal(told, lambda: self.salt or self.rnd.randbytes(commitments.SALT))
            statement = replace(statement, sealed=sealed)  # type: ignore[arg-type]  # a kind that has the field
        return Log.say(self, statement, *signers, after=after)

    def sign(self, size: int, root: bytes) -> Checkpoint:
        signed = Log.sign(self, size, root)
        self.shelf.files[f"data/{self.agreement.sha256}"] = self.agreement.document
        return signed

    # -- time --------------------------------------------------------------------------------------------------------
    def plan(self, at: datetime, act: Callable[[], object]) -> None:
        heapq.heappush(self.due, (at.replace(microsecond=0), next(self.numbers), act))

    def run(self) -> None:
        week = self.at + 7 * DAY
        while self.due:
            at, _, act = heapq.heappop(self.due)
            if at > week:
                self.publish()
                week = at + 7 * DAY
            self.at = max(self.at, at)
            act()
        self.publish()

    def hours(self, median: float, most: float) -> timedelta:
        """As delays are: mostly short, some long."""
        return HOUR * min(most, median * math.exp(self.rnd.gauss(0, 0.6)))

    def at_work(self, at: datetime) -> datetime:
        """The next moment of office hours in Jakarta, by and large."""
        there = at + 7 * HOUR
        if not 8 <= there.hour < 16:
            there = (there + (DAY if there.hour >= 16 else timedelta(0))).replace(hour=8, minute=0)
            there += timedelta(minutes=self.rnd.randrange(240), seconds=self.rnd.randrange(60))
        return there - 7 * HOUR


def made(
    seed: int, *, people: int, agreement: Agreement | None = None, hurried: bool = True, salt: bytes | None = None
) -> Year:
    """A published year; `hurried`: officers answer an urgent case sooner than another."""
    year = Year(rnd=Random(seed), hurried=hurried, salt=salt)  # noqa: S311  # a year that is made up hides nothing
    year.agreement = agreement or year.agreement
    year.at = BEGIN
    year.adopt(lambda genesis: replace(genesis, agreement=year.agreement.sha256))
    for party in PROVINCES:
        year.add_key(party, change=lambda added: replace(added, from_=BEGIN))
    groups = itertools.count()
    while people > 0:
        category = year.rnd.choices(list(KINDS), [each[0] for each in KINDS.values()])[0]
        found = BEGIN + DAY + year.rnd.random() * 330 * DAY
        together = min(people, _together(year.rnd, category))
        group = next(groups) if together > 1 else None
        sender = _found_in(year.rnd, category)
        for _ in range(together):
            _begin(year, category, sender, found, group)
        people -= together
    year.run()
    return year


def _together(rnd: Random, category: Category) -> int:
    """Who is rescued is rescued with others; so are, now and then, those of a patrol."""
    if category is Category.KORBAN_TRAFFICKING:
        return rnd.choice((1, 2, 3, 4, 6))
    return rnd.choice((1, 1, 1, 1, 1, 1, 2, 3))


def _found_in(rnd: Random, category: Category) -> str:
    return rnd.choice(KINDS[category][6]) if rnd.random() < 0.7 else rnd.choice(PROVINCES)


def _begin(year: Year, category: Category, sender: str, found: datetime, group: int | None) -> None:
    rnd = year.rnd
    _, child, old, woman, high, lag, _ = KINDS[category]
    age = rnd.randrange(3, 18) if rnd.random() < child else rnd.randrange(61, 90) if rnd.random() < old else 18
    age = rnd.randrange(18, 60) if age == 18 else age
    sex = Sex.FEMALE if rnd.random() < woman else Sex.MALE
    risk = (
        rnd.choice((Risk.HIGH, Risk.HIGH, Risk.EMERGENCY))
        if rnd.random() < high
        else rnd.choice((Risk.LOW, Risk.MEDIUM))
    )
    to = rnd.choice([party for party in PROVINCES if party != sender])
    days = 1 + rnd.expovariate(1 / lag) if year.hurried else 1 + rnd.expovariate(1 / 8)
    sent = year.at_work(found + min(days, 21) * DAY)
    named = f"{rnd.getrandbits(128):032x}"
    year.truths[named] = Truth(
        category=category,
        child=age < 18,
        sex=sex,
        risk=risk,
        place=rnd.choice(("TERMINAL", "PELABUHAN", "STASIUN", "BANDARA")),
        reason=None,
        hours=_on_the_way(rnd, sender, to, category),
        found=found.date(),
        group=group,
    )
    year.plan(sent, lambda: _send(year, named, sender, to, sent.date() - timedelta(days=365 * age + 40)))


def _on_the_way(rnd: Random, sender: str, to: str, category: Category) -> int:
    """By road and sea, or, more often with an escort, by air."""
    if rnd.random() < (0.5 if category is Category.KORBAN_TRAFFICKING else 0.1):
        return rnd.randrange(3, 6)
    return rnd.randrange(4, 10) + 4 * (FAR.get(sender, 0) + FAR.get(to, 0))


def _send(year: Year, named: str, sender: str, to: str, born: date) -> None:
    truth = year.truths[named]
    drafted = _drafted(year, named, sender, to, born)
    facts = drafted.facts
    year.values = {
        "age_band": facts.age_band,
        "case": facts.case,
        "category": facts.category,
        "risk": facts.risk,
        "sex": facts.sex,
        "vulnerability": [str(each) for each in facts.vulnerabilities or ()],
    }

    def on_its_terms(statement: ReferralSent) -> ReferralSent:
        return replace(statement, term_acknowledge=drafted.term_acknowledge, term_decide=drafted.term_decide)

    year.send(sender, to, named, on_its_terms)
    urgent = is_high(truth.risk) and year.hurried
    acknowledged = year.at + year.hours(2 if urgent else 7, 5.5 if urgent else 23)
    decided = acknowledged + year.hours(6 if urgent else 20, 17 if urgent else 30)
    if year.rnd.random() < 0.7:
        year.plan(acknowledged, lambda: _said(year, {}, lambda: year.acknowledge(to, named)))
    if year.rnd.random() < 0.12:
        reason = year.rnd.choice(list(DeclineReason))
        year.truths[named] = replace(truth, reason=reason)
        year.plan(decided, lambda: _said(year, {"reason": reason}, lambda: year.decline(to, named)))
    else:
        year.plan(decided, lambda: _accept(year, named, sender, to))


def _drafted(year: Year, named: str, sender: str, to: str, born: date) -> Draft:
    """By the service's own rules."""
    truth, at = year.truths[named], year.at
    told = {
        Vulnerability.CHILD: truth.child,
        Vulnerability.WOMAN: truth.sex is Sex.FEMALE and not truth.child,
        Vulnerability.VICTIM_OF_TRAFFICKING: truth.category is Category.KORBAN_TRAFFICKING,
    }
    case = Case(
        id=f"{year.rnd.getrandbits(128):032x}", party=sender, number=f"N{next(year.numbers)}",
        status=cases.Status.ASSESSED, person="a" * 32, category=truth.category,
        vulnerabilities=ordered(each for each, so in told.items() if so),
        risk=truth.risk, outcome=None, opened_at=at - DAY, assessed_at=at - HOUR, closed_at=None,
    )  # fmt: skip
    person = Person(
        id="a" * 32, party=sender, full_name="Siti Rekaan", aliases=(), nik=None, birth_date=born,
        birth_date_estimated=False, sex=truth.sex,
    )  # fmt: skip
    drafted = drafts.draft(case, person, id=named, to=to, by=sender, at=at, agreement=year.agreement, open_targets=())
    assert isinstance(drafted, Draft), drafted
    return drafted


def _said(year: Year, values: Mapping[str, JSON], act: Callable[[], str]) -> str:
    year.values = values
    return act()


def _accept(year: Year, named: str, sender: str, to: str) -> None:
    _said(year, {}, lambda: year.accept(to, named))
    certified = year.at_work(year.at + year.hours(30, 200))
    examined: Mapping[str, JSON] = {"fitness": "FIT", "officer": "dr. Rekaan", "place": "Panti"}
    year.plan(certified, lambda: _said(year, examined, lambda: year.certify(sender, named)))
    year.plan(certified + year.hours(14, 60), lambda: _release(year, named, sender, to))


def _release(year: Year, named: str, sender: str, to: str) -> None:
    truth = year.truths[named]
    condition: JSON = {item: str(Grade.GOOD) for item in ITEMS}
    way: Mapping[str, JSON] = {
        "carrier": "Kapal" if truth.hours > 12 else "Bus",
        "condition": condition,
        "happened_at": "2026-05-05T05:00:00Z",
        "officer": "Rekaan",
        "place": truth.place,
        "planned_arrival": "2026-05-06T05:00:00Z",
    }
    release = _said(year, way, lambda: year.release(sender, to, named))
    arrives = year.at + truth.hours * HOUR + year.hours(1, 2)
    year.plan(arrives, lambda: _receive(year, named, sender, to, release))


def _receive(year: Year, named: str, sender: str, to: str, release: str) -> None:
    agrees = year.rnd.random() < 0.93
    receipt = _said(year, {"place": "Dinas"}, lambda: year.receive(to, named, release, agrees=agrees))
    if not agrees:
        answered = year.at + year.hours(8, 22)
        year.plan(
            answered, lambda: _said(year, {"answer": "Benar."}, lambda: year.answer(sender, named, receipt)) and None
        )
