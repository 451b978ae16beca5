"""The file a client is given: who it is, where it asks, and its private keys.

Promise: `read` gives complete credentials or stops with the file's name and what is wrong with it.
Rules: no private value is ever part of a message or of a `repr`.
Elsewhere: registering clients, `cli.clients`; the token endpoint, `auth`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

from nacl.signing import SigningKey

from cli.audit.connections import checked
from cli.audit.endings import Stopped
from ledger import keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """One OAuth client."""

    issuer: str
    client_id: str
    party: str
    scopes: tuple[str, ...]
    kid: str | None
    client_key: SigningKey = field(repr=False)
    proof_key: SigningKey = field(repr=False)


def read(path: Path) -> Credentials:
    """Credentials from a file such as DATA/demo/clients/ID-JK.json."""
    document = object_in(path)
    try:
        scopes = document["scopes"]
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise ValueError("scopes is not a list of words")
        client_jwk = members(document["client_jwk"])
        return Credentials(
            issuer=checked(word(document, "issuer")),
            client_id=word(document, "client_id"),
            party=word(document, "party"),
            scopes=tuple(scopes),
            kid=word(client_jwk, "kid") if "kid" in client_jwk else None,
            client_key=private_key(client_jwk),
            proof_key=private_key(members(document["dpop_jwk"])) if "dpop_jwk" in document else SigningKey.generate(),
        )
    except KeyError as missing:
        raise Stopped(f"{path}: {missing.args[0]} is missing; this is not a client's file") from None
    except ValueError as fault:
        raise Stopped(f"{path}: {fault}") from None


def object_in(path: Path) -> Mapping[str, object]:
    """The JSON object in a file."""
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise Stopped(f"{path}: {fault.strerror}") from None
    except (ValueError, RecursionError):
        raise Stopped(f"{path} is not JSON") from None
    if not is_object(document):
        raise Stopped(f"{path} is not a JSON object")
    return document


def private_key(jwk: Mapping[str, object]) -> SigningKey:
    """An Ed25519 signing key from a private JWK."""
    members = {name: value for name, value in jwk.items() if isinstance(value, str)}
    try:
        return keys.read_private({**members})[0]
    except keys.NotAKey as fault:
        raise ValueError(str(fault)) from None


def word(document: Mapping[str, object], name: str) -> str:
    """A member that must be text."""
    value = document[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not text")
    return value


def members(value: object) -> Mapping[str, object]:
    """A member that must be an object."""
    if not is_object(value):
        raise ValueError("a key is not a JSON object")
    return value


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)
