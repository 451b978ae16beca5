"""Spans reach a collector that is configured, tell which step took how long, and nothing about anybody."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from api import app
from database import spans
from database.addresses import Address
from database.engines import Databases
from database.safety import Unsafe
from settings import Settings
from tests.api.conftest import House, built

NIK, NAME = "3578014505600001", "Siti Aminah"
STRANGER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OPEN = """mutation Opens($nik: String, $name: String!) { openCase(input: {idempotencyKey: "a", number: "JK/T/1",
  category: GELANDANGAN, vulnerabilities: [], person: {fullName: $name, nik: $nik, sex: FEMALE, aliases: [],
  birthDate: "1960-05-05", birthDateEstimated: false}}) { case { id person { identity { fullName nik } } } } }"""
READ = "{ cases(first: 5) { edges { node { person { identity { fullName nik } } } } } }"


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """What speaks OTLP over HTTP on this machine, and what it was sent."""
    sent: list[bytes] = []

    class Asked(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(self.path.encode() + b"\n" + self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sent
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told(sent: list[bytes]) -> list[Span]:
    found = []
    for each in sent:
        path, _, body = each.partition(b"\n")
        assert path == b"/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            found += [span for scope in resource.scope_spans for span in scope.spans]
    return found


async def journey(house: House) -> None:
    """An act and a question about somebody, a request to nowhere, a fault in a document: by what might be told."""
    variables = {"nik": NIK, "name": NAME}
    body = orjson.dumps({"query": OPEN, "variables": variables})
    assert NAME in (await house.jakarta.post(body, traceparent=STRANGER)).text
    assert NAME in (await house.jakarta.post(orjson.dumps({"query": READ}))).text
    assert (await house.jakarta.http.get(f"/{NIK}?name={NAME}")).status_code == 404
    await house.jakarta.post(orjson.dumps({"query": f'{{ nothing(a: "{NAME}") }}'}))


@pytest.mark.parametrize("trusting", [False, True])
async def test_a_request_is_a_trace_of_its_own_and_nothing_in_it_is_about_anybody(
    databases: Databases, address: Address, tmp_path: Path, caplog: pytest.LogCaptureFixture, trusting: bool
) -> None:
    caplog.set_level(logging.INFO, "estafet.requests")
    with collector() as (endpoint, sent):
        settings = Settings(data=tmp_path, publish_seconds=1, demo=True, traces=endpoint, trust_traceparent=trusting)
        async with built(databases, address, settings) as house:
            token = await house.jakarta.token()
            await journey(house)
    found = told(sent)
    text = b"".join(sent)
    for secret in (NIK, NAME, "Siti", "Aminah", token, "JK/T/1", "Opens", "id-jk", "openCase", "nothing"):
        assert secret.encode() not in text, secret
    assert {span.name for span in found} >= {"POST /graphql", "POST /oauth/token", "GET -"}
    assert not any(span.events for span in found)
    asked = {span.span_id: span for span in found if span.name == "POST /graphql"}
    assert {span.name for span in found if span.parent_span_id in asked} == {"plan", "act", "database", "opening"}
    assert {span.name for span in found if not span.parent_span_id and span.kind != Span.SPAN_KIND_SERVER} == {
        "publish"
    }
    named = {"http.request.method", "http.route", "estafet.kind", "http.response.status_code"}
    assert {each.key for span in found for each in span.attributes} == named
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "estafet.requests"]
    assert {line["trace"] for line in lines} == {
        span.trace_id.hex() for span in found if span.kind == Span.SPAN_KIND_SERVER
    }
    assert (STRANGER.split("-")[1] in {span.trace_id.hex() for span in found}) is trusting


async def test_without_what_sends_spans_a_service_that_should_does_not_start(
    databases: Databases, address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path, demo=True)
    async with built(databases, address, settings):
        assert spans.step("plan") is spans.step("act")  # off: nothing is made
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(Unsafe, match=r"install estafet\[telemetry\]"):
        async with app.service(replace(settings, traces="http://127.0.0.1:9"), address):
            raise AssertionError
