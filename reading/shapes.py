"""The shape of an answer: what a writer needs to know, and nothing about SQL or GraphQL documents.

Promise: a writer needs nothing but this and the rows.
Rules: rows come as one list per level; a shape says which slot of which level's row stands under which response key.
`loose`: this value may be missing although the language says non-null, so the writer must look.
Elsewhere: who makes shapes, `planning`; who writes from them, `writers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Form(Enum):
    PLAIN = "as it is"
    ID = "opaque id of the type `detail`"
    NAME = "one of `names`, told by its name"
    LIST = "a list, each element as it is"
    NAMES = "a list, each element one of `names`, told by its name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    key: str
    value: str
    loose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """of a range: the lower one, or the upper one"""

    key: str
    upper: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    key: str
    nullable: bool
    slot: int
    form: Form = Form.PLAIN
    detail: str = ""
    names: tuple[tuple[str, str], ...] = ()  # the word that is kept, and the name
    absent: bool = False  # the slot may hold NULL
    gaps: bool = False  # elements of the list may be null

    @property
    def loose(self) -> bool:
        return not self.nullable and (self.absent or self.form not in (Form.PLAIN, Form.ID))


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """computed from these slots by the function of this name"""

    key: str
    nullable: bool
    slots: tuple[int, ...]
    by: str

    @property
    def loose(self) -> bool:
        return not self.nullable


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """a part of what this slot seals, opened with the number in the slot `trail`; it may always be missing"""

    key: str
    trail: int
    person: int
    slot: int
    of: str
    bound: tuple[int, ...]
    part: str
    names: tuple[tuple[str, str], ...]
    loose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """the ranges in this slot, each as an object of constants and of its ends, of which none may be missing"""

    key: str
    nullable: bool
    slot: int
    parts: tuple[Constant | End, ...]

    @property
    def loose(self) -> bool:
        return not self.nullable and any(isinstance(part, End) for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """an object in the same row; `present` is the slot of its key where the join may find nothing"""

    key: str
    nullable: bool
    fields: tuple[Shape, ...]
    present: int | None = None

    @property
    def loose(self) -> bool:
        return not self.nullable and (self.present is not None or any(f.loose for f in self.fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """an object in the same row, of the type that the slot `kind` names"""

    key: str
    nullable: bool
    kind: int
    options: tuple[tuple[str, Object], ...]

    @property
    def loose(self) -> bool:
        return not self.nullable


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """an object of a level of its own, found by the key in slot `id`; `kind` is the slot with its type's name"""

    key: str
    nullable: bool
    id: int
    kind: int | None
    options: tuple[tuple[str, int, Object], ...]  # type, its level, its object

    @property
    def loose(self) -> bool:
        return not self.nullable


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """the first row of a level: of all, or of those whose key is in the parent's slot `by`"""

    key: str
    nullable: bool
    level: int
    by: int | None
    item: Object | Reference

    @property
    def loose(self) -> bool:
        return not self.nullable


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    key: str
    nullable: bool
    level: int
    by: int | None  # slot of the parent's key in the parent's row; None: at the root
    item: Object | Choice

    @property
    def loose(self) -> bool:
        return not self.nullable and self.item.loose


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    key: str
    slots: tuple[int, ...]
    name: str  # of the list: a cursor opens nowhere else
    loose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    key: str
    nullable: bool
    nodes: tuple[Constant | Cursor | Object, ...]

    @property
    def loose(self) -> bool:
        return not self.nullable and any(n.loose for n in self.nodes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """one fact of a page: a constant, a cursor at one end, or whether more rows lie beyond"""

    key: str
    value: str | None = None
    end: int | None = None  # 0: first row's cursor, -1: last row's
    more: bool = False  # the look-ahead row tells
    beyond: int | None = None  # ... or this level has a row for our key


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    key: str
    facts: tuple[Fact, ...]
    slots: tuple[int, ...]
    name: str
    loose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    key: str
    level: int
    loose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    key: str
    nullable: bool
    level: int
    by: int | None
    parts: tuple[Constant | Edges | Info | Count, ...]

    @property
    def loose(self) -> bool:
        return not self.nullable and any(p.loose for p in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """answered by graphql-core (introspection)"""

    key: str
    loose: bool = False


Shape = Constant | Leaf | Derived | Sealed | Spans | Object | Choice | Reference | Single | Rows | Page | Fixed
