"""ISO media files: boxes, C2PA boxes, and offsets that still point at the same bytes."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec import jumbf
from aidisclose.containers import REST, Block, Edits, Layout, bmff, read_store
from aidisclose.containers.isobox import C2PA, Box, Paths, box_at, children, version_and_flags, walk
from aidisclose.errors import (
    AidiscloseError,
    LimitExceeded,
    Malformed,
    MalformedFile,
    UnsupportedFormat,
)
from aidisclose.io.source import BytesSource, Range, Source
from aidisclose.io.splice import Data, Splice
from aidisclose.signing.credentials import Credentials
from tests.containers import samples
from tests.containers.samples_bmff import (
    JPEG_HEAD,
    MAKERS,
    MARKS,
    PACKET,
    SparseSource,
    box,
    dref,
    fragments,
    ftyp,
    full,
    iloc,
    media,
    moov,
    movie,
    open_ended,
    picture,
    quicktime,
    saio,
    segment,
    solved,
    starts,
    tfra,
    track,
)
from tests.issuing import Issued

STORE = samples.store(5000)
OTHER_STORE = samples.store(700, seed=1)
MERKLE = bmff.frame(b"\xa1\x68location\x00", purpose="merkle")

each_sample = pytest.mark.parametrize(
    "make",
    [
        pytest.param(make, id=f"{name}-{sample}")
        for name, makers in MAKERS.items()
        if name != "AVIF"  # made by Pillow, without marks
        for sample, make in makers.items()
    ],
)


def find(source: Source, roots: Sequence[Box], xpath: str) -> tuple[Box, ...]:
    return Paths(source, roots).find(xpath)


def test_paths_lead_through_a_limited_number_of_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A box is read once, and looked into by each path: of a list, there may be thousands."""
    monkeypatch.setattr(limits, "PATH_BOXES", 100)
    source = BytesSource(box("moov", box("trak") * 9))
    paths = Paths(source, tuple(walk(source)))
    for _ in range(10):
        assert paths.find("/moov/trak/tkhd") == ()
    with pytest.raises(LimitExceeded, match="more than 100 boxes"):
        paths.find("/moov/trak/tkhd")


def scan(data: bytes) -> Layout:
    return bmff.scan(BytesSource(data))


def rewritten(data: bytes, store: bytes | None) -> Splice:
    source = BytesSource(data)
    return bmff.rewrite(source, bmff.scan(source), Edits(store=store))


def rewrite(data: bytes, store: bytes | None) -> bytes:
    splice = rewritten(data, store)
    return splice.read_at(0, splice.size)


def stores(data: bytes) -> list[bytes]:
    return [read_store(BytesSource(data), store) for store in scan(data).stores]


def problems(data: bytes) -> list[str]:
    return [problem.reason for problem in scan(data).problems]


# --- Where offsets point --------------------------------------------------------------------------

TABLES = {
    "/moov/trak/mdia/minf/stbl/stco": (8, 4),
    "/moov/trak/mdia/minf/stbl/co64": (8, 8),
    "/moov/trak/mdia/minf/stbl/saio": (8, 4),
}


def targets(data: bytes) -> list[bytes]:
    """What stands where each absolute offset of a file points, read in the plainest way."""
    source = BytesSource(data)
    roots = tuple(walk(source))
    return [data[at : at + 8] for at in _absolute(source, roots, data)]


def _absolute(source: BytesSource, roots: Sequence[Box], data: bytes) -> Iterator[int]:
    for path, (skip, width) in TABLES.items():
        for found in find(source, roots, path):
            at = found.body + skip
            for number in range(int.from_bytes(data[at - 4 : at])):
                yield int.from_bytes(data[at + number * width : at + (number + 1) * width])
    for found in find(source, roots, "/moof/traf/tfhd"):
        if data[found.body + 3] & 1:
            # The fragment is made so that its base is its own start.
            yield int.from_bytes(data[found.body + 8 : found.body + 16]) + 4
    for found in find(source, roots, "/mfra/tfra"):
        width = 8 if data[found.body] else 4
        at = found.body + 16
        while at < found.end:
            yield int.from_bytes(data[at + width : at + 2 * width]) + 4
            at += 2 * width + 6
    for found in find(source, roots, "/meta/iloc"):
        yield from _items(data, found)


def _items(data: bytes, found: Box) -> Iterator[int]:
    stream = io.BytesIO(data[found.body : found.end])

    def number(width: int) -> int:
        return int.from_bytes(stream.read(width))

    version = number(4) >> 24
    sizes = number(2)
    for _ in range(number(4 if version == 2 else 2)):
        number(4 if version == 2 else 2)
        method = number(2) if version else 0
        number(2)
        base = number(sizes >> 4 & 15)
        for _ in range(number(2)):
            number(sizes & 15)
            offset = base + number(sizes >> 12)
            number(sizes >> 8 & 15)
            if method == 0:
                yield offset


@each_sample
def test_offsets_point_at_the_same_bytes(make: Callable[[], bytes]) -> None:
    """After embedding, after a smaller store in its place, and after removing that."""
    data = make()
    before = targets(data)
    assert before
    known = (*MARKS, PACKET[:8], JPEG_HEAD[:8])
    assert all(target in known or target.startswith(b"moof") for target in before)
    for store in (STORE, samples.store(200_000), OTHER_STORE, None):
        data = rewrite(data, store)
        assert targets(data) == before
        assert stores(data) == ([store] if store else [])


@pytest.mark.parametrize("absolute", [True, False])
@pytest.mark.parametrize("version", [0, 1])
def test_every_old_c2pa_box_goes_wherever_it_is(absolute: bool, version: int) -> None:
    """What lies before, between and after the boxes moves by different distances."""
    old = (MERKLE, bmff.frame(STORE), MERKLE + MERKLE)
    data = fragments(absolute=absolute, version=version, before=old)
    clean = fragments(absolute=absolute, version=version)
    assert rewrite(data, None) == clean
    assert rewrite(data, OTHER_STORE) == rewrite(clean, OTHER_STORE)
    assert targets(rewrite(data, OTHER_STORE)) == targets(clean)


def test_a_store_of_the_same_size_changes_nothing_else() -> None:
    data = rewrite(movie(), STORE)
    splice = rewritten(data, samples.store(5000, seed=9))
    assert [piece.length for piece in splice.pieces if isinstance(piece, Data)] == [5045]


def test_only_tables_are_held_in_memory() -> None:
    """200,000 offsets become one piece of new bytes; the media is copied."""
    chunks = 200_000
    mdat = box("mdat", bytes(chunks * 4))

    def build(base: int) -> tuple[bytes, int]:
        lead = ftyp() + moov(track([base + 4 * number for number in range(chunks)], width=8))
        return lead + mdat, len(lead) + 8

    splice = rewritten(solved(build), STORE)
    new = [piece.length for piece in splice.pieces if isinstance(piece, Data)]
    assert new == [5045, 8 * chunks]
    (table,) = find(splice, tuple(walk(splice)), "/moov/trak/mdia/minf/stbl/co64")
    moved = struct.unpack(f">{chunks}Q", splice.read_at(table.body + 8, 8 * chunks))
    (mdat_box,) = find(splice, tuple(walk(splice)), "/mdat")
    assert moved == tuple(range(mdat_box.body, mdat_box.end, 4))


@given(
    offsets=st.lists(st.integers(0, 4000), max_size=50),
    places=st.sets(st.integers(0, 5), max_size=3),
    width=st.sampled_from((4, 8)),
)
def test_any_offset_follows_its_byte(offsets: list[int], places: set[int], width: int) -> None:
    """Whatever the order and number of offsets, and wherever old boxes are."""
    parts = [moov(track(offsets, width=width)), *(box("mdat", bytes(500)) for _ in range(6))]
    data = ftyp()
    home: dict[int, int] = {at: at for at in range(len(data))}
    old = bmff.frame(OTHER_STORE)
    clean = len(data) + len(bmff.frame(STORE))
    for number, part in enumerate(parts):
        home |= {len(data) + at: clean + at for at in range(len(part))}
        data += part
        clean += len(part)
        if number in places:
            data += old
    result = rewrite(data, STORE)
    source = BytesSource(result)
    code = {4: "stco", 8: "co64"}[width]
    (table,) = find(source, tuple(walk(source)), f"/moov/trak/mdia/minf/stbl/{code}")
    moved = [
        int.from_bytes(result[at : at + width]) for at in range(table.body + 8, table.end, width)
    ]
    assert len(moved) == len(offsets)
    for before, after in zip(offsets, moved, strict=True):
        if before in home:
            assert after == home[before]


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("flags", [0, 1])
def test_auxiliary_information_of_a_track_is_found(version: int, flags: int) -> None:
    chunks = media()

    def build(base: int) -> tuple[bytes, int]:
        offsets = starts(chunks, base)
        lead = ftyp() + moov(track(offsets, auxiliary=saio(offsets, version=version, flags=flags)))
        return lead + box("mdat", *chunks), len(lead) + 8

    data = rewrite(solved(build), STORE)
    source = BytesSource(data)
    (found,) = find(source, tuple(walk(source)), "/moov/trak/mdia/minf/stbl/saio")
    width = 8 if version else 4
    at = found.body + 8 + 8 * flags
    offsets = [int.from_bytes(data[i : i + width]) for i in range(at, found.end, width)]
    assert [data[offset : offset + 8] for offset in offsets] == list(MARKS[:3])


def test_auxiliary_information_of_a_fragment_stays() -> None:
    """There it counts from the fragment."""
    moof = box("moof", box("traf", full("tfhd", 0, 0x20000, bytes(4)), saio([100, 200])))
    data = ftyp() + moov() + moof + box("mdat", *media())
    assert moof in rewrite(data, STORE)


def located(*items: tuple[int, int, int, list[tuple[int, int]]], **options: object) -> bytes:
    references = dref(1, 0, location=b"other.mp4\0")
    meta = full("meta", 0, 0, references, iloc(items, **options))  # type: ignore[arg-type]
    return ftyp("mif1") + meta + box("mdat", *media())


def test_items_elsewhere_stay_where_they_are() -> None:
    """In `idat`, in other items, and in another file."""
    items = [(method, reference, 0, [(400, 8)]) for method, reference in ((1, 0), (2, 0), (0, 2))]
    data = located(*items, (0, 9, 0, [(400, 8)]), version=1)
    source = BytesSource(data)
    (meta,) = find(source, tuple(walk(source)), "/meta")
    assert data[meta.start : meta.end] in rewrite(data, STORE)


def test_items_of_a_reference_to_this_file_move() -> None:
    data = located((0, 1, 0, [(400, 8)]))
    assert targets(rewrite(data, STORE)) == [data[400:408]]


def test_one_item_in_parts_that_move_differently() -> None:
    """Its base cannot follow both, so the offsets of its parts do."""
    parts = media()
    old = bmff.frame(OTHER_STORE)

    def build(base: int) -> tuple[bytes, int]:
        second = base + 500 + len(old) + 8
        location = iloc([(0, 0, base, [(0, 8), (second - base, 8)])], sizes=(4, 4, 4, 0))
        lead = ftyp("mif1") + full("meta", 0, 0, location)
        return lead + box("mdat", parts[0]) + old + box("mdat", parts[1]), len(lead) + 8

    data = solved(build)
    assert targets(data) == list(MARKS[:2])
    for store in (STORE, None):
        assert targets(rewrite(data, store)) == list(MARKS[:2])


def test_a_base_without_room_stays() -> None:
    """Its offsets have some."""
    location = iloc([(0, 0, NEAR_4_GIB, [(50, 8)])], sizes=(4, 4, 4, 0))
    source = huge(more=full("meta", 0, 0, location))
    splice = bmff.rewrite(source, bmff.scan(source), Edits(store=STORE))
    (found,) = find(splice, tuple(walk(splice)), "/meta/iloc")
    assert list(_items(splice.read_at(0, found.end), found)) == [NEAR_4_GIB + 50 + 5045]


@pytest.mark.parametrize(
    ("references", "moves"),
    [
        (dref(1), True),
        (dref(0), True),  # the flag was forgotten, for there is no location
        (dref(), True),
        (box("dinf"), True),
        (dref(0, location=b"other.mov\0"), False),
        (dref(0, 0, location=b"other.mov\0"), False),
        (box("dinf", full("dref", 0, 0, bytes(4), full("imdt", 0, 1, bytes(4)))), False),
    ],
)
def test_a_track_with_data_in_another_file_stays(references: bytes, moves: bool) -> None:
    data = ftyp() + moov(track([2000], references=references)) + box("mdat", bytes(3000))
    at = data.index(b"stco") + 12
    moved = rewrite(data, STORE).index((2000 + moves * 5045).to_bytes(4))
    assert moved == at + 5045


def test_a_track_with_data_in_two_files_is_refused() -> None:
    both = dref(1, 0, location=b"x\0")
    data = ftyp() + moov(track([2000], references=both)) + box("mdat", bytes(3000))
    with pytest.raises(UnsupportedFormat, match="remux"):
        rewrite(data, STORE)


# --- Segment indexes ------------------------------------------------------------------------------


def sidx(first: int, *sizes: int, version: int = 0) -> bytes:
    width = 8 if version else 4
    entries = [struct.pack(">III", 1 << 31 | size, 90_000, 0x90000000) for size in sizes]
    content = bytes(8) + bytes(width) + first.to_bytes(width) + struct.pack(">HH", 0, len(sizes))
    return full("sidx", version, 0, content, *entries)


@pytest.mark.parametrize("version", [0, 1])
def test_a_segment_index_follows_what_is_removed(version: int) -> None:
    """It is a chain of distances: boxes that go from within it shorten one each."""
    parts = [box("mdat", part) for part in media()]
    size = len(parts[0])
    m = len(MERKLE)
    lead = ftyp() + moov()
    signed = lead + sidx(m, size + m, size, m + size, version=version)
    signed += MERKLE + parts[0] + MERKLE + parts[1] + MERKLE + parts[2]
    plain = lead + sidx(0, size, size, size, version=version) + b"".join(parts)
    assert rewrite(signed, None) == plain
    assert rewrite(plain, STORE) == plain[:24] + bmff.frame(STORE) + plain[24:]


def test_a_segment_index_into_the_midst_of_what_goes_is_refused() -> None:
    data = ftyp() + sidx(0, 10, len(MERKLE) - 10) + MERKLE + box("mdat", bytes(100))
    with pytest.raises(LimitExceeded, match="no room"):
        rewrite(data, None)


def test_a_segment_index_before_everything_else_that_moves_stays() -> None:
    index = sidx(0, 1 << 30, (1 << 31) - 1)
    data = ftyp() + index + moov() + box("mdat", bytes(100))
    assert index in rewrite(data, STORE)


# --- Numbers that become too large ----------------------------------------------------------------


def huge(*tracks: bytes, more: bytes = b"", over: int = 0) -> SparseSource:
    """A file that ends 4 GiB, and `over` bytes, after its start."""
    head = ftyp() + moov(*tracks) + more
    size = (1 << 32) + over
    head += struct.pack(">I4sQ", 1, b"mdat", size - len(head))
    return SparseSource(head, size)


def test_chunk_offsets_grow_to_64_bits_where_they_must() -> None:
    """And only there; all boxes around them become longer, and all offsets follow that too."""
    top = (1 << 32) - 200
    tracks = track([top, 5000, top]), track([6000, 7000]), track([top, 8000], width=8)
    source = huge(*tracks)
    splice = bmff.rewrite(source, bmff.scan(source), Edits(store=STORE))
    roots = tuple(walk(splice))
    stbl = "/moov/trak/mdia/minf/stbl"
    wide = find(splice, roots, f"{stbl}/co64")
    (narrow,) = find(splice, roots, f"{stbl}/stco")
    shift = splice.size - source.size
    assert shift == 5045 + 3 * 4

    def read(found: Box, width: int) -> list[int]:
        return [
            int.from_bytes(splice.read_at(at, width)) - shift
            for at in range(found.body + 8, found.end, width)
        ]

    assert [read(found, 8) for found in wide] == [[top, 5000, top], [top, 8000]]
    assert read(narrow, 4) == [6000, 7000]
    (found,) = bmff.scan(splice).stores
    assert read_store(splice, found) == STORE


def test_all_chunk_offsets_grow_that_the_growth_itself_pushes_over() -> None:
    edge = (1 << 32) - 1 - 5045
    source = huge(track([edge + 1]), track([edge - 1]))
    splice = bmff.rewrite(source, bmff.scan(source), Edits(store=STORE))
    assert len(find(splice, tuple(walk(splice)), "/moov/trak/mdia/minf/stbl/co64")) == 2


def test_boxes_with_64_bit_sizes_grow_as_well() -> None:
    head = ftyp() + moov(track([(1 << 32) - 200]))
    plain = head.index(b"moov") - 4
    inner = head[plain + 8 :]
    head = head[:plain] + box("moov", inner, large=True)
    size = 1 << 32
    head += struct.pack(">I4sQ", 1, b"mdat", size - len(head))
    source = SparseSource(head, size)
    splice = bmff.rewrite(source, bmff.scan(source), Edits(store=STORE))
    (movie_box,) = find(splice, tuple(walk(splice)), "/moov")
    assert movie_box.length == 16 + len(inner) + 4
    assert find(splice, tuple(walk(splice)), "/moov/trak/mdia/minf/stbl/co64")


def test_a_box_around_that_would_pass_4_gib_is_refused() -> None:
    head = bytearray(ftyp() + moov(track([(1 << 32) - 200])))
    head[24:28] = b"\xff" * 4
    source = SparseSource(bytes(head), (1 << 32) + 23)
    with pytest.raises(LimitExceeded, match="larger than 4 GiB"):
        bmff.rewrite(source, bmff.scan(source), Edits(store=STORE))


NEAR_4_GIB = (1 << 32) - 100


@pytest.mark.parametrize(
    "source",
    [
        huge(track([100], auxiliary=saio([NEAR_4_GIB]))),
        huge(more=box("mfra", tfra([NEAR_4_GIB]))),
        huge(more=full("meta", 0, 0, iloc([(0, 0, 0, [(NEAR_4_GIB, 8)])]))),
        huge(more=full("meta", 0, 0, iloc([(0, 0, NEAR_4_GIB, [(0, 8)])], sizes=(0, 4, 4, 0)))),
        huge(track([(1 << 64) - 100], width=8)),
    ],
    ids=["saio", "tfra", "iloc-extent", "iloc-base", "co64"],
)
def test_an_offset_without_room_is_refused(source: SparseSource) -> None:
    with pytest.raises(LimitExceeded, match="no room"):
        bmff.rewrite(source, bmff.scan(source), Edits(store=STORE))


# --- What cannot be changed, and hostile tables ---------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (segment(), "initialization segment"),
        (movie()[24:], "ftyp"),
        (box("free") + movie(), "ftyp"),
        (b"\0\0\0\0" + movie()[4:], "ftyp"),
        (ftyp("qt  ") + box("moov", box("cmov", bytes(20))) + box("mdat", bytes(9)), "compressed"),
        (ftyp() + full("meta", 0, 0, full("iloc", 3, 0, bytes(8))), "version 3"),
        (ftyp() + box("mfra", tfra([1], version=2)), "version 2"),
        (ftyp() + moov(track([1], auxiliary=saio([1], version=2))), "version 2"),
        (ftyp() + sidx(0, 1, version=2) + MERKLE + movie()[24:], "version 2"),
    ],
)
def test_what_cannot_be_rewritten_is_refused(data: bytes, reason: str) -> None:
    scan(data)
    with pytest.raises(UnsupportedFormat, match=reason):
        rewrite(data, STORE)


def test_a_box_between_a_fragment_and_its_data_is_refused() -> None:
    """To remove it would move the data away from the fragment that counts from itself."""
    data = fragments(absolute=False)
    at = data.index(b"mdat") - 4
    with pytest.raises(UnsupportedFormat, match="fragment"):
        rewrite(data[:at] + MERKLE + data[at:], None)


def cut(data: bytes, code: bytes, by: int) -> bytes:
    """The last `by` bytes of a box become a box of their own, so that all sizes stay right."""
    at = data.index(code) - 4
    size = int.from_bytes(data[at : at + 4])
    end = at + size
    middle = data[at + 4 : end - by] + box("free", bytes(by - 8))
    return data[:at] + (size - by).to_bytes(4) + middle + data[end:]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (movie(), b"stco"),
        (movie(width=8), b"co64"),
        (fragments(), b"tfhd"),
        (fragments(), b"tfra"),
        (picture(), b"iloc"),
        (picture(version=1, sizes=(4, 4, 4, 4)), b"iloc"),
        (ftyp() + moov(track([1], auxiliary=saio([1, 2, 3]))), b"saio"),
        (ftyp() + moov() + sidx(0, 50, 50) + MERKLE + box("mdat", bytes(100)), b"sidx"),
    ],
)
def test_a_table_that_is_cut_off_is_malformed(data: bytes, code: bytes) -> None:
    scan(data)
    with pytest.raises(MalformedFile):
        rewrite(cut(data, code, 8), STORE)
    with pytest.raises(MalformedFile):
        rewrite(cut(data, code, 12), STORE)


@pytest.mark.parametrize("sizes", [b"\x34", b"\x4f", b"\x12"])
def test_item_locations_with_impossible_sizes_are_malformed(sizes: bytes) -> None:
    data = picture()
    at = data.index(b"iloc") + 8
    with pytest.raises(MalformedFile, match="impossible size"):
        rewrite(data[:at] + sizes + data[at + 1 :], STORE)


def test_items_without_extents_of_any_size_cost_nothing() -> None:
    """65,535 extents of no bytes in each of many items are not looked at one by one."""
    item = b"\0\1\0\0" + b"\xff\xff"
    content = b"\0\0" + (65_535).to_bytes(2) + item * 65_535
    data = ftyp("mif1") + full("meta", 0, 0, full("iloc", 0, 0, content)) + box("mdat", *media())
    assert stores(rewrite(data, STORE)) == [STORE]


def test_too_many_offsets_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "OFFSET_TABLES", 100)
    with pytest.raises(LimitExceeded, match="100 bytes of offsets"):
        rewrite(fragments(), STORE)
    monkeypatch.undo()
    monkeypatch.setattr(limits, "ITEM_TABLE", 30)
    with pytest.raises(LimitExceeded, match="iloc"):
        rewrite(picture(), STORE)


TABLES_OF_ALL_KINDS = (
    movie(),
    movie(width=8, large=True),
    quicktime(),
    fragments(),
    picture(version=2, sizes=(8, 4, 4, 4)),
    ftyp() + moov(track([500, 1000], auxiliary=saio([700], version=1, flags=1))),
    ftyp() + moov() + sidx(10, 50, 50) + MERKLE + box("mdat", bytes(100)),
)


@given(
    data=st.sampled_from(TABLES_OF_ALL_KINDS),
    changes=st.lists(
        st.tuples(st.integers(24, 1200), st.binary(min_size=1, max_size=4)), max_size=4
    ),
)
def test_hostile_tables_raise_nothing_but_our_own_errors(
    data: bytes, changes: list[tuple[int, bytes]]
) -> None:
    """What is rewritten in spite of them can be read again."""
    changed = bytearray(data)
    for start, new in changes:
        start = min(start, len(data) - len(new))
        changed[start : start + len(new)] = new
    try:
        layout = scan(bytes(changed))
        result = rewrite(bytes(changed), STORE)
    except AidiscloseError:
        return
    if not layout.problems:
        assert stores(result) == [STORE]


def test_a_thousand_nested_boxes_do_no_harm() -> None:
    nested = b""
    for _ in range(1000):
        nested = box("moov", nested)
    data = ftyp() + nested + box("mdat", *media())
    assert stores(rewrite(data, STORE)) == [STORE]
    assert rewrite(rewrite(data, STORE), None) == data


# --- Boxes ----------------------------------------------------------------------------------------


def layout_names(data: bytes) -> str:
    layout = scan(data)
    assert sum(block.length for block in layout.blocks) == len(data)
    return " ".join(block.name for block in layout.blocks)


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (movie(), "ftyp free moov mdat"),
        (movie(width=8, large=True), "ftyp free moov mdat"),
        (open_ended(), "ftyp free moov mdat"),
        (quicktime(), "ftyp free mdat moov"),
        (ftyp() + box("\xa9nam") + bytes(100), "ftyp \xa9nam \0\0\0\0"),
        (segment(MERKLE), "styp uuid moof mdat"),
    ],
)
def test_blocks_are_the_top_level_boxes(data: bytes, names: str) -> None:
    assert layout_names(data) == names


@pytest.mark.parametrize(
    "tail",
    [
        struct.pack(">I4s", 7, b"free"),
        struct.pack(">I4s", 9, b"free"),
        struct.pack(">I4s", 0xFFFFFFFF, b"mdat"),
        struct.pack(">I4sQ", 1, b"mdat", 17),
        struct.pack(">I4sQ", 1, b"mdat", 15),
        struct.pack(">I4sQ", 1, b"mdat", 0),
        struct.pack(">I4sQ", 1, b"mdat", 1 << 63),
        struct.pack(">I4sQ", 1, b"mdat", (1 << 64) - 1),
        struct.pack(">I4s", 1, b"mdat"),
        struct.pack(">I4s", 23, b"uuid") + bytes(15),
        struct.pack(">I4s", 0, b"uuid") + bytes(15),
        struct.pack(">I4sQ", 1, b"uuid", 24) + bytes(8),
    ],
)
def test_a_box_that_does_not_fit_is_malformed(tail: bytes) -> None:
    data = movie()
    with pytest.raises(MalformedFile) as caught:
        scan(data + tail)
    assert caught.value.offset == len(data)


@pytest.mark.parametrize("tail", [b"\0", b"\0\0\0\x08fre"])
def test_a_rest_too_short_for_a_box_is_kept_and_covered(tail: bytes) -> None:
    data = movie() + tail
    assert scan(data).blocks[-1] == Block(REST, len(data) - len(tail), len(tail))
    assert rewrite(data, STORE).endswith(tail)
    before_media = ftyp() + tail
    with pytest.raises(MalformedFile):
        scan(before_media)


@pytest.mark.parametrize("tail", [struct.pack(">I4s", 9, b"free")])
def test_damage_behind_a_store_is_a_problem(tail: bytes) -> None:
    """The file gets a verdict, but is not written."""
    data = rewrite(movie(), STORE)
    layout = scan(data + tail)
    assert len(layout.stores) == 1
    assert [problem.offset for problem in layout.problems] == [len(data)]
    with pytest.raises(MalformedFile):
        rewrite(data + tail, STORE)


def test_too_many_boxes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = box("free") * 10
    assert len(list(walk(BytesSource(data), count=10))) == 10
    with pytest.raises(LimitExceeded, match="too many boxes"):
        list(walk(BytesSource(data), count=9))
    tracks = ftyp() + moov(*[track([1])] * 4) + box("mdat", bytes(10))
    monkeypatch.setattr(limits, "BLOCKS", 20)
    with pytest.raises(LimitExceeded, match="too many boxes"):
        rewrite(tracks, STORE)


@given(st.binary(max_size=200))
def test_walking_any_bytes_ends_or_says_why(data: bytes) -> None:
    source = BytesSource(data)
    position = 0
    try:
        for found in walk(source):
            assert (found.start, found.end) == (position, found.start + found.length)
            assert found.start + 8 <= found.body <= found.end <= len(data)
            position = found.end
            children(source, found)
    except AidiscloseError:
        return
    assert position == len(data)


TREE = BytesSource(quicktime() + box("uuid", C2PA, bytes(12)) + box("uuid", bytes(16)))


@pytest.mark.parametrize(
    ("xpath", "count"),
    [
        ("/ftyp", 1),
        ("/uuid", 2),
        ("/uuid[1]", 1),
        ("/uuid[2]", 1),
        ("/uuid[3]", 0),
        ("/moov/trak", 2),
        ("/moov/trak[2]", 1),
        ("/moov[2]/trak", 0),
        ("/moov/trak/mdia/minf/stbl/stco", 2),
        ("/moov/trak/mdia[1]/minf/stbl/stco[1]", 2),
        ("/moov/trak[2]/mdia/minf/stbl/stco", 1),
        ("/moov/udta/name", 1),
        ("/moov/meta/ilst", 1),
        ("/trak", 0),
        ("/mdat/medi", 0),
        ("/moov/trak/mdia/minf/stbl/stsd/mp4v", 0),
    ],
)
def test_paths(xpath: str, count: int) -> None:
    found = find(TREE, tuple(walk(TREE)), xpath)
    assert len(found) == count
    assert all(item.name == xpath.rsplit("/", 1)[1][:4] for item in found)
    assert list(found) == sorted(found, key=lambda item: item.start)


@pytest.mark.parametrize(
    "xpath",
    [
        *("", "/", "moov", "/moo", "//moov", "/moov/", "/moovx", "/mo\u0416v"),
        *("/moov[0]", "/moov[01]", "/moov[]", "/moov[-1]", "/moov[1", "/moov[x]", "/moov[1][1]"),
        f"/moov[{'9' * 5000}]",
    ],
)
def test_other_paths_are_malformed(xpath: str) -> None:
    with pytest.raises(Malformed):
        find(TREE, tuple(walk(TREE)), xpath)


def test_paths_have_a_limit() -> None:
    with pytest.raises(LimitExceeded):
        find(TREE, tuple(walk(TREE)), "/moov" * 33)


def test_a_path_may_hold_any_characters_of_a_code() -> None:
    data = BytesSource(box("moov", box("a/b[", b"x"), box("url ", b"")))
    roots = tuple(walk(data))
    assert len(find(data, roots, "/moov/a/b[")) == 1
    assert len(find(data, roots, "/moov/url ")) == 1


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (full("tkhd", 1, 7, bytes(80)), (1, 7)),
        (full("emsg", 1, 0x123456), (1, 0x123456)),
        (full("url ", 0, 1), (0, 1)),
        (box("free", bytes(4)), None),
        (box("tkhd", bytes(3)), None),
        (box("meta", full("hdlr", 0, 0)), None),
        (full("meta", 0, 0, full("hdlr", 0, 0)), (0, 0)),
        (full("meta", 0, 5, full("hdlr", 0, 0)), (0, 5)),
        (bmff.frame(STORE), (0, 0)),
        (box("uuid", bytes(20)), None),
    ],
)
def test_version_and_flags(data: bytes, expected: tuple[int, int] | None) -> None:
    source = BytesSource(data)
    assert version_and_flags(source, box_at(source, 0, len(data))) == expected


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (ftyp("isom"), "video/mp4"),
        (ftyp("mp42", "mp42mp41"), "video/mp4"),
        (ftyp("M4V ", "mp42"), "video/mp4"),
        (ftyp("zzzz", "yyyymp42"), "video/mp4"),
        (ftyp("zzzz", "yyyy"), "application/mp4"),
        (box("ftyp"), "application/mp4"),
        (ftyp("3gp4", "isom"), "video/3gpp"),
        (ftyp("3g2a", "isom"), "video/3gpp2"),
        (ftyp("M4A ", "mp42isom"), "audio/mp4"),
        (ftyp("qt  "), "video/quicktime"),
        (ftyp("heic", "mif1heic"), "image/heic"),
        (ftyp("mif1", "mif1heic"), "image/heif"),
        (ftyp("hevc", "msf1hevc"), "image/heic-sequence"),
        (ftyp("msf1", "hevc"), "image/heif-sequence"),
        (ftyp("avif", "mif1miaf"), "image/avif"),
        (ftyp("avis", "msf1avif"), "image/avif"),
        (ftyp("mif1", "mif1avif"), "image/avif"),
        (box("styp", b"msdh", bytes(4)), "video/iso.segment"),
        (box("moof"), "video/iso.segment"),
        (box("sidx"), "video/iso.segment"),
        (MERKLE, "video/iso.segment"),
        (box("wide") + box("mdat", large=True), "video/quicktime"),
        (box("moov"), "video/quicktime"),
        (ftyp("crx ", "isom"), None),
        (box("uuid", bytes(16)), None),
        (box("JXL ", b"\r\n\x87\n"), None),
        (struct.pack(">I4s", 7, b"ftyp"), None),
        (b"", None),
        (b"\0\0\0\x08fty", None),
    ],
)
def test_the_brand_decides_the_media_type(data: bytes, media_type: str | None) -> None:
    sniffed = [container for container in bmff.CONTAINERS if container.sniff(data)]
    if media_type is None:
        assert sniffed == []
        with pytest.raises(UnsupportedFormat):
            scan(data)
    else:
        assert scan(data).media_type == media_type
        assert [media_type in container.media_types for container in sniffed] == [True]


# --- C2PA boxes -----------------------------------------------------------------------------------


def c2pa(purpose: bytes, content: bytes) -> bytes:
    return box("uuid", C2PA, bytes(4), purpose, content)


def test_the_frame_is_what_the_reference_writes() -> None:
    head = bytes.fromhex("000013b5 75756964 d8fec3d61b0e483c92975828877ec481 00000000")
    assert bmff.frame(STORE) == head + b"manifest\0" + bytes(8) + STORE
    assert bmff.frame(STORE, merkle_offset=5)[37:45] == (5).to_bytes(8)
    assert bmff.frame(STORE, purpose="update") == c2pa(b"update\0", bytes(8) + STORE)
    assert bmff.frame(b"\xa0", purpose="merkle") == c2pa(b"merkle\0", b"\xa0")


def with_boxes(*boxes: bytes, end: bytes = b"") -> bytes:
    return movie(extra=b"".join(boxes)) + end


def test_a_store_stands_after_ftyp() -> None:
    layout = scan(rewrite(movie(first=False), STORE))
    frame = Range(24, 5045)
    (store,) = layout.stores
    assert (store.frame, store.exclusions) == (frame, (frame,))
    assert store.pieces == (Range(24 + 45, 5000),)


def test_padding_behind_a_store_is_no_part_of_it() -> None:
    data = with_boxes(c2pa(b"manifest\0", bytes(8) + STORE + bytes(3000)))
    assert stores(data) == [STORE]
    assert problems(data) == []


def test_a_store_may_go_to_the_end_of_its_box() -> None:
    endless = bytes(4) + STORE[4:]
    assert stores(with_boxes(c2pa(b"manifest\0", bytes(8) + endless))) == [endless]


def test_a_packet_goes_before_a_store_that_ends_with_the_file() -> None:
    """Behind it, it would be a part of its box."""
    endless = bytes(4) + bmff.frame(STORE)[4:]
    source = BytesSource(ftyp() + endless)
    splice = bmff.rewrite(source, bmff.scan(source), Edits(xmp=b"<x/>"))
    layout = bmff.scan(splice)
    assert layout.xmp
    assert splice.read_at(*layout.xmp) == b"<x/>"
    assert len(layout.stores) == 1


def test_two_manifests_are_two_stores() -> None:
    data = with_boxes(bmff.frame(STORE), end=bmff.frame(OTHER_STORE))
    assert stores(data) == [STORE, OTHER_STORE]
    assert stores(rewrite(data, STORE)) == [STORE]


@pytest.mark.parametrize("offset", [bytes(8), b""], ids=["reference", "specification"])
@pytest.mark.parametrize("last", [True, False])
def test_an_update_is_the_second_half_of_a_store(offset: bytes, last: bool) -> None:
    """With or without the offset that only the reference writes there."""
    original = bmff.frame(STORE, purpose="original")
    update = c2pa(b"update\0", offset + OTHER_STORE + bytes(5))
    data = with_boxes(original, end=update) if last else with_boxes(update, original)
    (store,) = scan(data).stores
    assert read_store(BytesSource(data), store) == STORE + OTHER_STORE
    assert sum(part.length for part in store.exclusions) == len(original) + len(update)
    assert list(store.exclusions) == sorted(store.exclusions)
    assert problems(data) == []
    assert rewrite(data, None) == with_boxes()
    assert stores(rewrite(data, OTHER_STORE)) == [OTHER_STORE]


@pytest.mark.parametrize("purpose", [b"manifest\0", b"original\0", b"update\0"])
def test_what_follows_a_store_in_its_box_is_zeros(purpose: bytes) -> None:
    """It is padding, and no hash covers it."""
    others = {b"original\0": UPDATE, b"update\0": ORIGINAL}.get(purpose, b"")
    for behind in (bytes(5), b"\0\0\0\0x"):
        data = with_boxes(c2pa(purpose, bytes(8) + STORE + behind), end=others)
        found = [reason for reason in problems(data) if "follow the manifest store" in reason]
        assert len(found) == any(behind)


ORIGINAL = bmff.frame(STORE, purpose="original")
UPDATE = bmff.frame(OTHER_STORE, purpose="update")


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (with_boxes(ORIGINAL), 1),
        (with_boxes(end=UPDATE), 1),
        (with_boxes(ORIGINAL, ORIGINAL, end=UPDATE), 3),
        (with_boxes(ORIGINAL, end=UPDATE + UPDATE), 3),
        (with_boxes(ORIGINAL, end=c2pa(b"update\0", b"no store")), 2),
        (with_boxes(c2pa(b"original\0", STORE), end=UPDATE), 2),
        (with_boxes(c2pa(b"manifest\0", STORE)), 1),
        (with_boxes(c2pa(b"manifest\0", bytes(8))), 1),
        (with_boxes(c2pa(b"manifest\0", bytes(7))), 1),
        (with_boxes(c2pa(b"manifest\0", bytes(8) + b"\0\0\1\0jumb")), 1),
        (with_boxes(c2pa(b"manifest\0", bytes(8) + b"\0\0\0\x08free")), 1),
        (with_boxes(c2pa(b"manifest\0", b"")), 1),
        (with_boxes(c2pa(b"Manifest\0", bytes(8) + STORE)), 1),
        (with_boxes(c2pa(b"manifest!", bytes(8) + STORE)), 1),
        (with_boxes(c2pa(b"\0", bytes(8) + STORE)), 1),
        (with_boxes(c2pa(b"manifest", b"")), 1),
        (with_boxes(c2pa(b"x" * 5000, b"\0")), 1),
        (with_boxes(box("uuid", C2PA)), 1),
        (with_boxes(box("uuid", C2PA, bytes(3))), 1),
        (with_boxes(MERKLE), 1),
        (with_boxes(c2pa(b"merkle\0", b"")), 1),
        (with_boxes(c2pa(b"merkle\0t\0", bytes(8) + STORE)), 1),
        (with_boxes(bmff.frame(STORE), c2pa(b"merkle\0", b"\x80")), 1),
        (segment(c2pa(b"merkle\0", b"\0")), 1),
    ],
)
def test_a_c2pa_box_that_makes_no_sense_is_a_problem(data: bytes, count: int) -> None:
    """By renaming its purpose, a manifest cannot be made to disappear."""
    found = scan(data).problems
    assert len(found) == count
    assert all(box_at(BytesSource(data), at.offset, len(data)).uuid == C2PA for at in found)
    if data[4:8] == b"ftyp":
        assert rewrite(data, None) == with_boxes()
        assert stores(rewrite(data, STORE)) == [STORE]


@given(st.integers(0, 60), st.binary(min_size=1, max_size=20))
def test_no_change_to_a_c2pa_box_hides_it(at: int, change: bytes) -> None:
    """Unless it is not a C2PA box any more, or moves what follows."""
    data = bytearray(with_boxes(bmff.frame(STORE)))
    start = 24 + 24 + at
    data[start : start + len(change)] = change
    layout = scan(bytes(data))
    assert layout.stores or layout.problems


def test_merkle_maps() -> None:
    padded = c2pa(b"merkle\0", b"\xa1\x68location\x00" + bytes(6))
    data = segment(MERKLE + padded)
    maps = bmff.merkle_maps(BytesSource(data), scan(data))
    assert [content for _, content in maps] == [b"\xa1\x68location\x00", padded[35:]]
    for offset, content in maps:
        assert data[offset : offset + len(content)] == content
    assert scan(data).problems == ()
    assert scan(with_boxes(bmff.frame(STORE), MERKLE)).problems == ()


def test_merkle_maps_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = segment(MERKLE + MERKLE)
    monkeypatch.setattr(limits, "STORE_SIZE", 2 * len(MERKLE) - 1)
    with pytest.raises(LimitExceeded):
        bmff.merkle_maps(BytesSource(data), scan(data))


# --- The reference and real files -----------------------------------------------------------------

REAL = [
    pytest.param(path, id=path.name)
    for folder in ("unsigned", "signed")
    for path in sorted((samples.VECTORS / folder).glob("*"))
    if path.suffix in (".mp4", ".mov", ".m4a", ".heic", ".heif", ".avif", ".m4s")
]


def sign_with_reference(
    data: bytes, media_type: str, credentials: Credentials, *, update: bool = False
) -> bytes:
    reference = pytest.importorskip("c2pa")
    chain, key = ((credentials.folder / name).read_bytes() for name in ("chain.pem", "key.pem"))
    signer = reference.Signer.from_info(reference.C2paSignerInfo(b"es256", chain, key, None))
    definition: dict[str, object] = {"claim_generator_info": [{"name": "test", "version": "1"}]}
    if not update:
        source_type = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation"
        actions = [{"action": "c2pa.created", "digitalSourceType": source_type}]
        definition["assertions"] = [{"label": "c2pa.actions", "data": {"actions": actions}}]
    signed = io.BytesIO()
    with reference.Builder(json.dumps(definition)) as builder:
        if update:
            builder.set_intent(reference.C2paBuilderIntent.UPDATE)
        builder.sign(signer, media_type, io.BytesIO(data), signed)
    return signed.getvalue()


@pytest.mark.parametrize(
    ("make", "media_type"),
    [
        (movie, "video/mp4"),
        (lambda: movie(brand="M4A ", first=False, width=8), "audio/mp4"),
        (picture, "image/heic"),
        (lambda: picture(brand="avif"), "image/avif"),
        # Without its index: there, the reference lets every entry point at the last fragment.
        (lambda: fragments()[: fragments().index(b"mfra") - 4], "video/mp4"),
    ],
)
def test_the_reference_embeds_the_same_way(
    make: Callable[[], bytes], media_type: str, issued: Issued
) -> None:
    """From the store that it made, the same file to the last byte."""
    data = sign_with_reference(make(), media_type, issued("es256"))
    (store,) = stores(data)
    assert jumbf.parse(store).end == len(store)
    assert rewrite(data, None) == make()
    assert targets(data) == targets(make())
    assert rewrite(make(), store) == data


def test_an_update_of_the_reference_is_found(issued: Issued) -> None:
    """In the box at the end, behind the store that it belongs to."""
    data = sign_with_reference(movie(), "video/mp4", issued("es256"))
    (original,) = stores(data)
    updated = sign_with_reference(data, "video/mp4", issued("es256"), update=True)
    (whole,) = stores(updated)
    assert layout_names(updated) == "ftyp uuid free moov mdat uuid"
    assert problems(updated) == []
    assert whole.startswith(original)
    assert jumbf.parse(whole[len(original) :]).end == len(whole) - len(original)
    assert rewrite(updated, None) == movie()


@pytest.mark.skipif(not REAL, reason="no real files next to the checkout")
@pytest.mark.parametrize("path", REAL)
def test_real_files(path: Path) -> None:
    data = path.read_bytes()
    layout = scan(data)
    signed = path.parent.name == "signed" and path.suffix != ".m4s"
    assert len(layout.stores) == signed
    assert layout.problems == ()
    for store in stores(data):
        assert jumbf.parse(store).label == "c2pa"
    maps = bmff.merkle_maps(BytesSource(data), layout)
    assert len(maps) == (path.suffix == ".m4s")


@pytest.mark.skipif(not REAL, reason="no real files next to the checkout")
def test_removing_a_store_of_the_reference_restores_a_real_file() -> None:
    data = (samples.VECTORS / "signed" / "video1.mp4").read_bytes()
    original = (samples.VECTORS / "unsigned" / "video1_no_manifest.mp4").read_bytes()
    assert rewrite(data, None) == original
