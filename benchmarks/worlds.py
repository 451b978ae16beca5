"""A world of ten provinces over four years: many stories beside each other, in one order, under one host's clock.

Promise: what it tells is a legal log: every statement is judged by the same function as in the service before it is
told; breaches are noted by the host, outages of the host stop the clocks.
Rules: the same seed and number of entries tell the same log. Sealed values are random: no audit can open them anyway.
Elsewhere: one story, `benchmarks.stories`; signatures, leaves and files, `benchmarks.logs`.
"""

import hashlib
import heapq
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from nacl.signing import SigningKey

from benchmarks.stories import DAY, HOUR, Said, Story
from casework import obligations
from casework.agreements import Agreement
from casework.clocks import Span
from casework.obligations import Obligation, State
from casework.parties import HOST
from casework.referrals import Referral
from ledger import envelopes, notes, replays, shapes, statements
from ledger.statements import AgreementAdopted, Founder, KeyAdded, Seen, Statement

ORIGIN = "benchmark.estafet.invalid/1"
START, END = datetime(2025, 9, 1, tzinfo=UTC), datetime(2029, 9, 1, tzinfo=UTC)
SAID_PER_REFERRAL = 6.0  # about so many entries, notices included: it only spreads arrivals over the years
KEYS = 6  # per province
TERMS = ("PT24H", "P3WD")  # the same in every referral (A2)
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def key(name: str) -> SigningKey:
    """The key of a name: made from it, for a log that protects nothing."""
    return SigningKey(hashlib.sha256(f"benchmark/{name}".encode()).digest())


def public(name: str) -> str:
    """Its public half, in hex."""
    return bytes(key(name).verify_key).hex()


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement that is not signed yet."""

    at: datetime
    kind: str
    body: bytes
    signers: tuple[str, ...]


@dataclass(slots=True)
class World:
    """Everything that will be said."""

    agreement: Agreement
    entries: int
    seed: int = 1
    seen: Seen | None = None  # the newest checkpoint that was published
    start: datetime = START
    end: datetime = END
    chance: random.Random = field(init=False)
    _events: list[tuple[datetime, int, Story | Span | None, Said | Obligation | None]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)
    _telling: dict[str, Iterator[Said]] = field(default_factory=dict)
    _stories: dict[str, Story] = field(default_factory=dict)
    _last_of_key: dict[str, str] = field(default_factory=dict)
    _down: Span | None = None
    _names: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def told(self) -> Iterator[Draft]:
        """Draft after draft, `entries` of them. Each is made after `seen` was set for it."""
        left = self.entries
        for draft in self._all():
            yield draft
            left -= 1
            if not left:
                return

    def _all(self) -> Iterator[Draft]:
        yield from self._founded()
        self._arrive(self.start + DAY)
        down = self.start + 20 * DAY
        self._schedule(down, Span(from_=down, until=down + 2 * HOUR), None)
        while self._events:
            at, _, whose, what = heapq.heappop(self._events)
            if self._down is not None and not isinstance(whose, Span):  # first its notice
                self._schedule(self._down.until + timedelta(seconds=self.chance.randint(1, 900)), whose, what)
            elif whose is None:
                self._begin(at)
            elif isinstance(whose, Span):
                yield from self._outage(at, whose)
            elif isinstance(what, Said):
                yield from self._say(at, whose, what)
            elif isinstance(what, Obligation):
                yield from self._note(at, whose, what)

    def _schedule(self, at: datetime, whose: Story | Span | None, what: Said | Obligation | None) -> None:
        heapq.heappush(self._events, (at, next(self._order), whose, what))

    # -- governance -----------------------------------------------------------------------------------------------
    def _founded(self) -> Iterator[Draft]:
        provinces = sorted(party.code for party in self.agreement.parties)
        founders = tuple(Founder(party=party, root_key=public(f"{party}/root")) for party in provinces)
        yield self._draft(
            self.start,
            AgreementAdopted.KIND,
            "FORUM",
            None,
            {
                "log_vkey": notes.key_of(ORIGIN, key("log")).spell(),
                "host_key": public("HOST/host"),
                "parties": founders,
                "witnesses": (),
                "quorum": 0,
            },
            tuple(f"{party}/root" for party in provinces),
        )[0]
        for party in provinces:
            for number in range(KEYS):
                name = f"{party}/k{hashlib.sha256(f'{party}/{number}'.encode()).hexdigest()[:32]}"
                self._names.setdefault(party, []).append(name)
                fields: dict[str, object] = {
                    "name": name,
                    "public": public(name),
                    "use": "officer" if number else "system",
                    "from": self.start,
                    "until": None,
                    "holder": self.chance.randbytes(32).hex() if number else None,
                }
                root = f"{party}/root"
                yield self._draft(self.start + HOUR, KeyAdded.KIND, party, root, fields, (root, name))[0]
        self._names[HOST] = [statements.HOST_KEY]

    # -- stories ----------------------------------------------------------------------------------------------------
    def _arrive(self, at: datetime) -> None:
        gap = (self.end - self.start).total_seconds() * SAID_PER_REFERRAL / self.entries
        self._schedule(at + timedelta(seconds=int(self.chance.expovariate(1 / gap))), None, None)

    def _begin(self, at: datetime) -> None:
        sender, receiver = self.chance.sample([party for party in self._names if party != HOST], 2)
        story = Story(
            chance=self.chance,
            referral=self.chance.randbytes(16).hex(),
            sender=sender,
            receiver=receiver,
            terms=TERMS,
        )
        self._telling[story.referral] = story.told()
        self._stories[story.referral] = story
        self._next(at, story)
        self._arrive(at)

    def _next(self, at: datetime, story: Story) -> None:
        said = next(self._telling[story.referral], None)
        if said is None:
            del self._telling[story.referral]
        else:
            self._schedule(at + said.after, story, said)

    def _say(self, at: datetime, story: Story, said: Said) -> Iterator[Draft]:
        kind = statements.KINDS[said.kind]
        named = shapes.shapes_of(kind)
        fields = dict(said.fields)
        if "sealed" in named:
            fields["sealed"] = {name: self.chance.randbytes(32).hex() for name in said.seals}
        if "referral_prev" in named:
            assert story.state is not None
            fields["referral_prev"] = story.state.last
        draft, statement, story.last = self._draft(at, said.kind, said.party, self._signer(said.party), fields)
        self._move(at, story, statement)
        yield draft
        self._next(at, story)
        self._rest(story)

    def _move(self, at: datetime, story: Story, statement: Statement) -> None:
        assert not isinstance(statement, statements.GovernanceStatement | statements.HostOutage)
        moved = replays.move(story.state, statement, id=story.last, at=at, agreement=self.agreement, opened=None)
        if not isinstance(moved, Referral):
            raise AssertionError(f"{statement.KIND} on {story.referral} at {at}: {moved}")
        was = () if story.state is None else story.state.obligations
        story.state = moved
        for each in moved.obligations[len(was) :]:
            if not each.is_ended:
                self._schedule(each.due + timedelta(minutes=10), story, each)

    def _rest(self, story: Story) -> None:
        """Forget a story that has been told, with nothing left to note."""
        owed = () if story.state is None else story.state.obligations
        if story.referral not in self._telling and all(each.is_ended or each.noted_by is not None for each in owed):
            self._stories.pop(story.referral, None)

    # -- the host ---------------------------------------------------------------------------------------------------
    def _note(self, at: datetime, story: Story, was: Obligation) -> Iterator[Draft]:
        """The host looks whether a duty was done, and notes the breach if not."""
        assert story.state is not None
        owed = obligations.find(story.state.obligations, was.kind, was.opened_by)
        assert owed is not None
        if owed.is_ended or owed.noted_by is not None:
            return self._rest(story)
        if obligations.state(owed, at) is not State.BREACHED:
            self._schedule(max(at, owed.due) + timedelta(minutes=10), story, owed)
            return None
        draft, statement, story.last = self._draft(
            at, "obligation.breach_noted", HOST, statements.HOST_KEY, {"obligation": owed}
        )
        yield draft
        self._move(at, story, statement)
        self._rest(story)
        return None

    def _outage(self, at: datetime, span: Span) -> Iterator[Draft]:
        """First the host is down; when it is back it says so, and every clock that ran has stood."""
        if at < span.until:
            self._down = span
            self._schedule(span.until, span, None)
            return
        self._down = None
        fields: dict[str, object] = {"from": span.from_, "until": span.until}
        yield self._draft(at, "host.outage", HOST, statements.HOST_KEY, fields)[0]
        for story in self._stories.values():
            if story.state is not None:
                stopped = tuple(
                    obligations.stopped(each, span, agreement=self.agreement) for each in story.state.obligations
                )
                story.state = replace(story.state, obligations=stopped)
        next_from = at + timedelta(seconds=self.chance.randint(10 * 86400, 60 * 86400))
        until = next_from + timedelta(seconds=self.chance.randint(900, 4 * 3600))
        self._schedule(next_from, Span(from_=next_from, until=until), None)

    # -- statements -------------------------------------------------------------------------------------------------
    def _signer(self, party: str) -> str:
        return self.chance.choice(self._names[party])

    def _draft(
        self,
        at: datetime,
        kind: str,
        party: str,
        signer: str | None,
        fields: dict[str, object],
        signers: tuple[str, ...] = (),
    ) -> tuple[Draft, Statement, str]:
        of = statements.KINDS[kind]
        named = statements.body_shapes(of)
        values: dict[str, object] = {
            "log": ORIGIN,
            "agreement": self.agreement.sha256,
            "party": party,
            "key": signer,
            "key_prev": self._last_of_key.get(signer or ""),
            "seen": None if kind == AgreementAdopted.KIND else self.seen,
            "claimed_at": at,
            **fields,
        }
        owed = values.get("obligation")
        if isinstance(owed, Obligation):
            record = named["obligation"]
            assert isinstance(record, shapes.Record)
            values["obligation"] = record.of(kind=str(owed.kind), opened_by=owed.opened_by, referral=owed.referral)
        values = {name: values[name] for name in named if name not in ("v", "kind", "pad")}
        told = {name: named[name].write(value) for name, value in values.items()}
        body = _padded({**told, "v": statements.VERSION, "kind": kind})
        statement_id = envelopes.statement_id(statements.payload_type(kind), body)
        if signer is not None:
            self._last_of_key[signer] = statement_id
        draft = Draft(at, kind, body, signers or (str(signer),))
        return draft, shapes.build(of, values), statement_id


def _padded(told: dict[str, object]) -> bytes:
    """The body's bytes, which in plain ASCII are the standard library's; a sample of them is read back by `logs`."""
    text = _JSON.encode({**told, "pad": ""})
    return text.replace('"pad":""', f'"pad":"{"." * (-len(text) % 256)}"', 1).encode()
