"""The log is begun once, by the founders; keys are added by roots that prove them, and revoked for good."""

import asyncio
import secrets
from dataclasses import replace
from typing import Any

from nacl.signing import SigningKey

from ledger import entries, keys
from ledger.statements import KeyAdded, KeyRevoked
from operations import governance, referrals
from operations.desks import Desk
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
