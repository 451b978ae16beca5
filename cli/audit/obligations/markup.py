"""HTML and SVG as text in which nothing from outside can become markup.

Promise: whatever is not made by `tag` is escaped, in texts and in attributes.
Elsewhere: the page, `cli.audit.obligations.pages`.
"""

import html
from typing import Final, TypeAlias


class Markup(str):
    """Text that is markup already: made by `tag` and `joined`, or a constant of this package."""

    __slots__ = ()


Child: TypeAlias = str | Markup | None
EMPTY: Final = frozenset(["meta", "input", "rect", "line", "path", "br"])


def tag(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Markup:
    """An element. Attributes that are None or False are left out; `class_` is class, `aria_label` is aria-label."""
    told = "".join(
        attribute(key, value) for key, value in attributes.items() if value is not None and value is not False
    )
    if name in EMPTY and not children:
        return Markup(f"<{name}{told}>" if name in ("meta", "input", "br") else f"<{name}{told}/>")
    return Markup(f"<{name}{told}>{joined(*children)}</{name}>")


def attribute(key: str, value: str | int | bool) -> str:
    """One attribute, with the space in front of it."""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'


def joined(*children: Child) -> Markup:
    """One after the other, escaped where they are not markup."""
    return Markup("".join(each if isinstance(each, Markup) else html.escape(each) for each in children if each))
