"""Acts that were taken in: each under its idempotency key, from the moment it came until a week after it ended.

Promise: what was answered with a number is on the disk; one key stands for one act, whatever is asked twice; facts and
signed bytes are gone from the file as soon as the act has ended.
Rules: an act is `waiting` (nothing was signed), `signed` (this very envelope is sent until there is an answer: another
one could be a second act), `done` or `refused`. Acts are kept for a day longer than the service keeps their keys.
Elsewhere: how they are kept, `cli.connect.stores`; who moves them on, `cli.connect.desks`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cli.audit.endings import Stopped
from cli.connect.acts import ACTS, Act, Asked
from cli.connect.answers import Code, Refusal
from cli.connect.stores import Store
from ledger import canonical

KEPT: Final = timedelta(days=8)


class State(StrEnum):
    """How far an act has come."""

    WAITING = "waiting"
    SIGNED = "signed"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act."""

    number: int
    key: str
    content: str
    member: str
    version: int
    at: str
    state: State = State.WAITING
    facts: Mapping[str, object] | None = None
    submission: Mapping[str, object] | None = None
    statement: str | None = None
    sentence: Mapping[str, str] | None = None
    answer: object = None
    errors: object = None
    receipt_fault: str | None = None  # why the receipt in the answer is not the host's, where it is not

    @property
    def act(self) -> Act:
        """What kind of act it is."""
        return ACTS[self.member]

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in (State.DONE, State.REFUSED)

    def told(self) -> dict[str, object]:
        """What its sender is told: never the facts, which are the sender's own."""
        return {
            "id": self.number,
            "idempotencyKey": self.key,
            "kind": self.act.kind,
            "mutation": self.act.mutation,
            "at": self.at,
            "state": self.state.value,
            "statement": self.statement,
            "sentence": self.sentence,
            "answer": self.answer,
            "errors": self.errors or [],
            "receiptFault": self.receipt_fault,
        }


class Queue:
    """The acts of one folder."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.entries = {number: entry(store.read(number)) for number in store.numbers()}

    def take(self, asked: Asked, at: datetime) -> tuple[Entry, bool]:
        """The act under this key, and whether it is new; raises `Refusal` for another act under the same key."""
        found = next((e for e in self.entries.values() if e.key == asked.key), None)
        content = digest(asked)
        if found is not None:
            if (found.member, found.content) != (asked.act.member, content):
                message = "Kunci ini dipakai untuk tindakan lain. / This key stands for another act."
                raise Refusal(409, Code.IDEMPOTENCY_KEY_REUSED, message)
            return found, False
        made = Entry(
            number=max(self.entries, default=0) + 1,
            key=asked.key,
            content=content,
            member=asked.act.member,
            version=asked.version,
            at=at.isoformat(timespec="seconds"),
            facts=asked.facts,
        )
        self.keep(made)
        return made, True

    def keep(self, entry: Entry) -> None:
        """As it is now, on the disk first."""
        self.store.write(entry.number, asdict(entry))
        self.entries[entry.number] = entry

    def end(self, entry: Entry, state: State, *, answer: object = None, errors: object = None) -> None:
        """It is over: what it was about is no longer needed."""
        self.keep(replace(entry, state=state, facts=None, submission=None, answer=answer, errors=errors))

    def next(self) -> Entry | None:
        """The oldest that has not ended."""
        return next((e for _, e in sorted(self.entries.items()) if not e.ended), None)

    def waiting(self) -> int:
        """How many will still want a signature."""
        return sum(e.state is State.WAITING for e in self.entries.values())

    def forget(self, at: datetime) -> None:
        """Those that ended long ago, except the last: numbers are never given twice."""
        old = [n for n, e in self.entries.items() if e.ended and datetime.fromisoformat(e.at) < at - KEPT]
        for number in sorted(set(old) - {max(self.entries, default=0)}):
            self.store.remove(number)
            del self.entries[number]


def digest(asked: Asked) -> str:
    """What an act is compared by."""
    try:
        written = canonical.encode({"version": asked.version, "facts": asked.facts})  # type: ignore[dict-item]  # JSON, as it was read
    except canonical.NotCanonical:
        raise Refusal(400, Code.BAD_REQUEST, "Tidak dapat dibaca. / It cannot be read.") from None
    return hashlib.sha256(written).hexdigest()


def entry(document: Mapping[str, object]) -> Entry:
    """An act from its file."""
    try:
        told = Entry(**document)  # type: ignore[arg-type]  # ours: sealed under our own key
        return replace(told, state=State(told.state))
    except (TypeError, ValueError):
        raise Stopped("an act in the queue was kept by another version of this program") from None
