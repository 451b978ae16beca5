"""A prepared statement, examined before anybody signs it.

Promise: what comes out of `examine` is exactly what the payload says: bytes, id and every sealed fact were recomputed
here, and whatever the preparing side claimed about them was compared.
Rules: what cannot be read is never signed; a commitment that nobody opened is never signed; a body of another party or
key than the key in hand is never signed.
Elsewhere: asking the person, `cli.signing`; what a signer remembers between statements, `cli.signing_states`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import ledger.statements as said
from cli.audit.credentials import is_object
from cli.audit.endings import FOUND, Stopped
from cli.key_files import StatementKey
from ledger import canonical, commitments, envelopes
from ledger.canonical import JSON
from ledger.commitments import Opening
from ledger.rules import Refused

ANSWER: Final = ("data", "prepareStatement", "preparedStatement")


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A statement that may be shown and signed."""

    statement: said.ReferralStatement
    payload_type: str
    body: bytes
    statement_id: str
    facts: Mapping[str, JSON]


def examine(document: Mapping[str, object]) -> Examined:
    """Read a `PreparedStatement`, alone or as the whole answer to `prepareStatement`."""
    prepared = innermost(document)
    try:
        body = envelopes.strict_base64(word(prepared, "payload"))
        claimed = envelopes.strict_base64(word(prepared, "bytesToSign"))
    except ValueError as fault:
        raise Stopped(f"payload or bytesToSign: {fault}") from None
    statement = act(body)
    payload_type = said.payload_type(statement.KIND)
    if word(prepared, "payloadType") != payload_type:
        raise Stopped(f"payloadType is not {payload_type}, as a {statement.KIND} has", code=FOUND)
    if claimed != envelopes.pae(payload_type, body):
        raise Stopped("bytesToSign are not the bytes of this payload: somebody would sign something else", code=FOUND)
    statement_id = envelopes.statement_id(payload_type, body)
    if word(prepared, "statementId") != statement_id:
        raise Stopped("statementId is not the id of this payload", code=FOUND)
    return Examined(
        statement=statement,
        payload_type=payload_type,
        body=body,
        statement_id=statement_id,
        facts=opened(statement, prepared),
    )


def act(body: bytes) -> said.ReferralStatement:
    """The act in a body; governance has its own command."""
    try:
        statement = said.parse(body)
    except Refused as refused:
        raise Stopped(f"this cannot be read, so it is not signed: {refused}", code=FOUND) from None
    if isinstance(statement, said.GovernanceStatement):
        raise Stopped(f"{statement.KIND} is signed with `estafet keys`, not here")
    if isinstance(statement, said.HostOutage):
        raise Stopped(f"{statement.KIND} is the host's own to note")
    return statement


def opened(statement: said.ReferralStatement, prepared: Mapping[str, object]) -> dict[str, JSON]:
    """The sealed facts; every commitment in the body must be opened, and opened rightly."""
    sealed: Mapping[str, str] = getattr(statement, "sealed", {})
    listed = prepared.get("openings")
    try:
        found = [opening(each) for each in (listed if isinstance(listed, list) else [])]
        return commitments.open_all(sealed, found)
    except commitments.Mismatch as mismatch:
        raise Stopped(f"the sealed fact {mismatch}; it is not signed unseen", code=FOUND) from None


def opening(value: object) -> Opening:
    """One `{name, value, salt}`, its value being JSON text."""
    if not is_object(value):
        raise Stopped("an opening is not an object")
    try:
        content = canonical.decode(word(value, "value").encode())
        salt = bytes.fromhex(word(value, "salt"))
    except (canonical.NotCanonical, ValueError) as fault:
        raise Stopped(f"the opening of {word(value, 'name')} cannot be read: {fault}") from None
    return Opening(name=word(value, "name"), value=content, salt=salt)


def require_own(examined: Examined, key: StatementKey) -> None:
    """Stop unless the body was made for this very key."""
    statement = examined.statement
    if statement.party != key.party:
        raise Stopped(f"this is a statement of {statement.party}; the key is {key.party}'s", code=FOUND)
    if statement.key != key.name:
        raise Stopped(f"this was prepared for the key {statement.key}, not for {key.name}", code=FOUND)


def sealed_envelope(examined: Examined, key: StatementKey) -> str:
    """The envelope, signed."""
    require_own(examined, key)
    envelope = envelopes.seal(examined.payload_type, examined.body, [key.signing])
    return envelopes.encode(envelope).decode()


def innermost(document: Mapping[str, object]) -> Mapping[str, object]:
    """The prepared statement itself, out of whatever answer it came in."""
    value: object = document
    for name in ANSWER:
        if is_object(value) and name in value:
            value = value[name]
    if not is_object(value) or "payload" not in value:
        raise Stopped(
            "this is not a PreparedStatement: the service refused to prepare it, or fields were not asked for"
        )
    return value


def word(document: Mapping[str, object], name: str) -> str:
    """A member that must be text."""
    value = document.get(name)
    if not isinstance(value, str):
        raise Stopped(f"the prepared statement has no {name}; ask for it")
    return value
