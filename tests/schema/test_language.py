"""The public language is described in both languages, printed as it is, and closed where it must be."""

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema, graphql_sync

import auth.scopes
import schema.glossary
import schema.language


@pytest.fixture(scope="module")
def language() -> GraphQLSchema:
    return schema.language.core(schema.language.build())


def test_everything_that_can_be_asked_about_is_described_in_both_languages(language: GraphQLSchema) -> None:
    silent = [
        place.names[0] for place in schema.glossary.places(language) if " / " not in (place.thing.description or "")
    ]
    assert silent == []


def test_the_glossary_explains_nothing_that_is_not_there(language: GraphQLSchema) -> None:
    assert schema.glossary.unused(language, schema.glossary.read()) == set()


def test_a_word_missing_in_the_glossary_is_noticed() -> None:
    undescribed = build_schema("type Query { unheardOf: Int }")
    schema.glossary.describe(undescribed, schema.glossary.read())
    assert [place.names[0] for place in schema.glossary.places(undescribed) if not place.thing.description] == [
        "Query.unheardOf"
    ]


def test_the_printed_schema_is_the_one_that_is_built() -> None:
    assert schema.language.PRINTED.read_text(encoding="utf-8") == schema.language.printed(), (
        "schema.graphql is stale: run `python -m schema.language` and look at what changed"
    )


def test_the_printed_schema_can_be_read_by_others() -> None:
    printed = build_schema(schema.language.PRINTED.read_text(encoding="utf-8"))
    assert set(printed.type_map) >= {"Case", "Referral", "Handover", "LedgerEntry", "UserError"}


def test_every_mutation_names_its_scopes_and_takes_one_input(language: GraphQLSchema) -> None:
    mutation = language.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        assert list(field.args) == ["input"], name
        assert _scopes(field.extensions), name


def test_every_scope_in_the_schema_is_one_that_can_be_granted(language: GraphQLSchema) -> None:
    named = {
        either
        for thing in language.type_map.values()
        for part in (thing, *(thing.fields.values() if isinstance(thing, GraphQLObjectType) else ()))
        for scope in _scopes(part.extensions)
        for either in scope.split("|")
    }
    assert named
    assert named <= set(auth.scopes.SCOPES)


def test_which_inputs_take_one_of_their_members_is_told_of_every_type_also_of_wrapped_ones(
    language: GraphQLSchema,
) -> None:
    """Strawberry's own answer failed on what is wrapped in a list or non-null, in words of its code."""
    told = graphql_sync(language, "{ __schema { types { kind name isOneOf fields { type { isOneOf } } } } }")
    assert told.errors is None
    assert told.data is not None
    types = told.data["__schema"]["types"]
    assert {each["name"] for each in types if each["isOneOf"]} == {"PrepareStatementInput"}
    assert {each["kind"] for each in types if each["isOneOf"] is not None} == {"INPUT_OBJECT"}


def _scopes(extensions: dict[str, object]) -> list[str]:
    definition = extensions.get("strawberry-definition")
    directives: list[object] = list(getattr(definition, "directives", None) or ())
    return [directive.scope for directive in directives if isinstance(directive, schema.directives.Requires)]
