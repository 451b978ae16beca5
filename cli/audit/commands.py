"""`estafet audit`: the auditor's words.

Promise: `fetch` brings a log's files, `verify` judges them, `obligations` tells what was owed by them, `prove` and
`verify-proof` make and check the proof of one entry; none needs anything of the service's code.
Rules: exit 0 clean, 1 findings, 2 unusable, 3 no anchor.
Elsewhere: `cli.audit.downloads`, `verdicts`, `obligations`, `inclusions` and `exhibits` beside this.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from cli.audit import copies, exhibits, inclusions, receipts, reports, screens, verdicts
from cli.audit.endings import application
from cli.audit.folders import Folder
from cli.audit.obligations.commands import obligations

app = application("Fetch a log and verify it, offline and trusting nobody.")
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


@app.callback()
def audit() -> None:
    """Fetch a log and verify it, offline and trusting nobody."""


@app.command(no_args_is_help=True)
def fetch(
    url: Annotated[str, typer.Argument(help="The service's URL.", metavar="URL")],
    folder: Annotated[Path, typer.Argument(help="Where the copy goes.", metavar="DIR")],
    client: copies.Client = None,
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
    log: copies.Log,
    anchor: verdicts.Anchor = None,
    receipt: receipts.Option = None,
    client: copies.Client = None,
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


@app.command(no_args_is_help=True)
def prove(
    log: copies.Log,
    entry: Annotated[str, typer.Argument(help="The entry's number, or its statement's id.", metavar="ENTRY")],
    out: Annotated[
        Path | None, typer.Option(help="Where the proof goes, NAME.tlog-proof; else to stdout.", metavar="FILE")
    ] = None,
    leaf: Annotated[
        Path | None, typer.Option(help="Where the entry itself goes, byte for byte, too.", metavar="FILE")
    ] = None,
    client: copies.Client = None,
) -> None:
    """Prove that an entry stands in the log, in a file for others (C2SP tlog-proof).

    A proof is made of public files; --as is needed for the entry itself, and to find a statement by its id.

    Example: estafet audit prove copy 12 --out 12.tlog-proof --leaf 12.leaf
    """
    with inclusions.source(log, client) as read:
        made = inclusions.made(read, entry, with_leaf=leaf is not None)
    if leaf is not None and made.leaf is not None:
        Folder(leaf.parent).write(leaf.name, made.leaf)
    if out is None:
        screens.stdout().write(made.proof.spell())
        return
    Folder(out.parent).write(out.name, made.proof.spell().encode())
    told = f"{out}: entry {made.proof.index} under the checkpoint of {made.checkpoint.size:,} entries"
    screens.out().print(Text(screens.plain(told)), soft_wrap=True)


@app.command(no_args_is_help=True)
def verify_proof(
    proof: Annotated[Path, typer.Argument(help="A tlog-proof file.", metavar="FILE")],
    key: Annotated[
        str, typer.Option(help="The log's key, or a file that holds it: `vkey` of a verified copy.", metavar="KEY")
    ],
    leaf: Annotated[Path | None, typer.Option(help="The entry that it is of.", metavar="FILE")] = None,
    digest: Annotated[str | None, typer.Option("--hash", help="Or that entry's leaf hash.", metavar="HEX")] = None,
    as_json: Json = False,
) -> None:
    """Check offline that an entry stands in the log. Exit 0 proved, 1 not proved, 2 unusable.

    Whether the entry was allowed to stand there takes the whole log: `audit verify`.

    Example: estafet audit verify-proof 12.tlog-proof --leaf 12.leaf --key copy/vkey
    """
    proved = exhibits.checked(proof, key, leaf, digest)
    if as_json:
        screens.print_json(exhibits.document(proved))
    else:
        screens.out().print(exhibits.rendered(proved))
        screens.out().print("✓ proved: the entry stands in the tree that the log has signed.", style="bold green")
