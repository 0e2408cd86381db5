"""JPEG: segments, stores in APP11, what is wrong with them, and where a new one goes."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from aidisclose import limits
from aidisclose.containers import Edits, Layout, jpeg, read_store
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource
from tests.containers import samples
from tests.containers.samples import EXIF, VECTORS, jpeg_segment, mpf_jpeg

SIGNED = [
    pytest.param(path, id=path.name)
    for path in sorted((VECTORS / "signed").glob("*.jp*g"))
    if path.name != "cloud.jpg"  # its manifest is elsewhere
]
#: Files that other programs than the reference wrote.
OTHERWISE = {
    "truepic-20230212-camera.jpg": "cut into segments of 65,535 bytes",
    "nikon-20221019-building.jpeg": "the MPF index states the size without the store",
}
needs_vectors = pytest.mark.skipif(not SIGNED, reason="the shared vectors are not there")

JFIF = jpeg_segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
APP1 = jpeg_segment(0xE1, EXIF)
XMP = jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")
DQT = jpeg_segment(0xDB, bytes(65))
SOS = jpeg_segment(0xDA, b"\1\1\0\0\x3f\0")
COM = jpeg_segment(0xFE, b"a comment")
SOI, EOI = b"\xff\xd8", b"\xff\xd9"

STORE = samples.store(200_000)


def minimal(*segments: bytes, entropy: bytes = b"\x55" * 100) -> bytes:
    return SOI + b"".join(segments) + DQT + SOS + entropy + EOI


def scan(data: bytes) -> Layout:
    return jpeg.CONTAINER.scan(BytesSource(data))


def rewrite(data: bytes, store: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = jpeg.CONTAINER.rewrite(source, scan(data), Edits(store=store))
    return splice.read_at(0, splice.size)


def names(data: bytes) -> list[str]:
    return [block.name for block in scan(data).blocks]


def packet(sequence: int, content: bytes, *, instance: int = 0x0211) -> bytes:
    return jpeg_segment(0xEB, b"JP" + struct.pack(">HI", instance, sequence) + content)


def packets(store: bytes = STORE, *, instance: int = 0x0211, size: int = 50_000) -> list[bytes]:
    """The segments of a store, cut differently from how we cut it."""
    first = packet(1, store[:size], instance=instance)
    rest = range(size, len(store), size)
    return [first] + [
        packet(number, store[:8] + store[start : start + size], instance=instance)
        for number, start in enumerate(rest, 2)
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (minimal(), "SOI DQT SOS EOI"),
        (minimal(JFIF, COM), "SOI APP0 COM DQT SOS EOI"),
        (minimal(entropy=b"a\xff\0b\xff\xd0c\xff\xd7d\xff\0"), "SOI DQT SOS EOI"),
        # Fill bytes may precede every marker; reserved markers are damaged image data.
        (minimal(b"\xff\xff", COM, b"\xff"), "SOI COM DQT SOS EOI"),
        (minimal(entropy=b"a\xff\xff\xff"), "SOI DQT SOS EOI"),
        (minimal(entropy=b"a\xff\x01b\xff\xbfc"), "SOI DQT SOS EOI"),
        # Several scans, with tables between them.
        (minimal(SOS + b"abc", COM, SOS), "SOI SOS COM SOS DQT SOS EOI"),
        (minimal() + b"more", "SOI DQT SOS EOI trailer"),
        (minimal() + minimal(), "SOI DQT SOS EOI trailer"),
        # Broken off within or after image data, which viewers show as far as it goes.
        (minimal()[:-2], "SOI DQT SOS"),
        (minimal()[:-1], "SOI DQT SOS"),
        # Tables alone, as TIFF keeps them.
        (SOI + DQT + EOI, "SOI DQT EOI"),
    ],
)
def test_segments(data: bytes, expected: str) -> None:
    assert " ".join(names(data)) == expected


@pytest.mark.parametrize("length", [*range(1015, 1030), *range(3060, 3075), 700_000])
@pytest.mark.parametrize("stuffing", [b"\xff\0", b"\xff"])
def test_a_scan_ends_at_its_marker_wherever_the_looks_at_it_end(
    length: int, stuffing: bytes
) -> None:
    data = minimal(entropy=b"\x55" * length + stuffing)
    *_, last_scan, end = scan(data).blocks
    assert (end.name, end.start) == ("EOI", len(data) - 2)
    assert last_scan.end == end.start


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"", 0),
        (SOI, 0),
        (b"\xff\xd9\xff", 0),
        (SOI + b"\xff\0", 2),  # a stuffed zero outside of a scan
        (SOI + b"\xff\x02\0\2", 2),  # reserved
        (SOI + b"\xff\xe0\0\1", 2),  # a length that does not cover itself
        (SOI + JFIF[:-1], 2),
        (SOI + b"\xff\xe0\0", 2),
        (SOI + b"\xff\xff\xff", 4),
        (SOI + JFIF + DQT, 2 + len(JFIF) + len(DQT)),
    ],
)
def test_malformed(data: bytes, offset: int) -> None:
    with pytest.raises(MalformedFile) as raised:
        scan(data)
    assert raised.value.offset == offset


@pytest.mark.parametrize("junk", [b"junk", b"\xff\0", b"\xff\0\xff\0\0", b"\0"])
def test_bytes_between_segments_are_passed_over(junk: bytes) -> None:
    """As libjpeg does; they are a block of their own, so that a list of boxes has to name them."""
    data = minimal(JFIF)
    place = data.index(DQT)
    blocks = scan(data[:place] + junk + data[place:]).blocks
    assert [each.length for each in blocks if each.name == "junk"] == [len(junk)]


def test_too_many_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCKS", 10)
    with pytest.raises(LimitExceeded):
        scan(minimal(*[COM] * 10))


# --- Reading a store ----------------------------------------------------------------------------


@needs_vectors
@pytest.mark.parametrize("path", SIGNED)
def test_a_signed_file_has_one_store(path: Path) -> None:
    """And taking it out and putting it back in is what other implementations wrote."""
    data = path.read_bytes()
    layout = scan(data)
    (found,) = layout.stores
    assert layout.problems == ()
    store = read_store(BytesSource(data), found)
    assert int.from_bytes(store[:4]) == len(store)
    assert store[4:8] + store[12:20] == b"jumb" + b"jumd" + b"c2pa"
    if path.name in OTHERWISE:
        return
    assert data[found.frame.start : found.frame.end] == jpeg.CONTAINER.frame(store)
    assert rewrite(rewrite(data, None), store) == data


@needs_vectors
def test_a_file_whose_manifest_is_elsewhere_has_no_store() -> None:
    layout = scan((VECTORS / "signed" / "cloud.jpg").read_bytes())
    assert layout.stores == ()
    assert layout.problems == ()


@pytest.mark.parametrize("size", [20, 1000, 65_000])
def test_a_store_in_segments_of_any_size(size: int) -> None:
    store = samples.store(5000)
    data = minimal(JFIF, *packets(store, instance=7, size=max(size, 36)), COM)
    layout = scan(data)
    (found,) = layout.stores
    assert layout.problems == ()
    assert read_store(BytesSource(data), found) == store
    assert found.frame == found.exclusions[0]
    assert data[: found.frame.start] == SOI + JFIF
    assert data[found.frame.end :].startswith(COM)


def test_a_store_with_a_64_bit_length() -> None:
    """Every segment repeats 16 bytes then."""
    store = samples.store(1000)
    store = b"\0\0\0\1jumb" + (1008).to_bytes(8) + store[8:]
    data = minimal(packet(1, store[:500]), packet(2, store[:16] + store[500:]))
    layout = scan(data)
    assert layout.problems == ()
    assert read_store(BytesSource(data), layout.stores[0]) == store


@pytest.mark.parametrize(
    "segments",
    [
        pytest.param([COM], id="apart"),
        pytest.param([], id="adjacent"),
    ],
)
@pytest.mark.parametrize("instance", [0x0211, 3])
def test_two_stores(segments: list[bytes], instance: int) -> None:
    other = samples.store(90_000, seed=1)
    data = minimal(*packets(), *segments, *packets(other, instance=instance))
    layout = scan(data)
    assert [read_store(BytesSource(data), found) for found in layout.stores] == [STORE, other]
    assert layout.problems == ()


def test_a_store_behind_the_image_is_found() -> None:
    data = minimal(SOS + b"abc", *packets())
    assert len(scan(data).stores) == 1


def test_a_store_of_a_later_image_is_not_the_files_store() -> None:
    """The store belongs into the first image of several (C2PA 2.5 §A, JPEG)."""
    assert scan(minimal() + minimal(*packets())).stores == ()


@pytest.mark.parametrize(
    "segment",
    [
        jpeg_segment(0xEB, b"JP"),
        packet(1, b"\0\0\0\1jumb"),  # cut off within its 64-bit length
        packet(1, STORE[:100]).replace(b"JP", b"XX"),
        packet(1, STORE[:16] + b"c2ma" + STORE[20:100]),
        # The type of a store, but in the next segment.
        packet(1, STORE[:8]) + jpeg_segment(0xFE, b"1234c2pa"),
    ],
)
def test_other_app11_segments_are_none_of_our_business(segment: bytes) -> None:
    data = minimal(segment)
    layout = scan(data)
    assert layout.stores == ()
    assert layout.problems == ()
    assert rewrite(rewrite(data, STORE), None) == data


def _with_length(store: bytes, length: int) -> list[bytes]:
    return packets(length.to_bytes(4) + store[4:])


PARTS = packets()

BROKEN: dict[str, Callable[[], list[bytes]]] = {
    "swapped": lambda: [PARTS[0], PARTS[2], PARTS[1], PARTS[3]],
    "backwards": lambda: PARTS[::-1],
    "one missing": lambda: [*PARTS[:2], *PARTS[3:]],
    "first alone": lambda: PARTS[:1],
    "last missing": lambda: PARTS[:-1],
    "one doubled": lambda: [*PARTS[:2], *PARTS[1:]],
    "one too many": lambda: [*PARTS, packet(5, STORE[:8] + b"more")],
    "a segment between": lambda: [*PARTS[:2], COM, *PARTS[2:]],
    "a fill byte between": lambda: [*PARTS[:2], b"\xff", *PARTS[2:]],
    "a number twice": lambda: [*PARTS[:3], packet(3, STORE[:8] + STORE[150_000:])],
    "numbers from 0": lambda: [packet(n, part[12:]) for n, part in enumerate(PARTS)],
    "another instance": lambda: [*PARTS[:3], packet(4, STORE[:8] + STORE[150_000:], instance=1)],
    "declares more": lambda: _with_length(STORE, len(STORE) + 1),
    "declares less": lambda: _with_length(STORE, len(STORE) - 1),
    "declares nothing": lambda: _with_length(STORE, 0),
    "a short segment": lambda: [*PARTS[:3], packet(4, b"")],
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_store_that_cannot_be_put_together_is_a_problem(name: str) -> None:
    """Never a file without a store, and never one with a good store."""
    data = minimal(JFIF, *BROKEN[name](), COM)
    layout = scan(data)
    assert layout.problems
    assert all(data[problem.offset :].startswith(b"\xff\xeb") for problem in layout.problems)
    written = rewrite(data, STORE)
    assert scan(written).problems == ()
    assert len(scan(written).stores) == 1


@pytest.mark.parametrize(
    "repeated", [STORE[:4] + b"bmuj", bytes(8), b"\0\0\0\x99jumb", STORE[3::-1] + b"jumb"]
)
def test_what_later_segments_repeat_of_the_box_does_not_matter(repeated: bytes) -> None:
    """Microsoft Designer writes the type backwards, or zeros; the number of the box decides."""
    parts = [PARTS[0], *(packet(n, repeated + part[20:]) for n, part in enumerate(PARTS[1:], 2))]
    data = minimal(JFIF, *parts, COM)
    layout = scan(data)
    assert layout.problems == ()
    [store] = layout.stores
    assert read_store(BytesSource(data), store) == STORE
    assert rewrite(data, None) == minimal(JFIF, COM)


@pytest.mark.parametrize("name", ["swapped", "one missing", "a segment between", "one doubled"])
def test_removing_a_broken_store_removes_all_of_it(name: str) -> None:
    data = minimal(JFIF, *BROKEN[name]())
    between = COM if name == "a segment between" else b""
    assert rewrite(data, None) == minimal(JFIF, between)


# --- Writing a store ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], []),
        ([JFIF], [COM]),
        ([JFIF, jpeg_segment(0xE0, b"JFXX\0\x10")], [XMP]),
        ([APP1], [XMP]),
        ([JFIF, APP1], [COM, JFIF]),
        ([], [XMP]),
        ([], [COM, JFIF]),
        ([APP1], [jpeg_segment(0xE2, b"MPF\0")]),
    ],
)
def test_a_store_goes_behind_what_must_follow_soi(before: list[bytes], after: list[bytes]) -> None:
    """JFIF wants APP0 there, Exif wants APP1 there."""
    frame = jpeg.CONTAINER.frame(STORE)
    assert rewrite(minimal(*before, *after), STORE) == minimal(*before, frame, *after)


def test_a_new_store_takes_the_place_of_the_first_old_one() -> None:
    data = minimal(JFIF, COM, *PARTS, COM, *packets(instance=9), XMP)
    frame = jpeg.CONTAINER.frame(STORE)
    assert rewrite(data, STORE) == minimal(JFIF, COM, frame, COM, XMP)


def test_a_frame_is_cut_as_the_reference_does() -> None:
    """64,000 bytes a segment; all but the first repeat the header of the box."""
    data = jpeg.CONTAINER.frame(STORE)
    expected = packets(size=64_000)
    assert data == b"".join(expected)
    assert [len(segment) for segment in expected] == [64_012, 64_020, 64_020, 8_020]


# --- Several images -----------------------------------------------------------------------------


def images(data: bytes) -> list[tuple[int, int]]:
    """Start and size of each image that the index names, read without our code."""
    origin = data.index(b"MPF\0") + 4
    order = ">" if data[origin : origin + 2] == b"MM" else "<"
    (length, start) = struct.unpack_from(order + "II", data, origin + 10 + 2 * 12 + 4)
    found = []
    for entry in range(origin + start, origin + start + length, 16):
        size, offset = struct.unpack_from(order + "II", data, entry + 4)
        found.append((origin + offset if offset else 0, size))
    return found


def assert_images_are_where_the_index_says(data: bytes) -> None:
    for start, size in images(data):
        assert data[start : start + 3] == b"\xff\xd8\xff"
        assert data[start + size - 2 : start + size] == EOI


def little_endian(data: bytes) -> bytes:
    """The same file with its index in the other byte order."""
    start = data.index(b"MPF\0") + 4
    count = (struct.unpack_from(">H", data, start - 6)[0] - 6 - 50) // 16
    shape = "4sI" + "H" + 2 * "HHII" + "HHII" + "4x" + count * "IIIHH"
    values = list(struct.unpack_from(">" + shape, data, start))
    values[0] = b"II*\0"
    values[6] = int.from_bytes(b"0100", "little")
    packed = struct.pack("<" + shape, *values)
    return data[:start] + packed + data[start + len(packed) :]


FRAME = jpeg.CONTAINER.frame(STORE)
OTHER = samples.store(700)


@pytest.mark.parametrize("convert", [bytes, little_endian], ids=["MM", "II"])
@pytest.mark.parametrize("store", [None, OTHER, samples.store(300_000)])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"before": FRAME},
        {"after": FRAME},
        {"before": FRAME, "after": jpeg.CONTAINER.frame(OTHER)},
        {"before": b"".join(BROKEN["swapped"]())},
    ],
    ids=["none", "before", "after", "two", "broken"],
)
def test_other_images_are_found_after_every_edit(
    options: dict[str, bytes], store: bytes | None, convert: Callable[[bytes], bytes]
) -> None:
    """Also where another program put its store between the index and the images."""
    data = convert(mpf_jpeg(**options))
    assert_images_are_where_the_index_says(data)
    written = rewrite(data, store)
    assert_images_are_where_the_index_says(written)
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(written)) as after:
        assert before.format == after.format == "MPO"
        assert [frame.tobytes() for frame in ImageSequence.Iterator(before)] == [
            frame.tobytes() for frame in ImageSequence.Iterator(after)
        ]
    assert rewrite(written, None) == convert(mpf_jpeg())


@pytest.mark.parametrize("damage", range(0, 60, 2))
def test_an_unreadable_index_stops_no_edit(damage: int) -> None:
    """Every field of it filled with ones."""
    data = bytearray(mpf_jpeg(after=FRAME))
    start = data.index(b"MPF\0") + damage
    data[start : start + 4] = b"\xff" * 4
    written = rewrite(bytes(data), OTHER)
    assert [read_store(BytesSource(written), s) for s in scan(written).stores] == [OTHER]


def test_an_index_that_lists_images_twice_stops_no_edit() -> None:
    data = mpf_jpeg(after=FRAME)
    fields = data.index(b"MPF\0") + 4 + 10
    twice = data[fields + 24 : fields + 36]
    data = data[: fields + 12] + twice + data[fields + 24 :]
    assert_images_are_where_the_index_says(rewrite(data, OTHER))


@needs_vectors
def test_the_previews_of_a_camera_stay_found() -> None:
    data = (VECTORS / "signed" / "nikon-20221019-building.jpeg").read_bytes()
    before = [data[start : start + size] for start, size in images(data)[1:]]
    for store in (None, OTHER):
        written = rewrite(data, store)
        assert [written[start : start + size] for start, size in images(written)[1:]] == before
    # The camera states the size that its own image has without the store.
    assert_images_are_where_the_index_says(rewrite(data, None))


def test_a_segment_that_could_belong_to_the_store_is_refused() -> None:
    store = samples.store(100)
    packet = struct.pack(">2sHI", b"JP", 0x0211, 7) + store[:8] + bytes(24)
    source = BytesSource(SOI + JFIF + jpeg_segment(0xEB, packet) + DQT + SOS + EOI)
    layout = jpeg.CONTAINER.scan(source)
    assert layout.stores == ()
    with pytest.raises(UnsupportedFormat, match="offset 20 could be taken for a part"):
        jpeg.CONTAINER.rewrite(source, layout, Edits(store=store))
    jpeg.CONTAINER.rewrite(source, layout, Edits(store=samples.store(101)))


def test_a_segment_that_would_continue_the_store_is_refused() -> None:
    """It is the second one of a box whose first segment is missing."""
    packet = (
        struct.pack(">2sHI", b"JP", 0x0211, 2) + b"\x01\x03\x03\x02\x04\x03\x05\x05" + bytes(24)
    )
    source = BytesSource(SOI + JFIF + jpeg_segment(0xEB, packet) + DQT + SOS + EOI)
    layout = jpeg.CONTAINER.scan(source)
    assert layout.stores == ()
    with pytest.raises(UnsupportedFormat, match="offset 20 could be taken for a part"):
        jpeg.CONTAINER.rewrite(source, layout, Edits(store=samples.store(100)))
    # Two segments of a larger one end before it would have its turn.
    jpeg.CONTAINER.rewrite(source, layout, Edits(store=samples.store(100_000)))


def _strays(data: bytes) -> list[str]:
    source = BytesSource(data)
    return [str(stray) for stray in jpeg.CONTAINER.strays(source, scan(data))]


def test_markers_that_lead_to_a_segment_are_harmless() -> None:
    dnl = jpeg_segment(0xDC, b"\xff\xe5\0\x04\0\0")
    signed = rewrite(minimal(APP1), STORE)
    store = signed.index(b"\xff\xeb")
    assert _strays(signed[:store] + dnl + signed[store:]) == []


def test_markers_within_segments_are_counted() -> None:
    dnl = jpeg_segment(0xDC, b"\xff\xe5\0\x06" * 2_000)
    signed = rewrite(minimal(APP1), STORE)
    store = signed.index(b"\xff\xeb")
    with pytest.raises(LimitExceeded, match="markers within segments"):
        _strays(signed[:store] + dnl + signed[store:])
