"""What a document selects, as graphql-core itself collects it: fragments, `@skip`, `@include`, merging, arguments.

Promise: this module is the only one that calls graphql-core's collectors, which are internal: the version is pinned
in pyproject.toml, and a new one needs the comparison tests, not trust.
Rules: we collect with the variables of one request; which of them decide the selection is part of the plan's key.
Scopes and weights stand in the schema as directives of Strawberry's, read by their attributes `scope` and `weight`.
Elsewhere: where the collected fields are kept, `planning`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    assert_object_type,
    get_named_type,
    visit,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues, get_argument_values

Details = list[FieldDetails]


def snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def name_of(details: Details) -> str:
    return details[0].node.name.value


def object_type(said: GraphQLField) -> GraphQLObjectType:
    return assert_object_type(get_named_type(said.type))


def directives(said: GraphQLField | GraphQLNamedType | GraphQLArgument) -> list[Any]:
    definition = said.extensions.get("strawberry-definition")
    return list(getattr(definition, "directives", None) or ())


def scopes_of(said: GraphQLField | GraphQLNamedType) -> frozenset[str]:
    return frozenset(d.scope for d in directives(said) if hasattr(d, "scope"))


def weight_of(said: GraphQLField | GraphQLNamedType | GraphQLArgument, otherwise: int) -> int:
    return next((int(d.weight) for d in directives(said) if hasattr(d, "weight")), otherwise)


def switches(document: DocumentNode) -> frozenset[str]:
    """the variables that decide `@skip` and `@include`"""
    found: set[str] = set()

    class Seek(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            values = [a.value for a in node.arguments or ()]
            found.update(v.name.value for v in values if isinstance(v, VariableNode))

    visit(document, Seek())
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Selections:
    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    variables: VariableValues

    def root(self, type_: GraphQLObjectType) -> dict[str, Details]:
        collected = collect_fields(self.schema, self.fragments, self.variables, type_, self.operation)
        return collected.grouped_field_set

    def under(self, type_: GraphQLObjectType, details: Details) -> dict[str, Details]:
        collected = collect_subfields(self.schema, self.fragments, self.variables, self.operation, type_, details)
        return collected.grouped_field_set

    def arguments(self, said: GraphQLField, details: Details) -> dict[str, Any]:
        return get_argument_values(said, details[0].node, self.variables)


def fragments_of(document: DocumentNode) -> dict[str, FragmentDetails]:
    return {d.name.value: FragmentDetails(d) for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
