"""estafet connect: any software speaks to the service through it; no page in a browser and no other machine does."""

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

import auth.clients
from cli.audit import credentials
from cli.audit.endings import Stopped
from cli.connect import commands, doors, roads, upstreams
from cli.connect.tokens import Tokens
from database.addresses import Address
from database.engines import Databases
from settings import Settings
from tests.api.servers import REFERRALS, served, talking
from tests.cli import sidecars
from tests.cli.sidecars import Beside, Place
from tests.cli.starts import free_port
from tests.operations.worlds import JAKARTA

ME = "{ me { client partyCode } }"
TRUSTED = "http://localhost:3000"


@pytest.fixture
async def place(databases: Databases, address: Address, tmp_path: Path) -> AsyncIterator[Place]:
    async with sidecars.place(databases, address, tmp_path) as place:
        yield place


@pytest.fixture
async def side(place: Place) -> AsyncIterator[Beside]:
    file = await place.client("panti-1")
    async with place.open(), sidecars.beside(file, TRUSTED) as side:
        yield side


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


async def tokens(superuser: Any) -> int:
    return int(await superuser.fetchval("select count(*) from oauth_token"))


async def test_software_without_a_token_is_answered_as_the_client(side: Beside, superuser: Any) -> None:
    answers = await asyncio.gather(*(side.ask(ME) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json()["data"] == {"me": {"client": "panti-1", "partyCode": JAKARTA}}
    assert await tokens(superuser) == 1  # asked once for all twelve


async def test_a_token_that_was_revoked_is_asked_anew_once_and_a_disabled_client_is_told(
    side: Beside, place: Place, superuser: Any
) -> None:
    await side.ask(ME)
    await superuser.execute("update oauth_token set revoked_at = now()")
    answers = await asyncio.gather(*(side.ask(ME) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert await tokens(superuser) == 2
    async with place.databases.auth.begin() as connection:
        await auth.clients.disable(connection, client_id="panti-1", at=datetime.now(UTC))
    answer = await side.ask(ME)
    assert (answer.status_code, code(answer)) == (502, "SERVICE_REFUSED")
    assert "invalid_client" in answer.text
    assert await tokens(superuser) == 2


async def test_what_is_guarded_and_what_is_public_both_go_through(side: Beside, place: Place) -> None:
    await side.ask(ME)
    assert (await side.http.get("/events?after=0-0&first=5")).status_code == 200
    assert (await side.http.get("/livez")).status_code == 200
    assert (await side.http.get("/oauth/jwks")).json()["keys"]
    assert (await side.http.get("/.well-known/oauth-protected-resource")).json()["resource"] == place.url
    assert (await side.http.get("/ledger/vkey")).text.startswith("demo.estafet.invalid/")
    assert (await side.http.get("/ledger/proof/0")).status_code in (403, 404)
    assert (await side.http.get(f"/ledger/statements/{'00' * 32}")).status_code in (403, 404)


REFUSED_PATHS = [
    "/oauth/token",
    "/oauth/revoke",
    "/",
    "/console/console.js",
    "/metrics",
    "/ledger/../oauth/token",
    "/ledger/./vkey",
    "/ledger//vkey",
    "/ledger/%2e%2e/oauth/jwks",
    "/evidence/a%2Fb",
    "/graphql/",
    "http://elsewhere.example/graphql",
    "//elsewhere.example/graphql",
]


async def test_no_other_path_goes_on(side: Beside, superuser: Any) -> None:
    own = side.url.removeprefix("http://")
    for path in REFUSED_PATHS:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(own.rsplit(":", 1)[1]))
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n".encode())
        answer = (await reader.read()).decode()
        writer.close()
        assert answer.startswith("HTTP/1.1 404"), (path, answer)
    answer = (await side.http.post("/events", json={})).text
    assert "METHOD_NOT_ALLOWED" in answer
    assert await tokens(superuser) == 0


FORBIDDEN: dict[str, tuple[dict[str, str], int, str]] = {
    "a name that leads here by somebody's DNS": ({"host": "evil.example:8710"}, 421, "FORBIDDEN_HOST"),
    "our name with another port": ({"host": "127.0.0.1:1"}, 421, "FORBIDDEN_HOST"),
    "our name without a port": ({"host": "127.0.0.1"}, 421, "FORBIDDEN_HOST"),
    "a page": ({"origin": "https://evil.example"}, 403, "FORBIDDEN_ORIGIN"),
    "a sandboxed page": ({"origin": "null"}, 403, "FORBIDDEN_ORIGIN"),
    "a page of a listed host on another port": ({"origin": "http://localhost:3001"}, 403, "FORBIDDEN_ORIGIN"),
    "a page that hides its origin": ({"sec-fetch-site": "cross-site"}, 403, "FORBIDDEN_ORIGIN"),
    "a page of this machine": ({"sec-fetch-site": "same-site"}, 403, "FORBIDDEN_ORIGIN"),
    "a page at our own address": ({"sec-fetch-site": "same-origin"}, 403, "FORBIDDEN_ORIGIN"),
    "a form": ({"content-type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    "a form of a listed origin": (
        {"content-type": "text/plain", "origin": TRUSTED},
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    ),
    "a form's own kind": ({"content-type": "application/x-www-form-urlencoded"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    "JSON in another encoding": (
        {"content-type": "application/json; charset=utf-16"},
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    ),
}


async def test_a_page_in_the_browser_cannot_use_it(side: Beside, superuser: Any) -> None:
    for what, (bent, status, told) in FORBIDDEN.items():
        headers = {"content-type": "application/json", **bent}
        answer = await side.http.post("/graphql", content=b'{"query": "{ me { client } }"}', headers=headers)
        assert (answer.status_code, code(answer)) == (status, told), what
        assert not any(name.startswith("access-control-") for name in answer.headers), what
        if status != 415:
            with pytest.raises(InvalidStatus) as denied:
                await asked_for(side, bent)
            assert denied.value.response.status_code == status, what
    assert await tokens(superuser) == 0  # nothing was asked of the service


async def asked_for(side: Beside, bent: dict[str, str]) -> None:
    """A websocket with these headers, under the name that they say."""
    own = side.url.removeprefix("http://")
    port, more = int(own.rsplit(":", 1)[1]), {name: value for name, value in bent.items() if name != "host"}
    await connect(f"ws://{bent.get('host', own)}/graphql", host="127.0.0.1", port=port, additional_headers=more)


async def test_a_listed_origin_is_asked_and_granted(side: Beside) -> None:
    asking = {"origin": TRUSTED, "sec-fetch-site": "same-site"}
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    before = await side.http.options("/graphql", headers=asking | wanted)
    assert (before.status_code, before.headers["access-control-allow-origin"]) == (204, TRUSTED)
    assert "content-type" in before.headers["access-control-allow-headers"]
    answer = await side.http.post("/graphql", json={"query": ME}, headers=asking)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, TRUSTED)
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers
    strange = await side.http.options("/graphql", headers={"origin": "https://evil.example"} | wanted)
    assert strange.status_code == 403
    assert not any(name.startswith("access-control-") for name in strange.headers)


async def test_what_it_judges_by_stands_there_once(side: Beside, superuser: Any) -> None:
    own = side.url.removeprefix("http://")
    twice = {"host": [own, "evil.example"], "origin": [TRUSTED, "https://evil.example"], "sec-fetch-site": ["none"] * 2}
    for name, values in twice.items():
        reader, writer = await asyncio.open_connection("127.0.0.1", int(own.rsplit(":", 1)[1]))
        lines = [f"{name}: {value}" for value in values] + ([] if name == "host" else [f"host: {own}"])
        writer.write("\r\n".join(["GET /graphql HTTP/1.1", *lines, "", ""]).encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 400"), name
        writer.close()
    assert await tokens(superuser) == 0


class Echo:
    """A service that tells what reached it, and answers as it is told to."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        self.answers: list[Response] = []
        self.closes: list[tuple[int, str]] = []
        self.said: list[str] = []
        self.tokens = 0
        self.issuer = ""

    def app(self) -> Starlette:
        async def metadata(_: Request) -> Response:
            told = {"issuer": self.issuer, "token_endpoint": f"{self.issuer}/oauth/token"}
            return Response(json.dumps(told), media_type="application/json")

        async def token(_: Request) -> Response:
            self.tokens += 1
            told = {"access_token": f"token-{self.tokens}", "token_type": "DPoP", "expires_in": 300}
            return Response(json.dumps(told), media_type="application/json")

        async def anything(request: Request) -> Response:
            self.heard.append(dict(request.headers))
            return self.answers.pop(0) if self.answers else Response(b"{}", media_type="application/json")

        async def socket(websocket: WebSocket) -> None:
            self.heard.append(dict(websocket.headers))
            await websocket.accept()
            self.said.append(await websocket.receive_text())
            await websocket.close(*self.closes.pop(0))

        return Starlette(
            routes=[
                Route("/.well-known/oauth-authorization-server", metadata),
                Route("/oauth/token", token, methods=["POST"]),
                Route("/{path:path}", anything, methods=["GET", "POST"]),
                WebSocketRoute("/graphql", socket),
            ]
        )


@pytest.fixture
async def echo(tmp_path: Path) -> AsyncIterator[tuple[Echo, Beside]]:
    echo, port = Echo(), free_port()
    echo.issuer = f"http://localhost:{port}"
    told = echo.app()
    told.state.parting, told.state.leaving = asyncio.Event(), asyncio.Event()
    file = sidecars.unregistered(tmp_path, echo.issuer)
    async with served(told, Settings(data=tmp_path, demo=True), port), sidecars.beside(file) as side:
        yield echo, side


async def test_nothing_that_was_given_as_a_credential_goes_on(echo: tuple[Echo, Beside]) -> None:
    service, side = echo
    given = {
        "authorization": "Bearer my-own",
        "cookie": "session=1",
        "dpop": "my-own",
        "proxy-authorization": "Basic x",
        "x-forwarded-for": "1.2.3.4",
        "forwarded": "for=1.2.3.4",
        "connection": "keep-alive, x-secret",
        "x-secret": "1",
        "te": "trailers",
        "accept": "application/json",
        "content-type": "application/json",
    }
    service.answers.append(
        Response(
            b"{}",
            headers={"set-cookie": "a=b", "dpop-nonce": "n", "server": "x", "keep-alive": "timeout=1", "etag": '"1"'},
        )
    )
    answer = await side.http.post("/graphql", content=b"{}", headers=given)
    heard = service.heard[-1]
    assert heard["authorization"].startswith("DPoP token-1")
    assert heard["dpop"].count(".") == 2
    assert not {"cookie", "x-forwarded-for", "forwarded", "x-secret", "te", "proxy-authorization"} & heard.keys()
    assert "my-own" not in str(heard)
    assert heard["host"] == service.issuer.removeprefix("http://")
    assert answer.headers["etag"] == '"1"'
    assert not {"set-cookie", "dpop-nonce", "server", "keep-alive"} & answer.headers.keys()
    await side.http.get("/livez", headers={"authorization": "Bearer my-own", "cookie": "session=1"})
    assert not {"authorization", "cookie", "dpop"} & service.heard[-1].keys()  # a public path: no token of ours, either


async def test_a_nonce_is_followed_and_a_redirect_is_not(echo: tuple[Echo, Beside]) -> None:
    service, side = echo
    challenge = {"www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "n-1"}
    service.answers += [Response(status_code=401, headers=challenge), Response(b'{"data": {}}')]
    assert (await side.http.post("/graphql", json={})).status_code == 200
    assert (len(service.heard), service.tokens) == (2, 1)
    service.answers.append(RedirectResponse("http://elsewhere.example/"))
    answer = await side.http.get("/events")
    assert (answer.status_code, code(answer), "location" in answer.headers) == (502, "SERVICE_REFUSED", False)


async def test_a_token_that_is_never_taken_is_asked_anew_once_only(echo: tuple[Echo, Beside]) -> None:
    service, side = echo
    service.answers += [Response(status_code=401, headers={"www-authenticate": "DPoP error=x"}) for _ in range(9)]
    answer = await side.http.post("/graphql", json={})
    assert (answer.status_code, code(answer)) == (502, "SERVICE_REFUSED")
    assert (len(service.heard), service.tokens) == (2, 2)


async def test_a_body_is_bounded_and_a_fault_of_the_service_is_passed_on(echo: tuple[Echo, Beside]) -> None:
    service, side = echo
    answer = await side.http.post("/graphql", content=b" " * 300_000, headers={"content-type": "application/json"})
    assert (answer.status_code, code(answer)) == (413, "LIMIT_EXCEEDED")
    assert service.heard == []
    service.answers.append(Response(b'{"errors": []}', 500))
    assert (await side.http.post("/graphql", json={})).status_code == 500


async def test_a_service_that_is_away_is_told_in_graphqls_shape_and_found_again(place: Place) -> None:
    file = await place.client("panti-1")
    async with sidecars.beside(file) as side:
        answer = await side.ask(ME)
        assert (answer.status_code, code(answer)) == (503, "SERVICE_UNREACHABLE")
        assert answer.headers["retry-after"] == "5"
        async with place.open():
            assert (await side.ask(ME)).status_code == 200
        assert (await side.ask(ME)).status_code == 503


async def test_a_key_that_the_register_does_not_know_is_told_as_a_refusal(place: Place) -> None:
    file = await place.client("panti-1")
    async with place.open(), sidecars.beside(sidecars.other_key(file)) as side:
        answer = await side.ask(ME)
    assert (answer.status_code, code(answer)) == (502, "SERVICE_REFUSED")


# -- following ---------------------------------------------------------------------------------------------------------
async def test_a_websocket_follows_and_what_was_put_into_its_beginning_stays_here(side: Beside, place: Place) -> None:
    async with talking(side.url, [("authorization", "Bearer my-own")], init=False) as talk:
        await talk.say({"type": "connection_init", "payload": {"Authorization": "Bearer my-own"}})
        assert await talk.heard() == {"type": "connection_ack"}
        await talk.subscribe("1", REFERRALS, after="0-0")
        await place.world.sent()
        told = await talk.heard()
        assert (told["id"], told["type"]) == ("1", "next")
        await talk.connection.send(b"\x00")
        assert await talk.closed() == (4400, "text frames only")


async def test_a_socket_whose_token_ends_is_told_to_come_back(echo: tuple[Echo, Beside]) -> None:
    """4401 is final to software of others; 1012 is not, and a fresh token waits here."""
    service, side = echo
    service.closes = [(4401, "the token has ended"), (4401, "the token was revoked"), (4429, "again"), (1000, "")]
    heard = []
    given = '{"type": "connection_\\u0069nit", "payload": {"Authorization": "Bearer my-own"}}'
    for _ in list(service.closes):
        async with talking(side.url, [("authorization", "Bearer my-own")], init=False, subprotocols=None) as talk:
            await talk.connection.send(given)
            heard.append((await talk.closed())[0])
    assert heard == [1012, 4401, 4429, 1000]
    assert all(each["authorization"].startswith("DPoP token-") for each in service.heard)
    assert not any("my-own" in str(each) or "origin" in each for each in service.heard)
    assert service.said == ['{"type":"connection_init"}'] * 4


async def test_a_socket_begins_with_a_fresh_token_where_the_one_in_hand_was_revoked(
    side: Beside, superuser: Any
) -> None:
    await side.ask(ME)
    await superuser.execute("update oauth_token set revoked_at = now()")
    async with talking(side.url, []) as talk:
        await talk.settled()
    assert await tokens(superuser) == 2


async def test_events_go_through_as_they_come_and_end_when_the_sidecar_leaves(side: Beside, place: Place) -> None:
    headers = {"accept": "text/event-stream"}
    asked = {"query": REFERRALS, "variables": {"after": "0-0"}}
    async with side.http.stream("POST", "/graphql", json=asked, headers=headers, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        await place.world.sent()
        async with asyncio.timeout(5):
            while not (await anext(lines)).startswith("data: {"):
                pass
            side.server.should_exit = True
            rest = [line async for line in lines]
    assert "event: complete" not in rest


async def test_a_websocket_is_told_1012_when_the_sidecar_leaves(side: Beside) -> None:
    async with talking(side.url, []) as talk:
        side.server.should_exit = True
        assert (await talk.closed())[0] == 1012


async def test_a_protocol_that_the_service_does_not_speak_is_its_own_to_refuse(side: Beside) -> None:
    async with connect(side.url.replace("http", "ws") + "/graphql", subprotocols=None) as connection:
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        assert connection.close_code == 4406


async def test_a_websocket_to_a_service_that_is_away_is_refused_before_the_upgrade(place: Place) -> None:
    async with sidecars.beside(await place.client("panti-1")) as side:
        with pytest.raises(InvalidStatus) as denied:
            await connect(side.url.replace("http", "ws") + "/graphql")
        assert denied.value.response.status_code == 503


# -- the log and the command ------------------------------------------------------------------------------------------
async def test_a_line_tells_the_kind_of_path_and_no_name_token_or_query(
    side: Beside, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "estafet.connect")
    await side.ask("query Budi { me { client } }", nik="3174")
    await side.http.get("/evidence/Budi?after=3174")
    await side.http.get("/Budi")
    async with talking(side.url, [("x-name", "Budi")]):
        pass
    await asyncio.sleep(0.1)
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "estafet.connect"]
    assert [(line["route"], line["status"]) for line in lines] == [
        ("/graphql", 200),
        ("/evidence/*", lines[1]["status"]),
        ("-", 404),
        ("/graphql", 101),
    ]
    assert set(lines[0]) == {"at", "method", "route", "status", "ms", "bytes"}
    told = json.dumps(lines)
    assert not any(word in told for word in ("Budi", "3174", "DPoP", "panti-1", "query"))


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:8710", "192.168.1.2:8710", ":8710", "8710", "[::]:8710", "example:80", "127.0.0.1:", "a:b:c"]
)
def test_it_listens_on_this_machine_only(listen: str) -> None:
    with pytest.raises(Stopped):
        commands.address(listen)


def test_addresses_of_this_machine_are_taken() -> None:
    told = [commands.address(each) for each in ("127.0.0.1:8710", "localhost:1", "[::1]:65535")]
    assert told == [("127.0.0.1", 8710), ("localhost", 1), ("::1", 65535)]


@pytest.mark.parametrize("origin", ["*", "null", "http://", "http://a/b", "http://A", "ftp://a", "http://a@b"])
def test_what_is_no_origin_is_not_listed(origin: str) -> None:
    with pytest.raises(Stopped, match="not an origin"):
        doors.door(8710, [origin])


# -- what stands between -----------------------------------------------------------------------------------------------
async def test_a_service_that_cannot_show_who_it_is_gets_no_token_and_no_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate of its own making, by each of the three ways out: the token's, HTTP, websocket."""
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read())
        writer.close()

    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(*certificate(tmp_path))
    port = free_port()
    server = await asyncio.start_server(listen, "127.0.0.1", port, ssl=trust)
    file = sidecars.unregistered(tmp_path, f"https://localhost:{port}")
    async with server, sidecars.beside(file) as side:
        first = await side.ask(ME)
        assert (first.status_code, "CERTIFICATE_VERIFY_FAILED" in first.text) == (503, True)

        async def token(_: object, seconds: float = 0) -> str:
            return "secret"

        monkeypatch.setattr(Tokens, "current", token)
        second = await side.ask(ME)
        assert (second.status_code, code(second)) == (503, "SERVICE_UNREACHABLE")
        with pytest.raises(InvalidStatus) as denied:
            await connect(side.url.replace("http", "ws") + "/graphql")
        assert denied.value.response.status_code == 503
    assert bytes(heard) == b""


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate that nobody signed, for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(hours=1), now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    coding = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "cert.pem").write_bytes(made.public_bytes(coding))
    (folder / "key.pem").write_bytes(key.private_bytes(coding, *plain))
    return folder / "cert.pem", folder / "key.pem"


async def test_a_service_that_does_not_answer_keeps_nobody_from_leaving(tmp_path: Path) -> None:
    coming: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        coming.set_result(writer)

    port = free_port()
    server = await asyncio.start_server(listen, "127.0.0.1", port)
    file = sidecars.unregistered(tmp_path, f"http://127.0.0.1:{port}")
    async with server, upstreams.opened(credentials.read(file)) as upstream:
        asking = asyncio.create_task(upstream.token())
        writer = await coming
        asking.cancel()
        async with asyncio.timeout(10):  # the client's own patience is thirty seconds
            await asyncio.get_running_loop().shutdown_default_executor()
        writer.close()
        await writer.wait_closed()


async def test_an_answer_that_was_cut_off_does_not_look_whole(tmp_path: Path) -> None:
    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n')
        await writer.drain()
        writer.close()

    port = free_port()
    server = await asyncio.start_server(listen, "127.0.0.1", port)
    async with server, sidecars.beside(sidecars.unregistered(tmp_path, f"http://127.0.0.1:{port}")) as side:
        with pytest.raises(httpx.RemoteProtocolError):
            await side.http.get("/ledger/vkey")


async def test_a_fault_of_its_own_tells_its_kind_and_nothing_more(
    echo: tuple[Echo, Beside], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("Budi")

    caplog.set_level(logging.INFO, "estafet.connect")
    monkeypatch.setattr(roads, "going", fail)
    answer = await echo[1].http.post("/graphql", json={})
    assert (answer.status_code, code(answer), "Budi" in answer.text) == (500, "INTERNAL", False)
    line = json.loads(caplog.records[-1].getMessage())
    assert (line["fault"], "Budi" in caplog.text) == ("KeyError", False)
