"""The output of a command: standard output, or a file that appears when it is whole."""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TextIO

import click

from aidisclose.cli.files import File
from aidisclose.cli.interrupts import Interrupted
from aidisclose.containers import sidecar
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
    """Raise UsageError if an output would take the place of a file that is read, or of another one.

    Arguments:
        found: The files that are looked at, in which or beside which credentials are.
        outputs: The paths of outputs, by the option that names them.
    """
    _refuse_twice(outputs)
    taken = {identity: name for name, path in outputs.items() if (identity := _identity(path))}
    # Nearly always there is none yet: then no file is asked for.
    for file in found if taken else ():
        for path in (file.path, *file.fragments, *sidecar.names(file.path)):
            identity = _identity(path)
            if identity is not None and (name := taken.get(identity)):
                raise click.UsageError(f"{name} would change {path}, a file that is looked at")


def _refuse_twice(outputs: Mapping[str, Path | None]) -> None:
    """Raise UsageError if two outputs have one place: only the last would be there."""
    known: dict[str, str] = {}
    for name, path in outputs.items():
        # A device or a pipe takes what both write.
        if path is None or "://" in os.fspath(path) or (path.exists() and not path.is_file()):
            continue
        other = known.setdefault(os.path.realpath(path), name)
        if other != name:
            raise click.UsageError(f"{other} and {name} would both write {path}")


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
