"""A witness that reads along: its copy, what it finds there, and the statements that a party leaves with it."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from nacl.signing import SigningKey

from cli.witness import commands, identities, mirrors, pages, records, servers
from cli.witness.deposits import ANSWERED_WITHIN, Deposits, Undeposited
from cli.witness.doors import Door
from cli.witness.records import Records
from cli.witness.signers import Signer
from ledger import entries, envelopes, notes, receipts, statements
from ledger.envelopes import Envelope
from ledger.receipts import Receipt, Refusal
from ledger.witnesses import Submission
from tests.cli.listeners import Service, credentials_for, served
from tests.cli.witness.logs import NAME, Clock
from tests.ledger import golden
from tests.ledger.golden import Log, key_name, referral

CLIENT = SigningKey.generate()
HOST = golden.key("HOST/host")
DAY = timedelta(days=1)


@dataclass(slots=True)
class Along:
    """A witness that mirrors a log which a service shows."""

    door: Door
    log: Log
    service: Service
    clock: Clock

    @property
    def deposits(self) -> Deposits:
        assert self.door.deposits is not None
        return self.door.deposits

    def look(self) -> mirrors.Looked:
        assert self.door.mirror is not None
        self.log.shelf.lay(self.service.files)
        return self.door.mirror.look(self.deposits.receipts)

    def status(self) -> dict[str, Any]:
        return json.loads(json.dumps(pages.status(self.door.signer, self.door.mirror, self.door.deposits)))  # type: ignore[no-any-return]  # JSON

    def answers(self, statement: str, receipt: Envelope | None) -> None:
        """What the service says of a statement from now on."""
        told = {"state": "LOGGED", "index": 99, "receipt": envelopes.to_json(receipt) if receipt else None}
        place = self.service.files / "statements" / statement
        place.parent.mkdir(exist_ok=True)
        place.write_text(json.dumps(told))


@contextmanager
def reading(tmp_path: Path, log: Log) -> Iterator[Along]:
    folder, clock = tmp_path / "w", Clock(int(golden.START.timestamp()))
    own = identities.read(folder) if (folder / identities.FILE).exists() else identities.new(folder, NAME)
    log.shelf.lay(tmp_path / "served")
    with served(tmp_path / "served", CLIENT) as service, records.alone(folder):
        kept = Records(root=folder, key=own.public)
        key = notes.key_of(golden.ORIGIN, golden.key("log"))
        signer = Signer(name=own.name, key=own.key, logs={golden.ORIGIN: key}, records=kept, now=clock)
        anchor = entries.anchor(log.leaves[0])
        mirror = mirrors.held(folder / "mirror", credentials_for(service, CLIENT), anchor, clock, kept.last)
        yield Along(
            Door(signer=signer, mirror=mirror, deposits=Deposits(records=kept, mirror=mirror)), log, service, clock
        )


@pytest.fixture
def along(tmp_path: Path) -> Iterator[Along]:
    with reading(tmp_path, golden.watched()) as along:
        yield along


def sign_now(along: Along, log: Log) -> None:
    """The witness signs the newest checkpoint of this log as its first."""
    along.door.signer.add(Submission(old=0, proof=(), note=log.shelf.files["checkpoint"]).spell())


# -- the copy ---------------------------------------------------------------------------------------------------------
def test_a_clean_log_is_copied_and_no_alarm(along: Along) -> None:
    sign_now(along, along.log)
    looked = along.look()
    assert looked.report is not None
    assert (looked.report.found, looked.report.anchored, looked.fault) == (0, True, None)
    told = along.status()
    assert (told["alarm"], told["mirror"]["size"], told["mirror"]["anchored"]) == (False, len(along.log.leaves), True)


def test_a_rule_that_is_broken_is_an_alarm_and_cosigning_goes_on(along: Along) -> None:
    along.look()
    along.log.send("ID-JK", "ID-JI", referral(1))  # again
    along.log.publish()
    along.look()
    told = along.status()
    assert told["alarm"] is True
    assert told["findings"] == {
        "count": 1, "first": [{"index": len(along.log.leaves) - 1, "rule": "V8", "code": "REFERRAL_EXISTS"}],
    }  # fmt: skip
    assert "V8" in pages.html(told)
    assert referral(1) not in pages.html(told)
    sign_now(along, along.log)


def test_a_history_that_is_not_the_one_it_signs_is_an_alarm(along: Along) -> None:
    """The host shows this witness one log to sign and another one to read."""
    forked = along.log.copy()
    forked.send("ID-JK", "ID-JI", referral(3))
    forked.publish()
    sign_now(along, forked)
    along.log.send("ID-JK", "ID-JI", referral(4))
    along.log.publish()
    along.look()
    assert along.status()["alarm"] is True
    assert len(along.status()["contradictions"]) == 1
    along.log.send("ID-JK", "ID-JI", referral(5))
    along.log.publish()
    along.look()
    assert along.status()["alarm"] is True


def test_a_history_that_never_had_the_signed_size_is_an_alarm_too(along: Along) -> None:
    forked = along.log.copy()
    forked.send("ID-JK", "ID-JI", referral(3))
    forked.publish()
    sign_now(along, forked)
    for number in (4, 5):
        along.log.send("ID-JK", "ID-JI", referral(number))
    along.log.publish()
    along.look()
    assert [each["code"] for each in along.status()["findings"]["first"]] == ["EARLIER_ROOT_DIFFERS"]


def test_a_service_that_does_not_answer_is_told_and_what_was_found_stays(along: Along) -> None:
    along.look()
    along.service.failing.add("/ledger/checkpoint")
    looked = along.look()
    assert looked.fault is not None
    assert "503" in looked.fault
    assert looked.report is not None
    assert along.status()["mirror"]["fault"] == looked.fault


# -- deposits ---------------------------------------------------------------------------------------------------------
def statement(log: Log, number: int = 2, party: str = "ID-JK") -> Envelope:
    """A referral that the host does not take in."""
    written = log.copy()
    written.send(party, "ID-JI", referral(number))
    return entries.parse(written.leaves[-1]).envelope


def taken(along: Along, envelope: Envelope) -> str:
    deposit = along.deposits.take(envelopes.encode(envelope))
    assert deposit.statement == envelopes.statement_id(envelope.payload_type, envelope.payload)
    return deposit.statement


def overdue(along: Along) -> list[str]:
    return [each["statement"] for each in along.status()["unanswered"]]


def receipt(id: str, **other: Any) -> Envelope:
    said = Receipt(log=golden.ORIGIN, statement=id, index=99, leaf="ab" * 32, at=golden.START)
    return receipts.sign(replace(said, **other), HOST)


def test_a_deposit_without_an_answer_for_a_day_is_published_and_not_a_second_before(along: Along) -> None:
    along.look()
    left = taken(along, statement(along.log))
    along.clock.time += ANSWERED_WITHIN
    assert (overdue(along), along.status()["alarm"]) == ([], False)
    along.clock.time += 1
    assert (overdue(along), along.status()["alarm"]) == ([left], True)
    page = pages.html(along.status())
    assert left in page
    assert "ID-JK" not in page


def test_it_stands_there_after_a_new_start_too_and_once(tmp_path: Path) -> None:
    with reading(tmp_path, golden.watched()) as along:
        along.look()
        left = taken(along, statement(along.log))
    with reading(tmp_path, golden.watched()) as along:
        along.clock.time += ANSWERED_WITHIN + 1
        assert overdue(along) == [left]
        along.look()
        assert taken(along, statement(along.log)) == left
        assert overdue(along) == [left]


def test_the_hosts_receipt_or_refusal_ends_it_whoever_brings_it(along: Along) -> None:
    along.look()
    ids = [taken(along, statement(along.log, number)) for number in (2, 3, 4)]
    along.answers(ids[0], receipt(ids[0]))
    along.deposits.ask()
    refusal = Refusal(log=golden.ORIGIN, statement=ids[1], rule="V9", at=golden.START)
    along.deposits.take(envelopes.encode(receipts.sign_refusal(refusal, HOST)))
    along.clock.time += ANSWERED_WITHIN + 1
    assert overdue(along) == [ids[2]]
    assert {each.statement: each.state for each in along.deposits.all()} == dict(
        zip(ids, ("entered", "refused", "waiting"), strict=True)
    )


def test_a_receipt_stands_above_a_refusal_and_is_held_against_the_log(along: Along) -> None:
    """The log has gone on, and the entry is not there: the host broke its word."""
    along.look()
    left = taken(along, statement(along.log))
    said = Refusal(log=golden.ORIGIN, statement=left, rule="V9", at=golden.START)
    index = len(along.log.leaves)
    for word in (
        receipt(left, index=index, at=along.log.at),
        receipts.sign_refusal(said, HOST),
    ):
        along.deposits.take(envelopes.encode(word))
    assert [each.state for each in along.deposits.all()] == ["entered"]
    along.log.add_key("ID-JK", 7)
    along.log.publish()
    along.look()
    assert [each["code"] for each in along.status()["findings"]["first"]] == ["RECEIPT_UNKEPT"]


@pytest.mark.parametrize("story", ["another key", "another statement", "another log", "nothing", "no receipt"])
def test_no_word_but_the_hosts_own_ends_it(story: str, along: Along) -> None:
    along.look()
    left = taken(along, statement(along.log))
    false = {
        "another key": receipts.sign(Receipt(
            log=golden.ORIGIN, statement=left, index=9, leaf="ab" * 32, at=golden.START), golden.key("thief")),
        "another statement": receipt("cd" * 32),
        "another log": receipt(left, log="other.invalid"),
        "nothing": None,
        "no receipt": statement(along.log, 5),
    }[story]  # fmt: skip
    along.answers(left, false)
    along.deposits.ask()
    if false is not None and story != "no receipt":
        with pytest.raises(Undeposited):
            along.deposits.take(envelopes.encode(false))
    along.clock.time += ANSWERED_WITHIN + 1
    assert overdue(along) == [left]


def foreign(log: Log) -> Envelope:
    said = statements.parse(statement(log).payload)
    other = statements.encode(replace(said, log="other.invalid"))
    return envelopes.seal(statements.payload_type(said.KIND), other, [golden.key(key_name("ID-JK"))])


def unsigned(log: Log) -> Envelope:
    return replace(statement(log), signatures=(bytes(64),))


def unknown(log: Log) -> Envelope:
    said = statements.parse(statement(log).payload)
    name = key_name("ID-JK", 5)
    return envelopes.seal(
        statements.payload_type(said.KIND), statements.encode(replace(said, key=name)), [golden.key(name)]
    )


def added(log: Log) -> Envelope:
    written = log.copy()
    written.add_key("ID-JK", 5)
    return entries.parse(written.leaves[-1]).envelope  # two signatures: not for here


REFUSED = {
    "of another log": (foreign, 404),
    "not signed": (unsigned, 400),
    "by an unknown key": (unknown, 403),
    "two signatures": (added, 400),
}


@pytest.mark.parametrize("story", REFUSED)
def test_what_nobody_of_the_register_signed_is_not_kept(story: str, along: Along) -> None:
    along.look()
    made, status = REFUSED[story]
    with pytest.raises(Undeposited) as refused:
        along.deposits.take(envelopes.encode(made(along.log)))
    assert (refused.value.status, along.deposits.all()) == (status, [])


def test_the_key_of_a_province_that_has_revoked_it_deposits_nothing(along: Along) -> None:
    envelope = statement(along.log)
    along.log.revoke_key("ID-JK", along.log.at)
    along.log.publish()
    along.look()
    with pytest.raises(Undeposited) as refused:
        along.deposits.take(envelopes.encode(envelope))
    assert (refused.value.status, along.deposits.all()) == (403, [])


def test_one_key_cannot_fill_the_disk(along: Along, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.witness.deposits.MOST_WAITING", 2)
    along.look()
    for number in (2, 3):
        taken(along, statement(along.log, number))
    with pytest.raises(Undeposited) as refused:
        along.deposits.take(envelopes.encode(statement(along.log, 4)))
    assert refused.value.status == 429
    taken(along, statement(along.log, 4, "ID-BA"))
    taken(along, statement(along.log, 3))


async def test_over_http(along: Along) -> None:
    async with servers.beside([along.door]) as (address,), httpx.AsyncClient(base_url=address) as line:
        data = envelopes.encode(statement(along.log))
        assert (await line.post("/deposits", content=data)).status_code == 503  # nothing was read yet
        along.look()
        answer = await line.post("/deposits", content=data)
        assert (answer.status_code, answer.json()["state"]) == (201, "waiting")
        assert (await line.post("/deposits", content=b"{}")).status_code == 400
        along.clock.time += ANSWERED_WITHIN + 1
        status = (await line.get("/status")).json()
        assert [each["statement"] for each in status["unanswered"]] == [answer.json()["statement"]]
        assert "Something is wrong" in (await line.get("/")).text


# -- the command ------------------------------------------------------------------------------------------------------
def test_the_command_looks_again_and_again_until_it_is_left(along: Along, monkeypatch: pytest.MonkeyPatch) -> None:
    assert along.door.mirror is not None
    monkeypatch.setattr(mirrors, "SPARED", 0)
    with commands.looking(along.door.mirror, along.deposits, 0):
        for _ in range(200):
            if along.door.mirror.looked is not None:
                break
            time.sleep(0.02)
    assert along.door.mirror.looked is not None
    assert along.door.mirror.looked.report is not None
