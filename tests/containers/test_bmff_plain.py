"""Boxes that no hash covers hold what their type is for, or it is said."""

from __future__ import annotations

import pytest

from aidisclose.containers import bmff
from aidisclose.containers.bmff.plain import surplus as surplus_of
from aidisclose.io.source import BytesSource
from tests.containers.samples_bmff import (
    box,
    encoded_avif,
    fragments,
    ftyp,
    full,
    hdlr,
    moov,
    movie,
    picture,
    tfra,
)


def surplus(data: bytes) -> list[str]:
    """What is said of the boxes `ftyp` and `mfra` of a file."""
    source = BytesSource(data)
    layout = bmff.scan(source)
    boxes = [block for block in layout.blocks if block.name in ("ftyp", "mfra")]
    found = [surplus_of(source, layout, box) for box in boxes]
    return [reason for reason in found if reason]


def mfra(*tables: bytes, size: int = 0) -> bytes:
    total = 8 + sum(map(len, tables)) + 16
    return box("mfra", *tables, full("mfro", 0, 0, (size or total).to_bytes(4)))


@pytest.mark.parametrize(
    "data",
    [
        movie(),
        movie(brand="qt  ").replace(b"iso2mp41", bytes(8), 1),
        fragments(),
        fragments(version=1),
        picture(),
        encoded_avif(),
        encoded_avif(3),
        movie(brand="M4A "),
        movie() + mfra(),
    ],
)
def test_boxes_as_programs_write_them(data: bytes) -> None:
    assert surplus(data) == []


def film(*, flags: int) -> bytes:
    return box("trak", full("tkhd", 0, flags, bytes(80)), box("mdia", hdlr(b"vide")))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (movie() + ftyp(), "a further ftyp box"),
        (ftyp() + ftyp("heic") + movie()[24:], "a further ftyp box"),
        (box("ftyp", b"isom", bytes(4), b"mp41", b"x") + moov(), "something other than brands"),
        (box("ftyp", b"isom", bytes(4), b"\1\2\3\4") + moov(), "something other than brands"),
        (box("ftyp", b"isom", bytes(4), b"mp41" * 64) + moov(), "does not list some brands"),
        (box("ftyp", b"isom", bytes(4), large=True) + moov(), "does not list some brands"),
        (picture(brand="M4A "), "ftyp says audio/mp4, and there is no movie"),
        (encoded_avif().replace(b"avif", b"M4A ", 1).replace(b"avif", b"mp42", 1), "no movie"),
        (ftyp("heic", "heic") + box("mdat", b"media"), "ftyp says image/heic"),
        (ftyp("M4A ") + moov(film(flags=1)), "ftyp says audio/mp4, and there is a film"),
    ],
)
def test_brands_that_are_more(data: bytes, reason: str) -> None:
    [found] = surplus(data)
    assert reason in found


def test_pictures_of_chapters_are_no_film() -> None:
    assert surplus(ftyp("M4B ") + moov(film(flags=0))) == []


def test_an_index_that_is_more() -> None:
    data = fragments()
    index = data.rindex(b"mfra") - 4
    body, old = data[:index], data[index:]
    starts = [at - 4 for at in range(len(body)) if body.startswith(b"moof", at)]
    good = tfra(starts)
    assert surplus(body + mfra(good)) == []
    bad = [
        old + box("free", b"more"),
        mfra(good, box("free", b"hidden")),
        mfra(box("hide", b"hidden"), good),
        mfra(good, size=99),
        box("mfra", good),
        box("mfra", b"hidden"),
        mfra(tfra([starts[0], 7])),
        mfra(tfra(starts[::-1])),
        mfra(good[:-1]),
        mfra(full("tfra", 0, 0, good[12:], b"hidden")),
        mfra(full("tfra", 0, 9, good[12:])),
        mfra(full("tfra", 2, 0, good[12:])),
        mfra(good.replace(bytes([0, 0, 0, 1, 0, 0, 0]), b"\0\0\0\1hid", 1)),
    ]
    for other in bad:
        assert len(surplus(body + other)) == 1, other
    assert len(surplus(movie() + old)) == 1
