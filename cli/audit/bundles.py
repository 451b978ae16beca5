"""What a bundle's statements say, read without believing any of it.

Promise: whatever can be read is told, whatever cannot is passed over: a fetch only looks for files to bring along.
Elsewhere: what a leaf must be, `ledger.entries`; what is wrong with it, `ledger.verifier`.
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping

from cli.audit.credentials import is_object
from ledger import tiles


def statement_bodies(bundle: bytes) -> Iterator[Mapping[str, object]]:
    """What the bundle's statements say, where that can be read at all."""
    for leaf in tiles.unbundle(bundle):
        try:
            entry: object = json.loads(leaf)
            envelope = entry.get("env") if is_object(entry) else None
            payload = envelope.get("payload") if is_object(envelope) else None
            body: object = json.loads(b64decode(payload)) if isinstance(payload, str) else None
        except (ValueError, RecursionError):
            continue
        if is_object(body):
            yield body
