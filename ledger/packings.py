"""Packings: obligations in some fifty bytes each, for a million of them in memory.

Promise: what was packed is unpacked equal, in every field.
Rules: ids of statements are told by their entries' numbers in the log's index, words by their numbers in a list of
words, instants by seconds. What few obligations have (stops, papers, offers, notices, a running pause) is packed apart.
Elsewhere: who keeps them, `ledger.dockets` and `ledger.standings`; what they are, `casework.obligations`.
"""

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from casework.clocks import Span
from casework.duties import Kind
from casework.obligations import Ending, Obligation, Paper
from casework.terms import Term
from ledger.indexes import NONE, Index

PLAIN = struct.Struct("<IHHHHqqqIHB")  # the fields as `Packing.pack` puts them
_RARE = struct.Struct("<qIIIqII")
_SPAN = struct.Struct("<qq")
_PAPER = struct.Struct("<H32s")
_NEVER = -(2**63)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENDINGS = (None, *Ending)
_ENDING_NUMBERS = {ending: number for number, ending in enumerate(_ENDINGS)}


def seconds(at: datetime | None) -> int:
    """An instant as a number, and the absence of one too."""
    return _NEVER if at is None else int(at.timestamp())


def instant(told: int) -> datetime:
    """The instant of a number."""
    return _EPOCH + timedelta(seconds=told)


def instant_or_none(told: int) -> datetime | None:
    """The instant of a number, or None."""
    return None if told == _NEVER else instant(told)


def packed_span(span: Span) -> bytes:
    """A span of time in sixteen bytes."""
    return _SPAN.pack(seconds(span.from_), seconds(span.until))


def spans(packed: bytes) -> tuple[Span, ...]:
    """Spans, packed one behind the other."""
    return tuple(Span(from_=instant(from_), until=instant(until)) for from_, until in _SPAN.iter_unpack(packed))


def packed_kind(data: bytearray, start: int) -> int:
    """The number of the kind of the obligation packed at a place, read alone."""
    return int.from_bytes(data[start + 4 : start + 6], "little")  # behind the entry's number: see `PLAIN`


@dataclass(slots=True)
class Words:
    """Words by number: parties, kinds, terms."""

    _words: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, word: str) -> int:
        """The number of a word, a new one for a new word."""
        found = self._numbers.get(word)
        if found is None:
            found = self._numbers[word] = len(self._words)
            self._words.append(word)
        return found

    def word(self, number: int) -> str:
        """The word of a number."""
        return self._words[number]


@dataclass(slots=True)
class Packing:
    """Packs and unpacks, by the index of the log's statements."""

    ids: Index  # index of a statement's entry by the statement's id
    words: Words = field(default_factory=Words)

    def pack(self, obligation: Obligation) -> tuple[bytes, bytes]:
        """What every obligation has, and what few have: empty for the others."""
        ended_kind = obligation.ended_kind
        plain = PLAIN.pack(
            self.entry(obligation.opened_by),
            self.words.number(obligation.kind),
            self.words.number(obligation.debtor),
            self.words.number(obligation.creditor),
            self.words.number(obligation.term),
            seconds(obligation.opened_at),
            seconds(obligation.due),
            seconds(obligation.ended_at),
            NONE if obligation.ended_by is None else self.entry(obligation.ended_by),
            0 if ended_kind is None else self.words.number(ended_kind) + 1,
            _ENDING_NUMBERS[obligation.ending],
        )
        return plain, self._rare(obligation)

    def unpack(self, referral: str, data: bytes | bytearray, start: int, rare: bytes) -> Obligation:
        """The obligation packed at a place."""
        opened, kind, debtor, creditor, term, at, due, ended_at, ended, ended_kind, ending = PLAIN.unpack_from(
            data, start
        )
        word = self.words.word
        since, waiver, pause, noted, noted_at, stops, papers = _RARE.unpack_from(rare) if rare else _NOTHING_RARE
        return Obligation(
            kind=_KINDS[word(kind)],
            opened_by=self.statement(opened),
            referral=referral,
            debtor=word(debtor),
            creditor=word(creditor),
            term=_TERMS[word(term)],
            opened_at=instant(at),
            due=instant(due),
            stops=spans(rare[_RARE.size : _RARE.size + stops * _SPAN.size]) if stops else (),
            paused_since=instant_or_none(since),
            ending=_ENDINGS[ending],
            ended_at=instant_or_none(ended_at),
            ended_by=self.statement_or_none(ended),
            ended_kind=word(ended_kind - 1) if ended_kind else None,
            papers=self._papers(rare, stops, papers) if papers else (),
            waiver_offer=self.statement_or_none(waiver),
            pause_offer=self.statement_or_none(pause),
            noted_by=self.statement_or_none(noted),
            noted_at=instant_or_none(noted_at),
        )

    def entry(self, statement: str | None) -> int:
        """The number of a statement's entry, and of none."""
        if statement is None:
            return NONE
        found = self.ids.find(bytes.fromhex(statement))
        if found is None:
            raise LookupError(f"statement {statement} is not in the log")
        return found

    def statement(self, entry: int) -> str:
        """The id of an entry's statement."""
        return self.ids.key(entry).hex()

    def statement_or_none(self, entry: int) -> str | None:
        """The same, where there may be none."""
        return None if entry == NONE else self.statement(entry)

    def _rare(self, obligation: Obligation) -> bytes:
        offered = obligation.waiver_offer or obligation.pause_offer  # a clock that is paused has its offer
        if not (offered or obligation.noted_by or obligation.stops or obligation.papers):
            return b""
        told = (
            seconds(obligation.paused_since),
            self.entry(obligation.waiver_offer),
            self.entry(obligation.pause_offer),
            self.entry(obligation.noted_by),
            seconds(obligation.noted_at),
            len(obligation.stops),
            len(obligation.papers),
        )
        stops = b"".join(map(packed_span, obligation.stops))
        papers = b"".join(
            _PAPER.pack(self.words.number(paper.party), bytes.fromhex(paper.sha256)) for paper in obligation.papers
        )
        return _RARE.pack(*told) + stops + papers

    def _papers(self, rare: bytes, stops: int, count: int) -> tuple[Paper, ...]:
        start = _RARE.size + stops * _SPAN.size
        return tuple(
            Paper(party=self.words.word(party), sha256=sha256.hex())
            for party, sha256 in _PAPER.iter_unpack(rare[start : start + count * _PAPER.size])
        )


_NOTHING_RARE = (_NEVER, NONE, NONE, NONE, _NEVER, 0, 0)
_KINDS = {str(kind): kind for kind in Kind}
_TERMS = {str(term): term for term in Term}
