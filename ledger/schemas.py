"""JSON Schemas of the statements, made from the table of kinds.

Promise: what a schema admits and `ledger.statements.parse` refuses is only what JSON Schema cannot say: the length of
the padded body, days that no calendar has, the JCS form.
Elsewhere: the table itself, `ledger.statements`.
"""

from ledger import shapes, statements
from ledger.canonical import JSON


def schema(kind: str) -> dict[str, JSON]:
    """The JSON Schema (2020-12) of a kind's body; KeyError for a kind that is not in the table."""
    found = shapes.object_schema(statements.body_shapes(statements.KINDS[kind]))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"/schemas/{kind}/v{statements.VERSION}.json",
        "title": kind,
        "description": f"Body of a statement of kind {kind}, signed as {statements.payload_type(kind)}",
        **found,
    }
