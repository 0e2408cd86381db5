"""Interruption by signals: the work in hand is undone, and what was done is said."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Final

from aidisclose.cli.exits import Exit

_EXITS: Final = {
    name: code
    for name, code in (
        ("SIGINT", Exit.INTERRUPTED),
        ("SIGBREAK", Exit.INTERRUPTED),  # Windows
        ("SIGTERM", Exit.TERMINATED),
        ("SIGHUP", Exit.HUNG_UP),
    )
    if hasattr(signal, name)
}

#: The exit code of the first signal that came.
_came: Exit | None = None
_holding = 0


class Interrupted(BaseException):
    """A signal ended the run; passes through everything, so that all files are cleaned up.

    Attributes:
        code: The exit code of the process.
        done: The progress of the run until then, for a person.
    """

    def __init__(self, code: Exit) -> None:
        super().__init__(code)
        self.code = code
        self.done = ""


def catch() -> None:
    """From now on, signals that end a program raise `Interrupted`, once."""
    for name in _EXITS:
        number = getattr(signal, name)
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _interrupt)
    sys.unraisablehook = _report


def _report(lost: sys.UnraisableHookArgs) -> None:
    """Report an exception that Python cannot raise; `check` raises an interruption again."""
    if not isinstance(lost.exc_value, Interrupted):
        sys.__unraisablehook__(lost)


def catch_from_parent() -> None:
    """In a process that works for another one: only SIGTERM, by which the other one ends it.

    The terminal sends the other signals to both. What the other one knew of signals is forgotten.
    """
    global _came, _holding
    _came, _holding = None, 0
    for name in _EXITS:
        signal.signal(getattr(signal, name), _interrupt if name == "SIGTERM" else signal.SIG_IGN)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    # A second signal must not break the cleaning up. The handler stays: Python reports an error if
    # it is taken away while a signal waits for it.
    global _came
    if _came is None:
        _came = _EXITS[signal.Signals(number).name]
        if not _holding:
            raise Interrupted(_came)


def check() -> None:
    """Raise `Interrupted` if a signal has come.

    Its own exception is lost where Python calls a finalizer, or a function for a library in C, and
    becomes another one where it makes a class (`__set_name__`, before Python 3.12).
    """
    if _came is not None:
        raise Interrupted(_came)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Signals wait for the end of the block, which is done as a whole or not at all."""
    global _holding
    before = _came
    _holding += 1
    try:
        yield
    finally:
        _holding -= 1
    if before is None:
        check()
