"""`estafet recover --check`: what a database that was restored from a backup has lost, by the published log.

Promise: exit 0 when the database's log holds all that was published; 1 with what is missing, and whether it could be
filled in again, or with the first entry that is another one; 2 when that cannot be told. Nothing is changed.
Rules: the published files are verified first, and must be signed by the log key in the key folder. Stop the service
before: it would enter what forks the log, and therefore does not start on such a database.
Elsewhere: the comparison, `operations.recovering`; refilling, which is not built yet, decision 0022.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from casework.obligations import Obligation, state
from cli import desks, servers
from cli.audit import screens
from cli.audit.endings import FOUND, Stopped, application
from cli.audit.signatures import examining
from database.addresses import Address
from database.shelves import Unreachable
from ledger import checkpoints, instants, notes, verifier
from operations import host_keys, recovering
from operations.recovering import Difference, Head, Lost, Moved, Signed, Told
from settings import Settings

app = application("What a restored database has lost, by the published log.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found."""

    head: Head
    published: int
    difference: Difference | None
    lost: tuple[Told, ...]
    moved: dict[str, Moved]

    @property
    def missing(self) -> int:
        """How many published entries the database does not reach."""
        return max(0, self.published - self.head.size)


@app.command()
def recover(
    data: servers.Data = None,
    check: Annotated[bool, typer.Option("--check", help="Tell what is missing; change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """What a restored database has lost, by the published log.

    Refilling is not built yet: only --check is there, and it changes nothing.
    """
    if not check:
        raise Stopped(
            "a database cannot be refilled by command yet, and nothing was done",
            advice="estafet recover --check tells what is missing. Restore a newer backup where there is one.",
        )
    told = servers.told(data)
    with servers.reached(told) as address:
        try:
            survey = asyncio.run(surveyed(told, address))
        except Unreachable as fault:
            raise Stopped(str(fault)) from None
    if as_json:
        screens.print_json(document(survey))
    else:
        show(survey)
    if survey.missing or survey.difference is not None:
        raise typer.Exit(FOUND)


async def surveyed(told: Settings, address: Address) -> Survey:
    """The published log verified, and the database's held against it."""
    shelf = servers.shelf(told)
    note = await asyncio.to_thread(shelf.signed)
    if note is None:
        raise Stopped(f"{where(told)}: nothing was ever published there")
    async with desks.databases(address) as opened:
        head = await recovering.head(opened)
        if head is None:
            raise Stopped("this database holds no log at all", advice="Restore a backup of it first.")
        files, lost = Signed(shelf, note), Lost(start=head.size)
        size = await asyncio.to_thread(verified, told, files, head.origin, lost)
        difference = await recovering.compare(opened, head, files, size)
    missing = await asyncio.to_thread(lambda: tuple(recovering.lost(files, head.size, size)))
    return Survey(head=head, published=size, difference=difference, lost=missing, moved=lost.moved)


def verified(told: Settings, files: Signed, origin: str, lost: Lost) -> int:
    """The size of the published log, in which an auditor finds nothing and which this host has signed."""
    try:
        key = notes.key_of(origin, host_keys.read_signing(told.keys / host_keys.LOG))
        signed = checkpoints.verify(files.note, key)
        with screens.bar() as bar:
            task = bar.add_task("verifying what was published", total=None)
            report = verifier.verify(
                files,
                examining=examining,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
                docket=lost,
            )
    except host_keys.Unusable as fault:
        raise Stopped(str(fault)) from None
    except notes.Unreadable as fault:
        raise Stopped(f"{where(told)}: not signed by this host's key for the log {origin}: {fault}") from None
    except verifier.Unusable as fault:
        raise Stopped(f"{where(told)}: {fault}") from None
    if report.findings:
        first = report.findings[0]
        raise Stopped(
            f"{where(told)}: the published log is itself at fault ({report.found} findings): {first.message}",
            code=FOUND,
            advice=f"See estafet audit verify {where(told)}, and compare with an auditor's or a witness's copy.",
        )
    return signed.size


def where(told: Settings) -> str:
    """The place of the published files."""
    return told.ledger_store or str(told.published)


def show(survey: Survey) -> None:
    """For people."""
    held, apart = survey.head.size, survey.difference
    say(f"log {survey.head.origin}: {survey.published:,} entries published, {held:,} in the database")
    if apart is not None:
        say(f"✗ entry {apart.index}: {apart.message}", style="red")
        say(f"  From there on the database holds {apart.count:,} entries that were never published and never can be.")
        say("  Keep a copy of this database, for their receipts may be out, and restore another backup.")
        for each in apart.beyond:
            say(f"    {line(each)}")
    if survey.missing:
        rest = "" if apart is not None else "; all before it are as they were published"
        say(f"✗ {survey.missing:,} published entries are missing, from entry {held} on{rest}", style="red")
        for each in survey.lost:
            say(f"    {line(each)}")
        show_moved(survey.moved)
    elif apart is None:
        say("✓ the database's log holds all that was published", style="green")


def show_moved(moved: dict[str, Moved]) -> None:
    """What the provinces must look at."""
    for name, each in moved.items():
        before = "none" if each.before is None else each.before.status
        say(f"  referral {name} ({each.after.sender} to {each.after.receiver}): {before} → {each.after.status}")
        for was, now in each.obligations():
            say(f"    {now.kind}, owed by {now.debtor} to {now.creditor}: {stands(was) or 'none'} → {stands(now)}")
    say("  What is sealed (names, openings) is not in the log: the provinces named hold it.")


def say(text: str, *, style: str | None = None) -> None:
    """One line on stdout, however long."""
    screens.out().print(screens.plain(text), style=style, soft_wrap=True, markup=False)


def line(told: Told) -> str:
    """One entry."""
    of = told.referral or told.key
    return f"entry {told.index} {instants.spell(told.at)} {told.kind} by {told.party}" + (f", {of}" if of else "")


def stands(owed: Obligation | None) -> str | None:
    """How something owed was left by the last entry that changed it, without asking the clock."""
    return None if owed is None else state(owed, owed.ended_at or owed.noted_at or owed.opened_at).value


def document(survey: Survey) -> dict[str, Any]:
    """The same for programs."""
    apart = survey.difference
    return {
        "log": survey.head.origin,
        "published": survey.published,
        "held": survey.head.size,
        "missing": survey.missing,
        "continues": apart is None,
        "differs": apart
        and {
            "index": apart.index,
            "message": apart.message,
            "count": apart.count,
            "entries": [entry(each) for each in apart.beyond],
        },
        "kinds": dict(Counter(each.kind for each in survey.lost)),
        "entries": [entry(each) for each in survey.lost],
        "referrals": [referral(name, moved) for name, moved in survey.moved.items()],
    }


def entry(told: Told) -> dict[str, Any]:
    """One entry."""
    return {
        "index": told.index,
        "at": instants.spell(told.at),
        "kind": told.kind,
        "party": told.party,
        "referral": told.referral,
        "key": told.key,
    }


def referral(name: str, moved: Moved) -> dict[str, Any]:
    """One referral that moved."""
    known = () if moved.before is None else moved.before.handovers
    return {
        "referral": name,
        "from": moved.after.sender,
        "to": moved.after.receiver,
        "before": moved.before and moved.before.status,
        "after": moved.after.status,
        "handovers": [
            {"handover": each.id.hex, "leg": each.leg, "status": each.status}
            for each in moved.after.handovers
            if each not in known
        ],
        "obligations": [
            {
                "kind": now.kind,
                "debtor": now.debtor,
                "creditor": now.creditor,
                "openedBy": now.opened_by,
                "before": stands(was),
                "after": stands(now),
            }
            for was, now in moved.obligations()
        ],
    }
