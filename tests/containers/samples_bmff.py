"""ISO media files made by code, down to the tables of offsets; they need not decode."""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image, features

#: Each piece of media begins with one of these, so that a test can see what an offset points at.
MARKS: Final = tuple(b"media%03d" % number for number in range(100))


def box(code: str, *content: bytes, large: bool = False) -> bytes:
    body = b"".join(content)
    if large:
        return struct.pack(">I4sQ", 1, code.encode("latin-1"), 16 + len(body)) + body
    return struct.pack(">I4s", 8 + len(body), code.encode("latin-1")) + body


def full(code: str, version: int, flags: int, *content: bytes) -> bytes:
    return box(code, bytes([version]), flags.to_bytes(3), *content)


def ftyp(major: str = "isom", *compatible: str) -> bytes:
    brands = "".join(compatible or ("iso2", "mp41"))
    return box("ftyp", major.encode(), bytes(4), brands.encode())


def media(first: int = 0, count: int = 3, size: int = 500) -> list[bytes]:
    return [mark.ljust(size, b"\x55") for mark in MARKS[first : first + count]]


def numbers(width: int, values: Sequence[int]) -> bytes:
    return b"".join(value.to_bytes(width) for value in values)


def dref(*flags: int, location: bytes = b"") -> bytes:
    entries = [full("url ", 0, flag, location) for flag in flags]
    return box("dinf", full("dref", 0, 0, len(entries).to_bytes(4), *entries))


def track(
    offsets: Sequence[int],
    *,
    width: int = 4,
    references: bytes | None = None,
    auxiliary: bytes = b"",
) -> bytes:
    code = {4: "stco", 8: "co64"}[width]
    table = full(code, 0, 0, len(offsets).to_bytes(4), numbers(width, offsets))
    stbl = box("stbl", full("stsd", 0, 0, bytes(4)), table, auxiliary)
    minf = box("minf", full("vmhd", 0, 1, bytes(8)), references or dref(1), stbl)
    mdia = box("mdia", full("mdhd", 0, 0, bytes(20)), minf)
    return box("trak", full("tkhd", 0, 3, bytes(80)), mdia)


def moov(*tracks: bytes, more: bytes = b"") -> bytes:
    return box("moov", full("mvhd", 0, 0, bytes(96)), *tracks, more)


def starts(chunks: Sequence[bytes], base: int) -> list[int]:
    positions = [base]
    for chunk in chunks[:-1]:
        positions.append(positions[-1] + len(chunk))
    return positions


def solved(build: Callable[[int], tuple[bytes, int]]) -> bytes:
    """What `build` returns for the offset that it returns as well."""
    _, offset = build(0)
    data, again = build(offset)
    assert again == offset
    return data


def movie(
    *,
    brand: str = "isom",
    width: int = 4,
    first: bool = True,
    large: bool = False,
    more: bytes = b"",
    extra: bytes = b"",
) -> bytes:
    """Two tracks whose chunks take turns; `moov` before the media or after it.

    There may be more boxes in `moov`, and extra ones after `ftyp`.
    """
    chunks = media(count=6)
    mdat = box("mdat", *chunks, large=large)
    header = len(mdat) - sum(map(len, chunks))
    lead = ftyp(brand) + extra + box("free", bytes(20))

    def build(base: int) -> tuple[bytes, int]:
        offsets = starts(chunks, base)
        movie = moov(track(offsets[::2], width=width), track(offsets[1::2], width=width), more=more)
        before = lead + movie if first else lead
        data = before + mdat if first else before + mdat + movie
        return data, len(before) + header

    return solved(build)


def item_list(*items: tuple[bytes, bytes]) -> bytes:
    """Values by a type or an index, each of them text."""
    entries = [
        box(kind.decode("latin-1"), box("data", (1).to_bytes(4), bytes(4), value))
        for kind, value in items
    ]
    return box("ilst", *entries)


def hdlr(kind: bytes) -> bytes:
    return full("hdlr", 0, 0, bytes(4), kind, bytes(13))


def itunes() -> bytes:
    """`meta` as players of sound write it, in the place of metadata by keys."""
    listed = item_list((b"\xa9nam", b"A title"))
    return box("udta", full("meta", 0, 0, hdlr(b"mdir"), listed, box("free", bytes(9))))


def keyed(*pairs: tuple[bytes, bytes], count: int | None = None) -> tuple[bytes, bytes, bytes]:
    """Metadata by keys: what `meta` holds."""
    entries = [box("mdta", name) for name, _ in pairs]
    number = (len(pairs) if count is None else count).to_bytes(4)
    values = [(index.to_bytes(4), value) for index, (_, value) in enumerate(pairs, 1)]
    return hdlr(b"mdta"), full("keys", 0, 0, number, *entries), item_list(*values)


TITLE: Final = (b"title", b"A title")


def open_ended() -> bytes:
    """The last box has size 0: it goes to the end of the file, wherever that is."""
    data = movie()
    at = data.rindex(b"mdat") - 4
    return data[:at] + bytes(4) + data[at + 4 :]


def quicktime() -> bytes:
    """`meta` without a version, `udta` that ends in a zero, and no compatible brands."""
    keys = box("meta", full("hdlr", 0, 0, bytes(20)), box("ilst"))
    user = box("udta", box("name", b"a name"), bytes(4))
    return movie(brand="qt  ", first=False, more=keys + user)


def saio(offsets: Sequence[int], *, version: int = 0, flags: int = 0) -> bytes:
    kind = b"cenc" + bytes(4) if flags else b""
    width = 8 if version else 4
    count = len(offsets).to_bytes(4)
    return full("saio", version, flags, kind, count, numbers(width, offsets))


def tfra(
    offsets: Sequence[int], *, version: int = 0, sizes: tuple[int, int, int] = (1, 1, 1)
) -> bytes:
    width = 8 if version else 4
    packed = (sizes[0] - 1) << 4 | (sizes[1] - 1) << 2 | (sizes[2] - 1)
    tail = bytes(range(1, 1 + sum(sizes)))
    entries = [numbers(width, (time, offset)) + tail for time, offset in enumerate(offsets)]
    count = len(entries).to_bytes(4)
    return full("tfra", version, 0, bytes([0, 0, 0, 1, 0, 0, 0, packed]), count, *entries)


def fragments(
    *, absolute: bool = True, version: int = 0, before: Sequence[bytes] = (b"", b"", b"")
) -> bytes:
    """A fragmented movie with an index of its fragments at the end.

    Arguments:
        absolute: Whether each fragment says where in the file its base is.
        version: Of the index: 1 has 64-bit offsets.
        before: What stands before each fragment.
    """
    lead = ftyp("iso6", "cmfc") + moov(more=box("mvex", full("trex", 0, 0, bytes(20))))
    data = lead
    positions: list[int] = []
    for number, other in enumerate(before):
        data += other
        positions.append(len(data))
        base = positions[-1].to_bytes(8) if absolute else b""
        tfhd = full("tfhd", 0, 1 if absolute else 0x20000, bytes([0, 0, 0, 1]), base)
        traf = box("traf", tfhd, full("trun", 0, 1, bytes(8)))
        data += box("moof", full("mfhd", 0, 0, bytes(4)), traf)
        data += box("mdat", *media(number, 1))
    index = tfra(positions, version=version, sizes=(1, 2, 3))
    size = 8 + len(index) + 16
    return data + box("mfra", index, full("mfro", 0, 0, size.to_bytes(4)))


def segment(merkle: bytes = b"") -> bytes:
    """One fragment that is a file of its own."""
    moof = box("moof", box("traf", full("tfhd", 0, 0x20000, bytes([0, 0, 0, 1]))))
    return box("styp", b"msdh", bytes(4), b"msdh") + merkle + moof + box("mdat", *media())


def iloc(
    items: Sequence[tuple[int, int, int, Sequence[tuple[int, int]]]],
    *,
    version: int = 0,
    sizes: tuple[int, int, int, int] = (4, 4, 0, 0),
) -> bytes:
    """Items as (method, data reference, base, extents); sizes of offset, length, base, index."""
    offset_size, length_size, base_size, index_size = sizes
    number = 4 if version == 2 else 2
    data = bytes([offset_size << 4 | length_size, base_size << 4 | index_size])
    data += len(items).to_bytes(number)
    for item, (method, reference, base, extents) in enumerate(items, 1):
        data += item.to_bytes(number) + (method.to_bytes(2) if version else b"")
        data += reference.to_bytes(2) + base.to_bytes(base_size) + len(extents).to_bytes(2)
        for index, (offset, length) in enumerate(extents):
            data += (index if index_size else 0).to_bytes(index_size)
            data += offset.to_bytes(offset_size)
            data += (length if length_size else 0).to_bytes(length_size)
    return full("iloc", version, 0, data)


def picture(
    *, brand: str = "heic", version: int = 0, sizes: tuple[int, int, int, int] = (4, 4, 0, 0)
) -> bytes:
    """Three items in the file and, where the version allows it, one in `idat`.

    A base that has room is used; else each extent counts from the start of the file.
    """
    pieces = media()
    grouped = [pieces[:2], pieces[2:]] if sizes[0] else [[piece] for piece in pieces]

    def build(base: int) -> tuple[bytes, int]:
        items = []
        position = base
        for group in grouped:
            own = position if sizes[2] else 0
            extents = [(start - own, 500) for start in starts(group, position)]
            items.append((0, 0, own, extents))
            position += sum(map(len, group))
        items += [(1, 0, 0, [(4, 8)])] * bool(version and sizes[0])
        location = iloc(items, version=version, sizes=sizes)
        hdlr = full("hdlr", 0, 0, bytes(4), b"pict", bytes(13))
        meta = full("meta", 0, 0, hdlr, location, box("idat", bytes(12)))
        lead = ftyp(brand, "mif1", brand) + meta
        return lead + box("mdat", *pieces), len(lead) + 8

    return solved(build)


#: A packet as cameras write it: with room to grow, and in front what XMP has in JPEG.
PACKET: Final = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="0"/></rdf:RDF></x:xmpmeta>'
)
JPEG_HEAD: Final = b"http://ns.adobe.com/xap/1.0/\0"


def infe(item: int, kind: str, *texts: bytes, version: int = 2, protection: int = 0) -> bytes:
    width = 4 if version == 3 else 2
    head = item.to_bytes(width) + protection.to_bytes(2)
    return full("infe", version, 0, head, kind.encode(), b"\0".join((b"", *texts, b"")))


def iinf(*entries: bytes, version: int = 0, count: int | None = None) -> bytes:
    number = len(entries) if count is None else count
    return full("iinf", version, 0, number.to_bytes(4 if version else 2), *entries)


def iref(*references: tuple[str, int, Sequence[int]], version: int = 0) -> bytes:
    width = 4 if version else 2
    entries = [
        box(kind, item.to_bytes(width), len(others).to_bytes(2), numbers(width, others))
        for kind, item, others in references
    ]
    return full("iref", version, 0, *entries)


XMP_ITEM: Final = (b"application/rdf+xml",)


def described(
    *,
    tables: int = 0,
    location: int = 0,
    sizes: tuple[int, int, int, int] = (4, 4, 0, 0),
    packet: bytes = PACKET,
    in_idat: bool = False,
    parts: int = 1,
    infos: Sequence[bytes] | None = None,
    references: bytes | None = None,
    brand: str = "heic",
) -> bytes:
    """A primary picture, XMP that describes it, and another picture, in this order.

    Arguments:
        tables: Version of `iinf`, `pitm` and `iref`.
        location: Version of `iloc`.
        sizes: See `iloc`.
        packet: The XMP; empty for a file without.
        in_idat: Whether it is in `meta` itself, behind something else.
        parts: Extents that it is divided into.
        infos: Entries of `iinf`, if others.
        references: The `iref` box, if another.
        brand: Major brand.
    """
    first, second = media(count=2)
    version = 3 if tables else 2
    if infos is None:
        infos = [infe(1, "hvc1", version=version), infe(2, "hvc1", version=version)]
        if packet:
            infos.append(infe(3, "mime", *XMP_ITEM, version=version))
    if references is None:
        references = iref(("cdsc", 3, [1]), ("thmb", 2, [1]), version=tables) if packet else b""
    head = full("hdlr", 0, 0, bytes(4), b"pict", bytes(13))
    head += full("pitm", tables, 0, (1).to_bytes(4 if tables else 2))
    idat = box("idat", b"other", packet) if in_idat else b""

    def build(base: int) -> tuple[bytes, int]:
        within = 5 if in_idat else base + len(first)
        cut = len(packet) // parts
        pieces = [
            (within + cut * n, cut if n < parts - 1 else len(packet) - cut * n)
            for n in range(parts)
        ]
        behind = base + len(first) + (0 if in_idat else len(packet))
        items = [(0, [(base, len(first))]), (0, [(behind, len(second))])]
        items += [(int(in_idat), pieces)] if packet else []
        # Without room for offsets, the base of an item is that of its only extent.
        listed = [
            (
                method,
                0,
                0 if sizes[0] else extents[0][0],
                extents if sizes[0] else [(0, extents[0][1])],
            )
            for method, extents in items
        ]
        table = iloc(listed, version=location, sizes=sizes)
        meta = full("meta", 0, 0, head, iinf(*infos, version=tables), table, references, idat)
        lead = ftyp(brand, "mif1", brand) + meta
        return lead + box("mdat", first, b"" if in_idat else packet, second), len(lead) + 8

    return solved(build)


@functools.cache  # a sequence holds the time when it was made
def encoded_avif(frames: int = 1) -> bytes:
    """A picture that decodes, or several in a sequence."""
    images = [Image.effect_mandelbrot((48, 32), (-2.2, -1.2, 1, 1.2), 9 + n) for n in range(frames)]
    buffer = io.BytesIO()
    images[0].save(buffer, format="AVIF", save_all=True, append_images=images[1:])
    return buffer.getvalue()


def large(size: int, brand: str = "isom") -> bytes:
    return movie(brand=brand) + box("mdat", bytes(size), large=True)


class SparseSource:
    """A file of any size that is zero where nothing is given."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data = data
        self.size = size

    def read_at(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length].ljust(min(length, self.size - offset), b"\0")

    def read_into(self, offset: int, buffer: memoryview) -> int:
        data = self.read_at(offset, len(buffer))
        buffer[: len(data)] = data
        return len(data)


#: By `Container.name`: names and makers of samples.
MAKERS: Final[dict[str, dict[str, Callable[[], bytes]]]] = {
    "MP4": {
        "moov-first": movie,
        "moov-last": lambda: movie(first=False),
        "co64": lambda: movie(width=8, large=True),
        "open-ended": open_ended,
        "fragments": fragments,
        "moof-based": lambda: fragments(absolute=False, version=1),
        "other-brand": lambda: movie(brand="zzzz"),
        "keys": lambda: movie(more=box("udta", full("meta", 0, 0, *keyed(TITLE)))),
    },
    "M4A": {
        "moov-last": lambda: movie(brand="M4A ", first=False),
        "itunes": lambda: movie(brand="M4A ", more=itunes()),
    },
    "QuickTime": {
        "meta": quicktime,
        "keys": lambda: movie(brand="qt  ", first=False, more=box("meta", *keyed(TITLE))),
    },
    "HEIF": {
        "extents": picture,
        "base": lambda: picture(version=1, sizes=(4, 4, 4, 0)),
        "wide": lambda: picture(brand="mif1", version=2, sizes=(8, 8, 8, 4)),
        "base-only": lambda: picture(brand="heix", version=1, sizes=(0, 4, 8, 0)),
        "sequence": lambda: movie(brand="msf1"),
        "items": lambda: described(packet=b""),
        "packet": described,
        "packet-in-idat": lambda: described(tables=1, location=1, in_idat=True),
        "packet-from-jpeg": lambda: described(
            packet=JPEG_HEAD + PACKET, location=2, sizes=(8, 4, 4, 4)
        ),
        "packet-by-base": lambda: described(sizes=(0, 4, 8, 0)),
    },
    "AVIF": {
        "picture": encoded_avif,
        "sequence": lambda: encoded_avif(3),
        "any-image": lambda: encoded_avif().replace(b"avif", b"mif1", 1),
    }
    if features.check("avif")
    else {"extents": lambda: picture(brand="avif")},
}
