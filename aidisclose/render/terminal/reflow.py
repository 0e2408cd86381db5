"""Plain output fitted to the terminal: tables by columns, trees and lists with hanging indents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aidisclose.render.renderer import Renderer, Run
from aidisclose.render.terminal import canvas, card, links
from aidisclose.render.terminal.wrapping import WrappedText

#: What a line of a tree or list begins with; its further lines stand below what follows.
_INDENT: Final = re.compile(
    r"aidisclose: |[a-z]+(?: [a-z]+)? {2,}"  # a message, an outcome
    r"| {2}(?:\S+(?: \S+){0,2} {2,}|[+?-] )"  # a name, and its value in the next column; a sign
    r"|[│├└─┌ ]*(?:(?:pass|fail|warn|undetermined|not-applicable|kept|lost)\s+)?"
)
#: Columns that a line needs beside what it begins with.
_NARROW: Final = 12
#: What of an opening is not drawn again beside the lines that follow.
_WORDS: Final = re.compile(r"[^│ ]")


def lines(output: str, run: Run) -> str:
    """Text that was written for a pipe, each line wrapped with a hanging indent.

    Colours that are in it stay; what is known in it becomes links.
    """
    drawn: list[RenderableType] = []
    for line in output.splitlines():
        found = links.add(Text.from_ansi(line))
        opening = _INDENT.match(found.plain)
        indent = len(opening[0]) if opening else 0
        width = canvas.screen_of(run).width
        if cell_len(found.plain) < width or not indent or width - indent < _NARROW:
            drawn.append(WrappedText(overflow="fold").append_text(found))
            continue
        head, rest = found[:indent], WrappedText().append_text(found[indent:])
        guide = _WORDS.sub(" ", head.plain.replace("├─", "│ ").replace("└─", "  "))
        row = Table.grid()
        row.add_column(width=indent, no_wrap=True)
        row.add_column(overflow="fold")
        wrapped = rest.wrap(canvas.console(run), width - indent)
        for number, part in enumerate(wrapped):
            row.add_row(head if not number else Text(guide), part)
        drawn.append(row)
    return canvas.draw(Group(*drawn), run) if drawn else ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]], run: Run) -> str:
    """Aligned columns, folded between words; where not even these fit, each row as a card."""
    width = canvas.screen_of(run).width
    if _least(rows) > width:
        return canvas.draw(card.rows(head, rows, run), run)
    has_room = _least(rows, folds_first=False) <= width
    drawn = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for number, name in enumerate(head):
        is_whole = number == 0 and len(rows) > 0 and has_room
        drawn.add_column(canvas.text(name), overflow="fold", no_wrap=is_whole)
    for row in rows:
        drawn.add_row(*(canvas.text(cell) for cell in row))
    return canvas.draw(Padding(drawn, 0), run)


def _least(rows: Sequence[Sequence[str]], *, folds_first: bool = True) -> int:
    """The width of a table in which no word is cut."""
    least = 0
    for number, column in enumerate(zip(*rows, strict=True)):
        folds = folds_first or number > 0
        words = [word for cell in column for word in (cell.split() if folds else [cell])]
        least += max(map(cell_len, words), default=0) + 2
    return least - 2


def renderer(plain: Renderer[Any]) -> Renderer[Any]:
    """A renderer whose output is fitted to the terminal."""

    def begin(run: Run) -> str:
        return lines(plain.begin(run), run)

    def result(value: Any, run: Run) -> str:
        return lines(plain.result(value, run), run)

    def end(counts: Mapping[str, int], run: Run) -> str:
        return lines(plain.end(counts, run), run)

    return Renderer(begin=begin, result=result, end=end, separator=plain.separator)


def fitted(write: Callable[..., str]) -> Callable[..., str]:
    """A writer whose output is fitted to the terminal; its last argument is the run."""

    def written(*arguments: Any) -> str:
        return lines(write(*arguments), arguments[-1])

    return written
