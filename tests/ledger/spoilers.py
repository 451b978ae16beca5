"""Golden logs spoiled at random, by keepers of files and by hosts that publish what they like.

Promise: the same log for the same number. Some are clean: what was changed may not matter.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from random import Random

from ledger import canonical, entries, envelopes, statements, tiles, trees
from ledger.canonical import JSON
from ledger.rules import Refused
from tests.ledger import golden
from tests.ledger.defects import LEGAL, SMALL, publish_at
from tests.ledger.golden import Log, Shelf, key_name, referral
from tests.ledger.small import FOUNDERS

MINUTE = timedelta(minutes=1)
ODD: list[JSON] = [
    None, True, False, 0, 1, -1, 2**53 - 1, "", "x", "0" * 64, "f" * 32, "ID-JK", "PT6H", "P3WD", [], {}, "HOST",
    "2026-03-02T01:00:00Z", "2026-05-30T01:00:00Z", referral(1), referral(2), referral(5), referral(70),
]  # fmt: skip


def bytes_changed(base: Log, chance: Random) -> Shelf:
    """A few bytes, in whichever files."""
    shelf = base.shelf.copy()
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        path = chance.choice(sorted(shelf.files))
        data = bytearray(shelf.files[path])
        data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
        shelf.files[path] = bytes(data)
    return shelf


def files_changed(base: Log, chance: Random) -> Shelf:
    """Files gone, cut short, exchanged."""
    shelf = base.shelf.copy()
    for path in chance.sample(sorted(shelf.files), chance.choice((1, 2, 3))):
        match chance.randrange(3):
            case 0:
                del shelf.files[path]
            case 1:
                shelf.files[path] = shelf.files[path][: chance.randrange(len(shelf.files[path]))]
            case _:
                shelf.files[path] = shelf.files[chance.choice(sorted(shelf.files))]
    return shelf


def shuffled(base: Log, chance: Random) -> list[bytes]:
    """Leaves left out, repeated, exchanged, altered, and what is none."""
    leaves = list(base.leaves)
    for _ in range(chance.choice((1, 1, 2, 3))):
        at, other = chance.randrange(len(leaves)), chance.randrange(len(leaves))
        match chance.randrange(5):
            case 0:
                del leaves[at]
            case 1:
                leaves.insert(other, leaves[at])
            case 2:
                leaves[at], leaves[other] = leaves[other], leaves[at]
            case 3 if leaves[at]:
                data = bytearray(leaves[at])
                data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
                leaves[at] = bytes(data)
            case _:
                leaves[at] = chance.choice(
                    [b"", b"{}", b'{"at":"', leaves[at][: chance.randrange(len(leaves[at]) + 1)]]
                )
    return leaves


def entries_changed(base: Log, chance: Random) -> Shelf:
    """A keeper's: the bundle is another; tile and checkpoint are not, or not as they should be."""
    bundle, tile = (f"tile/{level}/000.p/{len(base.leaves)}" for level in ("entries", "0"))
    shelf = base.shelf.copy()
    if chance.random() < 0.6:
        for path in [each for each in shelf.files if each.startswith("tile/entries/") and each != bundle]:
            del shelf.files[path]
    leaves = shuffled(base, chance)
    shelf.files[bundle] = tiles.bundle(leaves)
    match chance.randrange(6):
        case 0:
            del shelf.files[tile]
        case 1:
            data = bytearray(shelf.files[tile])
            data[chance.randrange(len(data))] ^= 1
            shelf.files[tile] = bytes(data)
        case 2:
            shelf.files[tile] = b"".join(map(trees.leaf_hash, leaves))
        case _:
            pass
    return shelf


def published_anew(base: Log, chance: Random) -> Shelf:
    """A host's: the entries are others, numbered, chained and signed as they should be, or mostly."""
    log = Log()
    for leaf in shuffled(base, chance):
        try:
            entry = entries.parse(leaf)
        except Refused:
            log.leaves.append(leaf)
            log.ids.append("0" * 64)
            continue
        if chance.random() < 0.95:
            log.at = entry.at - MINUTE if chance.random() < 0.98 else log.at
            log.enter(entry.envelope)
        else:
            log.leaves.append(leaf)
            log.ids.append("0" * 64)
    publish(log, base, chance)
    return log.shelf


def said_anew(base: Log, chance: Random) -> Shelf:
    """More entries: bodies like those that stand there, with other fields, links and signers."""
    log = base.copy()
    for _ in range(chance.choice((1, 2, 4, 6))):
        body = _body(log, base, chance)
        data = _padded(body)
        if chance.random() < 0.1:
            data = chance.choice([json.dumps(body).encode(), data[: -chance.randrange(1, 9)], data[:-2] + b'."}'])
        family = str(body.get("kind")).partition(".")[0] if chance.random() < 0.95 else "key"
        signers = chance.choice([_signers(body, chance)] * 9 + [["other"], [*_signers(body, chance), "other"]])
        after = chance.choice(
            [MINUTE] * 6 + [timedelta(0), timedelta(days=1), timedelta(seconds=-30), timedelta(days=16)]
        )
        kind = f"application/vnd.estafet.{family}.v{statements.VERSION}+json"
        log.enter(envelopes.seal(kind, data, [log.signer(each) for each in signers]), after=after)
        _follow(log, body, chance)
        if chance.random() < 0.1:
            since = log.at - timedelta(days=chance.randrange(20))
            log.revoke_key(chance.choice(golden.PROVINCES), since, chance.choice((0, 0, 1, 9)))
        if chance.random() < 0.2:
            _by_forum(log, base, chance)
        if chance.random() < 0.3:
            publish(log, base, chance)
    publish(log, base, chance)
    return log.shelf


def _signers(body: dict[str, JSON], chance: Random) -> list[str]:
    if body.get("party") == "FORUM":
        return sorted(f"{party}/root" for party in golden.PROVINCES[: chance.choice((10, 10, 9, 7, 6))])
    return [str(body.get("key")), *([str(body.get("name"))] if body.get("kind") == "key.added" else [])]


def _by_forum(log: Log, base: Log, chance: Random) -> None:
    """A root or the host's key replaced, mostly by as many as must; the old key may go on signing."""
    before, parties = dict(log.replaced), FOUNDERS if base is SMALL else golden.PROVINCES
    signers = [f"{party}/root" for party in parties]
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 3))):
        signers.pop(chance.randrange(len(signers)))
    if chance.random() < 0.5:
        log.amend(*signers or ["other"])
    else:
        log.replace_root(chance.choice(parties), *signers or ["other"])
    if chance.random() < 0.3:
        log.replaced = before


def _body(log: Log, base: Log, chance: Random) -> dict[str, JSON]:
    body: dict[str, JSON] = json.loads(entries.parse(chance.choice(base.leaves[1:])).envelope.payload)
    if chance.random() < 0.7:
        body["key_prev"] = chance.choice(
            [None, log.last_of_key.get(str(body["key"])), chance.choice(log.ids), "0" * 64]
        )
        seen: JSON = {"size": chance.randrange(1, 99), "root": "0" * 64}
        now: JSON = None if log.seen is None else {"size": log.seen.size, "root": log.seen.root}
        body["seen"] = chance.choice([None, now, now, seen, body["seen"]])
    if "referral_prev" in body and chance.random() < 0.8:
        named = chance.choice([str(body["referral"]), referral(chance.randrange(1, 9))])
        body |= {"referral": named, "referral_prev": log.last_of_referral.get(named, "0" * 64)}
    if body["kind"] == "referral.sent" and chance.random() < 0.7:
        body["referral"] = referral(chance.randrange(60, 64))
    if body["kind"] == "key.added" and chance.random() < 0.6:
        name = key_name(str(body["party"]), chance.randrange(5, 8))
        body |= {"name": name, "public": golden.public(name)}
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        _bend(body, base, chance)
    return body


def _bend(body: dict[str, JSON], base: Log, chance: Random) -> None:
    name = chance.choice([each for each in body if each != "pad"])
    other = json.loads(entries.parse(chance.choice(base.leaves)).envelope.payload)
    match chance.randrange(10):
        case 0 | 1 | 2:
            body[name] = chance.choice(ODD)
        case 3:
            del body[name]
        case 4:
            body["extra"] = 1
        case _ if name in other:
            body[name] = other[name]
        case _:
            pass


def _padded(body: dict[str, JSON]) -> bytes:
    short = len(canonical.encode({**body, "pad": ""})) % 256
    return canonical.encode({**body, "pad": "." * (-short % 256)})


def _follow(log: Log, body: dict[str, JSON], chance: Random) -> None:
    for name, lasts in (("key", log.last_of_key), ("referral", log.last_of_referral)):
        named = body.get(name)
        if isinstance(named, str) and chance.random() < 0.8:
            lasts[named] = log.ids[-1]


def publish(log: Log, base: Log, chance: Random) -> None:
    """Where there are witnesses, by clocks that may be others."""
    if base is SMALL and chance.random() < 0.9:
        publish_at(log, chance.choice((0, 0, 0, 0, -4, 4, -6, 6, 700)) * MINUTE)
    else:
        log.publish()


SPOILERS: tuple[Callable[[Log, Random], Shelf], ...] = (
    bytes_changed,
    files_changed,
    entries_changed,
    published_anew,
    said_anew,
)


def spoiled(number: int) -> Shelf:
    """The log of a number."""
    chance = Random(number)  # noqa: S311  # chance that can be had again, no secret
    return SPOILERS[number % len(SPOILERS)](chance.choice((LEGAL, SMALL)), chance)
