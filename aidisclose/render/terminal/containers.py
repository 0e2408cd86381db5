"""`formats` at a terminal."""

from __future__ import annotations

from aidisclose.render import containers as plain
from aidisclose.render.renderer import Run
from aidisclose.render.terminal import canvas, card


def text(run: Run) -> str:
    """A table of all formats."""
    return canvas.draw(card.rows(plain.HEAD, plain.rows(), run), run)
