"""The output of a command: standard output, or a file that appears when it is whole."""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, TextIO

import click

from aidisclose.cli.files import File
from aidisclose.cli.interrupts import Interrupted
from aidisclose.errors import UsageError
from aidisclose.io.output import open_outputs


@contextlib.contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """A text file that replaces `path` when the block ends, also when it is interrupted.

    What was done until then is true, so it is kept; after an error, `path` is as before.

    Raises:
        OSError: It cannot be written.
    """
    interruption: Interrupted | None = None
    with open_outputs(overwrite=True) as outputs:
        stream = outputs.open(path).stream()
        file = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace")
        try:
            yield file
        except Interrupted as caught:
            interruption = caught
        file.flush()
        if interruption and not stream.tell():
            raise interruption  # nothing was done
        file.detach()
    if interruption:
        raise interruption


def refuse_sources(found: Iterable[File], outputs: Mapping[str, Path | None]) -> None:
    """Raise UsageError if an output would take the place of a file that is looked at.

    Arguments:
        found: The files that are looked at.
        outputs: The paths of outputs, by the option that names them.
    """
    taken = {identity: name for name, path in outputs.items() if (identity := _identity(path))}
    # Nearly always there is none yet: then no file is asked for.
    for file in found if taken else ():
        identity = _identity(file.path)
        if identity is not None and (name := taken.get(identity)):
            raise click.UsageError(f"{name} would change {file.path}, a file that is looked at")


def refuse_links(path: Path) -> None:
    """Refuse an output to which a link leads that a repository could hold.

    Such are one at its own name, and one on the way to it in the working folder. They may lead to
    what is below the folder that they stand in, and not hidden: who cloned a stranger's repository
    writes neither to `~/.bashrc` nor to `.git/config`, nor does a report vanish in a device.

    Raises:
        UsageError: There is one.
    """
    # Not normalized: systems go through a link before they go up.
    working = os.fspath(Path.cwd())
    folder, name = os.path.split(os.path.join(working, path))  # noqa: PTH118 - of many files
    if folder != _DEVICES:
        _refuse_link(folder, name, path)
    _refuse_linked(folder, working)


@lru_cache(maxsize=256)
def _refuse_linked(folder: str, working: str) -> None:
    """Refuse links on the way from the working folder; of many files in one folder only once."""
    place = Path(folder)
    for part in (place, *place.parents):
        if Path(working) in part.parents:
            _refuse_link(os.fspath(part.parent), part.name, place)


def _refuse_link(folder: str, name: str, path: Path) -> None:
    link = os.path.join(folder, name)  # noqa: PTH118 - of many files
    if not os.path.islink(link):  # noqa: PTH114
        return
    target = Path(os.path.realpath(link))
    place = Path(os.path.realpath(folder))
    is_below = place in target.parents
    if not is_below or any(each.startswith(".") for each in target.relative_to(place).parts):
        raise UsageError(f"{path} leads by a link to {target}: name that, or another place")


#: Links in it, such as `/dev/stdout`, are the system's.
_DEVICES: Final = "/dev"


def _identity(path: str | Path | None) -> tuple[int, int] | None:
    """The device and number of a file, by whatever name; None if there is no regular file."""
    if path is None or "://" in os.fspath(path):
        return None
    try:
        status = os.stat(path)  # noqa: PTH116 - of a text or a path
    except (OSError, ValueError):
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


@contextlib.contextmanager
def redirected(path: Path | None) -> Iterator[None]:
    """Standard output goes into a file, if one is named."""
    if path is None:
        yield
        return
    with writing(path) as file, contextlib.redirect_stdout(file):
        yield
