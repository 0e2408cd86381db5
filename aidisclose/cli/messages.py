"""Messages on standard error: one line, `aidisclose: what: why; what to do`."""

from __future__ import annotations

import errno
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean

#: The end of a message about an output that is not replaced.
EXISTS: Final = "it exists already; --force replaces it"
#: What a user can do about what the operating system refuses.
_ADVICE: Final = {
    errno.EEXIST: EXISTS,
    errno.ENOSPC: "no space left on the device; nothing was written",
    errno.EDQUOT: "disk quota exceeded; nothing was written",
    errno.EFBIG: "larger than files may be here; nothing was written",
    errno.EROFS: "the file system is read-only; choose another place",
}

#: Characters of the longest path of Linux, and those that are shown of a longer one.
_LONGEST: Final = 4096
_SHOWN: Final = 200

_is_traced = False


def line(*parts: object) -> str:
    """One line in our form, from parts of which any may hold untrusted text, however long."""
    # Cleaned as a whole, so that no caller can forget a part.
    return f"aidisclose: {clean(': '.join(_cut(str(part)) for part in parts), None)}"


def _cut(part: str) -> str:
    """A part, or its start if it is longer than any path: a list of files may name megabytes."""
    return part if len(part) <= _LONGEST else f"{part[:_SHOWN]}… ({len(part):,} characters)"


def tell(text: str) -> None:
    """Print lines on standard error, if there is one; fitted to its terminal."""
    if sys.stderr is not None:
        print(_fitted(text), file=sys.stderr)


def _fitted(text: str) -> str:
    """The lines, wrapped where a terminal would cut words."""
    from aidisclose.cli import terminal

    # Only if it is a terminal: logs of continuous integration are read line by line.
    screen = terminal.screen(sys.stderr)
    cells = 1 if text.isascii() else 2  # of a character, at most
    if screen is None or all(cells * len(each) < screen.width for each in text.split("\n")):
        return text
    from aidisclose.render.terminal import reflow

    run = Run(datetime.now(UTC), terminal.style(sys.stderr), screen=screen)
    return reflow.lines(text, run).removesuffix("\n")


def subject(error: BaseException) -> str:
    """The file that an error is about, as it was opened; empty if none is known.

    Temporary files of ours are none: they stand for another one, which whoever catches it knows.
    """
    if not isinstance(error, OSError):
        return getattr(error, "file", None) or ""
    from aidisclose.io import temporary

    name = error.filename
    return name if isinstance(name, str) and not temporary.is_temporary(name) else ""


def place(error: OSError) -> str:
    """The same, or the folder of a temporary file."""
    from aidisclose.io import temporary

    name = error.filename
    if isinstance(name, str) and temporary.is_temporary(name):
        return str(Path(name).parent)
    return subject(error)


def why(error: BaseException) -> str:
    """The reason in an expected error, for one line."""
    # An OSError that was raised by hand has a text and no number.
    if not isinstance(error, OSError) or error.errno is None:
        return str(error)
    if error.errno == errno.ENOENT and _lacks_folder(error.filename):
        return "the folder that it is in does not exist"
    reason = error.strerror or "unknown error"
    return _ADVICE.get(error.errno, reason[:1].lower() + reason[1:])


def _lacks_folder(name: object) -> bool:
    """Whether it is the folder of a file that does not exist."""
    if not isinstance(name, str) or "://" in name or "\0" in name:
        return False
    return not Path(name).parent.exists()


def bug(error: BaseException) -> str:
    """The line about an error that should not be possible, with where it came from."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown place"
    what = f"{type(error).__name__} at {place}: {error}"
    return f"internal error: {what}; please report this line"


def trace_bugs(*, wanted: bool) -> None:
    """Choose whether `trace` says anything in this process, and in those that are forked of it."""
    global _is_traced
    _is_traced = wanted


def trace(error: BaseException) -> None:
    """Print the calls that led to an internal error, if somebody wants to report it."""
    if not _is_traced:
        return
    import traceback

    for part in traceback.format_exception(error):
        for each in part.splitlines():
            tell(clean(each, None))
