"""The journal: one chain, whatever happens at once; act and entry both or neither."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest
from sqlalchemy import FromClause, Update, event, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from database import addresses, engines, journal, tables
from database.engines import Databases
from database.transaction import transaction
from ledger import entries, instants, trees
from tests.database import acts
from tests.database.acts import JI, JK


async def chain(superuser: Any) -> list[Any]:
    """Every entry, checked to be one chain without fork or gap up to the head."""
    rows = await superuser.fetch("select * from ledger_entry order by index")
    last = "0" * 64
    for number, row in enumerate(rows):
        assert (row["index"], row["prev"]) == (number, last)
        last = trees.leaf_hash(row["leaf"]).hex()
        assert row["leaf_hash"] == last
    head = await superuser.fetchrow("select * from ledger_head")
    assert (head["size"], head["leaf_hash"]) == (len(rows), last)
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    return list(rows)


async def test_a_leaf_is_the_canonical_form_of_clock_envelope_number_and_link(log: Databases, superuser: Any) -> None:
    appended = await acts.note(log)
    first, second = await chain(superuser)
    at = instants.spell(appended.at)
    expected = f'{{"at":"{at}","env":{acts.ENVELOPE},"index":1,"prev":"{first["leaf_hash"]}"}}'
    assert second["leaf"] == expected.encode()
    assert entries.encode(entries.parse(second["leaf"])) == expected.encode()  # what SQL wrote is what JCS writes
    assert appended.leaf_hash == hashlib.sha256(b"\x00" + expected.encode()).hexdigest()
    assert (appended.index, appended.prev) == (1, first["leaf_hash"])


async def test_ten_writers_on_one_head_make_no_fork_and_no_gap(log: Databases, superuser: Any) -> None:
    async def write() -> None:
        for _ in range(20):
            await acts.note(log)

    await asyncio.gather(*(write() for _ in range(10)))
    assert len(await chain(superuser)) == 201


async def test_the_measured_alternative_forks_without_one_error(
    log: Databases, superuser: Any, address: addresses.Address
) -> None:
    """Why the head is locked and then read (house.md 5): a snapshot older than the lock reads the last entry as it was.

    REPEATABLE READ with an advisory lock and "read the last entry", the nets off: entries with the same `prev`.
    """
    await superuser.execute("create table loose (index bigint, prev bigint); insert into loose values (0, -1)")
    await superuser.execute("grant select, insert on loose to estafet_app")

    async def write() -> None:
        connection = await asyncpg.connect(address.app)
        for _ in range(20):
            async with connection.transaction(isolation="repeatable_read"):
                await connection.execute("select 1 from loose limit 1")  # the transaction has begun and looked around
                await connection.execute("select pg_advisory_xact_lock(1)")
                last = await connection.fetchval("select max(index) from loose")
                await connection.execute("insert into loose values ($1, $2)", last + 1, last)
        await connection.close()

    await asyncio.gather(*(write() for _ in range(8)))
    assert await superuser.fetchval("select count(*) from loose") == 161  # not one error
    assert await superuser.fetchval("select count(*) - count(distinct prev) from loose") > 0  # and forks


async def test_the_journal_refuses_any_isolation_but_read_committed(log: Databases, superuser: Any) -> None:
    async with log.app.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        with pytest.raises(DBAPIError, match="READ COMMITTED"):
            await journal.append(connection, acts.entry(JK, "key.added", acts.statement()))
    assert len(await chain(superuser)) == 1


async def test_time_never_goes_back_even_if_the_clock_does(log: Databases, superuser: Any) -> None:
    ahead = acts.now() + timedelta(hours=1)
    await superuser.execute("alter table ledger_head disable trigger all")
    await superuser.execute("update ledger_head set at = $1", ahead)
    await superuser.execute("alter table ledger_head enable always trigger advances")
    assert (await acts.note(log)).at == ahead
    assert (await acts.note(log)).at == ahead


async def test_only_a_demo_log_obeys_a_clock_set_back(agreed: Databases, address: addresses.Address) -> None:
    await acts.begin(agreed, origin="estafet.example.go.id/log")
    shifted = await engines.open_databases(acts.set_back(address, days=30))
    async with transaction(shifted.app, acts.asker(JK)) as tx:
        assert abs(tx.at - acts.now()) < timedelta(minutes=5)
    assert abs((await acts.note(shifted)).at - acts.now()) < timedelta(minutes=5)
    await shifted.close()


async def test_a_demo_log_is_written_with_its_clock_set_back(agreed: Databases, address: addresses.Address) -> None:
    shifted = await engines.open_databases(acts.set_back(address, days=30))
    then = acts.now() - timedelta(days=30)
    assert abs((await acts.begin(shifted)).at - then) < timedelta(minutes=5)
    async with transaction(shifted.app, acts.asker(JK)) as tx:
        assert abs(tx.at - then) < timedelta(minutes=5)
    await shifted.close()
    assert abs((await acts.note(agreed)).at - acts.now()) < timedelta(minutes=5)


async def test_a_change_that_meets_no_row_takes_the_entry_with_it(log: Databases, superuser: Any) -> None:
    case = await acts.open_case(log)
    referral = await acts.send(log, case)

    def stale(_: FromClause) -> Update:
        row = tables.referral.c
        return update(tables.referral).values(version=9).where(row.id == referral, row.version == 8)

    with pytest.raises(journal.NothingChanged):
        async with transaction(log.app, acts.asker(JI)) as tx:
            await journal.append(tx.connection, acts.entry(JI, "referral.acknowledged", acts.statement()), stale)
    assert len(await chain(superuser)) == 2
    assert await superuser.fetchval("select version from referral") == 1


async def test_an_act_that_fails_takes_the_entry_with_it(log: Databases, superuser: Any) -> None:
    case = await acts.open_case(log)
    await acts.send(log, case)
    with pytest.raises(IntegrityError, match="referral_one_open"):
        await acts.send(log, case)
    assert len(await chain(superuser)) == 2
    assert await superuser.fetchval("select count(*) from referral") == 1


async def test_an_entry_that_fails_takes_the_act_with_it(log: Databases, superuser: Any) -> None:
    case = await acts.open_case(log)
    referral = await acts.send(log, case)
    said = await superuser.fetchval("select statement from ledger_entry where index = 1")
    told = acts.moved(referral, said, {"status": "ACKNOWLEDGED"}, ("acknowledged_at",))
    with pytest.raises(journal.AlreadyEntered):
        async with transaction(log.app, acts.asker(JI)) as tx:
            await journal.append(tx.connection, acts.entry(JI, "referral.acknowledged", said), told)
    assert len(await chain(superuser)) == 2
    assert await superuser.fetchval("select status from referral") == "SENT"


async def test_a_failure_after_the_append_takes_both(log: Databases, superuser: Any) -> None:
    class Stopped(Exception):
        pass

    case = await acts.open_case(log)
    referral = await acts.send(log, case)
    said = acts.statement()
    told = acts.moved(referral, said, {"status": "ACKNOWLEDGED"}, ("acknowledged_at",))

    async def act() -> None:
        async with transaction(log.app, acts.asker(JI)) as tx:
            await journal.append(tx.connection, acts.entry(JI, "referral.acknowledged", said, referral=referral), told)
            raise Stopped

    with pytest.raises(Stopped):
        await act()
    assert len(await chain(superuser)) == 2
    assert await superuser.fetchval("select status from referral") == "SENT"


async def test_the_rows_times_are_the_entrys(log: Databases, superuser: Any) -> None:
    case = await acts.open_case(log)
    await acts.send(log, case)
    sent, entered = await superuser.fetchrow(
        "select r.sent_at, e.at from referral r join ledger_entry e on e.statement = r.last_statement"
    )
    assert sent == entered


@pytest.mark.parametrize("envelope", ["[]", "no", '{"a":1,"a":2}', '{"payload":"' + "x" * 65_535 + '"}'])
async def test_what_is_no_envelope_or_too_long_is_not_entered(log: Databases, superuser: Any, envelope: str) -> None:
    said = acts.entry(JK, "key.added", acts.statement())
    entry = journal.Entry(**{**{name: getattr(said, name) for name in said.__slots__}, "envelope": envelope})
    with pytest.raises(DBAPIError):
        async with transaction(log.app, acts.asker(JK)) as tx:
            await journal.append(tx.connection, entry)
    assert len(await chain(superuser)) == 1


async def test_a_party_enters_its_own_statements_only(log: Databases, superuser: Any) -> None:
    for asking, signing in ((JI, JK), (JK, "FORUM"), ("", JK), ("AUDITOR:bpk", JK)):
        with pytest.raises(DBAPIError, match="a party enters its own"):
            async with transaction(log.app, acts.asker(asking)) as tx:
                await journal.append(tx.connection, acts.entry(signing, "key.added", acts.statement()))
    assert len(await chain(superuser)) == 1


async def test_one_database_has_one_log_begun_by_the_host(agreed: Databases, superuser: Any) -> None:
    with pytest.raises(DBAPIError, match="not begun"):
        await acts.note(agreed)
    with pytest.raises(DBAPIError, match="the host begins"):
        async with transaction(agreed.app, acts.asker(JK)) as tx:
            await journal.begin(tx.connection, acts.ORIGIN, acts.entry("FORUM", "agreement.adopted", acts.statement()))
    await acts.begin(agreed)
    with pytest.raises(IntegrityError):
        await acts.begin(agreed)
    assert len(await chain(superuser)) == 1


@pytest.mark.parametrize(
    "edit",
    [
        "update ledger_entry set kind = 'key.revoked' where index = 1",
        "delete from ledger_entry where index = 1",
        "truncate ledger_entry cascade",
        "delete from ledger_head",
        "truncate ledger_head",
        "update ledger_head set size = size - 1",
        "update ledger_head set origin = 'another'",
        "insert into ledger_entry select index + 1, statement, prev, leaf_hash, at, kind, party, other_party, key,"
        " seen_size, referral_id, leaf from ledger_entry where index = 1",
    ],
)
async def test_even_a_superuser_must_disable_a_trigger_first(log: Databases, superuser: Any, edit: str) -> None:
    await acts.note(log)
    before = await superuser.fetch("select * from ledger_entry order by index")
    for role in ("origin", "replica"):  # replica: as restoring tools do, which skips ordinary triggers
        await superuser.execute(f"set session_replication_role = {role}")
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await superuser.execute(edit)
    assert await chain(superuser) == before


async def test_the_owner_cannot_change_an_entry_either(log: Databases, address: addresses.Address) -> None:
    owner = await asyncpg.connect(address.owner)
    assert await owner.execute("update ledger_entry set kind = 'key.revoked'") == "UPDATE 0"  # no policy, no rows
    assert await owner.execute("delete from ledger_entry") == "DELETE 0"
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="refused to everybody"):
        await owner.execute("truncate ledger_entry cascade")
    await owner.close()


async def test_a_second_entry_on_the_same_one_is_refused_by_the_net(log: Databases, superuser: Any) -> None:
    appended = await acts.note(log)
    with pytest.raises(asyncpg.UniqueViolationError, match="ledger_entry_prev_key"):
        await superuser.execute(
            "insert into ledger_entry select 2, repeat('b', 64), $1, encode(sha256('\\x0001'::bytea), 'hex'), at, kind,"
            " party, other_party, key, seen_size, referral_id, '\\x01' from ledger_entry where index = 1",
            appended.prev,
        )


async def test_an_unknown_referral_changes_nothing(log: Databases, superuser: Any) -> None:
    with pytest.raises(journal.NothingChanged):
        await acts.acknowledge(log, uuid4())
    assert len(await chain(superuser)) == 1


async def test_the_append_is_one_statement(log: Databases) -> None:
    """One round trip under the head's lock: what `append` sends is counted."""
    case = await acts.open_case(log)
    referral, said = await acts.send(log, case), acts.statement()
    told = acts.moved(referral, said, {"status": "ACKNOWLEDGED"}, ("acknowledged_at",))
    sent: list[str] = []
    async with transaction(log.app, acts.asker(JI)) as tx:
        event.listen(log.app.sync_engine, "before_cursor_execute", lambda *told: sent.append(told[2]))
        await journal.append(tx.connection, acts.entry(JI, "referral.acknowledged", said, referral=referral), told)
    assert len(sent) == 1
    assert "ledger_append" in sent[0]
    assert "UPDATE referral" in sent[0]
