"""A full handover act over HTTP, and what the checks of one request take.

    python -m benchmarks.acts FOLDER --cases 100000 --acts 400 --rounds 5

Promise: an act is prepared, signed and handed in, each over HTTP with a token and a proof of its own, by officers' keys
that the log knows, on referrals that wait for it; everything that it leads to is in the database when it is answered.
Rules: processor time is that of the service's process between first and last act, divided by the acts: two requests
each. The checks are taken apart in this process, without HTTP: token, proof, and their state in PostgreSQL.
Elsewhere: who waits, `benchmarks.populations`; where the time goes, `benchmarks.profiles`.
"""

import argparse
import asyncio
import base64
import hashlib
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import orjson
import psutil  # type: ignore[import-untyped]  # it has no types

import auth.gates
from auth import resources
from benchmarks import entrants, generators, houses, partners, reports, worlds
from benchmarks.houses import House
from benchmarks.meters import Aim, Clock, Sample, Spread
from benchmarks.partners import Partner
from casework.conditions import ITEMS
from database import engines
from ledger import envelopes
from operations import host_keys
from reading.ids import id_of

AT_ONCE = 16
ERRORS = "errors { __typename code path message }"
PREPARE = f"""mutation($input: PrepareStatementInput!) {{ prepareStatement(input: $input) {{
  preparedStatement {{ payloadType payload bytesToSign statementId openings {{ name value salt }} }} {ERRORS} }} }}"""
RELEASE = f"""mutation($input: StatementInput!) {{ releaseHandover(input: $input) {{
  handover {{ id status }} referral {{ id status version }} entry {{ id index receipt }} {ERRORS} }} }}"""
WAITING = """
    select r.id, r.from_party, r.version from referral r join fitness_certificate f on f.referral_id = r.id
    where r.status = 'ACCEPTED' and f.certified_at > now() - interval '71 hours'
        and not exists (select from handover h where h.referral_id = r.id)
    order by sha256(r.id::text::bytea) limit $1
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A referral whose person may leave."""

    referral: str
    party: str
    version: int


async def waiting(house: House, wanted: int) -> list[Waiting]:
    """So many of them, of all provinces."""
    connection = await asyncpg.connect(house.superuser)
    try:
        rows = await connection.fetch(WAITING, wanted)
    finally:
        await connection.close()
    if len(rows) < wanted:
        raise SystemExit(f"only {len(rows)} of {wanted} referrals wait: ask for fewer, or for more cases")
    return [Waiting(row["id"].hex, row["from_party"], row["version"]) for row in rows]


class Desk:
    """One connection, kept alive, of an officer who asks and waits."""

    def __init__(self, port: int, number: int) -> None:
        self.port, self.number = port, number
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, partner: Partner, document: str, given: Mapping[str, object]) -> Any:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        body = orjson.dumps({"query": document, "variables": {"input": given}})
        writer.write(generators.post(body, *partner.headers()))
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        told = orjson.loads(await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0])))
        payload = next(iter((told.get("data") or {}).values()), None)
        if payload is None or payload["errors"]:
            raise SystemExit(f"an act that was refused: {told}")
        return payload

    async def release(self, of: Waiting, partner: Partner) -> None:
        """The whole act."""
        name = f"{of.party}/k{hashlib.sha256(f'{of.party}/{self.number % worlds.KEYS}'.encode()).hexdigest()[:32]}"
        given = {
            "handoverReleased": {"referral": id_of("Referral", of.referral), "signer": {"key": name}, **departing()}
        }
        prepared = (await self.ask(partner, PREPARE, given))["preparedStatement"]
        payload = base64.b64decode(prepared["payload"])
        envelope = envelopes.encode(envelopes.seal(prepared["payloadType"], payload, [worlds.key(name)]))
        submitted = {
            "idempotencyKey": prepared["statementId"][:32], "expectedVersion": of.version,
            "envelope": envelope.decode(), "openings": prepared["openings"],
        }  # fmt: skip
        await self.ask(partner, RELEASE, submitted)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


def departing() -> dict[str, object]:
    now = datetime.now(UTC)
    told = {"happenedAt": now - timedelta(minutes=5), "plannedArrival": now + timedelta(hours=12)}
    return {
        "leg": 1, "term": "PT24H", "condition": dict.fromkeys(ITEMS, "GOOD"), "carrier": "Bus 12", "officer": "Budi",
        "place": "Terminal Pulo Gebang", **{name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in told.items()},
    }  # fmt: skip


async def acted(house: House, acts: int, rounds: int, **knobs: str) -> list[Sample]:
    """Rounds of so many acts each."""
    found, those, split = [], await waiting(house, acts * (rounds + 1)), entrants.cores()
    async with entrants.service(house, split, **knobs) as service:
        parties = sorted({each.party for each in those})
        known = await partners.registered(house, f"http://localhost:{service.port}", *parties)
        postgres = Clock(psutil.Process(house.server.pid))
        with entrants.apart(house, split):
            for number in range(rounds + 1):
                sample = await _round(service, postgres, known, those[acts * number : acts * (number + 1)])
                told = f"{sample.per_second:.0f} acts a second, {sample.server_ms:.2f} + {sample.postgres_ms:.2f} ms"
                sys.stderr.write(f"acts, round {number} of {rounds}: {told}\n")
                found.append(sample)
    return found[1:]  # the first has compiled plans and statements


async def _round(
    service: entrants.Entrant, postgres: Clock, known: Mapping[str, Partner], some: list[Waiting]
) -> Sample:
    left, took = iter(some), []

    async def officer(desk: Desk) -> None:
        for of in left:
            began = time.perf_counter()
            await desk.release(of, known[of.party])
            took.append(time.perf_counter() - began)
        desk.close()

    for partner in known.values():
        partner.token()  # before the clock starts
    server = Clock(service.process)
    before, began = (server.seconds(), postgres.seconds()), time.perf_counter()
    await asyncio.gather(*(officer(Desk(service.port, number)) for number in range(AT_ONCE)))
    wall, after = time.perf_counter() - began, (server.seconds(), postgres.seconds())
    return Sample(
        per_second=len(some) / wall,
        server_ms=1000 * (after[0] - before[0]) / len(some),
        postgres_ms=1000 * (after[1] - before[1]) / len(some),
        middle_ms=1000 * sorted(took)[len(took) // 2],
        requests=2 * len(some),
    )


async def checked(house: House, requests: int, rounds: int) -> list[float]:
    """Milliseconds of this process's CPU for one request's token, proof and state."""
    databases, issuer = await engines.open_databases(house.address), f"http://localhost:{entrants.free_port()}"
    own = host_keys.read(house.folder / "keys")
    try:
        async with entrants.service(house, None) as service:
            issuer = f"http://localhost:{service.port}"
            partner = (await partners.registered(house, issuer, entrants.PARTY))[entrants.PARTY]
            partner.token()
        gate = auth.gates.build(issuer=issuer, keys=own.oauth, engine=databases.auth)
        return [await _checks(gate, partner, requests) for _ in range(rounds + 1)][1:]
    finally:
        await databases.close()


async def _checks(gate: auth.gates.Gate, partner: Partner, requests: int) -> float:
    asked: list[Any] = [list(_raw(partner.headers())) for _ in range(requests)]
    began = time.process_time()
    for headers in asked:
        await resources.enter("POST", "/graphql", headers, gate)
    return 1000 * (time.process_time() - began) / requests


def _raw(headers: list[str]) -> Iterator[tuple[bytes, bytes]]:
    for line in headers:
        name, _, value = line.partition(": ")
        yield name.encode(), value.encode()


def aims(acts: list[Sample], checks: list[float]) -> list[Aim]:
    spent = Spread.of([each.server_ms for each in acts])
    return [
        Aim(name="a full handover act over HTTP, ms of server CPU", wanted=4.0, found=spent, at_most=True),
        Aim(name="token, proof and state of one request, ms of CPU", wanted=1.0, found=Spread.of(checks), at_most=True),
    ]


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(description="Measure a handover act, and the checks of a request.")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--cases", type=int, default=100_000)
    asked.add_argument("--acts", type=int, default=400)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--results", type=Path)
    given = asked.parse_args()
    with houses.opened(given.folder, given.cases) as house:
        checks = asyncio.run(checked(house, 2000, given.rounds))
        acts = asyncio.run(acted(house, given.acts, given.rounds))
    sys.stdout.write(f"{reports.race({'prepare, sign, release': acts})}\n\n{reports.aimed(aims(acts, checks))}\n")
    if given.results is not None:
        figures = {**reports.plain({"act": {"prepare, sign, release": acts}}), "checks": checks}
        reports.keep(given.results, "act", figures, aims(acts, checks))


if __name__ == "__main__":
    main()
