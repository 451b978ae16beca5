"""Evidence made on demand: inclusion and consistency proofs, what became of a statement, the statements' JSON Schemas.

Promise: a proof leads to a checkpoint that was published; what is not covered yet is 404, never a promise.
Source: RFC 6962 section 2.1, C2SP tlog-proof; paths and answers, interface.md section 3.
Elsewhere: making proofs out of tiles, `ledger.proofs`; the files themselves, `api.ledger_files`.
"""

import base64
import re
from collections.abc import Callable

import anyio.to_thread
import orjson
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from api import receipts
from api.ledger_files import Admit, missing
from auth.principals import Principal
from database.shelves import SHOWN, Shelf
from database.tables import ledger_entry_told
from database.transaction import transaction
from ledger import checkpoints, notes, proofs, schemas, statements
from operations.desks import Desk, asker

NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
STATEMENT = re.compile(r"[0-9a-f]{64}")
PRIVATE = {"Cache-Control": "private, no-store"}


def routes(published: Shelf, desk: Desk, admit: Admit) -> list[BaseRoute]:
    """Proofs and statements need `ledger:read`; the schemas are anybody's."""

    async def inclusion(request: Request) -> Response:
        await admit(request, "ledger:read")
        index = request.path_params["index"]
        text = await anyio.to_thread.run_sync(proof_of, published, int(index)) if NUMBER.fullmatch(index) else None
        return missing() if text is None else PlainTextResponse(text, headers=PRIVATE)

    async def consistency(request: Request) -> Response:
        await admit(request, "ledger:read")
        told = [request.query_params.get(name, "") for name in ("from", "to")]
        if not all(NUMBER.fullmatch(each) for each in told):
            return PlainTextResponse("from and to: sizes, whole numbers\n", status_code=400)
        start, end = map(int, told)
        hashes = await anyio.to_thread.run_sync(consistency_of, published, start, end)
        return missing() if hashes is None else JSONResponse({"from": start, "to": end, "hashes": hashes}, 200, PRIVATE)

    async def statement(request: Request) -> Response:
        principal = await admit(request, "ledger:read")
        named = request.path_params["id"]
        return await became(desk, principal, named) if STATEMENT.fullmatch(named) else missing()

    async def kind(request: Request) -> Response:
        name = request.path_params["kind"]
        if name not in statements.KINDS:
            return missing()
        return Response(orjson.dumps(schemas.schema(name)), media_type="application/schema+json")

    return [
        Route("/ledger/proof/{index}", inclusion, methods=["GET"]),
        Route("/ledger/consistency", consistency, methods=["GET"]),
        Route("/ledger/statements/{id}", statement, methods=["GET"]),
        Route("/schemas/{kind}/v1.json", kind, methods=["GET"]),
    ]


async def became(desk: Desk, principal: Principal, named: str) -> Response:
    """What became of a statement, for somebody who may know."""
    row = ledger_entry_told.c
    asked = select(row["index"].label("place"), row.leaf_hash, row.at, row.state).where(row.statement == named)
    async with transaction(desk.databases.app, asker(principal)) as tx:
        found = (await tx.connection.execute(asked)).one_or_none()
    if found is None:
        return missing()
    receipt = receipts.receipt_of(desk, statement=named, index=found.place, leaf=found.leaf_hash, at=found.at)
    return JSONResponse({"state": found.state, "index": found.place, "receipt": orjson.loads(receipt)}, 200, PRIVATE)


def reading(published: Shelf) -> Callable[[str], bytes]:
    """Reads files that the checkpoint demands: one that is missing is a fault of the shelf."""

    def read(path: str) -> bytes:
        content = published.read(path)
        if content is None:
            raise FileNotFoundError(path)
        return content

    return read


def proof_of(published: Shelf, index: int) -> str | None:
    """The tlog-proof of an entry under the newest published checkpoint; None while it is not covered."""
    note = published.read(SHOWN)
    if note is None or index >= checkpoints.parse(notes.parse(note).text).size:
        return None
    return proofs.prove(note, index, reading(published)).spell()


def consistency_of(published: Shelf, start: int, end: int) -> list[str] | None:
    """The proof that the published log of `start` entries begins the one of `end`; None where either never was."""
    if not 0 < start <= end or None in [published.read(f"checkpoints/{size}") for size in (start, end)]:
        return None
    tree = proofs.Hashes(end, reading(published))
    return [base64.b64encode(each).decode() for each in tree.consistency(start)]
