"""DER: what is read, what is refused, and where the error is said to be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec import der
from aidisclose.codec.der import Reader
from aidisclose.errors import LimitExceeded, Malformed


def element(tag: int, content: bytes) -> Reader:
    return Reader(der.encode(tag, content))


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        pytest.param("", "SEQUENCE is missing", 0, id="nothing"),
        pytest.param("30", "truncated element", 0, id="only a tag"),
        pytest.param("300205", "SEQUENCE of 2 bytes, 1 are left", 0, id="content cut off"),
        pytest.param("0500", "SEQUENCE expected, NULL found", 0, id="another type"),
        pytest.param("a000", r"SEQUENCE expected, \[0\] found", 0, id="a context tag"),
        pytest.param("4900", "SEQUENCE expected, tag 0x49 found", 0, id="an unnamed tag"),
        pytest.param("30800000", "indefinite length: BER", 0, id="indefinite length"),
        pytest.param("308100", "not in its shortest form", 0, id="long form of zero"),
        pytest.param("30817f", "not in its shortest form", 0, id="long form of a short length"),
        pytest.param("30820080" + "00" * 128, "shortest form", 0, id="leading zero in the length"),
        pytest.param("3082", "length beyond the end", 0, id="length cut off"),
        pytest.param("3085" + "01" * 5, "length beyond the end", 0, id="length of five bytes"),
        pytest.param("3084ffffffff", "4294967295 bytes, 0 are left", 0, id="four gigabytes"),
        pytest.param("30000500", "more elements than expected", 2, id="bytes after the element"),
    ],
)
def test_broken_framing_is_refused(data: str, reason: str, offset: int) -> None:
    with pytest.raises(Malformed, match=reason) as caught:
        der.read(bytes.fromhex(data))
    assert caught.value.offset == offset


def test_high_tag_numbers_are_refused() -> None:
    with pytest.raises(Malformed, match="tag numbers above 30"):
        Reader(b"\x1f\x81\x01\x00").take()


def test_a_nested_element_cannot_reach_beyond_the_one_around_it() -> None:
    inner = Reader(b"\x30\x03\x04\x05\x01\x02\x03\x04\x05").enter()
    with pytest.raises(Malformed, match="OCTET STRING of 5 bytes, 1 are left") as caught:
        inner.octets()
    assert caught.value.offset == 2


@pytest.mark.parametrize(
    ("read", "tag", "content", "value"),
    [
        (Reader.integer, der.INTEGER, b"\x00", 0),
        (Reader.integer, der.INTEGER, b"\x7f", 127),
        (Reader.integer, der.INTEGER, b"\x00\x80", 128),
        (Reader.integer, der.INTEGER, b"\x80", -128),
        (Reader.boolean, der.BOOLEAN, b"\x00", False),
        (Reader.boolean, der.BOOLEAN, b"\xff", True),
        (Reader.octets, der.OCTET_STRING, b"ab", b"ab"),
        (Reader.bits, der.BIT_STRING, b"\x00ab", b"ab"),
        (Reader.named_bits, der.BIT_STRING, b"\x00", frozenset()),
        (Reader.named_bits, der.BIT_STRING, b"\x07\x80", {0}),
        (Reader.named_bits, der.BIT_STRING, b"\x07\x06\x80", {5, 6, 8}),
        (Reader.named_bits, der.BIT_STRING, b"\x01\x07", {5, 6}),
        (Reader.oid, der.OID, bytes.fromhex("2a864886f70d010101"), "1.2.840.113549.1.1.1"),
        (Reader.oid, der.OID, bytes.fromhex("883703"), "2.999.3"),
        (Reader.oid, der.OID, b"\x00", "0.0"),
        (Reader.oid, der.OID, b"\x55\x1d\x25\x00", "2.5.29.37.0"),
    ],
)
def test_values(read: Callable[[Reader], object], tag: int, content: bytes, value: object) -> None:
    assert read(element(tag, content)) == value


@pytest.mark.parametrize(
    ("read", "tag", "content", "reason"),
    [
        (Reader.integer, der.INTEGER, b"", "INTEGER of 0 bytes"),
        (Reader.integer, der.INTEGER, b"\x00\x7f", "INTEGER not in its shortest form"),
        (Reader.integer, der.INTEGER, b"\xff\x80", "INTEGER not in its shortest form"),
        (
            Reader.integer,
            der.INTEGER,
            b"\x01" * (limits.INTEGER_SIZE + 1),
            f"INTEGER of {limits.INTEGER_SIZE + 1} bytes",
        ),
        (Reader.boolean, der.BOOLEAN, b"\x01", "BOOLEAN that is neither true nor false"),
        (Reader.boolean, der.BOOLEAN, b"", "BOOLEAN that is neither true nor false"),
        (Reader.bits, der.BIT_STRING, b"", "BIT STRING that is not whole bytes"),
        (Reader.bits, der.BIT_STRING, b"\x01\x80", "BIT STRING that is not whole bytes"),
        (Reader.named_bits, der.BIT_STRING, b"", "BIT STRING that holds no flags"),
        (Reader.named_bits, der.BIT_STRING, b"\x08\x80", "BIT STRING that holds no flags"),
        (Reader.named_bits, der.BIT_STRING, b"\x00" * 6, "BIT STRING that holds no flags"),
        (Reader.oid, der.OID, b"", "not an OBJECT IDENTIFIER"),
        (Reader.oid, der.OID, b"\x2a\x86", "not an OBJECT IDENTIFIER"),
        (Reader.oid, der.OID, b"\x2a\x80\x01", "not an OBJECT IDENTIFIER"),
        (Reader.oid, der.OID, b"\x01" * (limits.OID_SIZE + 1), "not an OBJECT IDENTIFIER"),
        (Reader.time, der.UTC_TIME, b"", "not a time in UTC"),
    ],
)
def test_values_in_another_form_are_refused(
    read: Callable[[Reader], object], tag: int, content: bytes, reason: str
) -> None:
    reader = Reader(der.encode(der.NULL) + der.encode(tag, content))
    reader.take()
    with pytest.raises(Malformed) as caught:
        read(reader)
    assert (caught.value.reason, caught.value.offset) == (reason, 2)


@pytest.mark.parametrize(
    ("read", "tag", "content", "value"),
    [
        (Reader.integer, der.INTEGER, b"\x01" * limits.INTEGER_SIZE, None),
        (Reader.integer, der.INTEGER, b"\x01\x00", 256),
        (Reader.integer, der.INTEGER, b"\xff\x7f", -129),
        (Reader.named_bits, der.BIT_STRING, b"\x00" * 4 + b"\x01", {31}),
        (Reader.oid, der.OID, b"\x01" * limits.OID_SIZE, None),
        (Reader.oid, der.OID, b"\x27", "0.39"),
        (Reader.oid, der.OID, b"\x28", "1.0"),
        (Reader.oid, der.OID, b"\x4f", "1.39"),
        (Reader.oid, der.OID, b"\x50", "2.0"),
    ],
)
def test_values_at_their_limits(
    read: Callable[[Reader], object], tag: int, content: bytes, value: object
) -> None:
    found = read(element(tag, content))
    assert value is None or found == value


@pytest.mark.parametrize(
    ("tag", "text", "moment"),
    [
        (der.UTC_TIME, "500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (der.UTC_TIME, "491231235959Z", datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (der.GENERALIZED_TIME, "99991231235959Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (
            der.GENERALIZED_TIME,
            "20260102030405.25Z",
            datetime(2026, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC),
        ),
        (
            der.GENERALIZED_TIME,
            "20260102030405.123456789Z",
            datetime(2026, 1, 2, 3, 4, 5, 123_456, tzinfo=UTC),
        ),
    ],
)
def test_times(tag: int, text: str, moment: datetime) -> None:
    assert element(tag, text.encode()).time() == moment


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (der.UTC_TIME, ""),
        (der.UTC_TIME, "2601020304Z"),
        (der.UTC_TIME, "260102030405"),
        (der.UTC_TIME, "260102030405.5Z"),
        (der.UTC_TIME, "20260102030405Z"),
        (der.GENERALIZED_TIME, "260102030405Z"),
        (der.GENERALIZED_TIME, "20260102030405+0100"),
        (der.GENERALIZED_TIME, "20260102030405.Z"),
        (der.GENERALIZED_TIME, "20260230030405Z"),
        (der.GENERALIZED_TIME, "20260102030460Z"),
        (der.GENERALIZED_TIME, "2026010203040 Z"),
        (der.GENERALIZED_TIME, "²0260102030405Z"),
        (der.GENERALIZED_TIME, "00000102030405Z"),
        (der.OCTET_STRING, "20260102030405Z"),
    ],
)
def test_what_is_no_time_in_utc_is_refused(tag: int, text: str) -> None:
    with pytest.raises(Malformed, match="not a time in UTC"):
        element(tag, text.encode()).time()


def test_optional_elements_are_taken_only_if_they_are_next() -> None:
    reader = Reader(der.encode(der.context(1), b""))
    assert reader.optional(der.context(0)) is None
    assert reader.optional(der.context(1)) is not None
    assert reader.optional(der.context(1)) is None
    assert not reader


def test_lists_have_an_end() -> None:
    null = der.encode(der.NULL)
    reader = der.read(der.encode(der.SEQUENCE, null * limits.DER_ENTRIES))
    assert [entry.tag for entry in reader.entries()] == [der.NULL] * limits.DER_ENTRIES
    longer = der.read(der.encode(der.SEQUENCE, null * (limits.DER_ENTRIES + 1)))
    with pytest.raises(LimitExceeded, match="more than 64 entries"):
        list(longer.entries())


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, "020100"),
        (1, "020101"),
        (127, "02017f"),
        (128, "02020080"),
        (-1, "0201ff"),
        (-128, "020180"),
        (-129, "0202ff7f"),
        (-32_768, "02028000"),
    ],
)
def test_integers_are_as_short_as_they_can_be(value: int, encoded: str) -> None:
    """X.690 §8.3.2."""
    assert der.encode_integer(value).hex() == encoded


@settings(deadline=None)
@given(st.integers())
def test_integers_survive(value: int) -> None:
    assert Reader(der.encode_integer(value)).integer(size=1 << 20) == value


@settings(deadline=None)
@given(
    st.tuples(st.integers(0, 2), st.integers(0, 39), st.integers(0, 1 << 64)).map(
        lambda arcs: ".".join(map(str, arcs))
    )
)
def test_object_identifiers_survive(dotted: str) -> None:
    assert Reader(der.encode_oid(dotted)).oid() == dotted


@settings(deadline=None)
@given(st.integers(0, 70_000))
def test_lengths_survive(length: int) -> None:
    assert Reader(der.encode(der.OCTET_STRING, bytes(length))).octets() == bytes(length)


@settings(deadline=None)
@given(st.binary(max_size=64), st.lists(st.sampled_from(["enter", "take", "integer", "oid"])))
def test_any_bytes_are_read_or_refused(data: bytes, steps: list[str]) -> None:
    reader = Reader(data)
    offset: int | None = 0
    try:
        for step in steps:
            if step == "enter":
                reader = reader.take().reader()
            else:
                getattr(reader, step)()
    except Malformed as error:
        offset = error.offset
    assert offset is not None
    assert 0 <= offset <= len(data)
