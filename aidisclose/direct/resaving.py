"""Pictures that are decoded, changed and saved again in their own format, with all else kept.

Orientation, colour profile, EXIF, XMP, texts, IPTC, and the timing of animations are kept, and how
a JPEG was compressed. Credentials are not: they are about the picture as it was.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from aidisclose.containers import Container, Edits
from aidisclose.io.source import BytesSource, Source

if TYPE_CHECKING:
    from PIL import Image

#: Formats that Pillow decodes and encodes without loss of what is kept.
FORMATS: Final = ("JPEG", "PNG", "WebP", "GIF", "TIFF")
_ANIMATED: Final = ("GIF", "PNG", "WEBP", "TIFF")


def save(
    options: dict[str, Any],
    frames: list[Image.Image],
    durations: list[float] | None = None,
) -> bytes:
    """A file with these frames.

    Arguments:
        options: The `options` of the picture that they were made from.
        frames: One or more.
        durations: For how long each is shown.

    Raises:
        OSError: Pillow cannot encode them so.
    """
    if len(frames) > 1:
        options = options | {"save_all": True, "append_images": frames[1:]}
        if options["format"] != "TIFF":
            options |= {"duration": durations or 0}
    else:
        options = {name: value for name, value in options.items() if name != "loop"}
    output = io.BytesIO()
    frames[0].save(output, **options)
    return output.getvalue()


def frames(image: Image.Image) -> Iterator[Image.Image]:
    """Copies of the frames; of a picture that does not move, itself."""
    from PIL import ImageSequence

    if image.format not in _ANIMATED or getattr(image, "n_frames", 1) == 1:
        yield image
        return
    for frame in ImageSequence.Iterator(image):
        copy = frame.copy()
        copy.info = dict(frame.info)
        yield copy


def options(image: Image.Image) -> dict[str, Any]:
    """The encoder's options that keep the rest of the file as it was."""
    info = image.info
    names = ("icc_profile", "exif", "dpi")
    options = {name: info[name] for name in names if info.get(name)}
    options["format"] = image.format
    if image.format != "TIFF":
        options["loop"] = info.get("loop", 0)
    if image.format == "JPEG":
        from PIL import JpegImagePlugin

        quantization = getattr(image, "quantization", None)
        sampling = JpegImagePlugin.get_sampling(image)
        options |= {"qtables": quantization} if quantization else {}
        options |= {"subsampling": sampling} if sampling >= 0 else {}
        options |= {"progressive": True} if info.get("progressive") else {}
        options |= {"comment": info["comment"]} if info.get("comment") else {}
        options["extra"] = b"".join(_segments(image))
    elif image.format == "PNG":
        options["pnginfo"] = _texts(image)
    elif image.format == "WEBP":
        options |= {"quality": 95, "method": 4, "lossless": _is_lossless(info)}
    elif image.format == "TIFF":
        compression = info.get("compression", "raw")
        options["compression"] = "tiff_deflate" if compression == "jpeg" else compression
        options["exif"] = _descriptions(image)
    return options


def _segments(image: Image.Image) -> Iterator[bytes]:
    """The segments of Photoshop, which have IPTC: Pillow reads and does not write them."""
    for name, content in getattr(image, "applist", ()):
        if name == "APP13":
            yield b"\xff\xed" + (len(content) + 2).to_bytes(2, "big") + content


#: What a TIFF says of a picture as a whole: description, camera, program, time, people, rights,
#: orientation.
_DESCRIPTIVE: Final = (270, 271, 272, 274, 305, 306, 315, 33432)


def _descriptions(image: Image.Image) -> Image.Exif:
    from PIL import Image

    kept, found = Image.Exif(), image.getexif()
    for tag in _DESCRIPTIVE:
        if tag in found:
            kept[tag] = found[tag]
    return kept


def _is_lossless(info: dict[str | tuple[int, int], Any]) -> bool:
    return bool(info.get("lossless"))


def _texts(image: Image.Image) -> Any:
    from PIL import PngImagePlugin

    kept = PngImagePlugin.PngInfo()
    for name, value in getattr(image, "text", {}).items():
        if name != "XML:com.adobe.xmp":  # written by `_with_xmp`
            kept.add_itxt(name, value) if not _is_latin(value) else kept.add_text(name, value)
    return kept


def _is_latin(text: str) -> bool:
    return all(ord(character) < 0x100 for character in text)


#: How a picture is turned upright, and back, by the EXIF orientation.
_TURNS: Final = {2: (0, 0), 3: (3, 3), 4: (1, 1), 5: (5, 5), 6: (4, 2), 7: (6, 6), 8: (2, 4)}
_ORIENTATION: Final = 0x0112


def upright(image: Image.Image) -> Image.Image:
    """A copy as it is seen, whatever the EXIF orientation says."""
    from PIL import Image

    turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    return image.transpose(Image.Transpose(turn[0])) if turn else image.copy()


def turned_back(upright: Image.Image, image: Image.Image) -> Image.Image:
    """What was made of `upright(image)`, as it is stored."""
    from PIL import Image

    turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    return upright.transpose(Image.Transpose(turn[1])) if turn else upright


def carry_xmp(
    source: Source,
    container: Container,
    saved: bytes,
    change: Callable[[bytes | None], bytes] | None = None,
) -> bytes:
    """The saved picture with the XMP of its source.

    Arguments:
        source: What it was made from.
        container: Its format.
        saved: The picture, of the same format.
        change: Makes the new XMP from the old; None to leave it as it is.
    """
    layout = container.scan(source)
    old = source.read_at(layout.xmp.start, layout.xmp.length) if layout.xmp else None
    new = BytesSource(saved)
    xmp = change(old) if change is not None else old
    if xmp is None:
        return saved
    splice = container.rewrite(new, container.scan(new), Edits(xmp=xmp))
    return splice.read_at(0, splice.size)
