"""Figures: each is told and moves with what it counts, none names anybody, and they are told where they should be."""

import asyncio
import re
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import orjson
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from api import app
from api.metrics import Aside, Figures
from database.addresses import Address
from database.engines import Databases
from database.shelves import SIGNED, Folder
from operations import host_keys
from settings import Settings
from tests.api.conftest import House
from tests.api.servers import REFERRALS, credentials, streaming, talking
from tests.api.streets import Street
from tests.operations import worlds

NIK, NAME = "3578014505600001", "Siti"


async def text_of(http: httpx.AsyncClient) -> str:
    answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return answer.text


async def figures(http: httpx.AsyncClient, name: str, **labels: str) -> float | None:
    """One figure; None where it is not told."""
    families = text_string_to_metric_families(await text_of(http))
    found = [s.value for f in families for s in f.samples if s.name == name and labels.items() <= s.labels.items()]
    return sum(found) if found else None


async def test_requests_are_counted_by_route_and_class_and_nothing_that_was_sent_is_a_label(house: House) -> None:
    http = house.jakarta.http
    for query in ("{ me { partyCode } }", f'{{ case(id: "{NIK}") {{ id }} }}', f"query {NAME}{NIK} {{ no }}"):
        await house.jakarta.post(orjson.dumps({"query": query, "operationName": None}))
    await house.jakarta.post(NAME.encode())
    for n in range(300):
        await http.request(f"M{n}" if n % 2 else "GET", f"/{NAME}/{n}")
        await http.get(f"/ledger/data/{NIK}{n}?{NAME}")
    asked = {"name": "estafet_requests_total", "route": "/graphql"}
    assert (await figures(http, **asked, status="2xx"), await figures(http, **asked, status="4xx")) == (3.0, 1.0)
    assert await figures(http, "estafet_requests_total", route="-", status="4xx", kind="http") == 300
    assert await figures(http, "estafet_request_duration_seconds_count", route="/ledger/data/{sha256}") == 300
    assert (await figures(http, "estafet_request_duration_seconds_sum", route="/graphql") or 0) > 0
    text = await text_of(http)
    assert not any(word in text for word in (NIK, NAME, "id-jk", "ID-JK", "M1"))
    routes = set(re.findall(r'route="([^"]*)"', text))
    assert routes == {"-", "/graphql", "/ledger/data/{sha256}", "/metrics", "/oauth/token"}


async def test_streams_that_last_are_told_while_they_last(street: Street) -> None:
    http, name = street.jakarta.http, "estafet_streams_open"
    assert await figures(http, name) == 0
    async with (
        talking(street.url, await credentials(street.jakarta)),
        talking(street.url, await credentials(street.east_java)),
        streaming(street.jakarta, REFERRALS),
    ):
        assert await figures(http, name, kind="websocket") == 2
        assert await figures(http, name, kind="events") == 1
        assert await figures(http, "estafet_requests_under_way") == 1  # this one
    for _ in range(100):
        if await figures(http, name) == 0:
            break
        await asyncio.sleep(0.05)
    assert await figures(http, name) == 0
    assert await figures(http, "estafet_requests_total", kind="websocket", status="1xx") == 2
    assert await figures(http, "estafet_request_duration_seconds_count", route="/graphql") is None


async def test_the_logs_size_is_told_as_it_is_committed_and_what_of_it_is_published(
    street: Street, superuser: Any
) -> None:
    http = street.jakarta.http
    before = await figures(http, "estafet_ledger_entries_total")
    assert before is not None
    assert before == await superuser.fetchval("select size from ledger_head")
    await street.world.sent()
    assert await figures(http, "estafet_ledger_entries_total") == before + 1
    assert await figures(http, "estafet_ledger_published") == before  # the next checkpoint is an hour away


async def test_connections_are_told_by_pool_and_without_a_database_the_rest_goes_on(
    house: House, superuser: Any
) -> None:
    http = house.jakarta.http
    for pool in ("app", "auth", "worker", "reading"):
        assert await figures(http, "estafet_database_connections_most", pool=pool) == house.settings.pool_size
    async with superuser.transaction():
        await superuser.execute("lock table case_file in access exclusive mode")
        asking = asyncio.create_task(house.jakarta.ask("{ cases(first: 1) { edges { node { number } } } }"))
        for _ in range(100):
            if await figures(http, "estafet_database_connections_used", pool="reading"):
                break
            await asyncio.sleep(0.02)
        assert await figures(http, "estafet_database_connections_used", pool="reading") == 1
        await superuser.execute("lock table ledger_head in access exclusive mode")
        assert await figures(http, "estafet_ledger_entries_total") is None
        assert await figures(http, "estafet_sweep_failures_total", sweep="publishing") == 0
    await asking


async def test_a_round_that_fails_is_a_figure(house: House) -> None:
    http, name = house.jakarta.http, "estafet_sweep_failures_total"
    assert await figures(http, name) == 0
    for _ in range(100):
        (house.settings.published / SIGNED).write_text("no note")  # again, where a round under way has mended it
        if await figures(http, name, sweep="publishing"):
            break
        await asyncio.sleep(0.05)
    assert (await figures(http, name, sweep="publishing") or 0) >= 1
    assert await figures(http, name, sweep="expiring") == 0


async def test_beyond_a_demo_figures_are_told_at_their_own_port_and_nothing_else_is(
    databases: Databases, address: Address, tmp_path: Path
) -> None:
    """The port is the socket's: a caller cannot claim another by what it sends."""
    settings = Settings(data=tmp_path, metrics=("127.0.0.1", 9464))
    keys = host_keys.create(settings.keys)
    await worlds.found(databases, host=keys.host, log=keys.log, wrapping=keys.wrapping)
    async with app.service(settings, address) as served:

        async def status(port: int, path: str, **headers: str) -> int:
            transport = httpx.ASGITransport(app=served)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://localhost:{port}") as http:
                return (await http.get(path, headers=headers)).status_code

        assert [await status(9464, path) for path in ("/metrics", "/livez", "/graphql", "/")] == [200, 404, 404, 404]
        assert [await status(8000, path) for path in ("/metrics", "/livez")] == [404, 200]
        assert await status(8000, "/metrics", host="localhost:9464", **{"x-forwarded-port": "9464"}) == 404


async def test_where_no_port_is_named_figures_are_told_nowhere(databases: Databases, tmp_path: Path) -> None:
    figures = Figures(databases=databases, published=Folder(root=tmp_path), failures=Counter())
    for server in (("localhost", 9464), ("localhost", None), None):
        scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/metrics", "headers": [], "server": server}
        sent: list[Any] = []

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        async def receive() -> Any:
            raise AssertionError

        await Aside(Starlette(), figures=figures, port=None)(scope, receive, send)
        assert sent[0]["status"] == 404
