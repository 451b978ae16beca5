"""Playing a history: each step is the operation that a province's software would have called at that time.

Promise: a step that is not legal stops the demo; nothing is written around the operations.
Elsewhere: the histories, `cli.demo.histories`; setting the clock back, `cli.demo.seeding`.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from casework.conditions import Condition, Grade
from casework.fitness import Fitness
from casework.persons import Sex
from casework.reasons import DeclineReason, RefusalReason
from casework.terms import Term
from cli.demo import people, remarking
from cli.demo.histories import History, Verb
from cli.demo.offices import Act, Office, require
from cli.demo.remarking import PAPER, Opened, Said
from operations import cases, fitness, handovers, referrals
from operations.cases import PersonInput
from operations.desks import Desk
from operations.preparations import (
    FitnessCertifiedInput,
    HandoverReceivedInput,
    HandoverRefusedInput,
    HandoverReleasedInput,
    ReferralAcceptedInput,
    ReferralAcknowledgedInput,
    ReferralDeclinedInput,
    ReferralSentInput,
    ReferralWithdrawnInput,
    SeenInput,
    StatementInput,
)

FAIR: Final = Condition(
    consciousness=Grade.GOOD,
    mobility=Grade.FAIR,
    injury=Grade.GOOD,
    illness=Grade.FAIR,
    nutrition=Grade.FAIR,
    mental=Grade.GOOD,
)
ON_THE_WAY: Final = timedelta(hours=14)
WORSE: Final = replace(FAIR, mobility=Grade.POOR, injury=Grade.FAIR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where and when a step is played."""

    desk: Desk
    at: datetime
    seen: SeenInput | None


@dataclass(slots=True, kw_only=True)
class Played:
    """How far a history has been played."""

    history: History
    sender: Office
    receiver: Office | None
    case: UUID | None = None
    case_version: int = 0
    referral: UUID | None = None
    referral_version: int = 0
    handover: UUID | None = None
    sent: str | None = None  # statements, by which obligations are named
    released: str | None = None
    arrived_at: datetime | None = None  # as a late paper says

    async def step(self, scene: Scene, verb: Verb) -> None:
        """Do what the verb says."""
        said = remarking.said(verb, self._opened())
        if said is not None:
            await self._say(scene, said, moves=verb is Verb.ANSWER)
            return
        match verb:
            case Verb.OPEN:
                await self._open(scene)
            case Verb.ASSESS | Verb.CLOSE:
                await self._move_case(scene, verb)
            case Verb.SEND:
                done = await self.sender.act(
                    scene.desk,
                    referrals.send,
                    ReferralSentInput(case=self.case, to=self._receiver().key.party),
                    version=self.case_version,
                    seen=scene.seen,
                )
                self.referral, self.referral_version, self.sent = UUID(done.referral_id), 1, self.sender.last
            case Verb.ACKNOWLEDGE | Verb.ACCEPT | Verb.DECLINE | Verb.WITHDRAW:
                await self._answer(scene, verb)
            case Verb.CERTIFY | Verb.RELEASE:
                await self._leave(scene, verb)
            case Verb.RECEIVE | Verb.RECEIVE_WORSE | Verb.RECEIVE_LATE | Verb.REFUSE:
                await self._arrive(scene, verb)
            case _:
                raise ValueError(f"nothing was opened on which to {verb.value}")

    def _opened(self) -> Opened:
        return Opened(
            referral=self.referral,
            handover=self.handover,
            sent=self.sent,
            released=self.released,
            signed_at=self.arrived_at,
        )

    async def _say(self, scene: Scene, said: Said, *, moves: bool) -> None:
        office = self.sender if said.by_sender else self._receiver()
        await office.act(scene.desk, said.act, said.given, version=said.version, seen=scene.seen)
        self.referral_version += moves

    async def _open(self, scene: Scene) -> None:
        history, who = self.history, people.person(self.history.number, self.history.born, self.history.sex)
        code = history.sender.removeprefix("ID-")
        opened = await cases.open_case(
            scene.desk,
            self.sender.by,
            idempotency_key=secrets.token_hex(16),
            number=f"{code}/{scene.at:%Y}/{history.number + 1:04d}",
            category=history.category,
            vulnerabilities=history.vulnerabilities,
            person=PersonInput(
                full_name=who.full_name,
                aliases=(),
                nik=who.nik,
                birth_date=who.birth_date,
                birth_date_estimated=False,
                sex=Sex[who.sex],
            ),
        )
        self.case, self.case_version = UUID(require(opened).case_id), 1

    async def _move_case(self, scene: Scene, verb: Verb) -> None:
        if verb is Verb.ASSESS:
            answer = await cases.assess_case(
                scene.desk,
                self.sender.by,
                idempotency_key=secrets.token_hex(16),
                expected_version=self.case_version,
                case=self.case,
                risk=self.history.risk,
                category=None,
                vulnerabilities=None,
            )
        else:
            answer = await cases.close_case(
                scene.desk,
                self.sender.by,
                idempotency_key=secrets.token_hex(16),
                expected_version=self.case_version,
                case=self.case,
                outcome=self.history.outcome,
            )
        require(answer)
        self.case_version += 1

    async def _answer(self, scene: Scene, verb: Verb) -> None:
        ways: dict[Verb, tuple[Office, Act, StatementInput]] = {
            Verb.ACKNOWLEDGE: (
                self._receiver(), referrals.acknowledge, ReferralAcknowledgedInput(referral=self.referral)
            ),
            Verb.ACCEPT: (self._receiver(), referrals.accept, ReferralAcceptedInput(referral=self.referral)),
            Verb.DECLINE: (
                self._receiver(),
                referrals.decline,
                ReferralDeclinedInput(referral=self.referral, reason=DeclineReason.FAMILY_NOT_FOUND),
            ),
            Verb.WITHDRAW: (self.sender, referrals.withdraw, ReferralWithdrawnInput(referral=self.referral)),
        }  # fmt: skip
        office, act, given = ways[verb]
        await office.act(scene.desk, act, given, version=self.referral_version, seen=scene.seen)
        self.referral_version += 1

    async def _leave(self, scene: Scene, verb: Verb) -> None:
        if verb is Verb.CERTIFY:
            act: Act = fitness.certify
            given: StatementInput = FitnessCertifiedInput(
                referral=self.referral,
                leg=1,
                fitness=Fitness.FIT_WITH_ESCORT,
                examined_at=scene.at - timedelta(hours=1),
                officer="dr. Peraga",
                place="Panti Contoh",
            )
        else:
            act, given = handovers.release, self._release(scene.at)
        done = await self.sender.act(scene.desk, act, given, version=self.referral_version, seen=scene.seen)
        self.referral_version += 1
        if done.handover_id is not None:
            self.handover, self.released = UUID(done.handover_id), done.entry_id
            self.arrived_at = scene.at + ON_THE_WAY

    def _release(self, at: datetime) -> HandoverReleasedInput:
        return HandoverReleasedInput(
            referral=self.referral,
            leg=1,
            term=Term.PT24H,
            condition=FAIR,
            carrier="Bus Rekaan 7",
            happened_at=at,
            officer="Petugas Umpama",
            paper=None,
            place="Terminal Misal",
            planned_arrival=at + ON_THE_WAY,
        )

    async def _arrive(self, scene: Scene, verb: Verb) -> None:
        officer, place = "Petugas Peraga", "Dinas Sosial"
        if verb is Verb.REFUSE:
            act: Act = handovers.refuse
            given: StatementInput = HandoverRefusedInput(
                handover=self.handover,
                agrees=False,
                condition=WORSE,
                reason=RefusalReason.NEEDS_HOSPITAL,
                happened_at=scene.at,
                officer=officer,
                paper=None,
                place=place,
            )
        else:
            act, late = handovers.receive, verb is Verb.RECEIVE_LATE
            given = HandoverReceivedInput(
                handover=self.handover,
                agrees=verb is not Verb.RECEIVE_WORSE,
                condition=WORSE if verb is Verb.RECEIVE_WORSE else FAIR,
                happened_at=self.arrived_at or scene.at if late else scene.at,
                officer=officer,
                paper=PAPER if late else None,
                place=place,
            )
        await self._receiver().act(scene.desk, act, given, version=1, seen=scene.seen)
        self.referral_version += 1

    def _receiver(self) -> Office:
        if self.receiver is None:
            raise ValueError("this history has no receiver")
        return self.receiver
