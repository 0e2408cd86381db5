"""CBOR: what is read and how, what is refused, and padding to every size."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterator
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec import cbor
from aidisclose.errors import Malformed


@pytest.mark.parametrize(
    ("data", "value"),
    [
        pytest.param("00", 0, id="zero"),
        pytest.param("3903e7", -1000, id="negative"),
        pytest.param("1bffffffffffffffff", 2**64 - 1, id="64 bits"),
        pytest.param("f5", True, id="true"),
        pytest.param("f6", None, id="null"),
        pytest.param("f97c00", math.inf, id="half float"),
        pytest.param("43010203", b"\x01\x02\x03", id="bytes"),
        pytest.param("5f41014102ff", b"\x01\x02", id="bytes in chunks"),
        pytest.param("62c3bc", "ü", id="text"),
        pytest.param("9f0102ff", [1, 2], id="indefinite array"),
        pytest.param("bf616101ff", {"a": 1}, id="indefinite map"),
        pytest.param("a2616201616102", {"b": 1, "a": 2}, id="unsorted map"),
        pytest.param(
            "c074323031332d30332d32315432303a30343a30305a", "2013-03-21T20:04:00Z", id="0"
        ),
        pytest.param("d8206161", "a", id="tag 32, a URI"),
        pytest.param("a2012618214103", {1: -7, 33: b"\3"}, id="a COSE header"),
        pytest.param("bf01025f4101ff03ff", {1: 2, b"\1": 3}, id="chunks as key"),
        pytest.param("bf01bfff03c100ff", {1: {}, 3: cbor2.CBORTag(1, 0)}, id="open-ended"),
    ],
)
def test_values(data: str, value: object) -> None:
    assert cbor.decode(bytes.fromhex(data)) == value


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param("", "not well-formed", id="nothing"),
        pytest.param("18", "not well-formed", id="a number cut off"),
        pytest.param("4301", "not well-formed", id="bytes cut off"),
        pytest.param("5bffffffffffffffff", "not well-formed", id="exabytes announced"),
        pytest.param("9bffffffffffffffff", "not well-formed", id="exa-elements announced"),
        pytest.param("bbffffffffffffffff", "not well-formed", id="exa-entries announced"),
        pytest.param("9b00000000ffffffff00", "not well-formed", id="more elements than bytes"),
        pytest.param("1c", "not well-formed", id="a reserved length"),
        pytest.param("ff", "not well-formed", id="a break alone"),
        pytest.param("9f01", "not well-formed", id="indefinite without end"),
        pytest.param("bf6161ff", "not well-formed", id="a key without value"),
        pytest.param("5f6161ff", "not well-formed", id="text among byte chunks"),
        pytest.param("61ff", "not well-formed", id="text that is not UTF-8"),
        pytest.param("a2616101616102", "not well-formed", id="a key twice"),
        pytest.param("bf616101616102ff", "not well-formed", id="a key twice, indefinite"),
        pytest.param("a201010102", "not well-formed", id="a number key twice"),
        pytest.param("81a2616101616102", "not well-formed", id="a key twice, inside"),
        pytest.param("a18001", "map key", id="a list as key"),
        pytest.param("a1a001", "map key", id="a map as key"),
        pytest.param("a1c001", "map key", id="a tag as key"),
        pytest.param("a1f93c0001", "map key", id="a float as key"),
        pytest.param("a1f501", "map key", id="a boolean as key"),
        pytest.param("bf0001800001ff", "map key", id="a list as the second key"),
        pytest.param("a100a18001", "map key", id="a list as key inside"),
        pytest.param("d281bf5f4101ff018001ff", "map key", id="a list as key behind chunks"),
        pytest.param("d81c80", "tag 28", id="a shareable value"),
        pytest.param("d81d00", "tag 29", id="a shared reference"),
        pytest.param("d81c81d81d00", "tag 2[89]", id="a cycle"),
        pytest.param("d9010080", "tag 256", id="string references"),
        pytest.param("d81900", "tag 25", id="a string reference"),
        pytest.param("0000", "bytes follow", id="two values"),
        pytest.param("a000", "bytes follow", id="a zero behind a map"),
        pytest.param("f800", "not well-formed", id="a simple value in two bytes"),
    ],
)
def test_what_is_refused(data: str, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        cbor.decode(bytes.fromhex(data))


def test_trailing_bytes_are_located() -> None:
    with pytest.raises(Malformed) as caught:
        cbor.decode(bytes.fromhex("83010203") + b"more")
    assert caught.value.offset == 4


@pytest.mark.parametrize("head", [b"\x81", b"\xa1\x00", b"\xc6"], ids=["array", "map", "tag"])
def test_depth_is_capped(head: bytes) -> None:
    cbor.decode(head * (limits.CBOR_DEPTH - 1) + b"\x00")
    for depth in (limits.CBOR_DEPTH + 1, 1_000, 100_000):
        with pytest.raises(Malformed):
            cbor.decode(head * depth + b"\x00")


def test_the_number_of_values_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of a million empty lists takes a megabyte in the file and sixty in memory."""
    monkeypatch.setattr(limits, "CBOR_VALUES", 1_000)
    monkeypatch.setattr(limits, "CBOR_UNCOUNTED", 0)
    head = b"\x9a" + (997).to_bytes(4)
    assert cbor.decode(head + b"\x80" * 997) == [[]] * 997
    for hostile in (b"\x80" * 1_000, b"\xa0" * 1_000, b"\x00" * 10_000):
        with pytest.raises(Malformed, match="more than 1000 CBOR values"):
            cbor.decode(b"\x9a" + len(hostile).to_bytes(4) + hostile)
    assert cbor.decode(cbor2.dumps([bytes(100_000)] * 3)) == [bytes(100_000)] * 3


def test_keys_with_the_same_hash_are_refused_before_they_are_compared() -> None:
    """Tuples, made to order: a megabyte of them would take an hour."""
    keys = _colliding_pairs(20_000)
    assert len({hash(key) for key in keys}) == 1
    entries = b"".join(cbor2.dumps(list(key)) + b"\0" for key in keys)
    with pytest.raises(Malformed, match="map key"):
        cbor.decode(b"\xb9" + len(keys).to_bytes(2) + entries)


def _colliding_pairs(count: int) -> list[tuple[int, int]]:
    """Pairs of integers with one hash: the last step of CPython's xxHash, solved for the second."""
    prime1, prime2, prime5 = 11400714785074694791, 14029467366897019727, 2870177450012600261
    mask = 2**64 - 1
    back1, back2 = pow(prime1, -1, 2**64), pow(prime2, -1, 2**64)
    last = back1 * 4711 & mask
    before = last >> 31 | last << 33 & mask
    pairs: list[tuple[int, int]] = []
    for first in itertools.count():
        state = prime5 + first * prime2 & mask
        state = (state << 31 | state >> 33) * prime1 & mask
        second = (before - state) * back2 & mask
        if second < 2**61 - 1:  # an integer below is its own hash
            pairs.append((first, second))
        if len(pairs) == count:
            break
    return pairs


@pytest.mark.parametrize("tag", [1, 2, 3, 4, 5, 18, 30, 35, 36, 37, 52, 54, 100, 258, 260, 261])
def test_tags_stay_plain_data(tag: int) -> None:
    """A bignum is not computed, a regular expression not compiled, an e-mail not parsed."""
    for content in (0, b"\x01" * 40, "(a+)+$", [1, 2], {"a": 1}):
        value = cbor.decode(cbor2.dumps(cbor2.CBORTag(tag, content)))
        assert isinstance(value, cbor2.CBORTag)
        assert (value.tag, value.value) == (tag, content)


def test_what_is_below_unknown_tags_is_plain_data() -> None:
    """cbor2 makes frozen lists and maps of it, which are neither lists nor maps."""
    inner = cbor2.CBORTag(998, [1, {"z": []}])
    value = cbor.decode(cbor2.dumps([cbor2.CBORTag(999, {"x": [1, {"y": inner}]})]))
    assert value == [cbor2.CBORTag(999, {"x": [1, {"y": inner}]})]
    assert isinstance(value, list)
    outer = value[0].value
    assert (type(outer), type(outer["x"]), type(outer["x"][1])) == (dict, list, dict)
    assert type(outer["x"][1]["y"].value[1]["z"]) is list


def test_no_tag_makes_an_object() -> None:
    """Whatever cbor2 learns to decode in a later version."""
    plain = (int, float, str, bytes, list, dict, bool, type(None), cbor2.CBORTag)
    for tag in (*range(1_200), 43000, 55799, 2**32, 2**64 - 1):
        for content in (0, 1.5, "2020-01-01", b"\x01\x02\x03\x04", [1, 2], {"a": 1}, {}):
            try:
                value = cbor.decode(cbor2.dumps(cbor2.CBORTag(tag, content)))
            except Malformed:
                continue
            assert type(value) in plain, f"tag {tag} of {content!r} became {value!r}"


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        pytest.param("a100", "it is cut off", 2, id="a key without value"),
        pytest.param("18", "it is cut off", 0, id="a number cut off"),
        pytest.param("a18001", "neither an integer, bytes nor text", 1, id="a list as key"),
        pytest.param("bf0001800001ff", "neither an integer", 3, id="a list as the second key"),
        pytest.param("d281bf5f4101ff018001ff", "neither an integer", 8, id="behind chunks"),
        pytest.param("a000", "bytes follow the CBOR value", 1, id="a zero behind a map"),
    ],
)
def test_where_the_error_is(data: str, reason: str, offset: int) -> None:
    with pytest.raises(Malformed, match=reason) as caught:
        cbor.decode(bytes.fromhex(data))
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("data", "begin", "end"),
    [
        pytest.param("a1616100", 3, 4, id="a number"),
        pytest.param("a161611903e8", 3, 6, id="a number of two bytes"),
        pytest.param("a1616143010203", 3, 7, id="bytes"),
        pytest.param("a26162f46161f5", 6, 7, id="behind a boolean"),
        pytest.param("a26162fb00000000000000006161f6", 14, 15, id="behind a float"),
        pytest.param("a2616282010261614101", 8, 10, id="behind a list"),
        pytest.param("a26162a1010261614101", 8, 10, id="behind a map"),
        pytest.param("a26162c1820102616180", 9, 10, id="behind a tag"),
        pytest.param("a2616162626361616100", 3, 6, id="text"),
        pytest.param("a26161006161f5", 3, 4, id="the first of two"),
        pytest.param("a26162406161f5", 6, 7, id="behind an empty string"),
        pytest.param("a26162806161f5", 6, 7, id="behind an empty list"),
        pytest.param("a161615818" + "00" * 24, 3, 29, id="24 bytes"),
        pytest.param("a161615b0000000000000001ff", 3, 13, id="a length of eight bytes"),
    ],
)
def test_the_span_of_a_value(data: str, begin: int, end: int) -> None:
    assert cbor.span(bytes.fromhex(data), "a") == (begin, end)


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        pytest.param("", "not well-formed CBOR: it is cut off", 0, id="nothing"),
        pytest.param("80", "the CBOR value is not a map of definite length", None, id="a list"),
        pytest.param(
            "bf616100ff", "the CBOR value is not a map of definite length", None, id="an open map"
        ),
        pytest.param("a0", "the CBOR map has no key 'a'", None, id="an empty map"),
        pytest.param("a1616200", "the CBOR map has no key 'a'", None, id="another key"),
        pytest.param("a10161615f", "the CBOR map has no key 'a'", None, id="a key as value"),
        pytest.param("a1616200616100", "the CBOR map has no key 'a'", None, id="behind the map"),
        pytest.param("a16161", "not well-formed CBOR: it is cut off", 3, id="no value"),
        pytest.param("a161614401", "not well-formed CBOR: it is cut off", 3, id="bytes cut off"),
        pytest.param("a161615f4100ff", "a CBOR value of indefinite length", 3, id="chunks"),
        pytest.param("a161619f00ff", "a CBOR value of indefinite length", 3, id="an open list"),
        pytest.param(
            "a161611c" + "00" * 16, "a CBOR value of indefinite length", 3, id="a reserved length"
        ),
    ],
)
def test_values_without_a_span(data: str, reason: str, offset: int | None) -> None:
    with pytest.raises(Malformed) as caught:
        cbor.span(bytes.fromhex(data), "a")
    assert (caught.value.reason, caught.value.offset) == (reason, offset)


@pytest.mark.parametrize("inner", [b"\x80", b"\xa0", b"\x00"])
def test_a_span_has_at_most_as_many_values(inner: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is one value: with 998 in it there is one left, in which the end is seen."""
    monkeypatch.setattr(limits, "CBOR_VALUES", 1_000)
    head = b"\xa1\x61a\x99"
    assert cbor.span(head + (998).to_bytes(2) + inner * 998, "a") == (3, 6 + 998)
    with pytest.raises(Malformed) as caught:
        cbor.span(head + (1_000).to_bytes(2) + inner * 1_000, "a")
    assert caught.value.reason == "more than 1000 CBOR values"


def test_values_of_a_file_are_counted_to_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CBOR_VALUES", 10)
    monkeypatch.setattr(limits, "CBOR_UNCOUNTED", 3)
    values = cbor.ValueBudget()
    values.spend_encoded(b"\x82\x00\x00")  # not counted
    values.spend_encoded(b"\x82\x00\x00")
    values.spend(7)
    with pytest.raises(Malformed) as caught:
        values.spend(1)
    assert caught.value.reason == "the file holds more than 10 values"
    with pytest.raises(Malformed, match="more than 10 values"):
        values.spend_encoded(b"")


def test_only_a_map_will_do() -> None:
    assert cbor.decode_map(b"\xa1\x01\x02") == {1: 2}
    with pytest.raises(Malformed, match="not a map"):
        cbor.decode_map(b"\x81\x01")


def test_maps_keep_their_order_when_encoded() -> None:
    assert cbor.encode({"b": 1, "a": 2}).hex() == "a2616201616102"
    assert (
        cbor.encode({"when": cbor.date_time("2026-01-01T00:00:00Z")})
        .hex()
        .startswith("a1647768656ec074")
    )


@pytest.mark.parametrize("value", [object(), [object()], {"a": object}, lambda: 0])
def test_only_plain_data_are_encoded(value: object) -> None:
    with pytest.raises(TypeError):
        cbor.encode(value)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(value=plain)
def test_what_is_written_is_read(value: object) -> None:
    assert cbor.decode(cbor.encode(value)) == value


@given(data=st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_else(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        cbor.decode(data)


@given(value=plain, position=st.integers(0), byte=st.integers(0, 255))
def test_damaged_cbor_raises_nothing_else(value: object, position: int, byte: int) -> None:
    data = bytearray(cbor.encode(value))
    data[position % len(data)] = byte
    with contextlib.suppress(Malformed):
        cbor.decode(bytes(data))


# --- padding ------------------------------------------------------------------------------------

#: Where the length of a byte string's own length changes, with room for both names.
_STEPS = (24, 256, 65_536)


def _sizes() -> Iterator[int]:
    yield 0
    yield from range(5, 1_200)
    yield from range(1_200, 70_000, 911)
    for step in _STEPS:
        yield from range(max(5, step - 30), step + 30)


def test_padding_takes_exactly_any_size() -> None:
    """In one entry, or in two where no byte string has the length."""
    for size in _sizes():
        entries = cbor.padding(size)
        assert len(cbor2.dumps(entries)) - 1 == size
        assert set(entries) <= {"pad", "pad2"}
        assert not any(any(value) for value in entries.values() if isinstance(value, bytes))


@pytest.mark.parametrize("size", [-(2**40), -1, 1, 2, 3, 4])
def test_sizes_that_no_padding_has(size: int) -> None:
    with pytest.raises(ValueError, match="no byte string"):
        cbor.padding(size)


def test_gaps_take_a_second_entry() -> None:
    """Between 23 bytes with a head of one and 24 with a head of two, and so on."""
    gaps = {size for size in _sizes() if "pad2" in cbor.padding(size)}
    assert gaps == {29, 262, 65_543, 65_544}


@pytest.mark.parametrize("tags", [0, 1, 5])
@pytest.mark.parametrize("values", [1, 2, 3])
def test_what_a_tag_holds_is_one_value_of_a_list(tags: int, values: int) -> None:
    """And does not end the list, nor make it longer."""
    inner = [bytes([0xC1]) * tags + b"\x07"] * values
    data = b"\xa2\x61a" + bytes([0x80 + values]) + b"".join(inner) + b"\x61b\x01"
    end = len(data) - 3
    assert cbor.span(data, "a") == (3, end)
    assert cbor.span(data, "b") == (len(data) - 1, len(data))


@pytest.mark.parametrize("value", [object(), {"a": object()}, [lambda: None]])
def test_what_cbor_has_no_form_for_is_named(value: Any) -> None:
    for encode in (cbor.encode, cbor.encode_deterministic):
        with pytest.raises(TypeError, match=r"object|function"):
            encode(value)


def test_what_is_decoded_has_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DECODED_SIZE", 100)
    values = cbor.ValueBudget()
    assert cbor.decode(b"\x58\x30" + bytes(48), values=values) == bytes(48)
    values.spend_json(b'"%b"' % (b"a" * 48))
    for _ in range(2):
        with pytest.raises(Malformed, match="more than 100 bytes of CBOR and JSON"):
            cbor.decode(b"\x00", values=values)


def test_values_of_json_are_counted_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CBOR_VALUES", 10)
    values = cbor.ValueBudget()
    values.spend_json(b'{"a": [1, [], {}]}')
    with pytest.raises(Malformed, match="more than 10 values"):
        values.spend_json(b"[[],[]]")


def test_values_that_hold_no_others() -> None:
    data = {"a": [1, {2: b"x"}], "b": cbor2.CBORTag(99, ["y", None]), "c": []}
    found = list(cbor.leaves(data))
    assert len(found) == 4
    assert {1, b"x", "y", None} == set(found)
    assert set(cbor.leaves(data, keys=True)) == {*found, "a", "b", "c", 2}
