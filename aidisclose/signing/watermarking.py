"""Watermarks that are embedded before a file is signed.

The picture is decoded, marked and saved again in its own format. What was saved is read back: its
watermark has to be found in it, or nothing is signed.
"""

from __future__ import annotations

import base64
import io
import math
import secrets
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.containers import Layout, identify
from aidisclose.containers import sidecar as sidecars
from aidisclose.direct import resaving
from aidisclose.durable import picture, watermark
from aidisclose.errors import (
    AidiscloseError,
    LimitExceeded,
    MalformedFile,
    SigningError,
    UnsupportedFormat,
    UsageError,
)
from aidisclose.io.source import BytesSource, Readable, Source, open_source
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.manifest.ingredient import PARENT_OF
from aidisclose.manifest.record import Watermark
from aidisclose.named import NamedTuple
from aidisclose.signing.history import file_name
from aidisclose.signing.request import SignRequest

if TYPE_CHECKING:
    from PIL import Image

    from aidisclose.durable.protocol import WatermarkAlgorithm

#: GIF has too few colours for a watermark.
_FORMATS: Final = tuple(name for name in resaving.FORMATS if name != "GIF")
#: Below this, in dB, somebody may see it.
_VISIBLE: Final = 35.0


class Watermarked(NamedTuple):
    """A source with a watermark, and the request that declares it.

    Attributes:
        source: The marked picture, a file of the same format.
        request: The declaration, and the origin of the picture.
        noise: The change by the watermark: the peak signal-to-noise ratio in dB.
        warnings: The warnings for whoever signs, a line each.
    """

    source: bytes
    request: SignRequest
    noise: float
    warnings: tuple[str, ...] = ()


def embed(source: Readable, request: SignRequest) -> Watermarked:
    """Embed the watermark that a request names, with a number by chance.

    A source that carries credentials, or is opened by what is declared, becomes the parent of what
    is signed: the marked picture is another file.

    Raises:
        UsageError: There is no such watermark, or it cannot be used.
        UnsupportedFormat: The source is not a picture that can be marked.
        MalformedFile: It cannot be decoded.
        LimitExceeded: It is too large.
        SigningError: The watermark cannot be found in what was saved, or the source cannot have
            the parent that is named.
        OSError: The source cannot be read.
    """
    statement = request.statement
    if request.watermark is None or not isinstance(statement, Disclosure):
        raise UsageError("a watermark is embedded for a disclosure")
    mark = watermark.load(request.watermark)
    # By chance, not counted: two machines must not give one number to two pictures, and nobody
    # should guess the next.
    number = secrets.randbits(mark.capacity)
    with open_source(source) as opened:
        container = identify(opened)
        if container.name not in _FORMATS:
            listed = ", ".join(_FORMATS)
            raise UnsupportedFormat(f"{container.name} files get no watermark; {listed} do")
        layout = container.scan(opened)
        saved, value = _mark(opened, mark, number)
        saved = resaving.assemble(opened, container, saved)
        noise = _check(opened, saved, mark, value)
    declared = Watermark(
        alg=mark.alg, value=base64.b64encode(value).decode("ascii"), encoding="base64"
    )
    told = replace(
        request,
        watermark=None,
        statement=replace(statement, watermark=declared),
        parent=_parent(source, layout, request, statement),
        title=request.title or file_name(source),
    )
    visible = f"the watermark may be visible: {noise:.1f} dB; below {_VISIBLE:.0f} some people see"
    return Watermarked(saved, told, noise, (visible,) if noise < _VISIBLE else ())


def _parent(
    source: Readable, layout: Layout, request: SignRequest, statement: Disclosure
) -> Readable | None:
    """The file that the marked picture descends from."""
    is_signed = bool(layout.stores) or sidecars.find(source) is not None
    is_named = request.parent is not None or any(
        each.relationship == PARENT_OF for each in request.ingredients
    )
    if is_named:
        if layout.stores:
            message = "the source carries credentials itself; it cannot have another parent"
            raise SigningError(message)
        return request.parent
    return source if is_signed or statement.opens else None


def _mark(opened: Source, mark: WatermarkAlgorithm, number: int) -> tuple[bytes, bytes]:
    """The marked picture as a file, and the value of its watermark."""
    from PIL import Image

    if opened.size > limits.LABELLED:
        raise LimitExceeded(f"{opened.size:,} bytes are too many for a watermark")
    data = opened.read_at(0, opened.size)
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures instead of refusing them.
            warnings.simplefilter("ignore")  # of damaged metadata; the size is checked here
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height > limits.FINGERPRINT_PIXELS:
                    size = f"{image.width} × {image.height}"
                    raise LimitExceeded(f"picture of {size}: too large for a watermark")
                if getattr(image, "n_frames", 1) > 1:
                    raise UnsupportedFormat("pictures of several frames get no watermark")
                options = resaving.options(image)
                drawn, value = _drawn(image, mark, number)
                return resaving.save(options, [drawn]), value
    except (Image.DecompressionBombError, MemoryError):
        raise LimitExceeded("the picture is too large for a watermark") from None
    except AidiscloseError:
        raise
    except Exception as error:  # Pillow raises whatever comes up within a decoder
        reason = f"{type(error).__name__}: {error}"
        raise MalformedFile(f"the picture cannot be decoded: {reason}") from None


def _drawn(image: Image.Image, mark: WatermarkAlgorithm, number: int) -> tuple[Image.Image, bytes]:
    """The marked picture, in the orientation and with the channels of the original."""
    from PIL import Image

    image.load()
    if image.mode not in ("RGB", "RGBA", "L", "LA", "YCbCr"):
        raise UnsupportedFormat(
            f"pictures of mode {image.mode} get no watermark; convert to RGB of 8 bits a channel"
        )
    upright = resaving.upright(image)
    alpha = upright.getchannel("A") if image.mode in ("RGBA", "LA") else None
    if alpha is not None and alpha.getextrema()[0] != 255:
        raise UnsupportedFormat(
            "a picture with transparent parts gets no watermark: it would be lost where others "
            "put something behind them; flatten it first"
        )
    marked = mark.embed(upright.convert("RGB"), number)
    if marked.picture.size != upright.size or marked.picture.mode != "RGB":
        raise UsageError(f"the watermark {mark.alg} makes a picture of another size or mode")
    drawn = marked.picture.convert("RGB" if alpha is None else "RGBA")
    if image.mode in ("L", "LA", "YCbCr"):
        drawn = drawn.convert(image.mode)
    if alpha is not None and isinstance(drawn, Image.Image):
        drawn.putalpha(alpha)
    return resaving.turned_back(drawn, image), marked.value


def _check(opened: Source, saved: bytes, mark: WatermarkAlgorithm, value: bytes) -> float:
    """The noise in what was saved, once its watermark was found in it."""
    after = picture.read(BytesSource(saved))
    # Read from the file as saved: JPEG may have taken out what was put in.
    if mark.detect(after) != value:
        raise SigningError(
            f"the watermark {mark.alg} cannot be read back from the saved picture, which may be "
            "too small, too uniform, or too strongly compressed"
        )
    found = watermark.noise(picture.read(opened), after)
    # Of two equal pictures it is infinite, which JSON cannot hold.
    return found if math.isfinite(found) else 100.0
