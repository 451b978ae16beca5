"""The witness's own copy of the log, and every rule held against it.

Promise: what the host shows to this witness is kept as it was shown, and what breaks a rule of it is told; a history
that is not the one that this witness signs is found here, too.
Rules: never a stop: cosigning goes on whatever is found. Looked at anew only when something new was brought, whole each
time, and then left alone for ten times as long as it took: a copy costs a tenth of a processor at most. The checkpoint
that was signed last is laid into the copy, so that the verifier compares it like any other (V20).
Elsewhere: fetching, `cli.audit.downloads`; the rules, `ledger.verifier`; what is shown of it, `cli.witness.pages`.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cli.audit import downloads, shelves
from cli.audit.credentials import Credentials
from cli.audit.endings import FOUND, Stopped
from cli.audit.folders import Folder
from cli.audit.shelves import Remote
from cli.witness.records import Kept
from ledger import verifier
from ledger.envelopes import Envelope
from ledger.verifier import Report

SPARED: Final = 10  # times as long as a look took, until the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of the last look."""

    at: int
    report: Report | None  # None: never yet a whole one
    contradictions: tuple[str, ...]
    fault: str | None  # why the copy could not be brought


@dataclass(slots=True, kw_only=True)
class Mirror:
    """A copy, and what is wrong with it."""

    folder: Folder
    credentials: Credentials
    anchor: str | None
    now: Callable[[], int]
    signed: Callable[[str], Kept | None]  # what this witness signed last of a log
    looked: Looked | None = None
    took: float = 0.0  # seconds, the last whole look
    _seen: object = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, receipts: Callable[[], list[Envelope]] = list) -> Looked:
        """Bring what is new, and judge it. `receipts` that the host gave are held against it."""
        with self._lock:
            began = time.monotonic()
            report = None if self.looked is None else self.looked.report
            fault = self._brought()
            shown = receipts()
            seen = self.folder.read("checkpoint"), len(shown), self.folder.names("contradictions")
            if seen[0] is not None and seen != self._seen:
                report = verifier.verify(self.folder, anchor=self.anchor, shown=shown)
                self._seen = seen
                self.took = time.monotonic() - began
            self.looked = Looked(
                at=self.now(),
                report=report,
                contradictions=self.folder.names("contradictions"),
                fault=fault,
            )
            return self.looked

    def ask(self, path: str) -> tuple[int, bytes]:
        """Ask the service something, with this witness's token."""
        remote = self._remote()
        try:
            if remote.client is None:
                raise Stopped("a mirror has a client")
            answer = remote.client.request("GET", path)
            return answer.status, answer.body
        finally:
            remote.close()

    def _brought(self) -> str | None:
        remote = self._remote()
        try:
            downloads.fetch(remote.read, self.folder, lambda done, of: None)
            self._lay_in_what_was_signed()
        except Stopped as stopped:
            return None if stopped.code == FOUND else stopped.message  # what was found lies among the contradictions
        except verifier.Unusable as fault:
            return str(fault)
        finally:
            remote.close()
        return None

    def _lay_in_what_was_signed(self) -> None:
        note = self.folder.read("checkpoint")
        origin = (note or b"").split(b"\n")[0].decode("utf-8", "replace")
        kept = self.signed(origin)
        if note is None or kept is None or kept.checkpoint.size > downloads.size_of(note, "checkpoint"):
            return
        downloads.keep_apart_when_contradicting(self.folder, kept.checkpoint.size, kept.note)
        if not self.folder.has(name := f"checkpoints/{kept.checkpoint.size}"):
            self.folder.write(name, kept.note)

    def _remote(self) -> Remote:
        return shelves.remote(self.credentials.issuer, self.credentials)


def held(
    folder: Path,
    credentials: Credentials,
    anchor: str | None,
    now: Callable[[], int],
    signed: Callable[[str], Kept | None],
) -> Mirror:
    """The copy in a folder; an anchor that was given is remembered."""
    kept = Folder(folder)
    if anchor is not None:
        kept.remember(anchor)
    return Mirror(folder=kept, credentials=credentials, anchor=kept.anchor(), now=now, signed=signed)
