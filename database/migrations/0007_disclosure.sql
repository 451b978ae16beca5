-- Who was shown what had been sealed: a row before anything is shown. An auditor finds openings only of a statement for which
-- this very transaction has written one, with a reason from a short list; so none is shown without a trace, by any road.
create table disclosure (
    id uuid primary key,
    statement text not null references ledger_entry (statement),
    party text not null,
    subject text not null,
    purpose text not null,
    reason text check (reason in ('BREACH', 'COMPLAINT', 'COURT', 'DATA_SUBJECT', 'SUPERVISION')),
    names text[], -- of the values shown; null: all
    at timestamptz not null,
    check (reason is not null or party like 'ID-%')
);
create index disclosure_of_statement on disclosure (statement, at);
create trigger kept before update or delete on disclosure for each row execute function rule_refused();
create trigger kept_whole before truncate on disclosure for each statement execute function rule_refused();
alter table disclosure enable row level security;
alter table disclosure force row level security;
-- Both ends of what was said see who was shown it.
create policy ends_see on disclosure for select to estafet_app using (
    party = (select asking_party())
    or exists (
        select from ledger_entry e where e.statement = disclosure.statement
            and (e.party = (select asking_party()) or e.other_party = (select asking_party()))
    )
);
create policy asker_tells on disclosure for insert to estafet_app
    with check (party = (select asking_party()) and at = now());
create policy auditor_sees on opening for select to estafet_app using (
    (select asking_party()) like 'AUDITOR:%' and exists (
        select from disclosure d where d.statement = opening.statement and d.party = (select asking_party()) and d.at = now()
    )
);
grant select, insert on disclosure to estafet_app;
