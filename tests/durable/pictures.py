"""Pictures with content, made by code."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw


def scene(seed: int, size: tuple[int, int] = (480, 360)) -> Image.Image:
    """A picture of shapes that differs from that of another seed."""
    chance = random.Random(seed)
    picture = Image.new("RGB", size, tuple(chance.randrange(256) for _ in range(3)))
    draw = ImageDraw.Draw(picture)
    for number in range(60):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        width, height = (chance.randrange(20, side // 2) for side in size)
        colour = tuple(chance.randrange(256) for _ in range(3))
        shape = draw.ellipse if number % 2 else draw.rectangle
        shape((x - width // 2, y - height // 2, x + width // 2, y + height // 2), fill=colour)
    return picture


def encoded(picture: Image.Image, form: str = "PNG", **options: int) -> bytes:
    """The picture as a file."""
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()
