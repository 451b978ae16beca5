"""What PostgreSQL itself refuses to be done to an obligation, by whom and when; and that nothing has changed then."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import DBAPIError, NoResultFound

from database import journal
from database.engines import Databases
from database.journal import NothingChanged
from database.transaction import transaction
from tests.database import acts, duties
from tests.database.acts import JB, JI, JK
from tests.database.duties import Owed, Try, by_host, owed_since_long, telling

KEPT = ("obligation", "obligation_past", "obligation_tally", "handover", "handover_paper")
TWO = [{"party": JI, "sha256": "a" * 64}, {"party": JK, "sha256": "a" * 64}]


async def kept(superuser: Any) -> list[Any]:
    return [await superuser.fetch(f"select * from {table} order by 1, 2") for table in KEPT]  # noqa: S608  # our own names


IDENTITY = (
    "kind",
    "clause",
    "basis",
    "referral_id",
    "case_id",
    "debtor",
    "creditor",
    "term",
    "opened_by",
    "opened_at",
)


REFUSED: Mapping[str, Try] = {
    "settled by its creditor": lambda d, o: duties.settle(d, o, party=JK),
    "settled by a stranger": lambda d, o: duties.settle(d, o, party=JB),
    "settled by the host": lambda d, o: duties.settle(d, o, party="HOST"),
    "settled by a withdrawal": lambda d, o: duties.settle(d, o, "referral.withdrawn"),
    "settled by no entry": lambda d, o: duties.settle(d, o, ended_by="0" * 64),
    "settled yesterday": lambda d, o: duties.settle(d, o, ended_at=datetime.now(UTC) - timedelta(days=1)),
    "settled tomorrow": lambda d, o: duties.settle(d, o, valid_from=datetime.now(UTC) + timedelta(days=1)),
    "taken back by its debtor": lambda d, o: duties.take_back(d, o, JI),
    "waived without an offer": lambda d, o: duties.waive(d, o),
    "paused without an offer": lambda d, o: duties.pause(d, o),
    "a waiver offered by its creditor": lambda d, o: duties.offer(d, o, party=JK),
    "a pause offered by its creditor": lambda d, o: duties.offer(d, o, "pause", JK),
    "an offer of no entry": telling(waiver_offer="0" * 64),
    "due earlier": telling(due_at=datetime(2020, 1, 1, tzinfo=UTC)),
    "due later": telling(due_at=datetime(2090, 1, 1, tzinfo=UTC)),
    "a stop that its debtor tells": telling(
        stops=[Range(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))]
    ),
    "paper of what has not ended": telling(papers=TWO[:1]),
    "entered late without paper": telling(entered_late=True),
    "contested without paper": telling(contested=True),
    "noted while there is time": lambda d, o: duties.note(d, o),
    "noted by its creditor": lambda d, o: duties.note(d, o, JK),
    "another month": telling(opened_month=datetime(2026, 1, 1, tzinfo=UTC).date()),
    "the host moves a due": by_host({"due_at": datetime(2090, 1, 1, tzinfo=UTC)}),
    "the host ends it": by_host({"ending": "SETTLED"}),
    "the host pauses it": by_host({"paused_since": datetime.now(UTC)}),
}
REFUSED_AFTER_AN_OFFER: Mapping[str, tuple[str, Try]] = {
    "waived by its debtor": ("waiver", lambda d, o: duties.waive(d, o, JI)),
    "waived by a stranger": ("waiver", lambda d, o: duties.waive(d, o, JB)),
    "offered twice": ("waiver", lambda d, o: duties.offer(d, o)),
    "the offer taken back": ("waiver", telling(waiver_offer=None)),
    "paused by its debtor": ("pause", lambda d, o: duties.pause(d, o, JI)),
    "a pause offered twice": ("pause", lambda d, o: duties.offer(d, o, "pause")),
    "the pause's offer taken back": ("pause", telling(pause_offer=None)),
    "paused since yesterday": ("pause", telling(paused_since=datetime.now(UTC) - timedelta(days=1))),
}


async def refused(early: Databases, superuser: Any, owed: Owed, attempt: Try) -> None:
    before = await kept(superuser)
    with pytest.raises((DBAPIError, NothingChanged)):
        await attempt(early, owed)
    assert await kept(superuser) == before


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED.keys())
async def test_what_nobody_may_do_to_an_obligation_is_refused(early: Databases, superuser: Any, attempt: Try) -> None:
    await refused(early, superuser, await owed_since_long(early), attempt)


@pytest.mark.parametrize(("what", "attempt"), REFUSED_AFTER_AN_OFFER.values(), ids=REFUSED_AFTER_AN_OFFER.keys())
async def test_an_offer_lets_nobody_do_what_is_not_his(
    early: Databases, superuser: Any, what: str, attempt: Try
) -> None:
    owed = await owed_since_long(early)
    await duties.offer(early, owed, what)
    await refused(early, superuser, owed, attempt)


async def test_what_is_owed_for_a_handover_is_of_one_that_there_is(early: Databases, superuser: Any) -> None:
    case = await acts.open_case(early)
    referral = await acts.send(early, case)
    async with transaction(early.app, acts.asker(JK)) as tx:
        said = acts.entry(JK, "handover.released", acts.statement(), referral=referral, other=JI)
        await journal.append(tx.connection, said)
    with pytest.raises(DBAPIError, match="what is owed for a handover names it"):
        await duties.owe(early, referral, case, "handover.receipt")
    assert await superuser.fetchval("select count(*) from obligation") == 0


async def test_what_opens_nothing_of_the_kind_opens_it_not(
    early: Databases, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await acts.open_case(early)
    referral = await acts.send(early, case)
    await acts.withdraw(early, referral)
    monkeypatch.setitem(duties.OPENING, "referral.decide", "referral.withdrawn")
    with pytest.raises(DBAPIError, match="opened by an entry of the one it is owed to"):
        await duties.owe(early, referral, case)
    assert await superuser.fetchval("select count(*) from obligation") == 0


async def test_what_begins_met_is_met_by_what_opens_it(early: Databases, superuser: Any) -> None:
    """As only a receipt that agrees does it: no earlier act, and no answer that was not given."""
    case = await acts.open_case(early)
    referral = await acts.send(early, case)
    await acts.accept(early, referral, case)
    await acts.settle(early, await acts.release(early, referral, case), referral, case, agrees=True)
    newest = "select statement, at from ledger_entry where kind = $1 order by index desc limit 1"
    receipt, at = await superuser.fetchrow(newest, "handover.received")
    sent, _ = await superuser.fetchrow(newest, "referral.sent")
    for by, kind in ((sent, "handover.received"), (receipt, "discrepancy.answered")):
        ended = {"ending": "SETTLED", "ended_at": at, "ended_by": by, "ended_kind": kind}
        with pytest.raises(DBAPIError, match="only an answer that nobody asks for"):
            await duties.owe(early, referral, case, "discrepancy.answer", debtor=JK, creditor=JI, **ended)
    assert await superuser.fetchval("select count(*) from obligation") == 0
    ended = {"ending": "SETTLED", "ended_at": at, "ended_by": receipt, "ended_kind": "handover.received"}
    await duties.owe(early, referral, case, "discrepancy.answer", debtor=JK, creditor=JI, **ended)
    assert await superuser.fetchval("select ended_by from obligation") == receipt


async def test_what_has_ended_stays_as_it_ended(early: Databases, superuser: Any) -> None:
    owed = await owed_since_long(early)
    await duties.settle(early, owed, back=20)
    for attempt in (
        telling(ending=None, ended_at=None, ended_by=None, ended_kind=None),
        telling(ended_kind="referral.declined"),
        telling(ended_at=owed.opened_at),
        lambda d, o: duties.take_back(d, o),
        lambda d, o: duties.settle(d, o, "referral.declined"),
        lambda d, o: duties.offer(d, o),
        lambda d, o: duties.offer(d, o, "pause"),
        lambda d, o: duties.note(d, o),
    ):
        await refused(early, superuser, owed, attempt)


async def test_a_paper_shows_nothing_of_what_is_not_told_by_paper(
    agreed: Databases, early: Databases, superuser: Any
) -> None:
    """Decided two months late: no paper of it, of one end or of both, makes that contested or in time."""
    owed = await owed_since_long(early, due=timedelta(days=1))
    await duties.settle(agreed, owed)
    await refused(agreed, superuser, owed, lambda d, o: duties.record(d, o, JI, TWO[:1], contested=True))
    await duties.record(agreed, owed, JI, TWO[:1])
    await refused(agreed, superuser, owed, lambda d, o: duties.record(d, o, JK, TWO, entered_late=True))
    await duties.record(agreed, owed, JK, TWO)


async def test_what_is_past_due_is_neither_waived_nor_paused(
    agreed: Databases, early: Databases, superuser: Any
) -> None:
    owed = await owed_since_long(early, due=timedelta(days=1))
    await duties.offer(early, owed)
    other = await owed_since_long(early, due=timedelta(days=1))
    await duties.offer(early, other, "pause")
    await refused(agreed, superuser, owed, lambda d, o: duties.waive(d, o))
    await refused(agreed, superuser, other, lambda d, o: duties.pause(d, o))
    await refused(agreed, superuser, other, lambda d, o: duties.offer(d, o))


async def test_a_breach_is_noted_once_by_the_host(agreed: Databases, early: Databases, superuser: Any) -> None:
    owed = await owed_since_long(early, due=timedelta(days=1))
    await duties.note(agreed, owed)
    await refused(agreed, superuser, owed, lambda d, o: duties.note(d, o))


@pytest.mark.parametrize(
    "wrong",
    [
        {"by": JI},
        {"by": JB},
        {"debtor": JK, "creditor": JI, "by": JK},
        {"debtor": JB},
        {"debtor": JK},
        {"opened_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"opened_month": datetime(2026, 1, 1, tzinfo=UTC).date()},
        {"ending": "SETTLED"},
        {"waiver_offer": "0" * 64},
        {"papers": TWO},
        {"id": "0" * 32},
        {"clause": "nothing"},
        {"kind": "handover.receipt"},
        {"ending": "SETTLED", "ended_at": datetime(2026, 3, 2, tzinfo=UTC)},
        {"version": 2},
        {"due": timedelta(days=-1)},
    ],
    ids=str,
)
async def test_an_obligation_begins_as_its_entry_says_or_not_at_all(
    early: Databases, superuser: Any, wrong: Mapping[str, Any]
) -> None:
    case = await acts.open_case(early)
    referral = await acts.send(early, case)
    with pytest.raises((DBAPIError, NoResultFound)):
        await duties.owe(early, referral, case, **wrong)
    assert await superuser.fetchval("select count(*) from obligation") == 0


async def test_the_owner_and_the_superuser_change_no_identity_and_no_past(early: Databases, superuser: Any) -> None:
    owed = await owed_since_long(early)
    await duties.offer(early, owed, back=20)
    before = await kept(superuser)
    assert len(before[1]) == 1
    for name in IDENTITY:
        other = {"debtor": "creditor", "creditor": "debtor"}.get(name)
        value = other or ("null" if name != "opened_at" else "opened_at + interval '1 second'")
        with pytest.raises(Exception, match=r"never changes|null value|refused|violates"):
            await superuser.execute(f"update obligation set {name} = {value}, version = version + 1")  # noqa: S608  # our own names
    for never in (
        "delete from obligation",
        "update obligation_past set version = 9",
        "delete from obligation_past",
        "truncate obligation_past",
    ):
        with pytest.raises(Exception, match="refused to everybody"):
            await superuser.execute(never)
    assert await kept(superuser) == before
