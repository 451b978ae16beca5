"""Shapes: what a field of a body may hold, said once.

Promise: the strict reader, the writer and the JSON Schema of a field come from the same object, so they cannot differ.
Rules (F7): `read` raises `ValueError` naming the field; nothing is coerced, nothing unknown is let through.
Elsewhere: which fields a kind has, `ledger.statements`; the schema documents, `ledger.schemas`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Generic, Protocol, TypeVar, get_args

from ledger import instants
from ledger.canonical import JSON, LARGEST

T = TypeVar("T")


class Shape(Protocol):
    """What one field may hold."""

    def read(self, value: JSON, path: str) -> object: ...
    def write(self, value: object) -> JSON: ...
    def schema(self) -> dict[str, JSON]: ...


@dataclass(frozen=True, slots=True)
class Text:
    """A string that matches a pattern from end to end."""

    pattern: str
    form: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "form", re.compile(self.pattern.removeprefix("^").removesuffix("$"), re.ASCII))

    def read(self, value: JSON, path: str) -> object:
        # fullmatch, not match with "$": "$" also matches before a final newline.
        if not isinstance(value, str) or self.form.fullmatch(value) is None:
            raise ValueError(f"{path} does not match {self.pattern}")
        return value

    def write(self, value: object) -> JSON:
        return _text(value)

    def schema(self) -> dict[str, JSON]:
        return matching(self.pattern)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a short list of words."""

    words: tuple[str, ...]

    def read(self, value: JSON, path: str) -> object:
        if not isinstance(value, str) or value not in self.words:
            raise ValueError(f"{path} is not one of {' '.join(self.words)}")
        return value

    def write(self, value: object) -> JSON:
        return _text(value)

    def schema(self) -> dict[str, JSON]:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer from `least` to 2^53 - 1."""

    least: int

    def read(self, value: JSON, path: str) -> object:
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= LARGEST:
            raise ValueError(f"{path} is not an integer from {self.least} to 2^53 - 1")
        return value

    def write(self, value: object) -> JSON:
        if not isinstance(value, int):
            raise TypeError(f"not an integer: {value!r}")
        return value

    def schema(self) -> dict[str, JSON]:
        return {"type": "integer", "minimum": self.least, "maximum": LARGEST}


@dataclass(frozen=True, slots=True)
class Exactly:
    """One integer and no other."""

    number: int

    def read(self, value: JSON, path: str) -> object:
        if isinstance(value, bool) or value != self.number:  # True == 1 in Python, and is not 1 in JSON
            raise ValueError(f"{path} is not {self.number}")
        return value

    def write(self, value: object) -> JSON:
        return self.number

    def schema(self) -> dict[str, JSON]:
        return {"const": self.number}


@dataclass(frozen=True, slots=True)
class Boolean:
    """true or false."""

    def read(self, value: JSON, path: str) -> object:
        if not isinstance(value, bool):
            raise ValueError(f"{path} is not true or false")
        return value

    def write(self, value: object) -> JSON:
        return bool(value)

    def schema(self) -> dict[str, JSON]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Instant:
    """RFC 3339 UTC, whole seconds, Z."""

    def read(self, value: JSON, path: str) -> object:
        if not isinstance(value, str):
            raise ValueError(f"{path} is not an instant")
        try:
            return instants.parse(value)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error

    def write(self, value: object) -> JSON:
        if not isinstance(value, datetime):
            raise TypeError(f"not an instant: {value!r}")
        return instants.spell(value)

    def schema(self) -> dict[str, JSON]:
        return matching(instants.PATTERN)


@dataclass(frozen=True, slots=True)
class Nullable:
    """The shape, or null."""

    of: Shape

    def read(self, value: JSON, path: str) -> object:
        return None if value is None else self.of.read(value, path)

    def write(self, value: object) -> JSON:
        return None if value is None else self.of.write(value)

    def schema(self) -> dict[str, JSON]:
        return {"anyOf": [self.of.schema(), {"type": "null"}]}


@dataclass(frozen=True, slots=True)
class Null:
    """null and nothing else."""

    def read(self, value: JSON, path: str) -> object:
        if value is not None:
            raise ValueError(f"{path} is not null")
        return None

    def write(self, value: object) -> JSON:
        return None

    def schema(self) -> dict[str, JSON]:
        return {"type": "null"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of `least` to `most` members of one shape; read as a tuple."""

    of: Shape
    least: int
    most: int

    def read(self, value: JSON, path: str) -> object:
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            raise ValueError(f"{path} is not a list of {self.least} to {self.most} members")
        return tuple(self.of.read(member, f"{path}[{number}]") for number, member in enumerate(value))

    def write(self, value: object) -> JSON:
        if not isinstance(value, tuple):
            raise TypeError(f"not a tuple: {value!r}")
        return [self.of.write(member) for member in value]

    def schema(self) -> dict[str, JSON]:
        return {"type": "array", "items": self.of.schema(), "minItems": self.least, "maxItems": self.most}


@dataclass(frozen=True, slots=True)
class Sealed:
    """Commitments, one under each name of the kind, always all of them; read as a mapping of name to hex."""

    names: tuple[str, ...]

    def read(self, value: JSON, path: str) -> object:
        return read_object(value, dict.fromkeys(self.names, HASH), path)

    def write(self, value: object) -> JSON:
        if not isinstance(value, Mapping) or set(value) != set(self.names):
            raise TypeError(f"not the commitments {' '.join(self.names)}: {value!r}")
        return {name: _text(value[name]) for name in self.names}

    def schema(self) -> dict[str, JSON]:
        return object_schema(dict.fromkeys(self.names, HASH))


@dataclass(frozen=True, slots=True)
class Record(Generic[T]):
    """An object with the fields of a dataclass whose annotations carry their shapes."""

    of: type[T]

    def read(self, value: JSON, path: str) -> object:
        return build(self.of, read_object(value, shapes_of(self.of), path))

    def write(self, value: object) -> JSON:
        if not isinstance(value, self.of):
            raise TypeError(f"not a {self.of.__name__}: {value!r}")
        return {name: shape.write(getattr(value, name)) for name, shape in shapes_of(self.of).items()}

    def schema(self) -> dict[str, JSON]:
        return object_schema(shapes_of(self.of))


HASH = Text("^[0-9a-f]{64}$")


def matching(pattern: str) -> dict[str, JSON]:
    """The JSON Schema of a text that matches a pattern from end to end, a last line feed not let through.

    JSON Schema means the `$` of ECMAScript, which is the end; that of Python also stands before a last line feed.
    """
    return {"type": "string", "pattern": pattern.removesuffix("$") + "(?!\\n)$"}


def read_object(value: JSON, shapes: Mapping[str, Shape], path: str) -> dict[str, object]:
    """Read an object that has exactly these fields."""
    if not isinstance(value, dict):
        raise ValueError(f"{path or 'the body'} is not an object")
    if value.keys() != shapes.keys():
        odd = sorted(value.keys() ^ shapes.keys())
        raise ValueError(f"{path or 'the body'} lacks or must not have: {' '.join(odd)[:200]}")
    return {name: shape.read(value[name], f"{path}.{name}" if path else name) for name, shape in shapes.items()}


def object_schema(shapes: Mapping[str, Shape]) -> dict[str, JSON]:
    """The JSON Schema of an object with exactly these fields."""
    return {
        "type": "object",
        "properties": {name: shape.schema() for name, shape in shapes.items()},
        "required": list(shapes),
        "additionalProperties": False,
    }


def shapes_of(of: type[object]) -> dict[str, Shape]:
    """The shapes that a dataclass's `Annotated` fields carry, by the field's name in JSON."""
    found: dict[str, Shape] = {}
    for each in fields(of):  # type: ignore[arg-type]  # `of` is a dataclass, which a type variable cannot say
        shape: Shape = get_args(each.type)[1]
        found[each.name.rstrip("_")] = shape  # `from_` is `from`: a word that Python keeps for itself
    return found


def build(of: type[T], values: Mapping[str, object]) -> T:
    """A value of a dataclass from what its shapes have read.

    Not `of(**values)`: the type checker could only take that on faith through Any. The shapes have given every value
    its type, and the generated `__init__` would do nothing but these assignments.
    """
    made = object.__new__(of)
    for each in fields(of):  # type: ignore[arg-type]  # as above
        object.__setattr__(made, each.name, values[each.name.rstrip("_")])
    return made


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not text: {value!r}")
    return value
