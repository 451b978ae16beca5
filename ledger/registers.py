"""The register of keys: who may sign what, as of an index.

Promise: a key is what the log has said of it up to that index, and nothing else can add or revive one (V2, V3).
Rules: valid for `from` <= at < `until`; revoked once and for all; a name and a public key stand in it once.
Elsewhere: safe public keys, `ledger.keys`; the same records in rows, `database`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from ledger import instants
from ledger.rules import Code, Refused
from ledger.statements import (
    HOST_KEY,
    AgreementAdopted,
    AgreementAmended,
    KeyAdded,
    KeyRevoked,
    RootReplaced,
    Signer,
)


class Use(StrEnum):
    """What a key is for."""

    ROOT = "root"
    HOST = "host"
    SYSTEM = "system"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """What the log has said of a key."""

    name: str
    party: str
    public: bytes
    use: Use
    valid_from: datetime
    valid_until: datetime | None
    added_index: int
    revoked_index: int | None = None
    since_claimed: datetime | None = None

    def require_valid(self, at: datetime) -> None:
        """Raise `Refused` by V2 or V3 unless the key may still sign at that leaf's time."""
        if self.revoked_index is not None:
            raise Refused(Code.KEY_REVOKED, f"{self.name} was revoked by entry {self.revoked_index}")
        if at < self.valid_from or (self.valid_until is not None and at >= self.valid_until):
            raise Refused(Code.KEY_NOT_VALID_THEN, f"{self.name} is not valid at {instants.spell(at)}")

    def require_for(self, signer: Signer) -> None:
        """Raise `Refused` by V2 unless the key is of a use that signs this."""
        if self.use not in uses(signer):
            raise Refused(Code.KEY_MAY_NOT_SIGN, f"{self.name} is a key for {self.use}")

    def revoked(self, statement: KeyRevoked, index: int) -> "KeyRecord":
        """The record after its revocation."""
        return replace(self, revoked_index=index, since_claimed=statement.since_claimed)


def uses(signer: Signer) -> tuple[Use, ...]:
    """The uses of key that sign for a kind's signer; the forum signs with every root, and with no key of its own."""
    match signer:
        case Signer.ROOT | Signer.FORUM:
            return (Use.ROOT,)
        case Signer.PROVINCE:
            return (Use.SYSTEM, Use.OFFICER)
        case Signer.HOST:
            return (Use.HOST,)
        case _:
            assert_never(signer)


def records(
    statement: AgreementAdopted | AgreementAmended | RootReplaced | KeyAdded, *, index: int, at: datetime
) -> tuple[KeyRecord, ...]:
    """The keys that a statement brings into the register; those of a root and of the host take an old one's place."""
    if isinstance(statement, KeyAdded):
        added = KeyRecord(
            name=statement.name,
            party=statement.party,
            public=bytes.fromhex(statement.public),
            use=Use(statement.use),
            valid_from=statement.from_,
            valid_until=statement.until,
            added_index=index,
        )
        return (added,)
    match statement:
        case AgreementAmended(host_key=host):
            brought = [(HOST_KEY, "HOST", host, Use.HOST)]
        case RootReplaced(replaced=party, root_key=root):
            brought = [(f"{party}/root", party, root, Use.ROOT)]
        case AgreementAdopted(parties=parties, host_key=host):
            roots = [(f"{each.party}/root", each.party, each.root_key, Use.ROOT) for each in parties]
            brought = [*roots, (HOST_KEY, "HOST", host, Use.HOST)]
        case _:
            assert_never(statement)
    return tuple(
        KeyRecord(
            name=name,
            party=party,
            public=bytes.fromhex(public),
            use=use,
            valid_from=at,
            valid_until=None,
            added_index=index,
        )
        for name, party, public, use in brought
    )


@dataclass(frozen=True, slots=True)
class Register:
    """All keys as of an index."""

    keys: Mapping[str, KeyRecord] = field(default_factory=dict)
    publics: frozenset[bytes] = frozenset()

    def key(self, name: str | None) -> KeyRecord | None:
        """The key of a name."""
        return None if name is None else self.keys.get(name)

    def roots(self) -> dict[str, bytes]:
        """Each party's root."""
        return {record.party: record.public for record in self.keys.values() if record.use is Use.ROOT}

    def added(self, records: Iterable[KeyRecord]) -> "Register":
        """The register with these keys; a name that it has is another key's from now on, and the old one's for good."""
        new = {record.name: record for record in records}
        return Register({**self.keys, **new}, self.publics | {record.public for record in new.values()})

    def revoked(self, statement: KeyRevoked, index: int) -> "Register":
        """The register without trust in this key."""
        record = self.keys[statement.name].revoked(statement, index)
        return Register({**self.keys, record.name: record}, self.publics)
