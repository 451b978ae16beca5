"""Free words: whether somebody can read them.

Promise: what passes has something to see in it, and nothing that moves a cursor.
Rules: by Unicode's general categories. Blanks and invisible characters may stand among others (a joiner within a name),
never alone; control characters may not stand anywhere. Where a text may have lines (the agreement's), line feeds and
tabs may; what turns the direction of letters around it may not, since it makes others see what is not there.
"""

import unicodedata
from typing import Final

_CONTROL: Final = "Cc"
_LAYOUT: Final = frozenset("\n\t")
_TURNING: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)  # all of Bidi_Control
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


def is_blank(text: str) -> bool:
    """Whether there is nothing to see."""
    return all(unicodedata.category(letter) in _INVISIBLE for letter in text)


def has_control(text: str) -> bool:
    """Whether a control character stands in it, a new line among them."""
    return any(unicodedata.category(letter) == _CONTROL for letter in text)


def misleading(text: str) -> str | None:
    """The first letter in a text of one or more lines that is no letter but moves or turns what stands around it."""
    return next((letter for letter in text if letter in _TURNING or _controls(letter)), None)


def _controls(letter: str) -> bool:
    return unicodedata.category(letter) == _CONTROL and letter not in _LAYOUT
