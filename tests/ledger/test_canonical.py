"""One meaning, one byte string."""

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


def test_the_literals_and_strings_of_rfc_8785_section_3_2_2() -> None:
    # Source: RFC 8785, section 3.2.2, without its floats, which no statement may hold.
    value: JSON = {"string": '\u20ac$\u000f\nA\'B"\\\\"/', "literals": [None, True, False]}
    assert canonical.encode(value) == (
        '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
    )


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
