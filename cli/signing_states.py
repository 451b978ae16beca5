"""What a signer remembers between statements, so that nobody can lead it astray.

Promise: a statement that names another past than the signer's own is caught before it is signed: `key_prev` must be the
last statement for which there was a receipt, and `seen` must never fall nor change its root.
Rules: the file is one JSON object {key, last, seen, signed, host}, written after the envelope, atomically. A grown
`seen` is taken only from a folder of log files in which both trees were found, one a prefix of the other; a receipt
only under a key of the host's that entry 0 of such a folder names, or an amendment in it.
Elsewhere: the rule behind it, V6 and V7 of docs/ledger-format.md.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from auth import secret_files
from cli.audit import credentials
from cli.audit.credentials import is_object
from cli.audit.endings import FOUND, Stopped
from cli.audit.folders import Folder
from cli.audit.prefixes import root_of_prefix
from cli.key_files import StatementKey
from cli.prepared import Examined
from ledger import checkpoints, entries, geneses, notes, publications, receipts, statements, tiles
from ledger.envelopes import Envelope
from ledger.receipts import Receipt
from ledger.rules import Refused
from ledger.statements import AgreementAmended, Seen

REMEMBERED = 100
AMENDED = b"application/vnd.estafet.agreement.v1+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What one key signed and saw."""

    key: str
    last: str | None = None
    seen: Seen | None = None
    signed: tuple[str, ...] = ()
    host: str | None = None  # the host's public key, as entry 0 of the log names it


def read(path: Path, key: StatementKey) -> State:
    """The state of this key; a file that is not there yet is an empty one."""
    if not path.exists():
        return State(key=key.name)
    document = credentials.object_in(path)
    last, seen, signed, host = (document.get(name) for name in ("last", "seen", "signed", "host"))
    if document.get("key") != key.name:
        raise Stopped(f"{path} is the state of another key")
    if not isinstance(last, str | None) or not isinstance(host, str | None) or not isinstance(signed, list):
        raise Stopped(f"{path} is not a signer's state")
    return State(key=key.name, last=last, seen=seen_in(seen), signed=tuple(str(each) for each in signed), host=host)


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


def receipted(state: State, envelope: Envelope, log: Folder | None) -> State:
    """The state after a receipt, signed by the log's host, for one of our statements."""
    hosts = [state.host] if log is None else hosts_of(log)
    host = hosts[0]
    if host is None:
        raise Stopped(
            "nothing here says which key signs the host's receipts",
            advice="Name a folder of log files with --log, once; `estafet audit fetch` brings one.",
        )
    receipt = read_by(envelope, [each for each in hosts if each is not None])
    if receipt.statement not in state.signed:
        raise Stopped(f"the receipt is for {receipt.statement}, which this key did not sign here", code=FOUND)
    return replace(state, last=receipt.statement, host=host)


def read_by(envelope: Envelope, hosts: Sequence[str]) -> Receipt:
    """The receipt, signed by one of these."""
    fault = ""
    for host in hosts:
        try:
            return receipts.verify(envelope, bytes.fromhex(host))
        except (Refused, ValueError) as refused:
            fault = fault or str(refused)
    raise Stopped(f"this is no receipt of the log's host: {fault}", code=FOUND)


def hosts_of(log: Folder) -> list[str | None]:
    """The host's keys, the newest first, from a folder of log files: of entry 0, and of the amendments (F22)."""
    sizes = log.numbers("tile/entries/000.p")
    bundle = log.read("tile/entries/000") or (log.read(f"tile/entries/000.p/{sizes[-1]}") if sizes else None)
    try:
        first = geneses.judge(entries.parse(tiles.unbundle(bundle or b"")[0]).envelope).host_key
        return [*reversed(list(later_hosts(log))), first]
    except (Refused, IndexError, notes.Unreadable):
        raise Stopped(f"{log.path} does not hold the beginning of a log") from None


def later_hosts(log: Folder) -> Iterator[str]:
    """The keys that amendments gave the host, in order."""
    note = log.read(publications.CHECKPOINT)
    size = 0 if note is None else checkpoints.parse(notes.parse(note).text).size
    for tile in (each for each in tiles.of_size(size) if each.level is None):
        bundle = publications.held(log.read, tile.path()) or b""
        if AMENDED not in bundle:
            continue
        for leaf in tiles.unbundle(bundle):
            said = statements.parse(entries.parse(leaf).envelope.payload) if AMENDED in leaf else None
            if isinstance(said, AgreementAmended):
                yield said.host_key


def write(path: Path, state: State) -> None:
    """Keep the state."""
    seen = None if state.seen is None else {"size": state.seen.size, "root": state.seen.root}
    document = {
        "key": state.key,
        "last": state.last,
        "seen": seen,
        "signed": list(state.signed),
        "host": state.host,
    }
    try:
        secret_files.replace(path, json.dumps(document, indent=2) + "\n")
    except OSError as fault:
        raise Stopped(f"{path} cannot be written: {fault.strerror}") from None
