"""The published ledger at the door: what anybody may have, what only the admitted, and what does not exist."""

import asyncio
import base64
import json

import jsonschema
import pytest

from ledger import checkpoints, entries, notes, proofs, trees
from tests.api.conftest import House
from tests.api.test_handovers import released
from tests.ledger import golden


async def published(house: House) -> int:
    """Wait for a checkpoint that covers all there is; gives its size."""
    rows = (await house.auditor.ask("{ ledgerEntries(last: 1) { totalCount } }"))["ledgerEntries"]["totalCount"]
    for _ in range(100):
        answer = await house.auditor.http.get("/ledger/checkpoint")
        if answer.status_code == 200 and checkpoints.parse(notes.parse(answer.content).text).size == rows:
            return int(rows)
        await asyncio.sleep(0.1)
    raise AssertionError("nothing was published")


async def test_checkpoints_keys_and_hash_tiles_are_anybodys(house: House) -> None:
    size = await published(house)
    http = house.auditor.http
    note = await http.get("/ledger/checkpoint")
    key = notes.read_key((await http.get("/ledger/vkey")).text.strip())
    assert checkpoints.verify(note.content, key).size == size
    assert note.headers["cache-control"] == "no-cache"
    assert (await http.get(f"/ledger/checkpoints/{size}")).content == note.content
    assert str(size) in (await http.get("/ledger/checkpoints")).text.split()
    assert (await http.get(f"/ledger/checkpoints?after={size}")).text == ""
    tile = await http.get(f"/ledger/tile/0/000.p/{size}")
    assert len(tile.content) == 32 * size
    assert "immutable" in tile.headers["cache-control"]


async def test_bundles_are_for_the_admitted(house: House) -> None:
    path = f"/ledger/tile/entries/000.p/{await published(house)}"
    assert (await house.auditor.http.get(path)).status_code == 401
    refused = await house.jakarta.get(path)
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    answer = await house.auditor.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


async def test_a_proof_leads_from_an_entry_to_the_newest_checkpoint(house: House) -> None:
    await released(house)
    size = await published(house)
    shown = (await house.auditor.ask("{ ledgerEntries(last: 1) { edges { node { index leaf } } } }"))["ledgerEntries"]
    entry = shown["edges"][0]["node"]
    proof = proofs.parse((await house.auditor.get(f"/ledger/proof/{entry['index']}")).text)
    head = checkpoints.parse(notes.parse(proof.checkpoint.encode()).text)
    trees.verify_inclusion(
        leaf=bytes.fromhex(entry["leaf"]),
        index=entry["index"],
        size=head.size,
        proof=proof.hashes,
        root=head.root,
    )
    assert (await house.auditor.get(f"/ledger/proof/{size}")).status_code == 404


@pytest.mark.parametrize("path", ["proof/0", "statements/" + "0" * 64, "consistency?from=1&to=1"])
async def test_evidence_made_on_demand_is_for_the_admitted(house: House, path: str) -> None:
    await published(house)
    assert (await house.auditor.http.get(f"/ledger/{path}")).status_code == 401
    assert (await house.jakarta.get(f"/ledger/{path}")).status_code == 403
    assert (await house.auditor.get(f"/ledger/{path}")).status_code in (200, 404)


async def test_an_older_checkpoint_is_shown_to_begin_a_newer_one(house: House) -> None:
    old = await published(house)
    await released(house)
    new = await published(house)
    answer = (await house.auditor.get(f"/ledger/consistency?from={old}&to={new}")).json()
    heads = [
        checkpoints.parse(notes.parse((await house.auditor.http.get(f"/ledger/checkpoints/{size}")).content).text)
        for size in (old, new)
    ]
    trees.verify_consistency(
        old_size=old,
        new_size=new,
        proof=[base64.b64decode(each) for each in answer["hashes"]],
        old=heads[0].root,
        new=heads[1].root,
    )
    assert (answer["from"], answer["to"]) == (old, new)
    for start, end in ((old, new + 1), (old + 1, new), (new, old), (0, new)):
        asked = await house.auditor.get(f"/ledger/consistency?from={start}&to={end}")
        assert asked.status_code == 404, (start, end)
    assert (await house.auditor.get("/ledger/consistency?from=x&to=1")).status_code == 400


async def test_a_statement_is_told_with_its_receipt_or_not_at_all(house: House) -> None:
    size = await published(house)
    told = await house.auditor.ask("{ ledgerEntries(last: 1) { edges { node { statement index receipt } } } }")
    node = told["ledgerEntries"]["edges"][0]["node"]
    answer = (await house.auditor.get(f"/ledger/statements/{node['statement']}")).json()
    assert (answer["state"], answer["index"]) == ("PUBLISHED", size - 1)
    assert answer["receipt"].keys() == {"payload", "payloadType", "signatures"}
    assert (await house.auditor.get(f"/ledger/statements/{'0' * 64}")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "checkpoints/0",
        "checkpoints/007",
        "checkpoints/99999",
        "checkpoints/..%2Fcheckpoint",
        "tile/0/..%2F..%2F..%2Fkeys%2Flog.json",
        "tile/64/000",
        "tile/0/1",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/entries/../../.signed",
        ".signed",
        "data/" + "0" * 64,
        "data/..%2F.signed",
        "../keys/log.json",
    ],
)
async def test_what_is_not_a_file_of_the_log_does_not_exist(house: House, path: str) -> None:
    assert (await house.auditor.http.get(f"/ledger/{path}")).status_code == 404


async def test_the_agreement_is_served_by_the_hash_that_the_log_names(house: House) -> None:
    sha256 = (await house.jakarta.ask("{ agreement { sha256 } }"))["agreement"]["sha256"]
    answer = await house.jakarta.http.get(f"/ledger/data/{sha256}")
    assert answer.status_code == 200
    assert b"FKD-MPU" in answer.content


async def test_each_kind_of_statement_has_a_schema_and_no_other_has(house: House) -> None:
    """Anybody's, without a token; and what is served admits what is signed, and not the same with one field more."""
    http = house.jakarta.http
    for leaf in golden.legal().leaves:
        body = json.loads(entries.parse(leaf).envelope.payload)
        answer = await http.get(f"/schemas/{body['kind']}/v1.json")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/schema+json")
        schema = answer.json()
        assert schema["$id"] == f"/schemas/{body['kind']}/v1.json"
        validator = jsonschema.Draft202012Validator(schema)
        assert validator.is_valid(body)
        assert not validator.is_valid({**body, "name_of_the_person": "x"})
    for path in ("handover.lost/v1.json", "handover.released/v2.json", "/v1.json", "..%2fvkey/v1.json"):
        assert (await http.get(f"/schemas/{path}")).status_code == 404


async def test_the_service_says_that_it_lives_and_is_ready(house: House) -> None:
    await published(house)
    assert [(await house.jakarta.http.get(path)).status_code for path in ("/livez", "/readyz")] == [200, 200]


async def test_the_service_is_not_ready_before_a_checkpoint_is_published(house: House) -> None:
    await published(house)
    (house.settings.published / "checkpoint").rename(house.settings.published / "taken away")
    answer = await house.jakarta.http.get("/readyz")
    (house.settings.published / "taken away").rename(house.settings.published / "checkpoint")
    assert (answer.status_code, answer.text) == (503, "not ready: checkpoint\n")
    assert (await house.jakarta.http.get("/livez")).status_code == 200


async def test_the_console_is_served_under_its_policy(house: House) -> None:
    page = await house.jakarta.http.get("/")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert (await house.jakarta.http.get("/console/console.js")).status_code == 200
    assert (await house.jakarta.http.get("/console/pages.py")).status_code == 404
