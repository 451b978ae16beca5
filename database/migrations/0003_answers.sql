-- What was not as it was said is answered, and both ends record their papers.

-- -- handovers: an answer to what was not as it was said, and the papers of both ends -------------------------------
alter table handover
    add column answered_at timestamptz,
    add column answer_statement text unique references ledger_entry (statement) deferrable,
    add unique (id, referral_id),
    add check ((answered_at is null) = (answer_statement is null)),
    add check (answered_at >= settled_at),
    add check (answered_at is null or not agrees);

create or replace function rule_handover_moves() returns trigger language plpgsql as $$
begin
    if old.status = 'RELEASED' and new.status in ('RECEIVED', 'REFUSED') and new.answered_at is null
        and old.to_party is not distinct from asking_party() then
        return new;
    end if;
    -- What was settled stays so; where the two ends did not agree, the one that released answers, once.
    if old.status <> 'RELEASED' and old.answered_at is null and new.answered_at is not null and not old.agrees
        and old.from_party is not distinct from asking_party()
        and (new.status, new.settled_at, new.agrees, new.reason, new.receipt_statement, new.receipt_condition_id) is not distinct from
            (old.status, old.settled_at, old.agrees, old.reason, old.receipt_statement, old.receipt_condition_id) then
        return new;
    end if;
    raise exception 'a released handover is settled once by its receiver, and answered once by its sender where they disagree'
        using errcode = 'integrity_constraint_violation';
end
$$;

create table handover_paper (
    statement text primary key references ledger_entry (statement) deferrable,
    handover_id uuid not null references handover,
    party text not null references party,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    of text not null check (of in ('RELEASE', 'RECEIPT')),
    recorded_at timestamptz not null,
    unique (handover_id, of, party)
);

create function rule_paper_recorded() returns trigger language plpgsql as $$
begin
    if new.party is distinct from asking_party() or not exists (
        select from handover
        where id = new.handover_id and new.party in (from_party, to_party) and (new.of = 'RELEASE' or settled_at <= new.recorded_at)
    ) then
        raise exception 'a paper is recorded by an end of its handover, for itself' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
create trigger recorded before insert on handover_paper for each row execute function rule_paper_recorded();
create trigger kept before update or delete on handover_paper for each row execute function rule_refused();

-- -- a referral that is over may still be answered on ------------------------------------------------------------
-- `rule_referral_moves` knows of no act on a referral that is over: it is asked of all others, and of this one at the commit.
drop trigger moves on referral;
create trigger moves before update on referral for each row
    when (old.status not in ('COMPLETED', 'WITHDRAWN') or new.status <> old.status) execute function rule_referral_moves();

create function rule_referral_answered() returns trigger language plpgsql as $$
begin
    if old.from_party is distinct from asking_party() or new.last_statement = old.last_statement
        or (new.acknowledged_at, new.decided_at, new.completed_at) is distinct from (old.acknowledged_at, old.decided_at, old.completed_at)
        or not exists (select from handover where referral_id = new.id and answer_statement = new.last_statement) then
        raise exception 'a referral that is over moves on only by the answer to a discrepancy, and stays as it ended'
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end
$$;
create constraint trigger answered after update on referral deferrable initially deferred for each row
    when (old.status in ('COMPLETED', 'WITHDRAWN')) execute function rule_referral_answered();

-- -- who may see and do what ----------------------------------------------------------------------------------------
alter table handover_paper enable row level security;
alter table handover_paper force row level security;
revoke execute on all functions in schema public from public;

create policy sender_answers on handover for update to estafet_app using (from_party = (select asking_party()));
grant update (answered_at, answer_statement) on handover to estafet_app;

create policy ends_see on handover_paper for select to estafet_app
    using (exists (select from handover h where h.id = handover_id));
create policy end_records on handover_paper for insert to estafet_app with check (party = (select asking_party()));
grant select, insert on handover_paper to estafet_app;
-- `estafet check --ledger` holds the papers against the log, too.
create policy worker_sees on handover_paper for select to estafet_worker using ((select asking_party()) = 'HOST');
grant select on handover_paper to estafet_worker;
