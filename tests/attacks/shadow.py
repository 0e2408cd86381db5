"""Offsets that lead into the store, where padding under no hash can say anything.

Before the file was signed they pointed past its end. Whoever sees the file afterwards sees what
somebody wrote into the padding: the signature stays good.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from typing import Final

from aidisclose.bindings.binding import BindingTerms
from aidisclose.manifest.spec import Spec
from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.files import Media
from tests.attacks.parties import sealed
from tests.containers import samples, samples_bmff, samples_images, samples_pdf, samples_riff
from tests.containers.samples_bmff import box

CLAUSE: Final = "C2PA 2.5 §8.4.2.3, §13.2: pad is zeros; §A: the excluded bytes are the store's"
_PAGE: Final = b"BT /F1 24 Tf 20 20 Td (Pay 9999 to Mallory) Tj ET"
_OBJECT: Final = b"4 0 obj\n<</Length %d>>\nstream\n%b\nendstream\nendobj\n" % (len(_PAGE), _PAGE)
_ROOM: Final = 4_000
#: Where in the padding it lies.
_DEEP: Final = 1_000

C2PA_BOX: Final = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")


def c2pa_box(store: bytes, purpose: bytes = b"manifest\0") -> bytes:
    """The box that holds a store in ISO media files."""
    return box("uuid", C2PA_BOX, bytes(4), purpose, bytes(8), store)


def after_brands(data: bytes) -> Callable[[bytes], bytes]:
    """Puts a store after the first box, and leaves all offsets as they are."""
    (size,) = struct.unpack_from(">I", data)
    return lambda store: data[:size] + c2pa_box(store) + data[size:]


def _pdf(at: int) -> Media:
    data = samples_pdf.pdf()
    data = re.sub(rb"\n4 1\n\d{10}", b"\n4 1\n%010d" % at, data)
    return files.media("PDF")._replace(
        data=data, place=lambda store: samples_pdf.with_stores(data, store)
    )


def _pdf_with(objects: dict[int, bytes]) -> Media:
    data = samples_pdf.pdf({**samples_pdf.OBJECTS, **objects})
    return files.media("PDF")._replace(
        data=data, place=lambda store: samples_pdf.with_stores(data, store)
    )


def _pdf_running(form: bytes, *, other: bytes = b"LENGTH") -> Callable[[int], Media]:
    """A page that goes on in the padding: its length, or what another object says, is so large."""

    def make(at: int) -> Media:
        data = samples_pdf.pdf()
        length = b"%010d" % max(0, at - data.index(b"BT /F1"))
        page = form.replace(b"LENGTH", length) + b"\nstream\n%b\nendstream" % samples_pdf.PAGE
        referred = {9: other.replace(b"LENGTH", length)} if b"/Length 9 " in form else {}
        return _pdf_with({4: page, **referred})

    return make


def _pdf_open(text: bytes) -> Callable[[int], Media]:
    """An object that has no end in front of the padding."""
    return lambda at: _pdf_with({8: text.ljust(40)})


def _pdf_hidden(form: bytes, *, of: dict[int, bytes] | None = None) -> Callable[[int], Media]:
    """Objects to which no cross-reference leads, and one that is not where its own says."""

    def make(at: int) -> Media:
        data = samples_pdf.pdf({**samples_pdf.OBJECTS, **(of or {})})
        start = data.index(b"xref\n0 1")
        length = b"%010d" % max(0, at - start)
        hidden = form.replace(b"LENGTH", length)
        data = data[:start] + hidden + data[start:]
        data = data.replace(b"startxref\n%d" % start, b"startxref\n%d" % (start + len(hidden)))
        place = data.index(b"4 0 obj")
        data = data.replace(b"\n4 1\n%010d" % place, b"\n4 1\n%010d" % (place + 4))
        return files.media("PDF")._replace(
            data=data, place=lambda store: samples_pdf.with_stores(data, store)
        )

    return make


def _tiff_strip(at: int) -> Media:
    return _tiff(at, [])


def _tiff_directory(at: int) -> Media:
    return _tiff(0, [(0x14A, 4, [at])])


def _tiff_chain(at: int) -> Media:
    return _tiff(0, [], following=at)


def _tiff_value(tag: int, kind: int, count: int) -> Callable[[int], Media]:
    """Values of a tag that are too long for its entry, so that they lie elsewhere."""

    def make(at: int) -> Media:
        of = _tiff(0, [(tag, kind, b"\0" * 8 if kind in (1, 2, 7) else [0, 0])])
        assert of.place is not None
        place = of.place

        def moved(store: bytes) -> bytes:
            data = bytearray(place(store))
            entry = data.index(struct.pack("<HH", tag, kind))
            struct.pack_into("<II", data, entry + 4, count, at)
            return bytes(data)

        return of._replace(place=moved)

    return make


def _tiff(strip: int, more: list[samples_images.Field], *, following: int = 0) -> Media:
    def place(store: bytes) -> bytes:
        file = samples_images.Tiff()
        pixels = file.add(bytes(192))
        fields = [*samples_images.picture(strip or pixels), *more, (0xCD41, 7, b"")]
        file.chain(fields)
        file.data[file.link : file.link + 4] = struct.pack("<I", following)
        at = file.add(store)
        data = bytearray(file.data)
        entry = data.index(struct.pack("<HH", 0xCD41, 7))
        data[entry + 4 : entry + 12] = struct.pack("<II", len(store), at)
        return bytes(data)

    return files.media("TIFF")._replace(place=place)


def _chunk_offset(code: bytes, width: int) -> Callable[[int], Media]:
    def make(at: int) -> Media:
        data = bytearray(samples_bmff.movie(width=width))
        table = data.index(code) + 12
        data[table : table + width] = at.to_bytes(width)
        return files.media("MP4")._replace(data=bytes(data), place=after_brands(bytes(data)))

    return make


def _item(at: int) -> Media:
    data = bytearray(samples_bmff.picture())
    start = data.index(b"media000").to_bytes(4)
    where = data.index(start)
    data[where : where + 4] = at.to_bytes(4)
    return files.media("HEIF")._replace(data=bytes(data), place=after_brands(bytes(data)))


def _fragment(at: int) -> Media:
    data = bytearray(samples_bmff.fragments())
    base = data.index(b"tfhd") + 12
    data[base : base + 8] = at.to_bytes(8)
    return files.media("MP4")._replace(data=bytes(data), place=after_brands(bytes(data)))


def _second_picture(at: int) -> Media:
    data = samples.mpf_jpeg()
    origin = data.index(b"MPF\0") + 4

    def place(store: bytes) -> bytes:
        segment = samples.jpeg_segment(0xEB, b"JP\x02\x11" + (1).to_bytes(4) + store)
        changed = bytearray(data)
        # The second of three entries: attributes, size, offset from the index.
        entry = changed.index(struct.pack(">III", 0x030000, 0, 0)[:4], origin + 50) + 16
        moved = origin + len(segment)
        # The store stands in front of the index; some readers count with 32 bits.
        struct.pack_into(">II", changed, entry + 4, 200, (at - moved) % 2**32)
        return bytes(changed[:2]) + segment + bytes(changed[2:])

    return files.media("JPEG")._replace(data=data, place=place)


def _moving(described: str) -> Callable[[int], Media]:
    """A JPEG whose XMP says how far from the end its film begins."""

    def make(at: int) -> Media:
        plain = files.media("JPEG").data
        head = b"http://ns.adobe.com/xap/1.0/\0"

        def data(back: int) -> bytes:
            segment = samples.jpeg_segment(0xE1, head + (described % back).encode())
            return plain[:2] + segment + plain[2:]

        # Where the store stands, so that the length of the file is known.
        size = len(files.signed(files.active(seal=sealed(size=_ROOM)), of=_jpeg(data(0))))
        return _jpeg(data(max(size - at, 0) if at else 0))

    return make


def _jpeg(data: bytes) -> Media:
    return files.media("JPEG")._replace(data=data)


_CONTAINER: Final = (
    "<x:xmpmeta xmlns:x='adobe:ns:meta/' xmlns:Container='http://ns.google.com/photos/1.0/container/'"
    " xmlns:Item='http://ns.google.com/photos/1.0/container/item/'>"
    "<Container:Item Item:Semantic='Primary' Item:Length='0' Item:Padding='0'/>%s</x:xmpmeta>"
)


def _thumbnail(
    name: str, write: Callable[[bytes, bytes], bytes], *, is_absolute: bool = False
) -> Callable[[int], Media]:
    """A picture whose Exif data have a thumbnail elsewhere; ExifTool counts from their head."""

    def make(at: int) -> Media:
        plain = files.media(name).data
        head = 0 if is_absolute else write(plain, _exif(0)).index(_exif(0)[:30])
        return files.media(name)._replace(data=write(plain, _exif(at - head if at else 0)))

    return make


def _exif(at: int) -> bytes:
    fields = ((0x0103, 6), (0x0201, at % 2**32), (0x0202, 400))
    entries = b"".join(struct.pack(">HHII", tag, 4, 1, value) for tag, value in fields)
    return b"MM\0*" + struct.pack(">IHIH", 8, 0, 14, len(fields)) + entries + bytes(4)


def _in_jpeg(plain: bytes, exif: bytes) -> bytes:
    return plain[:2] + samples.jpeg_segment(0xE1, b"Exif\0\0" + exif) + plain[2:]


def _in_png(plain: bytes, exif: bytes) -> bytes:
    chunk = samples.png_chunk(b"eXIf", exif)
    return plain[:33] + chunk + plain[33:]


def _in_webp(_plain: bytes, exif: bytes) -> bytes:
    return samples.webp(exif=exif)


def _frame(at: int) -> Media:
    data = bytearray(samples_riff.avi())
    entry = data.index(b"idx1") + 8
    struct.pack_into("<I", data, entry + 8, at)

    def place(store: bytes) -> bytes:
        return samples_riff.riff(b"AVI ", bytes(data[12:]), samples_riff.chunk(b"C2PA", store))

    return files.media("AVI")._replace(data=bytes(data), place=place)


def _odml(at: int) -> Media:
    data = bytearray(samples_riff.opendml_avi())
    entry = data.index(b"indx") + 8 + 24
    struct.pack_into("<Q", data, entry, at)
    size = 8 + struct.unpack_from("<I", data, 4)[0]

    def place(store: bytes) -> bytes:
        first = samples_riff.riff(b"AVI ", bytes(data[12:size]), samples_riff.chunk(b"C2PA", store))
        return first + bytes(data[size:])

    return files.media("AVI")._replace(data=bytes(data), place=place)


_CASES: Final[dict[str, Callable[[int], Media]]] = {
    "a page of a PDF": _pdf,
    "a stream of a PDF that is longer than it is": _pdf_running(b"<</Length LENGTH>>"),
    "a stream of a PDF whose length is elsewhere": _pdf_running(b"<</Length 9 0 R>>"),
    "a stream of a PDF with another spelling": _pdf_running(b"<</L#65ngth LENGTH/DL 0>>"),
    "a stream of a PDF with two lengths": _pdf_running(b"<</Length LENGTH/Length 34>>"),
    "a stream of a PDF behind a comment": _pdf_running(b"<</Length 9 0 R>>%" + b"-" * 9_000),
    "a stream of a PDF with a comment in its number": _pdf_running(b"%\n<</Length 9 0 R>>"),
    "a stream of a PDF with a broken dictionary": _pdf_running(b"<</A 1 2/Length LENGTH>>"),
    "a stream of a PDF whose length has a fraction": _pdf_running(b"<</Length LENGTH.5>>"),
    "a stream of a PDF whose length has a sign": _pdf_running(b"<</Length LENGTH-5>>"),
    "a stream of a PDF whose length is of any generation": _pdf_running(b"<</Length 9 7 R>>"),
    "a stream of a PDF whose length elsewhere has a sign": _pdf_running(
        b"<</Length 9 0 R>>", other=b"LENGTH-5"
    ),
    "a stream of a PDF whose length elsewhere is long": _pdf_running(
        b"<</Length 9 0 R>>", other=b"0" * 15 + b"LENGTH"
    ),
    "an array of a PDF closed in a comment": _pdf_open(b"[4 0 R %]"),
    "an object of a PDF behind a comment": _pdf_open(b"%" + b"-" * 9_000 + b"\n<</Contents(P"),
    "a string of a PDF without end": _pdf_open(b"<</Contents(Pay"),
    "an array of a PDF without end": _pdf_open(b"<</Contents[4 0 R"),
    "an array of a PDF closed in a string": _pdf_open(b"<</Contents[4 0 R(])>>"),
    "a stream of a PDF without end": _pdf_open(b"<</Length 0>>\nstream\nBT"),
    "a hidden stream of a PDF": _pdf_hidden(
        b"4 0 obj\n<</Length LENGTH>>\nstream\nBT\nendstream\nendobj\n"
    ),
    "a hidden stream of a PDF in odd spaces": _pdf_hidden(
        b"4\v%b\n-0obj<</Length LENGTH>>\nstream\nBT\nendstream\nendobj\n" % (b"%" * 40)
    ),
    "a hidden length of a PDF": _pdf_hidden(
        b"9 0 obj\nLENGTH\nendobj\n",
        of={
            4: b"<</Length 9 0 R>>\nstream\n%b\nendstream" % samples_pdf.PAGE,
            9: b"%d" % len(samples_pdf.PAGE),
        },
    ),
    "a hidden length of a PDF that refers to another": _pdf_hidden(
        b"6 0 obj\n<</Length 9 0 R>>\nstream\nBT\nendstream\nendobj\n"
        b"9 0 obj\n10 0 R\nendobj\n10 0 obj\nLENGTH\nendobj\n",
    ),
    "a hidden length of a PDF in a stream of objects": _pdf_hidden(
        b"6 0 obj\n<</Length 9 0 R>>\nstream\nBT\nendstream\nendobj\n11 0 obj\n"
        b"<</Type/ObjStm/N 1/First 4/Length 14>>\nstream\n9 0 LENGTH\nendstream\nendobj\n",
    ),
    "a hidden string of a PDF": _pdf_hidden(b"4 0 obj\n(Pay "),
    "the pixels of a TIFF": _tiff_strip,
    "a sub-directory of a TIFF": _tiff_directory,
    "the next page of a TIFF": _tiff_chain,
    "a palette of a TIFF": _tiff_value(0x140, 3, 768),
    "a colour profile of a TIFF": _tiff_value(0x8773, 7, 500),
    "a packet of a TIFF": _tiff_value(0x2BC, 1, 500),
    "tables of a TIFF": _tiff_value(0x15B, 7, 500),
    "the tiles of a TIFF": _tiff_value(0x144, 4, 4),
    "a chunk of a movie": _chunk_offset(b"stco", 4),
    "a chunk of a long movie": _chunk_offset(b"co64", 8),
    "an item of a HEIF": _item,
    "the base of a fragment": _fragment,
    "the second picture of a JPEG": _second_picture,
    "a thumbnail of a JPEG": _thumbnail("JPEG", _in_jpeg),
    "a thumbnail of a PNG": _thumbnail("PNG", _in_png, is_absolute=True),
    "a thumbnail of a WebP": _thumbnail("WebP", _in_webp),
    "a film behind a JPEG": _moving(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/' xmlns:C='http://ns.google.com/photos/1.0/camera/'"
        " C:MicroVideo='1' C:MicroVideoOffset='%08d'/>"
    ),
    "an item behind a JPEG": _moving(
        _CONTAINER % "<Container:Item Item:Length='%08d' Item:Semantic='MotionPhoto'/>"
    ),
    "items behind a JPEG": _moving(
        _CONTAINER
        % "<Container:Item><Item:Length>%08d</Item:Length></Container:Item><Container:Item"
        " Item:Semantic='GainMap' Item:Length='0'/>"
    ),
    "a frame of an AVI": _frame,
    "an index of an AVI": _odml,
}


def attacks() -> Iterator[Attack]:
    """With zeros in the padding, and with what the forger wants to show."""
    recipe = files.active(seal=sealed(size=_ROOM))
    for name, make in _CASES.items():
        media = make(0)
        terms = BindingTerms("sha256", Spec.V2_5)
        honest = files.signed(recipe, of=files.media(media.container.name))
        at = 0
        for _ in range(2):
            dangling = files.signed(recipe, of=make(at)._replace(terms=terms))
            at = dangling.index(b"\x63pad\x59", dangling.index(b"c2pa.signature\0")) + _DEEP
        yield Attack(f"shadow: {name}, zeros", CLAUSE, honest, dangling, "")
        filled = dangling[:at] + _OBJECT + dangling[at + len(_OBJECT) :]
        yield Attack(f"shadow: {name}, filled", CLAUSE, honest, filled, "")


def index_attacks() -> Iterator[Attack]:
    """A fragment whose media is in the index of fragments, which no hash covers."""
    recipe = files.active(seal=sealed(size=_ROOM))
    honest = files.signed(recipe, of=files.media("MP4", "fragments"))
    place = samples_bmff.fragments().rindex(b"tfra") + 20
    dangling = files.signed(recipe, of=_fragment(place)._replace(place=None))
    at = dangling.rindex(b"tfra") + 20
    # The numbers of track, run and sample of the first entry.
    changed = dangling[: at + 8] + b"\4\5\6" + dangling[at + 11 :]
    clause = "C2PA 2.5 §A.5.5: mfra is left out"
    yield Attack("shadow: a fragment in an index", clause, honest, dangling, "nothing is")
    yield Attack("shadow: a fragment in a changed index", clause, honest, changed, "nothing is")


def padding_attacks() -> Iterator[Attack]:
    """Padding that is not zeros, in the store of every format."""
    recipe = files.active(seal=sealed(size=_ROOM))
    for name in samples.FAMILIES:
        honest = files.signed(recipe, of=files.media(name))
        store = files.store_of(honest)
        at = store.index(b"\x63pad\x59", store.index(b"c2pa.signature\0")) + _DEEP
        forged = files.embed(honest, store[:at] + b"hidden" + store[at + 6 :])
        yield Attack(f"padding: {name}", CLAUSE, honest, forged, "pad")
