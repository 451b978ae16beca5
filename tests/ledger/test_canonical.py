"""One meaning, one byte string."""

import json
import re
import struct
import unicodedata

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical
from ledger.canonical import JSON, NotCanonical

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12).map(
    lambda text: unicodedata.normalize("NFC", text)
)
scalars = st.none() | st.booleans() | st.integers(-canonical.LARGEST, canonical.LARGEST) | texts
values: st.SearchStrategy[JSON] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_is_written_reads_back_and_is_written_the_same(value: JSON) -> None:
    data = canonical.encode(value)
    assert canonical.parse(data) == value
    assert canonical.encode(canonical.decode(data)) == data


@given(values, st.data())
def test_any_other_bytes_that_parse_have_another_meaning(value: JSON, data: st.DataObject) -> None:
    encoded = bytearray(canonical.encode(value))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    try:
        read = canonical.parse(bytes(encoded))
    except NotCanonical:
        return
    assert canonical.encode(read) != canonical.encode(value)


def test_the_sorting_sample_of_rfc_8785_section_3_2_3() -> None:
    # Source: RFC 8785, section 3.2.3. Keys sort by UTF-16 code units: the emoji comes before U+FB33.
    sample = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    order = [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]
    encoded = canonical.encode({**sample}).decode()
    assert sorted(order, key=encoded.index) == order


# Source: RFC 8785, section 3.2.2; the bytes of its canonical form are those of section 3.2.4.
SAMPLE = r"""{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}"""
SAMPLE_BYTES = bytes.fromhex(
    "7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72 75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73"
    "22 3a 5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31 65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31"
    "65 2d 32 37 5d 2c 22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30 30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c"
    "22 2f 22 7d"
)


def test_the_sample_of_rfc_8785_is_written_as_it_says_and_its_floats_stand_in_no_statement() -> None:
    assert rfc8785.dumps(json.loads(SAMPLE)) == SAMPLE_BYTES
    with pytest.raises(NotCanonical, match="not an integer"):
        canonical.decode(SAMPLE.encode())
    plain = re.sub('"numbers": .*\n', "", SAMPLE)
    assert canonical.encode(canonical.decode(plain.encode())) == re.sub(rb'"numbers":\[.*?\],', b"", SAMPLE_BYTES)


@pytest.mark.parametrize(
    ("bits", "written"),
    [  # Source: RFC 8785, appendix B.
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("41b3de4355555556", "333333333.3333334"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
        ("7fffffffffffffff", None),
        ("7ff0000000000000", None),
    ],
)
def test_the_numbers_of_rfc_8785_are_written_as_it_says_and_of_them_a_statement_may_hold_zero_alone(
    bits: str, written: str | None
) -> None:
    [number] = struct.unpack(">d", bytes.fromhex(bits))
    if written is None:
        with pytest.raises(rfc8785.CanonicalizationError):
            rfc8785.dumps(number)
        return
    assert rfc8785.dumps(number).decode() == written
    if written == "0":
        assert canonical.parse(b"0") == 0
    else:
        with pytest.raises(NotCanonical, match=r"not an integer|reaches"):
            canonical.decode(written.encode())


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"a":1,"a":2}', "twice"),
        (b"1.0", "not an integer"),
        (b"1e3", "not an integer"),
        (b"NaN", "not an integer"),
        (b"-Infinity", "not an integer"),
        (b"9007199254740992", "reaches"),
        (b"-9007199254740992", "reaches"),
        (b"9" * 5000, "reaches"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'"\xff"', "not JSON"),
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'"e\xcc\x81"', "NFC"),
        (b'{"e\xcc\x81":1}', "NFC"),
        (b'["\\ud800"]', "surrogate"),
        (b'"\xed\xa0\x80"', "not JSON"),
    ],
)
def test_ambiguous_json_is_not_read(data: bytes, why: str) -> None:
    with pytest.raises(NotCanonical, match=why):
        canonical.decode(data)


@pytest.mark.parametrize(
    "data", [b'{"b":1,"a":2}', b'{ "a":1}', b'"\\u0041"', b"-0", b'"\\/"', b"[1, 2]", b"1\n", b'"\\u00e9"']
)
def test_a_second_spelling_is_decoded_but_does_not_parse(data: bytes) -> None:
    canonical.decode(data)
    with pytest.raises(NotCanonical, match="8785"):
        canonical.parse(data)


@pytest.mark.parametrize("pair", ["[]", "{}"], ids=["lists", "objects"])
def test_nesting_has_one_limit_in_every_language(pair: str) -> None:
    """How deep a parser can go is its own affair: 64 it reads, 65 nobody does (F1)."""
    opening = pair[0] if pair == "[]" else '{"a":'
    for depth in (canonical.DEEPEST, canonical.DEEPEST + 1):
        data = (opening * (depth - 1) + pair + pair[1] * (depth - 1)).encode()
        if depth == canonical.DEEPEST:
            assert canonical.encode(canonical.parse(data)) == data
        else:
            with pytest.raises(NotCanonical, match="deeper"):
                canonical.decode(data)
    wide = b"[" + b",".join([b"[]"] * 100) + b"]"
    assert canonical.encode(canonical.parse(wide)) == wide


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(NotCanonical):
        canonical.encode(2**53)
    with pytest.raises(NotCanonical):
        canonical.encode("\ud800")
    deep: JSON = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(NotCanonical):
        canonical.encode(deep)


ascii_texts = st.text(alphabet=st.characters(max_codepoint=127), max_size=12)
ascii_values: st.SearchStrategy[JSON] = st.recursive(
    st.none() | st.booleans() | st.integers(-canonical.LARGEST, canonical.LARGEST) | ascii_texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ascii_texts, inner, max_size=4),
    max_leaves=12,
)


@given(values | ascii_values)
def test_the_reference_implementation_writes_the_same(value: JSON) -> None:
    data = rfc8785.dumps(value)
    assert canonical.encode(value) == data
    assert canonical.parse(data) == value  # in plain ASCII by another encoder, which must agree
