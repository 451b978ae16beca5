"""Objects that are found by their key: by an opaque id, or because an operation handed the key over.

Promise: `node`, `case(id:)`, payloads and `me` are one thing: a row in hand with a key, then one statement by key for
each type that can occur.
Rules: a type that a document does not speak of (it asks only what the interface has) costs no scope: without that
type's scope its objects are simply not found. An element told as an interface says its type: its attribute
`typename`, or else the name of its class.
Elsewhere: who hands over, `schema.handing` and `operations`; reading the levels, `rows`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    assert_object_type,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_non_null_type,
)
from sqlalchemy import any_

from . import ids, values
from .forms import formed, optional, optional_items
from .levels import OWN, Followed, Given, Handing, Level
from .selections import Details, name_of, object_type, scopes_of, snake
from .shapes import Choice, Constant, Object, Reference, Rows, Shape, Single
from .words import ById, Handed, Happened, Told, there

if TYPE_CHECKING:
    from .planning import Planner


def possible(planner: Planner, named: GraphQLNamedType) -> list[GraphQLObjectType]:
    if is_abstract_type(named):
        return list(planner.selections.schema.get_possible_types(named))
    return [assert_object_type(named)]


# -- by id -------------------------------------------------------------------------------------------------------------
def by_id(planner: Planner, key: str, said: GraphQLField, details: Details, word: ById) -> Single:
    site, _ = planner.site(said, details)
    keys = {
        name: reading.key.type.python_type for name, reading in planner.catalogue.items() if reading.key is not None
    }

    def named(given: Given, _: list[object]) -> list[tuple[int, object]]:
        found = ids.opened(given.arguments[site][word.argument])
        return [(0, found)] if found is not None and found.kind in keys else []

    level = planner.handing(None, named)
    kind = level.take("kind", str)
    own = level.take("itself", lambda found: ids.typed(found.key, keys[found.kind]))
    item = reference(planner, "", said.type, details, level, own, kind)
    return Single(key=key, nullable=optional(said), level=level.number, by=None, item=item)


def reference(
    planner: Planner, key: str, said: Any, details: Details, level: Handing, own: int, kind: int | None
) -> Reference:
    named = get_named_type(said)
    options = tuple(option(planner, named, type_, details, level, own, kind) for type_ in possible(planner, named))
    return Reference(key=key, nullable=not is_non_null_type(said), id=own, kind=kind, options=options)


def option(
    planner: Planner, named: GraphQLNamedType, type_: GraphQLObjectType, details: Details,
    parent: Handing, own: int, kind: int | None,
) -> tuple[str, int, Object]:  # fmt: skip
    level = by_key(planner, type_, parent, own, (kind, type_.name) if kind is not None else None)
    here = there(level.base)
    spoken_of = speaks_of(planner, named, type_, details)
    if not spoken_of:
        level.scopes = scopes_of(type_)
    made = planner.object(type_, "", details, level, here, nullable=True, own_scopes=spoken_of)
    return type_.name, level.number, made


def by_key(planner: Planner, type_: GraphQLNamedType, parent: Handing, own: int, kind: tuple[int, str] | None) -> Level:
    level = planner.alternative(parent, own, kind)
    here = level.base = planner.table(type_).alias()
    level.keyed = here.c[planner.key(type_).key or ""]
    level.where = [level.keyed == any_(level.keys(level.keyed))]
    level.take(here, level.keyed.key or "")
    return level


def speaks_of(planner: Planner, named: GraphQLNamedType, type_: GraphQLObjectType, details: Details) -> bool:
    """is more asked of this type than the interface has?"""
    if not isinstance(named, GraphQLInterfaceType):
        return True
    asked = {name_of(d) for d in planner.selections.under(type_, details).values()}
    return bool(asked - set(named.fields) - {"__typename"})


# -- in hand -----------------------------------------------------------------------------------------------------------
def payload(planner: Planner, key: str, said: GraphQLField, details: Details) -> Single:
    """what the operation behind one root field of a mutation handed over, under its response key"""
    level = planner.handing(None, lambda given, _: [(0, given.handed[key])] if key in given.handed else [])
    return in_hand(planner, key, said, details, level)


def happened(
    planner: Planner, key: str, said: GraphQLField, details: Details, root: GraphQLObjectType
) -> Single:  # fmt: skip
    """an event, handed over under the response key; its object is looked for even if the document leaves it out"""
    word = planner.catalogue[root.name].fields[snake(name_of(details))]
    if not isinstance(word, Happened):
        raise TypeError(f"{root.name}.{key} is no event")
    site, _ = planner.site(said, details)
    level = planner.handing(None, lambda given, _: [(0, given.handed[key])])
    shape = in_hand(planner, key, said, details, level)
    found = [each for each in planner.levels if isinstance(each, Level) and each.parent is level]
    seen = found[0] if found else unspoken(planner, object_type(said), level)
    planner.followed = Followed(key=key, topic=word.topic, site=site, level=seen.number)
    return shape


def unspoken(planner: Planner, payload: GraphQLObjectType, parent: Handing) -> Level:
    """a level that tells nothing of the payload's one object but that it may be seen"""
    [(name, attribute)] = [
        (n, w.attribute) for n, w in planner.reading(payload).fields.items() if isinstance(w, Handed)
    ]
    type_ = get_named_type(payload.fields[name].type)
    kind = planner.key(type_).type.python_type
    return by_key(planner, type_, parent, parent.take(attribute, lambda value: ids.handed(value, kind)), None)


def asker(planner: Planner, key: str, said: GraphQLField, details: Details) -> Single:
    return in_hand(planner, key, said, details, planner.handing(None, lambda given, _: [(0, given.asking)]))


def in_hand(planner: Planner, key: str, said: GraphQLField, details: Details, level: Handing) -> Single:
    named = object_type(said)
    by = None if level.parent is None else OWN
    item = handed_object(planner, named, key, details, level)
    return Single(key=key, nullable=optional(said), level=level.number, by=by, item=item)


def handed_object(planner: Planner, type_: GraphQLObjectType, key: str, details: Details, level: Handing) -> Object:
    planner.scopes |= scopes_of(type_)
    planner.costs[level.sizes] += 1
    asked = planner.selections.under(type_, details)
    fields = tuple(handed_field(planner, type_, k, d, level) for k, d in asked.items())
    return Object(key=key, nullable=False, fields=fields)


def handed_field(planner: Planner, type_: GraphQLObjectType, key: str, details: Details, level: Handing) -> Shape:
    name = name_of(details)
    if name == "__typename":
        return Constant(key=key, value=type_.name)
    said = planner.said(type_, name, level.sizes)
    match planner.word(type_, name):
        case Handed(attribute):
            named = get_named_type(said.type)
            kind = planner.key(named).type.python_type
            own = level.take(attribute, lambda value: ids.handed(value, kind))
            return reference(planner, key, said.type, details, level, own, None)
        case Told(attribute):
            return told(planner, type_, key, said, details, attribute, level)
        case word:
            raise TypeError(f"{type_.name}.{name}: {word} needs a table")


def told(
    planner: Planner, type_: GraphQLObjectType, key: str, said: GraphQLField, details: Details,
    attribute: str, level: Handing,
) -> Shape:  # fmt: skip
    named = get_named_type(said.type)
    if is_leaf_type(named):
        return formed(type_, key, said, level.take(attribute, values.told), absent=True)
    if not isinstance(get_nullable_type(said.type), GraphQLList):
        return in_hand(planner, key, said, details, planner.handing(level, nested(attribute)))
    child = planner.handing(level, nested(attribute))
    types = possible(planner, named)
    absent = optional_items(said)
    item: Object | Choice
    if is_abstract_type(named):
        kind = child.take("itself", lambda e: getattr(e, "typename", type(e).__name__))
        options = tuple((t.name, handed_object(planner, t, "", details, child)) for t in types)
        item = Choice(key="", nullable=absent, kind=kind, options=options)
    else:
        item = handed_object(planner, types[0], "", details, child)
    return Rows(key=key, nullable=optional(said), level=child.number, by=OWN, item=item)


def nested(attribute: str) -> Callable[[Given, list[object]], list[tuple[int, object]]]:
    """the objects in this attribute, each with the number of the one that has it"""

    def objects(_: Given, above: list[object]) -> list[tuple[int, object]]:
        found = [(n, getattr(o, attribute)) for n, o in enumerate(above)]
        return [
            (n, e)
            for n, value in found
            for e in (value if isinstance(value, list | tuple) else [] if value is None else [value])
        ]

    return objects
