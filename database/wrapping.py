"""The key-encryption keys: one for each province, one for the compartment, under which the keys of persons are wrapped.

Promise: a key of a person that is taken out of the key store is of no use without the key-encryption key of its owner;
wrapped for one person, owner and key, it is unwrapped for no other.
Rules: an owner has one key that wraps and, while it is being replaced, older ones that only unwrap. They are the
host's, in its key folder, never in a database.
Elsewhere: their files, `operations.wrapping_keys`; the wrapped keys, `database.vaults`.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from nacl.exceptions import CryptoError
from nacl.secret import Aead

from database.sealed import DataKey

COMPARTMENT = "COMPARTMENT"
Wrappings: TypeAlias = "Callable[[], Wrapping]"
"""The key-encryption keys as they are now: they may be renewed while a service runs."""
_PREFIX = "estafet/data-key/v1"


class Unwrappable(Exception):
    """A wrapped key that the key-encryption keys at hand do not unwrap; `str()` names its owner, no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    """One key-encryption key."""

    name: str  # 16 hex digits
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A person's key as it lies in the key store."""

    person: str
    owner: str
    kek: str
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """The key-encryption keys of a host, the newest of each owner first, and the key of its fingerprints."""

    owners: Mapping[str, tuple[Wrapper, ...]]
    fingerprints: bytes = field(repr=False)

    def wrap(self, key: DataKey, owner: str) -> Wrapped:
        wrapper = self._all(owner)[0]
        wrapped = bytes(Aead(wrapper.secret).encrypt(key.secret, _bound(key.person, owner, wrapper.name)))
        return Wrapped(person=key.person, owner=owner, kek=wrapper.name, wrapped=wrapped)

    def unwrap(self, wrapped: Wrapped) -> DataKey:
        """Raises `Unwrappable`."""
        wrapper = next((each for each in self._all(wrapped.owner) if each.name == wrapped.kek), None)
        if wrapper is None:
            raise Unwrappable(f"the key-encryption key {wrapped.kek} of {wrapped.owner} is not here")
        try:
            bound = _bound(wrapped.person, wrapped.owner, wrapped.kek)
            return DataKey(person=wrapped.person, secret=Aead(wrapper.secret).decrypt(wrapped.wrapped, bound))
        except CryptoError:
            raise Unwrappable(f"a key of {wrapped.owner} was altered or moved in the key store") from None

    def fingerprint(self, content: bytes) -> str:
        """Of what holds personal data: hex, to compare and to nothing else. A bare hash of an identity number could be
        found by trying them all."""
        return hmac.new(self.fingerprints, content, hashlib.sha256).hexdigest()

    def _all(self, owner: str) -> tuple[Wrapper, ...]:
        found = self.owners.get(owner)
        if not found:
            raise Unwrappable(f"there is no key-encryption key of {owner}")
        return found


def _bound(person: str, owner: str, kek: str) -> bytes:
    return f"{_PREFIX}\n{person}\n{owner}\n{kek}".encode()
