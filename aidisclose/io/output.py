"""Writing files so that they are complete or not there, and hashing them while they are written.

A file is written beside its final name, under a temporary one, and renamed. What is not a regular
file (a device, a FIFO, a descriptor such as /dev/stdout) is written through, and stays what it is.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol, cast

from aidisclose import limits
from aidisclose.errors import UsageError
from aidisclose.io import descriptor as descriptors
from aidisclose.io import temporary
from aidisclose.io.change import Change, change
from aidisclose.io.digest import DigestPlan, Progress, complement, digests
from aidisclose.io.source import BytesSource, FileSource, Range, Source, StreamSource, Version
from aidisclose.io.splice import Held, Splice, became_shorter, hold, whole

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: What the public API accepts as an output file.
Writable = str | os.PathLike[str] | BinaryIO

#: Where a name leads to a descriptor of this process, as /dev/stdout does.
_DESCRIPTORS: Final = re.compile(r"/dev/fd|/proc/[0-9]+/(task/[0-9]+/)?fd")
#: As many as systems follow themselves.
_LINKS: Final = 40
#: Permissions of a file about which nobody has said anything, before the umask.
_FOR_ALL: Final = 0o666
#: Extended attributes that are lists of who may do what (Linux, NFS).
_ACCESS: Final = ("system.posix_acl_access", "system.nfs4_acl")
#: Beginning of extended attributes that programs of the user keep; those of the system are about
#: the content (security.ima), or come from the folder (security.selinux).
_FOREIGN: Final = "user."


#: Threads that copy a file that is being hashed. Where another program takes a processor, one is
#: slower than the hash, as it gets half of what is left.
_READERS: Final = 2


class Output(Protocol):
    """A file being written: filled once, then patched, and only then visible."""

    def fill(
        self, splice: Splice, plans: Iterable[DigestPlan], *, progress: Progress | None = None
    ) -> list[bytes]:
        """Write all of `splice`; returns the digests of what `plans` name in the written file."""

    def patch(self, offset: int, data: bytes) -> None:
        """Replace bytes that were written before."""

    def source(self) -> Source:
        """The file as it stands now, for reading it back."""

    def stream(self) -> BinaryIO:
        """A buffered file to write to, instead of `fill`; flush it before the end."""


class _Opened(Output, Protocol):
    """An output that is committed in two steps, so that several can be as one."""

    #: Whether publishing it can be undone.
    is_undoable: bool

    def complete(self) -> None:
        """Do everything that can fail for want of space."""

    def publish(self, *, keep: bool) -> None:
        """Make it visible; `keep` what it replaces for `undo`."""

    def undo(self) -> None:
        """Put back what `publish` replaced."""

    def discard(self) -> None:
        """Remove what is left of it besides the published file."""


class Outputs:
    """Files that become visible together, when the block of `open_outputs` ends without exception.

    Arguments:
        overwrite: Replace existing files; without it, one that exists is never touched, even if it
            appears while the new one is being written.
    """

    def __init__(self, *, overwrite: bool) -> None:
        self._overwrite = overwrite
        self._opened: list[_Opened] = []
        self._asides: dict[Path, _Aside] = {}

    def open(
        self,
        writable: Writable,
        *,
        like: Path | None = None,
        mode: int = _FOR_ALL,
        replaces: Path | None = None,
    ) -> Output:
        """One more file.

        Arguments:
            writable: Path, or a seekable binary file opened for reading and writing, which is
                written from offset 0 and truncated; it is the caller's to keep or discard.
            like: A file whose permissions, owner, times and extended attributes of the user the new
                one gets.
            mode: Permissions of the new file from its first moment, less the umask. What replaces a
                file of the user's own keeps who may read that, unless another mode is given.
            replaces: The file that is read to make the new one, which is about to take its place.
                It is locked from now on, and must be the same in the end.

        Raises:
            FileExistsError: The path exists, and existing files are not to be replaced.
            OSError: A directory or a block device has that name, or another process has locked
                what is to be replaced.
            TypeError: `writable` is neither a path nor a binary file.
        """
        opened: _Opened
        if isinstance(writable, str | os.PathLike) and "://" in os.fspath(writable):
            opened = _remote(os.fspath(writable), overwrite=self._overwrite)
        elif isinstance(writable, str | os.PathLike):
            path = Path(writable)
            if _is_through(path):
                opened = _ThroughOutput(path)
            else:
                real = _vacant(path, overwrite=self._overwrite)
                held = _Held(replaces) if replaces else None
                opened = _FileOutput(real, mode, overwrite=self._overwrite, like=like, held=held)
        elif callable(getattr(writable, "write", None)) and callable(
            getattr(writable, "seek", None)
        ):
            opened = _StreamOutput(writable)
        else:
            kind = type(writable).__name__
            raise TypeError(f"an output is a path or a seekable binary file, not {kind}")
        self._opened.append(opened)
        return opened

    @contextlib.contextmanager
    def open_one_of_many(self, writable: Writable) -> Iterator[Output]:
        """One more file, which is whole when the block ends, and has neither memory nor descriptor.

        What is no file of this machine's becomes visible at once.

        Raises:
            OSError: See `open`.
        """
        if (
            not isinstance(writable, str | os.PathLike)
            or "://" in os.fspath(writable)
            or _is_through(Path(writable))
        ):
            with open_output(writable, overwrite=self._overwrite) as file:
                yield file
            return
        path = _vacant(Path(writable), overwrite=self._overwrite)
        with _naming(path):
            if path.parent not in self._asides:
                self._asides[path.parent] = _Aside(path.parent)
        opened = _FileOutput(
            path,
            _FOR_ALL,
            overwrite=self._overwrite,
            like=None,
            held=None,
            aside=self._asides[path.parent].path,
        )
        self._opened.append(opened)
        yield opened
        opened.complete()
        opened.close()

    def write(self, path: Path, data: bytes, *, mode: int = _FOR_ALL) -> None:
        """One more file, with this content.

        Raises:
            OSError: See `open`.
        """
        self.open(path, mode=mode).fill(whole(BytesSource(data)), ())

    def commit(self) -> None:
        """Make all files visible, or none of those that have a name of their own."""
        for each in self._opened:
            each.complete()
        done: list[_Opened] = []
        try:
            # What cannot be undone comes first.
            for each in sorted(self._opened, key=lambda item: item.is_undoable):
                done.append(each)
                each.publish(keep=len(self._opened) > 1)
        except BaseException:
            _surely(partial(_undo, done))
            raise

    def discard(self) -> None:
        """Remove all that is temporary."""
        for each in self._opened:
            each.discard()
        for aside in self._asides.values():
            aside.discard()


class _Aside:
    """A folder of files that become visible together: nobody takes it for abandoned."""

    def __init__(self, beside: Path) -> None:
        self._context = temporary.folder(beside)
        self.path = self._context.__enter__()

    def discard(self) -> None:
        """Remove it; twice does no harm."""
        temporary.remove(self.path)
        self._context.__exit__(None, None, None)


@contextlib.contextmanager
def open_outputs(*, overwrite: bool = False) -> Iterator[Outputs]:
    """Files that become visible together when the block ends without an exception.

    Until then, and after any error or interruption that lets Python run, everything is as before.

    Raises:
        OSError: A file cannot be written; it has the path of the output.
    """
    outputs = Outputs(overwrite=overwrite)
    try:
        yield outputs
        outputs.commit()
    finally:
        _surely(outputs.discard)


@contextlib.contextmanager
def open_output(
    writable: Writable,
    *,
    overwrite: bool = False,
    like: Path | None = None,
    mode: int = _FOR_ALL,
) -> Iterator[Output]:
    """One file that becomes visible when the block ends without an exception.

    See `Outputs` for the arguments and errors.
    """
    with open_outputs(overwrite=overwrite) as outputs:
        yield outputs.open(writable, like=like, mode=mode)


def write_file(path: Path, data: bytes, *, mode: int = _FOR_ALL, overwrite: bool = False) -> None:
    """Write a small file atomically.

    Raises:
        FileExistsError: It exists and `overwrite` is false.
        OSError: It cannot be written.
    """
    with open_outputs(overwrite=overwrite) as outputs:
        outputs.write(path, data, mode=mode)


def _undo(done: Sequence[_Opened]) -> None:
    for each in reversed(done):
        each.undo()


def _surely(action: Callable[[], None]) -> None:
    """Do what may be done again, even if a signal comes in the middle: it raises only once."""
    try:
        action()
    except BaseException:
        action()
        raise


def _is_through(path: Path) -> bool:
    """Whether writing to a path means writing to what is there, and not replacing it."""
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISCHR(kind) or stat.S_ISFIFO(kind) or _is_descriptor(path)


def _is_descriptor(path: Path) -> bool:
    """Whether a path leads to a descriptor: a file behind /dev/stdout is open elsewhere too."""
    for _ in range(_LINKS):
        # On Linux all descriptors in these folders are links.
        if sys.platform == "linux" and not path.is_symlink():
            return False
        folder = os.path.realpath(path.parent)
        if _DESCRIPTORS.fullmatch(folder):
            return True
        if not path.is_symlink():
            return False
        path = Path(folder, path.readlink())
    return False


def _vacant(path: Path, *, overwrite: bool) -> Path:
    """The real path, where nothing is or where a regular file may be replaced.

    A symbolic link is followed, so that replacing it replaces what it names.
    """
    try:
        kind = path.lstat().st_mode
    except OSError:  # nothing is there, or where it is made says why not
        return path
    # A link that leads nowhere is there, too: it would decide where the file appears.
    if not overwrite:
        raise _exists(path)
    if stat.S_ISREG(kind):
        return path
    real = Path(os.path.realpath(path))
    if os.path.lexists(real) and not real.is_file():
        raise OSError(f"{os.fspath(path)!r} is not a regular file")
    return real


def _exists(path: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(path))


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the output in errors of the system: its user does not know the temporary file."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            error.filename, error.filename2 = os.fspath(path), None
        raise


class NamedFile(io.FileIO):
    """An open file, of whose errors its user is told by name; its descriptor is somebody else's.

    Arguments:
        descriptor: Of the file.
        mode: See `io.FileIO`.
        path: The name that its user knows it by.
    """

    def __init__(self, descriptor: int, mode: str, path: Path) -> None:
        super().__init__(descriptor, mode, closefd=False)
        self._path = path

    def write(self, data: ReadableBuffer, /) -> int:
        """See `io.FileIO.write`."""
        with _naming(self._path):
            return super().write(data)


class _Held:
    """A file that is about to be replaced by what is made of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDONLY | descriptors.BINARY | descriptors.NONBLOCK)
        if descriptors.lock(self._descriptor) is False:
            self.release()
            raise OSError(errno.EBUSY, "another process has locked it", os.fspath(path))
        self._version = Version.of(os.fstat(self._descriptor))
        if not descriptors.LOCKS:  # and an open file cannot be replaced
            self.release()

    def check(self) -> None:
        """Raise OSError if somebody else has written to the file, or replaced or removed it."""
        try:
            is_same = Version.of(self._path.stat()) == self._version
        except FileNotFoundError:
            is_same = False
        self._require(is_same)

    def check_replaced(self, backup: Path) -> None:
        """As `check`, of the file that was replaced, under the second name that it was given.

        Between `check` and the renaming somebody may have written to it.
        """
        # A further name changes the time of the last change.
        version = Version.of(backup.stat())._replace(changed=self._version.changed)
        self._require(version == self._version)

    def _require(self, is_same: bool) -> None:
        if not is_same:
            message = "it was changed meanwhile; nothing was written"
            raise OSError(errno.EBUSY, message, os.fspath(self._path))

    def release(self) -> None:
        """Let others replace it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with contextlib.suppress(OSError):  # nothing was written to it
                os.close(descriptor)


class _FileOutput:
    """An output beside its final name; small files stay in memory until they are complete."""

    is_undoable = True

    def __init__(
        self,
        path: Path,
        mode: int,
        *,
        overwrite: bool,
        like: Path | None,
        held: _Held | None,
        aside: Path | None = None,
    ) -> None:
        self._path = path
        self._aside = aside or path.parent
        self._mode = mode
        self._overwrite = overwrite
        self._like = like
        self._held = held
        self._temporary: Path | None = None
        self._backup: Path | None = None
        self._is_new = True
        self._identity: tuple[int, int] | None = None
        self._earlier: os.stat_result | None = None
        self._descriptor = -1
        self._small: Held | None = None
        self._size = 0
        self._is_complete = False

    def fill(
        self, splice: Splice, plans: Iterable[DigestPlan], *, progress: Progress | None = None
    ) -> list[bytes]:
        self._size = splice.size
        if splice.size <= limits.IN_MEMORY:
            self._small = hold(splice)
            if progress:
                progress(splice.size)
            return digests(self._small, plans)
        self._create()
        tee = _Tee(splice, self._descriptor, self._path)
        # An object in storage, or a stream, is read from its beginning to its end.
        readers = _READERS if isinstance(splice.source, FileSource) else 1
        values = digests(tee, plans, readers=readers, progress=progress)
        tee.finish()
        return values

    def patch(self, offset: int, data: bytes) -> None:
        if self._small is not None:
            self._small = _patched(self._small, offset, data)
            return
        with _naming(self._path):
            descriptors.write_at(self._descriptor, memoryview(data), offset)

    def source(self) -> Source:
        if self._small is not None:
            return self._small
        return FileSource(self._descriptor, self._size)

    def stream(self) -> BinaryIO:
        self._create()
        return io.BufferedWriter(NamedFile(self._descriptor, "wb", self._path))

    def complete(self) -> None:
        if self._is_complete:
            return
        if self._small is not None:
            self._create()
        if self._temporary is None:
            raise ValueError("an output was never filled")
        with _naming(self._path):
            if self._small is not None:
                for position, view in _placed(self._small):
                    descriptors.write_at(self._descriptor, view, position)
            times = self._resemble() if self._like else None
            if self._overwrite:
                if self._earlier and not times:
                    self._permit(self._path, stat.S_IMODE(self._earlier.st_mode) & 0o777)
                # Only where a file is lost if the machine stops between rename and write-back.
                os.fsync(self._descriptor)
            else:
                # A network file system says only then that its disk is full.
                os.close(os.dup(self._descriptor))
            if not descriptors.LOCKS:  # and an open file cannot be renamed
                self.close()
            # Last, since writing sets them.
            if times:
                os.utime(self._temporary, ns=times)
        self._is_complete, self._small = True, None

    def _resemble(self) -> tuple[int, int]:
        """Take over owner, permissions and attributes of another file; returns its times."""
        assert self._like is not None  # noqa: S101 - for the type checker
        status = self._like.stat()
        # The owner first: to give a file away clears bits of its permissions (set-user-ID).
        if hasattr(os, "fchown"):
            with contextlib.suppress(OSError):  # only root can give files away
                os.fchown(self._descriptor, status.st_uid, status.st_gid)
        self._permit(self._like, stat.S_IMODE(status.st_mode))
        if hasattr(os, "listxattr"):
            for name in _attributes(self._like):
                if name.startswith(_FOREIGN):
                    self._take_attribute(self._like, name)
        return status.st_atime_ns, status.st_mtime_ns

    def _find_earlier(self) -> None:
        """Look for the user's own file that is replaced: those may read the new one who may that.

        In a folder such as /tmp it may be somebody else's, who would choose.
        """
        if not self._overwrite or self._mode != _FOR_ALL or not hasattr(os, "geteuid"):
            return
        with contextlib.suppress(OSError):  # there is none
            status = self._path.stat()
            if status.st_uid == os.geteuid():
                self._earlier = status

    def _permit(self, like: Path, mode: int) -> None:
        """Give the permissions of another file, its access control list included."""
        if hasattr(os, "listxattr"):
            for name in _attributes(like):
                if name in _ACCESS and not self._take_attribute(like, name):
                    # The bits of the group are then those of the whole list.
                    mode &= ~stat.S_IRWXG
        if hasattr(os, "fchmod"):
            os.fchmod(self._descriptor, mode)
        elif self._temporary:
            self._temporary.chmod(mode)

    def _take_attribute(self, like: Path, name: str) -> bool:
        """Take over an extended attribute; whether that was permitted."""
        try:
            os.setxattr(self._descriptor, name, os.getxattr(like, name))
        except OSError:
            return False
        return True

    def publish(self, *, keep: bool) -> None:
        assert self._temporary is not None  # noqa: S101 - for the type checker
        with _naming(self._path):
            if self._held:
                self._held.check()
            status = self._temporary.stat()
            self._identity = status.st_dev, status.st_ino
            if not self._overwrite:
                _rename_to_new(self._temporary, self._path)
            else:
                self._is_new = not os.path.lexists(self._path)
                if (keep or self._held) and not self._is_new:
                    self._back_up()
                self._temporary.replace(self._path)
                if self._held and self._backup:
                    self._held.check_replaced(self._backup)
        self._temporary = None

    def _back_up(self) -> None:
        # Known before it exists: a signal may come while it is being created.
        self._backup = next(temporary.names(self._path.parent))
        try:
            os.link(self._path, self._backup)
        except OSError:
            # Without hard links there is no second name, and nothing to go back to.
            self._backup = None

    def undo(self) -> None:
        with contextlib.suppress(OSError):
            status = self._path.stat()
            if (status.st_dev, status.st_ino) != self._identity:
                return  # not published, or replaced by somebody else
            if self._backup:
                self._backup.replace(self._path)
                self._backup = None
            elif self._is_new:
                self._path.unlink()

    def discard(self) -> None:
        self.close()
        for each in (self._temporary, self._backup):
            if each is not None:
                with contextlib.suppress(OSError):
                    each.unlink()
        self._temporary = self._backup = None
        if self._held:
            self._held.release()

    def close(self) -> None:
        """Give the descriptor back, and with it the lock that shows that somebody is at work."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            # What is written is known to be there since `complete`.
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _create(self) -> None:
        self._find_earlier()
        # What few may read is not for others while it is being written, either.
        mode = self._mode & 0o700 if self._like or self._earlier else self._mode
        with _naming(self._path):
            for path in temporary.names(self._aside):
                # Known before it exists: a signal may come while it is being created.
                self._temporary = path
                self._descriptor = temporary.create(path, mode)
                if temporary.claim(self._descriptor, path):
                    break
                self.close()


def _attributes(path: Path) -> list[str]:
    """The names of the extended attributes of a file; none where there are no such things."""
    try:
        return os.listxattr(path)
    except OSError:
        return []


def _placed(held: Held) -> Iterator[tuple[int, memoryview]]:
    """All bytes of a file in consecutive pieces, each with its offset."""
    position = 0
    for view in held.views(Range(0, held.size)):
        yield position, view
        position += len(view)


def _patched(held: Held, offset: int, data: bytes) -> Held:
    """The same file with other bytes at an offset."""
    return hold(change(held, [Change(offset, len(data), data)]))


class _StreamOutput:
    """An output in a binary file object of the caller's."""

    is_undoable = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._small: Held | None = None

    def fill(
        self, splice: Splice, plans: Iterable[DigestPlan], *, progress: Progress | None = None
    ) -> list[bytes]:
        if splice.size <= limits.IN_MEMORY:
            self._small = hold(splice)
            if progress:
                progress(splice.size)
            return digests(self._small, plans)
        if isinstance(splice.source, StreamSource) and splice.source.stream is self._stream:
            raise UsageError("a stream cannot be written over itself: give a path, or another one")
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
        if self._small is not None:
            self._small = _patched(self._small, offset, data)
        else:
            self._write_at(offset, data)

    def _write_at(self, offset: int, data: bytes | memoryview) -> None:
        self._stream.seek(offset)
        view = memoryview(data)
        # An unbuffered file may take less than it is given; who says nothing took it all.
        while view and (count := self._stream.write(view)) is not None:
            view = view[count:]

    def source(self) -> Source:
        if self._small is not None:
            return self._small
        return StreamSource(self._stream)

    def stream(self) -> BinaryIO:
        return self._stream

    def complete(self) -> None:
        """Do nothing: the caller's stream is written at once."""

    def publish(self, *, keep: bool) -> None:  # noqa: ARG002 - the caller's to keep
        if self._small is not None:
            for position, view in _placed(self._small):
                self._write_at(position, view)
            self._stream.truncate(self._small.size)

    def undo(self) -> None:
        """Do nothing: the caller knows of the error."""

    def discard(self) -> None:
        """Do nothing: the stream is the caller's."""


class _ThroughOutput(_StreamOutput):
    """An output that is made aside, and then written to a device, a FIFO or a descriptor."""

    def __init__(self, path: Path) -> None:
        import tempfile

        self._path = path
        self._aside = tempfile.SpooledTemporaryFile(limits.IN_MEMORY)  # noqa: SIM115 - see discard
        super().__init__(cast("BinaryIO", self._aside))

    def publish(self, *, keep: bool) -> None:
        super().publish(keep=keep)
        self._aside.seek(0)
        # Appended, as what stands in a file behind /dev/stdout is there to stay.
        flags = os.O_WRONLY | os.O_APPEND | descriptors.BINARY
        with _naming(self._path), os.fdopen(os.open(self._path, flags), "wb", 0) as file:
            while data := self._aside.read(limits.CHUNK):
                view = memoryview(data)
                while view:
                    view = view[file.write(view) :]

    def discard(self) -> None:
        self._aside.close()


def _remote(name: str, *, overwrite: bool) -> _Opened:
    from aidisclose.storage.address import is_address

    if not is_address(name):
        raise UsageError(f"{name!r} is neither a path nor an address that can be written")
    return _StorageOutput(name, overwrite=overwrite)


class _StorageOutput(_StreamOutput):
    """An output that is made aside, and then sent to a storage, where it appears when it is whole.

    The hashes that a manifest needs are known when all is read, and it stands near the beginning:
    what was sent could not be changed any more. So it waits on this machine's disk.
    """

    is_undoable = True

    def __init__(self, address: str, *, overwrite: bool) -> None:
        import tempfile

        from aidisclose.storage.upload import Upload

        # Before work is done that would be in vain.
        Upload.check(address, overwrite=overwrite)
        self._aside = tempfile.TemporaryFile()  # noqa: SIM115 - see discard
        super().__init__(cast("BinaryIO", self._aside))
        self._address = address
        self._overwrite = overwrite
        self._is_published = False
        self._upload: Upload | None = None

    def complete(self) -> None:
        from aidisclose.storage.upload import Upload

        super().publish(keep=False)
        size = self._aside.seek(0, os.SEEK_END)
        self._upload = Upload(self._address, size, overwrite=self._overwrite)
        self._aside.seek(0)
        while data := self._aside.read(limits.CHUNK):
            self._upload.write(data)

    def publish(self, *, keep: bool) -> None:  # noqa: ARG002 - there is nothing to keep
        if self._upload:
            self._upload.finish()
            self._is_published = True

    def undo(self) -> None:
        # What was replaced is gone; of a new one, nothing stays.
        if self._upload and self._is_published and not self._overwrite:
            self._upload.remove()

    def discard(self) -> None:
        if self._upload and not self._is_published:
            self._upload.abandon()
        self._aside.close()


def _rename_to_new(old: Path, path: Path) -> None:
    """Give the file its final name unless that exists by now."""
    try:
        os.link(old, path)  # fails if the name exists, unlike rename
    except FileExistsError:
        raise _exists(path) from None
    except OSError:
        # No hard links here (FAT, some network mounts): a check, with a moment in between.
        if os.path.lexists(path):
            raise _exists(path) from None
        old.replace(path)
    else:
        old.unlink()


class _Tee:
    """A splice whose bytes are written to a file as they are read.

    Whoever hashes them finds them in the processor's cache, and hashes just what was written: an
    input that changes meanwhile cannot lead to a signature over other bytes.
    """

    def __init__(self, splice: Splice, descriptor: int, path: Path) -> None:
        self._splice = splice
        self._descriptor = descriptor
        self._path = path
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
        with _naming(self._path):
            descriptors.write_at(self._descriptor, buffer[:count], offset)
        self._written.append(Range(offset, count))
        return count

    def finish(self) -> None:
        """Write what has not been read."""
        buffer = memoryview(bytearray(limits.CHUNK))
        for part in complement(self.size, sorted(self._written)):
            for position in range(part.start, part.end, limits.CHUNK):
                self.read_into(position, buffer[: part.end - position])
