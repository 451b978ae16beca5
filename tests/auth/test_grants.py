"""Stories of asking for a token: what a client gets, and what it is refused when it asks for more."""

import json
from base64 import urlsafe_b64decode

import pytest

import auth.algorithms
import auth.keys
from auth.refusals import Forbidden
from tests.auth.partners import LEFT_OUT
from tests.auth.worlds import ISSUER, KEYS, PROVINCE, Kept, World, told


def claims_of(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    document = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert isinstance(document, dict)
    return document


async def test_a_client_gets_a_token_of_five_minutes_bound_to_its_key_and_its_party(world: World) -> None:
    reply = await world.send(world.jawa_barat.token_request())
    answer = told(reply)
    assert reply.status == 200
    assert reply.headers["Cache-Control"] == "no-store"
    assert answer["token_type"] == "DPoP"
    assert answer["expires_in"] == 300
    assert set(answer["scope"].split()) == set(PROVINCE)
    claims = claims_of(answer["access_token"])
    at = int(world.clock.seconds())
    assert claims["iss"] == claims["aud"] == ISSUER
    assert claims["sub"] == claims["client_id"] == "jawa-barat"
    assert (claims["party"], claims["purpose"]) == ("ID-JB", "case-management")
    assert (claims["iat"], claims["exp"]) == (at, at + 300)
    assert claims["cnf"] == {"jkt": auth.algorithms.admit(auth.keys.public(KEYS["proof"])).thumbprint}
    assert await world.kept() == Kept(tokens=1, assertions=1, proofs=1)


async def test_its_principal_is_what_the_register_says(world: World) -> None:
    token = await world.token(world.jawa_barat, scope="cases:read schema:read")
    principal = await world.admit(world.jawa_barat.asking("POST", "/graphql", token))
    assert (principal.subject, principal.client_id, principal.party) == ("jawa-barat", "jawa-barat", "ID-JB")
    assert principal.scopes == {"cases:read", "schema:read"}
    assert principal.purpose == "case-management"


SCOPES_BEYOND = [
    ("cases:write", "does not hold cases:write"),
    ("cases:read ledger:read", "does not hold ledger:read"),
    ("admin", "no such scope: admin"),
    ("cases:read  identity:read", "malformed"),
    ("cases:read,identity:read", "malformed"),
    (" cases:read", "malformed"),
    ('cases:read"', "malformed"),
    ("kasus\u00e9", "malformed"),
]


async def test_a_scope_beyond_the_client_is_an_error_and_never_silently_less(world: World) -> None:
    for number, (scope, said) in enumerate(SCOPES_BEYOND, 1):
        reply = await world.send(world.jakarta.token_request(scope=scope, purpose="case-management"))
        assert (reply.status, told(reply)["error"]) == (400, "invalid_scope"), scope
        assert said in told(reply)["error_description"], scope
        assert await world.kept() == Kept(assertions=number), scope


async def test_another_resource_is_an_invalid_target(world: World) -> None:
    for resource in ("https://other.example", ISSUER + "/", ISSUER + "/graphql", "urn:x"):
        reply = await world.send(world.jawa_barat.token_request(resource=resource))
        assert (reply.status, told(reply)["error"]) == (400, "invalid_target"), resource
    assert await world.kept() == Kept(assertions=4)


async def test_the_issuer_may_be_named_as_the_resource(world: World) -> None:
    assert claims_of(await world.token(world.jawa_barat, resource=ISSUER))["aud"] == ISSUER


async def test_a_client_of_two_purposes_must_say_which(world: World) -> None:
    for purpose in (LEFT_OUT, "", "audit", "anything"):
        reply = await world.send(world.jakarta.token_request(purpose=purpose))
        assert (reply.status, told(reply)["error"]) == (400, "invalid_request")
        assert "case-management emergency" in told(reply)["error_description"]
    assert await world.kept() == Kept(assertions=4)
    assert claims_of(await world.token(world.jakarta, purpose="emergency"))["purpose"] == "emergency"


async def test_no_other_grant_exists(world: World) -> None:
    for grant in ("password", "authorization_code", "refresh_token", '"><svg>'):
        reply = await world.send(world.jawa_barat.token_request(grant_type=grant))
        assert (reply.status, told(reply)["error"]) == (400, "unsupported_grant_type")
        assert b"svg" not in reply.body
    reply = await world.send(world.jawa_barat.token_request(grant_type=LEFT_OUT))
    assert (reply.status, told(reply)["error"]) == (400, "invalid_request")
    assert await world.kept() == Kept()


async def test_the_party_never_comes_from_the_request(world: World) -> None:
    token = await world.token(world.jawa_barat, party="ID-JK", sub="jakarta", username="jakarta")
    headers = [*world.jawa_barat.asking("POST", "/graphql", token), (b"x-party", b"ID-JK"), (b"party", b"ID-JK")]
    assert (await world.admit(headers)).party == "ID-JB"
    assert await world.kept() == Kept(tokens=1, assertions=1, proofs=2)


async def test_an_auditor_cannot_read_cases(world: World) -> None:
    reply = await world.send(world.auditor.token_request(scope="cases:read"))
    assert told(reply)["error"] == "invalid_scope"
    assert await world.kept() == Kept(assertions=1)
    principal = await world.admit(world.auditor.asking("POST", "/graphql", await world.token(world.auditor)))
    assert (principal.party, principal.purpose) == ("AUDITOR:bpk", "audit")
    principal.require("ledger:read", "schema:read")
    with pytest.raises(Forbidden) as refused:
        principal.require("ledger:read", "cases:read", "identity:read")
    assert refused.value.missing == {"cases:read", "identity:read"}
    assert 'scope="cases:read identity:read"' in refused.value.www_authenticate(ISSUER)
    assert 'error="insufficient_scope"' in refused.value.www_authenticate(ISSUER)


async def test_a_scope_taken_from_the_client_is_gone_from_its_tokens_at_once(world: World) -> None:
    token = await world.token(world.jawa_barat)
    await world.superuser.execute("update oauth_client set scopes = '{cases:read}' where client_id = 'jawa-barat'")
    assert (await world.admit(world.jawa_barat.asking("POST", "/graphql", token))).scopes == {"cases:read"}
    await world.superuser.execute("update oauth_client set scopes = '{ledger:read}' where client_id = 'jawa-barat'")
    before = await world.kept()
    refusal = await world.refused(world.jawa_barat.asking("POST", "/graphql", token))
    assert (refusal.status, refusal.code) == (401, "invalid_token")
    assert await world.kept() == before
