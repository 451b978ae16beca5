"""Bodies of requests and answers: bounded, and read as what they should be.

Promise: nothing longer than it may be is held, and nothing that is no JSON object is taken for one.
Elsewhere: what is passed on unread, `cli.connect.applications`.
"""

import json
from collections.abc import Mapping
from typing import Final

import httpx
from starlette.requests import Request

from cli.audit.credentials import is_object
from cli.connect import roads, upstreams
from cli.connect.answers import Code, Refusal
from cli.connect.upstreams import Asked, Upstream

MOST_BYTES: Final = 256_000  # of a request: the service takes 100,000, and says so itself
MOST_ANSWER: Final = 4_000_000  # of an answer that is read here
JSON: Final = (("content-type", "application/json"), ("accept", "application/json"))


async def body_of(request: Request) -> bytes:
    """The body, refused as soon as it is longer than it may be."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            message = f"Isi terlalu panjang / The body is too long: at most {MOST_BYTES} bytes"
            raise Refusal(413, Code.LIMIT_EXCEEDED, message, Connection="close")
    return bytes(body)


def json_object(body: bytes) -> dict[str, object]:
    """The JSON object in a body."""
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not is_object(document):
        raise Refusal(400, Code.BAD_REQUEST, "Bukan objek JSON. / This is no JSON object.")
    return document


async def graphql(upstream: Upstream, document: str, variables: Mapping[str, object]) -> dict[str, object]:
    """The service's answer to a document of our own; raises `Refusal` where there is none yet."""
    body = json.dumps({"query": document, "variables": variables}).encode()
    answer = await upstream.ask(Asked(method="POST", path=roads.GRAPHQL, headers=JSON, body=body))
    content = bytearray()
    try:
        async for piece in answer.aiter_raw():
            content += piece
            if len(content) > MOST_ANSWER:
                raise upstreams.refused("its answer is too long")
    except httpx.HTTPError as fault:
        raise upstreams.unreachable(type(fault).__name__) from None
    finally:
        await answer.aclose()
    if answer.status_code == 429 or answer.status_code >= 500:
        raise upstreams.unreachable(f"status {answer.status_code}")
    return json_object(bytes(content))


def items(value: object) -> list[object]:
    """A list, where there is one."""
    return value if isinstance(value, list) else []


def code(error: object) -> str:
    """The code of an error of GraphQL."""
    extensions = error.get("extensions") if is_object(error) else None
    return str(extensions.get("code", "")) if is_object(extensions) else ""
