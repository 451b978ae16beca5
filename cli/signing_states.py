"""What a signer remembers between statements, so that nobody can lead it astray.

Promise: a statement that names another past than the signer's own is caught before it is signed: `key_prev` must be the
last statement for which there was a receipt, and `seen` must never fall nor change its root.
Rules: the file is one JSON object {key, last, seen, signed}; it is written after the envelope, atomically. A grown
`seen` is taken only from a folder of log files in which both trees were found, one a prefix of the other.
Elsewhere: the rule behind it, V6 and V7 of docs/ledger-format.md.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from cli.audit import credentials
from cli.audit.credentials import is_object
from cli.audit.endings import FOUND, Stopped
from cli.audit.folders import Folder
from cli.audit.prefixes import root_of_prefix
from cli.key_files import StatementKey
from cli.prepared import Examined
from ledger.statements import Seen

REMEMBERED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What one key signed and saw."""

    key: str
    last: str | None = None
    seen: Seen | None = None
    signed: tuple[str, ...] = ()


def read(path: Path, key: StatementKey) -> State:
    """The state of this key; a file that is not there yet is an empty one."""
    if not path.exists():
        return State(key=key.name)
    document = credentials.object_in(path)
    last, seen, signed = document.get("last"), document.get("seen"), document.get("signed")
    if document.get("key") != key.name:
        raise Stopped(f"{path} is the state of another key")
    if not isinstance(last, str | None) or not isinstance(signed, list):
        raise Stopped(f"{path} is not a signer's state")
    return State(key=key.name, last=last, seen=seen_in(seen), signed=tuple(str(each) for each in signed))


def seen_in(value: object) -> Seen | None:
    """A checkpoint as {size, root}."""
    if not is_object(value):
        return None
    size, root = value.get("size"), value.get("root")
    if not isinstance(size, int) or not isinstance(root, str):
        raise Stopped("the state's checkpoint is not {size, root}")
    return Seen(size=size, root=root)


def require_own_past(state: State, examined: Examined, log: Folder | None) -> None:
    """Stop unless the statement continues what this key signed and saw."""
    statement = examined.statement
    if statement.key_prev != state.last:
        raise Stopped(
            f"key_prev is {statement.key_prev}, but this key's last receipted statement is {state.last}",
            code=FOUND,
            advice="Prepare it anew with the right keyPrev. If it was given, the service changed it.",
        )
    if statement.seen is None or statement.seen == state.seen:
        return
    before = state.seen
    if before is not None and statement.seen.size <= before.size:
        raise Stopped(
            f"`seen` falls behind, or contradicts, the checkpoint of size {before.size} seen last", code=FOUND
        )
    if log is None:
        raise Stopped(
            f"`seen` grew to size {statement.seen.size}, and nothing here shows that it continues what was seen last",
            advice="Name a folder of log files with --log; `estafet audit fetch` brings one.",
        )
    for each in (before, statement.seen):
        if each is not None and root_of_prefix(log, each.size).hex() != each.root:
            raise Stopped(f"{log.path} does not have the checkpoint of size {each.size} with that root", code=FOUND)


def signed(state: State, examined: Examined) -> State:
    """The state after signing; the statement becomes the last one only with its receipt."""
    seen = examined.statement.seen or state.seen
    return replace(state, seen=seen, signed=(*state.signed, examined.statement_id)[-REMEMBERED:])


def receipted(state: State, statement_id: str) -> State:
    """The state after a receipt for one of our statements."""
    if statement_id not in state.signed:
        raise Stopped(f"the receipt is for {statement_id}, which this key did not sign here", code=FOUND)
    return replace(state, last=statement_id)


def write(path: Path, state: State) -> None:
    """Keep the state."""
    seen = None if state.seen is None else {"size": state.seen.size, "root": state.seen.root}
    document = {"key": state.key, "last": state.last, "seen": seen, "signed": list(state.signed)}
    Folder(path.parent).write(path.name, json.dumps(document, indent=2).encode() + b"\n")
