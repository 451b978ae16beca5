"""One defect for each way of breaking a rule: what the host, a province or a keeper of files does, and nothing else.

Promise: every case spoils a copy of a golden log, and says what is shown to the audit besides.
Rules: what is entered is numbered, chained and published as it should be, unless that is the defect.
Elsewhere: what comes of each, `tests/ledger/logs/manifest.json`, written by `tests.ledger.assets`.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ledger import canonical, entries, envelopes, receipts, statements, tiles, trees
from ledger.canonical import JSON
from ledger.entries import Entry
from ledger.envelopes import Envelope
from ledger.receipts import Receipt
from ledger.statements import AgreementAdopted, AgreementAmended, KeyAdded, ReferralSent, RootReplaced, Seen, Statement
from tests.ledger import golden, small, strange_keys
from tests.ledger.golden import Log, Shelf, key, key_name, owed, public, referral

MINUTE = timedelta(minutes=1)
SMALL, LEGAL, LONG = small.small(), golden.renewed(), small.long()
LOGS = {"small": SMALL, "legal": LEGAL, "long": LONG}
JK, JI = key_name("ID-JK"), key_name("ID-JI")
NEW = referral(50)
Change = Callable[[dict[str, JSON]], object]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A spoiled log. `anchor`: given to the audit; `shown`: receipts shown to it."""

    name: str
    log: str
    shelf: Shelf
    anchor: str | None = None
    shown: tuple[Envelope, ...] = ()


def anchor(log: Log) -> str:
    return entries.anchor(log.leaves[0])


def after(name: str, write: Callable[[Log], object], of: str = "small") -> Case:
    """A host enters this after a golden log, and publishes it."""
    log = LOGS[of].copy()
    write(log)
    small.publish(log) if of == "small" else log.publish()
    return Case(name=name, log=of, shelf=log.shelf, anchor=anchor(LOGS[of]))


def filed(name: str, change: Callable[[dict[str, bytes]], object], of: str = "small") -> Case:
    """A keeper changes files."""
    shelf = LOGS[of].shelf.copy()
    change(shelf.files)
    return Case(name=name, log=of, shelf=shelf, anchor=anchor(LOGS[of]))


def kept(name: str, change: Callable[[list[bytes]], list[bytes]]) -> Case:
    """A keeper changes the entries, and has no key: tiles and checkpoint stay."""

    def write(files: dict[str, bytes]) -> None:
        files["tile/entries/000.p/12"] = tiles.bundle(change(list(SMALL.leaves)))
        del files["tile/entries/000.p/3"], files["tile/entries/000.p/8"]

    return filed(name, write)


def rewritten(name: str, write: Callable[[list[bytes]], list[bytes]]) -> Case:
    """A host that publishes other leaves, with all tiles and checkpoints made anew."""
    log = Log(leaves=write(list(SMALL.leaves)), at=SMALL.at)
    small.publish(log)
    return Case(name=name, log="small", shelf=log.shelf, anchor=anchor(SMALL))


def refounded(name: str, change: Callable[[AgreementAdopted], AgreementAdopted]) -> Case:
    """Another entry 0, by the same founders; audited without an anchor."""
    log = Log()
    said = change(small.founding(log.at))
    log.say(said, *(f"{founder.party}/root" for founder in said.parties))
    log.add_key("ID-JK")
    small.publish(log)
    return Case(name=name, log="small", shelf=log.shelf)


def sent(log: Log, change: Callable[[ReferralSent], ReferralSent] = golden.as_is) -> str:
    return log.send("ID-JK", "ID-JI", NEW, change)


def body(log: Log) -> dict[str, JSON]:
    """The body of one more referral."""
    copy = log.copy()
    sent(copy)
    value: dict[str, JSON] = json.loads(entries.parse(copy.leaves[-1]).envelope.payload)
    return value


def worded(name: str, write: Callable[[dict[str, JSON]], bytes], *, signed_by: tuple[str, ...] = (JK,)) -> Case:
    """A body in other bytes than it should be, signed by the key that it names."""

    def enter(log: Log) -> None:
        kind = statements.payload_type("referral.sent")
        log.enter(envelopes.seal(kind, write(body(log)), [key(each) for each in signed_by]))

    return after(name, enter)


def changed(name: str, **fields: JSON) -> Case:
    """A padded body with other fields."""
    return worded(name, lambda value: padded({**value, **fields}))


def padded(value: dict[str, JSON]) -> bytes:
    short = len(canonical.encode({**value, "pad": ""})) % 256
    return canonical.encode({**value, "pad": "." * (-short % 256)})


def said(name: str, make: Callable[[Log], Statement], *signers: str, of: str = "small") -> Case:
    return after(name, lambda log: log.say(make(log), *signers), of)


def a_key(log: Log, number: int = 1) -> KeyAdded:
    """One more key of ID-JK, that ID-JK signs."""
    name = key_name("ID-JK", number)
    return KeyAdded(
        **log.common("ID-JK", "ID-JK/root"), name=name, public=public(name), use="system", from_=golden.START,
        until=None, holder=None,
    )  # fmt: skip


def a_referral(log: Log) -> ReferralSent:
    copy = log.copy()
    sent(copy)
    found = statements.parse(entries.parse(copy.leaves[-1]).envelope.payload)
    assert isinstance(found, ReferralSent)
    return found


def enveloped(name: str, change: Callable[[dict[str, JSON]], object]) -> Case:
    """A leaf whose envelope has another form, in a log made over it."""

    def write(leaves: list[bytes]) -> list[bytes]:
        copy = SMALL.copy()
        sent(copy)
        value = json.loads(copy.leaves[-1])
        change(value["env"])
        return [*leaves, canonical.encode(value)]

    return rewritten(name, write)


def leafed(name: str, write: Callable[[dict[str, JSON]], bytes]) -> Case:
    """One more leaf, in other bytes than it should be."""

    def enter(leaves: list[bytes]) -> list[bytes]:
        copy = SMALL.copy()
        sent(copy)
        return [*leaves, write(json.loads(copy.leaves[-1]))]

    return rewritten(name, enter)


def signatures() -> Iterator[Case]:
    """V1 and the forms of JSON."""
    yield said("resigned-by-another-key", a_referral, JI)
    yield after("signature-with-s-beyond-the-order", lambda log: log.enter(strange_keys.stretched(signed(log))))
    yield after("signature-with-r-of-low-order", lambda log: log.enter(strange_keys.flat(signed(log), JK)))
    yield said("signature-twice", a_referral, JK, JK)
    yield said("signature-of-the-new-key-missing", a_key, "ID-JK/root")
    yield worded("body-with-a-space", lambda value: canonical.encode(value).replace(b'":', b'": ', 1))
    yield worded(
        "body-out-of-order", lambda value: json.dumps(dict(reversed(value.items())), separators=(",", ":")).encode()
    )
    yield worded("body-with-a-key-twice", lambda value: canonical.encode(value)[:-1] + b',"v":1}')
    yield worded("body-with-a-float", lambda value: canonical.encode(value).replace(b'"v":1', b'"v":1.0'))
    yield worded("body-with-an-exponent", lambda value: canonical.encode(value).replace(b'"v":1', b'"v":1e0'))
    yield worded("body-with-minus-zero", lambda value: canonical.encode(value).replace(b'"v":1', b'"v":-0'))
    yield worded(
        "body-with-2-to-the-53", lambda value: canonical.encode({**value, "v": 7}).replace(b":7}", b":%d}" % 2**53)
    )
    yield worded(
        "body-not-in-nfc",
        lambda value: canonical.encode({**value, "pad": "\u00e9"}).replace("\u00e9".encode(), "e\u0301".encode()),
    )
    yield worded(
        "body-with-a-lone-surrogate",
        lambda value: canonical.encode({**value, "pad": "x"}).replace(b'"x"', b'"\\ud800"'),
    )
    yield worded(
        "body-with-an-escape-too-many",
        lambda value: canonical.encode(value).replace(b'"HOST', b'"').replace(b'"ID-JI"', b'"\\u0049D-JI"'),
    )
    yield worded("body-with-a-byte-order-mark", lambda value: b"\xef\xbb\xbf" + canonical.encode(value))
    yield worded(
        "body-nested-too-deep",
        lambda value: canonical.encode({**value, "pad": "x"}).replace(b'"x"', b"[" * 64 + b"]" * 64),
    )
    yield worded(
        "body-nested-deep-enough",
        lambda value: canonical.encode({**value, "pad": "x"}).replace(b'"x"', b"[" * 63 + b"]" * 63),
    )
    yield worded("body-cut-short", lambda value: canonical.encode(value)[:-1])
    yield worded("body-that-is-a-list", lambda _: b"[]")


def signed(log: Log) -> Envelope:
    """One more referral, as it should be."""
    copy = log.copy()
    sent(copy)
    return entries.parse(copy.leaves[-1]).envelope


def forms() -> Iterator[Case]:
    """V14 and V15."""
    yield enveloped("envelope-with-keyid", lambda env: env.update({"keyid": "x"}))
    yield enveloped("envelope-without-padding", lambda env: env.update({"payload": "YQ"}))
    yield enveloped("envelope-in-base64-of-a-second-spelling", lambda env: env.update({"payload": "YR=="}))
    yield enveloped("envelope-without-signatures", lambda env: env.update({"signatures": []}))
    yield enveloped("signature-of-63-bytes", lambda env: env.update({"signatures": [{"sig": "A" * 84}]}))
    yield after(
        "envelope-of-another-family",
        lambda log: log.enter(
            envelopes.seal(statements.payload_type("key.added"), statements.encode(a_referral(log)), [key(JK)])
        ),
    )
    yield changed("kind-unknown", kind="referral.burnt")
    yield changed("field-unknown", remark="")
    yield worded("field-missing", lambda value: padded({name: value[name] for name in value if name != "term_decide"}))
    yield changed(
        "clear-text-where-a-commitment-belongs",
        sealed={
            **dict.fromkeys(golden.sealed("age_band", "case", "risk", "sex", "vulnerability"), "0" * 64),
            "category": "KORBAN_TRAFFICKING",
        },
    )
    yield changed("sealed-name-missing", sealed=dict(golden.sealed("age_band", "case", "category", "risk", "sex")))
    yield changed("hash-in-capitals", agreement=golden.AGREEMENT_SHA256.upper())
    yield changed("day-that-does-not-exist", claimed_at="2026-02-30T01:00:00Z")
    yield changed("instant-with-an-offset", claimed_at="2026-03-02T08:00:00+07:00")
    yield changed("term-out-of-the-list", term_decide="P1D")
    yield changed("size-0-seen", seen={"size": 0, "root": "0" * 64})
    yield changed("version-true", v=True)
    yield changed("province-with-a-line-feed", to="ID-JI\n")
    yield worded(
        "padding-of-a-whole-block", lambda value: canonical.encode({**value, "pad": str(value["pad"]) + "." * 256})
    )
    yield worded("padding-too-short", lambda value: canonical.encode({**value, "pad": str(value["pad"])[1:]}))
    yield worded(
        "padding-not-of-dots", lambda value: canonical.encode({**value, "pad": str(value["pad"]).replace(".", "x")})
    )
    yield said(
        "officers-key-without-holder",
        lambda log: replace(a_key(log), use="officer"),
        "ID-JK/root",
        key_name("ID-JK", 1),
    )


def keys() -> Iterator[Case]:
    """V2, V3, V24."""
    stranger = key_name("ID-JK", 9)
    yield said("key-unknown", lambda log: replace(a_referral(log), key=stranger, key_prev=None))
    yield said("key-of-another-party", lambda log: replace(a_referral(log), party="ID-JI", to="ID-JK"))
    yield after("key-not-valid-yet", lambda log: (with_key(log, since=log.at + timedelta(days=1)), by_new_key(log)))
    yield after("key-not-valid-any-more", lambda log: (with_key(log, until=log.at + 2 * MINUTE), by_new_key(log)))
    yield after("key-valid-from-this-second", lambda log: (with_key(log, since=log.at + 2 * MINUTE), by_new_key(log)))
    yield after("revoked-key-used", lambda log: (log.revoke_key("ID-JK", log.at), sent(log)))
    yield after("revocation-disputes-what-went-before", lambda log: log.revoke_key("ID-JK", log.at - 3 * MINUTE))
    yield after("key-revoked-twice", lambda log: (log.revoke_key("ID-JK", log.at), log.revoke_key("ID-JK", log.at)))
    yield after("revocation-of-an-unknown-key", lambda log: log.revoke_key("ID-JK", log.at, 9))
    yield said(
        "revocation-of-another-partys-key",
        lambda log: statements.KeyRevoked(**log.common("ID-BA", "ID-BA/root"), name=JK, since_claimed=log.at),
    )
    yield said(
        "key-added-for-another-party",
        lambda log: replace(a_key(log), party="ID-BA", key="ID-BA/root", key_prev=None),
        "ID-BA/root",
        key_name("ID-JK", 1),
    )
    yield said("key-name-taken", lambda log: replace(a_key(log), name=JK), "ID-JK/root", key_name("ID-JK", 1))
    yield said("public-key-taken", lambda log: replace(a_key(log), public=public(JI)), "ID-JK/root", JI)
    yield said(
        "public-key-of-the-host-taken",
        lambda log: replace(a_key(log), public=public("HOST/host")),
        "ID-JK/root",
        "HOST/host",
    )
    yield after("public-key-of-mixed-order", lambda log: log.enter(strange_keys.mixed(a_key(log), "ID-JK/root")))
    yield after(
        "public-key-of-low-order",
        lambda log: log.say(replace(a_key(log), public="00" * 32), "ID-JK/root", key_name("ID-JK", 1)),
    )


ROOTS = [f"{party}/root" for party in golden.PROVINCES]
OTHERS = [root for root in ROOTS if root != "ID-JK/root"]


def forums() -> Iterator[Case]:
    """F22 and F23: who must sign, what the register takes, and what each party signs by afterwards."""
    yield by_forum("host-key-amended", lambda log: (log.amend(), silence(log)))
    yield by_forum("amendment-without-one-root", lambda log: log.amend(*OTHERS))
    yield by_forum("amendment-out-of-order", lambda log: log.amend(*ROOTS[::-1]))
    yield by_forum("amendment-by-a-root-of-before", lambda log: (log.replaced.pop("ID-NB/root"), log.amend()))
    yield by_forum("amendment-to-todays-host-key", lambda log: log.amend(new=log.replaced["HOST/host"]))
    yield by_forum("amendment-to-the-first-host-key", lambda log: log.amend(new="HOST/host"))
    yield forum_said("amendment-to-a-key-of-low-order", lambda log: replace(an_amendment(log), host_key="00" * 32))
    yield forum_said("amendment-of-another-log", lambda log: replace(an_amendment(log), log="elsewhere.invalid/1"))
    yield forum_said("amendment-under-another-agreement", lambda log: replace(an_amendment(log), agreement="0" * 64))
    yield forum_said("amendment-with-a-key-prev", lambda log: replace(an_amendment(log), key_prev=log.ids[-1]))
    yield forum_said(
        "amendment-that-has-seen", lambda log: replace(an_amendment(log), seen=Seen(size=11, root=root(log, 11)))
    )
    yield forum_said(
        "amendment-that-has-seen-another-root",
        lambda log: replace(an_amendment(log), seen=Seen(size=11, root="0" * 64)),
    )
    yield forum_said(
        "amendment-claimed-six-minutes-ahead",
        lambda log: replace(an_amendment(log), claimed_at=log.at + 7 * MINUTE),
    )
    yield by_forum(
        "amendment-of-another-family",
        lambda log: log.enter(
            envelopes.seal(
                statements.payload_type("key.added"), statements.encode(an_amendment(log)), list(map(log.signer, ROOTS))
            )
        ),
    )
    yield by_forum(
        "amendment-logged-twice", lambda log: (log.amend(), log.enter(entries.parse(log.leaves[-1]).envelope))
    )
    yield by_forum("host-key-of-before-used", lambda log: (log.replaced.pop("HOST/host"), silence(log)))
    yield by_forum("void-amendment-changes-no-key", void)
    yield by_forum("key-prev-is-the-forums", lambda log: log.say(replace(a_referral(log), key_prev=log.ids[-3])))
    yield from roots()


def roots() -> Iterator[Case]:
    """F23."""
    yield by_forum("root-replaced-by-two-thirds", lambda log: (log.replace_root("ID-JK"), log.say(*by_root(log))))
    yield by_forum(
        "root-replaced-by-all-others", lambda log: log.replace_root("ID-JK", *sorted(["ID-JK/root", *OTHERS]))
    )
    yield by_forum(
        "root-replaced-by-one-too-few", lambda log: log.replace_root("ID-JK", *sorted(["ID-JK/root", *OTHERS[:5]]))
    )
    yield by_forum("root-replaced-without-the-new-one", lambda log: log.replace_root("ID-JK", *OTHERS))
    yield forum_said("root-replaced-by-the-old-one", lambda log: a_replacement(log))
    yield by_forum(
        "root-replaced-with-one-signature-twice",
        lambda log: log.replace_root("ID-JK", *sorted(["ID-JK/root", *OTHERS[:5], OTHERS[4]])),
    )
    yield by_forum("root-replaced-out-of-order", lambda log: log.replace_root("ID-JK", "ID-JK/root", *OTHERS[:6]))
    yield by_forum(
        "root-replaced-by-a-system-key", lambda log: log.replace_root("ID-JK", *OTHERS[:6], "ID-JK/root", JK)
    )
    yield by_forum("root-replaced-of-no-party", lambda log: log.replace_root("ID-AC"))
    yield by_forum("root-replaced-by-another-partys", lambda log: another_partys(log))
    yield by_forum(
        "root-of-before-used",
        lambda log: (log.replace_root("ID-JK"), log.replaced.pop("ID-JK/root"), log.say(*by_root(log))),
    )
    yield by_forum("root-of-before-again", again)
    yield by_forum("keys-that-a-root-of-before-added", lambda log: (log.replace_root("ID-JK"), sent(log)))


def by_forum(name: str, write: Callable[[Log], object]) -> Case:
    return after(name, write, "legal")


def forum_said(name: str, make: Callable[[Log], Statement]) -> Case:
    """Signed by all roots as they are."""
    return said(name, make, *ROOTS, of="legal")


def an_amendment(log: Log) -> AgreementAmended:
    return AgreementAmended(**log.by_forum(), host_key=public("another host"))


def a_replacement(log: Log, name: str = "another root") -> RootReplaced:
    return RootReplaced(**log.by_forum(), replaced="ID-JK", root_key=public(name))


def void(log: Log) -> None:
    """The host's key of before an amendment that one root has not signed is its key behind it."""
    before = dict(log.replaced)
    log.amend(*OTHERS)
    log.replaced = before
    silence(log)


def silence(log: Log) -> str:
    """A notice of the host's."""
    return log.out(log.at, log.at + 20 * MINUTE, after=20 * MINUTE)


def by_root(log: Log) -> tuple[Statement, str, str]:
    return a_key(log, 7), "ID-JK/root", key_name("ID-JK", 7)


def another_partys(log: Log) -> str:
    """The root that one has is to be another's, too, who signs with it twice."""
    log.replaced["ID-JK/root"] = "ID-JI/root"
    return log.say(a_replacement(log, "ID-JI/root"), *ROOTS)


def again(log: Log) -> str:
    log.replace_root("ID-JK")
    log.replaced["ID-JK/root"] = "ID-JK/root"
    return log.say(a_replacement(log, "ID-JK/root"), *ROOTS)


def with_key(log: Log, since: datetime = golden.START, until: datetime | None = None) -> str:
    return log.say(replace(a_key(log), from_=since, until=until), "ID-JK/root", key_name("ID-JK", 1))


def by_new_key(log: Log) -> str:
    return log.say(replace(a_referral(log), key=key_name("ID-JK", 1), key_prev=None))


def links() -> Iterator[Case]:
    """V4 to V8, V26."""
    yield after("statement-logged-twice", lambda log: log.enter(entries.parse(log.leaves[7]).envelope))
    yield said("meant-for-another-log", lambda log: replace(a_referral(log), log="elsewhere.estafet.invalid/1"))
    yield said("under-another-agreement", lambda log: replace(a_referral(log), agreement="0" * 64))
    yield said("key-prev-missing", lambda log: replace(a_referral(log), key_prev="f" * 64))
    yield said("key-prev-of-another-key", lambda log: replace(a_referral(log), key_prev=log.ids[8]))
    yield said("key-prev-is-entry-0", lambda log: replace(a_referral(log), key_prev=log.ids[0]))
    yield said("key-prev-null", lambda log: replace(a_referral(log), key_prev=None))
    yield said("seen-larger-than-the-log", lambda log: replace(a_referral(log), seen=Seen(size=13, root="0" * 64)))
    yield said("seen-another-root", lambda log: replace(a_referral(log), seen=Seen(size=12, root="0" * 64)))
    yield said("seen-falls", lambda log: replace(a_referral(log), seen=Seen(size=3, root=root(log, 3))))
    yield said("seen-null-after-seeing", lambda log: replace(a_referral(log), seen=None))
    yield said(
        "seen-of-a-size-never-published", lambda log: replace(a_referral(log), seen=Seen(size=11, root=root(log, 11)))
    )
    yield said("referral-sent-again", lambda log: replace(a_referral(log), referral=referral(1)))
    yield after(
        "act-on-an-unknown-referral",
        lambda log: (log.last_of_referral.update({NEW: log.ids[3]}), log.accept("ID-JI", NEW)),
    )
    yield after("referral-prev-stale", lambda log: (sent(log), stale(log)))
    yield said("claimed-six-minutes-ahead", lambda log: replace(a_referral(log), claimed_at=log.at + 7 * MINUTE))
    yield said("claimed-five-minutes-ahead", lambda log: replace(a_referral(log), claimed_at=log.at + 6 * MINUTE))


def root(log: Log, size: int) -> str:
    return trees.root([trees.leaf_hash(leaf) for leaf in log.leaves[:size]]).hex()


def stale(log: Log) -> str:
    first = log.last_of_referral[NEW]
    log.acknowledge("ID-JI", NEW)
    log.last_of_referral[NEW] = first
    return log.accept("ID-JI", NEW)


def acts() -> Iterator[Case]:
    """V9 and V17."""
    waived = owed("referral.acknowledge", SMALL.ids[3], referral(1))
    yield after("accepted-by-its-sender", lambda log: (sent(log), log.accept("ID-JK", NEW)))
    yield after(
        "released-without-fitness",
        lambda log: (sent(log), log.accept("ID-JI", NEW), log.release("ID-JK", "ID-JI", NEW)),
    )
    yield after(
        "received-without-release",
        lambda log: (sent(log), log.accept("ID-JI", NEW), log.receive("ID-JI", NEW, log.ids[7])),
    )
    yield after("received-twice", lambda log: log.receive("ID-JI", referral(1), log.ids[7]))
    yield after("answered-twice", lambda log: log.answer("ID-JK", referral(1), log.ids[8]))
    yield after("withdrawn-after-its-end", lambda log: log.withdraw("ID-JK", referral(1)))
    yield said("sent-to-itself", lambda log: replace(a_referral(log), to="ID-JK"))
    yield said("sent-to-no-party", lambda log: replace(a_referral(log), to="ID-XX"))
    yield said("terms-not-agreed", lambda log: replace(a_referral(log), term_acknowledge="P14D", term_decide="PT6H"))
    yield after("waiver-of-what-is-settled", lambda log: log.offer_waiver("ID-JI", waived))
    yield after(
        "waiver-agreed-without-offer",
        lambda log: (sent(log), log.agree_waiver("ID-JK", owed("referral.decide", log.ids[-1], NEW), log.ids[-1])),
    )
    yield after("paper-recorded-twice", lambda log: log.record("ID-JI", referral(1), log.ids[8], small.PAPER))
    yield after(
        "an-act-after-an-illegal-one-is-not-judged",
        lambda log: (log.withdraw("ID-JK", referral(1)), log.withdraw("ID-JI", referral(1))),
    )
    yield after("outage-shorter-than-a-quarter", lambda log: log.out(log.at, log.at + 14 * MINUTE, after=14 * MINUTE))
    yield after("outage-over-an-entry", lambda log: log.out(log.at - MINUTE, log.at + 20 * MINUTE, after=20 * MINUTE))
    yield after("outage-told-too-late", lambda log: log.out(log.at, log.at + 20 * MINUTE, after=26 * MINUTE))
    yield after("breach-that-is-none", lambda log: (sent(log), log.note(owed("referral.decide", log.ids[-1], NEW))))
    yield after("expiry-too-early", lambda log: (sent(log), log.expire(NEW, timedelta(days=13))))
    yield after("breach-passed-over", lambda log: (sent(log), log.add_key("ID-BA", after=timedelta(days=9))))
    yield after(
        "a-day-is-left-to-note-a-breach", lambda log: (sent(log), log.add_key("ID-BA", after=timedelta(days=1)))
    )


def leaves() -> Iterator[Case]:
    """V10 to V13, as a host writes them, and as a keeper leaves them."""
    yield leafed("leaf-not-canonical", lambda value: json.dumps(value).encode())
    yield leafed("leaf-with-one-more-field", lambda value: canonical.encode({**value, "host": "x"}))
    yield leafed("leaf-of-the-year-9000", lambda value: canonical.encode({**value, "at": "9000-01-01T00:00:00Z"}))
    yield leafed(
        "leaf-with-a-fraction-of-a-second", lambda value: canonical.encode({**value, "at": "2026-03-02T09:00:00.5Z"})
    )
    yield leafed("leaf-with-another-index", lambda value: canonical.encode({**value, "index": 13}))
    yield leafed("leaf-linked-to-another", lambda value: canonical.encode({**value, "prev": "0" * 64}))
    yield leafed("leaf-back-dated", lambda value: canonical.encode({**value, "at": "2026-03-02T01:00:00Z"}))
    yield filed("leaf-too-long", lambda files: files.update({"tile/entries/000.p/12": b"x" * 70_000}))
    yield kept("entry-left-out", lambda told: told[:5] + told[6:])
    yield kept("entry-repeated", lambda told: told[:6] + told[5:])
    yield kept("entries-exchanged", lambda told: [*told[:4], told[5], told[4], *told[6:]])
    yield kept("last-entry-cut-off", lambda told: told[:-1])
    yield kept(
        "entry-of-another-hand", lambda told: [*told[:5], told[5].replace(b'"index":5', b'"index":6'), *told[6:]]
    )
    yield kept("entry-0-unreadable", lambda told: [b"{}", *told[1:]])
    yield kept("entry-cut-short", lambda told: [*told[:5], told[5][:-1], *told[6:]])
    yield kept("all-entries-gone", lambda _: [])
    yield rewritten("host-drops-an-entry", lambda told: renumbered([*told[:4], *told[5:]]))
    yield rewritten("host-drops-a-key", lambda told: renumbered([*told[:1], *told[2:]]))
    yield rewritten("host-exchanges-two-entries", lambda told: renumbered([*told[:4], told[5], told[4], *told[6:]]))
    yield rewritten("host-writes-a-leaf-nobody-reads", lambda told: [*told[:3], b"{}", *told[4:]])
    yield rewritten("host-writes-a-key-nobody-reads", lambda told: [*told[:1], b"{}", *told[2:]])
    # Of what is not in the copy, its receipt is the only word, and proves nothing yet (V23): who saw more must say so.
    yield Case(
        name="log-cut-off-and-signed-anew",
        log="small",
        shelf=cut_off(),
        anchor=anchor(SMALL),
        shown=(receipt(SMALL.receipt(11)),),
    )


def cut_off() -> Shelf:
    """The last four entries are gone, and all that told of them; what remains is in order."""
    log = Log(leaves=SMALL.leaves[:8], at=SMALL.at)
    small.publish(log)
    return log.shelf


def renumbered(told: list[bytes]) -> list[bytes]:
    """Numbered and chained anew, at the same times in their order."""
    log, times = Log(), sorted(entries.parse(leaf).at for leaf in told)
    for leaf, at in zip(told, times, strict=True):
        entry = entries.parse(leaf)
        prev = trees.leaf_hash(log.leaves[-1]).hex() if log.leaves else entries.NO_PREV
        log.leaves.append(entries.encode(Entry(at=at, index=len(log.leaves), prev=prev, envelope=entry.envelope)))
    return log.leaves


def genesis() -> Iterator[Case]:
    """V16, and what else entry 0 can break."""
    yield Case(name="another-anchor", log="small", shelf=SMALL.shelf, anchor="0" * 64)
    yield Case(name="no-anchor", log="small", shelf=SMALL.shelf)
    yield Case(name="clean", log="small", shelf=SMALL.shelf, anchor=anchor(SMALL))
    yield Case(name="clean-with-every-kind", log="legal", shelf=LEGAL.shelf, anchor=anchor(LEGAL))
    yield Case(name="clean-of-several-tiles", log="long", shelf=LONG.shelf, anchor=anchor(LONG))
    yield refounded("quorum-beyond-the-witnesses", lambda said: replace(said, quorum=4))
    yield refounded("founders-out-of-order", lambda said: replace(said, parties=said.parties[::-1]))
    yield refounded("log-key-of-another-name", lambda said: replace(said, log="other.estafet.invalid/1"))
    yield refounded("witness-with-a-log-key", lambda said: replace(said, witnesses=(said.log_vkey,), quorum=1))
    yield refounded("witness-with-an-id-not-its-own", lambda said: replace(said, witnesses=(misnamed(said),), quorum=1))
    yield refounded("host-key-that-is-a-root", lambda said: replace(said, host_key=said.parties[0].root_key))
    yield refounded("host-key-of-low-order", lambda said: replace(said, host_key="00" * 32))
    yield refounded("genesis-that-has-seen", lambda said: replace(said, seen=Seen(size=1, root="0" * 64)))
    yield said("genesis-again", lambda log: small.founding(log.at), *(f"{party}/root" for party in small.FOUNDERS))
    yield rewritten("genesis-signed-by-others", lambda told: forged(told))
    yield rewritten("genesis-is-another-kind", lambda told: renumbered(told[1:]))


def misnamed(said: AgreementAdopted) -> str:
    name, _, rest = said.witnesses[0].partition("+")
    return f"{name}+00000000{rest[8:]}"


def forged(told: list[bytes]) -> list[bytes]:
    first = entries.parse(told[0])
    envelope = replace(first.envelope, signatures=first.envelope.signatures[::-1])
    return [entries.encode(replace(first, envelope=envelope)), *told[1:]]


def files() -> Iterator[Case]:
    """V18 to V22, V25."""
    other = Log(leaves=SMALL.leaves[:7] + renumbered(SMALL.leaves[:7] + SMALL.leaves[8:9])[7:], at=SMALL.at)
    small.publish(other)
    fork = other.shelf.files["checkpoints/8"]
    name = f"data/{golden.AGREEMENT_SHA256}"
    yield filed("forked-history-with-valid-signatures", lambda told: told.update({"checkpoints/8": fork}))
    yield filed(
        "checkpoint-of-another-size-under-this-name", lambda told: told.update({"checkpoints/8": told["checkpoints/3"]})
    )
    yield filed(
        "earlier-checkpoint-not-signed",
        lambda told: told.update({"checkpoints/8": told["checkpoints/8"].replace(b"\n8\n", b"\n7\n")}),
    )
    yield filed(
        "earlier-checkpoint-larger-than-the-log", lambda told: told.update({"checkpoint": told["checkpoints/8"]})
    )
    yield filed(
        "checkpoint-altered", lambda told: told.update({"checkpoint": told["checkpoint"].replace(b"\n12\n", b"\n13\n")})
    )
    yield filed("checkpoint-missing", lambda told: told.pop("checkpoint"))
    yield filed(
        "checkpoints-all-missing", lambda told: [told.pop(each) for each in list(told) if each.startswith("checkpoint")]
    )
    yield filed("checkpoint-of-other-entries", lambda told: told.update(Log.copy(SMALL).shelf.files | of_other_root()))
    yield filed("checkpoint-with-an-extension-line", lambda told: told.update({"checkpoint": extended()}))
    yield filed(
        "checkpoint-with-a-strangers-signature-besides",
        lambda told: told.update({"checkpoint": told["checkpoint"] + b"\xe2\x80\x94 stranger AAAAAAAA\n"}),
    )
    yield filed("vkey-of-another-log", lambda told: told.update({"vkey": b"x"}))
    yield filed("vkey-missing", lambda told: told.pop("vkey"))
    yield filed("agreement-altered", lambda told: told.update({name: told[name] + b"\n"}))
    yield filed("agreement-missing", lambda told: told.pop(name))
    yield unread_agreement()
    yield filed("tile-altered", lambda told: told.update({"tile/0/000.p/12": flipped(told["tile/0/000.p/12"], 33)}))
    yield filed("tile-missing", lambda told: told.pop("tile/0/000.p/12"))
    yield filed("tile-cut-short", lambda told: told.update({"tile/0/000.p/12": told["tile/0/000.p/12"][:-1]}))
    yield filed("bundle-missing", lambda told: told.pop("tile/entries/000.p/12"))
    yield filed(
        "bundle-altered",
        lambda told: told.update({"tile/entries/000.p/12": flipped(told["tile/entries/000.p/12"], 5000)}),
    )
    yield filed(
        "bundle-with-a-length-that-is-not-its-own",
        lambda told: told.update({"tile/entries/000.p/12": flipped(told["tile/entries/000.p/12"], 1875)}),
    )
    yield filed("bundle-and-tile-altered-alike", lambda told: told.update(alike()))
    yield filed(
        "earlier-bundle-altered",
        lambda told: told.update({"tile/entries/000.p/8": flipped(told["tile/entries/000.p/8"], 5000)}),
    )
    yield filed("earlier-bundle-gone", lambda told: told.pop("tile/entries/000.p/8"))
    yield filed(
        "earlier-tile-altered", lambda told: told.update({"tile/0/000.p/8": flipped(told["tile/0/000.p/8"], 64)})
    )
    yield filed("tile-of-level-1-altered", lambda told: told.update({"tile/1/000.p/1": bytes(32)}), "long")
    yield filed("tile-of-level-1-missing", lambda told: told.pop("tile/1/000.p/1"), "long")
    yield filed(
        "full-tile-altered", lambda told: told.update({"tile/0/000": flipped(told["tile/0/000"], 3200)}), "long"
    )
    yield filed(
        "full-tile-and-level-1-missing",
        lambda told: [told.pop(each) for each in ("tile/0/000", "tile/1/000.p/1")],
        "long",
    )
    yield filed("partial-files-read-from-full-ones", back_to_250, "long")


def unread_agreement() -> Case:
    """Entry 0 adopts what no agreement is."""
    data, log = b'{"format":2}', Log()
    digest = hashlib.sha256(data).hexdigest()
    log.say(replace(small.founding(log.at), agreement=digest), *(f"{party}/root" for party in small.FOUNDERS))
    small.publish(log)
    log.shelf.files[f"data/{digest}"] = data
    return Case(name="agreement-that-cannot-be-read", log="small", shelf=log.shelf)


def back_to_250(told: dict[str, bytes]) -> None:
    told["checkpoint"] = told["checkpoints/250"]
    del told["checkpoints/258"]


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def of_other_root() -> dict[str, bytes]:
    log = SMALL.copy()
    log.sign(12, bytes(32))
    return {"checkpoint": log.shelf.files["checkpoint"]}


def extended() -> bytes:
    told = SMALL.shelf.files["checkpoint"].decode().partition("\n\n")[0]
    return strange_keys.noted(told + "\nextension\n", golden.ORIGIN, "log")


def alike() -> dict[str, bytes]:
    """Bundle and tile of one mind, and the checkpoint of another."""
    leaf = SMALL.leaves[5].replace(b"2026-03-02", b"2026-03-01")
    told = [*SMALL.leaves[:5], leaf, *SMALL.leaves[6:]]
    tile = b"".join(trees.leaf_hash(each) for each in told)
    return {"tile/entries/000.p/12": tiles.bundle(told), "tile/0/000.p/12": tile}


def receipt(told: Receipt, by: str = "HOST/host") -> Envelope:
    return receipts.sign(told, key(by))


def pledged() -> Iterator[Case]:
    """V23."""
    last = SMALL.receipt(11)
    later = replace(last, statement="e" * 64, index=12)
    other, again = replace(later, statement="d" * 64), replace(later, index=13)
    told = {
        "receipt-kept": [last],
        "receipt-without-entry": [replace(last, statement="f" * 64)],
        "receipt-of-another-index": [replace(last, index=10)],
        "receipt-of-another-time": [replace(last, at=last.at + MINUTE)],
        "receipt-of-another-leaf": [replace(last, leaf="f" * 64)],
        "receipt-newer-than-the-log": [later],
        "receipt-newer-and-overtaken": [replace(later, at=last.at - MINUTE)],
        "receipt-newer-of-an-entry-that-stands": [replace(last, index=12)],
        "receipts-newer-that-contradict-each-other": [later, other, again, replace(other, index=14)],
        "receipt-of-another-log": [replace(last, log="elsewhere")],
    }
    for name, each in told.items():
        yield shown(name, *(receipt(one) for one in each))
    yield shown("receipt-of-another-hand", receipt(last, "thief"))
    refusal = receipts.Refusal(log=golden.ORIGIN, statement="f" * 64, rule="V8", at=last.at)
    for name, said, by in (
        ("refusal-of-what-was-never-entered", refusal, "HOST/host"),
        (
            "refusal-of-what-stood-in-the-log",
            replace(refusal, statement=last.statement, at=last.at + MINUTE),
            "HOST/host",
        ),
        ("refusal-of-what-was-entered-later", replace(refusal, statement=last.statement), "HOST/host"),
        ("refusal-by-a-word", replace(refusal, rule="STALE_VERSION"), "HOST/host"),
        ("refusal-of-another-hand", refusal, "thief"),
        ("refusal-of-another-log", replace(refusal, log="elsewhere"), "HOST/host"),
    ):
        yield shown(name, receipts.sign_refusal(said, key(by)))
    yield from pledged_by_two_keys()


def pledged_by_two_keys() -> Iterator[Case]:
    """V23 in a log whose host got another key (F22): for what each signs."""
    (at, new), old = next(iter(LEGAL.hosts.items())), statements.HOST_KEY
    last, end = len(LEGAL.leaves) - 1, LEGAL.receipt(len(LEGAL.leaves) - 1)
    coming = replace(end, statement="e" * 64, index=last + 1)
    for name, told, by in (
        ("receipt-of-the-amendment-by-the-old-host-key", LEGAL.receipt(at), old),
        ("receipt-of-the-amendment-by-the-new-host-key", LEGAL.receipt(at), new),
        ("receipt-behind-the-amendment-by-the-old-host-key", LEGAL.receipt(at + 1), old),
        ("receipt-of-an-early-entry-by-the-new-host-key", LEGAL.receipt(1), new),
        ("receipt-newer-than-the-log-by-the-old-host-key", coming, old),
        ("receipt-newer-than-the-log-by-the-new-host-key", coming, new),
        ("receipt-without-entry-by-the-new-host-key", replace(end, statement="f" * 64), new),
    ):
        yield shown(name, receipt(told, by), log="legal")
    never = receipts.Refusal(log=golden.ORIGIN, statement="f" * 64, rule="V8", at=end.at)
    stood = replace(never, statement=end.statement, at=end.at + MINUTE)
    for name, refusal, by in (
        ("refusal-by-the-old-host-key", never, old),
        ("refusal-by-the-new-host-key", never, new),
        ("false-refusal-by-the-old-host-key", stood, old),
        ("false-refusal-by-the-new-host-key", stood, new),
        ("refusal-by-a-key-that-was-never-the-hosts", never, "ID-NB/root"),
    ):
        yield shown(name, receipts.sign_refusal(refusal, key(by)), log="legal")


def shown(name: str, *envelopes_shown: Envelope, log: str = "small") -> Case:
    return Case(name=name, log=log, shelf=LOGS[log].shelf, anchor=anchor(LOGS[log]), shown=envelopes_shown)


def witnessed() -> Iterator[Case]:
    """V27, V28, and which cosignatures count (F16). Until the last entry of `small` all went well."""
    yield watched("witnesses-that-saw-it-six-minutes-earlier", lambda log: sent(log), -6 * MINUTE)
    yield watched("witnesses-that-saw-it-five-minutes-earlier", lambda log: sent(log), -5 * MINUTE)
    yield watched("witnesses-whose-clocks-run-ahead", lambda log: (publish_at(log, 8 * MINUTE), sent(log)), 9 * MINUTE)
    yield after("outage-that-witnesses-leave-room-for", lambda log: put_off(log, timedelta(0)))
    yield after("outage-in-which-witnesses-saw-the-log", lambda log: put_off(log, timedelta(hours=10)))
    yield watched("entries-that-no-quorum-saw-for-a-day", a_day_later, None)
    yield watched("entries-that-no-quorum-has-seen-yet", lambda log: sent(log), None)
    yield filed("cosignature-of-another-checkpoint", lambda told: told.update(crossed()))
    yield filed("one-cosignature-less", lambda told: told.update(lines_of(2)))
    yield filed("fewer-cosignatures-than-the-quorum", lambda told: told.update(lines_of(1)))


def watched(name: str, write: Callable[[Log], object], clocks: timedelta | None) -> Case:
    """Published once more, and cosigned by clocks that differ; None: by nobody."""
    log = SMALL.copy()
    write(log)
    if clocks is None:
        log.publish()
    else:
        publish_at(log, clocks)
    return Case(name=name, log="small", shelf=log.shelf, anchor=anchor(SMALL))


def publish_at(log: Log, clocks: timedelta) -> int:
    size = log.publish().size
    note = small.cosigned(log.shelf.files["checkpoint"], log.at + clocks)
    log.shelf.files |= {"checkpoint": note, f"checkpoints/{size}": note}
    return size


def put_off(log: Log, clocks: timedelta) -> None:
    """Silence of thirty hours over the due: a stop if nobody saw the log meanwhile, and nothing to note for so long."""
    sent(log)
    publish_at(log, clocks)
    log.out(log.at, log.at + timedelta(hours=30), after=timedelta(hours=30))
    log.add_key("ID-BA", after=timedelta(hours=20))


def a_day_later(log: Log) -> None:
    sent(log)
    log.decline("ID-JI", NEW)
    log.add_key("ID-BA", after=timedelta(hours=24, minutes=1))


def lines_of(witnesses: int) -> dict[str, bytes]:
    """The newest checkpoint with the cosignatures of only so many."""
    lines = SMALL.shelf.files["checkpoint"].splitlines(keepends=True)
    note = b"".join(lines[: 5 + witnesses])
    return {"checkpoint": note, "checkpoints/12": note}


def crossed() -> dict[str, bytes]:
    """A cosignature of size 8 under the checkpoint of size 12."""
    lines = SMALL.shelf.files["checkpoint"].splitlines(keepends=True)
    note = b"".join([*lines[:5], SMALL.shelf.files["checkpoints/8"].splitlines(keepends=True)[5], *lines[6:]])
    return {"checkpoint": note, "checkpoints/12": note}


def cases() -> Iterator[Case]:
    """All of them."""
    for each in (genesis, signatures, forms, keys, forums, links, acts, leaves, files, pledged, witnessed):
        yield from each()
