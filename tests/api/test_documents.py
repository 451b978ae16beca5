"""Trusted documents: asked for by their hash, by the client that registered them and by no other."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import httpx
import orjson
import pytest

import auth.documents
from auth.documents import sha256
from cli.audit.endings import FOUND, UNUSABLE
from cli.main import main
from database.addresses import Address
from database.engines import Databases
from tests.api.conftest import House
from tests.api.doors import PROVINCE, Door, registered
from tests.api.servers import REFERRALS, credentials, talking
from tests.api.streets import Street
from tests.api.test_bad_input import casework, code_of, opening
from tests.api.test_handovers import OPEN
from tests.operations.worlds import EAST_JAVA, JAKARTA

ME = "query Me { me { client } }"
CASES = "query Cases($first: Int!) { cases(first: $first) { totalCount } }"
BROKEN = "{ me { client"
JSON = "application/json"


async def register(databases: Databases, client: str, *documents: str, only: bool | None = None) -> None:
    async with databases.auth.begin() as connection:
        await auth.documents.register(connection, client_id=client, documents=documents, at=datetime.now(UTC))
        if only is not None:
            await auth.documents.hold_to(connection, client_id=client, only=only)


def by_id(document: str, **more: object) -> bytes:
    return orjson.dumps({"documentId": f"sha256:{sha256(document)}", **more})


async def got(door: Door, accept: str | None = JSON, **parameters: str) -> httpx.Response:
    headers = [*door.partner.asking("GET", "/graphql", await door.token())]
    headers += [(b"accept", accept.encode())] if accept is not None else []
    url = httpx.URL("/graphql", params=parameters)
    return await door.http.get(url, headers=headers)


async def test_a_registered_document_is_answered_by_its_hash_with_post_and_get(
    house: House, databases: Databases
) -> None:
    await register(databases, "id-jk", ME, CASES, OPEN)
    told = (await house.jakarta.post(by_id(ME))).json()
    assert told["data"] == {"me": {"client": "id-jk"}}
    assert told == (await house.jakarta.asked(ME)) | {"extensions": told["extensions"]}
    assert (await house.jakarta.post(by_id(CASES, variables={"first": 1}))).json()["data"] == {
        "cases": {"totalCount": 0}
    }
    answer = await got(house.jakarta, documentId=f"sha256:{sha256(CASES)}", variables='{"first": 1}', operationName="")
    assert (answer.status_code, answer.json()["data"]) == (200, {"cases": {"totalCount": 0}})
    assert answer.headers["cache-control"] == "no-store"
    opened = await house.jakarta.post(by_id(OPEN, variables={"input": opening()}))
    assert opened.json()["data"]["openCase"]["errors"] == []


async def test_what_is_not_this_clients_is_unknown_whoevers_it_is(house: House, databases: Databases) -> None:
    other = await registered(
        databases, house.jakarta.http, JAKARTA, PROVINCE, "case-management", name="of-the-same-province"
    )
    await register(databases, "of-the-same-province", ME)
    await register(databases, "id-ji", CASES)
    assert (await other.post(by_id(ME))).json()["data"] == {"me": {"client": "of-the-same-province"}}
    answers = [await house.jakarta.post(by_id(each)) for each in (ME, CASES, "{ me { scopes } }")]
    for bad in ("sha256:" + "A" * 64, "md5:1", "sha256:", "x" * 10_000, "../../etc/passwd"):
        answers.append(await house.jakarta.post(orjson.dumps({"documentId": bad})))
    assert {(each.status_code, each.text) for each in answers} == {(200, answers[0].text)}
    assert code_of(answers[0]) == "DOCUMENT_NOT_FOUND"
    assert len(answers[0].json()["errors"]) == 1
    modern = await house.jakarta.post(by_id(ME), accept="application/graphql-response+json")
    assert (modern.status_code, code_of(modern)) == (400, "DOCUMENT_NOT_FOUND")


async def test_a_client_that_is_held_to_its_documents_has_no_other_text_parsed(
    house: House, databases: Databases, superuser: Any
) -> None:
    await house.jakarta.ask(ME)
    await register(databases, "id-jk", ME, only=True)
    before = await casework(superuser)
    for text in (ME, BROKEN, OPEN, "{ " * 2000):
        content = orjson.dumps({"query": text, "variables": {"input": opening()} if text == OPEN else {}})
        answer = await house.jakarta.post(content)
        assert code_of(answer) == "TRUSTED_DOCUMENT_REQUIRED", text[:20]
    assert await casework(superuser) == before
    assert (await house.jakarta.post(by_id(ME))).json()["data"] == {"me": {"client": "id-jk"}}
    assert code_of(await house.jakarta.post(by_id(CASES))) == "DOCUMENT_NOT_FOUND"
    await house.east_java.ask(ME)  # it is this client's own
    await register(databases, "id-jk", only=False)
    await house.jakarta.ask(CASES, first=1)


async def test_what_is_forgotten_is_unknown_at_once(house: House, databases: Databases) -> None:
    await register(databases, "id-jk", ME)
    assert "data" in (await house.jakarta.post(by_id(ME))).json()
    async with databases.auth.begin() as connection:
        assert await auth.documents.forget(connection, client_id="id-jk", hashes=[sha256(ME)]) == 1
    assert code_of(await house.jakarta.post(by_id(ME))) == "DOCUMENT_NOT_FOUND"


async def test_get_is_for_queries_by_id_and_names_what_it_wants(
    house: House, databases: Databases, superuser: Any
) -> None:
    await register(databases, "id-jk", ME, OPEN, REFERRALS)
    before = await casework(superuser)
    told = orjson.dumps({"input": opening()}).decode()
    for document in (OPEN, REFERRALS):
        variables = told if document == OPEN else "{}"
        answer = await got(house.jakarta, documentId=f"sha256:{sha256(document)}", variables=variables)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST"), answer.text
    assert await casework(superuser) == before
    own = f"sha256:{sha256(ME)}"
    for accept in ("*/*", "text/html,*/*;q=0.8", "image/png", "application/*", "text/event-stream", None):
        answer = await got(house.jakarta, accept, documentId=own)
        assert answer.status_code == 406, accept
    for accept in (JSON, "application/graphql-response+json", "application/json, */*"):
        assert (await got(house.jakarta, accept, documentId=own)).status_code == 200, accept
    for more in ({"query": ME}, {"variables": "["}, {"variables": "[1]"}, {"strange": "1"}, {"extensions": "x"}):
        assert (await got(house.jakarta, documentId=own, **more)).status_code == 400, more
    headers = [
        *house.jakarta.partner.asking("GET", "/graphql", await house.jakarta.token()),
        (b"accept", b"application/json"),
    ]
    for query in (f"documentId={own}&documentId={own}", f"documentId={own}&", "documentId=%ff", "documentId="):
        answer = await house.jakarta.http.get("/graphql?" + query, headers=headers)
        headers = [
            *house.jakarta.partner.asking("GET", "/graphql", await house.jakarta.token()),
            (b"accept", b"application/json"),
        ]
        assert (answer.status_code, code_of(answer)) == (400, "BAD_REQUEST"), query
    for method in ("HEAD", "PUT", "DELETE"):
        answer = await house.jakarta.http.request(method, f"/graphql?documentId={own}", headers={"accept": JSON})
        assert answer.status_code == 405
    assert (await house.jakarta.http.get(f"/graphql?documentId={own}", headers={"accept": JSON})).status_code == 401


@pytest.mark.parametrize(
    "sent",
    [
        {"query": ME, "documentId": "sha256:" + "0" * 64},
        {"query": "", "documentId": "sha256:" + "0" * 64},
        {"documentId": ""},
        {"documentId": 1},
        {"documentId": None},
        {"documentId": ["sha256"]},
    ],
)
async def test_a_request_has_one_document(house: House, sent: dict[str, object]) -> None:
    answer = await house.jakarta.post(orjson.dumps(sent))
    assert (answer.status_code, code_of(answer)) == (400, "BAD_REQUEST")


async def test_a_websocket_knows_them_too_and_the_switch_counts_from_the_next_subscription(street: Street) -> None:
    await register(street.databases, "id-jk", REFERRALS)
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        await register(street.databases, "id-jk", only=True)
        await talk.subscribe("1", REFERRALS)
        refused = await talk.heard()
        assert refused["payload"][0]["extensions"]["code"] == "TRUSTED_DOCUMENT_REQUIRED"
        payload = {"documentId": f"sha256:{sha256(REFERRALS)}", "variables": {"after": "0-0"}}
        await talk.say({"id": "2", "type": "subscribe", "payload": payload})
        await street.world.sent()
        told = await talk.heard()
        assert (told["id"], told["type"]) == ("2", "next")


async def test_the_database_keeps_each_to_its_own_hash_and_party(
    house: House, databases: Databases, address: Address, superuser: Any
) -> None:
    await register(databases, "id-jk", ME)
    app = await asyncpg.connect(address.app)
    try:
        count = "select count(*) from trusted_document"
        for party, seen in ((JAKARTA, 1), (EAST_JAVA, 0), ("HOST", 0), ("", 0)):
            await app.execute("select set_config('app.party', $1, false)", party)
            assert await app.fetchval(count) == seen, party
        for change in (
            "delete from trusted_document",
            "update trusted_document set document = 'x'",
            "insert into trusted_document select * from trusted_document",
            "update oauth_client set trusted_only = false",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(change)
    finally:
        await app.close()
    keeper = await asyncpg.connect(address.auth)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await keeper.execute("update trusted_document set document = 'x'")
        row = "insert into trusted_document values ($1, $2, $3, $4, now())"
        for client, number, party, text, fault in (
            ("id-jk", sha256("other"), JAKARTA, CASES, asyncpg.CheckViolationError),
            ("id-jk", sha256(CASES), EAST_JAVA, CASES, asyncpg.ForeignKeyViolationError),
            ("nobody", sha256(CASES), JAKARTA, CASES, asyncpg.ForeignKeyViolationError),
        ):
            with pytest.raises(fault):
                await keeper.execute(row, client, number, party, text)
    finally:
        await keeper.close()
    assert await superuser.fetchval("select count(*) from trusted_document") == 1


async def test_the_command_registers_what_can_be_answered_and_nothing_else(
    house: House, address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, url in (
        ("", address.app),
        ("_AUTH", address.auth),
        ("_WORKER", address.worker),
        ("_OWNER", address.owner),
    ):
        monkeypatch.setenv(f"ESTAFET_DATABASE_URL{name}", url)

    async def run(*words: str) -> int:
        return await asyncio.to_thread(main, ["clients", "documents", "id-jk", *words])

    good, bad, manifest = tmp_path / "me.graphql", tmp_path / "bad.graphql", tmp_path / "documents.json"
    good.write_text(ME)
    bad.write_text("{ nothing }")
    manifest.write_text(orjson.dumps({f"sha256:{sha256(CASES)}": CASES, sha256(OPEN): OPEN}).decode())
    assert await run(str(good), str(bad)) == FOUND
    assert code_of(await house.jakarta.post(by_id(ME))) == "DOCUMENT_NOT_FOUND"
    assert await run(str(good), str(manifest), "--only") == 0
    assert f"sha256:{sha256(ME)} query Me" in capsys.readouterr().out
    for document in (ME, CASES):
        assert "data" in (await house.jakarta.post(by_id(document, variables={"first": 1}))).json()
    assert code_of(await house.jakarta.post(orjson.dumps({"query": ME}))) == "TRUSTED_DOCUMENT_REQUIRED"
    assert await run("--forget", str(good), "--any") == 0
    capsys.readouterr()
    assert await run() == 0
    assert set(capsys.readouterr().out.split()) == {f"sha256:{sha256(each)}" for each in (CASES, OPEN)}
    await house.jakarta.ask(ME)
    manifest.write_text(orjson.dumps({"0" * 64: CASES}).decode())
    assert await run(str(manifest)) == UNUSABLE
    (tmp_path / "fragment.graphql").write_text("fragment F on Me { client }")
    assert await run(str(tmp_path / "fragment.graphql")) == FOUND
    assert await asyncio.to_thread(main, ["clients", "documents", "nobody", str(good)]) == FOUND
