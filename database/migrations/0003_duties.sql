-- The table of duties: the rows of casework/duties.py, to which PostgreSQL holds what is owed. A new duty is a row there and
-- rows here, in a migration of its own; tests/database/test_duties_kept.py compares the two.
create table duty (
    kind text primary key,
    "of" text not null check ("of" in ('REFERRAL', 'HANDOVER')),
    owed_by text not null check (owed_by in ('SENDER', 'RECEIVER')),
    by_paper boolean not null
);
create table duty_act (
    duty text not null references duty,
    act text not null, -- the kind of a statement
    does text not null check (does in ('OPENED', 'SETTLED', 'RELEASED', 'WAIVED')),
    primary key (duty, act, does)
);
insert into duty values
    ('referral.acknowledge', 'REFERRAL', 'RECEIVER', false),
    ('referral.decide', 'REFERRAL', 'RECEIVER', false),
    ('handover.receipt', 'HANDOVER', 'RECEIVER', true),
    ('discrepancy.answer', 'HANDOVER', 'SENDER', false);
insert into duty_act values
    ('referral.acknowledge', 'referral.sent', 'OPENED'),
    ('referral.acknowledge', 'referral.acknowledged', 'SETTLED'),
    ('referral.acknowledge', 'referral.accepted', 'SETTLED'),
    ('referral.acknowledge', 'referral.declined', 'SETTLED'),
    ('referral.acknowledge', 'referral.withdrawn', 'RELEASED'),
    ('referral.decide', 'referral.sent', 'OPENED'),
    ('referral.decide', 'referral.accepted', 'SETTLED'),
    ('referral.decide', 'referral.declined', 'SETTLED'),
    ('referral.decide', 'referral.withdrawn', 'RELEASED'),
    ('handover.receipt', 'handover.released', 'OPENED'),
    ('handover.receipt', 'handover.received', 'SETTLED'),
    ('handover.receipt', 'handover.refused', 'SETTLED'),
    -- A receipt or refusal that agrees has nothing to answer: it opens this duty and settles it.
    ('discrepancy.answer', 'handover.received', 'OPENED'),
    ('discrepancy.answer', 'handover.refused', 'OPENED'),
    ('discrepancy.answer', 'handover.received', 'SETTLED'),
    ('discrepancy.answer', 'handover.refused', 'SETTLED'),
    ('discrepancy.answer', 'discrepancy.answered', 'SETTLED');
insert into duty_act select kind, 'obligation.waiver_agreed', 'WAIVED' from duty;

do $$
declare
    name text;
begin
    foreach name in array array['duty', 'duty_act'] loop
        execute format('create trigger kept before update or delete on %I for each row execute function rule_refused()', name);
        execute format('create trigger kept_whole before truncate on %I for each statement execute function rule_refused()', name);
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy everybody_sees on %I for select using (true)', name);
        execute format('create policy migration_adds on %I for insert to estafet_owner with check (true)', name);
        execute format('grant select on %I to estafet_app, estafet_auth, estafet_worker, estafet_auditor', name);
    end loop;
end
$$;
