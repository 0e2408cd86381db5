"""What a store's frame, or the room that the signature leaves for it, may be made to say."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator
from typing import Final

from aidisclose.codec import jumbf
from aidisclose.containers import Layout
from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.files import Media
from tests.attacks.parties import sealed
from tests.attacks.shadow import C2PA_BOX, c2pa_box
from tests.bindings.build import asset
from tests.containers import samples, samples_bmff, samples_images, samples_ogg, samples_riff
from tests.containers.samples_bmff import box
from tests.manifest import build

CLAUSE: Final = "C2PA 2.5 §14.12, §A: the excluded bytes are the store's, and inert"
_ROOM: Final = 3_000


def attacks() -> Iterator[Attack]:
    """Frames made smaller, given other numbers, or joined by more of their kind."""
    yield from _shrunk()
    yield from _numbers()
    yield from _more_boxes()
    yield from _updates()


# --- a smaller store, and something else in the rest of the excluded range ------------------------


def _shrunk() -> Iterator[Attack]:
    for name, (media, make) in _SHRINKERS.items():
        honest = files.signed(files.active(seal=sealed(size=_ROOM)), of=media)
        layout = asset(honest).layout
        forged = make(honest, layout)
        assert len(forged) == len(honest), name
        yield Attack(f"shrunk: {name}", CLAUSE, honest, forged, "")


def _smaller(data: bytes, by: int) -> bytes:
    """The store with so many bytes less of padding."""
    *others, last = map(files.whole, files.manifests(files.store_of(data)))
    return build.store(*others, files.resized(last, len(last) - by))


def _shrunk_png(data: bytes, layout: Layout) -> bytes:
    frame = layout.stores[0].frame
    chunk = samples.png_chunk(b"tEXt", b"Comment\0" + b"-" * 50)
    smaller = samples.png_chunk(b"caBX", _smaller(data, len(chunk)))
    return data[: frame.start] + smaller + chunk + data[frame.end :]


def _shrunk_jpeg(data: bytes, layout: Layout) -> bytes:
    frame = layout.stores[0].frame
    segment = samples.jpeg_segment(0xFE, b"made without AI")
    store = _smaller(data, len(segment))
    own = samples.jpeg_segment(0xEB, data[frame.start + 4 : frame.start + 12] + store)
    return data[: frame.start] + own + segment + data[frame.end :]


def _shrunk_gif(data: bytes, layout: Layout) -> bytes:
    frame = layout.stores[0].frame
    more = samples_images.gif_image()
    for by in range(len(more), len(more) + 8):  # as many blocks less as fit
        store = _smaller(data, by)
        own = data[frame.start : frame.start + 14] + samples_images.sub_blocks(store)
        if len(own) + len(more) == frame.length:
            return data[: frame.start] + own + more + data[frame.end :]
    raise AssertionError("no size fits")


def _shrunk_box(data: bytes, layout: Layout) -> bytes:
    frame = layout.stores[0].frame
    extra = samples_images.jxl_box(b"xml ", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    return data[: frame.start] + _smaller(data, len(extra)) + extra + data[frame.end :]


def _shrunk_riff(data: bytes, layout: Layout) -> bytes:
    frame = layout.stores[0].frame
    extra = samples_riff.chunk(b"LIST", b"INFO" + samples_riff.chunk(b"ICMT", b"made by hand"))
    own = samples_riff.chunk(b"C2PA", _smaller(data, len(extra)))
    own = own[: frame.length - len(extra)]
    return data[: frame.start] + own + extra + data[frame.end :]


def _shrunk_ogg(data: bytes, layout: Layout) -> bytes:
    frame = layout.stores[0].frame
    extra = samples_ogg.page(1, 1, samples_ogg.COMMENTS)
    for by in range(len(extra), len(extra) + 4):
        content = b"\0c2pa" + _smaller(data, by)
        serial = int.from_bytes(b"c2pa", "little")
        own = samples_ogg.page(serial, 0, content, samples_ogg.FIRST | samples_ogg.LAST)
        if len(own) + len(extra) == frame.length:
            return data[: frame.start] + own + extra + data[frame.end :]
    raise AssertionError("no size fits")


def _shrunk_svg(data: bytes, layout: Layout) -> bytes:
    [piece] = layout.stores[0].pieces
    inserted = b"</c2pa:manifest></metadata><rect width='9' height='9'/><metadata><c2pa:manifest>"
    for by in range(50, 100):
        text = base64.b64encode(_smaller(data, by))
        rest = piece.length - len(text) - len(inserted)
        if 0 <= rest < 20:
            filled = inserted.replace(b"<rect", b"<rect" + b" " * rest)
            return data[: piece.start] + text + filled + data[piece.end :]
    raise AssertionError("no size fits")


def _shrunk_bmff(data: bytes, layout: Layout) -> bytes:
    frame = layout.stores[0].frame
    extra = box("mfra", b"made without AI")
    own = c2pa_box(_smaller(data, len(extra)))
    return data[: frame.start] + own + extra + data[frame.end :]


_SHRINKERS: Final[dict[str, tuple[Media, Callable[[bytes, Layout], bytes]]]] = {
    "PNG": (files.picture(), _shrunk_png),
    "JPEG": (files.media("JPEG"), _shrunk_jpeg),
    "GIF": (files.media("GIF"), _shrunk_gif),
    "JPEG XL": (files.media("JPEG XL"), _shrunk_box),
    "WAV": (files.media("WAV"), _shrunk_riff),
    "Ogg": (files.media("Ogg"), _shrunk_ogg),
    "SVG": (files.media("SVG"), _shrunk_svg),
    "MP4": (files.media("MP4"), _shrunk_bmff),
}


# --- numbers in the frame -------------------------------------------------------------------------


def _numbers() -> Iterator[Attack]:
    recipe = files.active(seal=sealed(size=_ROOM))
    honest = files.signed(recipe, of=files.media("Ogg"))
    frame = asset(honest).layout.stores[0].frame
    for name, place, value in (
        ("the number of the sound's stream", 14, (1).to_bytes(4, "little")),
        ("a granule position", 6, bytes([255] * 7 + [127])),
        ("a version", 4, b"\x01"),
        ("a page number", 18, b"\x07"),
        ("flags of a continuation", 5, b"\x03"),
    ):
        page = bytearray(honest[frame.start : frame.end])
        page[place : place + len(value)] = value
        page[22:26] = bytes(4)
        page[22:26] = samples_ogg.checksum(bytes(page)).to_bytes(4, "little")
        forged = honest[: frame.start] + bytes(page) + honest[frame.end :]
        inert = place in (5, 6, 18)  # of a stream that no player plays
        yield Attack(f"frame: Ogg, {name}", CLAUSE, honest, forged, "", may_stand=inert)
    chained = (
        samples_ogg.ogg(samples_ogg.VORBIS)
        + b"between"
        + samples_ogg.ogg(samples_ogg.OPUS, first=5)
    )
    honest = files.signed(recipe, of=files.media("Ogg")._replace(data=chained))
    frame = asset(honest).layout.stores[0].frame
    page = bytearray(honest[frame.start : frame.end])
    page[14:18] = (5).to_bytes(4, "little")
    page[22:26] = bytes(4)
    page[22:26] = samples_ogg.checksum(bytes(page)).to_bytes(4, "little")
    forged = honest[: frame.start] + bytes(page) + honest[frame.end :]
    title = "frame: Ogg, the number of an appended stream"
    yield Attack(title, CLAUSE, honest, forged, "stream number")

    other = samples.jpeg_segment(0xEB, b"JP\0\x07" + (1).to_bytes(4) + _other_box())
    data = samples.jpeg()
    media = files.media("JPEG")._replace(data=data[:2] + other + data[2:])
    honest = files.signed(recipe, of=media)
    start = asset(honest).layout.stores[0].frame.start + 6
    forged = honest[:start] + b"\0\x07" + honest[start + 2 :]
    # Programs number every box alike, and tell them apart by what is in them.
    title = "frame: JPEG, the number of another box"
    yield Attack(title, CLAUSE, honest, forged, "", may_stand=True)


def _other_box() -> bytes:
    uuid = jumbf.type_uuid("json")
    return jumbf.superbox(uuid, "other", [jumbf.box(b"json", b"{}" * 40)])


# --- more boxes of C2PA ---------------------------------------------------------------------------


_PURPOSES: Final = (b"merkle\0", b"manifest\0", b"original\0", b"update\0")


def _more_boxes() -> Iterator[Attack]:
    """Boxes with the UUID of C2PA are left out of the hash, whatever they hold."""
    for version in ("c2pa.hash.bmff.v2", "c2pa.hash.bmff.v3"):
        honest = files.signed(files.active(), of=files.media("MP4", binding=version))
        store = files.store_of(honest)
        for purpose in (*_PURPOSES, b"other\0", b"\0", b""):
            for name, content in {
                "garbage": b"hidden" * 20,
                "a map": b"\xa1\x68uniqueId\x01",
                "the store": store,
            }.items():
                extra = box("uuid", C2PA_BOX, bytes(4), purpose, content)
                title = f"more: {version} {purpose!r} with {name}"
                yield Attack(title, CLAUSE, honest, honest + extra, "")
        short = box("uuid", C2PA_BOX)
        yield Attack(f"more: {version} nothing", CLAUSE, honest, honest + short, "")
        data = samples_bmff.movie(first=False)
        free = files.media("MP4", binding=version)._replace(data=data)
        honest = files.signed(files.active(), of=free)
        large = honest + struct.pack(">I4sQ", 1, b"uuid", 16 + 16 + 4) + C2PA_BOX + bytes(4)
        yield Attack(f"more: {version} of 64 bits", CLAUSE, honest, large, "")


# --- stores in two boxes --------------------------------------------------------------------------


def _updates() -> Iterator[Attack]:
    """An ISO media file whose update manifests are in a box of their own."""
    data = samples_bmff.movie()
    first = files.media("MP4")._replace(data=data)
    original = files.signed(files.active(number=8, seal=sealed()), of=first)
    manifest = files.whole(files.manifests(files.store_of(original))[-1])
    found = build.ingredient(manifest)
    update = files.active(assertions=(found, files.opened(found)), code="c2um", binding=None)
    store = build.store(update.build())
    frame = asset(original).layout.stores[0].frame
    purpose = original.index(b"manifest\0", frame.start)
    patched = original[:purpose] + b"original\0" + original[purpose + 9 :]
    extra = c2pa_box(store, b"update\0")
    honest = patched + extra
    for name, forged in {
        "the update twice": honest + extra,
        "no original": original + extra,
        "two originals": patched + patched[frame.start : frame.end] + extra,
        "the update first": patched[: frame.start] + extra + patched[frame.start :],
        "no update": patched,
        "bytes behind": honest + b"hidden",
        "bytes in the update": honest[: -len(extra)] + c2pa_box(store + b"hidden", b"update\0"),
        "media between": patched + box("mdat", b"hidden") + extra,
        "padding between": patched + box("free", b"hidden") + extra,
        "other purpose": patched + c2pa_box(store, b"other\0"),
    }.items():
        yield Attack(f"update box: {name}", CLAUSE, honest, forged, "")
