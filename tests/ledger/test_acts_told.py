"""Which act is legal when: docs/ledger-format.md tells it (section 6), and it is what the rules do."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from casework.parties import HOST
from casework.referrals import Referral
from ledger import replays, statements
from ledger.statements import HOST_KEY, ChainedAct, ReferralSent, ReferralStatement
from tests.casework.stories import AGREEMENT, START, digest
from tests.ledger.golden import AGREEMENT_SHA256, ORIGIN, Common, CommonAct, key_name

FORMAT = (Path(__file__).parents[2] / "docs" / "ledger-format.md").read_text(encoding="utf-8")
SENDER, RECEIVER, STRANGER, ID = "ID-JK", "ID-JI", "ID-BA", "1" * 32
ROLES = {SENDER: "sender", RECEIVER: "receiver", STRANGER: "stranger", HOST: "HOST"}
DEPTH = 7  # sent, accepted, certified, released, refused; certified and released again, or answered

Told = tuple[str, str, str, str, str]  # kind, by whom, in which state, with a release open or none, to which state


def in_the_format() -> set[Told]:
    """The rows of A1, each state and each condition by itself."""
    table = FORMAT.split("- **A1**")[1].split("- **A2**")[0]
    return {
        (kind, by, state, release, state if after == "the same" else after.strip("`"))
        for kind, by, where, after in re.findall(r"(?m)^\| `([a-z.]+)` \| (\w+) \| (.+) \| (.+) \|$", table)
        for state in (re.findall(r"`([A-Z]+)`", where) or ["-"])
        for release in _releases(state, where)
    }


def _releases(state: str, where: str) -> tuple[str, ...]:
    if "no release open" in where or state != "ACCEPTED":
        return ("none",)
    return ("open",) if "release open" in where else ("none", "open")


def common(party: str) -> Common:
    return Common(
        log=ORIGIN,
        agreement=AGREEMENT_SHA256,
        party=party,
        key=HOST_KEY if party == HOST else key_name(party),
        key_prev=None,
        seen=None,
        claimed_at=START,
    )


def said(party: str, state: Referral) -> Iterator[ChainedAct]:
    """Whatever can be said on a referral, with links that are right."""
    act = CommonAct(**common(party), referral=ID, referral_prev=state.last)
    yield statements.ReferralAcknowledged(**act, sealed={})
    yield statements.ReferralAccepted(**act, sealed={})
    yield statements.ReferralDeclined(**act, sealed={})
    yield statements.ReferralWithdrawn(**act)
    yield statements.ReferralExpired(**act)
    yield statements.FitnessCertified(**act, leg=1, sealed={})
    yield statements.HandoverReleased(**act, leg=1, to=RECEIVER, term="PT24H", sealed={})
    for each in state.handovers:
        for agrees in (True, False):
            yield statements.HandoverReceived(**act, leg=1, release=each.release, agrees=agrees, sealed={})
            yield statements.HandoverRefused(**act, leg=1, release=each.release, agrees=agrees, sealed={})
        yield statements.DiscrepancyAnswered(**act, leg=1, receipt=each.receipt or each.release, sealed={})


SENDING = ReferralSent(
    **common(SENDER), referral=ID, to=RECEIVER, term_acknowledge="PT24H", term_decide="P3WD", sealed={}
)


def moved(state: Referral | None, statement: ReferralStatement, depth: int) -> Referral | None:
    """What comes of it; so late that what is undecided may expire, and never so late that a certificate is too old."""
    at = START + depth * timedelta(minutes=1) + (timedelta(days=15) if state is not None else timedelta(0))
    name = digest(f"{statement} {depth}")
    found = replays.move(state, statement, id=name, at=at, agreement=AGREEMENT, opened=None)
    return found if isinstance(found, Referral) else None


def by_the_rules() -> set[Told]:
    """Everything that is legal, wherever a referral can be led in a few steps."""
    sent = moved(None, SENDING, 0)
    assert sent is not None
    legal: set[Told] = {(SENDING.KIND, "sender", "-", "none", sent.status)}
    states = [sent]
    for depth in range(1, DEPTH + 1):
        reached: dict[object, Referral] = {}
        for state in states:
            release = "open" if any(each.receipt is None for each in state.handovers) else "none"
            for party, role in ROLES.items():
                for statement in said(party, state):
                    after = moved(state, statement, depth)
                    if after is not None:
                        legal.add((statement.KIND, role, state.status, release, after.status))
                        reached.setdefault(_alike(after), after)
        states = list(reached.values())
    return legal


def _alike(state: Referral) -> object:
    """States in which the same is legal: how often and when something was done apart."""
    told = [(each.status, each.agrees, each.answer is None) for each in state.handovers[-2:]]
    return replace(state, last="", obligations=(), fitness=(), handovers=(), acknowledged_at=None, decided_at=None,
                   completed_at=None), bool(state.fitness), tuple(told)  # fmt: skip


def test_the_format_tells_what_is_legal_and_nothing_else_is() -> None:
    assert in_the_format() == by_the_rules()
