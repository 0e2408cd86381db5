"""Offsets that lead into the store, run into it, or lead past the end of the file."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Final

import pytest

from aidisclose.containers import Edits, identify
from aidisclose.containers.container import Addressed, Fragmented
from aidisclose.containers.pdf.document import Document
from aidisclose.errors import LimitExceeded
from aidisclose.io.source import BytesSource
from tests.attacks import streams
from tests.containers import samples, samples_bmff, samples_images, samples_pdf, samples_riff
from tests.containers.samples_bmff import box, full, iloc, numbers

_FAR: Final = 9_999_999
_INTO: Final = "into the manifest store"
_PAST: Final = "past the end of the file"


def strays(data: bytes) -> list[str]:
    source = BytesSource(data)
    container = identify(source)
    assert isinstance(container, Addressed)
    return [str(item) for item in container.strays(source, container.scan(source))]


def embed(data: bytes) -> bytes:
    source = BytesSource(data)
    container = identify(source)
    edits = Edits(store=samples.store(5_000))
    splice = container.rewrite(source, container.scan(source), edits)
    return splice.read_at(0, splice.size)


def middle(data: bytes) -> int:
    """An offset in the store of a file."""
    source = BytesSource(data)
    [store] = identify(source).scan(source).stores
    return store.frame.start + store.frame.length // 2


def put(data: bytes, at: int, width: int, value: int, *, order: str = "big") -> bytes:
    packed = value.to_bytes(width, "big" if order == "big" else "little")
    return data[:at] + packed + data[at + width :]


# Each takes a file with a store and a place, and makes a number in the file lead there.


def _table(data: bytes, place: int) -> bytes:
    """The entry of the page's content, the fourth."""
    entry = list(re.finditer(rb"\d{10} 00000 n", data))[3]
    return data[: entry.start()] + b"%010d" % place + data[entry.start() + 10 :]


def _after(code: bytes, skip: int, width: int, *, last: bool = False) -> Callable[..., bytes]:
    def change(data: bytes, place: int) -> bytes:
        at = data.rindex(code) if last else data.index(code)
        return put(data, at + 4 + skip, width, place)

    return change


def _tiff(tag: int) -> Callable[..., bytes]:
    def change(data: bytes, place: int) -> bytes:
        at = data.rindex(struct.pack("<HH", tag, 4))
        return put(data, at + 8, 4, place, order="little")

    return change


def _index(data: bytes, place: int) -> bytes:
    second = data.index(b"idx1") + 8 + 16
    media = data.index(b"movi")
    return put(data, second + 8, 4, place - media, order="little")


def _super_index(data: bytes, place: int) -> bytes:
    return put(data, data.index(b"indx") + 8 + 24, 8, place, order="little")


def _chunk_index(data: bytes, place: int) -> bytes:
    return put(data, data.index(b"ix00") + 8 + 12, 8, place, order="little")


def _images(data: bytes, place: int) -> bytes:
    origin = data.index(b"MPF\0") + 4
    entry = data.index(struct.pack(">I", 0x030000), origin + 50) + 16
    # The store stands in front of the index; some readers count with 32 bits.
    return put(data, entry + 8, 4, (place - origin) % 2**32)


def _with_saio() -> bytes:
    def build(base: int) -> tuple[bytes, int]:
        track = samples_bmff.track([base], auxiliary=samples_bmff.saio([base]))
        head = samples_bmff.ftyp() + samples_bmff.moov(track)
        return head + box("mdat", *samples_bmff.media()), len(head) + 8

    return samples_bmff.solved(build)


def _with_exif() -> bytes:
    file = samples_images.Tiff()
    exif = file.directory([(0x9000, 7, b"0230 and more")])
    file.page(0, (0x8769, 4, [exif]), (0x14A, 4, [exif]))
    return bytes(file.data)


CASES: Final[dict[str, tuple[Callable[[], bytes], Callable[..., bytes]]]] = {
    "PDF table": (samples_pdf.pdf, _table),
    "TIFF strip": (_with_exif, _tiff(0x111)),
    "TIFF Exif": (_with_exif, _tiff(0x8769)),
    "TIFF sub-directory": (_with_exif, _tiff(0x14A)),
    "stco": (samples_bmff.movie, _after(b"stco", 8, 4)),
    "co64": (lambda: samples_bmff.movie(width=8), _after(b"co64", 8, 8, last=True)),
    "saio": (_with_saio, _after(b"saio", 8, 4)),
    "iloc": (samples_bmff.picture, _after(b"iloc", 14, 4)),
    "tfhd": (samples_bmff.fragments, _after(b"tfhd", 8, 8)),
    "MPF": (samples.mpf_jpeg, _images),
    "idx1": (samples_riff.avi, _index),
    "OpenDML": (samples_riff.opendml_avi, _super_index),
    "OpenDML chunk": (samples_riff.opendml_avi, _chunk_index),
}


@pytest.mark.parametrize(("make", "change"), CASES.values(), ids=CASES)
def test_offsets_into_the_store(
    make: Callable[[], bytes], change: Callable[[bytes, int], bytes]
) -> None:
    data = embed(make())
    assert strays(data) == []
    found = strays(change(data, middle(data)))
    assert found
    assert all(_INTO in item for item in found)


@pytest.mark.parametrize("name", [name for name in CASES if name != "MPF"])
def test_offsets_past_the_end(name: str) -> None:
    make, change = CASES[name]
    found = strays(change(embed(make()), _FAR))
    assert found
    assert all(_PAST in item for item in found)


def test_an_index_may_name_pictures_that_were_cut_off() -> None:
    assert strays(_images(embed(samples.mpf_jpeg()), _FAR)) == []


def test_sections_of_cross_references_are_looked_at_in_every_form() -> None:
    for form in ("table", "stream", "hybrid", "packed"):
        data = embed(samples_pdf.pdf(form=form))
        document = Document(BytesSource(data))
        offsets = set(document.offsets())
        objects = {match.start() for match in re.finditer(rb"\d+ 0 obj\n", data)}
        # Of a hybrid file, readers of tables find the section only by its offset.
        assert objects <= offsets, form


def _movie(*, sizes: bytes) -> bytes:
    """A movie of one track, in chunks of two samples, in front of a store."""
    chunk = full("stsc", 0, 0, numbers(4, (1, 1, 2, 1)))

    def build(base: int) -> tuple[bytes, int]:
        track = samples_bmff.track([base, base + 500], auxiliary=chunk + sizes)
        media = box("mdat", *samples_bmff.media(count=2))
        lead = samples_bmff.ftyp() + samples_bmff.moov(track)
        return lead + media, len(lead) + 8

    data = samples_bmff.solved(build)
    store = embed(samples_bmff.movie())
    source = BytesSource(store)
    frame = identify(source).scan(source).stores[0].frame
    return data + store[frame.start : frame.end]


@pytest.mark.parametrize(
    ("sizes", "code"),
    [((250, 250, 250, 250), "stsz"), ((500,), "stsz"), ((250, 250, 250, 250), "stz2")],
)
def test_chunks_that_run_into_the_store(sizes: tuple[int, ...], code: str) -> None:
    """What is shown of a chunk is as long as its samples are."""

    def table(*values: int) -> bytes:
        if code == "stz2":
            head = numbers(4, (16, len(values)))
            return full("stz2", 0, 0, head, numbers(2, values))
        if len(values) == 1:
            return full("stsz", 0, 0, numbers(4, (values[0] // 2, 4)))
        return full("stsz", 0, 0, numbers(4, (0, len(values), *values)))

    assert strays(_movie(sizes=table(*sizes))) == []
    [found] = strays(_movie(sizes=table(*sizes[:-1], sizes[-1] + 2)))
    assert _INTO in found


@pytest.mark.parametrize(
    ("bits", "sizes", "fits"),
    [
        (8, b"\xff\xff\xff\xff", False),
        (8, b"\xff\xff\xfa\xfa", True),
        (8, b"\xff\xff\xfa", True),
        (4, b"\xff\xff", True),
        (4, b"\xff\xf0", True),
    ],
)
def test_compact_sizes_of_samples(bits: int, sizes: bytes, *, fits: bool) -> None:
    count = len(sizes) * 8 // bits
    table = full("stz2", 0, 0, numbers(4, (bits, count)), sizes)
    assert (strays(_movie(sizes=table)) == []) is fits


def test_items_that_run_into_the_store() -> None:
    data = embed(samples_bmff.picture())
    at = data.index(b"media000").to_bytes(4) + (500).to_bytes(4)
    start = data.index(at)
    before = put(put(data, start, 4, 0), start + 4, 4, 8)
    assert strays(before) == []
    assert _INTO in strays(put(before, start + 4, 4, 200))[0]
    assert _PAST in strays(put(data, start + 4, 4, len(data)))[0]


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ((0x1, (1, 20)), True),
        ((0x1, (1, 600)), False),
        ((0x201, (2, 20, 250, 250)), True),
        ((0x201, (2, 20, 250, 9_000)), False),
        ((0x205, (1, 20, 0, 9_000)), False),
        ((0xF01, (1, 20, 7, 9_000, 7, 7)), False),
        ((0xF01, (1, 20, 9_000, 7, 9_000, 9_000)), True),
        ((0x1, (1, 2**32 - 5_000)), False),
        ((0x200, (1, 9_000)), False),
    ],
)
def test_samples_of_fragments(fields: tuple[int, tuple[int, ...]], fits: bool) -> None:
    flags, values = fields
    data = embed(samples_bmff.ftyp("iso6", "cmfc") + samples_bmff.moov())
    tfhd = full("tfhd", 0, 0x20000, numbers(4, (1,)))
    moof = box("moof", box("traf", tfhd, full("trun", 0, flags, numbers(4, values))))
    data += moof + box("mdat", bytes(500))
    assert (strays(data) == []) is fits


@pytest.mark.parametrize("where", ["tfhd", "trex"])
def test_samples_of_one_size(where: str) -> None:
    trex = full("trex", 0, 0, numbers(4, (1, 1, 0, 300 if where == "trex" else 0, 0)))
    data = samples_bmff.ftyp("iso6", "cmfc") + samples_bmff.moov(more=box("mvex", trex))
    tfhd = (
        full("tfhd", 0, 0x20000, numbers(4, (1,)))
        if where == "trex"
        else full("tfhd", 0, 0x2001A, numbers(4, (1, 1, 0, 300)))
    )
    for count, fits in ((1, True), (3, False)):
        run = full("trun", 0, 1, numbers(4, (count, 20)))
        whole = embed(data) + box("moof", box("traf", tfhd, run)) + box("mdat", bytes(500))
        assert (strays(whole) == []) is fits


def test_an_item_of_idat_stays_in_it() -> None:
    for length, fits in ((8, True), (9, False)):
        table = iloc([(1, 0, 0, [(4, length)])], version=1)
        meta = full("meta", 0, 0, samples_bmff.hdlr(b"pict"), table, box("idat", bytes(12)))
        data = embed(samples_bmff.ftyp("heic", "heic") + meta)
        source = BytesSource(data)
        assert (strays(data[: identify(source).scan(source).blocks[-1].end]) == []) is fits


def test_looking_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidisclose.limits.SAMPLES", 3)
    with pytest.raises(LimitExceeded):
        strays(samples_bmff.movie())
    monkeypatch.setattr("aidisclose.limits.TIFF_PIECES", 1)
    with pytest.raises(LimitExceeded):
        strays(_with_exif())


class _Counted(BytesSource):
    """Bytes of which it is noted how many were read at once."""

    most = 0

    def read_at(self, offset: int, length: int) -> bytes:
        self.most = max(self.most, length)
        return super().read_at(offset, length)


@pytest.mark.parametrize(
    "table",
    [
        full("stsz", 0, 0, bytes(4), numbers(4, (3_000, *[1] * 3_000))),
        full("stz2", 0, 0, numbers(4, (4, 30_000)), bytes(15_000)),
        full("stsc", 0, 0, numbers(4, (1_000,)), *(numbers(4, (n, 1, 1)) for n in range(1, 1_001))),
    ],
    ids=["stsz", "stz2", "stsc"],
)
def test_tables_of_samples_are_counted_before_they_are_read(
    table: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aidisclose.limits.SAMPLES", 2_500)
    monkeypatch.setattr("aidisclose.limits.CHUNK", 2_500)
    data = samples_bmff.ftyp() + samples_bmff.moov(samples_bmff.track([20], auxiliary=table))
    source = _Counted(data)
    container = identify(source)
    assert isinstance(container, Addressed)
    layout = container.scan(source)
    source.most = 0
    with pytest.raises(LimitExceeded, match="more than 2500 samples and chunks"):
        list(container.strays(source, layout))
    assert source.most < 2_500


def test_an_index_of_segments_ends_where_it_says() -> None:
    """FFmpeg reads as many as the number in front says."""
    entry = numbers(4, (300_000, 0, 0))
    for count, fits in ((0, True), (1, False)):
        sidx = full("sidx", 0, 0, bytes(16), bytes(2), numbers(2, (count,)), entry)
        assert (strays(samples_bmff.ftyp() + sidx + samples_bmff.moov()) == []) is fits


def test_items_have_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidisclose.limits.ITEM_PARTS", 20)
    for count, fits in ((19, True), (20, False)):
        table = iloc([(0, 0, 0, [(4, 1)] * count)])
        meta = full("meta", 0, 0, samples_bmff.hdlr(b"pict"), table)
        data = samples_bmff.ftyp("heic", "heic") + meta
        if fits:
            assert strays(data) == []
        else:
            with pytest.raises(LimitExceeded, match="more than 20 extents"):
                strays(data)


@pytest.mark.parametrize("name", ["BLOCKS", "SAMPLES"])
def test_tables_of_fragments_have_a_budget(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = BytesSource(streams.fragment(150))
    container = identify(source)
    assert isinstance(container, Fragmented)
    layout = container.scan(source)
    assert len(list(container.samples(source, layout, {}))) == 1
    monkeypatch.setattr(f"aidisclose.limits.{name}", 0)
    with pytest.raises(LimitExceeded, match="fragments of more than 0"):
        list(container.samples(source, layout, {}))
