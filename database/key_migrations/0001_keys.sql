-- The key store: a database of its own, with a role of its own and backups that are kept for days, not for years. What is
-- deleted here is gone from everywhere: rows and old dumps of the other database that were sealed under it stay unreadable.
create table data_key (
    person uuid primary key,
    owner text not null check (owner ~ '^(ID-[A-Z]{2}|COMPARTMENT)$'), -- whose key-encryption key wraps it
    kek text not null check (kek ~ '^[0-9a-f]{16}$'), -- which of them
    wrapped bytea not null check (octet_length(wrapped) = 72), -- nonce, 32 bytes sealed, tag
    made_at timestamptz not null default now()
);
create index data_key_of_kek on data_key (kek, person);

revoke all on schema public from public;
grant usage on schema public to estafet_keys;
grant select, insert, delete on data_key to estafet_keys;
grant update (owner, kek, wrapped) on data_key to estafet_keys;
