"""The story up to the answer: found, assessed, referred, taken on, certified, released, received; and who saw what.

Promise: each chapter does one thing that a province's software would do, and shows what came back.
Elsewhere: the proof of it, `cli.demo.evidence`; how it looks, `cli.demo.pages`.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from rich.text import Text

from cli.audit.endings import FOUND, Stopped
from cli.demo import documents
from cli.demo.answers import number, rows, walk, word
from cli.demo.pages import Page
from cli.demo.provinces import Acted, Province

PERSON: Final = {
    "fullName": "Siti Umpama",
    "aliases": ["Mbah Siti"],
    "nik": "9900005703580017",
    "birthDate": "1958-03-17",
    "birthDateEstimated": False,
    "sex": "FEMALE",
}
LEFT: Final = {
    "consciousness": "GOOD",
    "mobility": "FAIR",
    "injury": "GOOD",
    "illness": "FAIR",
    "nutrition": "FAIR",
    "mental": "GOOD",
}
ARRIVED: Final = LEFT | {"mobility": "POOR", "injury": "FAIR"}


def tell(page: Page, jakarta: Province, east_java: Province, west_java: Province) -> Acted:
    """The whole way; returns the last act."""
    case = found(page, jakarta)
    referral = referred(page, jakarta, case)
    taken_on(page, east_java, referral)
    released_act = released(page, jakarta, referral)
    handover = word(released_act.answer, "handover", "id")
    received(page, east_java, handover)
    last = answered(page, jakarta, handover)
    stranger(page, west_java, {"case": case, "referral": referral, "handover": handover})
    return last


def found(page: Page, jakarta: Province) -> str:
    """Chapters 1 and 2: a case is opened and assessed. Neither is a statement: nothing of it enters the log."""
    page.chapter("Ditemukan di Jakarta", "found in Jakarta")
    payload = jakarta.do(
        documents.OPEN_CASE,
        "openCase",
        {
            "number": f"JK/{datetime.now(UTC):%Y}/{secrets.token_hex(3).upper()}",
            "category": "LANJUT_USIA_TERLANTAR",
            "vulnerabilities": ["WOMAN", "ELDERLY"],
            "person": PERSON,
        },
    )
    who = word(payload, "case", "person", "identity", "fullName")
    page.who("ID-JK", f"opens case {word(payload, 'case', 'number')}: {who}, {age()}, found alone at a bus terminal.")
    case = word(payload, "case", "id")

    page.chapter("Asesmen", "assessed")
    payload = jakarta.do(
        documents.ASSESS_CASE,
        "assessCase",
        {
            "case": case,
            "expectedVersion": number(payload, "case", "version"),
            "risk": "HIGH",
            "vulnerabilities": ["WOMAN", "ELDERLY", "ILL"],
        },
    )
    vulnerable = ", ".join(str(each).lower() for each in rows(payload, "case", "vulnerabilities"))
    page.who("ID-JK", f"risk {word(payload, 'case', 'risk').lower()}; {vulnerable}. Her family is traced to Malang.")
    return case


def referred(page: Page, jakarta: Province, case: str) -> str:
    """Chapter 3: the first signature."""
    page.chapter("Dirujuk ke Jawa Timur", "referred to East Java")
    acted = jakarta.sign("sendReferral", "referralSent", {"case": case, "to": "ID-JI"}, version=2)
    page.signed("ID-JK", acted)
    sealed = ", ".join(acted.examined.facts)
    page.says(f"In the log only as commitments: {sealed}.", "dim")
    return word(acted.answer, "referral", "id")


def taken_on(page: Page, east_java: Province, referral: str) -> None:
    """Chapters 4 and 5: what the receiver sees before it accepts, and after."""
    page.chapter("Tanda terima", "acknowledged")
    before = east_java.ask(documents.LOOK, {"referral": referral})
    acted = east_java.sign("acknowledgeReferral", "referralAcknowledged", {"referral": referral}, version=1)
    page.signed("ID-JI", acted)
    preview = walk(before, "referral", "preview")
    told = f"{word(preview, 'ageBand')}, {word(preview, 'sex')}, {word(preview, 'category')}".lower().replace("_", " ")
    if walk(before, "referral", "case") is not None:
        raise Stopped("the receiver saw the case before it accepted", code=FOUND)
    page.says(f"What it sees so far: {told}. No name, no number; case → null.")

    page.chapter("Disetujui", "accepted")
    acted = east_java.sign("acceptReferral", "referralAccepted", {"referral": referral}, version=2)
    page.signed("ID-JI", acted)
    after = east_java.ask(documents.LOOK, {"referral": referral})
    identity = walk(after, "referral", "case", "person", "identity")
    page.says(f"Now the case is open to it: {word(identity, 'fullName')}, NIK {word(identity, 'nik')}.")


def released(page: Page, jakarta: Province, referral: str) -> Acted:
    """Chapters 6 and 7: fit to travel, and on her way."""
    now = datetime.now(UTC).replace(microsecond=0)
    page.chapter("Laik jalan", "fit to travel")
    acted = jakarta.sign(
        "certifyFitness",
        "fitnessCertified",
        {
            "referral": referral,
            "leg": 1,
            "fitness": "FIT_WITH_ESCORT",
            "examinedAt": instant(now - timedelta(hours=2)),
            "officer": "dr. Peraga",
            "place": "Panti Contoh, Jakarta",
        },
        version=3,
    )
    page.signed("ID-JK", acted)

    page.chapter("Dilepas", "released")
    acted = jakarta.sign(
        "releaseHandover",
        "handoverReleased",
        {
            "referral": referral,
            "leg": 1,
            "term": "PT24H",
            "condition": LEFT,
            "carrier": "Bus Rekaan 12",
            "happenedAt": instant(now - timedelta(minutes=1)),
            "officer": "Petugas Contoh",
            "place": "Terminal Misal, Jakarta",
            "plannedArrival": instant(now + timedelta(hours=14)),
        },
        version=4,
    )
    page.signed("ID-JK", acted)
    return acted


def received(page: Page, east_java: Province, handover: str) -> None:
    """Chapter 8: received, in worse condition than released; both sides have signed what they saw."""
    page.chapter("Diterima, keadaan lebih buruk", "received, in worse condition")
    acted = east_java.sign(
        "receiveHandover",
        "handoverReceived",
        {
            "handover": handover,
            "agrees": False,
            "condition": ARRIVED,
            "happenedAt": instant(datetime.now(UTC) - timedelta(seconds=30)),
            "officer": "Petugas Peraga",
            "place": "Terminal Andaikata, Malang",
        },
        version=1,
    )
    page.signed("ID-JI", acted)
    told = walk(acted.answer, "handover")
    items = (line(told, item) for item in LEFT)
    page.table(("", "released by Jakarta", "received by East Java"), list(items))
    page.says(f"agrees: {str(walk(told, 'agrees')).lower()}. Jakarta owes an answer, and everybody can prove it.")


def answered(page: Page, jakarta: Province, handover: str) -> Acted:
    """Chapter 9: the answer that was owed, in words that only the two ends can read."""
    page.chapter("Dijawab Jakarta", "answered by Jakarta")
    acted = jakarta.sign(
        "answerDiscrepancy",
        "discrepancyAnswered",
        {
            "handover": handover,
            "answer": "She fell on the steps of the bus; the carrier was told.",
            "officer": "Contoh",
        },
        version=2,
    )
    page.signed("ID-JK", acted)
    owed = [
        each for each in rows(acted.answer, "handover", "obligations") if word(each, "kind") == "DISCREPANCY_ANSWER"
    ]
    page.says(f"Owed until {word(owed[0], 'dueAt')}; {word(owed[0], 'state').lower()} at {word(owed[0], 'endedAt')}.")
    return acted


def line(handover: object, item: str) -> tuple[Text, Text, Text]:
    """One item of the condition at both ends."""
    was = word(handover, "conditionAtRelease", item)
    became = word(handover, "conditionAtReceipt", item)
    style = "bold red" if was != became else "green"
    return Text(item, style="dim"), Text(was.lower()), Text(became.lower(), style=style)


def stranger(page: Page, west_java: Province, ids: Mapping[str, str]) -> None:
    """Chapter 10: a province that is no party to it asks by every road."""
    page.chapter("Yang dilihat Jawa Barat", "what West Java sees of it")
    answer = west_java.ask(documents.STRANGER, ids)
    seen = [walk(answer, road) for road in ids]
    seen += [walk(west_java.ask(documents.NODE, {"id": each}), "node") for each in ids.values()]
    listed = {word(edge, "node", "id") for edge in rows(answer, "referrals", "edges")}
    if any(value is not None for value in seen) or ids["referral"] in listed:
        raise Stopped("West Java saw something it must not see", code=FOUND)
    own = number(answer, "referrals", "totalCount")
    page.who("ID-JB", "asks by id, by node and by list, with the true ids in hand.")
    page.says("case → null   referral → null   handover → null")
    page.says(f"not among its own {own} referrals, and not counted")


def age() -> int:
    """How old she would be."""
    today, born = datetime.now(UTC).date(), date.fromisoformat(str(PERSON["birthDate"]))
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def instant(at: datetime) -> str:
    """An instant as the language writes it."""
    return at.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
