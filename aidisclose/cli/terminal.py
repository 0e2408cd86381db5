"""What this process runs in: its terminal, its standard output."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

from aidisclose.errors import AidiscloseError
from aidisclose.render.style import PLAIN, Style


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees what is written there, as it is written."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def style(stream: TextIO | None) -> Style:
    """Colours where they are wanted: on a terminal that knows them (https://no-color.org)."""
    wanted = not (os.environ.get("NO_COLOR") or is_dumb())
    return Style(colour=True) if wanted and is_terminal(stream) else PLAIN


def obey_escapes() -> None:
    """Let the consoles of Windows obey escape sequences, which all other terminals do unasked."""
    if sys.platform != "win32":
        return
    import ctypes

    kernel = ctypes.windll.kernel32
    mode = ctypes.c_ulong()
    for number in (-11, -12):  # standard output, standard error
        handle = kernel.GetStdHandle(number)
        if kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            kernel.SetConsoleMode(handle, mode.value | 0x0004)


def write(text: str) -> None:
    """Data to standard output, at once: who reads along sees results as they come.

    Raises:
        BrokenPipeError: Nobody reads it any more.
        AidiscloseError: It cannot be written.
    """
    if not text or sys.stdout is None:
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AidiscloseError(f"standard output cannot be written: {error.strerror}") from None


def flush() -> None:
    """Write out what is left, as far as anybody reads it."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or None
            stream.flush()


def is_dumb() -> bool:
    """Whether the terminal cannot go back in a line."""
    return os.environ.get("TERM") == "dumb"
