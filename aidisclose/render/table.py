"""Aligned columns."""

from __future__ import annotations

from collections.abc import Sequence

from aidisclose.render.safe import clean
from aidisclose.render.style import Style


def render(head: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> str:
    """Lines with the cells of each column below one another, two spaces apart."""
    cells = [[clean(cell, None) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    lines[0] = style.paint(lines[0], "bold")
    return "".join(f"{line}\n" for line in lines)
