"""The application put together: opened databases, desk, gate, plans; routes; the publisher and the sweeps beside them.

Promise: `service` yields an application only when it is safe to serve, and takes down everything it put up.
Rules: the one place that turns settings into parts. What must hold at a start is checked here, in this order: the
roles and policies of the databases, the log and its key, the key store (rows from before are sealed), the issuer, that
the log goes on from what was published (a restored database does not, and nothing may be entered into it). What
witnesses signed is recalled, and an outage that ends with this start noted by it, before anything is served or swept.
Elsewhere: the command that runs it, `cli`; the knobs, `settings`.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

import auth.gates
import auth.limits
import schema.language
from api import (
    budgets,
    disclosures,
    envelopes,
    evidence,
    feeds,
    health,
    ledger_files,
    metrics,
    oauth,
    pages,
    protections,
    questions,
    request_logs,
    sockets,
    sweeps,
    traces,
    visits,
)
from api.health import Readiness
from api.metrics import Aside, Figures
from api.protections import Protections
from api.streams import Streams
from api.traces import Traces
from api.visits import Visits
from auth import resources
from auth.gates import Gate, wall_clock
from auth.principals import Principal
from auth.refusals import Forbidden, Unauthorized
from database import places, safety
from database.addresses import Address
from database.engines import Limits, open_databases
from database.shelves import Shelf, Unreachable
from operations import collecting, host_keys, opening, outages, publishing, resealing
from operations.desks import Desk
from operations.host_keys import HostKeys
from reading.catalogue import CATALOGUE
from reading.ids import Cursors
from reading.plans import Plans
from settings import Settings

MOST_MESSAGE = envelopes.MOST_BYTES + 1_000  # bytes of one websocket message: a request and what is around it


@asynccontextmanager
async def service(
    settings: Settings, address: Address, *, now: Callable[[], datetime] = wall_clock
) -> AsyncIterator[Starlette]:
    """The running service. Where that is not safe: `Unsafe`, `Unreachable`, `NotBegun`, `Unusable`, `WrapperMissing`,
    `Away`, `Diverged`."""
    own = host_keys.read(settings.keys)
    databases = await open_databases(address, limits(settings))
    try:
        await safety.check(databases)
        desk = await opening.open_desk(databases, own.host, own.wrapping)
        await resealing.settle(desk)
        rates = auth.limits.DEMO if settings.demo else None
        gate = auth.gates.build(issuer=settings.issuer, keys=own.oauth, engine=databases.auth, limits=rates, now=now)
        shelf = await shelf_for(settings)
        await publishing.require_continued(databases, shelf, log=own.log, origin=desk.origin)
        documents = [(desk.agreement.sha256, desk.agreement.document)]
        await asyncio.to_thread(publishing.lay_out, shelf, log=own.log, origin=desk.origin, documents=documents)
        rhythm = sweeps.Rhythm(
            publish_seconds=settings.publish_seconds,
            expire_seconds=settings.expire_seconds,
            outage=timedelta(minutes=settings.outage_minutes),
        )
        await collecting.recall(databases, shelf)
        await outages.beat(desk, rhythm.outage)
        listening = databases.bell.listening(address.app)
        figures = Figures(databases=databases, published=shelf, failures=Counter())
        sent = traces.sending(settings.traces, trusting=settings.trust_traceparent)
        async with sent as timed, collecting.over_http(settings.witnesses) as collector:
            asked = collector if settings.witnesses else None
            async with sweeps.running(desk, shelf, own.log, rhythm, figures.failures, asked), listening:
                yield application(settings, desk, gate, own, figures, timed)
    finally:
        await databases.close()


async def shelf_for(settings: Settings) -> Shelf:
    """The published files, on a shelf that keeps its promises; `Unsafe` otherwise."""
    shelf = places.shelf(
        settings.published, settings.ledger_store, settings.ledger_store_private, endpoint=settings.store_endpoint
    )
    if faults := await asyncio.to_thread(places.faults, shelf):
        raise safety.Unsafe(tuple(faults))
    return shelf


def limits(settings: Settings) -> Limits:
    """How much of the database server this process takes."""
    return Limits(
        connections=settings.pool_size,
        reading=settings.pool_size,
        statement=timedelta(milliseconds=settings.statement_timeout_ms),
        lock=timedelta(milliseconds=settings.lock_timeout_ms),
    )


def application(
    settings: Settings, desk: Desk, gate: Gate, own: HostKeys, figures: Figures, timed: Traces | None = None
) -> Starlette:
    """The routes and what stands around them."""
    language = schema.language.build()
    plans = Plans(schema.language.core(language), CATALOGUE, Cursors(own.cursor))
    pulls = asyncio.Semaphore(max(1, settings.pool_size // 2))
    spending = budgets.build(
        most=settings.cost_budget,
        per_second=settings.cost_per_second,
        party=settings.cost_party_times,
        now=gate.now,
        refusals=figures.spent,
    )
    streams = Streams(gate=gate, desk=desk, plans=plans, pulls=pulls, budgets=spending)
    parting = asyncio.Event()
    readiness = Readiness(databases=desk.databases, published=figures.published, parting=parting)
    counter = questions.Counter(gate=gate, desk=desk, plans=plans, language=language, streams=streams, budgets=spending)
    shown = metrics.routes(figures) if settings.demo else []
    app = Starlette(
        routes=[*routes(counter, figures.published), *health.routes(readiness), *shown],
        middleware=[
            Middleware(Aside, figures=figures, port=settings.metrics and settings.metrics[1]),
            Middleware(Visits, live=figures.live, ended=(request_logs.write, figures.ended), traces=timed),
            Middleware(Protections, transport_security=settings.issuer.startswith("https:")),
        ],
        exception_handlers={
            Unauthorized: unauthorized,
            Forbidden: forbidding(gate.issuer),
            Unreachable: ledger_files.unreachable,
        },
    )
    # Set by whoever ends the service, in this order: nobody new is sent here, then those who follow are let go.
    app.state.parting, app.state.leaving = parting, streams.leaving
    return app


def routes(counter: questions.Counter, published: Shelf) -> list[BaseRoute]:
    """What is served."""
    gate, desk = counter.gate, counter.desk

    async def admit(request: Request, scope: str) -> Principal:
        principal = await resources.admit(request.method, request.url.path, request.headers.raw, gate)
        visits.admitted(request.scope, principal)
        principal.require(*scope.split())
        return principal

    return [
        *pages.routes(),
        *questions.routes(counter),
        *sockets.routes(counter.streams),
        *feeds.routes(desk, admit),
        *oauth.routes(gate),
        *ledger_files.routes(published, admit),
        *evidence.routes(published, desk, admit),
        *disclosures.routes(desk, admit),
    ]


def forbidding(issuer: str) -> Callable[[Request, Exception], Awaitable[Response]]:
    """403, with the scopes that are missing."""

    async def forbidden(_: Request, fault: Exception) -> Response:
        if not isinstance(fault, Forbidden):
            raise fault
        body = {"error": "insufficient_scope", "scope": " ".join(sorted(fault.missing))}
        return JSONResponse(body, 403, {"WWW-Authenticate": fault.www_authenticate(issuer)})

    return forbidden


async def unauthorized(_: Request, fault: Exception) -> Response:
    """401."""
    if not isinstance(fault, Unauthorized):
        raise fault
    return protections.unauthorized(fault)
