-- Rules over time and between rows: the second place of every invariant that `casework` decides in the first.
-- They hold for everybody, the owner and superusers included, until somebody disables a trigger.

create function asking_party() returns text language sql stable
    return nullif(current_setting('app.party', true), '');

-- What may never change, by column name.
create function rule_keep() returns trigger language plpgsql as $$
declare
    name text;
begin
    foreach name in array tg_argv loop
        if to_jsonb(old) -> name is distinct from to_jsonb(new) -> name then
            raise exception '%.% never changes', tg_table_name, name using errcode = 'integrity_constraint_violation';
        end if;
    end loop;
    return new;
end
$$;

-- Every change is the next version: two writers of one version cannot both succeed.
create function rule_next_version() returns trigger language plpgsql as $$
begin
    if new.version <> (case tg_op when 'INSERT' then 1 else old.version + 1 end) then
        raise exception '% of % is not the next version', new.version, tg_table_name using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create function rule_refused() returns trigger language plpgsql as $$
begin
    raise exception '% of % is refused to everybody', tg_op, tg_table_name using errcode = 'integrity_constraint_violation';
end
$$;

-- -- cases --------------------------------------------------------------------------------------------------------
create function rule_case_moves() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.status <> 'OPENED' then
            raise exception 'a case begins as OPENED' using errcode = 'integrity_constraint_violation';
        end if;
        return new;
    end if;
    if old.status || '>' || new.status not in ('OPENED>ASSESSED', 'OPENED>CLOSED', 'ASSESSED>ASSESSED', 'ASSESSED>CLOSED') then
        raise exception 'a case does not go from % to %', old.status, new.status using errcode = 'integrity_constraint_violation';
    end if;
    -- Sending locks the case's row (rule_referral_begins), so no referral can be opened between this look and the commit.
    if new.status = 'CLOSED' and exists (
        select from referral where case_id = new.id and status in ('SENT', 'ACKNOWLEDGED', 'ACCEPTED')
    ) then
        raise exception 'a case with an open referral is not closed' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

-- -- referrals ----------------------------------------------------------------------------------------------------
create function rule_referral_begins() returns trigger language plpgsql as $$
declare
    stage text;
begin
    select status into stage from case_file where id = new.case_id for no key update;
    if new.status <> 'SENT' or stage is distinct from 'ASSESSED' or new.from_party is distinct from asking_party() then
        raise exception 'a referral begins as SENT, for an assessed case, by its sender' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create function rule_referral_moves() returns trigger language plpgsql as $$
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
        or old.decided_at is not null and new.decided_at is distinct from old.decided_at and move <> 'ACCEPTED>WITHDRAWN' then
        raise exception 'what happened to a referral keeps its time' using errcode = 'integrity_constraint_violation';
    end if;
    if move = 'ACCEPTED>WITHDRAWN' and exists (select from handover where referral_id = new.id and status <> 'REFUSED') then
        raise exception 'a referral whose person was released is not withdrawn' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

-- Looked at when the transaction commits: what it says must be true of the whole act, in whatever order it was written.
create function rule_referral_settled() returns trigger language plpgsql as $$
begin
    if new.status in ('DECLINED', 'WITHDRAWN', 'EXPIRED') and exists (select from case_access where referral_id = new.id) then
        raise exception 'the case stays open to a province that did not take it' using errcode = 'integrity_constraint_violation';
    end if;
    if new.status not in ('SENT', 'ACKNOWLEDGED') and exists (select from referral_preview where referral_id = new.id) then
        raise exception 'the preview outlives the decision' using errcode = 'integrity_constraint_violation';
    end if;
    if new.status = 'COMPLETED' and not exists (select from handover where referral_id = new.id and status = 'RECEIVED') then
        raise exception 'a referral is completed by a receipt' using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end
$$;

create function rule_access_granted() returns trigger language plpgsql as $$
begin
    if new.referral_id is not null and not exists (
        select from referral where id = new.referral_id and status in ('ACCEPTED', 'COMPLETED')
    ) then
        raise exception 'a case is opened by accepting its referral' using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end
$$;

-- -- handovers ----------------------------------------------------------------------------------------------------
create function rule_handover_begins() returns trigger language plpgsql as $$
begin
    if new.status <> 'RELEASED' or new.from_party is distinct from asking_party() or not exists (
        select from referral
        where id = new.referral_id and status = 'ACCEPTED'
            and (new.leg > 1 or from_party = new.from_party) and to_party = new.to_party
    ) then
        raise exception 'a handover begins as RELEASED, under an accepted referral, by the one who releases'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create function rule_handover_moves() returns trigger language plpgsql as $$
begin
    if old.status <> 'RELEASED' or new.status not in ('RECEIVED', 'REFUSED') or old.to_party is distinct from asking_party() then
        raise exception 'a released handover is received or refused, once, by the one it is released to'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create trigger keep before update on person for each row
    execute function rule_keep('id', 'party', 'created_at');
create trigger next_version before insert or update on person for each row execute function rule_next_version();

create trigger keep before update on case_file for each row
    execute function rule_keep('id', 'party', 'number', 'person_id', 'opened_at');
create trigger moves before insert or update on case_file for each row execute function rule_case_moves();
create trigger next_version before insert or update on case_file for each row execute function rule_next_version();

create trigger begins before insert on referral for each row execute function rule_referral_begins();
create trigger keep before update on referral for each row
    execute function rule_keep('id', 'case_id', 'from_party', 'to_party', 'term_acknowledge', 'term_decide', 'sent_at');
create trigger moves before update on referral for each row execute function rule_referral_moves();
create trigger next_version before insert or update on referral for each row execute function rule_next_version();
create constraint trigger settled after update on referral deferrable initially deferred for each row
    execute function rule_referral_settled();

create trigger kept before update on case_access for each row execute function rule_refused();
create constraint trigger granted after insert on case_access deferrable initially deferred for each row
    execute function rule_access_granted();
create trigger kept before update on referral_preview for each row execute function rule_refused();

create trigger begins before insert on handover for each row execute function rule_handover_begins();
create trigger keep before update on handover for each row
    execute function rule_keep('id', 'referral_id', 'case_id', 'leg', 'from_party', 'to_party', 'term', 'released_at',
                               'release_statement', 'release_condition_id');
create trigger moves before update on handover for each row execute function rule_handover_moves();
create trigger next_version before insert or update on handover for each row execute function rule_next_version();

create trigger keep before update on register_key for each row
    execute function rule_keep('name', 'party', 'public', 'use', 'valid_from', 'valid_until', 'added_index');

-- What was told once stays as it was told. (Openings are deleted when a person is erased; nothing rewrites them.)
create trigger kept before update on opening for each row execute function rule_refused();
create trigger kept before update or delete on condition_report for each row execute function rule_refused();
create trigger kept before update or delete on fitness_certificate for each row execute function rule_refused();
create trigger kept before update or delete on agreement for each row execute function rule_refused();
create trigger kept before update or delete on checkpoint for each row execute function rule_refused();
