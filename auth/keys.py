"""The authorization server's own signing keys, and the making of private keys for clients.

Promise: the first key of the file signs; every key in it still verifies; a key that left the file is refused.
Rules: the file is a JWK Set of private Ed25519 keys, mode 0600, replaced as a whole and synced, so that a crash leaves
the old or the new one. Running servers read the file at their start, so a rotation has three steps: `announce` puts a
new key behind the one that signs, so that all servers verify what none signs yet; `activate` lets it sign; `retire`
leaves it alone, once tokens of the old one have ended. A step out of turn changes nothing.
Elsewhere: the keys of provinces that sign statements, `ledger.keys`; nothing here signs evidence.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from joserfc import jwk
from joserfc.errors import JoseError

from auth import algorithms, secret_files
from auth.algorithms import PublicKey

_KINDS: Final[Mapping[str, tuple[str, str | int]]] = {
    "Ed25519": ("OKP", "Ed25519"),
    "ES256": ("EC", "P-256"),
    "PS256": ("RSA", 2048),
}


_ACTIVATED: Final = "activated"  # beside the key that signs, until the one before it is retired


class KeysUnusable(ValueError):
    """A key file that cannot be used; `str()` says why and never shows its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeys:
    """The server's keys, newest first."""

    signing: jwk.Key
    public: tuple[PublicKey, ...]

    def published(self) -> dict[str, list[dict[str, str]]]:
        """The JWK Set anyone may read."""
        return {"keys": [key.told() for key in self.public]}

    def by_kid(self, kid: object) -> PublicKey | None:
        """The key of this name, if it is still in use."""
        return next((key for key in self.public if key.kid == kid), None)


def generate(alg: str = "Ed25519") -> dict[str, str]:
    """A new private JWK, named by its thumbprint."""
    kind, parameter = _KINDS[alg]
    document = jwk.JWKRegistry.generate_key(kind, parameter, private=True).as_dict(private=True)
    made = {name: value for name, value in document.items() if isinstance(value, str)}
    return {**made, "kid": public(made)["kid"], "alg": alg, "use": "sig"}


def public(document: Mapping[str, str]) -> dict[str, str]:
    """The public half of a private JWK."""
    halves = {name: value for name, value in document.items() if name in ("kty", "crv", "x", "y", "n", "e", "kid")}
    return algorithms.admit(halves).told()


def create(path: Path) -> SigningKeys:
    """A first key file; one that exists is left alone and read."""
    if not path.exists():
        _write(path, [generate()])
    return load(path)


def announce(path: Path) -> SigningKeys:
    """A new key is published, and signs nothing yet."""
    held = _read(path)
    load(path)
    if len(held) != 1:
        raise KeysUnusable(f"{path.name}: a rotation is under way: activate, or retire first")
    _write(path, [*held, generate()])
    return load(path)


def activate(path: Path) -> SigningKeys:
    """The announced key signs from the next start on; the one before it still verifies."""
    held = _read(path)
    load(path)
    if len(held) != 2 or held[0].get(_ACTIVATED) is not None:
        raise KeysUnusable(f"{path.name}: no key was announced that does not sign yet")
    _write(path, [{**held[1], _ACTIVATED: "yes"}, held[0]])
    return load(path)


def retire(path: Path) -> SigningKeys:
    """Only the key that signs stays."""
    held = _read(path)
    load(path)
    if len(held) != 2 or held[0].get(_ACTIVATED) is None:
        raise KeysUnusable(f"{path.name}: there is no key that another has taken the place of")
    _write(path, [{name: value for name, value in held[0].items() if name != _ACTIVATED}])
    return load(path)


def load(path: Path) -> SigningKeys:
    """The keys of a file. Empty is an error."""
    documents = _read(path)
    try:
        pairs = [_pair(document) for document in documents]
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise KeysUnusable(f"{path.name}: needs private Ed25519 keys, each with its own public half") from error
    held = tuple(half for _, half in pairs)
    if len({key.kid for key in held}) != len(held):
        raise KeysUnusable(f"{path.name}: two keys have one name")
    return SigningKeys(signing=pairs[0][0], public=held)


def _pair(document: Mapping[str, str]) -> tuple[jwk.OKPKey, PublicKey]:
    """A private key and the public half written beside it: of another key, it would make tokens nobody can verify."""
    told = {name: value for name, value in document.items() if name != _ACTIVATED}
    private, half = jwk.OKPKey.import_key({**told}), algorithms.admit(public(document))
    if private.private_key is None or private.curve_name != "Ed25519":
        raise KeysUnusable("not a private Ed25519 key")
    if jwk.OKPKey.import_key(private.private_key.public_key()).thumbprint() != half.thumbprint:
        raise KeysUnusable("the halves of a key do not fit")
    return private, half


def _read(path: Path) -> list[dict[str, str]]:
    try:
        documents = json.loads(path.read_bytes())["keys"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise KeysUnusable(f"{path.name}: not readable as a JWK Set") from error
    if not isinstance(documents, list) or not documents or not all(isinstance(d, dict) for d in documents):
        raise KeysUnusable(f"{path.name}: holds no key")
    return documents


def _write(path: Path, documents: list[dict[str, str]]) -> None:
    secret_files.replace(path, json.dumps({"keys": documents}, indent=1))
