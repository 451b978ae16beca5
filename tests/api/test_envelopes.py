"""What is a GraphQL request, what is not, and in which words it is told."""

import orjson
import pytest

from api import envelopes
from api.envelopes import PLAIN_JSON, RESPONSE_JSON, Malformed


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, PLAIN_JSON),
        ("", PLAIN_JSON),
        ("*/*", PLAIN_JSON),
        ("application/*", PLAIN_JSON),
        ("application/json", PLAIN_JSON),
        ("APPLICATION/JSON; charset=utf-8", PLAIN_JSON),
        ("application/graphql-response+json", RESPONSE_JSON),
        ("application/graphql-response+json, application/json;q=0.9", RESPONSE_JSON),
        ("application/graphql-response+json;q=0.1, application/json;q=0.9", PLAIN_JSON),
        ("application/json, application/graphql-response+json", RESPONSE_JSON),
        ("application/json, */*;q=0.1", PLAIN_JSON),
        ("text/html, application/json;q=0.5", PLAIN_JSON),
        ("application/graphql-response+json, */*", RESPONSE_JSON),
        ("application/graphql-response+json;q=0.5, */*", PLAIN_JSON),
        ("application/json;q=0, */*", RESPONSE_JSON),
        (f"{RESPONSE_JSON}; a=b, {RESPONSE_JSON};q=0.1, application/json;q=0.5", RESPONSE_JSON),
        ("application/json;q=0, application/*;q=0.3, */*;q=0.9", RESPONSE_JSON),
        ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", RESPONSE_JSON),
    ],
)
def test_the_answer_is_in_the_best_type_that_the_client_accepts(accept: str | None, answered: str) -> None:
    assert envelopes.accepted(accept) == answered


@pytest.mark.parametrize(
    "accept",
    ["text/html", "application/json;q=0", "application/json;q=x", "image/*", "application/*;q=0, */*;q=0.9"],
)
def test_a_client_that_accepts_neither_type_is_told_so(accept: str) -> None:
    with pytest.raises(Malformed) as told:
        envelopes.accepted(accept)
    assert told.value.status == 406


@pytest.mark.parametrize(
    "sent", ["application/json", "application/json; charset=UTF-8", 'Application/JSON;charset="utf-8"']
)
def test_json_is_read(sent: str) -> None:
    envelopes.check_content_type(sent)


@pytest.mark.parametrize("sent", [None, "", "text/plain", "application/graphql", "application/json; charset=latin-1"])
def test_other_content_is_refused_unread(sent: str | None) -> None:
    with pytest.raises(Malformed) as told:
        envelopes.check_content_type(sent)
    assert told.value.status == 415


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"query": "{ me { client } }", }', "not JSON"),
        (b'{"query": "\xff"}', "not JSON"),
        (b"[]", "one request at a time"),
        (b'[{"query": "{a}"}]', "one request at a time"),
        (b'"{ me { client } }"', "not an object"),
        (b"{}", '"query"'),
        (b'{"query": 7}', '"query"'),
        (b'{"query": ""}', '"query"'),
        (b'{"query": "{a}", "operationName": 1}', '"operationName"'),
        (b'{"query": "{a}", "variables": []}', '"variables"'),
        (b'{"query": "{a}", "variables": "x"}', '"variables"'),
        (b'{"query": "{a}", "extensions": 1}', '"extensions"'),
        (b'{"query": "{a}", "mutation": "x"}', "members other than"),
    ],
)
def test_what_is_not_a_request_is_told_what_was_expected(body: bytes, said: str) -> None:
    with pytest.raises(Malformed, match=said) as told:
        envelopes.parsed(body)
    assert (told.value.status, told.value.code) == (400, "BAD_REQUEST")


def test_a_request_is_read_with_its_name_and_variables() -> None:
    read = envelopes.parsed(b'{"query": "query A { me { client } }", "operationName": "A", "variables": {"x": [1]}}')
    assert (read.query, read.operation_name, read.variables) == ("query A { me { client } }", "A", {"x": [1]})


def test_absent_and_null_members_are_the_same() -> None:
    sent = orjson.dumps({"query": "{a}", "operationName": None, "variables": None, "extensions": None})
    assert envelopes.parsed(sent) == envelopes.parsed(b'{"query": "{a}"}')


def test_a_refusal_is_a_graphql_answer_without_data() -> None:
    assert orjson.loads(envelopes.refusal("X", "said", scopes=["a"])) == {
        "errors": [{"message": "said", "extensions": {"code": "X", "scopes": ["a"]}}]
    }
