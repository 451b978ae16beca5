-- The tables of the first slice, with every rule that one row or one pair of rows can carry.
-- Foreign keys over several columns make a copy agree with its original: a preview names the referral's own ends.

create table party (
    code text primary key check (code ~ '^ID-[A-Z]{2}$'),
    name text not null,
    kemendagri_code text not null unique check (kemendagri_code ~ '^[0-9]{2}$'),
    time_zone text not null,
    utc_offset_minutes integer not null check (utc_offset_minutes between -720 and 840)
);

create table agreement (
    sha256 text primary key,
    title text not null,
    title_en text not null,
    signed_on date not null,
    ends_on date not null,
    document bytea not null,
    check (ends_on > signed_on),
    check (sha256 = encode(pg_catalog.sha256(document), 'hex'))
);
create table agreement_clause (
    id text primary key,
    agreement_sha256 text not null references agreement,
    key text not null check (key ~ '^[a-z][a-z_]*$'),
    position integer not null check (position >= 0),
    text text not null,
    text_en text not null,
    basis text not null check (basis in ('published', 'proposed')),
    unique (agreement_sha256, key),
    unique (agreement_sha256, position)
);
create table agreement_term (
    id text primary key,
    agreement_sha256 text not null references agreement,
    obligation text not null,
    applies_to text not null,
    term text not null check (term ~ '^P(T[1-9][0-9]*H|[1-9][0-9]*(D|WD))$'),
    basis text not null check (basis in ('published', 'proposed')),
    unique (agreement_sha256, obligation, applies_to)
);

create table person (
    id uuid primary key,
    party text not null references party,
    full_name text not null check (full_name ~ '\S' and length(full_name) <= 200),
    aliases text[] not null check (cardinality(aliases) <= 20 and array_position(aliases, null) is null),
    initials text not null check (length(initials) between 1 and 20),
    nik text check (nik ~ '^[0-9]{16}$'),
    birth_date date,
    birth_date_estimated boolean not null,
    sex text not null check (sex in ('FEMALE', 'MALE', 'UNKNOWN')),
    version integer not null check (version >= 1),
    created_at timestamptz not null,
    unique (id, party)
);
create index person_of_party on person (party, full_name);

create table case_file (
    id uuid primary key,
    party text not null references party,
    number text not null check (length(number) between 1 and 40),
    person_id uuid not null,
    status text not null check (status in ('OPENED', 'ASSESSED', 'CLOSED')),
    category text not null check (category ~ '^[A-Z][A-Z0-9_]{1,63}$'),
    vulnerabilities text[] not null check (
        vulnerabilities <@ array['CHILD', 'WOMAN', 'ELDERLY', 'DISABILITY', 'PREGNANT', 'ILL', 'VICTIM_OF_VIOLENCE', 'VICTIM_OF_TRAFFICKING']
        and array_position(vulnerabilities, null) is null
    ),
    risk text check (risk in ('LOW', 'MEDIUM', 'HIGH', 'EMERGENCY')),
    outcome text check (outcome ~ '^[A-Z][A-Z0-9_]{1,63}$'),
    opened_at timestamptz not null,
    assessed_at timestamptz,
    closed_at timestamptz,
    version integer not null check (version >= 1),
    foreign key (person_id, party) references person (id, party),
    unique (party, number),
    unique (id, party),
    check (assessed_at >= opened_at),
    check (closed_at >= coalesce(assessed_at, opened_at)),
    check ((risk is null) = (assessed_at is null)),
    check (status <> 'OPENED' or assessed_at is null),
    check (status <> 'ASSESSED' or assessed_at is not null),
    check ((status = 'CLOSED') = (closed_at is not null)),
    check ((status = 'CLOSED') = (outcome is not null))
);
create index case_file_newest_of_party on case_file (party, opened_at desc, id desc);
create index case_file_newest on case_file (opened_at desc, id desc);
create index case_file_of_person on case_file (person_id);

create table ledger_head (
    "only" boolean primary key check ("only"),
    origin text not null check (origin ~ '^[^\s+]+$'),
    size bigint not null check (size >= 0),
    leaf_hash text not null check (leaf_hash ~ '^[0-9a-f]{64}$'),
    at timestamptz not null
);
create table ledger_entry (
    index bigint primary key check (index >= 0),
    statement text not null unique check (statement ~ '^[0-9a-f]{64}$'),
    prev text not null unique check (prev ~ '^[0-9a-f]{64}$'),
    leaf_hash text not null unique,
    at timestamptz not null check (at = date_trunc('second', at, 'UTC')),
    kind text not null check (kind ~ '^[a-z]+\.[a-z_]+$'),
    party text not null check (party ~ '^(ID-[A-Z]{2}|FORUM|HOST)$'),
    other_party text check (other_party ~ '^ID-[A-Z]{2}$'),
    key text check (key ~ '^(ID-[A-Z]{2}|HOST)/(root|host|k[0-9a-f]{32})$'),
    seen_size bigint check (seen_size between 1 and index),
    referral_id uuid,
    leaf bytea not null check (octet_length(leaf) <= 65535),
    check (leaf_hash = encode(sha256('\x00'::bytea || leaf), 'hex')),
    check ((key is null) = (party = 'FORUM')),
    check ((index = 0) = (prev = repeat('0', 64)))
);
create index ledger_entry_of_referral on ledger_entry (referral_id, index) where referral_id is not null;
create index ledger_entry_of_key on ledger_entry (key, index) where key is not null;
create index ledger_entry_of_party on ledger_entry (party, index);
create index ledger_entry_of_other_party on ledger_entry (other_party, index) where other_party is not null;

create table register_key (
    name text primary key check (name ~ '^(ID-[A-Z]{2}|HOST)/(root|host|k[0-9a-f]{32})$'),
    party text not null,
    public text not null unique check (public ~ '^[0-9a-f]{64}$'),
    use text not null check (use in ('root', 'host', 'system', 'officer')),
    valid_from timestamptz not null,
    valid_until timestamptz,
    added_index bigint not null references ledger_entry deferrable,
    revoked_index bigint references ledger_entry deferrable,
    since_claimed timestamptz,
    check (valid_until > valid_from),
    check (split_part(name, '/', 1) = party),
    check ((use = 'root') = (name like '%/root')),
    check ((use = 'host') = (name like '%/host')),
    check (revoked_index > added_index),
    check ((revoked_index is null) = (since_claimed is null))
);
create index register_key_of_party on register_key (party, name);

create table checkpoint (
    size bigint primary key check (size >= 1),
    root text not null check (root ~ '^[0-9a-f]{64}$'),
    note text not null,
    published_at timestamptz not null
);

create table referral (
    id uuid primary key,
    case_id uuid not null,
    from_party text not null references party,
    to_party text not null references party,
    status text not null check (status in ('SENT', 'ACKNOWLEDGED', 'ACCEPTED', 'DECLINED', 'WITHDRAWN', 'EXPIRED', 'COMPLETED')),
    term_acknowledge text not null check (term_acknowledge in ('PT6H', 'PT24H', 'P3D', 'P7D', 'P14D', 'P3WD')),
    term_decide text not null check (term_decide in ('PT6H', 'PT24H', 'P3D', 'P7D', 'P14D', 'P3WD')),
    sent_at timestamptz not null,
    acknowledged_at timestamptz,
    decided_at timestamptz,
    completed_at timestamptz,
    reason text check (reason ~ '^[A-Z][A-Z0-9_]{1,63}$'),
    last_statement text not null references ledger_entry (statement) deferrable,
    version integer not null check (version >= 1),
    -- Only the responsible province refers.
    foreign key (case_id, from_party) references case_file (id, party),
    unique (id, case_id),
    unique (id, from_party, to_party),
    check (from_party <> to_party),
    check (acknowledged_at >= sent_at),
    check (decided_at >= coalesce(acknowledged_at, sent_at)),
    check (completed_at >= decided_at),
    check (status <> 'SENT' or acknowledged_at is null),
    check (status <> 'ACKNOWLEDGED' or acknowledged_at is not null),
    check ((status in ('SENT', 'ACKNOWLEDGED')) = (decided_at is null)),
    check ((status = 'COMPLETED') = (completed_at is not null)),
    check ((status = 'DECLINED') = (reason is not null))
);
create unique index referral_one_open on referral (case_id, to_party) where status in ('SENT', 'ACKNOWLEDGED', 'ACCEPTED');
create index referral_newest_sent on referral (from_party, sent_at desc, id desc);
create index referral_newest_received on referral (to_party, sent_at desc, id desc);
create index referral_newest on referral (sent_at desc, id desc);
create index referral_of_case on referral (case_id, sent_at desc, id desc);
create index referral_undecided on referral (sent_at) where status in ('SENT', 'ACKNOWLEDGED');

create table case_access (
    case_id uuid not null references case_file,
    party text not null references party,
    granted_by text not null,
    referral_id uuid,
    primary key (case_id, party),
    -- Only the responsible province's case is opened, and only to the end of its own referral.
    foreign key (case_id, granted_by) references case_file (id, party),
    foreign key (referral_id, case_id) references referral (id, case_id) deferrable,
    foreign key (referral_id, granted_by, party) references referral (id, from_party, to_party) deferrable,
    check ((referral_id is null) = (party = granted_by))
);
create index case_access_of_party on case_access (party, case_id);
create index case_access_by_others on case_access (party, case_id) where referral_id is not null;
create index case_access_of_referral on case_access (referral_id) where referral_id is not null;

create table referral_preview (
    referral_id uuid primary key,
    from_party text not null,
    to_party text not null,
    age_band text not null check (age_band in ('0-5', '6-12', '13-17', '18-59', '60+', 'UNKNOWN')),
    sex text not null check (sex in ('FEMALE', 'MALE', 'UNKNOWN')),
    category text check (category ~ '^[A-Z][A-Z0-9_]{1,63}$'),
    protection boolean not null,
    foreign key (referral_id, from_party, to_party) references referral (id, from_party, to_party) deferrable,
    check (protection = (category is null))
);

create table fitness_certificate (
    id uuid primary key,
    referral_id uuid not null,
    case_id uuid not null,
    leg integer not null check (leg between 1 and 100),
    party text not null references party,
    fitness text not null check (fitness in ('FIT', 'FIT_WITH_ESCORT', 'UNFIT')),
    certified_at timestamptz not null,
    statement text not null unique references ledger_entry (statement) deferrable,
    foreign key (referral_id, case_id) references referral (id, case_id),
    check (replace(id::text, '-', '') = left(statement, 32))
);
create index fitness_certificate_of_referral on fitness_certificate (referral_id, certified_at desc, id desc);
create index fitness_certificate_of_case on fitness_certificate (case_id);

create table condition_report (
    id uuid primary key,
    case_id uuid not null references case_file,
    party text not null references party,
    statement text not null unique references ledger_entry (statement) deferrable,
    consciousness text not null check (consciousness in ('GOOD', 'FAIR', 'POOR', 'CRITICAL')),
    mobility text not null check (mobility in ('GOOD', 'FAIR', 'POOR', 'CRITICAL')),
    injury text not null check (injury in ('GOOD', 'FAIR', 'POOR', 'CRITICAL')),
    illness text not null check (illness in ('GOOD', 'FAIR', 'POOR', 'CRITICAL')),
    nutrition text not null check (nutrition in ('GOOD', 'FAIR', 'POOR', 'CRITICAL')),
    mental text not null check (mental in ('GOOD', 'FAIR', 'POOR', 'CRITICAL')),
    unique (id, case_id, statement),
    check (replace(id::text, '-', '') = left(statement, 32))
);
create index condition_report_of_case on condition_report (case_id);

create table handover (
    id uuid primary key,
    referral_id uuid not null,
    case_id uuid not null,
    leg integer not null check (leg between 1 and 100),
    from_party text not null references party,
    to_party text not null references party,
    status text not null check (status in ('RELEASED', 'RECEIVED', 'REFUSED')),
    term text not null check (term in ('PT6H', 'PT24H', 'P3D', 'P7D', 'P14D', 'P3WD')),
    released_at timestamptz not null,
    settled_at timestamptz,
    agrees boolean,
    reason text check (reason ~ '^[A-Z][A-Z0-9_]{1,63}$'),
    release_statement text not null unique references ledger_entry (statement) deferrable,
    receipt_statement text unique references ledger_entry (statement) deferrable,
    release_condition_id uuid not null references condition_report deferrable,
    receipt_condition_id uuid references condition_report deferrable,
    version integer not null check (version >= 1),
    foreign key (referral_id, case_id) references referral (id, case_id),
    -- A condition belongs to the same case and to the statement that tells it.
    foreign key (release_condition_id, case_id, release_statement) references condition_report (id, case_id, statement) deferrable,
    foreign key (receipt_condition_id, case_id, receipt_statement) references condition_report (id, case_id, statement) deferrable,
    check (replace(id::text, '-', '') = left(release_statement, 32)),
    check (from_party <> to_party),
    check (settled_at >= released_at),
    check ((status = 'RELEASED') = (settled_at is null)),
    check ((status = 'RELEASED') = (receipt_statement is null)),
    check ((status = 'RELEASED') = (agrees is null)),
    check ((status = 'REFUSED') = (reason is not null)),
    check (status <> 'RELEASED' or receipt_condition_id is null),
    check (status <> 'RECEIVED' or receipt_condition_id is not null)
);
create unique index handover_one_open on handover (referral_id) where status = 'RELEASED';
create index handover_of_referral on handover (referral_id, released_at desc, id desc);
create index handover_of_case on handover (case_id);
create index handover_newest_released on handover (from_party, released_at desc, id desc);
create index handover_newest_received on handover (to_party, released_at desc, id desc);

create table opening (
    statement text not null references ledger_entry (statement) deferrable,
    name text not null check (name ~ '^[a-z][a-z_]*$'),
    case_id uuid not null references case_file,
    party text not null references party,
    value jsonb not null,
    salt bytea not null check (octet_length(salt) = 32),
    primary key (statement, name)
);
create index opening_of_case on opening (case_id);

create table idempotency (
    client_id text not null,
    mutation text not null,
    key text not null check (length(key) between 1 and 200),
    party text not null,
    content_sha256 text not null check (content_sha256 ~ '^[0-9a-f]{64}$'),
    payload jsonb not null,
    created_at timestamptz not null,
    primary key (client_id, mutation, key)
);
create index idempotency_oldest on idempotency (created_at);

create table oauth_client (
    client_id text primary key check (length(client_id) between 1 and 200),
    party text not null check (party ~ '^(ID-[A-Z]{2}|HOST|(AUDITOR|WITNESS):[A-Za-z0-9][A-Za-z0-9._-]{0,63})$'),
    name text not null,
    jwks jsonb not null,
    scopes text[] not null check (array_position(scopes, null) is null),
    purposes text[] not null check (cardinality(purposes) >= 1 and array_position(purposes, null) is null),
    created_at timestamptz not null,
    disabled_at timestamptz
);
create table oauth_token (
    jti text primary key,
    client_id text not null references oauth_client,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    check (expires_at > issued_at)
);
create index oauth_token_of_client on oauth_token (client_id);
create index oauth_token_oldest on oauth_token (expires_at);
-- UNLOGGED: what it guards against lives for minutes, and a crash that empties it also ends every open request.
create unlogged table oauth_replay (
    kind text not null check (kind in ('assertion', 'dpop')),
    value text not null,
    minute bigint not null,
    primary key (kind, value)
);
create index oauth_replay_oldest on oauth_replay (minute);
