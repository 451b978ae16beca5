"""Whole logs at random: what provinces and the host may say, in any order that is legal, signed and published.

Promise: every log is clean by every rule, whatever is drawn: what would not be legal is not said, and what the host
must say it has said by the end.
Rules: each statement links to the last of its key, as every signer of ours does, and has seen what was published last.
The host notes at once what has waited for a day; sooner only where that is drawn.
Elsewhere: how a log is written, `tests.ledger.golden`; lives of referrals without signatures, `tests.ledger.lives`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from hypothesis import strategies as st

from casework import agreements, obligations
from casework.clocks import Span
from casework.obligations import Obligation, State
from casework.referrals import UNDECIDED, Referral
from ledger import envelopes, replays, statements
from ledger.statements import HostOutage, Owed, ReferralStatement, Statement
from tests.ledger import golden
from tests.ledger.golden import Common, Log, key_name, referral
from tests.ledger.lives import ACTS

AGREEMENT = agreements.parse(golden.AGREEMENT)
PARTIES = ("ID-JK", "ID-JI", "ID-BA")
ROADS = (("ID-JK", "ID-JI"), ("ID-JK", "ID-BA"), ("ID-JI", "ID-JK"))  # from whom to whom a referral goes
DAY, HOUR, MINUTE, NOTHING = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(0)
PAPERS = ("ab" * 32, "cd" * 32)
MOST = 4  # referrals in a log

Step = tuple[str, int, int, int, bool]
"""What is said, how many seconds after what was said before, on which referral, on which of its obligations; a coin."""


@dataclass(slots=True)
class Chronicle(Log):
    """A log that says what is legal, and nothing else."""

    states: dict[str, Referral] = field(default_factory=dict)
    signing: dict[str, str] = field(default_factory=dict)  # the key a province signs with, by its first one
    numbers: dict[str, list[int]] = field(default_factory=dict)  # keys a province has, by number; the last one signs
    added: int = 0
    silence: timedelta = NOTHING  # since the last entry

    def common(self, party: str, name: str) -> Common:
        return Log.common(self, party, self.signing.get(name, name))

    def say(self, statement: Statement, *signers: str, after: timedelta = MINUTE) -> str:
        """Say it if it is legal; when, the step has told (`silence`)."""
        at = self.at + self.silence
        payload_type = statements.payload_type(statement.KIND)
        named = envelopes.statement_id(payload_type, statements.encode(statement))
        if isinstance(statement, HostOutage):
            self._stop(Span(from_=statement.from_, until=statement.until))
        elif isinstance(statement, ReferralStatement):
            before = self.states.get(statement.referral)
            moved = replays.move(before, statement, id=named, at=at, agreement=AGREEMENT, opened=None)
            if not isinstance(moved, Referral):
                return ""
            self.states[statement.referral] = moved
        told, self.silence = self.silence, NOTHING
        return Log.say(self, statement, *signers, after=told)

    def _stop(self, span: Span) -> None:
        for name, state in self.states.items():
            stopped = tuple(obligations.stopped(each, span, agreement=AGREEMENT) for each in state.obligations)
            self.states[name] = replace(state, obligations=stopped)

    def sweep(self) -> None:
        """What the host may not keep to itself any longer."""
        at = self.at + self.silence
        for state in list(self.states.values()):
            if state.status in UNDECIDED and state.sent_at + AGREEMENT.referral_window + DAY < at:
                self.expire(state.id, NOTHING)
            for each in state.obligations:
                if each.noted_by is None and each.due + DAY < at and obligations.state(each, at) is State.BREACHED:
                    self.note(_named(each))


def _named(each: Obligation) -> Owed:
    return golden.owed(each.kind, each.opened_by, each.referral)


# -- what may be drawn -------------------------------------------------------------------------------------------------
def _act(log: Chronicle, verb: str, state: Referral) -> None:
    sender, receiver, named = state.sender, state.receiver, state.id
    release = next((each.release for each in state.handovers if each.receipt is None), None)
    match verb:
        case "acknowledged":
            log.acknowledge(receiver, named)
        case "accepted":
            log.accept(receiver, named)
        case "declined":
            log.decline(receiver, named)
        case "withdrawn":
            log.withdraw(sender, named)
        case "expired":
            log.expire(named, NOTHING)
        case "certified":
            log.certify(sender, named)
        case "released":
            log.release(sender, receiver, named)
        case "received" | "disagreed" if release is not None:
            log.receive(receiver, named, release, agrees=verb == "received")
        case "refused" if release is not None:
            log.refuse(receiver, named, release)
        case "answered":
            worse = [each.receipt for each in state.handovers if each.agrees is False and each.receipt is not None]
            if worse:
                log.answer(sender, named, worse[-1])


def _remark(log: Chronicle, verb: str, each: Obligation, coin: bool) -> None:
    named = _named(each)
    match verb:
        case "waiver":
            log.offer_waiver(each.debtor, named)
        case "agree waiver" if each.waiver_offer is not None:
            log.agree_waiver(each.creditor, named, each.waiver_offer)
        case "pause":
            log.offer_pause(each.debtor, named)
        case "agree pause" if each.pause_offer is not None:
            log.agree_pause(each.creditor, named, each.pause_offer)
        case "resume" if each.pause_offer is not None:
            log.resume(each.debtor if coin else each.creditor, named, each.pause_offer)
        case "note":
            log.note(named)


REMARKS: Final = ("pause", "agree pause", "resume", "waiver", "agree waiver", "note")


def _paper(log: Chronicle, state: Referral, owed: int, coin: bool) -> None:
    told = [each for handover in state.handovers for each in (handover.release, handover.receipt) if each is not None]
    if told:
        log.record(state.sender if coin else state.receiver, state.id, told[owed % len(told)], PAPERS[owed == 0])


def _sent(log: Chronicle, which: int) -> None:
    if len(log.states) < MOST:
        log.send(*ROADS[which % len(ROADS)], referral(len(log.states)))


def _outage(log: Chronicle, owed: int) -> None:
    """From the entry before to the minute before its notice."""
    length = max(log.silence, HOUR)
    log.silence = length + owed * MINUTE / 2
    log.out(log.at, log.at + length)


def _key(log: Chronicle, party: str, signs: bool) -> None:
    """One more key, which may be the one to sign with."""
    log.added += 1
    log.add_key(party, log.added)
    if signs:
        log.numbers[party].append(log.added)
        log.signing[key_name(party)] = key_name(party, log.added)
    else:
        log.numbers[party].insert(0, log.added)


def _revoke(log: Chronicle, party: str, owed: int) -> None:
    """The oldest key that is not the last."""
    if len(log.numbers[party]) > 1:
        log.revoke_key(party, log.at - owed * HOUR, log.numbers[party].pop(0))


OTHERS: Final[dict[str, Callable[[Chronicle, int, int, bool], object]]] = {
    "sent": lambda log, which, _owed, _coin: _sent(log, which),
    "outage": lambda log, _which, owed, _coin: _outage(log, owed),
    "key": lambda log, which, _owed, coin: _key(log, PARTIES[which % len(PARTIES)], coin),
    "revoke": lambda log, which, owed, _coin: _revoke(log, PARTIES[which % len(PARTIES)], owed),
    "root": lambda log, which, _owed, _coin: log.replace_root(PARTIES[which % len(PARTIES)]),
    "host": lambda log, _which, _owed, _coin: log.amend(),
    "publish": lambda log, _which, _owed, _coin: log.publish(),
}
VERBS = (*ACTS, *REMARKS, "paper", *OTHERS)
_step = st.tuples(
    st.sampled_from((*VERBS, *REMARKS, *REMARKS, "paper", "paper")),
    st.one_of(st.sampled_from((0, 1, 60)), st.integers(0, 30 * 3600), st.sampled_from((0, 60, 15 * 24 * 3600))),
    st.integers(0, MOST - 1),
    st.integers(0, 5),
    st.booleans(),
)
# Left to itself Hypothesis draws few: what it tries is long, and what it shrinks to may be short.
steps = st.one_of(st.lists(_step, min_size=20, max_size=60), st.lists(_step, max_size=20))
# Chance alone seldom leads so far: one is under way; one has come late, and not as it was said to be.
BEGUN: tuple[Step, ...] = (
    ("sent", 60, 0, 0, False),
    ("sent", 60, 1, 0, False),
    ("accepted", 60, 0, 0, False),
    ("certified", 60, 0, 0, False),
    ("released", 60, 0, 0, False),
    ("publish", 0, 0, 0, False),
    ("accepted", 60, 1, 0, False),
    ("certified", 60, 1, 0, False),
    ("released", 60, 1, 0, False),
    ("disagreed", 25 * 3600, 1, 0, False),
    ("sent", 60, 2, 0, False),
)


def written(chosen: Sequence[Step]) -> Chronicle:
    """A published log of what of these steps is legal."""
    log = Chronicle()
    log.adopt()
    for party in PARTIES:
        log.numbers[party] = [0]
        log.silence = MINUTE
        log.add_key(party)
    for verb, seconds, which, owed, coin in chosen:
        log.silence += timedelta(seconds=seconds)
        log.sweep()
        state = log.states.get(referral(which))
        if verb in OTHERS:
            OTHERS[verb](log, which, owed, coin)
        elif state is not None and verb == "paper":
            _paper(log, state, owed, coin)
        elif state is not None:
            _first_legal(log, verb, state, owed, coin)
    log.silence = NOTHING
    log.sweep()
    log.publish()
    return log


def _first_legal(log: Chronicle, verb: str, state: Referral, owed: int, coin: bool) -> None:
    """What is drawn, or else the next of its sort that may be said now."""
    names, size = ACTS if verb in ACTS else REMARKS, len(log.leaves)
    first = names.index(verb)
    for name in (*names[first:], *names[:first]):
        if name in ACTS:
            _act(log, name, state)
        else:
            _remark(log, name, state.obligations[owed % len(state.obligations)], coin)
        if len(log.leaves) > size:
            return
