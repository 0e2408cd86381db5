"""What is prepared to be signed, so that it can be changed afterwards."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

import aidisclose as ad
from aidisclose.codec import jumbf
from tests.attacks import files, misled
from tests.attacks.attack import judge
from tests.attacks.parties import TRUST
from tests.attacks.rebuilt import sealed
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


def _camera(room: bytes, tag: int = 0x927C) -> bytes:
    """A picture with a maker note, whose preview is behind it: where the store is."""
    note = b"OLYMP\0\1\0" + struct.pack("<HHHIIHHII", 2, 0x88, 4, 1, 900, 0x89, 4, 1, 600)
    exif = samples_images.tiff("<", (tag, 7, note))
    plain = samples.jpeg()

    def place(store: bytes) -> bytes:
        held = samples.jpeg_segment(0xEB, b"JP\x02\x11" + (1).to_bytes(4) + store)
        return plain[:2] + samples.jpeg_segment(0xE1, b"Exif\0\0" + exif) + held + plain[2:]

    media = files.media("JPEG")._replace(place=place)
    return files.signed(files.active(seal=sealed(room)), of=media)


def test_beside_a_maker_note_no_picture_is_in_the_room_of_a_signature() -> None:
    picture = samples.jpeg(quality=5)
    room = b"x" * len(picture)
    assert judge(_camera(room))[:2] == (ad.State.TRUSTED, "intact")
    assert judge(_camera(picture, 0x9286))[:2] == (ad.State.TRUSTED, "intact")  # a comment
    verdict = judge(_camera(picture))
    assert verdict[:2] == (ad.State.INVALID, "unproven")
    assert "what a maker note may lead to leads into the manifest store" in verdict.reasons


def test_beside_a_maker_note_no_picture_is_in_a_manifest_that_nothing_refers_to() -> None:
    exif = samples_images.tiff("<", (0x927C, 7, b"a maker note"))
    data = samples.jpeg()
    data = data[:2] + samples.jpeg_segment(0xE1, b"Exif\0\0" + exif) + data[2:]
    picture = jumbf.superbox(
        jumbf.type_uuid("c2as"), "c2pa.assertions", [jumbf.box(b"bidb", samples.jpeg(quality=5))]
    )
    unused = jumbf.superbox(jumbf.type_uuid("c2ma"), build.label(6), [picture])
    media = files.media("JPEG")._replace(data=data)
    assert judge(files.signed(files.active(), of=media))[:2] == (ad.State.TRUSTED, "intact")
    verdict = judge(files.signed(files.active(), unused, of=media))
    assert verdict[:2] == (ad.State.INVALID, "unproven")
    assert "what a maker note may lead to leads into the manifest store" in verdict.reasons


def test_a_maker_note_is_no_reason_against_thumbnails_of_ingredients() -> None:
    exif = samples_images.tiff("<", (0x927C, 7, b"a maker note"))
    data = samples.jpeg()
    data = data[:2] + samples.jpeg_segment(0xE1, b"Exif\0\0" + exif) + data[2:]
    for _ in range(3):
        output = io.BytesIO()
        said = ad.Disclosure(ai="edited")
        ad.sign(
            data, output, signer=_honest(), trust=TRUST, at=NOW, disclosure=said, thumbnail=True
        )
        data = output.getvalue()
    assert data.count(b"\xff\xd8\xff") == 4
    assert judge(data)[:2] == (ad.State.TRUSTED, "intact")


def test_a_maker_note_is_no_reason_against_thumbnails_of_the_manifest() -> None:
    exif = samples_images.tiff("<", (0x927C, 7, b"a maker note"))
    data = samples.jpeg()
    data = data[:2] + samples.jpeg_segment(0xE1, b"Exif\0\0" + exif) + data[2:]
    output = io.BytesIO()
    said = ad.Disclosure(ai="generated")
    signer = _honest()
    ad.sign(data, output, signer=signer, trust=TRUST, at=NOW, disclosure=said, thumbnail=True)
    assert output.getvalue().count(b"\xff\xd8\xff") == 2
    assert judge(output.getvalue())[:2] == (ad.State.TRUSTED, "intact")


def test_a_frame_that_is_too_short_is_not_signed() -> None:
    with pytest.raises(ad.AidiscloseError, match="a chunk of a frame leads"):
        _sign(misled.frame(0).data)


def test_a_file_of_its_own_number_is_intact() -> None:
    said = b"<OME UUID='urn:uuid:1'><UUID FileName='was.tif'> urn:uuid:1\n</UUID></OME>\0"
    signed = _sign(samples_images.tiff("<", (0x10E, 2, said)))
    assert judge(signed)[:2] == (ad.State.TRUSTED, "intact")


def _described(*fields: samples_images.Field, pages: int = 1) -> bytes:
    """A stack of pictures of 16 by 12 pixels in strips of five rows, which is all there."""
    file = samples_images.Tiff()
    pixels = file.add(bytes(192 * pages))
    replaced = (0x111, 0x116, 0x117)
    kept = [item for item in samples_images.picture(pixels) if item[0] not in replaced]
    strips = [(0x111, 4, [pixels, pixels + 80, pixels + 160]), (0x117, 4, [80, 80, 32])]
    file.chain([*kept, *strips, (0x116, 3, [5]), *fields])
    return bytes(file.data)


@pytest.mark.parametrize("said", [b"ImageJ=1.53\nimages=9\n\0", b'{"shape": [9, 12, 16]}\0'])
def test_a_stack_that_is_all_there_is_intact(said: bytes) -> None:
    data = _described((0x10E, 2, said), pages=9)
    assert judge(_sign(data))[:2] == (ad.State.TRUSTED, "intact")


def test_a_compressed_picture_is_no_stack() -> None:
    data = bytearray(_described((0x10E, 2, b"ImageJ=1.53\nimages=9\n\0")))
    entry = data.index(struct.pack("<HH", 0x103, 3))
    data[entry + 8 : entry + 10] = struct.pack("<H", 8)
    assert judge(_sign(bytes(data)))[:2] == (ad.State.TRUSTED, "intact")


def test_directories_of_exif_that_overlap_are_not_walked_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aidisclose.limits.EXIF_ENTRIES", 10)
    data = samples.jpeg()
    exif = samples_images.tiff("<", *[(0x9C9B + n, 3, [n]) for n in range(11)])
    segment = samples.jpeg_segment(0xE1, b"Exif\0\0" + exif)
    media = files.media("JPEG")._replace(data=data[:2] + segment + data[2:])
    verdict = judge(files.signed(files.active(), of=media))
    assert verdict[:2] == (ad.State.INVALID, "unproven")
    assert "more than 10 entries" in verdict.reasons


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


def _linked(target: str, method: int) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        entry = zipfile.ZipInfo("a/page.html")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, target, method)
    return output.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("target", ["../META-INF/content_credential.c2pa", "./../b/../meta-inf"])
def test_an_archive_with_a_link_to_the_store_is_not_signed(target: str, method: int) -> None:
    with pytest.raises(ad.AidiscloseError, match="leads into the manifest store"):
        _sign(_linked(target, method))
    assert judge(_sign(_linked("META-INF/other", method))).integrity == "intact"
