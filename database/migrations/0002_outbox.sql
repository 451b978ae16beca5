-- The outbox: what has changed, as ids and nothing else, for those who follow. Written in the act's own transaction, in
-- which the head of the ledger is locked until the commit: the order of (index, number) is the order of commits.

create table outbox (
    index bigint not null references ledger_entry,
    number integer not null check (number >= 1), -- of this entry's events
    topic text not null check (topic in ('referral', 'handover', 'obligation')),
    object_id uuid not null,
    referral_id uuid not null references referral,
    from_party text not null references party,
    to_party text not null references party,
    at timestamptz not null check (at = date_trunc('second', at, 'UTC')),
    primary key (index, number),
    check (from_party <> to_party),
    check (topic <> 'referral' or object_id = referral_id)
);
-- None by party, measured with 100,000 events, more than thirty days hold: the next page of a province that has its share
-- takes 0.1 to 2 ms, that of a quiet one, which passes all the others' by, 10. Row security says `or`, which no index serves;
-- asked as a union of both ends over two covering indexes the quiet one's takes 0.1 ms, and 25 where they were not vacuumed.
create index outbox_of_referral on outbox (referral_id, index, number);
create index outbox_oldest on outbox (at);

-- The last event that was forgotten, of each party: who comes back with an earlier cursor has missed something, and who
-- comes back with a later one has not, however long ago that was. 'AUDITOR' stands for all of them.
create table outbox_forgotten (
    party text primary key check (party ~ '^(ID-[A-Z]{2}|AUDITOR)$'),
    index bigint not null,
    number integer not null
);

alter table outbox enable row level security;
alter table outbox force row level security;
alter table outbox_forgotten enable row level security;
alter table outbox_forgotten force row level security;

create policy ends_see on outbox for select to estafet_app using (
    from_party = (select asking_party())
    or to_party = (select asking_party())
    or (topic = 'obligation' and (select asking_party()) like 'AUDITOR:%')
);
create policy ends_tell on outbox for insert to estafet_app
    with check (from_party = (select asking_party()) or to_party = (select asking_party()));
create policy worker_sees on outbox for select to estafet_worker using ((select asking_party()) = 'HOST');
create policy worker_tells on outbox for insert to estafet_worker with check ((select asking_party()) = 'HOST');
create policy worker_forgets on outbox for delete to estafet_worker using ((select asking_party()) = 'HOST');
grant select, insert on outbox to estafet_app;
grant select, insert, delete on outbox to estafet_worker;

create policy party_sees on outbox_forgotten for select to estafet_app using (
    party = (select asking_party()) or (party = 'AUDITOR' and (select asking_party()) like 'AUDITOR:%')
);
create policy worker_keeps on outbox_forgotten to estafet_worker
    using ((select asking_party()) = 'HOST') with check ((select asking_party()) = 'HOST');
grant select on outbox_forgotten to estafet_app;
grant select, insert, update on outbox_forgotten to estafet_worker;
