"""The statement key in the sidecar's hand: it signs what was examined, continues its past, and the policy allows.

Promise: whatever is signed was counted and remembered, on the disk, before the envelope leaves; what was refused left
no trace. The same statement signed twice counts once.
Rules: the examination, the past and the words are those of `estafet sign`; the policy stands in the place of the person
who says yes there.
Elsewhere: the examination, `cli.prepared`; the past, `cli.signing_states`; the policy, `cli.connect.policies`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from cli import prepared, signing_states
from cli.audit import receipts
from cli.audit.endings import Stopped
from cli.audit.folders import Folder
from cli.connect.answers import Code, Refusal, not_signed
from cli.connect.policies import Policy
from cli.connect.stores import Store
from cli.key_files import StatementKey
from cli.prepared import Examined
from ledger import envelopes, sentences
from ledger.rules import Refused
from ledger.sentences import Sentence


def clock() -> datetime:
    """The time now."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What was signed."""

    envelope: str
    statement: str
    kind: str
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One key with its policy and its memory."""

    key: StatementKey
    policy: Policy
    store: Store
    log: Folder | None = None
    now: Callable[[], datetime] = field(default=clock)

    def told(self) -> dict[str, object]:
        """The key as the service wants to be told of it when it prepares a statement."""
        state = signing_states.read(self.store.state, self.key)
        seen = None if state.seen is None else {"size": state.seen.size, "root": state.seen.root}
        return {"key": self.key.name, "keyPrev": state.last, "seen": seen}

    def sign(self, document: Mapping[str, object], judge: Callable[[Examined], None] = lambda _: None) -> Signed:
        """Sign a `PreparedStatement`; raises `Refusal`, and then nothing has changed."""
        try:
            examined = prepared.examine(document)
            prepared.require_own(examined, self.key)
            state = signing_states.read(self.store.state, self.key)
            signing_states.require_own_past(state, examined, self.log)
        except Stopped as stopped:
            raise not_signed(" ".join(part for part in (stopped.message, stopped.advice) if part)) from None
        judge(examined)
        self.policy.require(examined.statement, self.now())
        day, ids = self.counted(examined.statement_id)
        self.store.write_tally(day, ids)
        signing_states.write(self.store.state, signing_states.signed(state, examined))
        return Signed(
            envelope=prepared.sealed_envelope(examined, self.key),
            statement=examined.statement_id,
            kind=examined.statement.KIND,
            sentence=sentences.sentence(examined.statement),
        )

    def counted(self, statement: str) -> tuple[str, tuple[str, ...]]:
        """The day's tally with this statement in it; raises `Refusal` where that is one too many."""
        day, ids = self.today()
        if statement in ids:
            return day, ids
        self.require_room(0)
        return day, (*ids, statement)

    def require_room(self, waiting: int) -> None:
        """Go on only if one more may be signed today, beside so many that wait to be."""
        if len(self.today()[1]) + waiting >= self.policy.daily:
            message = (
                f"Batas harian kebijakan penandatanganan tercapai: {self.policy.daily} / "
                f"The signing policy's daily cap is reached: {self.policy.daily} a day"
            )
            raise Refusal(403, Code.DAILY_CAP, message)

    def today(self) -> tuple[str, tuple[str, ...]]:
        """The day, and what was signed on it; an earlier day than the last one is the last one."""
        day, ids = self.store.read_tally()
        now = self.now().astimezone(UTC).date().isoformat()
        return (now, ()) if now > day else (day, ids)

    def note(self, answer: object) -> str | None:
        """Remember the receipt in an act's answer; returns why it cannot be, where it cannot."""
        try:
            found = sorted(set(receipts.within(answer)))
            if len(found) != 1:
                return "the answer holds no receipt, or several"
            envelope = envelopes.decode(found[0].encode())
            state = signing_states.read(self.store.state, self.key)
            signing_states.write(self.store.state, signing_states.receipted(state, envelope, self.log))
        except Refused as refused:
            return str(refused)
        except Stopped as stopped:
            return stopped.message
        return None


def ready(key: StatementKey, policy: Policy, store: Store, log: Path | None) -> Signer:
    """The signer, once it is known whose receipts to believe."""
    folder = None if log is None else Folder(log)
    state = signing_states.read(store.state, key)
    said = {each for each in (state.host, policy.host) if each is not None}
    known = list(said) if folder is None else [each for each in signing_states.hosts_of(folder) if each is not None]
    # A log knows which keys its host has had; without one there is nothing to tell which of two is the newer.
    if not said <= set(known) or (folder is None and len(said) > 1):
        raise Stopped("folder, policy and memory name different keys under which receipts are believed")
    if not known:
        raise Stopped(
            "nothing here says which key signs the host's receipts",
            advice="Say it in the policy (host), or name a folder of log files with --log, once.",
        )
    if state.host != known[0]:
        signing_states.write(store.state, replace(state, host=known[0]))
    return Signer(key=key, policy=policy, store=store, log=folder)
