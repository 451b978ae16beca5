"""What a statement says, as one sentence in Indonesian and one in English, built from the signed body alone.

Promise: whoever reads the sentence has read every fact that stands in clear in the body; nothing else goes in.
Rules: a sentence is never taken from a service: a host that prepares one act and describes another is caught here. A
new kind of statement fails type checking until it has its sentence.
Elsewhere: the sealed facts, which a signing program shows beside it once each has opened its commitment.
"""

from dataclasses import dataclass
from typing import Final, assert_never

import ledger.statements as said
from ledger import instants

TERMS: Final = {
    "PT6H": ("6 jam", "6 hours"),
    "PT24H": ("24 jam", "24 hours"),
    "P3D": ("3 hari", "3 days"),
    "P7D": ("7 hari", "7 days"),
    "P14D": ("14 hari", "14 days"),
    "P3WD": ("3 hari kerja", "3 working days"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One meaning in two languages."""

    id: str
    en: str


def sentence(statement: said.Statement) -> Sentence:
    """What the statement says."""
    match statement:
        case (
            said.AgreementAdopted()
            | said.AgreementAmended()
            | said.RootReplaced()
            | said.KeyAdded()
            | said.KeyRevoked()
        ):
            return of_governance(statement)
        case said.HostOutage(from_=start, until=end):
            since, until = instants.spell(start), instants.spell(end)
            return Sentence(
                id=f"{statement.party} mencatat bahwa layanan tidak dapat dijangkau dari {since} sampai {until}.",
                en=f"{statement.party} notes that the service could not be reached from {since} until {until}.",
            )
        case said.Remark() | said.BreachNoted():
            return of_obligation(statement)
        case said.BastRecorded() | said.DiscrepancyAnswered():
            return of_paper(statement)
        case said.HandoverReleased() | said.HandoverReceived() | said.HandoverRefused() | said.FitnessCertified():
            return of_journey(statement)
        case _:
            return of_referral(statement)


def of_governance(statement: said.GovernanceStatement) -> Sentence:
    """How the parties found the log, and delegate."""
    who = statement.party
    match statement:
        case said.AgreementAdopted(parties=parties, log=log):
            names = ", ".join(founder.party for founder in parties)
            return Sentence(
                id=f"{names} mengesahkan perjanjian {short(statement.agreement)} dan mendirikan log {log}.",
                en=f"{names} adopt agreement {short(statement.agreement)} and found the log {log}.",
            )
        case said.AgreementAmended(host_key=host):
            return Sentence(
                id=f"Semua pihak memberi tuan rumah log {statement.log} kunci baru {host}.",
                en=f"All parties give the host of the log {statement.log} the new key {host}.",
            )
        case said.RootReplaced(replaced=party, root_key=root):
            return Sentence(
                id=f"Kunci akar {party} diganti dengan {root}; yang lama tidak berlaku lagi.",
                en=f"The root key of {party} is replaced by {root}; the old one is void from now on.",
            )
        case said.KeyAdded(name=name, use=use, from_=start, until=end):
            since, until = instants.spell(start), "-" if end is None else instants.spell(end)
            return Sentence(
                id=f"{who} memberi wewenang kepada kunci {name} ({use}), berlaku {since} sampai {until}.",
                en=f"{who} delegates to the key {name} ({use}), valid from {since} until {until}.",
            )
        case said.KeyRevoked(name=name, since_claimed=since_claimed):
            since = instants.spell(since_claimed)
            return Sentence(
                id=f"{who} mencabut kunci {name}; tanda tangannya sejak {since} dipersoalkan.",
                en=f"{who} revokes the key {name}; what it signed since {since} is disputed.",
            )
        case _:
            assert_never(statement)


def of_journey(
    statement: said.FitnessCertified | said.HandoverReleased | said.HandoverReceived | said.HandoverRefused,
) -> Sentence:
    """How a person leaves one province's care and enters another's."""
    who, which = statement.party, f"{short(statement.referral)}, leg {statement.leg}"
    match statement:
        case said.FitnessCertified():
            return Sentence(
                id=f"{who} menyatakan kelayakan perjalanan orang dalam rujukan {which}.",
                en=f"{who} certifies the fitness to travel of the person of referral {which}.",
            )
        case said.HandoverReleased(to=to, term=term):
            within = TERMS[term]
            return Sentence(
                id=f"{who} melepas orang dalam rujukan {which} kepada {to}; penerimaan paling lambat {within[0]}.",
                en=f"{who} releases the person of referral {which} to {to}; to be received within {within[1]}.",
            )
        case said.HandoverReceived(release=release, agrees=agrees):
            compared = ("tidak lebih buruk", "no worse") if agrees else ("LEBIH BURUK", "WORSE")
            return Sentence(
                id=f"{who} menerima orang dalam rujukan {which} (pelepasan {short(release)}), "
                f"keadaannya {compared[0]} daripada saat dilepas.",
                en=f"{who} receives the person of referral {which} (release {short(release)}), "
                f"in {compared[1]} condition than when released.",
            )
        case said.HandoverRefused(release=release, agrees=agrees):
            compared = ("tidak lebih buruk", "no worse") if agrees else ("LEBIH BURUK", "WORSE")
            return Sentence(
                id=f"{who} menolak menerima orang dalam rujukan {which} (pelepasan {short(release)}), "
                f"keadaannya {compared[0]} daripada saat dilepas.",
                en=f"{who} refuses to receive the person of referral {which} (release {short(release)}), "
                f"in {compared[1]} condition than when released.",
            )
        case _:
            assert_never(statement)


def of_obligation(statement: said.ObligationStatement) -> Sentence:
    """How the parties let each other off, wait for each other, and are told that something is overdue."""
    who, owed = statement.party, statement.obligation
    duty = f"{owed.kind} ({short(owed.opened_by)}, {short(owed.referral)})"
    match statement:
        case said.WaiverOffered():
            return Sentence(
                id=f"{who} meminta dibebaskan dari kewajiban {duty}.", en=f"{who} asks to be let off the duty {duty}."
            )
        case said.WaiverAgreed():
            return Sentence(
                id=f"{who} membebaskan pihak lain dari kewajiban {duty}.",
                en=f"{who} lets the other side off the duty {duty}.",
            )
        case said.PauseOffered():
            return Sentence(
                id=f"{who} meminta jeda untuk kewajiban {duty}.", en=f"{who} asks for a pause of the duty {duty}."
            )
        case said.PauseAgreed():
            return Sentence(
                id=f"{who} menyetujui jeda untuk kewajiban {duty}.", en=f"{who} agrees to a pause of the duty {duty}."
            )
        case said.ObligationResumed():
            return Sentence(
                id=f"{who} mengakhiri jeda kewajiban {duty}.", en=f"{who} ends the pause of the duty {duty}."
            )
        case said.BreachNoted():
            return Sentence(
                id=f"{who} mencatat bahwa kewajiban {duty} lewat waktu.",
                en=f"{who} notes that the duty {duty} is overdue.",
            )
        case _:
            assert_never(statement)


def of_paper(statement: said.BastRecorded | said.DiscrepancyAnswered) -> Sentence:
    """The paper of a handover, and the answer to one that did not agree."""
    who, which = statement.party, short(statement.referral)
    match statement:
        case said.BastRecorded(handover=handover, sha256=sha256):
            return Sentence(
                id=f"{who} mencatat berita acara {short(sha256)} untuk pernyataan {short(handover)} (rujukan {which}).",
                en=f"{who} records the paper {short(sha256)} of statement {short(handover)} (referral {which}).",
            )
        case said.DiscrepancyAnswered(receipt=receipt):
            return Sentence(
                id=f"{who} menjawab ketidaksesuaian dalam {short(receipt)} (rujukan {which}).",
                en=f"{who} answers the discrepancy told in {short(receipt)} (referral {which}).",
            )
        case _:
            assert_never(statement)


def of_referral(
    statement: said.ReferralSent
    | said.ReferralAcknowledged
    | said.ReferralAccepted
    | said.ReferralDeclined
    | said.ReferralWithdrawn
    | said.ReferralExpired,
) -> Sentence:
    """How one province asks another to take a person over, and is answered."""
    who, which = statement.party, short(statement.referral)
    match statement:
        case said.ReferralSent(to=to, term_acknowledge=acknowledge, term_decide=decide):
            first, then = TERMS[acknowledge], TERMS[decide]
            return Sentence(
                id=f"{who} merujuk seseorang kepada {to} (rujukan {which}): "
                f"tanda terima dalam {first[0]}, keputusan dalam {then[0]}.",
                en=f"{who} refers a person to {to} (referral {which}): "
                f"to be acknowledged within {first[1]} and decided within {then[1]}.",
            )
        case said.ReferralAcknowledged():
            return Sentence(
                id=f"{who} menyatakan telah menerima rujukan {which}.", en=f"{who} acknowledges referral {which}."
            )
        case said.ReferralAccepted():
            return Sentence(id=f"{who} menyetujui rujukan {which}.", en=f"{who} accepts referral {which}.")
        case said.ReferralDeclined():
            return Sentence(id=f"{who} menolak rujukan {which}.", en=f"{who} declines referral {which}.")
        case said.ReferralWithdrawn():
            return Sentence(id=f"{who} menarik kembali rujukan {which}.", en=f"{who} withdraws referral {which}.")
        case said.ReferralExpired():
            return Sentence(
                id=f"{who} mencatat rujukan {which} kedaluwarsa.", en=f"{who} notes referral {which} expired."
            )
        case _:
            assert_never(statement)


def short(value: str) -> str:
    """Enough of an id to recognise it by."""
    return value[:12]
