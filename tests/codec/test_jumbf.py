"""JUMBF: what is read and how, what is refused, and that what is written is read."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec import jumbf
from aidisclose.codec.jumbf import Superbox, box, superbox, type_uuid
from aidisclose.errors import AidiscloseError, LimitExceeded, Malformed

UUID = type_uuid("test")


def described(toggles: int, rest: bytes, *contents: bytes) -> bytes:
    """A superbox whose description has these toggles and goes on like this."""
    return box(b"jumb", box(b"jumd", UUID + bytes([toggles]) + rest) + b"".join(contents))


def test_type_of_a_four_character_code() -> None:
    assert type_uuid("c2pa").hex() == "6332706100110010800000aa00389b71"


def test_a_superbox_is_read() -> None:
    inner = superbox(UUID, "inner", [box(b"json", b"{}")], salt=b"s" * 16)
    data = superbox(UUID, "outer", [box(b"cbor", b"\xf6"), inner, box(b"free", b"")])
    outer = jumbf.parse(data)
    assert (outer.uuid, outer.label, outer.salt) == (UUID, "outer", None)
    assert outer.is_referable
    assert [(item.type, item.content) for item in outer.contents] == [
        (b"cbor", b"\xf6"),
        (b"free", b""),
    ]
    assert outer.children[1] == next(outer.superboxes)
    (found,) = outer.superboxes
    assert (found.label, found.salt) == ("inner", b"s" * 16)
    assert bytes(found.whole) == inner
    assert bytes(found.payload) == inner[8:]
    assert outer.content_box(b"cbor") == outer.children[0]
    assert outer.content_box(b"none") is None


@pytest.mark.parametrize(
    ("toggles", "rest", "label", "salt"),
    [
        pytest.param(0x00, b"", "", None, id="nothing"),
        pytest.param(0x01, b"", "", None, id="requestable"),
        pytest.param(0x02, b"a\0", "a", None, id="label, not requestable"),
        pytest.param(0x03, b"\0", "", None, id="empty label"),
        pytest.param(0x03, "ü/☺\0".encode(), "ü/☺", None, id="label beyond ASCII"),
        pytest.param(0x07, b"a\0" + bytes(4), "a", None, id="identifier"),
        pytest.param(0x0B, b"a\0" + bytes(32), "a", None, id="signature"),
        pytest.param(0x1F, b"a\0" + bytes(36) + box(b"c2sh", b"xy"), "a", b"xy", id="all"),
        pytest.param(0x10, box(b"c2sh", b""), "", b"", id="empty private box"),
        pytest.param(0xE3, b"a\0", "a", None, id="toggles without meaning"),
    ],
)
def test_descriptions(toggles: int, rest: bytes, label: str, salt: bytes | None) -> None:
    found = jumbf.parse(described(toggles, rest))
    assert (found.label, found.salt) == (label, salt)
    assert found.is_referable == (bool(label) and toggles & 0xE3 == 3)


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        pytest.param(b"", "a JUMBF box header is cut off", 0, id="nothing"),
        pytest.param(b"\0\0\0\x08jum", "a JUMBF box header is cut off", 0, id="seven bytes"),
        pytest.param(box(b"uuid", bytes(40)), "not a JUMBF superbox", 0, id="another box"),
        pytest.param(
            box(b"jumb", b""), "a JUMBF box header is cut off", 8, id="without description"
        ),
        pytest.param(
            box(b"jumb", box(b"free", b"")),
            "a JUMBF superbox does not begin with its description",
            8,
            id="late description",
        ),
        pytest.param(
            box(b"jumb", box(b"jumd", bytes(16))),
            "a JUMBF description box is too short",
            16,
            id="no toggles",
        ),
        pytest.param(
            described(0x03, b"a"), "a JUMBF label does not end", 33, id="label without end"
        ),
        pytest.param(
            described(0x03, b"\xff\0"), "a JUMBF label is not UTF-8", 33, id="label in Latin-1"
        ),
        pytest.param(
            described(0x03, b"\xed\xa0\x80\0"),
            "a JUMBF label is not UTF-8",
            33,
            id="half a surrogate pair",
        ),
        pytest.param(
            described(0x03, b"a\0b"),
            "a JUMBF description box has the wrong length",
            16,
            id="bytes after the label",
        ),
        pytest.param(
            described(0x03, b"a\0" + box(b"c2sh", b"")),
            "a JUMBF description box has the wrong length",
            16,
            id="hidden salt",
        ),
        pytest.param(
            described(0x07, b"a\0" + bytes(3)),
            "a JUMBF description box has the wrong length",
            16,
            id="identifier cut off",
        ),
        pytest.param(
            described(0x0B, b"a\0"),
            "a JUMBF description box has the wrong length",
            16,
            id="signature cut off",
        ),
        pytest.param(
            described(0x13, b"a\0"), "a JUMBF box header is cut off", 35, id="no private box"
        ),
        pytest.param(
            described(0x1F, b"a\0"),
            "a JUMBF box header is cut off",
            71,
            id="private box beyond the description",
        ),
        pytest.param(
            described(0x13, b"a\0" + box(b"c2sh", b"xy")[:-1]),
            "a JUMBF box declares 10 bytes, 9 are there",
            35,
            id="salt",
        ),
        pytest.param(
            described(0x13, b"a\0" + box(b"c2sh", b"") * 2),
            "a JUMBF description box has the wrong length",
            16,
            id="two private boxes",
        ),
    ],
)
def test_broken_descriptions_are_refused(data: bytes, reason: str, offset: int) -> None:
    with pytest.raises(Malformed) as caught:
        jumbf.parse(data)
    assert (caught.value.reason, caught.value.offset) == (reason, offset)


@pytest.mark.parametrize("behind", [b"", b"\0", b"more than the label"])
def test_the_length_of_a_label_is_capped(behind: bytes) -> None:
    longest = b"a" * limits.JUMBF_LABEL
    assert jumbf.parse(described(0x03, longest + b"\0")).label == longest.decode()
    with pytest.raises(Malformed) as caught:
        jumbf.parse(described(0x03, longest + b"a" + behind))
    assert caught.value.reason == f"a JUMBF label of more than {limits.JUMBF_LABEL} bytes"
    assert caught.value.offset == 33
    with pytest.raises(Malformed) as caught:
        jumbf.parse(described(0x03, longest))
    assert caught.value.reason == "a JUMBF label does not end"


@pytest.mark.parametrize("length", [2, 7, 9, 2**31, 2**32 - 1])
def test_a_length_must_fit(length: int) -> None:
    """Into the box around it, and be no shorter than its own header."""
    child = length.to_bytes(4) + b"free"
    with pytest.raises(Malformed, match=f"declares {length} bytes") as caught:
        jumbf.parse(described(0x03, b"a\0", child))
    assert caught.value.offset == len(described(0x03, b"a\0"))
    whole = superbox(UUID, "a", [])
    if length != 9:
        with pytest.raises(Malformed, match=f"declares {length} bytes"):
            jumbf.parse(length.to_bytes(4) + whole[4:])


@pytest.mark.parametrize("length", [0, 15, 17, 2**63, 2**64 - 1])
def test_a_long_length_must_fit(length: int) -> None:
    child = (1).to_bytes(4) + b"free" + length.to_bytes(8)
    with pytest.raises(Malformed, match=f"declares {length} bytes"):
        jumbf.parse(described(0x03, b"a\0", child))


def test_a_long_length_may_be_short() -> None:
    child = (1).to_bytes(4) + b"free" + (19).to_bytes(8) + b"abc"
    (found,) = jumbf.parse(described(0x03, b"a\0", child)).contents
    assert found.content == b"abc"
    with pytest.raises(Malformed):  # cut off inside the long length
        jumbf.parse(described(0x03, b"a\0", child[:15]))


def test_an_inner_box_without_length_is_refused() -> None:
    """What follows it would be a part of it for some readers, and not for others."""
    child = bytes(4) + b"free" + b"abc"
    with pytest.raises(Malformed, match="declares 0 bytes"):
        jumbf.parse(superbox(UUID, "a", [child]))


def test_the_box_around_all_others_may_go_to_the_end() -> None:
    data = bytes(4) + superbox(UUID, "a", [box(b"free", b"abc")])[4:]
    assert jumbf.parse(data).end == len(data)


def test_only_one_box_is_looked_at() -> None:
    data = superbox(UUID, "a", [])
    assert jumbf.parse(data + b"\0\0\0\x09more").end == len(data)
    assert jumbf.parse(b"before" + data + b"after", 6).label == "a"


def _nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth + 1):
        data = superbox(UUID, "a", [data])
    return data


def test_depth_is_capped() -> None:
    jumbf.parse(_nested(limits.JUMBF_DEPTH))
    for depth in (limits.JUMBF_DEPTH + 1, 2_000):
        with pytest.raises(LimitExceeded, match="deep"):
            jumbf.parse(_nested(depth))


def test_the_number_of_boxes_is_capped_over_all_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "JUMBF_BOXES", 10)
    inner = superbox(UUID, "b", [box(b"free", b"")] * 4)
    jumbf.parse(superbox(UUID, "a", [inner, inner]))
    with pytest.raises(LimitExceeded, match="more than 10"):
        jumbf.parse(superbox(UUID, "a", [inner, inner, box(b"free", b"")]))


def test_a_box_of_four_gibibytes_has_a_long_length() -> None:
    class Content(bytes):
        def __len__(self) -> int:
            return (1 << 32) - 8

        def __radd__(self, other: bytes) -> bytes:
            return other

    content = Content()
    assert box(b"free", content)[:16] == (1).to_bytes(4) + b"free" + ((1 << 32) + 8).to_bytes(8)


def test_a_label_cannot_hold_a_terminator() -> None:
    with pytest.raises(ValueError, match="NUL"):
        superbox(UUID, "a\0b", [])


tree = st.recursive(
    st.builds(box, st.sampled_from([b"cbor", b"json", b"free"]), st.binary(max_size=30)),
    lambda inner: st.builds(
        superbox,
        st.binary(min_size=16, max_size=16),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
        st.lists(inner, max_size=4),
        salt=st.none() | st.binary(min_size=16, max_size=32),
    ),
    max_leaves=10,
)


def _encode(found: jumbf.ContentBox | Superbox) -> bytes:
    if not isinstance(found, Superbox):
        return box(found.type, found.content)
    return superbox(found.uuid, found.label, map(_encode, found.children), salt=found.salt)


@given(contents=st.lists(tree, max_size=3), label=st.text("aü.", max_size=8))
def test_what_is_written_is_read(contents: list[bytes], label: str) -> None:
    data = superbox(UUID, label, contents)
    found = jumbf.parse(data)
    assert found.end == len(data)
    assert _encode(found) == data


@given(data=tree, position=st.integers(0), byte=st.integers(0, 255), cut=st.integers(0))
def test_damaged_boxes_raise_nothing_else(data: bytes, position: int, byte: int, cut: int) -> None:
    damaged = bytearray(data)
    damaged[position % len(data)] = byte
    for hostile in (bytes(damaged), data[: cut % len(data)]):
        with contextlib.suppress(AidiscloseError):
            found = jumbf.parse(hostile)
            assert all(child.end <= found.end for child in found.children)


@given(data=st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_else(data: bytes) -> None:
    for hostile in (data, box(b"jumb", data), described(0x13, data)):
        with contextlib.suppress(AidiscloseError):
            jumbf.parse(hostile)
