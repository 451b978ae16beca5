"""What is owed, acted on through the door: waivers, pauses, answers and papers, and who is not let in."""

from typing import Any

import pytest

from reading.ids import id_of
from tests.api.conftest import House
from tests.api.doors import ERRORS, PREPARE, Door, with_scopes
from tests.api.test_handovers import HANDOVER, arriving, at, released, sent

OWED = "obligation { id kind state version waiverOffer pauseOffer dueAt endedKind endedBy { id kind } referral { id } }"
OWED += " referral { id version } entry { id kind state receipt }"
LOOK = """query($id: ID!) { referral(id: $id) {
  version obligations { id kind state version dueAt } openObligations { kind } } }"""
PAPER = "ab" * 32
TOLD = """query($id: ID!) { handover(id: $id) { answer answerStatement answeredAt
  papers { of sha256 statement recordedAt party { code } }
  obligations { kind ending endedKind stops { from until } } } }"""


async def obligation(door: Door, referral: str, kind: str = "REFERRAL_DECIDE") -> Any:
    found = (await door.ask(LOOK, id=referral))["referral"]["obligations"]
    return next(each for each in found if each["kind"] == kind)


async def say(door: Door, mutation: str, member: str, owed: Any) -> Any:
    """Prepare, sign and hand in; gives the obligation as the payload tells it."""
    prepared = await door.prepare(member, obligation=owed["id"])
    payload = await door.act(mutation, prepared, owed["version"], OWED)
    assert payload["obligation"]["id"] == owed["id"]
    assert payload["obligation"]["referral"]["id"] == payload["referral"]["id"]
    assert payload["entry"]["receipt"]
    return payload["obligation"]


async def test_a_waiver_is_asked_for_by_one_end_and_granted_by_the_other(house: House) -> None:
    _, referral = await sent(house)
    owed = await obligation(house.east_java, referral["id"])
    offered = await say(house.east_java, "offerWaiver", "waiverOffered", owed)
    assert (offered["state"], offered["version"]) == ("OPEN", 2)
    waived = await say(house.jakarta, "agreeWaiver", "waiverAgreed", await obligation(house.jakarta, referral["id"]))
    assert (waived["state"], waived["endedKind"]) == ("WAIVED", "obligation.waiver_agreed")
    assert waived["waiverOffer"] == offered["waiverOffer"]
    assert waived["endedBy"]["kind"] == "obligation.waiver_agreed"
    for end in (house.jakarta, house.east_java):
        seen = (await end.ask(LOOK, id=referral["id"]))["referral"]
        assert seen["version"] == referral["version"]
        assert [each["kind"] for each in seen["openObligations"]] == ["REFERRAL_ACKNOWLEDGE"]


async def test_a_clock_stands_still_and_runs_on(house: House) -> None:
    _, referral = await sent(house)
    owed = await obligation(house.east_java, referral["id"])
    offered = await say(house.east_java, "offerPause", "pauseOffered", owed)
    paused = await say(house.jakarta, "agreePause", "pauseAgreed", offered)
    assert (paused["state"], paused["pauseOffer"]) == ("PAUSED", offered["pauseOffer"])
    running = await say(house.east_java, "resumeObligation", "obligationResumed", paused)
    assert (running["state"], running["pauseOffer"]) == ("OPEN", None)
    assert running["dueAt"] >= owed["dueAt"]


async def test_a_discrepancy_is_answered_and_its_paper_recorded_by_both(house: House) -> None:
    _, _, handover = await released(house)
    given = {**arriving(), "paper": PAPER}
    prepared = await house.east_java.prepare("handoverReceived", handover=handover["id"], **given)
    received = (await house.east_java.act("receiveHandover", prepared, handover["version"], HANDOVER))["handover"]
    more = "handover { id version answeredAt answerStatement obligations { kind state } } entry { id }"
    prepared = await house.jakarta.prepare(
        "discrepancyAnswered", handover=handover["id"], answer="Jatuh di kapal.", officer="Budi"
    )
    assert {each["name"] for each in prepared["openings"]} == {"answer", "officer"}
    answered = (await house.jakarta.act("answerDiscrepancy", prepared, received["version"], more))["handover"]
    assert answered["version"] == received["version"] + 1
    assert answered["answeredAt"] is not None
    assert answered["answerStatement"] == prepared["statementId"]
    assert {(each["kind"], each["state"]) for each in answered["obligations"]} == {
        ("HANDOVER_RECEIPT", "MET"),
        ("DISCREPANCY_ANSWER", "MET"),
    }
    for end in (house.jakarta, house.east_java):
        prepared = await end.prepare(
            "bastRecorded", handover=handover["id"], of="RECEIPT", sha256=PAPER, happenedAt=at(0)
        )
        recorded = (await end.act("recordBast", prepared, answered["version"], more))["handover"]
        assert recorded == answered
    await told_to_both(house, answered)


async def told_to_both(house: House, answered: Any) -> None:
    """The answer's words and the papers of both ends, to each of the two; to a third province nothing."""
    told = [(await end.ask(TOLD, id=answered["id"]))["handover"] for end in (house.jakarta, house.east_java)]
    assert told[0] == told[1]
    seen = told[0]
    assert seen["answer"] == "Jatuh di kapal."
    assert (seen["answerStatement"], seen["answeredAt"]) == (answered["answerStatement"], answered["answeredAt"])
    assert [(each["of"], each["sha256"]) for each in seen["papers"]] == [("RECEIPT", PAPER)] * 2
    assert {each["party"]["code"] for each in seen["papers"]} == {"ID-JK", "ID-JI"}
    assert len({each["statement"] for each in seen["papers"]}) == 2
    assert {(each["kind"], each["ending"], each["endedKind"]) for each in seen["obligations"]} == {
        ("HANDOVER_RECEIPT", "SETTLED", "handover.received"),
        ("DISCREPANCY_ANSWER", "SETTLED", "discrepancy.answered"),
    }
    assert [each["stops"] for each in seen["obligations"]] == [[], []]
    assert (await house.west_java.ask(TOLD, id=answered["id"])) == {"handover": None}


ACTS = {
    "offerWaiver": ("obligations:write",),
    "agreeWaiver": ("obligations:write",),
    "offerPause": ("obligations:write",),
    "agreePause": ("obligations:write",),
    "resumeObligation": ("obligations:write",),
    "answerDiscrepancy": ("handovers:release",),
    "recordBast": ("obligations:write", "handovers:receive", "handovers:release"),
}
EMPTY = {"idempotencyKey": "k", "expectedVersion": 1, "envelope": "{}", "openings": []}


@pytest.mark.parametrize("mutation", ACTS)
async def test_each_act_needs_its_scope_and_any_one_of_them_is_enough(house: House, mutation: str) -> None:
    document = f"mutation($input: StatementInput!) {{ {mutation}(input: $input) {{ {ERRORS} }} }}"
    others = [scope for scope in house.jakarta.scopes if scope not in ACTS[mutation]]
    told = await with_scopes(house.jakarta, *others).asked(document, input=EMPTY)
    assert told["errors"][0]["extensions"]["code"] == "INSUFFICIENT_SCOPE"
    for scope in ACTS[mutation]:
        told = await with_scopes(house.jakarta, scope).asked(document, input=EMPTY)
        assert [each["code"] for each in told["data"][mutation]["errors"]] == ["STATEMENT_REFUSED"]


async def test_whoever_acts_on_what_is_owed_gets_its_receipt_and_needs_no_other_scope(house: House) -> None:
    _, referral = await sent(house)
    owed = await obligation(house.east_java, referral["id"])
    prepared = await house.east_java.prepare("waiverOffered", obligation=owed["id"])
    desk = with_scopes(house.east_java, "obligations:read", "obligations:write")
    payload = await desk.act("offerWaiver", prepared, owed["version"], "obligation { version } entry { receipt }")
    assert payload["obligation"]["version"] == owed["version"] + 1
    assert payload["entry"]["receipt"]


async def test_which_offer_stands_is_told_to_those_who_may_read_what_is_owed(house: House) -> None:
    _, referral = await sent(house)
    owed = await obligation(house.east_java, referral["id"])
    given = {"waiverOffered": {"obligation": owed["id"], "signer": {"key": house.east_java.name}}}
    told = await with_scopes(house.east_java, "referrals:read", "obligations:write").asked(PREPARE, input=given)
    assert told["errors"][0]["extensions"]["code"] == "INSUFFICIENT_SCOPE"


MEMBERS: dict[str, dict[str, Any]] = {
    "waiverOffered": {},
    "waiverAgreed": {},
    "pauseOffered": {},
    "pauseAgreed": {},
    "obligationResumed": {},
    "discrepancyAnswered": {"answer": "Jatuh.", "officer": "Budi"},
    "bastRecorded": {"of": "RELEASE", "sha256": PAPER, "happenedAt": at(0)},
}


async def test_a_foreign_id_and_an_unknown_one_are_answered_alike(house: House) -> None:
    _, referral, handover = await released(house)
    owed = await obligation(house.jakarta, referral["id"], "HANDOVER_RECEIPT")
    document = f"mutation($input: PrepareStatementInput!) {{ prepareStatement(input: $input) {{ {ERRORS} }} }}"
    for member, facts in MEMBERS.items():
        named, kind, own = ("handover", "Handover", handover) if facts else ("obligation", "Obligation", owed)
        told = []
        for id_ in (own["id"], id_of(kind, "0" * 32), id_of("Referral", "0" * 32), "nonsense"):
            given = {member: {named: id_, **facts, "signer": {"key": house.west_java.name}}}
            told.append((await house.west_java.ask(document, input=given))["prepareStatement"]["errors"])
        assert told[0][0]["__typename"] == "NotFound"
        assert told == [told[0]] * 4


async def test_an_auditor_sees_what_is_owed_and_acts_on_nothing(house: House) -> None:
    await sent(house)
    seen = await house.auditor.ask("{ obligations(first: 9) { edges { node { id kind version } } } }")
    assert len(seen["obligations"]["edges"]) == 2
    document = f"mutation($input: StatementInput!) {{ offerWaiver(input: $input) {{ {ERRORS} }} }}"
    told = await house.auditor.asked(document, input=EMPTY)
    assert told["errors"][0]["extensions"]["code"] == "INSUFFICIENT_SCOPE"
