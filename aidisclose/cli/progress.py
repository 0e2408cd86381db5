"""Progress: some lines on standard error while work is long and somebody watches.

What is drawn, and the library that draws it, is loaded when the first second has passed.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self

from aidisclose.cli import messages, terminal
from aidisclose.render.renderer import Activity

if TYPE_CHECKING:
    from aidisclose.render.renderer import Run

#: Work and waits shorter than this are not shown.
_DELAY: Final = 1.0
_PATIENCE: Final = 0.5
_INTERVAL: Final = 0.1


class Meter(Protocol):
    """Counts bytes that are done."""

    @property
    def value(self) -> int:
        """Bytes done so far."""

    @property
    def activities(self) -> Sequence[Activity]:
        """The work of each process."""

    def begin(self, file: str, size: int) -> None:
        """A file is in work from now on."""

    def add(self, count: int) -> None:
        """Count further bytes."""

    def wait(self, host: str) -> None:
        """A server is waited for; none any more if the name is empty."""


class LocalMeter:
    """A meter for one process."""

    def __init__(self) -> None:
        self.value = 0
        self.activities: Sequence[Activity] = (Activity(),)

    def begin(self, file: str, size: int) -> None:
        """See `Meter.begin`."""
        self.activities = (Activity(file, size),)

    def add(self, count: int) -> None:
        """See `Meter.add`."""
        self.value += count
        [now] = self.activities
        self.activities = (now._replace(done=now.done + count),)

    def wait(self, host: str) -> None:
        """See `Meter.wait`."""
        [now] = self.activities
        self.activities = (now._replace(host=host),)


class _Drawing:
    """Lines at the bottom of the terminal, drawn by a thread again and again.

    Arguments:
        lines: The text to draw, given how long it has been going on.
        delay: Seconds before it is drawn at all.
    """

    def __init__(self, lines: Callable[[float, Run], str], delay: float) -> None:
        self.lock = threading.Lock()
        self.was_shown = False
        self.start = time.monotonic()
        self._lines = lines
        self._delay = delay
        self._done = threading.Event()
        self._height = 0
        self._thread = threading.Thread(target=self._run, name="aidisclose-bar", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Draw no more, and leave nothing behind."""
        self._done.set()
        self._thread.join()
        with self.lock:
            self.erase()

    def erase(self) -> None:
        """Take the lines away; the caller has the lock."""
        if self._height:
            # Up to the start of the first line, and all below cleared (ECMA-48: CPL, ED).
            sys.stderr.write(f"\x1b[{self._height}F\x1b[J")
            sys.stderr.flush()
            self._height = 0

    def _run(self) -> None:
        if self._done.wait(self._delay):
            return
        while not self._done.wait(_INTERVAL):
            screen = terminal.screen(sys.stderr)
            if screen is None:
                return
            from aidisclose.render.renderer import Run

            # One column less: some terminals wrap a line that is full.
            screen = screen._replace(width=screen.width - 1)
            run = Run(datetime.now(UTC), terminal.style(sys.stderr), screen=screen)
            text = self._lines(time.monotonic() - self.start, run)
            with self.lock:
                if self._done.is_set():
                    return
                self.erase()
                sys.stderr.write(text)
                sys.stderr.flush()
                self._height = text.count("\n")
                self.was_shown = True


class Bar:
    """Shows how far a meter is, and lets text pass without tearing either.

    Arguments:
        meter: The meter that is shown.
        total: Bytes to be done; 0 if that is not known. Where nobody watches, nothing is shown.
        files: Files to be done; their number is shown if there are several.

    Attributes:
        done: Files that are done.
    """

    def __init__(self, meter: Meter, total: int, files: int = 1) -> None:
        self.done = 0
        self._files = files
        self._meter = meter
        self._total = total
        self._drawing: _Drawing | None = None

    def __enter__(self) -> Self:
        if _is_watched() and (self._files or self._total):
            from aidisclose.io import waiting

            self._before = waiting.listen(self._meter.wait)
            self._drawing = _Drawing(self._lines, _DELAY)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        drawing, self._drawing = self._drawing, None
        if drawing is None:
            return
        from aidisclose.io import waiting

        waiting.listen(self._before)
        drawing.end()
        if drawing.was_shown and kind is None and self._files > 1:
            messages.tell(messages.line(f"done in {_spoken(time.monotonic() - drawing.start)}"))

    def write(self, text: str, message: str = "") -> None:
        """Data to standard output, and a message to standard error."""
        drawing = self._drawing
        if drawing is None:
            terminal.write(text)
            if message:
                messages.tell(message)
            return
        with drawing.lock:
            if text or message:
                drawing.erase()
            terminal.write(text)
            if message:
                messages.tell(message)

    def _lines(self, seconds: float, run: Run) -> str:
        from aidisclose.render.terminal import gauge

        meter = self._meter
        return gauge.draw(
            gauge.Gauge(
                meter.value, self._total, self.done, self._files, seconds, meter.activities
            ),
            run,
        )


class _Waits:
    """Shows which server is waited for outside of any bar, such as one with a trust list."""

    def __init__(self) -> None:
        self._drawing: _Drawing | None = None

    def __call__(self, host: str) -> None:
        """See `waiting.Listener`."""
        # Another thread, such as of a service, has no terminal to itself.
        if threading.current_thread() is not threading.main_thread():
            return
        if self._drawing is not None:
            self._drawing.end()
            self._drawing = None
        if host:
            self._drawing = _Drawing(lambda seconds, run: _waiting(host, seconds, run), _PATIENCE)


def _waiting(host: str, seconds: float, run: Run) -> str:
    from aidisclose.render.terminal import canvas, gauge

    return canvas.draw(gauge.waiting(host, seconds, run), run)


def show_waits() -> None:
    """Show from now on which server is waited for, if somebody watches."""
    if _is_watched():
        from aidisclose.io import waiting

        waiting.listen(_Waits())


def _is_watched() -> bool:
    return terminal.is_terminal(sys.stderr) and not terminal.is_dumb()


def _spoken(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest} s" if minutes else f"{seconds:.1f} s"
