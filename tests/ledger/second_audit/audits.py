"""A whole audit: files in, findings out (R1 to R11)."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from tests.ledger import second_count
from tests.ledger.second_audit import agreements, copies, histories, notes, pledges, referrals, trees, witnesses
from tests.ledger.second_audit.bodies import Body
from tests.ledger.second_audit.copies import Files, Place
from tests.ledger.second_audit.histories import UNSIGNED, History, Statement
from tests.ledger.second_audit.notes import Checkpoint, Key
from tests.ledger.second_audit.referrals import Illegal
from tests.ledger.second_audit.texts import Broken, Wrong, instant

Finding = tuple[int | None, str, str]
EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTES = timedelta(minutes=1)


class Unusable(Exception):
    """There is nothing to audit (R11: exit 2)."""


@dataclass
class Audit:
    files: Files
    anchor: str | None = None
    findings: set[Finding] = field(default_factory=set)
    disputed: set[tuple[int, int]] = field(default_factory=set)  # entry, and the revocation's
    history: History = field(default_factory=History)
    genesis: Body | None = None
    first: str | None = None  # anchor of entry 0 as found
    at: datetime | None = None
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)  # that stop clocks
    seen: dict[int, datetime] = field(default_factory=dict)  # quorum times by size
    unjudged: int = 0

    @property
    def exit(self) -> int:
        """R11."""
        return 1 if self.findings else 0 if self.anchor is not None and self.anchor == self.first else 3

    def tell(self, index: int | None, rule: str, code: str) -> None:
        self.findings.add((index, rule, code))


def audit(files: Files, anchor: str | None = None, receipts: Iterable[dict[str, Any]] = ()) -> Audit:
    """Everything that is wrong with a log."""
    found = Audit(files, anchor)
    peeked = _peek(files)
    key = _log_key(found, peeked)
    checkpoint = _newest(found, key)
    found.seen = witnesses.quorum_times(files, key, peeked)
    if peeked is not None:
        found.history.told = _agreement(found, peeked)
    for place in copies.places(files, checkpoint.size, checkpoint.root, found.tell):
        _walk(found, place)
    if not found.findings and found.history.told is not None and found.at is not None:
        judged = [each for each in found.history.referrals.values() if each is not None]
        for index in referrals.passed_over(judged, found.history.ids, found.outages, found.at, found.history.told):
            found.tell(index, "V17", "NOTICE_MISSING")
    if trees.root(tuple(found.history.hashes)) != checkpoint.root:
        found.tell(None, "V19", "ROOT_DIFFERS")
    _earlier(found, key)
    _tiles(found)
    if peeked is not None and peeked["quorum"]:
        _witnessed(found)
    pledges.hold(receipts, found.genesis, found.history, found.tell)
    return found


def _peek(files: Files) -> Body | None:
    """R1: entry 0, ahead of all."""
    data = files.read("tile/entries/000")
    sizes = list(reversed(files.numbers("checkpoints")))
    with suppress(Broken):
        sizes.insert(0, notes.stated(notes.lines(files.read("checkpoint") or b"")[0]).size)
    for size in sizes:
        data = data or files.read(trees.path("entries", 0, size))
    parts = copies.cut(data or b"")
    try:
        return histories.genesis(copies.leaf(parts[0].leaf).envelope) if parts else None
    except Wrong:
        return None


def _log_key(found: Audit, peeked: Body | None) -> Key | None:
    told = found.files.read("vkey")
    text = None if told is None else told.decode("utf-8", "replace")
    if peeked is not None:
        if text is not None and text != peeked["log_vkey"] + "\n":
            found.tell(None, "V18", "CHECKPOINT_INVALID")
        return notes.key(peeked["log_vkey"])
    try:
        return notes.key((text or "").removesuffix("\n"))
    except Broken:
        return None


def _named(files: Files, size: int, key: Key | None) -> Checkpoint | None:
    data = files.read(f"checkpoints/{size}")
    try:
        found = notes.checkpoint(data, key) if data is not None and key is not None else None
    except Broken:
        return None
    return found if found is not None and found.size == size else None


def _newest(found: Audit, key: Key | None) -> Checkpoint:
    data = found.files.read("checkpoint")
    checkpoint: Checkpoint | None = None
    if data is None:
        found.tell(None, "V22", "FILE_MISSING")
    elif key is not None:
        try:
            checkpoint = notes.checkpoint(data, key)
        except Broken:
            found.tell(None, "V18", "CHECKPOINT_INVALID")
    for size in reversed(found.files.numbers("checkpoints")):
        checkpoint = checkpoint or _named(found.files, size, key)
    if checkpoint is None or not checkpoint.size:
        raise Unusable
    return checkpoint


def _agreement(found: Audit, peeked: Body) -> agreements.Record | None:
    data = found.files.read(f"data/{peeked['agreement']}")
    try:
        if data is None or sha256(data).hexdigest() != peeked["agreement"]:
            raise Broken("not the agreement")
        return agreements.read(data)
    except Broken:
        found.tell(None, "V25", "AGREEMENT_FILE")
        return None


def _walk(found: Audit, place: Place) -> None:
    """R7, entry by entry."""
    history = found.history
    index = len(history.hashes)
    expected = history.hashes[-1].hex() if index else "0" * 64
    history.hashes.append(place.hash)
    history.times.append(found.at or EPOCH)
    history.signers.append(histories.NOBODY)
    leaf = place.leaf
    if leaf is None:
        history.lose(None)
        if not index:
            found.tell(0, "V16", "GENESIS_INVALID")
        return
    if leaf.index != index:
        found.tell(index, "V11", "INDEX_WRONG")
    before = found.at or EARLIEST
    at = before
    if not place.altered:
        if leaf.prev != expected:
            blameless = index > 0 and place.following == place.hash.hex()
            found.tell(index - blameless, "V12", "CHAIN_BROKEN")
        history.times[-1] = leaf.at
        if leaf.at < before:
            found.tell(index, "V13", "AT_FALLS")
        else:
            found.at = at = leaf.at
    if not index:
        _found(found, place, at)
    elif found.genesis is None:
        found.unjudged += 1
    else:
        _judge(found, index, histories.said(leaf.envelope), at)


def _found(found: Audit, place: Place, at: datetime) -> None:
    """V16."""
    assert place.leaf is not None
    found.first = sha256(place.data or b"").hexdigest()
    if found.anchor not in (None, found.first):
        found.tell(0, "V16", "ANCHOR_DIFFERS")
    try:
        body = histories.genesis(place.leaf.envelope)
    except Wrong as wrong:
        found.tell(0, wrong.rule, wrong.code)
        found.tell(0, "V16", "GENESIS_INVALID")
        found.history.lose(None)
        return
    found.genesis = body
    history = found.history
    history.log, history.agreement = body["log"], body["agreement"]
    history.enter(histories.said(place.leaf.envelope))
    for each in body["parties"]:
        history.add(f"{each['party']}/root", each["party"], each["root_key"], "root", at, None)
    history.add("HOST/host", "HOST", body["host_key"], "host", at, None)


def _judge(found: Audit, index: int, statement: Statement, at: datetime) -> None:
    history = found.history
    key, body = statement.text("key"), statement.body
    excused = key is not None and key not in history.keys and history.excuses("key", key)
    if not excused and statement.is_beside and statement.referral not in history.lasts:
        excused = history.excuses("referral", statement.referral or "")
    if excused:
        found.unjudged += 1
        _void(history, statement)
        return
    try:
        history.judge(statement, at)
    except Wrong as wrong:
        if history.may_follow_a_loss(statement, wrong):
            found.unjudged += 1
            history.lost_keys += statement.text("kind") in histories.GOVERNING
            _void(history, statement)
            return
        found.tell(index, wrong.rule, wrong.code)
        if wrong.code in UNSIGNED:
            history.lose(statement.text("kind"))
        elif wrong.code != "STATEMENT_KNOWN":
            _void(history, statement)
        return
    assert body is not None
    history.enter(statement)
    if body["seen"] is not None and body["key"] is not None:
        history.highest[body["key"]] = body["seen"]["size"]
    if body["kind"] in EFFECTS:
        EFFECTS[body["kind"]](found, index, body, at)
    elif statement.referral is not None:
        _move(found, index, statement, body, at)


def _void(history: History, statement: Statement) -> None:
    history.enter(statement)
    if statement.is_act and statement.referral is not None:
        history.lasts[statement.referral] = statement.id
        history.referrals[statement.referral] = None


def _add(found: Audit, _: int, body: Body, __: datetime) -> None:
    until = None if body["until"] is None else instant(body["until"])
    found.history.add(body["name"], body["party"], body["public"], body["use"], instant(body["from"]), until)


def _amend(found: Audit, _: int, body: Body, at: datetime) -> None:
    """F22."""
    found.history.add("HOST/host", "HOST", body["host_key"], "host", at, None)


def _replace(found: Audit, _: int, body: Body, at: datetime) -> None:
    """F23."""
    found.history.add(f"{body['replaced']}/root", body["replaced"], body["root_key"], "root", at, None)


def _revoke(found: Audit, index: int, body: Body, _: datetime) -> None:
    history = found.history
    history.keys[body["name"]]["revoked"] = True
    since = instant(body["since_claimed"])
    for at, signer in enumerate(history.signers):
        if signer == body["name"] and history.times[at] >= since:
            found.disputed.add((at, index))


def _stop(found: Audit, index: int, body: Body, at: datetime) -> None:
    """O7."""
    start, end = instant(body["from"]), instant(body["until"])
    if end - start < 15 * MINUTES or not end <= at <= end + 5 * MINUTES or found.history.times[-2] > start:
        found.tell(index, "V17", "NOTICE_FALSE")
        return
    assert found.genesis is not None
    if found.genesis["quorum"] and not witnesses.leave_room(found.seen, start, end):
        return
    found.outages.append((start, end))
    for referral in found.history.referrals.values():
        if referral is not None and found.history.told is not None:
            second_count.outage(referral.owed, start, end, found.history.told)


# What a kind does besides standing there; an act or remark on a referral moves that, and any other kind nothing.
EFFECTS: dict[str, Callable[[Audit, int, Body, datetime], None]] = {
    "key.added": _add,
    "key.revoked": _revoke,
    "agreement.amended": _amend,
    "root.replaced": _replace,
    "host.outage": _stop,
}


def _move(found: Audit, index: int, statement: Statement, body: Body, at: datetime) -> None:
    history, named = found.history, statement.referral or ""
    unjudged = named in history.referrals and history.referrals[named] is None
    if not statement.is_beside:
        history.lasts[named] = statement.id
    told, state = history.told, history.referrals.get(named)
    if told is None or unjudged:
        return
    try:
        if body["kind"] == "referral.sent":
            history.referrals[named] = referrals.sent(body, statement.id, at, index, told)
        elif state is None:
            raise Illegal
        elif statement.is_beside:
            referrals.remark(state, body, statement.id, at, told)
        else:
            referrals.act(state, body, statement.id, at, index, told)
    except Illegal:
        if not statement.is_beside:
            history.referrals[named] = None
        host = body["party"] == "HOST"
        found.tell(index, *(("V17", "NOTICE_FALSE") if host else ("V9", "ACT_ILLEGAL")))


def _witnessed(found: Audit) -> None:
    """V27, V28."""
    times = found.history.times
    for index, code in witnesses.at_fault(found.seen, times):
        found.tell(index, "V27", code)
    covered = max(found.seen, default=0)
    if covered < len(times) and witnesses.later(times[covered], found.outages) < times[-1]:
        found.tell(covered, "V28", "QUORUM_MISSING")


def _earlier(found: Audit, key: Key | None) -> None:
    """V20."""
    hashes = found.history.hashes
    for size in found.files.numbers("checkpoints"):
        checkpoint = _named(found.files, size, key)
        if checkpoint is None:
            found.tell(None, "V20", "EARLIER_CHECKPOINT_INVALID")
        elif not 0 < size <= len(hashes) or trees.root(tuple(hashes[:size])) != checkpoint.root:
            found.tell(None, "V20", "EARLIER_ROOT_DIFFERS")


def _tiles(found: Audit) -> None:
    """R10."""
    hashes, sizes = found.history.hashes, found.files.numbers("checkpoints")
    today = [file for file in trees.files(len(hashes)) if file[0] != "entries" and file[1]]
    before = [file for size in sizes if 0 < size < len(hashes) for file in trees.files(size) if file[3] < 256]
    for (name, level, number, width), demanded in [*((each, True) for each in today), *((e, False) for e in before)]:
        data, span = found.files.read(trees.path(name, number, width)), 256**level
        first = number * 256
        if data is None:
            if demanded:
                found.tell(first * span, "V22", "FILE_MISSING")
            continue
        true = b"".join(trees.row(hashes, level)[first : first + width])
        told = data
        if name == "entries":
            told = b"".join(trees.leaf(part.leaf) if part.told else bytes(32) for part in copies.cut(data))
        if told != true:
            differs = [at for at in range(width) if told[at * 32 : at * 32 + 32] != true[at * 32 : at * 32 + 32]]
            index = (first + (differs[0] if differs else width - 1)) * span
            found.tell(index, "V21", "BUNDLE_ALTERED" if name == "entries" else "TILE_ALTERED")


__all__ = ["Audit", "Unusable", "audit"]
