"""What an entry tells in clear: of two people as unlike as can be, the same."""

import base64
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from casework.categories import Category
from casework.persons import Sex
from casework.risks import Risk
from casework.vulnerabilities import Vulnerability
from ledger import canonical
from operations.preparations import ReferralSentInput
from tests.operations.worlds import EAST_JAVA, JAKARTA, SITI, World

CHILD = replace(SITI, full_name="Bo", aliases=(), nik=None, birth_date=date(2021, 1, 1), sex=Sex.MALE)
OWN = {"claimed_at", "referral", "sealed", "pad"}  # by chance or by the clock, of every statement
ALL = list(Vulnerability)


async def clear(world: World, case: UUID) -> tuple[dict[str, Any], int]:
    """What is told in clear of a case that is referred, and the length of what is signed."""
    prepared = await world.prepared(JAKARTA, ReferralSentInput(case=case, to=EAST_JAVA))
    payload = base64.b64decode(prepared.payload)
    body = canonical.decode(payload)
    assert isinstance(body, dict)
    sealed = body["sealed"]
    assert isinstance(sealed, dict)
    assert {(len(str(each)), str(each).strip("0123456789abcdef")) for each in sealed.values()} == {(64, "")}
    return {name: value for name, value in body.items() if name not in OWN} | {"names": sorted(sealed)}, len(payload)


async def test_two_people_as_unlike_as_can_be_are_referred_in_the_same_words(world: World) -> None:
    homeless = await world.assessed_case()
    trafficked = await world.assessed_case(
        category=Category.KORBAN_TRAFFICKING, vulnerabilities=ALL, person=CHILD, number="TPPO/" + "9" * 30
    )
    assert await clear(world, homeless) == await clear(world, trafficked)


async def test_of_the_risk_the_terms_tell_nothing(world: World) -> None:
    told = [await clear(world, await world.assessed_case(risk=risk)) for risk in Risk]
    assert told == [told[0]] * len(Risk)
