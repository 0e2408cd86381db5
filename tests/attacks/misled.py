"""Offsets that stand where no specification has them, and that decoders follow all the same.

They lead into the store, where an answer about revocation, which is not even one, can be exchanged
without a key. FFmpeg, Pillow and libtiff show what it holds.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from aidisclose.codec import brotli
from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.files import Media
from tests.attacks.rebuilt import sealed
from tests.attacks.shadow import c2pa_box
from tests.containers import samples, samples_bmff, samples_images, samples_riff
from tests.containers.samples_bmff import box, dref, full
from tests.containers.samples_id3 import FLAC, synchsafe

CLAUSE: Final = "C2PA 2.5 §A: the excluded bytes are the store's, and readers find nothing there"
_TEXT: Final = b"something else to show".ljust(600, b".")

#: Stands for the offset.
_AT: Final = -1

_TRACK: Final = (b"moov", b"trak")
_MEDIA: Final = (*_TRACK, b"mdia")


def inserted(data: bytes, path: tuple[bytes, ...], new: bytes) -> bytes:
    """ISO boxes with one more, the first one in the first box at a path."""
    if not path:
        return new + data
    at = 0
    while data[at + 4 : at + 8] != path[0]:
        at += int.from_bytes(data[at : at + 4])
    end = at + int.from_bytes(data[at : at + 4])
    inside = inserted(data[at + 8 : end], path[1:], new)
    return data[:at] + box(path[0].decode(), inside) + data[end:]


def _chunks(at: int) -> bytes:
    return full("stco", 0, 0, (1).to_bytes(4), at.to_bytes(4))


def _movie(path: tuple[bytes, ...], around: str = "") -> Callable[[int], Media]:
    """A film with one more table of chunks, which stands at this path, in a box of its own."""

    def make(at: int) -> Media:
        table = box(around, _chunks(at)) if around else _chunks(at)
        return _appended("MP4", inserted(samples_bmff.movie(), path, table))

    return make


def _described(at: int) -> Media:
    entry = box("mp4a", bytes(28), _chunks(at))
    table = full("stsd", 0, 0, (1).to_bytes(4), entry)
    return _appended("MP4", inserted(samples_bmff.movie(), (*_MEDIA, b"minf", b"stbl"), table))


def _stray_track(at: int) -> Media:
    track = samples_bmff.track([at])
    return _appended("MP4", samples_bmff.movie() + track)


def _twice(path: tuple[bytes, ...], table: bytes) -> Callable[[int], Media]:
    return lambda _: _appended("MP4", inserted(samples_bmff.movie(), path, table))


def _item(at: int) -> Media:
    """An item in "another file", which is this one."""
    table = samples_bmff.iloc([(0, 1, 0, [(at, 500)])], version=1)
    head = full("hdlr", 0, 0, bytes(4), b"pict", bytes(13))
    meta = full("meta", 0, 0, head, dref(1), table)
    return _appended(
        "HEIF", samples_bmff.ftyp("heic", "mif1", "heic") + meta + box("mdat", bytes(600))
    )


def _built_in(at: int) -> Media:
    """The picture lies in `idat`, but FFmpeg takes its offset for one in the file."""
    table = samples_bmff.iloc([(1, 1, 0, [(at, 500)])], version=1)
    meta = full(
        "meta",
        0,
        0,
        samples_bmff.hdlr(b"pict"),
        full("pitm", 0, 0, (1).to_bytes(2)),
        table,
        box("idat", bytes(9_000)),
    )
    return _appended("AVIF", samples_bmff.ftyp("avif", "mif1", "avif") + meta)


def _appended(name: str, data: bytes) -> Media:
    return files.media(name)._replace(data=data, place=lambda store: data + c2pa_box(store))


def _tiff(
    *more: samples_images.Field,
    kind: int = 4,
    length: int = 192,
    width: int = 16,
    compression: int = 1,
) -> Callable[[int], Media]:
    """A picture whose only strip begins at an offset; 0 there stands for where it is."""

    def make(at: int) -> Media:
        def place(store: bytes) -> bytes:
            file = samples_images.Tiff()
            pixels = file.add(bytes(192))
            replaced = (0x100, 0x103, 0x111, 0x117)
            fields = [item for item in samples_images.picture(pixels) if item[0] not in replaced]
            fields += [(0x100, 4, [width]), (0x103, 3, [compression]), (0x117, 4, [length])]
            fields += [(0x111, 4, [pixels if more else at or pixels]), (0xCD41, 7, b"")]
            fields += [
                (tag, form, [at if value == _AT else value for value in values])
                for tag, form, values in more
            ]
            file.chain(fields)
            data = bytearray(file.data) + store
            strip = data.index(struct.pack("<HH", 0x111, 4))
            data[strip + 2 : strip + 4] = struct.pack("<H", kind)
            entry = data.index(struct.pack("<HH", 0xCD41, 7))
            data[entry + 4 : entry + 12] = struct.pack("<II", len(store), len(file.data))
            return bytes(data)

        return files.media("TIFF")._replace(place=place)

    return make


def _short_strip(*more: samples_images.Field) -> Media:
    """One byte, by its length, at the end of the file: Pillow shows as much as the picture has."""
    replaced = (0x111, 0x117, *(tag for tag, *_ in more))

    def place(store: bytes) -> bytes:
        file = samples_images.Tiff()
        fields = [item for item in samples_images.picture(0) if item[0] not in replaced]
        fields += [(0x111, 4, [0]), (0x117, 4, [1]), (0xCD41, 7, b""), *more]
        file.chain(fields)
        pixels = file.add(b"\x55")
        data = bytearray(file.data) + store
        entry = data.index(struct.pack("<HH", 0x111, 4))
        data[entry + 8 : entry + 12] = struct.pack("<I", pixels)
        entry = data.index(struct.pack("<HH", 0xCD41, 7))
        data[entry + 4 : entry + 12] = struct.pack("<II", len(store), len(file.data))
        return bytes(data)

    return files.media("TIFF")._replace(place=place)


def parallel(data: bytes, distance: int = 0) -> bytes:
    """A PNG file as Apple's programs write it: where image data begin, and begin again."""
    at = data.index(b"IDAT") - 4
    numbers = (2, 0, 16, 40, 16, 16, distance or 40)
    return data[:at] + samples.png_chunk(b"iDOT", struct.pack(">7I", *numbers)) + data[at:]


def _restarted(at: int) -> Media:
    plain = samples.png()
    start = plain.index(b"IDAT") - 4

    def place(store: bytes) -> bytes:
        data = parallel(plain, max(at - start, 0))
        return data[: start + 40] + samples.png_chunk(b"caBX", store) + data[start + 40 :]

    return files.media("PNG")._replace(data=parallel(plain), place=place)


def _endless(_: int) -> Media:
    """Sound of length 0, which FFmpeg takes for sound up to the end of the file."""
    shape = struct.pack("<HHIIHH", 1, 1, 8_000, 8_000, 1, 8)
    chunks = [samples_riff.chunk(b"fmt ", shape), samples_riff.chunk(b"data", b"")]
    return files.media("WAV")._replace(data=samples_riff.riff(b"WAVE", *chunks))


def _unpadded(jump: int) -> Media:
    """Sound of odd length before a chunk whose code and size FFmpeg takes for a size."""
    shape = struct.pack("<HHIIHH", 1, 1, 8_000, 8_000, 1, 8)
    last = bytes((jump & 0xFF,))
    chunks = (
        samples_riff.chunk(b"fmt ", shape),
        samples_riff.chunk(b"data", bytes(4_001)),
        samples_riff.chunk(b"any" + last, bytes(jump >> 8)),
    )
    return files.media("WAV")._replace(data=samples_riff.riff(b"WAVE", *chunks))


def _heard() -> Iterator[Attack]:
    """Sound in the store, to which such a size leads."""
    found = b"data" + (600).to_bytes(4, "little") + _TEXT
    jump = 0x0A41
    honest = files.signed(files.active(seal=sealed(bytes(1_500))), of=_unpadded(jump))
    # The pad byte of the sound is the first of what FFmpeg takes for a header.
    target = honest.index(b"any") - 1 + 8 + jump + (jump & 1)
    lead = target - honest.index(bytes(1_500), target - 1_500)
    text = (bytes(lead) + found).ljust(1_500, b"\0")
    changed = files.signed(files.active(seal=sealed(text)), of=_unpadded(jump))
    assert changed[target : target + len(found)] == found
    name = "misled: sound behind sound of odd length"
    yield Attack(name, CLAUSE, honest, changed, "sound of odd length leads into the manifest store")


def _sought(at: int) -> Media:
    """A FLAC with a point to play from that lies before its frames."""

    def place(store: bytes) -> bytes:
        data = files.embed(plain(0), store)
        first = data.index(b"fLaC") + len(plain(0))
        return files.embed(plain((at - first) % 2**64), store)

    def plain(offset: int) -> bytes:
        points = struct.pack(">QQH", 0, 0, 4_096) + struct.pack(">QQH", 9_000, offset, 4_096)
        return FLAC[:4] + FLAC[4:42] + b"\x83" + len(points).to_bytes(3) + points

    return files.media("FLAC")._replace(place=place)


def _index(*, kind: bytes) -> Callable[[int], Media]:
    """An index of an AVI that does not stand in the header of its stream."""

    def make(at: int) -> Media:
        entry = struct.pack("<QII", at, 48, 2) + bytes(16)
        index = samples_riff.chunk(b"indx", struct.pack("<HBBI4s12x", 4, 0, 0, 1, b"00dc") + entry)
        plain = samples_riff.avi()
        listed = samples_riff.chunk(b"LIST", kind + index) if kind else index
        media = plain.rindex(b"LIST", 0, plain.index(b"movi"))

        def place(store: bytes) -> bytes:
            parts = (plain[12:media], listed, plain[media:], samples_riff.chunk(b"C2PA", store))
            return samples_riff.riff(b"AVI ", *parts)

        return files.media("AVI")._replace(place=place)

    return make


def _pictures(order: str, within: str, head: bytes) -> Callable[[int], Media]:
    """An index of two pictures, by its order of bytes, that of its entries, and how it begins."""

    def make(at: int) -> Media:
        plain = samples.jpeg()

        def place(store: bytes) -> bytes:
            held = samples.jpeg_segment(0xEB, b"JP\x02\x11" + (1).to_bytes(4) + store)
            origin = 2 + len(held) + 8
            entries = [(len(plain), 0), (len(_TEXT), (at - origin) % 2**32)]
            listed = b"".join(struct.pack(f"{within}IIIHH", 0, *each, 0, 0) for each in entries)
            fields = struct.pack(f"{order}HHI4s", 0xB000, 7, 4, b"0100")
            fields += struct.pack(f"{order}HHII", 0xB001, 4, 1, 2)
            fields += struct.pack(f"{order}HHII", 0xB002, 7, len(listed), 50)
            index = head + struct.pack(f"{order}IH", 8, 3) + fields + bytes(4) + listed
            return plain[:2] + held + samples.jpeg_segment(0xE2, b"MPF\0" + index) + plain[2:]

        return files.media("JPEG")._replace(place=place)

    return make


def _preview(at: int) -> Media:
    """A thumbnail of Exif data that begin with another number: ExifTool does not look at it."""
    plain = samples.jpeg()

    def place(store: bytes) -> bytes:
        held = samples.jpeg_segment(0xEB, b"JP\x02\x11" + (1).to_bytes(4) + store)
        file = samples_images.Tiff()
        file.chain([(0x10F, 2, b"a\0")])
        file.chain([(0x103, 3, [6]), (0x201, 4, [max(at - 12, 0)]), (0x202, 4, [len(_TEXT)])])
        exif = b"IIRO" + bytes(file.data[4:])
        return plain[:2] + samples.jpeg_segment(0xE1, b"Exif\0\0" + exif) + held + plain[2:]

    return files.media("JPEG")._replace(place=place)


def _trailer(at: int) -> Media:
    """The directory that Samsung's cameras write behind a picture."""
    plain = samples.jpeg()

    def place(store: bytes) -> bytes:
        held = samples.jpeg_segment(0xEB, b"JP\x02\x11" + (1).to_bytes(4) + store)
        data = plain[:2] + held + plain[2:]
        entry = b"\0\0\x30\x0a" + struct.pack("<II", len(data) - at, len(_TEXT))
        directory = b"SEFH" + struct.pack("<II", 106, 1) + entry
        return data + directory + struct.pack("<I", len(directory)) + b"SEFT"

    return files.media("JPEG")._replace(place=place)


def _numbered(at: int) -> Media:
    """A film behind a picture, with the distance in numbers of characters."""
    plain = samples.jpeg()

    def place(store: bytes) -> bytes:
        held = samples.jpeg_segment(0xEB, b"JP\x02\x11" + (1).to_bytes(4) + store)
        name = b"http://ns.adobe.com/xap/1.0/\0"
        size = len(held) + len(plain) + 4 + len(name) + len(packet(0))
        described = samples.jpeg_segment(0xE1, name + packet(size - at if at else 0))
        return plain[:2] + described + held + plain[2:]

    def packet(back: int) -> bytes:
        digits = "".join(f"&#{ord(digit)};" for digit in f"{back:08d}")
        return (
            "<x:xmpmeta xmlns:x='adobe:ns:meta/' xmlns:C='http://ns.google.com/photos/1.0/camera/'"
            f" C:MicroVideo='1' C:MicroVideoOffset='{digits}'/>"
        ).encode()

    return files.media("JPEG")._replace(place=place)


def _beside_store(before: Callable[[int], bytes]) -> Callable[[int], Media]:
    """A JPEG with segments in front of the store, which begin behind SOI."""
    plain = samples.jpeg()

    def make(at: int) -> Media:
        def place(store: bytes) -> bytes:
            held = samples.jpeg_segment(0xEB, b"JP\x02\x11" + (1).to_bytes(4) + store)
            return plain[:2] + before(at) + held + plain[2:]

        return files.media("JPEG")._replace(place=place)

    return make


def _marker(name: int, head: bytes = b"") -> Callable[[int], Media]:
    """A segment of this name in which another one begins, and ends in the store."""
    start = 2 + 4 + len(head)

    def before(at: int) -> bytes:
        length = (max(at - start, 4) - 2) % 2**16
        return samples.jpeg_segment(name, head + b"\xff\xe5" + length.to_bytes(2) + bytes(9))

    return _beside_store(before)


def _thumbnail(at: int, base: int, kind: int = 4) -> bytes:
    """Exif data with a thumbnail at an offset, as they count it from where they begin."""
    file = samples_images.Tiff()
    file.chain([(0x10F, 2, b"a\0")])
    offset = at - base if at else 0
    file.chain([(0x103, 3, [6]), (0x201, kind, [offset]), (0x202, 4, [len(_TEXT)])])
    return bytes(file.data)


def _named(name: bytes) -> Callable[[int], Media]:
    head = 2 + 4 + len(name)
    return _beside_store(lambda at: samples.jpeg_segment(0xE1, name + _thumbnail(at, head)))


def _earlier(at: int) -> Media:
    """A thumbnail that stands in front of the Exif data, by a negative number."""
    plain = samples.jpeg()

    def place(store: bytes) -> bytes:
        held = samples.jpeg_segment(0xEB, b"JP\x02\x11" + (1).to_bytes(4) + store)
        exif = b"Exif\0\0" + _thumbnail(at, 2 + len(held) + 4 + 6, kind=_SIGNED)
        return plain[:2] + held + samples.jpeg_segment(0xE1, exif) + plain[2:]

    return files.media("JPEG")._replace(place=place)


def _chunk(name: bytes, content: Callable[[bytes], bytes]) -> Callable[[int], Media]:
    """A chunk of a PNG with Exif data, which count from the start of the file."""
    plain = samples.png()

    def make(at: int) -> Media:
        def place(store: bytes) -> bytes:
            chunk = samples.png_chunk(name, content(_thumbnail(at, 0)))
            return plain[:33] + chunk + samples.png_chunk(b"caBX", store) + plain[33:]

        return files.media("PNG")._replace(place=place)

    return make


def _document(at: int) -> Media:
    """A JPEG that is a PDF too, whose only object lies in the store."""
    plain = samples.jpeg()
    head = samples.jpeg_segment(0xFE, b"%PDF-1.7\n")
    tables = b"xref\n0 2\n%010d 65535 f \n%010d 00000 n \n" % (0, at)
    tail = tables + b"trailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF 1 0 obj"

    def place(store: bytes) -> bytes:
        held = samples.jpeg_segment(0xEB, b"JP\x02\x11" + (1).to_bytes(4) + store)
        return plain[:2] + head + held + samples.jpeg_segment(0xFE, tail) + plain[2:]

    return files.media("JPEG")._replace(place=place)


def _archive(at: int) -> Media:
    """A PNG that is an archive too, whose only member reaches into the store."""
    plain = samples.png()
    member = struct.pack("<4s26x", b"PK\3\4")
    last = struct.pack("<4s42x", b"PK\1\2") + struct.pack("<4s12xIH", b"PK\5\6", at, 0)

    def place(store: bytes) -> bytes:
        before = samples.png_chunk(b"teXt", b"a\0" + member)
        behind = samples.png_chunk(b"teXt", b"b\0" + last)
        held = samples.png_chunk(b"caBX", store)
        return plain[:33] + before + held + plain[33:-12] + behind + plain[-12:]

    return files.media("PNG")._replace(place=place)


def _profile(data: bytes) -> bytes:
    return b"\nexif\n%8d\n" % len(data) + data.hex().encode()


def _of_jpeg_xl(name: bytes, encode: Callable[[bytes], bytes]) -> Callable[[int], Media]:
    plain = files.media("JPEG XL").data
    start = 32  # behind the signature and ftyp

    def make(at: int) -> Media:
        def place(store: bytes) -> bytes:
            base = start + 8 + 4 if name == b"Exif" else 0
            exif = samples_images.jxl_box(name, encode(bytes(4) + _thumbnail(at, base)))
            return plain[:start] + exif + store + plain[start:]

        return files.media("JPEG XL")._replace(place=place)

    return make


def _of_item(at: int) -> Media:
    """Exif data in an item of a picture."""

    def build(base: int) -> bytes:
        exif = bytes(4) + _thumbnail(at, base + 4, kind=_SIGNED)
        entry = full("infe", 2, 0, (1).to_bytes(2), bytes(2), b"Exif", b"\0")
        parts = (
            full("hdlr", 0, 0, bytes(4), b"pict", bytes(13)),
            full("pitm", 0, 0, (1).to_bytes(2)),
            full("iinf", 0, 0, (1).to_bytes(2), entry),
            samples_bmff.iloc([(0, 0, 0, [(base, len(exif))])]),
        )
        head = samples_bmff.ftyp("heic", "mif1", "heic")
        return head + full("meta", 0, 0, *parts) + box("mdat", exif)

    def place(store: bytes) -> bytes:
        c2pa = c2pa_box(store)
        head = samples_bmff.ftyp("heic", "mif1", "heic")
        plain = build(0)
        data = build(plain.index(b"mdat") + 4 + len(c2pa))
        return data[: len(head)] + c2pa + data[len(head) :]

    return files.media("HEIF")._replace(data=build(build(0).index(b"mdat") + 4), place=place)


def _packet(*, extended: bool) -> Callable[[int], Media]:
    """A film behind a picture, by a further packet, or what did not fit into the first one."""
    plain = samples.jpeg()
    name = b"http://ns.adobe.com/xap/1.0/\0"
    first = samples.jpeg_segment(0xE1, name + b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")

    def packet(back: int) -> bytes:
        text = (
            "<x:xmpmeta xmlns:x='adobe:ns:meta/' xmlns:C='http://ns.google.com/photos/1.0/camera/'"
            f" C:MicroVideo='1' C:MicroVideoOffset='{back:08d}'/>"
        ).encode()
        if not extended:
            return first + samples.jpeg_segment(0xE1, name + text)
        head = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + len(text).to_bytes(4)
        middle = text.index(b"VideoOffset")
        parts = {0: text[:middle], middle: text[middle:]}
        return first + b"".join(
            samples.jpeg_segment(0xE1, head + start.to_bytes(4) + parts[start])
            for start in (middle, 0)
        )

    def make(at: int) -> Media:
        def place(store: bytes) -> bytes:
            held = samples.jpeg_segment(0xEB, b"JP\x02\x11" + (1).to_bytes(4) + store)
            size = len(plain) + len(packet(0)) + len(held)
            return plain[:2] + packet(size - at if at else 0) + held + plain[2:]

        return files.media("JPEG")._replace(place=place)

    return make


def _afcp(order: str, mark: bytes, *, moved: int) -> Callable[[int], Media]:
    """The directory of AFCP behind a picture, which says that it was elsewhere before."""
    plain = samples.jpeg()

    def make(at: int) -> Media:
        def place(store: bytes) -> bytes:
            held = samples.jpeg_segment(0xEB, b"JP\x02\x11" + (1).to_bytes(4) + store)
            data = plain[:2] + held + plain[2:]
            entry = b"PrVw" + struct.pack(order + "II", len(_TEXT), max(at - moved, 0))
            head = mark + struct.pack(order + "HHI", 100, 1, 0)
            end = mark + struct.pack(order + "II", len(data) - moved, 0)
            return data + head + entry + end

        return files.media("JPEG")._replace(place=place)

    return make


def _tail(name: str, tag: Callable[[int], bytes]) -> Callable[[int], Media]:
    """Sound with a tag at its end that begins at an offset, as it says by its length."""

    def make(at: int) -> Media:
        def place(store: bytes) -> bytes:
            length = len(files.embed(data + tag(256), store)) - at if at else 256
            return files.embed(data + tag(length), store)

        data = files.media(name).data
        return files.media(name)._replace(place=place)

    return make


def _ape(length: int) -> bytes:
    return b"APETAGEX" + struct.pack("<4I8x", 2_000, length, 2, 0)


def _lyrics(length: int) -> bytes:
    return b"%06dLYRICS200" % (length - 15)


def _id3(length: int) -> bytes:
    return b"3DI\4\0\x10" + synchsafe(length - 20)


def _old_jpeg(*lengths: samples_images.Field) -> Callable[[int], Media]:
    """A JPEG within a TIFF, whose head is passed over to what is in the store."""
    head = b"\xff\xd8\xff\xe5\x40\0"

    def make(_: int) -> Media:
        def place(store: bytes) -> bytes:
            file = samples_images.Tiff()
            start = file.add(head)
            replaced = (0x103, 0x111, 0x117)
            fields = [item for item in samples_images.picture(0) if item[0] not in replaced]
            fields += [(0x103, 3, [6]), (0x201, 4, [start]), *lengths, (0xCD41, 7, b"")]
            return _with_store(file, fields, store)

        return files.media("TIFF")._replace(place=place)

    return make


def _stack(description: bytes) -> Callable[[int], Media]:
    """Pictures behind each other, of which a description speaks and the directory has one."""

    def make(_: int) -> Media:
        def place(store: bytes) -> bytes:
            file = samples_images.Tiff()
            pixels = file.add(bytes(192))
            fields = [*samples_images.picture(pixels), (0x10E, 2, description), (0xCD41, 7, b"")]
            return _with_store(file, fields, store)

        return files.media("TIFF")._replace(place=place)

    return make


def _with_store(
    file: samples_images.Tiff, fields: list[samples_images.Field], store: bytes
) -> bytes:
    file.chain(fields)
    data = bytearray(file.data) + store
    entry = data.index(struct.pack("<HH", 0xCD41, 7))
    data[entry + 4 : entry + 12] = struct.pack("<II", len(store), len(file.data))
    return bytes(data)


def _extension(short: bytes) -> Callable[[int], Media]:
    """An extension of a GIF of which readers take more than it has."""

    def make(_: int) -> Media:
        data = files.media("GIF").data
        place = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)

        def embed(store: bytes) -> bytes:
            held = b"\x21\xff\x0bC2PA_GIF\1\0\0" + samples_images.sub_blocks(store)
            return data[:place] + short + held + data[place:]

        return files.media("GIF")._replace(place=embed)

    return make


def _meta_morph(_: int) -> Media:
    """A stack of nine pictures, by the numbers that MetaMorph has for each."""

    def place(store: bytes) -> bytes:
        file = samples_images.Tiff()
        pixels = file.add(bytes(192))
        fields = [*samples_images.picture(pixels), (0x835C, 4, [0]), (0xCD41, 7, b"")]
        data = bytearray(_with_store(file, [*fields, (0x835D, 7, bytes(9 * 8))], store))
        entry = data.index(struct.pack("<HH", 0x835D, 7))
        data[entry + 2 : entry + 8] = struct.pack("<HI", 5, 9)  # fractions
        return bytes(data)

    return files.media("TIFF")._replace(place=place)


def frame(_: int) -> Media:
    """A frame of an animation whose picture says that it is longer than the frame."""
    plain = bytearray(files.media("WebP", "animated").data)
    inner = plain.rindex(b"ANMF") + 8 + 16
    size = int.from_bytes(plain[inner + 4 : inner + 8], "little")
    plain[inner + 4 : inner + 8] = (size + 5_000).to_bytes(4, "little")
    return files.media("WebP")._replace(data=bytes(plain))


def _numbers(*values: int) -> bytes:
    return samples_bmff.numbers(4, values)


def _fragment(*runs: bytes, flags: int = 0, base: bytes = b"", has_head: bool = True) -> bytes:
    head = full("tfhd", 0, flags, _numbers(1), base) if has_head else b""
    return box("moof", full("mfhd", 0, 0, _numbers(1)), box("traf", head, *runs))


def _fragmented(moof: Callable[[int], bytes], length: int = 400) -> Media:
    """A film of one fragment, which is told where its media begins."""
    defaults = box("mvex", full("trex", 0, 0, _numbers(1, 1, 0, 0, 0)))
    head = samples_bmff.ftyp() + samples_bmff.moov(samples_bmff.track([]), more=defaults)
    start = len(head) + len(moof(0)) + 8
    return _appended("MP4", head + moof(start) + box("mdat", _numbers(900) * (length // 4)))


def _followed(at: int) -> Media:
    """A run of samples that says no offset: FFmpeg takes the base of all for it."""
    base, follows = at.to_bytes(8), full("trun", 0, 0x200, _numbers(1, 100))

    def moof(start: int) -> bytes:
        first = full("trun", 0, 0x201, _numbers(1, (start - at) & 0xFFFFFFFF, 100))
        return _fragment(first, follows, flags=1, base=base)

    return _fragmented(moof)


def _short_run(_: int) -> Media:
    """Sizes of samples that FFmpeg reads in what follows their table."""
    table = full("trun", 0, 0x200, _numbers(4, 1))
    return _fragmented(lambda start: _fragment(table, flags=1, base=start.to_bytes(8)), length=12)


def _headless_run(_: int) -> Media:
    run = full("trun", 0, 0x201, _numbers(1, 900, 900))
    return _fragmented(lambda _: _fragment(run, has_head=False))


def tables(*tables: bytes, stsd: bytes = bytes(4), chunks: int = 1) -> Callable[[int], Media]:
    """A film with one byte in each chunk, as these tables seem to say; the last one is behind it.

    What does not fit into the media, players take out of the store.
    """

    def film(start: int, last: int) -> bytes:
        at = [start] * (chunks - 1) + [last]
        offsets = full("stco", 0, 0, _numbers(chunks, *at))
        stbl = box("stbl", full("stsd", 0, 0, stsd), *tables, offsets)
        minf = box("minf", full("smhd", 0, 0, bytes(4)), dref(1), stbl)
        media = box("mdia", full("mdhd", 0, 0, bytes(20)), minf)
        track = box("trak", full("tkhd", 0, 3, bytes(80)), media)
        return samples_bmff.ftyp("qt  ", "qt  ") + samples_bmff.moov(track)

    def make(at: int) -> Media:
        start = len(film(0, 0)) + 8
        last = at if chunks > 1 else start
        return _appended("QuickTime", film(start, last) + box("mdat", bytes(16)))

    return make


def stereo(code: str, *, bits: int = 16, version: int = 0, more: bytes = b"") -> bytes:
    """A description of stereo sound."""
    fields = struct.pack(">6xHH6xHH4xI", 1, version, 2, bits, 8000 << 16)
    return _numbers(1) + box(code, fields, more)


#: Sixteen samples, each of which lasts one unit of time, in one chunk; one byte each, it seems.
_TIMES: Final = full("stts", 0, 0, _numbers(1, 16, 1))
_ONE_CHUNK: Final = full("stsc", 0, 0, _numbers(1, 1, 16, 1))
_ONE_BYTE: Final = full("stsz", 0, 0, _numbers(1, 16))
_SOUND: Final = (_TIMES, _ONE_CHUNK, _ONE_BYTE)


_SIZES: Final = full("stsz", 0, 0, (1).to_bytes(4), (1).to_bytes(4))
_STBL: Final = (*_MEDIA, b"minf", b"stbl")
_SIGNED: Final = 9
_INTO_STORE: Final = "leads into the manifest store"

_CASES: Final[dict[str, tuple[Callable[[int], Media], str]]] = {
    "chunks of a track, in the track": (_movie(_TRACK), "outside of its place"),
    "chunks of a track, in its user data": (_movie(_TRACK, "udta"), "outside of its place"),
    "chunks of a track, in its edits": (_movie(_TRACK, "edts"), "outside of its place"),
    "chunks of a track, in its media": (_movie(_MEDIA), "outside of its place"),
    "chunks of a track, in a film in it": (_movie(_TRACK, "moov"), "outside of its place"),
    "chunks of a track, in a sample entry": (_described, "in a sample description"),
    "a compressed film in a track": (_movie(_TRACK, "cmov"), "outside of its place"),
    "a track beside the film": (_stray_track, "outside of its place"),
    "sizes of samples twice": (_twice(_STBL, _SIZES + _SIZES), "two boxes of type b'stsz'"),
    "an item of another file that is this one": (_item, "leads into the manifest store"),
    "a picture beside the table of items": (_built_in, _INTO_STORE),
    "signed offsets": (_tiff(kind=_SIGNED), "leads into the manifest store"),
    "a strip of length 0": (_tiff(length=0), "leads into the manifest store"),
    "a compressed strip of length 0": (
        _tiff(length=0, compression=5),
        "leads into the manifest store",
    ),
    "a strip that is shorter than the picture": (
        lambda _: _short_strip(),
        "leads into the manifest store",
    ),
    "a strip of colours that is shorter than the picture": (
        lambda _: _short_strip((0x106, 3, [6]), (0x115, 3, [3]), (0x102, 3, [8, 8, 8])),
        "leads into the manifest store",
    ),
    "two tags with strips": (_tiff((0x111, 4, [_AT])), "stands twice"),
    "a signed offset of Exif": (_tiff((0x8769, _SIGNED, [_AT])), "leads into the manifest store"),
    "tables of an old JPEG": (_tiff((0x207, 4, [_AT])), "leads into the manifest store"),
    "image data of a PNG": (_restarted, "leads into the manifest store"),
    "sound of length 0": (_endless, "leads into the manifest store"),
    "an index of an AVI beside the headers": (_index(kind=b""), "leads into the manifest store"),
    "an index of an AVI in a list": (_index(kind=b"INFO"), "leads into the manifest store"),
    "pictures of an index without a number": (
        _pictures("<", "<", b"II\0*"),
        "leads into the manifest store",
    ),
    "pictures of an index in two orders": (
        _pictures(">", "<", b"MM*\0"),
        "leads into the manifest store",
    ),
    "a thumbnail of odd Exif": (_preview, "leads into the manifest store"),
    "a trailer": (_trailer, "leads into the manifest store"),
    "a film behind a picture, in numbers": (_numbered, "leads into the manifest store"),
    "a marker in DNL": (_marker(0xDC), _INTO_STORE),
    "a marker in DAC": (_marker(0xCC), _INTO_STORE),
    "a marker in JPG13": (_marker(0xFD), _INTO_STORE),
    "a marker in a table that is cut off": (_marker(0xDB), _INTO_STORE),
    "a marker in a scan of nothing": (_marker(0xDA, b"\0"), _INTO_STORE),
    "a marker behind a marker": (_marker(0xDC, b"\xff\xe6\0\x04"), _INTO_STORE),
    "a segment of LJIF that is too short": (
        _beside_store(lambda _: samples.jpeg_segment(0xE0, b"LJIF")),
        _INTO_STORE,
    ),
    "a thumbnail of Exif in small letters": (_named(b"exif\0\0"), _INTO_STORE),
    "a thumbnail of Exif behind other bytes": (_named(b"\xff.\0 Exif\0\1"), _INTO_STORE),
    "a thumbnail before its Exif": (_earlier, _INTO_STORE),
    "a thumbnail of Exif of PNG behind a name": (
        _chunk(b"eXIf", lambda data: b"Exif\0\0" + data),
        _INTO_STORE,
    ),
    "a thumbnail of compressed Exif of PNG": (
        _chunk(b"zxIf", lambda data: b"\0" + len(data).to_bytes(4) + zlib.compress(data)),
        _INTO_STORE,
    ),
    "a thumbnail of a profile of PNG": (
        _chunk(b"tEXt", lambda data: b"Raw profile type exif\0" + _profile(data)),
        _INTO_STORE,
    ),
    "a thumbnail of a compressed profile of PNG": (
        _chunk(
            b"zTXt",
            lambda data: b"Raw profile type APP1\0\0" + zlib.compress(_profile(b"Exif\0\0" + data)),
        ),
        _INTO_STORE,
    ),
    "a thumbnail of Exif of JPEG XL": (_of_jpeg_xl(b"Exif", bytes), _INTO_STORE),
    "a thumbnail of compressed Exif of JPEG XL": (
        _of_jpeg_xl(b"brob", lambda data: b"Exif" + brotli.compress(data)),
        _INTO_STORE,
    ),
    "a thumbnail of Exif of HEIF": (_of_item, _INTO_STORE),
    "a film behind a picture, in another packet": (_packet(extended=False), _INTO_STORE),
    "a film behind a picture, in parts of a packet": (_packet(extended=True), _INTO_STORE),
    "a directory of AFCP": (_afcp(">", b"AXS!", moved=0), _INTO_STORE),
    "a directory of AFCP that was moved": (_afcp("<", b"AXS*", moved=77), _INTO_STORE),
    "a JPEG that is a PDF": (_document, "programs for PDF open it as well"),
    "a PNG that is an archive": (_archive, "programs for ZIP open it as well"),
    "an old JPEG without a length": (_old_jpeg(), _INTO_STORE),
    "an old JPEG of length 0": (_old_jpeg((0x202, 4, [0])), _INTO_STORE),
    "a stack of ImageJ": (_stack(b"ImageJ=1.53\nimages=9\nslices=9\n\0"), _INTO_STORE),
    "a stack of tifffile": (_stack(b'{"shape": [9, 8, 8, 3]}\0'), _INTO_STORE),
    "an empty graphic control extension": (_extension(b"\x21\xf9\0"), _INTO_STORE),
    "a short plain text extension": (_extension(b"\x21\1\1.\0"), _INTO_STORE),
    "an extension of nothing": (_extension(b"\x21\x99\0"), _INTO_STORE),
    "a loop that says no number": (_extension(b"\x21\xff\x0bNETSCAPE2.0\0"), _INTO_STORE),
    "a stack of MetaMorph": (_meta_morph, _INTO_STORE),
    "offsets that are bytes": (_tiff(kind=7), "not whole numbers"),
    "offsets that are fractions": (_tiff(kind=5), _INTO_STORE),
    "a picture that is longer than its frame": (frame, _INTO_STORE),
    "a run of samples without an offset": (_followed, _INTO_STORE),
    "a run of samples that is too short": (_short_run, "too short for its samples"),
    "a run of samples without a head": (_headless_run, "without a tfhd box"),
    "sound of more bytes than its sizes": (tables(*_SOUND, stsd=stereo("twos")), _INTO_STORE),
    "sound of odd bits": (tables(*_SOUND, stsd=stereo("sowt", bits=0)), _INTO_STORE),
    "sound without sizes": (tables(*_SOUND[:2], stsd=stereo("in24")), _INTO_STORE),
    "sound in frames": (
        tables(*_SOUND, stsd=stereo("QDM2", version=1, more=_numbers(4, 9, 900, 2))),
        _INTO_STORE,
    ),
    "sound in frames of an old format": (tables(*_SOUND, stsd=stereo("ima4")), _INTO_STORE),
    "sound of a second kind": (
        tables(
            *_SOUND,
            stsd=stereo(
                "lpcm", version=2, more=struct.pack(">I8xIIIIII", 72, 4, 0x7F000000, 32, 0, 16, 1)
            ),
        ),
        _INTO_STORE,
    ),
    "compact sizes that are too short": (
        tables(_TIMES, _ONE_CHUNK, full("stz2", 0, 0, _numbers(8, 16), bytes(2))),
        "a stz2 box is too short",
    ),
    "compact sizes of 32 bits": (
        tables(_TIMES, _ONE_CHUNK, full("stz2", 0, 0, _numbers(32, 1), _numbers(900))),
        "sizes of 32 bits",
    ),
    "chunks before the first one": (
        tables(_ONE_BYTE, full("stsc", 0, 0, _numbers(1, 3, 1, 1)), chunks=3),
        "leaves out chunks",
    ),
    "chunks of no sample": (
        tables(_ONE_BYTE, full("stsc", 0, 0, _numbers(2, 1, 8, 1, 2, 0, 1)), chunks=2),
        "leaves out chunks",
    ),
    "chunks in no order": (
        tables(_ONE_BYTE, full("stsc", 0, 0, _numbers(2, 1, 0x100, 1, 1, 1, 1))),
        "out of order",
    ),
    "a point of FLAC to play from": (_sought, _INTO_STORE),
    "a tag of ID3": (_tail("MP3", _id3), _INTO_STORE),
    "a tag of APE": (_tail("MP3", _ape), _INTO_STORE),
    "a tag of APE before another one": (
        _tail("MP3", lambda length: _ape(length - 128) + b"TAG".ljust(128, b".")),
        _INTO_STORE,
    ),
    "a tag of APE behind FLAC": (_tail("FLAC", _ape), _INTO_STORE),
    "a tag of Lyrics3": (_tail("MP3", _lyrics), _INTO_STORE),
    "a tag of Lyrics3 behind Ogg": (_tail("Ogg", _lyrics), _INTO_STORE),
    "a camera profile": (_tiff((0xC6F5, 4, [_AT])), "leads into the manifest store"),
}


def attacks() -> Iterator[Attack]:
    """What decoders are led to, as it was signed; then something else there."""
    for name, (make, says) in _CASES.items():
        media = make(0)
        honest = files.signed(files.active(), of=files.media(media.container.name))
        at = 0
        for _ in range(3):
            prepared = files.signed(files.active(seal=sealed(_TEXT)), of=make(at))
            at = prepared.index(_TEXT[:20])  # a GIF divides it
        # The text is under no hash, so the same signature would do; checksums are made anew.
        changed = files.signed(files.active(seal=sealed(_TEXT.upper())), of=make(at))
        yield Attack(f"misled: {name}", CLAUSE, honest, prepared, says)
        yield Attack(f"misled: {name}, changed", CLAUSE, honest, changed, says)
    yield from _heard()
    page = b"OggS\0\4" + bytes(20) + b"\1\1."
    for name, text in (("a page", page), ("a page at a border", page.rjust(40_000, b"."))):
        before, after = (
            files.signed(files.active(seal=sealed(each, size=90_000)), of=files.media("Ogg"))
            for each in (bytes(len(text)), text)
        )
        says = "what players take for a page leads into the manifest store"
        yield Attack(f"misled: {name} in a store", CLAUSE, before, after, says)
