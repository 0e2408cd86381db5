"""Sources: the same bytes from memory, a file, a stream, a splice; and what is not a source."""

from __future__ import annotations

import contextlib
import io
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.io.source import (
    BytesSource,
    FileSource,
    Range,
    Readable,
    Source,
    StreamSource,
    open_source,
)
from aidisclose.io.splice import Copy, Data, Splice

DATA = random.Random(1).randbytes(10_000)


@contextlib.contextmanager
def _file() -> Iterator[Source]:
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(DATA)
        yield FileSource(file.fileno(), len(DATA))


def _splice() -> Splice:
    source = BytesSource(DATA[5_000:] + DATA[:5_000])
    return Splice(
        source, [Copy(5_000, 4_000), Data(DATA[4_000:4_001]), Copy(9_001, 999), Copy(0, 5_000)]
    )


KINDS: dict[str, Callable[[], contextlib.AbstractContextManager[Source]]] = {
    "bytes": lambda: contextlib.nullcontext(BytesSource(DATA)),
    "memoryview": lambda: contextlib.nullcontext(BytesSource(memoryview(bytearray(DATA)))),
    "file": _file,
    "stream": lambda: contextlib.nullcontext(StreamSource(io.BytesIO(DATA))),
    "splice": lambda: contextlib.nullcontext(_splice()),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
@given(offset=st.integers(0, 11_000), length=st.integers(0, 11_000))
def test_reads_are_slices(kind: str, offset: int, length: int) -> None:
    with KINDS[kind]() as source:
        assert isinstance(source, Source)
        assert source.size == len(DATA)
        expected = DATA[offset : offset + length]
        assert source.read_at(offset, length) == expected
        buffer = bytearray(b"\xee" * length)
        assert source.read_into(offset, memoryview(buffer)) == len(expected)
        assert buffer == expected + b"\xee" * (length - len(expected))


def test_end_of_a_range() -> None:
    assert Range(3, 4).end == 7


class Trickle(io.BytesIO):
    """A stream that gives at most 100 bytes at once, as network file systems may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(100, size) if size is not None and size >= 0 else 100)


def test_short_reads_are_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    assert StreamSource(Trickle(DATA)).read_at(7, 5_000) == DATA[7:5_007]
    pread, preadv = os.pread, os.preadv
    monkeypatch.setattr(os, "pread", lambda fd, length, offset: pread(fd, min(100, length), offset))
    monkeypatch.setattr(
        os, "preadv", lambda fd, buffers, offset: preadv(fd, [buffers[0][:100]], offset)
    )
    with _file() as source:
        assert source.read_at(7, 5_000) == DATA[7:5_007]
        buffer = bytearray(5_000)
        assert source.read_into(7, memoryview(buffer)) == 5_000
        assert buffer == DATA[7:5_007]


def test_a_file_that_shrinks_gives_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    with path.open("r+b") as file:
        source = FileSource(file.fileno(), len(DATA))
        file.truncate(100)
        assert source.read_at(50, 1_000) == DATA[50:100]
        assert source.read_into(50, memoryview(bytearray(1_000))) == 50
        assert source.read_at(200, 10) == b""


@pytest.mark.parametrize("small", [True, False])
def test_everything_readable_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: bool
) -> None:
    """What is small is read at once; what is large stays where it is."""
    monkeypatch.setattr(limits, "IN_MEMORY", len(DATA) if small else len(DATA) - 1)
    path = tmp_path / "file"
    path.write_bytes(DATA)
    expected: list[tuple[Readable, type[Source]]] = [
        (path, FileSource),
        (str(path), FileSource),
        (DATA, BytesSource),
    ]
    for readable, kind in expected:
        with open_source(readable) as source:
            assert isinstance(source, BytesSource if small else kind)
            assert source.read_at(0, source.size) == DATA
    with path.open("rb") as stream, open_source(stream) as source:
        assert isinstance(source, BytesSource if small else StreamSource)
        assert source.read_at(0, source.size) == DATA
        assert not stream.closed


def test_a_small_file_cannot_change_between_two_looks(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    stream = io.BytesIO(DATA)
    with open_source(path) as file, open_source(stream) as from_stream:
        path.write_bytes(b"changed")
        stream.seek(0)
        stream.write(b"changed")
        assert file.read_at(0, 7) == from_stream.read_at(0, 7) == DATA[:7]


def test_bytearrays_and_views_can_be_opened() -> None:
    for readable in (bytearray(DATA), memoryview(DATA)):
        with open_source(cast("bytes", readable)) as source:
            assert source.read_at(0, 10) == DATA[:10]


def test_a_descriptor_is_closed_whatever_happens(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    before = _next_descriptor()
    with contextlib.suppress(RuntimeError), open_source(path):
        raise RuntimeError
    with contextlib.suppress(OSError), open_source(tmp_path):
        pass
    assert _next_descriptor() == before


def _next_descriptor() -> int:
    """The lowest number that is free: it grows if one is left open."""
    descriptor = os.open(os.devnull, os.O_RDONLY)
    os.close(descriptor)
    return descriptor


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda path: path.mkdir(), "a directory", id="directory"),
        pytest.param(lambda path: os.mkfifo(path), "not a regular file", id="FIFO"),
        pytest.param(lambda path: path.symlink_to("/dev/null"), "not a regular file", id="device"),
        pytest.param(lambda path: path.symlink_to("nowhere"), "No such file", id="dangling link"),
        pytest.param(lambda path: path.symlink_to(path), "symbolic links", id="loop"),
        pytest.param(lambda path: None, "No such file", id="nothing"),
    ],
)
def test_only_files_are_opened(tmp_path: Path, make: Callable[[Path], None], message: str) -> None:
    """And none that would block, as reading a FIFO does."""
    path = tmp_path / "source"
    make(path)
    with pytest.raises(OSError, match=message) as caught, open_source(path):
        pass
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("readable", [None, 7, ["a"], object()])
def test_what_is_no_source(readable: object) -> None:
    with (
        pytest.raises(TypeError, match="a source is a path"),
        open_source(cast("BinaryIO", readable)),
    ):
        pass
