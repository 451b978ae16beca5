"""Provinces that act over HTTP while everything around them is killed, and keep what was acknowledged to them.

Promise: what stands in a `Ledger` was answered by the service, whole, and nothing else does.
Rules: a request without an answer, or answered 5xx, is sent again, the same, under the same idempotency key, until it
is answered. Some acts that were acknowledged are sent again on purpose, under their key or another one.
Elsewhere: what is killed, `tests.journeys.mortals`.
"""

import asyncio
import hashlib
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
import orjson

from tests.api.doors import ERRORS, PREPARE, PROVINCE, Door
from tests.api.test_handovers import ASSESS, HANDOVER, OPEN, REFERRAL, arriving, departing, examined
from tests.auth.partners import Partner
from tests.journeys.mortals import Forum

AWAY = frozenset({"UNAVAILABLE", "INTERNAL"})
READ = "query R%s($id: ID!) { case(id: $id) { person { identity { fullName nik } } } }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """One act that was answered: where it stands, by the host's word."""

    mutation: str
    statement: str
    index: int
    leaf: str
    receipt: str


@dataclass(slots=True)
class Ledger:
    """What was acknowledged to all of them together."""

    acts: list[Acknowledged] = field(default_factory=list)
    cases: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # number: party, id, name
    readings: list[tuple[str, str]] = field(default_factory=list)  # client and SHA-256 of the document
    counted: Counter[str] = field(default_factory=Counter)  # sent again, answered twice the same, ...


@dataclass(slots=True, kw_only=True)
class Province:
    """One province's software: any replica will do."""

    party: str
    doors: list[Door]
    ledger: Ledger
    chance: Random

    async def ask(self, query: str, **variables: object) -> Any:
        """The answer's data, from whoever gives one."""
        content = orjson.dumps({"query": query, "variables": variables})
        for _ in range(3000):
            door = self.chance.choice(self.doors)
            told = await self._answered(door, content)
            if told is not None:
                assert "errors" not in told, told
                return told["data"]
            self.ledger.counted["sent again"] += 1
            await asyncio.sleep(0.1)
        raise AssertionError("nobody answers")

    async def _answered(self, door: Door, content: bytes) -> Any | None:
        try:
            if not door._token and not await self._let_in(door):
                return None
            answer = await door.post(content)
        except httpx.TransportError:
            return None
        if answer.status_code == 401:
            door._token = ""
            return None
        if answer.status_code >= 500:
            self.ledger.counted[f"answered {answer.status_code}"] += 1
            return None
        assert answer.status_code == 200, answer.text
        told = answer.json()
        codes = {each.get("extensions", {}).get("code") for each in told.get("errors", ())}
        if codes & AWAY:
            self.ledger.counted["answered with an error"] += 1
            return None
        return told

    async def _let_in(self, door: Door) -> bool:
        sent = door.partner.token_request(scope=" ".join(sorted(door.scopes)))
        answer = await door.http.post(sent.path, headers=list(sent.headers), content=sent.body)
        if answer.status_code >= 500:
            return False
        assert answer.status_code == 200, answer.text
        door._token = answer.json()["access_token"]
        return True

    # -- acts -------------------------------------------------------------------------------------------------------
    async def open(self, number: str) -> Any:
        """A case of a person, assessed; both are acknowledged when this returns."""
        name = f"Orang {secrets.token_hex(6)}"
        person = {"fullName": name, "nik": "3578014505600001", "birthDate": "1960-05-05", "sex": "FEMALE"}
        given: dict[str, Any] = {"idempotencyKey": number, "number": number, "category": "GELANDANGAN"}
        given |= {"vulnerabilities": [], "person": person}
        payload = (await self.ask(OPEN, input=given))["openCase"]
        assert payload["errors"] == [], payload
        case = payload["case"]
        self.ledger.cases[number] = (self.party, case["id"], name)
        if self.chance.random() < 0.3:
            again = (await self.ask(OPEN, input=given))["openCase"]
            assert again["case"]["id"] == case["id"]
            self.ledger.counted["repeated"] += 1
        given = {"idempotencyKey": number, "expectedVersion": case["version"], "case": case["id"]}
        given |= {"risk": "MEDIUM", "vulnerabilities": ["ELDERLY"]}
        payload = (await self.ask(ASSESS, input=given))["assessCase"]
        assert payload["errors"] == [], payload
        return payload["case"]

    async def act(self, mutation: str, kind: str, version: int, selection: str, **facts: object) -> Any:
        """Prepare, sign, hand in; acknowledged when this returns."""
        signer = {"key": self.doors[0].name}
        told = (await self.ask(PREPARE, input={kind: {**facts, "signer": signer}}))["prepareStatement"]
        assert told["errors"] == [], told
        prepared: Mapping[str, Any] = told["preparedStatement"]
        given = self.doors[0].submission(prepared, version, f"{mutation}-{prepared['statementId']}")
        document = f"mutation($input: StatementInput!) {{ {mutation}(input: $input) {{ {selection} {ERRORS} }} }}"
        payload = (await self.ask(document, input=given))[mutation]
        assert payload["errors"] == [], payload
        entry = payload["entry"]
        self.ledger.acts.append(
            Acknowledged(
                mutation=mutation,
                statement=prepared["statementId"],
                index=entry["index"],
                leaf=entry["leaf"],
                receipt=entry["receipt"],
            )
        )
        if self.chance.random() < 0.3:
            await self._repeat(document, mutation, given, entry)
        return payload

    async def _repeat(self, document: str, mutation: str, given: dict[str, Any], entry: Mapping[str, Any]) -> None:
        """What was acknowledged, once more: the same answer under its key, and never a second entry under another."""
        again = (await self.ask(document, input=given))[mutation]
        told = [(each["index"], each["leaf"], each["receipt"]) for each in (again["entry"], entry)]
        assert told[0] == told[1]
        other = {**given, "idempotencyKey": secrets.token_hex(16)}
        anew = (await self.ask(document, input=other))[mutation]
        assert anew["entry"] is None or anew["entry"]["index"] == entry["index"], anew
        self.ledger.counted["repeated"] += 2

    async def read(self, case: str, name: str) -> None:
        """A person's identity, by a document that nobody else asks."""
        document = READ % secrets.token_hex(8)
        told = await self.ask(document, id=case)
        assert told["case"]["person"]["identity"]["fullName"] == name
        client = self.doors[0].partner.client_id
        self.ledger.readings.append((client, hashlib.sha256(document.encode()).hexdigest()))


async def hand_over(sender: Province, receiver: Province, number: str) -> None:
    """One person's whole way, from one province to another."""
    case = await sender.open(number)
    await sender.read(case["id"], sender.ledger.cases[number][2])
    sent = await sender.act(
        "sendReferral", "referralSent", case["version"], REFERRAL, case=case["id"], to=receiver.party
    )
    referral = sent["referral"]
    one = {"referral": referral["id"]}
    taken = await receiver.act("acceptReferral", "referralAccepted", referral["version"], REFERRAL, **one)
    version = taken["referral"]["version"]
    fit = await sender.act("certifyFitness", "fitnessCertified", version, REFERRAL, **one, **examined())
    version = fit["referral"]["version"]
    left = await sender.act("releaseHandover", "handoverReleased", version, HANDOVER, **one, **departing())
    handover = {"handover": left["handover"]["id"]}
    version = left["handover"]["version"]
    await receiver.act("receiveHandover", "handoverReceived", version, HANDOVER, **handover, **arriving())
    sender.ledger.counted["handed over"] += 1


def provinces(forum: Forum, lines: list[httpx.AsyncClient], ledger: Ledger, chance: Random) -> list[Province]:
    """Everybody, at every replica's door."""
    made = []
    for party, key in forum.founded.keys.items():
        client = forum.founded.clients[party]
        jwks = [{**each, "alg": "Ed25519"} for each in (client.client_jwk, client.dpop_jwk)]
        partner = Partner(forum.urls[0], client.client_id, client_jwk=jwks[0], dpop_jwk=jwks[1])
        doors = [
            Door(
                http=line,
                partner=partner,
                signing=key.signing,
                name=key.name,
                scopes=PROVINCE & frozenset(client.scopes),
            )
            for line in lines
        ]
        made.append(Province(party=party, doors=doors, ledger=ledger, chance=Random(chance.random())))  # noqa: S311  # the same story each time
    return made
