"""The outbox: each event once and in order, whatever commits when; what is forgotten is told, never skipped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from database import addresses, journal, outbox
from database.engines import Databases
from database.outbox import BEGINNING, Cursor, Event, Expired, Page, Topic, Unknown
from database.transaction import HOST, Transaction, transaction
from tests.database import acts
from tests.database.acts import JB, JI, JK
from tests.operations import worlds

ALL = tuple(Topic)


@asynccontextmanager
async def reading(databases: Databases, party: str) -> AsyncIterator[Any]:
    """A connection of the reading pool, as this party, in one snapshot."""
    async with databases.reading.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        await connection.execute("select set_config('app.party', $1, true)", party)
        yield connection


async def after(databases: Databases, cursor: Cursor, party: str = JK, limit: int = 100, **more: Any) -> Page:
    async with reading(databases, party) as connection:
        return await outbox.after(connection, cursor, limit, more.pop("topics", ALL), **more)


def event(referral: UUID, topic: Topic = Topic.REFERRAL, **changes: Any) -> Event:
    told = {"object_id": referral, "referral_id": referral, "from_party": JK, "to_party": JI, **changes}
    return Event(topic=topic, **told)


async def act(tx: Transaction, party: str, *events: Event) -> int:
    """An entry, and what it tells."""
    appended = await journal.append(tx.connection, acts.entry(party, "key.added", acts.statement()))
    await outbox.put(tx.connection, appended.index, appended.at, events)
    return appended.index


async def told(databases: Databases, party: str, *events: Event) -> int:
    async with transaction(databases.app, acts.asker(party)) as tx:
        return await act(tx, party, *events)


@pytest.fixture
async def referral(log: Databases) -> UUID:
    return await acts.send(log, await acts.open_case(log))


# -- the order of commits ----------------------------------------------------------------------------------------------
async def test_the_second_writer_cannot_pass_the_first(log: Databases, referral: UUID, superuser: Any) -> None:
    """By hand: the first has its number and has not committed; the second gets none before it has."""
    second = asyncio.Event()

    async def write_second() -> int:
        number = await told(log, JI, event(referral))
        second.set()
        return number

    async with transaction(log.app, acts.asker(JK)) as tx:
        first = await act(tx, JK, event(referral))
        writing = asyncio.create_task(write_second())
        await worlds.waiting(superuser, 1)
        page = await after(log, BEGINNING)
        assert page.events == ()
        assert page.until == Cursor(first, 0)  # everything before the first, and nothing of it
        assert not second.is_set()
    assert await writing == first + 1
    page = await after(log, page.until)
    assert [each.cursor for each in page.events] == [Cursor(first, 1), Cursor(first + 1, 1)]


async def test_an_undone_act_leaves_no_event_and_no_gap(log: Databases, referral: UUID, superuser: Any) -> None:
    class Undone(Exception):
        pass

    tried: list[int] = []
    writing: list[asyncio.Task[int]] = []

    async def undo() -> None:
        async with transaction(log.app, acts.asker(JK)) as tx:
            tried.append(await act(tx, JK, event(referral)))
            writing.append(asyncio.create_task(told(log, JI, event(referral))))
            await worlds.waiting(superuser, 1)
            raise Undone

    with pytest.raises(Undone):
        await undo()
    [first] = tried
    assert await writing[0] == first  # the number went back with the head
    page = await after(log, BEGINNING)
    assert [each.cursor for each in page.events] == [Cursor(first, 1)]
    assert page.until == Cursor(first + 1, 0)


async def test_the_usual_outbox_loses_an_event(log: Databases, superuser: Any, address: addresses.Address) -> None:
    """Why not a sequence: the reader goes past 1, which commits after 2, and never looks back."""
    await superuser.execute("create table usual (number bigserial primary key)")
    await superuser.execute("grant all on usual, usual_number_seq to estafet_app")
    slow, quick = await asyncpg.connect(address.app), await asyncpg.connect(address.app)
    begun = slow.transaction()
    await begun.start()
    assert await slow.fetchval("insert into usual default values returning number") == 1
    assert await quick.fetchval("insert into usual default values returning number") == 2
    seen = [row[0] for row in await quick.fetch("select number from usual where number > 0 order by 1")]
    await begun.commit()
    seen += [row[0] for row in await quick.fetch("select number from usual where number > $1 order by 1", seen[-1])]
    assert seen == [2]
    await slow.close()
    await quick.close()


async def test_many_writers_some_undone_and_one_reader_that_never_stops(log: Databases, referral: UUID) -> None:
    class Undone(Exception):
        pass

    chance = Random(3)  # noqa: S311  # the same story each time
    written: list[tuple[Cursor, UUID]] = []
    done = asyncio.Event()

    async def write(party: str) -> None:
        for _ in range(15):
            own, undone, many = uuid4(), chance.random() < 0.3, chance.randint(0, 3)
            events = [event(referral, Topic.HANDOVER, object_id=own) for _ in range(many)]
            try:
                async with transaction(log.app, acts.asker(party)) as tx:
                    index = await act(tx, party, *events)
                    if undone:
                        raise Undone
            except Undone:
                continue
            written.extend((Cursor(index, n + 1), own) for n in range(many))

    async def read() -> list[tuple[Cursor, UUID]]:
        seen, place = [], BEGINNING
        while True:
            last = done.is_set()
            page = await after(log, place, limit=7)
            seen += [(each.cursor, each.object_id) for each in page.events]
            place = page.until
            if last and not page.more:
                return seen

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write(party) for party in (JK, JI) * 4))
    done.set()
    assert await reader == sorted(written)
    assert len(written) > 100


async def test_an_entrys_events_are_told_once(log: Databases, referral: UUID) -> None:
    index = await told(log, JK, event(referral), event(referral))
    page = await after(log, BEGINNING)
    assert [each.cursor.spell() for each in page.events] == [f"{index}-1", f"{index}-2"]
    with pytest.raises(IntegrityError):
        async with transaction(log.app, acts.asker(JK)) as tx:
            await outbox.put(tx.connection, index, tx.at, [event(referral)])


# -- who sees what -----------------------------------------------------------------------------------------------------
async def test_ends_see_their_events_and_auditors_those_of_obligations(log: Databases, referral: UUID) -> None:
    await told(log, JK, event(referral), event(referral, Topic.OBLIGATION))
    seen = {
        party: [each.topic for each in (await after(log, BEGINNING, party)).events]
        for party in (JK, JI, JB, "AUDITOR:bpk", "WITNESS:w1", "", "HOST")
    }
    both = [Topic.REFERRAL, Topic.OBLIGATION]
    nothing: list[Topic] = []
    assert seen == {
        JK: both, JI: both, JB: nothing, "AUDITOR:bpk": [Topic.OBLIGATION], "WITNESS:w1": nothing, "": nothing,
        "HOST": nothing,
    }  # fmt: skip


async def test_a_stranger_tells_nothing_and_nobody_takes_an_event_back(log: Databases, referral: UUID) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        await told(log, JB, event(referral))
    await told(log, JK, event(referral))
    for change in ("delete from outbox", "update outbox set number = 9"):
        async with log.app.connect() as connection:
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.exec_driver_sql(change)


async def test_topics_and_one_referral_alone(log: Databases, referral: UUID) -> None:
    other = await acts.send(log, await acts.open_case(log))
    await told(log, JK, event(referral), event(other), event(referral, Topic.HANDOVER, object_id=uuid4()))
    only = await after(log, BEGINNING, topics=[Topic.REFERRAL])
    assert [each.object_id for each in only.events] == [referral, other]
    only = await after(log, BEGINNING, referral=other)
    assert [each.object_id for each in only.events] == [other]
    assert (await after(log, BEGINNING, topics=[Topic.OBLIGATION])).events == ()


# -- cursors -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "spelled", ["", "1", "1-", "-1", "01-1", "1-01", "1-1 ", "x-y", "1--1", "9" * 19 + "-1", "1-" + "9" * 10, "1-٣"]
)
def test_what_is_no_cursor_is_unknown(spelled: str) -> None:
    with pytest.raises(Unknown):
        outbox.read(spelled)


async def test_one_goes_on_from_an_event_of_ones_own_and_from_nothing_else(log: Databases, referral: UUID) -> None:
    index = await told(log, JK, event(referral))
    async with reading(log, JK) as connection:
        assert await outbox.resume(connection, f"{index}-1") == Cursor(index, 1)
        assert await outbox.resume(connection, "0-0") == BEGINNING
        for unknown in (f"{index}-2", f"{index + 1}-0", f"{index + 1}-1", f"{index}-0", "999-1"):
            with pytest.raises(Unknown):
                await outbox.resume(connection, unknown)
    async with reading(log, JB) as connection:
        with pytest.raises(Unknown):
            await outbox.resume(connection, f"{index}-1")


async def forgotten(log: Databases, superuser: Any, *indexes: int) -> int:
    """These entries' events are forty days old, and are forgotten."""
    for index in indexes:
        await superuser.execute("update outbox set at = at - interval '40 days' where index = $1", index)
    async with transaction(log.worker, HOST) as tx:
        return await outbox.forget(tx.connection, tx.at - timedelta(days=30))


async def test_who_comes_back_too_late_is_told_and_a_quiet_province_is_not(
    log: Databases, referral: UUID, superuser: Any
) -> None:
    first = await told(log, JK, event(referral))
    quiet = await told(log, JK, event(referral, to_party=JB))
    third = await told(log, JK, event(referral), event(referral, Topic.OBLIGATION))
    last = await told(log, JK, event(referral))
    assert await forgotten(log, superuser, first, quiet, third) == 4
    async with reading(log, JI) as connection:
        with pytest.raises(Expired):
            await outbox.resume(connection, f"{first}-1")
        with pytest.raises(Expired):
            await outbox.after(connection, Cursor(first, 1), 9, ALL)
        place = await outbox.resume(connection, f"{third}-2")  # the last that went: nothing after it is missing
        page = await outbox.after(connection, place, 9, ALL)
        assert [each.cursor.index for each in page.events] == [last]
        assert await outbox.beginning(connection) == Cursor(third, 2)
    async with reading(log, JB) as connection:  # what others' events were forgotten concerns it not
        place = await outbox.resume(connection, f"{quiet}-1")
        assert (await outbox.after(connection, place, 9, ALL)).events == ()
        with pytest.raises(Expired):
            await outbox.resume(connection, "0-0")
    async with reading(log, "AUDITOR:bpk") as connection:
        assert await outbox.beginning(connection) == Cursor(third, 2)
    async with reading(log, "ID-BA") as connection:
        assert await outbox.beginning(connection) == BEGINNING


async def test_a_reader_that_is_overtaken_by_forgetting_is_told(log: Databases, referral: UUID, superuser: Any) -> None:
    indexes = [await told(log, JK, event(referral)) for _ in range(3)]
    page = await after(log, BEGINNING, limit=1)
    assert page.more
    await forgotten(log, superuser, *indexes)
    with pytest.raises(Expired):
        await after(log, page.until)


async def test_young_events_are_kept_and_forgetting_twice_forgets_once(
    log: Databases, referral: UUID, superuser: Any
) -> None:
    index = await told(log, JK, event(referral))
    young = await told(log, JK, event(referral))
    assert await forgotten(log, superuser, index) == 1
    assert await forgotten(log, superuser) == 0
    assert await superuser.fetchval("select array_agg(index) from outbox") == [young]
    assert (await after(log, Cursor(index, 1))).events[0].cursor.spell() == f"{young}-1"
