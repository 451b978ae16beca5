-- The roles of Estafet. Run once by a superuser (a database administrator, or the embedded server's own start); running
-- it again mends attributes that somebody widened. None of them is a superuser or may pass row security by, and
-- the server refuses to start otherwise. On a shared server give each a password, and PGPASSFILE to the service.
--
--   estafet_owner    owns the tables; migrations only
--   estafet_app      acts and answers of parties, under row security
--   estafet_auth     clients and tokens
--   estafet_worker   expiry and publishing: referral skeletons and the ledger, never a person
--   estafet_keys     the key store, a database of its own, and no other
--   estafet_auditor  reads the ledger, for tools beside the service
do $$
declare
    name text;
begin
    -- Two databases of one server may be prepared at once.
    perform pg_advisory_xact_lock(hashtext('estafet roles'));
    foreach name in array array['estafet_owner', 'estafet_app', 'estafet_auth', 'estafet_worker', 'estafet_auditor', 'estafet_keys']
    loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I', name);
        end if;
        execute format('alter role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls', name);
    end loop;
end
$$;
