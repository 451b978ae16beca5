"""Stories of requests that are no proper form."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as some

import auth.forms
from auth.forms import Call, FormRefused

FORM: Final = b"application/x-www-form-urlencoded"


def call(body: bytes = b"a=1", **bent: Any) -> Call:
    usual: dict[str, Any] = {
        "method": "POST",
        "path": "/oauth/token",
        "query": b"",
        "headers": ((b"content-type", FORM),),
        "address": "192.0.2.1",
    }
    return Call(**{**usual, **bent}, body=body)


def headers(*types: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((b"Content-Type", kind) for kind in types)


REFUSED: Final[Mapping[str, tuple[int, Call]]] = {
    "it is a GET": (405, call(method="GET")),
    "its parameters stand in the URL": (400, call(query=b"client_assertion=x")),
    "it has no content type": (415, call(headers=())),
    "it has two content types": (415, call(headers=headers(FORM, FORM))),
    "it is JSON": (415, call(b'{"a":1}', headers=headers(b"application/json"))),
    "it is multipart": (415, call(headers=headers(b"multipart/form-data; boundary=x"))),
    "it is in another charset": (415, call(headers=headers(FORM + b"; charset=utf-16"))),
    "it is too long": (413, call(b"a=" + b"x" * auth.forms.LONGEST_BODY)),
    "it is not ASCII": (400, call("a=é".encode())),
    "it is not UTF-8 within": (400, call(b"a=%ff%fe")),
    "it holds a NUL": (400, call(b"a=%00")),
    "it holds a line break": (400, call(b"a=1%0d%0aX")),
    "it is no form": (400, call(b"hello")),
    "it has too many parameters": (400, call(b"&".join(b"p%d=1" % n for n in range(30)))),
    "a parameter is repeated": (400, call(b"grant_type=a&grant_type=a")),
    "a parameter is repeated, once empty": (400, call(b"scope=&scope=cases%3Aread")),
    "a parameter is repeated in another spelling": (400, call(b"scope=a&sc%6fpe=b")),
}


@pytest.mark.parametrize("story", REFUSED)
def test_a_request_is_refused_when(story: str) -> None:
    status, sent = REFUSED[story]
    with pytest.raises(FormRefused) as refused:
        auth.forms.parse(sent)
    assert refused.value.status == status


def test_an_empty_parameter_counts_as_left_out() -> None:
    assert auth.forms.parse(call(b"scope=&purpose=audit")) == {"purpose": "audit"}
    assert auth.forms.parse(call(b"")) == {}


@pytest.mark.parametrize("kind", [FORM, FORM.upper(), FORM + b"; charset=UTF-8", FORM + b';charset="utf-8"'])
def test_the_content_type_may_be_written_in_these_ways(kind: bytes) -> None:
    assert auth.forms.parse(call(headers=headers(kind))) == {"a": "1"}


@given(some.binary(max_size=200))
def test_any_bytes_are_a_form_or_a_refusal(body: bytes) -> None:
    try:
        form = auth.forms.parse(call(body))
    except FormRefused:
        return
    assert all(value and value.isprintable() for value in form.values())
