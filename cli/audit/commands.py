"""`estafet audit`: the auditor's words.

Promise: `fetch` brings a log's files, `verify` judges them, `obligations` tells what was owed by them; none needs
anything of the service's code.
Rules: exit 0 clean, 1 findings, 2 unusable, 3 no anchor.
Elsewhere: `cli.audit.downloads`, `cli.audit.verdicts`, `cli.audit.obligations`.
"""

from pathlib import Path
from typing import Annotated

import typer

from cli.audit import copies, receipts, reports, screens, verdicts
from cli.audit.endings import application
from cli.audit.folders import Folder
from cli.audit.obligations.commands import obligations

app = application("Fetch a log and verify it, offline and trusting nobody.")
Client = Annotated[
    Path | None, typer.Option("--as", help="A client's file with the scope ledger:read.", metavar="FILE")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


@app.callback()
def audit() -> None:
    """Fetch a log and verify it, offline and trusting nobody."""


@app.command(no_args_is_help=True)
def fetch(
    url: Annotated[str, typer.Argument(help="The service's URL.", metavar="URL")],
    folder: Annotated[Path, typer.Argument(help="Where the copy goes.", metavar="DIR")],
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Bring a log's files into a folder. Nothing is verified; run it again and only what is new is brought.

    Example: estafet audit fetch http://localhost:8000 copy --as .estafet/demo/clients/auditor.json
    """
    fetched = copies.brought(url, Folder(folder), client)
    if as_json:
        screens.print_json({"size": fetched.size, "before": fetched.before, "checkpoints": fetched.checkpoints})
    else:
        new = fetched.size - fetched.before
        screens.out().print(f"{folder}: {fetched.size:,} entries ({new:,} new), {fetched.checkpoints:,} checkpoints")


@app.command(no_args_is_help=True)
def verify(
    log: Annotated[str, typer.Argument(help="A folder of log files, or a service's URL.", metavar="DIR_or_URL")],
    anchor: Annotated[
        str | None, typer.Option(help="The trust anchor from a province's letter; kept for next time.", metavar="HEX")
    ] = None,
    receipt: receipts.Option = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Verify every entry, signature, link, act and root. Exit 0 clean, 1 findings, 2 unusable, 3 no anchor.

    A receipt whose entry does not stand in the log as it says is a finding: it proves that the host broke its word.

    Example: estafet audit verify copy --anchor $(cat .estafet/demo/anchor)
    """
    shown = receipts.read(receipt)
    with copies.held(log, client) as folder:
        verdict = verdicts.audit(folder, anchor, shown=shown)
    if as_json:
        screens.print_json(verdicts.document(verdict))
    else:
        screens.out().print(reports.rendered(verdict))
    raise typer.Exit(verdict.code)


app.command(no_args_is_help=True)(obligations)
