"""What a field's declaration says about its value: may it be null, is it a list, is it one of some names.

Promise: the schema is the only source of a value's form; a column's type decides nothing.
Elsewhere: what a writer does for each form, `writers`.
"""

from __future__ import annotations

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
)

from .shapes import Form, Leaf


def optional(said: GraphQLField) -> bool:
    return not is_non_null_type(said.type)


def optional_items(said: GraphQLField) -> bool:
    inner = get_nullable_type(said.type)
    return isinstance(inner, GraphQLList) and not is_non_null_type(inner.of_type)


def kept_word(value: object, name: str) -> str:
    """how a member is kept: by its value, which GraphQL may not be able to spell, else by its name"""
    return value if isinstance(value, str) else name


def formed(type_: GraphQLObjectType, key: str, said: GraphQLField, slot: int, *, absent: bool) -> Leaf:
    named = get_named_type(said.type)
    members = named.values if isinstance(named, GraphQLEnumType) else {}
    names = tuple((kept_word(member.value, name), name) for name, member in members.items())
    detail = type_.name if named.name == "ID" else ""
    if isinstance(get_nullable_type(said.type), GraphQLList):
        form = Form.NAMES if names else Form.LIST
    else:
        form = Form.NAME if names else Form.ID if detail else Form.PLAIN
    return Leaf(
        key=key, nullable=optional(said), slot=slot, form=form, detail=detail, names=names, absent=absent,
        gaps=optional_items(said),
    )  # fmt: skip
