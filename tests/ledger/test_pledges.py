"""What receipts come to that a copy of the log does not reach yet, and what is told of those that are broken."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger import entries, receipts, verifier
from ledger.envelopes import Envelope
from ledger.pledges import Outcome
from ledger.receipts import Receipt, Refusal
from ledger.rules import Code
from ledger.statements import HOST_KEY
from ledger.verifier import Report
from tests.ledger import golden

LOG = golden.legal()
SIZE = len(LOG.leaves)
LAST = entries.parse(LOG.leaves[-1]).at
COMING = Receipt(log=golden.ORIGIN, statement="c" * 64, index=SIZE, leaf="d" * 64, at=LAST)
LATER = replace(COMING, statement="e" * 64, index=SIZE + 3, at=LAST + timedelta(hours=1))


def signed(receipt: Receipt) -> Envelope:
    return receipts.sign(receipt, golden.key("HOST/host"))


def shown(*several: Receipt) -> Report:
    return verifier.verify(LOG.shelf, shown=map(signed, several))


def outcomes(report: Report) -> list[str]:
    return [pledge.outcome for pledge in report.pledges]


def test_each_receipt_comes_to_its_own_outcome_in_the_order_in_which_it_was_shown() -> None:
    foreign = receipts.sign(COMING, golden.key("thief"))
    several = [signed(COMING), foreign, signed(LOG.receipt(12)), signed(replace(LOG.receipt(13), leaf="f" * 64))]
    report = verifier.verify(LOG.shelf, shown=several)
    assert outcomes(report) == [Outcome.NEWER, Outcome.INVALID, Outcome.KEPT, Outcome.UNKEPT]
    assert [pledge.receipt and pledge.receipt.index for pledge in report.pledges] == [SIZE, None, 12, 13]
    assert (report.receipts, report.found) == (1, 2)


def test_what_a_longer_copy_may_keep_is_held_against_nobody() -> None:
    report = shown(COMING, COMING, LATER)
    assert (outcomes(report), report.findings) == ([Outcome.NEWER] * 3, ())


RULED_OUT = {
    "its time is past": ([replace(COMING, at=LAST - timedelta(seconds=1))], "has gone on until"),
    "its statement stands elsewhere": ([replace(COMING, statement=LOG.ids[12])], "stands as entry 12"),
    "two statements are one entry": ([LATER, replace(LATER, statement="f" * 64)], f"is entry {SIZE + 3}"),
    "one statement is two entries": ([LATER, replace(LATER, index=SIZE + 4)], f"is entry {SIZE + 3}"),
    "one entry has two hashes": ([LATER, replace(LATER, leaf="f" * 64)], f"is entry {SIZE + 3}"),
}


@pytest.mark.parametrize("case", RULED_OUT.values(), ids=RULED_OUT.keys())
def test_what_no_longer_copy_can_keep_is_proof_already(case: tuple[list[Receipt], str]) -> None:
    several, words = case
    report = shown(*several)
    assert outcomes(report)[:-1] == [Outcome.NEWER] * (len(several) - 1)
    assert outcomes(report)[-1] == Outcome.UNKEPT
    found = report.findings[0]
    assert (found.index, found.code, report.found) == (several[-1].index, Code.RECEIPT_UNKEPT, 1)
    assert words in found.message


def test_a_refusal_counts_by_whichever_key_the_host_has_had_and_by_no_other() -> None:
    """A host that got another key does not get rid of what it has refused before; nobody's word is put in its mouth."""
    log = golden.renewed()
    first, new = HOST_KEY, log.replaced[HOST_KEY]
    stood = log.receipt(12)
    never = Refusal(log=golden.ORIGIN, statement="f" * 64, rule="V8", at=stood.at)
    false = Refusal(log=golden.ORIGIN, statement=stood.statement, rule="V8", at=stood.at + timedelta(seconds=1))
    told = [(never, first), (never, new), (false, first), (false, new), (never, "ID-NB/root"), (false, "thief")]
    report = verifier.verify(log.shelf, shown=[receipts.sign_refusal(said, golden.key(by)) for said, by in told])
    assert outcomes(report) == [Outcome.REFUSED] * 2 + [Outcome.FALSE] * 2 + [Outcome.INVALID] * 2
    assert [pledge.refusal for pledge in report.pledges] == [never, never, false, false, None, None]
    assert [(each.index, each.code) for each in report.findings] == [
        (12, Code.REFUSAL_FALSE),
        (12, Code.REFUSAL_FALSE),
        (None, Code.REFUSAL_INVALID),
        (None, Code.REFUSAL_INVALID),
    ]


def test_a_refusal_by_the_new_key_needs_the_amendment_that_brought_it() -> None:
    never = Refusal(log=golden.ORIGIN, statement="f" * 64, rule="V8", at=LAST)
    shown = [receipts.sign_refusal(never, golden.key(golden.renewed().replaced[HOST_KEY]))]
    before, after = verifier.verify(LOG.shelf, shown=shown), verifier.verify(golden.renewed().shelf, shown=shown)
    assert (outcomes(before), before.found) == ([Outcome.INVALID], 1)
    assert (outcomes(after), after.found) == ([Outcome.REFUSED], 0)


BROKEN = {
    "another statement": (replace(LOG.receipt(12), statement="f" * 64), "does not stand in the log"),
    "another place": (replace(LOG.receipt(12), index=13), "stands as entry 12"),
    "another time": (replace(LOG.receipt(12), at=LOG.receipt(12).at + timedelta(seconds=1)), "not at "),
    "another hash": (replace(LOG.receipt(12), leaf="f" * 64), "not with the leaf hash"),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_pledge_says_what_is_broken(case: tuple[Receipt, str]) -> None:
    receipt, words = case
    report = shown(receipt)
    assert outcomes(report) == [Outcome.UNKEPT]
    assert words in report.findings[0].message
