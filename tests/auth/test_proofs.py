"""Stories of DPoP proofs that must not count, where tokens are asked for and where they are used."""

import asyncio
from collections.abc import Callable
from typing import Final

import auth.keys
from tests.auth.partners import LEFT_OUT, Partner
from tests.auth.worlds import ISSUER, KEYS, Kept, World, told

NOW: Final = 1_772_413_230  # of the world's clock
Proving = Callable[[Partner, str, str, str | None], tuple[str, ...]]  # partner, method, url, token -> header lines


def claiming(**claims: object) -> Proving:
    return lambda partner, method, url, token: (partner.proof(method, url, token, **claims),)  # type: ignore[arg-type]  # bends


def heading(**header: object) -> Proving:
    return lambda partner, method, url, token: (partner.proof(method, url, token, header=header),)


def showing(private: dict[str, str]) -> Proving:
    return heading(jwk={name: value for name, value in private.items() if name not in ("use", "alg")})


SMALL_RSA: Final = {"kty": "RSA", "n": "v" * 170 + "w", "e": "AQAB"}  # 128 bytes: 1024 bits

REFUSED: Final[dict[str, Proving]] = {
    "there is none": lambda *_: (),
    "there are two lines": lambda p, m, u, t: (p.proof(m, u, t), p.proof(m, u, t)),
    "there are two lines, the second empty": lambda p, m, u, t: (p.proof(m, u, t), ""),
    "two were joined into one line": lambda p, m, u, t: (p.proof(m, u, t) + ", " + p.proof(m, u, t),),
    "it is empty": lambda *_: ("",),
    "it is no signed text": lambda *_: ("proof",),
    "it is for another method": claiming(htm="GET"),
    "it is for the method in small letters": claiming(htm="post"),
    "it is for no method": claiming(htm=LEFT_OUT),
    "it is for another path": claiming(htu=ISSUER + "/other"),
    "it is for another path with this one as a parameter": claiming(htu=ISSUER + "/other?/graphql"),
    "it is for another host": claiming(htu="http://localhost.example:8000/graphql"),
    "it is for another port": claiming(htu="http://localhost:8001/oauth/token"),
    "it is for another scheme": claiming(htu="ws://localhost:8000/graphql"),
    "its URL names a user": claiming(htu="http://localhost:8000@evil.example/graphql"),
    "its URL is no URL": claiming(htu="http://[/graphql"),
    "its URL is a number": claiming(htu=5),
    "it is for no URL": claiming(htu=LEFT_OUT),
    "it is 61 seconds old": claiming(iat=NOW - 61),
    "it is 61 seconds ahead": claiming(iat=NOW + 61),
    "it is 11 seconds ahead": claiming(iat=NOW + 11),
    "it has no time": claiming(iat=LEFT_OUT),
    "its time is a text": claiming(iat=str(NOW)),
    "it ended before": claiming(exp=NOW),
    "it begins later": claiming(nbf=NOW + 61),
    "it has no jti": claiming(jti=LEFT_OUT),
    "its jti is empty": claiming(jti=""),
    "its jti is endless": claiming(jti="x" * 257),
    "its type is JWT": heading(typ="JWT"),
    "it has no type": heading(typ=LEFT_OUT),
    "it shows a private key": showing(KEYS["proof"]),
    "it shows a symmetric key": heading(jwk={"kty": "oct", "k": "c2VjcmV0"}),
    "it shows no key": heading(jwk=LEFT_OUT),
    "it shows another key than the one that signed": showing(auth.keys.public(KEYS["other-proof"])),
    "its key is of no allowed curve": heading(jwk={"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}),
    "its key is an X25519 key": heading(jwk={"kty": "OKP", "crv": "X25519", "x": KEYS["proof"]["x"]}),
    "its key is a small RSA key": heading(jwk=SMALL_RSA),
    "its key is the point of order one": heading(jwk={"kty": "OKP", "crv": "Ed25519", "x": "AQ" + "A" * 41}),
    "its key is said to be for encryption": heading(jwk={**auth.keys.public(KEYS["proof"]), "use": "enc"}),
    "its key is elsewhere": heading(jku="https://other.example/keys"),
    "its header has a critical member": heading(crit=["b64"], b64=False),
    "its signature is cut": lambda p, m, u, t: (p.proof(m, u, t)[:-3],),
    "it is too long": claiming(note="x" * 9_000),
}


async def test_no_token_is_given_when_the_proof_fails(world: World) -> None:
    for number, (story, proving) in enumerate(REFUSED.items(), 1):
        proofs = proving(world.jawa_barat, "POST", ISSUER + "/oauth/token", None)
        reply = await world.send(world.jawa_barat.token_request(proofs=proofs))
        assert (reply.status, told(reply)["error"]) == (400, "invalid_dpop_proof"), story
        assert await world.kept() == Kept(assertions=number), story


async def test_no_resource_is_opened_when_the_proof_fails(world: World) -> None:
    token = await world.token(world.jawa_barat)
    before = await world.kept()
    for story, proving in REFUSED.items():
        proofs = proving(world.jawa_barat, "POST", ISSUER + "/graphql", token)
        headers = [(b"authorization", f"DPoP {token}".encode()), *((b"dpop", proof.encode()) for proof in proofs)]
        refusal = await world.refused(headers)
        assert (refusal.status, refusal.code) == (401, "invalid_dpop_proof"), story
        assert refusal.www_authenticate.startswith('DPoP error="invalid_dpop_proof"'), story
        assert await world.kept() == before, story


async def test_a_proof_counts_once_where_tokens_are_asked_for(world: World) -> None:
    proofs = (world.jawa_barat.proof("POST", ISSUER + "/oauth/token"),)
    await world.token(world.jawa_barat, proofs=proofs)
    reply = await world.send(world.jawa_barat.token_request(proofs=proofs))
    assert told(reply)["error"] == "invalid_dpop_proof"
    assert await world.kept() == Kept(tokens=1, assertions=2, proofs=1)


async def test_a_proof_counts_once_where_tokens_are_used(world: World) -> None:
    headers = world.jawa_barat.asking("POST", "/graphql", await world.token(world.jawa_barat))
    await world.admit(headers)
    before = await world.kept()
    assert (await world.refused(headers)).code == "invalid_dpop_proof"
    assert await world.kept() == before


async def test_twenty_parallel_uses_of_one_proof_open_once(world: World) -> None:
    headers = world.jawa_barat.asking("POST", "/graphql", await world.token(world.jawa_barat))
    answers = await asyncio.gather(*(world.admit(headers) for _ in range(20)), return_exceptions=True)
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
    assert (await world.kept()).proofs == 2


async def test_a_proof_is_good_for_a_minute_and_for_a_clock_nine_seconds_fast(world: World) -> None:
    token = await world.token(world.jawa_barat)
    for at in (NOW - 60, NOW, NOW + 9):
        await world.admit(world.jawa_barat.asking("POST", "/graphql", token, iat=at))
    assert (await world.kept()).proofs == 4


async def test_a_proof_kept_until_its_last_second_is_still_known_then(world: World) -> None:
    """The mark must outlive the proof, also when a sweep runs at the last moment."""
    token = await world.token(world.jawa_barat)
    headers = world.jawa_barat.asking("POST", "/graphql", token, iat=NOW + 10)
    await world.admit(headers)
    world.clock.forward(70)
    await world.token(world.jawa_barat)  # sweeps
    assert (await world.refused(headers)).message.startswith("this proof was used before")


async def test_marks_are_forgotten_once_nothing_could_use_them(world: World) -> None:
    await world.token(world.jawa_barat)
    world.clock.forward(600)
    await world.token(world.jawa_barat)
    assert await world.kept() == Kept(tokens=2, assertions=1, proofs=1)
    world.clock.forward(4_000)
    await world.token(world.jawa_barat)
    assert await world.kept() == Kept(tokens=1, assertions=1, proofs=1)


async def test_the_same_url_may_be_written_in_other_ways(world: World) -> None:
    token = await world.token(world.jawa_barat)
    for url in ("HTTP://LOCALHOST:8000/graphql", ISSUER + "/graphql?query=x", ISSUER + "/graphql#part"):
        await world.admit(world.jawa_barat.asking("POST", "/graphql", token, htu=url))


async def test_a_proof_must_hold_the_hash_of_this_token(world: World) -> None:
    token = await world.token(world.jawa_barat)
    before = await world.kept()
    for bent in (LEFT_OUT, "", "x" * 43, 7, None):
        refusal = await world.refused(world.jawa_barat.asking("POST", "/graphql", token, ath=bent))
        assert (refusal.status, refusal.code) == (401, "invalid_dpop_proof")
    assert await world.kept() == before


async def test_a_proof_of_another_token_does_not_count(world: World) -> None:
    first, second = await world.token(world.jawa_barat), await world.token(world.jawa_barat)
    proof = world.jawa_barat.proof("POST", ISSUER + "/graphql", first)
    before = await world.kept()
    refusal = await world.refused([(b"authorization", b"DPoP " + second.encode()), (b"dpop", proof.encode())])
    assert refusal.code == "invalid_dpop_proof"
    assert await world.kept() == before


async def test_a_stolen_token_is_worth_nothing_without_its_key(world: World) -> None:
    token = await world.token(world.jawa_barat)
    before = await world.kept()
    for thief_key in (KEYS["other-proof"], auth.keys.generate("ES256")):
        thief = Partner(ISSUER, "thief", KEYS["stranger"], thief_key, world.clock.seconds)
        refusal = await world.refused(thief.asking("POST", "/graphql", token))
        assert (refusal.status, refusal.code) == (401, "invalid_token")
    assert await world.kept() == before
