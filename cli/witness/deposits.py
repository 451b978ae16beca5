"""Statements that a party leaves here because the host does not answer, and what became of them.

Promise: a deposit that was confirmed is on the disk; one to which the host has neither given a receipt nor signed a
refusal within a day is told on the witness's page, to everybody.
Rules: only a statement of the log that this witness mirrors, signed by a key of its register, so that nobody else can
fill the disk; each once. Whether it could be entered is the host's to say, in either of its two words, which anybody
may bring here, and which this witness also asks the host for. On the page stands the statement's id alone: who holds
the statement knows it, and nobody else learns whose it is.
Elsewhere: the register, from the copy, `cli.witness.mirrors`; a receipt that the log does not keep, `ledger.pledges`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cli.audit.credentials import is_object
from cli.audit.endings import Stopped
from cli.witness.mirrors import Mirror
from cli.witness.records import Records
from ledger import admissions, envelopes, receipts, statements
from ledger.envelopes import Envelope
from ledger.rules import Refused
from ledger.verifier import Report

ANSWERED_WITHIN: Final = 24 * 60 * 60  # seconds
MOST_WAITING: Final = 1_000  # of one key
STATEMENT: Final = re.compile(r"[0-9a-f]{64}")
WAITING, ENTERED, REFUSED = "waiting", "entered", "refused"


class Undeposited(Exception):
    """What was sent is not taken; `status` is HTTP's word for why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A statement that lies here, and how it stands."""

    statement: str
    at: int  # seconds since 1970
    key: str
    state: str

    def document(self) -> Mapping[str, object]:
        """What the depositor is told."""
        return {"statement": self.statement, "at": self.at, "state": self.state}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposits:
    """What lies here."""

    records: Records
    mirror: Mirror

    def take(self, data: bytes) -> Deposit:
        """Take a statement, or the host's answer to one; raises `Undeposited`."""
        looked = self.mirror.looked
        report = None if looked is None else looked.report
        if report is None or report.host_key is None:
            raise Undeposited("this witness has not read the log yet", 503)
        try:
            envelope = envelopes.decode(data)
            if envelope.payload_type in (receipts.RECEIPT_TYPE, receipts.REFUSAL_TYPE):
                return self._answered(envelope, report)
            return self._left(envelope, report)
        except Refused as refused:
            raise Undeposited(str(refused)) from refused

    def all(self) -> list[Deposit]:
        """Everything that lies here, the oldest first."""
        found = [self._read(name) for name in self.records.names("deposits")]
        return sorted(filter(None, found), key=lambda each: (each.at, each.statement))

    def overdue(self, now: int) -> list[Deposit]:
        """What the host has left without an answer for a day."""
        return [each for each in self.all() if each.state == WAITING and each.at + ANSWERED_WITHIN < now]

    def receipts(self) -> list[Envelope]:
        """The receipts that came of deposits, to be held against the log."""
        found = [
            envelopes.decode(self.records.read(f"answers/{name}") or b"") for name in self.records.names("answers")
        ]
        return [each for each in found if each.payload_type == receipts.RECEIPT_TYPE]

    def ask(self) -> None:
        """Ask the host what became of what waits; its word counts only if it is signed."""
        report = None if self.mirror.looked is None else self.mirror.looked.report
        for each in self.all() if report is not None else ():
            if each.state != WAITING or report is None:
                continue
            try:
                status, body = self.mirror.ask(f"/ledger/statements/{each.statement}")
            except Stopped:
                return  # it does not answer: the deposit waits
            receipt = _receipt_in(body) if status == 200 else None
            if receipt is not None:
                self._believe(receipt, report)

    def _believe(self, receipt: Envelope, report: Report) -> None:
        try:
            self._answered(receipt, report)
        except (Refused, Undeposited):
            return  # no word of the host's on a statement that lies here

    def _left(self, envelope: Envelope, report: Report) -> Deposit:
        said = statements.parse(envelope.payload)
        if said.log != report.origin:
            raise Undeposited("a statement of another log", 404)
        record = report.register.key(said.key)
        if record is None or record.revoked_index is not None:
            raise Undeposited("not signed by a key that stands in the log", 403)
        if envelope.payload_type != statements.payload_type(said.KIND):
            raise Undeposited(f"{said.KIND} is not signed as {envelope.payload_type}")
        envelopes.verify(envelope, [record.public])
        statement = admissions.ask(envelope).statement
        known = self._read(statement)
        if known is not None:
            return known
        if sum(each.key == record.name and each.state == WAITING for each in self.all()) >= MOST_WAITING:
            raise Undeposited("too many deposits of this key are waiting", 429)
        left = {"at": self.mirror.now(), "key": record.name, "envelope": envelopes.to_json(envelope)}
        self.records.put(f"deposits/{statement}", json.dumps(left).encode())
        return Deposit(statement=statement, at=self.mirror.now(), key=record.name, state=WAITING)

    def _answered(self, envelope: Envelope, report: Report) -> Deposit:
        """The host's word on a deposit, if it is the host's."""
        host = bytes.fromhex(report.host_key or "")
        entered = envelope.payload_type == receipts.RECEIPT_TYPE
        word = receipts.verify(envelope, host) if entered else receipts.verify_refusal(envelope, host)
        if word.log != report.origin or self._read(word.statement) is None:
            raise Undeposited("an answer to nothing that lies here", 404)
        # A receipt stands above a refusal: it is the word that the host can be held to.
        if entered or self.records.read(f"answers/{word.statement}") is None:
            self.records.put(f"answers/{word.statement}", envelopes.encode(envelope))
        found = self._read(word.statement)
        if found is None:
            raise Undeposited("an answer to nothing that lies here", 404)
        return found

    def _read(self, statement: str) -> Deposit | None:
        data = self.records.read(f"deposits/{statement}") if STATEMENT.fullmatch(statement) else None
        if data is None:
            return None
        told = json.loads(data)
        answer = self.records.read(f"answers/{statement}")
        state = WAITING
        if answer is not None:
            state = ENTERED if envelopes.decode(answer).payload_type == receipts.RECEIPT_TYPE else REFUSED
        return Deposit(statement=statement, at=int(told["at"]), key=str(told["key"]), state=state)


def _receipt_in(body: bytes) -> Envelope | None:
    """The receipt in the service's answer, if there is something of that form."""
    try:
        told: object = json.loads(body)
        receipt = told.get("receipt") if is_object(told) else None
        return None if receipt is None else envelopes.decode(json.dumps(receipt).encode())
    except (ValueError, RecursionError, Refused):
        return None
