"""A province's office as the demo plays it: prepares, signs with its own key, sends; through the real operations.

Promise: no act of a demo takes another way than a real one: prepared, examined, signed, entered, refused if illegal.
Rules: an office links each statement to its last one, and to the newest checkpoint it was shown.
Elsewhere: which acts, `cli.demo.histories`; the operations, `operations`.
"""

import base64
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from auth.principals import Principal
from cli.audit.endings import Stopped
from cli.key_files import StatementKey
from ledger import envelopes
from operations import preparing
from operations.desks import Desk
from operations.preparations import Prepared, SeenInput, SignerInput, StatementInput
from operations.refusals import Rejected
from operations.results import Done
from operations.submissions import OpeningInput, SubmissionInput

Act: TypeAlias = Callable[[Desk, Principal, SubmissionInput], Awaitable[Done | Rejected]]
T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Office:
    """One province: who it is to the service, and the key it signs with."""

    by: Principal
    key: StatementKey
    last: str | None = None

    async def act(self, desk: Desk, act: Act, given: StatementInput, *, version: int, seen: SeenInput | None) -> Done:
        """Prepare a statement, sign it, and have it entered."""
        signer = SignerInput(key=self.key.name, key_prev=self.last, seen=seen)
        found = require(await preparing.prepare_statement(desk, self.by, signer=signer, given=given))
        prepared = require_kind(found, Prepared).statement
        body = base64.b64decode(prepared.payload)
        envelope = envelopes.seal(prepared.payload_type, body, [self.key.signing])
        submission = SubmissionInput(
            idempotency_key=secrets.token_hex(16),
            expected_version=version,
            envelope=envelopes.encode(envelope).decode(),
            openings=tuple(OpeningInput(name=o.name, value=o.value, salt=o.salt) for o in prepared.openings),
        )
        done = require_kind(require(await act(desk, self.by, submission)), Done)
        self.last = prepared.statement_id
        return done


def require(answer: T | Rejected) -> T:
    """The answer, or the end of the demo: what was written here must be legal."""
    if isinstance(answer, Rejected):
        raise Stopped("the demo's history was refused: " + "; ".join(error.message for error in answer.errors))
    return answer


def require_kind(answer: object, kind: type[T]) -> T:
    """The answer as what it must be."""
    if not isinstance(answer, kind):
        raise TypeError(f"expected {kind.__name__}, not {type(answer).__name__}")
    return answer


def principal(party: str) -> Principal:
    """A province to its own service, as its client's token would say."""
    client = f"demo-{party.lower()}"
    return Principal(subject=client, party=party, client_id=client, scopes=frozenset(), purpose="case-management")
