"""What weighs too much is refused before anybody validates it, and quickly."""

import time
from typing import Any

import pytest
from graphql import get_introspection_query

from reading import limits
from reading.plans import MAX_ERRORS
from reading.refusals import Code, Refused
from tests.reading.asked import plans

FIELD = "me { client }"
FIELD_SET = "{ " + FIELD + " }"
LISTS = " ".join(f"a{n}: referrals(first: 1) {{ edges {{ node {{ ...G }} }} }}" for n in range(7))
LISTED = f"""fragment F on Case {{ {LISTS} }}
fragment G on Referral {{ handovers {{ id }} h: handovers {{ id }} openObligations {{ id }} }}"""


def refusal(text: str) -> dict[str, object]:
    with pytest.raises(Refused) as refused:
        plans().plan(text)
    told = refused.value.errors[0]["extensions"]
    return {"code": told["code"], "limit": told.get("limit")}


def exceeded(what: str) -> dict[str, object]:
    return {"code": "LIMIT_EXCEEDED", "limit": what}


HANDOVERS = "handovers { referral { %s } }"


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("{ me { " + "client " * 1_000 + "} }", "tokens"),
        ("{" * 500, "nesting"),
        ("{ a(b: " + "[" * 300, "nesting"),
        ("{ a(b: " + "{c: " * 100, "nesting"),
        ("{ " + "a { " * 10 + "b" + " }" * 10 + " }", "depth"),
        ("fragment F on A { a { a { a { a { a { b } } } } } } { a { a { a { a { a { ...F } } } } } }", "depth"),
        ("{ " + " ".join(f"a{n}: me {{ client }}" for n in range(16)) + " }", "root fields"),
        ("{ me { " + " ".join(f"a{n}: client" for n in range(16)) + " } }", "aliases"),
        ("{ me { " + " ".join("client @skip(if: false)" for _ in range(11)) + " } }", "directives"),
        ("query(" + " ".join(f"$v{n}: Int @skip(if: true)" for n in range(11)) + ") { me { client } }", "directives"),
        ("query " + "@skip(if: true) " * 6 + "{ ...F } fragment F on Query " + "@x " * 5 + FIELD_SET, "directives"),
        ("extend schema " + "@x " * 11, "directives"),
        ("{ " + " ".join("me { client }" for _ in range(11)) + " }", "root fields"),
        ("{ me { " + "client " * 22 + "} }", "repetitions"),
        ("{ me { " + "... { client }" * 22 + "} }", "repetitions"),
        (" ".join(f"fragment F{n} on Me {{ client }}" for n in range(41)) + " { me { ...F1 } }", "fragments"),
        ("fragment F on Query { " + FIELD * 6 + " } { ...F " + FIELD * 5 + " }", "root fields"),
        (LISTED + ' { case(id: "x") { ...F latestReferral { case { ...F } } } }', "statements"),
        (
            "{ cases(first: 100) { edges { node { referrals(first: 100) { totalCount edges { node { id } } } } } } }",
            "cost",
        ),
    ],
)
def test_too_much_of_anything_is_refused(text: str, limit: str) -> None:
    assert refusal(text) == exceeded(limit)


@pytest.mark.parametrize(
    "text",
    [
        "{ me { " + " ".join(f"a{n}: client" for n in range(15)) + " } }",
        "{ me { " + " ".join("client @skip(if: false)" for _ in range(10)) + " } }",
        "{ " + " ".join("me { client }" for _ in range(10)) + " }",
        get_introspection_query(input_value_deprecation=True, specified_by_url=True),
    ],
)
def test_just_enough_is_answered(text: str) -> None:
    assert plans().plan(text).cost >= 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.PARSE_FAILED),
        ("{", Code.PARSE_FAILED),
        ("\x00", Code.PARSE_FAILED),
        ("# \n" * 200 + "{ me { client } }", Code.PARSE_FAILED),
        ("{ nothing }", Code.VALIDATION_FAILED),
        ("{ me { nik } }", Code.VALIDATION_FAILED),
        ("{ me }", Code.VALIDATION_FAILED),
        ("fragment A on Me { ...B } fragment B on Me { ...A } { me { ...A } }", Code.VALIDATION_FAILED),
        ("{ ...A }", Code.VALIDATION_FAILED),
        ("subscription { a }", Code.VALIDATION_FAILED),
        ("query A { me { client } } query B { me { client } }", Code.BAD_REQUEST),
        ("fragment A on Me { client }", Code.VALIDATION_FAILED),
        ("query($a: Int!) { cases(first: $a) { totalCount } }", Code.BAD_REQUEST),
    ],
)
def test_what_is_no_question_is_refused_by_its_kind(text: str, code: Code) -> None:
    assert refusal(text)["code"] == code.value


def test_no_refusal_suggests_a_name() -> None:
    with pytest.raises(Refused) as refused:
        plans().plan("{ casess { totalCount } }")
    assert "Did you mean" not in str(refused.value.errors)


def test_fragments_of_fragments_are_looked_at_once() -> None:
    """Each spreads the next twice: 2^38 visits, if each spread were followed."""
    parts = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(38)]
    text = " ".join([*parts, "fragment F38 on Query { me { client } }", "{ ...F0 ...F0 }"])
    began = time.perf_counter()
    limits.parsed(text)
    assert time.perf_counter() - began < 2


def test_fragments_that_multiply_fields_are_refused_while_planning() -> None:
    """Few tokens, no alias, depth 10: every level asks for the next one along three roads."""
    roads = "handovers { referral { id %s } } latestHandover { referral { id %s } } case { latestReferral { id %s } }"
    parts = [f"fragment F{n} on Referral {{ {roads.replace('%s', f'...F{n + 1}')} }}" for n in range(4)]
    text = " ".join([*parts, "fragment F4 on Referral { id sentAt version }", '{ referral(id: "x") { ...F0 } }'])
    assert refusal(text)["code"] == Code.LIMIT_EXCEEDED.value


def test_wrong_values_are_told_until_there_are_enough_of_them() -> None:
    """45,000 of them are 90 KB; each told with its path, they would be 9 MB and take seconds."""
    text = "mutation($input: StatementInput!) { sendReferral(input: $input) { errors { code } } }"
    with pytest.raises(Refused) as refused:
        plans().plan(text, None, {"input": {"openings": [1] * 45_000}})
    assert refused.value.code is Code.BAD_REQUEST
    assert len(refused.value.errors) == MAX_ERRORS + 1
    assert "limit" in refused.value.errors[-1]["message"]


def test_a_number_that_cannot_be_read_is_not_repeated() -> None:
    with pytest.raises(Refused) as refused:
        plans().plan("{ cases(first: " + "3578014505600001" * 300 + ") { totalCount } }")
    assert [error["message"] for error in refused.value.errors] == ["Expected value of type 'Int'."]


def test_what_is_wrong_in_ten_places_in_the_same_words_is_told_once_with_all_of_them() -> None:
    with pytest.raises(Refused) as refused:
        plans().plan("{ __typename " + "@aa " * 10 + "me { nik } }")
    first, second = refused.value.errors
    assert (len(first["locations"]), len(second["locations"])) == (10, 1)
    assert first["locations"][:2] == [{"line": 1, "column": 14}, {"line": 1, "column": 18}]
    assert {error["extensions"]["code"] for error in (first, second)} == {Code.VALIDATION_FAILED.value}


def test_what_pages_weigh_is_counted_with_the_sizes_that_a_request_brings() -> None:
    text = "query($n: Int) { cases(first: $n) { edges { node { referrals(first: $n) { edges { node { id } } } } } } }"
    kept = plans()
    assert kept.plan(text, None, {"n": 10}).cost == 10 + 10 * 10
    with pytest.raises(Refused) as refused:
        kept.plan(text, None, {"n": 100})
    assert refused.value.errors[0]["extensions"] == {**exceeded("cost"), "most": 10_000}


# -- what is dear ------------------------------------------------------------------------------------------------------
AT = 'asOf: "2026-01-01T03:00:00Z"'


def several(number: int, field: str) -> str:
    return "{ " + " ".join(f"a{n}: {field}" for n in range(number)) + " }"


def too_dear(text: str, **values: Any) -> bool:
    try:
        plans().plan(text, None, values)
    except Refused as refused:
        return bool(refused.errors[0]["extensions"].get("limit") == "cost")
    return False


def test_a_summary_of_the_past_weighs_many_of_now_and_a_count_what_its_rows_take() -> None:
    """Ten of any of these are as many root fields as a document may have."""
    for field, legal in (
        ("obligationSummary { rows { total } }", 10),
        ("obligationSummary(asOf: null) { rows { total } }", 10),
        (f"obligationSummary({AT}) {{ asOf rows {{ party {{ code }} clause {{ key }} total }} }}", 4),
        ("obligations(first: 1) { totalCount }", 9),
        (f"obligations(first: 1, {AT}) {{ totalCount }}", 9),
        (f"obligations(first: 100, {AT}) {{ edges {{ node {{ id }} }} }}", 10),
    ):
        assert [n for n in range(1, 11) if not too_dear(several(n, field))] == list(range(1, legal + 1)), field


def test_an_instant_weighs_the_same_in_a_variable_and_nothing_where_it_is_left_out() -> None:
    text = "query($at: DateTime) " + several(5, "obligationSummary(asOf: $at) { asOf }")
    assert too_dear(text, at="2026-01-01T03:00:00Z")
    assert not too_dear(text, at=None)
    assert not too_dear(text)


def test_words_that_are_read_from_under_a_seal_weigh_as_one_object_more() -> None:
    costs = [plans().plan(f'{{ handover(id: "x") {{ {asked} }} }}').cost for asked in ("id", "answer", "id answer")]
    assert costs == [costs[0], costs[0] + 1, costs[0] + 1]
