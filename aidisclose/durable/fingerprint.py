"""Fingerprints of content: `io.iscc.v0`, as the extra `durable` computes it (ISO 24138:2024).

What is stored follows the standard. Of pictures, what is searched for is more than that: a copy may
have got a frame, or been turned or mirrored, so a picture is looked for in 18 ways.
"""

from __future__ import annotations

import contextlib
import tempfile
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
#: 24 brought back 86 % of framed pictures instead of 34 %.
_TOLERANCE: Final = 24
#: Others, for copies that are small and upright: what is drawn on one colour has a border whose
#: place shifts by a pixel, and a pixel is much of a small picture. The one is of the picture as it
#: is, the other of one whose pixels are divided. At a quarter of the size 98 % instead of 97 % are
#: found again.
_FINER: Final = 16
_COARSER: Final = 96
#: Pixels a side up to which a picture is small, and into how many parts each of them is divided.
_SMALL: Final = 256
_PARTS: Final = 4
#: Levels between the darkest and the lightest part: less, and pictures without any content would
#: match one another.
_LEAST_RANGE: Final = 12
_CHUNK: Final = 1024 * 1024


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
        content = _other(opened) or _code(_thumbnail(_trim(picture.read(opened), 0)))
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
    and all of that in four orientations, and mirrored; and upright, with borders of more and of
    less noise.

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
    small = [_thumbnail(_trim(whole, tolerance)) for tolerance in (0, _TOLERANCE)]
    turned = [each.transpose(how) for how in Image.Transpose for each in small]
    divided = whole
    if max(whole.size) <= _SMALL:
        width, height = whole.size
        divided = whole.resize((width * _PARTS, height * _PARTS), Image.Resampling.BICUBIC)
    for image, tolerance in ((whole, _FINER), (divided, _COARSER)):
        with contextlib.suppress(UnsupportedFormat):  # nothing is left within that border
            small.append(_thumbnail(_trim(image, tolerance)))
    return tuple(dict.fromkeys(map(_code, (*small, *turned))))


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
                code = library.gen_audio_code_v0(features.of_sound(Path(copy.name)), iscc.BITS)
            else:
                code = library.gen_video_code_v0(features.of_film(Path(copy.name)), iscc.BITS)
    return CodeUnit(iscc.CONTENT, subtype, _body(code))


def _trim(image: Image.Image, tolerance: int) -> Image.Image:
    """The picture without its border, whose colour is that of the first pixel."""
    from PIL import Image, ImageChops

    border = Image.new(image.mode, image.size, image.getpixel((0, 0)))
    difference = ImageChops.difference(image, border)
    if tolerance:
        grey = difference.convert("L")
        difference = grey.point([0] * (tolerance + 1) + [255] * (255 - tolerance))
    box = difference.getbbox()
    return image.crop(box) if box else image


def _thumbnail(image: Image.Image) -> Image.Image:
    from PIL import Image

    small = image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    least, most = small.getextrema()
    if int(str(most)) - int(str(least)) < _LEAST_RANGE:
        raise UnsupportedFormat("the picture is too uniform to be told from others by its looks")
    return small


def _code(small: Image.Image) -> CodeUnit:
    code = _library().gen_image_code_v0(small.tobytes(), iscc.BITS)
    return CodeUnit(iscc.CONTENT, iscc.IMAGE, _body(code))


def _body(code: Any) -> bytes:
    body: bytes = _library().iscc_decode(code["iscc"])[4]
    return body
