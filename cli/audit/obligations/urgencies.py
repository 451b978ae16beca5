"""`--openings`: obligations judged at the sealed risk, for whoever has its opening from an end or from the service.

Promise: a value that does not open its commitment in a signed entry of this very log stops the command with exit 1;
what is judged is judged as the service judges it, by the entries' own times, and beside what the log alone tells.
Rules: a file is what `/ledger/openings/<index>` answers; of a `referral.sent` it must open `risk`, and what else it
opens must open, too. No count and no published page has anything of it.
Elsewhere: how soon, `casework.urgencies`; commitments, `ledger.commitments`; the account, `accounts` beside this.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from casework import facts, obligations, urgencies
from casework.agreements import Agreement
from casework.obligations import Obligation
from casework.risks import Risk
from cli.audit import folders, inclusions
from cli.audit.credentials import is_object
from cli.audit.downloads import SHA256
from cli.audit.endings import FOUND, Stopped
from cli.audit.folders import Folder
from cli.audit.obligations.accounts import Account, Urgent
from ledger import canonical, commitments, entries, statements, tiles
from ledger.commitments import Mismatch, Opening
from ledger.dockets import Row
from ledger.rules import Refused
from ledger.statements import ReferralSent

Option = Annotated[
    list[Path] | None,
    typer.Option(
        "--openings",
        help="What was sealed in a referral, to judge how soon it was owed; again for more.",
        metavar="FILE",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The openings of one entry, as a file tells them."""

    file: str
    index: int
    statement: str
    openings: tuple[Opening, ...]


def read(paths: Iterable[Path] | None) -> tuple[Shown, ...]:
    """The openings in these files."""
    return tuple(_in_file(path) for path in paths or ())


def _in_file(path: Path) -> Shown:
    unreadable = Stopped(f"{path} holds no openings", advice="`/ledger/openings/<index>` of the service answers them.")
    try:
        document: object = json.loads(folders.content(path))
        if not is_object(document):
            raise unreadable
        index, statement, listed = (document.get(name) for name in ("index", "statement", "openings"))
        if not isinstance(index, int) or not isinstance(statement, str) or not isinstance(listed, list):
            raise unreadable
        openings = tuple(_opening(each) for each in listed)
    except (ValueError, RecursionError, TypeError, KeyError, canonical.NotCanonical):
        raise unreadable from None
    if SHA256.fullmatch(statement) is None or index < 0 or not openings:
        raise unreadable
    return Shown(file=str(path), index=index, statement=statement, openings=openings)


def _opening(told: Mapping[str, object]) -> Opening:
    name, value, salt = (told[each] for each in ("name", "value", "salt"))
    if not isinstance(name, str) or not isinstance(value, str) or not isinstance(salt, str):
        raise TypeError("an opening is three texts")
    return Opening(name=name, value=canonical.decode(value.encode()), salt=bytes.fromhex(salt))


def judged(folder: Folder, account: Account, shown: Sequence[Shown]) -> tuple[Urgent, ...]:
    """What was owed at the risks that these open, as of the account's instant."""
    agreement, at = account.agreement, account.as_of
    if not shown:
        return ()
    if agreement is None or at is None:
        raise Stopped("without the agreement's data nothing can be judged at a sealed risk")
    risks = {each.statement: _risk(folder, account.verdict.report.size, each) for each in shown}
    rows = (row for row in account.rows if row.opened_by in risks)
    return tuple(_at_risk(rows, risks, agreement, at))


def _risk(folder: Folder, size: int, shown: Shown) -> Risk:
    """The risk that a referral has sealed; every opening must open."""
    sent = _sent(folder, size, shown)
    for opening in shown.openings:
        try:
            commitments.check(opening, sent.sealed.get(opening.name, ""))
        except Mismatch as found:
            raise Stopped(f"{shown.file}: entry {shown.index}: {found}", code=FOUND) from None
    values = {opening.name: opening.value for opening in shown.openings}
    try:
        risk = facts.word(values, "risk", Risk)
    except facts.Unmet:
        risk = None
    if risk is None:
        raise Stopped(f"{shown.file} does not open the risk of entry {shown.index}")
    return risk


def _sent(folder: Folder, size: int, shown: Shown) -> ReferralSent:
    if shown.index >= size:
        raise Stopped(f"{shown.file}: the log has {size} entries, not entry {shown.index}")
    leaf = inclusions.bundle(folder.read, shown.index // tiles.WIDTH, size)[shown.index % tiles.WIDTH]
    try:
        statement = statements.parse(entries.parse(leaf).envelope.payload)
    except Refused as refused:
        raise Stopped(f"entry {shown.index} cannot be read: {refused.message}", code=FOUND) from None
    if inclusions.statement_id(leaf) != shown.statement:
        raise Stopped(f"{shown.file}: entry {shown.index} is another statement", code=FOUND)
    if not isinstance(statement, ReferralSent):
        raise Stopped(f"{shown.file}: entry {shown.index} is {statement.KIND}, and no risk is sealed in it")
    return statement


def _at_risk(rows: Iterable[Row], risks: Mapping[str, Risk], agreement: Agreement, at: datetime) -> Iterator[Urgent]:
    for row in rows:
        risk = risks[row.opened_by]
        strict = urgencies.hastened(_obligation(row), risk, agreement)
        if strict is not None:
            state = obligations.state(strict, at)
            yield Urgent(row=row, risk=risk, term=strict.term, due_at=strict.due, state=state)


def _obligation(row: Row) -> Obligation:
    return Obligation(
        kind=row.kind,
        opened_by=row.opened_by,
        referral=row.referral,
        debtor=row.debtor,
        creditor=row.creditor,
        term=row.term,
        opened_at=row.opened_at,
        due=row.due_at,
        stops=row.stops,
        paused_since=row.paused_since,
        ending=row.ending,
        ended_at=row.ended_at,
    )
