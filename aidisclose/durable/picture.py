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


def read(source: Source) -> Image.Image:
    """The picture, upright, on white, in RGB.

    Raises:
        UnsupportedFormat: It is not a picture, or none that Pillow decodes by itself.
        Malformed: It cannot be decoded.
        LimitExceeded: It has too many bytes, or more than `limits.FINGERPRINT_PIXELS`.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if source.size > limits.LABELLED:
        raise LimitExceeded(f"{source.size:,} bytes are too many for a fingerprint")
    data = io.BytesIO(source.read_at(0, source.size))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged metadata; the size is checked here
            with Image.open(data, formats=_FORMATS) as image:
                if image.width * image.height > limits.FINGERPRINT_PIXELS:
                    raise LimitExceeded(
                        f"picture of {image.width} × {image.height}: too large for a fingerprint"
                    )
                upright = ImageOps.exif_transpose(image)
                if not upright.has_transparency_data:
                    return upright.convert("RGB")
                clear = upright.convert("RGBA")
                white = Image.new("RGBA", clear.size, "white")
                return Image.alpha_composite(white, clear).convert("RGB")
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
