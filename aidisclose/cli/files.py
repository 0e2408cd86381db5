"""The files that a command works on: named ones, those of folders, and standard input."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import stat
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import click

from aidisclose import containers, limits
from aidisclose.cli.messages import tell, why
from aidisclose.cli.selection import Filter, Selection, is_repository
from aidisclose.containers import sidecar
from aidisclose.errors import AidiscloseError
from aidisclose.io import descriptor
from aidisclose.named import NamedTuple
from aidisclose.render.safe import clean

#: Seconds in which something has to be written to a FIFO.
_PATIENCE: Final = 10.0

#: What a folder without media means: a gate must not pass that has seen nothing.
_NOTHING: Final = "so nothing was looked at; see `aidisclose formats`"
#: An object whose name is read as that of another one.
_INEXACT: Final = "its name has doubled slashes or space at an end, so that it cannot be read"
#: The name of standard input.
STDIN: Final = "-"


class File(NamedTuple):
    """A file to work on.

    Attributes:
        path: As the user named it, or below a folder that the user named.
        root: That folder.
        size: In bytes, as far as it is known, fragments included.
        error: The reason why there is nothing to work on.
        fragments: The files that continue it, in their order.
    """

    path: str
    root: str | None = None
    size: int = 0
    error: str | None = None
    fragments: tuple[str, ...] = ()


def find(
    arguments: Iterable[str],
    fragments: Iterable[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008 - it cannot change
    with_data: bool = False,
) -> list[File]:
    """The files that the arguments mean, in their order; those of folders by name.

    A file that is named is taken as it is, its content decides what it is. Of folders, all files
    are taken whose names end as those of a known media format, and those with a manifest store
    beside them; hidden files and folders are passed over, links to folders not followed. A folder
    without any is an error, so that a check of an empty build does not pass. Patterns that no shell
    has expanded are expanded here: those of Windows leave that to programs.

    Arguments:
        arguments: As the user named them: files, folders, patterns such as `photos/**/*.png`.
        fragments: Segments of the only one of them: files in their order, and patterns, of whose
            matches seg2 comes before seg10.
        selection: The rules that leave out files of folders.
        with_data: Whether data such as JSON and CSV count as media in folders.

    Raises:
        UsageError: A name is empty, there are fragments of several files, or one is named twice.
        ClickException: Nothing matches a pattern.
    """
    found: list[File] = []
    for argument in arguments:
        if not argument:
            raise click.UsageError("the name of a source is empty")
        if "://" in argument and (objects := _objects(argument, selection)):
            found += objects
        else:
            found += _local(argument, selection, with_data=with_data)
    parts = [path for named in fragments for path in _expand(named)]
    if not parts:
        return found
    if len(found) > 1:
        message = "--fragment is about one file, the initialization segment"
        raise click.UsageError(f"{message}; quote patterns: --fragment 'seg*.m4s'")
    if twice := next((path for path, count in Counter(parts).items() if count > 1), None):
        raise click.UsageError(f"--fragment names {twice} twice")
    size = found[0].size + sum(map(_size, parts))
    return [found[0]._replace(size=size, fragments=tuple(parts))]


def _local(argument: str, selection: Selection, *, with_data: bool) -> list[File]:
    """The files that an argument means which is not an address."""
    if argument == STDIN:
        return [File(argument, size=_size(argument))]
    if Path(argument).is_dir():
        return _walk(argument, selection, containers.endings(with_data=with_data))
    # Brackets alone are not a pattern: `photo[1].png` must not mean another file, photo1.png.
    if not re.search(r"[*?]", argument) or Path(argument).exists():
        return [File(argument, size=_size(argument))]
    matches = sorted(glob.glob(argument, recursive=True), key=_natural)  # noqa: PTH207
    left_out = selection.only_named()
    taken = [path for path in matches if Path(path).is_file() and not left_out(path)]
    if not taken:
        why_none = "no such files" if not matches else "all that fits is left out"
        return [File(argument, error=why_none)]
    return [File(path, size=_size(path)) for path in taken]


def _objects(argument: str, selection: Selection) -> list[File]:
    """The objects at an address: one, or all media below a prefix.

    Raises:
        ClickException: It cannot be listed.
    """
    from aidisclose.storage import address, listing

    if not address.is_address(argument):
        return []
    try:
        if not listing.has_many(argument):
            return [File(argument)]
        root = listing.root_of(argument)
        names = sorted(listing.find(argument))
    except (AidiscloseError, OSError) as error:
        raise click.ClickException(f"{argument}: {why(error)}") from None
    endings = containers.endings()
    chosen = selection.only_named()
    found = [
        File(name, root, size, None if address.is_exact(name[len(root) :]) else _INEXACT)
        for name, size in names
        if name.lower().endswith(endings)
        and not any(part.startswith(".") for part in name[len(root) :].split("/"))
        and not chosen(name[len(root) :])
    ]
    return found or [File(argument, error=f"no media files there, {_NOTHING}")]


def _expand(named: str) -> list[str]:
    if not glob.has_magic(named) or Path(named).exists():
        return [named]
    matches = sorted(glob.glob(named), key=_natural)  # noqa: PTH207 - that of Path is relative
    if not matches:
        raise click.ClickException(f"--fragment {named}: no such files")
    return matches


def _natural(name: str) -> list[str | int]:
    # Every second part is digits, so that a text is never compared with a number.
    parts = re.split("([0-9]+)", name)
    return [int(part) if number % 2 else part for number, part in enumerate(parts)]


def named(src: tuple[str, ...], files_from: str | None) -> tuple[str, ...]:
    """The files that arguments and a list name.

    Raises:
        UsageError: They name none.
        ClickException: The list cannot be read, or is empty.
    """
    if files_from is None:
        if not src:
            raise click.UsageError("missing argument SRC: name files or folders, or --files-from")
        return src
    found = (*src, *listed(files_from))
    if not found:
        raise click.ClickException(f"{files_from} lists no files")
    return found


def listed(path: str) -> list[str]:
    """The names in a list of files: one per line, or each ended by a NUL; `-` is standard input.

    Raises:
        ClickException: The list cannot be read.
    """
    if path == STDIN:
        data = sys.stdin.buffer.read(limits.USER_FILE + 1) if sys.stdin else b""
    else:
        data = read_small(Path(path))
    if len(data) > limits.USER_FILE:
        raise click.ClickException(f"{path}: larger than {limits.USER_FILE // limits.MIB} MiB")
    # `find -print0` and `git ls-files -z` end names by a NUL, since names may hold line ends.
    names = data.split(b"\0") if b"\0" in data else data.splitlines()
    return [os.fsdecode(name) for name in names if name]


def _walk(root: str, selection: Selection, endings: tuple[str, ...]) -> list[File]:
    """The files of a folder, and of the repositories in it, each by the rules of its own."""
    found: list[File] = []
    waiting = [root]
    for top in waiting:  # grows while it is searched
        files, others = _search(top, selection, endings)
        found += [each._replace(root=root) for each in files]
        waiting += others
    if len(waiting) > 1:
        found.sort(key=lambda each: os.path.split(each.path))
    return found or [File(root, error=f"no media files in this folder, {_NOTHING}")]


def _search(
    root: str, selection: Selection, endings: tuple[str, ...]
) -> tuple[list[File], list[str]]:
    """The files of a folder, and where other repositories begin if rules of git count."""
    found: list[File] = []
    others: list[str] = []
    errors: list[OSError] = []
    linked: list[str] = []
    chosen = selection.open(root)
    for folder, names, files in os.walk(root, onerror=errors.append):
        if chosen.is_reading and folder != root:
            if is_repository(folder):
                # What an outer `.gitignore` says of files means none of these to git.
                names.clear()
                others.append(str(Path(folder)))
                continue
            chosen.read(folder)
        # As `Path` spells it, which takes ten times as long.
        base = "" if folder == os.curdir else str(Path(folder))
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".") and chosen.takes(os.path.join(base, name), is_folder=True)  # noqa: PTH118
        )
        linked += [each for name in names if os.path.islink(each := os.path.join(base, name))]  # noqa: PTH114, PTH118
        every = set(files)
        for name in sorted(files):
            path = os.path.join(base, name)  # noqa: PTH118
            is_media = name.lower().endswith(endings) or f"{name}{sidecar.EXTENSION}" in every
            if name.startswith(".") or not is_media:
                continue
            if chosen.takes(path):
                found.append(File(path, root, _size(path)))
    known = {each.path for each in found}.union(others)
    again = _tracked(root, chosen, endings) if selection.ignores and chosen.left_out else []
    again = [each for each in again if each.path not in known]
    if again:
        submodules = [each.path for each in again if is_repository(each.path)]
        others += submodules
        found += [each for each in again if each.path not in submodules]
        found.sort(key=lambda each: os.path.split(each.path))
    if chosen.left_out:
        # A gate must not seem to have seen what it did not.
        kinds, hint = "excluded", ""
        if selection.ignores:
            kinds, hint = "ignored or excluded", "; --no-ignore takes ignored ones"
        what = f"{chosen.left_out:,} {kinds} files and folders"
        what += f" but {len(again):,} that git tracks" if again else ""
        tell(f"aidisclose: {clean(root, None)}: left out {what}{hint}")
    if linked and selection.ignores:
        # What a site shows below such a name may be under rules of that name.
        what = f"links to folders that are not followed: {len(linked):,}, such as {linked[0]}"
        tell(f"aidisclose: {clean(f'{root}: {what}', None)}")
    found += [File(str(error.filename), root, error=why(error)) for error in errors]
    return found, others


def _tracked(root: str, chosen: Filter, endings: tuple[str, ...]) -> list[File]:
    """The media files and submodules that are part of the repository.

    Who adds a file and a rule that ignores it must not hide it from the gate. What git makes of the
    rules is not asked: it may understand one that is passed over here.
    """
    from aidisclose.cli import changed

    paths: list[str] = []
    for name in changed.tracked(root):
        path = str(Path(root, name))
        is_folder = is_repository(path)
        is_media = name.lower().endswith(endings) or os.path.lexists(path + sidecar.EXTENSION)
        if (is_folder or is_media) and chosen.takes_tracked(name, is_folder=is_folder):
            paths.append(path)
    return [File(path, root, _size(path)) for path in paths if os.path.lexists(path)]


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - one call a file
    except OSError:
        return 0  # whoever opens it says why


def open_stdin() -> bytes | BinaryIO:
    """Standard input as something that can be read at any offset.

    A pipe is read to its end first, a long one into a temporary file.

    Raises:
        OSError: It is closed, or the temporary file cannot be written.
    """
    import shutil
    import tempfile

    if sys.stdin is None:
        raise OSError("standard input is closed")
    stream = sys.stdin.buffer
    # As with `< FILE`: it can be read at any offset, and need not be copied.
    if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        return stream
    data = stream.read(limits.IN_MEMORY + 1)
    if len(data) <= limits.IN_MEMORY:
        return data
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's; ends with the process
    spool.write(data)
    shutil.copyfileobj(stream, spool, limits.CHUNK)
    return spool


def read_small(path: Path, *, is_subject: bool = False) -> bytes:
    """The content of a file that belongs to the command: a certificate, a key, a definition.

    Arguments:
        path: The file.
        is_subject: As of `reading`.

    Raises:
        ClickException: It is too large, or cannot be read.
        OSError: A subject cannot be read.
    """
    with reading(path, is_subject=is_subject) as file:
        data = file.read(limits.USER_FILE + 1)
    if len(data) > limits.USER_FILE:
        raise click.ClickException(f"{path}: larger than {limits.USER_FILE // limits.MIB} MiB")
    return data


@contextlib.contextmanager
def reading(path: Path, *, is_subject: bool = False) -> Iterator[BinaryIO]:
    """A file that belongs to the command and may be of any size.

    Arguments:
        path: The file.
        is_subject: Whether it is what the command is about, and not a part of its settings.

    Raises:
        ClickException: It cannot be read.
        OSError: The same of a subject.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
                _wait_for_writer(file.fileno(), path)
            yield file
    except OSError as error:
        if is_subject:
            raise
        raise click.ClickException(f"{path}: {why(error)}") from None


def _open_at_once(path: str, flags: int) -> int:
    """Do not wait for somebody who writes to a FIFO."""
    return os.open(path, flags | descriptor.BINARY | descriptor.NONBLOCK)


def _wait_for_writer(number: int, path: Path) -> None:
    """Wait until something was written to a pipe; for a FIFO with a name not for ever.

    Raises:
        OSError: Nothing was.
    """
    import select

    # What a shell made for this process, `<(command)`, ends with its command.
    is_named = not path.is_relative_to("/dev/fd") and not path.is_relative_to("/proc")
    if not select.select([number], [], [], _PATIENCE if is_named else None)[0]:
        raise OSError(f"nothing was written to it within {_PATIENCE:g} s")
    os.set_blocking(number, True)
