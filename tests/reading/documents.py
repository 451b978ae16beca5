"""Documents as people write them and as nobody would: valid, within the limits, drawn at random.

Stock generators draw `edges` in a few per cent and `hasNextPage` hardly ever, no aliases and no merging; this one draws
aliases, one field twice with other arguments, merging, fragments, `@skip`, `@include`, `__typename` and variables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
)

DEEPEST = 9
TIMES = {  # in the middle of the world's times, at their ends, and far away
    "DateTime": ("2026-01-01T03:00:00Z", "2026-01-01T04:00:00+02:00", "2025-12-31T23:59:59Z", "2026-01-01T05:00:00.5Z",
                 "2026-06-01T00:00:00Z", "2099-01-01T00:00:00Z", "0001-01-01T00:00:01Z"),
    "Date": ("2025-11-30", "2025-12-31", "2026-01-01", "2026-02-28", "2030-01-01", "0001-01-01"),
}  # fmt: skip


@dataclass(slots=True)
class Author:
    schema: GraphQLSchema
    rnd: Random
    ids: Sequence[str]
    cursors: Sequence[str]
    fields: int = 40
    aliases: int = 12
    directives: int = 8
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict)  # type, value
    fragments: list[str] = field(default_factory=list)
    numbers: int = 0

    def document(self) -> tuple[str, dict[str, Any]]:
        query = self.schema.query_type
        assert query is not None
        selection = self.selection(query, 0)
        declared = ", ".join(f"${name}: {type_}" for name, (type_, _) in self.variables.items())
        head = f"query Q({declared}) " if declared else self.rnd.choice(["", "query ", "query Q "])
        values = {name: value for name, (_, value) in self.variables.items()}
        return "\n".join([head + selection, *self.fragments]), values

    def other_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """the same document, asked again with other values, some of them null or not there"""
        told = dict(values)
        for name, (type_, _) in self.variables.items():
            chance = self.rnd.random()
            if type_ == "Boolean!":
                told[name] = chance < 0.5
            elif type_ == "Int":
                told[name] = self.size()
            elif not type_.endswith("!") and chance < 0.3:
                told.pop(name, None)
            elif not type_.endswith("!") and chance < 0.5:
                told[name] = None
        return told

    def size(self) -> int:
        return self.rnd.choice([0, 1, 1, 2, 2, 3, 5, 100])

    def new(self, stem: str) -> str:
        self.numbers += 1
        return f"{stem}{self.numbers}"

    # -- selections ------------------------------------------------------------------------------------------------
    def selection(self, type_: GraphQLNamedType, depth: int) -> str:
        if isinstance(type_, GraphQLInterfaceType):
            return self.of_interface(type_, depth)
        assert isinstance(type_, GraphQLObjectType)
        parts = [p for name in self.chosen(type_, depth) for p in self.field(type_, name, depth)]
        if self.rnd.random() < 0.15 or not parts:
            parts.insert(self.rnd.randint(0, len(parts)), self.aliased("__typename"))
        if depth > 0 and len(parts) > 1 and self.rnd.random() < 0.3:
            parts = self.grouped(type_, parts)
        return "{ " + " ".join(parts) + " }"

    def of_interface(self, type_: GraphQLInterfaceType, depth: int) -> str:
        possible = list(self.schema.get_possible_types(type_))
        kinds = self.rnd.sample(possible, min(len(possible), self.rnd.randint(1, 3)))
        parts = [f"... on {k.name} {self.selection(k, depth)}" for k in kinds]
        if self.rnd.random() < 0.5:
            parts.insert(self.rnd.randint(0, len(parts)), "id __typename")
        return "{ " + " ".join(parts) + " }"

    def chosen(self, type_: GraphQLObjectType, depth: int) -> list[str]:
        names = []
        page = {"edges", "cursor", "endCursor"} & set(type_.fields)
        for name in self.rnd.sample(list(type_.fields), len(type_.fields)):
            leaf = is_leaf_type(get_named_type(type_.fields[name].type))
            likely = 0.6 if page else 0.45 if depth == 0 else 0.3
            if self.rnd.random() < likely and self.fields > 0 and (leaf or depth < DEEPEST - 1):
                self.fields -= 1
                names.append(name)
        return names

    def field(self, type_: GraphQLObjectType, name: str, depth: int) -> list[str]:
        said: GraphQLField = type_.fields[name]
        target = get_named_type(said.type)
        below = "" if is_leaf_type(target) else " " + self.selection(target, depth + 1)
        asked = self.arguments(said)
        head = self.aliased(name) + asked
        made = [head + self.switch() + below]
        if said.args and self.aliases > 0 and self.rnd.random() < 0.3:
            self.aliases -= 1
            made.append(f"{self.new('again')}: {name}{self.arguments(said)}{below}")
        if below and self.rnd.random() < 0.15:  # the same key twice: to be merged
            made.append(head + " { __typename }")
        return made

    def aliased(self, name: str) -> str:
        if self.aliases <= 0 or self.rnd.random() > 0.12:
            return name
        self.aliases -= 1
        return f"{self.new('alias')}: {name}"

    def switch(self) -> str:
        if self.directives <= 0 or self.rnd.random() > 0.08:
            return ""
        self.directives -= 1
        value = self.rnd.choice(["true", "false", "$on", "$on", "$off"])
        if value.startswith("$"):
            self.variables.setdefault(value[1:], ("Boolean!", value == "$on"))
        return f" @{self.rnd.choice(['skip', 'include'])}(if: {value})"

    def grouped(self, type_: GraphQLObjectType, parts: list[str]) -> list[str]:
        """some neighbours moved into a fragment"""
        low = self.rnd.randrange(len(parts) - 1)
        high = self.rnd.randint(low + 1, len(parts))
        inner = "{ " + " ".join(parts[low:high]) + " }"
        if self.rnd.random() < 0.5:
            name = self.new("Part")
            self.fragments.append(f"fragment {name} on {type_.name} {inner}")
            again = [f"...{name}"] if self.rnd.random() < 0.2 else []
            return [*parts[:low], f"...{name}{self.switch()}", *parts[high:], *again]
        on = f" on {type_.name}" if self.rnd.random() < 0.7 else ""
        return [*parts[:low], f"...{on}{self.switch()} {inner}", *parts[high:]]

    # -- arguments -------------------------------------------------------------------------------------------------
    def arguments(self, said: GraphQLField) -> str:
        if not said.args:
            return ""
        names = [n for n, a in said.args.items() if is_non_null_type(a.type) or self.rnd.random() < 0.3]
        if "first" in said.args:
            names = [n for n in names if n not in ("first", "last")] + [self.rnd.choice(["first", "first", "last"])]
        self.rnd.shuffle(names)
        told = [f"{name}: {self.argument(name, said.args[name])}" for name in names]
        return f"({', '.join(told)})" if told else ""

    def argument(self, name: str, said: GraphQLArgument) -> str:
        value = self.value(name, said.type)
        if self.rnd.random() > 0.3:
            return literal(value)
        variable = self.new("v")
        self.variables[variable] = (str(said.type), plain(value))
        return f"${variable}"

    def value(self, name: str, type_: Any) -> Any:
        type_ = get_nullable_type(type_)
        if isinstance(type_, GraphQLEnumType):
            return Enumerated(self.rnd.choice(list(type_.values)))
        if isinstance(type_, GraphQLInputObjectType):
            chosen = [n for n in type_.fields if self.rnd.random() < 0.35]
            return {n: self.value(n, type_.fields[n].type) for n in chosen}
        if str(type_) in TIMES:
            return self.rnd.choice(TIMES[str(type_)])
        match name:
            case "first" | "last":
                return self.size()
            case "after" | "before":
                return self.rnd.choice([None, self.rnd.choice(self.cursors), self.rnd.choice(self.cursors)])
            case "id" | "referral" | "case":
                return self.rnd.choice(self.ids)
            case "within":
                return self.rnd.choice([None, -1, 0, 72, 2**31 - 1])
            case "clause":
                return self.rnd.choice(["principles", "good_condition", "nothing"])
            case "from" | "to" | "party" | "debtor" | "creditor":
                return self.rnd.choice(["ID-JK", "ID-JI", "HOST", "nobody", "\x00"])
        return self.rnd.choice(["key.added", "referral.sent", "é"])


class Enumerated(str):
    """told without quotes in a document"""

    __slots__ = ()


def plain(value: Any) -> Any:
    return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def literal(value: Any) -> str:
    match value:
        case None:
            return "null"
        case Enumerated():
            return str(value)
        case str():
            return '"' + value.replace("\x00", "\\u0000") + '"'
        case dict():
            return "{" + ", ".join(f"{k}: {literal(v)}" for k, v in value.items()) + "}"
    return str(value)
