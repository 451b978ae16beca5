"""Cases opened, assessed, closed by the province responsible for them, and by nobody else."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from casework.categories import Category
from casework.outcomes import Outcome
from casework.risks import Risk
from casework.vulnerabilities import Vulnerability
from database import sealed
from database.sealed import Trailed
from operations import cases
from operations.refusals import IllegalMove, InvalidInput, NotFound, StaleVersion
from operations.results import Done
from tests.operations.conftest import Refused
from tests.operations.worlds import EAST_JAVA, JAKARTA, SITI, WEST_JAVA, World


def opening(world: World, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "idempotency_key": "k",
        "number": "1",
        "category": Category.PENGEMIS,
        "vulnerabilities": [],
        "person": SITI,
        **changes,
    }
    return cases.open_case(world.desk, world.hands[JAKARTA].by, **given)


def closing(world: World, case: UUID | None, version: int, party: str = JAKARTA) -> Any:
    return cases.close_case(
        world.desk,
        world.hands[party].by,
        idempotency_key=f"close {case} {version}",
        expected_version=version,
        case=case,
        outcome=Outcome.RETURNED_TO_FAMILY,
    )


def assessing(world: World, case: UUID | None, version: int, party: str = JAKARTA) -> Any:
    return cases.assess_case(
        world.desk,
        world.hands[party].by,
        idempotency_key=f"assess {case} {version}",
        expected_version=version,
        case=case,
        risk=Risk.HIGH,
        category=Category.KORBAN_TRAFFICKING,
        vulnerabilities=[Vulnerability.WOMAN, Vulnerability.ILL, Vulnerability.WOMAN],
    )


async def test_a_case_is_opened_assessed_and_closed(world: World, superuser: Any) -> None:
    done = await opening(world)
    case = UUID(done.case_id)
    assert isinstance(await assessing(world, case, 1), Done)
    assert isinstance(await closing(world, case, 2), Done)
    row = await superuser.fetchrow("select * from case_file")
    assert (row["status"], row["risk"], row["outcome"], row["version"]) == ("CLOSED", "HIGH", "RETURNED_TO_FAMILY", 3)
    assert row["vulnerabilities"] == ["WOMAN", "ILL"]
    person = await superuser.fetchrow("select * from person")
    assert (person["initials"], person["full_name"], person["aliases"], person["nik"]) == ("S.A.", None, None, None)
    key = (await world.desk.vault.keys([person["id"]]))[person["id"]]
    told = sealed.open_sealed(Trailed(1), key, person["sealed"], of=sealed.PERSON)
    assert (told["fullName"], told["aliases"], told["nik"]) == (SITI.full_name, ["Bu Siti"], SITI.nik)
    assert await superuser.fetchval("select count(*) from ledger_entry") == 4  # no case is a statement


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "  "}, "ILLEGAL_MOVE"),
        ({"number": "x" * 41}, "INVALID_INPUT"),
        ({"number": "a\0"}, "INVALID_INPUT"),
        ({"number": "\ud800"}, "INVALID_INPUT"),
        ({"person": replace(SITI, full_name=" ")}, "ILLEGAL_MOVE"),
        ({"person": replace(SITI, full_name="x" * 201)}, "INVALID_INPUT"),
        ({"person": replace(SITI, nik="123")}, "INVALID_INPUT"),
        ({"person": replace(SITI, aliases=("a",) * 21)}, "INVALID_INPUT"),
        ({"person": replace(SITI, birth_date=date(2999, 1, 1))}, "ILLEGAL_MOVE"),
    ],
    ids=["no number", "long", "NUL", "surrogate", "no name", "long name", "short NIK", "many aliases", "born tomorrow"],
)
async def test_a_case_that_cannot_be_kept_is_not_opened(
    world: World, refused: Refused, changes: dict[str, Any], code: str
) -> None:
    assert (await refused(opening(world, **changes))).code == code


async def test_a_number_stands_once_in_a_province(world: World, refused: Refused) -> None:
    await opening(world)
    told = await refused(opening(world, idempotency_key="another"))
    assert isinstance(told, InvalidInput)
    assert told.path == ("input", "number")


async def test_a_foreign_case_an_unknown_and_an_unreadable_one_are_alike(world: World, refused: Refused) -> None:
    theirs = await world.opened_case(WEST_JAVA)
    answers = [await refused(closing(world, case, 1)) for case in (theirs, uuid4(), None)]
    assert answers == [NotFound(path=("input", "case"))] * 3


async def test_an_opened_case_is_still_only_its_provinces_to_change(world: World, refused: Refused) -> None:
    await world.accepted()
    async with world.desk.databases.reading.acquire() as connection, connection.transaction():
        await connection.execute("select set_config('app.party', $1, true)", EAST_JAVA)
        case = await connection.fetchval("select id from case_file")
    assert isinstance(case, UUID)
    assert await refused(assessing(world, case, 2, party=EAST_JAVA)) == NotFound(path=("input", "case"))


async def test_a_stale_version_changes_nothing(world: World, refused: Refused) -> None:
    case = await world.assessed_case()
    assert await refused(closing(world, case, 1)) == StaleVersion(current_version=2)
    assert await refused(assessing(world, case, 3)) == StaleVersion(current_version=2)


async def test_a_closed_case_is_the_end(world: World, refused: Refused) -> None:
    case = await world.opened_case()
    await closing(world, case, 1)
    told = await refused(assessing(world, case, 2))
    assert isinstance(told, IllegalMove)
    assert told.refusal == "WRONG_STATUS"


async def test_a_case_with_an_open_referral_is_not_closed(world: World, refused: Refused) -> None:
    case = await world.assessed_case()
    await world.sent(case)
    told = await refused(closing(world, case, 2))
    assert isinstance(told, IllegalMove)
    assert told.refusal == "REFERRAL_OPEN"
