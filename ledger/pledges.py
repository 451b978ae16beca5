"""Receipts and refusals held against the log: what the host has pledged, and whether the log keeps it (V23).

Promise: each comes to one outcome; one that is not kept, or false, is proof against the host, whoever shows it.
Rules: a receipt newer than this copy of the log proves nothing yet, unless it can never be kept any more: its statement
stands elsewhere, its time is past (times never fall, V13), or another receipt contradicts it. A refusal says that a
statement was not entered then; that it was entered later, as it was or not at all, contradicts nothing.
Elsewhere: what a receipt says, `ledger.receipts`; the files that receipts are kept in, `cli.audit.receipts`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from ledger import instants, receipts
from ledger.envelopes import Envelope
from ledger.findings import Findings
from ledger.histories import History
from ledger.receipts import Receipt, Refusal
from ledger.rules import Code, Refused
from ledger.statements import AgreementAdopted


class Outcome(StrEnum):
    """What a receipt came to."""

    KEPT = "kept"
    NEWER = "newer"  # than this copy of the log
    UNKEPT = "unkept"
    INVALID = "invalid"
    REFUSED = "refused"  # of a refusal: so it was
    FALSE = "false"  # of a refusal: the statement stood in the log


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """One receipt or refusal that was shown; both are None unless the host of this log signed it."""

    outcome: Outcome
    receipt: Receipt | None
    refusal: Refusal | None = None


_INVALID: Final = Pledge(outcome=Outcome.INVALID, receipt=None)


def hold(shown: Iterable[Envelope], history: History, findings: Findings) -> tuple[Pledge, ...]:
    """Hold receipts against the log, in their order."""
    newer: dict[int | str, Receipt] = {}
    return tuple(_hold(envelope, history, findings, newer) for envelope in shown)


def _hold(envelope: Envelope, history: History, findings: Findings, newer: dict[int | str, Receipt]) -> Pledge:
    if history.genesis is None:
        findings.add(None, Code.RECEIPT_INVALID, "without entry 0 no receipt can be verified")
        return _INVALID
    if envelope.payload_type == receipts.REFUSAL_TYPE:
        return _refused(envelope, history, history.genesis, findings)
    try:
        receipt = _read(envelope, history)
    except Refused as refused:
        findings.add_refused(None, refused)
        return _INVALID
    if receipt.log != history.genesis.log:
        findings.add(None, Code.RECEIPT_INVALID, f"a receipt of the log {receipt.log}")
        return _INVALID
    reached = receipt.index < history.size
    broken = _broken(receipt, history) if reached else _ruled_out(receipt, history, newer)
    if broken is not None:
        told = f"the host has signed that statement {receipt.statement} is this entry; {broken}"
        findings.add(receipt.index, Code.RECEIPT_UNKEPT, told)
        return Pledge(outcome=Outcome.UNKEPT, receipt=receipt)
    return Pledge(outcome=Outcome.KEPT if reached else Outcome.NEWER, receipt=receipt)


def _read(envelope: Envelope, history: History) -> Receipt:
    """The receipt, by one of the host's keys that signed for its entry: one that was replaced before signs no more."""
    refused = Refused(Code.RECEIPT_INVALID, "signed by no key of the host's")
    for key in history.host_keys(0):
        try:
            receipt = receipts.verify(envelope, key)
        except Refused as found:
            refused = found
            continue
        if key not in history.host_keys(receipt.index):
            raise Refused(Code.RECEIPT_INVALID, f"signed for entry {receipt.index} by a host's key of before")
        return receipt
    raise refused


def _read_refusal(envelope: Envelope, history: History) -> Refusal:
    """The refusal, by one of the keys that the host has had: it names no entry that would tell which."""
    refused = Refused(Code.REFUSAL_INVALID, "signed by no key of the host's")
    for key in history.host_keys(0):
        try:
            return receipts.verify_refusal(envelope, key)
        except Refused as found:
            refused = found
    raise refused


def _refused(envelope: Envelope, history: History, genesis: AgreementAdopted, findings: Findings) -> Pledge:
    try:
        refusal = _read_refusal(envelope, history)
    except Refused as refused:
        findings.add_refused(None, refused)
        return _INVALID
    if refusal.log != genesis.log:
        findings.add(None, Code.REFUSAL_INVALID, f"a refusal of the log {refusal.log}")
        return _INVALID
    stands = history.index(refusal.statement)
    if stands is not None and history.times[stands] < int(refusal.at.timestamp()):
        told = f"the host has signed at {instants.spell(refusal.at)} that statement {refusal.statement} is not entered"
        findings.add(stands, Code.REFUSAL_FALSE, f"{told}, and it stood in the log")
        return Pledge(outcome=Outcome.FALSE, receipt=None, refusal=refusal)
    return Pledge(outcome=Outcome.REFUSED, receipt=None, refusal=refusal)


def _broken(receipt: Receipt, history: History) -> str | None:
    """Why the entry is not the one of the receipt."""
    stands = history.index(receipt.statement)
    if stands != receipt.index:
        return _elsewhere(stands)
    if _seconds(receipt) != history.times[receipt.index]:
        return f"not at {instants.spell(receipt.at)}, as it says"
    if history.hash(receipt.index).hex() != receipt.leaf:
        return f"not with the leaf hash {receipt.leaf}"
    return None


def _ruled_out(receipt: Receipt, history: History, newer: dict[int | str, Receipt]) -> str | None:
    """Why no longer copy of this log can keep the receipt."""
    stands = history.index(receipt.statement)
    if stands is not None:
        return _elsewhere(stands)
    end = history.times[-1]
    if _seconds(receipt) < end:
        gone = instants.spell(datetime.fromtimestamp(end, tz=UTC))
        return f"at {instants.spell(receipt.at)}, and the log has gone on until {gone} without it"
    for other in [newer.setdefault(name, receipt) for name in (receipt.index, receipt.statement)]:
        if other != receipt:
            return f"and, in another receipt, that statement {other.statement} is entry {other.index}"
    return None


def _elsewhere(stands: int | None) -> str:
    return "it does not stand in the log" if stands is None else f"it stands as entry {stands}"


def _seconds(receipt: Receipt) -> int:
    return int(receipt.at.timestamp())
