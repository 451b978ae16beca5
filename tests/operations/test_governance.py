"""The log is begun once, by the founders; keys are added by roots that prove them, and revoked for good."""

import asyncio
import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest
from nacl.signing import SigningKey

from database.shelves import Folder
from ledger import entries, keys, verifier
from ledger.statements import AgreementAmended, KeyAdded, KeyRevoked, RootReplaced
from operations import comparing, governance, opening, outages, publishing, referrals
from operations.desks import Desk
from operations.opening import NotBegun
from operations.preparations import ReferralAcknowledgedInput
from operations.refusals import InvalidInput, Rejected, StatementRefused
from operations.results import Done
from tests.operations import worlds
from tests.operations.conftest import Refused
from tests.operations.worlds import EAST_JAVA, JAKARTA, LONG_AGO, WEST_JAVA, World, envelope_of, governed, now


def adding(world: World, party: str = JAKARTA, **changes: Any) -> tuple[KeyAdded, SigningKey]:
    key = SigningKey.generate()
    given: dict[str, Any] = {
        "name": f"{party}/k{secrets.token_hex(16)}",
        "public": keys.public_of(key),
        "use": "system",
        "from_": LONG_AGO,
        "until": None,
        "holder": None,
    }
    return KeyAdded(**governed(world.desk, party), **{**given, **changes}), key


async def rule_of(refused: Refused, operation: Any) -> str:
    told = await refused(operation)
    assert isinstance(told, StatementRefused), told
    return told.rule


async def test_the_agreement_the_parties_and_their_roots_stand_in_the_rows(world: World, superuser: Any) -> None:
    assert await superuser.fetchval("select count(*) from party") == 10
    assert await superuser.fetchval("select sha256 from agreement") == world.desk.agreement.sha256
    register = await superuser.fetch("select name, use, valid_from, added_index from register_key order by added_index")
    assert len(register) == 10 + 1 + 3
    leaf = await superuser.fetchval("select leaf from ledger_entry where index = 0")
    assert {each["valid_from"] for each in register[:11]} == {entries.parse(leaf).at}


async def test_a_log_begins_once(world: World, refused: Refused, superuser: Any) -> None:
    leaf = await superuser.fetchval("select leaf from ledger_entry where index = 0")
    told = await refused(governance.adopt_agreement(world.desk, entries.parse(leaf).envelope))
    assert isinstance(told, InvalidInput)


async def test_a_genesis_for_another_log_or_agreement_begins_nothing(
    world: World, refused: Refused, superuser: Any
) -> None:
    genesis = entries.parse(await superuser.fetchval("select leaf from ledger_entry where index = 0")).envelope
    elsewhere = replace(world.desk, origin="demo.estafet.invalid/other")
    assert await rule_of(refused, governance.adopt_agreement(elsewhere, genesis)) == "V5"
    changed = replace(genesis, signatures=genesis.signatures[::-1])
    assert await rule_of(refused, governance.adopt_agreement(world.desk, changed)) == "V1"


async def test_a_key_is_added_by_its_root_and_by_itself(world: World, refused: Refused) -> None:
    statement, key = adding(world)
    for signers in ([world.roots[JAKARTA]], [key, world.roots[JAKARTA]], [world.roots[WEST_JAVA], key]):
        assert await rule_of(refused, governance.add_key(world.desk, envelope_of(statement, signers))) == "V1"
    added = await governance.add_key(world.desk, envelope_of(statement, [world.roots[JAKARTA], key]))
    assert getattr(added, "index", None) == 4


async def test_a_name_and_a_public_key_stand_in_the_register_once(world: World, refused: Refused) -> None:
    root = world.roots[JAKARTA]
    taken, key = adding(world, name=world.hands[JAKARTA].name)
    assert await rule_of(refused, governance.add_key(world.desk, envelope_of(taken, [root, key]))) == "V24"
    theirs = world.hands[EAST_JAVA].key
    again, _ = adding(world, public=keys.public_of(theirs))
    assert await rule_of(refused, governance.add_key(world.desk, envelope_of(again, [root, theirs]))) == "V24"


async def test_a_key_is_of_the_party_whose_root_adds_it(world: World, refused: Refused) -> None:
    statement, key = adding(world, name=f"{WEST_JAVA}/k{'1' * 32}")
    envelope = envelope_of(statement, [world.roots[JAKARTA], key])
    assert await rule_of(refused, governance.add_key(world.desk, envelope)) == "V2"


async def test_one_statement_added_many_times_at_once_stands_once(world: World, superuser: Any) -> None:
    statement, key = adding(world)
    envelope = envelope_of(statement, [world.roots[JAKARTA], key])
    answers = await asyncio.gather(*(governance.add_key(world.desk, envelope) for _ in range(4)))
    assert sum(hasattr(answer, "index") for answer in answers) == 1
    assert await superuser.fetchval("select count(*) from ledger_entry") == 5


async def test_a_key_is_revoked_once_and_not_added_again(world: World, refused: Refused) -> None:
    await world.revoke(JAKARTA)
    again = KeyRevoked(**governed(world.desk, JAKARTA), name=world.hands[JAKARTA].name, since_claimed=now())
    envelope = envelope_of(again, [world.roots[JAKARTA]])
    assert await rule_of(refused, governance.revoke_key(world.desk, envelope)) == "V3"
    statement, key = adding(world, name=world.hands[JAKARTA].name)
    added = envelope_of(statement, [world.roots[JAKARTA], key])
    assert await rule_of(refused, governance.add_key(world.desk, added)) == "V24"


async def test_an_act_that_comes_during_the_revocation_of_its_key_is_not_entered_after_it(
    world: World, superuser: Any
) -> None:
    """The revocation waits for the head of the log; the act must wait for the revocation, not for the head."""
    referral = await world.sent()
    given = await world.ready(EAST_JAVA, ReferralAcknowledgedInput(referral=referral), 1)
    async with superuser.transaction():
        await superuser.execute("select from ledger_head for update")
        revoking = asyncio.ensure_future(world.revoke(EAST_JAVA))
        await worlds.waiting(superuser, 1)
        acting = asyncio.ensure_future(referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, given))
        await worlds.waiting(superuser, 2)
    await revoking
    answer = await acting
    assert isinstance(answer, Rejected)
    assert [getattr(each, "rule", None) for each in answer.errors] == ["V3"]
    kinds = [each["kind"] for each in await superuser.fetch("select kind from ledger_entry order by index offset 5")]
    assert kinds == ["key.revoked"]


async def test_a_revocation_that_comes_during_an_act_of_its_key_stands_after_it(world: World, superuser: Any) -> None:
    referral = await world.sent()
    given = await world.ready(EAST_JAVA, ReferralAcknowledgedInput(referral=referral), 1)
    async with superuser.transaction():
        await superuser.execute("select from ledger_head for update")
        acting = asyncio.ensure_future(referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, given))
        await worlds.waiting(superuser, 1)
        revoking = asyncio.ensure_future(world.revoke(EAST_JAVA))
        await worlds.waiting(superuser, 2)
    await revoking
    assert isinstance(await acting, Done)
    kinds = [each["kind"] for each in await superuser.fetch("select kind from ledger_entry order by index offset 5")]
    assert kinds == ["referral.acknowledged", "key.revoked"]


def test_a_desk_that_is_printed_shows_no_key() -> None:
    assert "host" not in {name for name, each in Desk.__dataclass_fields__.items() if each.repr}


def replacing(world: World, party: str = JAKARTA) -> tuple[RootReplaced, SigningKey]:
    key = SigningKey.generate()
    given = {**governed(world.desk, "FORUM"), "key": None}
    return RootReplaced(**given, replaced=party, root_key=keys.public_of(key)), key


def amending(world: World, key: SigningKey) -> AgreementAmended:
    return AgreementAmended(**{**governed(world.desk, "FORUM"), "key": None}, host_key=keys.public_of(key))


def by_roots(world: World, *but: str, **instead: SigningKey) -> list[SigningKey]:
    """All roots, or all but these, in byte order of party."""
    there = {**world.roots, **{f"ID-{code}": key for code, key in instead.items()}}
    return [there[party] for party in sorted(there) if party not in but]


async def test_a_root_is_replaced_by_two_thirds_of_the_others_and_the_old_one_is_void(
    world: World, refused: Refused, superuser: Any
) -> None:
    said, key = replacing(world)
    others = sorted(party for party in world.roots if party != JAKARTA)
    for signers in (
        by_roots(world),  # with the old root in the new one's place
        by_roots(world, JAKARTA),
        by_roots(world, *others[:4], JK=key),  # five of nine
        by_roots(world, JK=key)[::-1],
    ):
        assert await rule_of(refused, governance.replace_root(world.desk, envelope_of(said, signers))) == "V1"
    done = await governance.replace_root(world.desk, envelope_of(said, by_roots(world, *others[:3], JK=key)))
    assert getattr(done, "index", None) == 4
    rows = await superuser.fetch("select public, replaced_index from register_key where name = 'ID-JK/root'")
    assert {(row["public"], row["replaced_index"]) for row in rows} == {
        (keys.public_of(world.roots[JAKARTA]), 4),
        (keys.public_of(key), None),
    }
    added, new = adding(world)
    old = envelope_of(added, [world.roots[JAKARTA], new])
    assert await rule_of(refused, governance.add_key(world.desk, old)) == "V1"
    assert getattr(await governance.add_key(world.desk, envelope_of(added, [key, new])), "index", None) == 5
    again = replace(said, root_key=keys.public_of(world.roots[JAKARTA]))
    back = envelope_of(again, by_roots(world))
    assert await rule_of(refused, governance.replace_root(world.desk, back)) == "V24", "the old one never comes back"
    assert (
        await rule_of(refused, governance.replace_root(world.desk, envelope_of(said, by_roots(world, JK=key)))) == "V4"
    )
    await world.sent()  # what the old root delegated stays valid


async def test_the_hosts_key_is_replaced_by_all_roots_and_the_old_host_is_none_any_more(
    world: World, refused: Refused, tmp_path: Path
) -> None:
    key = SigningKey.generate()
    said = amending(world, key)
    for signers in (by_roots(world, JAKARTA), by_roots(world)[::-1], [world.desk.host]):
        assert await rule_of(refused, governance.amend_agreement(world.desk, envelope_of(said, signers))) == "V1"
    other = replace(said, host_key="01" + "00" * 31)
    assert await rule_of(refused, governance.amend_agreement(world.desk, envelope_of(other, by_roots(world)))) == "V24"
    done = await governance.amend_agreement(world.desk, envelope_of(said, by_roots(world)))
    assert getattr(done, "index", None) == 4
    with pytest.raises(NotBegun, match="not the one"):
        await opening.open_desk(world.desk.databases, world.desk.host, world.desk.wrapping)
    desk = await opening.open_desk(world.desk.databases, key, world.desk.wrapping)
    shelf = Folder(root=tmp_path / "ledger")
    documents = [(desk.agreement.sha256, desk.agreement.document)]
    publishing.lay_out(shelf, log=world.log, origin=desk.origin, documents=documents)
    await publishing.publish(desk.databases, shelf, log=world.log, origin=desk.origin)
    assert verifier.verify(shelf).clean
    assert await comparing.compare(desk, shelf) == ()
    await outages.beat(desk, timedelta(days=1))


async def test_a_key_of_before_is_not_put_back_behind_the_services_back(world: World, superuser: Any) -> None:
    said, key = replacing(world)
    await governance.replace_root(world.desk, envelope_of(said, by_roots(world, JK=key)))
    for change in (
        "update register_key set replaced_index = null where replaced_index is not null",
        "update register_key set replaced_index = 9 where replaced_index is not null",
        "update register_key set replaced_index = added_index + 1 where use = 'system'",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await superuser.execute(change)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await superuser.execute(
            "insert into register_key (name, party, public, use, valid_from, added_index)"
            " select name, party, repeat('ab', 32), use, valid_from, 3 from register_key where name = 'ID-JI/root'"
        )


async def test_an_officers_key_is_for_ninety_days_at_most(world: World, refused: Refused) -> None:
    for until in (None, LONG_AGO + timedelta(days=91)):
        statement, key = adding(world, use="officer", holder="ab" * 32, until=until)
        envelope = envelope_of(statement, [world.roots[JAKARTA], key])
        assert isinstance(await refused(governance.add_key(world.desk, envelope)), InvalidInput)
    statement, key = adding(world, use="officer", holder="ab" * 32, until=LONG_AGO + timedelta(days=90))
    done = await governance.add_key(world.desk, envelope_of(statement, [world.roots[JAKARTA], key]))
    assert getattr(done, "index", None) == 4
