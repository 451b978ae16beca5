"""What has happened in the demo's past: cases, referrals, handovers and obligations in every state, as tables of steps.

Promise: each state of a case, a referral, a handover and an obligation occurs; every step is legal at its time.
Rules: a step is a day (counted back from now, in hours) and a verb; the verbs are the operations'. People are invented
(`cli.demo.people`), places are of the kind that exists everywhere.
Elsewhere: doing the steps, `cli.demo.playing`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from casework.categories import Category
from casework.outcomes import Outcome
from casework.risks import Risk
from casework.vulnerabilities import Vulnerability


class Verb(Enum):
    """What is done."""

    OPEN = "open"
    ASSESS = "assess"
    CLOSE = "close"
    SEND = "send"
    ACKNOWLEDGE = "acknowledge"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    CERTIFY = "certify"
    RELEASE = "release"
    RECEIVE = "receive"
    RECEIVE_WORSE = "receive worse"
    RECEIVE_LATE = "receive late"  # entered two days after the paper was signed
    REFUSE = "refuse"
    ANSWER = "answer"
    OFFER_WAIVER = "offer waiver"
    AGREE_WAIVER = "agree waiver"
    OFFER_PAUSE = "offer pause"
    AGREE_PAUSE = "agree pause"
    RESUME = "resume"
    RECEIVER_RECORDS = "receiver records"
    SENDER_RECORDS = "sender records"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A verb, so many hours ago."""

    ago: int
    verb: Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One person's way."""

    number: int
    sender: str
    receiver: str | None
    born: date
    sex: str
    category: Category
    vulnerabilities: tuple[Vulnerability, ...]
    risk: Risk
    outcome: Outcome
    steps: tuple[Step, ...]


DAY: Final = 24
FOUNDED: Final = 21 * DAY  # the log is this old
EXPIRY: Final = 5 * DAY  # when the host notes what nobody answered
LOOK: Final = 6  # hours between two looks for breaches while nothing else happens

# sender, receiver, born, sex, category, vulnerabilities, risk, steps
_JOURNEYS: Final = (
    ("ID-LA", "ID-BT", 1979, "MALE", "GELANDANGAN", "", "LOW", "480 open, 479 assess, 478 send"),  # expires
    ("ID-JI", "ID-BA", 1951, "FEMALE", "LANJUT_USIA_TERLANTAR", "WOMAN ELDERLY", "MEDIUM",
     "480 open, 478 assess, 470 send, 460 acknowledge, 450 accept, 400 certify, 396 release, 394 offer-pause,"
     " 392 agree-pause, 368 resume, 362 receive, 240 close"),
    ("ID-JT", "ID-JI", 1988, "MALE", "PENYANDANG_DISABILITAS", "DISABILITY", "HIGH",
     "330 open, 329 assess, 328 send, 320 acknowledge, 312 accept, 290 certify, 288 release, 276 receive-worse,"
     " 260 answer"),
    ("ID-BT", "ID-LA", 2001, "FEMALE", "PEREMPUAN_RAWAN_SOSIAL_EKONOMI", "WOMAN", "LOW",
     "240 open, 239 assess, 238 send, 230 acknowledge, 228 offer-waiver, 226 agree-waiver, 180 decline"),
    ("ID-NB", "ID-NT", 1993, "MALE", "PEKERJA_MIGRAN_BERMASALAH", "", "MEDIUM",
     "238 open, 230 assess, 228 send, 222 offer-waiver, 200 withdraw"),  # nobody agreed
    ("ID-YO", "ID-JB", 1964, "MALE", "GELANDANGAN", "ILL", "MEDIUM",
     "180 open, 179 assess, 178 send, 160 accept, 96 certify, 90 release, 72 refuse, 40 answer"),
    ("ID-BA", "ID-NB", 2010, "MALE", "ANAK_TERLANTAR", "CHILD", "HIGH",
     "96 open, 95 assess, 94 send, 90 acknowledge, 72 accept, 30 certify, 28 release, 20 offer-pause, 18 agree-pause"),
    ("ID-JB", "ID-JK", 1972, "FEMALE", "PENGEMIS", "WOMAN", "LOW",
     "96 open, 90 assess, 80 send, 72 accept, 4 certify"),
    ("ID-BA", "ID-NT", 1958, "MALE", "LANJUT_USIA_TERLANTAR", "ELDERLY", "MEDIUM",
     "96 open, 95 assess, 94 send, 72 accept, 5 certify, 3 release"),
    ("ID-JT", "ID-YO", 1999, "FEMALE", "KORBAN_TINDAK_KEKERASAN", "WOMAN VICTIM_OF_VIOLENCE", "HIGH",
     "28 open, 26 assess, 25 send, 5 acknowledge"),
    ("ID-JI", "ID-NT", 2004, "FEMALE", "KORBAN_TRAFFICKING", "WOMAN VICTIM_OF_TRAFFICKING", "EMERGENCY",
     "5 open, 4 assess, 3 send"),
    ("ID-JK", "ID-JT", 1985, "MALE", "PEMULUNG", "", "MEDIUM", "28 open, 5 assess, 4 send"),
    ("ID-JB", "ID-JI", 1947, "FEMALE", "LANJUT_USIA_TERLANTAR", "WOMAN ELDERLY", "MEDIUM",  # late paper of both ends
     "330 open, 329 assess, 328 send, 312 accept, 272 certify, 270 release, 200 receive-late, 198 receiver-records,"
     " 192 sender-records"),
    ("ID-LA", "ID-JK", 1969, "MALE", "PEMULUNG", "ILL", "MEDIUM",  # late paper of one end alone
     "300 open, 299 assess, 298 send, 280 accept, 242 certify, 240 release, 168 receive-late, 160 receiver-records"),
    ("ID-NT", "ID-NB", 1990, "FEMALE", "FAKIR_MISKIN", "WOMAN", "LOW",  # late, and late again
     "232 open, 231 assess, 230 send, 198 acknowledge, 60 accept, 36 certify, 34 release"),
)  # fmt: skip
_AT_HOME: Final = (
    ("GELANDANGAN", "ILL", "MEDIUM", "28 open"),
    ("PENGEMIS", "", "LOW", "72 open, 28 assess"),
    ("FAKIR_MISKIN", "", "LOW", "240 open, 230 assess, 96 close"),
)
PROVINCES: Final = ("ID-JK", "ID-JB", "ID-JT", "ID-YO", "ID-JI", "ID-BT", "ID-BA", "ID-NB", "ID-NT", "ID-LA")


def histories() -> Iterator[History]:
    """Every way, in a fixed order."""
    for number, (sender, receiver, year, sex, category, vulnerable, risk, steps) in enumerate(_JOURNEYS):
        born = date(year, number % 12 + 1, number * 7 % 28 + 1)
        yield _history(number, sender, receiver, born, sex, category, vulnerable, risk, steps)
    for number, (party, kind) in enumerate(((party, kind) for party in PROVINCES for kind in _AT_HOME), start=100):
        category, vulnerable, risk, steps = kind
        born, sex = date(1950 + number % 45, number % 12 + 1, number % 28 + 1), "FEMALE" if number % 2 else "MALE"
        yield _history(number, party, None, born, sex, category, vulnerable, risk, steps)


def _history(
    number: int,
    sender: str,
    receiver: str | None,
    born: date,
    sex: str,
    category: str,
    vulnerable: str,
    risk: str,
    steps: str,
) -> History:
    return History(
        number=number,
        sender=sender,
        receiver=receiver,
        born=born,
        sex=sex,
        category=Category[category],
        vulnerabilities=tuple(Vulnerability[word] for word in vulnerable.split()),
        risk=Risk[risk],
        outcome=Outcome.RETURNED_TO_FAMILY,
        steps=tuple(_step(text) for text in steps.split(", ")),
    )


def _step(text: str) -> Step:
    hours, verb = text.split(" ")
    return Step(ago=int(hours), verb=Verb(verb.replace("-", " ")))
