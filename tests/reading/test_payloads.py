"""A mutation's payload: keys that an operation handed over are read as a query would; what it tells is told as is."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from operations import refusals
from reading.answers import answer
from reading.ids import id_of
from reading.plans import Question
from schema.handing import Handed
from tests.reading.asked import SCOPES, asking, plans
from tests.reading.worlds import JB, JK, World

ALL = SCOPES | {"referrals:write", "cases:write", "identity:write", "handovers:release"}
INPUT = {"idempotencyKey": "k", "expectedVersion": 1, "envelope": "{}", "openings": []}
ERRORS = "errors { __typename code message path ... on IllegalMove { refusal } ... on StaleVersion { currentVersion } }"
SEND = f"mutation($i: StatementInput!) {{ sent: sendReferral(input: $i) {{ referral {{ id from {{ code }} version }} entry {{ index state receipt }} {ERRORS} }} }}"  # noqa: E501  # one line reads best


def asked(text: str) -> Question:
    return plans().plan(text, None, {"i": INPUT})


async def told(
    pool: Any, text: str, handed: Mapping[str, object], *, party: str = JK, errors: Sequence[Mapping[str, Any]] = ()
) -> Any:
    return orjson.loads(await answer(asked(text), asking(party, ALL), pool, handed, errors))


def referral_of(world: World, party: str) -> dict[str, Any]:
    return next(r for r in world.rows["referral"] if r["from_party"] == party and r["term_decide"] in ("P3WD", "PT24H"))


async def test_what_was_handed_over_is_read_for_the_asker(pool: Any, world: World) -> None:
    referral = referral_of(world, JK)
    entry = next(e for e in world.rows["ledger_entry"] if e["party"] == JK and e["index"] % 7 != 3)
    handed = Handed(referral_id=referral["id"].hex, entry_id=entry["statement"])
    payload = (await told(pool, SEND, {"sent": handed}))["data"]["sent"]
    assert payload["referral"] == {
        "id": id_of("Referral", referral["id"]),
        "from": {"code": JK},
        "version": referral["version"],
    }
    assert payload["entry"]["index"] == entry["index"]
    assert payload["errors"] == []


async def test_what_was_handed_over_is_still_hidden_from_strangers(pool: Any, world: World) -> None:
    referral = next(r for r in world.rows["referral"] if JB not in (r["from_party"], r["to_party"]))
    payload = (await told(pool, SEND, {"sent": Handed(referral_id=referral["id"].hex)}, party=JB))["data"]["sent"]
    assert payload == {"referral": None, "entry": None, "errors": []}


async def test_errors_are_told_each_as_its_own_type(pool: Any, world: World) -> None:
    errors = (
        refusals.StaleVersion(current_version=7),
        refusals.IllegalMove(path=("input",), message="tidak / no", refusal="NOT_OPEN"),
        refusals.NotFound(path=("input", "case")),
    )
    payload = (await told(pool, SEND, {"sent": Handed(errors=errors)}))["data"]["sent"]
    assert payload["referral"] is None
    stale, illegal, missing = payload["errors"]
    assert (stale["__typename"], stale["code"], stale["currentVersion"]) == ("StaleVersion", "STALE_VERSION", 7)
    assert (illegal["path"], illegal["refusal"]) == (["input"], "NOT_OPEN")
    assert list(missing) == ["__typename", "code", "message", "path"]


async def test_each_of_two_acts_has_its_own_payload(pool: Any, world: World) -> None:
    text = "mutation($i: StatementInput!) { __typename a: sendReferral(input: $i) { errors { code } } b: withdrawReferral(input: $i) { errors { code } referral { id } } }"  # noqa: E501  # one line reads best
    handed = {"a": Handed(errors=(refusals.NotFound(path=()),)), "b": Handed(referral_id="0" * 32)}
    payload = await told(pool, text, handed)
    assert payload == {
        "data": {
            "__typename": "Mutation",
            "a": {"errors": [{"code": "NOT_FOUND"}]},
            "b": {"errors": [], "referral": None},
        }
    }


async def test_what_was_prepared_is_told_whole(pool: Any, world: World) -> None:
    text = "mutation($i: PrepareStatementInput!) { prepareStatement(input: $i) { preparedStatement { payloadType expiresAt openings { name value } } errors { code } } }"  # noqa: E501  # one line reads best
    prepared = SimpleNamespace(
        payload_type="application/vnd.estafet.referral.v1+json",
        expires_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        openings=(SimpleNamespace(name="risk", value='"LOW"'), SimpleNamespace(name="sex", value='"MALE"')),
    )
    signer = {"key": "ID-JK/k1"}
    question = plans().plan(text, None, {"i": {"referralAccepted": {"referral": "x", "signer": signer}}})
    for given, wanted in ((prepared, 2), (None, 0)):
        handed = {"prepareStatement": SimpleNamespace(prepared_statement=given, errors=())}
        got = orjson.loads(await answer(question, asking(JK, ALL), pool, handed))["data"]["prepareStatement"]
        assert (got["preparedStatement"] is None) is (given is None)
        assert len((got["preparedStatement"] or {"openings": []})["openings"]) == wanted
    told = orjson.loads(
        await answer(
            question,
            asking(JK, ALL),
            pool,
            {"prepareStatement": SimpleNamespace(prepared_statement=prepared, errors=())},
        )
    )
    assert told["data"]["prepareStatement"]["preparedStatement"]["expiresAt"] == "2026-01-02T03:04:05Z"


async def test_an_act_that_failed_is_told_by_its_own_error_alone(pool: Any, world: World) -> None:
    masked = {"message": "masked", "path": ["sent"], "extensions": {"code": "INTERNAL"}}
    assert await told(pool, SEND, {}, errors=[masked]) == {"data": None, "errors": [masked]}


async def test_an_unknown_name_told_by_an_operation_is_an_error_with_its_path(pool: Any, world: World) -> None:
    broken = SimpleNamespace(typename="NotFound", code="NO_SUCH_CODE", path=("a",), message="x")
    got = await told(pool, SEND, {"sent": SimpleNamespace(errors=(broken,))})
    assert got["data"] is None
    assert [e["path"] for e in got["errors"]] == [["sent", "errors", 0, "code"]]
    nameless = SimpleNamespace(code="NOT_FOUND", path=("a",), message="x")
    got = await told(pool, SEND, {"sent": SimpleNamespace(errors=(nameless,))})
    assert [e["path"] for e in got["errors"]] == [["sent", "errors", 0]]


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        (SEND, {"referrals:write", "referrals:read"}),
        ("mutation($i: StatementInput!) { sendReferral(input: $i) { errors { code } } }", {"referrals:write"}),
    ],
)
def test_an_act_needs_its_own_scope_and_those_of_what_its_payload_selects(text: str, scopes: set[str]) -> None:
    assert asked(text).scopes == scopes
    assert asked(text).cost >= 10
