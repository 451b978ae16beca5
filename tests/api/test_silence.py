"""What no log may hold, however much is logged: names, identity numbers, tokens, keys, what was told under seal.

Promise: everything is logged, of every library, at its lowest level, during a whole journey with its refusals, faults
and a broken database; and then every record is searched, its message, its arguments and its traceback.
Elsewhere: the request log's own lines, `test_request_logs`; the same of the OAuth endpoints alone, `tests.auth`.
"""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from database.addresses import Address
from database.engines import Databases
from settings import Settings
from tests.api.conftest import House, built
from tests.api.test_bad_input import opening
from tests.api.test_handovers import OPEN, arriving, released

NAME, NIK, ALIAS = "Siti Aminah", "3578014505600001", "Bu Siti Rahasia"
SAID = ("Wati Rahasia", "Terminal Rahasia", "Jatuh di kapal rahasia")


@pytest.fixture
async def loud(
    caplog: pytest.LogCaptureFixture, databases: Databases, address: Address, tmp_path: Path
) -> AsyncIterator[tuple[House, pytest.LogCaptureFixture]]:
    """A service that was started with every logger at its lowest level."""
    caplog.set_level(logging.NOTSET)
    for name in ("sqlalchemy.engine", "sqlalchemy.pool", "asyncio", "authlib", "strawberry"):
        caplog.set_level(logging.DEBUG, name)
    async with built(databases, address, Settings(data=tmp_path, publish_seconds=1, demo=True)) as house:
        yield house, caplog


def written(record: logging.LogRecord) -> str:
    """All of a record that any handler could write."""
    told = logging.Formatter("%(name)s %(message)s").format(record)
    return f"{told} {record.args!r} {record.__dict__.get('stack_info')}"


async def journey(house: House) -> None:
    given = opening(person={"fullName": NAME, "nik": NIK, "aliases": [ALIAS], "sex": "FEMALE"})
    await house.jakarta.ask(OPEN, input={**given, "idempotencyKey": "whole", "number": "JK/9"})
    _, referral, handover = await released(house)
    told = {**arriving(), "officer": SAID[0], "place": SAID[1]}
    prepared = await house.east_java.prepare("handoverReceived", handover=handover["id"], **told)
    received = await house.east_java.act("receiveHandover", prepared, handover["version"], "handover { version }")
    answer = {"answer": SAID[2], "officer": SAID[0]}
    prepared = await house.jakarta.prepare("discrepancyAnswered", handover=handover["id"], **answer)
    await house.jakarta.act("answerDiscrepancy", prepared, received["handover"]["version"], "entry { receipt }")
    look = "query($id: ID!) { handover(id: $id) { answer referral { case { person { identity { fullName nik } } } } } }"
    seen = (await house.east_java.ask(look, id=handover["id"]))["handover"]
    assert (seen["answer"], seen["referral"]["case"]["person"]["identity"]["nik"]) == (SAID[2], NIK)
    assert (await house.east_java.get("/events?after=0-0")).status_code == 200
    assert (await house.jakarta.get(f"/evidence/{referral['id']}")).status_code in (200, 404)


async def mishaps(house: House, superuser: Any) -> None:
    """What goes wrong, with the same values in it."""
    door = house.jakarta
    for changes in (
        {"number": "JK/9"},
        {"person": {"fullName": NAME, "nik": NIK, "sex": "WOMAN"}},
        {"number": NIK * 9},
    ):
        await door.asked(OPEN, input={**opening(**changes), "idempotencyKey": f"m{len(str(changes))}"})
    await door.asked(f'{{ case(id: "{NIK}") {{ {NAME.replace(" ", "")} }} }}')
    await door.post(orjson.dumps({"query": "{", "variables": {"nik": NIK, "name": NAME}}))
    await door.http.get(f"/events?after={NIK}", headers={"authorization": f"DPoP {await door.token()}"})
    await superuser.execute("alter table case_file rename column number to gone")
    broken = await door.asked(OPEN, input={**opening(), "idempotencyKey": "broken", "number": "JK/10"})
    assert broken["errors"][0]["extensions"]["code"] == "INTERNAL"
    lost = await door.asked("{ cases(first: 5) { edges { node { number person { identity { nik } } } } } }")
    assert lost["errors"][0]["extensions"]["code"] == "INTERNAL"
    await superuser.execute("alter table case_file rename column gone to number")


async def test_no_log_at_any_level_holds_a_name_a_number_a_token_a_key_or_what_was_sealed(
    loud: tuple[House, pytest.LogCaptureFixture], superuser: Any
) -> None:
    house, log = loud
    await journey(house)
    await mishaps(house, superuser)
    doors = (house.jakarta, house.east_java, house.west_java, house.auditor)
    tokens = [(await door.token()).rsplit(".", 1)[1] for door in doors]
    keys = [jwk["d"] for door in doors for jwk in (door.partner.client_jwk, door.partner.dpop_jwk)]
    texts = [
        written(record) for record in log.records if not record.name.startswith(("httpx", "httpcore"))
    ]  # the caller's
    assert len(texts) > 100
    assert any(name in text for text in texts for name in ("estafet.requests",))
    for hidden in (NAME, "Siti", "Aminah", NIK, ALIAS, *SAID, *tokens, *keys):
        assert not [text[:300] for text in texts if hidden in text][:3], "a log holds it"
