-- Who may see and do what. Every table is under FORCED row security, so that even its owner sees nothing without a
-- policy. Shapes (measured): `party = (select asking_party())`, computed once a statement, and for what is listed
-- `id = any(array(select ...))`, 30 ms against 411 with `exists` on 500,000 rows. No setting: asking_party() is null,
-- nothing is equal to null, there are no rows.

revoke all on schema public from public;
grant usage on schema public to estafet_app, estafet_auth, estafet_worker, estafet_auditor;
revoke execute on all functions in schema public from public;
grant execute on function asking_party(), clock_now() to estafet_app, estafet_auth, estafet_worker, estafet_auditor;
grant execute on function ledger_append to estafet_app, estafet_worker;
grant execute on function ledger_begin to estafet_app;

do $$
declare
    name text;
begin
    for name in select tablename from pg_tables where schemaname = 'public' loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
    end loop;
end
$$;

-- -- the migration's own note, and what is the same for everybody -------------------------------------------------
create policy migrating on alembic_version to estafet_owner using (true) with check (true);

do $$
declare
    name text;
begin
    foreach name in array array['party', 'agreement', 'agreement_clause', 'agreement_term', 'register_key', 'checkpoint', 'ledger_head']
    loop
        execute format('create policy everybody_sees on %I for select using (true)', name);
        execute format('grant select on %I to estafet_app, estafet_auth, estafet_worker, estafet_auditor', name);
    end loop;
    foreach name in array array['party', 'agreement', 'agreement_clause', 'agreement_term']
    loop
        execute format('create policy host_adds on %I for insert to estafet_app with check ((select asking_party()) = ''HOST'')', name);
        execute format('grant insert on %I to estafet_app', name);
    end loop;
end
$$;

create policy party_adds on register_key for insert to estafet_app
    with check ((select asking_party()) in (party, 'HOST'));
create policy party_revokes on register_key for update to estafet_app
    using ((select asking_party()) in (party, 'HOST'));
grant insert, update (revoked_index, since_claimed) on register_key to estafet_app;

create policy publisher_adds on checkpoint for insert to estafet_worker with check ((select asking_party()) = 'HOST');
grant insert on checkpoint to estafet_worker;

-- -- the ledger: written by its two functions, which run as the owner -----------------------------------------------
create policy journal_begins on ledger_head for insert to estafet_owner with check (true);
create policy journal_advances on ledger_head for update to estafet_owner using (true);
create policy journal_writes on ledger_entry for insert to estafet_owner with check (true);

create policy worker_sees on ledger_entry for select to estafet_worker using ((select asking_party()) = 'HOST');
create policy auditor_sees on ledger_entry for select to estafet_auditor
    using ((select asking_party()) = 'HOST' or (select asking_party()) like 'AUDITOR:%' or (select asking_party()) like 'WITNESS:%');
create policy party_sees on ledger_entry for select to estafet_app using (
    party = (select asking_party())
    or other_party = (select asking_party())
    -- The register and the agreement concern every party; no stranger asks without a name.
    or ((kind like 'key.%' or party in ('FORUM', 'HOST') and referral_id is null) and (select asking_party()) is not null)
    -- The host's word on a referral is for its two ends; a referral's own policy says whose it is.
    or (party = 'HOST' and referral_id = any (array(select id from referral where status = 'EXPIRED')))
    or (select asking_party()) = 'HOST'
    or (select asking_party()) like 'AUDITOR:%'
    or (select asking_party()) like 'WITNESS:%'
);
grant select on ledger_entry, ledger_entry_told to estafet_app, estafet_worker, estafet_auditor;

-- -- cases and persons: the responsible province's, and whom an accepted referral opens them to ----------------------
-- The arrays hold what others have opened to the asker, never its own cases: they stay short.
create policy party_sees on case_access for select to estafet_app
    using (party = (select asking_party()) or granted_by = (select asking_party()));
create policy owner_keeps on case_access for insert to estafet_app
    with check (party = (select asking_party()) and referral_id is null);
create policy receiver_takes on case_access for insert to estafet_app with check (
    party = (select asking_party())
    and exists (
        select from referral r
        where r.id = referral_id and r.to_party = (select asking_party()) and r.status in ('SENT', 'ACKNOWLEDGED', 'ACCEPTED')
    )
);
create policy owner_takes_back on case_access for delete to estafet_app
    using (granted_by = (select asking_party()) and referral_id is not null);
create policy worker_sees on case_access for select to estafet_worker
    using (referral_id is not null and (select asking_party()) = 'HOST');
create policy worker_takes_back on case_access for delete to estafet_worker
    using (referral_id is not null and (select asking_party()) = 'HOST');
grant select, insert, delete on case_access to estafet_app;
grant select, delete on case_access to estafet_worker;

create policy party_sees on case_file for select to estafet_app using (
    party = (select asking_party())
    or id = any (array(
        select case_id from case_access where party = (select asking_party()) and referral_id is not null
    ))
);
create policy owner_opens on case_file for insert to estafet_app with check (party = (select asking_party()));
create policy owner_changes on case_file for update to estafet_app using (party = (select asking_party()));
grant select, insert on case_file to estafet_app;
grant update (status, category, vulnerabilities, risk, outcome, assessed_at, closed_at, version) on case_file to estafet_app;

-- Persons, like what is told of them below, are reached by key and never listed: there `exists` looks once a row into an
-- index, where an array would be built of every case first (fifty by key, of 300,000: 1 to 20 ms against 130 to 260).
create policy party_sees on person for select to estafet_app using (
    party = (select asking_party())
    or exists (
        select from case_file c join case_access a on a.case_id = c.id
        where c.person_id = person.id and a.party = (select asking_party()) and a.referral_id is not null
    )
);
create policy owner_writes on person for insert to estafet_app with check (party = (select asking_party()));
grant select, insert on person to estafet_app;

-- -- referrals: both ends see the skeleton; what is inside follows the case -----------------------------------------
create policy ends_see on referral for select to estafet_app
    using (from_party = (select asking_party()) or to_party = (select asking_party()));
create policy sender_sends on referral for insert to estafet_app with check (from_party = (select asking_party()));
create policy ends_move on referral for update to estafet_app
    using (from_party = (select asking_party()) or to_party = (select asking_party()));
create policy worker_sees on referral for select to estafet_worker using ((select asking_party()) = 'HOST');
create policy worker_expires on referral for update to estafet_worker
    using ((select asking_party()) = 'HOST' and status in ('SENT', 'ACKNOWLEDGED'))
    with check ((select asking_party()) = 'HOST' and status = 'EXPIRED');
grant select, insert on referral to estafet_app;
grant update (status, acknowledged_at, decided_at, completed_at, reason, last_statement, version) on referral to estafet_app;
grant select on referral to estafet_worker;
grant update (status, decided_at, last_statement, version) on referral to estafet_worker;

create policy ends_see on referral_preview for select to estafet_app
    using (from_party = (select asking_party()) or to_party = (select asking_party()));
create policy sender_shows on referral_preview for insert to estafet_app with check (from_party = (select asking_party()));
create policy ends_delete on referral_preview for delete to estafet_app
    using (from_party = (select asking_party()) or to_party = (select asking_party()));
create policy worker_sees on referral_preview for select to estafet_worker using ((select asking_party()) = 'HOST');
create policy worker_deletes on referral_preview for delete to estafet_worker using ((select asking_party()) = 'HOST');
grant select, insert, delete on referral_preview to estafet_app;
-- Which there are, not what they show.
grant select (referral_id), delete on referral_preview to estafet_worker;

create policy ends_see on handover for select to estafet_app
    using (from_party = (select asking_party()) or to_party = (select asking_party()));
create policy sender_releases on handover for insert to estafet_app with check (from_party = (select asking_party()));
create policy receiver_settles on handover for update to estafet_app using (to_party = (select asking_party()));
-- The sweep of expired referrals asks whether anybody was released.
create policy worker_sees on handover for select to estafet_worker using ((select asking_party()) = 'HOST');
grant select, insert on handover to estafet_app;
grant update (status, settled_at, agrees, reason, receipt_statement, receipt_condition_id, version) on handover to estafet_app;
grant select on handover to estafet_worker;

do $$
declare
    name text;
begin
    foreach name in array array['fitness_certificate', 'condition_report', 'opening']
    loop
        execute format('create policy party_sees on %I for select to estafet_app using ('
            'party = (select asking_party())'
            ' or exists (select from case_access a where a.case_id = %I.case_id and a.party = (select asking_party())))', name, name);
        execute format('create policy signer_tells on %I for insert to estafet_app with check (party = (select asking_party()))', name);
        execute format('grant select, insert on %I to estafet_app', name);
    end loop;
end
$$;

create policy party_sees on idempotency for select to estafet_app using (party = (select asking_party()));
create policy party_keeps on idempotency for insert to estafet_app with check (party = (select asking_party()));
create policy worker_sees on idempotency for select to estafet_worker using ((select asking_party()) = 'HOST');
create policy worker_forgets on idempotency for delete to estafet_worker using ((select asking_party()) = 'HOST');
grant select, insert on idempotency to estafet_app;
grant select (created_at), delete on idempotency to estafet_worker;

-- -- access: the authorization server alone -------------------------------------------------------------------------
create policy auth_keeps on oauth_client to estafet_auth using (true) with check (true);
create policy auth_keeps on oauth_token to estafet_auth using (true) with check (true);
create policy auth_keeps on oauth_replay to estafet_auth using (true) with check (true);
grant select, insert, update, delete on oauth_token, oauth_replay to estafet_auth;
grant select, insert on oauth_client to estafet_auth;
grant update (name, jwks, scopes, purposes, disabled_at) on oauth_client to estafet_auth;
