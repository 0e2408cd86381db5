"""The surroundings of this process: its terminal, its standard output."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
from datetime import datetime
from enum import StrEnum
from time import monotonic
from typing import Final, TextIO

import click

from aidisclose.errors import AidiscloseError
from aidisclose.render.renderer import Run, Screen
from aidisclose.render.safe import ASCII
from aidisclose.render.style import PLAIN, Style

#: Columns of a terminal that does not say, and that a variable may say.
_WIDTH: Final = 80
_WIDEST: Final = 1_000


#: How a stream writes what its encoding lacks: lines and marks of ours by what looks like them.
PLAIN_ERRORS: Final = "aidisclose.plain"


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    # One character at a time: the rest of what could not be written comes back here.
    if (known := ASCII.get(ord(error.object[error.start]))) is not None:
        return known, error.start + 1
    escaped, _ = codecs.backslashreplace_errors(
        UnicodeEncodeError(error.encoding, error.object, error.start, error.start + 1, error.reason)
    )
    return escaped, error.start + 1


codecs.register_error(PLAIN_ERRORS, _plain)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees what is written there, as it is written."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


class Colour(StrEnum):
    """The choice of coloured output."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def style(stream: TextIO | None) -> Style:
    """Colours where they are wanted.

    `--color` decides, else NO_COLOR (https://no-color.org), FORCE_COLOR and CLICOLOR_FORCE; without
    any of them, whether the stream is a terminal that knows colours.
    """
    chosen = _chosen()
    if chosen is Colour.AUTO and os.environ.get("NO_COLOR"):
        chosen = Colour.NEVER
    elif chosen is Colour.AUTO and any(map(_is_set, ("FORCE_COLOR", "CLICOLOR_FORCE"))):
        chosen = Colour.ALWAYS
    if chosen is not Colour.AUTO:
        return Style(colour=True) if chosen is Colour.ALWAYS else PLAIN
    return Style(colour=True) if is_terminal(stream) and not is_dumb() else PLAIN


def _is_set(name: str) -> bool:
    return os.environ.get(name, "0") not in ("", "0")


def _chosen() -> Colour:
    """The value of `--color`."""
    context = click.get_current_context(silent=True)
    named = context.find_root().params.get("color") if context else None
    return Colour(named) if named else Colour.AUTO


def screen(stream: TextIO | None) -> Screen | None:
    """The terminal that a stream goes to; None if it goes elsewhere."""
    if stream is None or is_dumb() or not is_terminal(stream):
        return None
    try:
        width = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        width = 0
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and 0 < int(named) < _WIDEST:
        width = int(named)
    encoding = (getattr(stream, "encoding", "") or "ascii").lower().replace("-", "")
    return Screen(
        width=width or _WIDTH,
        is_ascii=not encoding.startswith("utf"),
        has_true_colour=os.environ.get("COLORTERM", "") in ("truecolor", "24bit"),
    )


def run(
    time: datetime,
    shown: frozenset[str] = frozenset(),
    *,
    is_standard: bool = True,
    language: str = "en",
    depth: int | None = None,
) -> Run:
    """The common facts that renderers are given.

    Arguments:
        time: The time that counts as now.
        shown: Outcomes of rules that are listed besides failures and warnings.
        is_standard: Whether the output goes to standard output, and not into a file.
        language: Code of the language of a page.
        depth: Generations of manifests that `inspect` unfolds; None unfolds all.
    """
    stream = sys.stdout if is_standard else None
    colours = style(stream) if is_standard else PLAIN
    return Run(time, colours, shown, screen(stream), language, depth, monotonic())


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
            # ENABLE_VIRTUAL_TERMINAL_PROCESSING, since Windows 10.
            kernel.SetConsoleMode(handle, mode.value | 0x0004)


def write(text: str) -> None:
    """Data to standard output, at once: who reads along sees results as they come.

    Raises:
        BrokenPipeError: Nobody reads it any more.
        AidiscloseError: It cannot be written.
        OSError: A file in its place cannot be written.
    """
    if not text or sys.stdout is None:
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is not None:  # a file in its place
            raise
        raise AidiscloseError(f"standard output cannot be written: {error.strerror}") from None


def flush() -> None:
    """Write out what is left, as far as anybody reads it."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or None
            stream.flush()


def is_dumb() -> bool:
    """Whether the terminal cannot go back in a line."""
    # As in the shell of Emacs.
    return os.environ.get("TERM") == "dumb"
