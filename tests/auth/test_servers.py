"""Stories of asking about a token and of ending it, and of many clients asking at once."""

import asyncio
import json
import logging
from collections import Counter
from dataclasses import replace

import pytest

import auth.keys
import auth.limits
from auth.limits import Meter, Rate
from tests.auth.partners import LEFT_OUT, Partner
from tests.auth.worlds import ISSUER, KEYS, PROVINCE, Kept, World, register, told

TEN = ("ID-JK", "ID-JB", "ID-JT", "ID-YO", "ID-JI", "ID-BT", "ID-BA", "ID-NB", "ID-NT", "ID-LA")


async def test_a_client_learns_all_about_its_own_token(world: World) -> None:
    token = await world.token(world.jawa_barat, scope="cases:read")
    answer = told(await world.send(world.jawa_barat.post("/oauth/introspect", token=token)))
    at = int(world.clock.seconds())
    assert answer.pop("jti")
    assert answer.pop("cnf")["jkt"]
    assert answer == {
        "active": True,
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": "jawa-barat",
        "client_id": "jawa-barat",
        "scope": "cases:read",
        "token_type": "DPoP",
        "iat": at,
        "exp": at + 300,
        "party": "ID-JB",
        "purpose": "case-management",
    }


async def test_a_client_of_the_same_party_may_ask_and_another_party_learns_nothing(world: World) -> None:
    await register(world.gate.engine, "jawa-barat-2", "ID-JB", KEYS["stranger"], ["cases:read"], "case-management")
    sister = Partner(ISSUER, "jawa-barat-2", KEYS["stranger"], KEYS["proof"], world.clock.seconds)
    token = await world.token(world.jawa_barat)
    assert told(await world.send(sister.post("/oauth/introspect", token=token)))["active"] is True
    for other in (world.jakarta, world.auditor):
        assert told(await world.send(other.post("/oauth/introspect", token=token))) == {"active": False}


async def test_a_token_that_is_over_revoked_or_unknown_is_inactive_and_told_alike(world: World) -> None:
    ended = await world.token(world.jawa_barat)
    world.clock.forward(300)
    revoked = await world.token(world.jawa_barat)
    await world.send(world.jawa_barat.post("/oauth/revoke", token=revoked))
    for token in (ended, revoked, "unknown", revoked[:-4], world.jawa_barat.assertion()):
        reply = await world.send(world.jawa_barat.post("/oauth/introspect", token=token))
        assert (reply.status, told(reply)) == (200, {"active": False})


async def test_a_disabled_clients_token_is_inactive_for_its_sister(world: World) -> None:
    await register(world.gate.engine, "jawa-barat-2", "ID-JB", KEYS["stranger"], ["cases:read"], "case-management")
    sister = Partner(ISSUER, "jawa-barat-2", KEYS["stranger"], KEYS["proof"], world.clock.seconds)
    token = await world.token(world.jawa_barat)
    await world.superuser.execute(
        "update oauth_client set disabled_at = $1 where client_id = 'jawa-barat'", world.clock()
    )
    assert told(await world.send(sister.post("/oauth/introspect", token=token))) == {"active": False}


async def test_a_revoked_token_is_refused_on_the_next_request(world: World) -> None:
    token, other = await world.token(world.jawa_barat), await world.token(world.jawa_barat)
    await world.admit(world.jawa_barat.asking("POST", "/graphql", token))
    for _ in range(2):  # a second time changes nothing
        reply = await world.send(world.jawa_barat.post("/oauth/revoke", token=token, token_type_hint="whatever"))
        assert (reply.status, told(reply)) == (200, {})
    refusal = await world.refused(world.jawa_barat.asking("POST", "/graphql", token))
    assert (refusal.status, refusal.code) == (401, "invalid_token")
    await world.admit(world.jawa_barat.asking("POST", "/graphql", other))
    assert (await world.kept()).revoked == 1


async def test_nobody_revokes_another_clients_token(world: World) -> None:
    token = await world.token(world.jawa_barat)
    reply = await world.send(world.jakarta.post("/oauth/revoke", token=token))
    assert (reply.status, told(reply)["error"]) == (400, "invalid_grant")
    assert (await world.kept()).revoked == 0
    await world.admit(world.jawa_barat.asking("POST", "/graphql", token))


async def test_revoking_what_is_no_token_is_done_already(world: World) -> None:
    for token in ("unknown", "a.b.c", "x" * 9_000):
        reply = await world.send(world.jawa_barat.post("/oauth/revoke", token=token))
        assert (reply.status, told(reply)) == (200, {})
    assert await world.kept() == Kept(assertions=3)


async def test_a_token_that_is_over_can_still_be_revoked(world: World) -> None:
    token = await world.token(world.jawa_barat)
    world.clock.forward(301)
    assert (await world.send(world.jawa_barat.post("/oauth/revoke", token=token))).status == 200
    assert (await world.kept()).revoked == 1


async def test_a_token_must_be_sent(world: World) -> None:
    for path in ("/oauth/introspect", "/oauth/revoke"):
        reply = await world.send(world.jawa_barat.post(path, token=LEFT_OUT))
        assert (reply.status, told(reply)["error"]) == (400, "invalid_request")


async def test_two_hundred_requests_of_ten_clients_at_once_mix_nothing(world: World) -> None:
    """Request, connection and time are in ContextVars: one task reading another's would show here as a wrong party."""
    partners = {}
    for number, party in enumerate(TEN):
        key, proof = auth.keys.generate(), auth.keys.generate()
        scopes = PROVINCE[: 1 + number % len(PROVINCE)]
        await register(world.gate.engine, f"client-{party}", party, key, scopes, "case-management")
        partners[party] = Partner(ISSUER, f"client-{party}", key, proof, world.clock.seconds), frozenset(scopes)

    async def once(party: str) -> str:
        partner, scopes = partners[party]
        token = await world.token(partner)
        principal = await world.admit(partner.asking("POST", "/graphql", token))
        assert (principal.party, principal.client_id) == (party, f"client-{party}")
        assert principal.scopes == scopes
        return party

    done = Counter(await asyncio.gather(*(once(TEN[turn % 10]) for turn in range(200))))
    assert done == dict.fromkeys(TEN, 20)
    assert await world.kept() == Kept(tokens=200, assertions=200, proofs=400)
    rows = await world.superuser.fetch("select client_id, count(*) from oauth_token group by 1")
    assert {row["client_id"]: row["count"] for row in rows} == {f"client-{party}": 20 for party in TEN}


async def test_a_cancelled_request_leaves_neither_a_token_nor_a_used_connection(world: World) -> None:
    tasks = [asyncio.create_task(world.token(world.jawa_barat)) for _ in range(20)]
    await asyncio.sleep(0.01)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    kept = await world.kept()
    assert kept.tokens == kept.assertions == kept.proofs
    token = await world.token(world.jakarta, purpose="emergency")
    assert (await world.admit(world.jakarta.asking("POST", "/graphql", token))).party == "ID-JK"


async def test_a_client_that_asks_too_often_is_told_to_wait_and_its_neighbours_are_not(world: World) -> None:
    world.gate = replace(world.gate, clients=Meter(Rate(per_minute=6, burst=2)))
    for _ in range(2):
        await world.token(world.jawa_barat)
    reply = await world.send(world.jawa_barat.token_request())
    assert (reply.status, told(reply)["error"]) == (429, "temporarily_unavailable")
    assert reply.headers["Retry-After"] == "10"
    assert (await world.kept()).tokens == 2
    await world.token(world.auditor)
    world.clock.forward(10)
    await world.token(world.jawa_barat)


async def test_failed_authentication_counts_for_the_address_and_never_keeps_out_a_good_client(world: World) -> None:
    world.gate = replace(world.gate, addresses=Meter(Rate(per_minute=60, burst=3)))
    statuses = [(await world.send(world.stranger.token_request())).status for _ in range(5)]
    assert statuses == [400, 400, 400, 429, 429]
    assert world.told[-1].headers["Retry-After"] == "1"
    assert (await world.send(world.stranger.token_request(), address="192.0.2.9")).status == 400
    await world.token(world.jawa_barat)
    assert (await world.kept()).tokens == 1


async def test_no_log_line_holds_a_token_an_assertion_a_proof_or_a_key(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Authlib writes every token it makes to its log at debug level."""
    caplog.set_level(logging.DEBUG)
    assertion, proof = world.jawa_barat.assertion(), world.jawa_barat.proof("POST", ISSUER + "/oauth/token")
    token = await world.token(world.jawa_barat, assertion=assertion, proofs=(proof,))
    await world.send(world.jawa_barat.token_request(assertion=assertion))
    await world.send(world.jawa_barat.token_request(assertion=assertion[:-4]))
    await world.admit(world.jawa_barat.asking("POST", "/graphql", token))
    await world.send(world.jawa_barat.post("/oauth/revoke", token=token))
    secrets = [part for text in (token, assertion, proof) for part in text.split(".")[1:]]
    secrets += [world.jawa_barat.client_jwk["d"], world.jawa_barat.dpop_jwk["d"]]
    lines = [record.getMessage() + json.dumps(record.__dict__, default=str) for record in caplog.records]
    assert not [secret for secret in secrets for line in lines if secret in line]


def test_the_demos_limits_let_a_test_suite_pass() -> None:
    assert auth.limits.DEMO.client.burst >= 1_000
