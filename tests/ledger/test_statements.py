"""Statements: closed types, one body each, and JSON Schemas out of the same table."""

import json
from contextlib import suppress
from dataclasses import fields, replace
from datetime import UTC, datetime

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import canonical, cuts, entries, schemas, sentences, shapes, statements
from ledger.canonical import JSON
from ledger.rules import Code, Refused
from ledger.shapes import (
    Boolean,
    Choice,
    Exactly,
    Instant,
    Integer,
    Listed,
    Null,
    Nullable,
    Record,
    Sealed,
    Shape,
    Text,
)
from ledger.statements import Statement
from tests.ledger import assets, defects, golden

BODIES: dict[str, bytes] = {}
for leaf in golden.renewed().leaves:
    payload = entries.parse(leaf).envelope.payload
    BODIES.setdefault(statements.parse(payload).KIND, payload)


def fields_of(kind: str) -> dict[str, JSON]:
    value = canonical.parse(BODIES[kind])
    assert isinstance(value, dict)
    return value


def padded(value: dict[str, JSON]) -> bytes:
    short = len(canonical.encode({**value, "pad": ""})) % 256
    return canonical.encode({**value, "pad": "." * (-short % 256)})


def test_the_golden_log_holds_every_kind() -> None:
    assert set(BODIES) == set(statements.KINDS)


@pytest.mark.parametrize("kind", sorted(statements.KINDS))
def test_a_body_reads_back_and_is_written_the_same(kind: str) -> None:
    statement = statements.parse(BODIES[kind])
    assert isinstance(statement, statements.KINDS[kind])
    assert statements.encode(statement) == BODIES[kind]
    assert len(BODIES[kind]) % 256 == 0


@pytest.mark.parametrize("kind", sorted(statements.KINDS))
def test_the_schema_admits_the_body_and_nothing_more_or_less(kind: str) -> None:
    schema = json.loads(canonical.encode(schemas.schema(kind)))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    body = fields_of(kind)
    assert validator.is_valid(body)
    assert not validator.is_valid({**body, "items": []})
    for name in body:
        assert not validator.is_valid({key: value for key, value in body.items() if key != name})
        assert not validator.is_valid({**body, name: 1.5})


@pytest.mark.parametrize("kind", sorted(statements.KINDS))
@given(data=st.data())
@settings(max_examples=60)
def test_what_a_changed_byte_leaves_is_refused_or_means_something_else(kind: str, data: st.DataObject) -> None:
    body = bytearray(BODIES[kind])
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        read = statements.parse(bytes(body))
    except Refused:
        return
    assert statements.encode(read) == bytes(body)
    assert read != statements.parse(BODIES[kind])


@pytest.mark.parametrize("kind", sorted(statements.KINDS))
@given(data=st.data())
@settings(max_examples=40)
def test_reader_and_schema_judge_alike(kind: str, data: st.DataObject) -> None:
    body = fields_of(kind)
    name = data.draw(st.sampled_from(sorted(set(body) - {"pad"})))
    odd = st.sampled_from(
        [None, True, False, 0, 1, -1, 2**53 - 1, "", "x", "0" * 64, "f" * 32, "ID-JK", "PT6H", [], {}, body[name]]
    )
    changed = {**body, name: data.draw(odd)}
    valid = jsonschema.Draft202012Validator(schemas.schema(kind)).is_valid(changed)
    try:
        statements.parse(padded(changed))
    except Refused:
        assert not valid
    else:
        assert valid


def test_the_schemas_refuse_what_the_cases_of_v15_do_but_for_what_no_schema_can_say() -> None:
    """Every kept body that is out of form: refused by its kind's schema, or a day that does not exist, or a padding."""
    admitted: set[str] = set()
    refused: set[str] = set()
    for case in defects.forms():
        if assets.verdict(case)["findings"] == [[12, "V15", "BODY_INVALID"]]:
            value = json.loads(read(case.shelf)[12].envelope.payload)
            valid = jsonschema.Draft202012Validator(schemas.schema(value["kind"])).is_valid(value)
            (admitted if valid else refused).add(case.name)
    assert len(refused) > 10
    assert admitted == {"day-that-does-not-exist", "officers-key-without-holder"}


def read(shelf: golden.Shelf) -> list[entries.Entry]:
    """The entries of a spoiled log, as far as they are any."""
    found = []
    for part in cuts.cut(shelf.files["tile/entries/000.p/13"]):
        with suppress(Refused):
            found.append(entries.parse(part.leaf))
    return found


def test_a_kind_out_of_the_table_is_refused() -> None:
    bodies: list[JSON] = [{"kind": "referral.burnt"}, {"kind": 5}, {}]
    for body in bodies:
        with pytest.raises(Refused) as caught:
            statements.parse(canonical.encode(body))
        assert (caught.value.rule, caught.value.code) == ("V15", Code.KIND_UNKNOWN)
    with pytest.raises(Refused, match="KIND_UNKNOWN"):
        statements.parse(b"[]")
    with pytest.raises(KeyError):
        schemas.schema("referral.burnt")


@pytest.mark.parametrize("length", [0, 1, 254])
def test_another_padding_than_the_shortest_is_refused(length: int) -> None:
    body = fields_of("referral.sent")
    pad = str(body["pad"])
    other = (len(pad) + length + 1) % 256
    with pytest.raises(Refused) as caught:
        statements.parse(canonical.encode({**body, "pad": "." * other}))
    assert caught.value.code is Code.PAD_WRONG
    with pytest.raises(Refused, match="BODY_INVALID"):
        statements.parse(canonical.encode({**body, "pad": pad + "." * 256}))
    with pytest.raises(Refused, match="BODY_INVALID"):
        statements.parse(canonical.encode({**body, "pad": "x" * len(pad)}))


@given(st.integers(0, 600))
def test_every_length_is_padded_to_the_next_block(length: int) -> None:
    short = statements.parse(BODIES["referral.withdrawn"])
    assert isinstance(short, statements.ReferralWithdrawn)
    body = statements.encode(replace(short, log="l" * (1 + length % 200)))
    assert len(body) % 256 == 0
    assert body.count(b'"pad":"') == 1


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("referral.sent", {"v": True}),
        ("referral.sent", {"v": 2}),
        ("referral.sent", {"party": "HOST"}),
        ("referral.sent", {"key": "ID-JK/root"}),
        ("referral.sent", {"key": "ID-JK/k1"}),
        ("referral.sent", {"key": None}),
        ("referral.sent", {"to": "ID-JKX"}),
        ("referral.sent", {"to": "ID-JK\n"}),
        ("referral.sent", {"term_decide": "P1D"}),
        ("referral.sent", {"referral": "A" * 32}),
        ("referral.sent", {"claimed_at": "2026-02-30T00:00:00Z"}),
        ("referral.sent", {"claimed_at": 5}),
        ("referral.sent", {"seen": {"size": 0, "root": "0" * 64}}),
        ("referral.sent", {"seen": {"size": 1}}),
        ("referral.sent", {"sealed": {}}),
        ("referral.sent", {"sealed": None}),
        ("referral.expired", {"party": "ID-JK"}),
        ("referral.expired", {"key": "HOST/other"}),
        ("key.added", {"key": "ID-JK/k" + "0" * 32}),
        ("key.added", {"name": "ID-JK/root"}),
        ("key.added", {"use": "root"}),
        ("handover.released", {"leg": 0}),
        ("handover.released", {"leg": True}),
        ("handover.received", {"agrees": 1}),
        ("agreement.adopted", {"key": "ID-JK/root"}),
        ("agreement.adopted", {"parties": []}),
        ("agreement.adopted", {"parties": [{"party": "ID-JK"}, {"party": "ID-JB"}]}),
        ("agreement.adopted", {"quorum": -1}),
    ],
)
def test_a_field_out_of_form_is_refused(kind: str, changed: dict[str, JSON]) -> None:
    with pytest.raises(Refused) as caught:
        statements.parse(padded({**fields_of(kind), **changed}))
    assert (caught.value.rule, caught.value.code) == ("V15", Code.BODY_INVALID)


def test_what_is_out_of_form_is_not_written() -> None:
    sent = statements.parse(BODIES["referral.sent"])
    assert isinstance(sent, statements.ReferralSent)
    for wrong in [replace(sent, to="nowhere"), replace(sent, claimed_at=datetime(2026, 1, 1, tzinfo=UTC))]:
        if wrong.to == "nowhere":
            with pytest.raises(Refused, match="BODY_INVALID"):
                statements.encode(wrong)
        else:
            assert statements.parse(statements.encode(wrong)) == wrong
    with pytest.raises(TypeError):
        statements.encode(replace(sent, sealed={}))


WRONG: list[tuple[Shape, object]] = [
    (Text("^x$"), 1),
    (Choice(("x",)), 1),
    (Integer(0), "1"),
    (Instant(), "2026-01-01T00:00:00Z"),
    (Listed(Boolean(), 0, 1), [True]),
    (Sealed(("a",)), {"a": 1}),
    (Sealed(("a",)), None),
    (Record(statements.Seen), {"size": 1}),
]


@pytest.mark.parametrize(("shape", "value"), WRONG)
def test_a_value_of_another_type_is_not_written(shape: Shape, value: object) -> None:
    with pytest.raises(TypeError):
        shape.write(value)


def test_shapes_that_hold_one_value_write_it() -> None:
    assert Exactly(1).write(object()) == 1
    assert Null().write(object()) is None
    assert Nullable(Boolean()).write(None) is None
    assert Listed(Boolean(), 0, 2).write((True, False)) == [True, False]


def test_an_object_is_an_object_everywhere() -> None:
    with pytest.raises(ValueError, match="the body is not an object"):
        shapes.read_object([], {}, "")
    with pytest.raises(ValueError, match="seen is not an object"):
        shapes.read_object(1, {}, "seen")


def test_the_type_signed_follows_from_the_kind() -> None:
    assert statements.payload_type("referral.sent") == "application/vnd.estafet.referral.v1+json"
    assert {statements.family(kind) for kind in statements.KINDS} == {
        "agreement",
        "bast",
        "discrepancy",
        "fitness",
        "handover",
        "host",
        "key",
        "obligation",
        "referral",
        "root",
    }


@pytest.mark.parametrize("kind", sorted(statements.KINDS))
def test_every_statement_has_its_sentence_in_both_languages(kind: str) -> None:
    statement = statements.parse(BODIES[kind])
    said = sentences.sentence(statement)
    assert said.id != said.en
    for text in (said.id, said.en):
        assert statement.party in text or statement.party == "FORUM"
        assert text.endswith(".")
        assert "\n" not in text


def test_worse_is_said_aloud() -> None:
    for kind in ("handover.received", "handover.refused"):
        statement = statements.parse(BODIES[kind])
        assert isinstance(statement, statements.HandoverReceived | statements.HandoverRefused)
        worse = sentences.sentence(replace(statement, agrees=False))
        assert ("LEBIH BURUK" in worse.id, "WORSE" in worse.en) == (True, True)
        better = sentences.sentence(replace(statement, agrees=True))
        assert ("tidak lebih buruk" in better.id, "no worse" in better.en) == (True, True)


def test_an_end_of_validity_is_said() -> None:
    added = statements.parse(BODIES["key.added"])
    assert isinstance(added, statements.KeyAdded)
    assert "2026-03-02T01:00:00Z" in sentences.sentence(replace(added, until=golden.START)).en


def facts_said(statement: Statement) -> list[str]:
    told = {"referral", "to", "release", "name", "term"}
    return [str(getattr(statement, each.name))[:12] for each in fields(statement) if each.name in told]


@pytest.mark.parametrize("kind", sorted(set(statements.KINDS) - {"handover.released"}))
def test_what_stands_in_clear_is_in_the_sentence(kind: str) -> None:
    statement = statements.parse(BODIES[kind])
    for fact in facts_said(statement):
        assert fact in sentences.sentence(statement).en
