"""Findings: what an audit holds against a log, each by index, rule and code.

Promise: a finding names the entry at fault wherever there is one; the first finding is the first entry's.
Rules: only so many are kept, for one cause can spoil every entry of a large log; all are counted.
Elsewhere: the rules' texts, `ledger.rules`; who finds, `ledger.verifier`.
"""

from dataclasses import dataclass, field

from ledger.rules import RULE_OF, Code, Refused

MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: where (None: with the log as a whole), by which rule, and in words."""

    index: int | None
    rule: str
    code: Code
    message: str

    def __str__(self) -> str:
        where = "log" if self.index is None else f"entry {self.index}"
        return f"{where}: {self.rule} {self.code}: {self.message}"


@dataclass(slots=True)
class Findings:
    """What was found so far."""

    kept: list[Finding] = field(default_factory=list)
    count: int = 0

    def add(self, index: int | None, code: Code, message: str) -> None:
        """Hold one more thing against the log."""
        self.count += 1
        if len(self.kept) < MOST_KEPT:
            self.kept.append(Finding(index=index, rule=RULE_OF[code], code=code, message=message))

    def add_refused(self, index: int | None, refused: Refused) -> None:
        """Hold a refusal against the log."""
        self.add(index, refused.code, refused.message)

    def extend(self, others: "Findings") -> None:
        """Take over what was found elsewhere."""
        self.count += others.count
        self.kept.extend(others.kept[: MOST_KEPT - len(self.kept)])

    def ordered(self) -> tuple[Finding, ...]:
        """By index; what concerns no entry comes last."""
        return tuple(sorted(self.kept, key=lambda found: (found.index is None, found.index or 0)))
