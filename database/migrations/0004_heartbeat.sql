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

-- -- a referral that is completed may still be answered on ------------------------------------------------------------
create or replace function rule_referral_moves() returns trigger language plpgsql as $$
declare
    move text := old.status || '>' || new.status;
    mover text := asking_party();
    may text := case
        when move in ('SENT>ACKNOWLEDGED', 'SENT>ACCEPTED', 'SENT>DECLINED', 'ACKNOWLEDGED>ACCEPTED', 'ACKNOWLEDGED>DECLINED',
                      'ACCEPTED>COMPLETED') then old.to_party
        when move in ('SENT>WITHDRAWN', 'ACKNOWLEDGED>WITHDRAWN', 'ACCEPTED>WITHDRAWN') then old.from_party
        when move in ('SENT>EXPIRED', 'ACKNOWLEDGED>EXPIRED') then 'HOST'
        -- An act that names the referral and leaves it where it is: a certificate, a release, a refused handover.
        when move in ('SENT>SENT', 'ACKNOWLEDGED>ACKNOWLEDGED', 'ACCEPTED>ACCEPTED') then mover
        -- Completed, and then what was not as it was said is answered: see `answered` below.
        when move = 'COMPLETED>COMPLETED' then old.from_party
    end;
begin
    if may is null then
        raise exception 'a referral does not go from % to %', old.status, new.status using errcode = 'integrity_constraint_violation';
    end if;
    if may is distinct from mover or mover not in (old.from_party, old.to_party, 'HOST') then
        raise exception 'this move of a referral is not this party''s' using errcode = 'integrity_constraint_violation';
    end if;
    if new.last_statement = old.last_statement then
        raise exception 'a referral moves by a statement of its own' using errcode = 'integrity_constraint_violation';
    end if;
    if old.acknowledged_at is not null and new.acknowledged_at is distinct from old.acknowledged_at
        or old.decided_at is not null and new.decided_at is distinct from old.decided_at and move <> 'ACCEPTED>WITHDRAWN'
        or old.completed_at is not null and new.completed_at is distinct from old.completed_at then
        raise exception 'what happened to a referral keeps its time' using errcode = 'integrity_constraint_violation';
    end if;
    if move = 'ACCEPTED>WITHDRAWN' and exists (select from handover where referral_id = new.id and status <> 'REFUSED') then
        raise exception 'a referral whose person was released is not withdrawn' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create function rule_referral_answered() returns trigger language plpgsql as $$
begin
    if not exists (select from handover where referral_id = new.id and answer_statement = new.last_statement) then
        raise exception 'a completed referral moves on only by the answer to a discrepancy' using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end
$$;
create constraint trigger answered after update on referral deferrable initially deferred for each row
    when (old.status = 'COMPLETED') execute function rule_referral_answered();
revoke execute on function rule_referral_answered() from public;

-- -- `estafet check --ledger` holds the papers against the log, too ------------------------------------------------------
create policy worker_sees on handover_paper for select to estafet_worker using ((select asking_party()) = 'HOST');
grant select on handover_paper to estafet_worker;
