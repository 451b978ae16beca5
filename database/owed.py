"""The tables of what is owed: obligations as they are, as they were, and the papers that both ends record.

Promise: one row an obligation, with exactly one debtor and one creditor; every version that was superseded stays.
Rules: `due_at` is the last second in time, every stop counted in; `valid_from` is the time of the entry that this
version is of. `from_party` and `to_party` are the ends of the referral, told by a trigger from the table of duties, and
held to the referral by a foreign key; so is `handover_id`. `state` is nowhere kept: it is of an instant.
Elsewhere: all other tables, `database.tables`, by which these are to be named; the rules, `database/migrations`; the
rows as they were at an instant, the function `obligation_at` there.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZMULTIRANGE

from database.metadata import Instant, metadata, views

STATEMENT = "ledger_entry.statement"


def _columns(*, past: bool) -> Iterator[Column[Any]]:
    """Every column of a version; foreign keys and what PostgreSQL fills in only where it is the one that stands."""

    def one(name: str, type_: Any, to: str | None = None, *, nullable: bool = False) -> Column[Any]:
        keys = [ForeignKey(to, deferrable=to == STATEMENT or None)] if to is not None and not past else []
        return Column(name, type_, *keys, nullable=nullable)

    yield Column("id", Uuid, primary_key=True)  # a digest of kind, opened_by and referral
    yield one("kind", Text, "duty.kind")
    yield one("clause", Text, "agreement_clause.key")
    yield one("basis", Text)  # published | proposed
    yield one("referral_id", Uuid)
    yield one("case_id", Uuid)
    yield Column("handover_id", Uuid, FetchedValue(), nullable=True)
    yield one("debtor", Text, "party.code")
    yield one("creditor", Text, "party.code")
    yield one("term", Text)
    yield one("opened_by", Text, STATEMENT)
    yield one("opened_at", Instant)
    yield one("opened_month", Date)  # its first day, by the debtor's clock
    yield one("due_at", Instant)
    yield one("stops", TSTZMULTIRANGE)  # when the clock stood still, half-open
    yield one("paused_since", Instant, nullable=True)
    yield one("ending", Text, nullable=True)  # SETTLED RELEASED WAIVED
    yield one("ended_at", Instant, nullable=True)
    yield one("ended_by", Text, STATEMENT, nullable=True)
    yield one("ended_kind", Text, nullable=True)  # of the statement: handover.refused
    yield one("entered_late", Boolean)
    yield one("contested", Boolean)
    yield one("papers", JSONB)  # [{"party", "sha256"}] in the order of the ledger
    yield one("waiver_offer", Text, STATEMENT, nullable=True)
    yield one("pause_offer", Text, STATEMENT, nullable=True)
    yield one("noted_by", Text, STATEMENT, nullable=True)
    yield one("noted_at", Instant, nullable=True)
    yield one("valid_from", Instant)
    yield Column("version", Integer, primary_key=past, nullable=False)
    for end in ("from_party", "to_party"):
        yield Column(end, Text, FetchedValue(), nullable=False)


duty = Table(  # the rows of `casework.duties`
    "duty",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("of", Text, nullable=False),  # REFERRAL HANDOVER
    Column("owed_by", Text, nullable=False),  # SENDER RECEIVER
    Column("by_paper", Boolean, nullable=False),
)
duty_act = Table(  # which kind of statement does what to it
    "duty_act",
    metadata,
    Column("duty", Text, ForeignKey("duty.kind"), primary_key=True),
    Column("act", Text, primary_key=True),
    Column("does", Text, primary_key=True),  # OPENED SETTLED RELEASED WAIVED
)
obligation = Table(
    "obligation",
    metadata,
    *_columns(past=False),
    UniqueConstraint("opened_by", "kind"),
    ForeignKeyConstraint(["kind", "ended_kind", "ending"], ["duty_act.duty", "duty_act.act", "duty_act.does"]),
)
obligation_past = Table(  # written by a trigger, never changed
    "obligation_past", metadata, *_columns(past=True), Column("valid_until", Instant, nullable=False)
)
obligation_told = Table(  # as they are, with the state that they are in now
    "obligation_told",
    views,
    *(Column(c.name, c.type, primary_key=c.primary_key, nullable=c.nullable) for c in obligation.columns),
    Column("state", Text, nullable=False),
    Column("act_before", Instant, nullable=False),  # the due; for its two ends the sealed one, where that is sooner
)
obligation_urgency = Table(  # how soon, at the sealed risk: its two ends' alone
    "obligation_urgency",
    metadata,
    Column("obligation_id", Uuid, primary_key=True),
    Column("debtor", Text, nullable=False),
    Column("creditor", Text, nullable=False),
    Column("term", Text, nullable=False),
    Column("clause", Text, ForeignKey("agreement_clause.key"), nullable=False),
    Column("basis", Text, nullable=False),
    Column("first_due", Instant, nullable=False),  # with no stop of the clock counted in
    ForeignKeyConstraint(
        ["obligation_id", "debtor", "creditor"], ["obligation.id", "obligation.debtor", "obligation.creditor"]
    ),
)
obligation_urgency_told = Table(  # what has become of it by that due
    "obligation_urgency_told",
    views,
    Column("obligation_id", Uuid, primary_key=True),
    Column("term", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
)
disclosure = Table(  # who was shown what had been sealed, and why; appended to alone
    "disclosure",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("statement", Text, ForeignKey(STATEMENT), nullable=False),
    Column("party", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("reason", Text),  # an auditor's, from a short list
    Column("names", ARRAY(Text)),  # of the values shown; NULL: all
    Column("at", Instant, nullable=False),
)
obligation_tally = Table(  # what has ended, counted by a trigger as it ends
    "obligation_tally",
    metadata,
    Column("debtor", Text, ForeignKey("party.code"), primary_key=True),
    Column("creditor", Text, ForeignKey("party.code"), primary_key=True),
    Column("clause", Text, ForeignKey("agreement_clause.key"), primary_key=True),
    Column("opened_month", Date, primary_key=True),
    *(
        Column(counted, Integer, nullable=False)
        for counted in ("met", "met_late", "breached", "waived", "entered_late", "contested")
    ),
)
obligation_summary = Table(  # the rows of the function of this name
    "obligation_summary",
    views,
    Column("party", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("period", Text),
    *(
        Column(counted, Integer, nullable=False)
        for counted in (
            "open",
            "met",
            "met_late",
            "breached",
            "waived",
            "paused",
            "entered_late",
            "contested",
            "total",
        )
    ),
)
handover_paper = Table(  # a signed paper of a release or a receipt, as one end recorded it
    "handover_paper",
    metadata,
    Column("statement", Text, ForeignKey(STATEMENT, deferrable=True), primary_key=True),
    Column("handover_id", Uuid, ForeignKey("handover.id"), nullable=False),
    Column("party", Text, ForeignKey("party.code"), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("of", Text, nullable=False),  # RELEASE RECEIPT
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("handover_id", "of", "party"),
)
