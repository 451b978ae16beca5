"""Mutations as they run: root fields one after the other, payloads never touched, faults told apart from refusals."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from graphql import parse, print_ast

import reading.ids
import schema.execution
import schema.language
from casework.agreements import Agreement
from database.engines import Databases
from operations.preparations import ReferralAcceptedInput, ReferralSentInput
from operations.refusals import NotFound
from schema.handing import Acting
from tests.operations import digests, worlds
from tests.operations.worlds import EAST_JAVA, JAKARTA, World

OPEN = """
mutation Found($number: String!, $skipped: Boolean = false) {
  first: openCase(input: {idempotencyKey: "a", number: $number, category: GELANDANGAN, vulnerabilities: [ILL],
                          person: {fullName: "Siti", sex: FEMALE}}) { ...Told }
  ... on Mutation @skip(if: $skipped) { ...Second }
}
fragment Told on CasePayload { case { id number } errors { message } }
fragment Second on Mutation {
  second: openCase(input: {idempotencyKey: "b", number: $number, category: PENGEMIS, vulnerabilities: [],
                           person: {fullName: "Budi", sex: MALE}}) { ...Told }
}
"""

ENTER = """
mutation Entered($envelope: String!) {
  %s(input: {idempotencyKey: "k", expectedVersion: 1, envelope: $envelope, openings: []}) { errors { message } }
}
"""
TAKES: Mapping[str, str] = {
    "sendReferral": "referral.sent",
    "acknowledgeReferral": "referral.acknowledged",
    "acceptReferral": "referral.accepted",
    "declineReferral": "referral.declined",
    "withdrawReferral": "referral.withdrawn",
    "certifyFitness": "fitness.certified",
    "releaseHandover": "handover.released",
    "receiveHandover": "handover.received",
    "refuseHandover": "handover.refused",
    "offerWaiver": "obligation.waiver_offered",
    "agreeWaiver": "obligation.waiver_agreed",
    "offerPause": "obligation.pause_offered",
    "agreePause": "obligation.pause_agreed",
    "resumeObligation": "obligation.resumed",
    "answerDiscrepancy": "discrepancy.answered",
    "recordBast": "bast.recorded",
}


@pytest.fixture
async def world(databases: Databases) -> World:
    return await worlds.found(databases)


async def run(world: World, party: str, document: str, **variables: object) -> schema.execution.Executed:
    acting = Acting(desk=world.desk, by=world.hands[party].by)
    return await schema.execution.run(
        schema.language.build(), parse(document), operation_name=None, variables=variables, acting=acting
    )


def test_only_the_roots_are_left_to_run() -> None:
    assert print_ast(
        schema.execution.roots_only(parse("mutation { a: openCase { case { id } } __typename }"), None)
    ) == ("mutation {\n  a: openCase {\n    __typename\n  }\n  __typename\n}")


async def test_each_root_field_is_an_act_of_its_own_and_hands_over_keys(world: World, superuser: Any) -> None:
    done = await run(world, JAKARTA, OPEN, number="7")
    assert done.faults == ()
    assert list(done.handed) == ["first", "second"]
    # The second found the number taken: refused alone, while the first stays done.
    assert [each.code for each in done.handed["second"].errors] == ["INVALID_INPUT"]
    kept = await superuser.fetch("select id from case_file")
    assert [each["id"].hex for each in kept] == [done.handed["first"].case_id]


async def test_a_skipped_act_does_not_run(world: World, superuser: Any) -> None:
    done = await run(world, JAKARTA, OPEN, number="7", skipped=True)
    assert list(done.handed) == ["first"]
    assert await superuser.fetchval("select count(*) from case_file") == 1


async def test_an_id_of_another_kind_finds_nothing(world: World, superuser: Any) -> None:
    case = await world.opened_case()
    before = await digests.digest(superuser)
    document = "mutation M($id: ID!) {{ {} }}".format(
        'closeCase(input: {idempotencyKey: "c", expectedVersion: 1, case: $id, outcome: DIED}) { errors { message } }'
    )
    for unfit in (reading.ids.id_of("Referral", case), "nonsense", "", reading.ids.id_of("Case", "x")):
        done = await run(world, JAKARTA, document, id=unfit)
        assert done.handed["closeCase"].errors == (NotFound(path=("input", "case")),)
    assert await digests.digest(superuser) == before


async def test_a_statement_is_prepared_through_the_language(world: World) -> None:
    case = await world.assessed_case()
    document = """mutation P($case: ID!, $key: String!) {
      prepareStatement(input: {referralSent: {case: $case, to: "ID-JI", signer: {key: $key}}}) {
        preparedStatement { sentence } errors { message } } }"""
    done = await run(world, JAKARTA, document, case=reading.ids.id_of("Case", case), key=world.hands[JAKARTA].name)
    prepared = done.handed["prepareStatement"].prepared_statement
    assert prepared is not None
    indonesian, english = prepared.sentence.split(" / ")
    assert "merujuk" in indonesian
    assert "refers" in english
    assert {each.name for each in prepared.openings} == {"age_band", "case", "category", "risk", "sex", "vulnerability"}


def test_every_act_that_takes_an_envelope_is_in_the_table() -> None:
    mutation = schema.language.core(schema.language.build()).mutation_type
    assert mutation is not None
    assert {name for name, field in mutation.fields.items() if str(field.args["input"].type) == "StatementInput!"} == {
        *TAKES
    }


async def test_each_act_takes_a_statement_of_its_own_kind_and_of_no_other(world: World, superuser: Any) -> None:
    case = await world.assessed_case()
    sent = await world.ready(JAKARTA, ReferralSentInput(case=case, to=EAST_JAVA), 2)
    accepted = await world.ready(EAST_JAVA, ReferralAcceptedInput(referral=await world.sent()), 1)
    before = await digests.digest(superuser)
    for act, kind in TAKES.items():
        other = "referral.accepted" if kind == "referral.sent" else "referral.sent"
        party, given = (EAST_JAVA, accepted) if other == "referral.accepted" else (JAKARTA, sent)
        done = await run(world, party, ENTER % act, envelope=given.envelope)
        assert (done.malformed, done.faults) == ((), ()), act
        (error,) = done.handed[act].errors
        assert error.message.endswith(f" / This act takes {kind}, not {other}."), act
    assert await digests.digest(superuser) == before


async def test_a_fault_is_not_a_refusal_and_tells_nothing_by_itself(world: World) -> None:
    broken = replace(world.desk, agreement=_Broken())  # type: ignore[arg-type]  # broken on purpose
    acting = Acting(desk=broken, by=world.hands[EAST_JAVA].by)
    done = await schema.execution.run(
        schema.language.build(), parse(OPEN), operation_name=None, variables={"number": "7"}, acting=acting
    )
    assert done.handed == {}
    assert len(done.faults) == 1
    assert isinstance(done.faults[0].original_error, AttributeError)


async def test_input_of_the_wrong_type_is_told_before_anything_runs(world: World, superuser: Any) -> None:
    before = await digests.digest(superuser)
    done = await run(world, JAKARTA, OPEN, number=["7"])
    assert done.handed == {}
    assert len(done.malformed) == 1
    assert done.faults == ()
    assert await digests.digest(superuser) == before


class _Broken:
    """No agreement at all."""

    party: Agreement
