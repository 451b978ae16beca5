-- How soon a referral is to be answered at its sealed risk. The log names the same terms in every referral; the sooner due
-- is for its two ends alone: not for auditors, who see every obligation, and not for the worker. So it stands in a table
-- of its own, written with the obligation and never changed; what the clock stood for is counted in when it is asked.
alter table obligation add constraint obligation_of_its_ends unique (id, debtor, creditor);

create table obligation_urgency (
    obligation_id uuid primary key,
    debtor text not null,
    creditor text not null,
    term text not null check (term in ('PT6H', 'PT24H', 'P3D', 'P7D', 'P14D', 'P3WD')),
    clause text not null,
    basis text not null check (basis in ('published', 'proposed')),
    first_due timestamptz not null,
    foreign key (obligation_id, debtor, creditor) references obligation (id, debtor, creditor),
    foreign key (clause) references agreement_clause (key)
);

create function rule_urgency_begins() returns trigger language plpgsql as $$
begin
    if not exists (
        select from obligation where id = new.obligation_id and version = 1 and opened_at = (select at from ledger_head)
            and opened_at <= new.first_due and new.first_due <= due_at
    ) then
        raise exception 'an urgency begins with its obligation' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
create trigger begins before insert on obligation_urgency for each row execute function rule_urgency_begins();
create trigger kept before update or delete on obligation_urgency for each row execute function rule_refused();
create trigger kept_whole before truncate on obligation_urgency for each statement execute function rule_refused();

-- The due in SQL that casework/urgencies.py counts: each stop that began in time moves it, never beyond the one in clear.
create function obligation_act_before(term text, due_at timestamptz, stops tstzmultirange, urgent text, first_due timestamptz)
returns timestamptz language plpgsql immutable parallel safe as $$
declare
    moved timestamptz := first_due;
    stop tstzrange;
begin
    if urgent is null or urgent = term then
        return due_at;
    end if;
    for stop in select unnest(stops) loop
        if lower(stop) <= moved then
            moved := moved + make_interval(secs => extract(epoch from upper(stop) - lower(stop)));
        end if;
    end loop;
    return least(moved, due_at);
end
$$;

create or replace view obligation_told with (security_invoker) as
    select o.*, obligation_state(o.ending, o.ended_at, o.due_at, o.entered_late, o.paused_since, date_trunc('second', now())) as state,
        obligation_act_before(o.term, o.due_at, o.stops, u.term, u.first_due) as act_before
    from obligation o left join obligation_urgency u on u.obligation_id = o.id;

create or replace function obligation_at(at timestamptz) returns setof obligation_told language sql stable parallel safe as $$
    select v.id, v.kind, v.clause, v.basis, v.referral_id, v.case_id, v.handover_id, v.debtor, v.creditor, v.term, v.opened_by, v.opened_at,
        v.opened_month, v.due_at, v.stops, v.paused_since, v.ending, v.ended_at, v.ended_by, v.ended_kind, v.entered_late, v.contested,
        v.papers, v.waiver_offer, v.pause_offer, v.noted_by, v.noted_at, v.valid_from, v.version, v.from_party, v.to_party,
        obligation_state(v.ending, v.ended_at, v.due_at, v.entered_late, v.paused_since, obligation_at.at),
        obligation_act_before(v.term, v.due_at, v.stops, u.term, u.first_due)
    from (
        select o.*, 'infinity'::timestamptz as valid_until from obligation o
        union all
        select p.* from obligation_past p
    ) v left join obligation_urgency u on u.obligation_id = v.id
    where v.valid_from <= obligation_at.at and obligation_at.at < v.valid_until
$$;

-- What has become of it by its sealed due, now. What was agreed after that due is passed over.
create view obligation_urgency_told with (security_invoker) as
    select u.obligation_id, u.term, u.clause, u.basis, o.act_before as due_at,
        obligation_state(
            case when o.ending = 'WAIVED' and o.ended_at > o.act_before then null else o.ending end,
            o.ended_at, o.act_before, false, case when o.paused_since > o.act_before then null else o.paused_since end,
            date_trunc('second', now())
        ) as state
    from obligation_urgency u join obligation_told o on o.id = u.obligation_id;

revoke execute on function rule_urgency_begins, obligation_act_before from public;
alter table obligation_urgency enable row level security;
alter table obligation_urgency force row level security;
create policy ends_see on obligation_urgency for select to estafet_app
    using (debtor = (select asking_party()) or creditor = (select asking_party()));
create policy creditor_opens on obligation_urgency for insert to estafet_app with check (creditor = (select asking_party()));
grant select, insert on obligation_urgency to estafet_app;
grant select on obligation_urgency to estafet_auditor, estafet_worker; -- by no policy: their view of obligations finds no row of it
grant select on obligation_urgency_told to estafet_app;
grant execute on function obligation_act_before to estafet_app, estafet_auditor, estafet_worker;
