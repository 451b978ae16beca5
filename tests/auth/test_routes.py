"""The OAuth endpoints over HTTP: metadata that says what the code does, and bad requests that get clear answers."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

import api.oauth
import auth.gates
from auth import transports
from auth.algorithms import ALGORITHMS
from auth.scopes import SCOPES
from tests.auth.worlds import ISSUER, Kept, World, told

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=api.oauth.routes(world.gate))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ISSUER) as client:
        yield client


async def test_the_servers_metadata_says_what_exists(http: httpx.AsyncClient) -> None:
    answer = await http.get("/.well-known/oauth-authorization-server")
    document = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert document["issuer"] == ISSUER
    assert document["grant_types_supported"] == ["client_credentials"]
    assert document["response_types_supported"] == []
    assert document["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert document["token_endpoint_auth_signing_alg_values_supported"] == list(ALGORITHMS)
    assert document["dpop_signing_alg_values_supported"] == list(ALGORITHMS)
    assert document["scopes_supported"] == list(SCOPES)
    for name in ("token", "introspection", "revocation"):
        assert (await http.post(document[f"{name}_endpoint"])).status_code == 415
    assert (await http.get(document["jwks_uri"])).status_code == 200


async def test_the_resources_metadata_points_at_its_server(http: httpx.AsyncClient) -> None:
    document = (await http.get("/.well-known/oauth-protected-resource")).json()
    assert document["resource"] == ISSUER
    assert document["authorization_servers"] == [ISSUER]
    assert document["dpop_bound_access_tokens_required"] is True


async def test_the_published_keys_verify_and_cannot_sign(http: httpx.AsyncClient, world: World) -> None:
    document = (await http.get("/oauth/jwks")).json()
    assert [key["kid"] for key in document["keys"]] == [key.kid for key in world.gate.keys.public]
    assert not [key for key in document["keys"] if "d" in key]


async def test_a_token_is_asked_for_used_and_revoked_over_http(http: httpx.AsyncClient, world: World) -> None:
    sent = world.jawa_barat.token_request(scope="cases:read")
    answer = await http.post(sent.path, content=sent.body, headers=list(sent.headers))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()["access_token"]
    headers = world.jawa_barat.asking("GET", "/events", token)
    assert (await world.admit(headers, method="GET", url=ISSUER + "/events?after=x")).scopes == {"cases:read"}
    ending = world.jawa_barat.post("/oauth/revoke", token=token)
    assert (await http.post(ending.path, content=ending.body, headers=list(ending.headers))).status_code == 200
    refusal = await world.refused(world.jawa_barat.asking("GET", "/events", token), method="GET", url="/events")
    assert refusal.code == "invalid_token"


async def test_a_request_that_is_no_form_gets_an_error_of_oauth_and_writes_nothing(
    http: httpx.AsyncClient, world: World
) -> None:
    good = world.jawa_barat.token_request()
    text, headers = good.body.decode(), [pair for pair in good.headers if pair[0] != b"content-type"]
    form = (b"content-type", FORM.encode())
    stories = {
        "query": (await http.post("/oauth/token?" + text, content=b"", headers=[form]), 400),
        "get": (await http.get("/oauth/token"), 405),
        "put": (await http.put("/oauth/token", content=good.body, headers=[*headers, form]), 405),
        "json": (await http.post("/oauth/token", content=b"{}", headers={"content-type": "application/json"}), 415),
        "oversized": (await http.post("/oauth/token", content=good.body + b"&x=" + b"x" * 70_000, headers=[form]), 413),
        "twice": (await http.post("/oauth/token", content=good.body + b"&grant_type=x", headers=[form]), 400),
        "two files": (await http.post("/oauth/token", files={"grant_type": b"client_credentials"}), 415),
    }
    for story, (answer, status) in stories.items():
        assert (answer.status_code, answer.json()["error"]) == (status, "invalid_request"), story
        assert answer.headers["cache-control"] == "no-store", story
    assert stories["get"][0].headers["allow"] == "POST"
    assert await world.kept() == Kept()


async def test_the_host_header_decides_nothing(http: httpx.AsyncClient, world: World) -> None:
    proof = world.jawa_barat.proof("POST", "http://evil.example/oauth/token")
    sent = world.jawa_barat.token_request(proofs=(proof,))
    answer = await http.post(sent.path, content=sent.body, headers=[*sent.headers, (b"host", b"evil.example")])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    assert "evil" not in answer.text


async def test_a_path_that_could_break_a_header_is_told_safely(world: World) -> None:
    token = await world.token(world.jawa_barat)
    headers = world.jawa_barat.asking("GET", "/x", token)
    for path in ('/a"b', "/a\r\nSet-Cookie: x", "/\u00e4", "//evil.example/x", "//[", "/a\\b"):
        refusal = await world.refused(headers, method="GET", url=path)
        assert refusal.code == "invalid_dpop_proof"
        assert refusal.www_authenticate.isascii()
        assert refusal.www_authenticate.isprintable()


async def test_a_gate_is_not_built_without_tls(world: World) -> None:
    with pytest.raises(transports.Insecure):
        auth.gates.build(issuer="http://estafet.example", keys=world.gate.keys, engine=world.gate.engine)


async def test_every_answer_is_json_of_a_known_error(world: World) -> None:
    for sent in (world.stranger.token_request(), world.jawa_barat.token_request(scope="admin")):
        reply = await world.send(sent)
        assert json.loads(reply.body).keys() == {"error", "error_description"}
        assert told(reply)["error_description"].isascii()
