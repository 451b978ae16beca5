-- Which revision the tables are of, for whoever asks whether this service can serve.
create policy auth_sees on alembic_version for select to estafet_auth using (true);
grant select on alembic_version to estafet_auth;
