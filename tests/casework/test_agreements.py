"""The agreement's data: what stands in it, that one content has one hash, and that nothing malformed is read."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

import casework.agreements
import casework.documents
from casework.agreements import AppliesTo, Basis
from casework.documents import Unreadable
from casework.parties import Kind, Party, kind_of
from casework.risks import Risk
from casework.terms import Term
from tests.casework.stories import AGREEMENT, BALI, BEFORE, DATA, JAKARTA

Data = dict[str, object]


def test_the_hash_is_of_the_very_bytes_of_the_file() -> None:
    assert AGREEMENT.sha256 == hashlib.sha256(DATA.read_bytes()).hexdigest()
    assert AGREEMENT.document == DATA.read_bytes()
    # Statements name this hash: another content is another agreement, under another file name.
    assert AGREEMENT.sha256 == "973f3015c74a86361cb63a8e7e52e45f8d401baf5d45da5c613c9b9d35978d1c"


def test_ten_provinces_have_signed() -> None:
    told = {(party.code, party.kemendagri_code, party.utc_offset_minutes) for party in AGREEMENT.parties}
    wib = {("ID-JK", "31"), ("ID-JB", "32"), ("ID-JT", "33"), ("ID-YO", "34"), ("ID-JI", "35"), ("ID-BT", "36")}
    wib |= {("ID-LA", "18")}
    wita = {("ID-BA", "51"), ("ID-NB", "52"), ("ID-NT", "53")}
    assert told == {(*party, 420) for party in wib} | {(*party, 480) for party in wita}
    assert all(kind_of(party.code) is Kind.PROVINCE for party in AGREEMENT.parties)
    zones = {party.time_zone: party.offset for party in AGREEMENT.parties}
    assert zones == {"Asia/Jakarta": timedelta(hours=7), "Asia/Makassar": timedelta(hours=8)}


def test_it_runs_five_years_from_signature() -> None:
    assert (AGREEMENT.signed_on, AGREEMENT.ends_on) == (date(2025, 6, 17), date(2030, 6, 17))
    assert AGREEMENT.duration_basis is Basis.PUBLISHED


def test_the_end_does_not_depend_on_the_zone_in_which_an_instant_is_written() -> None:
    last = datetime(2030, 6, 17, 16, 59, 59, tzinfo=UTC)
    for hours in (-11, 0, 8, 14):
        zone = timezone(timedelta(hours=hours))
        assert AGREEMENT.in_force(last.astimezone(zone))
        assert not AGREEMENT.in_force((last + timedelta(seconds=1)).astimezone(zone))


def test_clauses_are_published_and_everything_counted_is_proposed() -> None:
    assert [clause.key for clause in AGREEMENT.clauses] == [
        "good_condition",
        "identity_tracing",
        "repatriation",
        "social_rehabilitation",
        "health_psychosocial",
        "coordination",
        "principles",
    ]
    assert {clause.basis for clause in AGREEMENT.clauses} == {Basis.PUBLISHED}
    assert {term.basis for term in AGREEMENT.terms} == {Basis.PROPOSED}
    holidays = [holiday for calendar in AGREEMENT.calendars for holiday in calendar.holidays]
    assert {holiday.basis for holiday in holidays} == {Basis.PROPOSED}
    assert "usulan" in AGREEMENT.note
    assert "proposals" in AGREEMENT.note_en


def test_the_terms_of_a_referral_follow_from_the_risk() -> None:
    pairs = {risk: (AGREEMENT.terms_for(risk).acknowledge, AGREEMENT.terms_for(risk).decide) for risk in Risk}
    assert pairs == {
        Risk.LOW: (Term.PT24H, Term.P3WD),
        Risk.MEDIUM: (Term.PT24H, Term.P3WD),
        Risk.HIGH: (Term.PT24H, Term.PT24H),
        Risk.EMERGENCY: (Term.PT6H, Term.PT24H),
    }
    assert (AGREEMENT.referral_window, AGREEMENT.fitness_max_age) == (timedelta(days=14), timedelta(hours=72))


def test_in_clear_every_referral_names_the_same_terms() -> None:
    assert AGREEMENT.uniform
    assert {AGREEMENT.named_for(risk) for risk in Risk} == {AGREEMENT.standard}


def test_under_data_of_the_format_before_the_risk_decides_what_stands_in_clear() -> None:
    """Logs that were begun with it are judged by it to their end: what they tell is told."""
    before = BEFORE
    assert not before.uniform
    assert [before.named_for(risk) for risk in Risk] == [before.terms_for(risk) for risk in Risk]
    assert before.terms == AGREEMENT.terms
    assert before.sha256 != AGREEMENT.sha256


def test_terms_are_listed_once_for_each_obligation_and_class() -> None:
    listed = [(term.obligation, term.applies_to) for term in AGREEMENT.terms]
    assert len(set(listed)) == len(listed)
    assert ("tracing.reply", AppliesTo.CHILD) in listed


def test_a_day_is_each_partys_own() -> None:
    at = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    jakarta, bali = AGREEMENT.party(JAKARTA), AGREEMENT.party(BALI)
    assert isinstance(jakarta, Party)
    assert isinstance(bali, Party)
    assert AGREEMENT.local_date(jakarta, at) == date(2026, 3, 2)
    assert AGREEMENT.local_date(bali, at) == date(2026, 3, 3)
    assert AGREEMENT.party("ID-PA") is None


# -- broken on purpose ---------------------------------------------------------------------------------------------


def _first(data: Data, name: str) -> Data:
    members = data[name]
    assert isinstance(members, list)
    first = members[0]
    assert isinstance(first, dict)
    return first


def _put(name: str, value: object) -> Callable[[Data], None]:
    return lambda data: data.__setitem__(name, value)


def _put_in(where: str, name: str, value: object) -> Callable[[Data], None]:
    return lambda data: _first(data, where).__setitem__(name, value)


def _twice(name: str) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        members = data[name]
        assert isinstance(members, list)
        members.append(members[0])

    return change


def _holiday(name: str, value: object) -> Callable[[Data], None]:
    return lambda data: _first(_first(data, "calendars"), "holidays").__setitem__(name, value)


def _reversed_holidays(data: Data) -> None:
    calendar = _first(data, "calendars")
    holidays = calendar["holidays"]
    assert isinstance(holidays, list)
    holidays.reverse()


def _without_obligation(obligation: str) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        terms = data["terms"]
        assert isinstance(terms, list)
        data["terms"] = [term for term in terms if term["obligation"] != obligation]

    return change


def _termed(obligation: str, text: str) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        terms = data["terms"]
        assert isinstance(terms, list)
        for term in terms:
            if term["obligation"] == obligation:
                term["term"] = text

    return change


BROKEN: dict[str, tuple[Callable[[Data], None], str]] = {
    "an unknown key": (_put("extra", 1), "keys are"),
    "an older format": (_put("format", 1), "format"),
    "a format to come": (_put("format", 4), "format"),
    "a format that is true": (_put("format", True), "format"),
    "an empty title": (_put("title", " "), "title"),
    "a title that is no text": (_put("title", 7), "title"),
    "an end before the signature": (_put("ends_on", "2025-06-17"), "not after the signature"),
    "a day that does not exist": (_put("signed_on", "2025-02-30"), "not a date"),
    "a day written otherwise": (_put("signed_on", "20250617"), "not written as"),
    "no parties": (_put("parties", []), "not a list with members"),
    "parties that are no list": (_put("parties", {}), "not a list with members"),
    "a party that is no record": (_put("parties", ["ID-JK"]), "not a record"),
    "a party twice": (_twice("parties"), "twice"),
    "a party that is no province": (_put_in("parties", "code", "HOST"), "no province"),
    "a party without calendar": (_put_in("parties", "calendar", "lunar"), "none of"),
    "an offset beyond the earth": (_put_in("parties", "utc_offset_minutes", 841), "not an integer"),
    "a basis of hearsay": (_put_in("clauses", "basis", "rumoured"), "none of"),
    "a clause twice": (_twice("clauses"), "twice"),
    "a term twice": (_twice("terms"), "twice"),
    "a term for nobody": (_put_in("terms", "applies_to", "nobody"), "none of"),
    "a span that is none": (_put_in("terms", "term", "soon"), "no span"),
    "a calendar twice": (_twice("calendars"), "twice"),
    "a leave that is neither": (_holiday("joint_leave", "yes"), "neither true nor false"),
    "a holiday before the calendar": (_holiday("day", "2024-12-31"), "out of order or outside"),
    "holidays out of order": (_reversed_holidays, "out of order or outside"),
    "a holiday twice": (_holiday("day", "2025-01-27"), "twice"),
    "no term to decide": (_without_obligation("referral.decide"), "none for referral.decide"),
    "no window": (_without_obligation("referral.window"), "none for referral.window"),
    "a term to decide that no statement may name": (_termed("referral.decide", "P30D"), "cannot name"),
    "a window in working days": (_termed("referral.window", "P3WD"), "exact span"),
    "a receipt in a term that no statement may name": (_termed("handover.receipt", "P30D"), "cannot name"),
    "an answer in a term that no statement may name": (_termed("discrepancy.answer", "P30D"), "cannot name"),
    "an answer in working days": (_termed("discrepancy.answer", "P3WD"), "exact span"),
}


@pytest.mark.parametrize("story", BROKEN)
def test_a_broken_agreement_is_not_read(story: str) -> None:
    change, said = BROKEN[story]
    data = json.loads(DATA.read_bytes())
    change(data)
    with pytest.raises(Unreadable, match=said):
        casework.agreements.parse(casework.documents.canonical(data))


HIDDEN = ["\x00", "\x07", "\x0b", "\r", "\x1b", "\x1f", "\x7f", "\x85", "\x9f"]
HIDDEN += ["\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]


@pytest.mark.parametrize("hidden", HIDDEN, ids=[f"U+{ord(each):04X}" for each in HIDDEN])
def test_what_moves_or_turns_the_text_around_it_is_not_read(hidden: str) -> None:
    """A title that begins with U+202E is read from its end in the page that is published from it."""
    named = f"U\\+{ord(hidden):04X} may not stand in a text"
    for where in ("title", "note_en"):
        for text in (f"{hidden}Kerja sama", f"Kerja {hidden}sama", f"Kerja sama{hidden}"):
            data = {**json.loads(DATA.read_bytes()), where: text}
            with pytest.raises(Unreadable, match=rf"agreement\.{where}: {named}"):
                casework.agreements.parse(casework.documents.canonical(data))
    for members, name in (("parties", "name"), ("clauses", "text"), ("terms", "obligation"), ("calendars", "name")):
        data = json.loads(DATA.read_bytes())
        _put_in(members, name, f"a{hidden}")(data)
        with pytest.raises(Unreadable, match=named):
            casework.agreements.parse(casework.documents.canonical(data))


@pytest.mark.parametrize("blank", ["", " ", "\u200b", "\u00a0\u2028"])
def test_a_title_that_nobody_sees_is_none(blank: str) -> None:
    data = {**json.loads(DATA.read_bytes()), "title": blank}
    with pytest.raises(Unreadable, match=r"agreement\.title: not a text"):
        casework.agreements.parse(casework.documents.canonical(data))


def test_lines_tabs_and_letters_of_any_script_are_text() -> None:
    text = "Pasal 1\n\t\u201cK\u00e9rja\u201d \u2013 \u0639\u0631\u0628\u064a, \ua997\ua9b8\u200d, zero\u200bwidth"
    data = {**json.loads(DATA.read_bytes()), "note": text}
    assert casework.agreements.parse(casework.documents.canonical(data)).note == text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"\xef\xbb\xbf" + DATA.read_bytes(),
        DATA.read_bytes() + b"\n",
        b" " + DATA.read_bytes(),
        b'{"a":1,"a":1}',
        b'{"a":1.5}',
        b'{"a":1e3}',
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
        b'{"\xc3\xa9":1}',
        b'{"a":"\xff"}',
        b'{"b":1,"a":1}',
        b"[" * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_only_canonical_json_is_read(data: bytes) -> None:
    with pytest.raises(Unreadable):
        casework.agreements.parse(data)
