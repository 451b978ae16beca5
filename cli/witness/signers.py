"""The witness's hand: judge, keep, sign, in this order and one at a time.

Promise: what was signed is on the disk before its signature leaves; two requests at once, or a kill at any step, leave
no two signed checkpoints that do not continue each other.
Rules: checked and kept under one lock. Killed before the record stands, nothing was signed; killed after it, the
signature that nobody heard is given again for the same text. Its own times of one log never fall.
Elsewhere: what continues what, `ledger.witnesses`; the disk, `cli.witness.records`.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nacl.signing import SigningKey

from cli.witness.records import Records
from ledger import checkpoints, cosignatures, notes, witnesses
from ledger.notes import VerifierKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A witness at work."""

    name: str
    key: SigningKey = field(repr=False)
    logs: Mapping[str, VerifierKey]  # by origin
    records: Records
    now: Callable[[], int]  # seconds since 1970
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, data: bytes) -> bytes:
        """The signature line for what was sent; raises `witnesses.Refused`, and `records.Damaged`."""
        offer = witnesses.admit(data, self.logs)
        origin = offer.checkpoint.origin
        with self.lock:
            last = self.records.last(origin)
            witnesses.require_continuing(offer, None if last is None else last.checkpoint)
            time = self.now() if last is None else max(self.now(), last.time)
            line = cosignatures.cosign(offer.text, self.name, self.key, time)
            self.records.keep(origin, self._note(offer.text, offer.submission.note, line))
        return line.line().encode()

    def _note(self, text: str, note: bytes, line: notes.Signature) -> bytes:
        """What is kept, and shown to those who watch: the log's own signature and this one, nobody else's."""
        log = self.logs[checkpoints.parse(text).origin]
        own = [each for each in notes.parse(note).signatures if (each.name, each.key_id) == (log.name, log.id)]
        return f"{text}\n{own[0].line()}{line.line()}".encode()
