-- What a quorum of the log's witnesses has seen, and how far that has brought each entry.

-- Of a size that was published, the quorum time of its checkpoint; none below quorum. A copy, as `checkpoint` is: the
-- published notes are the authority. A cosignature that comes later can only make the time an earlier one.
create table checkpoint_witnessed (
    size bigint primary key references checkpoint,
    at timestamptz not null check (at = date_trunc('second', at, 'UTC'))
);
create index checkpoint_witnessed_at on checkpoint_witnessed (at);

create function rule_witnessed() returns trigger language plpgsql as $$
begin
    if new.size <> old.size or new.at > old.at then
        raise exception 'a quorum time never becomes a later one' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
create trigger falls before update on checkpoint_witnessed for each row execute function rule_witnessed();
create trigger kept before delete on checkpoint_witnessed for each row execute function rule_refused();
revoke execute on function rule_witnessed() from public;

alter table checkpoint_witnessed enable row level security;
alter table checkpoint_witnessed force row level security;
create policy everybody_sees on checkpoint_witnessed for select using (true);
create policy collector_adds on checkpoint_witnessed for insert to estafet_worker
    with check ((select asking_party()) = 'HOST');
create policy collector_corrects on checkpoint_witnessed for update to estafet_worker
    using ((select asking_party()) = 'HOST') with check ((select asking_party()) = 'HOST');
grant select on checkpoint_witnessed to estafet_app, estafet_auth, estafet_worker, estafet_auditor;
grant insert, update (at) on checkpoint_witnessed to estafet_worker;

create or replace view ledger_entry_told with (security_invoker) as
    select e.*, case
        when e.index < (select max(size) from checkpoint_witnessed) then 'WITNESSED'
        when e.index < (select max(size) from checkpoint) then 'PUBLISHED'
        else 'LOGGED'
    end as state
    from ledger_entry e;
