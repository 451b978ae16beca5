"""Lives of referrals at random: acts as the audit knows them, offers, pauses, papers, notices, outages, in one order.

Promise: every state is one that the rules have made, from referrals that ran beside each other; each change is told
with the entry that made it, as a walk would.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from casework import counts, discrepancies, legs, obligations, papers, referrals, waivers
from casework.clocks import Span
from casework.drafts import Draft, Facts
from casework.duties import Kind
from casework.obligations import Obligation
from casework.parties import HOST
from casework.referrals import Referral
from casework.terms import Term
from ledger import trees
from ledger.indexes import Index
from tests.casework import owing
from tests.casework.stories import AGREEMENT, BALI, EAST_JAVA, JAKARTA, START, digest

RECEIVERS = (EAST_JAVA, BALI, EAST_JAVA)
ACTS = (
    "acknowledged",
    "accepted",
    "declined",
    "withdrawn",
    "expired",
    "certified",
    "released",
    "received",
    "disagreed",
    "refused",
    "answered",
)
MOVES = (
    *ACTS,
    "waiver",
    "agree waiver",
    "pause",
    "agree pause",
    "resume",
    "note",
    "paper",
    "outage",
)
steps = st.lists(
    st.tuples(
        st.sampled_from(MOVES),
        st.integers(0, 30 * 3600),  # seconds since the step before
        st.integers(0, len(RECEIVERS) - 1),  # which referral
        st.integers(0, 5),  # which of its obligations
        st.sampled_from((JAKARTA, EAST_JAVA, HOST)),
    ),
    max_size=40,
)
Step = tuple[str, int, int, int, str]
# Chance alone seldom leads so far: one is under way, one has arrived late and not as it was said to be.
BEGUN: tuple[Step, ...] = (
    ("accepted", 60, 1, 0, HOST),
    ("certified", 60, 1, 0, HOST),
    ("released", 60, 1, 0, HOST),
    ("accepted", 60, 2, 0, HOST),
    ("certified", 60, 2, 0, HOST),
    ("released", 60, 2, 0, HOST),
    ("disagreed", 25 * 3600, 2, 0, HOST),
)
# And one life with everything in it: offers, a pause, an outage, a notice, an answer, papers of what has come to rest.
FULL: list[Step] = [
    ("note", 60, 0, 0, HOST),
    ("waiver", 60, 0, 1, HOST),
    ("pause", 60, 0, 1, HOST),
    ("agree pause", 60, 0, 1, HOST),
    ("resume", 3600, 0, 1, HOST),
    ("outage", 3600, 0, 0, HOST),
    ("answered", 60, 2, 3, HOST),
    ("paper", 60, 2, 2, JAKARTA),
    ("paper", 60, 2, 2, HOST),
    ("agree waiver", 60, 0, 1, HOST),
    ("outage", 3600, 0, 0, HOST),
]


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry made of a referral."""

    index: int
    before: Referral | None
    after: Referral
    at: datetime


@dataclass(slots=True)
class Life:
    """Referrals beside each other, and an index of the statements that moved them."""

    at: datetime = START
    ids: Index = field(default_factory=lambda: Index(trees.HASH))
    states: dict[str, Referral] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    outages: list[tuple[int, Span, list[Told]]] = field(default_factory=list)  # after how many changes, and its own
    entries: int = 0

    def enter(self, said: str) -> str:
        statement = digest(f"{self.entries} {said}")
        self.ids.put(bytes.fromhex(statement), self.entries)
        self.entries += 1
        return statement

    def tell(self, before: Referral | None, after: object) -> None:
        if isinstance(after, Referral) and after != before:
            self.states[after.id] = after
            self.told.append(Told(self.entries - 1, before, after, self.at))


def lived(chosen: Sequence[Step]) -> Life:
    life = Life()
    for number, receiver in enumerate(RECEIVERS):
        _send(life, f"{number:032x}", receiver)
    for verb, seconds, which, owed, by in (*BEGUN, *chosen):
        since = life.at
        life.at += timedelta(seconds=seconds)
        state = life.states[f"{which:032x}"]
        if verb in ("outage", "silence"):
            _outage(life, since, told=verb == "outage")
        elif verb in ACTS:
            _act(life, state, verb)
        elif state.obligations:
            _owe(life, state, state.obligations[owed % len(state.obligations)], verb, by)
    return life


def _send(life: Life, id: str, receiver: str) -> None:
    terms = AGREEMENT.standard
    draft = Draft(
        id=id,
        sender=JAKARTA,
        receiver=receiver,
        term_acknowledge=terms.acknowledge,
        term_decide=terms.decide,
        facts=Facts(),
    )
    statement = life.enter(f"send {id}")
    sent = referrals.send(draft, by=JAKARTA, at=life.at, statement=statement, agreement=AGREEMENT)
    assert isinstance(sent, Referral)
    terms_named = {Kind.REFERRAL_ACKNOWLEDGE: terms.acknowledge, Kind.REFERRAL_DECIDE: terms.decide}
    life.tell(None, _advanced(sent, sent.obligations, "referral.sent", statement, life.at, terms=terms_named))


def _act(life: Life, state: Referral, verb: str) -> None:
    statement = life.enter(verb)
    at, sender, receiver = life.at, state.sender, state.receiver
    release = next((each.release for each in state.handovers if each.receipt is None), None)
    moved: object = None
    match verb:
        case "acknowledged":
            moved = referrals.acknowledge(state, by=receiver, at=at, statement=statement)
        case "accepted":
            moved = referrals.accept(state, by=receiver, at=at, statement=statement)
        case "declined":
            moved = referrals.decline(state, by=receiver, at=at, statement=statement, reason=None)
        case "withdrawn":
            moved = referrals.withdraw(state, by=sender, at=at, statement=statement)
        case "expired":
            moved = referrals.expire(state, by=HOST, at=at, statement=statement, agreement=AGREEMENT)
        case "certified":
            moved = legs.certify(
                state, by=sender, at=at, statement=statement, leg=1, fitness=None, examined_at=None, agreement=AGREEMENT
            )
        case "released":
            moved = legs.release(
                state, by=sender, at=at, statement=statement, leg=1, to=receiver, term=Term.PT24H, condition=None,
                happened_at=None, planned_arrival=None, agreement=AGREEMENT,
            )  # fmt: skip
        case "received" | "disagreed" if release is not None:
            moved = legs.receive(
                state, by=receiver, at=at, statement=statement, leg=1, release=release, agrees=verb == "received",
                condition=None, happened_at=None,
            )  # fmt: skip
        case "refused" if release is not None:
            moved = legs.refuse(
                state, by=receiver, at=at, statement=statement, leg=1, release=release, agrees=True, condition=None,
                happened_at=None, reason=None,
            )  # fmt: skip
        case "answered" if state.handovers:
            receipt = state.handovers[-1].receipt or ""
            moved = discrepancies.answer(state, by=sender, at=at, statement=statement, leg=1, receipt=receipt)
    if not isinstance(moved, Referral):
        return
    kind, about = _KINDS[verb], release if verb in ("received", "disagreed", "refused") else None
    terms = {Kind.HANDOVER_RECEIPT: Term.PT24H} if verb == "released" else {}
    life.tell(
        state,
        _advanced(moved, state.obligations, kind, statement, at, about=about, agrees=verb != "disagreed", terms=terms),
    )


_KINDS = {
    **{verb: f"referral.{verb}" for verb in ("acknowledged", "accepted", "declined", "withdrawn", "expired")},
    "certified": "fitness.certified",
    "released": "handover.released",
    "received": "handover.received",
    "disagreed": "handover.received",
    "refused": "handover.refused",
    "answered": "discrepancy.answered",
}


def _advanced(
    moved: Referral,
    standing: tuple[Obligation, ...],
    kind: str,
    statement: str,
    at: datetime,
    *,
    about: str | None = None,
    agrees: bool | None = None,
    terms: dict[Kind, Term],
) -> Referral:
    act = owing.act(kind, at, statement=statement, about=about, agrees=agrees, terms=terms)
    after = counts.advance(
        standing, act, referral=moved.id, sender=moved.sender, receiver=moved.receiver, agreement=AGREEMENT
    )
    return replace(moved, obligations=after)


def _owe(life: Life, state: Referral, each: Obligation, verb: str, by: str) -> None:
    at, said = life.at, life.enter(verb)
    offer = (each.waiver_offer if verb == "agree waiver" else each.pause_offer) or said
    if verb == "paper":
        party, sha256 = each.debtor if by == HOST else by, digest("other" if by == EAST_JAVA else "paper")
        ended = each.ended_by or said
        return life.tell(state, papers.record(state, by=party, handover=ended, sha256=sha256, happened_at=None))
    found = {
        "waiver": lambda: waivers.offer_waiver(each, by=each.debtor, at=at, statement=said),
        "pause": lambda: waivers.offer_pause(each, by=each.debtor, at=at, statement=said),
        "agree waiver": lambda: waivers.agree_waiver(
            each, by=each.creditor, at=at, statement=said, offer=offer, kind="obligation.waiver_agreed",
            agreement=AGREEMENT,
        ),
        "agree pause": lambda: waivers.agree_pause(each, by=each.creditor, at=at, offer=offer),
        "resume": lambda: waivers.resume(each, by=each.debtor, at=at, offer=offer, agreement=AGREEMENT),
        "note": lambda: waivers.note_breach(each, by=HOST, at=at, statement=said),
    }[verb]()  # fmt: skip
    if not isinstance(found, Obligation):
        return None
    return life.tell(state, replace(state, obligations=obligations.replaced(state.obligations, found)))


def _outage(life: Life, since: datetime, *, told: bool) -> None:
    if since == life.at:
        return
    span, first = Span(from_=since, until=life.at), len(life.told)
    life.enter("outage")
    if not told:
        return
    for state in tuple(life.states.values()):
        stopped = tuple(obligations.stopped(each, span, agreement=AGREEMENT) for each in state.obligations)
        life.tell(state, replace(state, obligations=stopped))
    life.outages.append((first, span, life.told[first:]))
