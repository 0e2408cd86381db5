"""The progress bar: one line on standard error while work is long and somebody watches."""

from __future__ import annotations

import os
import sys
import threading
import time
from types import TracebackType
from typing import Final, Protocol, Self

from aidisclose.cli import messages, terminal

#: Work shorter than this needs no bar.
_DELAY: Final = 1.0
_INTERVAL: Final = 0.1
_WIDTH: Final = 20
_ERASE: Final = "\r\x1b[K"


class Meter(Protocol):
    """Counts bytes that are done."""

    @property
    def value(self) -> int:
        """Bytes done so far."""

    def add(self, count: int) -> None:
        """Count further bytes."""


class LocalMeter:
    """A meter for one process."""

    def __init__(self) -> None:
        self.value = 0

    def add(self, count: int) -> None:
        """See `Meter.add`."""
        self.value += count


class Bar:
    """Shows how far a meter is, and lets text pass without tearing either.

    Arguments:
        meter: What is shown.
        total: Bytes to be done; without any, and where nobody watches, nothing is shown.
        files: Files to be done; their number is shown if there are several.

    Attributes:
        done: Files that are done.
    """

    def __init__(self, meter: Meter, total: int, files: int = 1) -> None:
        self.done = 0
        self._files = files
        self._meter = meter
        self._total = total
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._drawn = False
        self._start = time.monotonic()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._total and terminal.is_terminal(sys.stderr) and not terminal.is_dumb():
            self._thread = threading.Thread(target=self._run, name="aidisclose-bar", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        if self._thread:
            self._thread.join()
        self._erase()

    def write(self, text: str, message: str = "") -> None:
        """Data to standard output, and a message to standard error."""
        with self._lock:
            self._erase()
            terminal.write(text)
            if message:
                messages.tell(message)

    def _run(self) -> None:
        if self._done.wait(_DELAY):
            return
        while not self._done.wait(_INTERVAL):
            with self._lock:
                sys.stderr.write(_ERASE + self._line())
                sys.stderr.flush()
                self._drawn = True

    def _erase(self) -> None:
        if self._drawn:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()
            self._drawn = False

    def _line(self) -> str:
        line = describe(self._meter.value, self._total, time.monotonic() - self._start)
        if self._files > 1:
            line = f"{self.done:,} of {self._files:,} files {line}"
        columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80  # 0 where it is not known
        return line[: columns - 1]


def describe(done: int, total: int, seconds: float) -> str:
    """The progress, the rate, and the time that is left."""
    share = min(1.0, done / total)
    filled = round(share * _WIDTH)
    rate = done / seconds if seconds else 0.0
    left = _duration((total - done) / rate) if rate and done < total else "…"
    shape = "━" * filled + "·" * (_WIDTH - filled)
    return f"{share:4.0%} {shape} {size(done)} of {size(total)}, {size(int(rate))}/s, {left} left"


def size(count: int) -> str:
    """A number of bytes for a person: `820 MB`."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.3g} {unit}" if amount < 100 else f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def _duration(seconds: float) -> str:
    whole = min(round(seconds), 359_999)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
