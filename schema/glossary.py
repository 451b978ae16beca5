"""The glossary read, and laid over the schema as descriptions.

Promise: every type, field, argument, value and directive is described in Indonesian and English, from one file.
Rules: a name is looked up as `Type.field`, then as the word alone (`.field`): the same word means the same everywhere.
Elsewhere: the words themselves, `glossary.toml`; of categories, `casework.categories`, and duties, `casework.duties`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

import casework.categories
import casework.duties

WORDS = Path(__file__).with_name("glossary.toml")
Glossary = Mapping[str, str]


class Described(Protocol):
    description: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """One thing that a reader of the schema may ask about, with the names under which the glossary may explain it."""

    names: tuple[str, ...]
    thing: Described


def read(path: Path = WORDS) -> Glossary:
    """`name -> "Indonesian / English"`; a table `[Type]` holds its fields, `[words]` the words that stand alone."""
    told: dict[str, str] = {}
    for table, words in tomllib.loads(path.read_text(encoding="utf-8")).items():
        prefix = "" if table in {"types", "directives"} else ("." if table == "words" else f"{table}.")
        for word, (indonesian, english) in words.items():
            told[prefix + word] = f"{indonesian} / {english}"
    for category, listed in casework.categories.LIST.items():
        told[f"Category.{category.name}"] = f"{listed.label} / {listed.label_en}"
    for duty in casework.duties.DUTIES:
        told[f"ObligationKind.{duty.kind.name}"] = f"{duty.label}. / {duty.label_en}."
    return told


def places(schema: GraphQLSchema) -> Iterator[Place]:
    for named in schema.type_map.values():
        if not is_introspection_type(named) and not is_specified_scalar_type(named):
            yield Place((named.name,), named)
            yield from _members(named)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield Place((f"@{directive.name}",), directive)
            for name, argument in directive.args.items():
                yield Place((f"@{directive.name}.{name}",), argument)


def _members(named: GraphQLNamedType) -> Iterator[Place]:
    if isinstance(named, GraphQLEnumType):
        for name, value in named.values.items():
            yield Place((f"{named.name}.{name}",), value)
    elif isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield Place((f"{named.name}.{name}", f".{name}"), field)
    elif isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        for name, told in named.fields.items():
            yield Place((f"{named.name}.{name}", f".{name}"), told)
            for key, argument in told.args.items():
                yield Place((f"{named.name}.{name}.{key}", f".{key}"), argument)


def describe(schema: GraphQLSchema, glossary: Glossary) -> None:
    for place in places(schema):
        place.thing.description = next((glossary[name] for name in place.names if name in glossary), None)


def unused(schema: GraphQLSchema, glossary: Glossary) -> set[str]:
    """Words that explain nothing any more."""
    used = (next((name for name in place.names if name in glossary), None) for place in places(schema))
    return set(glossary) - set(used)
