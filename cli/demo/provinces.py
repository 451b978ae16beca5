"""A province's own software as the story plays it: asks over HTTP with a real token, signs what it examined.

Promise: nothing is signed here that `estafet sign` would not sign; a refusal by the service stops the story in its own
words.
Rules: each statement names the one this key signed before it in the story. `seen` stays null: a story is too short to
have verified an earlier checkpoint. Every receipt is kept, to be held against the log at the end.
Elsewhere: the client, `cli.audit.clients`; the examination, `cli.prepared`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cli import prepared
from cli.audit.clients import Client
from cli.audit.endings import FOUND, Stopped
from cli.demo import documents
from cli.demo.answers import rows, walk, word
from cli.key_files import StatementKey
from cli.prepared import Examined
from ledger import envelopes, sentences
from ledger.envelopes import Envelope
from ledger.sentences import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What became of a signed act."""

    answer: object
    examined: Examined

    @property
    def sentence(self) -> Sentence:
        """What was signed."""
        return sentences.sentence(self.examined.statement)


@dataclass(slots=True, kw_only=True)
class Province:
    """One province: its client and its statement key."""

    client: Client
    key: StatementKey
    last: str | None = None
    receipts: list[Envelope] = field(default_factory=list)

    @property
    def code(self) -> str:
        """Which province."""
        return self.key.party

    def ask(self, document: str, variables: Mapping[str, object]) -> object:
        """The data of an answer; errors at the top stop the story."""
        answer = self.client.graphql(document, variables)
        if answer.get("errors"):
            told = "; ".join(word(error, "message") for error in rows(answer, "errors"))
            raise Stopped(f"{self.code} was refused: {told}", code=FOUND)
        return answer["data"]

    def do(self, document: str, mutation: str, given: Mapping[str, object]) -> object:
        """The payload of an act that is no statement."""
        fields = {"idempotencyKey": secrets.token_hex(16), **given}
        return self._payload(self.ask(document, {"input": fields}), mutation)

    def sign(self, mutation: str, member: str, facts: Mapping[str, object], *, version: int) -> Acted:
        """Prepare, examine, sign, send."""
        signer = {"key": self.key.name, "keyPrev": self.last, "seen": None}
        asked = {"input": {member: {**facts, "signer": signer}}}
        payload = self._payload(self.ask(documents.PREPARE, asked), "prepareStatement")
        ready = walk(payload, "preparedStatement")
        if not isinstance(ready, dict):
            raise Stopped("the service prepared nothing")
        examined = prepared.examine(ready)
        answer = self.do(
            documents.act(mutation),
            mutation,
            {
                "expectedVersion": version,
                "envelope": prepared.sealed_envelope(examined, self.key),
                "openings": ready["openings"],
            },
        )
        self.last = examined.statement_id
        self.receipts.append(envelopes.decode(word(answer, "entry", "receipt").encode()))
        return Acted(answer=answer, examined=examined)

    def _payload(self, data: object, mutation: str) -> object:
        payload = walk(data, mutation)
        errors = rows(payload, "errors")
        if errors:
            told = "; ".join(f"{word(error, 'code')}: {word(error, 'message')}" for error in errors)
            raise Stopped(f"{self.code}: {mutation} was refused: {told}", code=FOUND)
        return payload
