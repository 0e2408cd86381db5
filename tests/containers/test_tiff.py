"""TIFF: directories, the store's tag, and giving back what was there before."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from aidisclose import limits
from aidisclose.containers import Edits, Layout, read_store, tiff
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource, Source
from tests.containers import samples
from tests.containers.samples_images import Field, Tiff, camera_raw, dng, with_last_directory
from tests.containers.samples_images import tiff as make

STORE = samples.store(1000)
OTHER = samples.store(300, seed=1)
TAG = 0xCD41

DIALECTS = pytest.mark.parametrize(
    ("order", "big"),
    [("<", False), (">", False), ("<", True), (">", True)],
    ids=["II", "MM", "II-big", "MM-big"],
)


def scan(data: bytes) -> Layout:
    return tiff.CONTAINER.scan(BytesSource(data))


def rewrite(data: bytes, store: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = tiff.CONTAINER.rewrite(source, scan(data), Edits(store=store))
    return splice.read_at(0, splice.size)


def stores(data: bytes) -> list[bytes]:
    return [read_store(BytesSource(data), found) for found in scan(data).stores]


def directories(data: bytes) -> list[dict[int, tuple[int, int, int]]]:
    """For each directory: by tag, the field type, the count and the value or offset."""
    file = Tiff("<" if data[:2] == b"II" else ">", big=43 in data[2:4])
    file.data[:] = data
    found = []
    (start,) = file.unpack(file.pointer, file.link)
    while start:
        (count,) = file.unpack(file.length, start)
        position = start + struct.calcsize("=" + file.length)
        fields = {}
        for _ in range(count):
            tag, *field = file.unpack(f"HH{file.pointer}{file.pointer}", position)
            fields[tag] = (field[0], field[1], field[2])
            position += 4 + 2 * file.width
        found.append(fields)
        (start,) = file.unpack(file.pointer, position)
    return found


def pixels(data: bytes) -> list[bytes]:
    """The only strip of each page; in big-endian files a short offset stands to the left."""
    pages = [fields for fields in directories(data) if 0x111 in fields]
    shift = 32 if data[:4] == b"MM\0+" else 0
    return [data[page[0x111][2] >> shift :][: page[0x117][2] >> shift] for page in pages]


def masked(data: bytes) -> bytes:
    """What a data hash covers."""
    kept = bytearray(data)
    for start, length in reversed(scan(data).stores[0].exclusions):
        del kept[start : start + length]
    return bytes(kept)


def patched(data: bytes, offset: int, value: int) -> bytes:
    return data[:offset] + value.to_bytes(4, "little") + data[offset + 4 :]


def built(*pages: list[Field], order: str = "<", big: bool = False, tail: bytes = b"") -> bytes:
    """A file whose pages have these additional fields."""
    file = Tiff(order, big=big)
    for number, fields in enumerate(pages):
        file.page(number, *fields)
    return bytes(file.data) + tail


@DIALECTS
def test_structure(order: str, big: bool) -> None:
    data = rewrite(make(order, big=big, pages=2), STORE)
    names = "header IFD0 IFD1 IFD2 C2PA"
    assert " ".join(block.name for block in scan(data).blocks) == names


@DIALECTS
def test_one_page_gets_the_tag_and_stays_one(order: str, big: bool) -> None:
    original = make(order, (0xFDE8, 7, b"private tag"), big=big)
    data = rewrite(original, STORE)
    (fields,) = directories(data)
    (before,) = directories(original)
    offset = len(data) - len(STORE)
    assert fields == {**before, TAG: (7, len(STORE), offset)}
    assert list(fields) == sorted(fields)
    assert pixels(data) == pixels(original)


@DIALECTS
def test_several_pages_get_a_directory_that_holds_only_the_tag(order: str, big: bool) -> None:
    original = make(order, big=big, pages=3)
    data = rewrite(original, STORE)
    offset = len(data) - len(STORE)
    assert directories(data) == [*directories(original), {TAG: (7, len(STORE), offset)}]
    assert pixels(data) == pixels(original)


@DIALECTS
@pytest.mark.parametrize("pages", [1, 2])
def test_all_but_the_store_and_its_length_is_hashed(order: str, big: bool, pages: int) -> None:
    """So these two ranges are excluded, and nothing else depends on the store."""
    data = rewrite(make(order, big=big, pages=pages), STORE)
    (found,) = scan(data).stores
    count, content = found.exclusions
    width = 8 if big else 4
    byteorder = "little" if order == "<" else "big"
    assert count.length == width
    assert int.from_bytes(data[count.start : count.end], byteorder) == len(STORE)  # type: ignore[arg-type]
    assert data[content.start : content.end] == STORE
    assert content.end == len(data)
    assert masked(data) == masked(rewrite(make(order, big=big, pages=pages), OTHER))


@pytest.mark.parametrize("size", range(8))
def test_directories_are_aligned_whatever_the_size_of_the_file(size: int) -> None:
    original = make() + bytes(size)
    data = rewrite(original, STORE)
    assert int.from_bytes(data[4:8], "little") % 2 == 0
    assert rewrite(data, None) == original


@pytest.mark.parametrize("pages", [1, 2])
def test_signing_again_and_again_does_not_grow_the_file(pages: int) -> None:
    original = make(pages=pages)
    data = rewrite(original, STORE)
    for store in (OTHER, STORE, OTHER, STORE):
        data = rewrite(data, store)
    assert data == rewrite(original, STORE)
    assert rewrite(data, None) == original


@pytest.mark.parametrize("pages", [1, 3])
def test_pages_decode_as_before(pages: int) -> None:
    """By another program; counting them, it would stumble over the directory without a page."""
    original = make(pages=pages)
    with (
        Image.open(io.BytesIO(original)) as a,
        Image.open(io.BytesIO(rewrite(original, STORE))) as b,
    ):
        for number in range(pages):
            a.seek(number)
            b.seek(number)
            assert a.tobytes() == b.tobytes()


@DIALECTS
@pytest.mark.skipif(not shutil.which("tiffinfo"), reason="tiffinfo is not installed")
def test_libtiff_reads_every_page(order: str, big: bool, tmp_path: Path) -> None:
    path = tmp_path / "signed.tif"
    for pages in (1, 2):
        path.write_bytes(rewrite(make(order, big=big, pages=pages), STORE))
        run = subprocess.run(["tiffinfo", "-D", path], capture_output=True, check=False)
        assert run.stdout.count(b"Image Width: 16 Image Length: 12") == pages
        assert b"rror" not in run.stderr


def test_sub_directories_stay_where_they_are() -> None:
    original = dng()
    layout = scan(original)
    assert layout.media_type == "image/x-adobe-dng"
    data = rewrite(original, STORE)
    assert scan(data).media_type == "image/x-adobe-dng"
    (before,), (after,) = directories(original), directories(data)
    assert before[0x14A] == after[0x14A]
    assert data[8 : len(original)] == original[8:]


@pytest.mark.parametrize(
    "data", [camera_raw(), make()[:8] + b"CR\x02\0" + make()[12:]], ids=["preview", "CR2"]
)
def test_camera_raw_is_read_and_not_written(data: bytes) -> None:
    assert scan(data).media_type == "image/x-dcraw"
    for store in (STORE, None):
        with pytest.raises(UnsupportedFormat, match="raw"):
            rewrite(data, store)


# --- what other programs write ------------------------------------------------------------------


def at_end(order: str = "<", *, big: bool = False, pages: int = 1) -> bytes:
    """As the reference does it: the directory with the tag, and directly behind it the store."""
    file = Tiff(order, big=big)
    for number in range(pages - 1):
        file.page(number)
    size = struct.calcsize("=" + file.length) + (4 + 2 * file.width) + file.width
    if pages == 1:
        (fields,) = directories(make(order, big=big))
        file.data[:] = make(order, big=big)
        entries = [
            file.pack(f"HH{file.pointer}{file.pointer}", tag, *field)
            for tag, field in fields.items()
        ]
        size += sum(map(len, entries))
    else:
        entries = []
    start = len(file.data) + len(file.data) % 2
    tag = file.pack(f"HH{file.pointer}{file.pointer}", TAG, 7, len(STORE), start + size)
    entries.append(tag)
    file.data[file.link : file.link + file.width] = file.pack(file.pointer, start)
    file.add(file.pack(file.length, len(entries)) + b"".join(entries) + bytes(file.width))
    return bytes(file.data) + STORE


@DIALECTS
@pytest.mark.parametrize("pages", [1, 3])
def test_the_form_of_the_reference(order: str, big: bool, pages: int) -> None:
    """Read, replaced without growing, and taken out without touching a picture."""
    data = at_end(order, big=big, pages=pages)
    assert stores(data) == [STORE]
    assert scan(data).problems == ()
    replaced = rewrite(data, OTHER)
    assert stores(replaced) == [OTHER]
    assert len(replaced) == len(data) - len(STORE) + len(OTHER)
    removed = rewrite(data, None)
    assert stores(removed) == []
    assert len(removed) <= len(data) - len(STORE)
    assert pixels(removed) == pixels(replaced) == pixels(data)
    assert STORE[8:] not in removed


@pytest.mark.parametrize(
    "make_file",
    [
        lambda: built([(TAG, 7, STORE)]),
        lambda: built([(TAG, 7, STORE)], tail=b"more"),
        lambda: built([(TAG, 7, STORE)], []),
        lambda: built([], [(TAG, 7, STORE)]),
        lambda: built([(TAG, 7, STORE)], [(TAG, 7, OTHER)]),
        lambda: with_last_directory(built([]), [(TAG, 7, STORE)]),
        lambda: with_last_directory(
            with_last_directory(built([]), [(TAG, 7, STORE)]), [(TAG, 7, OTHER)]
        ),
        lambda: with_last_directory(built([(TAG, 7, OTHER)], []), [(TAG, 7, STORE)]),
        lambda: with_last_directory(rewrite(built([]), STORE), [(TAG, 7, OTHER)]),
        lambda: rewrite(built([]), STORE) + b"\0",
        lambda: rewrite(built([], []), STORE) + b"\0",
        lambda: with_last_directory(rewrite(built([], []), STORE), [(0x100, 3, [1])]),
    ],
)
def test_stores_anywhere_can_be_replaced_and_removed(make_file: Callable[[], bytes]) -> None:
    data = make_file()
    pictures = pixels(built([], [])) if len(pixels(data)) > 1 else pixels(built([]))
    assert STORE in stores(data)
    replaced = rewrite(data, samples.store(500, seed=2))
    assert stores(replaced) == [samples.store(500, seed=2)]
    assert scan(replaced).problems == ()
    removed = rewrite(data, None)
    assert stores(removed) == []
    assert pixels(replaced)[: len(pictures)] == pixels(removed)[: len(pictures)] == pictures
    assert STORE[8:] not in removed
    assert OTHER[8:] not in removed
    assert all(TAG not in fields for fields in directories(removed))
    assert rewrite(replaced, None) == removed


@pytest.mark.parametrize("field", [0, 4], ids=["pointer", "size"])
@pytest.mark.parametrize("change", [16, 2**10, 2**31, 2**32 - 1])
@pytest.mark.parametrize("pages", [1, 2])
def test_a_false_record_of_what_was_there_is_not_believed(
    pages: int, change: int, field: int
) -> None:
    """It would let removing the store put any directory in the place of the real one."""
    original = make(pages=pages)
    data = rewrite(original, STORE)
    *_, last, _ = scan(data).blocks
    record = last.start - 8 + field
    true = int.from_bytes(data[record : record + 4], "little")
    removed = rewrite(patched(data, record, true ^ change), None)
    assert stores(removed) == []
    assert pixels(removed) == pixels(original)
    assert len(removed) > len(original)


# --- what is wrong with a file ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (built([(TAG, 7, b"four")]), "only 4 bytes"),
        (built([(TAG, 1, STORE)]), "field type 1"),
        (rewrite(make(), STORE)[:-1], "beyond the end"),
        (built([], [(TAG, 7, STORE)], []), "not the last"),
    ],
)
def test_problems(data: bytes, reason: str) -> None:
    """Giving the file another store mends it."""
    (problem,) = scan(data).problems
    assert reason in problem.reason
    assert int.from_bytes(data[problem.offset : problem.offset + 2], "little") == TAG
    assert stores(rewrite(data, OTHER)) == [OTHER]
    assert scan(rewrite(data, OTHER)).problems == ()


def test_two_tags_for_the_same_bytes_are_a_problem() -> None:
    data = rewrite(make(pages=2), STORE)
    entry = data.index(struct.pack("<HH", TAG, 7))
    data = with_last_directory(data, [(TAG, 7, OTHER)])
    second = data.rindex(struct.pack("<HH", TAG, 7))
    layout = scan(data[:second] + data[entry : entry + 12] + data[second + 12 :])
    assert len(layout.stores) == 1
    assert any("overlaps" in problem.reason for problem in layout.problems)


def test_a_store_that_overlaps_a_directory_is_a_problem() -> None:
    data = rewrite(make(), STORE)
    layout = scan(patched(data, data.index(struct.pack("<HH", TAG, 7)) + 8, 4))
    assert layout.stores == ()
    assert "overlaps" in layout.problems[0].reason


def test_a_store_beyond_the_limit_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    data = rewrite(make(), STORE)
    monkeypatch.setattr(limits, "STORE_SIZE", 999)
    layout = scan(data)
    assert layout.stores == ()
    assert "more than 999" in layout.problems[0].reason


FIRST = int.from_bytes(make(pages=2)[4:8], "little")
FIRST_NEXT = FIRST + 2 + 12 * 10


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"", 0),
        (b"II*\0\0\0\0", 0),
        (b"II+\0\x08\0\0\0" + bytes(7), 0),
        (b"II+\0\x04\0\0\0" + bytes(8), 0),
        (b"II*\0" + bytes(4), 4),
        (make()[:-1], FIRST),
        (patched(make(), 4, 4), 4),
        (patched(make(), 4, len(make())), len(make())),
        (patched(make(), 4, 2**32 - 1), 2**32 - 1),
        (patched(make(pages=2), FIRST_NEXT, FIRST), FIRST),
        (patched(make(pages=2), FIRST_NEXT, FIRST - 2), FIRST - 2),
        (patched(make(pages=2), FIRST_NEXT, 2**31), 2**31),
    ],
)
def test_malformed(data: bytes, offset: int) -> None:
    """Among others: a chain of directories that is a loop."""
    with pytest.raises(MalformedFile) as raised:
        scan(data)
    assert raised.value.offset == offset


def test_offsets_of_bigtiff_may_be_absurd() -> None:
    data = make(big=True)
    with pytest.raises(MalformedFile):
        scan(data[:8] + b"\xff" * 8 + data[16:])


def test_too_many_directories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TIFF_DIRECTORIES", 3)
    assert scan(make(pages=3)).stores == ()
    with pytest.raises(LimitExceeded):
        scan(make(pages=4))


def test_too_many_entries() -> None:
    file = Tiff(big=True)
    file.data[8:16] = file.pack("Q", 16)
    file.data += file.pack("Q", 2**60)
    with pytest.raises(LimitExceeded):
        scan(bytes(file.data))


def test_too_many_entries_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    data = make(pages=4)
    layout = scan(data)
    assert list(tiff.CONTAINER.strays(BytesSource(data), layout)) == []
    monkeypatch.setattr(limits, "TIFF_FIELDS", 20)
    with pytest.raises(LimitExceeded, match="more than 20 entries"):
        scan(data)
    with pytest.raises(LimitExceeded, match="more than 20 entries"):
        list(tiff.CONTAINER.strays(BytesSource(data), layout))


@pytest.mark.parametrize("content", ["<a>" * 2_000 + "</a>" * 2_000, "<a/>" * 60])
def test_a_description_with_too_much_markup(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if content.startswith("<a/>"):
        monkeypatch.setattr(limits, "XML_MARKUP", 50)
    with pytest.raises(LimitExceeded, match="description"):
        list(tiff.externals.find(f"<OME>{content}</OME>".encode()))


def test_too_many_stores() -> None:
    with pytest.raises(LimitExceeded):
        scan(built([(TAG, 7, b"four")] * (limits.STORES + 1)))


class Sparse:
    """A file of any size that is all zeros behind its first bytes."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data = data
        self.size = size

    def read_at(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length].ljust(min(length, self.size - offset), b"\0")

    def read_into(self, offset: int, buffer: memoryview) -> int:
        buffer[:] = self.read_at(offset, len(buffer))
        return len(buffer)


@pytest.mark.parametrize(("big", "spare"), [(False, 2000), (False, 1100), (True, 10)])
def test_offsets_of_tiff_end_at_4_gib(big: bool, spare: int) -> None:
    source: Source = Sparse(make(big=big), 2**32 - spare)
    layout = tiff.CONTAINER.scan(source)

    def embedded() -> int:
        return tiff.CONTAINER.rewrite(source, layout, Edits(store=STORE)).size

    if big or spare == 2000:
        assert embedded() > source.size + len(STORE)
    else:
        with pytest.raises(LimitExceeded, match="BigTIFF"):
            embedded()


@pytest.mark.parametrize(("big", "size"), [(False, 4), (True, 8)])
def test_what_would_not_be_stored_behind_an_offset_is_no_store(big: bool, size: int) -> None:
    with pytest.raises(ValueError, match="not a manifest store"):
        rewrite(make(big=big), bytes(size))
