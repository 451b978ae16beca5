"""Where every field of the public language is kept: the only file that grows with it.

Promise: `tests/reading/test_catalogue.py` compares it with the schema, field by field.
Rules: a column of the field's own name needs no word. What a party may not see is left to row security; the language
makes nullable what it may hide.
Elsewhere: the words, `words`; the tables, `database.tables`; the functions that `Derived` names, who calls `answers`.
"""

from __future__ import annotations

from casework.conditions import ITEMS
from database.tables import (
    agreement,
    agreement_clause,
    agreement_term,
    case_file,
    checkpoint,
    condition_report,
    fitness_certificate,
    handover,
    handover_paper,
    obligation_summary,
    opening,
    party,
    person,
    referral,
    referral_preview,
)
from database.tables import ledger_entry_told as entry
from database.tables import obligation_told as owed
from database.tables import obligation_urgency_told as urgency

from .words import (
    Absent,
    Ahead,
    Asker,
    AsOf,
    Before,
    ById,
    Catalogue,
    Derived,
    Handed,
    Happened,
    Kept,
    Latest,
    Many,
    One,
    Only,
    Opened,
    Own,
    Paged,
    Reckoned,
    Same,
    Sealed,
    Since,
    Spans,
    Through,
    Told,
    Where,
    kept,
    newest,
    public,
    reckoned,
    rising,
    same,
    told,
)

CASES = {"filter": {"status": same(case_file.c.status), "category": same(case_file.c.category),
                    "risk": same(case_file.c.risk)}}  # fmt: skip
REFERRALS = {"filter": {"status": same(referral.c.status), "from": same(referral.c.from_party),
                        "to": same(referral.c.to_party)}}  # fmt: skip
ENTRIES = {"filter": {"kind": same(entry.c.kind), "party": same(entry.c.party),
                      "referral": same(entry.c.referral_id, of="Referral")}}  # fmt: skip
OBLIGATIONS: Where = {"filter": {"debtor": same(owed.c.debtor), "creditor": same(owed.c.creditor),
                          "clause": same(owed.c.clause), "kind": same(owed.c.kind), "state": same(owed.c.state),
                          "dueFrom": Since(owed.c.due_at), "dueUntil": Before(owed.c.due_at),
                          "case": Through(owed.c.case_id, "Case", case_file.c.id),
                          "referral": same(owed.c.referral_id, of="Referral")}}  # fmt: skip
BY_DUE = rising(owed.c.due_at, owed.c.id)
SOONEST = rising(owed.c.act_before, owed.c.id)
NEWEST_REFERRAL = newest(referral.c.sent_at, referral.c.id)

IDENTITY = {"full_name": "fullName", "aliases": "aliases", "nik": "nik", "birth_date": "birthDate"}


def _of_person(part: str) -> Sealed:
    return Sealed(person.c.sealed, person.c.id, part, "person", listed="identity:list")


def _of_condition(item: str) -> Sealed:
    kept = condition_report.c
    return Sealed(kept.sealed, kept.person_id, item, "condition", (kept.statement,))


CATALOGUE: Catalogue = {
    "Query": told(
        agreement=Latest(None, rising(agreement.c.sha256)),
        parties=Many(None, rising(party.c.code)),
        me=Asker(),
        node=ById(),
        case=ById(),
        cases=Paged(None, newest(case_file.c.opened_at, case_file.c.id), CASES),
        referral=ById(),
        referrals=Paged(None, NEWEST_REFERRAL, REFERRALS),
        handover=ById(),
        obligation=ById(),
        obligations=Paged(None, BY_DUE, OBLIGATIONS, as_of=AsOf("asOf", "obligation_at")),
        work_list=Paged(
            None, SOONEST, {"within": Ahead(owed.c.act_before)}, always=(Own(owed.c.debtor), Absent(owed.c.ending))
        ),
        obligation_summary=Reckoned(
            "obligation_summary",
            ("asOf", "period", "from", "until"),
            moment="asOf",
            months=("from", "until"),
            order=rising(obligation_summary.c.party, obligation_summary.c.clause, obligation_summary.c.period),
        ),
        ledger_entries=Paged(None, rising(entry.c.index), ENTRIES),
        checkpoint=Latest(None, ((checkpoint.c.size, True),)),
    ),
    "Subscription": told(
        referral_changed=Happened("referral"),
        handover_changed=Happened("handover"),
        obligation_changed=Happened("obligation"),
    ),
    "ReferralEvent": told(referral=Handed("object_id")),
    "HandoverEvent": told(handover=Handed("object_id")),
    "ObligationEvent": told(obligation=Handed("object_id")),
    "Me": told(party=Handed("party"), party_code=Told("party")),
    "Party": public(party, party.c.code),
    "Agreement": public(
        agreement,
        agreement.c.sha256,
        clauses=Many(agreement_clause.c.agreement_sha256, rising(agreement_clause.c.position, agreement_clause.c.id)),
        terms=Many(agreement_term.c.agreement_sha256, rising(agreement_term.c.id)),
    ),
    "Clause": public(agreement_clause, agreement_clause.c.id),
    "Term": public(agreement_term, agreement_term.c.id),
    "Case": kept(
        case_file,
        case_file.c.id,
        responsible=One(case_file.c.party),
        person=One(case_file.c.person_id),
        referrals=Paged(referral.c.case_id, NEWEST_REFERRAL, REFERRALS),
        latest_referral=Latest(referral.c.case_id, NEWEST_REFERRAL),
    ),
    "Person": kept(person, person.c.id, identity=Same()),
    "Identity": kept(person, person.c.id, **{part: _of_person(name) for part, name in IDENTITY.items()}),
    "Referral": kept(
        referral,
        referral.c.id,
        **{"from": One(referral.c.from_party)},
        to=One(referral.c.to_party),
        case=One(referral.c.case_id),
        preview=Only(referral_preview.c.referral_id),
        fitness=Many(
            fitness_certificate.c.referral_id, rising(fitness_certificate.c.certified_at, fitness_certificate.c.id)
        ),
        handovers=Many(handover.c.referral_id, rising(handover.c.released_at, handover.c.id)),
        latest_handover=Latest(handover.c.referral_id, newest(handover.c.released_at, handover.c.id)),
        obligations=Many(owed.c.referral_id, BY_DUE),
        open_obligations=Many(owed.c.referral_id, BY_DUE, always=(Absent(owed.c.ending),)),
        entries=Many(entry.c.referral_id, rising(entry.c.index)),
    ),
    "Preview": kept(referral_preview, referral_preview.c.referral_id),
    "FitnessCertificate": kept(fitness_certificate, fitness_certificate.c.id),
    "Handover": kept(
        handover,
        handover.c.id,
        referral=One(handover.c.referral_id),
        **{"from": One(handover.c.from_party)},
        to=One(handover.c.to_party),
        condition_at_release=One(handover.c.release_condition_id),
        condition_at_receipt=One(handover.c.receipt_condition_id),
        answer=Opened(handover.c.answer_statement, "answer", opening),
        papers=Many(handover_paper.c.handover_id, rising(handover_paper.c.recorded_at, handover_paper.c.statement)),
        obligations=Many(owed.c.handover_id, BY_DUE),
    ),
    "HandoverPaper": kept(handover_paper, handover_paper.c.statement, party=One(handover_paper.c.party)),
    "Condition": kept(condition_report, condition_report.c.id, **{item: _of_condition(item) for item in ITEMS}),
    "Obligation": kept(
        owed,
        owed.c.id,
        clause=One(owed.c.clause, to=agreement_clause.c.key),
        debtor=One(owed.c.debtor),
        creditor=One(owed.c.creditor),
        referral=One(owed.c.referral_id),
        opened_by=One(owed.c.opened_by),
        ended_by=One(owed.c.ended_by),
        urgency=Only(urgency.c.obligation_id),
        stops=Spans(owed.c.stops, ends=("from", "until")),
    ),
    "Urgency": kept(urgency, urgency.c.obligation_id, clause=One(urgency.c.clause, to=agreement_clause.c.key)),
    "ClockStop": told(),
    "ObligationSummary": told(),
    "ObligationSummaryRow": reckoned(
        obligation_summary,
        party=One(obligation_summary.c.party),
        clause=One(obligation_summary.c.clause, to=agreement_clause.c.key),
    ),
    "LedgerEntry": kept(
        entry,
        entry.c.statement,
        leaf=Kept(entry.c.leaf_hash),
        receipt=Derived((entry.c.statement, entry.c.index, entry.c.leaf_hash, entry.c.at), "receipt"),
        envelope=Derived((entry.c.leaf,), "envelope"),
    ),
    "Checkpoint": public(checkpoint, checkpoint.c.size),
    "CasePayload": told(case=Handed("case_id")),
    "ReferralPayload": told(referral=Handed("referral_id"), entry=Handed("entry_id")),
    "FitnessPayload": told(
        certificate=Handed("certificate_id"), referral=Handed("referral_id"), entry=Handed("entry_id")
    ),
    "HandoverPayload": told(handover=Handed("handover_id"), referral=Handed("referral_id"), entry=Handed("entry_id")),
    "ObligationPayload": told(
        obligation=Handed("obligation_id"), referral=Handed("referral_id"), entry=Handed("entry_id")
    ),
    "PreparedStatementPayload": told(),
    "PreparedStatement": told(),
    "Opening": told(),
    "InvalidInput": told(),
    "NotFound": told(),
    "IllegalMove": told(),
    "StaleVersion": told(),
    "IdempotencyKeyReused": told(),
    "CommitmentMismatch": told(),
    "StatementRefused": told(),
}
