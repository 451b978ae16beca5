"""How a field is declared that another room answers.

Promise: no field of a type has a resolver here. A field with arguments needs a function to declare them, and that
function is never called: its body raises `AnsweredByReading`, so that a mistake in the wiring is loud.
Elsewhere: the answers, `reading`; the acts, `schema.mutations`.
"""

import strawberry


class AnsweredByReading(Exception):
    """The executor reached a field that `reading` must answer."""


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None
