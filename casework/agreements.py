"""The agreement as data: its parties, clauses, terms and working-day calendars, under one hash.

Promise: whoever holds the same bytes counts the same deadlines; every clause and term says whether it was `published`
or is only `proposed` by us.
Rules: the agreement is in force from the first second of the day of signature to the last second of `ends_on`, counted
with the offset of the place of signature. New referrals need it in force; a person already referred is not left between
two provinces because a paper ended, so every later act may still be done. From format 3 on every referral names one
pair of terms in clear, `standard`; the shorter ones of an urgent case are owed all the same and follow from its sealed
risk (`casework.urgencies`). In format 2 the pair in clear was the risk's own, and told it: logs under such data are
judged by it.
Elsewhere: the data, `casework/data`; how it is read, `casework.documents`; how terms are counted, `casework.terms`.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import casework.terms
from casework import documents, duties
from casework.calendars import Calendar, Holiday
from casework.documents import Record, Unreadable
from casework.parties import Kind, Party, kind_of
from casework.risks import Risk, is_emergency, is_high
from casework.terms import Term


class Basis(StrEnum):
    PUBLISHED = "published"
    PROPOSED = "proposed"


class AppliesTo(StrEnum):
    STANDARD = "standard"
    EMERGENCY = "emergency"
    HIGH_RISK = "high_risk"
    CHILD = "child"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    key: str
    text: str
    text_en: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedTerm:
    obligation: str
    applies_to: AppliesTo
    term: str  # ISO 8601; wider than `Term`: not every span may be named in a statement
    clause: str  # key of the clause under which it is counted
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralTerms:
    """The two terms of a referral."""

    acknowledge: Term
    decide: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    sha256: str
    document: bytes = field(repr=False)
    name: str
    title: str
    title_en: str
    note: str
    note_en: str
    signed_on: date
    ends_on: date
    utc_offset_minutes: int  # of the place of signature
    duration_basis: Basis
    parties: tuple[Party, ...]
    clauses: tuple[Clause, ...]
    terms: tuple[AgreedTerm, ...]
    calendars: tuple[Calendar, ...]
    uniform: bool  # whether all referrals name the same two terms in clear
    standard: ReferralTerms
    high_risk: ReferralTerms
    emergency: ReferralTerms
    referral_window: timedelta  # after this, an undecided referral may be expired
    fitness_max_age: timedelta  # of a certificate, at release

    def party(self, code: str) -> Party | None:
        return next((party for party in self.parties if party.code == code), None)

    def member(self, code: str) -> Party:
        """The party of a code that is known to be one."""
        return next(party for party in self.parties if party.code == code)

    def in_force(self, at: datetime) -> bool:
        there = (at.astimezone(UTC) + timedelta(minutes=self.utc_offset_minutes)).date()
        return self.signed_on <= there <= self.ends_on

    def local_date(self, party: Party, at: datetime) -> date:
        return (at.astimezone(UTC) + party.offset).date()

    def named_for(self, risk: Risk) -> ReferralTerms:
        """The terms that a referral names in clear."""
        return self.standard if self.uniform else self.terms_for(risk)

    def terms_for(self, risk: Risk) -> ReferralTerms:
        """The terms that are owed at this risk."""
        if is_emergency(risk):
            return self.emergency
        return self.high_risk if is_high(risk) else self.standard

    def due(self, party: Party, term: Term, at: datetime) -> datetime:
        """The last instant in time for this party; raises `calendars.NotCovered` where no calendar says."""
        return casework.terms.due(term, at, party.offset, self.calendar(party))

    def calendar(self, party: Party) -> Calendar:
        return next(calendar for calendar in self.calendars if calendar.name == party.calendar)

    def agreed_term(self, obligation: str) -> Term:
        """The term of an obligation whose opening statement names none."""
        return Term(_agreed(self.terms, obligation, AppliesTo.STANDARD).term)

    def counted_under(self, obligation: str, term: Term) -> tuple[str, Basis]:
        """Clause and basis of an obligation (O11); a term of the parties' own choice stands on the first one's."""
        rows = [row for row in self.terms if row.obligation == obligation]
        found = next((row for row in rows if row.term == term), rows[0])
        return found.clause, found.basis


def parse(data: bytes) -> Agreement:
    """The agreement in these bytes (F21), or `Unreadable`."""
    record = documents.read(data)
    documents.only(record, "agreement", *_KEYS)
    written = documents.integer(record, "format", "agreement", FORMATS[0], FORMATS[-1])
    signed_on, ends_on = (documents.day(record, name, "agreement") for name in ("signed_on", "ends_on"))
    if signed_on >= ends_on:
        raise Unreadable("agreement.ends_on: not after the signature")
    calendars = tuple(_calendar(found) for found in documents.records(record, "calendars", "agreement"))
    documents.unique([calendar.name for calendar in calendars], "calendars")
    clauses = tuple(_clause(found) for found in documents.records(record, "clauses", "agreement"))
    documents.unique([clause.key for clause in clauses], "clauses")
    keys = [clause.key for clause in clauses]
    terms = tuple(_term(found, keys) for found in documents.records(record, "terms", "agreement"))
    documents.unique([(term.obligation, term.applies_to) for term in terms], "terms")
    _require_duties(terms)
    return Agreement(
        sha256=hashlib.sha256(data).hexdigest(),
        document=data,
        name=documents.text(record, "name", "agreement"),
        title=documents.text(record, "title", "agreement"),
        title_en=documents.text(record, "title_en", "agreement"),
        note=documents.text(record, "note", "agreement"),
        note_en=documents.text(record, "note_en", "agreement"),
        signed_on=signed_on,
        ends_on=ends_on,
        utc_offset_minutes=_offset(record, "agreement"),
        duration_basis=_basis(record, "duration_basis", "agreement"),
        parties=_parties(record, calendars),
        clauses=clauses,
        terms=terms,
        calendars=calendars,
        uniform=written >= UNIFORM,
        standard=_pair(terms, AppliesTo.STANDARD, AppliesTo.STANDARD),
        high_risk=_pair(terms, AppliesTo.STANDARD, AppliesTo.HIGH_RISK),
        emergency=_pair(terms, AppliesTo.EMERGENCY, AppliesTo.HIGH_RISK),
        referral_window=_span(terms, "referral.window"),
        fitness_max_age=_span(terms, "fitness.check"),
    )


FORMATS = (2, 3)  # 2: terms name their clauses
UNIFORM = 3  # from here on the terms in clear tell nothing of a person
_KEYS = (
    *("format", "name", "title", "title_en", "note", "note_en", "signed_on", "ends_on"),
    *("utc_offset_minutes", "duration_basis", "parties", "clauses", "terms", "calendars"),
)


def _parties(record: Record, calendars: tuple[Calendar, ...]) -> tuple[Party, ...]:
    names = [calendar.name for calendar in calendars]
    parties = tuple(_party(found, names) for found in documents.records(record, "parties", "agreement"))
    documents.unique([party.code for party in parties], "parties")
    documents.unique([party.kemendagri_code for party in parties], "parties")
    return parties


def _party(record: Record, calendars: list[str]) -> Party:
    documents.only(record, "party", "code", "name", "kemendagri_code", "time_zone", "utc_offset_minutes", "calendar")
    code = documents.text(record, "code", "party")
    if kind_of(code) is not Kind.PROVINCE:
        raise Unreadable(f"party.code: {code!r} is no province")
    return Party(
        code=code,
        name=documents.text(record, "name", code),
        kemendagri_code=documents.text(record, "kemendagri_code", code),
        time_zone=documents.text(record, "time_zone", code),
        utc_offset_minutes=_offset(record, code),
        calendar=documents.choice(record, "calendar", code, calendars),
    )


def _clause(record: Record) -> Clause:
    documents.only(record, "clause", "key", "text", "text_en", "basis")
    return Clause(
        key=documents.text(record, "key", "clause"),
        text=documents.text(record, "text", "clause"),
        text_en=documents.text(record, "text_en", "clause"),
        basis=_basis(record, "basis", "clause"),
    )


def _term(record: Record, clauses: list[str]) -> AgreedTerm:
    documents.only(record, "term", "obligation", "applies_to", "term", "clause", "basis")
    term = documents.text(record, "term", "term")
    if not casework.terms.is_term(term):
        raise Unreadable(f"term.term: {term!r} is no span")
    return AgreedTerm(
        obligation=documents.text(record, "obligation", "term"),
        applies_to=AppliesTo(documents.choice(record, "applies_to", "term", list(AppliesTo))),
        term=term,
        clause=documents.choice(record, "clause", "term", clauses),
        basis=_basis(record, "basis", "term"),
    )


def _calendar(record: Record) -> Calendar:
    documents.only(record, "calendar", "name", "first", "last", "holidays")
    name = documents.text(record, "name", "calendar")
    first, last = (documents.day(record, end, name) for end in ("first", "last"))
    holidays = tuple(_holiday(found) for found in documents.records(record, "holidays", name))
    days = [holiday.day for holiday in holidays]
    documents.unique(days, name)
    if not (first <= days[0] and days == sorted(days) and days[-1] <= last):
        raise Unreadable(f"{name}: holidays out of order or outside {first} to {last}")
    return Calendar(name=name, first=first, last=last, holidays=holidays, closed=frozenset(days))


def _holiday(record: Record) -> Holiday:
    documents.only(record, "holiday", "day", "name", "joint_leave", "basis")
    joint_leave = record["joint_leave"]
    if not isinstance(joint_leave, bool):
        raise Unreadable("holiday.joint_leave: neither true nor false")
    return Holiday(
        day=documents.day(record, "day", "holiday"),
        name=documents.text(record, "name", "holiday"),
        joint_leave=joint_leave,
        basis=_basis(record, "basis", "holiday"),
    )


def _basis(record: Record, name: str, where: str) -> Basis:
    return Basis(documents.choice(record, name, where, list(Basis)))


def _offset(record: Record, where: str) -> int:
    return documents.integer(record, "utc_offset_minutes", where, -12 * 60, 14 * 60)


def _agreed(terms: tuple[AgreedTerm, ...], obligation: str, applies_to: AppliesTo) -> AgreedTerm:
    for term in terms:
        if (term.obligation, term.applies_to) == (obligation, applies_to):
            return term
    raise Unreadable(f"terms: none for {obligation}, {applies_to}")


def _pair(terms: tuple[AgreedTerm, ...], acknowledge: AppliesTo, decide: AppliesTo) -> ReferralTerms:
    return ReferralTerms(
        acknowledge=_nameable(terms, duties.Kind.REFERRAL_ACKNOWLEDGE, acknowledge),
        decide=_nameable(terms, duties.Kind.REFERRAL_DECIDE, decide),
    )


def _nameable(terms: tuple[AgreedTerm, ...], obligation: str, applies_to: AppliesTo) -> Term:
    agreed = _agreed(terms, obligation, applies_to).term
    try:
        return Term(agreed)
    except ValueError as error:
        raise Unreadable(f"terms: {obligation} a statement cannot name this: {error}") from error


def _require_duties(terms: tuple[AgreedTerm, ...]) -> None:
    for duty in duties.DUTIES:
        _nameable(terms, duty.kind, AppliesTo.STANDARD)
        if duty.term_in is None:  # no act names it: where a calendar ended too early there is nobody to tell
            _span(terms, duty.kind)


def _span(terms: tuple[AgreedTerm, ...], obligation: str) -> timedelta:
    span = casework.terms.span(_agreed(terms, obligation, AppliesTo.STANDARD).term)
    if span is None:
        raise Unreadable(f"terms: {obligation} must be an exact span")
    return span
