"""Cards: a frame with a title, in the colour of what is said in it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from aidisclose.render.renderer import Run
from aidisclose.render.terminal import canvas, links
from aidisclose.render.terminal.wrapping import WrappedText


def frame(title: Text, shown: RenderableType, colour: str, run: Run) -> str:
    """A card; a title that is too long is cut."""
    title.truncate(canvas.screen_of(run).width - 8, overflow="ellipsis")
    box = canvas.border(run)
    return canvas.draw(
        Panel(shown, title=title, title_align="left", border_style=colour, box=box), run
    )


def grid(rows: Sequence[tuple[str | Text, str | Text]]) -> Table:
    """Names and what they stand for."""
    drawn = Table.grid(padding=(0, 2, 0, 0))
    drawn.add_column(no_wrap=True, style="dim")
    drawn.add_column(overflow="fold")
    for name, value in rows:
        drawn.add_row(_shown(name), _shown(value))
    return drawn


def _shown(value: str | Text) -> Text:
    return value if isinstance(value, Text) else links.add(canvas.text(value))


def rows(head: Sequence[str], cells: Sequence[Sequence[str]], run: Run) -> RenderableType:
    """A table; where the terminal is narrow, each row is a card of two lines.

    Arguments:
        head: Names of the columns.
        cells: The rows. In a card, the first two cells stand in the first line.
        run: The run that it is drawn for.
    """
    if canvas.screen_of(run).width < canvas.WIDE:
        widest = max((len(row[0]) for row in cells), default=0)
        return Group(*(_card(row, widest) for row in cells))
    drawn = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for number, name in enumerate(head):
        drawn.add_column(canvas.text(name), overflow="fold", no_wrap=not number)
    for row in cells:
        drawn.add_row(_shown(canvas.text(row[0], "bold")), *map(_shown, row[1:]))
    return drawn


def _card(row: Sequence[str], widest: int) -> RenderableType:
    first = canvas.text(f"{row[0]:<{widest}}  ", "bold")
    first.append_text(_shown(row[1]))
    rest = WrappedText("", "dim", overflow="fold")
    for number, cell in enumerate(each for each in row[2:] if each not in ("", "–")):
        rest.append(" · " if number else "")
        rest.append_text(_shown(cell))
    return Group(first, Padding(rest, (0, 0, 0, 2)))
