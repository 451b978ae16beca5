-- What each province owes: every obligation as it is now and as it was at any instant.
-- Rules over time stand in triggers, as in 0001_rules.sql: the second place of what `casework` decides in the first.

-- -- the agreement says under which clause each duty falls ------------------------------------------------------------
-- An added column can be filled for rows that their own owner may not update by computing it; then it is told.
alter table agreement_term add column clause text not null generated always as (
    case
        when obligation like 'referral.%' or obligation = 'departure.notice' then 'coordination'
        when obligation like 'tracing.%' then 'identity_tracing'
        when obligation like 'aftercare.%' then 'social_rehabilitation'
        when obligation in ('fitness.check', 'discrepancy.answer') then 'good_condition'
        else 'repatriation'
    end
) stored;
alter table agreement_term alter column clause drop expression;
alter table agreement_term add foreign key (agreement_sha256, clause) references agreement_clause (agreement_sha256, key);
-- One agreement is in force: an obligation names its clause by the key alone.
alter table agreement_clause add unique (key);

-- -- obligations ------------------------------------------------------------------------------------------------------
-- Whether both ends have recorded the same paper.
create function papers_agree(papers jsonb, debtor text, creditor text) returns boolean language sql immutable parallel safe
    return exists (
        select from jsonb_array_elements(papers) one, jsonb_array_elements(papers) other
        where one ->> 'party' = debtor and other ->> 'party' = creditor and one ->> 'sha256' = other ->> 'sha256'
    );

-- What has become of an obligation at an instant, from its row as it was then.
create function obligation_state(
    ending text, ended_at timestamptz, due_at timestamptz, entered_late boolean, paused_since timestamptz, at timestamptz
) returns text language sql immutable parallel safe
    return case
        when ending = 'WAIVED' then 'WAIVED'
        when ending = 'RELEASED' then case when ended_at <= due_at then 'MET' else 'BREACHED' end
        when ending = 'SETTLED' then case when ended_at <= due_at or entered_late then 'MET' else 'MET_LATE' end
        when paused_since is not null then 'PAUSED'
        when due_at < at then 'BREACHED'
        else 'OPEN'
    end;

create table obligation (
    id uuid primary key,
    kind text not null references duty,
    clause text not null references agreement_clause (key),
    basis text not null check (basis in ('published', 'proposed')),
    referral_id uuid not null,
    case_id uuid not null,
    handover_id uuid, -- told by the trigger: the one that was released or settled by `opened_by`
    debtor text not null references party,
    creditor text not null references party,
    term text not null check (term in ('PT6H', 'PT24H', 'P3D', 'P7D', 'P14D', 'P3WD')),
    opened_by text not null references ledger_entry (statement) deferrable,
    opened_at timestamptz not null,
    opened_month date not null check (extract(day from opened_month) = 1),
    due_at timestamptz not null,
    stops tstzmultirange not null,
    paused_since timestamptz,
    ending text check (ending in ('SETTLED', 'RELEASED', 'WAIVED')),
    ended_at timestamptz,
    ended_by text references ledger_entry (statement) deferrable,
    ended_kind text,
    entered_late boolean not null,
    contested boolean not null,
    papers jsonb not null check (jsonb_typeof(papers) = 'array'),
    waiver_offer text references ledger_entry (statement) deferrable,
    pause_offer text references ledger_entry (statement) deferrable,
    noted_by text references ledger_entry (statement) deferrable,
    noted_at timestamptz,
    valid_from timestamptz not null, -- when the entry was made that this version is of
    version integer not null check (version >= 1),
    from_party text not null, -- told by the trigger, with the other: the referral's two ends
    to_party text not null,
    foreign key (referral_id, case_id) references referral (id, case_id),
    foreign key (referral_id, from_party, to_party) references referral (id, from_party, to_party),
    foreign key (handover_id, referral_id) references handover (id, referral_id),
    foreign key (kind, ended_kind, ending) references duty_act (duty, act, does),
    unique (opened_by, kind),
    check (id = left(encode(sha256((kind || chr(10) || opened_by || chr(10) || replace(referral_id::text, '-', ''))::bytea), 'hex'), 32)::uuid),
    check (debtor <> creditor),
    check (array[debtor, creditor] <@ array[from_party, to_party]),
    check (due_at >= opened_at),
    check (ended_at >= opened_at),
    check (valid_from >= greatest(opened_at, ended_at, paused_since)),
    check ((ending is null) = (ended_at is null)),
    check ((ending is null) = (ended_by is null)),
    check ((ending is null) = (ended_kind is null)),
    check (ending is distinct from 'WAIVED' or waiver_offer is not null),
    check (ending is distinct from 'WAIVED' or ended_at <= due_at),
    check (ending is null or paused_since is null),
    check (paused_since is null or pause_offer is not null),
    check ((noted_by is null) = (noted_at is null)),
    check (not (entered_late and contested)),
    check (not (entered_late or contested) or ending = 'SETTLED' and ended_at > due_at and papers <> '[]')
);
create index obligation_of_referral on obligation (referral_id, due_at, id);
create index obligation_of_case on obligation (case_id);
create index obligation_of_handover on obligation (handover_id, due_at, id) where handover_id is not null;
create index obligation_owed_by on obligation (debtor, due_at, id);
create index obligation_owed_to on obligation (creditor, due_at, id);
create index obligation_by_due on obligation (due_at, id);
create index obligation_unended on obligation (debtor, due_at, id)
    include (creditor, clause, opened_month, paused_since, valid_from) where ending is null;
create index obligation_unended_of_referral on obligation (referral_id, due_at, id) where ending is null;
create index obligation_ended_since on obligation (valid_from)
    include (debtor, creditor, clause, opened_month, ending, ended_at, due_at, entered_late, contested) where ending is not null;
create index obligation_unnoted on obligation (due_at) where ending is null and paused_since is null and noted_by is null;

-- Every superseded version, from its own entry to the next; what two entries of one second left between them was never.
-- `valid_until` closes each index, where it is judged without a look at the row: 1 ms for a page against 100 to 260.
create table obligation_past (like obligation, valid_until timestamptz not null, primary key (id, version), check (valid_until > valid_from));
create index obligation_past_of_referral on obligation_past (referral_id, due_at, id);
create index obligation_past_owed_by on obligation_past (debtor, due_at, id, valid_until);
create index obligation_past_owed_to on obligation_past (creditor, due_at, id, valid_until);
create index obligation_past_by_due on obligation_past (due_at, id, valid_until);
create index obligation_past_until on obligation_past (valid_until, valid_from)
    include (debtor, creditor, clause, opened_month, ending, ended_at, due_at, entered_late, paused_since, contested);

-- What has ended, counted as it ends: a summary of 450,000 rows reads some thousands (23 ms against 230, measured). An act
-- holds the head of the ledger when it writes here, so that no two wait for each other's counts.
create table obligation_tally (
    debtor text not null references party,
    creditor text not null references party,
    clause text not null references agreement_clause (key),
    opened_month date not null,
    met integer not null check (met >= 0),
    met_late integer not null check (met_late >= 0),
    breached integer not null check (breached >= 0), -- taken back too late
    waived integer not null check (waived >= 0),
    entered_late integer not null check (entered_late >= 0),
    contested integer not null check (contested >= 0),
    primary key (debtor, creditor, clause, opened_month)
) with (fillfactor = 50);

create function rule_obligation_begins() returns trigger language plpgsql as $$
declare
    said text := (select kind from ledger_entry where statement = new.opened_by and referral_id = new.referral_id
        and at = new.opened_at and party = new.creditor);
begin
    if new.creditor is distinct from asking_party()
        or not exists (select from duty_act where duty = new.kind and act = said and does = 'OPENED') then
        raise exception 'an obligation is opened by an entry of the one it is owed to' using errcode = 'integrity_constraint_violation';
    end if;
    if new.valid_from <> new.opened_at or new.stops <> '{}' or new.papers <> '[]'
        or num_nonnulls(new.paused_since, new.waiver_offer, new.pause_offer, new.noted_by) > 0
        or new.ending is not null and (new.ending <> 'SETTLED' or (new.ended_by, new.ended_kind) is distinct from (new.opened_by, said)) then
        raise exception 'an obligation begins open; only an answer that nobody asks for is met by what opens it'
            using errcode = 'integrity_constraint_violation';
    end if;
    if new.opened_month <> (
        select date_trunc('month', (new.opened_at at time zone 'UTC') + make_interval(mins => utc_offset_minutes))::date
        from party where code = new.debtor
    ) then
        raise exception 'an obligation belongs to the month in which its debtor came to owe it' using errcode = 'integrity_constraint_violation';
    end if;
    select case owed_by when 'SENDER' then new.debtor else new.creditor end, case owed_by when 'SENDER' then new.creditor else new.debtor end,
        case "of" when 'HANDOVER' then (select id from handover where new.opened_by in (release_statement, receipt_statement)) end
        into new.from_party, new.to_party, new.handover_id
        from duty where kind = new.kind;
    if (new.handover_id is null) <> (select "of" = 'REFERRAL' from duty where kind = new.kind) then
        raise exception 'what is owed for a handover names it' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create function rule_obligation_papers() returns trigger language plpgsql as $$
declare
    shown boolean := new.ending = 'SETTLED' and new.ended_at > new.due_at and new.papers <> '[]'
        and exists (select from duty where kind = new.kind and by_paper);
    agreed boolean := papers_agree(new.papers, new.debtor, new.creditor);
begin
    if (new.entered_late, new.contested) is distinct from (coalesce(shown, false) and agreed, coalesce(shown, false) and not agreed) then
        raise exception 'what was entered late was done in time where both ends have recorded the same paper, and is contested where one has'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create function rule_obligation_ends() returns trigger language plpgsql as $$
declare
    ends text := case new.ending when 'SETTLED' then old.debtor else old.creditor end;
begin
    if old.ending is null and new.ending is not null then
        if ends is distinct from asking_party() or new.ended_at <> new.valid_from or not exists (
            select from ledger_entry where statement = new.ended_by and at = new.ended_at and kind = new.ended_kind and party = ends
        ) then
            raise exception 'an obligation is settled by its debtor, taken back or waived by its creditor, each by an entry'
                using errcode = 'integrity_constraint_violation';
        end if;
        if new.ending = 'WAIVED' and old.waiver_offer is null then
            raise exception 'a waiver is agreed to where one was offered' using errcode = 'integrity_constraint_violation';
        end if;
    elsif (new.ending, new.ended_at, new.ended_by, new.ended_kind) is distinct from (old.ending, old.ended_at, old.ended_by, old.ended_kind) then
        raise exception 'what has ended stays as it ended' using errcode = 'integrity_constraint_violation';
    end if;
    if new.valid_from < old.valid_from or new.valid_from > (select at from ledger_head) then
        raise exception 'an obligation changes at the time of an entry' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create function rule_obligation_offered() returns trigger language plpgsql as $$
declare
    offers boolean := old.ending is null and old.debtor is not distinct from asking_party()
        and (new.valid_from <= old.due_at or old.paused_since is not null);
begin
    if new.waiver_offer is distinct from old.waiver_offer and (old.waiver_offer is not null or not offers) then
        raise exception 'a waiver is offered by the debtor, once, while there is time' using errcode = 'integrity_constraint_violation';
    end if;
    if new.pause_offer is distinct from old.pause_offer and not (case
        when old.pause_offer is null then offers and old.paused_since is null and new.paused_since is null
        else new.pause_offer is null and old.paused_since is not null and new.paused_since is null
    end) then
        raise exception 'a pause is offered by the debtor and over when the clock runs on' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create function rule_obligation_clock() returns trigger language plpgsql as $$
declare
    resumed boolean := old.paused_since is not null and new.paused_since is null;
    stood tstzmultirange := old.stops
        + case when resumed then tstzmultirange(tstzrange(old.paused_since, new.valid_from)) else '{}' end;
begin
    if new.paused_since is distinct from old.paused_since and not resumed and (
        old.paused_since is not null or old.ending is not null or old.pause_offer is null or old.creditor is distinct from asking_party()
        or new.paused_since <> new.valid_from or new.paused_since > old.due_at
    ) then
        raise exception 'a clock stands still when the creditor agrees to a pause, in time' using errcode = 'integrity_constraint_violation';
    end if;
    -- Only an outage, which the host tells, stops a clock that nobody paused.
    if new.stops <> stood and (asking_party() is distinct from 'HOST' or not new.stops @> stood) then
        raise exception 'the clock of an obligation stood still for as long as it was paused' using errcode = 'integrity_constraint_violation';
    end if;
    if new.due_at < old.due_at or new.due_at <> old.due_at and new.stops = old.stops then
        raise exception 'a due moves only by as long as the clock stood' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create function rule_obligation_noted() returns trigger language plpgsql as $$
begin
    if (new.noted_by, new.noted_at) is distinct from (old.noted_by, old.noted_at) and (
        old.noted_by is not null or asking_party() is distinct from 'HOST' or new.noted_at <> new.valid_from
        or obligation_state(old.ending, old.ended_at, old.due_at, old.entered_late, old.paused_since, new.noted_at) <> 'BREACHED'
    ) then
        raise exception 'the host notes a breach, once, that is there' using errcode = 'integrity_constraint_violation';
    end if;
    if new.papers <> old.papers and (old.ending is null or new.papers <> old.papers
        || jsonb_build_array(jsonb_build_object('party', asking_party(), 'sha256', new.papers -> -1 -> 'sha256'))) then
        raise exception 'each end records its own papers of what has ended' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

-- Runs as the owner: nobody else may write what was.
create function obligation_remember() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    if new.valid_from > old.valid_from then
        insert into obligation_past select (old).*, new.valid_from;
    end if;
    return null;
end
$$;

-- Runs as the owner: nobody else may count.
create function obligation_count() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    state text;
begin
    if tg_op = 'UPDATE' and old.ending is not null then
        if (old.due_at, old.entered_late, old.contested) is not distinct from (new.due_at, new.entered_late, new.contested) then
            return null;
        end if;
        state := obligation_state(old.ending, old.ended_at, old.due_at, old.entered_late, null, old.ended_at);
        update obligation_tally t set
            met = t.met - (state = 'MET')::integer,
            met_late = t.met_late - (state = 'MET_LATE')::integer,
            breached = t.breached - (state = 'BREACHED')::integer,
            waived = t.waived - (state = 'WAIVED')::integer,
            entered_late = t.entered_late - old.entered_late::integer,
            contested = t.contested - old.contested::integer
        where (t.debtor, t.creditor, t.clause, t.opened_month) = (old.debtor, old.creditor, old.clause, old.opened_month);
    end if;
    if new.ending is not null then
        state := obligation_state(new.ending, new.ended_at, new.due_at, new.entered_late, null, new.ended_at);
        insert into obligation_tally as t values (new.debtor, new.creditor, new.clause, new.opened_month, (state = 'MET')::integer,
            (state = 'MET_LATE')::integer, (state = 'BREACHED')::integer, (state = 'WAIVED')::integer,
            new.entered_late::integer, new.contested::integer)
        on conflict (debtor, creditor, clause, opened_month) do update set
            met = t.met + excluded.met, met_late = t.met_late + excluded.met_late, breached = t.breached + excluded.breached,
            waived = t.waived + excluded.waived, entered_late = t.entered_late + excluded.entered_late,
            contested = t.contested + excluded.contested;
    end if;
    return null;
end
$$;

create trigger begins before insert on obligation for each row execute function rule_obligation_begins();
create trigger clock before update on obligation for each row execute function rule_obligation_clock();
create trigger ends before update on obligation for each row execute function rule_obligation_ends();
create trigger keep before update on obligation for each row
    execute function rule_keep('id', 'kind', 'clause', 'basis', 'referral_id', 'case_id', 'handover_id', 'debtor', 'creditor', 'term',
                               'opened_by', 'opened_at', 'opened_month', 'from_party', 'to_party');
create trigger next_version before insert or update on obligation for each row execute function rule_next_version();
create trigger noted before update on obligation for each row execute function rule_obligation_noted();
create trigger offered before update on obligation for each row execute function rule_obligation_offered();
create trigger papers before insert or update on obligation for each row execute function rule_obligation_papers();
create trigger count after insert or update on obligation for each row execute function obligation_count();
create trigger kept before delete on obligation for each row execute function rule_refused();
create trigger remember after update on obligation for each row execute function obligation_remember();
create trigger kept before update or delete on obligation_past for each row execute function rule_refused();
create trigger kept_whole before truncate on obligation_past for each statement execute function rule_refused();

-- -- what is told ------------------------------------------------------------------------------------------------------
-- `now()` is the transaction's: one answer is of one instant, in the whole seconds of the ledger.
create view obligation_told with (security_invoker) as
    select o.*, obligation_state(o.ending, o.ended_at, o.due_at, o.entered_late, o.paused_since, date_trunc('second', now())) as state
    from obligation o;

-- The rows as they were at an instant, and their states then. Plain SQL with its asker's rights: the planner sees through
-- it. What is asked of both tables is asked outside of their union: a condition inside would hide their indexes' order.
create function obligation_at(at timestamptz) returns setof obligation_told language sql stable parallel safe as $$
    select v.id, v.kind, v.clause, v.basis, v.referral_id, v.case_id, v.handover_id, v.debtor, v.creditor, v.term, v.opened_by, v.opened_at,
        v.opened_month, v.due_at, v.stops, v.paused_since, v.ending, v.ended_at, v.ended_by, v.ended_kind, v.entered_late, v.contested,
        v.papers, v.waiver_offer, v.pause_offer, v.noted_by, v.noted_at, v.valid_from, v.version, v.from_party, v.to_party,
        obligation_state(v.ending, v.ended_at, v.due_at, v.entered_late, v.paused_since, obligation_at.at)
    from (
        select o.*, 'infinity'::timestamptz as valid_until from obligation o
        union all
        select p.* from obligation_past p
    ) v
    where v.valid_from <= obligation_at.at and obligation_at.at < v.valid_until
$$;

-- Counts by debtor, clause and period, of the instant `as_of` or, where that is null, of now: what was counted as it ended,
-- less what has ended in versions made after the instant, with what had not ended and the versions that stood then. Thus
-- now and a recent instant read little, and one long ago no more than has changed since. What has ended is in a state that no
-- instant moves: so less and more come out even. The moment is joined, not asked for in each condition: such a scan is never
-- handed to workers, whose start takes longer than most scans. Months are those of `opened_month`, both ends included.
create function obligation_summary(as_of timestamptz, per text, first_month date, last_month date)
returns table (party text, clause text, period text, open integer, met integer, met_late integer, breached integer, waived integer,
    paused integer, entered_late integer, contested integer, total integer) language sql stable parallel safe as $$
    with moment as (
        select coalesce(as_of, date_trunc('second', now())) as at, coalesce(as_of, 'infinity') as last
    ), changed as (
        select o.debtor, o.clause, o.opened_month, -1 as times, o.entered_late, o.contested,
            obligation_state(o.ending, o.ended_at, o.due_at, o.entered_late, null, m.at) as state
        from moment m join obligation o on o.valid_from > m.last
        where o.ending is not null
        union all
        select o.debtor, o.clause, o.opened_month, 1, false, false, obligation_state(null, null, o.due_at, false, o.paused_since, m.at)
        from moment m join obligation o on o.valid_from <= m.last
        where o.ending is null
        union all
        select p.debtor, p.clause, p.opened_month, 1, p.entered_late, p.contested,
            obligation_state(p.ending, p.ended_at, p.due_at, p.entered_late, p.paused_since, m.at)
        from moment m join obligation_past p on m.last < p.valid_until and p.valid_from <= m.last
    ), counted as (
        select t.debtor, t.clause, t.opened_month, 0 as open, t.met, t.met_late, t.breached, t.waived, 0 as paused, t.entered_late, t.contested
        from obligation_tally t
        union all
        select c.debtor, c.clause, c.opened_month,
            coalesce(sum(c.times) filter (where c.state = 'OPEN'), 0)::integer, coalesce(sum(c.times) filter (where c.state = 'MET'), 0)::integer,
            coalesce(sum(c.times) filter (where c.state = 'MET_LATE'), 0)::integer,
            coalesce(sum(c.times) filter (where c.state = 'BREACHED'), 0)::integer,
            coalesce(sum(c.times) filter (where c.state = 'WAIVED'), 0)::integer, coalesce(sum(c.times) filter (where c.state = 'PAUSED'), 0)::integer,
            coalesce(sum(c.times) filter (where c.entered_late), 0)::integer, coalesce(sum(c.times) filter (where c.contested), 0)::integer
        from changed c
        group by c.debtor, c.clause, c.opened_month
    ), summed as (
        select c.debtor, c.clause, case per
                when 'YEAR' then date_trunc('year', c.opened_month::timestamp)
                when 'QUARTER' then date_trunc('quarter', c.opened_month::timestamp)
                when 'MONTH' then c.opened_month::timestamp
            end as begins, sum(c.open)::integer as open, sum(c.met)::integer as met, sum(c.met_late)::integer as met_late,
            sum(c.breached)::integer as breached, sum(c.waived)::integer as waived, sum(c.paused)::integer as paused,
            sum(c.entered_late)::integer as entered_late, sum(c.contested)::integer as contested,
            sum(c.open + c.met + c.met_late + c.breached + c.waived + c.paused)::integer as total
        from counted c
        where (first_month is null or c.opened_month >= first_month) and (last_month is null or c.opened_month <= last_month)
        group by 1, 2, 3
    )
    select s.debtor, s.clause, to_char(s.begins, case per when 'YEAR' then 'YYYY' when 'QUARTER' then 'YYYY-"Q"Q' else 'YYYY-MM' end),
        s.open, s.met, s.met_late, s.breached, s.waived, s.paused, s.entered_late, s.contested, s.total
    from summed s
    where s.total > 0
$$;

-- -- who may see and do what ---------------------------------------------------------------------------------------------
alter table obligation enable row level security;
alter table obligation force row level security;
alter table obligation_past enable row level security;
alter table obligation_past force row level security;
alter table obligation_tally enable row level security;
alter table obligation_tally force row level security;
revoke execute on all functions in schema public from public;

do $$
declare
    name text;
begin
    foreach name in array array['obligation', 'obligation_past', 'obligation_tally'] loop
        execute format('create policy ends_see on %I for select to estafet_app, estafet_auditor, estafet_worker using ('
            'debtor = (select asking_party()) or creditor = (select asking_party()) or (select asking_party()) = ''HOST'''
            ' or (select asking_party()) like ''AUDITOR:%%'' or (select asking_party()) like ''WITNESS:%%'')', name);
        execute format('grant select on %I to estafet_app, estafet_auditor, estafet_worker', name);
    end loop;
end
$$;
create policy creditor_opens on obligation for insert to estafet_app with check (creditor = (select asking_party()));
create policy ends_move on obligation for update to estafet_app
    using (debtor = (select asking_party()) or creditor = (select asking_party()));
create policy host_notes on obligation for update to estafet_worker using ((select asking_party()) = 'HOST');
create policy tally_is_seen on obligation_tally for select to estafet_owner using (true);
create policy tally_is_begun on obligation_tally for insert to estafet_owner with check (true);
create policy tally_is_kept on obligation_tally for update to estafet_owner using (true);
create policy past_is_written on obligation_past for insert to estafet_owner with check (true);
grant insert on obligation to estafet_app;
grant update (due_at, stops, paused_since, ending, ended_at, ended_by, ended_kind, entered_late, contested, papers, waiver_offer, pause_offer,
    valid_from, version) on obligation to estafet_app;
grant update (due_at, stops, paused_since, pause_offer, entered_late, contested, noted_by, noted_at, valid_from, version) on obligation
    to estafet_worker;
grant select on obligation_told to estafet_app, estafet_auditor, estafet_worker;
grant execute on function papers_agree to estafet_app, estafet_worker;
grant execute on function obligation_state, obligation_at, obligation_summary to estafet_app, estafet_auditor, estafet_worker;
