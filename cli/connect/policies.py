"""What a program may sign on its own: which kinds, to whom, how many a day.

Promise: what a policy does not allow is not signed, and the reason names the rule; a policy with anything in it that is
not known here is no policy.
Rules: a JSON object {kinds, daily} with, where wanted, `to` (provinces that may be asked or handed to), `log` (the only
log that is signed for) and `host` (the public key, in hex, under which receipts are believed). Days are those of UTC; a
clock that was set back does not begin a new one. The time in a statement is near our own, since nobody looks at it: a
host could otherwise have an act dated as it likes.
Elsewhere: signing itself, `cli.connect.signers`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import ledger.statements as said
from cli.audit import credentials
from cli.audit.endings import Stopped
from cli.connect.acts import ACTS
from cli.connect.answers import Code, Refusal

MEMBERS: Final = frozenset({"kinds", "daily", "to", "log", "host"})
PUBLIC_KEY: Final = re.compile(r"[0-9a-f]{64}")
MOST_A_DAY: Final = 10_000
NEAR: Final = timedelta(minutes=10)
SIGNED_ALONE: Final = frozenset(act.kind for act in ACTS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits of one key."""

    kinds: frozenset[str]
    daily: int
    to: frozenset[str] | None = None
    log: str | None = None
    host: str | None = None

    def require_kind(self, kind: str) -> None:
        """Go on only with a kind that is allowed."""
        if kind not in self.kinds:
            raise refused(f"{kind} bukan jenis yang diizinkan / {kind} is not among the kinds it allows")

    def require(self, statement: said.ReferralStatement, at: datetime) -> None:
        """Go on only with a statement that is allowed, at this time."""
        self.require_kind(statement.KIND)
        to = getattr(statement, "to", None)
        if self.to is not None and to is not None and to not in self.to:
            raise refused(f"tidak kepada {to} / {to} is not among those it allows")
        if self.log is not None and statement.log != self.log:
            raise refused("bukan log yang disebut / this is for another log than it names")
        if abs(statement.claimed_at - at) > NEAR:
            raise refused("waktunya tidak cocok dengan jam di sini / its time is not that of the clock here")


def read(path: Path) -> Policy:
    """The policy in a file; stops at the first thing that is wrong with it."""
    document = credentials.object_in(path)
    try:
        if unknown := document.keys() - MEMBERS:
            raise ValueError(f"{min(unknown)} is not known here")
        daily = document.get("daily")
        if not isinstance(daily, int) or isinstance(daily, bool) or not 1 <= daily <= MOST_A_DAY:
            raise ValueError(f"daily is not a number from 1 to {MOST_A_DAY}")
        kinds = words(document, "kinds") or frozenset()
        if not kinds or not kinds <= SIGNED_ALONE:
            raise ValueError("kinds are not statements that a program signs: " + " ".join(sorted(kinds - SIGNED_ALONE)))
        log = None if document.get("log") is None else credentials.word(document, "log")
        host = None if document.get("host") is None else credentials.word(document, "host")
        if host is not None and not PUBLIC_KEY.fullmatch(host):
            raise ValueError("host is not a public key in hex")
        return Policy(kinds=kinds, daily=daily, to=words(document, "to"), log=log, host=host)
    except ValueError as fault:
        raise Stopped(f"{path}: {fault}") from None


def words(document: Mapping[str, object], name: str) -> frozenset[str] | None:
    """A list of words, where there is one."""
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{name} is not a list of words")
    return frozenset(value)


def refused(why: str) -> Refusal:
    """A refusal of the policy."""
    return Refusal(403, Code.POLICY, f"Kebijakan penandatanganan: {why} (the signing policy)")
