"""audit --receipt: what a province kept is held against the log, and what is no receipt is never taken for one."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from cli.audit import receipts as kept_receipts
from cli.audit.endings import Stopped
from cli.main import main
from ledger import entries, envelopes, receipts
from ledger.receipts import Receipt, Refusal
from tests.ledger import golden

LOG = golden.legal()
SIZE = len(LOG.leaves)
ANCHOR = entries.anchor(LOG.leaves[0])
HOST = golden.key("HOST/host")


def text(said: Receipt) -> str:
    return envelopes.encode(receipts.sign(said, HOST)).decode()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return LOG.shelf.lay(tmp_path / "copy")


Kept = Callable[[str, object], Path]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """A file of a province."""

    def put(name: str, content: object) -> Path:
        path = tmp_path / "kept" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return put


Audit = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(params=["verify", "obligations"])
def audit(request: pytest.FixtureRequest, copy: Path, capsys: pytest.CaptureFixture[str]) -> Audit:
    """Either command, with receipts: its exit code, and its document."""

    def run(*paths: Path) -> tuple[int, dict[str, Any]]:
        words = [word for path in paths for word in ("--receipt", str(path))]
        code = main(["audit", request.param, str(copy), "--anchor", ANCHOR, "--json", *words])
        return code, json.loads(capsys.readouterr().out)

    return run


def codes(document: dict[str, Any]) -> list[tuple[int | None, str, str]]:
    return [(each["index"], each["rule"], each["code"]) for each in document["findings"]]


def test_without_receipts_none_is_counted(audit: Audit) -> None:
    code, document = audit()
    assert code == 0
    assert document["receipts"] == {
        **dict.fromkeys(("shown", "kept", "newer", "unkept", "invalid", "refused", "false"), 0),
        "files": [],
    }


def test_receipts_that_are_kept_are_counted_by_their_files(audit: Audit, kept: Kept) -> None:
    paths = [kept("a.json", text(LOG.receipt(12))), kept("b.json", text(LOG.receipt(0)))]
    code, document = audit(*paths)
    assert (code, document["receipts"]["shown"], document["receipts"]["kept"]) == (0, 2, 2)
    assert document["receipts"]["files"] == [
        {"file": str(path), "outcome": "kept", "statement": LOG.ids[index], "index": index}
        for path, index in zip(paths, (12, 0), strict=True)
    ]


def test_a_receipt_that_is_not_kept_and_one_that_is_forged_are_findings(audit: Audit, kept: Kept) -> None:
    forged = envelopes.encode(receipts.sign(LOG.receipt(12), golden.key("thief"))).decode()
    broken = text(replace(LOG.receipt(16), statement="f" * 64))
    code, document = audit(
        kept("forged.json", forged), kept("broken.json", broken), kept("true.json", text(LOG.receipt(3)))
    )
    assert code == 1
    assert codes(document) == [(16, "V23", "RECEIPT_UNKEPT"), (None, "V23", "RECEIPT_INVALID")]
    told = document["receipts"]
    assert [told[name] for name in ("shown", "kept", "newer", "unkept", "invalid")] == [3, 1, 0, 1, 1]
    assert [each["outcome"] for each in told["files"]] == ["invalid", "unkept", "kept"]
    assert (told["files"][0]["statement"], told["files"][1]["index"]) == (None, 16)


def test_a_receipt_newer_than_the_copy_is_no_finding(audit: Audit, kept: Kept) -> None:
    coming = Receipt(log=golden.ORIGIN, statement="c" * 64, index=SIZE, leaf="d" * 64, at=LOG.receipt(SIZE - 1).at)
    code, document = audit(kept("coming.json", text(coming)))
    assert (code, document["findings"], document["receipts"]["newer"]) == (0, [], 1)


def refusal(statement: str, *, later: int, rule: str = "STALE_VERSION", log: str = golden.ORIGIN) -> Refusal:
    """Given so many seconds after entry 12."""
    return Refusal(log=log, statement=statement, rule=rule, at=LOG.receipt(12).at + timedelta(seconds=later))


def text_of(said: Refusal, by: SigningKey = HOST) -> str:
    return envelopes.encode(receipts.sign_refusal(said, by)).decode()


def test_a_signed_refusal_is_held_against_the_log_like_a_receipt(audit: Audit, kept: Kept) -> None:
    """Of a statement that never came in, and of one that came in later: both are as the host says."""
    never = {"data": {"acceptReferral": {"errors": [{"signedRefusal": text_of(refusal("c" * 64, later=0))}]}}}
    paths = [kept("a.json", never), kept("b.json", text_of(refusal(LOG.ids[12], later=-1)))]
    code, document = audit(*paths)
    told = document["receipts"]
    assert (code, document["findings"], told["shown"], told["refused"]) == (0, [], 2, 2)
    assert [(each["statement"], each["rule"]) for each in told["files"]] == [
        ("c" * 64, "STALE_VERSION"),
        (LOG.ids[12], "STALE_VERSION"),
    ]


def test_a_refusal_of_what_stood_in_the_log_and_a_forged_one_are_findings(audit: Audit, kept: Kept) -> None:
    false = kept("false.json", text_of(refusal(LOG.ids[12], later=1)))
    forged = kept("forged.json", text_of(refusal("c" * 64, later=0), golden.key("thief")))
    foreign = kept("foreign.json", text_of(refusal("c" * 64, later=0, log="elsewhere")))
    code, document = audit(false, forged, foreign)
    assert code == 1
    assert codes(document) == [(12, "V23", "REFUSAL_FALSE"), *[(None, "V23", "REFUSAL_INVALID")] * 2]
    assert [each["outcome"] for each in document["receipts"]["files"]] == ["false", "invalid", "invalid"]


ANSWERS: dict[str, Callable[[], object]] = {
    "the envelope": lambda: text(LOG.receipt(12)),
    "an act's answer": lambda: {
        "data": {
            "acceptReferral": {
                "handover": {"answer": {"receipt": "ab" * 32}},  # the id of a statement
                "entry": {"index": 12, "receipt": text(LOG.receipt(12))},
            }
        }
    },
    "a list of entries": lambda: {"data": {"ledgerEntries": {"edges": [{"node": {"receipt": text(LOG.receipt(12))}}]}}},
    "what became of a statement": lambda: {
        "state": "LOGGED",
        "index": 12,
        "receipt": json.loads(text(LOG.receipt(12))),
    },
    "a list under that very name": lambda: {"receipt": [{"receipt": text(LOG.receipt(12))}]},
    "the same twice": lambda: [{"receipt": text(LOG.receipt(12))}, {"receipt": text(LOG.receipt(12))}],
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_a_receipt_is_found_in_whatever_the_service_answered(
    audit: Audit, kept: Kept, answer: Callable[[], object]
) -> None:
    code, document = audit(kept("answer.json", answer()))
    assert code == 0
    assert [(each["index"], each["outcome"]) for each in document["receipts"]["files"]] == [(12, "kept")]


def test_all_receipts_of_an_answer_are_taken_in_their_order(audit: Audit, kept: Kept) -> None:
    edges = [{"node": {"index": index, "receipt": text(LOG.receipt(index))}} for index in (3, 7, 5)]
    _, document = audit(kept("answer.json", {"data": {"ledgerEntries": {"edges": edges}}}))
    assert [each["index"] for each in document["receipts"]["files"]] == [3, 7, 5]


def test_a_folder_stands_for_the_files_in_it(audit: Audit, kept: Kept) -> None:
    for index in (2, 4):
        kept(f"{index}.json", text(LOG.receipt(index)))
    folder = kept("README.txt", "not a receipt, and not asked for").parent
    (folder / "sub.json").mkdir()
    _, document = audit(folder)
    assert [each["index"] for each in document["receipts"]["files"]] == [2, 4]


def sealed(payload_type: str) -> str:
    return envelopes.encode(envelopes.seal(payload_type, b"{}", [HOST])).decode()


NONE: dict[str, tuple[object, str]] = {
    "no JSON": ("receipt", "is not JSON"),
    "an endless list": ("[" * 100_000, "is not JSON"),
    "not even text": ('"\\ud800', "is not JSON"),
    "an answer without one": ({"data": {"acceptReferral": None}}, "holds no receipt"),
    "only a statement's id": ({"receipt": "ab" * 32}, "holds no receipt"),
    "no envelope": ({"entry": {"receipt": "{}"}}, "is no envelope"),
    "half a sign": ({"entry": {"receipt": "{\ud800}"}}, "is no envelope"),
    "a keyid": ({**json.loads(text(LOG.receipt(12))), "keyid": "x"}, "is no envelope"),
    "a statement": (sealed("application/vnd.estafet.referral.v1+json"), "which is no receipt"),
}


@pytest.mark.parametrize("command", ["verify", "obligations"])
@pytest.mark.parametrize("case", NONE.values(), ids=NONE.keys())
def test_what_is_no_receipt_stops_the_command_by_its_name(
    case: tuple[object, str], command: str, copy: Path, kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    content, words = case
    good, bad = kept("good.json", text(LOG.receipt(12))), kept("bad.json", content)
    assert main(["audit", command, str(copy), "--anchor", ANCHOR, "--receipt", str(good), "--receipt", str(bad)]) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert "bad.json" in told.err
    assert told.out == ""
    assert not (copy / "anchor").exists()


JSONS = st.recursive(
    st.none() | st.integers() | st.text() | st.sampled_from([text(LOG.receipt(12)), "{", "{}", '{"payloadType": 1}']),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["receipt", "payloadType", "entry"]), inner),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSONS)
def test_of_any_answer_receipts_come_out_or_the_file_is_refused(tmp_path: Path, document: object) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(document))
    try:
        found = kept_receipts.read([path])
    except Stopped:
        return
    assert [receipts.verify(each.envelope, bytes(HOST.verify_key)) for each in found] == [LOG.receipt(12)]


def test_a_file_that_is_not_there_and_an_empty_folder_stop_the_command(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    for path, words in ((tmp_path / "nowhere.json", "No such file"), (tmp_path / "empty", "holds no .json file")):
        assert main(["audit", "verify", str(copy), "--receipt", str(path)]) == 2
        assert words in capsys.readouterr().err


@pytest.mark.parametrize("command", ["verify", "obligations"])
def test_on_a_screen_the_receipts_have_a_line_and_broken_ones_their_files(
    command: str, copy: Path, kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    coming = replace(LOG.receipt(SIZE - 1), statement="c" * 64, index=SIZE)
    thief = envelopes.encode(receipts.sign(LOG.receipt(12), golden.key("thief"))).decode()
    for number in range(20):
        kept(f"broken{number:02}.json", text(replace(LOG.receipt(16), leaf=f"{number:064x}")))
    folder = kept("coming.json", text(coming)).parent
    kept("thief.json", thief)
    assert main(["audit", command, str(copy), "--anchor", ANCHOR, "--receipt", str(folder)]) == 1
    told = capsys.readouterr().out
    assert "22 shown, 0 kept; 1 newer than this copy" in told
    assert "broken00.json: not kept" in told
    assert "and 1 more (--json shows all)" in told
    kept("thief.json", text(LOG.receipt(12)))
    assert main(["audit", command, str(copy), "--receipt", str(folder / "thief.json")]) == 0
    assert "1 shown, 1 kept\n" in "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())


def test_a_forged_receipt_is_named_as_not_this_hosts(
    copy: Path, kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    path = kept("thief.json", envelopes.encode(receipts.sign(LOG.receipt(12), golden.key("thief"))).decode())
    assert main(["audit", "verify", str(copy), "--anchor", ANCHOR, "--receipt", str(path)]) == 1
    assert "thief.json: not this host's receipt" in capsys.readouterr().out


def test_the_page_that_is_published_names_no_file(copy: Path, kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    path = kept("secret-name.json", text(replace(LOG.receipt(16), leaf="f" * 64)))
    words = ["audit", "obligations", str(copy), "--anchor", ANCHOR, "--format", "html", "--receipt", str(path)]
    assert main(words) == 1
    page = capsys.readouterr().out
    assert "RECEIPT_UNKEPT" in page
    assert "secret-name" not in page
