"""Free words: whether somebody can read them.

Promise: what passes has something to see in it, and nothing that moves a cursor.
Rules: by Unicode's general categories. Blanks and invisible characters may stand among others (a joiner within a name),
never alone; control characters may not stand anywhere.
"""

import unicodedata
from typing import Final

_CONTROL: Final = "Cc"
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


def is_blank(text: str) -> bool:
    """Whether there is nothing to see."""
    return all(unicodedata.category(letter) in _INVISIBLE for letter in text)


def has_control(text: str) -> bool:
    """Whether a control character stands in it, a new line among them."""
    return any(unicodedata.category(letter) == _CONTROL for letter in text)
