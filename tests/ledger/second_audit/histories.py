"""What was read so far, and what it makes of the next statement: section 4, R7 to R9."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from tests.ledger.second_audit import bodies, curves, forums, notes, trees
from tests.ledger.second_audit.agreements import Record
from tests.ledger.second_audit.bodies import Body
from tests.ledger.second_audit.copies import Envelope
from tests.ledger.second_audit.referrals import Referral
from tests.ledger.second_audit.texts import Broken, Wrong, decoded, instant

NOBODY = FORUM = "FORUM"
GOVERNING = ("key.added", "agreement.amended", "root.replaced")  # R8: what brings a key
BESIDE = ("obligation.", "bast.")
UNSIGNED = ("SIGNATURE_INVALID", "SIGNATURE_COUNT", "NOT_CANONICAL", "KEY_UNKNOWN", "ENVELOPE_MALFORMED",
            "KIND_UNKNOWN", "BODY_INVALID", "PAD_WRONG", "GENESIS_MISPLACED")  # fmt: skip
USES = {"ROOT": ("root",), "PROVINCE": ("system", "officer"), "HOST": ("host",)}


def signed_bytes(envelope: Envelope) -> bytes:
    """F4."""
    kind = envelope.type.encode()
    parts = [b"DSSEv1", str(len(kind)).encode(), kind, str(len(envelope.payload)).encode(), envelope.payload]
    return b" ".join(parts)


def verify(envelope: Envelope, publics: list[bytes]) -> None:
    """V1, the signatures."""
    if len(publics) != len(envelope.signatures):
        raise Wrong("V1", "SIGNATURE_COUNT")
    message = signed_bytes(envelope)
    for public, signature in zip(publics, envelope.signatures, strict=True):
        if not curves.signed(public, signature, message):
            raise Wrong("V1", "SIGNATURE_INVALID")


def family(kind: str) -> str:
    """F5."""
    return f"application/vnd.estafet.{kind.split('.')[0]}.v1+json"


def genesis(envelope: Envelope) -> Body:
    """V16, in its order."""
    try:
        value = decoded(envelope.payload)
    except Broken as broken:
        raise Wrong("V1", "NOT_CANONICAL") from broken
    body = bodies.read(envelope.payload, value)
    invalid = Wrong("V16", "GENESIS_INVALID")
    if body["kind"] != "agreement.adopted":
        raise invalid
    if envelope.type != family(body["kind"]):
        raise Wrong("V14", "ENVELOPE_MALFORMED")
    roots = [bytes.fromhex(each["root_key"]) for each in body["parties"]]
    verify(envelope, roots)
    codes = [each["party"] for each in body["parties"]]
    if body["key_prev"] is not None or body["seen"] is not None or codes != sorted(set(codes)):
        raise invalid
    if body["quorum"] > len(body["witnesses"]):
        raise invalid
    try:
        log, *witnesses = [notes.key(text) for text in [body["log_vkey"], *body["witnesses"]]]
    except Broken as broken:
        raise invalid from broken
    if log.name != body["log"] or log.type != 1 or any(each.type != 4 for each in witnesses):
        raise invalid
    own = [bytes.fromhex(body["host_key"]), *roots]
    if not all(map(curves.safe, own)):
        raise Wrong("V24", "KEY_UNSAFE")
    publics = [log.public, *own, *(each.public for each in witnesses)]
    if len(set(publics)) != len(publics):
        raise Wrong("V24", "KEY_PUBLIC_TAKEN")
    return body


@dataclass
class Statement:
    """What an envelope says by itself."""

    envelope: Envelope
    id: str
    value: Any = None
    body: Body | None = None  # None: refused, by `wrong`
    wrong: Wrong | None = None

    def text(self, name: str) -> str | None:
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return value if isinstance(value, str) else None

    @property
    def referral(self) -> str | None:
        owed = self.value.get("obligation") if isinstance(self.value, dict) else None
        named = owed.get("referral") if isinstance(owed, dict) else None
        return self.text("referral") or (named if isinstance(named, str) else None)

    @property
    def is_beside(self) -> bool:
        return self.body is not None and self.body["kind"].startswith(BESIDE)

    @property
    def is_act(self) -> bool:
        return self.body is not None and "referral" in self.body and not self.is_beside


def said(envelope: Envelope) -> Statement:
    statement = Statement(envelope, sha256(signed_bytes(envelope)).hexdigest())
    try:
        statement.value = decoded(envelope.payload)
        statement.body = bodies.read(envelope.payload, statement.value)
    except Broken:
        statement.wrong = Wrong("V1", "NOT_CANONICAL")
    except Wrong as wrong:
        statement.wrong = wrong
    return statement


@dataclass
class History:
    log: str = ""
    agreement: str = ""
    told: Record | None = None  # the agreement's data
    hashes: list[bytes] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    signers: list[str] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    publics: set[bytes] = field(default_factory=set)  # of all keys that the register has or had
    hosts: list[tuple[int, bytes]] = field(default_factory=list)  # the host's keys, by the entry that brought each
    lines: dict[str, tuple[int, str]] = field(default_factory=dict)  # R12: how many statements of a key, the last one
    highest: dict[str, int] = field(default_factory=dict)
    lasts: dict[str, str] = field(default_factory=dict)  # last statement by referral
    referrals: dict[str, Referral | None] = field(default_factory=dict)  # None: not judged any more
    lost: int = 0
    lost_keys: int = 0
    excused: dict[str, set[str]] = field(default_factory=lambda: {"statement": set(), "key": set(), "referral": set()})

    def excuses(self, what: str, name: str) -> bool:
        """R8: each lost entry may have been one unknown thing of each sort."""
        found = self.excused[what]
        if name not in found and len(found) < (self.lost_keys if what == "key" else self.lost):
            found.add(name)
        return name in found

    def lose(self, kind: str | None) -> None:
        self.lost += 1
        self.lost_keys += kind is None or kind not in bodies.KINDS or kind in GOVERNING

    def enter(self, statement: Statement) -> None:
        self.ids.setdefault(statement.id, len(self.hashes) - 1)
        name = statement.text("key") or FORUM
        if len(self.hashes) > 1:
            self.signers[-1] = name
            self.lines[name] = (self.lines.get(name, (0, ""))[0] + 1, statement.id)

    def judge(self, statement: Statement, at: datetime) -> None:
        """V1 to V8, V24, V26, in the order of section 4."""
        name = statement.text("key")
        key = self.keys.get(name or "")
        prev_by = self._signed_by(statement.text("key_prev"), key)
        last = self._last(statement)
        if statement.text("kind") == "agreement.adopted":
            raise Wrong("V16", "GENESIS_MISPLACED")
        if statement.wrong is not None and name is None:
            raise statement.wrong
        body = statement.body
        self._signed(statement, body, key)
        if body is None:
            assert statement.wrong is not None
            raise statement.wrong
        self._form(statement.envelope, body, key, at)
        if statement.id in self.ids:
            raise Wrong("V4", "STATEMENT_KNOWN")
        if body["key_prev"] is not None and (prev_by is None or prev_by != name):
            raise Wrong("V6", "KEY_PREV_MISSING" if prev_by is None else "KEY_PREV_OF_OTHER_KEY")
        self._seen(body, len(self.hashes) - 1)
        self._referral(statement, body, last)
        self._key(body)
        if instant(body["claimed_at"]) - at > timedelta(minutes=5):
            raise Wrong("V26", "CLAIMED_LATER")

    def _signed(self, statement: Statement, body: Body | None, key: dict[str, Any] | None) -> None:
        """V2 `KEY_UNKNOWN`, V1."""
        envelope = statement.envelope
        if body is not None and bodies.KINDS[body["kind"]]["signer"] == FORUM:
            roots = {each["party"]: each["public"] for each in self.keys.values() if each["use"] == "root"}
            forums.verify(body, signed_bytes(envelope), list(envelope.signatures), roots)
            return
        if key is None:
            raise Wrong("V2", "KEY_UNKNOWN")
        new = [bytes.fromhex(body["public"])] if body is not None and body["kind"] == "key.added" else []
        verify(envelope, [key["public"], *new])

    def may_follow_a_loss(self, statement: Statement, wrong: Wrong) -> bool:
        """R8: a signature by a key that an entry which is lost may have brought."""
        if wrong.code != "SIGNATURE_INVALID" or statement.body is None:
            return False
        name = statement.body["key"]
        if name is None:
            return self.lost_keys > 0
        return self.keys[name]["use"] in ("root", "host") and self.excuses("key", f"in the place of {name}")

    def _signed_by(self, prev: str | None, key: dict[str, Any] | None) -> str | None:
        if prev is None or key is None or len(prev) != 64 or prev.strip("0123456789abcdef"):
            return None
        if prev not in self.ids:
            return str(key["name"]) if self.excuses("statement", prev) else None
        return self.signers[self.ids[prev]]

    def _last(self, statement: Statement) -> str | None:
        if statement.referral is None:
            return None
        last = self.lasts.get(statement.referral)
        prev = statement.body.get("referral_prev") if statement.body is not None and statement.is_act else None
        if prev is not None and prev != last and prev not in self.ids and self.excuses("statement", prev):
            self.referrals[statement.referral] = None
            return str(prev)
        return last

    def _form(self, envelope: Envelope, body: Body, key: dict[str, Any] | None, at: datetime) -> None:
        if envelope.type != family(body["kind"]):
            raise Wrong("V14", "ENVELOPE_MALFORMED")
        if body["log"] != self.log:
            raise Wrong("V5", "OTHER_LOG")
        if body["agreement"] != self.agreement:
            raise Wrong("V5", "OTHER_AGREEMENT")
        if key is None:
            return
        if key["party"] != body["party"]:
            raise Wrong("V2", "KEY_OF_OTHER_PARTY")
        if key["use"] not in USES[bodies.KINDS[body["kind"]]["signer"]]:
            raise Wrong("V2", "KEY_MAY_NOT_SIGN")
        if key["revoked"]:
            raise Wrong("V3", "KEY_REVOKED")
        if at < key["from"] or (key["until"] is not None and at >= key["until"]):
            raise Wrong("V2", "KEY_NOT_VALID_THEN")

    def _seen(self, body: Body, index: int) -> None:
        seen = body["seen"]
        if seen is None:
            return
        if seen["size"] > index:
            raise Wrong("V7", "SEEN_SIZE")
        if trees.root(tuple(self.hashes[: seen["size"]])).hex() != seen["root"]:
            raise Wrong("V7", "SEEN_FORKED")
        if seen["size"] < self.highest.get(body["key"], 0):
            raise Wrong("V7", "SEEN_FALLS")

    def _referral(self, statement: Statement, body: Body, last: str | None) -> None:
        if statement.referral is None:
            return
        if body["kind"] == "referral.sent":
            if last is not None:
                raise Wrong("V8", "REFERRAL_EXISTS")
        elif last is None:
            raise Wrong("V8", "REFERRAL_UNKNOWN")
        elif statement.is_act and body["referral_prev"] != last:
            raise Wrong("V8", "REFERRAL_PREV_STALE")

    def _key(self, body: Body) -> None:
        kind = body["kind"]
        if kind in ("agreement.amended", "root.replaced"):
            self._new(body["host_key" if kind == "agreement.amended" else "root_key"])
        if not kind.startswith("key."):
            return
        if not body["name"].startswith(f"{body['party']}/"):
            raise Wrong("V2", "KEY_OF_OTHER_PARTY")
        subject = self.keys.get(body["name"])
        if kind == "key.revoked":
            if subject is None:
                raise Wrong("V2", "KEY_UNKNOWN")
            if subject["revoked"]:
                raise Wrong("V3", "KEY_REVOKED")
            return
        if subject is not None:
            raise Wrong("V24", "KEY_NAME_TAKEN")
        self._new(body["public"])
        if (body["holder"] is None) != (body["use"] == "system"):
            raise Wrong("V15", "BODY_INVALID")

    def _new(self, public: str) -> None:
        if bytes.fromhex(public) in self.publics:
            raise Wrong("V24", "KEY_PUBLIC_TAKEN")
        if not curves.safe(bytes.fromhex(public)):
            raise Wrong("V24", "KEY_UNSAFE")

    def add(self, name: str, party: str, public: str, use: str, since: datetime, until: datetime | None) -> None:
        """A key, from this entry on, in the place of one of that name."""
        self.publics.add(bytes.fromhex(public))
        if use == "host":
            self.hosts.append((len(self.hashes) - 1, bytes.fromhex(public)))
        self.keys[name] = {"name": name, "party": party, "public": bytes.fromhex(public), "use": use, "from": since,
                           "until": until, "revoked": False}  # fmt: skip
