"""The witness's door: C2SP tlog-witness over HTTP, its page, and the deposits.

Promise: every answer is one that the protocol names; what a witness refuses, it says why in one line.
Rules: a request is bounded in bytes and, by the server, in time; nothing sent is ever part of a page. Signing and
writing happen outside the event loop.
Elsewhere: what is decided, `ledger.witnesses`; keeping and signing, `cli.witness.signers`; the page, `.pages`.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from cli.witness import pages
from cli.witness.deposits import Deposits, Undeposited
from cli.witness.mirrors import Mirror
from cli.witness.records import Damaged, named
from cli.witness.signers import Signer
from ledger.witnesses import Objection, Refused

log = logging.getLogger("estafet.witness")

MOST_BYTES: Final = 64 * 1024  # 63 hashes, and a note of 100 signatures
STATUS: Final[Mapping[Objection, int]] = {
    Objection.MALFORMED: 400,
    Objection.UNTRUSTED: 403,
    Objection.UNKNOWN_LOG: 404,
    Objection.STALE: 409,
    Objection.UNPROVED: 422,
}
HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
PAGE: Final = {**HEADERS, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class TooLarge(Exception):
    """More was sent than anybody needs to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What is served."""

    signer: Signer
    mirror: Mirror | None = None  # None: this witness may not read the entries
    deposits: Deposits | None = None  # None: without them it cannot tell whether one was answered

    async def add_checkpoint(self, request: Request) -> Response:
        """Cosign, or say why not."""
        try:
            line = await anyio.to_thread.run_sync(self.signer.add, await body(request))
        except Refused as refused:
            return objected(refused)
        except Damaged as fault:
            log.critical("nothing is signed: %s", fault)
            return said("this witness cannot read its own record", 500)
        return PlainTextResponse(line.decode(), headers=HEADERS)

    async def checkpoint(self, request: Request) -> Response:
        """What was signed last of a log, for those who watch."""
        asked = request.path_params["hash"]
        origin = next((origin for origin in self.signer.logs if named(origin) == asked), None)
        kept = None if origin is None else await anyio.to_thread.run_sync(self.signer.records.last, origin)
        return said("not found", 404) if kept is None else PlainTextResponse(kept.note.decode(), headers=HEADERS)

    async def deposit(self, request: Request) -> Response:
        """Take a signed statement in, or what the host answered to one."""
        if self.deposits is None:
            return said("this witness holds no entries, and takes no deposits", 404)
        try:
            taken = await anyio.to_thread.run_sync(self.deposits.take, await body(request))
        except Undeposited as refused:
            return said(str(refused), refused.status)
        return JSONResponse(taken.document(), 201, HEADERS)

    async def page(self, _: Request) -> Response:
        """The page."""
        return HTMLResponse(pages.html(await anyio.to_thread.run_sync(self._status)), headers=PAGE)

    async def status(self, _: Request) -> Response:
        """The same for programs."""
        return JSONResponse(await anyio.to_thread.run_sync(self._status), headers=HEADERS)

    def _status(self) -> pages.Status:
        return pages.status(self.signer, self.mirror, self.deposits)


def application(door: Door) -> Starlette:
    """The routes."""

    async def too_large(_: Request, __: Exception) -> Response:
        return said(f"at most {MOST_BYTES} bytes", 413)

    async def gone(_: Request, __: Exception) -> Response:
        return said("half a request", 400)

    return Starlette(
        routes=[
            Route("/add-checkpoint", door.add_checkpoint, methods=["POST"]),
            Route("/deposits", door.deposit, methods=["POST"]),
            Route("/status", door.status, methods=["GET"]),
            Route("/{hash}/checkpoint", door.checkpoint, methods=["GET"]),
            Route("/", door.page, methods=["GET"]),
        ],
        exception_handlers={TooLarge: too_large, ClientDisconnect: gone},
    )


async def body(request: Request) -> bytes:
    """What was sent, up to as much as is looked at."""
    whole = bytearray()
    async for part in request.stream():
        whole += part
        if len(whole) > MOST_BYTES:
            raise TooLarge
    return bytes(whole)


def objected(refused: Refused) -> Response:
    """A refusal, as the protocol has it."""
    if refused.objection is Objection.STALE:
        # As a header: to a media type of text Starlette would add a charset, and the protocol has none.
        return Response(f"{refused.size}\n", 409, {**HEADERS, "Content-Type": "text/x.tlog.size"})
    return said(str(refused), STATUS[refused.objection])


def said(message: str, status: int) -> Response:
    """One line."""
    return PlainTextResponse(f"{message}\n", status, HEADERS)
