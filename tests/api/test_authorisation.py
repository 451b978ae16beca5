"""The authorisation matrix of what is read: every field of the schema, every caller, every state of a referral.

Promise: generated from the schema. A new field fails until `authorisation.toml` says who is shown it and which scopes
it takes; and then it is asked, over the compiled reading path, by everybody.
Elsewhere: who may do what, `test_acts_allowed`.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

import auth.clients
from auth.scopes import SCOPES
from database import addresses
from database.engines import Databases
from database.vaults import Vault
from reading.answers import admit, answer
from reading.asking import missing
from reading.refusals import Code, Refused
from tests.api import authorisation, sights
from tests.api.conftest import House
from tests.api.sights import ALL, CALLERS, OBJECTS, TYPES
from tests.api.test_bad_input import casework
from tests.operations import digests, states, worlds
from tests.operations.worlds import JAKARTA
from tests.reading.asked import asking, plans


def test_every_field_of_the_schema_has_a_row_and_every_row_a_field() -> None:
    told = authorisation.missing(authorisation.table())
    assert not told, "\n".join([f"{authorisation.WHERE}:", *told])


async def test_every_caller_is_shown_of_every_field_what_its_row_says(
    address: addresses.Address, databases: Databases, superuser: Any, tmp_path: Path
) -> None:
    """By id, `node`, list, nested edge, payload and event; and counts are of what one may see."""
    async with states.built(address, superuser, tmp_path / "ledger"):
        before = await digests.digest(superuser)
        looking = sights.Looking(
            databases.reading, superuser, Vault(pool=databases.keys, wrapping=worlds.WRAPPING).keys
        )
        told = authorisation.differences(await looking.everywhere())
        assert not told, "\n".join([f"{authorisation.WHERE}:", *told])
        await counts_are_of_what_one_may_see(looking)
        await ids_are_not_found_without_their_types_scope(looking)
        assert await digests.digest(superuser) == before


async def counts_are_of_what_one_may_see(looking: sights.Looking) -> None:
    lists = {"cases": "Case", "referrals": "Referral", "obligations": "Obligation", "ledgerEntries": "LedgerEntry"}
    for caller in CALLERS:
        for name, type_ in lists.items():
            told = (await looking.ask(caller, f"{{ {name}(first: 1) {{ totalCount }} }}"))[name]["totalCount"]
            by_id = [each for _, each in looking.seen.of[type_, "id"].values() if caller in each]
            assert told == len(by_id), (caller, name)


async def ids_are_not_found_without_their_types_scope(looking: sights.Looking) -> None:
    """`node(id:) { id }` takes no scope, and without the type's own it tells nothing."""
    rows = authorisation.table()
    for type_ in OBJECTS:
        needs = frozenset.intersection(*(row.needs for (t, name), row in rows.items() if t == type_ and name != "id"))
        known = (await looking.objects(type_))[0][0]
        question = looking.plans.plan("query($id: ID!) { node(id: $id) { id } }", None, {"id": known})
        for scopes, found in ((ALL, True), (ALL - {s for n in needs for s in n.split("|")}, not needs)):
            told = orjson.loads(await answer(question, asking(JAKARTA, scopes), looking.pool))["data"]["node"]
            assert (told is not None) is found, (type_, scopes)


async def test_every_field_takes_the_scopes_of_its_row_and_no_other_will_do(databases: Databases) -> None:
    """Each field alone, with each scope alone, with none, and with all but one that it takes."""
    rows, kept, wrong = authorisation.table(), plans(), []
    rows |= {("Mutation", name): row for name, row in authorisation.acts().items()}
    for type_, name, _ in sights.fields():
        if (type_, name) not in rows:
            continue  # said already, by the test that looks for rows
        text, variables = sights.document(type_, name)
        question, needs = kept.plan(text, None, variables), rows[type_, name].needs
        if question.scopes != needs:
            wrong.append(f"{type_}.{name} takes {' '.join(sorted(question.scopes)) or 'no scope'}")
        tried = [frozenset[str](), *(frozenset({scope}) for scope in SCOPES if needs)]
        tried += [ALL - frozenset(each.split("|")) for each in needs]
        for scopes in tried:
            lacking = missing(needs, scopes)
            told = await refused(question, scopes, databases.reading)
            if told != (sorted(lacking) or None):
                wrong.append(f"{type_}.{name} with {sorted(scopes)}: {told}, not {sorted(lacking)}")
    assert not wrong, "\n".join([f"{authorisation.WHERE}:", *wrong])


async def refused(question: Any, scopes: frozenset[str], pool: Any) -> list[str] | None:
    """Which scopes are said to be missing; None where an answer came."""
    try:
        if question.plan.followed is not None:  # its answers come one by one, once it is admitted
            admit(question, scopes)
            return None
        told = orjson.loads(await answer(question, asking(JAKARTA, scopes), pool, {}))
    except Refused as refusal:
        if refusal.code is not Code.INSUFFICIENT_SCOPE:
            raise
        return sorted(refusal.errors[0]["extensions"]["scopes"])
    assert "data" in told
    return None


async def test_without_a_token_or_with_a_disabled_clients_no_type_is_told_of_at_the_door(
    house: House, databases: Databases, superuser: Any
) -> None:
    await house.west_java.token()
    async with databases.auth.begin() as connection:
        await auth.clients.disable(connection, client_id=house.west_java.partner.client_id, at=datetime.now(UTC))
    before = await casework(superuser)
    documents = [sights.document(type_, next(iter(told.fields))) for type_, told in TYPES.items()]
    for text, variables in documents:
        content = orjson.dumps({"query": text, "variables": variables})
        plain = {"content-type": "application/json"}
        bare = await house.jakarta.http.post("/graphql", content=content, headers=plain)
        over = await house.west_java.post(content)
        assert (bare.status_code, over.status_code) == (401, 401), text
        assert "data" not in bare.json() | over.json(), text
    assert await casework(superuser) == before
