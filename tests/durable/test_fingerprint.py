"""Fingerprints of pictures, and what they survive."""

from __future__ import annotations

import io
from collections.abc import Callable

import iscc_lib
import pytest
from PIL import Image, ImageOps

from aidisclose import limits
from aidisclose.durable import iscc, matching
from aidisclose.durable.fingerprint import fingerprint, queries
from aidisclose.errors import LimitExceeded, Malformed, UnsupportedFormat
from tests.durable.pictures import encoded, scene


def content(data: bytes) -> iscc.CodeUnit:
    return iscc.searched(fingerprint(io.BytesIO(data)))[0]


def nearest(stored: bytes, copy: bytes) -> int:
    code = content(stored).bits
    return min(matching.distance(code, each.bits) for each in queries(io.BytesIO(copy)))


def test_a_fingerprint_has_what_the_standard_computes() -> None:
    data = encoded(scene(1))
    units = iscc.searched(fingerprint(io.BytesIO(data)))
    assert [unit.group for unit in units] == ["2.1", "3.0", "4.0"]
    instance = iscc_lib.iscc_decode(iscc_lib.gen_instance_code_v0(data, 256)["iscc"])[4]
    assert units[2].body == instance


COPIES: dict[str, Callable[[Image.Image], bytes]] = {
    "JPEG 30": lambda each: encoded(each, "JPEG", quality=30),
    "WebP": lambda each: encoded(each, "WEBP", quality=60),
    "half the size": lambda each: encoded(each.resize((240, 180)), "JPEG", quality=75),
    "letterbox": lambda each: encoded(ImageOps.expand(each, (0, 60), 0), "JPEG", quality=75),
    "turned": lambda each: encoded(each.rotate(90, expand=True), "JPEG", quality=75),
    "upside down": lambda each: encoded(each.rotate(180), "JPEG", quality=75),
    "mirrored": lambda each: encoded(ImageOps.mirror(each), "JPEG", quality=75),
    "grey": lambda each: encoded(each.convert("L"), "JPEG", quality=75),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=list(COPIES))
def test_a_copy_is_near(copy: Callable[[Image.Image], bytes]) -> None:
    picture = scene(2)
    assert nearest(encoded(picture), copy(picture)) <= matching.THRESHOLD


def test_a_frame_is_looked_through_to_the_border_within() -> None:
    """The border of what is stored is left out, and a copy has another one around that."""
    thing = ImageOps.expand(scene(2), (90, 40), "white")
    letterbox = ImageOps.expand(thing, (0, 70), 0)
    screen = Image.new("RGB", (thing.width + 200, thing.height + 200), "#303540")
    screen.paste("white", (0, 30, *screen.size))
    screen.paste(thing, (100, 100))
    for copy in (letterbox, screen):
        code = content(encoded(thing)).bits
        asked = queries(io.BytesIO(encoded(copy, "JPEG", quality=75)))
        apart = [matching.distance(code, each.bits) for each in asked]
        assert min(apart) <= matching.THRESHOLD < apart[0]


def test_a_border_that_leaves_nothing_hides_no_other_way() -> None:
    """All but a speck is within the tolerance of a border."""
    dark = Image.linear_gradient("L").resize((320, 240)).point([each // 12 for each in range(256)])
    dark.paste(40, (200, 100, 202, 102))
    data = encoded(dark.convert("RGB"))
    assert content(data) in queries(io.BytesIO(data))


def test_other_pictures_are_far() -> None:
    first = encoded(scene(3))
    assert all(nearest(first, encoded(scene(seed))) > matching.THRESHOLD for seed in range(4, 24))


def test_what_is_transparent_is_white() -> None:
    picture = scene(5)
    clear = picture.copy()
    clear.putalpha(Image.linear_gradient("L").resize(picture.size))
    white = Image.new("RGBA", clear.size, "white")
    white.alpha_composite(clear)
    assert content(encoded(clear)) == content(encoded(white.convert("RGB")))


@pytest.mark.parametrize("colour", ["white", "black", "#7f8081"])
def test_a_picture_of_nothing_has_none(colour: str) -> None:
    with pytest.raises(UnsupportedFormat, match="too uniform"):
        fingerprint(io.BytesIO(encoded(Image.new("RGB", (64, 64), colour))))


def test_what_is_not_a_picture_has_none() -> None:
    with pytest.raises(UnsupportedFormat, match="plain text only"):
        fingerprint(io.BytesIO(b"%PDF-1.7"))


def test_a_broken_picture_is_one_clear_error() -> None:
    with pytest.raises(Malformed, match="cannot be decoded"):
        fingerprint(io.BytesIO(encoded(scene(6))[:2000]))


def test_a_picture_of_too_many_pixels_is_not_decoded() -> None:
    huge = bytearray(encoded(Image.new("1", (8, 8))))
    huge[16:24] = (20_000).to_bytes(4, "big") * 2
    import zlib

    huge[29:33] = zlib.crc32(huge[12:29]).to_bytes(4, "big")
    with pytest.raises(LimitExceeded, match="too large"):
        fingerprint(io.BytesIO(bytes(huge)))


@pytest.mark.parametrize(("bits", "score"), [(0, 99), (51, 80), (128, 50), (256, 0)])
def test_only_the_same_bytes_are_the_same(bits: int, score: int) -> None:
    assert matching.score(bits) == score


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_strips_make_no_difference(
    mode: str, orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    framed = ImageOps.expand(scene(1), 9, "navy")
    if mode == "RGBA":
        framed.putalpha(Image.linear_gradient("L").resize(framed.size))
    shown, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    framed.convert(mode).save(shown, "PNG", exif=exif)
    data = shown.getvalue()
    whole = fingerprint(io.BytesIO(data)), queries(io.BytesIO(data))
    monkeypatch.setattr("aidisclose.durable.fingerprint._STRIP", 1000)
    monkeypatch.setattr("aidisclose.durable.picture._STRIP", 1000)
    assert (fingerprint(io.BytesIO(data)), queries(io.BytesIO(data))) == whole


def test_a_webp_may_have_half_as_many_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoding one takes twice the memory."""
    monkeypatch.setattr(limits, "FINGERPRINT_PIXELS", 2 * scene(1).width * scene(1).height - 1)
    assert fingerprint(io.BytesIO(encoded(scene(1))))
    with pytest.raises(LimitExceeded, match="too large"):
        fingerprint(io.BytesIO(encoded(scene(1), "WEBP")))
