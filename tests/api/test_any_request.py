"""Any request at all is answered, and never with a fault of ours: no 5xx, no line in the operator's log.

Rules: every route is asked, with a valid token and proof and without, by any method, under odd headers and bodies. The
503s that the service documents are of a store or database that does not answer, so here none may come. What was sent
is not told back: a value that only this request holds stands in no refusal.
Elsewhere: requests of known meaning, `test_bad_input` and `test_known_attacks`; the readers alone, `tests.house`.
"""

import asyncio
import logging
import secrets
from collections.abc import Iterable
from random import Random
from typing import Final
from urllib.parse import unquote

import httpx
import pytest
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.api.conftest import House
from tests.api.doors import ISSUER, Door
from tests.conftest import soaking
from tests.house import bending, specimens

REQUESTS: Final = 20_000 if soaking() else 600
METHODS: Final = ("GET", "POST", "POST", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW")
SEGMENTS: Final = (
    *("", "0", "1", "999999999999999", "-1", "1e3", "ab" * 32, "..", "%2e%2e", "%00", "%ff", "%ed%a0%80", "%0a"),
    *("a" * 300, "a" * 5_000, "000", "000.p/1", "referral.sent", "sha256:ab", "9" * 5_000, "checkpoint"),
    *("x001/" * 900 + "001", "0/" + "x001/" * 1_500 + "001", "entries/" + "x000/" * 3 + "001", "%C2%B2"),
)
QUERIES: Final = (
    *(b"", b"a", b"%", b"%ff", b"after=0-0", b"after=%00", b"after=%ed%a0%80", b"limit=0", b"limit=" + b"9" * 5_000),
    *(b"from=1&to=2", b"from=" + b"9" * 5_000 + b"&to=1", b"reason=%00&name=risk", b"documentId=a&variables={"),
    *(b"limit=%C2%B2", b"documentId=%00", b"documentId=sha256:" + b"ab" * 32 + b"&variables=%5B%5D", b"name=" * 900),
    *(b"after=-1", b"\xff", b"after=\xed\xa0\x80"),
)
NAMES: Final = ("accept", "content-type", "host", "authorization", "dpop", "range", "origin", "cookie", "expect", "x")
VALUES: Final = (
    *(b"", b"application/json", b"text/event-stream", b"*/*;q=nan", b"a;q=9e999", b"\xff\xfe", b"null", b"\x00"),
    *(b"[", b"http://[", b"a:99999", b"[::1", b"DPoP", b"DPoP a.b.c", b"Bearer " + b"x" * 9_000, b"bytes=9-1"),
    *(b"multipart/form-data; boundary=", b"application/x-www-form-urlencoded", b"100-continue", b",;,=" * 500),
    *(b"application/json; charset=x", b"%00"),
)
GRAPHQL: Final = (
    *specimens.REQUESTS,
    b'{"query":"{ case(id: \\"%s\\") { id } }"}',
    b'{"query":"query($f: Int, $a: String) { cases(first: $f, after: $a) { totalCount } }","variables":{"f":1}}',
    b'{"query":"query($i: ID!) { node(id: $i) { id } }","variables":{"i":"Q2FzZTow"}}',
    b'{"query":"mutation($i: StatementInput!) { sendReferral(input: $i) { errors { code message } } }","variables":'
    b'{"i":{"idempotencyKey":"k","expectedVersion":0,"envelope":"{}","openings":[{"name":"a","value":"1","salt":"00"}]}}}',
    b'{"query":"mutation($i: OpenCaseInput!) { openCase(input: $i) { errors { code } } }","variables":{"i":{}}}',
    b'{"query":"subscription { events { cursor } }"}',
    b'{"query":"{ __schema { types { name } } obligations(first: 1, filter: {kind: null}) { edges { cursor } } }"}',
    b'{"query":"query($t: DateTime) { obligationSummary(asOf: $t, groupBy: []) { asOf } }","variables":{"t":"0000"}}',
)  # fmt: skip


def paths(routes: Iterable[BaseRoute]) -> list[str]:
    """Every path that is served over HTTP, its parameters as they are declared."""
    found = []
    for route in routes:
        if isinstance(route, Mount):
            found += [route.path + path for path in paths(route.routes)]
        elif isinstance(route, Route):
            found.append(route.path)
    return found


def asked(path: str, rnd: Random) -> bytes:
    """A path, its parameters filled in, with a query."""
    parts = [rnd.choice(SEGMENTS) if part.startswith("{") else part for part in path.split("/")]
    if rnd.random() < 0.1:
        parts.insert(rnd.randrange(len(parts)) + 1, rnd.choice(SEGMENTS))
    query = rnd.choice(QUERIES)
    return "/".join(parts).encode() + (b"?" + query if query else b"")


def body(path: str, rnd: Random, mark: bytes) -> bytes:
    """A body that belongs there, mostly, and is bent, mostly."""
    kinds = (GRAPHQL, (b"grant_type=client_credentials&scope=a&token=" + mark,), specimens.made().envelopes)
    sent = bending.bent(kinds[rnd.choice((0, 0, 0, 1, 2))], rnd.randrange(2**32))
    return sent.replace(b"%s", mark) if rnd.random() < 0.8 else b"".join((sent, mark))


class Odd(httpx.AsyncBaseTransport):
    """Hands over the request's path as it is: httpx itself would refuse to send much of what a server can be sent."""

    def __init__(self, app: ASGIApp, target: bytes) -> None:
        self.app, self.target = app, target

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path, _, query = self.target.partition(b"?")

        async def altered(scope: Scope, receive: Receive, send: Send) -> None:
            odd = {**scope, "path": unquote(path.decode("latin-1")), "raw_path": path, "query_string": query}
            await self.app(odd, receive, send)

        return await httpx.ASGITransport(app=altered, raise_app_exceptions=False).handle_async_request(request)


async def sent(house: House, door: Door, path: str, rnd: Random, mark: str) -> tuple[httpx.Response, object]:
    """The answer to one request, of which the mark tells that it was this one's; and the request, to be told."""
    method, target = rnd.choice(METHODS), asked(path, rnd)
    headers: list[tuple[bytes, bytes]] = [(b"x-mark", mark.encode())]
    if path == "/graphql" and rnd.random() < 0.8:
        method = rnd.choice(("POST", "POST", "POST", "GET"))
        headers += [(b"content-type", b"application/json"), (b"accept", b"application/json")]
    if rnd.random() < 0.7:
        headers += door.partner.asking(method, unquote(target.partition(b"?")[0].decode()), await door.token())
    for _ in range(rnd.choice((0, 0, 1, 2))):
        headers.append((rnd.choice(NAMES).encode(), rnd.choice(VALUES)))
    content = body(path, rnd, mark.encode())
    asking = httpx.Request(method, ISSUER, headers=headers, content=content)
    async with asyncio.timeout(20):
        answer = await Odd(house.app, target).handle_async_request(asking)
        await answer.aread()
    return answer, (method, target[:200], headers[1:], content[:500])


@pytest.mark.parametrize(
    "path", ["/ledger/consistency", "/ledger/consistency/", "/events", "/ledger/tile/entries/000", "/graphql"]
)
async def test_a_query_that_is_no_utf8_is_not_a_fault_of_ours(
    house: House, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    headers = house.auditor.partner.asking("GET", path, await house.auditor.token())
    asking = httpx.Request("GET", ISSUER, headers=headers)
    answer = await Odd(house.app, path.encode() + b"?after=\xed\xa0\x80").handle_async_request(asking)
    assert (await answer.aread()).endswith(b"This URL cannot be read.\n")
    assert answer.status_code == 400
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not caplog.records


async def test_a_tile_of_more_digits_than_python_reads_is_not_there(house: House) -> None:
    for path in ("/ledger/tile/0/" + "x001/" * 1_500 + "001", "/ledger/tile/0/" + "x001/" * 900 + "001"):
        asking = httpx.Request("GET", ISSUER)
        answer = await Odd(house.app, path.encode()).handle_async_request(asking)
        assert answer.status_code == 404


async def test_no_request_makes_a_fault_and_no_refusal_tells_what_was_sent(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    served, rnd = paths(house.app.routes), Random(4)  # noqa: S311  # requests of a test hide nothing
    assert len(served) > 20
    doors, tried, answered = (house.jakarta, house.auditor), 0, set[int]()
    with caplog.at_level(logging.WARNING):
        while tried < REQUESTS:
            path = served[tried % len(served)] if tried % 2 else "/graphql"
            mark, tried = "m" + secrets.token_hex(8), tried + 1
            answer, told = await sent(house, rnd.choice(doors), path, rnd, mark)
            assert answer.status_code < 500, (answer.status_code, answer.text[:300], told)
            assert answer.status_code < 400 or mark not in answer.text, (answer.text[:500], told)
            assert not caplog.records, (caplog.text[-2_000:], told)
            answered.add(answer.status_code)
    assert {200, 400, 401, 404, 405} <= answered
