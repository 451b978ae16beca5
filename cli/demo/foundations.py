"""How the demo's log begins: ten roots adopt the agreement, each delegates to a system key, clients are registered.

Promise: what a forum would do over weeks on paper is done here in the same statements, with keys made on the spot.
Rules: the origin says that it is a demo, so that its log can never pass for a real one.
Elsewhere: the operations, `operations.governance` and `auth.clients`; the files that tell of it, `cli.demo.files`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from typing import Final

from nacl.signing import SigningKey

import auth.clients
import auth.keys
from casework import agreements
from casework.agreements import Agreement
from cli import key_files
from cli.demo.offices import require
from cli.key_files import StatementKey
from database.engines import Databases
from database.transaction import HOST, transaction
from ledger import envelopes, keys, notes, statements
from ledger.envelopes import Envelope
from ledger.quorums import Policy
from ledger.statements import AgreementAdopted, Founder, KeyAdded, Statement
from operations import governance
from operations.desks import Desk

ORIGIN: Final = "demo.estafet.invalid/"
AUDITOR: Final = "auditor"
PROVINCE_SCOPES: Final = (
    *("cases:read", "cases:write", "identity:read", "identity:list", "identity:write"),
    *("referrals:read", "referrals:write", "handovers:release", "handovers:receive", "schema:read"),
    *("obligations:read", "obligations:write", "events:read"),
)
AUDITOR_SCOPES: Final = ("ledger:read", "schema:read", "obligations:read", "events:read")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecrets:
    """A client as its own software knows it."""

    client_id: str
    party: str
    scopes: tuple[str, ...]
    client_jwk: Mapping[str, str] = field(repr=False)
    dpop_jwk: Mapping[str, str] = field(repr=False)


def new_origin() -> str:
    """An origin for one demo."""
    return ORIGIN + secrets.token_hex(8)


def agreement() -> Agreement:
    """The agreement's data as it ships."""
    return agreements.parse((resources.files("casework") / "data" / "fkd-mpu-2025.json").read_bytes())


async def adopt(desk: Desk, log: SigningKey, roots: Mapping[str, StatementKey], at: datetime, policy: Policy) -> None:
    """Entry 0, signed by all roots in byte order of party."""
    genesis = AgreementAdopted(
        log=desk.origin,
        agreement=desk.agreement.sha256,
        party="FORUM",
        key=None,
        key_prev=None,
        seen=None,
        claimed_at=at,
        log_vkey=notes.key_of(desk.origin, log).spell(),
        host_key=keys.public_of(desk.host),
        parties=tuple(Founder(party=code, root_key=roots[code].public) for code in sorted(roots)),
        witnesses=tuple(key.spell() for key in policy.witnesses),
        quorum=policy.quorum,
    )
    require(await governance.adopt_agreement(desk, signed(genesis, [roots[code].signing for code in sorted(roots)])))


async def delegate(desk: Desk, root: StatementKey, key: StatementKey, at: datetime) -> None:
    """A province's root adds its system key, which signs too."""
    added = KeyAdded(
        log=desk.origin,
        agreement=desk.agreement.sha256,
        party=root.party,
        key=root.name,
        key_prev=None,
        seen=None,
        claimed_at=at,
        name=key.name,
        public=key.public,
        use="system",
        from_=at,
        until=None,
        holder=None,
    )
    require(await governance.add_key(desk, signed(added, [root.signing, key.signing])))


def signed(statement: Statement, signers: list[SigningKey]) -> Envelope:
    """An envelope around a statement."""
    return envelopes.seal(statements.payload_type(statement.KIND), statements.encode(statement), signers)


async def register(databases: Databases, parties: tuple[str, ...]) -> dict[str, ClientSecrets]:
    """A client for each province, and one for the auditor; by the name of its file."""
    made = {code: client(f"demo-{code.lower()}", code, PROVINCE_SCOPES) for code in parties}
    made[AUDITOR] = client("demo-auditor", "AUDITOR:demo", AUDITOR_SCOPES)
    async with transaction(databases.auth, HOST) as tx:
        for name, each in made.items():
            await auth.clients.add(
                tx.connection,
                client_id=each.client_id,
                party=each.party,
                name=f"Demo {name}",
                keys=[auth.keys.public(each.client_jwk)],
                scopes=each.scopes,
                purposes=["audit" if name == AUDITOR else "case-management"],
                at=tx.at,
            )
    return made


def client(client_id: str, party: str, scopes: tuple[str, ...]) -> ClientSecrets:
    """Fresh keys for a client."""
    private = key_files.private_jwk(SigningKey.generate())
    return ClientSecrets(
        client_id=client_id,
        party=party,
        scopes=scopes,
        client_jwk=private | {"kid": auth.keys.public(private)["kid"]},
        dpop_jwk=key_files.private_jwk(SigningKey.generate()),
    )
