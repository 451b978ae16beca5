"""Persons: what is recorded, what others see of it (age bands, initials), and what a NIK hints at."""

import unicodedata
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import niks, persons
from casework.niks import Reading, Warned
from casework.parties import Kind, kind_of
from casework.persons import AgeBand, Person, Sex
from casework.refusals import BornInFuture, FactOutOfTime, FactUnreadable, Refusal, TextMissing
from tests.casework.stories import JAKARTA, must, person

TODAY = date(2026, 3, 2)
DATES = st.dates(date(1910, 1, 1), TODAY)


def _record(
    full_name: str = "Sri", birth_date: date | None = None, nik: str | None = None, alias: str = "Wati"
) -> Person | Refusal:
    return persons.record(
        id="a" * 32,
        by=JAKARTA,
        on=TODAY,
        full_name=full_name,
        aliases=(" Yuni ", "", "Yuni", alias),
        nik=nik,
        birth_date=birth_date,
    )


def test_a_person_is_recorded_as_told() -> None:
    told = must(Person, _record(" Sri Wahyuni ", TODAY, " 3174010101010001 "))
    assert (told.full_name, told.aliases, told.nik) == ("Sri Wahyuni", ("Yuni", "Wati"), "3174010101010001")
    assert (told.party, told.sex, told.birth_date) == (JAKARTA, Sex.UNKNOWN, TODAY)
    assert must(Person, _record(nik=" ")).nik is None
    assert must(Person, _record()).nik is None


def test_a_malformed_nik_is_recorded_all_the_same() -> None:
    assert must(Person, _record(nik="31-seventeen")).nik == "31-seventeen"


def test_a_person_needs_a_name_and_a_birth_date_that_has_been() -> None:
    assert _record(" ") == TextMissing(name="full_name")
    assert _record(birth_date=TODAY + timedelta(days=1)) == BornInFuture(birth_date=TODAY + timedelta(days=1))


def test_nobody_was_born_before_1900() -> None:
    assert must(Person, _record(birth_date=date(1900, 1, 1))).birth_date == date(1900, 1, 1)
    refused = FactOutOfTime(name="birth_date", instant=datetime(1899, 12, 31, tzinfo=UTC))
    assert _record(birth_date=date(1899, 12, 31)) == refused


@pytest.mark.parametrize("name", ["", "\u200b", "\u00a0\u2003", "\u202e\u200f", "\x00", "\u2028"])
def test_a_name_that_nobody_can_see_is_none(name: str) -> None:
    assert _record(name) == TextMissing(name="full_name")
    assert must(Person, _record(alias=name)).aliases == ("Yuni",)


@pytest.mark.parametrize("name", ["Sri\nWahyuni", "Sri\x00", "\x1b[2JSri", "Sri\x9b"])
def test_a_name_with_a_control_character_cannot_be_read(name: str) -> None:
    assert _record(name) == FactUnreadable(name="full_name")
    assert _record(alias=name) == FactUnreadable(name="aliases")


def test_a_joiner_within_a_name_is_a_way_of_writing_it() -> None:
    assert must(Person, _record("Nur\u200dAini")).full_name == "Nur\u200dAini"


# -- age -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("years", "until", "on"),
    [
        (6, AgeBand.AGE_0_5, AgeBand.AGE_6_12),
        (13, AgeBand.AGE_6_12, AgeBand.AGE_13_17),
        (18, AgeBand.AGE_13_17, AgeBand.AGE_18_59),
        (60, AgeBand.AGE_18_59, AgeBand.AGE_60_UP),
    ],
)
def test_bands_change_on_the_birthday(years: int, until: AgeBand, on: AgeBand) -> None:
    birthday = date(TODAY.year - years, TODAY.month, TODAY.day)
    assert persons.age_band(birthday + timedelta(days=1), TODAY) is until
    assert persons.age_band(birthday, TODAY) is on


def test_an_unknown_age_has_a_band_of_its_own() -> None:
    assert persons.age_band(None, TODAY) is AgeBand.UNKNOWN
    assert persons.age_band(TODAY + timedelta(days=1), TODAY) is AgeBand.UNKNOWN
    assert persons.age_band(TODAY, TODAY) is AgeBand.AGE_0_5


def test_born_on_29_february_one_is_older_on_1_march() -> None:
    born = date(2008, 2, 29)
    assert persons.age(born, date(2026, 2, 28)) == 17
    assert persons.age(born, date(2026, 3, 1)) == 18


@given(DATES, st.integers(0, 10_000))
def test_nobody_grows_younger(born: date, days: int) -> None:
    assert persons.age(born, TODAY) <= persons.age(born, TODAY + timedelta(days=days))


# -- initials ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Sri Wahyuni", "S.W."),
        ("Suharto", "S."),
        ("siti nur aini binti ahmad", "S.N.A."),
        ("  'Aisyah   (alias) ", "A.A."),
        ("M. Ali", "M.A."),
        ("E\u0301lise", "\u00c9."),
        ("ßeta", "S."),
        ("007", "?"),
        ("", "?"),
    ],
)
def test_initials(name: str, initials: str) -> None:
    assert persons.initials(name) == initials


@given(st.text())
def test_initials_are_at_most_three_letters_whatever_the_name(name: str) -> None:
    told = persons.initials(name)
    assert told == "?" or (len(told) <= 6 and set(told[1::2]) == {"."} and told[0::2].isalpha())
    assert persons.initials(unicodedata.normalize("NFD", name)) == told


# -- NIK -----------------------------------------------------------------------------------------------------------


def nik_of(born: date, *, female: bool, region: str = "317401", serial: str = "0001") -> str:
    return f"{region}{born.day + 40 * female:02}{born:%m%y}{serial}"


@given(DATES, st.booleans())
def test_a_nik_hints_at_sex_and_birth_date(born: date, female: bool) -> None:
    reading = niks.read(nik_of(born, female=female), on=TODAY)
    assert born in reading.birth_dates
    assert reading.sex is (Sex.FEMALE if female else Sex.MALE)
    assert (reading.region, reading.province, reading.warnings) == ("317401", "DKI Jakarta", ())


@given(DATES, st.booleans())
def test_the_hinted_dates_differ_by_a_century_and_have_been(born: date, female: bool) -> None:
    dates = niks.read(nik_of(born, female=female), on=TODAY).birth_dates
    assert list(dates) == sorted(dates, reverse=True)
    assert all(found <= TODAY and found.year % 100 == born.year % 100 for found in dates)
    assert all((found.month, found.day) == (born.month, born.day) for found in dates)


@given(st.text(), DATES)
def test_anything_may_be_read_and_nothing_is_refused(nik: str, on: date) -> None:
    assert isinstance(niks.read(nik, on=on), Reading)


@given(st.from_regex(r"[0-9]{16}", fullmatch=True), DATES)
def test_any_sixteen_digits_may_be_read(nik: str, on: date) -> None:
    reading = niks.read(nik, on=on)
    assert reading.region == nik[:6]
    assert (Warned.DATE_IMPOSSIBLE in reading.warnings) is (reading.birth_dates == ()) is (reading.sex is Sex.UNKNOWN)


def test_the_century_is_ambiguous() -> None:
    assert niks.read("3174014105200001", on=TODAY).birth_dates == (date(2020, 5, 1), date(1920, 5, 1))
    assert niks.read("3174010103270001", on=TODAY).birth_dates == (date(1927, 3, 1),)
    # 1900 had no 29 February.
    assert niks.read("3174012902000001", on=TODAY).birth_dates == (date(2000, 2, 29),)
    assert niks.read("3174010103060001", on=TODAY).birth_dates == (date(2006, 3, 1), date(1906, 3, 1))
    assert niks.read("3174010103050001", on=TODAY).birth_dates == (date(2005, 3, 1),)  # 121 years are too many


@pytest.mark.parametrize(
    ("nik", "warned"),
    [
        ("", Warned.NOT_SIXTEEN_DIGITS),
        ("317401010101001", Warned.NOT_SIXTEEN_DIGITS),
        ("3174010101010001\n", Warned.NOT_SIXTEEN_DIGITS),
        ("٣١٧٤٠١٠١٠١٠١٠٠٠١", Warned.NOT_SIXTEEN_DIGITS),
        ("0074010101010001", Warned.PROVINCE_UNKNOWN),
        ("3174013113010001", Warned.DATE_IMPOSSIBLE),
        ("3174014001010001", Warned.DATE_IMPOSSIBLE),
        ("3174017201010001", Warned.DATE_IMPOSSIBLE),
        ("3174010101010000", Warned.SERIAL_ZERO),
    ],
)
def test_doubts_are_warnings(nik: str, warned: Warned) -> None:
    assert niks.read(nik, on=TODAY).warnings == (warned,)


@pytest.mark.parametrize(
    ("told", "warnings"),
    [
        (person(nik=None), ()),
        (person(nik="3174016005110001"), ()),
        (person(nik="3174012005110001"), (Warned.SEX_DIFFERS,)),
        (person(nik="3174012005110001", sex=Sex.UNKNOWN), ()),
        (person(nik="3174016105110001"), (Warned.BIRTH_DATE_DIFFERS,)),
        (person(nik="3174016105110001", birth_date=None), ()),
        (person(nik="3174019999990001"), (Warned.DATE_IMPOSSIBLE,)),
        (person(nik="3174012105110001"), (Warned.SEX_DIFFERS, Warned.BIRTH_DATE_DIFFERS)),
    ],
)
def test_what_the_record_says_otherwise_is_a_warning(told: Person, warnings: tuple[Warned, ...]) -> None:
    assert niks.compare(told, on=TODAY).warnings == warnings


def test_an_estimated_birth_date_contradicts_nothing() -> None:
    told = must(
        Person,
        persons.record(
            id="a" * 32,
            by=JAKARTA,
            on=TODAY,
            full_name="Sri",
            nik="3174016105110001",
            birth_date=date(2011, 1, 1),
            birth_date_estimated=True,
        ),
    )
    reading = niks.compare(told, on=TODAY)
    assert (reading.warnings, reading.province) == ((), "DKI Jakarta")


# -- parties -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ID-JK", Kind.PROVINCE),
        ("HOST", Kind.HOST),
        ("FORUM", Kind.FORUM),
        ("AUDITOR:bpk-ri", Kind.AUDITOR),
        ("WITNESS:komnas.ham", Kind.WITNESS),
        ("ID-jk", None),
        ("ID-JK\n", None),
        ("ID-JKT", None),
        ("AUDITOR:", None),
        ("AUDITOR:a'; drop", None),
        ("AUDITOR:" + "a" * 65, None),
        ("AUDITOR", None),
        ("host", None),
        ("", None),
    ],
)
def test_a_code_tells_the_kind_of_party(code: str, kind: Kind | None) -> None:
    assert kind_of(code) is kind
