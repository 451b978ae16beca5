"""What the schema tells of itself is counted beforehand, and comes to what graphql-core then tells."""

from typing import Any

import pytest
from graphql import get_introspection_query

from reading import answers, introspections
from reading.refusals import Code, Refused
from reading.selections import Selections, fragments_of
from tests.reading.asked import SCHEMA, ask, plans

STANDARD = get_introspection_query(
    descriptions=True,
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
)
SCALARS = "kind name description specifiedByURL isOneOf"
WIDE = f"""fragment T on __Type {{ {SCALARS} ofType {{ {SCALARS} ofType {{ {SCALARS} }} }} }}
fragment F on __Schema {{ types {{ ...T inputFields {{ name type {{ ...T }} }} fields {{
  name args {{ name type {{ ...T }} }} type {{ ...T fields {{
    name args {{ name type {{ ...T }} }} type {{ ...T }} }} }} }} }} }}"""
SMALL = [
    "{ __schema { __typename description queryType { name } mutationType { kind } directives { name locations } } }",
    '{ __type(name: "Case") { name fields { name type { kind ofType { name } } args { name defaultValue } } } }',
    '{ a: __type(name: "Nothing") { name } b: __type(name: "UserError") { possibleTypes { interfaces { name } } } }',
    'query($n: String!) { __type(name: $n) { ...A ...A } } fragment A on __Type { name enumValues { name } kind }',
    "query($on: Boolean = false) { __schema { types { name fields @include(if: $on) { name } kind @skip(if: $on) } } }",
    STANDARD,
]  # fmt: skip


def values(told: Any) -> int:
    """How many fields there are in this answer."""
    if isinstance(told, list):
        return sum(values(each) for each in told)
    return sum(1 + values(each) for each in told.values()) if isinstance(told, dict) else 0


def many(text: str, number: int) -> str:
    return text + " { " + " ".join(f"a{n}: __schema {{ ...F }}" for n in range(number)) + " }"


@pytest.mark.parametrize("text", SMALL)
def test_as_much_is_counted_as_is_told(text: str) -> None:
    kept = plans()
    asked = kept.plan(text, None, {"n": "CaseStatus"} if "$n" in text else {})
    coerced = kept.coerced(asked.operation, dict(asked.variables))
    selections = Selections(SCHEMA, asked.operation, fragments_of(asked.document), coerced)
    told = answers.executed(asked)
    assert told.errors is None
    assert told.data is not None
    assert introspections.count(selections, asked.plan.fixed.values()) == values(told.data) - len(told.data)


def test_the_standard_query_comes_to_less_than_half_of_the_limit() -> None:
    told = answers.executed(plans().plan(STANDARD)).data
    assert 0 < values(told) < introspections.MOST / 2


@pytest.mark.parametrize("number", [3, 10])
def test_what_is_asked_too_often_is_refused(number: int) -> None:
    """Ten of these are 900 bytes; they took five seconds, in which nobody else was answered."""
    assert plans().plan(many(WIDE, 1)).plan.fixed
    with pytest.raises(Refused) as refused:
        plans().plan(many(WIDE, number))
    assert refused.value.code is Code.LIMIT_EXCEEDED
    told = {"code": "LIMIT_EXCEEDED", "limit": "introspection", "most": introspections.MOST}
    assert refused.value.errors[0]["extensions"] == told


def test_a_kept_plan_is_counted_anew_for_the_name_that_a_request_brings() -> None:
    each = "fields { name description isDeprecated deprecationReason args { name } type { ...T } }"
    wide = " ".join(f"a{n}: possibleTypes {{ {each} }}" for n in range(15))
    text = f"query($n: String!) {{ __type(name: $n) {{ {wide} }} }} {WIDE.partition('fragment F')[0]}"
    kept = plans()
    assert kept.plan(text, None, {"n": "CaseStatus"}).plan.fixed
    with pytest.raises(Refused):
        kept.plan(text, None, {"n": "Node"})
    assert len(kept.kept) == 1


async def test_a_name_that_is_none_is_an_error_of_its_own_field(pool: Any) -> None:
    text = 'query($n: String = "Case") { a: __type(name: $n) { name } b: __type(name: "Case") { name } }'
    told = await ask(pool, text, {"n": None})
    assert told["data"] == {"a": None, "b": {"name": "Case"}}
    assert [error["path"] for error in told["errors"]] == [["a"]]


async def test_a_fault_of_a_resolver_is_told_by_its_path_and_no_word_of_it(
    pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(type_: Any, _: Any) -> str:
        raise AttributeError("Rahasia")

    monkeypatch.setattr(SCHEMA.type_map["__Type"].fields["specifiedByURL"], "resolve", broken)  # type: ignore[attr-defined]  # an object type
    told = await ask(pool, '{ __type(name: "Case") { name specifiedByURL } }')
    assert told["data"] == {"__type": {"name": "Case", "specifiedByURL": None}}
    assert [error["path"] for error in told["errors"]] == [["__type", "specifiedByURL"]]
    assert [error["extensions"] for error in told["errors"]] == [{"code": "INTERNAL"}]
    assert "Rahasia" not in str(told)
