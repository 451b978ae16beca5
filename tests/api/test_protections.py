"""What stands around every answer: a caller that hangs up is no fault of ours."""

import logging

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.protections import Protections

SCOPE: Scope = {"type": "http", "method": "POST", "path": "/oauth/token", "headers": []}


async def hung_up(_: Scope, __: Receive, ___: Send) -> None:
    raise ClientDisconnect


async def broken(_: Scope, __: Receive, ___: Send) -> None:
    raise ValueError("Rahasia")


async def nothing() -> Message:
    return {"type": "http.disconnect"}


async def answers_of(app: ASGIApp) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await Protections(app, transport_security=False)(SCOPE, nothing, send)
    return sent


async def test_a_caller_that_hangs_up_is_not_told_to_the_operator(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert await answers_of(hung_up) == []
    assert caplog.text == ""


async def test_a_fault_is_told_by_number_and_place_and_never_by_its_text(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        start, body = await answers_of(broken)
    assert start["status"] == 500
    assert b"Rahasia" not in body["body"]
    assert "ValueError" in caplog.text
    assert "Rahasia" not in caplog.text
