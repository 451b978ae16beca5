"""A small legal log of ten provinces, made deterministically, and the tools to spoil it.

Promise: `legal()` is clean by every rule; each helper adds what its name says and nothing else. Logs are spoiled by
the same hands, so that a test changes one thing.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypedDict, TypeVar

from nacl.signing import SigningKey

from ledger import checkpoints, commitments, cosignatures, entries, envelopes, notes, statements, tiles, trees
from ledger.checkpoints import Checkpoint
from ledger.entries import Entry
from ledger.envelopes import Envelope
from ledger.notes import VerifierKey
from ledger.receipts import Receipt
from ledger.statements import AgreementAdopted, Founder, KeyAdded, Owed, ReferralSent, Seen, Statement

ORIGIN = "golden.estafet.invalid/1"
PROVINCES = ("ID-BA", "ID-BT", "ID-JB", "ID-JI", "ID-JK", "ID-JT", "ID-LA", "ID-NB", "ID-NT", "ID-YO")
AGREEMENT = (Path(__file__).parents[2] / "casework" / "data" / "fkd-mpu-2025.json").read_bytes()
AGREEMENT_SHA256 = hashlib.sha256(AGREEMENT).hexdigest()
START = datetime(2026, 3, 2, 1, 0, 0, tzinfo=UTC)


@cache
def key(name: str) -> SigningKey:
    """The same key for the same name, for ever."""
    return SigningKey(hashlib.sha256(f"golden/{name}".encode()).digest())


def public(name: str) -> str:
    return bytes(key(name).verify_key).hex()


class Common(TypedDict):
    """The fields that every statement has."""

    log: str
    agreement: str
    party: str
    key: str
    key_prev: str | None
    seen: Seen | None
    claimed_at: datetime


class CommonForum(TypedDict):
    """The fields that every statement of the forum's has."""

    log: str
    agreement: str
    party: str
    key: None
    key_prev: None
    seen: None
    claimed_at: datetime


class CommonAct(Common):
    """The fields that every act on a referral has."""

    referral: str
    referral_prev: str


_BESIDE = statements.Remark | statements.BreachNoted | statements.BastRecorded
T = TypeVar("T")


def as_is(statement: T) -> T:
    return statement


def genesis(at: datetime) -> AgreementAdopted:
    return AgreementAdopted(
        log=ORIGIN,
        agreement=AGREEMENT_SHA256,
        party="FORUM",
        key=None,
        key_prev=None,
        seen=None,
        claimed_at=at,
        log_vkey=notes.key_of(ORIGIN, key("log")).spell(),
        host_key=public("HOST/host"),
        parties=tuple(Founder(party=party, root_key=public(f"{party}/root")) for party in PROVINCES),
        witnesses=(),
        quorum=0,
    )


def witness(name: str) -> VerifierKey:
    """The key of a witness, as a genesis names it."""
    return cosignatures.key_of(name, key(name))


def key_name(party: str, number: int = 0) -> str:
    """A random-looking register name; the golden log needs it to stay the same."""
    return f"{party}/k{hashlib.sha256(f'{party}/{number}'.encode()).hexdigest()[:32]}"


def sealed(*names: str) -> dict[str, str]:
    """Commitments to nothing in particular."""
    made = {}
    for name in names:
        salt = hashlib.sha256(name.encode()).digest()
        made[name] = commitments.commit(commitments.Opening(name=name, value=None, salt=salt))
    return made


@dataclass(slots=True)
class Shelf:
    """Published files in memory."""

    files: dict[str, bytes] = field(default_factory=dict)

    def read(self, name: str) -> bytes | None:
        return self.files.get(name)

    def numbers(self, name: str) -> Sequence[int]:
        prefix = f"{name}/"
        return sorted(int(path.removeprefix(prefix)) for path in self.files if path.startswith(prefix))

    def copy(self) -> "Shelf":
        return Shelf(dict(self.files))

    def lay(self, folder: Path) -> Path:
        """The same files on a disk."""
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder


@dataclass(slots=True)
class Log:
    """A log being written by a host that does what it is told, legal or not."""

    leaves: list[bytes] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    at: datetime = START
    shelf: Shelf = field(default_factory=Shelf)
    edge: tiles.Edge = field(default_factory=tiles.Edge)
    seen: Seen | None = None
    last_of_key: dict[str, str] = field(default_factory=dict)
    last_of_referral: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)  # roots and the host: by which key they sign now
    hosts: dict[int, str] = field(default_factory=dict)  # by the entry that brought it: the host's new key

    def copy(self) -> "Log":
        return replace(
            self,
            leaves=list(self.leaves),
            ids=list(self.ids),
            shelf=self.shelf.copy(),
            last_of_key=dict(self.last_of_key),
            last_of_referral=dict(self.last_of_referral),
            replaced=dict(self.replaced),
            hosts=dict(self.hosts),
        )

    def enter(self, envelope: Envelope, after: timedelta = timedelta(minutes=1)) -> str:
        """Number and chain an envelope, whatever is in it."""
        self.at += after
        prev = trees.leaf_hash(self.leaves[-1]).hex() if self.leaves else entries.NO_PREV
        self.leaves.append(entries.encode(Entry(at=self.at, index=len(self.leaves), prev=prev, envelope=envelope)))
        statement = envelopes.statement_id(envelope.payload_type, envelope.payload)
        self.ids.append(statement)
        return statement

    def say(self, statement: Statement, *signers: str, after: timedelta = timedelta(minutes=1)) -> str:
        """Sign a statement as it stands, by the key of its name or by others, and enter it."""
        names = signers or (str(statement.key),)
        payload_type = statements.payload_type(statement.KIND)
        envelope = envelopes.seal(payload_type, statements.encode(statement), [self.signer(name) for name in names])
        made = self.enter(envelope, after)
        if statement.key is not None:
            self.last_of_key[statement.key] = made
        referral = getattr(statement, "referral", None)
        if isinstance(referral, str) and not isinstance(statement, _BESIDE):
            self.last_of_referral[referral] = made
        return made

    def signer(self, name: str) -> SigningKey:
        """The key that signs under a name now."""
        return key(self.replaced.get(name, name))

    def host_of(self, index: int) -> SigningKey:
        """The host's key when an entry was entered."""
        later = [name for brought, name in self.hosts.items() if brought < index]
        return key(later[-1] if later else statements.HOST_KEY)

    def receipt(self, index: int) -> Receipt:
        """What the host says of an entry, to be signed."""
        leaf = self.leaves[index]
        at, digest = entries.parse(leaf).at, trees.leaf_hash(leaf).hex()
        return Receipt(log=ORIGIN, statement=self.ids[index], index=index, leaf=digest, at=at)

    def publish(self) -> Checkpoint:
        """Write the files of the growth since the last time, and the checkpoint last."""
        self.edge, written = tiles.grow(self.edge, self.leaves[self.edge.size :])
        self.shelf.files |= {file.path: file.content for file in written}
        return self.sign(self.edge.size, self.edge.root())

    def sign(self, size: int, root: bytes) -> Checkpoint:
        checkpoint = Checkpoint(origin=ORIGIN, size=size, root=root)
        note = checkpoints.sign(checkpoint, key("log")).encode()
        self.shelf.files |= {
            "checkpoint": note,
            f"checkpoints/{size}": note,
            "vkey": (notes.key_of(ORIGIN, key("log")).spell() + "\n").encode(),
            f"data/{AGREEMENT_SHA256}": AGREEMENT,
        }
        self.seen = Seen(size=size, root=root.hex())
        return checkpoint

    def cosign(self, *witnesses: str, at: datetime | None = None) -> None:
        """Have these witnesses cosign the newest checkpoint, at the time of the last entry or another."""
        time = int((at or self.at).timestamp())
        note = self.shelf.files["checkpoint"]
        text = notes.parse(note).text
        lines = [cosignatures.cosign(text, name, key(name), time) for name in witnesses]
        note = cosignatures.merged(note, lines, [witness(name) for name in witnesses])
        self.shelf.files |= {"checkpoint": note, f"checkpoints/{checkpoints.parse(text).size}": note}

    # -- what is said ---------------------------------------------------------------------------------------------
    def adopt(self, change: Callable[[AgreementAdopted], AgreementAdopted] = as_is) -> str:
        return self.say(change(genesis(self.at)), *(f"{party}/root" for party in PROVINCES))

    def add_key(
        self,
        party: str,
        number: int = 0,
        change: Callable[[KeyAdded], KeyAdded] = as_is,
        after: timedelta = timedelta(minutes=1),
    ) -> str:
        name = key_name(party, number)
        statement = statements.KeyAdded(
            **self.common(party, f"{party}/root"),
            name=name,
            public=public(name),
            use="system",
            from_=START,
            until=None,
            holder=None,
        )
        return self.say(change(statement), f"{party}/root", name, after=after)

    def revoke_key(self, party: str, since: datetime, number: int = 0) -> str:
        return self.say(
            statements.KeyRevoked(
                **self.common(party, f"{party}/root"), name=key_name(party, number), since_claimed=since
            )
        )

    def amend(self, *signers: str, new: str = "") -> str:
        """The host gets another key."""
        name = new or f"{statements.HOST_KEY}, {len(self.leaves)}"
        said = statements.AgreementAmended(**self.by_forum(), host_key=public(name))
        made = self.say(said, *(signers or [f"{party}/root" for party in PROVINCES]))
        self.replaced[statements.HOST_KEY] = self.hosts[len(self.leaves) - 1] = name
        return made

    def replace_root(self, party: str, *signers: str) -> str:
        """A party's root is another key, which signs in its place; `signers`: others than seven of the others."""
        root, name = f"{party}/root", f"{party}/root, {len(self.leaves)}"
        said = statements.RootReplaced(**self.by_forum(), replaced=party, root_key=public(name))
        others = [f"{each}/root" for each in PROVINCES if each != party][:6]
        before = self.replaced.get(root, root)
        self.replaced[root] = name
        made = self.say(said, *(signers or sorted([root, *others])))
        if root not in (signers or [root]):
            self.replaced[root] = before
        return made

    def by_forum(self) -> CommonForum:
        return CommonForum(
            log=ORIGIN,
            agreement=AGREEMENT_SHA256,
            party="FORUM",
            key=None,
            key_prev=None,
            seen=None,
            claimed_at=self.at,
        )

    def common(self, party: str, name: str) -> Common:
        return Common(
            log=ORIGIN,
            agreement=AGREEMENT_SHA256,
            party=party,
            key=name,
            key_prev=self.last_of_key.get(name),
            seen=self.seen,
            claimed_at=self.at,
        )

    def act(self, party: str, referral: str) -> CommonAct:
        return CommonAct(
            **self.common(party, key_name(party)), referral=referral, referral_prev=self.last_of_referral[referral]
        )

    def send(self, sender: str, to: str, referral: str, change: Callable[[ReferralSent], ReferralSent] = as_is) -> str:
        statement = statements.ReferralSent(
            **self.common(sender, key_name(sender)),
            referral=referral,
            to=to,
            term_acknowledge="PT24H",
            term_decide="P3WD",
            sealed=sealed("age_band", "case", "category", "risk", "sex", "vulnerability"),
        )
        return self.say(change(statement))

    def acknowledge(self, by: str, referral: str) -> str:
        return self.say(statements.ReferralAcknowledged(**self.act(by, referral), sealed=sealed("reason")))

    def accept(self, by: str, referral: str) -> str:
        return self.say(statements.ReferralAccepted(**self.act(by, referral), sealed=sealed("reason")))

    def decline(self, by: str, referral: str) -> str:
        return self.say(statements.ReferralDeclined(**self.act(by, referral), sealed=sealed("reason")))

    def withdraw(self, by: str, referral: str) -> str:
        return self.say(statements.ReferralWithdrawn(**self.act(by, referral)))

    def expire(self, referral: str, after: timedelta) -> str:
        statement = statements.ReferralExpired(
            **self.common("HOST", statements.HOST_KEY),
            referral=referral,
            referral_prev=self.last_of_referral[referral],
        )
        return self.say(statement, after=after)

    def certify(self, by: str, referral: str) -> str:
        names = ("examined_at", "fitness", "officer", "place")
        return self.say(statements.FitnessCertified(**self.act(by, referral), leg=1, sealed=sealed(*names)))

    def release(self, by: str, to: str, referral: str) -> str:
        names = ("carrier", "condition", "happened_at", "officer", "paper", "place", "planned_arrival")
        return self.say(
            statements.HandoverReleased(**self.act(by, referral), leg=1, to=to, term="PT24H", sealed=sealed(*names))
        )

    def receive(self, by: str, referral: str, release: str, *, agrees: bool = True) -> str:
        names = ("condition", "happened_at", "officer", "paper", "place")
        return self.say(
            statements.HandoverReceived(
                **self.act(by, referral), leg=1, release=release, agrees=agrees, sealed=sealed(*names)
            )
        )

    def refuse(self, by: str, referral: str, release: str, *, agrees: bool = True) -> str:
        names = ("condition", "happened_at", "officer", "paper", "place", "reason")
        return self.say(
            statements.HandoverRefused(
                **self.act(by, referral), leg=1, release=release, agrees=agrees, sealed=sealed(*names)
            )
        )

    # -- what is said of what is owed -----------------------------------------------------------------------------
    def answer(self, by: str, referral: str, receipt: str) -> str:
        return self.say(
            statements.DiscrepancyAnswered(
                **self.act(by, referral), leg=1, receipt=receipt, sealed=sealed("answer", "officer")
            )
        )

    def offer_waiver(self, by: str, owed: Owed) -> str:
        return self.say(statements.WaiverOffered(**self.common(by, key_name(by)), obligation=owed))

    def agree_waiver(self, by: str, owed: Owed, offer: str) -> str:
        return self.say(statements.WaiverAgreed(**self.common(by, key_name(by)), obligation=owed, offer=offer))

    def offer_pause(self, by: str, owed: Owed) -> str:
        return self.say(statements.PauseOffered(**self.common(by, key_name(by)), obligation=owed))

    def agree_pause(self, by: str, owed: Owed, offer: str) -> str:
        return self.say(statements.PauseAgreed(**self.common(by, key_name(by)), obligation=owed, offer=offer))

    def resume(self, by: str, owed: Owed, offer: str, after: timedelta = timedelta(minutes=1)) -> str:
        said = statements.ObligationResumed(**self.common(by, key_name(by)), obligation=owed, offer=offer)
        return self.say(said, after=after)

    def record(self, by: str, referral: str, handover: str, sha256: str) -> str:
        return self.say(
            statements.BastRecorded(
                **self.common(by, key_name(by)),
                referral=referral,
                handover=handover,
                sha256=sha256,
                sealed=sealed("happened_at"),
            )
        )

    def note(self, owed: Owed, after: timedelta = timedelta(minutes=1)) -> str:
        said = statements.BreachNoted(**self.common("HOST", statements.HOST_KEY), obligation=owed)
        return self.say(said, after=after)

    def out(self, begin: datetime, end: datetime, after: timedelta = timedelta(minutes=1)) -> str:
        said = statements.HostOutage(**self.common("HOST", statements.HOST_KEY), from_=begin, until=end)
        return self.say(said, after=after)


def owed(kind: str, opened_by: str, referral: str) -> Owed:
    """An obligation, named."""
    return Owed(kind=kind, opened_by=opened_by, referral=referral)


def referral(number: int) -> str:
    """A random-looking referral id."""
    return hashlib.sha256(f"referral/{number}".encode()).hexdigest()[:32]


def founded() -> Log:
    """Eleven entries: the genesis and a system key for each province; published."""
    log = Log()
    log.adopt()
    for party in PROVINCES:
        log.add_key(party)
    log.publish()
    return log


WITNESSES = ("w1.golden.invalid", "w2.golden.invalid", "w3.golden.invalid")


def watched() -> Log:
    """Twelve entries in a log of three witnesses, two of which are a quorum; published, and cosigned by all three."""
    log = Log()
    spelt = tuple(witness(name).spell() for name in WITNESSES)
    log.adopt(lambda said: replace(said, witnesses=spelt, quorum=2))
    for party in PROVINCES:
        log.add_key(party)
    log.send("ID-JK", "ID-JI", referral(1))
    log.publish()
    log.cosign(*WITNESSES)
    return log


def hand_over(log: Log, sender: str, receiver: str, which: str) -> None:
    """Six entries: one person from province to province, in good condition."""
    log.send(sender, receiver, which)
    log.acknowledge(receiver, which)
    log.accept(receiver, which)
    log.certify(sender, which)
    release = log.release(sender, receiver, which)
    log.receive(receiver, which, release)


def let_off_and_waited_for(log: Log) -> None:
    """One duty waived, another paused, an outage in between, and an offer that nobody agrees to."""
    sent = log.send("ID-LA", "ID-BT", referral(7))
    acknowledge, decide = (owed(f"referral.{verb}", sent, referral(7)) for verb in ("acknowledge", "decide"))
    log.agree_waiver("ID-LA", acknowledge, log.offer_waiver("ID-BT", acknowledge))
    pause = log.offer_pause("ID-BT", decide)
    log.agree_pause("ID-LA", decide, pause)
    log.resume("ID-LA", decide, pause, after=timedelta(days=2))
    log.out(log.at, log.at + timedelta(hours=5), after=timedelta(hours=5, minutes=1))
    log.offer_waiver("ID-BT", decide)
    log.accept("ID-BT", referral(7))


def entered_late(log: Log) -> None:
    """A receipt two days late, and the one paper of it that both ends have."""
    paper = hashlib.sha256(b"bast").hexdigest()
    log.send("ID-NT", "ID-NB", referral(8))
    log.accept("ID-NB", referral(8))
    log.certify("ID-NT", referral(8))
    release = log.release("ID-NT", "ID-NB", referral(8))
    log.note(owed("handover.receipt", release, referral(8)), after=timedelta(days=3))
    receipt = log.receive("ID-NB", referral(8), release)
    log.record("ID-NB", referral(8), receipt, paper)
    log.record("ID-NT", referral(8), receipt, paper)


def renewed() -> Log:
    """The legal log, after which a root and the host get new keys and use them: a log with every kind of entry."""
    log = legal()
    log.replace_root("ID-NB")
    log.amend()
    log.add_key("ID-NB", 1)
    log.out(log.at, log.at + timedelta(minutes=20), after=timedelta(minutes=21))
    log.publish()
    return log


def legal() -> Log:
    """A log with every kind of entry but those that renew its first keys, published three times, all legal."""
    log = founded()
    hand_over(log, "ID-JK", "ID-JI", referral(1))
    log.publish()
    log.send("ID-BA", "ID-NT", referral(2))
    log.decline("ID-NT", referral(2))
    log.send("ID-BT", "ID-LA", referral(3))
    log.withdraw("ID-BT", referral(3))
    log.send("ID-YO", "ID-JT", referral(4))
    log.accept("ID-JT", referral(4))
    log.certify("ID-YO", referral(4))
    log.refuse("ID-JT", referral(4), log.release("ID-YO", "ID-JT", referral(4)))
    log.certify("ID-YO", referral(4))
    worse = log.receive("ID-JT", referral(4), log.release("ID-YO", "ID-JT", referral(4)), agrees=False)
    unanswered = log.send("ID-NB", "ID-BA", referral(5))
    log.add_key("ID-JK", 1)
    log.revoke_key("ID-JK", log.at, 1)
    log.note(owed("discrepancy.answer", worse, referral(4)), after=timedelta(days=1, hours=1))
    log.answer("ID-YO", referral(4), worse)
    log.note(owed("referral.acknowledge", unanswered, referral(5)))
    log.note(owed("referral.decide", unanswered, referral(5)), after=timedelta(days=3))
    log.expire(referral(5), timedelta(days=15))
    let_off_and_waited_for(log)
    entered_late(log)
    hand_over(log, "ID-JB", "ID-JT", referral(6))
    log.publish()
    return log
