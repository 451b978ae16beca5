"""The console's pages, served as they are, under a content policy that lets nothing else in."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

import console.pages


def routes() -> list[Route]:
    """`/` and `/console/<file>`: the static bundle, read once."""
    bundle = console.pages.bundle()

    def served(name: str) -> Response:
        page = bundle.pages.get(name)
        if page is None:
            return PlainTextResponse("Tidak ada. / Not found.\n", status_code=404)
        return Response(
            page.body,
            media_type=page.media_type,
            headers={"Content-Security-Policy": console.pages.CONTENT_POLICY, "Cache-Control": "no-cache"},
        )

    async def front(_: Request) -> Response:
        return served("index.html")

    async def file(request: Request) -> Response:
        return served(request.path_params["name"])

    return [Route("/", front, methods=["GET"]), Route("/console/{name}", file, methods=["GET"])]
