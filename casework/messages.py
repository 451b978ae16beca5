"""Every refusal in words: what was asked too much, in Indonesian and in English.

Promise: a person who is refused learns which rule it was and what would be allowed; no message names a person.
Rules: Indonesian first; one sentence each. A new refusal fails type checking here until it has its words.
Elsewhere: the refusals as data, `casework.refusals`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from casework import objections, refusals
from casework.objections import Objection
from casework.refusals import Refusal

Who = refusals.NotAParty | refusals.WrongParty | refusals.OwnProvince | refusals.WrongReceiver
When = refusals.AgreementNotInForce | refusals.TimeRunsBackwards | refusals.NotYetExpired
Which = (
    refusals.StaleStatement | refusals.WrongReferral | refusals.AlreadySent | refusals.NeverSent | refusals.WrongRelease
)
State = (
    refusals.WrongStatus
    | refusals.ReferralOpen
    | refusals.TermsNotAgreed
    | refusals.DueNotCountable
    | refusals.HandoverOpen
    | refusals.NothingReleased
)
Leg = (
    refusals.WrongLeg
    | refusals.FitnessMissing
    | refusals.FitnessTooOld
    | refusals.NotFitToTravel
    | refusals.AgreesContradicted
)
Told = (
    refusals.FactMissing
    | refusals.FactUnreadable
    | refusals.FactDiffers
    | refusals.FactOutOfTime
    | refusals.CategoryNotValid
    | refusals.TextMissing
    | refusals.BornInFuture
)

Recorded = (
    objections.HandoverUnknown
    | objections.NothingToAnswer
    | objections.AlreadyAnswered
    | objections.PaperRecorded
    | objections.NoPaper
    | objections.PaperDiffers
    | objections.TimesDiffer
)


@dataclass(frozen=True, slots=True)
class Sentence:
    id: str
    en: str


def message(refusal: Refusal) -> str:
    """Both languages in one line."""
    told = explain(refusal)
    return f"{told.id} / {told.en}"


def explain(refusal: Refusal) -> Sentence:
    """By subject: who, when, which statement, the referral's state, the leg, what was told."""
    if isinstance(refusal, Who):
        return _who(refusal)
    if isinstance(refusal, When):
        return _when(refusal)
    if isinstance(refusal, Which):
        return _which(refusal)
    if isinstance(refusal, State):
        return _state(refusal)
    if isinstance(refusal, Leg):
        return _leg(refusal)
    if isinstance(refusal, Objection):
        return _owed(refusal)
    return _told(refusal)


def _who(refusal: Who) -> Sentence:
    match refusal:
        case refusals.NotAParty(party=party):
            return Sentence(f"{party} bukan pihak perjanjian.", f"{party} is not a party to the agreement.")
        case refusals.WrongParty(by=by, belongs_to=owner):
            return Sentence(f"Tindakan ini milik {owner}, bukan {by}.", f"This act belongs to {owner}, not to {by}.")
        case refusals.OwnProvince(party=party):
            return Sentence(
                f"{party} tidak dapat merujuk kepada dirinya sendiri.", f"{party} cannot refer a case to itself."
            )
        case refusals.WrongReceiver(to=to, receiver=receiver):
            return Sentence(
                f"Rujukan ini ditujukan kepada {receiver}, bukan {to}.",
                f"This referral goes to {receiver}, not to {to}.",
            )
    assert_never(refusal)


def _when(refusal: When) -> Sentence:
    match refusal:
        case refusals.AgreementNotInForce(at=at):
            return Sentence(
                f"Perjanjian tidak berlaku pada {_utc(at)}.", f"The agreement is not in force at {_utc(at)}."
            )
        case refusals.TimeRunsBackwards(at=at, latest=latest):
            return Sentence(
                f"Waktu tidak berjalan mundur: {_utc(at)} mendahului {_utc(latest)}.",
                f"Time does not run backwards: {_utc(at)} is before {_utc(latest)}.",
            )
        case refusals.NotYetExpired(expires_at=expires_at):
            return Sentence(
                f"Rujukan baru kedaluwarsa pada {_utc(expires_at)}.",
                f"The referral does not expire until {_utc(expires_at)}.",
            )
    assert_never(refusal)


def _which(refusal: Which) -> Sentence:
    match refusal:
        case refusals.StaleStatement(last=last):
            return Sentence(
                f"Sudah ada pernyataan yang lebih baru ({last}); siapkan dan tanda tangani lagi.",
                f"There is a newer statement ({last}); prepare and sign again.",
            )
        case refusals.WrongReferral():
            return Sentence("Pernyataan ini menyebut rujukan lain.", "This statement names another referral.")
        case refusals.AlreadySent():
            return Sentence("Rujukan ini sudah dikirim.", "This referral has been sent already.")
        case refusals.NeverSent():
            return Sentence("Rujukan ini belum pernah dikirim.", "This referral has never been sent.")
        case refusals.WrongRelease():
            return Sentence(
                "Pernyataan ini menjawab pelepasan lain, bukan yang sedang berjalan.",
                "This statement answers another release, not the one under way.",
            )
    assert_never(refusal)


def _state(refusal: State) -> Sentence:
    match refusal:
        case refusals.WrongStatus(status=status, allowed=allowed):
            words = ", ".join(allowed)
            return Sentence(
                f"Tidak mungkin dalam status {status}; hanya dalam {words}.",
                f"Not possible in status {status}; only in {words}.",
            )
        case refusals.ReferralOpen(to=to):
            return Sentence(f"Masih ada rujukan terbuka kepada {to}.", f"There is still an open referral to {to}.")
        case refusals.TermsNotAgreed():
            return Sentence(
                "Jangka waktu ini tidak sesuai dengan perjanjian untuk tingkat risiko tersebut.",
                "These terms are not the agreement's for that risk.",
            )
        case refusals.DueNotCountable(day=day):
            return Sentence(
                f"Kalender hari kerja belum mencakup {day}.", f"The working-day calendar does not cover {day} yet."
            )
        case refusals.HandoverOpen():
            return Sentence(
                "Orang ini sedang dalam serah terima yang belum dijawab.",
                "The person is under way in a handover that has not been answered.",
            )
        case refusals.NothingReleased():
            return Sentence("Tidak ada pelepasan yang menunggu jawaban.", "No release is waiting for an answer.")
    assert_never(refusal)


def _leg(refusal: Leg) -> Sentence:
    match refusal:
        case refusals.WrongLeg(leg=leg, legs=legs):
            return Sentence(f"Etape {leg} tidak ada; ada {legs}.", f"There is no leg {leg}; there are {legs}.")
        case refusals.FitnessMissing(leg=leg):
            return Sentence(
                f"Belum ada keterangan layak jalan untuk etape {leg}.",
                f"Leg {leg} has no certificate of fitness to travel.",
            )
        case refusals.FitnessTooOld(usable_until=until):
            return Sentence(
                f"Keterangan layak jalan hanya berlaku sampai {_utc(until)}.",
                f"The certificate of fitness could be used until {_utc(until)} only.",
            )
        case refusals.NotFitToTravel():
            return Sentence(
                "Menurut keterangan terbaru orang ini tidak layak jalan.",
                "The newest certificate says that the person is not fit to travel.",
            )
        case refusals.AgreesContradicted(worsened=items):
            words = ", ".join(items) or "-"
            return Sentence(
                f"Kesesuaian kondisi tidak cocok dengan isinya; yang memburuk: {words}.",
                f"Whether the conditions agree is told wrongly; worse are: {words}.",
            )
    assert_never(refusal)


def _owed(refusal: Objection) -> Sentence:
    match refusal:
        case objections.ObligationUnknown(kind=kind):
            return Sentence(
                f"Rujukan ini tidak memiliki kewajiban {kind} dari pernyataan itu.",
                f"That statement has opened no obligation {kind} on this referral.",
            )
        case objections.ObligationNotOpen(state=state, allowed=allowed):
            words = ", ".join(allowed)
            return Sentence(
                f"Kewajiban ini {state}; tindakan ini hanya mungkin selama {words}.",
                f"This obligation is {state}; the act is possible only while it is {words}.",
            )
        case objections.OfferPending():
            return Sentence(
                "Permintaan yang sama sudah diajukan dan belum dijawab.",
                "The same is offered already and not answered yet.",
            )
        case objections.WrongOffer(offer=offer):
            return Sentence(
                f"Bukan permintaan yang berlaku ({offer or 'tidak ada'}).",
                f"This is not the offer that stands ({offer or 'there is none'}).",
            )
        case objections.NotBreached(due=due):
            return Sentence(
                f"Kewajiban ini tidak dilanggar; batas waktunya {_utc(due)}.",
                f"This obligation is not breached; it is due {_utc(due)}.",
            )
        case objections.BreachNoted():
            return Sentence("Pelanggaran ini sudah dicatat.", "This breach has been noted already.")
        case _:
            return _recorded(refusal)


def _recorded(refusal: Recorded) -> Sentence:
    match refusal:
        case objections.HandoverUnknown():
            return Sentence(
                "Pernyataan itu bukan bagian dari serah terima dalam rujukan ini.",
                "That statement belongs to no handover of this referral.",
            )
        case objections.NothingToAnswer():
            return Sentence(
                "Kedua kondisi sesuai; tidak ada yang harus dijawab.", "The two conditions agree; nothing to answer."
            )
        case objections.AlreadyAnswered():
            return Sentence("Ketidaksesuaian ini sudah dijawab.", "This discrepancy has been answered already.")
        case objections.PaperRecorded(party=party):
            return Sentence(f"{party} sudah mencatat berita acara ini.", f"{party} has recorded this paper already.")
        case objections.NoPaper():
            return Sentence("Pernyataan itu tidak menyebut berita acara.", "That statement names no paper.")
        case objections.PaperDiffers():
            return Sentence(
                "Bukan berita acara yang disebut dalam pernyataan itu.", "Not the paper which that statement names."
            )
        case objections.TimesDiffer(told=told, recorded=recorded):
            return Sentence(
                f"Waktu berita acara ({_utc(recorded)}) terpaut lebih dari 15 menit dari {_utc(told)}.",
                f"The paper's time ({_utc(recorded)}) is more than 15 minutes from {_utc(told)}.",
            )
    assert_never(refusal)


def _told(refusal: Told) -> Sentence:
    match refusal:
        case refusals.FactMissing(name=name) | refusals.TextMissing(name=name):
            return Sentence(f"{name} harus diisi.", f"{name} must be given.")
        case refusals.FactUnreadable(name=name):
            return Sentence(f"Isi {name} tidak dikenal.", f"The value of {name} is not one that is known.")
        case refusals.FactDiffers(name=name):
            return Sentence(
                f"{name} berbeda dari berkas kasus; siapkan lagi.", f"{name} differs from the case; prepare again."
            )
        case refusals.FactOutOfTime(name=name, instant=instant):
            return Sentence(
                f"{name} ({_utc(instant)}) tidak mungkin pada saat ini.",
                f"{name} ({_utc(instant)}) is not possible at this time.",
            )
        case refusals.CategoryNotValid(category=category, on=on):
            return Sentence(
                f"Kategori {category} tidak berlaku pada {on}.", f"Category {category} is not valid on {on}."
            )
        case refusals.BornInFuture(birth_date=birth_date):
            return Sentence(f"Tanggal lahir {birth_date} belum tiba.", f"The birth date {birth_date} is yet to come.")
    assert_never(refusal)


def _utc(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S UTC")
