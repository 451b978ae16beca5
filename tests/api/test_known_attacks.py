"""What is known to be tried on GraphQL services, tried on ours: it finds nothing, and it does nothing.

Promise: each check of graphql-cop (its `lib/tests`, read in 2026) has its document here, and each part of the OWASP
GraphQL cheat sheet that is about the door: batching, amounts, introspection, suggestions, errors, injection.
Elsewhere: limits by their names, `test_limits`; whose rows one sees, `tests.reading.test_scopes`; values that errors
must not repeat, `test_bad_input`; statements without a value in them, `tests.reading.test_plans`.
"""

from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from tests.api.conftest import House
from tests.api.doors import Door, with_scopes
from tests.api.test_bad_input import ME, casework, code_of, opening
from tests.api.test_handovers import OPEN
from tests.api.test_limits import times

ACT = orjson.dumps({"query": OPEN, "variables": {"input": opening()}})
TYPES = "{ __schema { types { name fields { name } } } }"
CIRCLE = (
    "{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }"
)
COP: dict[str, tuple[str, str]] = {
    "alias overloading": (f"query {{ {times(101, 'alias#:__typename')} }}", "LIMIT_EXCEEDED"),
    "field duplication": (f"query {{ {times(500, '__typename')} }}", "LIMIT_EXCEEDED"),
    "directive overloading": ("query { __typename " + "@aa" * 10 + " }", "GRAPHQL_VALIDATION_FAILED"),
    "more directives": ("query { __typename " + "@aa" * 50 + " }", "LIMIT_EXCEEDED"),
    "circular introspection": (CIRCLE, "GRAPHQL_VALIDATION_FAILED"),
    "circular fragment": (
        "{ __schema { ...A } } fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "field suggestions": ("query { __schema { directive } }", "GRAPHQL_VALIDATION_FAILED"),
    "unhandled error": ("qwerty cop { abc }", "GRAPHQL_PARSE_FAILED"),
}
NEAR = [
    "{ casess(first: 1) { totalCount } }",
    '{ case(idd: "x") { number } }',
    '{ case(id: "x") { numbr } }',
    "{ cases(first: 1, filter: {statuss: OPENED}) { totalCount } }",
    "{ cases(first: 1, filter: {status: OPENNED}) { totalCount } }",
    '{ node(id: "x") { ... on Cas { id } } }',
    '{ node(id: "x") { number } }',
    '{ node(id: "x") { id @skp(if: true) } }',
    "query($f: CaseFiltr) { cases(first: 1, filter: $f) { totalCount } }",
    "query($first: Int) { cases(first: $firs) { totalCount } }",
    "{ ...Fram } fragment Frame on Query { __typename }",
    "mutation { openCse(input: {}) { errors { code } } }",
    "subscription { referralChangd { cursor } }",
]
HOSTILE = [
    "' or '1'='1",
    "'; drop table case_file; --",
    "\\'; select pg_sleep(9); --",
    "$1",
    "%s%n{0}",
    "\x00",
    "\r\nSet-Cookie: a=b",
    "../../etc/passwd",
    "${jndi:ldap://127.0.0.1/a}",
    "{{7*7}}",
    "$(touch /tmp/x)",
    "http://127.0.0.1:1/",
    "\u202e\ufeff\ud7ff",
]
PROVINCES = """query($t: String!, $id: ID!) {
  case(id: $id) { id } node(id: $id) { id } referral(id: $id) { id } handover(id: $id) { id }
  cases(first: 1, after: $t) { edges { node { id } } } __type(name: $t) { name }
  referrals(first: 1, before: $t, filter: {from: $t, to: $t}) { totalCount edges { node { id } } } }"""
AUDITORS = """query($t: String!, $id: ID!) {
  obligation(id: $id) { id } obligations(first: 1, filter: {clause: $t, creditor: $t, case: $id}) { totalCount }
  ledgerEntries(first: 1, filter: {kind: $t, party: $t, referral: $id}) { totalCount edges { node { id } } } }"""
NOTHING: dict[str, Any] = {
    **dict.fromkeys(["case", "node", "referral", "handover", "obligation", "__type"]),
    "cases": {"edges": []},
    "referrals": {"totalCount": 0, "edges": []},
    "obligations": {"totalCount": 0},
    "ledgerEntries": {"totalCount": 0, "edges": []},
}


def document(text: str, **variables: object) -> bytes:
    return orjson.dumps({"query": text, "variables": variables})


def clean(answer: httpx.Response) -> bool:
    """Whether an answer holds nothing of what debug and trace modes tell."""
    told = answer.text.lower()
    words = ("did you mean", "stacktrace", "traceback", "tracing", '"exception"', ".py", "site-packages", "graphiql")
    return not any(word in told for word in words) and answer.status_code < 500


async def asked(door: Door, content: bytes, method: str = "POST", path: str = "/graphql", **headers: str) -> Any:
    """Credentials, and whatever else of a request is to be bent."""
    sent = [*door.partner.asking(method, "/graphql", await door.token())]
    sent += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return await door.http.request(method, path, headers=sent, content=content)


async def test_the_checks_of_graphql_cop_find_nothing(house: House, superuser: Any) -> None:
    before = await casework(superuser)
    for name, (text, code) in COP.items():
        answer = await house.jakarta.post(document(text), X_Apollo_Tracing="1")
        told = answer.json()
        assert (list(told), code_of(answer), clean(answer)) == (["errors"], code, True), name
        assert len(told["errors"]) == 1, name  # what is wrong ten times is told once, with its ten places
    traced = await house.jakarta.post(document("query { __typename }"), X_Apollo_Tracing="1")
    assert (traced.json()["data"], list(traced.json()["extensions"])) == ({"__typename": "Query"}, ["cost"])
    assert await casework(superuser) == before


async def test_a_batch_is_not_served_not_even_of_one(house: House, superuser: Any) -> None:
    """Ten guesses in one request pass any limit on requests."""
    before = await casework(superuser)
    for batch in (ACT, b",".join([ACT] * 10)):
        answer = await house.jakarta.post(b"[" + batch + b"]")
        assert (answer.status_code, code_of(answer)) == (400, "BAD_REQUEST")
    many = "{ " + times(11, 'a#: node(id: "x#") { id }') + " }"
    assert code_of(await house.jakarta.post(document(many))) == "LIMIT_EXCEEDED"
    assert await casework(superuser) == before


FORMS = {
    "application/x-www-form-urlencoded": b"query=mutation+%7B+__typename+%7D",
    "multipart/form-data; boundary=b": b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\n{a}\r\n--b--',
    "text/plain": ACT,
    "text/plain; application/json": ACT,
    "text/plain;charset=UTF-8": ACT,
    "application/graphql": OPEN.encode(),
    "": ACT,
    "left out": ACT,
}  # fmt: skip


async def test_what_any_page_could_send_in_its_readers_name_is_not_read(house: House, superuser: Any) -> None:
    """Forms, plain text and URLs cross origins unasked; with JSON, the browser asks first and is not answered."""
    before = await casework(superuser)
    url = str(httpx.URL("/graphql", params={"query": "mutation { __typename }", "variables": "{}"}))
    for kind, content in FORMS.items():
        answer = await asked(house.jakarta, content, **({} if kind == "left out" else {"content_type": kind}))
        assert (answer.status_code, code_of(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE"), kind
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = await asked(house.jakarta, b"", method, url, X_HTTP_Method_Override="POST")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST"), method
    bare = await asked(house.jakarta, b"", "POST", url, content_type="application/json")
    assert (bare.status_code, code_of(bare)) == (400, "BAD_REQUEST")
    strange = {"origin": "https://evil.example", "access_control_request_method": "POST"}
    for answer in (await asked(house.jakarta, b"", "OPTIONS", **strange), await house.jakarta.post(ME, **strange)):
        assert not any(name.startswith("access-control-") for name in answer.headers)
    assert await casework(superuser) == before


async def test_the_schema_is_told_to_who_holds_the_scope_for_it_and_by_no_other_road(house: House) -> None:
    """The scope is `schema:read`; partners' programs have it, since they are built from the schema."""
    assert len((await house.jakarta.ask(TYPES))["__schema"]["types"]) > 100
    reader = with_scopes(house.jakarta, "cases:read")
    for text in (
        TYPES,
        '{ __type(name: "Case") { name } }',
        "{ me { client } a: __schema { queryType { name } } }",
        "query A { ...F } fragment F on Query { ... { __schema { description } } }",
    ):
        for accept in ("application/json", "application/graphql-response+json", "text/event-stream"):
            answer = await reader.post(document(text), accept=accept)
            assert answer.status_code == 403
            assert "data" not in answer.json()
            assert answer.json()["errors"][0]["extensions"] == {"code": "INSUFFICIENT_SCOPE", "scopes": ["schema:read"]}
    assert await reader.ask("{ __typename me { __typename } }") == {"__typename": "Query", "me": {"__typename": "Me"}}


async def test_a_word_that_is_nearly_right_is_not_set_right(house: House) -> None:
    for text in NEAR:
        answer = await house.jakarta.post(document(text))
        assert (code_of(answer), clean(answer)) == ("GRAPHQL_VALIDATION_FAILED", True), text
    filtered = "query($f: CaseFilter) { cases(first: 1, filter: $f) { totalCount } }"
    wrong: list[Mapping[str, str]] = [{"status": "OPENNED"}, {"statuss": "OPENED"}]
    for given in wrong:
        answer = await house.jakarta.post(document(filtered, f=given))
        assert (code_of(answer), clean(answer)) == ("BAD_REQUEST", True)


async def test_who_has_no_token_learns_nothing_whatever_is_asked(house: House) -> None:
    """One and the same answer, whether the document is right, wrong, or none."""
    bodies = [document(text) for text, _ in COP.values()] + [document(TYPES), ME, ACT, b"[]", b"", b"{" * 90_000]
    told = set()
    for body in bodies:
        answer = await house.jakarta.http.post("/graphql", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 401
        told.add(answer.text)
    assert len(told) == 1


async def test_text_that_would_be_a_command_elsewhere_is_text(house: House, superuser: Any) -> None:
    await house.jakarta.ask(OPEN, input=opening())
    before = await casework(superuser)
    for text in HOSTILE:
        for door, asking in ((house.jakarta, PROVINCES), (house.auditor, AUDITORS)):
            answer = await door.post(document(asking, t=text, id=text))
            assert (answer.status_code, clean(answer)) == (200, True), text
            told = answer.json()
            assert set(told) == {"data", "extensions"}, text
            assert told["data"] == {name: NOTHING[name] for name in told["data"]}, text
            assert "set-cookie" not in answer.headers
    assert await casework(superuser) == before


async def test_no_workbench_is_served(house: House) -> None:
    for path in ("/", "/graphiql", "/playground", "/console", "/graphql", "/altair", "/voyager"):
        answer = await house.jakarta.http.get(path, headers={"accept": "text/html"})
        assert clean(answer), path
        assert "playground" not in answer.text.lower(), path
        assert answer.status_code == 200 if path == "/" else answer.status_code in (404, 405, 406), path
