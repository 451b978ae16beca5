"""Bad input at the door: a clear, typed answer, and not one row of any table is another afterwards."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest

from ledger import envelopes, receipts
from operations import host_keys
from tests.api.conftest import House
from tests.api.doors import ERRORS, PREPARE, with_scopes
from tests.api.test_handovers import OPEN, REFERRAL, assessed, sent
from tests.operations import digests

ME = orjson.dumps({"query": "{ me { client } }"})
Unchanged = Callable[[Awaitable[httpx.Response]], Awaitable[httpx.Response]]


@pytest.fixture
def unchanged(superuser: Any) -> Unchanged:
    """Await an answer, and see that no row of casework or ledger has changed meanwhile."""

    async def witnessed(asking: Awaitable[httpx.Response]) -> httpx.Response:
        before = await casework(superuser)
        answer = await asking
        assert await casework(superuser) == before
        return answer

    return witnessed


async def casework(superuser: Any) -> dict[str, str]:
    """Every table but those that asking itself writes: tokens, proofs seen, and the publisher's own."""
    found = await digests.digest(superuser)
    return {name: told for name, told in found.items() if name not in ("oauth_token", "oauth_replay", "checkpoint")}


def code_of(answer: httpx.Response) -> str:
    told = answer.json()
    assert "data" not in told or told["data"] is None
    return str(told["errors"][0]["extensions"]["code"])


DEEP = (
    "{ cases(first: 1) { edges { node { referrals(first: 1) { edges { node { case { referrals(first: 1) { edges { node "
)
DEEP += "{ id } } } } } } } } } } }"
WHOLE = [
    ("broken JSON", b'{"query": ', 400, "BAD_REQUEST"),
    ("not an object", b"[]", 400, "BAD_REQUEST"),
    ("no query", b"{}", 400, "BAD_REQUEST"),
    ("oversized", b'{"query": "' + b" " * 100_000 + b'"}', 413, "LIMIT_EXCEEDED"),
    ("broken GraphQL", b'{"query": "{ me { client "}', 400, "GRAPHQL_PARSE_FAILED"),
    ("unknown field", b'{"query": "{ me { password } }"}', 400, "GRAPHQL_VALIDATION_FAILED"),
    ("too deep", orjson.dumps({"query": DEEP}), 400, "LIMIT_EXCEEDED"),
    ("too many tokens", orjson.dumps({"query": "{ " + "me { client } " * 300 + "}"}), 400, "LIMIT_EXCEEDED"),
    (
        "too many aliases",
        orjson.dumps({"query": "{ me { " + " ".join(f"a{n}: client" for n in range(16)) + " } }"}),
        400,
        "LIMIT_EXCEEDED",
    ),
    ("page without size", b'{"query": "{ cases { totalCount } }"}', 400, "BAD_REQUEST"),
    ("page too large", b'{"query": "{ cases(first: 101) { totalCount } }"}', 400, "BAD_REQUEST"),
    ("unknown operation", b'{"query": "query A { me { client } }", "operationName": "B"}', 400, "BAD_REQUEST"),
]


@pytest.mark.parametrize(("body", "status", "code"), [each[1:] for each in WHOLE], ids=[each[0] for each in WHOLE])
async def test_a_request_that_cannot_run_is_told_why(
    house: House, unchanged: Unchanged, body: bytes, status: int, code: str
) -> None:
    answer = await unchanged(house.jakarta.post(body, accept="application/graphql-response+json"))
    assert (answer.status_code, code_of(answer)) == (status, code)


WRONG_TYPES: list[dict[str, Any]] = [
    {"number": 7},
    {"category": "NO_SUCH_CATEGORY"},
    {"person": {"fullName": "Rahasia Sekali", "nik": 3578014505600001, "sex": "FEMALE"}},
    {"person": {"fullName": "Rahasia Sekali", "birthDate": "1960-02-30", "sex": "FEMALE"}},
    {"person": {"fullName": "Rahasia Sekali", "sex": "WOMAN"}},
    {"person": {"fullName": "Rahasia Sekali"}},
    {"unheardOf": True},
]


def opening(**changes: object) -> dict[str, object]:
    person = {"fullName": "Siti Aminah", "nik": "3578014505600001", "birthDate": "1960-05-05", "sex": "FEMALE"}
    usual = {
        "idempotencyKey": "k",
        "number": "JK/1",
        "category": "GELANDANGAN",
        "vulnerabilities": [],
        "person": person,
    }
    return {**usual, **changes}


@pytest.mark.parametrize("changes", WRONG_TYPES)
async def test_a_value_of_the_wrong_type_is_refused_and_never_repeated(
    house: House, unchanged: Unchanged, changes: dict[str, Any]
) -> None:
    """Errors are what clients log; a name or NIK must not get there through ours."""
    body = orjson.dumps({"query": OPEN, "variables": {"input": opening(**changes)}})
    answer = await unchanged(house.jakarta.post(body))
    assert code_of(answer) in ("BAD_REQUEST", "GRAPHQL_VALIDATION_FAILED")
    assert "Rahasia" not in answer.text
    assert "3578014505600001" not in answer.text


@pytest.mark.parametrize(
    "broken",
    ['fullName: "a" "Rahasia"', 'fullName: "a" """Rahasia"""', "nik: 1 3578014505600001", '"Rahasia"'],
)
async def test_a_document_that_does_not_parse_is_not_repeated_either(
    house: House, unchanged: Unchanged, broken: str
) -> None:
    document = f"mutation {{ openCase(input: {{ person: {{ {broken} }} }}) {{ errors {{ code }} }} }}"
    answer = await unchanged(house.jakarta.post(orjson.dumps({"query": document})))
    assert code_of(answer) == "GRAPHQL_PARSE_FAILED"
    assert "Rahasia" not in answer.text
    assert "3578014505600001" not in answer.text


async def test_a_repeated_key_with_other_content_is_refused_and_with_the_same_is_the_first_answer(
    house: House, unchanged: Unchanged
) -> None:
    first = await house.jakarta.ask(OPEN, input=opening())
    assert await house.jakarta.ask(OPEN, input=opening()) == first
    body = orjson.dumps({"query": OPEN, "variables": {"input": opening(number="JK/2")}})
    told = (await unchanged(house.jakarta.post(body))).json()["data"]["openCase"]
    assert (told["case"], told["errors"][0]["code"]) == (None, "IDEMPOTENCY_KEY_REUSED")


SPOILED = [
    ("not JSON", lambda given: {**given, "envelope": "{"}, "StatementRefused"),
    ("another signature", lambda given: {**given, "envelope": resigned(given["envelope"])}, "StatementRefused"),
    ("no openings", lambda given: {**given, "openings": []}, "CommitmentMismatch"),
    ("another value", lambda given: {**given, "openings": retold(given["openings"])}, "CommitmentMismatch"),
    ("stale version", lambda given: {**given, "expectedVersion": 99}, "StaleVersion"),
]


def resigned(envelope: str) -> str:
    told = json.loads(envelope)
    told["signatures"] = [{"sig": "A" * 86 + "=="}]
    return json.dumps(told)


def retold(openings: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{**each, "value": '"FEMALE"'} if each["name"] == "risk" else each for each in openings]


@pytest.mark.parametrize(("spoil", "kind"), [each[1:] for each in SPOILED], ids=[each[0] for each in SPOILED])
async def test_a_spoiled_submission_is_refused_in_type(
    house: House, unchanged: Unchanged, spoil: Callable[[Any], Any], kind: str
) -> None:
    case = await assessed(house.jakarta)
    prepared = await house.jakarta.prepare("referralSent", case=case["id"], to="ID-JI")
    given = spoil(house.jakarta.submission(prepared, case["version"], "spoiled"))
    document = f"mutation($input: StatementInput!) {{ sendReferral(input: $input) {{ {REFERRAL} {ERRORS} }} }}"
    answer = await unchanged(house.jakarta.post(orjson.dumps({"query": document, "variables": {"input": given}})))
    told = answer.json()["data"]["sendReferral"]
    assert (told["referral"], told["entry"]) == (None, None)
    assert [error["__typename"] for error in told["errors"]] == [kind]


async def test_a_refusal_of_a_statement_is_signed_by_the_host(house: House, unchanged: Unchanged) -> None:
    """With it a province can show that it tried, and when, and by which rule it was refused."""
    case = await assessed(house.jakarta)
    prepared = await house.jakarta.prepare("referralSent", case=case["id"], to="ID-JI")
    given = house.jakarta.submission(prepared, case["version"], "refused")
    stale = {**given, "expectedVersion": case["version"] + 1}
    errors = "errors { code signedRefusal }"
    document = f"mutation($input: StatementInput!) {{ sendReferral(input: $input) {{ {errors} }} }}"
    answer = await unchanged(house.jakarta.post(orjson.dumps({"query": document, "variables": {"input": stale}})))
    told = answer.json()["data"]["sendReferral"]["errors"][0]
    host = bytes(host_keys.read(house.settings.keys).host.verify_key)
    refusal = receipts.verify_refusal(envelopes.decode(told["signedRefusal"].encode()), host)
    assert (refusal.statement, refusal.rule, told["code"]) == (
        prepared["statementId"],
        "STALE_VERSION",
        "STALE_VERSION",
    )
    await house.jakarta.act("sendReferral", prepared, case["version"], REFERRAL)
    again = await house.jakarta.asked(PREPARE, input={"referralSent": sending(house, case["id"])})
    assert again["data"]["prepareStatement"]["errors"][0]["code"] == "ILLEGAL_MOVE"


def sending(house: House, case: str) -> dict[str, Any]:
    return {"case": case, "to": "ID-JI", "signer": {"key": house.jakarta.name}}


async def test_a_replayed_envelope_is_the_first_answer_again_and_enters_nothing(
    house: House, unchanged: Unchanged
) -> None:
    case = await assessed(house.jakarta)
    prepared = await house.jakarta.prepare("referralSent", case=case["id"], to="ID-JI")
    document = f"mutation($input: StatementInput!) {{ sendReferral(input: $input) {{ {REFERRAL} {ERRORS} }} }}"
    given = house.jakarta.submission(prepared, case["version"], "first")
    first = await house.jakarta.ask(document, input=given)
    assert first["sendReferral"]["errors"] == []
    body = orjson.dumps({"query": document, "variables": {"input": {**given, "idempotencyKey": "second"}}})
    again = (await unchanged(house.jakarta.post(body))).json()["data"]
    assert again["sendReferral"]["errors"] == []
    told, before = again["sendReferral"], first["sendReferral"]
    assert (told["entry"]["index"], told["entry"]["receipt"]) == (before["entry"]["index"], before["entry"]["receipt"])


async def test_nobody_submits_what_another_province_signed(house: House, unchanged: Unchanged) -> None:
    _, referral = await sent(house)
    prepared = await house.east_java.prepare("referralAccepted", referral=referral["id"])
    given = house.east_java.submission(prepared, referral["version"], "stolen")
    document = f"mutation($input: StatementInput!) {{ acceptReferral(input: $input) {{ {REFERRAL} {ERRORS} }} }}"
    body = orjson.dumps({"query": document, "variables": {"input": given}})
    told = (await unchanged(house.west_java.post(body))).json()["data"]["acceptReferral"]
    assert (told["referral"], told["entry"]) == (None, None)
    assert told["errors"]


async def test_a_scope_that_is_missing_is_named_and_nothing_is_done(house: House, unchanged: Unchanged) -> None:
    reader = with_scopes(house.jakarta, "cases:read")
    answer = await unchanged(reader.post(orjson.dumps({"query": OPEN, "variables": {"input": opening()}})))
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"] == {
        "code": "INSUFFICIENT_SCOPE",
        "scopes": ["cases:write", "identity:read", "identity:write"],
    }
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_without_a_token_the_door_says_how_to_get_one(house: House, unchanged: Unchanged) -> None:
    headers = {"content-type": "application/json"}
    answer = await unchanged(house.jakarta.http.post("/graphql", content=ME, headers=headers))
    assert answer.status_code == 401
    assert "resource_metadata=" in answer.headers["www-authenticate"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_other_methods_are_told_that_it_is_post(house: House, method: str) -> None:
    answer = await house.jakarta.http.request(method, "/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_form_is_not_read(house: House, unchanged: Unchanged) -> None:
    token = await house.jakarta.token()
    headers = [*house.jakarta.partner.asking("POST", "/graphql", token), (b"content-type", b"text/plain")]
    answer = await unchanged(house.jakarta.http.post("/graphql", content=ME, headers=headers))
    assert (answer.status_code, code_of(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_preparing_writes_nothing(house: House, unchanged: Unchanged) -> None:
    case = await assessed(house.jakarta)
    given = {"referralSent": {"case": case["id"], "to": "ID-JI", "signer": {"key": house.jakarta.name}}}
    answer = await unchanged(house.jakarta.post(orjson.dumps({"query": PREPARE, "variables": {"input": given}})))
    assert answer.json()["data"]["prepareStatement"]["preparedStatement"]["statementId"]


async def test_a_token_that_may_not_read_cases_prepares_no_referral_of_one(house: House, unchanged: Unchanged) -> None:
    """What is prepared tells category, risk and vulnerability of the person in clear."""
    case = await assessed(house.jakarta)
    reader = with_scopes(house.jakarta, "referrals:read")
    given = {"referralSent": {"case": case["id"], "to": "ID-JI", "signer": {"key": house.jakarta.name}}}
    answer = await unchanged(reader.post(orjson.dumps({"query": PREPARE, "variables": {"input": given}})))
    told = answer.json()
    assert told["data"] is None
    assert [error["extensions"] for error in told["errors"]] == [
        {"code": "INSUFFICIENT_SCOPE", "scopes": ["cases:read"]}
    ]


async def test_an_entry_is_not_read_with_a_scope_for_something_else(house: House) -> None:
    shown = (await house.auditor.ask("{ ledgerEntries(last: 1) { edges { node { id } } } }"))["ledgerEntries"]
    query = "query($id: ID!) { node(id: $id) { ... on LedgerEntry { envelope } } }"
    entry = shown["edges"][0]["node"]["id"]
    assert (await house.auditor.ask(query, id=entry))["node"]["envelope"]
    other = with_scopes(house.auditor, "schema:read")
    answer = await other.post(orjson.dumps({"query": query, "variables": {"id": entry}}))
    assert (answer.status_code, code_of(answer)) == (403, "INSUFFICIENT_SCOPE")
