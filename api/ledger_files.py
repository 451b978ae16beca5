"""The published ledger over HTTP: the very files of the shelf, public ones to anybody, bundles to the admitted.

Promise: what is served is what the publisher wrote, byte for byte; a path that is not one of the log's is 404 before
the shelf is touched; a store that does not answer is 503 and nothing else.
Source: C2SP tlog-tiles; who may see what, ledger.md section 1.
Elsewhere: what stands in the files, `ledger.tiles`; who writes them, `operations.publishing`; how each is handed out,
`database.shelves`.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from auth.principals import Principal
from database import shelves
from database.shelves import SHOWN, Shelf
from ledger import tiles

Admit = Callable[[Request, str], Awaitable[Principal]]
"""Who asks, given the scopes that are needed, with a space between; raises what `api.app` turns into 401 or 403."""

SIZE = re.compile(r"[1-9][0-9]{0,15}")
AFTER = re.compile(r"0|[1-9][0-9]{0,15}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_SIZES = 1_000
FRESH = {"Cache-Control": shelves.FRESH.cache}


def routes(kept: Shelf, admit: Admit) -> list[BaseRoute]:
    """The routes below /ledger/ that serve the files kept."""
    shelf = Published(kept, admit)
    return [
        Route("/ledger/checkpoint", shelf.checkpoint, methods=["GET"]),
        Route("/ledger/checkpoints", shelf.sizes, methods=["GET"]),
        Route("/ledger/checkpoints/{size}", shelf.earlier, methods=["GET"]),
        Route("/ledger/vkey", shelf.vkey, methods=["GET"]),
        Route("/ledger/tile/{path:path}", shelf.tile, methods=["GET"]),
        Route("/ledger/data/{sha256}", shelf.data, methods=["GET"]),
    ]


@dataclass(slots=True)
class Published:
    """The published files, and who may have the bundles."""

    shelf: Shelf
    admit: Admit
    _listed: tuple[bytes | None, list[int]] = (None, [])  # under which checkpoint, and what there was

    async def checkpoint(self, _: Request) -> Response:
        """The newest checkpoint."""
        return await file(self.shelf, SHOWN)

    async def vkey(self, _: Request) -> Response:
        """The log's key."""
        return await file(self.shelf, "vkey")

    async def earlier(self, request: Request) -> Response:
        """The checkpoint of one size."""
        size = request.path_params["size"]
        return await file(self.shelf, f"checkpoints/{size}") if SIZE.fullmatch(size) else missing()

    async def sizes(self, request: Request) -> Response:
        """Which sizes have a checkpoint, one a line."""
        after = request.query_params.get("after", "0")
        if not AFTER.fullmatch(after):
            return PlainTextResponse("after: a size, a whole number\n", status_code=400)
        found = [size for size in await anyio.to_thread.run_sync(self._sizes) if size > int(after)][:MOST_SIZES]
        return PlainTextResponse("".join(f"{size}\n" for size in found), headers=FRESH)

    def _sizes(self) -> list[int]:
        """Listed once for each checkpoint: in an object store that is a request for every thousand of them."""
        shown = self.shelf.read(SHOWN)
        if shown is None or shown != self._listed[0]:
            self._listed = shown, self.shelf.numbers("checkpoints")
        return self._listed[1]

    async def tile(self, request: Request) -> Response:
        """A hash tile, or for the admitted a bundle of entries."""
        path = f"tile/{request.path_params['path']}"
        found = tiles.parse_path(path)
        if found is None:
            return missing()
        if found.level is None:
            await self.admit(request, "ledger:read")
        return await file(self.shelf, path)

    async def data(self, request: Request) -> Response:
        """A file that the log names by its SHA-256."""
        sha256 = request.path_params["sha256"]
        if not SHA256.fullmatch(sha256):
            return missing()
        return await file(self.shelf, f"data/{sha256}")


async def file(shelf: Shelf, path: str) -> Response:
    """This file's bytes, or 404."""
    body = await anyio.to_thread.run_sync(shelf.read, path)
    if body is None:
        return missing()
    manner = shelves.manner(path)
    return Response(body, media_type=manner.media_type, headers={"Cache-Control": manner.cache})


async def unreachable(_: Request, fault: Exception) -> Response:
    """503: the store of published files does not answer; nothing is known of what was asked for."""
    if not isinstance(fault, shelves.Unreachable):
        raise fault
    headers = {"Cache-Control": "no-store", "Retry-After": "5"}
    return PlainTextResponse("Tidak tersedia saat ini. / Not available now.\n", status_code=503, headers=headers)


def missing() -> Response:
    """404, the same for what does not exist and what never could."""
    return PlainTextResponse("Tidak ada. / Not found.\n", status_code=404, headers={"Cache-Control": "no-store"})
