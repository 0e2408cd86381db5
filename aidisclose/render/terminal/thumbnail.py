"""A small picture in half blocks: two pixels a character."""

from __future__ import annotations

import os
import warnings
from typing import Final

from rich.text import Text

from aidisclose.render.renderer import Run
from aidisclose.render.terminal import canvas

_COLUMNS: Final = 24
_ROWS: Final = 12
#: Columns of a terminal that leave room for the answers beside it.
_WIDE: Final = 80
#: Larger files and pictures are not decoded for an ornament; a pixel takes up to 7 bytes meanwhile.
_BYTES: Final = 32 * 1024 * 1024
_PIXELS: Final = 16_000_000
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def blocks(path: str, run: Run) -> Text | None:
    """The picture in a file; None where colours or width do not allow it, or if it is not one."""
    screen = canvas.screen_of(run)
    if not (run.style.colour and screen.has_true_colour) or screen.is_ascii:
        return None
    if screen.width < _WIDE:
        return None
    from PIL import Image, ImageOps

    try:
        if not os.path.isfile(path) or os.path.getsize(path) > _BYTES:  # noqa: PTH113, PTH202 - a str
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_FORMATS) as opened:
                if opened.width * opened.height > _PIXELS:
                    return None
                opened.draft("RGB", (_COLUMNS * 8, _ROWS * 16))
                # Cameras that are held upright say so in Exif, and leave the pixels lying.
                small = ImageOps.exif_transpose(opened).convert("RGB")
                small.thumbnail((_COLUMNS, _ROWS * 2))
    except Exception:
        return None
    drawn = Text()
    width, height = small.size
    pixels = small.tobytes()
    for top in range(0, height - 1, 2):
        for column in range(width):
            upper, lower = ((row * width + column) * 3 for row in (top, top + 1))
            colours = (pixels[at : at + 3] for at in (upper, lower))
            front, back = (f"rgb({rgb[0]},{rgb[1]},{rgb[2]})" for rgb in colours)
            drawn.append("▀", f"{front} on {back}")
        drawn.append("\n")
    drawn.rstrip()
    return drawn
