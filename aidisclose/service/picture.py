"""Small pictures for a page, decoded and written anew: no byte of a file reaches a browser."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, Final

from aidisclose import limits
from aidisclose.errors import Malformed
from aidisclose.manifest.lineage import Believed
from aidisclose.manifest.store import EmbeddedFile
from aidisclose.service.answers import Picture

#: No SVG, which can hold scripts, and nothing that another program decodes.
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY: Final = 80
_THUMBNAIL: Final = "c2pa.thumbnail."


def pictures(file: BinaryIO, believed: Believed | None) -> Iterator[Picture]:
    """The file itself if it is a picture, and the thumbnails that its signature covers."""
    if (shown := shrink(file, "file")) is not None:
        yield shown
    if believed is not None:
        yield from islice(_thumbnails(believed), limits.THUMBNAILS)


def _thumbnails(believed: Believed) -> Iterator[Picture]:
    for assertion in believed.assertions:
        if not assertion.label.startswith(_THUMBNAIL):
            continue
        try:
            embedded = assertion.data
        except Malformed:
            continue
        content = embedded.content if isinstance(embedded, EmbeddedFile) else embedded
        shows = "ingredient" if "ingredient" in assertion.label else "claim"
        if isinstance(content, bytes) and (found := shrink(io.BytesIO(content), shows)):
            yield found


def shrink(file: BinaryIO, shows: str) -> Picture | None:
    """A picture small enough for a page; None if it cannot be decoded or is too large.

    Arguments:
        file: The picture.
        shows: As `Picture.shows`.
    """
    from PIL import Image, ImageOps

    side = limits.THUMBNAIL_SIDE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file.seek(0)
            with Image.open(file, formats=_FORMATS) as opened:
                if opened.width * opened.height > limits.THUMBNAIL_PIXELS:
                    return None
                opened.draft("RGB", (side, side))
                opened.thumbnail((side, side))
                upright = ImageOps.exif_transpose(opened).convert("RGBA")
            small = Image.new("RGB", upright.size, "white")
            small.paste(upright, mask=upright)
        written = io.BytesIO()
        small.save(written, "JPEG", quality=_QUALITY)  # a new picture: no metadata comes along
    except Exception:  # of a library that decodes what strangers made
        return None
    text = base64.b64encode(written.getvalue()).decode()
    return Picture(shows, f"data:image/jpeg;base64,{text}", *small.size)
