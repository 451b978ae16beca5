"""Every reading of what is sealed is in the trail, by whatever road it comes; without its trail nothing comes out."""

from typing import Any

import orjson
import pytest

from database import trails
from database.engines import Databases
from tests.api import doors
from tests.api.conftest import House
from tests.api.servers import credentials, talking
from tests.api.streets import Street
from tests.api.test_handovers import OPEN, assessed, examined, opened
from tests.operations.worlds import JAKARTA, SITI

NIK = "3578014505600001"
CASE = "query($id: ID!) { case(id: $id) { person { identity { fullName nik birthDate } } } }"
NODE = "query($id: ID!) { node(id: $id) { ... on Case { person { identity { nik } } } } }"
LIST = "{ cases(first: 10) { edges { node { person { initials identity { nik } } } } pageInfo { hasNextPage } } }"
ROADS = {"by id": CASE, "by node": NODE, "in a list": LIST}
FAILING = """
create function failing() returns trigger language plpgsql as $$ begin raise exception 'no trail today'; end $$;
create trigger failing before insert on trail for each row execute function failing();
"""


async def trail(superuser: Any) -> list[Any]:
    return list(await superuser.fetch("select * from trail where act <> 'JUDGED' order by id"))


@pytest.mark.parametrize("road", ROADS)
async def test_a_reading_is_told_with_who_what_whom_and_which_document(house: House, superuser: Any, road: str) -> None:
    case = await opened(house.jakarta)
    [first] = await trail(superuser)  # of the payload of openCase
    got = await house.jakarta.asked(ROADS[road], id=case["id"])
    assert NIK in str(got["data"])
    [_, row] = await trail(superuser)
    person = await superuser.fetchval("select id from person")
    assert (row["party"], row["client"], row["purpose"], row["act"]) == ("ID-JK", "id-jk", "case-management", "READ")
    assert (row["persons"], row["document"]) == ([person], trails.digest(ROADS[road]))
    assert "Identity.nik" in row["fields"]
    assert (first["act"], first["persons"], first["document"]) == ("READ", [person], trails.digest(OPEN))


@pytest.mark.parametrize("road", ROADS)
async def test_without_its_trail_no_nik_comes_out_of_a_question(house: House, superuser: Any, road: str) -> None:
    case = await opened(house.jakarta)
    before = await trail(superuser)
    await superuser.execute(FAILING)
    answer = await house.jakarta.post(orjson.dumps({"query": ROADS[road], "variables": {"id": case["id"]}}))
    assert NIK not in answer.text
    assert "Siti" not in answer.text
    assert answer.status_code == 500
    assert await trail(superuser) == before


async def test_without_its_trail_no_nik_comes_out_of_an_acts_payload(house: House, superuser: Any) -> None:
    await superuser.execute(FAILING)
    person = {"fullName": SITI.full_name, "nik": NIK, "sex": "FEMALE"}
    told = {"idempotencyKey": "k", "number": "JK/1", "category": "GELANDANGAN", "vulnerabilities": []}
    answer = await house.jakarta.post(orjson.dumps({"query": OPEN, "variables": {"input": {**told, "person": person}}}))
    assert NIK not in answer.text
    assert SITI.full_name not in answer.text
    assert await trail(superuser) == []


async def test_without_its_trail_no_act_judges_by_what_is_sealed(house: House, superuser: Any) -> None:
    """A referral's preview tells an age band: the birth date is opened for it."""
    case = await assessed(house.jakarta)
    await superuser.execute(FAILING)
    given = {"referralSent": {"case": case["id"], "to": "ID-JI", "signer": {"key": house.jakarta.name}}}
    answer = await house.jakarta.asked(doors.PREPARE, input=given)
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert await superuser.fetchval("select count(*) from trail where act = 'JUDGED'") == 0


async def test_a_list_writes_one_row_with_the_persons_it_tells_of_and_no_other(house: House, superuser: Any) -> None:
    """The row that is only read to see whether there are more is shown to nobody."""
    for n in range(1, 6):
        await opened(house.jakarta, n)
    before = len(await trail(superuser))
    page = "{ cases(first: 3) { edges { node { person { identity { fullName } } } } pageInfo { hasNextPage } } }"
    got = await house.jakarta.ask(page)
    assert got["cases"]["pageInfo"] == {"hasNextPage": True}
    [row] = (await trail(superuser))[before:]
    newest = await superuser.fetch("select person_id from case_file order by opened_at desc, id desc limit 3")
    assert set(row["persons"]) == {each[0] for each in newest}
    last = "{ cases(last: 3) { edges { node { person { identity { fullName } } } } pageInfo { hasPreviousPage } } }"
    await house.jakarta.ask(last)
    [row] = (await trail(superuser))[before + 1 :]
    oldest = await superuser.fetch("select person_id from case_file order by opened_at, id limit 3")
    assert set(row["persons"]) == {each[0] for each in oldest}


async def test_names_in_a_list_need_a_scope_of_their_own_and_initials_do_not(house: House, superuser: Any) -> None:
    await opened(house.jakarta)
    before = await trail(superuser)
    door = doors.with_scopes(house.jakarta, "cases:read", "identity:read")
    answer = await door.post(orjson.dumps({"query": LIST}))
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["scopes"] == ["identity:list"]
    [row] = (await trail(superuser))[len(before) :]
    assert (row["act"], row["persons"], row["document"]) == ("REFUSED", [], trails.digest(LIST))
    assert row["fields"] == ["Identity.nik"]
    initials = await door.ask("{ cases(first: 10) { edges { node { number person { initials sex } } } } }")
    assert initials["cases"]["edges"][0]["node"]["person"]["initials"] == "S.A."
    assert len(await trail(superuser)) == len(before) + 1  # nothing sealed, no trail


async def test_a_condition_and_an_answer_are_trailed_to_both_ends(house: House, superuser: Any) -> None:
    case = await assessed(house.jakarta)
    prepared = await house.jakarta.prepare("referralSent", case=case["id"], to="ID-JI")
    sent = await house.jakarta.act("sendReferral", prepared, case["version"], "referral { id version }")
    referral = sent["referral"]
    prepared = await house.east_java.prepare("referralAccepted", referral=referral["id"])
    await house.east_java.act("acceptReferral", prepared, 1, "referral { id version }")
    prepared = await house.jakarta.prepare("fitnessCertified", referral=referral["id"], **examined())
    await house.jakarta.act("certifyFitness", prepared, 2, "referral { id version }")
    before = len(await trail(superuser))
    got = await house.east_java.ask(
        "query($id: ID!) { referral(id: $id) { case { person { identity { nik } } } } }", id=referral["id"]
    )
    assert NIK in str(got)
    [row] = (await trail(superuser))[before:]
    assert (row["party"], row["persons"]) == ("ID-JI", [await superuser.fetchval("select id from person")])


async def test_a_stranger_leaves_no_trail_where_there_is_nothing_for_it(house: House, superuser: Any) -> None:
    case = await opened(house.jakarta)
    before = await trail(superuser)
    assert (await house.west_java.ask(CASE, id=case["id"]))["case"] is None
    assert (await house.west_java.ask(LIST))["cases"]["edges"] == []
    assert await trail(superuser) == before


async def test_without_the_key_store_nothing_sealed_is_told_and_everything_else_is(
    house: House, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await opened(house.jakarta)
    await superuser.execute("alter role estafet_keys connection limit 0")
    try:
        await superuser.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'estafet_keys'")
        answer = await house.jakarta.post(orjson.dumps({"query": CASE, "variables": {"id": case["id"]}}))
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "KEYS_AWAY")
        assert NIK not in answer.text
        assert (await house.jakarta.ask("{ cases(first: 1) { edges { node { number } } } }"))["cases"]["edges"]
    finally:
        await superuser.execute("alter role estafet_keys connection limit -1")
    assert NIK in str(await house.jakarta.ask(CASE, id=case["id"]))


async def test_an_event_that_is_followed_is_trailed_or_not_told(street: Street, superuser: Any) -> None:
    asked = "subscription { referralChanged { referral { case { person { identity { nik } } } } } }"
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        await talk.subscribe("1", asked)
        await talk.settled()
        case = await street.world.assessed_case(JAKARTA)
        referral = await street.world.sent(case)
        heard = await talk.heard()
        assert heard["payload"]["data"]["referralChanged"]["referral"]["case"]["person"]["identity"]["nik"] == SITI.nik
        [row] = await trail(superuser)
        assert (row["party"], row["document"], len(row["persons"])) == ("ID-JK", trails.digest(asked), 1)
        await superuser.execute(FAILING)
        await street.acknowledge(referral)
        assert (await talk.closed())[0] == 1011
    assert len(await trail(superuser)) == 1


async def test_what_was_altered_is_an_error_and_tells_nothing(
    house: House, superuser: Any, databases: Databases
) -> None:
    case = await opened(house.jakarta)
    await superuser.execute("set session_replication_role = replica")
    await superuser.execute("update person set sealed = set_byte(sealed, 60, get_byte(sealed, 60) # 1)")
    got = await house.jakarta.asked(CASE, id=case["id"])
    assert got["data"]["case"]["person"]["identity"] == {"fullName": None, "nik": None, "birthDate": None}
    assert len(got["errors"]) == 3
