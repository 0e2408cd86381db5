"""GIF, TIFF, SVG and JPEG XL files made by code, down to the structures that Pillow hides."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Iterable, Sequence
from typing import Final

from PIL import Image

# --- GIF ----------------------------------------------------------------------------------------

#: Width and height 4, a global colour table of two colours.
GIF_SCREEN: Final = struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
GIF_TRAILER: Final = b";"
GIF_LOOP: Final = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
#: As Photoshop writes it: not sub-blocks, but a text and a trailer in which every way ends.
GIF_XMP: Final = (
    b"!\xff\x0bXMP DataXMP<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    + bytes([1, *range(255, -1, -1)])
    + b"\0"
)


def sub_blocks(data: bytes, size: int = 255) -> bytes:
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(bytes((len(part),)) + part for part in parts) + b"\0"


def gif_extension(label: int, *contents: bytes) -> bytes:
    blocks = b"".join(bytes((len(content),)) + content for content in contents)
    return bytes((0x21, label)) + blocks + b"\0"


def gif_image(*, colours: bytes = b"") -> bytes:
    """A frame of 4 by 4 pixels; two own colours if they are given."""
    packed = 0x80 if colours else 0
    descriptor = struct.pack("<BHHHHB", 0x2C, 0, 0, 4, 4, packed)
    return descriptor + colours + b"\x02" + sub_blocks(bytes.fromhex("84 8f a9 cb 50"))


def gif(*blocks: bytes, version: bytes = b"89a", trailer: bytes = GIF_TRAILER) -> bytes:
    return b"GIF" + version + GIF_SCREEN + b"".join(blocks or [gif_image()]) + trailer


def animated_gif() -> bytes:
    gradient = Image.linear_gradient("L").resize((40, 30))
    frames = [gradient.rotate(angle).convert("P") for angle in (0, 90, 180)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=80, loop=0)
    return buffer.getvalue()


def large_gif(size: int) -> bytes:
    """A GIF without compression: codes of one byte, reset before they would grow."""
    rows = size // 2016 + 1
    code = b"\x80" + bytes(random.Random(0).choices(range(128), k=126))
    data = code * (16 * rows) + b"\x81"
    screen = struct.pack("<HHBBB", 2016, rows, 0xF6, 0, 0) + bytes(range(256)) + bytes(128)
    descriptor = struct.pack("<BHHHHB", 0x2C, 0, 0, 2016, rows, 0)
    return b"GIF87a" + screen + descriptor + b"\x07" + sub_blocks(data) + GIF_TRAILER


# --- TIFF ---------------------------------------------------------------------------------------

#: Tag, field type, values. An ASCII or UNDEFINED value is one byte string.
Field = tuple[int, int, bytes | Sequence[int]]

_FORMATS: Final = {3: "H", 4: "I", 9: "i", 16: "Q"}


class Tiff:
    """A TIFF file written piece by piece.

    Arguments:
        order: `<` or `>`.
        big: Whether it is a BigTIFF.
    """

    def __init__(self, order: str = "<", *, big: bool = False) -> None:
        self.order = order
        self.pointer, self.length = ("Q", "Q") if big else ("I", "H")
        self.width = 8 if big else 4
        mark = {"<": b"II", ">": b"MM"}[order]
        version = struct.pack(f"{order}HHH", 43, 8, 0) if big else struct.pack(f"{order}H", 42)
        self.link = len(mark + version)
        self.data = bytearray(mark + version + bytes(self.width))

    def pack(self, code: str, *values: int) -> bytes:
        return struct.pack(self.order + code, *values)

    def unpack(self, code: str, offset: int) -> tuple[int, ...]:
        return struct.unpack_from(self.order + code, self.data, offset)

    def add(self, data: bytes) -> int:
        """Append bytes at an even offset, which is returned."""
        self.data += bytes(len(self.data) % 2)
        self.data += data
        return len(self.data) - len(data)

    def directory(self, fields: Iterable[Field]) -> int:
        """Append a directory that nothing points at yet; returns its offset."""
        entries = []
        for tag, kind, values in sorted(fields):
            if isinstance(values, bytes):
                count, data = len(values), values
            else:
                count, data = len(values), self.pack(f"{len(values)}{_FORMATS[kind]}", *values)
            if len(data) > self.width:
                data = self.pack(self.pointer, self.add(data))
            head = self.pack(f"HH{self.pointer}", tag, kind, count)
            entries.append(head + data.ljust(self.width, b"\0"))
        packed = self.pack(self.length, len(entries)) + b"".join(entries)
        return self.add(packed + bytes(self.width))

    def chain(self, fields: Iterable[Field]) -> int:
        """Append a directory as the next one of the main chain; returns its offset."""
        start = self.directory(fields)
        self.data[self.link : self.link + self.width] = self.pack(self.pointer, start)
        self.link = len(self.data) - self.width
        return start

    def page(self, number: int = 0, *more: Field, width: int = 16, height: int = 12) -> int:
        """Append an uncompressed picture in shades of grey as the next page."""
        pixels = bytes((17 * number + x) % 256 for x in range(width)) * height
        return self.chain([*picture(self.add(pixels), width, height), *more])


def picture(offset: int, width: int = 16, height: int = 12) -> list[Field]:
    """The fields that describe pixels of one byte at an offset."""
    return [
        (0x100, 4, [width]),
        (0x101, 4, [height]),
        (0x102, 3, [8]),
        (0x103, 3, [1]),
        (0x106, 3, [1]),
        (0x111, 4, [offset]),
        (0x115, 3, [1]),
        (0x116, 4, [height]),
        (0x117, 4, [width * height]),
        (0x131, 2, b"made by a test\0"),
    ]


def tiff(order: str = "<", *more: Field, big: bool = False, pages: int = 1) -> bytes:
    """A TIFF file; `more` are fields of its first page."""
    file = Tiff(order, big=big)
    for number in range(pages):
        file.page(number, *(more if number == 0 else ()))
    return bytes(file.data)


def dng(order: str = "<", *more: Field) -> bytes:
    """A DNG file: the first directory is a preview, the raw picture is in a sub-directory."""
    file = Tiff(order)
    raw = file.directory([(0xFE, 4, [0]), *picture(file.add(bytes(192)))])
    version: Field = (0xC612, 1, b"\x01\x06\0\0")
    file.page(1, (0xFE, 4, [1]), (0x14A, 4, [raw]), version, *more)
    return bytes(file.data)


def camera_raw() -> bytes:
    """Built like NEF and ARW: as a DNG file, without saying that it is one."""
    return dng().replace(struct.pack("<H", 0xC612), struct.pack("<H", 0xC611))


def large_tiff(size: int) -> bytes:
    file = Tiff()
    file.page(width=2048, height=size // 2048 + 1)
    return bytes(file.data)


def with_last_directory(data: bytes, fields: Iterable[Field]) -> bytes:
    """A TIFF file with one more directory at the end of its chain."""
    file = Tiff("<" if data[:2] == b"II" else ">", big=43 in data[2:4])
    file.data[:] = data
    (following,) = file.unpack(file.pointer, file.link)
    while following:
        (count,) = file.unpack(file.length, following)
        size = struct.calcsize("=" + file.length) + count * (4 + 2 * file.width)
        file.link = following + size
        (following,) = file.unpack(file.pointer, file.link)
    file.chain(fields)
    return bytes(file.data)


# --- SVG ----------------------------------------------------------------------------------------

SVG_NAMESPACE: Final = "http://www.w3.org/2000/svg"
C2PA_NAMESPACE: Final = "http://c2pa.org/manifest"


def svg(
    content: str = "<rect width='4' height='4'/>", attributes: str = "", before: str = ""
) -> bytes:
    """An SVG file; the content of its root, more attributes for that, and what precedes it."""
    return f'{before}<svg xmlns="{SVG_NAMESPACE}"{attributes}>{content}</svg>'.encode()


#: Shapes that embedding and removing have to tell apart.
SVG_SHAPES: Final = {
    "plain": svg(),
    "no-content": svg(""),
    "empty-element": b'<svg xmlns="%b" width="8"/>\n' % SVG_NAMESPACE.encode(),
    "empty-element-spaced": b'<svg xmlns="%b" />' % SVG_NAMESPACE.encode(),
    "metadata": svg("<title>t</title><metadata><x/></metadata><g/>"),
    "empty-metadata": svg("<metadata></metadata><metadata id='a'/><g/>"),
    "second-metadata": svg("<metadata/><metadata>text</metadata>"),
    "like-ours": svg("<metadata></metadata >"),
    "like-ours-in-a-root-like-ours": svg("<metadata></metadata  >"),
    "nested-metadata": svg("<g><metadata>of the group</metadata></g>"),
    "prefixed": f"<s:svg xmlns:s='{SVG_NAMESPACE}'\n><s:metadata> </s:metadata></s:svg >".encode(),
    "declared": svg(attributes=f' xmlns:c2pa="{C2PA_NAMESPACE}"'),
    "declared-as-we-do": svg(attributes=f" xmlns:c2pa='{C2PA_NAMESPACE}'"),
    "declared-as-we-do-spaced": svg(attributes=f" xmlns:c2pa='{C2PA_NAMESPACE}'  "),
    "declared-in-metadata": svg("<metadata xmlns:c2pa='urn:other'>text</metadata>"),
    "comment-like-ours": svg("<metadata><!--BOM--></metadata>"),
    "byte-order-mark": b"\xef\xbb\xbf" + svg(before="<?xml version='1.0' encoding='utf-8'?>\n"),
    "latin-1": svg("<title>\xe4</title>", before="<?xml version='1.0' encoding='ISO-8859-1'?>")
    .decode()
    .encode("latin-1"),
    "not-a-manifest": svg("<manifest/><!-- <c2pa:manifest>A</c2pa:manifest> --><a b='>/'/>"),
    "cdata": svg("<style><![CDATA[ <metadata><c2pa:manifest>A</c2pa:manifest> ]]></style>"),
    "entities": svg(
        before=f"""<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [
        <!-- don't stop at ']>' --> <!ENTITY ns "{SVG_NAMESPACE}"> <?x ]> ?> ]>""",
    ).replace(f'xmlns="{SVG_NAMESPACE}"'.encode(), b'xmlns="&ns;"'),
}


def large_svg(size: int) -> bytes:
    return svg("<path d='M0 0" + " l 1 2" * (size // 6) + "'/>")


# --- JPEG XL ------------------------------------------------------------------------------------

#: 8 by 8 pixels of a gradient, encoded with `cjxl --container=0`.
JXL_CODESTREAM: Final = bytes.fromhex(
    "ff0a4140525c080012880200e400eda9180000152aa38c1bbc9cebf9f24387c5b48deb0c6db56d6149a2c838"
    "36492770 48126b24808ccc2283aa249196312e1e1800703fc80002"
)


def jxl_box(code: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), code) + content


JXL_SIGNATURE: Final = jxl_box(b"JXL ", b"\r\n\x87\n")
JXL_FTYP: Final = jxl_box(b"ftyp", b"jxl \0\0\0\0jxl ")
JXL_LEVEL: Final = jxl_box(b"jxll", b"\x05")
JXL_PICTURE: Final = jxl_box(b"jxlc", JXL_CODESTREAM)


def jxl(*boxes: bytes) -> bytes:
    """A JPEG XL file with these boxes behind the first two."""
    return b"".join((JXL_SIGNATURE, JXL_FTYP, *(boxes or [JXL_PICTURE])))


def jxl_in_parts() -> bytes:
    """The codestream in numbered pieces; the last one is marked."""
    middle = len(JXL_CODESTREAM) // 2
    first = jxl_box(b"jxlp", bytes(4) + JXL_CODESTREAM[:middle])
    last = jxl_box(b"jxlp", b"\x80\0\0\x01" + JXL_CODESTREAM[middle:])
    return jxl(JXL_LEVEL, first, jxl_box(b"xml ", b"<x/>"), last)


def large_jxl(size: int) -> bytes:
    return jxl(JXL_PICTURE, jxl_box(b"free", bytes(size)))
