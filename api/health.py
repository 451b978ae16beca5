"""Whether the process lives, and whether it can serve.

Promise: `/livez` is 200 while the process answers at all; `/readyz` is 200 only when the database answers and the log
has a published checkpoint, which a demo has once its data is in.
"""

from pathlib import Path

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api import protections
from database.engines import Databases

FRESH = {"Cache-Control": "no-store"}


def routes(databases: Databases, published: Path) -> list[Route]:
    """/livez and /readyz."""

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok\n", headers=FRESH)

    async def ready(_: Request) -> Response:
        try:
            async with databases.auth.connect() as connection:
                await connection.execute(text("select 1"))
        except Exception as fault:
            return PlainTextResponse(f"database: fault {protections.noted(fault)}\n", status_code=503, headers=FRESH)
        if not (published / "checkpoint").is_file():
            return PlainTextResponse("ledger: no checkpoint is published yet\n", status_code=503, headers=FRESH)
        return PlainTextResponse("ok\n", headers=FRESH)

    return [Route("/livez", alive, methods=["GET"]), Route("/readyz", ready, methods=["GET"])]
