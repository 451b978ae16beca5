"""The sidecar's desk: it signs what was asked for and allowed; an act that it took in is done once, come what may."""

import asyncio
import json
import os
import random
import signal
import stat
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

import cli.connect.upstreams
from auth import secret_files
from cli import key_files, prepared
from cli.audit.credentials import read as credentials_in
from cli.audit.endings import Stopped
from cli.connect import acts, commands, policies, signers, stores, upstreams
from cli.connect.answers import Refusal
from cli.connect.desks import Desk
from cli.connect.queues import KEPT, Queue, State
from cli.key_files import StatementKey
from database.addresses import Address
from database.engines import Databases
from ledger import statements
from operations.preparations import ReferralSentInput
from reading.ids import id_of
from tests.cli import sidecars
from tests.cli.sidecars import Beside, Place
from tests.cli.starts import ROOT, environment, free_port
from tests.conftest import SOAK
from tests.operations import worlds
from tests.operations.worlds import EAST_JAVA, JAKARTA, WEST_JAVA

TRUSTED = "http://localhost:3000"


@pytest.fixture
async def place(databases: Databases, address: Address, tmp_path: Path) -> AsyncIterator[Place]:
    async with sidecars.place(databases, address, tmp_path) as place:
        yield place


def act(key: str, version: int, member: str, **facts: object) -> dict[str, object]:
    return {"idempotencyKey": key, "expectedVersion": version, "statement": {member: facts}}


async def sending(place: Place, key: str, to: str = EAST_JAVA) -> dict[str, object]:
    """An act that refers a new case."""
    return act(key, 2, "referralSent", case=id_of("Case", await place.world.assessed_case()), to=to)


async def told(side: Beside, given: dict[str, object], status: int = 200) -> dict[str, Any]:
    answer = await side.http.post("/act", json=given)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


async def entries(superuser: Any, kind: str = "referral.sent") -> int:
    return int(await superuser.fetchval("select count(*) from ledger_entry where kind = $1", kind))


def hour(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


GOOD = dict.fromkeys(("consciousness", "mobility", "injury", "illness", "nutrition", "mental"), "GOOD")


async def test_two_provinces_hand_a_person_over_by_their_sidecars(place: Place) -> None:
    async with AsyncExitStack() as ends:
        sides = {}
        await ends.enter_async_context(place.open())
        for party in (JAKARTA, EAST_JAVA):
            signer = ends.enter_context(sidecars.signing(place, party))
            file = await place.client(f"panti-{party}", party)
            sides[party] = await ends.enter_async_context(sidecars.beside(file, signer=signer))
        one, other = sides[JAKARTA], sides[EAST_JAVA]
        sent = await told(one, await sending(place, "1"))
        assert sent["state"] == "done", sent
        assert sent["sentence"]["en"].startswith("ID-JK refers")
        referral = sent["answer"]["referral"]["id"]
        steps = [
            (other, 1, "referralAcknowledged", {"referral": referral}),
            (other, 2, "referralAccepted", {"referral": referral}),
            (
                one,
                3,
                "fitnessCertified",
                {
                    "referral": referral,
                    "leg": 1,
                    "fitness": "FIT",
                    "examinedAt": hour(-1),
                    "officer": "dr. A",
                    "place": "B",
                },
            ),
            (
                one,
                4,
                "handoverReleased",
                {
                    "referral": referral,
                    "leg": 1,
                    "term": "PT24H",
                    "condition": GOOD,
                    "carrier": "Bus 12",
                    "happenedAt": hour(0),
                    "officer": "Budi",
                    "paper": None,
                    "place": "Terminal",
                    "plannedArrival": hour(12),
                },
            ),
        ]
        answers = [await told(s, act(f"k{n}", v, member, **facts)) for n, (s, v, member, facts) in enumerate(steps)]
        assert [each["state"] for each in answers] == ["done"] * 4, answers
        handover = answers[-1]["answer"]["handover"]["id"]
        worse = GOOD | {"injury": "POOR"}
        facts = {"agrees": False, "condition": worse, "happenedAt": hour(0), "officer": "Wati", "place": "Purabaya"}
        received = await told(other, act("r", 1, "handoverReceived", handover=handover, **facts))
        assert received["state"] == "done", received
        assert received["receiptFault"] is None
    report = await place.world.audited(place.folder / "log")
    assert report.findings == ()
    assert received["statement"] in {signed.last for signed in report.signed.values()}


async def test_a_repeated_act_is_the_same_act_and_its_key_stands_for_no_other(place: Place, superuser: Any) -> None:
    with sidecars.signing(place) as signer:
        async with place.open(), sidecars.beside(await place.client("p"), signer=signer) as side:
            given = await sending(place, "once")
            answers = await asyncio.gather(*(side.http.post("/act", json=given) for _ in range(5)))
            assert {each.text for each in answers} == {answers[0].text}
            assert answers[0].json()["state"] == "done"
            other = await side.http.post("/act", json=await sending(place, "once"))
            assert (other.status_code, code(other)) == (409, "IDEMPOTENCY_KEY_REUSED")
            listed = (await side.http.get("/queue")).json()
            assert [each["state"] for each in listed["acts"]] == ["done"]
            assert (await side.http.get("/queue/1")).json()["answer"]["entry"]["receipt"]
            assert (await side.http.get("/queue/2")).status_code == 404
        assert await entries(superuser) == 1
        assert len(signer.today()[1]) == 1


async def test_acts_wait_while_the_service_is_away_and_go_in_their_order(place: Place, superuser: Any) -> None:
    file = await place.client("p")
    referral = await place.world.accepted()
    facts = {"referral": id_of("Referral", referral), "leg": 1, "fitness": "FIT", "examinedAt": hour(-1)}
    given = [
        act("certify", 2, "fitnessCertified", **facts, officer="Budi Rahasia", place="Panti"),
        await sending(place, "later"),
    ]
    with sidecars.signing(place) as signer:
        async with sidecars.beside(file, signer=signer) as side:
            for number, each in enumerate(given, 1):
                answer = await told(side, each, 202)
                assert (answer["id"], answer["state"]) == (number, "waiting")
                assert "cannot be reached" in answer["waitingFor"]
            assert [each["state"] for each in (await side.http.get("/queue")).json()["acts"]] == ["waiting"] * 2
        files = sorted((signer.store.path / "queue").iterdir())
        assert len(files) == 2
        for kept in [*signer.store.path.iterdir(), *files]:
            assert stat.S_IMODE(kept.stat().st_mode) == (0o700 if kept.is_dir() else 0o600), kept
        assert not any(b"Rahasia" in kept.read_bytes() or b"certify" in kept.read_bytes() for kept in files)
    with sidecars.signing(place) as signer:
        async with place.open(), sidecars.beside(file, signer=signer) as side:
            ends = [await told(side, each) for each in given]
            assert [each["state"] for each in ends] == ["done", "done"], ends
            index = [each["answer"]["entry"]["index"] for each in ends]
            assert index == sorted(index)
        assert [signer.store.read(n)["facts"] for n in (1, 2)] == [None, None]
        assert [signer.store.read(n)["submission"] for n in (1, 2)] == [None, None]
        assert "Rahasia" not in json.dumps([signer.store.read(n) for n in (1, 2)])
    assert (await entries(superuser, "fitness.certified"), await entries(superuser)) == (1, 2)


async def test_an_act_that_the_service_refuses_ends_with_its_reason_and_lets_the_next_pass(place: Place) -> None:
    with sidecars.signing(place) as signer:
        async with place.open(), sidecars.beside(await place.client("p"), signer=signer) as side:
            stale = await sending(place, "stale") | {"expectedVersion": 7}
            refused = await told(side, stale)
            assert (refused["state"], refused["errors"][0]["code"]) == ("refused", "STALE_VERSION")
            unknown = await told(side, act("u", 1, "referralAccepted", referral="x"))
            assert (unknown["state"], unknown["errors"][0]["code"]) == ("refused", "NOT_FOUND")
            wrong = await told(side, act("w", 1, "referralAccepted", referal="x"))
            assert (wrong["state"], wrong["errors"][0]["extensions"]["code"]) == ("refused", "BAD_REQUEST")
            assert (await told(side, await sending(place, "good")))["state"] == "done"


async def test_an_envelope_that_grew_too_old_is_made_anew(place: Place, superuser: Any) -> None:
    """It waited for more than 72 hours: it is in no log, since the service looks there first."""
    with sidecars.signing(place) as signer:
        async with place.open(), upstreams.opened(credentials_in(await place.client("p"))) as upstream:
            desk = Desk(signer, Queue(signer.store), upstream)
            entry, _ = desk.queue.take(acts.asked(await sending(place, "1")), signer.now())
            await desk.further(entry)
            ready = desk.queue.entries[1]
            assert ready.state is State.SIGNED
            await superuser.execute(
                "create or replace function clock_now() returns timestamptz language sql stable as"
                " $$ select date_trunc('second', now(), 'UTC') + interval '73 hours' $$"
            )
            await desk.further(ready)
            again = desk.queue.entries[1]
            assert (again.state, again.submission, again.statement) == (State.WAITING, None, None)
    assert await entries(superuser) == 0


# -- what it does not sign ---------------------------------------------------------------------------------------------
async def test_what_the_policy_does_not_allow_is_refused_and_leaves_no_trace(place: Place, superuser: Any) -> None:
    limits: dict[str, Any] = {"kinds": frozenset({"referral.sent"}), "to": frozenset({EAST_JAVA}), "daily": 2}
    with sidecars.signing(place, **limits) as signer:
        async with place.open(), sidecars.beside(await place.client("p"), signer=signer) as side:
            before = {each: each.read_bytes() for each in signer.store.path.rglob("*") if each.is_file()}
            kind = await side.http.post("/act", json=act("k", 1, "referralAccepted", referral="x"))
            assert (kind.status_code, code(kind)) == (403, "POLICY")
            assert "referral.accepted" in kind.text
            assert {each: each.read_bytes() for each in signer.store.path.rglob("*") if each.is_file()} == before
            elsewhere = await told(side, await sending(place, "to", WEST_JAVA))
            assert (elsewhere["state"], elsewhere["errors"][0]["code"]) == ("refused", "POLICY")
            assert not signer.store.tally.exists()
            for key in ("1", "2"):
                assert (await told(side, await sending(place, key)))["state"] == "done"
            third = await sending(place, "3")
            for _ in range(2):
                over = await side.http.post("/act", json=third)
                assert (over.status_code, code(over)) == (403, "DAILY_CAP")
    with sidecars.signing(place, **limits) as signer:  # restarted
        async with place.open(), sidecars.beside(await place.client("q"), signer=signer) as side:
            over = await side.http.post("/act", json=third)
            assert (over.status_code, code(over)) == (403, "DAILY_CAP")
        yesterday = replace(signer, now=lambda: datetime.now(UTC) - timedelta(days=1))
        with pytest.raises(Refusal):  # a clock that was set back gives no new day
            yesterday.require_room(0)
        tomorrow = replace(signer, now=lambda: datetime.now(UTC) + timedelta(days=1))
        tomorrow.require_room(1)
    assert await entries(superuser) == 2


async def test_what_waits_counts_against_the_daily_cap(place: Place) -> None:
    with sidecars.signing(place, daily=2) as signer:
        async with sidecars.beside(await place.client("p"), signer=signer) as side:
            for key in ("1", "2"):
                await told(side, await sending(place, key), 202)
            over = await side.http.post("/act", json=await sending(place, "3"))
            assert (over.status_code, code(over)) == (403, "DAILY_CAP")


PREPARED = ("payloadType", "payload", "bytesToSign", "statementId")


def document(found: Any) -> dict[str, Any]:
    """A prepared statement as the service's GraphQL tells it."""
    names = (found.payload_type, found.payload, found.bytes_to_sign, found.statement_id)
    return dict(zip(PREPARED, names, strict=True)) | {"openings": [asdict(each) for each in found.openings]}


async def test_sign_signs_a_prepared_statement_and_pages_never_do(place: Place, superuser: Any) -> None:
    case = await place.world.assessed_case()
    with sidecars.signing(place) as signer:
        async with place.open(), sidecars.beside(await place.client("p"), TRUSTED, signer=signer) as side:
            ready = document(await place.world.prepared(JAKARTA, ReferralSentInput(case=case, to=EAST_JAVA)))
            assert (await side.http.get("/sign")).json() == {"key": signer.key.name, "keyPrev": None, "seen": None}
            first = (await side.http.post("/sign", json=ready)).json()
            again = (
                await side.http.post("/sign", json={"data": {"prepareStatement": {"preparedStatement": ready}}})
            ).json()
            assert first == again
            assert len(signer.today()[1]) == 1
            given = {
                "idempotencyKey": "1",
                "expectedVersion": 2,
                "envelope": first["envelope"],
                "openings": ready["openings"],
            }
            sent = await side.ask(acts.ACTS["referralSent"].document, input=given)
            assert sent.json()["data"]["sendReferral"]["errors"] == [], sent.text
            noted = await side.http.post("/receipt", json=sent.json())
            assert noted.json() == {"keyPrev": first["statementId"]}
            assert (await side.http.post("/receipt", json={"data": {}})).status_code == 422
            stale = await side.http.post("/sign", json=ready)
            assert (stale.status_code, code(stale)) == (422, "NOT_SIGNED")  # it names another past
            before = signer.store.state.read_bytes(), signer.store.tally.read_bytes()
            bent = ready | {"statementId": "0" * 64}
            for content in (bent, {}, {"payload": 1}):
                answer = await side.http.post("/sign", json=content)
                assert (answer.status_code, code(answer)) == (422, "NOT_SIGNED"), answer.text
            for method, path in (
                ("POST", "/sign"),
                ("POST", "/act"),
                ("POST", "/receipt"),
                ("GET", "/queue"),
                ("GET", "/sign"),
            ):
                headers = {"origin": TRUSTED, "content-type": "application/json"}
                answer = await side.http.request(method, path, headers=headers, content=b"{}")
                assert (answer.status_code, code(answer)) == (403, "FORBIDDEN_ORIGIN"), path
            form = await side.http.post("/act", content=b"{}", headers={"content-type": "text/plain"})
            assert form.status_code == 415
            assert (signer.store.state.read_bytes(), signer.store.tally.read_bytes()) == before
        async with sidecars.beside(await place.client("q")) as keyless:
            assert (await keyless.http.post("/sign", json=ready)).status_code == 404
    assert await entries(superuser) == 1


async def test_a_body_that_says_something_else_than_was_asked_is_not_signed(place: Place) -> None:
    """The service prepares; what it slips in, changes or dates otherwise is caught before it is signed."""
    referral = await place.world.certified()
    asked = worlds.release(referral)
    found = await place.world.prepared(JAKARTA, asked)
    facts: dict[str, object] = {
        "referral": id_of("Referral", referral),
        "leg": 1,
        "term": "PT24H",
        "condition": GOOD,
        "carrier": "Bus 12",
        "happenedAt": asked.happened_at.astimezone(UTC).isoformat(),
        "officer": "Budi",
        "place": "Terminal Pulo Gebang",
        "plannedArrival": asked.planned_arrival.isoformat(),
    }
    examined, row = prepared.examine(document(found)), acts.ACTS["handoverReleased"]
    acts.require_as_asked(examined, row, facts)
    acts.require_as_asked(examined, row, facts | {"paper": None})
    bent: list[dict[str, object]] = [
        facts | {"referral": id_of("Referral", UUID(int=1))},
        facts | {"referral": "x"},
        facts | {"leg": 2},
        facts | {"leg": True},
        facts | {"term": "PT6H"},
        facts | {"condition": GOOD | {"injury": "POOR"}},
        facts | {"officer": "Wati"},
        facts | {"paper": "0" * 64},
        facts | {"happenedAt": hour(-3)},
        facts | {"strange": 1},
        {name: value for name, value in facts.items() if name != "carrier"},
    ]
    for each in bent:
        with pytest.raises(Refusal) as refused:
            acts.require_as_asked(examined, row, each)
        assert refused.value.told.code == "NOT_SIGNED"
    with pytest.raises(Refusal, match=r"handover\.received"):
        acts.require_as_asked(examined, acts.ACTS["handoverReceived"], facts)
    with sidecars.signing(place) as signer:
        late = replace(signer, now=lambda: datetime.now(UTC) + timedelta(minutes=11))
        with pytest.raises(Refusal, match="clock"):
            late.sign(document(found))
        with pytest.raises(Refusal, match="another log"):
            replace(signer, policy=replace(signer.policy, log="other.example/1")).sign(document(found))
        assert not signer.store.tally.exists()


def test_the_table_of_acts_is_the_languages_own() -> None:
    schema = (ROOT / "schema" / "schema.graphql").read_text()
    members = schema.split("input PrepareStatementInput @oneOf {")[1].split("\n}")[0]
    told = {
        line.split(":")[0].strip()
        for line in members.splitlines()
        if ": " in line and '"""' not in line and "/" not in line
    }
    assert told == set(acts.ACTS)
    for row in acts.ACTS.values():
        assert row.kind in statements.KINDS
        assert f"  {row.mutation}(" in schema


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"kinds": [], "daily": 1},
        {"kinds": ["referral.sent"]},
        {"kinds": ["referral.sent"], "daily": 0},
        {"kinds": ["referral.sent"], "daily": True},
        {"kinds": ["referral.sent"], "daily": 10_001},
        {"kinds": ["key.added"], "daily": 1},
        {"kinds": ["referral.expired"], "daily": 1},
        {"kinds": ["referral.sent"], "daily": 1, "dayly": 2},
        {"kinds": "referral.sent", "daily": 1},
        {"kinds": ["referral.sent"], "daily": 1, "to": "ID-JI"},
        {"kinds": ["referral.sent"], "daily": 1, "host": "x"},
    ],
)
def test_a_policy_that_is_not_understood_is_none(policy: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    with pytest.raises(Stopped, match=r"policy\.json"):
        policies.read(tmp_path / "policy.json")


@pytest.mark.parametrize(
    "sent",
    [
        [],
        {"idempotencyKey": "k", "expectedVersion": 1},
        act("", 1, "referralAccepted"),
        act("k\n", 1, "referralAccepted"),
        act("k" * 201, 1, "referralAccepted"),
        act("k", -1, "referralAccepted"),
        {"idempotencyKey": "k", "expectedVersion": True, "statement": {"referralAccepted": {}}},
        act("k", 1, "keyAdded"),
        {"idempotencyKey": "k", "expectedVersion": 1, "statement": {}},
        {"idempotencyKey": "k", "expectedVersion": 1, "statement": {"referralAccepted": {}, "referralSent": {}}},
        act("k", 1, "referralAccepted", signer={"key": "mine"}),
        act("k", 1, "referralAccepted") | {"more": 1},
    ],
)
def test_what_is_no_act_is_told_so(sent: object) -> None:
    with pytest.raises(Refusal) as refused:
        acts.asked(sent)
    assert refused.value.told.status == 400


# -- what is kept ------------------------------------------------------------------------------------------------------
KEY = key_files.new("ID-JK")


def test_a_folder_is_one_sidecars_at_a_time_and_opens_under_its_key_only(tmp_path: Path) -> None:
    with stores.opened(tmp_path / "s", KEY) as store:
        store.write(1, {"a": "b"})
        with pytest.raises(Stopped, match="another sidecar"), stores.opened(tmp_path / "s", KEY):
            pass
    other = StatementKey(name=KEY.name, signing=key_files.new("ID-JK").signing)
    with stores.opened(tmp_path / "s", other) as store, pytest.raises(Stopped, match="cannot be opened"):
        Queue(store)
    with stores.opened(tmp_path / "s", KEY) as store:
        assert store.read(1) == {"a": "b"}
        store.file(1).chmod(0o644)
        with pytest.raises(Stopped, match="others can read"):
            store.read(1)


def test_acts_that_ended_long_ago_are_forgotten_and_numbers_are_given_once(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with stores.opened(tmp_path / "s", KEY) as store:
        queue = Queue(store)
        made = [queue.take(acts.asked(act(k, 1, "referralAccepted", referral="x")), now)[0] for k in "abc"]
        for each in made[:2]:
            queue.end(each, State.DONE)
        queue.forget(now + KEPT - timedelta(hours=1))
        assert store.numbers() == [1, 2, 3]
        queue.forget(now + KEPT + timedelta(hours=1))
        assert store.numbers() == [3]
        queue.end(made[2], State.REFUSED)
        queue.forget(now + KEPT + timedelta(hours=1))
        assert Queue(store).take(acts.asked(act("d", 1, "referralAccepted")), now)[0].number == 4


def test_without_knowing_whose_receipts_to_believe_it_does_not_begin(tmp_path: Path) -> None:
    policy = policies.Policy(kinds=policies.SIGNED_ALONE, daily=1)
    with stores.opened(tmp_path / "s", KEY) as store:
        with pytest.raises(Stopped, match="which key signs"):
            signers.ready(KEY, policy, store, None)
        assert not store.state.exists()
        one, other = replace(policy, host="a" * 64), replace(policy, host="b" * 64)
        assert signers.ready(KEY, one, store, None).key == KEY
        assert signers.ready(KEY, policy, store, None).key == KEY  # remembered
        before = store.state.read_bytes()
        with pytest.raises(Stopped, match="different keys"):
            signers.ready(KEY, other, store, None)
        assert store.state.read_bytes() == before


@pytest.mark.parametrize("words", [["--key", "k.json"], ["--policy", "p.json"]])
def test_a_key_goes_with_a_policy(words: list[str], tmp_path: Path) -> None:
    with pytest.raises(Stopped, match="go together"):
        commands.connect(
            client_file(tmp_path),
            key_file=tmp_path / words[1] if words[0] == "--key" else None,
            policy_file=tmp_path / words[1] if words[0] == "--policy" else None,
        )


def client_file(folder: Path) -> Path:
    """A client's file that reads."""
    jwk = key_files.private_jwk(KEY.signing)
    told = {
        "issuer": "http://localhost:1",
        "client_id": "p",
        "party": "ID-JK",
        "scopes": ["cases:read"],
        "client_jwk": jwk,
    }
    (folder / "c.json").write_text(json.dumps(told))
    return folder / "c.json"


# -- killed ------------------------------------------------------------------------------------------------------------
class Killed(BaseException):
    """Nothing catches it to go on."""


class Fate:
    """Ends the process, as far as the code can tell, before or after its n-th step that leaves a trace."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left, self.after, self.steps = 10**6, False, 0
        replace_file, ask = secret_files.replace, cli.connect.upstreams.Upstream.ask

        def replaced(path: Path, text: str) -> None:
            self.step(lambda: replace_file(path, text))

        async def asked(upstream: upstreams.Upstream, asked: upstreams.Asked) -> httpx.Response:
            self.before()
            answer = await ask(upstream, asked)
            if self.after and self.left == 0:
                await answer.aclose()
            self.done()
            return answer

        monkeypatch.setattr(secret_files, "replace", replaced)
        monkeypatch.setattr(cli.connect.upstreams.Upstream, "ask", asked)

    def step(self, work: Callable[[], None]) -> None:
        self.before()
        work()
        self.done()

    def before(self) -> None:
        self.steps += 1
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Killed

    def done(self) -> None:
        if self.left == 0 and self.after:
            raise Killed


async def tried(place: Place, file: Path, given: acts.Asked) -> State:
    """One life of a sidecar that is asked for this act."""
    with sidecars.signing(place) as signer:
        async with upstreams.opened(credentials_in(file)) as upstream:
            desk = Desk(signer, Queue(signer.store), upstream)
            entry, _ = desk.queue.take(given, signer.now())
            await desk.settle()
            return desk.queue.entries[entry.number].state


async def test_killed_at_any_step_an_act_is_done_once(
    place: Place, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, fate, steps = await place.client("p"), Fate(monkeypatch), 8
    async with place.open():
        for n, (left, after) in enumerate([(k, after) for k in range(1, steps + 1) for after in (False, True)], 1):
            given = acts.asked(await sending(place, f"act-{n}"))

            fate.left, fate.after = left, after
            with pytest.raises(Killed):
                await tried(place, file, given)
            fate.left = 10**6
            assert await tried(place, file, given) is State.DONE, (left, after)
            assert await entries(superuser) == n, (left, after)
        fate.steps = 0
        given = acts.asked(await sending(place, "whole"))
        assert await tried(place, file, given) is State.DONE
        assert fate.steps == steps  # every step was tried
    report = await place.world.audited(place.folder / "log")
    assert report.findings == ()


async def posted(http: httpx.AsyncClient, given: dict[str, object]) -> str | None:
    """How far the act came; None where nobody answered."""
    try:
        return str((await http.post("/act", json=given)).json()["state"])
    except (httpx.HTTPError, KeyError, ValueError):
        return None


KILLS = 40 if os.environ.get(SOAK) == "1" else 1


async def test_a_sidecar_that_is_killed_at_random_loses_nothing_and_does_nothing_twice(
    place: Place, superuser: Any
) -> None:
    """A process of its own, SIGKILL, and the same acts asked for until they have ended."""
    chance = random.Random(7)  # noqa: S311  # moments, no secrets
    hand, file = place.world.hands[JAKARTA], await place.client("p")
    key_files.write(place.folder / "key.json", StatementKey(name=hand.name, signing=hand.key))
    (place.folder / "policy.json").write_text(json.dumps({"kinds": ["referral.sent"], "daily": 1000}))
    await place.world.audited(place.folder / "log")
    port = free_port()
    words = ["--as", str(file), "--listen", f"127.0.0.1:{port}", "--key", "key.json", "--policy", "policy.json"]
    command = [sys.executable, "-m", "cli", "connect", *words, "--store", "store", "--log", "log"]
    given = [await sending(place, f"act-{n}") for n in range(2 * KILLS + 2)]
    async with place.open(), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        for life in range(KILLS):
            async with process(command, place.folder) as living:
                asking = [asyncio.create_task(posted(http, each)) for each in given[: 2 * life + 2]]
                await asyncio.sleep(chance.uniform(0.0, 0.25))
                living.send_signal(signal.SIGKILL)
                await asyncio.gather(*asking)
        async with process(command, place.folder) as living:
            ends = [await posted(http, each) for each in given]
            living.send_signal(signal.SIGTERM)
            assert await living.wait() == 143
    assert ends == ["done"] * len(given)
    assert await entries(superuser) == len(given)
    assert (await place.world.audited(place.folder / "log")).findings == ()


@asynccontextmanager
async def process(command: list[str], folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A sidecar of its own, from when it says that it listens; gone when the block is left."""
    nowhere, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
    env = environment(PYTHONPATH=str(ROOT))
    started = await asyncio.create_subprocess_exec(*command, cwd=folder, env=env, stdout=pipe, stderr=nowhere)
    try:
        assert started.stdout is not None
        assert b"ID-JK" in await started.stdout.readline()
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()
