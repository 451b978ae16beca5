"""The desk: it signs prepared statements, and takes in acts, which it prepares, signs and sends, now or when it can.

Promise: an act that was taken in is done once, however often it is asked for and whenever this program is killed: its
envelope is on the disk before it is first sent, and is sent, the very same under its idempotency key, until the service
has answered. Acts go in the order in which they came.
Rules: only a service that cannot be reached, is busy, or has a fault makes an act wait, and those behind it with it;
any other answer ends it. An envelope that has grown too old to be taken in (its statement is then in no log) is made
anew.
Elsewhere: signing, `cli.connect.signers`; keeping, `cli.connect.queues`; what is compared, `cli.connect.acts`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from cli.audit.credentials import is_object
from cli.audit.endings import Stopped
from cli.connect import acts, bodies, visits
from cli.connect.answers import HEADERS, Code, Refusal
from cli.connect.queues import Entry, Queue, State
from cli.connect.signers import Signer
from cli.connect.upstreams import Upstream

PATIENCE: Final = 20.0  # seconds for which whoever sent an act waits for its end
PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # seconds between tries
LATER: Final = frozenset({"BUDGET_EXCEEDED", "INTERNAL"})
TOO_OLD: Final = "STATEMENT_EXPIRED"


class Desk:
    """One key's desk beside one service."""

    def __init__(self, signer: Signer, queue: Queue, upstream: Upstream) -> None:
        self.signer, self.queue, self.upstream = signer, queue, upstream
        self.waiting_for: str | None = None
        self._moved = asyncio.Condition()
        self._bell = asyncio.Event()
        self._one = asyncio.Lock()  # one signature after the other

    def routes(self) -> list[BaseRoute]:
        """What is asked of it."""
        return [
            Route("/sign", self.signer_told, methods=["GET"]),
            Route("/sign", self.sign, methods=["POST"]),
            Route("/receipt", self.receipt, methods=["POST"]),
            Route("/act", self.act, methods=["POST"]),
            Route("/queue", self.listed, methods=["GET"]),
            Route("/queue/{number:int}", self.shown, methods=["GET"]),
        ]

    async def signer_told(self, request: Request) -> Response:
        """GET /sign: the `signer` with which a statement is prepared that is to be signed here."""
        request.scope[visits.ROUTE] = "/sign"
        return answer(await asyncio.to_thread(self.signer.told))

    async def sign(self, request: Request) -> Response:
        """POST /sign: a prepared statement becomes an envelope."""
        document = await given(request, "/sign")
        async with self._one:
            signed = await asyncio.to_thread(self.signer.sign, document)
        told = asdict(signed.sentence)
        return answer({"envelope": signed.envelope, "statementId": signed.statement, "sentence": told})

    async def receipt(self, request: Request) -> Response:
        """POST /receipt: the answer to an act that was signed here and sent by others."""
        document = await given(request, "/receipt")
        async with self._one:
            fault = await asyncio.to_thread(self.signer.note, document)
        if fault is not None:
            raise Refusal(422, Code.NOT_SIGNED, f"Bukan tanda terima kita. / This is no receipt of ours: {fault}")
        return answer({"keyPrev": self.signer.told()["keyPrev"]})

    async def act(self, request: Request) -> Response:
        """POST /act: taken in, and answered with its end where that comes soon."""
        asked = acts.asked(await given(request, "/act"))
        self.signer.policy.require_kind(asked.act.kind)
        if not any(entry.key == asked.key for entry in self.queue.entries.values()):
            self.signer.require_room(self.queue.waiting())
        self.queue.forget(self.signer.now())
        entry, _ = self.queue.take(asked, self.signer.now())
        self.waiting_for = None
        self._bell.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE), self._moved:
                await self._moved.wait_for(lambda: self.stands(entry.number) or self.waiting_for is not None)
        return self.told(self.queue.entries[entry.number])

    def stands(self, number: int) -> bool:
        """Whether this act has ended."""
        return self.queue.entries[number].ended

    async def listed(self, request: Request) -> Response:
        """GET /queue: every act that is kept, without its answer."""
        request.scope[visits.ROUTE] = "/queue"
        entries = [entry.told() for _, entry in sorted(self.queue.entries.items())]
        bare = [{name: value for name, value in each.items() if name != "answer"} for each in entries]
        return answer({"waitingFor": self.waiting_for, "acts": bare})

    async def shown(self, request: Request) -> Response:
        """GET /queue/<number>: one of them."""
        request.scope[visits.ROUTE] = "/queue/*"
        entry = self.queue.entries.get(request.path_params["number"])
        if entry is None:
            raise Refusal(404, Code.NOT_FOUND, "Tidak ada. / There is no such act.")
        return self.told(entry)

    def told(self, entry: Entry) -> Response:
        """How far an act has come."""
        status = 200 if entry.ended else 202
        return answer({**entry.told(), "waitingFor": None if entry.ended else self.waiting_for}, status)

    # -- moving on ----------------------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Move acts on as they come, and again as long as the service cannot be reached."""
        tries = 0
        while True:
            self._bell.clear()
            try:
                await self.settle()
                tries, pause = 0, None
            except Exception as fault:
                pause = PAUSES[min(tries, len(PAUSES) - 1)]
                tries += 1
                await self.wait(fault)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._bell.wait()

    async def wait(self, fault: Exception) -> None:
        """Tell why nothing moves; of a fault of our own only its kind, since its text may quote what was sent."""
        match fault:
            case Refusal():
                why = fault.told.message
            case Stopped():
                why = fault.message
            case _:
                why = f"a fault of the sidecar: {type(fault).__name__}"
                visits.log.error("the queue stands: %s", type(fault).__name__)
        async with self._moved:
            self.waiting_for = why
            self._moved.notify_all()

    async def settle(self) -> None:
        """Bring every act to its end; raises `Refusal` where the service does not let us yet."""
        while (entry := self.queue.next()) is not None:
            async with self._one:
                await self.further(entry)
            async with self._moved:
                self.waiting_for = None
                self._moved.notify_all()

    async def further(self, entry: Entry) -> None:
        """One act, one step."""
        if entry.state is State.WAITING:
            await self.made_ready(entry)
            return
        payload = await self.asked_of(entry, entry.act.document, entry.submission or {}, entry.act.mutation)
        if payload is None:
            return
        errors = payload.get("errors")
        if errors and any(is_object(each) and each.get("rule") == TOO_OLD for each in bodies.items(errors)):
            self.queue.keep(replace(entry, state=State.WAITING, submission=None, statement=None, sentence=None))
        elif errors:
            self.queue.end(entry, State.REFUSED, errors=errors)
        else:
            fault = await asyncio.to_thread(self.signer.note, payload)
            self.queue.end(replace(entry, receipt_fault=fault), State.DONE, answer=payload)

    async def made_ready(self, entry: Entry) -> None:
        """Prepared by the service, compared with what was asked for, signed, and kept before it is sent."""
        facts = dict(entry.facts or {})
        signer = await asyncio.to_thread(self.signer.told)
        given = {entry.member: {**facts, "signer": signer}}
        payload = await self.asked_of(entry, acts.PREPARE, given, "prepareStatement")
        if payload is None:
            return
        ready, errors = payload.get("preparedStatement"), payload.get("errors")
        if errors or not is_object(ready):
            self.queue.end(entry, State.REFUSED, errors=errors or [])
            return
        try:
            signed = await asyncio.to_thread(
                self.signer.sign, ready, lambda examined: acts.require_as_asked(examined, entry.act, facts)
            )
        except Refusal as refusal:
            self.queue.end(entry, State.REFUSED, errors=[error(refusal)])
            return
        submission = {
            "idempotencyKey": entry.key,
            "expectedVersion": entry.version,
            "envelope": signed.envelope,
            "openings": ready.get("openings") or [],
        }
        told = asdict(signed.sentence)
        self.queue.keep(
            replace(entry, state=State.SIGNED, submission=submission, statement=signed.statement, sentence=told)
        )

    async def asked_of(
        self, entry: Entry, document: str, given: Mapping[str, object], field: str
    ) -> dict[str, object] | None:
        """The payload; None where the service refused the request as a whole, which ends the act."""
        told = await bodies.graphql(self.upstream, document, {"input": given})
        data, errors = told.get("data"), bodies.items(told.get("errors"))
        payload = data.get(field) if is_object(data) else None
        if is_object(payload):
            return payload
        codes = {bodies.code(each) for each in errors}
        if not errors or codes & LATER:
            raise Refusal(503, Code.SERVICE_UNREACHABLE, f"Nanti lagi. / Later: {' '.join(sorted(codes))}")
        self.queue.end(entry, State.REFUSED, errors=errors)
        return None


def error(refusal: Refusal) -> dict[str, object]:
    """A refusal of our own, among an act's errors."""
    return {"code": refusal.told.code.value, "path": [], "message": refusal.told.message}


async def given(request: Request, route: str) -> dict[str, object]:
    """The JSON object that was sent."""
    request.scope[visits.ROUTE] = route
    return bodies.json_object(await bodies.body_of(request))


def answer(told: Mapping[str, object], status: int = 200) -> Response:
    """An answer of the desk."""
    return JSONResponse(told, status, HEADERS)


@asynccontextmanager
async def opened(signer: Signer | None, upstream: Upstream) -> AsyncIterator[Desk | None]:
    """The desk at work, where there is a key; what it had begun goes on where it stood."""
    if signer is None:
        yield None
        return
    desk = Desk(signer, Queue(signer.store), upstream)
    working = asyncio.create_task(desk.run())
    try:
        yield desk
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
