"""Delegations and revocations, and entering what was signed.

Promise: what a root says is put here in the one form that the log admits. An officer's name stands in the log as a
commitment only; what opens it is written to a file first, for without it nobody could ever tell whose key it was.
Elsewhere: the command, `cli.keys`; signing, `cli.drafts`; the judge, `ledger.admissions` through
`operations.governance`.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import func, or_, select

from auth import secret_files
from cli import desks, drafts
from cli.audit.endings import FOUND, Stopped
from cli.drafts import Draft
from cli.key_files import PublicHalf, StatementKey
from database.addresses import Address
from database.tables import register_key
from database.transaction import HOST, transaction
from ledger import commitments
from ledger.statements import AgreementAmended, KeyAdded, KeyRevoked, RootReplaced
from operations import governance
from operations.desks import Desk
from operations.refusals import Rejected
from settings import Settings

OFFICER_DAYS: Final = governance.OFFICER_DAYS
HOLDER: Final = "holder"
FORUM: Final = "FORUM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every statement stands on."""

    log: str
    agreement: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Where a statement stands now, and how many keys of its party can sign acts after it."""

    index: int
    party: str
    left: int | None  # None: said by no single party


Made: TypeAlias = Draft
Making: TypeAlias = Callable[[Ground], Made]


def require_root(root: PublicHalf | StatementKey, party: str) -> None:
    """Only a province's own root speaks for its keys."""
    if not root.name.endswith("/root"):
        raise Stopped(f"{root.name} is not a root key")
    if root.party != party:
        raise Stopped(f"the root key is {root.party}'s, the other key {party}'s", code=FOUND)


def officer(name: str | None, opening: Path | None, days: int | None) -> str | None:
    """The commitment to who holds an officer's key; what opens it is in the file before anything is signed."""
    if name is None:
        if opening is not None:
            raise Stopped("--opening goes with --officer")
        return None
    if opening is None:
        raise Stopped("--officer needs --opening: without what opens it nobody can ever tell whose key this was")
    if days is not None and days > OFFICER_DAYS:
        raise Stopped(f"an officer's key is for {OFFICER_DAYS} days at most")
    try:
        sealed, (made,) = commitments.seal({HOLDER: name}, lambda: secrets.token_bytes(commitments.SALT))
        text = json.dumps({"name": HOLDER, "value": json.dumps(name), "salt": made.salt.hex()}, indent=2)
        secret_files.put_new(opening, text + "\n")
    except commitments.Mismatch as fault:
        raise Stopped(str(fault)) from None
    except FileExistsError:
        raise Stopped(f"{opening} exists; it is not overwritten") from None
    except OSError as fault:
        raise Stopped(f"{opening} cannot be written: {fault.strerror}") from None
    return sealed[HOLDER]


def addition(
    ground: Ground, root: StatementKey, key: PublicHalf, days: int | None, holder: str | None = None
) -> KeyAdded:
    """`key.added`; with a holder it is an officer's."""
    lasting = days if days is not None or holder is None else OFFICER_DAYS
    return KeyAdded(
        log=ground.log,
        agreement=ground.agreement,
        party=root.party,
        key=root.name,
        key_prev=None,
        seen=None,
        claimed_at=ground.at,
        name=key.name,
        public=key.public,
        use="system" if holder is None else "officer",
        from_=ground.at,
        until=None if lasting is None else ground.at + timedelta(days=lasting),
        holder=holder,
    )


def revocation(ground: Ground, root: StatementKey, name: str, since: datetime) -> KeyRevoked:
    """`key.revoked`."""
    return KeyRevoked(
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


async def enter(told: Settings, address: Address, making: Making) -> Entered:
    """Have it entered."""
    async with desks.desk(told, address) as desk:
        async with transaction(desk.databases.app, HOST) as tx:
            at = tx.at
        draft = making(Ground(log=desk.origin, agreement=desk.agreement.sha256, at=at))
        envelope = drafts.envelope(draft)
        match draft.statement:
            case KeyAdded():
                answer = await governance.add_key(desk, envelope)
            case KeyRevoked():
                answer = await governance.revoke_key(desk, envelope)
            case RootReplaced():
                answer = await governance.replace_root(desk, envelope)
            case AgreementAmended():
                answer = await governance.amend_agreement(desk, envelope)
            case _:
                raise Stopped(f"{draft.statement.KIND} is not entered with `estafet keys`", code=FOUND)
        if isinstance(answer, Rejected):
            raise desks.refused(answer)
        party = draft.statement.party
        left = None if party == FORUM else await _left(desk, party)
        return Entered(index=answer.index, party=party, left=left)


async def _left(desk: Desk, party: str) -> int:
    """How many keys of a party can sign acts now."""
    key = register_key.c
    async with transaction(desk.databases.app, HOST) as tx:
        valid = (key.valid_from <= tx.at, or_(key.valid_until.is_(None), key.valid_until > tx.at))
        asked = select(func.count()).where(key.party == party, key.use.in_(["system", "officer"]), *valid)
        return int((await tx.connection.execute(asked.where(key.revoked_index.is_(None)))).scalar_one())
