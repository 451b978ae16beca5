"""Standings: what an auditor must remember of each referral, to judge the next act on it.

Promise: what is told of a referral is what was remembered of it; of one that has come to rest, all that later acts are
judged by: its ends, its instants, its handovers and its obligations.
Rules: a referral rests when it is not open and each of its obligations has ended, or is breached and noted. Then it is
packed, without what only acts on an open referral ask for: fitness, reasons, conditions and what else was sealed. An
outage reaches no clock of it: each has stopped for good or has run out.
Elsewhere: who judges, `ledger.replays`; how obligations are packed, `ledger.packings`.
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from casework import obligations
from casework.agreements import Agreement
from casework.clocks import Span
from casework.handovers import Handover, HandoverPaper
from casework.handovers import Status as HandoverStatus
from casework.obligations import Obligation
from casework.referrals import Referral, Status
from casework.terms import Term
from ledger.indexes import NONE, Index
from ledger.packings import PLAIN, Packing, instant, instant_or_none, seconds

_WIDTH = 16
_UNTOLD, _VOID, _LIVE = -1, -2, -3  # places that are none
_RESTING = struct.Struct("<IHHBHHqqqqII")
_HANDOVER = struct.Struct("<IHHBqIqBIqI")
_PAPER = struct.Struct("<HI32s")
_STATUSES, _HANDOVER_STATUSES = tuple(Status), tuple(HandoverStatus)
_AGREES = (None, False, True)


@dataclass(slots=True)
class Standings:
    """Referrals by id. `None` is one that is no longer judged."""

    packing: Packing
    _numbers: Index = field(default_factory=lambda: Index(_WIDTH))
    _lasts: "array[int]" = field(default_factory=lambda: array("I"))  # entry of the last statement, by referral
    _places: "array[int]" = field(default_factory=lambda: array("q"))  # where it is packed
    _packed: bytearray = field(default_factory=bytearray)
    _rare: dict[int, tuple[bytes, ...]] = field(default_factory=dict)
    _live: dict[int, Referral] = field(default_factory=dict)
    _asked: tuple[str, int | None] = "", None  # the referral asked for last, for one entry asks again and again

    def __contains__(self, referral: str) -> bool:
        """Whether anything was remembered, be it that it is no longer judged."""
        number = self._number(referral)
        return number is not None and self._places[number] != _UNTOLD

    def __setitem__(self, referral: str, state: Referral | None) -> None:
        """Remember a referral as it is now."""
        number = self._numbered(referral)
        if number is None:
            return  # no body that can be read names such a referral: nobody will ask for it
        self._live.pop(number, None)
        self._rare.pop(number, None)
        if state is None:
            self._places[number] = _VOID
        elif _rests(state):
            self._places[number] = len(self._packed)
            self._pack(number, state)
        else:
            self._places[number] = _LIVE
            self._live[number] = state

    def get(self, referral: str) -> Referral | None:
        """A referral as it was remembered last."""
        number = self._number(referral)
        return None if number is None else self._told(number)

    def follow(self, referral: str, statement: str) -> None:
        """Remember the last statement on a referral."""
        number = self._numbered(referral)
        if number is not None:
            self._lasts[number] = self.packing.entry(statement)

    def last(self, referral: str) -> str | None:
        """The last statement on a referral."""
        number = self._number(referral)
        return None if number is None else self.packing.statement_or_none(self._lasts[number])

    def running(self) -> Iterator[Referral]:
        """The referrals that do not rest, in the order in which they last moved."""
        yield from self._live.values()

    def outage(self, span: Span, agreement: Agreement) -> Iterator[tuple[Referral, Referral]]:
        """Stop every clock that an outage stops; the referrals that it changed, as they were and as they are."""
        for before in list(self._live.values()):
            after = tuple(obligations.stopped(each, span, agreement=agreement) for each in before.obligations)
            if after != before.obligations:
                changed = replace(before, obligations=after)
                self[before.id] = changed
                yield before, changed

    def _number(self, referral: str) -> int | None:
        if referral != self._asked[0]:
            key = _key(referral)
            self._asked = referral, None if key is None else self._numbers.find(key)
        return self._asked[1]

    def _numbered(self, referral: str) -> int | None:
        """Its number, a new one for a new referral."""
        number = self._number(referral)
        if number is not None:
            return number
        key = _key(referral)
        if key is None:
            return None
        number = len(self._lasts)
        self._asked = referral, number
        self._numbers.put(key, number)
        self._lasts.append(NONE)
        self._places.append(_UNTOLD)
        return number

    def _told(self, number: int) -> Referral | None:
        place = self._places[number]
        if place >= 0:
            return self._unpack(number, place)
        return self._live.get(number)

    def _pack(self, number: int, state: Referral) -> None:
        words = self.packing.words
        self._packed += _RESTING.pack(
            self.packing.entry(state.last),
            words.number(state.sender),
            words.number(state.receiver),
            _STATUSES.index(state.status),
            words.number(state.term_acknowledge),
            words.number(state.term_decide),
            seconds(state.sent_at),
            seconds(state.acknowledged_at),
            seconds(state.decided_at),
            seconds(state.completed_at),
            len(state.handovers),
            len(state.obligations),
        )
        for each in state.handovers:
            self._pack_handover(each)
        packed = [self.packing.pack(each) for each in state.obligations]
        for plain, _ in packed:
            self._packed += plain
        if any(rare for _, rare in packed):
            self._rare[number] = tuple(rare for _, rare in packed)

    def _pack_handover(self, handover: Handover) -> None:
        words, entry = self.packing.words, self.packing.entry
        self._packed += _HANDOVER.pack(
            entry(handover.release),
            handover.leg,
            words.number(handover.term),
            _HANDOVER_STATUSES.index(handover.status),
            seconds(handover.released_at),
            entry(handover.receipt),
            seconds(handover.settled_at),
            _AGREES.index(handover.agrees),
            entry(handover.answer),
            seconds(handover.answered_at),
            len(handover.papers),
        )
        for each in handover.papers:
            self._packed += _PAPER.pack(words.number(each.party), entry(each.of), bytes.fromhex(each.sha256))

    def _unpack(self, number: int, place: int) -> Referral:
        words = self.packing.words
        fixed: tuple[int, ...] = _RESTING.unpack_from(self._packed, place)
        last, sender, receiver, status, acknowledge, decide, sent, acknowledged, decided, completed, *counts = fixed
        handovers, owed = counts
        referral = self._numbers.key(number).hex()
        ends, start, told = (words.word(sender), words.word(receiver)), place + _RESTING.size, list[Handover]()
        for _ in range(handovers):
            told.append(self._handover(start, *ends))
            start += _HANDOVER.size + len(told[-1].papers) * _PAPER.size
        return Referral(
            id=referral,
            sender=ends[0],
            receiver=ends[1],
            status=_STATUSES[status],
            sent_at=instant(sent),
            last=self.packing.statement(last),
            term_acknowledge=Term(words.word(acknowledge)),
            term_decide=Term(words.word(decide)),
            acknowledged_at=instant_or_none(acknowledged),
            decided_at=instant_or_none(decided),
            completed_at=instant_or_none(completed),
            handovers=tuple(told),
            obligations=self._obligations(number, referral, start, owed),
        )

    def _obligations(self, number: int, referral: str, start: int, count: int) -> tuple[Obligation, ...]:
        rare = self._rare.get(number, (b"",) * count)
        return tuple(
            self.packing.unpack(referral, self._packed, start + at * PLAIN.size, rare[at]) for at in range(count)
        )

    def _handover(self, start: int, sender: str, receiver: str) -> Handover:
        fixed: tuple[int, ...] = _HANDOVER.unpack_from(self._packed, start)
        release, leg, term, status, released, receipt, settled, agrees, answer, answered, papers = fixed
        end = start + _HANDOVER.size
        return Handover(
            release=self.packing.statement(release),
            leg=leg,
            sender=sender,
            receiver=receiver,
            term=Term(self.packing.words.word(term)),
            status=_HANDOVER_STATUSES[status],
            released_at=instant(released),
            condition_at_release=None,
            receipt=self.packing.statement_or_none(receipt),
            settled_at=instant_or_none(settled),
            agrees=_AGREES[agrees],
            answer=self.packing.statement_or_none(answer),
            answered_at=instant_or_none(answered),
            papers=tuple(self._paper(end + at * _PAPER.size) for at in range(papers)),
        )

    def _paper(self, start: int) -> HandoverPaper:
        party, of, sha256 = _PAPER.unpack_from(self._packed, start)
        return HandoverPaper(
            party=self.packing.words.word(party), of=self.packing.statement(of), sha256=bytes(sha256).hex()
        )


def _rests(state: Referral) -> bool:
    return not state.is_open and all(each.is_ended or each.noted_by is not None for each in state.obligations)


def _key(referral: str) -> bytes | None:
    """The bytes of 32 lower-case hex digits; None for all else."""
    try:
        found = bytes.fromhex(referral)
    except ValueError:
        return None
    return found if len(found) == _WIDTH and found.hex() == referral else None
