"""`audit verify-proof`: a proof that somebody shows, checked offline with the log's key and nothing else of the log.

Promise: what is accepted stands at its number in the tree that the log has signed; anything less stops with exit 1, and
what is no proof with exit 2.
Rules: the key is given by whoever checks, never taken from the proof. That the entry was allowed to stand there, and
whose signatures it bears, is not looked at: that takes the entries before it, and `audit verify`.
Elsewhere: making proofs, `cli.audit.inclusions`; the format and the arithmetic, `ledger.proofs`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from cli.audit import folders, screens
from cli.audit.downloads import SHA256
from cli.audit.endings import FOUND, Stopped
from cli.audit.screens import plain
from ledger import entries, envelopes, instants, notes, proofs, statements, trees
from ledger.checkpoints import Checkpoint
from ledger.entries import Entry
from ledger.notes import Unreadable, VerifierKey
from ledger.rules import Refused
from ledger.trees import Unproved


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What a proof that was checked says."""

    checkpoint: Checkpoint
    index: int
    hash: bytes
    entry: Entry | None  # None where only its hash was given


def checked(path: Path, key: str, leaf: Path | None, digest: str | None) -> Proved:
    """Check a proof file of what was logged: the leaf, or its hash."""
    if (leaf is None) == (digest is None):
        raise Stopped("a proof is of something: give the entry with --leaf, or its leaf hash with --hash")
    logged = None if leaf is None else folders.content(leaf)
    hashed = hash_in(digest or "") if logged is None else trees.leaf_hash(logged)
    try:
        proof = proofs.parse(folders.content(path).decode())
    except (Unreadable, UnicodeDecodeError) as error:
        raise Stopped(f"{path}: {error}") from None
    try:
        checkpoint = proofs.verify(proof, hashed, key_of(key))
        entry = None if logged is None else entries.parse(logged)
    except Unreadable as error:
        raise Stopped(f"not proved: the checkpoint: {error}", code=FOUND) from None
    except Unproved as fault:
        raise Stopped(f"not proved: {fault}", code=FOUND) from None
    except Refused as refused:
        raise Stopped(f"it stands in the log as entry {proof.index}, and is no entry: {refused}", code=FOUND) from None
    if entry is not None and entry.index != proof.index:
        raise Stopped(f"it stands in the log as entry {proof.index}, and says {entry.index} of itself", code=FOUND)
    return Proved(checkpoint=checkpoint, index=proof.index, hash=hashed, entry=entry)


def key_of(text: str) -> VerifierKey:
    """The log's key: its text, or a file that holds it."""
    try:
        return notes.read_key(text.strip())
    except Unreadable as unreadable:
        path = Path(text)
        if not _there(path):
            raise Stopped(f"--key: {unreadable}; and there is no such file") from None
    try:
        return notes.read_key(folders.content(path).decode("utf-8", "replace").strip())
    except Unreadable as error:
        raise Stopped(f"{path}: {error}") from None


def _there(path: Path) -> bool:
    """Whether there is such a file; a mistyped key may be too long for the name of any."""
    try:
        return path.exists()
    except OSError:
        return False


def hash_in(text: str) -> bytes:
    """A leaf hash as the service tells it."""
    if SHA256.fullmatch(text) is None:
        raise Stopped("--hash: a leaf hash is 64 lower-case hexadecimal digits")
    return bytes.fromhex(text)


def document(proved: Proved) -> Mapping[str, object]:
    """What is proved, as one JSON document."""
    return {
        "log": proved.checkpoint.origin,
        "size": proved.checkpoint.size,
        "root": proved.checkpoint.root.hex(),
        "index": proved.index,
        "leaf": proved.hash.hex(),
        "entry": None if proved.entry is None else said(proved.entry),
    }


def said(entry: Entry) -> Mapping[str, object]:
    """What the entry says, as far as it can be read; whose signatures it bears was not checked."""
    envelope = entry.envelope
    try:
        statement = statements.parse(envelope.payload)
    except Refused:
        statement = None
    return {
        "at": instants.spell(entry.at),
        "statement": envelopes.statement_id(envelope.payload_type, envelope.payload),
        "kind": None if statement is None else statement.KIND,
        "party": None if statement is None else statement.party,
        "key": None if statement is None else statement.key,
    }


def rendered(proved: Proved) -> Table:
    """What is proved, for people."""
    table = screens.facts()
    facts = {
        "log": proved.checkpoint.origin,
        "entry": f"{proved.index}, under the checkpoint of {proved.checkpoint.size:,} entries",
        "leaf hash": proved.hash.hex(),
        **({} if proved.entry is None else said(proved.entry)),
    }
    for name, value in facts.items():
        table.add_row(name, Text("-" if value is None else plain(str(value))))
    return table
