"""`estafet keys sign` and `join`: sign a draft where the key is, and bring signatures together.

Promise: what is signed was shown first, whole, built from the body that is signed; without a yes nothing is written.
Elsewhere: drafts, `cli.drafts`; signing acts, `estafet sign`.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.panel import Panel
from rich.text import Text

from cli import drafts, key_files, passphrases, signing
from cli.audit import screens
from cli.audit.endings import FOUND, Stopped
from cli.drafts import Draft
from ledger import canonical, sentences
from ledger.canonical import JSON
from ledger.statements import AgreementAmended, RootReplaced

GROUP = 8  # figures between two spaces, for reading a key aloud


def sign(
    file: Annotated[Path, typer.Argument(help="The draft, which gets the signature.", metavar="FILE")],
    key_file: Annotated[Path, typer.Option("--key", help="The key that must sign it.", metavar="FILE")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Leave the draft alone and write here.", metavar="FILE")
    ] = None,
    passphrase_file: passphrases.FileGiven = None,
    yes: Annotated[bool, typer.Option("--yes", help="Sign without asking (it is shown all the same).")] = False,
) -> None:
    """Read a draft, show all that it says, and sign it."""
    draft = drafts.read(file)
    show(draft)
    key = key_files.read(key_file, passphrase_file)
    signed = drafts.signed(draft, key)
    if not yes and not signing.wanted(False):
        raise Stopped("not signed", code=FOUND)
    drafts.write(out or file, signed)
    told(out or file, signed)


def join(
    files: Annotated[list[Path], typer.Argument(help="Drafts of one statement, signed side by side.", metavar="FILE")],
    out: Annotated[Path, typer.Option("--out", help="Where all signatures go together.", metavar="FILE")],
) -> None:
    """Bring together signatures that were given side by side."""
    whole = drafts.joined([drafts.read(file) for file in files])
    drafts.write(out, whole)
    told(out, whole)


def told(file: Path, draft: Draft) -> None:
    """Whose signatures there are and are not."""
    missing = draft.missing()
    if isinstance(draft.statement, AgreementAmended | RootReplaced):
        signed = ", ".join(sorted(draft.signatures)) or "nobody"
        screens.out().print(f"written: {file}; signed by {signed}", soft_wrap=True, markup=False)
        return
    rest = f"to be signed by {', '.join(missing)}" if missing else "all have signed"
    screens.out().print(f"written: {file}; {rest}", soft_wrap=True, markup=False)


def show(draft: Draft) -> None:
    """Everything that the body says."""
    sentence = sentences.sentence(draft.statement)
    table = screens.facts()
    body = canonical.decode(draft.body)
    for name, value in body.items() if isinstance(body, dict) else ():
        if name != "pad":
            table.add_row(name, screens.plain(spelled(value)))
    table.add_row(Text("statement", style="dim italic"), Text(draft.id, style="dim"))
    title = draft.statement.KIND
    screens.err().print(Panel(Text.assemble((sentence.id, "bold"), "\n", (sentence.en, "italic")), title=title))
    screens.err().print(table)


def spelled(value: JSON) -> str:
    """A value to be read, a key's figures in groups."""
    if isinstance(value, list):
        return "\n".join(spelled(each) for each in value) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{name} {spelled(each)}" for name, each in value.items())
    if value is None:
        return "-"
    return grouped(value) if isinstance(value, str) else canonical.encode(value).decode()


def grouped(text: str) -> str:
    """64 figures in groups of eight; anything else as it is."""
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        return text
    return " ".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))
