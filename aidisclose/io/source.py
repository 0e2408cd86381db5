"""`Source`: random access to the bytes of a file, whatever holds them."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol, runtime_checkable

from aidisclose import limits
from aidisclose.errors import AidiscloseError, about
from aidisclose.io import descriptor as descriptors
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    import re

    from aidisclose.io.web import WebSource
    from aidisclose.storage.source import StorageSource

#: What the public API accepts as an input file.
Readable = str | os.PathLike[str] | bytes | BinaryIO


class Range(NamedTuple):
    """`length` bytes from offset `start` of a file."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """The offset of the first byte after the range."""
        return self.start + self.length


@runtime_checkable
class Source(Protocol):
    """Bytes that can be read at any offset; safe to read from several threads."""

    @property
    def size(self) -> int:
        """Number of bytes, fixed when the source was opened."""

    def read_at(self, offset: int, length: int) -> bytes:
        """The bytes from `offset`: `length` of them, fewer only where the source ends."""

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill `buffer` from `offset`; returns how many bytes were there."""


class Viewable:
    """A source whose bytes can be looked at without copying them.

    A plain base class rather than a protocol or an abstract one: it is asked for in every hash, and
    to check those at run time takes longer than to hash a small file's manifest.
    """

    def views(self, part: Range) -> Iterator[memoryview]:
        """The bytes of `part` in consecutive pieces, each valid until the next is asked for."""
        raise NotImplementedError


class BytesSource(Viewable):
    """A source in memory.

    Attributes:
        view: The bytes.
        is_fixed: Whether nobody can change them: a view may be of somebody's `bytearray`.
        matches: Offsets that searches found, by pattern and by the offset that they began at;
            `search.find` keeps them for bytes that do not change.
    """

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self.view = memoryview(data)
        self.is_fixed = isinstance(self.view.obj, bytes)
        self.matches: dict[tuple[re.Pattern[bytes], int], int] = {}
        self.size = len(self.view)

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Source.read_at`."""
        return bytes(self.view[offset : offset + length])

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """See `Source.read_into`."""
        part = self.view[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        return len(part)

    def views(self, part: Range) -> Iterator[memoryview]:
        """See `Viewable.views`."""
        yield self.view[part.start : part.end]


class Version(NamedTuple):
    """The facts of a file that change if it is written or replaced."""

    device: int
    number: int
    size: int
    written: int
    changed: int

    @classmethod
    def of(cls, status: os.stat_result) -> Version:
        """The version of a file with this status."""
        # Windows has the time of creation in st_ctime.
        changed = status.st_ctime_ns if os.name != "nt" else 0
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, changed)


class FileSource:
    """A source behind a file descriptor.

    Arguments:
        descriptor: Of the file, open for reading.
        size: Of the file.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor = descriptor
        self.size = size

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Source.read_at`."""
        length = min(length, self.size - offset)
        # An offset beyond the end, as tables of hostile files have them, is an empty answer, not an
        # error.
        if length <= 0:
            return b""
        data = descriptors.read_at(self.descriptor, length, offset)
        if len(data) == length:
            return data
        # The kernel returns at most 2 GiB at once, network file systems less.
        parts = [data]
        done = len(data)
        while done < length:
            data = descriptors.read_at(self.descriptor, length - done, offset + done)
            if not data:
                break
            parts.append(data)
            done += len(data)
        return b"".join(parts)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """See `Source.read_into`."""
        done = 0
        length = min(len(buffer), self.size - offset)
        while done < length:
            count = descriptors.read_into(self.descriptor, buffer[done:length], offset + done)
            if count == 0:
                break
            done += count
        return done


class StreamSource:
    """A source behind a seekable binary file object; a lock keeps seek and read together."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self._lock = threading.Lock()
        self.size = stream.seek(0, os.SEEK_END)

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Source.read_at`."""
        length = min(length, self.size - offset)
        # A raw stream may return less than it is asked for before its end.
        parts: list[bytes] = []
        with self._lock:
            self.stream.seek(offset)
            while length > 0 and (data := self.stream.read(length)):
                parts.append(data)
                length -= len(data)
        return b"".join(parts)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """See `Source.read_into`."""
        data = self.read_at(offset, len(buffer))
        buffer[: len(data)] = data
        return len(data)


@contextlib.contextmanager
def open_source(readable: Readable) -> Iterator[Source]:
    """A `Source` over a path, bytes, or a seekable binary file that stays the caller's.

    Errors of the block are about this file, unless they are about one that was opened in it.

    What has at most `limits.IN_MEMORY` bytes is read at once, so that its parts are slices and
    cannot change between two looks at them. A larger file is read as needed; if somebody changes
    it meanwhile, what was hashed and what was parsed may differ: `check_unchanged` tells.

    Raises:
        OSError: The file cannot be opened, or is not a regular file.
        TypeError: `readable` is something else.
    """
    name = os.fspath(readable) if isinstance(readable, str | os.PathLike) else None
    with about(name), _open(readable) as source:
        yield source


@contextlib.contextmanager
def _open(readable: Readable) -> Iterator[Source]:
    if isinstance(readable, bytes | bytearray | memoryview):
        yield BytesSource(readable)
    elif isinstance(readable, str | os.PathLike) and _is_address(readable):
        yield from _open_remote(os.fspath(readable))
    elif isinstance(readable, str | os.PathLike):
        # A FIFO in a directory must not block.
        descriptor = os.open(readable, os.O_RDONLY | descriptors.BINARY | descriptors.NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                kind = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
                raise OSError(f"{os.fspath(readable)!r} is {kind}")
            source = _settle(FileSource(descriptor, status.st_size))
            version = Version.of(status)
            if isinstance(source, BytesSource):
                _require(descriptor, version, readable)
                yield source
                return
            try:
                yield source
            except AidiscloseError:
                # What is wrong with two versions in one may be wrong with neither.
                _require(descriptor, version, readable)
                raise
            _require(descriptor, version, readable)
        finally:
            os.close(descriptor)
    elif callable(getattr(readable, "read", None)) and callable(getattr(readable, "seek", None)):
        yield _settle(StreamSource(readable))
    else:
        kind = type(readable).__name__
        raise TypeError(f"a source is a path, bytes or a seekable binary file, not {kind}")


def _is_address(name: str | os.PathLike[str]) -> bool:
    """Whether a name is that of an object in storage; of files, few need to know storage."""
    if "://" not in os.fspath(name):
        return False
    from aidisclose.storage import address

    return address.is_address(name)


def _open_remote(address: str) -> Iterator[Source]:
    from aidisclose.storage.address import is_web

    # Each read is a request of its own, and between two the object may be replaced.
    found: WebSource | StorageSource
    if is_web(address):
        from aidisclose.io.web import WebSource

        found = WebSource(address)
    else:
        from aidisclose.storage.source import StorageSource

        found = StorageSource(address)
    with contextlib.closing(found):
        yield _settle(found)
        found.check_unchanged()


def _require(descriptor: int, version: Version, path: str | os.PathLike[str]) -> None:
    """Raise OSError if a file is no longer what it was when it was opened."""
    if Version.of(os.fstat(descriptor)) != version:
        raise OSError(errno.EBUSY, "it was changed while it was read", os.fspath(path))


def _settle(source: Source) -> Source:
    small = source.size <= limits.IN_MEMORY
    return BytesSource(source.read_at(0, source.size)) if small else source


_ZEROS: Final = bytes(limits.CHUNK)


def is_blank(source: Source, part: Range) -> bool:
    """Whether a range holds nothing but zero bytes."""
    for position in range(part.start, part.end, limits.CHUNK):
        data = source.read_at(position, min(limits.CHUNK, part.end - position))
        # Two chunks are compared as memory; `any` would make a number of each byte.
        if data != _ZEROS[: len(data)]:
            return False
    return True
