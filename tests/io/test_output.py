"""Outputs: complete or not there at all, whatever fails, and the digest of what was written."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import itertools
import os
import random
import stat
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from aidisclose import limits
from aidisclose.io import descriptor, temporary
from aidisclose.io.digest import DigestPlan
from aidisclose.io.output import Output, open_output, open_outputs, write_file
from aidisclose.io.source import BytesSource, Range, Source, open_source
from aidisclose.io.splice import Copy, Data, Splice

DATA = random.Random(3).randbytes(100_000)
#: What `splice_of` stands for.
EXPECTED = b"new" + DATA[1_000:90_000] + b"more" + DATA[:500]
PLANS = (
    DigestPlan("sha256", (Range(0, 20_000), b"literal", Range(30_000, len(EXPECTED) - 30_000))),
    DigestPlan("sha512", (Range(20_000, 60_000),)),
    DigestPlan("sha256", ()),
)
DIGESTS = [
    hashlib.sha256(EXPECTED[:20_000] + b"literal" + EXPECTED[30_000:]).digest(),
    hashlib.sha512(EXPECTED[20_000:80_000]).digest(),
    hashlib.sha256().digest(),
]


def splice_of(source: Source) -> Splice:
    return Splice(source, [Data(b"new"), Copy(1_000, 89_000), Data(b"more"), Copy(0, 500)])


@pytest.fixture(params=["small", "large"])
def large(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether files go through threads, or through memory."""
    is_large: bool = request.param == "large"
    if is_large:
        _lower_limits(monkeypatch)
    return is_large


def _lower_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "IN_MEMORY", 1_000)
    monkeypatch.setattr(limits, "CHUNK", 4_096)


@pytest.fixture
def original(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    path = folder / "original"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where outputs go. In the end no temporary file is left, and no thread."""
    path = tmp_path / "output"
    path.mkdir()
    before = threading.active_count()
    yield path
    assert [item.name for item in path.iterdir() if item.name.startswith(".")] == []
    assert threading.active_count() == before


def fill(
    output: Output, source: Source, *, progress: Callable[[int], None] | None = None
) -> list[bytes]:
    return output.fill(splice_of(source), iter(PLANS), progress=progress)


def test_a_file_is_written_and_hashed(large: bool, original: Path, folder: Path) -> None:
    target = folder / "new"
    counts: list[int] = []
    with open_source(original) as source, open_output(target) as output:
        assert fill(output, source, progress=counts.append) == DIGESTS
        assert not target.exists()
        output.patch(10, b"patched")
        output.patch(80_000, b"!")
        written = output.source()
        assert written.read_at(8, 11) == EXPECTED[8:10] + b"patched" + EXPECTED[17:19]
        assert written.size == len(EXPECTED)
    assert target.read_bytes() == _patched(EXPECTED)
    assert sum(counts) >= len(EXPECTED)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~_umask()


def _patched(data: bytes) -> bytes:
    return data[:10] + b"patched" + data[17:80_000] + b"!" + data[80_001:]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("kind", ["bytes", "stream"])
def test_from_sources_other_than_files(large: bool, kind: str, folder: Path) -> None:
    readable: bytes | BinaryIO = DATA if kind == "bytes" else io.BytesIO(DATA)
    with open_source(readable) as source, open_output(folder / "new") as output:
        assert fill(output, source) == DIGESTS
    assert (folder / "new").read_bytes() == EXPECTED


def test_a_failing_copy_reaches_the_caller(
    monkeypatch: pytest.MonkeyPatch, original: Path, folder: Path
) -> None:
    """A full disk, for one; no file is left, and the hashing thread does not wait for ever."""
    _lower_limits(monkeypatch)
    calls = iter(range(100))
    real = os.pwrite

    def fail(descriptor: int, data: memoryview, offset: int) -> int:
        if next(calls) >= 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", fail)
    with pytest.raises(OSError, match="No space left"):
        _write(original, folder / "new")
    assert list(folder.iterdir()) == []


def _write(source: Path, target: Path) -> None:
    with open_source(source) as opened, open_output(target) as output:
        fill(output, opened)


def test_a_file_that_takes_a_little_at_a_time(
    monkeypatch: pytest.MonkeyPatch, original: Path, folder: Path
) -> None:
    _lower_limits(monkeypatch)
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, data, at: real(file, data[:1_009], at))
    _write(original, folder / "new")
    assert (folder / "new").read_bytes() == EXPECTED


@pytest.mark.parametrize("plans", [(), (DigestPlan("sha256", (Range(70_000, 10),)),)])
def test_what_no_plan_names_is_written_too(
    monkeypatch: pytest.MonkeyPatch, plans: tuple[DigestPlan, ...], original: Path, folder: Path
) -> None:
    _lower_limits(monkeypatch)
    with open_source(original) as source, open_output(folder / "new") as output:
        output.fill(splice_of(source), plans)
    assert (folder / "new").read_bytes() == EXPECTED


@pytest.mark.parametrize("kind", ["file", "stream"])
@pytest.mark.parametrize("left", [0, 50_000])
def test_a_source_that_becomes_shorter(
    monkeypatch: pytest.MonkeyPatch, kind: str, left: int, original: Path, folder: Path
) -> None:
    """Fails, instead of writing a file with a hole and a signature over it."""
    _lower_limits(monkeypatch)
    target: Path | BinaryIO = folder / "new" if kind == "file" else io.BytesIO()

    def cut() -> None:
        with open_output(target) as output, open_source(original) as source:
            os.truncate(original, left)
            fill(output, source)

    with pytest.raises(OSError, match="became shorter"):
        cut()
    assert list(folder.iterdir()) == []


def test_an_interrupted_progress_bar_stops_the_copy(
    monkeypatch: pytest.MonkeyPatch, original: Path, folder: Path
) -> None:
    _lower_limits(monkeypatch)

    def interrupt(count: int) -> None:
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        open_source(original) as source,
        open_output(folder / "new") as output,
    ):
        fill(output, source, progress=interrupt)
    assert list(folder.iterdir()) == []


def test_an_exception_in_the_block_leaves_nothing(
    large: bool, original: Path, folder: Path
) -> None:
    for overwritten in (False, True):
        target = folder / "new"
        if overwritten:
            target.write_bytes(b"old")
        with (
            contextlib.suppress(RuntimeError),
            open_source(original) as source,
            open_output(target, overwrite=overwritten) as output,
        ):
            fill(output, source)
            raise RuntimeError
        assert (target.read_bytes() == b"old") if overwritten else not target.exists()
        assert len(list(folder.iterdir())) == overwritten


def test_a_file_that_exists_is_never_touched(large: bool, original: Path, folder: Path) -> None:
    target = folder / "new"
    target.write_bytes(b"old")
    with pytest.raises(FileExistsError) as caught:
        _write(original, target)
    assert caught.value.filename == str(target)
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_not_touched(
    large: bool, links: bool, monkeypatch: pytest.MonkeyPatch, original: Path, folder: Path
) -> None:
    """On file systems with and without hard links."""
    if not links:
        _forbid_links(monkeypatch)
    target = folder / "new"

    def appear(count: int) -> None:
        target.write_bytes(b"somebody else's")

    with (
        pytest.raises(FileExistsError) as caught,
        open_source(original) as source,
        open_output(target) as output,
    ):
        fill(output, source, progress=appear)
    assert caught.value.filename == str(target)
    assert caught.value.filename2 is None
    assert target.read_bytes() == b"somebody else's"


def _forbid_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)


def test_without_hard_links_a_new_file_is_renamed(
    large: bool, monkeypatch: pytest.MonkeyPatch, original: Path, folder: Path
) -> None:
    _forbid_links(monkeypatch)
    _write(original, folder / "new")
    assert (folder / "new").read_bytes() == EXPECTED


def test_a_file_is_replaced_when_asked_for(large: bool, original: Path, folder: Path) -> None:
    """By another file, so that whoever has the old one open keeps reading it."""
    target = folder / "new"
    target.write_bytes(b"old")
    with (
        target.open("rb") as old,
        open_source(original) as source,
        open_output(target, overwrite=True) as output,
    ):
        fill(output, source)
        assert old.read() == target.read_bytes() == b"old"
    assert target.read_bytes() == EXPECTED


def test_a_file_may_be_its_own_source(large: bool, original: Path) -> None:
    with open_output(original, overwrite=True) as output, open_source(original) as source:
        assert fill(output, source) == DIGESTS
    assert original.read_bytes() == EXPECTED
    assert [item.name for item in original.parent.iterdir()] == [original.name]


def test_permissions_and_times_of_another_file(large: bool, original: Path, folder: Path) -> None:
    original.chmod(0o640)
    os.utime(original, ns=(10**18, 10**18 + 1))
    with (
        open_source(original) as source,
        open_output(folder / "new", like=original) as output,
    ):
        fill(output, source)
    status = (folder / "new").stat()
    assert stat.S_IMODE(status.st_mode) == 0o640
    assert status.st_mtime_ns == 10**18 + 1


def _attribute(path: Path, name: str, value: bytes) -> None:
    try:
        os.setxattr(path, name, value)
    except (AttributeError, OSError):
        pytest.skip("no extended attributes here")


def _access(*entries: tuple[int, int, int]) -> bytes:
    """A list of who may do what, as Linux keeps it: kind, rights, number."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


#: User 1000 may read and write, the group of the owner nothing, which the bits of the file hide.
_OF_ONE_USER = _access(
    (0x01, 6, 2**32 - 1),
    (0x02, 6, 1000),
    (0x04, 0, 2**32 - 1),
    (0x10, 6, 2**32 - 1),
    (0x20, 0, 2**32 - 1),
)


def test_attributes_and_lists_of_another_file(large: bool, original: Path, folder: Path) -> None:
    original.chmod(0o600)
    _attribute(original, "user.xdg.tags", b"holiday")
    _attribute(original, "system.posix_acl_access", _OF_ONE_USER)
    with open_output(folder / "new", like=original) as output, open_source(original) as source:
        fill(output, source)
    assert os.getxattr(folder / "new", "user.xdg.tags") == b"holiday"
    assert os.getxattr(folder / "new", "system.posix_acl_access") == _OF_ONE_USER


def test_a_list_that_cannot_be_kept_gives_the_group_nothing(
    monkeypatch: pytest.MonkeyPatch, original: Path, folder: Path
) -> None:
    """The bits of its group were those of the list."""
    original.chmod(0o600)
    _attribute(original, "system.posix_acl_access", _OF_ONE_USER)

    def refuse(*_arguments: object) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(os, "setxattr", refuse)
    with open_output(folder / "new", like=original) as output, open_source(original) as source:
        fill(output, source)
    assert stat.S_IMODE((folder / "new").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_what_replaces_a_file_is_for_the_same_people(
    mode: int, large: bool, monkeypatch: pytest.MonkeyPatch, original: Path, folder: Path
) -> None:
    """Not for others while it is being written, either."""
    (folder / "new").write_bytes(b"old")
    (folder / "new").chmod(mode)
    real = os.pwrite
    seen: set[int] = set()

    def write(number: int, data: bytes, offset: int) -> int:
        seen.add(stat.S_IMODE(os.fstat(number).st_mode))
        return real(number, data, offset)

    monkeypatch.setattr(os, "pwrite", write)
    with open_output(folder / "new", overwrite=True) as output, open_source(original) as source:
        fill(output, source)
    assert stat.S_IMODE((folder / "new").stat().st_mode) == mode
    assert seen == {0o600}


def test_many_files_appear_together(large: bool, original: Path, folder: Path) -> None:
    """They take no memory and no descriptor until then."""
    (folder / "one").write_bytes(b"old")

    def write(count: int) -> None:
        before = len(list(Path("/proc/self/fd").iterdir()))
        with open_outputs(overwrite=True) as outputs:
            for name in ("one", "two", "three")[:count]:
                target = folder / name
                with outputs.open_one_of_many(target) as file, open_source(original) as source:
                    fill(file, source)
                assert (folder / "one").read_bytes() == b"old"
            assert len(list(Path("/proc/self/fd").iterdir())) == before + 1  # the folder is locked
            if count < 3:
                raise KeyError(count)

    with pytest.raises(KeyError):
        write(2)
    assert [path.name for path in folder.iterdir()] == ["one"]
    write(3)
    assert {path.read_bytes() for path in folder.iterdir()} == {EXPECTED}


#: What is called on the way to a file under its own name, and behind it.
_CALLS = (
    *("open", "dup", "close", "stat", "lstat", "pwrite", "fsync", "fchmod", "utime"),
    *("link", "replace", "unlink"),
)


@pytest.mark.parametrize("overwrite", [True, False], ids=["replaced", "new"])
@pytest.mark.parametrize("way", ["interrupted before", "interrupted behind", "failed"])
def test_each_call_of_the_system_may_be_the_last(
    way: str, overwrite: bool, original: Path, folder: Path
) -> None:
    """Two files are both old, or both new, and nothing else is there."""
    names = ("copy", "copy.c2pa")
    for number in itertools.count():
        with pytest.MonkeyPatch.context() as patch:
            for name in names:
                (folder / name).unlink(missing_ok=True)
                if overwrite:
                    (folder / name).write_bytes(b"old")
            reached = _break(patch, way, number)
            try:
                with open_outputs(overwrite=overwrite) as outputs:
                    for name in names:
                        replaces = folder / name if overwrite else None
                        file = outputs.open(folder / name, like=replaces, replaces=replaces)
                        file.fill(splice_of(BytesSource(DATA)), ())
                is_done = True
            except (KeyboardInterrupt, OSError):
                is_done = False
        found = {item.name: item.read_bytes() for item in folder.iterdir()}
        new = dict.fromkeys(names, EXPECTED)
        old = dict.fromkeys(names, b"old") if overwrite else {}
        assert found == new if is_done else found in ([old] if way == "failed" else [old, new])
        if not reached:
            break
    assert number > 20


def _break(patch: pytest.MonkeyPatch, way: str, number: int) -> list[str]:
    """Have a call of the system fail, or a signal come; returns which one, once it was reached."""
    calls = itertools.count()
    reached: list[str] = []
    here = threading.get_ident()  # a cluster of other tests has threads that call the system too

    def wrap(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            if threading.get_ident() != here or next(calls) != number:
                return real(*arguments, **more)
            reached.append(name)
            # What cannot be removed is left over.
            if way == "failed" and name != "unlink":
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            if way == "interrupted before":
                raise KeyboardInterrupt
            result = real(*arguments, **more)
            if way == "interrupted behind":
                raise KeyboardInterrupt
            return result

        return call

    for name in _CALLS:
        patch.setattr(os, name, wrap(name, getattr(os, name)))
    return reached


def test_a_secret_is_never_readable_by_others(
    large: bool, monkeypatch: pytest.MonkeyPatch, original: Path, folder: Path
) -> None:
    """Not even while it is written."""
    modes: list[int] = []
    real = os.open

    def spy(path: str, flags: int, mode: int = 0o777, **options: int) -> int:
        descriptor = real(path, flags, mode, **options)
        if flags & os.O_CREAT:
            modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    monkeypatch.setattr(os, "open", spy)
    with open_source(original) as source, open_output(folder / "new", mode=0o600) as output:
        fill(output, source)
    assert modes == [0o600]
    assert stat.S_IMODE((folder / "new").stat().st_mode) == 0o600


def test_a_link_is_followed(large: bool, original: Path, folder: Path) -> None:
    """To the file that it names, which is replaced where it is."""
    (folder / "elsewhere").mkdir()
    real, link = folder / "elsewhere" / "real", folder / "link"
    real.write_bytes(b"old")
    link.symlink_to(real)
    with pytest.raises(FileExistsError):
        _write(original, link)
    with open_source(original) as source, open_output(link, overwrite=True) as output:
        fill(output, source)
    assert link.is_symlink()
    assert real.read_bytes() == EXPECTED
    assert list((folder / "elsewhere").iterdir()) == [real]


def test_a_dangling_link_exists(original: Path, folder: Path) -> None:
    (folder / "link").symlink_to(folder / "nowhere")
    with pytest.raises(FileExistsError):
        _write(original, folder / "link")
    with open_source(original) as source, open_output(folder / "link", overwrite=True) as output:
        fill(output, source)
    assert (folder / "nowhere").read_bytes() == EXPECTED


def test_a_folder_is_not_replaced(original: Path, folder: Path) -> None:
    target = folder / "new"
    target.mkdir()
    with (
        pytest.raises(OSError, match="not a regular file"),
        open_source(original) as source,
        open_output(target, overwrite=True) as output,
    ):
        fill(output, source)
    assert target.is_dir()


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_device_is_written_through(
    large: bool, overwrite: bool, original: Path, folder: Path
) -> None:
    """A rename would put a file in the place of /dev/null, for everybody."""
    (folder / "new").symlink_to(os.devnull)
    before = Path(os.devnull).stat()
    with open_source(original) as source, open_output(folder / "new", overwrite=overwrite) as out:
        assert fill(out, source) == DIGESTS
    after = Path(os.devnull).stat()
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)


@pytest.mark.parametrize("through", ["name", "link", "descriptor"])
def test_a_pipe_is_written_through(large: bool, through: str, original: Path, folder: Path) -> None:
    got: list[bytes] = []
    target = folder / "pipe"
    os.mkfifo(target)
    # Opened for both, so that neither end waits for the other.
    both = os.open(target, os.O_RDWR)
    os.set_blocking(both, False)
    if through == "link":
        target = folder / "link"
        target.symlink_to("pipe")
    elif through == "descriptor":
        target = Path(f"/dev/fd/{both}")

    def read() -> None:
        end = time.monotonic() + 10
        while sum(map(len, got)) < len(EXPECTED) and time.monotonic() < end:
            with contextlib.suppress(BlockingIOError):
                got.append(os.read(both, 65536))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with open_source(original) as source, open_output(target) as output:
            fill(output, source)
            output.patch(10, b"patched")
            output.patch(80_000, b"!")
    finally:
        reader.join()
        os.close(both)
    assert b"".join(got) == _patched(EXPECTED)
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)


def test_a_file_behind_a_descriptor_is_appended_to(original: Path, folder: Path) -> None:
    """As `-o /dev/stdout >> file` wants it: a rename would lose what the shell writes."""
    with (folder / "log").open("ab") as log:
        log.write(b"before")
        log.flush()
        with (
            open_source(original) as source,
            open_output(Path(f"/dev/fd/{log.fileno()}"), overwrite=True) as output,
        ):
            fill(output, source)
        log.write(b"after")
    assert (folder / "log").read_bytes() == b"before" + EXPECTED + b"after"


# --- several as one -----------------------------------------------------------------------------


@pytest.fixture
def pair(folder: Path) -> tuple[Path, Path]:
    for name in ("one", "two"):
        (folder / name).write_bytes(b"old")
    return folder / "one", folder / "two"


def write_pair(pair: tuple[Path, Path], *, overwrite: bool = True) -> None:
    with open_outputs(overwrite=overwrite) as outputs:
        for path in pair:
            outputs.write(path, b"new")


def test_several_appear_together(pair: tuple[Path, Path]) -> None:
    write_pair(pair)
    assert [path.read_bytes() for path in pair] == [b"new", b"new"]


@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
@pytest.mark.parametrize("links", [True, False])
def test_none_appears_if_one_cannot(
    call: str, links: bool, pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk; the second is the one that fails."""
    calls = iter(range(10))

    def failing(real: Callable[..., Any]) -> Callable[..., Any]:
        def fail(*arguments: object) -> object:
            if next(calls) == 1:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments)

        return fail

    if not links:
        _forbid_links(monkeypatch)
    names = {"write": "pwrite", "fsync": "fsync", "rename": "replace"}
    monkeypatch.setattr(os, names[call], failing(getattr(os, names[call])))
    with pytest.raises(OSError, match="No space left") as caught:
        write_pair(pair)
    assert caught.value.filename == str(pair[1])
    # Without a second name, what was replaced cannot be put back.
    first = b"new" if call == "rename" and not links else b"old"
    assert [path.read_bytes() for path in pair] == [first, b"old"]


def test_of_new_files_none_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = (folder / "one", folder / "two")
    real = os.link

    def appear(old: str, new: Path) -> None:
        if new == paths[1]:
            new.write_bytes(b"somebody else's")
        real(old, new)

    monkeypatch.setattr(os, "link", appear)
    with pytest.raises(FileExistsError):
        write_pair(paths, overwrite=False)
    assert not paths[0].exists()
    assert paths[1].read_bytes() == b"somebody else's"


def change_content(path: Path) -> None:
    path.write_bytes(b"edited")


def change_times_back(path: Path) -> None:
    status = path.stat()
    path.write_bytes(b"OLD")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replace_it(path: Path) -> None:
    (path.parent / "other").write_bytes(b"old")
    (path.parent / "other").replace(path)


@pytest.mark.parametrize("edit", [change_content, change_times_back, replace_it, Path.unlink])
def test_what_is_saved_meanwhile_is_not_replaced(
    edit: Callable[[Path], object], folder: Path
) -> None:
    path = folder / "file"
    path.write_bytes(b"old")

    def write() -> None:
        with open_outputs(overwrite=True) as outputs:
            output = outputs.open(path, replaces=path)
            output.fill(Splice(BytesSource(b"new"), [Copy(0, 3)]), ())
            edit(path)

    with pytest.raises(OSError, match="changed meanwhile") as caught:
        write()
    assert caught.value.filename == str(path)
    expected = {"change_content": b"edited", "change_times_back": b"OLD", "replace_it": b"old"}
    assert (path.read_bytes() if path.exists() else None) == expected.get(edit.__name__)


@pytest.mark.parametrize("edit", [change_content, replace_it])
def test_what_is_saved_at_the_last_moment_is_put_back(
    edit: Callable[[Path], None], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the file and its renaming."""
    path = folder / "file"
    path.write_bytes(b"old")
    real = os.link
    links = iter(range(10))

    def late(*arguments: Any) -> None:
        if next(links) == 0:
            edit(path)
        real(*arguments)

    monkeypatch.setattr(os, "link", late)
    with (
        pytest.raises(OSError, match="changed meanwhile"),
        open_outputs(overwrite=True) as outputs,
    ):
        outputs.open(path, replaces=path).fill(Splice(BytesSource(b"new"), [Copy(0, 3)]), ())
    assert path.read_bytes() == (b"edited" if edit is change_content else b"old")


def test_one_at_a_time_replaces_a_file(folder: Path) -> None:
    path = folder / "file"
    path.write_bytes(b"old")
    with open_outputs(overwrite=True) as first:
        first.open(path, replaces=path)
        with (
            pytest.raises(OSError, match="another process has locked it"),
            open_outputs(overwrite=True) as second,
        ):
            second.open(path, replaces=path)
        first.discard()
        with open_outputs(overwrite=True) as third:
            output = third.open(path, replaces=path)
            output.fill(Splice(BytesSource(b"new"), [Copy(0, 3)]), ())
        first._opened.clear()
    assert path.read_bytes() == b"new"


def test_the_owner_stays(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    path = folder / "file"
    path.write_bytes(b"old")
    os.chown(path, 65534, 65534)
    path.chmod(0o4640)
    with open_output(path, overwrite=True, like=path) as output:
        output.fill(Splice(BytesSource(b"new"), [Copy(0, 3)]), ())
    status = path.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (65534, 65534, 0o4640)


# --- what was left behind -----------------------------------------------------------------------


def test_what_a_killed_process_left_is_removed(folder: Path) -> None:
    dead, other = folder / f".aidisclose-{0:016x}.tmp", folder / ".aidisclose-mine.tmp"
    alive, link = folder / f".aidisclose-{1:016x}.tmp", folder / f".aidisclose-{2:016x}.tmp"
    for path in (dead, other, alive):
        path.write_bytes(b"")
    link.symlink_to(other)
    with alive.open("rb") as held:
        assert descriptor.lock(held.fileno())
        write_file(folder / "new", b"data")
        left = {path.name for path in folder.iterdir()}
    assert left == {other.name, alive.name, link.name, "new"}
    for path in (other, alive, link):
        path.unlink()


def test_a_new_temporary_file_taken_for_dead(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between its creation and its lock another process may remove it."""
    real = temporary.create
    paths: list[Path] = []

    def create(path: Path, mode: int) -> int:
        number = real(path, mode)
        paths.append(path)
        if len(paths) == 1:
            path.unlink()
        return number

    monkeypatch.setattr(temporary, "create", create)
    write_file(folder / "new", b"data")
    assert len(paths) == 2
    assert (folder / "new").read_bytes() == b"data"


@pytest.mark.parametrize("name", ["a" * 255, "界" * 85], ids=["ASCII", "CJK"])
def test_a_name_may_be_as_long_as_names_can_be(
    large: bool, name: str, original: Path, folder: Path
) -> None:
    _write(original, folder / name)
    assert (folder / name).read_bytes() == EXPECTED


def test_a_folder_that_is_not_there(large: bool, original: Path, folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _write(original, folder / "no" / "new")


def test_an_output_that_is_never_filled(folder: Path) -> None:
    with pytest.raises(ValueError, match="never filled"), open_output(folder / "new"):
        pass


# --- streams ------------------------------------------------------------------------------------


class Raw(io.BytesIO):
    """An unbuffered file, which may write less than it is given."""

    def write(self, data: object, /) -> int:
        return super().write(cast("memoryview", data)[:1_009])


class Silent(io.BytesIO):
    """A file that does not say how much it wrote."""

    def write(self, data: object, /) -> int:
        super().write(cast("memoryview", data))
        return cast("int", None)


@pytest.mark.parametrize("kind", [io.BytesIO, Raw, Silent])
def test_a_stream_is_written_from_its_start(
    large: bool, kind: type[io.BytesIO], original: Path
) -> None:
    stream = kind(b"old" * 50_000)
    stream.seek(7)
    counts: list[int] = []
    with open_source(original) as source, open_output(stream) as output:
        assert fill(output, source, progress=counts.append) == DIGESTS
        output.patch(10, b"patched")
        output.patch(80_000, b"!")
        assert output.source().read_at(0, len(EXPECTED)) == _patched(EXPECTED)
    assert stream.getvalue() == _patched(EXPECTED)
    assert sum(counts) == len(EXPECTED)


def test_a_small_stream_is_not_touched_after_an_exception(original: Path) -> None:
    stream = io.BytesIO(b"old")
    with (
        contextlib.suppress(RuntimeError),
        open_source(original) as source,
        open_output(stream) as output,
    ):
        fill(output, source)
        raise RuntimeError
    assert stream.getvalue() == b"old"


def test_a_stream_over_itself(large: bool) -> None:
    """In memory it can be; a large one would be overwritten while it is still to be read."""
    stream = io.BytesIO(DATA)
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(open_source(stream))
        output = stack.enter_context(open_output(stream))
        if not large:
            assert fill(output, source) == DIGESTS
        else:
            with pytest.raises(ValueError, match="over itself"):
                fill(output, source)
    assert stream.getvalue() == (DATA if large else EXPECTED)


@pytest.mark.parametrize("writable", [None, 7, b"bytes", object()])
def test_what_is_no_output(writable: object) -> None:
    with pytest.raises(TypeError, match="an output is a path"), open_output(cast("str", writable)):
        pass


def test_a_small_file_at_once(folder: Path) -> None:
    write_file(folder / "new", b"data", mode=0o600)
    assert (folder / "new").read_bytes() == b"data"
    with pytest.raises(FileExistsError):
        write_file(folder / "new", b"other")
    write_file(folder / "new", b"", overwrite=True)
    assert (folder / "new").read_bytes() == b""


def test_the_digest_is_of_what_was_written(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Not of the source read a second time: a source may change between two looks."""
    _lower_limits(monkeypatch)

    class Changing(BytesSource):
        def read_at(self, offset: int, length: int) -> bytes:
            return os.urandom(min(length, max(0, self.size - offset)))

    source = Changing(DATA)
    plan = DigestPlan("sha256", (Range(0, len(DATA)),))
    with open_output(folder / "new") as output:
        [value] = output.fill(Splice(source, [Copy(0, len(DATA))]), [plan])
    assert value == hashlib.sha256((folder / "new").read_bytes()).digest()
