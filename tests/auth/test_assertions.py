"""Stories of clients that must not get in: every one ends refused, with no token and nothing remembered of it."""

import asyncio
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import pytest
from joserfc import jwk, jws

import auth.clients
import auth.keys
from tests.auth.partners import LEFT_OUT, Partner, Sent, signed
from tests.auth.worlds import ISSUER, KEYS, Kept, World, told

Bend = Callable[[Partner], Sent]
NOW: Final = 1_772_413_230  # of the world's clock


def asserting(make: Callable[[Partner], str]) -> Bend:
    return lambda partner: partner.token_request(assertion=make(partner))


def claiming(**claims: object) -> Bend:
    return asserting(lambda partner: partner.assertion(**claims))  # type: ignore[arg-type]  # bends claims


def heading(**header: object) -> Bend:
    return asserting(lambda partner: partner.assertion(header=header))


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(partner: Partner) -> str:
    _, claims, _ = partner.assertion().split(".")
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{claims}."


def signed_as_secret(partner: Partner) -> str:
    """HS256 with the public key's bytes as the secret: the classic confusion."""
    public = auth.keys.public(partner.client_jwk)
    secret = jwk.OctKey.import_key(json.dumps(public))
    claims = {"iss": partner.client_id, "sub": partner.client_id, "aud": ISSUER, "jti": "x" * 20, "exp": NOW + 60}
    head = {"alg": "HS256", "kid": public["kid"]}
    return jws.serialize_compact(head, json.dumps(claims), secret, algorithms=["HS256"])


def changed(partner: Partner) -> str:
    """A later end, written over the one that was signed."""
    head, body, signature = partner.assertion().split(".")
    claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4))) | {"exp": NOW + 299}
    return f"{head}.{part(claims)}.{signature}"


def raw(partner: Partner, payload: str) -> str:
    """An assertion over text that no JSON library would write."""
    head = {"alg": "Ed25519", "kid": partner.client_jwk["kid"]}
    key = jwk.import_key({**partner.client_jwk})
    return jws.serialize_compact(head, payload, key, algorithms=["Ed25519"])


def repeated(partner: Partner) -> str:
    return raw(
        partner,
        f'{{"iss":"{partner.client_id}","sub":"jakarta","sub":"{partner.client_id}","aud":"{ISSUER}",'
        f'"jti":"aaaaaaaaaaaa","exp":{NOW + 60}}}',
    )


def with_number(partner: Partner, number: str) -> str:
    return raw(
        partner,
        f'{{"iss":"{partner.client_id}","sub":"{partner.client_id}","aud":"{ISSUER}","jti":"aaaaaaaaaaaa",'
        f'"exp":{number}}}',
    )


RSA: Final = auth.keys.generate("PS256")

REFUSED: Final[dict[str, Bend]] = {
    "aud is the token endpoint": claiming(aud=ISSUER + "/oauth/token"),
    "aud is a list of one": claiming(aud=[ISSUER]),
    "aud is a list with another server": claiming(aud=[ISSUER, "https://other.example"]),
    "aud is another server": claiming(aud="https://other.example"),
    "aud is missing": claiming(aud=LEFT_OUT),
    "sub is another client": claiming(sub="jakarta"),
    "iss is another client": claiming(iss="jakarta"),
    "iss is missing": claiming(iss=LEFT_OUT),
    "sub is missing": claiming(sub=LEFT_OUT),
    "sub is a number": claiming(sub=7),
    "sub is a list": claiming(sub=["jawa-barat"]),
    "sub holds a NUL": claiming(sub="jawa-barat\0", iss="jawa-barat\0"),
    "sub is nobody": claiming(sub="nobody", iss="nobody"),
    "exp is missing": claiming(exp=LEFT_OUT),
    "exp has passed": claiming(exp=NOW),
    "exp is more than five minutes ahead": claiming(exp=NOW + 301),
    "exp is a text": claiming(exp=str(NOW + 60)),
    "exp is true": claiming(exp=True),
    "exp is not a number": asserting(lambda partner: with_number(partner, "NaN")),
    "exp is infinite": asserting(lambda partner: with_number(partner, "Infinity")),
    "exp is beyond every number": asserting(lambda partner: with_number(partner, "1e999")),
    "iat is 61 seconds ahead": claiming(iat=NOW + 61),
    "iat is 11 seconds ahead": claiming(iat=NOW + 11),
    "nbf is 61 seconds ahead": claiming(nbf=NOW + 61),
    "iat is a text": claiming(iat="now"),
    "jti is missing": claiming(jti=LEFT_OUT),
    "jti is a number": claiming(jti=123456789),
    "jti is short": claiming(jti="1"),
    "jti holds half a character": claiming(jti="aaaaaaaa\ud800"),
    "alg is none": asserting(unsigned),
    "alg is HS256 with the public key": asserting(signed_as_secret),
    "alg is the deprecated name": asserting(
        lambda partner: partner.assertion().replace(
            partner.assertion().split(".")[0], part({"alg": "EdDSA", "kid": partner.client_jwk["kid"]})
        )
    ),
    "the header brings its own key": heading(jwk=auth.keys.public(KEYS["stranger"])),
    "the header names a key's address": heading(jku="https://other.example/keys"),
    "the header names a certificate": heading(x5u="https://other.example/cert"),
    "the header has a critical member": heading(crit=["exp"]),
    "the kid is unknown": heading(kid="unknown"),
    "the kid is a list": asserting(lambda p: raw(p, "{}").replace(raw(p, "{}").split(".")[0], part({"kid": []}))),
    "the type is an access token": heading(typ="at+jwt"),
    "the type is a proof": heading(typ="dpop+jwt"),
    "another client's key signed": asserting(lambda partner: partner.assertion(key=KEYS["jakarta"])),
    "another key of the same name signed": asserting(
        lambda partner: partner.assertion(key={**KEYS["stranger"], "kid": partner.client_jwk["kid"]})
    ),
    "the signature is cut": asserting(lambda partner: partner.assertion()[:-4]),
    "the claims were changed": asserting(changed),
    "a claim is repeated": asserting(repeated),
    "the claims are no object": asserting(lambda partner: raw(partner, '["sub"]')),
    "the claims are nested without end": asserting(lambda partner: raw(partner, "[" * 2_900)),
    "it is too long": claiming(note="x" * 9_000),
    "it is not a signed text": asserting(lambda partner: "a.b"),
    "a proof is sent as the assertion": asserting(
        lambda partner: partner.proof("POST", ISSUER + "/oauth/token", sub=partner.client_id, iss=partner.client_id)
    ),
    "another client_id is named beside it": lambda partner: partner.token_request(client_id="jakarta"),
    "no assertion, only a client_id": lambda partner: partner.token_request(
        client_assertion=LEFT_OUT, client_assertion_type=LEFT_OUT, client_id="jawa-barat"
    ),
    "no assertion type": lambda partner: partner.token_request(client_assertion_type=LEFT_OUT),
    "the assertion's type is SAML": lambda partner: partner.token_request(
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    ),
}


async def test_a_client_is_refused_in_each_of_these_stories(world: World) -> None:
    assert world.clock.seconds() == NOW
    for story, bend in REFUSED.items():
        reply = await world.send(bend(world.jawa_barat))
        assert (reply.status, told(reply)["error"]) == (400, "invalid_client"), story
        assert await world.kept() == Kept(), story
    await world.token(world.jawa_barat)  # and it was not the world that was broken


async def test_introspection_and_revocation_authenticate_alike(world: World) -> None:
    token = await world.token(world.jawa_barat)
    before = await world.kept()
    for path in ("/oauth/introspect", "/oauth/revoke"):
        for assertion in (world.stranger.assertion(), world.jawa_barat.assertion(aud=ISSUER + path)):
            reply = await world.send(world.jawa_barat.post(path, assertion=assertion, token=token))
            assert (reply.status, told(reply)["error"]) == (400, "invalid_client")
    assert await world.kept() == before


async def test_a_secret_beside_the_assertion_is_one_mechanism_too_many(world: World) -> None:
    for sent in (
        world.jawa_barat.token_request(client_secret="hunter2"),
        world.jawa_barat.token_request(password="hunter2"),
        world.jawa_barat.token_request(client_assertion=LEFT_OUT, client_secret="hunter2"),
    ):
        reply = await world.send(sent)
        assert (reply.status, told(reply)["error"]) == (400, "invalid_request")
    assert await world.kept() == Kept()


async def test_the_authorization_header_authenticates_no_client(world: World) -> None:
    sent = world.jawa_barat.token_request()
    basic = (b"authorization", b"Basic amF3YS1iYXJhdDpodW50ZXIy")
    reply = await world.send(Sent(path=sent.path, headers=(*sent.headers, basic), body=sent.body))
    assert (reply.status, told(reply)["error"]) == (401, "invalid_client")
    assert "WWW-Authenticate" in reply.headers
    assert await world.kept() == Kept()


async def test_unknown_client_unknown_key_and_wrong_signature_are_told_alike(world: World) -> None:
    partner = world.jawa_barat
    for assertion in (
        world.stranger.assertion(),
        world.stranger.assertion(header={"kid": LEFT_OUT}),
        world.stranger.assertion(key=RSA),
        partner.assertion(key=RSA, header={"kid": LEFT_OUT}),
        partner.assertion(aud="wrong", exp=1, key=KEYS["stranger"], header={"kid": LEFT_OUT}),
        partner.assertion(key=KEYS["stranger"]),
        partner.assertion(key={**KEYS["stranger"], "kid": partner.client_jwk["kid"]}),
    ):
        await world.send(partner.token_request(assertion=assertion))
    assert len({reply.body for reply in world.told}) == 1
    assert await world.kept() == Kept()


async def test_a_clock_nine_seconds_fast_is_accepted(world: World) -> None:
    await world.token(world.jawa_barat, assertion=world.jawa_barat.assertion(iat=NOW + 9, nbf=NOW + 10))
    await world.token(world.jawa_barat, assertion=world.jawa_barat.assertion(exp=NOW + 300))
    assert (await world.kept()).tokens == 2


async def test_an_assertion_works_once(world: World) -> None:
    assertion = world.jawa_barat.assertion()
    await world.token(world.jawa_barat, assertion=assertion)
    before = await world.kept()
    for _ in range(2):
        reply = await world.send(world.jawa_barat.token_request(assertion=assertion))
        assert (reply.status, told(reply)["error"]) == (400, "invalid_client")
        assert "used before" in told(reply)["error_description"]
    assert await world.kept() == before


async def test_a_jti_counts_once_even_in_a_new_assertion_and_for_another_endpoint(world: World) -> None:
    token = await world.token(world.jawa_barat, assertion=world.jawa_barat.assertion(jti="the-very-same"))
    fresh = world.jawa_barat.assertion(jti="the-very-same", exp=NOW + 200)
    reply = await world.send(world.jawa_barat.post("/oauth/revoke", assertion=fresh, token=token))
    assert told(reply)["error"] == "invalid_client"
    assert (await world.kept()).revoked == 0


async def test_the_same_jti_of_another_client_is_another_jti(world: World) -> None:
    for partner in (world.jawa_barat, world.auditor):
        await world.token(partner, assertion=partner.assertion(jti="the-very-same"))
    assert (await world.kept()).tokens == 2


async def test_twenty_parallel_uses_of_one_assertion_give_exactly_one_token(world: World) -> None:
    assertion = world.jawa_barat.assertion()
    requests = [world.jawa_barat.token_request(assertion=assertion) for _ in range(20)]
    replies = await asyncio.gather(*(world.send(request) for request in requests))
    assert sorted(reply.status for reply in replies) == [200] + [400] * 19
    assert await world.kept() == Kept(tokens=1, assertions=1, proofs=1)


async def test_an_assertion_proved_once_stays_used_although_the_request_failed(world: World) -> None:
    assertion = world.jawa_barat.assertion()
    refused = await world.send(world.jawa_barat.token_request(assertion=assertion, scope="ledger:read"))
    again = await world.send(world.jawa_barat.token_request(assertion=assertion))
    assert (told(refused)["error"], told(again)["error"]) == ("invalid_scope", "invalid_client")
    assert await world.kept() == Kept(assertions=1)


async def test_a_disabled_client_gets_no_token_and_its_tokens_end_at_once(world: World) -> None:
    token = await world.token(world.jawa_barat)
    await world.admit(world.jawa_barat.asking("POST", "/graphql", token))
    async with world.gate.engine.begin() as connection:
        await auth.clients.disable(connection, client_id="jawa-barat", at=world.clock())
    before = await world.kept()
    refusal = await world.refused(world.jawa_barat.asking("POST", "/graphql", token))
    reply = await world.send(world.jawa_barat.token_request())
    assert (refusal.status, refusal.code) == (401, "invalid_token")
    assert (reply.status, told(reply)["error"]) == (400, "invalid_client")
    assert await world.kept() == before == Kept(tokens=1, revoked=1, assertions=1, proofs=2)


async def test_a_client_disabled_in_its_row_alone_is_refused_too(world: World) -> None:
    token = await world.token(world.jawa_barat)
    await world.superuser.execute(
        "update oauth_client set disabled_at = $1 where client_id = 'jawa-barat'", datetime.now(UTC)
    )
    before = await world.kept()
    assert (await world.refused(world.jawa_barat.asking("POST", "/graphql", token))).code == "invalid_token"
    assert await world.kept() == before


async def test_a_retired_key_opens_nothing_and_the_new_one_does(world: World) -> None:
    token = await world.token(world.jawa_barat)
    async with world.gate.engine.begin() as connection:
        fresh = auth.keys.public(KEYS["stranger"])
        await auth.clients.rotate(connection, client_id="jawa-barat", key=fresh, retire=True, at=world.clock())
    before = await world.kept()
    assert told(await world.send(world.jawa_barat.token_request()))["error"] == "invalid_client"
    assert (await world.refused(world.jawa_barat.asking("POST", "/graphql", token))).code == "invalid_token"
    assert await world.kept() == before
    renewed = Partner(ISSUER, "jawa-barat", KEYS["stranger"], KEYS["proof"], world.clock.seconds)
    await world.token(renewed)


async def test_while_a_rotation_overlaps_both_keys_work_and_the_header_must_say_which(world: World) -> None:
    async with world.gate.engine.begin() as connection:
        fresh = auth.keys.public(KEYS["stranger"])
        await auth.clients.rotate(connection, client_id="jawa-barat", key=fresh, retire=False, at=world.clock())
    await world.token(world.jawa_barat)
    await world.token(Partner(ISSUER, "jawa-barat", KEYS["stranger"], KEYS["proof"], world.clock.seconds))
    nameless = world.jawa_barat.assertion(header={"kid": LEFT_OUT})
    assert told(await world.send(world.jawa_barat.token_request(assertion=nameless)))["error"] == "invalid_client"


@pytest.mark.parametrize("alg", ["ES256", "PS256"])
async def test_the_other_algorithms_of_the_list_work_for_assertions_and_proofs(world: World, alg: str) -> None:
    key = auth.keys.generate(alg)
    async with world.gate.engine.begin() as connection:
        added = {"party": "ID-BA", "name": "Bali", "keys": [auth.keys.public(key)], "scopes": ["cases:read"]}
        purposes = ["case-management"]
        at = world.clock()
        await auth.clients.add(connection, client_id="bali", purposes=purposes, at=at, **added)  # type: ignore[arg-type]  # a bundle
    bali = Partner(ISSUER, "bali", key, key, world.clock.seconds)
    token = await world.token(bali)
    assert (await world.admit(bali.asking("POST", "/graphql", token))).party == "ID-BA"
    crossed = signed(KEYS["stranger"], {"alg": "Ed25519", "kid": key["kid"]}, {"sub": "bali"})
    assert told(await world.send(bali.token_request(assertion=crossed)))["error"] == "invalid_client"


async def test_an_access_token_is_no_assertion(world: World) -> None:
    token = await world.token(world.jawa_barat)
    before = await world.kept()
    reply = await world.send(world.jawa_barat.token_request(assertion=token))
    assert told(reply)["error"] == "invalid_client"
    assert await world.kept() == before


def test_the_partner_tells_real_time_unless_it_is_told_otherwise() -> None:
    partner = Partner(ISSUER, "jakarta", KEYS["jakarta"], KEYS["proof"])
    assert abs(partner.now() - time.time()) < 60
