"""The family `key`: how a province's root key delegates and revokes the keys that act (F10)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ledger.shapes import Choice
from ledger.statements.bodies import At, AtOrNull, Body, DelegatedName, HashOrNull, PublicKey, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAdded(Body):
    """The root adds a key; the new key signs too, as proof of possession."""

    KIND: ClassVar[str] = "key.added"
    SIGNER: ClassVar[Signer] = Signer.ROOT

    name: DelegatedName
    public: PublicKey
    use: Annotated[str, Choice(("system", "officer"))]
    from_: At
    until: AtOrNull
    holder: HashOrNull  # commitment to who holds an officer's key; null for a system's


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked(Body):
    """The root revokes a key; what it signed since `since_claimed` is disputed."""

    KIND: ClassVar[str] = "key.revoked"
    SIGNER: ClassVar[Signer] = Signer.ROOT

    name: DelegatedName
    since_claimed: At
