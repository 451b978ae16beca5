"""Every act of the schema, attempted by anybody on any referral, as its mutation.

Promise: an attempt is all that it takes: a statement that tells the truth about its referral, chained to its last one,
of the right version, signed by the caller's own key. What refuses it is who tries, and when.
Rules: each goes through the root field of its mutation; a fault is no refusal, and fails. Who is no province can sign
nothing: it hands in what the rightful one signed (`voice`), as somebody would who came by it.
Elsewhere: who may do what in which state, `authorisation.toml`; trying it all, `test_acts_allowed`.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any
from uuid import UUID

import strawberry
from graphql import parse
from nacl.signing import SigningKey

import schema.execution
from auth.principals import Principal
from casework.duties import Kind
from ledger.statements import (
    BastRecorded,
    DiscrepancyAnswered,
    FitnessCertified,
    HandoverReceived,
    HandoverRefused,
    HandoverReleased,
    ObligationResumed,
    PauseAgreed,
    PauseOffered,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralSent,
    ReferralStatement,
    ReferralWithdrawn,
    WaiverAgreed,
    WaiverOffered,
)
from operations.preparations import ReferralSentInput
from operations.refusals import UserError
from operations.submissions import SubmissionInput
from reading.ids import id_of
from schema.handing import Acting
from schema.language import build
from tests.api.sights import ALL, CALLERS, acting
from tests.operations import states, worlds
from tests.operations.stages import BALI, Stage, Way
from tests.operations.worlds import JAKARTA, Hand, World

MUTATIONS: Mapping[type[ReferralStatement], str] = {
    ReferralSent: "sendReferral",
    ReferralAcknowledged: "acknowledgeReferral",
    ReferralAccepted: "acceptReferral",
    ReferralDeclined: "declineReferral",
    ReferralWithdrawn: "withdrawReferral",
    FitnessCertified: "certifyFitness",
    HandoverReleased: "releaseHandover",
    HandoverReceived: "receiveHandover",
    HandoverRefused: "refuseHandover",
    WaiverOffered: "offerWaiver",
    WaiverAgreed: "agreeWaiver",
    PauseOffered: "offerPause",
    PauseAgreed: "agreePause",
    ObligationResumed: "resumeObligation",
    DiscrepancyAnswered: "answerDiscrepancy",
    BastRecorded: "recordBast",
}
# What a remark is about in each state: something that is still owed, where anything is.
OWED = {"ACCEPTED": Kind.HANDOVER_RECEIPT, "COMPLETED": Kind.DISCREPANCY_ANSWER, "WITHDRAWN": Kind.DISCREPANCY_ANSWER}


@dataclass(slots=True, kw_only=True)
class Attempts(Stage):
    """A stage on which everything is done by mutations; `errors` are those of the last one."""

    language: strawberry.Schema = field(default_factory=build)
    voice: str = JAKARTA  # whose statements they hand in who can sign none
    errors: tuple[UserError, ...] = ()

    async def enter(
        self, kind: type[ReferralStatement], party: str, version: int, values: Any, **told: Any
    ) -> str | None:
        given = self.given(kind, party, version, values, **told)
        return await self.hand_in(MUTATIONS[kind], party, given)

    def given(
        self, kind: type[ReferralStatement], party: str, version: int, values: Any, **told: Any
    ) -> SubmissionInput:
        return Stage.given(self, kind, self.speaks(party), version, values, **told)

    def speaks(self, party: str) -> str:
        return party if party.startswith("ID-") else self.voice

    async def hand_in(self, mutation: str, party: str, given: SubmissionInput) -> str | None:
        openings = [asdict(each) for each in given.openings]
        told = {
            "idempotencyKey": given.idempotency_key, "expectedVersion": given.expected_version,
            "envelope": given.envelope, "openings": openings,
        }  # fmt: skip
        return await self.ask(mutation, "StatementInput!", party, told)

    async def ask(self, mutation: str, input_type: str, party: str, given: Mapping[str, object]) -> str | None:
        """Something that tells that it was done; None where it was refused."""
        by = Acting(desk=self.world.desk, by=self.world.hands[party].by)
        document = parse(acting(mutation, input_type, "__typename"))
        done = await schema.execution.run(
            self.language, document, operation_name=None, variables={"input": given}, acting=by
        )
        assert not done.faults, (mutation, party, [each.original_error for each in done.faults])
        assert not done.malformed, (mutation, party, done.malformed)
        handed = done.handed[mutation]
        self.errors = tuple(handed.errors)
        assert bool(handed.errors) is not bool(handed.entry_id or handed.case_id)
        return handed.entry_id or handed.case_id

    def owed_in(self, state: str) -> Kind:
        return OWED.get(state, Kind.REFERRAL_DECIDE)


def at(stage: Stage) -> Attempts:
    """The same stage, with everybody who could try something in front of it."""
    world = replace(stage.world, hands={party: _hand(stage.world, party) for party in (*CALLERS.values(), BALI)})
    return Attempts(**{each.name: getattr(stage, each.name) for each in fields(Stage)} | {"world": world})


def _hand(world: World, party: str) -> Hand:
    """A client with every scope; of somebody who can sign nothing, with a key that nobody has delegated."""
    by = Principal(subject=party, party=party, client_id=party, scopes=ALL, purpose="case-management")
    usual = world.hands.get(party) or Hand(by=by, key=SigningKey.generate(), name=f"{party}/root")
    return replace(usual, by=by)


Attempt = Callable[[Attempts, Way, str, str], Awaitable[object]]  # on a referral, by a party, in a state


def _answer(kind: type[ReferralStatement]) -> Attempt:
    return lambda stage, way, party, _: stage.answer(replace(way, receiver=party), kind, party)


def _remark(what: str) -> Attempt:
    async def attempt(stage: Attempts, way: Way, party: str, state: str) -> object:
        return await stage.remark(what, await stage.owed(way, stage.owed_in(state)), party)

    return attempt


async def _record(stage: Attempts, way: Way, party: str, _: str) -> object:
    return await stage.record(way, party, states.PAPER, stage.now)


async def _receive(stage: Attempts, way: Way, party: str, _: str) -> object:
    return await stage.receive(replace(way, receiver=party))


async def _refuse(stage: Attempts, way: Way, party: str, _: str) -> object:
    return await stage.receive(replace(way, receiver=party), agrees=False, refusing=True)


async def _send(stage: Attempts, way: Way, party: str, _: str) -> object:
    """The case of this referral to one more province: what its owner prepared, said and signed by the party. What was
    sent is taken back, so that the case can be closed."""
    case = await stage.superuser.fetchval("select case_id from referral where id = $1", way.id)
    version = await stage.version("case_file", case)
    prepared = await stage.world.prepared(way.sender, ReferralSentInput(case=case, to=BALI))
    given = stage.world.signed(way.sender, prepared, version, key=secrets.token_hex(8))
    said: Any = worlds.statement_in(given)
    by = stage.speaks(party)
    said = replace(said, party=by, key=stage.world.hands[by].name, referral=secrets.token_hex(16))
    sent = await stage.hand_in("sendReferral", party, replace(given, envelope=stage.world.seal(by, said)))
    if sent:
        assert await stage.answer(Way(id=UUID(said.referral), sender=party, receiver=BALI), ReferralWithdrawn)
    return sent


def _of_case(mutation: str, input_type: str, **more: object) -> Attempt:
    async def attempt(stage: Attempts, way: Way, party: str, _: str) -> object:
        case = await stage.superuser.fetchval("select case_id from referral where id = $1", way.id)
        named = {"case": id_of("Case", case), "expectedVersion": await stage.version("case_file", case)}
        return await stage.ask(mutation, input_type, party, {"idempotencyKey": secrets.token_hex(8), **named, **more})

    return attempt


async def _open(stage: Attempts, _: Way, party: str, __: str) -> object:
    person = {"fullName": "Siti Aminah", "sex": "FEMALE"}
    told = {"number": secrets.token_hex(4), "category": "GELANDANGAN", "vulnerabilities": [], "person": person}
    return await stage.ask("openCase", "OpenCaseInput!", party, {"idempotencyKey": secrets.token_hex(8), **told})


ATTEMPTS: Mapping[str, Attempt] = {
    "openCase": _open,
    "assessCase": _of_case("assessCase", "AssessCaseInput!", risk="HIGH"),
    "sendReferral": _send,
    "acknowledgeReferral": _answer(ReferralAcknowledged),
    "acceptReferral": _answer(ReferralAccepted),
    "declineReferral": _answer(ReferralDeclined),
    "withdrawReferral": _answer(ReferralWithdrawn),
    "certifyFitness": lambda stage, way, party, _: stage.certify(replace(way, sender=party)),
    "releaseHandover": lambda stage, way, party, _: stage.release(replace(way, sender=party)),
    "receiveHandover": _receive,
    "refuseHandover": _refuse,
    "answerDiscrepancy": lambda stage, way, party, _: stage.explain(replace(way, sender=party)),
    "recordBast": _record,
    "offerWaiver": _remark("offer waiver"),
    "agreeWaiver": _remark("agree waiver"),
    "offerPause": _remark("offer pause"),
    "agreePause": _remark("agree pause"),
    "resumeObligation": _remark("resume"),
    "closeCase": _of_case("closeCase", "CloseCaseInput!", outcome="RETURNED_TO_FAMILY"),  # after which nothing is sent
}
AGAIN = ("openCase", "assessCase", "sendReferral", "closeCase")  # change no referral: the one that stands there will do
ON_A_HANDOVER = ("receiveHandover", "refuseHandover", "answerDiscrepancy", "recordBast")
WITH_A_HANDOVER = ("ACCEPTED", "WITHDRAWN", "COMPLETED")


async def fresh(stage: Attempts, mutation: str, state: str) -> Way:
    """A referral in this state, at the point where the act is somebody's turn."""
    if state == "ACCEPTED" and mutation in ("withdrawReferral", "certifyFitness", "releaseHandover"):
        way = await stage.send()
        assert await stage.accept(way)
        assert mutation != "releaseHandover" or await stage.certify(way)
        return way
    way = await states.make(stage, state)
    await lead_up(stage, mutation, state, way)
    return way


async def lead_up(stage: Attempts, mutation: str, state: str, way: Way) -> None:
    """What the other end, or the same, has to say first."""
    before = {
        "agreeWaiver": ["offer waiver"],
        "agreePause": ["offer pause"],
        "resumeObligation": ["offer pause", "agree pause"],
    }
    for step in before.get(mutation, []):
        owed = await stage.owed(way, stage.owed_in(state))
        assert await stage.remark(step, owed, owed["creditor" if "agree" in step else "debtor"]), step
