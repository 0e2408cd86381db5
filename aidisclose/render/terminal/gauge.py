"""Progress at a terminal: files and bytes, the files in work, and the server that is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from aidisclose.named import NamedTuple
from aidisclose.render.renderer import Activity, Run
from aidisclose.render.terminal import canvas

#: Columns of the bar of everything, and of that of one file.
_BAR: Final = 20
_SMALL_BAR: Final = 12
#: Files in work that are shown: as many as leave most of a terminal to the results.
_SHOWN: Final = 8
#: Bytes of a file that gets a bar of its own.
LARGE: Final = 8 * 1024 * 1024

_FRAMES: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_FRAMES: Final = "|/-\\"


class Gauge(NamedTuple):
    """The progress of all files.

    Attributes:
        done: Bytes that are done.
        total: Bytes to be done; 0 if that is not known.
        files_done: Files that are done.
        files: Files to be done.
        seconds: Since the beginning.
        activities: The work that is being done.
    """

    done: int
    total: int
    files_done: int
    files: int
    seconds: float
    activities: Sequence[Activity] = ()


def draw(gauge: Gauge, run: Run) -> str:
    """The lines that show it, each narrower than the terminal."""
    parts: list[RenderableType] = [_overall(gauge)]
    several = len(gauge.activities) > 1
    for each in [each for each in gauge.activities if each.file or each.host][:_SHOWN]:
        if each.host:
            parts.append(waiting(each.host, gauge.seconds, run, about=each.file))
        elif several and each.size < LARGE:
            continue  # many small files: the count says enough
        else:
            parts.append(_file(each, has_bar=several))
    return canvas.draw(Group(*parts), run)


def waiting(host: str, seconds: float, run: Run, *, about: str = "") -> Text:
    """A line about the server that is waited for."""
    frames = _ASCII_FRAMES if canvas.screen_of(run).is_ascii else _FRAMES
    line = canvas.text(f"{frames[int(seconds * 10) % len(frames)]} waiting for {host}", "cyan")
    if about:
        line.append_text(canvas.text(f"  {about}", "dim"))
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _overall(gauge: Gauge) -> Table:
    """`412 of 2,040 files ━━━━━━━━╸─── 1.2 GB of 3.2 GB, 116 MB/s, 0:19 left`."""
    row = Table.grid(padding=(0, 1, 0, 0))
    cells: list[RenderableType] = []
    if gauge.files > 1:
        cells.append(Text(f"{gauge.files_done:,} of {gauge.files:,} files", no_wrap=True))
    if gauge.total:
        cells.append(ProgressBar(gauge.total, min(gauge.done, gauge.total), width=_BAR))
        cells.append(Text(describe(gauge.done, gauge.total, gauge.seconds), no_wrap=True))
    elif gauge.files > 1:
        cells.append(ProgressBar(gauge.files, gauge.files_done, width=_BAR))
    row.add_row(*cells)
    return row


def _file(each: Activity, *, has_bar: bool) -> RenderableType:
    name = canvas.text(f"  {each.file}", "dim")
    name.no_wrap, name.overflow = True, "ellipsis"
    if not has_bar:
        return name
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(ratio=1)
    row.add_column(width=_SMALL_BAR)
    row.add_column(width=5, justify="right")
    row.expand = True
    share = min(1.0, each.done / each.size) if each.size else 0.0
    row.add_row(name, ProgressBar(1.0, share, width=_SMALL_BAR), Text(f"{share:.0%}"))
    return row


def describe(done: int, total: int, seconds: float) -> str:
    """The bytes, the rate, and the time that is left."""
    if done >= total:
        return size(total)
    rate = done / seconds if seconds else 0.0
    left = _duration((total - done) / rate) if rate else "…"
    return f"{size(done)} of {size(total)}, {size(int(rate))}/s, {left} left"


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
