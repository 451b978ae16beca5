"""/graphql: a question or an act, from the request's headers to the bytes of the answer.

Promise: who asks is known before the body is looked at; scopes are held against the whole document before its first
act; an unexpected fault of one root field is masked and leaves the others' answers standing.
Rules: statuses follow GraphQL over HTTP: with application/json a well-formed request is 200 whatever came of it, with
application/graphql-response+json a request that could not run is 4xx. Missing credentials are 401, missing scopes 403,
a spent budget 429 and a key store that is away 503 in both, since they are HTTP's own words for it.
Elsewhere: reading the request, `api.envelopes`; budgets of cost, `api.budgets`; limits, plans and answers, `reading`;
running acts, `schema.execution`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import strawberry
from graphql import GraphQLError, OperationType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import schema.execution
from api import documents, envelopes, protections, server_events, streams, visits
from api.budgets import Budgets
from api.envelopes import Malformed
from api.server_events import EventStream
from api.streams import Streams
from auth import resources
from auth.gates import Gate
from auth.principals import Principal
from auth.refusals import Forbidden
from auth.resources import Admitted
from database import spans
from operations import readings
from operations.desks import Desk
from reading import answers, changes
from reading.plans import Plans, Question
from reading.refusals import Code, Refused, plainly, refused
from schema.handing import Acting, Handed

OWN_STATUS = frozenset({Code.INSUFFICIENT_SCOPE, Code.BUDGET_EXCEEDED, Code.KEYS_AWAY})
NO_STORE = {"Cache-Control": "no-store", "Vary": "Accept"}
POST_ONLY = Malformed(405, "METHOD_NOT_ALLOWED", "Send this with POST: GET is for queries by documentId.")
FOLLOWED = (
    "Langganan diikuti melalui websocket atau dengan Accept: text/event-stream / "
    "A subscription is followed over a websocket, or with Accept: text/event-stream"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What answering at this door takes."""

    gate: Gate
    desk: Desk
    plans: Plans
    language: strawberry.Schema
    streams: Streams
    budgets: Budgets


def routes(counter: Counter) -> list[Route]:
    """The one route."""

    async def graphql(request: Request) -> Response:
        try:
            media_type = answering(request.headers.get("accept"))
        except Malformed as fault:
            return told(fault, envelopes.PLAIN_JSON)
        if request.method != "POST" and not by_url(request):
            return told(POST_ONLY, media_type)
        admitted = await resources.enter(request.method, "/graphql", request.headers.raw, counter.gate)
        visits.admitted(request.scope, admitted.principal)
        try:
            return await answered(request, admitted, counter, media_type)
        except Malformed as fault:
            return told(fault, media_type)
        except Refused as refusal:
            return refusing(refusal, media_type, counter.gate.issuer)

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return [Route("/graphql", graphql, methods=methods)]


def answering(accept: str | None) -> str:
    """The media type to answer in; that of a stream only where nothing else is accepted."""
    try:
        return envelopes.accepted(accept)
    except Malformed:
        if envelopes.streams(accept):
            return envelopes.EVENT_STREAM
        raise


async def answered(request: Request, admitted: Admitted, counter: Counter, media_type: str) -> Response:
    """The answer to a request of somebody known."""
    principal = admitted.principal
    counter.budgets.take_in(principal)
    sent = await sent_in(request)
    text = await documents.text_of(sent, principal, counter.desk)
    asked = visits.asked(request.scope, text)
    with spans.step("plan"):
        question = counter.plans.plan(text, sent.operation_name, sent.variables)
    asked.understood(question.operation)
    if request.method == "GET" and question.operation.operation is not OperationType.QUERY:
        raise POST_ONLY
    await admitted_to(question, principal, counter.desk)
    if media_type == envelopes.EVENT_STREAM or changes.following(question) is not None:
        if not envelopes.streams(request.headers.get("accept")):
            raise refused(Code.BAD_REQUEST, FOLLOWED)
        streams.required(question)
        counter.budgets.spend(principal, question.cost)
        return EventStream(question, admitted, counter.streams)
    told = {"cost": counter.budgets.spend(principal, question.cost).told()}
    asking = streams.asking(principal, counter.desk)
    handed, errors = await acted(question, sent, principal, counter)
    content = await answers.answer(question, asking, counter.desk.databases.reading, handed, errors, told)
    return Response(content, media_type=envelopes.in_utf8(media_type), headers=NO_STORE)


async def admitted_to(question: Question, principal: Principal, desk: Desk) -> None:
    """Refuses a question whose scopes are missing; where it asks for what is sealed, the trail tells of that."""
    try:
        answers.admit(question, principal.scopes)
    except Refused:
        if question.plan.sealed:
            await readings.refused(desk, principal, question.digest, question.plan.sealed)
        raise


def by_url(request: Request) -> bool:
    """Whether the request stands in its URL: with GET, by the id of a trusted document."""
    return request.method == "GET" and envelopes.names_document(request.scope["query_string"])


async def sent_in(request: Request) -> envelopes.Request:
    """The request, from the body or the URL."""
    if request.method == "GET":
        envelopes.check_named(request.headers.get("accept"))
        return envelopes.in_url(request.scope["query_string"])
    envelopes.check_content_type(request.headers.get("content-type"))
    return envelopes.parsed(await body_of(request))


async def acted(
    question: Question, sent: envelopes.Request, principal: Principal, counter: Counter
) -> tuple[Mapping[str, Handed] | None, Sequence[Mapping[str, object]]]:
    """What a mutation's root fields hand over, and the errors of those that failed; nothing for a query."""
    if question.operation.operation is not OperationType.MUTATION:
        return None, ()
    with spans.step("act"):
        done = await schema.execution.run(
            counter.language,
            question.document,
            operation_name=sent.operation_name,
            variables=sent.variables,
            acting=Acting(desk=counter.desk, by=principal),
        )
    wrong = {"extensions": {"code": Code.BAD_REQUEST.value}}
    errors: list[Mapping[str, object]] = [{**plainly(error), **wrong} for error in done.malformed]
    return done.handed, [*errors, *(masked(fault) for fault in done.faults)]


def masked(fault: GraphQLError) -> Mapping[str, object]:
    """A fault of an act as its caller may see it; the operator's log has the rest under the same number."""
    cause: Exception = fault
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, Forbidden):
        return {
            "message": "Cakupan akses kurang. / Scopes are missing.",
            "path": fault.path,
            "extensions": {"code": Code.INSUFFICIENT_SCOPE.value, "scopes": sorted(cause.missing)},
        }
    number = protections.noted(cause)
    message = f"Kesalahan di pihak kami, nomor {number}. / A fault on our side, number {number}."
    return {"message": message, "path": fault.path, "extensions": {"code": Code.INTERNAL.value, "fault": number}}


async def body_of(request: Request) -> bytes:
    """The body, which is refused as soon as it is longer than it may be."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > envelopes.MOST_BYTES:
            raise Malformed(413, "LIMIT_EXCEEDED", f"The body is longer than {envelopes.MOST_BYTES} bytes.")
    return bytes(body)


def told(fault: Malformed, media_type: str) -> Response:
    """A refusal of what is no GraphQL request."""
    content = envelopes.refusal(fault.code, fault.message)
    headers = {**NO_STORE, "Allow": "POST"} if fault.status == 405 else NO_STORE
    return Response(content, status_code=fault.status, media_type=in_json(media_type), headers=headers)


def refusing(refusal: Refused, media_type: str, issuer: str) -> Response:
    """A refusal of a GraphQL request as a whole."""
    if media_type == envelopes.EVENT_STREAM and refusal.code not in OWN_STATUS:
        return server_events.refusal(envelopes.errors_only(refusal.errors))
    headers, status = dict(NO_STORE), 200 if media_type == envelopes.PLAIN_JSON else 400
    if refusal.code is Code.INSUFFICIENT_SCOPE:
        status = 403
        missing = frozenset(str(scope) for scope in refusal.errors[0]["extensions"]["scopes"])
        headers["WWW-Authenticate"] = Forbidden(missing).www_authenticate(issuer)
    if refusal.code is Code.KEYS_AWAY:
        status = 503
    if refusal.code is Code.BUDGET_EXCEEDED:
        status = 429
        headers["Retry-After"] = str(refusal.errors[0]["extensions"]["retryAfter"])
    content = envelopes.errors_only(refusal.errors)
    return Response(content, status_code=status, media_type=in_json(media_type), headers=headers)


def in_json(media_type: str) -> str:
    """The Content-Type of a refusal that is HTTP's own, and no stream."""
    return envelopes.in_utf8(envelopes.PLAIN_JSON if media_type == envelopes.EVENT_STREAM else media_type)
