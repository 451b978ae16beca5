-- The journal. The only way to write an entry is `ledger_append`; nobody may change or remove one.

create trigger kept before update or delete on ledger_entry for each row execute function rule_refused();
create trigger kept_whole before truncate on ledger_entry for each statement execute function rule_refused();
create trigger kept before delete on ledger_head for each row execute function rule_refused();
create trigger kept_whole before truncate on ledger_head for each statement execute function rule_refused();
-- Restoring and replication tools set session_replication_role and skip ordinary triggers; not these.
alter table ledger_entry enable always trigger kept;
alter table ledger_entry enable always trigger kept_whole;
alter table ledger_head enable always trigger kept;
alter table ledger_head enable always trigger kept_whole;

create function rule_head_advances() returns trigger language plpgsql as $$
begin
    if new.size <> old.size + 1 or new.at < old.at or new.origin <> old.origin then
        raise exception 'the head of the ledger goes on by one' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
create trigger advances before update on ledger_head for each row execute function rule_head_advances();
alter table ledger_head enable always trigger advances;

-- The one clock, in whole seconds. A demo's past is written with the clock set back by `app.clock_shift`: only a log
-- whose origin says that it is a demo obeys it.
create function clock_now() returns timestamptz
    language sql volatile security definer set search_path = pg_catalog, public
    return date_trunc('second', clock_timestamp() + coalesce((
        select nullif(current_setting('app.clock_shift', true), '')::interval
        from ledger_head where origin like 'demo.estafet.invalid/%'
    ), interval '0'));

create function ledger_begin(p_origin text) returns void
    language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    if current_setting('app.party', true) is distinct from 'HOST' then
        raise exception 'the host begins the log' using errcode = 'insufficient_privilege';
    end if;
    insert into ledger_head values (true, p_origin, 0, repeat('0', 64), 'epoch');
end
$$;

create function ledger_append(
    p_statement text, p_envelope text, p_kind text, p_party text, p_other text, p_key text, p_seen_size bigint, p_referral uuid,
    out index bigint, out at timestamptz, out prev text, out leaf_hash text
) language plpgsql security definer set search_path = pg_catalog, public as $$
#variable_conflict use_column
declare
    head ledger_head;
    bytes bytea;
begin
    -- Under a snapshot taken before the lock the head could be read as it was: 310 forks in 400 appends, measured.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'the journal is written under READ COMMITTED' using errcode = 'invalid_transaction_state';
    end if;
    if p_party is null or asking_party() is distinct from p_party and asking_party() is distinct from 'HOST' then
        raise exception 'a party enters its own statements' using errcode = 'insufficient_privilege';
    end if;
    if p_envelope is not json object with unique keys then
        raise exception 'an envelope is a JSON object' using errcode = 'data_exception';
    end if;
    select h.* into head from ledger_head h where h."only" for update;
    if head is null then
        raise exception 'the log has not begun' using errcode = 'object_not_in_prerequisite_state';
    end if;
    ledger_append.index := head.size;
    ledger_append.prev := head.leaf_hash;
    ledger_append.at := greatest(clock_now(), head.at);
    -- RFC 8785 of {"at", "env", "index", "prev"}: these names are in its order and these values have one form.
    bytes := convert_to(format('{"at":"%s","env":%s,"index":%s,"prev":"%s"}',
        to_char(ledger_append.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), p_envelope, head.size, head.leaf_hash), 'UTF8');
    if octet_length(bytes) > 65535 then
        raise exception 'an entry holds 65,535 bytes' using errcode = 'program_limit_exceeded';
    end if;
    ledger_append.leaf_hash := encode(sha256('\x00'::bytea || bytes), 'hex');
    insert into ledger_entry (index, statement, prev, leaf_hash, at, kind, party, other_party, key, seen_size, referral_id, leaf)
    values (head.size, p_statement, head.leaf_hash, ledger_append.leaf_hash, ledger_append.at, p_kind, p_party, p_other, p_key,
            p_seen_size, p_referral, bytes);
    update ledger_head h set size = head.size + 1, leaf_hash = ledger_append.leaf_hash, at = ledger_append.at where h."only";
end
$$;

-- An entry, and how far it has come. The view is read with the asker's rights, not its owner's.
create view ledger_entry_told with (security_invoker) as
    select e.*, case when e.index < (select max(size) from checkpoint) then 'PUBLISHED' else 'LOGGED' end as state
    from ledger_entry e;
