"""Software that others wrote, through the sidecar: it knows nothing of tokens and proofs, and finds a GraphQL service.

Promise: `schemathesis` makes requests of the schema it is told, and none is answered by a fault or in a shape that is
not GraphQL's; the audits of npm's `graphql-http` find what they find at the door itself; so do the checks of
graphql-cop; `gql` and npm's `graphql-ws` follow.
Elsewhere: the same at the service's own door, `tests.api`.
"""

import asyncio
import base64
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from database.addresses import Address
from database.engines import Databases
from tests.api import packages
from tests.api.servers import PROTOCOL, REFERRALS
from tests.api.test_bad_input import casework
from tests.api.test_graphql_over_http import ALL, AUDITS, NO_QUERY_BY_GET, audited
from tests.api.test_handovers import OPEN
from tests.api.test_known_attacks import ACT, COP, FORMS, NEAR, TYPES, clean
from tests.cli import sidecars
from tests.cli.sidecars import Beside, Place
from tests.cli.starts import free_port
from tests.conftest import SOAK

FOLLOWING = Path(__file__).with_name("following")
EXAMPLES = "200" if os.environ.get(SOAK) == "1" else "2"  # of each of 35 root fields
REFUSED = {"BAD_REQUEST", "LIMIT_EXCEEDED", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}


@pytest.fixture
async def place(databases: Databases, address: Address, tmp_path: Path) -> AsyncIterator[Place]:
    async with sidecars.place(databases, address, tmp_path) as place:
        yield place


@pytest.fixture
async def side(place: Place) -> AsyncIterator[Beside]:
    file = await place.client("panti-1")
    await place.world.released()
    async with place.open(), sidecars.beside(file) as side:
        yield side


async def test_schemathesis_finds_no_fault_and_no_strange_shape(side: Beside, tmp_path: Path) -> None:
    """By its own command, as a partner would run it; a valid request may still be refused (`first` and `last`)."""
    told = tmp_path / "told.ndjson"
    program = str(Path(sys.executable).with_name("schemathesis"))
    words = ["--checks=all", "--exclude-checks=positive_data_acceptance", f"--max-examples={EXAMPLES}", "--seed=7"]
    more = ["--generation-database=none", f"--report-ndjson-path={told}", "--report=ndjson", "--no-color"]
    running = await asyncio.create_subprocess_exec(
        *(program, "run", f"{side.url}/graphql", *words, *more, "--request-timeout=20"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()
    answers = list(heard(told))
    assert len({label for label, _, _ in answers}) == 35
    assert len(answers) >= 60
    for label, status, answer in answers:
        assert status == 200, (label, answer)
        assert set(answer) <= {"data", "errors", "extensions"}, label
        assert "data" in answer or {e["extensions"]["code"] for e in answer["errors"]} <= REFUSED, (label, answer)
        assert all(e["extensions"]["code"] != "INTERNAL" for e in answer.get("errors", ())), (label, answer)
        assert set(answer.get("extensions", {})) <= {"cost"}, label


async def test_what_schemathesis_found_once_has_its_code_now(side: Beside) -> None:
    """A value that only running the act finds wrong was told without `extensions.code`."""
    text = """mutation { prepareStatement(input: {waiverAgreed: null, referralAccepted: {
      referral: "x", signer: {key: "y"}}}) { errors { code } } }"""
    answer = (await side.ask(text)).json()
    assert (answer["data"], [each["extensions"] for each in answer["errors"]]) == (None, [{"code": "BAD_REQUEST"}])


def heard(report: Path) -> Any:
    """What was asked for, the status, and the answer."""
    for line in report.read_text().splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for each in recorder.get("interactions", {}).values():
            content = base64.b64decode(each["response"]["content"]["$base64"])
            yield recorder["label"], each["response"]["status_code"], orjson.loads(content)


async def test_the_audits_find_what_they_find_at_the_door_itself(side: Beside) -> None:
    node = packages.node()
    results = await audited(node, packages=str(packages.installed(AUDITS)), url=f"{side.url}/graphql")
    unmet = {each["id"]: each for each in results if each["status"] != "ok"}
    assert set(unmet) == NO_QUERY_BY_GET, unmet
    assert {each["response"]["status"] for each in unmet.values()} == {405}
    assert len(results) == ALL


async def test_the_checks_of_graphql_cop_find_nothing(side: Beside, superuser: Any) -> None:
    before = await casework(superuser)
    for name, (text, code) in COP.items():
        answer = await side.http.post("/graphql", json={"query": text}, headers={"x-apollo-tracing": "1"})
        told = answer.json()
        assert (list(told), told["errors"][0]["extensions"]["code"], clean(answer)) == (["errors"], code, True), name
    for text in NEAR:
        assert clean(await side.http.post("/graphql", json={"query": text})), text
    for kind, content in FORMS.items():
        headers = {} if kind == "left out" else {"content-type": kind}
        answer = await side.http.post("/graphql", content=content, headers=headers)
        assert (answer.status_code, clean(answer)) == (415, True), kind
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        headers = {"x-http-method-override": "POST"}
        answer = await side.http.request(method, "/graphql?query=mutation+%7B+a+%7D", headers=headers)
        assert answer.status_code == 405, method
    batch = await side.http.post("/graphql", content=b"[" + ACT + b"]", headers={"content-type": "application/json"})
    assert batch.status_code == 400
    assert len((await side.http.post("/graphql", json={"query": TYPES})).json()["data"]["__schema"]["types"]) > 100
    assert await casework(superuser) == before


async def test_a_trusted_document_goes_through_with_get(side: Beside, place: Place) -> None:
    answer = await side.http.get(
        f"/graphql?documentId=sha256:{'0' * 64}", headers={"accept": "application/graphql-response+json"}
    )
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "DOCUMENT_NOT_FOUND")
    assert "mutation" in OPEN


async def test_gql_asks_and_follows(side: Beside, place: Place) -> None:
    async with Client(transport=HTTPXAsyncTransport(url=f"{side.url}/graphql"), fetch_schema_from_transport=True) as s:
        assert await s.execute(gql("{ me { client } }")) == {"me": {"client": "panti-1"}}
    url = side.url.replace("http", "ws") + "/graphql"
    headers = {"Authorization": "Bearer of-its-own"}
    transport = WebsocketsTransport(
        url=url, subprotocols=[PROTOCOL], headers=headers, init_payload=headers, ping_interval=0.2, pong_timeout=2
    )
    async with Client(transport=transport) as session:
        followed = session.subscribe(GraphQLRequest(REFERRALS, variable_values={"after": "0-0"}))
        async with asyncio.timeout(10):
            assert (await anext(followed))["referralChanged"]["cursor"]
        await followed.aclose()


async def test_graphql_ws_of_npm_follows_and_comes_back_when_it_is_told_to(place: Place) -> None:
    node, installed = packages.node(), packages.installed(FOLLOWING)
    if int(re.sub(r"\D.*", "", (await output(node, "--version")).lstrip("v"))) < 20:
        pytest.skip("npm's graphql-ws needs Node 20")
    file, port = await place.client("panti-1"), free_port()
    url = f"ws://127.0.0.1:{port}/graphql"
    asked = {"packages": str(installed), "url": url, "query": REFERRALS, "variables": {"after": "0-0"}, "events": 3}
    async with place.open():
        async with sidecars.beside(file, port=port):
            pipe = asyncio.subprocess.PIPE
            script = str(FOLLOWING / "follow.mjs")
            client = await asyncio.create_subprocess_exec(node, script, stdin=pipe, stdout=pipe, stderr=pipe)
            assert client.stdin is not None
            assert client.stdout is not None
            client.stdin.write(json.dumps(asked).encode())
            client.stdin.close()
            await place.world.sent()
            first = json.loads(await asyncio.wait_for(client.stdout.readline(), 20))
        async with sidecars.beside(file, port=port):  # it came back by itself
            await place.world.sent()
            out, said = await asyncio.wait_for(client.communicate(), 20)
    assert client.returncode == 0, said.decode()
    told = [first, *(json.loads(line) for line in out.splitlines())]
    cursors = [each["data"]["referralChanged"]["cursor"] for each in told]
    assert (cursors[0], len(set(cursors))) == (cursors[1], 2)  # it asked again for what came after the same cursor


async def output(program: str, *words: str) -> str:
    """What a program says."""
    running = await asyncio.create_subprocess_exec(program, *words, stdout=asyncio.subprocess.PIPE)
    out, _ = await running.communicate()
    return out.decode()
