"""Pictures that are decoded, changed and saved again in their own format, with all else kept.

Orientation, colours, EXIF, XMP, texts, IPTC, and the timing of animations are kept, and how a JPEG
was compressed. In JPEG and PNG, the segments and chunks of the source stay as they are, and only
those that encode the picture are new. Credentials are not kept: they are about the picture as it
was. The result is read again, and what it does not say as before refuses it.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from aidisclose.carriers import text as texts
from aidisclose.containers import Block, Container, Edits, Layout
from aidisclose.errors import AidiscloseError, MalformedFile, UnsupportedFormat
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
    """The encoder's options that keep the rest of the file as it was.

    Raises:
        UnsupportedFormat: The picture has more than 8 bits a channel, which Pillow does not keep.
    """
    if _is_deep(image):
        raise UnsupportedFormat(
            "pictures of more than 8 bits a channel cannot be changed; convert to 8 bits"
        )
    info = image.info
    names = ("icc_profile", "exif", "dpi")
    options = {name: info[name] for name in names if info.get(name)}
    options["format"] = image.format
    if image.format != "TIFF" and "loop" in info:
        options["loop"] = info["loop"]
    if image.format == "JPEG":
        from PIL import JpegImagePlugin

        quantization = getattr(image, "quantization", None)
        sampling = JpegImagePlugin.get_sampling(image)
        options |= {"qtables": quantization} if quantization else {}
        options |= {"subsampling": sampling} if sampling >= 0 else {}
        options |= {"progressive": True} if info.get("progressive") else {}
    elif image.format == "WEBP":
        options |= {"quality": 95, "method": 4, "lossless": _is_lossless(info)}
    elif image.format == "TIFF":
        compression = info.get("compression", "raw")
        options["compression"] = "tiff_deflate" if compression == "jpeg" else compression
        options["exif"] = _descriptions(image)
    return options


#: What a TIFF says of a picture as a whole: names of document and page, description, camera,
#: program, time, people, computer, rights, orientation, IPTC, and what Photoshop adds.
_DESCRIPTIVE: Final = (269, 270, 271, 272, 274, 285, 305, 306, 315, 316, 33432, 33723, 34377)
#: Directories of their own: those of Exif and of places.
_DIRECTORIES: Final = (34665, 34853)


def _descriptions(image: Image.Image) -> Image.Exif:
    from PIL import Image

    kept, found = Image.Exif(), image.getexif()
    for tag in _DESCRIPTIVE:
        if tag in found:
            kept[tag] = found[tag]
    for tag in _DIRECTORIES:
        if inner := found.get_ifd(tag):
            kept.get_ifd(tag).update(inner)
            kept[tag] = 0  # Pillow writes where it is
    return kept


def _is_deep(image: Image.Image) -> bool:
    """Whether a picture, before its pixels are read, has more bits a channel than its mode."""
    if image.format == "TIFF":
        depths = image.getexif().get(258, 8)
        return any(depth > 8 for depth in (depths if isinstance(depths, tuple) else (depths,)))
    tiles = getattr(image, "tile", ())
    return image.format == "PNG" and any("16" in str(tile[3]) for tile in tiles)


def _is_lossless(info: dict[str | tuple[int, int], Any]) -> bool:
    return bool(info.get("lossless"))


#: How a picture is turned upright, and back, by the EXIF orientation.
_TURNS: Final = {2: (0, 0), 3: (3, 3), 4: (1, 1), 5: (5, 5), 6: (4, 2), 7: (6, 6), 8: (2, 4)}
_ORIENTATION: Final = 0x0112
#: Orientations whose rows are seen as columns, whose first column is seen last, and whose first row
#: is (Exif 3.0 §4.6.5.1.6).
_TRANSPOSED: Final = (5, 6, 7, 8)
_FROM_RIGHT: Final = (2, 3, 7, 8)
_FROM_BOTTOM: Final = (3, 4, 6, 7)


def upright(image: Image.Image) -> Image.Image:
    """A copy as it is seen, whatever the EXIF orientation says."""
    from PIL import Image

    turn = _TURNS.get(_orientation(image))
    return image.transpose(Image.Transpose(turn[0])) if turn else image.copy()


def size_upright(image: Image.Image) -> tuple[int, int]:
    """Width and height as it is seen."""
    width, height = image.size
    return (height, width) if _orientation(image) in _TRANSPOSED else (width, height)


def crop_upright(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """A part as it is seen; the whole picture is not copied.

    Arguments:
        image: The picture.
        box: Left, top, right and bottom edge of the part in the upright picture.
    """
    from PIL import Image

    orientation = _orientation(image)
    width, height = image.size
    left, top, right, bottom = box
    if orientation in _TRANSPOSED:
        left, top, right, bottom = top, left, bottom, right
    if orientation in _FROM_RIGHT:
        left, right = width - right, width - left
    if orientation in _FROM_BOTTOM:
        top, bottom = height - bottom, height - top
    part = image.crop((left, top, right, bottom))
    turn = _TURNS.get(orientation)
    return part.transpose(Image.Transpose(turn[0])) if turn else part


def _orientation(image: Image.Image) -> int:
    found: int = image.getexif().get(_ORIENTATION, 1)
    return found


def turned_back(upright: Image.Image, image: Image.Image) -> Image.Image:
    """The changed form of `upright(image)`, turned as it is stored."""
    from PIL import Image

    turn = _TURNS.get(_orientation(image))
    return upright.transpose(Image.Transpose(turn[1])) if turn else upright


def assemble(
    source: Source,
    container: Container,
    saved: bytes,
    change: Callable[[bytes | None], bytes] | None = None,
) -> bytes:
    """The saved picture with all that its source says besides.

    Arguments:
        source: The file that it was made from.
        container: Its format.
        saved: The picture, of the same format.
        change: Makes the new XMP packet from the old one; None to leave it as it is.

    Raises:
        UnsupportedFormat: Something would not be the same afterwards; the message says what.
        Malformed: The XMP cannot be read.
        LimitExceeded: There is too much of something.
    """
    layout = container.scan(source)
    data, made = saved, BytesSource(saved)
    if container.name in _CARRIED:
        data = _CARRIED[container.name](source, layout, made, container.scan(made))
    new = BytesSource(data)
    old = _packet(source, layout)
    packet = old if change is None else change(old)
    splice = container.rewrite(new, container.scan(new), Edits(xmp=packet))
    result = BytesSource(splice.read_at(0, splice.size))
    _confirm(source, layout, result, container.scan(result), packet)
    return result.read_at(0, result.size)


def _packet(source: Source, layout: Layout) -> bytes | None:
    return source.read_at(layout.xmp.start, layout.xmp.length) if layout.xmp else None


def _bytes(source: Source, block: Block) -> bytes:
    return source.read_at(block.start, block.length)


def _segments(source: Source, layout: Layout) -> Iterator[bytes]:
    """The segments of a JPEG that say something, and do not encode the picture or credentials."""
    for block in layout.blocks:
        name = block.name
        has_more = name == "trailer" and bool(_bytes(source, block).strip(b"\0"))
        if name == "COM" or (name.startswith("APP") and name not in ("APP11", "APP14")):
            data = _bytes(source, block)
            has_more = data[4:8] == b"MPF\0"
            yield data
        if has_more:
            raise UnsupportedFormat(
                "behind the picture there is more, which would be lost; remove it first, for "
                "example with `exiftool -trailer:all= -MPF:all= FILE`"
            )


def _with_segments(source: Source, layout: Layout, made: Source, new: Layout) -> bytes:
    """The JPEG as it was saved, with the segments of its source."""
    first, *others = new.blocks
    coded = (
        _bytes(made, block)
        for block in others
        if block.name != "COM" and (not block.name.startswith("APP") or block.name == "APP14")
    )
    return b"".join((_bytes(made, first), *_segments(source, layout), *coded))


#: Signature and chunks of a PNG that encode the picture; and those about its palette or bit depth.
_CODED: Final = ("PNGh", "IHDR", "PLTE", "tRNS", "IDAT", "acTL", "fcTL", "fdAT", "IEND")
_OF_PALETTE: Final = ("bKGD", "hIST", "sBIT", "sPLT")
#: Chunks that come before the palette.
_OF_COLOUR: Final = ("cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI")


def _chunks(source: Source, layout: Layout, made: Source, new: Layout) -> list[Block]:
    """The chunks of a PNG that say something, and are as true of the picture as it was saved."""
    stores = [store.frame.start for store in layout.stores]
    form, saved_form = (
        [_bytes(of, block) for block in blocks if block.name in ("IHDR", "PLTE")]
        for of, blocks in ((source, layout.blocks), (made, new.blocks))
    )
    # Interlacing is the last byte of the header, before the checksum; saving removes it.
    is_same = form[0][:20] + b"".join(form[1:]) == saved_form[0][:20] + b"".join(saved_form[1:])
    return [
        block
        for block in layout.blocks
        if len(block.name) == 4
        and block.name not in _CODED
        and block.start not in stores
        and (is_same or block.name not in _OF_PALETTE)
    ]


def _with_chunks(source: Source, layout: Layout, made: Source, new: Layout) -> bytes:
    """The PNG as it was saved, with the chunks of its source."""
    kept = _chunks(source, layout, made, new)
    data = next(block.start for block in layout.blocks if block.name == "IDAT")
    colour = [block for block in kept if block.name in _OF_COLOUR]
    before = [block for block in kept if block.start < data and block not in colour]
    behind = [block for block in kept if block.start > data and block not in colour]
    coded = [block for block in new.blocks if block.name in _CODED]
    signature, header, *others = coded
    palette = [block for block in others if block.name in ("PLTE", "tRNS")]
    *images, end = (block for block in others if block not in palette)
    return b"".join(
        (
            _bytes(made, signature),
            _bytes(made, header),
            *(_bytes(source, block) for block in colour),
            *(_bytes(made, block) for block in palette),
            *(_bytes(source, block) for block in before),
            *(_bytes(made, block) for block in images),
            *(_bytes(source, block) for block in behind),
            _bytes(made, end),
        )
    )


#: How PNG calls the text that is an XMP packet.
_XMP: Final = "XML:com.adobe.xmp"

_CARRIED: Final = {"JPEG": _with_segments, "PNG": _with_chunks}


def _confirm(
    source: Source, layout: Layout, result: Source, new: Layout, packet: bytes | None
) -> None:
    """Raise UnsupportedFormat unless the result says what the source says, and has the packet."""
    if _packet(result, new) != packet:
        raise UnsupportedFormat("the XMP packet would not be found again")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged metadata
            before, after = dict(_said(source, layout)), dict(_said(result, new))
    except AidiscloseError:
        raise
    except Exception as error:  # Pillow raises whatever comes up within a decoder
        reason = f"{type(error).__name__}: {error}"
        raise MalformedFile(f"the picture cannot be decoded: {reason}") from None
    for name in before | after:
        if before.get(name) != after.get(name):
            raise UnsupportedFormat(f"{name} would not be the same afterwards")


def _said(source: Source, layout: Layout) -> Iterator[tuple[str, object]]:
    """The metadata of a picture besides XMP, as Pillow and our own parsers read it."""
    from PIL import Image, IptcImagePlugin

    yield "a text", sorted(text for text in texts.read(source, layout) if text.name != _XMP)
    with Image.open(io.BytesIO(source.read_at(0, source.size))) as image:
        is_moving = image.format in _ANIMATED and getattr(image, "n_frames", 1) > 1
        yield "its size", image.size
        yield "the colour profile", image.info.get("icc_profile")
        yield "IPTC", IptcImagePlugin.getiptcinfo(image)
        remark = image.info.get("comment")
        # XMP needs GIF89a, and a comment remembers what it was before.
        yield "the comment", None if remark == b"GIF87a" else remark
        exif = image.getexif()
        structural = image.format == "TIFF"
        yield (
            "Exif",
            {tag: exif[tag] for tag in exif if not structural or tag in _DESCRIPTIVE},
        )
        for tag in _DIRECTORIES:
            yield f"the directory {tag} of Exif", dict(exif.get_ifd(tag))
        if is_moving:
            yield "how often it repeats", image.info.get("loop")
