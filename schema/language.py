"""The schema, built once, described from the glossary, and printed.

Promise: `printed()` is what schema.graphql holds; types, fields, arguments and values are described in both languages.
Rules: sorted, so that a diff shows changes of the language and nothing else; no suggestions in error messages.
Elsewhere: the words, `glossary.toml`. Run `python -m schema.language` to print schema.graphql anew.
"""

from pathlib import Path
from typing import Any

import strawberry
from graphql import GraphQLSchema, assert_object_type, is_input_object_type
from strawberry.schema.config import StrawberryConfig

import schema.errors
import schema.glossary
from schema.agreements import Agreement, Clause, Party, Term
from schema.cases import Case, Person
from schema.entries import Checkpoint, LedgerEntry
from schema.handovers import Handover
from schema.mutations import Mutation
from schema.obligations import Obligation
from schema.queries import Query
from schema.referrals import FitnessCertificate, Referral
from schema.subscriptions import Subscription

PRINTED = Path(__file__).with_name("schema.graphql")
_NODES = (
    Agreement,
    Case,
    Checkpoint,
    Clause,
    FitnessCertificate,
    Handover,
    LedgerEntry,
    Obligation,
    Party,
    Person,
    Referral,
    Term,
)


def build(*, in_order: bool = False) -> strawberry.Schema:
    """The language as it runs. `in_order`: for printing; sorting makes Strawberry's enums plain ones."""
    language = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[*_NODES, *schema.errors.KINDS],
        config=StrawberryConfig(disable_field_suggestions=True, sort_schema=in_order),
    )
    schema.glossary.describe(core(language), schema.glossary.read())
    assert_object_type(core(language).type_map["__Type"]).fields["isOneOf"].resolve = _is_one_of
    _describe_for_printing(language)
    return language


def core(language: strawberry.Schema) -> GraphQLSchema:
    """The graphql-core schema behind Strawberry's; each part knows its declaration as `strawberry-definition`."""
    return language._schema


def _is_one_of(type_: Any, _: Any) -> bool | None:
    """Null of what is no input, as the specification has it; Strawberry's own answer fails on `[Case!]` and `ID!`."""
    if not is_input_object_type(type_):
        return None
    return bool(type_.extensions["strawberry-definition"].is_one_of)


def _describe_for_printing(language: strawberry.Schema) -> None:
    """Sorting copies the directives, but the printer prints the ones from before: undescribed, it would print both."""
    for printed_one in language._schema_graphql_directives.values():
        described = core(language).get_directive(printed_one.name)
        if described is not None:
            printed_one.description = described.description
            for name, argument in described.args.items():
                printed_one.args[name].description = argument.description


def printed() -> str:
    return build(in_order=True).as_str().rstrip() + "\n"


if __name__ == "__main__":
    PRINTED.write_text(printed(), encoding="utf-8")
