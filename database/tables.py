"""The tables, as SQLAlchemy Core: what is kept, and in which columns.

Promise: one row shape per noun; every key is random or derived from evidence, so that a key tells nothing.
Rules: identifiers are UUIDs made of 32 random hex digits (the same digits stand in the ledger); instants are UTC;
`last_statement` names the ledger entry that last changed the row. Row security, triggers, checks and grants are
written in the migrations; `tests/database` compares both with the live catalogue. What is sealed is a column `sealed`;
the plain columns beside it hold rows from before, until the next start has sealed them.
Elsewhere: what is owed, `database.owed`, named from here; sealing, `database.sealed`; answers, `reading`.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from database.clients import oauth_client as oauth_client
from database.clients import oauth_replay as oauth_replay
from database.clients import oauth_token as oauth_token
from database.metadata import Instant
from database.metadata import metadata as metadata
from database.metadata import views as views
from database.owed import handover_paper as handover_paper
from database.owed import obligation as obligation
from database.owed import obligation_past as obligation_past
from database.owed import obligation_summary as obligation_summary
from database.owed import obligation_tally as obligation_tally
from database.owed import obligation_told as obligation_told
from database.owed import obligation_urgency as obligation_urgency
from database.owed import obligation_urgency_told as obligation_urgency_told

# -- the agreement, the same for everybody -----------------------------------------------------------------------
party = Table(
    "party",
    metadata,
    Column("code", Text, primary_key=True),  # ISO 3166-2: ID-JK
    Column("name", Text, nullable=False),  # Indonesian: DKI Jakarta
    Column("kemendagri_code", Text, nullable=False),
    Column("time_zone", Text, nullable=False),  # IANA name, for display
    Column("utc_offset_minutes", Integer, nullable=False),  # for deadlines, from the agreement's data
)
agreement = Table(
    "agreement",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("signed_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("document", LargeBinary, nullable=False),  # the very bytes that the hash is of
)
agreement_clause = Table(
    "agreement_clause",
    metadata,
    Column("id", Text, primary_key=True),  # <sha256>/<key>
    Column("agreement_sha256", Text, ForeignKey("agreement.sha256"), nullable=False),
    Column("key", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("basis", Text, nullable=False),  # published | proposed
)
agreement_term = Table(
    "agreement_term",
    metadata,
    Column("id", Text, primary_key=True),  # <sha256>/<obligation>/<class>
    Column("agreement_sha256", Text, ForeignKey("agreement.sha256"), nullable=False),
    Column("obligation", Text, nullable=False),  # referral.acknowledge
    Column("applies_to", Text, nullable=False),  # standard | emergency | high_risk
    Column("term", Text, nullable=False),  # PT24H
    Column("clause", Text, nullable=False),  # key of the clause under which this duty falls
    Column("basis", Text, nullable=False),
)

# -- casework ----------------------------------------------------------------------------------------------------
person = Table(
    "person",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("party", Text, ForeignKey("party.code"), nullable=False),
    Column("initials", Text, nullable=False),
    Column("sealed", LargeBinary),  # names, NIK, date of birth; NULL: erased, or a row from before
    Column("birth_date_estimated", Boolean, nullable=False),
    Column("sex", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("erased_at", Instant),
    *(Column(name, Text) for name in ("full_name", "nik")),
    Column("birth_date", Date),
    Column("aliases", ARRAY(Text)),
)
case_file = Table(
    "case_file",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("party", Text, ForeignKey("party.code"), nullable=False),  # the responsible province
    Column("number", Text, nullable=False),  # unique within the party
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("status", Text, nullable=False),  # OPENED ASSESSED CLOSED
    Column("category", Text, nullable=False),
    Column("vulnerabilities", ARRAY(Text), nullable=False),
    Column("risk", Text),
    Column("outcome", Text),
    Column("opened_at", Instant, nullable=False),
    Column("assessed_at", Instant),
    Column("closed_at", Instant),
    Column("version", Integer, nullable=False),
)
case_access = Table(  # grants in rows: the owner's own, and what an accepted referral opens
    "case_access",
    metadata,
    Column("case_id", Uuid, ForeignKey("case_file.id"), primary_key=True),
    Column("party", Text, ForeignKey("party.code"), primary_key=True),
    Column("granted_by", Text, ForeignKey("party.code"), nullable=False),
    Column("referral_id", Uuid, ForeignKey("referral.id", use_alter=True)),  # NULL: the responsible province itself
)
referral = Table(
    "referral",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("case_file.id"), nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("from_party", Text, ForeignKey("party.code"), nullable=False),
    Column("to_party", Text, ForeignKey("party.code"), nullable=False),
    Column("status", Text, nullable=False),  # SENT ACKNOWLEDGED ACCEPTED DECLINED WITHDRAWN EXPIRED COMPLETED
    Column("term_acknowledge", Text, nullable=False),
    Column("term_decide", Text, nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("acknowledged_at", Instant),
    Column("decided_at", Instant),  # accepted, declined, withdrawn or expired
    Column("completed_at", Instant),
    Column("reason", Text),  # coded reason of a decline
    Column("last_statement", Text, ForeignKey("ledger_entry.statement", deferrable=True), nullable=False),
    Column("version", Integer, nullable=False),
)
referral_preview = Table(  # what the receiver sees before it accepts; deleted when it does not
    "referral_preview",
    metadata,
    Column("referral_id", Uuid, ForeignKey("referral.id"), primary_key=True),
    Column("from_party", Text, nullable=False),
    Column("to_party", Text, nullable=False),
    Column("age_band", Text, nullable=False),  # 0-5 6-12 13-17 18-59 60+ UNKNOWN
    *(Column("sex", Text, nullable=False), Column("category", Text)),  # of a protection case no category
    Column("protection", Boolean, nullable=False),
)
fitness_certificate = Table(
    "fitness_certificate",
    metadata,
    Column("id", Uuid, primary_key=True),  # the first 32 hex digits of its statement's id
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("case_id", Uuid, ForeignKey("case_file.id"), nullable=False),
    Column("leg", Integer, nullable=False),
    Column("party", Text, ForeignKey("party.code"), nullable=False),
    Column("fitness", Text, nullable=False),  # FIT FIT_WITH_ESCORT UNFIT
    Column("certified_at", Instant, nullable=False),
    Column("statement", Text, ForeignKey("ledger_entry.statement", deferrable=True), nullable=False),
)
condition_report = Table(  # the structured condition of a person at one end of a leg
    "condition_report",
    metadata,
    Column("id", Uuid, primary_key=True),  # the first 32 hex digits of its statement's id
    Column("case_id", Uuid, ForeignKey("case_file.id"), nullable=False),
    Column("party", Text, ForeignKey("party.code"), nullable=False),
    Column("statement", Text, ForeignKey("ledger_entry.statement", deferrable=True), nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("sealed", LargeBinary),  # each item's grade: GOOD FAIR POOR CRITICAL
    *(Column(item, Text) for item in ("consciousness", "mobility", "injury", "illness", "nutrition", "mental")),
)
handover = Table(
    "handover",
    metadata,
    Column("id", Uuid, primary_key=True),  # the first 32 hex digits of the release's statement id
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("case_id", Uuid, ForeignKey("case_file.id"), nullable=False),
    Column("leg", Integer, nullable=False),
    Column("from_party", Text, ForeignKey("party.code"), nullable=False),
    Column("to_party", Text, ForeignKey("party.code"), nullable=False),
    Column("status", Text, nullable=False),  # RELEASED RECEIVED REFUSED
    Column("term", Text, nullable=False),
    Column("released_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("agrees", Boolean),
    Column("reason", Text),  # coded reason of a refusal
    Column("release_statement", Text, ForeignKey("ledger_entry.statement", deferrable=True), nullable=False),
    Column("receipt_statement", Text, ForeignKey("ledger_entry.statement", deferrable=True)),
    Column("release_condition_id", Uuid, ForeignKey("condition_report.id", deferrable=True), nullable=False),
    Column("receipt_condition_id", Uuid, ForeignKey("condition_report.id", deferrable=True)),
    Column("answered_at", Instant),  # where the two ends did not agree: the sender's answer
    Column("answer_statement", Text, ForeignKey("ledger_entry.statement", deferrable=True)),
    Column("version", Integer, nullable=False),
)
opening = Table(  # what was committed to, and with which salt
    "opening",
    metadata,
    Column("statement", Text, ForeignKey("ledger_entry.statement", deferrable=True), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("case_id", Uuid, ForeignKey("case_file.id"), nullable=False),
    Column("party", Text, ForeignKey("party.code"), nullable=False),  # who signed the statement
    Column("person_id", Uuid, nullable=False),
    Column("sealed", LargeBinary),  # value and salt
    Column("value", JSONB),
    Column("salt", LargeBinary),
)
idempotency = Table(  # kept 7 days
    "idempotency",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("mutation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("party", Text, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("payload", JSONB, nullable=False),  # ids of the objects of the original payload
    Column("created_at", Instant, nullable=False),
)

# -- the ledger --------------------------------------------------------------------------------------------------
ledger_head = Table(  # exactly one row; the last lock of every act
    "ledger_head",
    metadata,
    Column("only", Boolean, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("leaf_hash", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
ledger_entry = Table(
    "ledger_entry",
    metadata,
    Column("index", BigInteger, primary_key=True),
    Column("statement", Text, nullable=False, unique=True),
    Column("prev", Text, nullable=False, unique=True),
    Column("leaf_hash", Text, nullable=False, unique=True),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("party", Text, nullable=False),  # who signed: ID-JK, FORUM, HOST
    Column("other_party", Text),  # the other end, where there is one
    Column("key", Text),  # register name of the signing key; NULL for FORUM
    Column("seen_size", BigInteger),
    Column("referral_id", Uuid),  # no foreign key: the evidence outlives the rows
    Column("leaf", LargeBinary, nullable=False),
)
ledger_entry_told = Table(  # the entries, and how far each has come: LOGGED, PUBLISHED, WITNESSED
    "ledger_entry_told",
    views,
    *(Column(c.name, c.type, primary_key=c.primary_key, nullable=c.nullable) for c in ledger_entry.columns),
    Column("state", Text, nullable=False),
)
register_key = Table(  # the register of keys; a root or the host's that was replaced stays beside the one in force
    "register_key",
    metadata,
    Column("name", Text, primary_key=True),
    Column("party", Text, nullable=False),
    Column("public", Text, nullable=False, unique=True),
    Column("use", Text, nullable=False),  # root host system officer
    Column("valid_from", Instant, nullable=False),
    Column("valid_until", Instant),
    Column("added_index", BigInteger, primary_key=True),
    *(Column(name, BigInteger) for name in ("revoked_index", "replaced_index")),
    Column("since_claimed", Instant),
)
checkpoint = Table(  # a copy of what was published, for answers; the published files are the authority
    "checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True),
    Column("root", Text, nullable=False),  # hex
    Column("note", Text, nullable=False),
    Column("published_at", Instant, nullable=False),
)
