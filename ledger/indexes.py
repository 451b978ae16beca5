"""An index: which number a key of fixed width has, a million keys in a few bytes beyond their own.

Promise: what a dictionary of bytes to numbers tells, at a quarter of the memory: keys lie in one row by number, and a
table of open slots finds them.
Rules: a key put again has its newest number. Slots are found by Python's own hash, which nobody outside can foresee: a
log whose ids were chosen to meet in one slot is no slower to audit.
Elsewhere: what is kept under the numbers, `ledger.histories` and `ledger.standings`.
"""

from array import array
from dataclasses import dataclass, field

NONE = 2**32 - 1  # no number: what a row of unsigned numbers holds where there is none
_FIRST = 1024


@dataclass(slots=True)
class Index:
    """Keys by number, and numbers by key."""

    width: int
    _keys: bytearray = field(default_factory=bytearray)
    _slots: "array[int]" = field(default_factory=lambda: array("I", bytes(4 * _FIRST)))  # number + 1; 0 is free
    _used: int = 0

    def __len__(self) -> int:
        """The number behind the largest."""
        return len(self._keys) // self.width

    def find(self, key: bytes) -> int | None:
        """The number of a key."""
        held = self._slots[self._slot(key)]
        return held - 1 if held else None

    def key(self, number: int) -> bytes:
        """The key of a number; zeros where it was left out."""
        return bytes(self._keys[number * self.width : (number + 1) * self.width])

    def put(self, key: bytes, number: int) -> None:
        """Give a key a number. Numbers may be left out."""
        start = number * self.width
        if start > len(self._keys):
            self._keys.extend(bytes(start - len(self._keys)))
        self._keys[start : start + self.width] = key
        slot = self._slot(key)
        if not self._slots[slot]:
            self._used += 1
        self._slots[slot] = number + 1
        if self._used * 3 > len(self._slots) * 2:
            self._widen()

    def _slot(self, key: bytes) -> int:
        """Where a key stands, or would stand."""
        slots, keys, width = self._slots, self._keys, self.width
        last = len(slots) - 1
        slot = hash(key) & last
        while (held := slots[slot]) and not keys.startswith(key, (held - 1) * width):
            slot = slot + 1 & last
        return slot

    def _widen(self) -> None:
        held = [number for number in self._slots if number]
        self._slots = array("I", bytes(8 * len(self._slots)))
        for number in held:
            self._slots[self._slot(self.key(number - 1))] = number
