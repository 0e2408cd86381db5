"""Where a command's data goes: to standard output, or into a file that appears when it is whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from aidisclose.cli.interrupts import Interrupted


@contextlib.contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """A text file that replaces `path` when the block ends, also when it is interrupted.

    What was done until then is true, so it is kept; after an error, `path` is as before.

    Raises:
        OSError: It cannot be written.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            try:
                yield file
            except Interrupted:
                _publish(file, temporary, path)
                raise
            _publish(file, temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _publish(file: TextIO, temporary: Path, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    mask = os.umask(0)
    os.umask(mask)
    temporary.chmod(0o666 & ~mask)
    temporary.replace(path)


@contextlib.contextmanager
def redirected(path: Path | None) -> Iterator[None]:
    """Standard output goes into a file, if one is named."""
    if path is None:
        yield
        return
    with writing(path) as file, contextlib.redirect_stdout(file):
        yield
