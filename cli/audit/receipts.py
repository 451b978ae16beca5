"""Receipts, and signed refusals, that somebody kept: read from files, to be held against a log.

Promise: every one in a file is taken; a file that holds none stops the command, by its name: nobody learns that a
receipt is kept which was never looked at.
Rules: what is believed of a receipt is the verifier's to say; here only its form is read. A folder stands for the
`.json` files in it. In findings no file is named, for they may be published.
Elsewhere: what a receipt comes to, `ledger.pledges`; keeping one, `estafet sign --receipt --keep`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.audit import folders
from cli.audit.credentials import is_object
from cli.audit.endings import Stopped
from ledger import envelopes, instants, receipts
from ledger.envelopes import Envelope
from ledger.pledges import Outcome, Pledge
from ledger.rules import Refused

ADVICE: Final = "An act's answer holds one, asked for `entry { receipt }`; so does what `sign --receipt --keep` kept."
Option = Annotated[
    list[Path] | None,
    typer.Option(
        "--receipt",
        help="A receipt or signed refusal that was kept, or a folder of them; again for more.",
        metavar="FILE",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A receipt, and the file it was found in."""

    file: str
    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A receipt that was held against the log."""

    file: str
    pledge: Pledge


def read(paths: Iterable[Path] | None) -> tuple[Shown, ...]:
    """The receipts in these files and folders."""
    return tuple(
        Shown(file=str(file), envelope=envelope)
        for path in paths or ()
        for file in files(path)
        for envelope in in_file(file)
    )


def files(path: Path) -> list[Path]:
    """The file itself, or those of a folder."""
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.glob("*.json") if file.is_file())
    if not found:
        raise Stopped(f"{path} holds no .json file", advice=ADVICE)
    return found


def in_file(path: Path) -> list[Envelope]:
    """Every receipt in a file, each once."""
    try:
        document: object = json.loads(folders.content(path))
    except (ValueError, RecursionError):
        raise Stopped(f"{path} is not JSON, so it holds no receipt", advice=ADVICE) from None
    found = [envelope_in(path, text) for text in dict.fromkeys(within(document))]
    if not found:
        raise Stopped(f"{path} holds no receipt", advice=ADVICE)
    return found


def envelope_in(path: Path, text: str) -> Envelope:
    """The envelope of a receipt."""
    try:
        envelope = envelopes.decode(text.encode("utf-8", "replace"))
    except Refused as refused:
        raise Stopped(f"{path}: what should be a receipt is no envelope: {refused.message}") from None
    if envelope.payload_type not in (receipts.RECEIPT_TYPE, receipts.REFUSAL_TYPE):
        raise Stopped(f"{path} holds an envelope of the type {envelope.payload_type}, which is no receipt")
    return envelope


def within(document: object) -> Iterator[str]:
    """The receipts in an answer, of whatever depth, or the one that is the whole document."""
    if is_object(document) and "payloadType" in document:
        yield json.dumps(document)
        return
    left = [document]
    while left:
        value = left.pop()
        if is_object(value):
            for name in ("receipt", "signedRefusal"):
                told = value.get(name)
                if isinstance(told, str) and told.lstrip().startswith("{"):  # of a handover it is a statement's id
                    yield told
                elif is_object(told):
                    yield json.dumps(told)
            left += reversed(value.values())
        elif isinstance(value, list):
            left += reversed(value)


def counted(held: Sequence[Held]) -> Mapping[str, int]:
    """How many came to what."""
    counts = Counter(each.pledge.outcome for each in held)
    return {"shown": len(held)} | {outcome.value: counts[outcome] for outcome in Outcome}


def document(held: Sequence[Held]) -> Mapping[str, object]:
    """The counts, and each receipt by its file."""
    return {**counted(held), "files": [line(each) for each in held]}


def line(held: Held) -> Mapping[str, object]:
    """One receipt, as far as it can be believed."""
    said, refused = held.pledge.receipt, held.pledge.refusal
    told = {"file": held.file, "outcome": held.pledge.outcome.value}
    if refused is not None:
        return {**told, "statement": refused.statement, "rule": refused.rule, "at": instants.spell(refused.at)}
    return {
        **told,
        "statement": None if said is None else said.statement,
        "index": None if said is None else said.index,
    }
