"""Offsets that stand where no specification has them, and that decoders follow all the same.

They lead into the store, where an answer about revocation, which is not even one, can be exchanged
without a key. FFmpeg, Pillow and libtiff show what it holds.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final

from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.files import Media
from tests.attacks.rebuilt import sealed
from tests.attacks.shadow import c2pa_box
from tests.containers import samples, samples_bmff, samples_images, samples_riff
from tests.containers.samples_bmff import box, dref, full

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


_SIZES: Final = full("stsz", 0, 0, (1).to_bytes(4), (1).to_bytes(4))
_STBL: Final = (*_MEDIA, b"minf", b"stbl")
_SIGNED: Final = 9

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
            at = prepared.index(_TEXT)
        # The text is under no hash, so the same signature would do; checksums are made anew.
        changed = files.signed(files.active(seal=sealed(_TEXT.upper())), of=make(at))
        yield Attack(f"misled: {name}", CLAUSE, honest, prepared, says)
        yield Attack(f"misled: {name}, changed", CLAUSE, honest, changed, says)
