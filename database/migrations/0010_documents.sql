-- Documents that a client's operator has registered, and clients that may send no others.

alter table oauth_client add column trusted_only boolean not null default false;
alter table oauth_client alter column trusted_only drop default; -- whoever registers a client says it
alter table oauth_client add constraint oauth_client_party unique (client_id, party);
grant update (trusted_only) on oauth_client to estafet_auth;

-- What stands under an id never changes: the id is the document's own hash. A client's party is one for life.
create table trusted_document (
    client_id text not null,
    sha256 text not null check (sha256 = encode(sha256(convert_to(document, 'UTF8')), 'hex')),
    party text not null,
    document text not null check (octet_length(document) between 1 and 100000),
    created_at timestamptz not null,
    primary key (client_id, sha256),
    foreign key (client_id, party) references oauth_client (client_id, party)
);

alter table trusted_document enable row level security;
alter table trusted_document force row level security;
create policy auth_keeps on trusted_document to estafet_auth using (true) with check (true);
create policy party_sees on trusted_document for select to estafet_app using (party = (select asking_party()));
grant select, insert, delete on trusted_document to estafet_auth;
grant select on trusted_document to estafet_app;
