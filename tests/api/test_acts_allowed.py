"""The authorisation matrix of what is done: every mutation, every caller, every state of a referral.

Promise: who is refused is refused at the very point where somebody else's turn it is, and does the same a moment later;
no row of any table is another after the refusals. A new mutation fails until it has its row and its attempt.
Elsewhere: the table, `authorisation.toml`; an attempt, `attempts`; what is shown afterwards, `test_authorisation`.
"""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import parse

import schema.execution
from database import addresses
from reading.ids import id_of
from schema.handing import Acting
from tests.api import attempts, authorisation
from tests.api.attempts import AGAIN, ATTEMPTS, ON_A_HANDOVER, WITH_A_HANDOVER, Attempts
from tests.api.sights import CALLERS, TYPES, acting
from tests.api.test_handovers import arriving, departing, examined
from tests.operations import digests, states
from tests.operations.stages import Way
from tests.operations.worlds import WEST_JAVA
from tests.reading.asked import SCHEMA

SIGNERS = ("sender", "receiver", "third")
STRANGERS = ("third", "auditor", "witness", "host")
TELLS_NOTHING = {"NOT_FOUND", "STATEMENT_REFUSED"}  # what a stranger is told, whether there is something or not


class Tried:
    """The acts, and a referral in each state."""

    def __init__(self, stage: Attempts, ways: Mapping[str, Way]) -> None:
        self.stage, self.ways = stage, ways
        self.wrong: list[str] = []

    async def way(self, mutation: str, state: str, allowed: list[str]) -> Way:
        """A referral of its own for what somebody may do, the one that stands there for what nobody may."""
        its_own = allowed and state != "EXPIRED" and (mutation not in AGAIN or state == "COMPLETED")
        return await attempts.fresh(self.stage, mutation, state) if its_own else self.ways[state]

    async def refused(self, mutation: str, state: str, way: Way, allowed: list[str]) -> None:
        self.stage.voice = CALLERS[allowed[0]] if allowed else way.sender
        # Where it is nobody's turn, what was signed by another would be refused whoever came with it.
        others = set(CALLERS) if allowed or mutation == "openCase" else set(SIGNERS)
        for caller in sorted(others - set(allowed)):
            done = await ATTEMPTS[mutation](self.stage, way, CALLERS[caller], state)
            codes = {error.code for error in self.stage.errors}
            if done:
                self.wrong.append(f"{mutation} in {state}: {caller} does it; say so in [acts], or let it be refused")
            elif caller in STRANGERS and mutation != "openCase" and not codes <= TELLS_NOTHING:
                self.wrong.append(f"{mutation} in {state}: {caller} is told {codes}")

    async def done(self, mutation: str, state: str, way: Way, caller: str) -> None:
        if not await ATTEMPTS[mutation](self.stage, way, CALLERS[caller], state):
            self.wrong.append(f"{mutation} in {state}: {caller} may do it and is refused: {self.stage.errors}")


@pytest.fixture
async def tried(address: addresses.Address, superuser: Any, tmp_path: Path) -> AsyncIterator[Tried]:
    async with states.built(address, superuser, tmp_path / "ledger") as everything:
        yield Tried(attempts.at(everything.stage), everything.ways)


def test_every_mutation_has_a_row_and_an_attempt() -> None:
    there, rows = set(TYPES["Mutation"].fields), set(authorisation.acts())
    assert rows == there, f"{authorisation.WHERE}, [acts]: one row for each of {sorted(there ^ rows)}"
    assert set(ATTEMPTS) == there - {"prepareStatement"}, (
        "tests/api/attempts.py: ATTEMPTS, and MUTATIONS for a statement"
    )


async def test_each_act_is_done_by_those_whose_turn_it_is_and_by_nobody_else(tried: Tried, superuser: Any) -> None:
    rows = authorisation.acts()
    for mutation in ATTEMPTS:
        cells = []
        for state in states.STATES:
            allowed = [caller for caller in CALLERS if rows[mutation].shows(caller, state)]
            if mutation in ON_A_HANDOVER and state not in WITH_A_HANDOVER:
                assert not allowed, f"{mutation} in {state}: there is no handover"
                continue
            cells.append((state, await tried.way(mutation, state, allowed), allowed))
        before = await digests.digest(superuser)
        for state, way, allowed in cells:
            await tried.refused(mutation, state, way, allowed)
        assert not tried.wrong, "\n".join([f"{authorisation.WHERE}:", *tried.wrong])
        assert await digests.digest(superuser) == before, mutation
        for state, way, allowed in cells:
            for number, caller in enumerate(allowed):
                if number:  # both ends may: one after the other
                    await attempts.lead_up(tried.stage, mutation, state, way)
                await tried.done(mutation, state, way, caller)
    assert not tried.wrong, "\n".join([f"{authorisation.WHERE}:", *tried.wrong])


def about(case: str, referral: str, handover: str, obligation: str) -> dict[str, dict[str, object]]:
    """A statement of each kind, about these."""
    paper = {"happenedAt": "2026-01-20T03:00:00Z", "of": "RECEIPT", "sha256": states.PAPER}
    never_came = {"agrees": False, "happenedAt": "2026-01-20T03:00:00Z", "officer": "Wati", "place": "Terminal"}
    return {
        "referralSent": {"case": case, "to": "ID-BA"},
        "referralAcknowledged": {"referral": referral},
        "referralAccepted": {"referral": referral},
        "referralDeclined": {"referral": referral, "reason": "NO_CAPACITY"},
        "referralWithdrawn": {"referral": referral},
        "fitnessCertified": {"referral": referral, **examined()},
        "handoverReleased": {"referral": referral, **departing()},
        "handoverReceived": {"handover": handover, **arriving()},
        "handoverRefused": {"handover": handover, "reason": "PERSON_ABSENT", **never_came},
        "discrepancyAnswered": {"handover": handover, "answer": "Jatuh.", "officer": "Budi"},
        "bastRecorded": {"handover": handover, **paper},
        **{
            kind: {"obligation": obligation}
            for kind in ("waiverOffered", "waiverAgreed", "pauseOffered", "pauseAgreed", "obligationResumed")
        },
    }


async def test_a_stranger_prepares_nothing_and_is_told_the_same_as_about_nothing(tried: Tried, superuser: Any) -> None:
    """Every kind of statement, about every referral there is, by whoever is at neither end; and nothing is written."""
    nothing = about(*(id_of(kind, "0" * 32) for kind in ("Case", "Referral", "Handover", "Obligation")))
    assert set(nothing) == set(SCHEMA.type_map["PrepareStatementInput"].fields)  # type: ignore[attr-defined]  # an input
    rows = await superuser.fetch(
        "select r.case_id, r.id, h.id, o.id from referral r left join handover h on h.referral_id = r.id"
        " cross join lateral (select id from obligation where referral_id = r.id order by id limit 1) o"
    )
    before = await digests.digest(superuser)
    for caller in STRANGERS:
        alike = {kind: await prepared(tried.stage, CALLERS[caller], kind, given) for kind, given in nothing.items()}
        assert {code for told in alike.values() for code, _ in told} == {"NOT_FOUND"}, (caller, alike)
        for case, referral, handover, owed in rows:
            named = (id_of("Case", case), id_of("Referral", referral), id_of("Handover", handover or "0" * 32))
            for kind, given in about(*named, id_of("Obligation", owed)).items():
                assert await prepared(tried.stage, CALLERS[caller], kind, given) == alike[kind], (caller, kind)
    assert await digests.digest(superuser) == before


async def prepared(stage: Attempts, party: str, kind: str, given: Mapping[str, object]) -> list[tuple[str, str]]:
    """Code and message of each error; none where it was prepared."""
    signer = {"key": stage.world.hands[party if party == WEST_JAVA else stage.voice].name}
    by = Acting(desk=stage.world.desk, by=stage.world.hands[party].by)
    document = parse(acting("prepareStatement", "PrepareStatementInput!", "__typename"))
    told = {"input": {kind: {**given, "signer": signer}}}
    done = await schema.execution.run(stage.language, document, operation_name=None, variables=told, acting=by)
    assert not done.faults, (party, kind, done.faults)
    assert not done.malformed, (party, kind, done.malformed)
    return [(error.code, error.message) for error in done.handed["prepareStatement"].errors]
