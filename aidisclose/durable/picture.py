"""Pictures as they are seen: decoded, upright, within limits."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Malformed, UnsupportedFormat
from aidisclose.io.source import Source

if TYPE_CHECKING:
    from PIL import Image

#: Formats of pictures that Pillow decodes without a program of its own.
_FORMATS: Final = ("AVIF", "BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
#: Of these, Pillow holds the whole picture several times while it decodes.
_COSTLY: Final = frozenset({"WEBP"})
#: Pixels that are put on white at once.
_STRIP: Final = 1024 * 1024


def read(source: Source) -> Image.Image:
    """The picture, upright, on white, in RGB.

    Raises:
        UnsupportedFormat: It is not a picture, or none that Pillow decodes by itself.
        Malformed: It cannot be decoded.
        LimitExceeded: It has too many bytes, or more than `limits.FINGERPRINT_PIXELS`, of
            WebP more than half of that.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if source.size > limits.LABELLED:
        raise LimitExceeded(f"{source.size:,} bytes are too many for a fingerprint")
    data = io.BytesIO(source.read_at(0, source.size))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged metadata; the size is checked here
            with Image.open(data, formats=_FORMATS) as image:
                most = limits.FINGERPRINT_PIXELS // (2 if image.format in _COSTLY else 1)
                if image.width * image.height > most:
                    raise LimitExceeded(
                        f"picture of {image.width} × {image.height}: too large for a fingerprint"
                    )
                # A picture that is upright in RGB is not copied: it may be large.
                ImageOps.exif_transpose(image, in_place=True)
                if not image.has_transparency_data:
                    image.load()
                    return image if image.mode == "RGB" else image.convert("RGB")
                return _on_white(image)
    except UnidentifiedImageError:
        reason = "fingerprints are made of pictures, sound, film and plain text only"
        raise UnsupportedFormat(reason) from None
    except Image.DecompressionBombError:
        raise LimitExceeded("the picture is too large for a fingerprint") from None
    except MemoryError:
        raise
    except LimitExceeded:
        raise
    except Exception as error:  # Pillow raises whatever comes up within a decoder
        raise Malformed(f"the picture cannot be decoded: {type(error).__name__}") from None


def _on_white(image: Image.Image) -> Image.Image:
    """A transparent picture on white, in strips: at once, it would take five times its memory."""
    from PIL import Image

    shown = Image.new("RGB", image.size)
    rows = max(1, _STRIP // image.width)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        clear = image.crop((0, top, image.width, bottom)).convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        shown.paste(Image.alpha_composite(white, clear).convert("RGB"), (0, top))
    return shown
