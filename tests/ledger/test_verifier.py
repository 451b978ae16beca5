"""A clean log is clean; receipts are kept or are proof; what cannot be audited says so."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context

import pytest

from ledger import chunks, entries, receipts, statements, tiles, trees, verifier
from ledger.chunks import Chunk, Examination
from ledger.dockets import Docket
from ledger.receipts import Receipt
from ledger.rules import Code
from tests.ledger import golden
from tests.ledger.golden import Shelf
from tests.ledger.spoiled import (
    ANCHOR,
    BUNDLE,
    LARGE,
    LARGE_SIZE,
    LEGAL,
    SIZE,
    codes,
    kept,
    receipt,
)


def test_a_legal_log_is_clean() -> None:
    report = verifier.verify(LEGAL.shelf, anchor=ANCHOR)
    assert report.findings == ()
    assert report.clean
    assert report.anchored
    assert (report.size, report.origin, report.anchor) == (SIZE, golden.ORIGIN, ANCHOR)
    renewed = verifier.verify(golden.renewed().shelf)
    assert renewed.clean
    assert set(renewed.kinds) == set(statements.KINDS)
    assert (report.earlier_checkpoints, report.unjudged) == (3, 0)


def test_without_an_anchor_a_log_is_only_consistent() -> None:
    report = verifier.verify(LEGAL.shelf)
    assert report.clean
    assert not report.anchored


def test_another_anchor_is_a_finding() -> None:
    report = verifier.verify(LEGAL.shelf, anchor="0" * 64)
    assert codes(report) == [(0, Code.ANCHOR_DIFFERS)]
    assert not report.anchored


def test_a_log_of_several_tiles_is_clean_and_tells_its_progress() -> None:
    told: list[tuple[int, int]] = []
    report = verifier.verify(LARGE.shelf, progress=lambda done, size: told.append((done, size)))
    assert report.findings == ()
    assert told == [(256, LARGE_SIZE), (512, LARGE_SIZE), (LARGE_SIZE, LARGE_SIZE)]


def test_other_processes_may_examine() -> None:
    def examining(several: Iterable[Chunk]) -> Iterator[Examination]:
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            yield from pool.map(chunks.examine, several)

    assert verifier.verify(LARGE.shelf, examining=examining) == verifier.verify(LARGE.shelf)


def test_a_partial_file_that_was_dropped_is_read_from_the_full_one() -> None:
    shelf = LARGE.shelf.copy()
    size = next(size for size in shelf.numbers("checkpoints") if 256 < size < 512)
    shelf.files["checkpoint"] = shelf.files[f"checkpoints/{size}"]
    for later in shelf.numbers("checkpoints"):
        if later > size:
            del shelf.files[f"checkpoints/{later}"]
    for path in list(shelf.files):
        if ".p/" in path:
            del shelf.files[path]
    shelf.files["tile/1/000.p/1"] = trees.root(tiles.hashes(shelf.files["tile/0/000"]))
    report = verifier.verify(shelf)
    assert (report.findings, report.size) == ((), size)


def test_without_entry_0_the_files_are_still_compared() -> None:
    report = kept(lambda leaves: [b"{}", *leaves[1:]])
    assert {found.index for found in report.findings} == {0}
    assert Code.GENESIS_INVALID in {found.code for found in report.findings}
    assert report.unjudged == SIZE - 1


def test_without_entry_0_and_key_file_there_is_nothing_to_audit_by() -> None:
    shelf = LEGAL.shelf.copy()
    shelf.files[BUNDLE] = b""
    for path in list(shelf.files):
        if path == "vkey" or path.startswith("tile/entries/"):
            del shelf.files[path]
    with pytest.raises(verifier.Unusable):
        verifier.verify(shelf)


def test_an_empty_folder_and_an_empty_log_are_nothing_to_audit() -> None:
    with pytest.raises(verifier.Unusable):
        verifier.verify(Shelf())
    log = golden.legal()
    log.shelf.files = {"vkey": log.shelf.files["vkey"]}
    log.sign(0, trees.EMPTY)
    with pytest.raises(verifier.Unusable, match="never empty"):
        verifier.verify(log.shelf)


STOOD = LEGAL.receipt(12)


def test_a_receipt_that_is_kept_is_counted() -> None:
    shown = [receipt(LEGAL, index) for index in (0, 12, SIZE - 1)]
    report = verifier.verify(LEGAL.shelf, shown=shown)
    assert (report.findings, report.receipts) == ((), 3)


@pytest.mark.parametrize(
    "broken",
    [
        replace(STOOD, statement="f" * 64),
        replace(STOOD, leaf="f" * 64),
        replace(STOOD, at=STOOD.at + timedelta(seconds=1)),
        replace(STOOD, index=13),
    ],
    ids=["statement", "leaf", "time", "index"],
)
def test_a_receipt_that_is_not_kept_is_proof_against_the_host(broken: Receipt) -> None:
    report = verifier.verify(LEGAL.shelf, shown=[receipts.sign(broken, golden.key("HOST/host"))])
    assert codes(report) == [(broken.index, Code.RECEIPT_UNKEPT)]


def test_a_receipt_is_kept_also_where_its_statement_was_logged_again() -> None:
    """What a revoked key once signed may be logged anew by anybody: it stands where it stood first."""
    log = LEGAL.copy()
    log.send("ID-JK", "ID-JI", golden.referral(50))
    sent = entries.parse(log.leaves[SIZE])
    log.revoke_key("ID-JK", log.at)
    log.enter(sent.envelope)
    log.publish()
    report = verifier.verify(log.shelf, shown=[receipt(log, SIZE)], docket=Docket())
    assert codes(report) == [(SIZE + 2, Code.KEY_REVOKED)]
    assert report.receipts == 1


def test_a_receipt_newer_than_the_copy_proves_nothing_yet() -> None:
    shown = [receipts.sign(replace(LEGAL.receipt(SIZE - 1), statement="f" * 64, index=SIZE), golden.key("HOST/host"))]
    report = verifier.verify(LEGAL.shelf, shown=shown)
    assert (report.findings, report.receipts) == ((), 0)


def test_each_key_has_its_line_as_its_signer_remembers_it() -> None:
    signed = verifier.verify(LEGAL.shelf).signed
    assert {key: line.last for key, line in signed.items()} == LEGAL.last_of_key
    assert sum(line.statements for line in signed.values()) == SIZE - 1


def test_a_void_statement_is_counted_for_its_key_and_a_forged_one_is_not() -> None:
    log, name = LEGAL.copy(), golden.key_name("ID-JK")
    before = verifier.verify(log.shelf).signed[name]
    log.revoke_key("ID-JK", log.at)
    void = log.send("ID-JK", "ID-JI", golden.referral(50))
    forged = statements.parse(entries.parse(log.leaves[-1]).envelope.payload)
    log.say(replace(forged, claimed_at=log.at), "HOST/host")
    log.publish()
    line = verifier.verify(log.shelf).signed[name]
    assert (line.statements, line.last) == (before.statements + 1, void)


def test_a_receipt_by_another_or_of_another_log_is_none() -> None:
    shown = [
        receipts.sign(STOOD, golden.key("thief")),
        receipts.sign(replace(STOOD, log="elsewhere"), golden.key("HOST/host")),
    ]
    assert codes(verifier.verify(LEGAL.shelf, shown=shown)) == [(None, Code.RECEIPT_INVALID)] * 2


def test_without_entry_0_no_receipt_can_be_judged() -> None:
    shelf = LEGAL.shelf.copy()
    shelf.files[BUNDLE] = tiles.bundle([b"{}", *LEGAL.leaves[1:]])
    for path in list(shelf.files):
        if path.startswith("tile/entries/") and path != BUNDLE:
            del shelf.files[path]
    report = verifier.verify(shelf, shown=[receipt(LEGAL, 12)])
    assert (None, Code.RECEIPT_INVALID) in codes(report)
