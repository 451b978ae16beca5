"""Every field of the language has a place, and every place fits its field."""

import dataclasses

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_non_null_type

from reading.asking import Asking
from reading.catalogue import CATALOGUE
from reading.forms import optional
from reading.selections import snake
from reading.words import (
    Asker,
    ById,
    Derived,
    Handed,
    Happened,
    Kept,
    Latest,
    Many,
    One,
    Only,
    Opened,
    Reckoned,
    Same,
    Spans,
    Told,
)
from schema.handing import Handed as HandedOver
from tests.reading.asked import PLAIN

MADE_BY_PAGES = ("Connection", "Edge", "PageInfo")
OBJECTS = [
    t
    for t in PLAIN.type_map.values()
    if isinstance(t, GraphQLObjectType) and not t.name.startswith("__") and not t.name.endswith(MADE_BY_PAGES)
]
FIELDS = [(t, name) for t in OBJECTS if t.name != "Mutation" for name in t.fields]


@pytest.mark.parametrize(("type_", "name"), FIELDS, ids=[f"{t.name}.{n}" for t, n in FIELDS])
def test_every_field_of_the_schema_has_its_place(type_: GraphQLObjectType, name: str) -> None:
    reading = CATALOGUE[type_.name]
    said = type_.fields[name]
    leaf = is_leaf_type(get_named_type(said.type))
    match reading.fields.get(snake(name)):
        case None if reading.table is not None and name == "id":
            assert reading.key is not None
        case None if reading.table is not None:
            assert leaf
            column = reading.table.c[snake(name)]
            assert optional(said) or not column.nullable, "the column may be NULL, the field may not"
        case None | Told():
            assert reading.table is None
        case Kept(column):
            assert leaf
            assert optional(said) or not column.nullable
        case Derived(columns):
            assert leaf
            assert all(column.table is reading.table for column in columns)
        case Opened(statement, _, openings):
            assert leaf
            assert optional(said), "an opening may be hidden"
            assert statement.table is reading.table
            assert {"statement", "name", "value"} <= set(openings.c.keys())
        case Spans(column, ends):
            assert column.table is reading.table
            assert list(getattr(get_named_type(said.type), "fields", ())) == list(ends)
        case Handed() | Happened() | ById() | Asker() | Same() | Reckoned() | One() | Only() | Latest() | Many():
            assert not leaf


def test_no_word_is_about_a_field_that_is_not_there() -> None:
    unknown = [
        f"{type_}.{field}"
        for type_, reading in CATALOGUE.items()
        for field in reading.fields
        if field not in {snake(name) for name in getattr(PLAIN.type_map.get(type_), "fields", {})}
    ]
    assert unknown == []


def test_every_order_is_total_and_without_gaps() -> None:
    """A page that ends between two rows of one place would lose or repeat one of them."""
    orders = [
        (name, field, word.order)
        for name, reading in CATALOGUE.items()
        for field, word in reading.fields.items()
        if isinstance(word, Many | Latest)
    ]
    assert orders
    for name, field, order in orders:
        assert not any(column.nullable for column, _ in order), f"{name}.{field}"
        last = order[-1][0]
        assert last.primary_key or last.unique, f"{name}.{field}"


def test_what_row_security_may_hide_is_nullable_where_it_crosses_provinces() -> None:
    crossing = ("case", "conditionAtRelease", "conditionAtReceipt", "preview", "latestHandover", "latestReferral")
    told = [(t.name, n) for t, n in FIELDS if n in crossing and t.name in ("Case", "Referral", "Handover")]
    assert len(told) == len(crossing)
    assert all(not is_non_null_type(PLAIN.type_map[t].fields[n].type) for t, n in told)  # type: ignore[attr-defined]  # objects, by FIELDS


def test_what_is_handed_over_has_the_attributes_that_are_told() -> None:
    handed = {f.name for f in dataclasses.fields(HandedOver)}
    payloads = [CATALOGUE[t.name] for t in OBJECTS if t.name.endswith("Payload")]
    words = [w.attribute for p in payloads for w in p.fields.values() if isinstance(w, Handed)]
    assert words
    assert set(words) | {"errors", "prepared_statement"} <= handed
    asking = {f.name for f in dataclasses.fields(Asking)}
    told = {snake(name) for name in PLAIN.type_map["Me"].fields} - {"party_code"}  # type: ignore[attr-defined]  # an object
    assert told <= asking
