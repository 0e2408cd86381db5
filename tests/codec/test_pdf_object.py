"""PDF objects: what is read, what is not an object, and that writing gives back what was read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec import pdf_object
from aidisclose.codec.pdf_object import Name, PDFObject, Real, Ref
from aidisclose.errors import LimitExceeded, Malformed

_names = st.binary(max_size=8).map(Name)
_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.binary(max_size=12),
    _names,
    st.sampled_from([Real(b"1.5"), Real(b"-.25"), Real(b"4.")]),
    st.builds(Ref, st.integers(0, 10**9), st.integers(0, 65535)),
)
_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.binary(max_size=6), inner),
    max_leaves=12,
)


def typed(value: PDFObject) -> object:
    """With types, since a name is equal to the string with its bytes."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return type(value), value


@given(_values)
def test_what_is_written_is_read(value: PDFObject) -> None:
    data = pdf_object.write(value)
    parsed, end = pdf_object.parse(data + b" endobj")
    assert typed(parsed) == typed(value)
    assert end == len(data)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"(a(b)c)", b"a(b)c"),
        (rb"(\(\)\\\n\t\101\1018\7)", b"()\\\n\tAA8\x07"),
        (b"(one\\\r\ntwo\r\nthree)", b"onetwo\nthree"),
        (rb"(\XX\8\5)", b"XX8\x05"),
        (b"<48 65 6C6c 6>", b"Hell`"),
        (b"<4\0008\t6\f5\r\n\000>", b"He"),
        (b"/A#20B#zz", Name(b"A B#zz")),
        (b"/", Name(b"")),
        (b"% a comment\n[1 2 R 3 4 5 R]", [Ref(1, 2), 3, Ref(4, 5)]),
        (b"[1 0 1 2\0 3\0R]", [1, 0, 1, Ref(2, 3)]),
        (b"[+1 -2 .5 true false null]", [1, -2, Real(b".5"), True, False, None]),
        (b"<</A/B/C(D)/A 2>>", {b"A": 2, b"C": b"D"}),
        (b"<</A<</B[<<>>]>>>>", {b"A": {b"B": [{}]}}),
    ],
)
def test_objects(data: bytes, value: PDFObject) -> None:
    assert typed(pdf_object.parse(data)[0]) == typed(value)


@pytest.mark.parametrize(
    "data", [b"", b"]", b"[1", b"[1>>", b"<</A>>", b"<<1 2>>", b"(a", b"<4", b"<4x>", b"nul", b"1x"]
)
def test_no_object(data: bytes) -> None:
    with pytest.raises(Malformed):
        pdf_object.parse(data)


def test_how_names_are_written() -> None:
    """Two capital digits for each byte that is no regular character (ISO 32000-2 §7.3.5)."""
    assert pdf_object.write(Name(b"A#\xab/")) == b"/A#23#AB#2F"


@given(st.binary(max_size=200) | st.text("<>[]()/R \n%\\012", max_size=200).map(str.encode))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    try:
        value, end = pdf_object.parse(data)
    except (Malformed, LimitExceeded):
        return
    assert 0 < end <= len(data)
    assert typed(pdf_object.parse(pdf_object.write(value))[0]) == typed(value)


def test_nesting_is_capped() -> None:
    pdf_object.parse(b"[" * limits.PDF_DEPTH + b"]" * limits.PDF_DEPTH)
    with pytest.raises(LimitExceeded):
        pdf_object.parse(b"[" * 100_000)
