"""Checkpoints and files that are missing, broken, or of other entries."""

import hashlib
from dataclasses import replace

import pytest

from ledger import (
    checkpoints,
    verifier,
)
from ledger.rules import Code
from tests.ledger import golden
from tests.ledger.golden import Log, referral
from tests.ledger.spoiled import (
    BUNDLE,
    LARGE,
    LEGAL,
    SIZE,
    TILE,
    codes,
)


def test_a_checkpoint_by_another_key_is_not_believed() -> None:
    shelf = LEGAL.shelf.copy()
    checkpoint = checkpoints.Checkpoint(origin=golden.ORIGIN, size=5, root=bytes(32))
    shelf.files["checkpoint"] = checkpoints.sign(checkpoint, golden.key("thief")).encode()
    report = verifier.verify(shelf)
    assert codes(report) == [(None, Code.CHECKPOINT_INVALID)]
    assert report.size == SIZE


def test_a_signed_checkpoint_of_other_entries_is_a_finding() -> None:
    log = LEGAL.copy()
    log.sign(SIZE, bytes(32))
    assert set(codes(verifier.verify(log.shelf))) == {
        (None, Code.ROOT_DIFFERS),
        (None, Code.EARLIER_ROOT_DIFFERS),
    }


def test_a_log_rolled_back_behind_its_own_checkpoint_is_a_finding() -> None:
    log = LEGAL.copy()
    earlier = log.shelf.numbers("checkpoints")[0]
    log.shelf.files["checkpoint"] = log.shelf.files[f"checkpoints/{earlier}"]
    later = [size for size in log.shelf.numbers("checkpoints") if size > earlier]
    assert codes(verifier.verify(log.shelf)) == [(None, Code.EARLIER_ROOT_DIFFERS)] * len(later)


def test_a_checkpoint_under_another_ones_name_is_a_finding() -> None:
    log = LEGAL.copy()
    log.shelf.files["checkpoints/7"] = log.shelf.files["checkpoint"]
    assert codes(verifier.verify(log.shelf)) == [(None, Code.EARLIER_CHECKPOINT_INVALID)]
    log.shelf.files["checkpoints/7"] = b"nothing"
    assert codes(verifier.verify(log.shelf)) == [(None, Code.EARLIER_CHECKPOINT_INVALID)]


def test_two_histories_of_one_log_do_not_fit_together() -> None:
    one, other = LEGAL.copy(), LEGAL.copy()
    one.send("ID-JK", "ID-JI", referral(77))
    other.send("ID-JK", "ID-JI", referral(78))
    forked = one.publish()
    other.publish()
    one.shelf.files[f"checkpoints/{forked.size}"] = other.shelf.files["checkpoint"]
    assert codes(verifier.verify(one.shelf)) == [(None, Code.EARLIER_ROOT_DIFFERS)]


@pytest.mark.parametrize(
    "path",
    [TILE, BUNDLE, "checkpoint", f"data/{golden.AGREEMENT_SHA256}"],
    ids=["tile", "bundle", "checkpoint", "data"],
)
def test_a_missing_file_is_a_finding(path: str) -> None:
    shelf = LEGAL.shelf.copy()
    del shelf.files[path]
    report = verifier.verify(shelf)
    expected = Code.AGREEMENT_FILE if path.startswith("data/") else Code.FILE_MISSING
    assert expected in {found.code for found in report.findings}
    assert not report.clean


@pytest.mark.parametrize("path", ["tile/1/000.p/2", "tile/0/001", "tile/entries/001"])
def test_a_missing_file_of_a_large_log_is_a_finding(path: str) -> None:
    shelf = LARGE.shelf.copy()
    del shelf.files[path]
    report = verifier.verify(shelf)
    assert (256 if "001" in path else 0, Code.FILE_MISSING) in codes(report)


@pytest.mark.parametrize("content", [b"", b"x", bytes(31), bytes(32)])
def test_a_broken_tile_is_a_finding_and_the_entries_are_still_judged(content: bytes) -> None:
    shelf = LEGAL.shelf.copy()
    shelf.files[TILE] = content
    assert codes(verifier.verify(shelf)) == [(0, Code.FILE_BROKEN)]


def test_a_broken_earlier_bundle_is_a_finding() -> None:
    path = next(path for path in LEGAL.shelf.files if path.startswith("tile/entries/") and path != BUNDLE)
    for content, code in [(b"\0", Code.BUNDLE_ALTERED), (b"", Code.BUNDLE_ALTERED), (b"\0\0", Code.BUNDLE_ALTERED)]:
        shelf = LEGAL.shelf.copy()
        shelf.files[path] = content
        assert codes(verifier.verify(shelf)) == [(0, code)]


def test_an_agreement_that_is_none_is_a_finding() -> None:
    log = Log()
    log.adopt(lambda genesis: replace(genesis, agreement="5" * 64))
    log.publish()
    assert codes(verifier.verify(log.shelf)) == [(None, Code.AGREEMENT_FILE)]


def test_an_agreement_of_which_no_act_can_be_judged_is_a_finding() -> None:
    junk = b"{}"
    digest = hashlib.sha256(junk).hexdigest()
    log = Log()
    log.adopt(lambda genesis: replace(genesis, agreement=digest))
    log.publish()
    log.shelf.files[f"data/{digest}"] = junk
    report = verifier.verify(log.shelf)
    assert codes(report) == [(None, Code.AGREEMENT_FILE)]
    assert "cannot be read" in report.findings[0].message
