"""ZIP: what is read, what is refused, and what other programs make of what is written."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from aidisclose import limits
from aidisclose.containers import Edits, Layout, identify, read_store
from aidisclose.containers.zip import CONTAINER
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource, Source
from tests.containers import samples, samples_zip
from tests.containers.samples_zip import STORE, add, archive, plain

CD, END = b"PK\1\2", b"PK\5\6"


def scan(data: bytes) -> Layout:
    source = BytesSource(data)
    assert identify(source) is CONTAINER
    return CONTAINER.scan(source)


def rewrite(data: bytes, store: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = CONTAINER.rewrite(source, CONTAINER.scan(source), Edits(store=store))
    return splice.read_at(0, splice.size)


def put(data: bytes, mark: bytes, at: int, value: bytes, *, last: bool = False) -> bytes:
    """The file with other bytes `at` so many after a mark."""
    start = (data.rindex if last else data.index)(mark) + at
    return data[:start] + value + data[start + len(value) :]


# --- Reading ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", samples_zip.SAMPLES)
def test_entries_and_directory_are_the_whole_file(name: str) -> None:
    data = samples_zip.SAMPLES[name]()
    layout = scan(data)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        entries = [(entry.filename, entry.header_offset) for entry in file.infolist()]
    assert [(block.name, block.start) for block in layout.blocks[:-1]] == entries
    ends = [block.end for block in layout.blocks]
    assert [block.start for block in layout.blocks] == [0, *ends[:-1]]
    assert data[layout.blocks[-1].start :].startswith(CD)


def typed(text: bytes, *, packed: bool = False, before: str = "") -> bytes:
    def fill(file: samples_zip.File) -> None:
        if before:
            add(file, before)
        add(file, "mimetype", text, packed=packed)

    return archive(fill)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (archive(samples_zip.epub), "application/epub+zip"),
        (
            archive(samples_zip.office),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            typed(b"application/vnd.oasis.opendocument.text"),
            "application/vnd.oasis.opendocument.text",
        ),
        (typed(b"application/epub+zip", packed=True), "application/zip"),
        (typed(b"application/epub+zip", before="x"), "application/zip"),
        (typed(b"text/html"), "application/zip"),
        (typed(b"\xff" * 1000), "application/zip"),
        (archive(lambda _: None), "application/zip"),
    ],
)
def test_the_content_says_what_it_is(data: bytes, media_type: str) -> None:
    assert scan(data).media_type == media_type


def with_store(**options: bool) -> bytes:
    return archive(lambda file: add(file, STORE, samples.store(500), **options))


def test_a_store_of_other_programs_is_found() -> None:
    data = with_store()
    [store] = scan(data).stores
    assert read_store(BytesSource(data), store) == samples.store(500)


@pytest.mark.parametrize(
    ("data", "reason", "is_encrypted"),
    [
        (with_store(packed=True), "compressed", False),
        (put(with_store(), CD, 8, b"\1\0"), "encrypted", True),
        (put(with_store(), CD, 8, b"\0\x08"), "unknown length", False),
        (put(with_store(), CD, 16, b"\0"), "contradict each other", False),
        (put(with_store(), b"PK\3\4", 30, b"m"), "contradict each other", False),
    ],
)
def test_a_store_that_is_not_stored_plainly(data: bytes, reason: str, is_encrypted: bool) -> None:
    [problem] = scan(data).problems
    assert reason in problem.reason
    assert problem.is_encrypted is is_encrypted
    assert scan(rewrite(data, None)).problems == ()


# --- What is refused ----------------------------------------------------------------------------


def of(*names: str) -> bytes:
    """An archive with entries of these names."""

    def fill(file: samples_zip.File) -> None:
        for name in names:
            add(file, name)

    return archive(fill)


def overlapping() -> bytes:
    """Two entries of the same bytes, as in bombs that share their content."""
    return put(of("a", "b"), CD, 42, bytes(4), last=True)


def shared_end() -> bytes:
    """An archive whose comment ends like an archive too."""
    inner = struct.pack("<4s4H2IH", END, 0, 0, 0, 0, 0, 0, 0)
    return archive(lambda file: add(file, "a"), comment=inner)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (plain()[:-1], "it has no directory"),
        (plain() + b"\0", "it has no directory"),
        (put(plain(), END, 20, b"\1"), "it has no directory"),
        (shared_end(), "two ends"),
        (overlapping(), "overlap"),
        (put(put(plain(), END, 10, b"\3"), END, 8, b"\3"), "longer than its entries"),
        (put(put(plain(), END, 10, b"\5"), END, 8, b"\5"), "cut off"),
        (put(plain(), END, 16, b"\0"), "not where it says"),
        (put(plain(), CD, 0, b"PK\1\3"), "cut off"),
        (put(plain(), CD, 42, b"\1"), "not where its directory says"),
        (put(plain(), CD, 42, b"\xff\xff\xff\xff"), "not where its directory says"),
        (put(plain(), CD, 20, b"\xff\xff\xff\x0f"), "cut off"),
        (put(plain(), CD, 28, b"\xff\xff"), "cut off"),
        (put(plain(), CD, 32, b"\xff\xff", last=True), "cut off"),
        (put(put(plain(), CD, 8, b"\0\x08"), CD, 46, b"\xff"), "not UTF-8"),
        (put(plain(), b"PK\3\4", 28, b"\xff\xff"), "overlap|cut off|directory"),
        (put(samples_zip.zip64(plain()), b"PK\6\6", 4, b"\1"), "another length"),
        (put(samples_zip.zip64(plain()), b"PK\6\7", 8, b"\1"), "ZIP64 record"),
        (put(samples_zip.zip64(plain()), END, 10, b"\5\0"), "contradict"),
    ],
)
def test_what_readers_would_not_agree_about(data: bytes, message: str) -> None:
    with pytest.raises(MalformedFile, match=message):
        scan(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (put(plain(), END, 4, b"\1"), "split into several files"),
        (put(plain(), END, 8, b"\1"), "split into several files"),
        (put(plain(), CD, 8, b"\0\x20"), "directory of the archive is encrypted"),
    ],
)
def test_what_is_not_read(data: bytes, message: str) -> None:
    with pytest.raises(UnsupportedFormat, match=message):
        scan(data)


def test_a_program_before_the_archive() -> None:
    """Self-extracting archives begin like programs; others say where their entries are."""
    with pytest.raises(UnsupportedFormat, match="not a media format"):
        identify(BytesSource(b"MZ" + bytes(100) + plain()))
    with pytest.raises(MalformedFile, match="something stands before or behind"):
        scan(b"PK\3\4" + plain())


@pytest.mark.parametrize(("name", "limit"), [("ZIP_DIRECTORY", 100), ("ZIP_ENTRIES", 3)])
def test_a_directory_beyond_the_limit_is_not_read(
    name: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = plain()
    scan(data)
    monkeypatch.setattr(limits, name, limit)
    with pytest.raises(LimitExceeded, match="4 entries"):
        scan(data)


def test_stores_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STORES", 2)
    scan(of(STORE, STORE))
    with pytest.raises(LimitExceeded, match="more than 2 manifest stores"):
        scan(of(STORE, STORE, STORE))


def test_a_million_entries_that_are_not_there() -> None:
    data = put(
        put(samples_zip.zip64(plain()), b"PK\6\6", 24, b"\0\0\x10\0"), b"PK\6\6", 32, b"\0\0\x10\0"
    )
    with pytest.raises(MalformedFile, match="cut off"):
        scan(data)


def test_office_documents_are_left_alone() -> None:
    """Their list of types would have to be rewritten."""
    data = archive(samples_zip.office)
    with pytest.raises(UnsupportedFormat, match="--sidecar"):
        rewrite(data, samples.store(500))
    assert rewrite(data, None) == data


# --- Writing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", samples_zip.SAMPLES)
def test_other_programs_read_what_is_written(name: str, tmp_path: Path) -> None:
    data = samples_zip.SAMPLES[name]()
    store = samples.store(5000)
    signed = rewrite(data, store)
    with zipfile.ZipFile(io.BytesIO(signed)) as file, zipfile.ZipFile(io.BytesIO(data)) as before:
        assert file.testzip() is None
        assert file.comment == before.comment
        assert file.read(STORE) == store
        assert file.namelist() == [*before.namelist(), STORE]
        assert all(file.read(each) == before.read(each) for each in before.namelist())
    assert rewrite(signed, None) == data
    path = tmp_path / "signed.zip"
    path.write_bytes(signed)
    for program in (("unzip", "-tq"), ("7z", "t"), ("bsdtar", "-tf"), ("jar", "tf")):
        if shutil.which(program[0]):
            subprocess.run([*program, path], check=True, capture_output=True, timeout=60)


class Sparse:
    """A file of zeros but for some parts."""

    def __init__(self, size: int, parts: dict[int, bytes]) -> None:
        self.size = size
        self._parts = parts

    def read_at(self, offset: int, length: int) -> bytes:
        length = max(0, min(length, self.size - offset))
        data = bytearray(length)
        for start, part in self._parts.items():
            first, end = max(start, offset), min(start + len(part), offset + length)
            if first < end:
                data[first - offset : end - offset] = part[first - start : end - start]
        return bytes(data)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        data = self.read_at(offset, len(buffer))
        buffer[: len(data)] = data
        return len(data)


def vast(size: int, *, wide: bool = True) -> Source:
    """An archive of one entry with that many bytes."""
    full = 0xFFFFFFFF
    local_extra = struct.pack("<2H2Q", 1, 16, size, size)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 45, 0, 0, 0, 33, 0, full, full, 1, 20) + b"a"
    local += local_extra
    start = len(local) + size
    listed = struct.pack(
        "<4s6H3I5H2I", CD, 45, 45, 0, 0, 0, 33, 0, full, full, 1, 20, 0, 0, 0, 0, 0
    )
    listed += b"a" + local_extra
    record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(listed), start)
    record += struct.pack("<4sIQI", b"PK\6\7", 0, start + len(listed), 1)
    end = struct.pack("<4s4H2IH", END, 0, 0, 1, 1, len(listed), full if wide else start, 0)
    tail = listed + (record if wide else b"") + end
    return Sparse(start + len(tail), {0: local, start: tail})


def edit(source: Source, store: bytes | None) -> Source:
    return CONTAINER.rewrite(source, CONTAINER.scan(source), Edits(store=store))


def test_more_than_32_bits_of_offset() -> None:
    """The store has its offset in an extra field, and moves with what is before it."""
    source = vast(5 << 30)
    signed = edit(source, samples.store(500))
    layout = CONTAINER.scan(signed)
    assert [block.name for block in layout.blocks] == ["a", STORE, "central directory"]
    [store] = layout.stores
    assert store.frame.start > 5 << 30
    assert read_store(signed, store) == samples.store(500)
    again = edit(signed, samples.store(700, seed=1))
    assert read_store(again, CONTAINER.scan(again).stores[0]) == samples.store(700, seed=1)
    bare = edit(again, None)
    tail = source.size - (5 << 30)
    assert bare.size == source.size
    assert bare.read_at(5 << 30, tail) == source.read_at(5 << 30, tail)


def test_growing_beyond_what_the_records_hold() -> None:
    source = vast(0xFFFFFFFF - 300, wide=False)
    with pytest.raises(LimitExceeded, match="without ZIP64"):
        edit(source, samples.store(500))


def test_an_entry_behind_the_store_moves() -> None:
    """Of an archive that somebody added to, whose store is not the last."""

    def fill(file: samples_zip.File) -> None:
        add(file, "a")
        add(file, STORE, samples.store(500))
        add(file, "b")

    data = archive(fill)
    assert rewrite(data, None) == of("a", "b")
    signed = rewrite(data, samples.store(100))
    with zipfile.ZipFile(io.BytesIO(signed)) as file:
        assert (file.namelist(), file.testzip()) == (["a", "b", STORE], None)


MAKERS: list[Callable[[], bytes]] = [plain, lambda: rewrite(plain(), samples.store(500))]


@pytest.mark.parametrize("make", MAKERS)
def test_every_bit_may_be_wrong(make: Callable[[], bytes]) -> None:
    """Of all headers: nothing but our own errors."""
    data = make()
    places = [
        at for mark in (b"PK\3\4", CD, END) for at in range(len(data)) if data[at:].startswith(mark)
    ]
    for place in places:
        for at in range(place, min(place + 50, len(data))):
            for value in (0, 1, 0x7F, 0x80, 0xFF):
                altered = data[:at] + bytes([value]) + data[at + 1 :]
                try:
                    layout = CONTAINER.scan(BytesSource(altered))
                except (MalformedFile, UnsupportedFormat, LimitExceeded):
                    continue
                assert layout.size == len(data)
