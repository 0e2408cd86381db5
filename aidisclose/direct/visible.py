"""A visible label on a picture: text in a box, on every frame.

The picture is decoded and encoded again in its own format; orientation, colour profile, EXIF, XMP,
texts, and the timing of animations are kept. Credentials are not: a picture is labelled first, then
signed, with the original as its parent if that was signed.
"""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.containers import identify
from aidisclose.direct import recording, resaving, typeface
from aidisclose.direct.typeface import JOINERS, Typeface
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat, UsageError
from aidisclose.io.source import Source
from aidisclose.manifest.record import Direct
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFont import FreeTypeFont

POSITIONS: Final = ("top-left", "top-right", "bottom-left", "bottom-right", "top", "bottom")
#: Heights of the text, as a share of the shorter side.
SMALLEST: Final = 0.01
LARGEST: Final = 0.5
DEFAULT_SIZE: Final = 0.05
#: Formats without loss. What a JPEG or WebP becomes depends on who decodes it.
_EXACT: Final = ("PNG", "GIF")

#: Pixels of a region that are hashed at once.
_STRIP: Final = 1024 * 1024
#: Pixels that a frame counts for at least: writing on it takes as long.
_LEAST: Final = 10_000
#: Formats that are looked at, and for how many pixels of a PNG one of theirs counts: a TIFF may be
#: one strip, and the library of WebP has the whole picture several times.
_EFFORTS: Final = {"PNG": 1, "GIF": 1, "JPEG": 1, "TIFF": 2, "WEBP": 4}
#: The same of a progressive JPEG, which is held as coefficients; and the scans for which it counts
#: once, as all of it is decoded for each.
_PROGRESSIVE: Final = 3
_SCANS: Final = 4

#: White on this has a contrast of more than 7 to 1 even over white (WCAG 2.2, 1.4.6).
_BOX: Final = (0, 0, 0, 200)
_TEXT: Final = (255, 255, 255, 255)


def label(
    source: Source,
    text: str,
    *,
    lang: str | None = None,
    position: str = "bottom-right",
    size: float = DEFAULT_SIZE,
    font: Path | None = None,
) -> bytes:
    """The picture with `text` on it, and a record of that in its XMP.

    Arguments:
        source: A JPEG, PNG, WebP, GIF or TIFF file.
        text: The text to write, one line.
        lang: Its language, as in BCP 47.
        position: One of `POSITIONS`.
        size: Height of the text, as a share of the shorter side: `SMALLEST` to `LARGEST`. The text
            becomes smaller only where it would not fit.
        font: A font file; without one, fonts of the system are tried where the built-in one has
            not all characters.

    Raises:
        UnsupportedFormat: The picture is of another format, or has more than 8 bits a channel.
        MalformedFile: It cannot be decoded.
        LimitExceeded: It has more pixels than Pillow decodes safely, or too many in all frames.
        UsageError: An argument is not permitted, or no font has the characters.
        OSError: The font cannot be read.
    """
    if position not in POSITIONS:
        raise UsageError(f"unknown position {position!r} (choose from {', '.join(POSITIONS)})")
    if not SMALLEST <= size <= LARGEST:
        raise UsageError(f"size is a share from {SMALLEST} to {LARGEST}, not {size}")
    if not text.strip() or not "".join(each for each in text if each not in JOINERS).isprintable():
        raise UsageError("the text of a label is one line of printable characters")
    container = identify(source)
    if container.name not in resaving.FORMATS:
        raise UnsupportedFormat(
            f"{container.name} files cannot be labelled; {', '.join(resaving.FORMATS)} can"
        )
    chosen = typeface.choose(text, lang=lang, font=font)
    drawn, place = _draw(source, text, position, size, chosen)
    direct = Direct(
        type="label",
        text=text,
        lang=lang,
        placement=position,
        size=round(place.share, 4),
        region=place.region,
        sha256=_digest(drawn, place.region),
    )

    def record(old: bytes | None) -> bytes:
        earlier = (_redrawn_too(each, source, drawn, direct) for each in recording.read(old))
        return recording.write(old, direct, tuple(earlier))

    return resaving.assemble(source, container, drawn, record)


def _redrawn_too(earlier: Direct, source: Source, drawn: bytes, direct: Direct) -> Direct:
    """An earlier label, with the pixels that encoding again left of it if nothing covers it."""
    if _overlap(earlier.region, direct.region) or not shows(source, earlier):
        return earlier
    return replace(earlier, sha256=_digest(drawn, earlier.region))


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    if not (one and other):
        return False
    return all(
        one[axis] < other[axis] + other[axis + 2] and other[axis] < one[axis] + one[axis + 2]
        for axis in (0, 1)
    )


class Sight(NamedTuple):
    """The picture where a label was drawn, in the first frame.

    Attributes:
        is_same: Whether the pixels are those that were recorded.
        is_exact: Whether every library decodes the format to the same pixels.
        share: Height of the region, as a share of the picture's shorter side: letters are not
            higher.
        contrast: Between its lightest and its darkest pixel, from 1 to 21 (WCAG 2.2).
    """

    is_same: bool
    is_exact: bool
    share: float
    contrast: float


class View:
    """A picture that is looked at: decoded once, when that is first done.

    Arguments:
        source: The file.
        most: Pixels that it may have, where those that take more memory or time to decode count as
            several; None for as many as Pillow decodes safely.
    """

    def __init__(self, source: Source, *, most: int | None = None) -> None:
        self._source = source
        self._most = most
        self._image: Image.Image | None = None
        self._is_open = False

    def look(self, direct: Direct) -> Sight | None:
        """The picture where a label was drawn; None if that was not recorded, or cannot be seen.

        That the pixels are the same does not prove that people notice them, or that they are words:
        they are what the record says of them.
        """
        if not (direct.region and direct.sha256) or self._source.size > limits.LABELLED:
            return None
        try:
            with warnings.catch_warnings():
                # Pillow warns of a decompression bomb before it refuses one, and decodes it
                # meanwhile.
                warnings.simplefilter("error")
                image = self._opened()
                return None if image is None else self._look(image, direct.region, direct.sha256)
        except Exception:  # Pillow raises all kinds of errors at hostile files
            return None

    def _opened(self) -> Image.Image | None:
        """The picture; None if it has too many pixels, or could not be decoded before."""
        from PIL import Image

        if not self._is_open:
            self._is_open = True
            data = io.BytesIO(self._source.read_at(0, self._source.size))
            image = Image.open(data, formats=tuple(_EFFORTS))
            if self._most is None or _effort(image, self._source) <= self._most:
                image.load()
                self._image = image
        return self._image

    def _look(self, image: Image.Image, region: tuple[float, ...], sha256: str) -> Sight:
        found = _measure(image, region)
        low, high = _luminance(found.darkest / 255), _luminance(found.lightest / 255)
        return Sight(
            found.sha256 == sha256,
            identify(self._source).name in _EXACT,
            found.height / min(image.size),
            (high + 0.05) / (low + 0.05),
        )


def look(source: Source, direct: Direct) -> Sight | None:
    """The picture of a file where a label was drawn, see `View.look`."""
    return View(source).look(direct)


def shows(source: Source, direct: Direct) -> bool | None:
    """Whether the pixels of a label are what `label` drew; None if that was not recorded.

    A picture that cannot be decoded does not show them.
    """
    if not (direct.region and direct.sha256) or source.size > limits.LABELLED:
        return None
    seen = look(source, direct)
    return seen is not None and seen.is_same


def _effort(image: Image.Image, source: Source) -> int:
    """The pixels of a PNG that would take as much memory and time to decode."""
    times = _EFFORTS.get(image.format or "", 1)
    if image.info.get("progressive"):
        scans = source.read_at(0, source.size).count(b"\xff\xda")
        times = max(_PROGRESSIVE, scans // _SCANS)
    return image.width * image.height * times


def _luminance(level: float) -> float:
    """The relative luminance of a grey of sRGB (WCAG 2.2)."""
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


def _digest(data: bytes, region: tuple[float, ...]) -> str:
    """The SHA-256 hash of the pixels of a region of the first frame, upright, in RGB."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        return _measure(image, region).sha256


class _Measures(NamedTuple):
    """The pixels of a region: their hash, their rows, and the levels of grey among them."""

    sha256: str
    height: int
    darkest: int
    lightest: int


def _measure(image: Image.Image, region: tuple[float, ...]) -> _Measures:
    """A region of the first frame, upright, in RGB."""
    import hashlib

    image.load()
    left, top, width, height = _pixels(resaving.size_upright(image), region)
    if not (width > 0 and height > 0 and width * height <= image.width * image.height):
        raise ValueError("not a part of the picture")
    digest = hashlib.sha256(b"%dx%d " % (width, height))
    darkest, lightest = 255, 0
    # In strips: all at once, a region of the whole picture would take as much memory again, thrice.
    rows = max(1, _STRIP // max(width, 1))
    for start in range(top, top + height, rows):
        end = min(start + rows, top + height)
        part = resaving.crop_upright(image, (left, start, left + width, end)).convert("RGB")
        digest.update(part.tobytes())
        levels = part.convert("L").tobytes()
        darkest, lightest = min(darkest, *set(levels)), max(lightest, *set(levels))
    return _Measures(digest.hexdigest(), height, darkest, lightest)


def _pixels(picture: tuple[int, int], region: tuple[float, ...]) -> tuple[int, int, int, int]:
    width, height = picture
    return (
        round(region[0] * width),
        round(region[1] * height),
        round(region[2] * width),
        round(region[3] * height),
    )


class _Place(NamedTuple):
    """The place of a label in the upright picture.

    Attributes:
        share: Height of the letters, as `size` gives it.
        region: As `Direct.region`.
    """

    share: float
    region: tuple[float, ...]


def _draw(
    source: Source, text: str, position: str, size: float, font: Typeface
) -> tuple[bytes, _Place]:
    """The labelled picture, and the place of the label."""
    from PIL import Image

    if source.size > limits.LABELLED:
        raise LimitExceeded(f"pictures of more than {limits.LABELLED} bytes are not labelled")
    data = source.read_at(0, source.size)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                return _redrawn(image, text, position, size, font)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LimitExceeded(str(error)) from None
    except (UsageError, LimitExceeded):
        raise
    except (OSError, SyntaxError, EOFError, ValueError) as error:
        raise MalformedFile(f"the picture cannot be decoded: {error}") from None


def _redrawn(
    image: Image.Image, text: str, position: str, size: float, font: Typeface
) -> tuple[bytes, _Place]:
    options = resaving.options(image)
    frames: list[Image.Image] = []
    durations: list[float] = []
    places: list[_Place] = []
    left = limits.LABELLED_PIXELS
    for frame in resaving.frames(image):
        left -= max(frame.width * frame.height, _LEAST)
        if left < 0:
            raise LimitExceeded("the picture has more frames than can be labelled at once")
        durations.append(frame.info.get("duration", 0))
        drawn, place = _labelled(frame, text, position, size, font)
        frames.append(drawn)
        places.append(place)
    smallest = min(place.share for place in places)
    return resaving.save(options, frames, durations), places[0]._replace(share=smallest)


def _labelled(
    image: Image.Image, text: str, position: str, size: float, font: Typeface
) -> tuple[Image.Image, _Place]:
    """The frame with the label, in the orientation in which it is stored, and its place."""
    upright = resaving.upright(image)
    box, height = _box(upright.size, text, size, font)
    corner = _corner(upright.size, box.size, position)
    drawn = _paste(upright, box, corner)
    sides = (*upright.size, *upright.size)
    region = tuple(
        round(pixels / side, 6) for pixels, side in zip((*corner, *box.size), sides, strict=True)
    )
    return resaving.turned_back(drawn, image), _Place(height / min(upright.size), region)


def _paste(image: Image.Image, box: Image.Image, corner: tuple[int, int]) -> Image.Image:
    """The image with the box on it, in the same mode."""
    mode, alpha = image.mode, box.getchannel("A")
    if mode in ("RGB", "YCbCr", "CMYK", "LAB", "L"):
        image.paste(box.convert("RGB").convert(mode), corner, alpha)
        return image
    if mode == "1":
        image.paste(box.convert("L").point(lambda value: 255 * (value > 127)).convert("1"), corner)
        return image
    if mode in ("P", "PA"):
        return _paste_colours(image, box, corner)
    if mode in ("RGBA", "LA"):
        wide = image.convert("RGBA")
        wide.alpha_composite(box, corner)
        return wide.convert(mode)
    raise UnsupportedFormat(
        f"pictures of mode {mode} cannot be labelled; convert to 8 bits a channel"
    )


def _paste_colours(image: Image.Image, box: Image.Image, corner: tuple[int, int]) -> Image.Image:
    """On a palette image, in colours of the palette: no pixel around the label changes."""
    palette = image.getpalette("RGB") or []
    colours = list(zip(*[iter(palette)] * 3, strict=False))
    transparent = image.info.get("transparency")
    light = {n: 299 * r + 587 * g + 114 * b for n, (r, g, b) in enumerate(colours)}
    usable = {n: value for n, value in light.items() if n != transparent} or light
    missing = [((0, 0, 0), min(usable.values(), default=255_000) > _DARK)]
    missing += [((255, 255, 255), max(usable.values(), default=0) < _LIGHT)]
    for colour, is_missing in missing:
        if is_missing and len(colours) < 256:
            usable[len(colours)] = 255_000 if colour[0] else 0
            colours.append(colour)
    image.putpalette([value for colour in colours for value in colour])
    dark = min(usable, key=usable.__getitem__)
    bright = max(usable, key=usable.__getitem__)
    mask = box.convert("L").point(lambda value: 255 * (value > 127))
    image.paste(dark, (*corner, corner[0] + box.width, corner[1] + box.height))
    image.paste(bright, (*corner, corner[0] + box.width, corner[1] + box.height), mask)
    return image


#: Luminances, in thousandths, between which there is enough contrast.
_DARK: Final = 60_000
_LIGHT: Final = 200_000


def _box(
    picture: tuple[int, int], text: str, size: float, font: Typeface
) -> tuple[Image.Image, int]:
    """The label alone, and the height of its letters in pixels."""
    from PIL import Image, ImageDraw

    height = max(1, math.ceil(min(picture) * size))  # no smaller than a law wants it
    face = _face(font, height)
    for _ in range(limits.LABEL_STEPS):
        left, top, right, bottom = face.getbbox(text)
        margin = max(1, height // 3)
        width = round(right - left) + 2 * margin
        if width <= picture[0] or height <= 1:
            break
        height = max(1, height * picture[0] // (width + 1))
        face = _face(font, height)
    full = (min(width, picture[0]), min(round(bottom - top) + 2 * margin, picture[1]))
    box = Image.new("RGBA", full, _BOX)
    ImageDraw.Draw(box).text((margin - left, margin - top), text, fill=_TEXT, font=face)
    return box, height


def _face(chosen: Typeface, height: int) -> FreeTypeFont:
    """The font, so large that capitals and ideographs are `height` high."""
    face = chosen.at(height)
    _, top, _, bottom = face.getbbox(chosen.reference)
    drawn = max(1, bottom - top)
    return face.font_variant(size=max(1, height * height / drawn))


def _corner(picture: tuple[int, int], box: tuple[int, int], position: str) -> tuple[int, int]:
    room = (picture[0] - box[0], picture[1] - box[1])
    margin = min(min(picture) // 50, *(side // 2 for side in room))
    left = (
        margin if "left" in position else room[0] - margin if "right" in position else room[0] // 2
    )
    return left, margin if "top" in position else room[1] - margin
