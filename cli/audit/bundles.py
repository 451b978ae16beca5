"""Entry bundles as bytes: leaves with their lengths in front, read without believing anything.

Promise: `leaves` cuts a bundle into leaves; a bundle that does not end where a leaf ends is cut short, not guessed at.
Elsewhere: what a leaf must be, `ledger.entries`; what is wrong with it, `ledger.verifier`.
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping

from cli.audit.credentials import is_object


def leaves(bundle: bytes) -> list[bytes]:
    """The whole leaves of a bundle; empty where the lengths do not add up."""
    found: list[bytes] = []
    at = 0
    while at + 2 <= len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if end > len(bundle):
            return []
        found.append(bundle[at + 2 : end])
        at = end
    return found if at == len(bundle) else []


def statement_bodies(bundle: bytes) -> Iterator[Mapping[str, object]]:
    """What the bundle's statements say, where that can be read at all."""
    for leaf in leaves(bundle):
        try:
            entry: object = json.loads(leaf)
            envelope = entry.get("env") if is_object(entry) else None
            payload = envelope.get("payload") if is_object(envelope) else None
            body: object = json.loads(b64decode(payload)) if isinstance(payload, str) else None
        except ValueError:
            continue
        if is_object(body):
            yield body
