-- PostgreSQL lets everybody call a new function unless it is told otherwise: told once, for all that the owner makes
-- from now on, so that no migration can forget it. What everybody could call until now is taken back, too.
alter default privileges revoke execute on functions from public;
revoke execute on all functions in schema public from public;
