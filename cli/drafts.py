"""Drafts: a statement on its way between those who must sign it, each on a machine of their own.

Promise: what is passed around is one body and the signatures over it so far, each under its key's name; nobody signs a
body that was not shown to them, and a signature that does not verify is not taken in.
Rules: a draft names the public half of each key that has signed, which is believed only where the body itself names it;
whether it is the register's is the log's to judge when the statement is entered. Signatures given side by side are
joined; over another body they are not.
Elsewhere: the commands, `cli.keys` and `cli.founding`; who must sign what, docs/ledger-format.md F7, F9 and F10.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias

from cli.audit import credentials
from cli.audit.endings import FOUND, Stopped
from cli.audit.folders import Folder
from cli.key_files import StatementKey
from ledger import envelopes, keys, statements
from ledger.envelopes import Envelope
from ledger.rules import Refused
from ledger.statements import AgreementAdopted, AgreementAmended, KeyAdded, KeyRevoked, RootReplaced

Signable: TypeAlias = AgreementAdopted | AgreementAmended | RootReplaced | KeyAdded | KeyRevoked
VERSION: Final = 1
_FORUM: Final = (AgreementAmended, RootReplaced)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One key's, with the public half that it verifies under."""

    public: str
    made: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A statement and the signatures over it so far, by the names of their keys."""

    statement: Signable
    body: bytes
    signatures: Mapping[str, Signature] = field(default_factory=dict)

    @property
    def payload_type(self) -> str:
        """The type under which it is signed."""
        return statements.payload_type(self.statement.KIND)

    @property
    def id(self) -> str:
        """The statement's id: the same on every machine that it comes to."""
        return envelopes.statement_id(self.payload_type, self.body)

    def missing(self) -> list[str]:
        """The names of the keys that have yet to sign."""
        return [name for name in due(self.statement) if name not in self.signatures]


def due(statement: Signable) -> dict[str, str | None]:
    """Which keys the body says must sign, in the order of their signatures; and their public halves, where it says so.

    Of what the forum says, the body does not know who the parties are: that is for the log to judge.
    """
    match statement:
        case AgreementAdopted(parties=parties):
            return {f"{founder.party}/root": founder.root_key for founder in parties}
        case KeyAdded(key=root, name=name, public=public):
            return {str(root): None, name: public}
        case KeyRevoked(key=root):
            return {str(root): None}
        case RootReplaced(replaced=party, root_key=public):
            return {f"{party}/root": public}
        case AgreementAmended():
            return {}


def may(statement: Signable, name: str) -> bool:
    """Whether this key can be one of those that sign."""
    return name in due(statement) or (isinstance(statement, _FORUM) and name.endswith("/root"))


def new(statement: Signable) -> Draft:
    """A draft that nobody has signed; what has no form is told as such."""
    try:
        return Draft(statement=statement, body=statements.encode(statement))
    except (Refused, ValueError) as refused:
        raise Stopped(f"this cannot be said: {refused}") from None


def signed(draft: Draft, key: StatementKey) -> Draft:
    """The draft with this key's signature."""
    _require_due(draft, key.name, key.public)
    message = envelopes.pae(draft.payload_type, draft.body)
    return _with(draft, key.name, Signature(public=key.public, made=key.signing.sign(message).signature))


def joined(drafts: Sequence[Draft]) -> Draft:
    """One draft with the signatures of all."""
    whole = drafts[0]
    for each in drafts[1:]:
        if each.body != whole.body:
            raise Stopped("these are drafts of different statements", code=FOUND)
        for name, signature in each.signatures.items():
            whole = _with(whole, name, signature)
    return whole


def envelope(draft: Draft) -> Envelope:
    """What is entered, once all have signed."""
    if missing := draft.missing():
        raise Stopped(f"not signed yet by {', '.join(missing)}", code=FOUND)
    order = sorted(draft.signatures) if isinstance(draft.statement, _FORUM) else due(draft.statement)
    made = tuple(draft.signatures[name].made for name in order)
    if not made:
        raise Stopped("nobody has signed it yet", code=FOUND)
    return Envelope(payload_type=draft.payload_type, payload=draft.body, signatures=made)


def write(path: Path, draft: Draft) -> None:
    """The draft in a file, in the place of an earlier one."""
    document = {
        "draft": VERSION,
        "payloadType": draft.payload_type,
        "payload": base64.b64encode(draft.body).decode(),
        "signatures": [
            {"key": name, "public": each.public, "sig": base64.b64encode(each.made).decode()}
            for name, each in draft.signatures.items()
        ],
    }
    Folder(path.parent).write(path.name, json.dumps(document, indent=2).encode() + b"\n")


def is_draft(path: Path) -> bool:
    """Whether a file holds a draft, and not an envelope."""
    return "draft" in credentials.object_in(path)


def read(path: Path) -> Draft:
    """The draft in a file, each of its signatures verified."""
    document = credentials.object_in(path)
    try:
        if document["draft"] != VERSION or not isinstance(document["signatures"], list):
            raise ValueError("it is of another version")
        body = envelopes.strict_base64(credentials.word(document, "payload"))
        statement = statements.parse(body)
        if not isinstance(statement, Signable):
            raise Stopped(f"{path}: {statement.KIND} is not signed here")
        draft = Draft(statement=statement, body=body)
        if document["payloadType"] != draft.payload_type:
            raise ValueError("it is typed as something else")
        for each in map(credentials.members, document["signatures"]):
            made = envelopes.strict_base64(credentials.word(each, "sig"))
            signature = Signature(public=credentials.word(each, "public"), made=made)
            draft = _with(draft, credentials.word(each, "key"), signature)
        return draft
    except KeyError as missing:
        raise Stopped(f"{path}: {missing.args[0]} is missing; this is not a draft") from None
    except (ValueError, Refused) as fault:
        raise Stopped(f"{path}: {fault}") from None


def _with(draft: Draft, name: str, signature: Signature) -> Draft:
    _require_due(draft, name, signature.public)
    keys.verified(bytes.fromhex(signature.public), signature.made, envelopes.pae(draft.payload_type, draft.body))
    return replace(draft, signatures={**draft.signatures, name: signature})


def _require_due(draft: Draft, name: str, public: str) -> None:
    """Only who must sign can, and with the very key that the body names."""
    wanted = due(draft.statement)
    if not may(draft.statement, name):
        raise Stopped(f"{name} does not sign this; due are {', '.join(wanted) or 'roots'}", code=FOUND)
    if wanted.get(name) not in (None, public):
        raise Stopped(f"the key of {name} is another one than the statement names", code=FOUND)
