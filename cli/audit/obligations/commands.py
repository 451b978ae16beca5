"""The word `audit obligations`: a log, an instant and a format in; the account out.

Promise: what failed is told before anything else, also where the account goes into a file; the file is there whole or
not at all. The exit code is `audit verify`'s: 0 clean, 1 findings, 2 unusable, 3 no anchor.
Elsewhere: the account, `cli.audit.obligations.accounts`; the formats, `tables`, `documents`, `sheets` and `pages`
beside this.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer
from rich.console import Console
from rich.text import Text

from cli.audit import copies, receipts, screens, verdicts
from cli.audit.endings import Stopped
from cli.audit.obligations import accounts, documents, moments, pages, sheets, tables, urgencies
from cli.audit.obligations.accounts import Account
from ledger.dockets import Row


class Format(StrEnum):
    """How an account is told."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


WIDTH: Final = 140  # of a table in a file
STEP: Final = 1000  # rows between two looks at the bar
WRITERS: Final[Mapping[Format, Callable[[Account, TextIO], None]]] = {
    Format.JSON: documents.write,
    Format.CSV: sheets.write,
    Format.HTML: pages.write,
}


def obligations(
    log: copies.Log,
    anchor: verdicts.Anchor = None,
    as_of: Annotated[
        str | None, typer.Option(help="As of this RFC 3339 instant; else of the last entry.", metavar="INSTANT")
    ] = None,
    receipt: receipts.Option = None,
    client: copies.Client = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="For a screen, programs, spreadsheets, or to publish.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where it is written; else to the screen.", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    openings: urgencies.Option = None,
) -> None:
    """What each province owed, by when, and what became of it; from the log alone, which is verified with it.

    Every count is told but in HTML, which is made to be published: there, counts under 5 are suppressed.

    Example: estafet audit obligations copy --format html --out obligations.html
    """
    wanted = chosen(form, as_json)
    at = None if as_of is None else moments.read(as_of)
    shown, opened = receipts.read(receipt), urgencies.read(openings)
    if opened and wanted not in (Format.TABLE, Format.JSON):
        raise Stopped(f"--openings and --format {wanted}: what was sealed is told on a screen or as JSON, case by case")
    with copies.held(log, client) as folder:
        account = accounts.taken(folder, anchor, at, shown)
        account = replace(account, urgent=urgencies.judged(folder, account, opened))
        tell(account, wanted, out)
    raise typer.Exit(account.verdict.code)


def chosen(form: Format | None, as_json: bool) -> Format:
    """The one format that is asked for."""
    if as_json and form not in (None, Format.JSON):
        raise Stopped(f"--json and --format {form} are two formats: ask for one")
    return Format.JSON if as_json else form or Format.TABLE


def tell(account: Account, wanted: Format, out: Path | None) -> None:
    """What failed, then the account, then where it is."""
    if wanted is not Format.TABLE or out is not None:
        warn(account)
    if wanted is Format.TABLE and out is None:
        screens.out().print(tables.rendered(account))
    elif out is None:
        WRITERS[wanted](account, screens.stdout())
    else:
        with written(out) as file, watched(account) as account:
            if wanted is Format.TABLE:
                Console(file=file, width=WIDTH, highlight=False).print(tables.rendered(account))
            else:
                WRITERS[wanted](account, file)
        screens.out().print(Text(f"{screens.plain(str(out))} is written."), soft_wrap=True)
        screens.out().print(tables.conclusion(account))


@contextmanager
def watched(account: Account) -> Iterator[Account]:
    """The account, with a bar that shows how many of its rows have gone by."""
    with screens.bar() as bar:
        task = bar.add_task("writing", total=account.count)

        def passing() -> Iterator[Row]:
            for number, row in enumerate(account.rows):
                if number % STEP == 0:
                    bar.update(task, completed=number)
                yield row

        yield replace(account, judged=passing)


def warn(account: Account) -> None:
    """On stderr, since stdout or a file gets the account: what failed, and whether the log reaches that far."""
    for part in tables.failed(account):
        screens.err().print(part)
    if account.behind_the_end:
        screens.err().print(Text(f"as of {tables.as_of(account)}", style="yellow"))


@contextmanager
def written(target: Path) -> Iterator[TextIO]:
    """A file that takes its name when it is whole."""
    if not target.name:
        raise Stopped(f"{target} cannot be written: it is a folder")
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with aside.open("x", encoding="utf-8", newline="") as file:
            yield file
        aside.replace(target)
    except OSError as fault:
        raise Stopped(f"{target} cannot be written: {fault.strerror}") from None
    finally:
        with suppress(OSError):
            aside.unlink()
