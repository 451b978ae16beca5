-- A root and the host's key can be replaced (docs/ledger-format.md F22, F23): the new one has the old one's name. Both
-- rows stay, so that no public key ever comes back, and of a name one is in force. Said in the statement that appends the
-- entry, where nobody can tell which of its parts is done first: so the last check is at the end of the transaction.
alter table register_key add column replaced_index bigint references ledger_entry deferrable;
alter table register_key add check (replaced_index > added_index);
alter table register_key add check (replaced_index is null or use in ('root', 'host'));
alter table register_key drop constraint register_key_pkey;
alter table register_key add primary key (name, added_index);
alter table register_key add constraint register_key_in_force
    exclude using btree (name with =) where (replaced_index is null) deferrable initially deferred;
grant update (replaced_index) on register_key to estafet_app;

create function rule_replaced_once() returns trigger language plpgsql set search_path = pg_catalog, public as $$
begin
    if old.replaced_index is not null and new.replaced_index is distinct from old.replaced_index then
        raise exception 'a key is replaced once' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
revoke execute on function rule_replaced_once() from public;
create trigger replaced_once before update on register_key for each row execute function rule_replaced_once();
