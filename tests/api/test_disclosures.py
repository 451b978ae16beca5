"""What was sealed in an entry, shown to its two ends and, case by case, to an auditor; and the trace of it."""

import base64
from typing import Any

import orjson
import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError

from database.engines import Databases
from database.owed import disclosure
from database.tables import opening
from database.transaction import Asker, transaction
from ledger import commitments
from ledger.commitments import Opening
from tests.api import doors
from tests.api.conftest import House
from tests.api.doors import AUDITOR, PROVINCE, Door
from tests.api.test_handovers import accepted, sent
from tests.operations.worlds import EAST_JAVA, JAKARTA

SENT = '{ ledgerEntries(first: 1, filter: {kind: "referral.sent"}) { edges { node { index statement envelope } } } }'
TRAIL = "select party, purpose, reason, statement from disclosure order by at, party"


async def entry(house: House) -> Any:
    return (await house.auditor.ask(SENT))["ledgerEntries"]["edges"][0]["node"]


async def trail(superuser: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await superuser.fetch(TRAIL)]


def opens(node: Any, answer: Any) -> dict[str, Any]:
    """The values, each of which opens its commitment in the signed body."""
    body = orjson.loads(base64.b64decode(orjson.loads(node["envelope"])["payload"]))
    told = [
        Opening(name=each["name"], value=orjson.loads(each["value"]), salt=bytes.fromhex(each["salt"]))
        for each in answer["openings"]
    ]
    assert answer["statement"] == node["statement"]
    return dict(commitments.open_all(body["sealed"], told))


async def test_the_signer_sees_what_it_sealed_and_the_other_end_once_it_has_accepted(
    house: House, superuser: Any
) -> None:
    await sent(house)
    node = await entry(house)
    path = f"/ledger/openings/{node['index']}"
    assert opens(node, (await house.jakarta.get(path)).json())["risk"] in ("LOW", "MEDIUM", "HIGH", "EMERGENCY")
    before = await trail(superuser)
    assert before == [(JAKARTA, "case-management", None, node["statement"])]
    assert (await house.east_java.get(path)).status_code == 404
    assert await trail(superuser) == before


async def test_the_other_end_sees_it_once_it_has_accepted_and_a_third_province_never(
    house: House, superuser: Any
) -> None:
    await accepted(house)
    node = await entry(house)
    path = f"/ledger/openings/{node['index']}"
    answer = await house.east_java.get(path)
    assert answer.headers["cache-control"] == "private, no-store"
    assert set(opens(node, answer.json())) == {"age_band", "case", "category", "risk", "sex", "vulnerability"}
    before = await trail(superuser)
    assert before == [(EAST_JAVA, "case-management", None, node["statement"])]
    unknown = await house.west_java.get("/ledger/openings/99999")
    refused = await house.west_java.get(path)
    assert (refused.status_code, refused.text) == (unknown.status_code, unknown.text) == (404, unknown.text)
    for odd in ("x", "01", "-1", "1e3", "9" * 17):
        assert (await house.jakarta.get(f"/ledger/openings/{odd}")).status_code == 404
    assert await trail(superuser) == before


async def test_an_auditor_is_shown_one_case_for_a_reason_and_both_ends_see_that(
    house: House, databases: Databases, superuser: Any
) -> None:
    await accepted(house)
    node = await entry(house)
    path = f"/ledger/openings/{node['index']}"
    for reason in ("", "?reason=", "?reason=CURIOSITY", "?reason=breach"):
        assert (await house.auditor.get(path + reason)).status_code == 400
    assert await trail(superuser) == []
    answer = await house.auditor.get(f"{path}?reason=BREACH")
    assert "risk" in opens(node, answer.json())
    shown = [("AUDITOR:bpk", "audit", "BREACH", node["statement"])]
    assert await trail(superuser) == shown
    for party, seen in ((JAKARTA, 1), (EAST_JAVA, 1), ("ID-JB", 0), ("AUDITOR:other", 0), ("AUDITOR:bpk", 1)):
        assert await counted(databases, party, disclosure) == seen, party
    asked = f"{path}?reason=BREACH"
    for nothing in ("/ledger/openings/0?reason=BREACH", f"{asked}&name=nik", f"{asked}&name=%00"):
        assert (await house.auditor.get(nothing)).status_code == 404
    assert await trail(superuser) == shown


async def test_who_names_a_value_is_shown_no_other_and_the_row_says_which(house: House, superuser: Any) -> None:
    await accepted(house)
    path = f"/ledger/openings/{(await entry(house))['index']}?reason=BREACH"
    shown = (await house.auditor.get(f"{path}&name=risk")).json()
    assert [each["name"] for each in shown["openings"]] == ["risk"]
    assert await superuser.fetchval("select names from disclosure") == ["risk"]


async def counted(databases: Databases, party: str, table: Any) -> int:
    async with transaction(databases.app, Asker(party=party, subject="s", purpose="audit")) as tx:
        return int((await tx.connection.execute(select(func.count()).select_from(table))).scalar_one())


async def noted(databases: Databases, party: str, row: dict[str, Any]) -> None:
    async with transaction(databases.app, Asker(party=party, subject="s", purpose="audit")) as tx:
        await tx.connection.execute(insert(disclosure).values(id=func.gen_random_uuid(), at=func.now(), **row))


async def test_without_a_row_of_this_very_transaction_an_auditor_finds_no_opening_by_any_road(
    house: House, databases: Databases, superuser: Any
) -> None:
    await accepted(house)
    node = await entry(house)
    await house.auditor.get(f"/ledger/openings/{node['index']}?reason=BREACH")
    assert await counted(databases, "AUDITOR:bpk", opening) == 0
    before = await trail(superuser)
    told = {"statement": node["statement"], "subject": "s", "purpose": "audit"}
    for party, changes in (
        ("AUDITOR:bpk", {"party": "AUDITOR:other", "reason": "BREACH"}),  # in another's name
        ("AUDITOR:bpk", {"party": "AUDITOR:bpk", "reason": None}),
        ("AUDITOR:bpk", {"party": "AUDITOR:bpk", "reason": "I wondered"}),
    ):
        with pytest.raises(DBAPIError):
            await noted(databases, party, {**told, **changes})
    for rewriting in ("update disclosure set reason = 'COURT'", "delete from disclosure"):
        with pytest.raises(Exception, match="refused to everybody"):
            await superuser.execute(rewriting)
    assert await trail(superuser) == before


async def test_who_may_not_ask_is_refused_and_leaves_no_trace_of_a_showing(
    house: House, databases: Databases, superuser: Any
) -> None:
    await accepted(house)
    path = f"/ledger/openings/{(await entry(house))['index']}?reason=BREACH"
    assert (await house.jakarta.http.get(path)).status_code == 401
    http = house.jakarta.http
    refused: list[Door] = [
        doors.with_scopes(house.jakarta, "cases:read"),
        doors.with_scopes(house.auditor, "obligations:read"),
        await doors.registered(databases, http, "AUDITOR:idle", AUDITOR, "emergency", "idle"),
        await doors.registered(databases, http, "WITNESS:kampus", AUDITOR, "audit", "kampus"),
        await doors.registered(databases, http, "HOST", PROVINCE | AUDITOR, "audit", "host"),
    ]
    for door in refused:
        answer = await door.get(path)
        assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert await trail(superuser) == []
