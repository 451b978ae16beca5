-- What could hurt a person is sealed under a key of that person (see database/sealed.py), and whoever has it opened
-- leaves a row in the trail. Rows from before are sealed by the service at its next start: the checks below are held
-- against every row that is written from now on, and the plain columns go with a later release.

-- -- sealed data ----------------------------------------------------------------------------------------------------
alter table case_file add unique (id, person_id);

alter table person
    add column sealed bytea check (octet_length(sealed) > 64), -- a JSON object: names, NIK, date of birth
    add column erased_at timestamptz, -- the person's key is destroyed, and with it all that is sealed of the person
    alter column full_name drop not null,
    alter column aliases drop not null,
    add constraint person_is_sealed check (
        full_name is null and aliases is null and nik is null and birth_date is null and (sealed is null) = (erased_at is not null)
    ) not valid;
drop index person_of_party;
create index person_of_party on person (party);

-- Whom each row is about, so that both ends can seal under that person's key, also an end that may not see the case.
-- Row security stands in the owner's way, and no rule of moves is meant: it is the same transaction that lets them stand again.
alter table referral add column person_id uuid;
alter table condition_report add column person_id uuid;
alter table opening add column person_id uuid;
do $$
declare
    name text;
begin
    foreach name in array array['referral', 'condition_report', 'opening'] loop
        execute format('alter table %I disable trigger user', name);
        execute format('alter table %I no force row level security', name);
    end loop;
    alter table case_file no force row level security;
    foreach name in array array['referral', 'condition_report', 'opening'] loop
        execute format('update %I told set person_id = c.person_id from case_file c where c.id = told.case_id', name);
        execute format('alter table %I enable trigger user', name);
        execute format('alter table %I force row level security', name);
        execute format('alter table %I alter column person_id set not null', name);
        execute format('alter table %I add foreign key (case_id, person_id) references case_file (id, person_id)', name);
    end loop;
    alter table case_file force row level security;
end
$$;
drop trigger keep on referral;
create trigger keep before update on referral for each row execute function
    rule_keep('id', 'case_id', 'person_id', 'from_party', 'to_party', 'term_acknowledge', 'term_decide', 'sent_at');

alter table condition_report
    add column sealed bytea check (octet_length(sealed) > 64), -- a JSON object: the grades
    alter column consciousness drop not null,
    alter column mobility drop not null,
    alter column injury drop not null,
    alter column illness drop not null,
    alter column nutrition drop not null,
    alter column mental drop not null,
    add constraint condition_report_is_sealed check (
        num_nonnulls(consciousness, mobility, injury, illness, nutrition, mental) = 0 and sealed is not null
    ) not valid;

alter table opening
    add column sealed bytea check (octet_length(sealed) > 64), -- a JSON object: value and salt
    alter column value drop not null,
    alter column salt drop not null,
    add constraint opening_is_sealed check (value is null and salt is null and sealed is not null) not valid;
create index opening_of_person on opening (person_id);
create index condition_report_of_person on condition_report (person_id);

-- What was told once stays as it was told. A row from before is sealed, once; then nothing of it changes any more.
create function rule_sealed_once() returns trigger language plpgsql as $$
begin
    if old.sealed is null and new.sealed is not null
        and (new.statement, new.case_id, new.person_id, new.party) is not distinct from (old.statement, old.case_id, old.person_id, old.party) then
        return new;
    end if;
    raise exception '% of % is refused to everybody', tg_op, tg_table_name using errcode = 'integrity_constraint_violation';
end
$$;
drop trigger kept on opening;
create trigger kept before update on opening for each row execute function rule_sealed_once();
drop trigger kept on condition_report;
create trigger kept before update on condition_report for each row execute function rule_sealed_once();
create trigger never_deleted before delete on condition_report for each row execute function rule_refused();

-- Erased once is erased: no key is left under which anything could be sealed again.
create function rule_erased_once() returns trigger language plpgsql as $$
begin
    if old.erased_at is not null then
        raise exception 'a person who was erased stays so' using errcode = 'integrity_constraint_violation';
    end if;
    if new.erased_at is not null and exists (
        select from case_file where person_id = new.id and status <> 'CLOSED'
    ) then
        raise exception 'a person with an open case is not erased' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
create trigger erased_once before update on person for each row execute function rule_erased_once();

create policy owner_changes on person for update to estafet_app using (party = (select asking_party()));
grant update (full_name, aliases, initials, nik, birth_date, birth_date_estimated, sex, version, sealed, erased_at) on person to estafet_app;
create policy signer_seals on opening for update to estafet_app using (party = (select asking_party()));
grant update (value, salt, sealed) on opening to estafet_app;
create policy signer_seals on condition_report for update to estafet_app using (party = (select asking_party()));
grant update (consciousness, mobility, injury, illness, nutrition, mental, sealed) on condition_report to estafet_app;

-- -- the trail of reading -------------------------------------------------------------------------------------------
create table trail (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    party text not null check (party ~ '^(ID-[A-Z]{2}|HOST|(AUDITOR|WITNESS):[A-Za-z0-9][A-Za-z0-9._-]{0,63})$'),
    client text not null,
    subject text not null,
    purpose text not null,
    act text not null check (act in ('READ', 'JUDGED', 'REFUSED', 'OPENED', 'DOWNLOADED')),
    document text not null check (document ~ '^[0-9a-f]{64}$'), -- SHA-256 of what was asked, or of what was submitted
    fields text[] not null check (cardinality(fields) between 1 and 200 and array_position(fields, null) is null),
    persons uuid[] not null check (array_position(persons, null) is null),
    salt bytea not null,
    digest text references ledger_entry (statement) deferrable, -- the statement of the host that this row is counted in
    check ((act in ('REFUSED', 'DOWNLOADED')) = (cardinality(persons) = 0))
);
create index trail_undigested on trail (id) where digest is null;

-- Time and salt are the database's to say.
create function rule_trail_begins() returns trigger language plpgsql as $$
begin
    new.at := clock_now();
    new.salt := decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');
    new.digest := null;
    return new;
end
$$;
create trigger begins before insert on trail for each row execute function rule_trail_begins();

create function rule_trail_kept() returns trigger language plpgsql as $$
begin
    if old.digest is not null or new.digest is null or to_jsonb(old) - 'digest' <> to_jsonb(new) - 'digest' then
        raise exception 'a row of the trail stays as it is, and is counted once' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
create trigger kept before update on trail for each row execute function rule_trail_kept();
create trigger never_deleted before delete on trail for each row execute function rule_refused();
create trigger never_emptied before truncate on trail for each statement execute function rule_refused();

alter table trail enable row level security;
alter table trail force row level security;
revoke execute on all functions in schema public from public;
create policy asker_leaves on trail for insert to estafet_app with check (party = (select asking_party()));
-- What was written comes back as a number, and that needs the right to see it.
create policy party_sees on trail for select to estafet_app
    using (party = (select asking_party()) or (select asking_party()) = 'HOST');
create policy host_counts on trail for update to estafet_app using ((select asking_party()) = 'HOST');
grant select, insert on trail to estafet_app;
grant update (digest) on trail to estafet_app;

-- -- persons whose key is to be destroyed: noted with the statement, done after it ------------------------------------
create table erasure (
    person_id uuid primary key references person,
    statement text not null unique references ledger_entry (statement) deferrable,
    party text not null references party,
    destroyed_at timestamptz
);
create trigger keep before update on erasure for each row execute function rule_keep('person_id', 'statement', 'party');
create trigger never_deleted before delete on erasure for each row execute function rule_refused();
alter table erasure enable row level security;
alter table erasure force row level security;
create policy party_sees on erasure for select to estafet_app using (party = (select asking_party()));
create policy party_notes on erasure for insert to estafet_app with check (party = (select asking_party()));
create policy worker_sees on erasure for select to estafet_worker using ((select asking_party()) = 'HOST');
create policy worker_settles on erasure for update to estafet_worker using ((select asking_party()) = 'HOST');
grant select, insert on erasure to estafet_app;
grant select, update (destroyed_at) on erasure to estafet_worker;
