"""Small valid media of every format, made by code, and the real files next to the checkout.

A new format adds one line to FAMILIES; the contract suite picks it up by itself.
"""

from __future__ import annotations

import functools
import io
import itertools
import random
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

from aidisclose.codec import jumbf
from aidisclose.containers import Container, Layout
from tests.containers import (
    samples_bmff,
    samples_id3,
    samples_images,
    samples_ogg,
    samples_pdf,
    samples_riff,
    samples_zip,
)
from tests.containers.samples_id3 import AUDIO, FLAC, tag, text
from tests.containers.samples_images import (
    GIF_LOOP,
    GIF_XMP,
    JXL_LEVEL,
    JXL_PICTURE,
    SVG_SHAPES,
    dng,
    gif,
    gif_extension,
    gif_image,
    jxl,
    jxl_box,
    tiff,
)
from tests.containers.samples_ogg import ogg
from tests.containers.samples_pdf import pdf
from tests.containers.samples_riff import chunk, wav

#: Real media; they lie beside the checkout and are not part of it.
VECTORS: Final = Path(__file__).resolve().parents[3] / "shared" / "vectors"


@dataclass(frozen=True)
class Sample:
    """A media file without a manifest store: a name for the test, and how to get its bytes."""

    name: str
    data: Callable[[], bytes]


def duplicate_in_place(data: bytes, layout: Layout, frame: bytes) -> bytes:
    """A file with one store, with a second one spliced in directly after the first."""
    end = layout.stores[0].frame.end
    return data[:end] + frame + data[end:]


@dataclass(frozen=True, kw_only=True)
class Family:
    """What the contract suite has to know of one format.

    Attributes:
        samples: Made by code.
        large: A valid file with that many bytes of media.
        scan_share: How much of the large file `scan` may read, as a fraction of its size.
        duplicate: A file with one store, its layout, and the frame of a second store: the file
            with both.
        not_restored: Samples, real ones included, that removing a store does not restore to the
            last byte, with the reason.
        not_commented: Samples, real ones included, that hold no comment and no label outside XMP,
            with the reason.
        not_decoded: Samples, real ones included, that Pillow cannot decode, or not any more after
            a store is embedded as it has to be, with the reason.
    """

    samples: tuple[Sample, ...]
    large: Callable[[int], bytes]
    scan_share: float = 0.01
    duplicate: Callable[[bytes, Layout, bytes], bytes] = duplicate_in_place
    not_restored: Mapping[str, str] = field(default_factory=dict)
    not_commented: Mapping[str, str] = field(default_factory=dict)
    not_decoded: Mapping[str, str] = field(default_factory=dict)


def store(size: int, *, seed: int = 0) -> bytes:
    """A manifest store of exactly this many bytes (at least 100) that holds nothing to verify.

    It is a JUMBF superbox as every store is; its content is full of what formats have to escape.
    """
    empty = jumbf.superbox(jumbf.type_uuid("c2pa"), "c2pa", [jumbf.box(b"free", b"")])
    content = random.Random(seed).randbytes(size - len(empty))
    escaped = b"\xff\xd9\xff\x00\xff\xeb\x00\x00IEND\xae\x42\x60\x82"
    content = (escaped + content)[: len(content)]
    return jumbf.superbox(jumbf.type_uuid("c2pa"), "c2pa", [jumbf.box(b"free", content)])


def of(container: Container) -> Iterable[Sample]:
    """The samples of one format: those made by code, and real files where they are there."""
    yield from FAMILIES[container.name].samples
    for path in sorted((VECTORS / "unsigned").glob("*")):
        if path.suffix.lower() in container.extensions:
            yield Sample(path.name, path.read_bytes)


def _picture(mode: str = "RGB", size: tuple[int, int] = (48, 32)) -> Image.Image:
    image = Image.effect_mandelbrot(size, (-2.2, -1.2, 1, 1.2), 60).convert(mode)
    ImageDraw.Draw(image).ellipse((4, 4, 20, 20), fill="white")
    return image


def _encoded(picture: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


# --- JPEG ---------------------------------------------------------------------------------------

EXIF: Final = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0"
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"


def jpeg_segment(marker: int, content: bytes) -> bytes:
    """A marker segment."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg(**options: object) -> bytes:
    """A JPEG file as Pillow writes it: SOI, APP0, DQT ..., EOI."""
    return _encoded(_picture(), format="JPEG", **options)


def _jpeg_after_soi(*segments: bytes, jfif: bool = True) -> bytes:
    data = jpeg()
    start = 2 if jfif else 4 + struct.unpack_from(">H", data, 4)[0]
    return data[:2] + b"".join(segments) + data[start:]


def _jpeg_with_other_jumbf() -> bytes:
    """APP11 segments that are not part of a store, one with the instance number that ours has."""
    label = jumbf.superbox(jumbf.type_uuid("json"), "other", [jumbf.box(b"json", b"{}" * 40)])
    one = jpeg_segment(0xEB, b"JP\x02\x11" + (1).to_bytes(4) + label)
    two = jpeg_segment(0xEB, b"JP\x00\x07" + (1).to_bytes(4) + label[:50])
    three = jpeg_segment(0xEB, b"JP\x00\x07" + (2).to_bytes(4) + label[:8] + label[50:])
    return _jpeg_after_soi(one, two, three, jpeg_segment(0xEB, b"something else"))


def mpf_jpeg(*, before: bytes = b"", after: bytes = b"") -> bytes:
    """A JPEG file with more images behind the first, and the index that points at them.

    Segments may be given that stand before and after the index.
    """
    others = [_encoded(_picture(size=(16 + 8 * n, 16)), format="JPEG") for n in (1, 2)]

    def first(entries: list[tuple[int, int]]) -> bytes:
        index = jpeg_segment(0xE2, mpf_index(entries))
        return _jpeg_after_soi(jpeg_segment(0xE1, EXIF), before, index, after, jfif=False)

    blank = first([(0, 0)] * (1 + len(others)))
    origin = blank.index(b"MPF\0") + 4
    starts = itertools.accumulate(map(len, others), initial=len(blank))
    entries = [(len(other), start - origin) for other, start in zip(others, starts, strict=False)]
    return first([(len(blank), 0), *entries]) + b"".join(others)


def mpf_index(entries: list[tuple[int, int]]) -> bytes:
    """The content of an APP2 segment that lists images by size and offset."""
    data = b"".join(struct.pack(">IIIHH", 0x030000, *entry, 0, 0) for entry in entries)
    directory = struct.pack(">H", 3)
    directory += struct.pack(">HHI4s", 0xB000, 7, 4, b"0100")
    directory += struct.pack(">HHII", 0xB001, 4, 1, len(entries))
    directory += struct.pack(">HHII", 0xB002, 7, len(data), 8 + 2 + 3 * 12 + 4)
    return b"MPF\0MM\0*" + struct.pack(">I", 8) + directory + bytes(4) + data


def _large_jpeg(size: int) -> bytes:
    noise = Image.effect_noise((2048, size // 2048 + 256), 100)
    return _encoded(noise, format="JPEG", quality=100)


_JPEG: Final = Family(
    samples=(
        Sample("jfif", jpeg),
        Sample("progressive", functools.partial(jpeg, progressive=True)),
        Sample("restarts", functools.partial(jpeg, restart_marker_blocks=2)),
        Sample("exif", lambda: _jpeg_after_soi(jpeg_segment(0xE1, EXIF), jfif=False)),
        Sample("bare", functools.partial(_jpeg_after_soi, jfif=False)),
        Sample("xmp", lambda: _jpeg_after_soi(jpeg_segment(0xE1, _XMP), jfif=False)),
        Sample("fill", lambda: _jpeg_after_soi(b"\xff\xff\xff", jpeg_segment(0xFE, b"filled"))),
        Sample("other-jumbf", _jpeg_with_other_jumbf),
        Sample("mpf", mpf_jpeg),
        Sample("trailer", lambda: jpeg() + b"ftypmp42 a motion photo's video \xff\xd8\xff\xe0"),
        Sample("no-eoi", lambda: jpeg()[:-2]),
    ),
    large=_large_jpeg,
    # Nothing tells where entropy-coded data ends but the marker after it.
    scan_share=1.1,
)


# --- PNG ----------------------------------------------------------------------------------------


def png_chunk(code: bytes, content: bytes) -> bytes:
    """A chunk with its checksum."""
    crc = zlib.crc32(code + content)
    return struct.pack(">I", len(content)) + code + content + struct.pack(">I", crc)


def png(**options: object) -> bytes:
    """A PNG file as Pillow writes it: IHDR, IDAT, IEND."""
    return _encoded(_picture(), format="PNG", **options)


def _png_after_header(*chunks: bytes) -> bytes:
    data = png()
    return data[:33] + b"".join(chunks) + data[33:]


def _animated_png() -> bytes:
    frames = [_picture().rotate(angle) for angle in (90, 180)]
    return png(save_all=True, append_images=frames)


def _large_png(size: int) -> bytes:
    return _encoded(Image.new("L", (2048, size // 2048 + 1)), format="PNG", compress_level=0)


_PNG: Final = Family(
    samples=(
        Sample("plain", png),
        Sample("palette", lambda: _encoded(_picture("P"), format="PNG")),
        Sample("text", lambda: _png_after_header(png_chunk(b"tEXt", b"parameters\0a cat"))),
        Sample("animated", _animated_png),
        Sample("trailer", lambda: png() + b"PK\x03\x04 something behind IEND"),
    ),
    large=_large_png,
)


# --- RIFF ---------------------------------------------------------------------------------------


def _second_in_riff(data: bytes, layout: Layout, frame: bytes) -> bytes:
    return samples_riff.with_second_store(data, layout.stores[0].frame.end, frame)


def webp(**options: object) -> bytes:
    """A WebP file as Pillow writes it."""
    return _encoded(_picture(), format="WEBP", **options)


def _animated_webp() -> bytes:
    return webp(save_all=True, append_images=[_picture().rotate(angle) for angle in (90, 180)])


_REPAIRED: Final = "wrong sizes are put right"

_ICMT: Final = chunk(b"ICMT", b"Two lines,\nno end")
_INFO: Final = chunk(b"LIST", b"INFO" + chunk(b"INAM", b"A title\0") + _ICMT)

_WAV: Final = Family(
    samples=(
        Sample("plain", wav),
        Sample("odd", lambda: wav(b"\x80" * 1001)),
        Sample("odd-unpadded", lambda: wav(b"\x80" * 1001, padded=False)),
        Sample("odd-pad-uncounted", lambda: wav(b"\x80" * 1001, padded=False) + b"\0"),
        Sample("comment", lambda: wav(b"\x80" * 9, chunk(b"LIST", b"INFO" + _ICMT))),
        Sample("comment-first", lambda: samples_riff.riff(b"WAVE", _INFO, wav()[12:])),
        Sample("empty-list", lambda: wav(b"\x80", chunk(b"LIST", b"INFO"))),
        Sample("crooked-list", lambda: wav(b"\x80", chunk(b"LIST", b"INFO" + _ICMT + b"ISFT\x09"))),
        Sample("list", lambda: wav(b"\x80", chunk(b"LIST", b"INFOISFT\x03\0\0\0abc\0"))),
        Sample("trailer", lambda: wav() + b"TAG something behind the RIFF chunk"),
        Sample("few-bytes-inside", lambda: wav(b"\x80" * 10, b"bytes")),
        Sample("no-data", lambda: samples_riff.riff(b"WAVE")),
        Sample("streamed", samples_riff.streamed_wav),
        Sample("size-of-the-file", lambda: wav(size=36 + 1000 + 8)),
    ),
    large=lambda size: wav(bytes(size)),
    duplicate=_second_in_riff,
    not_restored={"streamed": _REPAIRED, "size-of-the-file": _REPAIRED},
)
_WEBP: Final = Family(
    samples=(
        Sample("lossy", webp),
        Sample("lossless", functools.partial(webp, lossless=True)),
        Sample("exif", functools.partial(webp, exif=EXIF[6:])),
        Sample("animated", _animated_webp),
    ),
    large=lambda size: samples_riff.riff(b"WEBP", webp()[12:], chunk(b"many", bytes(size))),
    duplicate=_second_in_riff,
)
_AVI: Final = Family(
    samples=(
        Sample("idx1", samples_riff.avi),
        Sample("opendml", samples_riff.opendml_avi),
        Sample("streamed", samples_riff.streamed_avi),
        Sample("texts", lambda: samples_riff.riff(b"AVI ", _INFO, samples_riff.avi()[12:], _INFO)),
    ),
    large=lambda size: samples_riff.riff(b"AVI ", chunk(b"LIST", b"movi" + bytes(size))),
    duplicate=_second_in_riff,
    not_restored={"streamed": _REPAIRED},
)


# --- ID3 ----------------------------------------------------------------------------------------


def _second_in_tag(data: bytes, layout: Layout, frame: bytes) -> bytes:
    return samples_id3.with_second_store(data, layout.stores[0].frame.end, frame)


def _tags(audio: bytes) -> tuple[Sample, ...]:
    title = text(4, "TIT2", "A title")
    marked = samples_id3.frame(4, "TIT2", b"\x00\xff\x00title", 0x02)
    return (
        Sample("untagged", lambda: audio),
        Sample("v24", lambda: tag(4, title) + audio),
        Sample("v24-padding", lambda: tag(4, title, padding=100) + audio),
        Sample("v24-only-padding", lambda: tag(4, padding=100) + audio),
        Sample("v24-footer", lambda: tag(4, title, flags=0x10) + audio),
        Sample("v24-extended", lambda: tag(4, title, extended=bytes.fromhex(_EXTENDED)) + audio),
        Sample("v24-checksum", lambda: tag(4, title, extended=bytes.fromhex(_CHECKSUM)) + audio),
        Sample("v24-unsynchronised", lambda: tag(4, marked, flags=0x80) + audio),
        Sample("v23", lambda: tag(3, text(3, "TYER", "2026"), padding=50) + audio),
        Sample("v23-unsynchronised", lambda: tag(3, text(3, "TIT2", "\xff"), flags=0x80) + audio),
        Sample("v22", lambda: tag(2, text(2, "TT2", "A title")) + audio),
    )


#: Extended headers of 2.4: an update; a checksum.
_EXTENDED: Final = "00000007 01 40 00"
_CHECKSUM: Final = "0000000c 01 20 05 0102030405"

_UPGRADED: Final = "the tag is ID3v2.4 now"
_OLD_TAGS: Final = {
    "v24-checksum": "the checksum of the tag is dropped",
    "v23": _UPGRADED,
    "v23-unsynchronised": _UPGRADED,
    "v22": _UPGRADED,
}

_MP3: Final = Family(
    samples=(
        *_tags(AUDIO),
        Sample("zeros", lambda: tag(4, text(4, "TIT2", "x")) + bytes(9) + AUDIO),
    ),
    large=lambda size: AUDIO * (size // len(AUDIO) + 1),
    duplicate=_second_in_tag,
    not_restored=_OLD_TAGS,
)
_FLAC: Final = Family(
    samples=_tags(FLAC),
    large=lambda size: FLAC + bytes(size),
    duplicate=_second_in_tag,
    not_restored=_OLD_TAGS,
)


# --- GIF, TIFF, SVG, JPEG XL --------------------------------------------------------------------

_GIF: Final = Family(
    samples=(
        Sample("plain", gif),
        Sample("87a", lambda: gif(version=b"87a")),
        Sample("looks-like-a-former-87a", lambda: gif(gif_extension(0xFE, b"GIF87a"), gif_image())),
        Sample("animated", samples_images.animated_gif),
        Sample("own-colours", lambda: gif(GIF_LOOP, *[gif_image(colours=b"colour")] * 2)),
        Sample("xmp", lambda: gif(GIF_XMP, gif_image(), gif_extension(0xFE, b"behind"))),
        Sample("no-trailer", lambda: gif(trailer=b"")),
        Sample("behind-the-trailer", lambda: gif() + b"\x21\xff\x0bsomething"),
        Sample("behind-the-images", lambda: gif(trailer=b"\0;")),
    ),
    large=samples_images.large_gif,
    # Only walking through all sub-blocks tells where image data ends.
    scan_share=1.1,
)


def _second_directory(data: bytes, layout: Layout, frame: bytes) -> bytes:
    return samples_images.with_last_directory(data, [(0xCD41, 7, frame)])


_NO_PICTURE: Final = "a store among several pages is alone in a directory, which shows no picture"

_TIFF: Final = Family(
    samples=(
        Sample("little-endian", tiff),
        Sample("big-endian", lambda: tiff(">")),
        Sample("bigtiff", lambda: tiff(big=True)),
        Sample("bigtiff-big-endian", lambda: tiff(">", big=True)),
        Sample("odd", lambda: tiff() + b"\0"),
        Sample("higher-tag", lambda: tiff("<", (0xFDE8, 7, b"private"))),
        Sample("pages", lambda: tiff(pages=3)),
        Sample("bigtiff-pages", lambda: tiff(big=True, pages=2) + b"\0"),
        Sample("dng", dng),
        Sample("dng-big-endian", lambda: dng(">")),
    ),
    large=samples_images.large_tiff,
    duplicate=_second_directory,
    not_decoded={
        "bigtiff-big-endian": "Pillow does not know it",
        "pages": _NO_PICTURE,
        "bigtiff-pages": _NO_PICTURE,
        "MultiPage.tif": _NO_PICTURE,
    },
)
_SVG: Final = Family(
    samples=tuple(
        Sample(name, functools.partial(bytes, data)) for name, data in SVG_SHAPES.items()
    ),
    large=samples_images.large_svg,
    # It is searched for the name of the element.
    scan_share=1.1,
)
_JXL: Final = Family(
    samples=(
        Sample("plain", jxl),
        Sample("parts", samples_images.jxl_in_parts),
        Sample("level-only", lambda: jxl(JXL_LEVEL)),
        Sample("other-jumbf", lambda: jxl(_other_jumbf(), JXL_PICTURE)),
        Sample("compressed-exif", lambda: jxl(JXL_PICTURE, jxl_box(b"brob", b"Exif"))),
    ),
    large=samples_images.large_jxl,
)


def _other_jumbf() -> bytes:
    return jumbf.superbox(jumbf.type_uuid("json"), "other", [jumbf.box(b"json", b"{}")])


# --- Ogg ----------------------------------------------------------------------------------------

_NO_SOUND: Final = "no Vorbis and no Opus"

_OGG: Final = Family(
    samples=(
        Sample("vorbis", lambda: ogg(samples_ogg.VORBIS)),
        Sample("opus-picture", samples_ogg.long_comments),
        Sample("speex", lambda: ogg(samples_ogg.SPEEX, pages=1)),
        Sample("flac", lambda: ogg(samples_ogg.FLAC)),
        Sample("video", lambda: ogg(samples_ogg.SKELETON, samples_ogg.THEORA, samples_ogg.VORBIS)),
        Sample("unknown", lambda: ogg(b"something else")),
        Sample("chained", lambda: ogg(samples_ogg.VORBIS) + ogg(samples_ogg.OPUS, first=5)),
        Sample("headers-only", lambda: ogg(samples_ogg.VORBIS, pages=0)),
        Sample("bytes-behind", lambda: ogg(samples_ogg.VORBIS) + b"no page"),
    ),
    large=samples_ogg.large,
    not_commented={
        "speex": _NO_SOUND,
        "flac": _NO_SOUND,
        "unknown": _NO_SOUND,
        "headers-only": "it ends before its headers are complete",
    },
)


# --- PDF ----------------------------------------------------------------------------------------

_PDF: Final = Family(
    samples=(
        Sample("table", pdf),
        Sample("stream", lambda: pdf(form="stream")),
        Sample("packed", lambda: pdf(form="packed")),
        Sample("hybrid", lambda: pdf(form="hybrid")),
        Sample("linearized", samples_pdf.linearized),
        Sample("attachment", lambda: pdf(samples_pdf.FLAT_TREE)),
        Sample("attachments", lambda: pdf(samples_pdf.DEEP_TREE)),
        Sample("attachments-packed", lambda: pdf(samples_pdf.DEEP_TREE, form="packed")),
        Sample("updated", lambda: samples_pdf.appended(pdf(), samples_pdf.FLAT_TREE)),
        Sample("no-identifier", lambda: pdf(trailer=b"/Root 1 0 R") + b"\n\n"),
        Sample("no-last-line-end", lambda: pdf()[:-1]),
        Sample("metadata", samples_pdf.metadata),
        Sample("metadata-packed", lambda: samples_pdf.metadata(form="packed")),
    ),
    large=samples_pdf.large,
    duplicate=samples_pdf.with_second_store,
)


# --- ISO media files ----------------------------------------------------------------------------

_BMFF: Final = {
    name: Family(samples=tuple(itertools.starmap(Sample, makers.items())), large=samples_bmff.large)
    for name, makers in samples_bmff.MAKERS.items()
}


# --- ZIP ----------------------------------------------------------------------------------------

_ZIP: Final = Family(
    samples=tuple(itertools.starmap(Sample, samples_zip.SAMPLES.items())),
    large=samples_zip.large,
    scan_share=0.02,  # a comment of 64 KiB may stand at the end
    duplicate=samples_zip.with_second_store,
)


#: By `Container.name`.
FAMILIES: Final[dict[str, Family]] = {
    "JPEG": _JPEG,
    "PNG": _PNG,
    "WAV": _WAV,
    "WebP": _WEBP,
    "AVI": _AVI,
    "FLAC": _FLAC,
    "Ogg": _OGG,
    "PDF": _PDF,
    "MP3": _MP3,
    "GIF": _GIF,
    "TIFF": _TIFF,
    "SVG": _SVG,
    "JPEG XL": _JXL,
    "ZIP": _ZIP,
    **_BMFF,
}
