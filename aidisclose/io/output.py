"""Writing a `Splice` atomically, and hashing it while it is written."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from aidisclose import limits
from aidisclose.io.digest import Plan, Progress, complement, digests
from aidisclose.io.source import BytesSource, FileSource, Range, Source, StreamSource
from aidisclose.io.splice import Contents, Copy, Splice, became_shorter

#: What the public API accepts as an output file.
Writable = str | os.PathLike[str] | BinaryIO


class Output(Protocol):
    """A file being written: filled once, then patched, and only then visible."""

    def fill(
        self, splice: Splice, plans: Iterable[Plan], *, progress: Progress | None = None
    ) -> list[bytes]:
        """Write all of `splice`; returns the digests of what `plans` name in the written file."""

    def patch(self, offset: int, data: bytes) -> None:
        """Replace bytes that were written before."""

    def source(self) -> Source:
        """The file as it stands now, for reading it back."""


@contextlib.contextmanager
def open_output(
    writable: Writable,
    *,
    overwrite: bool = False,
    like: Path | None = None,
    mode: int = 0o666,
) -> Iterator[Output]:
    """An `Output` that becomes visible when the block ends without an exception.

    A path is written beside its final name and renamed; until then, and after any error or
    interruption that lets Python run, the folder is as before. A binary file object is written
    from offset 0 and truncated; it is the caller's to keep or discard.

    Arguments:
        writable: Path, or a seekable binary file opened for reading and writing.
        overwrite: Replace an existing file; without it, one that exists is never touched, even
            if it appears while this one is being written.
        like: A file whose permissions and times the new one gets.
        mode: Permissions of the new file from its first moment, less the umask.

    Raises:
        FileExistsError: The path exists and `overwrite` is false.
        OSError: The file cannot be written, or something else than a file has its name.
        TypeError: `writable` is neither a path nor a binary file.
    """
    if isinstance(writable, str | os.PathLike):
        # A symbolic link is followed, so that replacing it replaces what it names.
        file = _FileOutput(_vacant(Path(writable), overwrite=overwrite), mode)
        try:
            yield file
            file.commit(overwrite=overwrite, like=like)
        finally:
            file.discard()
    elif callable(getattr(writable, "write", None)) and callable(getattr(writable, "seek", None)):
        stream = _StreamOutput(writable)
        yield stream
        stream.commit()
    else:
        kind = type(writable).__name__
        raise TypeError(f"an output is a path or a seekable binary file, not {kind}")


def _vacant(path: Path, *, overwrite: bool) -> Path:
    """The real path, where nothing is or where a regular file may be replaced."""
    if os.path.lexists(path) and not overwrite:
        raise _exists(path)
    real = Path(os.path.realpath(path))
    if os.path.lexists(real) and not real.is_file():
        # A rename would put a file in the place of /dev/null, or of what /dev/stdout names.
        raise OSError(f"{os.fspath(path)!r} is not a regular file")
    return real


def _buffer(splice: Splice) -> bytearray:
    """The bytes of a small splice; the buffer of one in memory is made to be written from."""
    source = splice.source if isinstance(splice.source, Contents) else Contents(splice)
    return source.buffer


def _exists(path: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(path))


class _FileOutput:
    """An output beside its final name; small files stay in memory until they are complete."""

    def __init__(self, path: Path, mode: int) -> None:
        self._path = path
        self._mode = mode
        self._temporary: Path | None = None
        self._descriptor = -1
        self._buffer: bytearray | None = None
        self._size = 0

    def fill(
        self, splice: Splice, plans: Iterable[Plan], *, progress: Progress | None = None
    ) -> list[bytes]:
        self._size = splice.size
        if splice.size <= limits.IN_MEMORY:
            self._buffer = _buffer(splice)
            if progress:
                progress(splice.size)
            return digests(BytesSource(self._buffer), plans)
        self._create()
        tee = _Tee(splice, self._descriptor)
        values = digests(tee, plans, progress=progress)
        tee.finish()
        return values

    def patch(self, offset: int, data: bytes) -> None:
        if self._buffer is not None:
            self._buffer[offset : offset + len(data)] = data
        else:
            _write_at(self._descriptor, offset, memoryview(data))

    def source(self) -> Source:
        if self._buffer is not None:
            return BytesSource(self._buffer)
        return FileSource(self._descriptor, self._size)

    def commit(self, *, overwrite: bool, like: Path | None) -> None:
        if self._buffer is not None:
            self._create()
            _write_at(self._descriptor, 0, memoryview(self._buffer))
        if self._temporary is None:
            raise ValueError("an output was never filled")
        if like is not None:
            status = like.stat()
            os.fchmod(self._descriptor, status.st_mode & 0o7777)
            os.utime(self._descriptor, ns=(status.st_atime_ns, status.st_mtime_ns))
        if overwrite:
            # Only where a file is lost if the machine stops between rename and write-back.
            os.fsync(self._descriptor)
            self._temporary.replace(self._path)
        else:
            _rename_to_new(self._temporary, self._path)
        self._temporary = None

    def discard(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if self._temporary is not None:
            with contextlib.suppress(OSError):
                self._temporary.unlink()
            self._temporary = None

    def _create(self) -> None:
        # Not made of the final name, which may be as long as names can be.
        # Known before it exists: a signal may come while it is being created.
        self._temporary = self._path.with_name(f".aidisclose-{secrets.token_hex(8)}.tmp")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(self._temporary, flags, self._mode)


class _StreamOutput:
    """An output in a binary file object of the caller's."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer: bytearray | None = None

    def fill(
        self, splice: Splice, plans: Iterable[Plan], *, progress: Progress | None = None
    ) -> list[bytes]:
        if splice.size <= limits.IN_MEMORY:
            self._buffer = _buffer(splice)
            if progress:
                progress(splice.size)
            return digests(BytesSource(self._buffer), plans)
        if isinstance(splice.source, StreamSource) and splice.source.stream is self._stream:
            raise ValueError("a stream cannot be written over itself: give a path, or another one")
        for position in range(0, splice.size, limits.CHUNK):
            data = splice.read_at(position, limits.CHUNK)
            if len(data) < min(limits.CHUNK, splice.size - position):
                raise became_shorter()
            self._write_at(position, data)
            if progress:
                progress(len(data))
        self._stream.truncate(splice.size)
        return digests(StreamSource(self._stream), plans)

    def patch(self, offset: int, data: bytes) -> None:
        if self._buffer is not None:
            self._buffer[offset : offset + len(data)] = data
        else:
            self._write_at(offset, data)

    def _write_at(self, offset: int, data: bytes | bytearray) -> None:
        self._stream.seek(offset)
        view = memoryview(data)
        # An unbuffered file may take less than it is given; who says nothing took it all.
        while view and (count := self._stream.write(view)) is not None:
            view = view[count:]

    def source(self) -> Source:
        if self._buffer is not None:
            return BytesSource(self._buffer)
        return StreamSource(self._stream)

    def commit(self) -> None:
        if self._buffer is not None:
            self._write_at(0, self._buffer)
            self._stream.truncate(len(self._buffer))


def _rename_to_new(temporary: Path, path: Path) -> None:
    """Give the file its final name unless that exists by now."""
    try:
        os.link(temporary, path)  # fails if the name exists, unlike rename
    except FileExistsError:
        raise _exists(path) from None
    except OSError:
        # No hard links here (FAT, some network mounts): a check, with a moment in between.
        if os.path.lexists(path):
            raise _exists(path) from None
        temporary.replace(path)
    else:
        temporary.unlink()


class _Tee:
    """A splice whose bytes are written to a file as they are read.

    Whoever hashes them finds them in the processor's cache, and hashes just what was written: an
    input that changes meanwhile cannot lead to a signature over other bytes.
    """

    def __init__(self, splice: Splice, descriptor: int) -> None:
        self._splice = splice
        self._descriptor = descriptor
        self._written: list[Range] = []
        self.size = splice.size

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Source.read_at`."""
        data = bytearray(max(0, min(length, self.size - offset)))
        self.read_into(offset, memoryview(data))
        return bytes(data)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """See `Source.read_into`."""
        count = max(0, min(len(buffer), self.size - offset))
        if self._splice.read_into(offset, buffer[:count]) < count:
            raise became_shorter()
        _write_at(self._descriptor, offset, buffer[:count])
        self._written.append(Range(offset, count))
        return count

    def finish(self) -> None:
        """Write what has not been read."""
        buffer = memoryview(bytearray(limits.CHUNK))
        for part in complement(self.size, sorted(self._written)):
            for position in range(part.start, part.end, limits.CHUNK):
                self.read_into(position, buffer[: part.end - position])


def _write_at(descriptor: int, offset: int, view: memoryview) -> None:
    while view:
        count = os.pwrite(descriptor, view, offset)
        offset += count
        view = view[count:]


def write_file(path: Path, data: bytes, *, mode: int = 0o666, overwrite: bool = False) -> None:
    """Write a small file atomically.

    Raises:
        FileExistsError: It exists and `overwrite` is false.
        OSError: It cannot be written.
    """
    with open_output(path, overwrite=overwrite, mode=mode) as output:
        output.fill(Splice(BytesSource(data), [Copy(0, len(data))]), ())
