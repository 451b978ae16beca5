"""audit prove and audit verify-proof: one entry, shown to somebody who has nothing of the log but its key."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from cli.main import main
from ledger import checkpoints, entries, envelopes, notes, proofs, tiles, trees
from ledger.checkpoints import Checkpoint
from ledger.proofs import Proof
from tests.cli.listeners import credentials_for, served
from tests.ledger import golden

LOG = golden.legal()
SIZE = len(LOG.leaves)
KEY = LOG.shelf.files["vkey"].decode().strip()
TILE, BUNDLE = f"tile/0/000.p/{SIZE}", f"tile/entries/000.p/{SIZE}"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return LOG.shelf.lay(tmp_path / "copy")


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A word of the audit: its exit code, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "200")

    def told(*words: object) -> tuple[int, str, str]:
        code = main(["audit", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return told


@pytest.fixture
def shown(copy: Path, tmp_path: Path, run: Run) -> tuple[Path, Path]:
    """The proof of entry 12, and entry 12."""
    proof, leaf = tmp_path / "12.tlog-proof", tmp_path / "12.leaf"
    assert run("prove", copy, 12, "--out", proof, "--leaf", leaf)[0] == 0
    return proof, leaf


def test_an_entry_is_proved_to_somebody_who_has_the_key_alone(shown: tuple[Path, Path], run: Run) -> None:
    proof, leaf = shown
    assert leaf.read_bytes() == LOG.leaves[12]
    code, told, err = run("verify-proof", proof, "--leaf", leaf, "--key", KEY)
    assert (code, err) == (0, "")
    for words in (golden.ORIGIN, f"12, under the checkpoint of {SIZE} entries", "referral.", LOG.ids[12], "✓ proved"):
        assert words in told


def test_what_is_proved_is_told_as_json(shown: tuple[Path, Path], copy: Path, run: Run) -> None:
    proof, leaf = shown
    _, told, _ = run("verify-proof", proof, "--leaf", leaf, "--key", copy / "vkey", "--json")
    document = json.loads(told)
    entry = document.pop("entry")
    assert document == {
        "log": golden.ORIGIN,
        "size": SIZE,
        "root": LOG.edge.root().hex(),
        "index": 12,
        "leaf": trees.leaf_hash(LOG.leaves[12]).hex(),
    }
    assert (entry["statement"], entry["party"]) == (LOG.ids[12], entry["key"].split("/")[0])


def test_the_hash_alone_will_do(shown: tuple[Path, Path], run: Run) -> None:
    digest = trees.leaf_hash(LOG.leaves[12]).hex()
    code, told, _ = run("verify-proof", shown[0], "--hash", digest, "--key", KEY, "--json")
    assert (code, json.loads(told)["entry"]) == (0, None)
    code, told, _ = run("verify-proof", shown[0], "--hash", digest, "--key", KEY)
    assert (code, "statement" in told) == (0, False)


def test_a_statement_is_found_by_its_id(copy: Path, run: Run) -> None:
    code, told, _ = run("prove", copy, LOG.ids[16])
    assert (code, proofs.parse(told).index) == (0, 16)
    assert run("prove", copy, 16)[1] == told


def test_no_more_is_needed_than_public_files(copy: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    key = SigningKey.generate()
    with served(copy, key) as service:
        code, told, _ = run("prove", service.issuer, 12)
        assert (code, told) == (0, run("prove", copy, 12)[1])
        assert {line.split("/ledger/")[1] for line in service.asked} == {"checkpoint", "vkey", TILE}
        for words in (("12", "--leaf", copy / "leaf"), (LOG.ids[12],)):
            code, told, err = run("prove", service.issuer, *words)
            assert (code, told, "--as" in err) == (2, "", True)
        assert not (copy / "leaf").exists()
        monkeypatch.setattr("cli.audit.credentials.read", lambda path: credentials_for(service, key))
        assert run("prove", service.issuer, LOG.ids[12], "--leaf", copy / "leaf", "--as", "client.json")[0] == 0
        assert (copy / "leaf").read_bytes() == LOG.leaves[12]


def test_where_a_partial_file_was_dropped_the_full_one_will_do(tmp_path: Path, run: Run) -> None:
    """A log may drop partial files that it has outgrown (tlog-tiles)."""
    log = golden.founded()
    for number in range(20):
        golden.hand_over(log, "ID-JK", "ID-JI", golden.referral(number))
    early = log.publish().size
    for number in range(20, 45):
        golden.hand_over(log, "ID-JK", "ID-JI", golden.referral(number))
    log.publish()
    assert len(log.leaves) > tiles.WIDTH > early
    assert run("prove", log.shelf.lay(tmp_path / "whole"), early)[0] == 0
    for name in [name for name in log.shelf.files if "000.p/" in name]:
        del log.shelf.files[name]
    log.shelf.files["checkpoint"] = log.shelf.files[f"checkpoints/{early}"]
    copy, leaf = log.shelf.lay(tmp_path / "copy"), tmp_path / "leaf"
    code, told, _ = run("prove", copy, log.ids[early - 1], "--leaf", leaf)
    assert (code, leaf.read_bytes()) == (0, log.leaves[early - 1])
    (tmp_path / "proof").write_text(told, encoding="utf-8")
    assert run("verify-proof", tmp_path / "proof", "--leaf", leaf, "--key", KEY)[0] == 0
    assert run("prove", copy, early)[0] == 2


UNMADE: dict[str, tuple[Callable[[Path], object], str, int]] = {
    "a tile altered": (lambda copy: (copy / TILE).write_bytes(bytes(32 * SIZE)), "leads to another root", 1),
    "a tile cut short": (lambda copy: (copy / TILE).write_bytes(bytes(32)), "holds 1", 1),
    "a tile that is none": (lambda copy: (copy / TILE).write_bytes(b"x"), "FILE_BROKEN", 1),
    "a tile missing": (lambda copy: (copy / TILE).unlink(), f"the log has no {TILE}", 2),
    "a bundle missing": (lambda copy: (copy / BUNDLE).unlink(), f"the log has no {BUNDLE}", 2),
    "a bundle broken": (lambda copy: (copy / BUNDLE).write_bytes(b"\xff\xff"), "ends within its leaf", 1),
    "a bundle cut short": (lambda copy: (copy / BUNDLE).write_bytes(b""), "holds 0 entries", 1),
    "another entry in its place": (
        lambda copy: (copy / BUNDLE).write_bytes(tiles.bundle(reversed(LOG.leaves))),
        "leads to another root",
        1,
    ),
    "no key": (lambda copy: (copy / "vkey").unlink(), "the log has no vkey", 2),
    "another key": (
        lambda copy: (copy / "vkey").write_text(notes.key_of(golden.ORIGIN, golden.key("thief")).spell()),
        "none of the keys",
        1,
    ),
    "a checkpoint that is none": (lambda copy: (copy / "checkpoint").write_bytes(b"12\n"), "a note is a text", 1),
}


@pytest.mark.parametrize("case", UNMADE.values(), ids=UNMADE.keys())
def test_of_files_that_do_not_belong_together_no_proof_is_written(
    case: tuple[Callable[[Path], object], str, int], copy: Path, tmp_path: Path, run: Run
) -> None:
    spoil, words, exit_code = case
    spoil(copy)
    code, told, err = run("prove", copy, 12, "--out", tmp_path / "proof", "--leaf", tmp_path / "leaf")
    assert (code, told) == (exit_code, "")
    assert words in err
    assert not (tmp_path / "proof").exists()
    assert not (tmp_path / "leaf").exists()


NO_ENTRY = {
    "beyond the checkpoint": (str(SIZE), "not entry", 2),
    "an unknown statement": ("ab" * 32, "no entry of these", 1),
    "neither a number nor an id": ("012", "is neither", 2),
}


@pytest.mark.parametrize("case", NO_ENTRY.values(), ids=NO_ENTRY.keys())
def test_an_entry_that_is_not_there_has_no_proof(case: tuple[str, str, int], copy: Path, run: Run) -> None:
    named, words, exit_code = case
    code, told, err = run("prove", copy, named)
    assert (code, told) == (exit_code, "")
    assert words in err


def test_an_entry_that_cannot_be_read_is_nobodys_statement(copy: Path, run: Run) -> None:
    (copy / BUNDLE).write_bytes(tiles.bundle([b"{}", *LOG.leaves[1:]]))
    assert run("prove", copy, LOG.ids[12])[0] == 0
    assert run("prove", copy, LOG.ids[0])[0] == 1


def test_a_proof_is_not_written_over_a_folder(copy: Path, run: Run) -> None:
    code, _, err = run("prove", copy, 12, "--out", ".")
    assert (code, "it is a folder" in err) == (2, True)
    assert run("prove", copy, 12, "--out", copy)[0] == 2
    assert run("prove", copy / "nowhere", 12)[0] == 2


def words_with(**changed: object) -> dict[str, object]:
    return {"--key": KEY} | {f"--{name}": value for name, value in changed.items()}


WRONG: dict[str, tuple[Callable[[Path], dict[str, object]], str, int]] = {
    "another entry": (lambda at: words_with(leaf=written(at, LOG.leaves[13])), "leads to another root", 1),
    "one byte of it": (lambda at: words_with(leaf=written(at, LOG.leaves[12] + b" ")), "leads to another root", 1),
    "another hash": (lambda at: words_with(hash="ab" * 32), "leads to another root", 1),
    "no hash": (lambda at: words_with(hash="AB" * 32), "64 lower-case", 2),
    "another log's key": (
        lambda at: words_with(leaf=written(at, LOG.leaves[12]), key=notes.key_of("x", golden.key("x")).spell()),
        "none of the keys",
        1,
    ),
    "no key": (lambda at: words_with(hash="ab" * 32, key="KEY"), "no such file", 2),
    "a file that is no key": (lambda at: words_with(hash="ab" * 32, key=written(at, b"KEY")), "not a key", 2),
    "a folder for a key": (lambda at: words_with(hash="ab" * 32, key=at), "directory", 2),
    "neither entry nor hash": (lambda at: words_with(), "a proof is of something", 2),
    "both": (lambda at: words_with(hash="ab" * 32, leaf=at / "x"), "a proof is of something", 2),
    "no such entry file": (lambda at: words_with(leaf=at / "nowhere"), "No such file", 2),
}


def written(folder: Path, content: bytes) -> Path:
    (folder / "written").write_bytes(content)
    return folder / "written"


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_nothing_else_is_proved(
    case: tuple[Callable[[Path], dict[str, object]], str, int], shown: tuple[Path, Path], tmp_path: Path, run: Run
) -> None:
    make, words, exit_code = case
    code, told, err = run("verify-proof", shown[0], *(word for pair in make(tmp_path).items() for word in pair))
    assert (code, told) == (exit_code, "")
    assert words in err


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"c2sp.org/tlog-proof@v1\nindex 12"])
def test_what_is_no_proof_is_unusable(content: bytes, shown: tuple[Path, Path], run: Run) -> None:
    shown[0].write_bytes(content)
    code, told, _ = run("verify-proof", shown[0], "--leaf", shown[1], "--key", KEY)
    assert (code, told) == (2, "")
    shown[0].unlink()
    assert run("verify-proof", shown[0], "--leaf", shown[1], "--key", KEY)[0] == 2


def signed(leaves: list[bytes], index: int, folder: Path) -> tuple[Path, Path]:
    """The proof of whatever a log has put into its tree."""
    hashes = [trees.leaf_hash(leaf) for leaf in leaves]
    note = checkpoints.sign(
        Checkpoint(origin=golden.ORIGIN, size=len(leaves), root=trees.root(hashes)), golden.key("log")
    )
    proof = Proof(index=index, hashes=(hashes[1 - index],), checkpoint=note)
    (folder / "proof").write_text(proof.spell(), encoding="utf-8")
    return folder / "proof", written(folder, leaves[index])


def test_a_log_that_has_signed_what_is_no_entry_is_caught_by_its_own_proof(tmp_path: Path, run: Run) -> None:
    for leaves, words in (([b"{}", b"[]"], "is no entry"), (list(LOG.leaves[1:3]), "says 1 of itself")):
        proof, leaf = signed(leaves, 0, tmp_path)
        code, told, err = run("verify-proof", proof, "--leaf", leaf, "--key", KEY)
        assert (code, told) == (1, "")
        assert words in err


def test_of_a_statement_that_cannot_be_read_no_more_is_told_than_its_id(tmp_path: Path, run: Run) -> None:
    sealed = envelopes.seal("application/vnd.estafet.unknown.v1+json", b"{}", [golden.key("x")])
    first = entries.Entry(at=golden.START, index=0, prev=entries.NO_PREV, envelope=sealed)
    proof, leaf = signed([entries.encode(first), b""], 0, tmp_path)
    code, told, _ = run("verify-proof", proof, "--leaf", leaf, "--key", KEY, "--json")
    told_of = json.loads(told)["entry"]
    assert (code, told_of["kind"], told_of["party"], told_of["key"]) == (0, None, None, None)
    assert told_of["statement"] == envelopes.statement_id(sealed.payload_type, b"{}")
    assert run("verify-proof", proof, "--leaf", leaf, "--key", KEY)[0] == 0
