"""Aligned columns; on a terminal they fold their text."""

from __future__ import annotations

from collections.abc import Sequence

from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean


def render(head: Sequence[str], rows: Sequence[Sequence[str]], run: Run) -> str:
    """Lines with the cells of each column below one another, two spaces apart."""
    if run.screen is not None:
        from aidisclose.render.terminal import reflow

        return reflow.table(head, rows, run)
    cells = [[clean(cell, None) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    lines[0] = run.style.paint(lines[0], "bold")
    return "".join(f"{line}\n" for line in lines)
