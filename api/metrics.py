"""Figures about the service, as Prometheus reads them.

Promise: nothing about a person and nothing that grows without bound: labels are route templates, classes of status,
names of rounds, of pools and of kinds of budgets, each out of a list that the program has. Who asks for figures stops
nothing.
Rules: figures are not for the public, since they tell when others act: they are served where the operator said
(`ESTAFET_METRICS`), at an address where nothing else is; in a demo, which listens to this machine alone, at /metrics.
The size of the log is the database's own: every process tells the same, and what was undone is not in it.
Elsewhere: what is known of a request, `api.visits`; each figure in words, docs/operations.md.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import prometheus_client
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.protections import Protections
from api.visits import Visit
from database.engines import Databases
from database.shelves import SHOWN, Shelf, Unreachable
from database.tables import ledger_head
from ledger import checkpoints, notes

BUCKETS: Final = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)  # seconds
PATIENCE: Final = 1.0  # seconds
_SIZE = select(ledger_head.c.size)


@dataclass(slots=True, kw_only=True, eq=False)
class Figures(Collector):
    """What is counted, and what is looked at when somebody asks."""

    databases: Databases
    published: Shelf
    failures: Counter[str]  # of the rounds of `api.sweeps`
    spent: Counter[str] = field(default_factory=Counter)  # requests refused, by whose budget it was
    live: set[Visit] = field(default_factory=set)  # those that are not over
    registry: CollectorRegistry = field(default_factory=lambda: CollectorRegistry(auto_describe=False))
    size: int | None = None  # of the log; None where the database does not tell
    shown: int | None = None  # the size of the checkpoint that readers see; None where there is none of ours
    _requests: prometheus_client.Counter = field(init=False)
    _seconds: Histogram = field(init=False)

    def __post_init__(self) -> None:
        self._requests = prometheus_client.Counter(
            "estafet_requests", "Requests that are over", ("kind", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "estafet_request_duration_seconds", "Requests but for streams", ("route",),
            buckets=BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.registry.register(self)
        ProcessCollector(registry=self.registry)

    def ended(self, visit: Visit) -> None:
        """One request more."""
        status = "none" if visit.status is None else f"{visit.status // 100}xx"
        self._requests.labels(visit.kind, visit.route, status).inc()
        if visit.kind == "http":
            self._seconds.labels(visit.route).observe(visit.seconds)

    async def look(self) -> None:
        """Ask the database and the published files what only they can tell."""
        self.size = self.shown = None
        with suppress(Exception):  # the rounds and /readyz tell of it; the other figures are wanted now
            async with asyncio.timeout(PATIENCE), self.databases.worker.connect() as connection:
                self.size = (await connection.execute(_SIZE)).scalar_one_or_none()
        with suppress(OSError, TimeoutError, Unreachable, notes.Unreadable):
            async with asyncio.timeout(PATIENCE):
                note = await asyncio.to_thread(self.published.read, SHOWN)
            self.shown = None if note is None else checkpoints.parse(notes.parse(note).text).size

    def collect(self) -> Iterator[Metric]:
        """What stands now."""
        open_ = GaugeMetricFamily("estafet_streams_open", "Streams that last", labels=("kind",))
        for kind in ("events", "websocket"):
            open_.add_metric((kind,), sum(v.kind == kind and v.status in (200, 101) for v in self.live))
        yield open_
        under_way = sum(visit.kind == "http" for visit in self.live)
        yield GaugeMetricFamily("estafet_requests_under_way", "Requests but for streams", under_way)
        failed = CounterMetricFamily("estafet_sweep_failures", "Rounds that failed", labels=("sweep",))
        for name, times in self.failures.items():
            failed.add_metric((name,), times)
        yield failed
        over = CounterMetricFamily("estafet_budget_refusals", "Refused for a spent budget of cost", labels=("budget",))
        for whose in ("client", "party"):
            over.add_metric((whose,), self.spent[whose])
        yield over
        yield from self._log()
        yield from self._pools()

    def _log(self) -> Iterator[Metric]:
        if self.size is not None:
            yield CounterMetricFamily("estafet_ledger_entries", "Entries appended to the log", self.size)
        if self.shown is not None:
            yield GaugeMetricFamily("estafet_ledger_published", "Entries under the newest checkpoint", self.shown)

    def _pools(self) -> Iterator[Metric]:
        used = GaugeMetricFamily("estafet_database_connections_used", "Connections in use", labels=("pool",))
        most = GaugeMetricFamily("estafet_database_connections_most", "As many as may be", labels=("pool",))
        engines = {"app": self.databases.app, "auth": self.databases.auth, "worker": self.databases.worker}
        for name, engine in engines.items():
            pool: Any = _pool(engine)
            used.add_metric((name,), pool.checkedout())
            most.add_metric((name,), pool.size())
        reading = self.databases.reading
        used.add_metric(("reading",), reading.get_size() - reading.get_idle_size())
        most.add_metric(("reading",), reading.get_max_size())
        yield used
        yield most


def _pool(engine: AsyncEngine) -> object:
    return engine.sync_engine.pool


def routes(figures: Figures) -> list[Route]:
    """/metrics."""

    async def metrics(request: Request) -> Response:
        await figures.look()
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        headers = {"Content-Type": media_type, "Cache-Control": "no-store"}
        return Response(encode(figures.registry), headers=headers)

    return [Route("/metrics", metrics, methods=["GET"])]


class Aside:
    """ASGI middleware: what comes to this port is told the figures and nothing else; what comes to others, the rest.

    The port is the socket's own: no header can name another.
    """

    def __init__(self, app: ASGIApp, *, figures: Figures, port: int | None) -> None:
        self.app, self.port = app, port
        self.aside = Starlette(routes=routes(figures), middleware=[Middleware(Protections, transport_security=False)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        server = scope.get("server")
        aside = self.port is not None and server is not None and server[1] == self.port
        await (self.aside if aside else self.app)(scope, receive, send)
