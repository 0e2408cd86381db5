"""Fingerprints of content: `io.iscc.v0`, as the extra `durable` computes it (ISO 24138:2024).

What is stored follows the standard. Of pictures, what is searched for is more than that: a copy may
have got a frame, or been turned or mirrored, so a picture is looked for in up to 23 ways.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aidisclose import limits
from aidisclose.durable import features, iscc, kind, picture
from aidisclose.durable.iscc import CodeUnit
from aidisclose.errors import LimitExceeded, UnsupportedFormat, UsageError
from aidisclose.io.source import Readable, Source, open_source

if TYPE_CHECKING:
    from PIL import Image

_SIDE: Final = 32
#: Levels of grey within which a border counts as one colour although JPEG left noise in it.
#: 24 brought back 86 % of framed pictures instead of 34 %; once more within that frame, 98 %, for a
#: picture has often a border of its own.
_TOLERANCE: Final = 24
#: Others, for copies that are small and upright: what is drawn on one colour has a border whose
#: place shifts by a pixel, and a pixel is much of a small picture. The last is of a picture whose
#: pixels are divided. What noise hides of an edge is at most a pixel of a small picture, so that is
#: looked for with one more on each side, too.
_FINER: Final = (4, 8, 16)
_COARSER: Final = 96
#: Pixels a side up to which a picture is small, and into how many parts each of them is divided.
_SMALL: Final = 256
_PARTS: Final = 4
#: Levels between the darkest and the lightest part: less, and pictures without any content would
#: match one another.
_LEAST_RANGE: Final = 12
_UNIFORM: Final = "the picture is too uniform to be told from others by its looks"
_CHUNK: Final = 1024 * 1024
#: Pixels that are compared with a border at once.
_STRIP: Final = 1024 * 1024

#: Left, top, right and bottom edge of a part of a picture.
_Box = tuple[int, int, int, int]


def _library() -> Any:
    try:
        import iscc_lib
    except ImportError:
        raise UsageError(
            "fingerprints need the extra durable: pip install 'aidisclose[durable]'"
        ) from None
    return iscc_lib


def fingerprint(source: Readable) -> bytes:
    """The ISCC-SEQ of a file: content, data and instance code of 256 bits each.

    Arguments:
        source: A picture of at most `limits.FINGERPRINT_PIXELS`, a sound, a film, or plain text.

    Raises:
        UnsupportedFormat: The file is none of these, or so short or uniform that others are alike.
        Malformed: It cannot be decoded.
        LimitExceeded: It has too many pixels, frames or bytes.
        UsageError: The extra `durable`, fpcalc (for sound) or ffmpeg (for film) is not installed.
        OSError: It cannot be read.
    """
    library = _library()
    with open_source(source) as opened:
        content = _other(opened) or _standard(picture.read(opened))
        data, instance = library.DataHasher(), library.InstanceHasher()
        for at in range(0, opened.size, _CHUNK):
            piece = opened.read_at(at, min(_CHUNK, opened.size - at))
            data.update(piece)
            instance.update(piece)
    codes = (data.finalize(iscc.BITS), instance.finalize(iscc.BITS))
    kinds = (iscc.DATA, iscc.INSTANCE)
    whole = (CodeUnit(kind, 0, _body(code)) for kind, code in zip(kinds, codes, strict=True))
    return iscc.encode((content, *whole))


def queries(source: Readable) -> tuple[CodeUnit, ...]:
    """The content codes under which a file may be stored, the likeliest first.

    Of pictures, beside the standard's one: without a border that is of one colour but for noise,
    and all of that in four orientations, and mirrored; and upright, as a whole, with borders of
    more and of less noise, and without the border within that border; and small ones with a pixel
    of the border on each side.

    Raises:
        UnsupportedFormat: See `fingerprint`.
        Malformed: The same.
        LimitExceeded: The same.
        UsageError: The same.
        OSError: The same.
    """
    from PIL import Image

    _library()
    with open_source(source) as opened:
        if (other := _other(opened)) is not None:
            return (other,)
        whole = picture.read(opened)
    grey = whole.convert("L")
    exact, inner, *others = _boxes(whole, (0, _TOLERANCE, *_FINER))
    [twice] = _boxes(whole, (_TOLERANCE,), within=inner)
    framed = _thumbnails(grey, (exact, inner))
    upright = _thumbnails(grey, (twice, *others, (0, 0, *whole.size)))
    if max(whole.size) <= _SMALL:
        width, height = whole.size
        left, top, right, bottom = inner
        grown = max(left - 1, 0), max(top - 1, 0), min(right + 1, width), min(bottom + 1, height)
        upright += _thumbnails(grey, (grown,))
        whole = whole.resize((width * _PARTS, height * _PARTS), Image.Resampling.BICUBIC)
        grey = whole.convert("L")
    upright += _thumbnails(grey, _boxes(whole, (_COARSER,)))
    turned = [each.transpose(how) for how in Image.Transpose for each in framed]
    found = tuple(dict.fromkeys(map(_code, (*framed, *upright, *turned))))
    if not found:
        raise UnsupportedFormat(_UNIFORM)
    return found


def _other(source: Source) -> CodeUnit | None:
    """The content code of sound, film and text; None of what may be a picture."""
    subtype = kind.of(source.read_at(0, kind.HEAD))
    if subtype == iscc.IMAGE:
        return None
    if source.size > limits.LABELLED:
        raise LimitExceeded(f"{source.size:,} bytes are too many for a fingerprint")
    library = _library()
    if subtype == iscc.TEXT:
        if source.size > limits.FINGERPRINT_TEXT:
            raise LimitExceeded("the text is too long for a fingerprint")
        text = features.of_text(source.read_at(0, source.size))
        code = library.gen_text_code_v0(text, iscc.BITS)
    else:
        # A copy has no name that a program could take for something else, and does not change.
        with tempfile.NamedTemporaryFile() as copy:
            for at in range(0, source.size, _CHUNK):
                copy.write(source.read_at(at, min(_CHUNK, source.size - at)))
            copy.flush()
            if subtype == iscc.AUDIO:
                sound = features.of_sound(Path(copy.name), kind.demuxer(source))
                code = library.gen_audio_code_v0(sound, iscc.BITS)
            else:
                code = library.gen_video_code_v0(features.of_film(Path(copy.name)), iscc.BITS)
    return CodeUnit(iscc.CONTENT, subtype, _body(code))


def _standard(image: Image.Image) -> CodeUnit:
    """The content code of a picture as the standard has it: without a border of just one colour."""
    [box] = _boxes(image, (0,))
    return _code(_thumbnail(image.convert("L").crop(box)))


def _boxes(
    image: Image.Image, tolerances: Iterable[int], *, within: _Box | None = None
) -> list[_Box]:
    """The picture without its border, which has the colour of the first pixel.

    Arguments:
        image: The picture.
        tolerances: Levels of grey in which a border may differ from that; a box for each.
        within: The part that counts as the picture.
    """
    from PIL import Image, ImageChops

    left, top, right, bottom = whole = within or (0, 0, *image.size)
    colour = image.getpixel((left, top))
    found: dict[int, _Box | None] = dict.fromkeys(tolerances)
    # In strips: at once, it would take the memory of the picture three times more.
    rows = max(1, _STRIP // (right - left))
    for start in range(top, bottom, rows):
        strip = image.crop((left, start, right, min(start + rows, bottom)))
        border = Image.new(image.mode, strip.size, colour)
        difference = ImageChops.difference(strip, border)
        grey = difference.convert("L")
        for each in found:
            levels = [0] * (each + 1) + [255] * (255 - each)
            box = grey.point(levels).getbbox() if each else difference.getbbox()
            found[each] = _joined(found[each], _moved(box, (left, start)) if box else None)
    return [box or whole for box in found.values()]


def _moved(box: _Box, by: tuple[int, int]) -> _Box:
    """A box of what is in another one, as a box of the whole."""
    left, top = by
    return box[0] + left, box[1] + top, box[2] + left, box[3] + top


def _joined(one: _Box | None, other: _Box | None) -> _Box | None:
    """The least box around two."""
    if one is None or other is None:
        return one or other
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _thumbnails(image: Image.Image, boxes: Iterable[_Box]) -> list[Image.Image]:
    """Of different parts of a grey picture, without those that are too uniform."""
    found: list[Image.Image] = []
    for box in dict.fromkeys(boxes):
        with contextlib.suppress(UnsupportedFormat):
            found.append(_thumbnail(image.crop(box)))
    return found


def _thumbnail(image: Image.Image) -> Image.Image:
    from PIL import Image

    small = image.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    least, most = small.getextrema()
    if int(str(most)) - int(str(least)) < _LEAST_RANGE:
        raise UnsupportedFormat(_UNIFORM)
    return small


def _code(small: Image.Image) -> CodeUnit:
    code = _library().gen_image_code_v0(small.tobytes(), iscc.BITS)
    return CodeUnit(iscc.CONTENT, iscc.IMAGE, _body(code))


def _body(code: Any) -> bytes:
    body: bytes = _library().iscc_decode(code["iscc"])[4]
    return body
