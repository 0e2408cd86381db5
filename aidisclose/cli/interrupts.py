"""Being interrupted: the work in hand is undone, and what was done is said."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Final

from aidisclose.cli.exits import Exit

_EXITS: Final = {
    name: code
    for name, code in (
        ("SIGINT", Exit.INTERRUPTED),
        ("SIGTERM", Exit.TERMINATED),
        ("SIGHUP", Exit.HUNG_UP),
    )
    if hasattr(signal, name)
}


class Interrupted(BaseException):
    """A signal ended the run; passes through everything, so that all files are cleaned up.

    Attributes:
        code: What the process returns.
        done: How far the run came, for a person.
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


def _interrupt(number: int, _frame: FrameType | None) -> None:
    for name in _EXITS:  # a second one must not break the cleaning up
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    raise Interrupted(_EXITS[signal.Signals(number).name])


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Signals wait for the end of the block, which is done as a whole or not at all."""
    numbers = [getattr(signal, name) for name in _EXITS]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
