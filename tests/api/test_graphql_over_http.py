"""GraphQL over HTTP as others understand it: the audits of npm's `graphql-http` against a server on a real port.

Promise: every MUST and every SHOULD is met, and of the MAY only what is named here is not.
Elsewhere: what the audits send and what is added to it, `audits/audit.mjs`; our own words for it, `test_envelopes.py`.
"""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.api import packages
from tests.api.streets import Street

AUDITS = Path(__file__).with_name("audits")
NO_QUERY_BY_GET = {"5A70", "6A70", "D6D5"}  # a URL is logged by whatever it passes, and may be sent by any page
ALL = 61  # of graphql-http 1.23.1: one that is no longer run would be missed here


@pytest.fixture(scope="module")
def node() -> str:
    return packages.node()


@pytest.fixture(scope="module")
def installed(node: str) -> Path:
    return packages.installed(AUDITS)


async def audited(node: str, **told: Any) -> list[dict[str, Any]]:
    running = await asyncio.create_subprocess_exec(
        node,
        str(AUDITS / "audit.mjs"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(20):
            out, said = await running.communicate(json.dumps(told).encode())
    finally:
        if running.returncode is None:
            running.kill()
    assert running.returncode == 0, said.decode()
    found: list[dict[str, Any]] = json.loads(out)
    return found


async def test_every_must_and_every_should_of_the_audits_is_met(installed: Path, node: str, street: Street) -> None:
    partner, url = street.jakarta.partner, f"{street.url}/graphql"
    token, target = await street.jakarta.token(), f"{partner.issuer}/graphql"
    results = await audited(
        node, packages=str(installed), url=url, target=target, token=token, key=dict(partner.dpop_jwk)
    )
    unmet = {each["id"]: each for each in results if each["status"] != "ok"}
    assert {name: each for name, each in unmet.items() if not each["name"].startswith("MAY")} == {}
    assert set(unmet) == NO_QUERY_BY_GET, unmet
    assert {each["response"]["status"] for each in unmet.values()} == {405}
    assert len(results) == ALL
    kinds = Counter(each["name"].split()[0] for each in results)
    assert kinds == {"MUST": 13, "SHOULD": 23, "MAY": 25}


async def test_an_audit_without_its_token_or_with_another_key_is_met_by_401_throughout(
    installed: Path, node: str, street: Street
) -> None:
    """Otherwise the audits would say nothing of the door that partners come through."""
    partner, other = street.jakarta.partner, street.east_java.partner
    told = {"packages": str(installed), "url": f"{street.url}/graphql", "target": f"{partner.issuer}/graphql"}
    token = await street.jakarta.token()
    for bent in ({"token": "x", "key": dict(partner.dpop_jwk)}, {"token": token, "key": dict(other.dpop_jwk)}):
        results = await audited(node, **told, **bent)
        refused = [each["response"]["status"] for each in results if each["status"] == "error"]
        assert refused == [401] * len(refused)
        assert len(refused) == 13
