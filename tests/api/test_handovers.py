"""A person handed over through the door: two provinces, each signing its own acts, and what a third one sees."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reading.ids import id_of
from tests.api.conftest import House
from tests.api.doors import ERRORS, Door

WELL = dict.fromkeys(("consciousness", "mobility", "injury", "illness", "nutrition", "mental"), "GOOD")
HURT = {**WELL, "injury": "POOR"}
OPEN = """mutation($input: OpenCaseInput!) { openCase(input: $input) {
  case { id number version status person { initials identity { fullName nik } } } errors { code path message } } }"""
ASSESS = """mutation($input: AssessCaseInput!) { assessCase(input: $input) {
  case { id version status risk vulnerabilities } errors { code path message } } }"""
REFERRAL = "referral { id status version } entry { index leaf receipt state }"
HANDOVER = "handover { id status version agrees } referral { id status version } entry { index leaf receipt state }"


def at(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")


def examined() -> dict[str, Any]:
    return {"leg": 1, "fitness": "FIT", "examinedAt": at(-1), "officer": "dr. Ratna", "place": "Panti Kedoya"}


def departing() -> dict[str, Any]:
    place = {"carrier": "Bus 12", "place": "Terminal Pulo Gebang", "officer": "Budi"}
    return {"leg": 1, "term": "PT24H", "happenedAt": at(-0.1), "plannedArrival": at(12), "condition": WELL, **place}


def arriving() -> dict[str, Any]:
    return {"agrees": False, "condition": HURT, "happenedAt": at(0), "officer": "Wati", "place": "Terminal Purabaya"}


async def opened(jakarta: Door, n: int = 1, **person: object) -> Any:
    given = {
        "idempotencyKey": f"open-{n}",
        "number": f"JK/2026/{n:04}",
        "category": "GELANDANGAN",
        "vulnerabilities": [],
        "person": {"fullName": "Siti Aminah", "nik": "3578014505600001", "birthDate": "1960-05-05", "sex": "FEMALE"},
    }
    given["person"].update(person)  # type: ignore[attr-defined]  # a dict, as written above
    payload = (await jakarta.ask(OPEN, input=given))["openCase"]
    assert payload["errors"] == []
    return payload["case"]


async def assessed(jakarta: Door, n: int = 1) -> Any:
    case = await opened(jakarta, n)
    given = {
        "idempotencyKey": f"assess-{n}",
        "expectedVersion": case["version"],
        "case": case["id"],
        "risk": "MEDIUM",
        "vulnerabilities": ["ELDERLY"],
    }
    payload = (await jakarta.ask(ASSESS, input=given))["assessCase"]
    assert payload["errors"] == []
    return payload["case"]


async def sent(house: House) -> tuple[Any, Any]:
    case = await assessed(house.jakarta)
    prepared = await house.jakarta.prepare("referralSent", case=case["id"], to="ID-JI")
    payload = await house.jakarta.act("sendReferral", prepared, case["version"], REFERRAL)
    return case, payload["referral"]


async def accepted(house: House) -> tuple[Any, Any]:
    case, referral = await sent(house)
    prepared = await house.east_java.prepare("referralAccepted", referral=referral["id"])
    payload = await house.east_java.act("acceptReferral", prepared, referral["version"], REFERRAL)
    return case, payload["referral"]


async def released(house: House) -> tuple[Any, Any, Any]:
    case, referral = await accepted(house)
    prepared = await house.jakarta.prepare("fitnessCertified", referral=referral["id"], **examined())
    selection = "certificate { id fitness } " + REFERRAL
    referral = (await house.jakarta.act("certifyFitness", prepared, referral["version"], selection))["referral"]
    prepared = await house.jakarta.prepare("handoverReleased", referral=referral["id"], **departing())
    payload = await house.jakarta.act("releaseHandover", prepared, referral["version"], HANDOVER)
    return case, payload["referral"], payload["handover"]


async def test_a_person_is_handed_over_and_received_in_worse_condition(house: House) -> None:
    _, _, handover = await released(house)
    prepared = await house.east_java.prepare("handoverReceived", handover=handover["id"], **arriving())
    payload = await house.east_java.act("receiveHandover", prepared, handover["version"], HANDOVER)
    assert payload["handover"]["status"] == "RECEIVED"
    assert payload["handover"]["agrees"] is False
    assert payload["referral"]["status"] == "COMPLETED"
    look = """query($id: ID!) { handover(id: $id) { conditionAtRelease { injury } conditionAtReceipt { injury }
      referral { id entries { kind index } } } }"""
    for end in (house.jakarta, house.east_java):
        seen = (await end.ask(look, id=handover["id"]))["handover"]
        assert (seen["conditionAtRelease"], seen["conditionAtReceipt"]) == ({"injury": "GOOD"}, {"injury": "POOR"})
        assert [entry["kind"] for entry in seen["referral"]["entries"]] == [
            "referral.sent",
            "referral.accepted",
            "fitness.certified",
            "handover.released",
            "handover.received",
        ]


LOOK = """query($id: ID!) { referral(id: $id) { status preview { ageBand sex category protection }
  case { number person { initials identity { fullName nik } } } } }"""


async def test_the_receiver_sees_no_identity_before_it_accepts(house: House) -> None:
    case, referral = await sent(house)
    seen = (await house.east_java.ask(LOOK, id=referral["id"]))["referral"]
    assert seen["case"] is None
    assert seen["preview"] == {"ageBand": "60+", "sex": "FEMALE", "category": "GELANDANGAN", "protection": False}
    assert (await house.east_java.ask("query($id: ID!) { case(id: $id) { number } }", id=case["id"]))["case"] is None


async def test_the_receiver_sees_who_it_is_once_it_has_accepted(house: House) -> None:
    _, referral = await accepted(house)
    seen = (await house.east_java.ask(LOOK, id=referral["id"]))["referral"]
    assert seen["case"]["person"]["identity"] == {"fullName": "Siti Aminah", "nik": "3578014505600001"}
    assert seen["preview"] is None


async def test_the_receiver_sees_nothing_after_it_has_declined(house: House) -> None:
    case, referral = await sent(house)
    prepared = await house.east_java.prepare("referralDeclined", referral=referral["id"], reason="NO_CAPACITY")
    payload = await house.east_java.act("declineReferral", prepared, referral["version"], REFERRAL)
    assert payload["referral"]["status"] == "DECLINED"
    seen = (await house.east_java.ask(LOOK, id=referral["id"]))["referral"]
    assert (seen["case"], seen["preview"]) == (None, None)
    lists = await house.east_java.ask("{ cases(first: 10) { totalCount edges { node { id } } } }")
    assert lists["cases"] == {"totalCount": 0, "edges": []}
    assert (await house.east_java.ask("query($id: ID!) { node(id: $id) { id } }", id=case["id"]))["node"] is None


EVERYWHERE = """query($case: ID!, $referral: ID!, $handover: ID!, $person: ID!) {
  a: case(id: $case) { number } b: referral(id: $referral) { status } c: handover(id: $handover) { status }
  d: node(id: $case) { id } e: node(id: $referral) { id } f: node(id: $handover) { id } g: node(id: $person) { id }
  cases(first: 100) { totalCount edges { node { id } } } referrals(first: 100) { totalCount edges { node { id } } } }"""


async def test_a_third_province_sees_nothing_of_it_by_any_road(house: House) -> None:
    case, referral, handover = await released(house)
    person = (await house.jakarta.ask("query($id: ID!) { case(id: $id) { person { id } } }", id=case["id"]))["case"]
    asked = {
        "case": case["id"],
        "referral": referral["id"],
        "handover": handover["id"],
        "person": person["person"]["id"],
    }
    seen = await house.west_java.ask(EVERYWHERE, **asked)
    assert [seen[road] for road in "abcdefg"] == [None] * 7
    assert seen["cases"] == seen["referrals"] == {"totalCount": 0, "edges": []}
    entry = (await house.jakarta.ask(ENTRY, id=referral["id"]))["referral"]["entries"][0]["id"]
    told = await house.west_java.ask("query($id: ID!) { node(id: $id) { __typename } }", id=entry)
    assert told["node"] is None
    filtered = "query($from: String!) { referrals(first: 9, filter: {from: $from}) { totalCount } }"
    assert (await house.west_java.ask(filtered, **{"from": "ID-JK"}))["referrals"]["totalCount"] == 0


ENTRY = "query($id: ID!) { referral(id: $id) { entries { id } } }"


async def test_on_a_referral_of_its_own_a_third_province_sees_nothing_of_another_one_of_the_case(house: House) -> None:
    """The case's nested edges: who else it was referred to is not for the province that it is referred to."""
    case, referral = await accepted(house)
    prepared = await house.jakarta.prepare("referralSent", case=case["id"], to="ID-JB")
    own = (await house.jakarta.act("sendReferral", prepared, case["version"], REFERRAL))["referral"]
    nested = """query($id: ID!) { referral(id: $id) { case { referrals(first: 9) { totalCount edges { node { id } } }
      latestReferral { id } } handovers { id } entries { id } } }"""
    seen = (await house.west_java.ask(nested, id=own["id"]))["referral"]
    assert (seen["case"], seen["handovers"], len(seen["entries"])) == (None, [], 1)
    prepared = await house.west_java.prepare("referralAccepted", referral=own["id"])
    await house.west_java.act("acceptReferral", prepared, own["version"], REFERRAL)
    seen = (await house.west_java.ask(nested, id=own["id"]))["referral"]["case"]
    assert seen == {
        "referrals": {"totalCount": 1, "edges": [{"node": {"id": own["id"]}}]},
        "latestReferral": {"id": own["id"]},
    }
    assert referral["id"] != own["id"]


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("referralAcknowledged", {}),
        ("referralAccepted", {}),
        ("referralDeclined", {"reason": "NO_CAPACITY"}),
        ("referralWithdrawn", {}),
        ("fitnessCertified", examined()),
        ("handoverReleased", departing()),
    ],
)
async def test_a_foreign_id_and_an_unknown_one_are_answered_alike(
    house: House, kind: str, facts: dict[str, Any]
) -> None:
    _, referral = await sent(house)
    told = []
    document = f"mutation($input: PrepareStatementInput!) {{ prepareStatement(input: $input) {{ {ERRORS} }} }}"
    for named in (referral["id"], id_of("Referral", "0" * 32)):
        given = {"input": {kind: {"referral": named, **facts, "signer": {"key": house.west_java.name}}}}
        told.append((await house.west_java.ask(document, **given))["prepareStatement"]["errors"])
    assert told[0] == told[1]
    assert told[0][0]["__typename"] == "NotFound"
