"""Two audits that share no line come to the same verdict on every log that anybody could think of here."""

import ast
import json
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings

from ledger import envelopes, statements, tiles, verifier
from ledger.envelopes import Envelope
from ledger.rules import RULES, Code
from tests.conftest import SOAK
from tests.ledger import chronicles, golden, outages, second_audit, second_count, spoilers
from tests.ledger.chronicles import BEGUN, Step, steps
from tests.ledger.golden import Shelf
from tests.ledger.second_audit import audits, bodies, copies, manifests, notes, proofs
from tests.ledger.second_audit.texts import Broken
from tests.ledger.spoiled import LARGE

LONG = os.environ.get(SOAK) == "1"
ALLOWED = {
    "base64", "binascii", "collections", "collections.abc", "contextlib", "cryptography.exceptions",
    "cryptography.hazmat.primitives.asymmetric.ed25519", "dataclasses", "datetime", "functools", "hashlib", "itertools",
    "json", "pathlib", "re", "sys", "tests.ledger", "typing", "unicodedata",
}  # fmt: skip
Lines = dict[str, tuple[int, str]]  # R12: by key, how many statements, the last one
Verdict = tuple[set[tuple[int | None, str, str]], set[tuple[int, int]], int, Lines] | None


def first(shelf: Shelf, shown: Iterable[Envelope] = ()) -> Verdict:
    try:
        report = verifier.verify(shelf, shown=shown)
    except verifier.Unusable:
        return None
    found = {(each.index, each.rule, each.code.value) for each in report.findings}
    lines = {key: (line.statements, line.last) for key, line in report.signed.items()}
    return found, {(each.index, each.revoked_by) for each in report.disputed}, report.unjudged, lines


def second(shelf: Shelf, shown: Iterable[Envelope] = ()) -> Verdict:
    try:
        found = audits.audit(shelf, receipts=[envelopes.to_json(each) for each in shown])
    except audits.Unusable:
        return None
    return found.findings, found.disputed, found.unjudged, found.history.lines


@pytest.mark.parametrize("case", manifests.cases(), ids=lambda case: str(case["name"]))
def test_the_second_audit_comes_to_the_verdict_of_the_manifest(case: manifests.Case) -> None:
    assert manifests.verdict(case) == manifests.expected(case)


def test_both_find_nothing_in_a_log_of_several_tiles_and_in_one_full_of_outages() -> None:
    for shelf in (LARGE.shelf, outages.everything().shelf):
        verdict = first(shelf)
        assert verdict == second(shelf)
        assert verdict is not None
        assert verdict[:3] == (set(), set(), 0)


@pytest.mark.parametrize("batch", range(5))
def test_both_find_the_same_in_logs_spoiled_at_random(batch: int) -> None:
    """Each batch has one sort of spoiling; the long form tries hundreds of each."""
    codes: set[str] = set()
    for number in range(batch, 3000 if LONG else 60, 5):
        shelf = spoilers.spoiled(number)
        verdict = first(shelf)
        assert second(shelf) == verdict, f"log number {number}"
        codes |= {code for _, _, code in verdict[0]} if verdict else set()
    assert len(codes) >= 3  # or nothing was spoiled


def renewed_and_lost(*lost: int) -> Shelf:
    """The log in which a root and the host got new keys, some entries of which nobody can read."""
    log = golden.renewed()
    for path in [path for path in log.shelf.files if path.startswith("tile/entries/")]:
        leaves = [log.leaves[at][:-9] + b"#" * 9 if at in lost else log.leaves[at] for at in range(int(path[-2:]))]
        log.shelf.files[path] = tiles.bundle(leaves)
    return log.shelf


@pytest.mark.parametrize(
    ("lost", "unjudged", "forum"), [((60,), 3, 1), ((61,), 1, 1), ((60, 61), 2, 0), ((62, 63), 0, 2), ((), 0, 2)]
)
def test_both_hold_no_signature_against_who_may_have_got_the_key_by_an_entry_that_is_lost(
    lost: tuple[int, ...], unjudged: int, forum: int
) -> None:
    """Entry 60 replaces a root, which signs 61 and 62; 61 replaces the host's key, which signs 63."""
    shelf = renewed_and_lost(*lost)
    verdict = first(shelf)
    assert verdict == second(shelf)
    assert verdict is not None
    assert {index for index, _, _ in verdict[0]} == set(lost)
    assert verdict[2] == unjudged
    assert verdict[3].get("FORUM", (0, ""))[0] == forum


@given(steps)
@settings(max_examples=200 if LONG else 10)
def test_both_find_nothing_in_what_is_legal(chosen: list[Step]) -> None:
    shelf = chronicles.written((*BEGUN, *chosen)).shelf
    assert first(shelf) == second(shelf)
    assert second(shelf) is not None


@pytest.mark.parametrize("name", ["small", "legal"])
def test_the_second_count_comes_to_the_rows_that_are_kept(name: str) -> None:
    files = manifests.log(name)
    agreement = json.loads(files[f"data/{golden.AGREEMENT_SHA256}"])
    bundle = files[max((path for path in files if path.startswith("tile/entries/")), key=lambda path: len(files[path]))]
    leaves = [part.leaf for part in copies.cut(bundle)]
    told = json.loads((manifests.FOLDER / f"{name}.owed.json").read_bytes())
    last = second_count.instant(json.loads(leaves[-1])["at"])
    for row, counted in zip(told, second_count.count(leaves, agreement, last), strict=True):
        assert row == {field: _plain(counted[field]) for field in row}


def _plain(value: object) -> object:
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    if hasattr(value, "total_seconds"):
        return value.total_seconds()
    return [[_plain(end) for end in stop] for stop in value] if isinstance(value, list) else value


def test_the_kept_proof_proves_its_leaf_and_no_byte_of_it_can_be_another() -> None:
    proof, leaf = ((manifests.FOLDER / f"small.7.{name}").read_bytes() for name in ("tlog-proof", "leaf"))
    key = notes.key(manifests.log("small")["vkey"].decode().removesuffix("\n"))
    assert proofs.proved(proof, leaf, key) == 7
    by_log = proof.index(b"\n", proof.index("\u2014".encode()))  # behind it stand cosignatures, of keys not asked for
    for at in range(by_log):
        with pytest.raises((Broken, ValueError)):
            proofs.proved(proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1 :], leaf, key)
    with pytest.raises(Broken):
        proofs.proved(proof, leaf.replace(b'"index":7', b'"index":8'), key)


def test_signatures_on_which_verifiers_differ_verify_nowhere() -> None:
    """S beyond the order, R of low order, a key of mixed order: each is refused by both (F4, V24)."""
    cases = {str(case["name"]): case for case in manifests.cases()}
    for name, rule, code in (
        ("signature-with-s-beyond-the-order", "V1", "SIGNATURE_INVALID"),
        ("signature-with-r-of-low-order", "V1", "SIGNATURE_INVALID"),
        ("public-key-of-mixed-order", "V24", "KEY_UNSAFE"),
    ):
        assert cases[name]["findings"] == [[12, rule, code]]
        assert manifests.verdict(cases[name]) == manifests.expected(cases[name])


def test_every_code_has_its_case_but_those_that_no_log_can_show() -> None:
    shown = {code for case in manifests.cases() for _, _, code in case["findings"]}
    assert {code.value for code in Code} - shown == {"SEEN_UNKNOWN", "KEY_MAY_NOT_SIGN"}
    assert {rule for case in manifests.cases() for _, rule, _ in case["findings"]} == set(RULES)


def test_the_second_audit_takes_the_tables_from_the_text() -> None:
    assert set(bodies.KINDS) == set(statements.KINDS)
    for name, kind in statements.KINDS.items():
        row = bodies.KINDS[name]
        fields = {*bodies.COMMON, *row["fields"], *(["sealed"] if row["sealed"] else [])}
        assert fields == set(statements.body_shapes(kind)), name


def test_the_second_audit_knows_nothing_of_the_first() -> None:
    folder = Path(second_audit.__file__).parent
    imported = set()
    for path in [*folder.glob("*.py"), Path(second_count.__file__)]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module))
                if node.module == "tests.ledger":
                    assert {each.name for each in node.names} == {"second_count"}
    ours = {name for name in imported if name.startswith("tests.ledger.second_audit")}
    assert imported - ours <= ALLOWED
