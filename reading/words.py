"""The words in which `catalogue` says where each field of the public language is kept.

Promise: a field's place is said once, in data; no word does anything by itself.
Rules: a field that is not declared is the column of its own name or, where a type has no table, the attribute of its
own name. The target type is never said: the schema knows it. Every order ends in a column that is unique in its list,
and no column of an order may be NULL: a keyset has no place for it.
Elsewhere: what the words become, `planning`, `lists`, `conditions`, `reckonings` and `references`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Column, Table

T = TypeVar("T")
Order = tuple[tuple[Column[Any], bool], ...]  # column, descending?


@dataclass(frozen=True, slots=True)
class Kept:
    """a column, as it is"""

    column: Column[Any]


@dataclass(frozen=True, slots=True)
class Derived:
    """computed from columns of this row by the function that the asking brings under this name"""

    columns: tuple[Column[Any], ...]
    by: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """a part of what a column of this row seals under the key of the person whom another column names; `of` and the
    columns `bound` say what it is of, `listed` which scope more it needs in a list"""

    column: Column[Any]
    person: Column[Any]
    part: str
    of: str
    bound: tuple[Column[Any], ...] = ()
    listed: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """what was committed to by the statement that a column here names, under this name, from this table of openings:
    joined in, and sealed there; missing where it is not the asker's to see"""

    statement: Column[Any]
    name: str
    openings: Table


@dataclass(frozen=True, slots=True)
class Spans:
    """ranges kept in a column of this very row, as a list of objects that tell each one's two ends by these fields"""

    column: Column[Any]
    ends: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Same:
    """an object kept in this very row"""


@dataclass(frozen=True, slots=True)
class One:
    """a foreign key here: joined in; `to`: what it names there, where that is not the key of the type"""

    key: Column[Any]
    to: Column[Any] | None = None


@dataclass(frozen=True, slots=True)
class Only:
    """the one row there that points here, if it is there: joined in"""

    key: Column[Any]


@dataclass(frozen=True, slots=True)
class Latest:
    """the first row there that points here: joined in, lateral; without a key the first row of all"""

    key: Column[Any] | None
    order: Order


@dataclass(frozen=True, slots=True)
class Equal:
    """one column that equals one argument; an opaque id must be of the type `of`"""

    column: Column[Any]
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """one column that is the argument's instant or a later one"""

    column: Column[Any]


@dataclass(frozen=True, slots=True)
class Before:
    """one column that is an earlier instant than the argument's"""

    column: Column[Any]


@dataclass(frozen=True, slots=True)
class Ahead:
    """one column that is no further ahead of now than the argument's hours"""

    column: Column[Any]


@dataclass(frozen=True, slots=True)
class Through:
    """one column that equals an opaque id of the type `of`, whose row, with the key `seen`, the asker may see: a row
    that is hidden is no way to find out what points to it"""

    column: Column[Any]
    of: str
    seen: Column[Any]


Condition = Equal | Since | Before | Ahead | Through
Where = Mapping[str, "Condition | Where"]


@dataclass(frozen=True, slots=True)
class Own:
    """whatever is asked: one column names the asker's party"""

    column: Column[Any]


@dataclass(frozen=True, slots=True)
class Absent:
    """whatever is asked: one column is NULL"""

    column: Column[Any]


@dataclass(frozen=True, slots=True)
class AsOf:
    """the rows as they were at the instant in this argument, from this function; without it the table's own"""

    argument: str
    function: str


@dataclass(frozen=True, slots=True)
class Many:
    """rows there that point here: a list, one further statement"""

    key: Column[Any] | None
    order: Order
    where: Where = field(default_factory=dict)
    always: tuple[Own | Absent, ...] = ()
    as_of: AsOf | None = None


@dataclass(frozen=True, slots=True)
class Paged(Many):
    """... as a keyset connection"""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """at the root: one object that tells the instant in the argument `moment` and, in its list, the rows that this
    function reckons from all the arguments, in their order; those in `months` are days, told as the first of theirs"""

    function: str
    arguments: tuple[str, ...]
    moment: str
    months: tuple[str, ...]
    order: Order


@dataclass(frozen=True, slots=True)
class ById:
    """the object an opaque id names"""

    argument: str = "id"


@dataclass(frozen=True, slots=True)
class Asker:
    """who is asking: the attributes of `Asking`"""


@dataclass(frozen=True, slots=True)
class Handed:
    """given by an operation, not by the database: the attribute holds a key of the field's type, or None"""

    attribute: str


@dataclass(frozen=True, slots=True)
class Told:
    """given by an operation: a plain value, or an object or a list of objects of a type without a table.

    An element told as an interface names its type in its attribute `typename`.
    """

    attribute: str


@dataclass(frozen=True, slots=True)
class Happened:
    """an event of this topic: its payload tells where and when, and its object is read like any other"""

    topic: str


Place = (
    Kept | Derived | Sealed | Opened | Spans | Same | One | Only | Latest | Many | Paged
)  # in a row, or to be found from one
Word = Place | Reckoned | ById | Asker | Handed | Told | Happened


@dataclass(frozen=True, slots=True)
class Reading:
    """one type: its table, the column that its opaque id names, and where its fields are"""

    table: Table | None
    key: Column[Any] | None
    fields: Mapping[str, Word]
    hidden: bool = True  # row security may hide a row although another points to it


Catalogue = Mapping[str, Reading]


def kept(table: Table, key: Column[Any], /, **fields: Word) -> Reading:
    """rows of a party: what points to them may find nothing"""
    return Reading(table, key, fields)


def public(table: Table, key: Column[Any], /, **fields: Word) -> Reading:
    """rows that everybody may read"""
    return Reading(table, key, fields, hidden=False)


def told(**fields: Word) -> Reading:
    """no rows: an operation or the asking itself tells it"""
    return Reading(None, None, fields)


def reckoned(table: Table, /, **fields: Word) -> Reading:
    """rows that nobody keeps: a function reckons them"""
    return Reading(table, None, fields)


def there(value: T | None) -> T:
    """what the catalogue must have said: a missing word is a fault of ours, never of a request"""
    if value is None:
        raise TypeError("the catalogue does not say enough")
    return value


def newest(column: Column[Any], tie: Column[Any]) -> Order:
    return ((column, True), (tie, True))


def rising(*columns: Column[Any]) -> Order:
    return tuple((column, False) for column in columns)


def same(column: Column[Any], of: str | None = None) -> Equal:
    return Equal(column, of)
