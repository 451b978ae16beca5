"""Stories of access tokens that must not open anything, sent with a proof that is right in every other way."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

from joserfc import jwk, jws
from joserfc.util import urlsafe_b64decode

import auth.gates
import auth.keys
import auth.moments
import auth.tokens
from auth.keys import SigningKeys
from auth.refusals import Unverified
from tests.auth.partners import LEFT_OUT, Partner, in_base64, signed
from tests.auth.worlds import ISSUER, KEYS, World

NOW: Final = 1_772_413_230  # of the world's clock


def written_by_the_server(keys: SigningKeys, like: str, header: object = None, **claims: object) -> str:
    """A token signed with the server's own key, bent: what a flaw in the server's other doors could give away."""
    head, body = (json.loads(jwt_part(part)) for part in like.split(".")[:2])
    assert keys.signing.private_key is not None
    key = {**keys.signing.as_dict(private=True)}
    bent = {**head, **(header if isinstance(header, dict) else {})}
    return signed({name: str(value) for name, value in key.items()}, bent, {**body, **claims})


def jwt_part(part: str) -> bytes:
    return urlsafe_b64decode(part.encode())


BENT: Final[dict[str, dict[str, object]]] = {
    "the issuer is another": {"iss": "https://other.example"},
    "the issuer is missing": {"iss": LEFT_OUT},
    "it is for another service": {"aud": "https://other.example"},
    "it is for this and another service": {"aud": [ISSUER, "https://other.example"]},
    "it is for this service in a list": {"aud": [ISSUER]},
    "it is for nobody": {"aud": LEFT_OUT},
    "it ends now": {"exp": NOW},
    "it never ends": {"exp": LEFT_OUT},
    "it ends in a text": {"exp": "tomorrow"},
    "it was issued 61 seconds ahead": {"iat": NOW + 61},
    "it was issued 11 seconds ahead": {"iat": NOW + 11},
    "it begins 61 seconds ahead": {"nbf": NOW + 61},
    "it names no party": {"party": LEFT_OUT},
    "it names another party than its client's": {"party": "ID-JK"},
    "it names parties": {"party": ["ID-JB", "ID-JK"]},
    "it names another client": {"client_id": "jakarta"},
    "it names no client": {"client_id": LEFT_OUT},
    "it has no subject": {"sub": LEFT_OUT},
    "it has no purpose": {"purpose": LEFT_OUT},
    "its purpose is not the client's": {"purpose": "audit"},
    "it has no scope": {"scope": LEFT_OUT},
    "its scope is empty": {"scope": ""},
    "its scope does not exist": {"scope": "cases:read admin"},
    "its scope is not the client's": {"scope": "ledger:read"},
    "it is bound to no key": {"cnf": LEFT_OUT},
    "it is bound to nothing": {"cnf": {}},
    "it is bound to another key": {"cnf": {"jkt": "x" * 43}},
    "it was never issued": {"jti": "never-issued-by-us"},
    "it has no jti": {"jti": LEFT_OUT},
}
HEADS: Final[dict[str, dict[str, object]]] = {
    "its type is an ID token's": {"typ": "JWT"},
    "it has no type": {"typ": LEFT_OUT},
    "it brings its own key": {"jwk": auth.keys.public(KEYS["stranger"])},
    "it names a key's address": {"jku": ISSUER + "/oauth/jwks"},
    "it names a certificate's address": {"x5u": ISSUER + "/cert"},
    "it names an unknown key": {"kid": "unknown"},
    "it names no key": {"kid": LEFT_OUT},
    "it has a critical member": {"crit": ["exp"]},
}


async def test_a_token_bent_in_any_of_these_ways_opens_nothing(world: World) -> None:
    token = await world.token(world.jawa_barat)
    before = await world.kept()
    for story in [*BENT, *HEADS]:
        bent = written_by_the_server(world.gate.keys, token, HEADS.get(story), **BENT.get(story, {}))
        refusal = await world.refused(world.jawa_barat.asking("POST", "/graphql", bent))
        assert (refusal.status, refusal.code) == (401, "invalid_token"), story
        assert await world.kept() == before, story


async def test_a_token_bent_in_nothing_opens_and_so_does_one_nine_seconds_ahead(world: World) -> None:
    token = await world.token(world.jawa_barat)
    for claims in ({}, {"iat": NOW + 9}, {"nbf": NOW + 10}):
        same = written_by_the_server(world.gate.keys, token, **claims)
        assert (await world.admit(world.jawa_barat.asking("POST", "/graphql", same))).party == "ID-JB"


def unsigned(like: str, keys: SigningKeys) -> str:
    return in_base64(b'{"alg":"none","typ":"at+jwt"}') + "." + like.split(".")[1] + "."


def unsigned_with_text(like: str, keys: SigningKeys) -> str:
    return in_base64(b'{"alg":"none","typ":"at+jwt"}') + "." + like.split(".")[1] + ".AAAA"


def signed_as_secret(like: str, keys: SigningKeys) -> str:
    """HS256 with the published key as the secret."""
    published = json.dumps(keys.published()["keys"][0])
    head = {"alg": "HS256", "typ": "at+jwt", "kid": keys.public[0].kid}
    return jws.serialize_compact(
        head, jwt_part(like.split(".")[1]), jwk.OctKey.import_key(published), algorithms=["HS256"]
    )


def another_party(like: str, keys: SigningKeys) -> str:
    """The party changed in the text, the signature left as it was."""
    head, body, signature = like.split(".")
    changed = json.loads(jwt_part(body)) | {"party": "ID-JK"}
    return f"{head}.{in_base64(json.dumps(changed).encode())}.{signature}"


def signed_by_a_stranger(like: str, keys: SigningKeys) -> str:
    head, body = (json.loads(jwt_part(part)) for part in like.split(".")[:2])
    return signed(KEYS["stranger"], head, body)


FORGED: Final[dict[str, Callable[[str, SigningKeys], str]]] = {
    "alg is none": unsigned_with_text,
    "alg is HS256 with the public key": signed_as_secret,
    "its party was changed": another_party,
    "a stranger signed it": signed_by_a_stranger,
    "it is oversized": lambda like, keys: written_by_the_server(keys, like, note="x" * 5_000),
    "it was cut": lambda like, keys: like[:-5],
    "a part is missing": lambda like, keys: like.rsplit(".", 1)[0],
    "it is not ours at all": lambda like, keys: "opaque-token",
    "it is a proof": lambda like, keys: Partner(ISSUER, "jawa-barat", KEYS["jawa-barat"], KEYS["proof"]).proof(
        "POST", ISSUER + "/graphql"
    ),
    "it is a client's assertion": lambda like, keys: Partner(
        ISSUER, "jawa-barat", KEYS["jawa-barat"], KEYS["proof"]
    ).assertion(),
}


async def test_a_token_forged_in_any_of_these_ways_opens_nothing(world: World) -> None:
    token = await world.token(world.jawa_barat)
    await world.admit(world.jawa_barat.asking("POST", "/graphql", token))  # the true one is remembered
    before = await world.kept()
    for story, forge in FORGED.items():
        refusal = await world.refused(world.jawa_barat.asking("POST", "/graphql", forge(token, world.gate.keys)))
        assert (refusal.status, refusal.code) == (401, "invalid_token"), story
        assert await world.kept() == before, story


async def test_an_unsigned_token_is_not_even_a_token(world: World) -> None:
    bare = unsigned(await world.token(world.jawa_barat), world.gate.keys)
    assert (await world.refused(world.jawa_barat.asking("POST", "/graphql", bare))).code == "invalid_token"


async def test_a_token_ends_after_five_minutes_remembered_or_not(world: World) -> None:
    used, unused = await world.token(world.jawa_barat), await world.token(world.jawa_barat)
    world.clock.forward(299)
    await world.admit(world.jawa_barat.asking("POST", "/graphql", used))
    world.clock.forward(1)
    before = await world.kept()
    for token in (used, unused):
        refusal = await world.refused(world.jawa_barat.asking("POST", "/graphql", token))
        assert (refusal.status, refusal.code) == (401, "invalid_token")
    assert await world.kept() == before


async def test_a_remembered_token_ends_by_itself_before_any_row_is_asked(world: World) -> None:
    text, gate, remembered = await world.token(world.jawa_barat), world.gate, auth.tokens.Remembered()
    for second, ended in ((0, False), (299, False), (300, True), (301, True)):
        at = auth.moments.instant(NOW + second)
        try:
            auth.tokens.verify(text, keys=gate.keys, issuer=ISSUER, at=at, remembered=remembered)
            assert not ended
        except Unverified:
            assert ended


async def test_a_token_whose_row_was_revoked_is_refused_though_its_signature_is_remembered(world: World) -> None:
    token = await world.token(world.jawa_barat)
    await world.admit(world.jawa_barat.asking("POST", "/graphql", token))
    await world.superuser.execute("update oauth_token set revoked_at = $1", world.clock())
    before = await world.kept()
    assert (await world.refused(world.jawa_barat.asking("POST", "/graphql", token))).code == "invalid_token"
    assert await world.kept() == before


async def test_while_the_servers_keys_overlap_old_tokens_work_and_after_retirement_they_do_not(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "oauth.json"
    token = await world.token(world.jawa_barat)
    old = world.gate
    world.gate = auth.gates.build(issuer=ISSUER, keys=auth.keys.announce(path), engine=old.engine, now=world.clock)
    assert len(world.gate.keys.published()["keys"]) == 2
    announced, between = world.gate, await world.token(world.jawa_barat)
    world.gate = old  # another replica, not started anew yet: nothing was signed that it cannot verify
    await world.admit(world.jawa_barat.asking("POST", "/graphql", between))
    world.gate = auth.gates.build(issuer=ISSUER, keys=auth.keys.activate(path), engine=old.engine, now=world.clock)
    await world.admit(world.jawa_barat.asking("POST", "/graphql", token))
    fresh = await world.token(world.jawa_barat)
    active, world.gate = world.gate, announced  # nor is anything signed now that a replica of the first step cannot
    await world.admit(world.jawa_barat.asking("POST", "/graphql", fresh))
    world.gate = active
    world.gate = auth.gates.build(issuer=ISSUER, keys=auth.keys.retire(path), engine=old.engine, now=world.clock)
    before = await world.kept()
    assert (await world.refused(world.jawa_barat.asking("POST", "/graphql", token))).code == "invalid_token"
    assert await world.kept() == before
    await world.admit(world.jawa_barat.asking("POST", "/graphql", fresh))


async def test_a_token_of_another_server_with_the_same_database_opens_nothing(world: World, tmp_path: Path) -> None:
    keys = auth.keys.create(tmp_path / "other.json")
    token = await world.token(world.jawa_barat)
    other = auth.gates.build(issuer=ISSUER, keys=keys, engine=world.gate.engine, now=world.clock)
    world.gate = other
    assert (await world.refused(world.jawa_barat.asking("POST", "/graphql", token))).code == "invalid_token"


HEADERS: Final[dict[str, tuple[int, str, Callable[[str], list[tuple[bytes, bytes]]]]]] = {
    "there is no token": (401, "invalid_token", lambda token: []),
    "a bound token comes as a bearer": (
        401,
        "invalid_token",
        lambda token: [(b"authorization", b"Bearer " + token.encode())],
    ),
    "the scheme is Basic": (401, "invalid_token", lambda token: [(b"authorization", b"Basic eDp5")]),
    "there are two Authorization lines": (
        400,
        "invalid_request",
        lambda token: [(b"authorization", b"DPoP " + token.encode()), (b"Authorization", b"Bearer x")],
    ),
    "the line is empty": (400, "invalid_request", lambda token: [(b"authorization", b"")]),
    "the line holds the scheme alone": (400, "invalid_request", lambda token: [(b"authorization", b"DPoP")]),
    "the line holds two tokens": (
        400,
        "invalid_request",
        lambda token: [(b"authorization", f"DPoP {token} {token}".encode())],
    ),
    "the line is not text": (400, "invalid_request", lambda token: [(b"authorization", b"DPoP \xff\xfe")]),
}


async def test_a_token_sent_in_another_way_than_by_one_dpop_header_opens_nothing(world: World) -> None:
    token = await world.token(world.jawa_barat)
    before = await world.kept()
    for story, (status, code, lines) in HEADERS.items():
        proof = (b"dpop", world.jawa_barat.proof("POST", ISSUER + "/graphql", token).encode())
        refusal = await world.refused([*lines(token), proof])
        assert (refusal.status, refusal.code) == (status, code), story
        assert refusal.www_authenticate.startswith("DPoP ")
        metadata = f'resource_metadata="{ISSUER}/.well-known/oauth-protected-resource"'
        assert metadata in refusal.www_authenticate
        assert await world.kept() == before, story


async def test_without_credentials_no_error_is_named(world: World) -> None:
    assert "error" not in (await world.refused([])).www_authenticate


async def test_a_token_in_the_url_is_not_looked_at(world: World) -> None:
    token = await world.token(world.jawa_barat)
    proof = (b"dpop", world.jawa_barat.proof("POST", ISSUER + "/graphql", token).encode())
    refusal = await world.refused([proof], url=f"/graphql?access_token={token}")
    assert (refusal.status, "error" in refusal.www_authenticate) == (401, False)


async def test_the_scheme_may_be_written_in_any_case(world: World) -> None:
    token = await world.token(world.jawa_barat)
    _, proof = world.jawa_barat.asking("POST", "/graphql", token)
    await world.admit([(b"AUTHORIZATION", b"dpop " + token.encode()), proof])


def test_no_more_tokens_are_remembered_than_there_is_room_for() -> None:
    remembered = auth.tokens.Remembered()
    token = auth.tokens.Token(
        jti="j" * 8, subject="s", client_id="c", party="HOST", purpose="audit", scopes=frozenset({"cases:read"}),
        thumbprint="t", issued_at=1, expires_at=2,
    )  # fmt: skip
    marks = [uuid.uuid4().bytes for _ in range(10_001)]
    for mark in marks:
        remembered.keep(mark, token)
    assert remembered.find(marks[0]) is None
    assert remembered.find(marks[-1]) is token
