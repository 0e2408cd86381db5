"""Thumbnails of claims: small, upright, without metadata, and the same to every reader."""

from __future__ import annotations

import io
import json
from pathlib import Path

import c2pa
import pytest
from PIL import Image

import aidisclose as ad
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.signing.flow import sign
from aidisclose.signing.signer import Signer
from tests.containers import samples, samples_riff
from tests.issuing import Issued

_NAME = "c2pa.thumbnail.claim"


def picture(form: str, size: tuple[int, int] = (1600, 800), mode: str = "RGB") -> bytes:
    """Red on the left; in JPEG it lies on its side, and Exif says so, and where it was taken."""
    image = Image.new(mode, size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    if form == "JPEG":
        exif[0x0112] = 6
        exif.get_ifd(0x8825)[1] = "N"
    output = io.BytesIO()
    image.save(output, form, exif=exif)
    return output.getvalue()


def signed(
    data: bytes, signer: Signer, *, thumbnail: bool = False
) -> tuple[bytes, tuple[str, ...]]:
    output = io.BytesIO()
    declared = Disclosure(ai="generated")
    made = sign(data, output, signer=signer, disclosure=declared, thumbnail=thumbnail)
    return output.getvalue(), made.warnings


def shown(data: bytes) -> Image.Image:
    """The thumbnail that a verified manifest holds."""
    report = ad.verify(data, trust=ad.TrustConfig.none())
    assert report.state is ad.State.VALID
    assert report.integrity is ad.Integrity.INTACT
    assert report.believed is not None
    [found] = report.believed.subject.named(_NAME)
    content = found.box.content_box(b"bidb")
    assert content is not None
    image = Image.open(io.BytesIO(content.content))
    image.load()
    return image


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "AVIF"])
def test_a_thumbnail_is_small_and_has_no_metadata(form: str, issued: Issued) -> None:
    data, warnings = signed(picture(form), issued("es256").signer(), thumbnail=True)
    assert not [each for each in warnings if "thumbnail" in each]
    image = shown(data)
    assert image.format == "JPEG"
    assert max(image.size) == 1024
    assert not image.getexif()


def test_a_thumbnail_is_upright(issued: Issued) -> None:
    data, _ = signed(picture("JPEG"), issued("es256").signer(), thumbnail=True)
    image = shown(data)
    assert image.size == (512, 1024)
    top, bottom = image.getpixel((256, 100)), image.getpixel((256, 900))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200 > 50 > top[2]
    assert bottom[2] > 200 > 50 > bottom[0]


def test_a_small_picture_is_not_made_larger(issued: Issued) -> None:
    data, _ = signed(picture("PNG", (60, 30), "RGBA"), issued("es256").signer(), thumbnail=True)
    assert shown(data).size == (60, 30)


def test_without_the_option_there_is_none(issued: Issued) -> None:
    data, _ = signed(picture("PNG"), issued("es256").signer())
    report = ad.verify(data, trust=ad.TrustConfig.none())
    assert report.believed is not None
    assert not report.believed.subject.named(_NAME)


def test_the_reference_finds_it(issued: Issued) -> None:
    data, _ = signed(picture("JPEG"), issued("es256").signer(), thumbnail=True)
    with c2pa.Reader("image/jpeg", io.BytesIO(data)) as reader:
        told = json.loads(reader.json())
    active = told["manifests"][told["active_manifest"]]
    assert active["thumbnail"]["format"] == "image/jpeg"
    assert told["validation_state"] == "Valid"


@pytest.mark.parametrize(
    ("data", "reason"),
    [(samples_riff.wav(), "not a picture"), (samples.jpeg()[:-1] + b"\0", "")],
    ids=["sound", "damaged"],
)
def test_what_cannot_be_decoded_has_a_warning(data: bytes, reason: str, issued: Issued) -> None:
    made, warnings = signed(data, issued("es256").signer(), thumbnail=True)
    told = [each for each in warnings if each.startswith("no thumbnail: ")]
    if reason:
        assert [reason in each for each in told] == [True]
    report = ad.verify(made, trust=ad.TrustConfig.none())
    assert report.state is ad.State.VALID


def test_a_definition_keeps_its_own(issued: Issued, tmp_path: Path) -> None:
    (tmp_path / "own.png").write_bytes(picture("PNG", (40, 20)))
    definition: dict[str, object] = {
        "thumbnail": {"format": "image/png", "identifier": "own.png"},
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {
                    "actions": [
                        {
                            "action": "c2pa.created",
                            "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/"
                            "trainedAlgorithmicMedia",
                        }
                    ]
                },
            }
        ],
    }
    output = io.BytesIO()
    made = sign(
        picture("PNG"),
        output,
        signer=issued("es256").signer(),
        manifest=definition,
        base=tmp_path,
        thumbnail=True,
    )
    assert "no thumbnail: the manifest definition has its own" in made.warnings
    assert shown(output.getvalue()).size == (40, 20)


def test_an_update_has_none(issued: Issued) -> None:
    data, _ = signed(picture("PNG"), issued("es256").signer())
    with pytest.raises(ad.UsageError, match="an update has no thumbnail"):
        sign(
            data,
            io.BytesIO(),
            signer=issued("es256").signer(),
            update=ad.Update(publishes=True),
            thumbnail=True,
        )
