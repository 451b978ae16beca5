"""The OAuth endpoints over HTTP.

Promise: the paths of RFC 8414 and RFC 9728 metadata, JWK Set, token, introspection and revocation, and nothing decided
here: bytes are read up to the limit, handed to `auth.endpoints`, and its reply is sent.
Rules: a body is never read past its limit; metadata may be cached for five minutes, answers never. Every method reaches
the endpoints, which answer 405 in OAuth's own form.
Elsewhere: the answers, `auth.endpoints` and `auth.metadata`.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auth import endpoints, forms, metadata
from auth.endpoints import Reply
from auth.forms import Call
from auth.gates import Gate

_CACHED: Final = {"Cache-Control": "public, max-age=300"}
_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def routes(gate: Gate) -> list[Route]:
    """Every route of this module, for one gate."""
    acts = [
        (metadata.TOKEN, endpoints.token),
        (metadata.INTROSPECT, endpoints.introspect),
        (metadata.REVOKE, endpoints.revoke),
    ]
    told = [
        (metadata.SERVER, metadata.authorization_server),
        (metadata.RESOURCE, metadata.protected_resource),
        (metadata.JWKS, metadata.key_set),
    ]
    return [Route(path, _act(answer, gate), methods=_METHODS) for path, answer in acts] + [
        Route(path, _document(document, gate), methods=["GET"]) for path, document in told
    ]


def _act(answer: Callable[[Call, Gate], Awaitable[Reply]], gate: Gate) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        reply = await answer(await _call(request), gate)
        return Response(reply.body, reply.status, dict(reply.headers))

    return respond


def _document(document: Callable[[Gate], dict[str, object]], gate: Gate) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        return JSONResponse(document(gate), headers=_CACHED)

    return respond


async def _call(request: Request) -> Call:
    return Call(
        method=request.method,
        path=request.scope["path"],
        query=request.scope["query_string"],
        headers=tuple(request.scope["headers"]),
        body=await _body(request),
        address=request.client.host if request.client else "",
    )


async def _body(request: Request) -> bytes:
    """The body, cut one chunk past the limit: `forms.parse` then refuses it for its length."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > forms.LONGEST_BODY:
            break
    return bytes(body)
