"""Pictures of pages: small, new, and never what a file has."""

from __future__ import annotations

import base64
import io
import zlib

import pytest
from PIL import Image

import aidisclose as ad
from aidisclose import limits
from aidisclose.render.page import pictures
from aidisclose.render.page.pictures import Picture, shrink
from tests.manifest import build
from tests.manifest.build import Recipe


def encoded(form: str, size: tuple[int, int] = (600, 300), **more: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, form, **more)
    return written.getvalue()


def decoded(picture: Picture) -> Image.Image:
    head, _, text = picture.address.partition(",")
    assert head == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(text)))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_made_small(form: str) -> None:
    found = shrink(io.BytesIO(encoded(form)), limits.THUMBNAIL_SIDE)
    assert found is not None
    assert (found.width, found.height) == (256, 128)
    assert decoded(found).size == (256, 128)


def test_nothing_of_the_file_itself_is_in_it() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Rosalind Example"
    exif[0x0112] = 6  # it lies on its side
    found = shrink(
        io.BytesIO(encoded("JPEG", exif=exif, comment=b"Rosalind Example")), limits.THUMBNAIL_SIDE
    )
    assert found is not None
    assert (found.width, found.height) == (128, 256)
    assert b"Rosalind" not in found.jpeg
    assert not decoded(found).getexif()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        encoded("JPEG")[:300],
        encoded("BMP"),
        encoded("PNG", (5000, 5000)),
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        encoded("PNG")[:60] + zlib.compress(bytes(10_000_000)),
    ],
)
def test_what_is_no_picture_for_a_page_is_left_out(data: bytes) -> None:
    found = shrink(io.BytesIO(data), limits.THUMBNAIL_SIDE)
    assert found is None or (found.width <= 256 and found.height <= 256)
    if b"svg" in data or len(data) == 0:
        assert found is None


def test_thumbnails_are_those_that_the_signature_covers() -> None:
    thumbnails = (
        build.file("c2pa.thumbnail.claim", encoded("PNG", (64, 32))),
        build.file("c2pa.thumbnail.ingredient", encoded("JPEG", (32, 64)), b"image/jpeg"),
        build.file("c2pa.thumbnail.ingredient__1", b"<svg onload='x'/>", b"image/svg+xml"),
    )
    data = build.signed(Recipe(assertions=(build.actions(), *thumbnails)))
    report = ad.verify(data, trust=build.TRUST)
    found = pictures.draw(io.BytesIO(data), report.media_type, report.believed)
    sizes = {url.rpartition("/")[2]: each[1:] for url, each in found.thumbnails.items()}
    assert sizes == {"c2pa.thumbnail.claim": (64, 32), "c2pa.thumbnail.ingredient": (32, 64)}
    assert pictures.draw(io.BytesIO(data), "application/pdf", None) == pictures.NONE


def test_a_page_has_so_many_bytes_of_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PAGE_PICTURES", 1500)
    noise = io.BytesIO()
    Image.effect_noise((32, 32), 100).save(noise, "PNG")
    many = (build.file(f"c2pa.thumbnail.claim__{n}", noise.getvalue()) for n in range(1, 9))
    report = ad.verify(build.signed(Recipe(assertions=(build.actions(), *many))), trust=build.TRUST)
    found = pictures.draw(io.BytesIO(), "audio/wav", report.believed).thumbnails
    assert 0 < len(found) < 8
    assert sum(len(each.jpeg) for each in found.values()) <= 1500


def test_large_jpegs_are_decoded_at_a_part_of_their_size() -> None:
    found = shrink(io.BytesIO(encoded("JPEG", (8000, 6000))), 512)
    assert found is not None
    assert (found.width, found.height) == (512, 384)
    assert shrink(io.BytesIO(encoded("JPEG", (8000, 6000), progressive=True)), 512) is None
    assert shrink(io.BytesIO(encoded("JPEG", (600, 300), progressive=True)), 512) is not None


def test_a_jpeg_of_many_scans_is_left_out() -> None:
    """A scan of a few bytes costs as much as decoding all of the picture."""
    data = encoded("JPEG", (600, 300), progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    assert shrink(io.BytesIO(data[:-2] + 3 * last + data[-2:]), 256) is not None
    assert shrink(io.BytesIO(data[:-2] + 30 * last + data[-2:]), 256) is None
