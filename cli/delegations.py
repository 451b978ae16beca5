"""Delegations and revocations as signed envelopes, and entering them.

Promise: what a root says is signed here in the one form that the log admits.
Elsewhere: the command, `cli.keys`; the judge, `ledger.admissions` through `operations.governance`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from cli import desks
from cli.audit.endings import FOUND, Stopped
from cli.audit.folders import Folder
from cli.key_files import StatementKey
from database.addresses import Address
from database.transaction import HOST, transaction
from ledger import envelopes, statements
from ledger.envelopes import Envelope
from ledger.rules import Refused
from ledger.statements import KeyAdded, KeyRevoked
from operations import governance
from operations.refusals import Rejected
from settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every statement stands on."""

    log: str
    agreement: str
    at: datetime


Made: TypeAlias = Envelope
Making: TypeAlias = Callable[[Ground], Made]


def require_root(root: StatementKey, party: str) -> None:
    """Only a province's own root speaks for its keys."""
    if not root.name.endswith("/root"):
        raise Stopped(f"{root.name} is not a root key")
    if root.party != party:
        raise Stopped(f"the root key is {root.party}'s, the other key {party}'s", code=FOUND)


def added(ground: Ground, root: StatementKey, key: StatementKey, days: int | None) -> Made:
    """`key.added`, by the root and by the key itself."""
    statement = KeyAdded(
        log=ground.log,
        agreement=ground.agreement,
        party=root.party,
        key=root.name,
        key_prev=None,
        seen=None,
        claimed_at=ground.at,
        name=key.name,
        public=key.public,
        use="system",
        from_=ground.at,
        until=None if days is None else ground.at + timedelta(days=days),
        holder=None,
    )
    return sealed(statement, root, key)


def revoked(ground: Ground, root: StatementKey, name: str, since: datetime) -> Made:
    """`key.revoked`, by the root."""
    statement = KeyRevoked(
        log=ground.log,
        agreement=ground.agreement,
        party=root.party,
        key=root.name,
        key_prev=None,
        seen=None,
        claimed_at=ground.at,
        name=name,
        since_claimed=since,
    )
    return sealed(statement, root)


def sealed(statement: KeyAdded | KeyRevoked, *signers: StatementKey) -> Made:
    """The statement in its envelope; one that has no form is told as such."""
    try:
        body = statements.encode(statement)
    except (Refused, ValueError) as refused:
        raise Stopped(f"this cannot be said: {refused}") from None
    return envelopes.seal(statements.payload_type(statement.KIND), body, [each.signing for each in signers])


def write(path: Path, envelope: Made) -> None:
    """The envelope in a file."""
    Folder(path.parent).write(path.name, envelopes.encode(envelope) + b"\n")


def read(path: Path) -> Envelope:
    """An envelope from a file."""
    try:
        return envelopes.decode(path.read_bytes())
    except OSError as fault:
        raise Stopped(f"{path}: {fault.strerror}") from None
    except Refused as refused:
        raise Stopped(f"{path}: {refused}") from None


async def enter(told: Settings, address: Address, making: Making) -> int:
    """Have it entered; returns the entry's index."""
    async with desks.desk(told, address) as desk:
        async with transaction(desk.databases.app, HOST) as tx:
            at = tx.at
        envelope = making(Ground(log=desk.origin, agreement=desk.agreement.sha256, at=at))
        try:
            statement = statements.parse(envelope.payload)
        except Refused as refused:
            raise Stopped(str(refused), code=FOUND) from None
        if isinstance(statement, KeyAdded):
            answer = await governance.add_key(desk, envelope)
        elif isinstance(statement, KeyRevoked):
            answer = await governance.revoke_key(desk, envelope)
        else:
            raise Stopped(f"{statement.KIND} is not entered with `estafet keys`", code=FOUND)
    if isinstance(answer, Rejected):
        raise desks.refused(answer)
    return answer.index
