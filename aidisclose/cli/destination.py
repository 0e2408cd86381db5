"""The output of a command: standard output, or a file that appears when it is whole."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from aidisclose.cli.interrupts import Interrupted
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


@contextlib.contextmanager
def redirected(path: Path | None) -> Iterator[None]:
    """Standard output goes into a file, if one is named."""
    if path is None:
        yield
        return
    with writing(path) as file, contextlib.redirect_stdout(file):
        yield
