-- The host's pulse, and who sees what the host notes on an obligation.

-- When the service was last known to be up. One row; who starts after a silence locks it, and so tells of it alone.
create table heartbeat (
    "only" boolean primary key check ("only"),
    at timestamptz not null check (at = date_trunc('second', at, 'UTC'))
);

create function rule_beats() returns trigger language plpgsql as $$
begin
    if new.at < old.at then
        raise exception 'a heartbeat is never taken back' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
create trigger beats before update on heartbeat for each row execute function rule_beats();
create trigger kept before delete on heartbeat for each row execute function rule_refused();
revoke execute on function rule_beats() from public;

alter table heartbeat enable row level security;
alter table heartbeat force row level security;
create policy worker_keeps on heartbeat to estafet_worker
    using ((select asking_party()) = 'HOST') with check ((select asking_party()) = 'HOST');
grant select, insert, update on heartbeat to estafet_worker;

-- The host's word on an obligation is for its two ends: asked by key, of the few entries that are such a word.
create index obligation_noted on obligation (noted_by) where noted_by is not null;
drop policy party_sees on ledger_entry;
create policy party_sees on ledger_entry for select to estafet_app using (
    party = (select asking_party())
    or other_party = (select asking_party())
    or ((kind like 'key.%' or party in ('FORUM', 'HOST') and referral_id is null) and (select asking_party()) is not null)
    or (party = 'HOST' and referral_id = any (array(select id from referral where status = 'EXPIRED')))
    or (kind = 'obligation.breach_noted' and exists (select from obligation where noted_by = statement))
    or (select asking_party()) = 'HOST'
    or (select asking_party()) like 'AUDITOR:%'
    or (select asking_party()) like 'WITNESS:%'
);
