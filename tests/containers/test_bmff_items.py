"""XMP packets of pictures: an item where readers look for it, and never two that disagree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.containers import Edits, Layout, bmff
from aidisclose.containers.bmff import items as bmff_items
from aidisclose.containers.isobox import Paths, walk
from aidisclose.errors import AidiscloseError, LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource
from tests.containers.samples_bmff import (
    JPEG_HEAD,
    MARKS,
    PACKET,
    XMP_ITEM,
    box,
    described,
    full,
    iinf,
    infe,
    iref,
)

NEW = PACKET.replace(b'"0"', b'"12345"')
PICTURES = [infe(1, "hvc1"), infe(2, "hvc1")]
UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")


def scan(data: bytes) -> Layout:
    return bmff.scan(BytesSource(data))


def packet(data: bytes) -> bytes | None:
    place = scan(data).xmp
    return data[place.start : place.end] if place else None


def edit(data: bytes, new: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = bmff.rewrite(source, bmff.scan(source), Edits(xmp=new))
    return splice.read_at(0, splice.size)


def content(data: bytes, path: str) -> bytes:
    source = BytesSource(data)
    (found,) = Paths(source, tuple(walk(source))).find(path)
    return data[found.body : found.end]


VARIANTS = {
    "plain": described(),
    "32-bit": described(tables=1, location=2, sizes=(8, 8, 8, 4)),
    "idat": described(location=1, in_idat=True),
    "base": described(sizes=(0, 4, 4, 0)),
    "jpeg": described(packet=JPEG_HEAD + PACKET),
    "unreferenced": described(references=b""),
    "box of its own": edit(described(packet=b""), PACKET),
}
each_variant = pytest.mark.parametrize("data", VARIANTS.values(), ids=VARIANTS)


@each_variant
def test_a_packet_is_found_in_its_item(data: bytes) -> None:
    assert packet(data) == PACKET


@each_variant
def test_another_packet_takes_its_place(data: bytes) -> None:
    """Nothing is left of the old one, and the item stays what it was."""
    after = edit(data, NEW)
    assert packet(after) == NEW
    assert after.count(b"xmpmeta") == 2  # a start and an end
    assert content(after, "/meta/iinf") == content(data, "/meta/iinf")
    if b"iref" in data:
        assert content(after, "/meta/iref") == content(data, "/meta/iref")
    assert edit(edit(data, PACKET), NEW) == after


@each_variant
def test_a_packet_goes_with_its_item(data: bytes) -> None:
    after = edit(data, None)
    assert packet(after) is None
    assert b"xmpmeta" not in after
    assert XMP_ITEM[0] not in after
    assert all(mark in after for mark in MARKS[:2])
    assert edit(after, None) == after
    assert edit(edit(data, NEW), None) == after


@pytest.mark.parametrize("tables", [0, 1])
@pytest.mark.parametrize("location", [0, 1, 2])
def test_a_new_packet_describes_the_primary_item(tables: int, location: int) -> None:
    """In every version of the tables."""
    bare = described(packet=b"", tables=tables, location=location)
    data = edit(bare, NEW)
    assert packet(data) == NEW
    references = content(data, "/meta/iref")[12:]
    assert references == ((3).to_bytes(2) + (1).to_bytes(2) + (1).to_bytes(2))
    assert edit(data, None) == bare


def test_a_primary_item_with_a_large_number_can_be_described() -> None:
    """Its number needs references with 32 bits."""
    wide = [infe(70_000, "hvc1", version=3), infe(2, "hvc1", version=3)]
    bare = described(packet=b"", tables=1, infos=wide)
    at = bare.index(b"pitm") + 8
    bare = bare[:at] + (70_000).to_bytes(4) + bare[at + 4 :]
    data = edit(bare, NEW)
    assert content(data, "/meta/iref")[0] == 1
    assert (70_000).to_bytes(4) in content(data, "/meta/iref")
    assert packet(data) == NEW
    assert edit(data, None) == bare


def test_a_packet_about_another_item_is_not_that_of_the_picture() -> None:
    """Cameras describe gain maps in this way."""
    data = described(references=iref(("cdsc", 3, [2])))
    assert packet(data) is None
    marked = edit(data, NEW)
    assert packet(marked) == NEW
    assert PACKET in marked
    assert edit(marked, None) == data


def test_a_packet_in_an_item_and_one_in_a_box_become_one() -> None:
    """The one in the item counts, for it stands where the standard wants it."""
    bare = described(packet=b"")
    both = edit(bare, PACKET)
    both += box("uuid", UUID, PACKET.replace(b'"0"', b'"5"'))
    assert packet(both) == PACKET
    assert edit(both, NEW) == edit(bare, NEW)
    assert edit(both, None) == bare


def test_an_item_that_is_named_twice_has_one_packet() -> None:
    data = described(infos=[*PICTURES, *2 * [infe(3, "mime", *XMP_ITEM)]])
    assert packet(edit(data, NEW)) == NEW
    assert XMP_ITEM[0] not in edit(data, None)


def test_a_packet_in_a_box_stays_there() -> None:
    data = described(packet=b"") + box("uuid", UUID, PACKET)
    assert packet(data) == PACKET
    assert edit(data, NEW) == described(packet=b"") + box("uuid", UUID, NEW)


@pytest.mark.parametrize(
    "data",
    [
        described(packet=b"", sizes=(4, 0, 0, 0)),
        described(packet=b"").replace(b"pict", b"null"),
        described(packet=b"").replace(b"pitm", b"free"),
    ],
    ids=["no lengths", "no picture", "no primary item"],
)
def test_a_packet_goes_into_a_box_where_no_item_can_hold_it(data: bytes) -> None:
    marked = edit(data, NEW)
    assert box("uuid", UUID, NEW) in marked
    assert packet(marked) == NEW
    assert edit(marked, None) == data


UNREADABLE = {
    "split": described(parts=3),
    "compressed": described(infos=[*PICTURES, infe(3, "mime", *XMP_ITEM, b"deflate")]),
    "encrypted": described(infos=[*PICTURES, infe(3, "mime", *XMP_ITEM, protection=1)]),
    "nowhere": described(infos=[*PICTURES, infe(9, "mime", *XMP_ITEM)], references=b""),
    "empty": edit(described(packet=b""), PACKET).replace(len(PACKET).to_bytes(4), bytes(4)),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_a_packet_that_cannot_be_read_is_not_lost(data: bytes) -> None:
    """It can be removed, if that is wanted."""
    assert packet(data) is None
    with pytest.raises(UnsupportedFormat, match="compressed or split"):
        edit(data, NEW)
    assert XMP_ITEM[0] not in edit(data, None)


@pytest.mark.parametrize(
    "infos",
    [
        [infe(1, "hvc1"), infe(2, "mime", *XMP_ITEM), infe(3, "mime", *XMP_ITEM)],
        [*PICTURES, infe(3, "mime", b"text/plain"), infe(2, "mime", *XMP_ITEM)],
    ],
)
def test_bytes_of_another_item_are_not_overwritten(infos: list[bytes]) -> None:
    data = described(infos=infos, references=b"")
    start = data.index(b"iloc")
    first, second = (data.index(PACKET).to_bytes(4), data.index(MARKS[1]).to_bytes(4))
    table = data[start : start + 60].replace(second, first)
    with pytest.raises(MalformedFile, match="shares its bytes"):
        edit(data[:start] + table + data[start + 60 :], NEW)


def test_a_packet_outside_of_media_is_left_there() -> None:
    """What lies in another box may be a table that is about to change."""
    data = described()
    moved = data.replace(data.index(PACKET).to_bytes(4), (24).to_bytes(4))
    after = edit(moved, NEW)
    assert packet(after) == NEW
    assert PACKET in after


BROKEN = {
    "a million entries": iinf(*PICTURES, infe(3, "mime", *XMP_ITEM), count=1_000_000, version=1),
    "too few entries": iinf(*PICTURES, infe(3, "mime", *XMP_ITEM), count=1),
    "short entry": iinf(*PICTURES, infe(3, "mime", *XMP_ITEM), full("infe", 2, 0, b"\0"), count=4),
    "long entry": full("iinf", 0, 0, b"\0\1", b"\xff\0\0\0infe", *XMP_ITEM),
    "no count": box("iinf", b"\0"),
}


@pytest.mark.parametrize("table", BROKEN.values(), ids=BROKEN)
def test_a_picture_with_broken_tables_is_read_without_a_packet(table: bytes) -> None:
    """Its manifest can be verified all the same; XMP cannot be written."""
    good = iinf(*PICTURES, infe(3, "mime", *XMP_ITEM))
    data = described()
    at = data.index(b"meta") - 4
    meta = data[at : at + int.from_bytes(data[at : at + 4])]
    new = meta.replace(good, table)
    assert new != meta
    data = data.replace(meta, (len(new)).to_bytes(4) + new[4:])
    assert scan(data).xmp is None
    with pytest.raises(MalformedFile):
        edit(data, NEW)


@pytest.mark.parametrize("table", [full("iref", 0, 0, box("cdsc", b"\0")), box("iref", b"\0")])
def test_a_reference_that_is_cut_off_is_malformed(table: bytes) -> None:
    data = described(references=table)
    assert packet(data) is None
    with pytest.raises(MalformedFile, match="iref"):
        edit(data, NEW)


def test_a_meta_box_that_ends_with_the_file_is_refused() -> None:
    """Nothing can follow it."""
    data = described(packet=b"")
    at = data.index(b"meta") - 4
    size = int.from_bytes(data[at : at + 4])
    meta = bytes(4) + data[at + 4 : at + size]
    with pytest.raises(UnsupportedFormat, match="no end"):
        edit(data[:at] + meta, NEW)


def test_tables_without_room_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 65,535 entries, 16 bits do not hold how many there are, if so many were read."""
    monkeypatch.setattr(limits, "ITEMS", 65_535)
    others = [infe(item, "hvc1") for item in range(1, 65_535)]
    full_up = described(packet=b"", infos=[*others, infe(1, "hvc1")])
    with pytest.raises(LimitExceeded, match="no room"):
        edit(full_up, NEW)


def test_tables_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bmff_items, "_NUMBERS", range(1, 3))
    with pytest.raises(LimitExceeded, match="a number for every item"):
        edit(described(packet=b""), NEW)
    monkeypatch.undo()
    monkeypatch.setattr("aidisclose.limits.XMP_SIZE", len(PACKET) - 1)
    with pytest.raises(LimitExceeded, match="XMP packets"):
        edit(described(), None)
    monkeypatch.undo()
    monkeypatch.setattr("aidisclose.limits.ITEM_TABLE", 30)
    assert packet(described()) is None


@given(
    data=st.sampled_from([*VARIANTS.values(), *UNREADABLE.values()]),
    changes=st.lists(
        st.tuples(st.integers(24, 400), st.binary(min_size=1, max_size=4)), max_size=4
    ),
    new=st.sampled_from([NEW, None]),
)
def test_hostile_tables_raise_nothing_but_our_own_errors(
    data: bytes, changes: list[tuple[int, bytes]], new: bytes | None
) -> None:
    """What is written in spite of them is found again."""
    changed = bytearray(data)
    for start, patch in changes:
        changed[start : start + len(patch)] = patch
    try:
        scan(bytes(changed))
        result = edit(bytes(changed), new)
    except AidiscloseError:
        return
    assert packet(result) == new
