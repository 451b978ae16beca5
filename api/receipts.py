"""What an entry tells beside its columns: the host's receipt, made when it is asked for, and the envelope as it came.

Promise: the receipt of an entry is the same bytes whenever it is made (Ed25519 is deterministic), so that none is kept
and none can be lost.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

import ledger.entries
from ledger import envelopes
from ledger.receipts import Receipt, sign
from operations.desks import Desk


def derivations(desk: Desk) -> Mapping[str, Callable[..., object]]:
    """The functions that `reading`'s catalogue names."""

    def receipt(statement: str, index: int, leaf: str, at: datetime) -> str:
        return receipt_of(desk, statement=statement, index=index, leaf=leaf, at=at)

    return {"receipt": receipt, "envelope": envelope_of}


def receipt_of(desk: Desk, *, statement: str, index: int, leaf: str, at: datetime) -> str:
    """A receipt as the JSON text of its DSSE envelope."""
    said = Receipt(log=desk.origin, statement=statement, index=index, leaf=leaf, at=at)
    return envelopes.encode(sign(said, desk.host)).decode()


def envelope_of(leaf: bytes) -> str:
    """The envelope in an entry, as the JSON text that was logged."""
    return envelopes.encode(ledger.entries.parse(bytes(leaf)).envelope).decode()
