"""What is prepared to be signed, so that it can be changed afterwards."""

from __future__ import annotations

import io
import struct

import pytest

import aidisclose as ad
from aidisclose.codec import jumbf
from tests.attacks import files, misled
from tests.attacks.attack import judge
from tests.attacks.parties import TRUST
from tests.attacks.written_updates import _honest
from tests.containers import samples, samples_bmff, samples_images, samples_pdf
from tests.manifest import build
from tests.trust.pki import NOW

_ROOM = b"what anybody may write " * 100


def _sign(data: bytes) -> bytes:
    output = io.BytesIO()
    said = ad.Disclosure(ai="generated")
    ad.sign(data, output, signer=_honest(), trust=TRUST, at=NOW, disclosure=said)
    return output.getvalue()


def test_a_manifest_that_nothing_refers_to_is_not_carried_on() -> None:
    unused = jumbf.superbox(jumbf.type_uuid("c2ma"), build.label(6), [jumbf.box(b"bidb", _ROOM)])
    parent = build.Recipe(number=7, seal=build.Seal()).build()
    source = files.signed(files.descended(parent), unused, parent)
    signed = _sign(source)
    assert _ROOM in source
    assert _ROOM not in signed
    report = ad.verify(signed, trust=TRUST, at=NOW)
    assert report.state is ad.State.TRUSTED
    assert report.store is not None
    assert list(report.store.manifests)[:2] == [build.label(7), build.label(9)]


@pytest.mark.parametrize("around", ["", "mvex"])
@pytest.mark.parametrize("path", [(b"moov",), (b"moov", b"trak"), (b"moov", b"trak", b"mdia")])
def test_a_film_with_a_table_out_of_place_is_not_signed(
    path: tuple[bytes, ...], around: str
) -> None:
    table = samples_bmff.full("stco", 0, 0, (1).to_bytes(4), (9).to_bytes(4))
    table = samples_bmff.box(around, table) if around else table
    data = misled.inserted(samples_bmff.movie(), path, table)
    with pytest.raises(ad.AidiscloseError, match=r"outside of its place|would not be the same"):
        _sign(data)


def test_the_image_data_of_a_screenshot_are_found_behind_the_store() -> None:
    data = misled.parallel(samples.png())
    signed = _sign(data)
    start = signed.index(b"iDOT") - 4
    for at in (12, 24):
        distance = int.from_bytes(signed[start + 8 + at : start + 12 + at])
        assert signed[start + distance + 4 : start + distance + 8] == b"IDAT"


@pytest.mark.parametrize("beyond", [0, 500])
def test_a_picture_that_is_not_in_its_file_is_not_signed(beyond: int) -> None:
    data = bytearray(samples_images.tiff())
    strip = data.index(struct.pack("<HH", 0x111, 4)) + 8
    struct.pack_into("<I", data, strip, len(data) + beyond)
    with pytest.raises(ad.AidiscloseError, match="past the end of the file"):
        _sign(bytes(data))


def test_a_long_document_whose_lengths_are_elsewhere_is_signed() -> None:
    page = b"<</Length 9 0 R>>\nstream\nabc\nendstream"
    objects = {**samples_pdf.OBJECTS, 9: b"3", **dict.fromkeys(range(20, 1_200), page)}
    report = ad.verify(_sign(samples_pdf.pdf(objects)), trust=TRUST, at=NOW)
    assert (report.state, report.integrity) == (ad.State.TRUSTED, ad.Integrity.INTACT)


@pytest.mark.parametrize(("samples", "integrity"), [(48, "intact"), (49, "unproven")])
def test_coded_sound_is_as_long_as_its_frames(samples: int, integrity: str) -> None:
    """Sixteen bytes; QuickTime wrote a size of 1 for each sample of it."""
    film = misled.tables(
        samples_bmff.full("stts", 0, 0, samples_bmff.numbers(4, (1, samples, 1))),
        samples_bmff.full("stsc", 0, 0, samples_bmff.numbers(4, (1, 1, samples, 1))),
        samples_bmff.full("stsz", 0, 0, samples_bmff.numbers(4, (1, samples))),
        stsd=misled.stereo("MAC6"),
    )
    signed = files.signed(files.active(), of=film(0))
    assert judge(signed).integrity == integrity
