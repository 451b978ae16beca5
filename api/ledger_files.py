"""The published ledger over HTTP: the very files of the folder, public ones to anybody, bundles to the admitted.

Promise: what is served is what the publisher wrote, byte for byte; a path that is not one of the log's is 404 before
the disk is touched.
Source: C2SP tlog-tiles; who may see what, ledger.md section 1.
Elsewhere: what stands in the files, `ledger.tiles`; who writes them, `operations.publishing`.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from auth.principals import Principal
from ledger import tiles

Admit = Callable[[Request, str], Awaitable[Principal]]
"""Who asks, given the scopes that are needed, with a space between; raises what `api.app` turns into 401 or 403."""

SIZE = re.compile(r"[1-9][0-9]{0,15}")
AFTER = re.compile(r"0|[1-9][0-9]{0,15}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_SIZES = 1_000
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
IMMUTABLE_PRIVATE = {"Cache-Control": "private, max-age=31536000, immutable"}
FRESH = {"Cache-Control": "no-cache"}
OCTETS = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"


def routes(published: Path, admit: Admit) -> list[BaseRoute]:
    """The routes below /ledger/ that serve files of `published`."""
    shelf = Published(published, admit)
    return [
        Route("/ledger/checkpoint", shelf.checkpoint, methods=["GET"]),
        Route("/ledger/checkpoints", shelf.sizes, methods=["GET"]),
        Route("/ledger/checkpoints/{size}", shelf.earlier, methods=["GET"]),
        Route("/ledger/vkey", shelf.vkey, methods=["GET"]),
        Route("/ledger/tile/{path:path}", shelf.tile, methods=["GET"]),
        Route("/ledger/data/{sha256}", shelf.data, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class Published:
    """The published folder, and who may have its bundles."""

    folder: Path
    admit: Admit

    async def checkpoint(self, _: Request) -> Response:
        """The newest checkpoint."""
        return await file(self.folder / "checkpoint", TEXT, FRESH)

    async def vkey(self, _: Request) -> Response:
        """The log's key."""
        return await file(self.folder / "vkey", TEXT, FRESH)

    async def earlier(self, request: Request) -> Response:
        """The checkpoint of one size."""
        size = request.path_params["size"]
        # Not immutable: witnesses' signatures are added to it later.
        return await file(self.folder / "checkpoints" / size, TEXT, FRESH) if SIZE.fullmatch(size) else missing()

    async def sizes(self, request: Request) -> Response:
        """Which sizes have a checkpoint, one a line."""
        after = request.query_params.get("after", "0")
        if not AFTER.fullmatch(after):
            return PlainTextResponse("after: a size, a whole number\n", status_code=400)
        found = await anyio.to_thread.run_sync(published_sizes, self.folder / "checkpoints", int(after))
        return PlainTextResponse("".join(f"{size}\n" for size in found), headers=FRESH)

    async def tile(self, request: Request) -> Response:
        """A hash tile, or for the admitted a bundle of entries."""
        path = f"tile/{request.path_params['path']}"
        found = tiles.parse_path(path)
        if found is None:
            return missing()
        if found.level is not None:
            return await file(self.folder / path, OCTETS, IMMUTABLE)
        await self.admit(request, "ledger:read")
        return await file(self.folder / path, OCTETS, IMMUTABLE_PRIVATE)

    async def data(self, request: Request) -> Response:
        """A file that the log names by its SHA-256."""
        sha256 = request.path_params["sha256"]
        if not SHA256.fullmatch(sha256):
            return missing()
        return await file(self.folder / "data" / sha256, "application/json", IMMUTABLE)


async def file(path: Path, media_type: str, headers: dict[str, str]) -> Response:
    """This file's bytes, or 404."""
    try:
        body = await anyio.to_thread.run_sync(path.read_bytes)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return missing()
    return Response(body, media_type=media_type, headers=headers)


def published_sizes(folder: Path, after: int) -> list[int]:
    """The sizes of published checkpoints beyond `after`, ascending, at most a thousand."""
    names = (path.name for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted(size for name in names if SIZE.fullmatch(name) and (size := int(name)) > after)[:MOST_SIZES]


def missing() -> Response:
    """404, the same for what does not exist and what never could."""
    return PlainTextResponse("Tidak ada. / Not found.\n", status_code=404, headers={"Cache-Control": "no-store"})
