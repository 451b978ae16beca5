"""GraphQL over HTTP, the wrapping of request and answer, without the HTTP server: bytes and headers in, values out.

Promise: what is not a well-formed GraphQL request is told with its status (400, 406, 413, 415) before anything runs.
Source: GraphQL over HTTP, working draft; RFC 9110 section 12.5.1 for the Accept header. The audits of npm's
`graphql-http` hold us to every MUST and SHOULD of the draft (`tests/api/test_graphql_over_http`).
Elsewhere: limits of the document itself, `reading.limits`; the route, `api.graphql`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard
from urllib.parse import parse_qsl

import orjson

MOST_BYTES = 100_000
RESPONSE_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"
EVENT_STREAM = "text/event-stream"
MEMBERS = frozenset({"query", "documentId", "operationName", "variables", "extensions"})
IN_URLS = MEMBERS - {"query"}
MOST_PARAMETERS = 8


class Malformed(Exception):
    """Not a GraphQL request: `status` and `code` say in which way, `message` what was expected."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One GraphQL request as it was sent; nothing of it has been parsed as GraphQL."""

    query: str  # the document's text, or nothing where its id was sent
    document_id: str | None
    operation_name: str | None
    variables: dict[str, object]


def accepted(accept: str | None) -> str:
    """The media type to answer in; raises 406 when the client accepts neither.

    Of what weighs the same, what is named comes first, and then the type that was made for GraphQL; who names neither,
    or sends no Accept header, is a client from before the specification: plain JSON.
    """
    if accept is None or not accept.strip():
        return PLAIN_JSON
    ranges: dict[str, float] = {}
    for part in accept.split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        ranges[kind] = max(quality(parameters), ranges.get(kind, 0.0))
    found = [each for offered in (RESPONSE_JSON, PLAIN_JSON) if (each := welcome(offered, ranges))[0] > 0]
    if not found:
        raise Malformed(406, "NOT_ACCEPTABLE", f"This endpoint answers {RESPONSE_JSON} or {PLAIN_JSON}.")
    return max(found)[-1]


def welcome(offered: str, ranges: Mapping[str, float]) -> tuple[float, bool, bool, str]:
    """How welcome an offered type is: its weight by the most specific range, whether it is named, our own order."""
    kind = next((kind for kind in (offered, "application/*", "*/*") if kind in ranges), "")
    named = kind == offered
    return ranges.get(kind, 0.0), named, (offered == RESPONSE_JSON) is named, offered


def streams(accept: str | None) -> bool:
    """Whether a stream of events is asked for by its name; a wildcard means an answer."""
    kinds = ((kind.strip().lower(), rest) for kind, *rest in (part.split(";") for part in (accept or "").split(",")))
    return any(kind == EVENT_STREAM and quality([p.strip().lower() for p in rest]) > 0 for kind, rest in kinds)


def quality(parameters: list[str]) -> float:
    """The q of one Accept entry, 1 where it is absent, 0 where it cannot be read."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return max(0.0, min(1.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0


def check_content_type(content_type: str | None) -> None:
    """Only JSON in UTF-8 is read: a form or text body could be sent by any web page without asking (CSRF)."""
    kind, *parameters = (piece.strip().lower() for piece in (content_type or "").split(";"))
    if kind != PLAIN_JSON:
        raise Malformed(415, "UNSUPPORTED_MEDIA_TYPE", f"Send the request as {PLAIN_JSON}.")
    if any(p.startswith("charset=") and p.removeprefix("charset=").strip('"') != "utf-8" for p in parameters):
        raise Malformed(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request in UTF-8.")


def parsed(body: bytes) -> Request:
    """The request in these bytes; raises `Malformed` naming the member that is wrong."""
    try:
        return request_in(orjson.loads(body))
    except orjson.JSONDecodeError:
        raise Malformed(400, "BAD_REQUEST", "The body is not JSON.") from None


def request_in(sent: object) -> Request:
    """The request in this JSON value; raises `Malformed` naming the member that is wrong."""
    if isinstance(sent, list):
        raise Malformed(400, "BAD_REQUEST", "Batches are not served: send one request at a time.")
    if not is_object(sent):
        raise Malformed(400, "BAD_REQUEST", 'The body is not an object with "query".')
    if set(sent) - MEMBERS:
        raise Malformed(400, "BAD_REQUEST", f"The request has members other than {', '.join(sorted(MEMBERS))}.")
    query, named, name = sent.get("query"), sent.get("documentId"), sent.get("operationName")
    variables, extensions = sent.get("variables"), sent.get("extensions")
    require_one_document(query, named)
    if name is not None and not isinstance(name, str):
        raise Malformed(400, "BAD_REQUEST", '"operationName" is not a text.')
    if variables is not None and not is_object(variables):
        raise Malformed(400, "BAD_REQUEST", '"variables" is not an object.')
    if extensions is not None and not is_object(extensions):
        raise Malformed(400, "BAD_REQUEST", '"extensions" is not an object.')
    return Request(
        query=query if isinstance(query, str) else "",
        document_id=named if isinstance(named, str) else None,
        operation_name=name,
        variables=variables or {},
    )


def require_one_document(query: object, id: object) -> None:
    """A document's text or its id: with both, one of them would be believed and the other logged."""
    if id is not None and query is not None:
        raise Malformed(400, "BAD_REQUEST", 'Send "query" or "documentId", not both.')
    if id is not None and (not isinstance(id, str) or not id):
        raise Malformed(400, "BAD_REQUEST", '"documentId" is not a text.')
    if id is None and (not isinstance(query, str) or not query):
        raise Malformed(400, "BAD_REQUEST", '"query" is not a text.')


def names_document(query_string: bytes) -> bool:
    """Whether a URL asks by a document's id: the one thing that GET is for here."""
    return any(each.partition(b"=")[0] == b"documentId" for each in query_string.split(b"&"))


def in_url(query_string: bytes) -> Request:
    """The request in a URL; raises `Malformed` naming the parameter that is wrong."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError:
        raise Malformed(400, "BAD_REQUEST", "The URL's query cannot be read.") from None
    told = {name: value for name, value in pairs if value}
    if len(pairs) != len(dict(pairs)) or set(told) - IN_URLS:
        raise Malformed(400, "BAD_REQUEST", f"A URL has {', '.join(sorted(IN_URLS))}, each at most once.")
    try:
        values: dict[str, object] = {
            name: orjson.loads(told[name]) for name in ("variables", "extensions") if name in told
        }
    except orjson.JSONDecodeError:
        raise Malformed(400, "BAD_REQUEST", "The URL's variables or extensions are not JSON.") from None
    asked: dict[str, object] = {**told, **values}
    return request_in(asked)


def check_named(accept: str | None) -> None:
    """A GET names the type it wants: what a page embeds accepts anything (CSRF)."""
    named = {part.split(";")[0].strip().lower() for part in (accept or "").split(",")}
    if not named & {RESPONSE_JSON, PLAIN_JSON}:
        raise Malformed(406, "NOT_ACCEPTABLE", f"With GET, name {RESPONSE_JSON} or {PLAIN_JSON} in Accept.")


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """A JSON object (its keys are texts by JSON's own rule)."""
    return isinstance(value, dict)


def in_utf8(media_type: str) -> str:
    """The Content-Type of an answer: which encoding it is in is said, as the specification asks."""
    return f"{media_type}; charset=utf-8"


def errors_only(errors: Sequence[Mapping[str, object]]) -> bytes:
    """A GraphQL answer of a request that did not run: no "data" at all."""
    return orjson.dumps({"errors": list(errors)})


def refusal(code: str, message: str, **details: object) -> bytes:
    """A GraphQL answer without data: one error with its code."""
    return errors_only([{"message": message, "extensions": {"code": code, **details}}])
