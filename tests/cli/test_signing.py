"""estafet sign: nothing is signed that is not what it claims to be, or that nobody saw."""

import base64
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from cli import key_files, signing_states
from cli.audit import receipts as kept_receipts
from cli.audit.endings import Stopped
from cli.audit.folders import Folder
from cli.key_files import StatementKey
from cli.main import main
from ledger import commitments, envelopes, receipts, trees
from ledger.commitments import Opening
from ledger.receipts import Receipt
from ledger.statements import (
    HOST_KEY,
    BastRecorded,
    DiscrepancyAnswered,
    HostOutage,
    ObligationResumed,
    Owed,
    PauseAgreed,
    PauseOffered,
    ReferralAccepted,
    ReferralStatement,
    ReferralWithdrawn,
    Seen,
    Statement,
    WaiverAgreed,
    WaiverOffered,
    encode,
    payload_type,
)
from tests.ledger import golden

KEY = StatementKey(name="ID-JI/k" + "7f" * 16, signing=SigningKey(bytes(range(32))))
SEALED, OPENINGS = commitments.seal({"reason": None}, lambda: b"s" * 32)
ACCEPTED = ReferralAccepted(
    log="demo.estafet.invalid/1",
    agreement="ab" * 32,
    party="ID-JI",
    key=KEY.name,
    key_prev=None,
    seen=None,
    claimed_at=datetime(2026, 11, 24, 6, 0, 0, tzinfo=UTC),
    referral="0f" * 16,
    referral_prev="cd" * 32,
    sealed=SEALED,
)


def prepared(statement: Statement = ACCEPTED, openings: tuple[Opening, ...] = OPENINGS) -> dict[str, object]:
    body, kind = encode(statement), payload_type(statement.KIND)
    return {
        "payloadType": kind,
        "payload": base64.b64encode(body).decode(),
        "bytesToSign": base64.b64encode(envelopes.pae(kind, body)).decode(),
        "statementId": envelopes.statement_id(kind, body),
        "expiresAt": "2026-11-27T06:00:00Z",
        "openings": [{"name": o.name, "value": json.dumps(o.value), "salt": o.salt.hex()} for o in openings],
        "sentence": "Something friendly that the host made up.",
    }


Sign = Callable[..., int]


@pytest.fixture
def sign(tmp_path: Path) -> Sign:
    key_files.write(tmp_path / "key.json", KEY)

    def run(document: object, *more: str) -> int:
        (tmp_path / "in.json").write_text(json.dumps(document))
        out = tmp_path / "out.json"
        command = ["sign", "--key", str(tmp_path / "key.json"), str(tmp_path / "in.json"), "--out", str(out), *more]
        return main(command)

    return run


def test_what_was_shown_is_signed(sign: Sign, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sign(prepared(), "--yes") == 0
    envelope = envelopes.decode((tmp_path / "out.json").read_bytes())
    envelopes.verify(envelope, [bytes(KEY.signing.verify_key)])
    assert envelope.payload == encode(ACCEPTED)
    told = capsys.readouterr()
    assert "ID-JI accepts referral 0f0f0f0f0f0f" in told.err
    assert "made up" not in told.err
    assert told.out == ""


def test_the_whole_answer_of_the_service_may_be_handed_in(sign: Sign) -> None:
    assert sign({"data": {"prepareStatement": {"preparedStatement": prepared()}}}, "--yes") == 0


def test_without_a_yes_nothing_is_written(sign: Sign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "answer").write_text("n\n")
    with (tmp_path / "answer").open() as answers:
        monkeypatch.setattr("sys.stdin", answers)
        assert sign(prepared()) == 1
    assert not (tmp_path / "out.json").exists()


OTHER_BODY = base64.b64encode(encode(replace(ACCEPTED, referral="aa" * 16))).decode()
TAMPERED: dict[str, dict[str, object]] = {
    "another payload under the same id": prepared() | {"payload": OTHER_BODY},
    "other bytes to sign": prepared() | {"bytesToSign": base64.b64encode(b"DSSEv1 1 x 1 y").decode()},
    "another id": prepared() | {"statementId": "00" * 32},
    "another type": prepared() | {"payloadType": "application/vnd.estafet.handover.v1+json"},
    "an opening with another value": prepared()
    | {"openings": [{"name": "reason", "value": '"DUPLICATE"', "salt": (b"s" * 32).hex()}]},
    "a sealed fact nobody opened": prepared(openings=()),
    "an opening of no commitment": prepared(openings=(*OPENINGS, Opening(name="more", value=1, salt=b"s" * 32))),
    "a payload that is not base64": prepared() | {"payload": "%%%"},
    "no payload": {"sentence": "Trust me."},
    "another party's statement": prepared(replace(ACCEPTED, party="ID-JK", key="ID-JK/k" + "7f" * 16)),
    "another key's statement": prepared(replace(ACCEPTED, key="ID-JI/k" + "00" * 16)),
}


@pytest.mark.parametrize("what", list(TAMPERED))
def test_what_is_not_what_it_claims_to_be_is_not_signed(what: str, sign: Sign, tmp_path: Path) -> None:
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    assert sign(TAMPERED[what], "--yes", "--state", str(tmp_path / "state.json")) in (1, 2)
    assert not (tmp_path / "out.json").exists()
    assert not (tmp_path / "state.json").exists()
    assert {file: file.read_bytes() for file in before} == before


def test_a_statement_without_sealed_facts_needs_no_openings(sign: Sign) -> None:
    fields = {name: getattr(ACCEPTED, name) for name in ("log", "agreement", "party", "key", "key_prev", "seen")}
    withdrawn = ReferralWithdrawn(
        **fields, claimed_at=ACCEPTED.claimed_at, referral=ACCEPTED.referral, referral_prev=ACCEPTED.referral_prev
    )
    assert sign(prepared(withdrawn, ()), "--yes") == 0


OWED = Owed(kind="referral.decide", opened_by="cd" * 32, referral=ACCEPTED.referral)
COMMON: dict[str, Any] = {
    name: getattr(ACCEPTED, name) for name in ("log", "agreement", "party", "key", "key_prev", "seen", "claimed_at")
}
WORDS, WORDS_OPENINGS = commitments.seal({"answer": "She fell at sea.", "officer": "Budi"}, lambda: b"s" * 32)
TIME, TIME_OPENINGS = commitments.seal({"happened_at": "2026-11-24T05:00:00Z"}, lambda: b"s" * 32)
BESIDE: dict[str, tuple[ReferralStatement, tuple[Opening, ...], tuple[str, ...]]] = {
    each.KIND: (each, openings, shown)
    for each, openings, shown in (
        (WaiverOffered(**COMMON, obligation=OWED), (), ("asks to be let off the duty referral.decide",)),
        (WaiverAgreed(**COMMON, obligation=OWED, offer="ef" * 32), (), ("lets the other side off the duty",)),
        (PauseOffered(**COMMON, obligation=OWED), (), ("asks for a pause of the duty referral.decide",)),
        (PauseAgreed(**COMMON, obligation=OWED, offer="ef" * 32), (), ("agrees to a pause of the duty",)),
        (ObligationResumed(**COMMON, obligation=OWED, offer="ef" * 32), (), ("ends the pause of the duty",)),
        (
            BastRecorded(**COMMON, referral=ACCEPTED.referral, handover="cd" * 32, sha256="12" * 32, sealed=TIME),
            TIME_OPENINGS,
            ("records the paper 121212121212", "2026-11-24T05:00:00Z"),
        ),
        (
            DiscrepancyAnswered(
                **COMMON,
                referral=ACCEPTED.referral,
                referral_prev="cd" * 32,
                leg=1,
                receipt="cd" * 32,
                sealed=WORDS,
            ),
            WORDS_OPENINGS,
            ("answers the discrepancy told in cdcdcdcdcdcd", "She fell at sea."),
        ),
    )
}


@pytest.mark.parametrize("kind", BESIDE)
def test_what_is_said_on_a_duty_or_a_handover_is_shown_and_signed(
    kind: str, sign: Sign, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    statement, openings, shown = BESIDE[kind]
    assert sign(prepared(statement, openings), "--yes") == 0
    assert envelopes.decode((tmp_path / "out.json").read_bytes()).payload == encode(statement)
    told = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert all(words in told for words in shown), told


def test_an_outage_is_the_hosts_own_to_note(sign: Sign, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    host = {**COMMON, "party": "HOST", "key": "HOST/host"}
    began = ACCEPTED.claimed_at
    assert sign(prepared(HostOutage(**host, from_=began - timedelta(hours=1), until=began), ()), "--yes") == 2
    assert "the host's own to note" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


def answer_to(statement: object, host: SigningKey) -> dict[str, object]:
    """An act's answer, with its receipt."""
    said = Receipt(log=ACCEPTED.log, statement=str(statement), index=7, leaf="ee" * 32, at=ACCEPTED.claimed_at)
    receipt = envelopes.encode(receipts.sign(said, host)).decode()
    return {"data": {"acceptReferral": {"entry": {"statement": statement, "receipt": receipt}}}}


@pytest.fixture
def log(tmp_path: Path) -> tuple[str, str]:
    """A folder of log files whose entry 0 names the host's key."""
    bundle = tmp_path / "founded/tile/entries/000.p/11"
    bundle.parent.mkdir(parents=True)
    bundle.write_bytes(golden.founded().shelf.files["tile/entries/000.p/11"])
    return "--log", str(tmp_path / "founded")


HOST = golden.key("HOST/host")


def test_key_prev_becomes_the_last_statement_only_with_its_receipt(
    sign: Sign, tmp_path: Path, log: tuple[str, str]
) -> None:
    state = ("--state", str(tmp_path / "state.json"))
    assert sign(prepared(), "--yes", *state) == 0
    first = prepared()["statementId"]
    following = replace(ACCEPTED, referral="aa" * 16, key_prev=str(first))
    assert sign(prepared(following), "--yes", *state) == 1
    assert sign(answer_to(first, HOST), "--receipt", *state) == 2  # whose receipts to believe is not known yet
    assert sign(answer_to(first, HOST), "--receipt", *state, *log) == 0
    assert sign(prepared(following), "--yes", *state) == 0
    assert sign(prepared(replace(following, key_prev=None)), "--yes", *state) == 1
    assert sign(answer_to(prepared(following)["statementId"], HOST), "--receipt", *state) == 0  # remembered


@pytest.mark.parametrize(
    "answer",
    [
        answer_to("99" * 32, HOST),
        answer_to(prepared()["statementId"], SigningKey.generate()),
        {"data": {"acceptReferral": {"entry": {"receipt": "{}"}}}},
        {"data": {"acceptReferral": None}},
    ],
    ids=["of a statement this key never signed", "signed by somebody else", "no envelope", "no receipt"],
)
def test_what_is_no_receipt_of_ours_is_not_noted(
    answer: dict[str, object], sign: Sign, tmp_path: Path, log: tuple[str, str]
) -> None:
    state = tmp_path / "state.json"
    assert sign(prepared(), "--yes", "--state", str(state)) == 0
    before = state.read_bytes()
    assert sign(answer, "--receipt", "--state", str(state), *log) in (1, 2)
    assert state.read_bytes() == before


def test_a_receipt_is_kept_as_the_audit_takes_it(sign: Sign, tmp_path: Path, log: tuple[str, str]) -> None:
    state, kept = ("--state", str(tmp_path / "state.json")), tmp_path / "kept"
    assert sign(prepared(), "--yes", *state) == 0
    named = str(prepared()["statementId"])
    assert sign(answer_to("99" * 32, HOST), "--receipt", "--keep", str(kept), *state, *log) == 1
    assert not kept.exists()
    assert sign(answer_to(named, HOST), "--receipt", "--keep", str(kept), *state, *log) == 0
    assert [path.name for path in kept.iterdir()] == [f"{named}.json"]
    public = bytes(HOST.verify_key)
    assert [receipts.verify(each.envelope, public).statement for each in kept_receipts.read([kept])] == [named]


def test_what_cannot_be_kept_is_not_noted_either(sign: Sign, tmp_path: Path, log: tuple[str, str]) -> None:
    state = tmp_path / "state.json"
    assert sign(prepared(), "--yes", "--state", str(state)) == 0
    before = state.read_bytes()
    (tmp_path / "kept").write_text("a file, where a folder should be")
    answer = answer_to(prepared()["statementId"], HOST)
    assert sign(answer, "--receipt", "--keep", str(tmp_path / "kept"), "--state", str(state), *log) == 2
    assert state.read_bytes() == before


def test_keeping_goes_with_a_receipt_only(sign: Sign, tmp_path: Path) -> None:
    assert sign(prepared(), "--yes", "--keep", str(tmp_path / "kept")) == 2
    assert not (tmp_path / "out.json").exists()


LEAVES = [trees.leaf_hash(bytes([n])) for n in range(5)]


def seen(size: int) -> Seen:
    return Seen(size=size, root=trees.root(LEAVES[:size]).hex())


def with_seen(checkpoint: Seen) -> dict[str, object]:
    return prepared(replace(ACCEPTED, seen=checkpoint))


def test_seen_may_grow_along_one_tree_and_never_fall_or_fork(sign: Sign, tmp_path: Path) -> None:
    log = tmp_path / "log" / "tile" / "0"
    (log / "000.p").mkdir(parents=True)
    (log / "000.p" / "5").write_bytes(b"".join(LEAVES))
    state = ("--state", str(tmp_path / "state.json"), "--yes")
    checked = (*state, "--log", str(tmp_path / "log"))
    assert sign(with_seen(seen(3)), *state) == 2  # nothing shows that it is the tree's
    assert sign(with_seen(seen(3)), *checked) == 0
    assert sign(with_seen(seen(3)), *state) == 0
    assert sign(with_seen(seen(5)), *checked) == 0
    assert sign(with_seen(seen(4)), *checked) == 1  # falls
    assert sign(with_seen(Seen(size=5, root="00" * 32)), *checked) == 1  # forks


def test_a_fork_is_caught_on_the_way_up(sign: Sign, tmp_path: Path) -> None:
    (tmp_path / "log/tile/0/000.p").mkdir(parents=True)
    (tmp_path / "log/tile/0/000.p/5").write_bytes(b"".join(LEAVES))
    checked = ("--state", str(tmp_path / "state.json"), "--yes", "--log", str(tmp_path / "log"))
    assert sign(with_seen(Seen(size=5, root="00" * 32)), *checked) == 1
    assert not (tmp_path / "state.json").exists()


def test_a_key_file_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    key_files.write(tmp_path / "key.json", KEY)
    assert stat.S_IMODE((tmp_path / "key.json").stat().st_mode) == 0o600
    before = (tmp_path / "key.json").read_bytes()
    with pytest.raises(Exception, match="exists"):
        key_files.write(tmp_path / "key.json", key_files.new("ID-JK"))
    assert (tmp_path / "key.json").read_bytes() == before
    assert key_files.read(tmp_path / "key.json") == KEY


def test_after_the_host_got_another_key_a_receipt_is_taken_by_either_and_by_no_strangers(tmp_path: Path) -> None:
    log = golden.renewed()
    folder = Folder(log.shelf.lay(tmp_path))
    new = log.replaced[HOST_KEY]
    assert signing_states.hosts_of(folder) == [golden.public(new), golden.public(HOST_KEY)]
    state = signing_states.State(key=golden.key_name("ID-JK"), signed=(log.ids[12],))
    for name in (new, HOST_KEY):
        given = receipts.sign(log.receipt(12), golden.key(name))
        assert signing_states.receipted(state, given, folder).last == log.ids[12]
    stranger = receipts.sign(log.receipt(12), golden.key("stranger"))
    with pytest.raises(Stopped, match="no receipt of the log's host"):
        signing_states.receipted(state, stranger, folder)
