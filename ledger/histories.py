"""The history so far: what an auditor must remember of the entries walked, to judge the next one.

Promise: some two hundred bytes an entry, with all that is owed, never the leaves: a million entries fit in memory.
Rules: `facts` tells of the log what `ledger.admissions` asks. Where an entry could not be read, a link to nothing may
be a link to it: each lost entry explains one unknown name, so that one broken leaf is not held against all that follow.
Elsewhere: what is done with it, `ledger.walks`; hashes and roots, `ledger.prefixes`; ids, `ledger.indexes`; referrals,
`ledger.standings`.
"""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from casework.clocks import Span
from ledger import trees
from ledger.admissions import Facts, Question
from ledger.indexes import Index
from ledger.packings import Packing
from ledger.prefixes import Prefixes
from ledger.registers import KeyRecord, Register
from ledger.standings import Standings
from ledger.statements import KINDS, AgreementAdopted, AgreementAmended, KeyAdded, RootReplaced

_NO_KEY = -1
_FORUMS = (AgreementAmended.KIND, RootReplaced.KIND)
_MOST_VIEWS = 1024  # roots kept because a signer saw them: the next ones will have seen the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A key's line: how many statements of it stand in the log, and which is the last. Who signs with it knows both."""

    statements: int
    last: str


@dataclass(slots=True)
class History:
    """Everything that the entries so far have said."""

    genesis: AgreementAdopted | None = None
    register: Register = field(default_factory=Register)
    prefixes: Prefixes = field(default_factory=Prefixes)
    times: "array[int]" = field(default_factory=lambda: array("q"))  # seconds since 1970, by index
    signers: "array[int]" = field(default_factory=lambda: array("i"))  # number of the signing key, by index
    key_numbers: dict[str, int] = field(default_factory=dict)
    key_names: list[str] = field(default_factory=list)
    key_lasts: list[str] = field(default_factory=list)  # id of the key's last statement, by its number
    ids: Index = field(default_factory=lambda: Index(trees.HASH))  # index by id of statement
    highest: dict[str, int] = field(default_factory=dict)  # largest `seen` by key
    views: dict[int, str] = field(default_factory=dict)  # roots by size, as far as they were asked for lately
    states: Standings = field(init=False)
    at: datetime | None = None
    outages: list[Span] = field(default_factory=list)  # those that stop clocks, in the order of time
    hosts: list[tuple[int, bytes]] = field(default_factory=list)  # the host's keys, and from which entry on
    lost: int = 0  # entries of which nothing is known for certain
    lost_keys: int = 0  # those that may have added a key
    explained: set[str] = field(default_factory=set)  # ids of statements
    explained_keys: set[str] = field(default_factory=set)
    explained_referrals: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.states = Standings(Packing(self.ids))

    @property
    def size(self) -> int:
        """How many entries were walked."""
        return self.prefixes.size

    def grow(self, digest: bytes) -> None:
        """Walk on over an entry of which only the hash is known yet."""
        self.prefixes.append(digest)
        self.times.append(0 if self.at is None else int(self.at.timestamp()))
        self.signers.append(_NO_KEY)

    def hash(self, index: int) -> bytes:
        """The leaf hash of an entry."""
        return self.prefixes.hash(index)

    def root(self, size: int) -> bytes:
        """The root of the tree at a size from 1 to today's."""
        return self.prefixes.root(size)

    def view(self, size: int) -> str:
        """The root at a size, in hex: asked for again and again while signers have seen the same checkpoint."""
        found = self.views.get(size)
        if found is None:
            if len(self.views) == _MOST_VIEWS:
                self.views.clear()
            found = self.views[size] = self.root(size).hex()
        return found

    def enter(self, statement: str, key: str | None) -> None:
        """Remember that the entry just grown is this statement, signed by this key; it stands where it stood first."""
        if self.index(statement) is None:
            self.ids.put(bytes.fromhex(statement), self.size - 1)
        if key is not None:
            number = self.key_numbers.setdefault(key, len(self.key_numbers))
            if number == len(self.key_names):
                self.key_names.append(key)
                self.key_lasts.append(statement)
            self.key_lasts[number] = statement
            self.signers[-1] = number

    def index(self, statement: str) -> int | None:
        """Where a statement stands."""
        return self.ids.find(bytes.fromhex(statement))

    def follow(self, referral: str, statement: str) -> None:
        """Remember the last statement on a referral; it was entered before."""
        self.states.follow(referral, statement)

    def host_keys(self, index: int) -> list[bytes]:
        """The host's keys that can have signed for an entry: the one that was in force when it was entered, and later
        ones, the newest first."""
        ends = [start for start, _ in self.hosts[1:]]
        return [key for (_, key), end in zip(self.hosts, [*ends, None], strict=True) if end is None or end >= index][
            ::-1
        ]

    def signed_since(self, key: str, since: datetime) -> list[int]:
        """The entries that a key signed at or after an instant."""
        number, second = self.key_numbers.get(key, _NO_KEY - 1), int(since.timestamp())
        return [index for index, signer in enumerate(self.signers) if signer == number and self.times[index] >= second]

    def signed(self) -> dict[str, Signed]:
        """The lines of all keys that have signed, in the order of their first statements."""
        counts = Counter(self.signers)
        return {
            name: Signed(statements=counts[number], last=self.key_lasts[number])
            for number, name in enumerate(self.key_names)
        }

    def time_of_last(self) -> datetime:
        """When the last entry was made, the one just grown apart."""
        return datetime.fromtimestamp(self.times[-2], tz=UTC)

    def later(self, since: datetime, allowance: timedelta) -> datetime:
        """An instant so much later, by a clock that stands still in outages."""
        latest = since + allowance
        for span in self.outages:
            if span.until > since and span.from_ <= latest:
                latest += span.until - max(span.from_, since)
        return latest

    def lose(self, kind: str | None) -> None:
        """An entry cannot be believed; `kind` is what it claims to be, None where not even that can be read."""
        self.lost += 1
        self.lost_keys += kind is None or kind not in KINDS or kind in (KeyAdded.KIND, *_FORUMS)

    def explains(self, statement: str) -> bool:
        """Whether an entry that was lost can have been this statement (R8)."""
        return _explains(self.explained, statement, self.lost)

    def explains_key(self, name: str) -> bool:
        """Whether an entry that was lost can have added this key."""
        return _explains(self.explained_keys, name, self.lost_keys)

    def explains_referral(self, referral: str) -> bool:
        """Whether an entry that was lost can have sent this referral, of which nothing is known."""
        unknown = self.states.last(referral) is None
        return unknown and _explains(self.explained_referrals, referral, self.lost)

    def facts(self, genesis: AgreementAdopted, question: Question, referral_prev: str | None) -> Facts:
        """What the log, before the entry just grown, says to a statement's question."""
        index = self.size - 1
        key = self.register.key(question.key)
        seen = question.seen_size
        return Facts(
            log=genesis.log,
            agreement=genesis.agreement,
            size=index,
            known=self.index(question.statement) is not None,
            key=key,
            subject=self.register.key(question.subject),
            public_taken=_bytes(question.public) in self.register.publics,
            key_prev_signer=self._signer(question, key),
            seen_root=self.view(seen) if seen is not None and seen <= index else None,
            seen_highest=self.highest.get(question.key or "", 0),
            referral_last=self._last(question, referral_prev),
            roots=self.register.roots() if question.kind in _FORUMS else {},
        )

    def _signer(self, question: Question, key: KeyRecord | None) -> str | None:
        digest = _bytes(question.key_prev)
        if digest is None or key is None:
            return None
        index = self.ids.find(digest)
        if index is None:
            return key.name if self.explains(digest.hex()) else None
        number = self.signers[index]
        return "FORUM" if number == _NO_KEY else self.key_names[number]

    def _last(self, question: Question, referral_prev: str | None) -> str | None:
        if question.referral is None:
            return None
        last = self.states.last(question.referral)
        if referral_prev is None or referral_prev == last:
            return last
        named = _bytes(referral_prev)
        if named is not None and self.ids.find(named) is None and self.explains(referral_prev):
            self.states[question.referral] = None
            return referral_prev
        return last


def _explains(explained: set[str], name: str, lost: int) -> bool:
    if name not in explained and len(explained) < lost:
        explained.add(name)
    return name in explained


def _bytes(digits: str | None) -> bytes | None:
    """The bytes that 64 lower-case hex digits are; None for all else."""
    try:
        found = bytes.fromhex(digits or "")
    except ValueError:
        return None
    return found if found.hex() == digits and len(found) == trees.HASH else None
