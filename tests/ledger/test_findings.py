"""Findings: counted, kept within bounds, told in order."""

from ledger import entries, envelopes
from ledger.findings import MOST_KEPT, Finding, Findings
from ledger.rules import Code
from tests.ledger.spoiled import (
    LEGAL,
)


def test_findings_are_counted_beyond_what_is_kept() -> None:
    findings, others = Findings(), Findings()
    for number in range(MOST_KEPT + 5):
        findings.add(number, Code.CHAIN_BROKEN, "x")
    others.add(None, Code.ROOT_DIFFERS, "y")
    findings.extend(others)
    assert (findings.count, len(findings.kept)) == (MOST_KEPT + 6, MOST_KEPT)


def test_findings_are_told_by_entry_and_the_log_last() -> None:
    findings = Findings()
    findings.add(None, Code.ROOT_DIFFERS, "y")
    findings.add(3, Code.CHAIN_BROKEN, "x")
    findings.add(1, Code.AT_FALLS, "z")
    assert [str(found) for found in findings.ordered()] == [
        "entry 1: V13 AT_FALLS: z",
        "entry 3: V12 CHAIN_BROKEN: x",
        "log: V19 ROOT_DIFFERS: y",
    ]
    assert isinstance(findings.kept[0], Finding)


def test_an_envelope_is_entered_as_it_came() -> None:
    entry = entries.parse(LEGAL.leaves[20])
    assert envelopes.statement_id(entry.envelope.payload_type, entry.envelope.payload) == LEGAL.ids[20]
