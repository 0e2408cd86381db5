"""XMP packets besides the first: found in their places, bounded, and never in the way."""

from __future__ import annotations

import zlib

import brotli

from aidisclose import carriers, limits
from aidisclose.carriers import packets
from aidisclose.containers import identify
from aidisclose.io.source import BytesSource
from tests.attacks.overlooked import packet, silent
from tests.containers import samples, samples_pdf
from tests.containers.samples_bmff import box
from tests.containers.samples_images import jxl, jxl_box

HEAD = b"http://ns.adobe.com/xap/1.0/\0"
AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def read(data: bytes) -> carriers.Found:
    source = BytesSource(data)
    return carriers.read(source, identify(source).scan(source))


def jpeg(*contents: bytes) -> bytes:
    data = samples.jpeg()
    segments = b"".join(samples.jpeg_segment(0xE1, HEAD + item) for item in contents)
    return data[:2] + segments + data[2:]


def png(*chunks: bytes) -> bytes:
    data = samples.png()
    return data[:33] + b"".join(chunks) + data[33:]


def test_the_first_packet_is_not_one_of_the_others() -> None:
    found = read(jpeg(packet()))
    assert found.xmp["Iptc4xmpExt:DigitalSourceType"] == (AI,)
    assert found.elsewhere == ()


def test_a_packet_says_where_it_stands() -> None:
    assert read(jpeg(silent(), packet())).elsewhere == (("a second packet", AI),)
    assert read(samples.jpeg() + jpeg(packet())).elsewhere == (("a further picture", AI),)


def test_a_profile_as_imagemagick_writes_it() -> None:
    content = packet()
    lines = b"\nxmp\n%8d\n%b\n" % (len(content), content.hex().encode())
    for chunk in (
        samples.png_chunk(b"tEXt", b"Raw profile type xmp\0" + lines),
        samples.png_chunk(b"zTXt", b"Raw profile type xmp\0\0" + zlib.compress(lines)),
    ):
        assert [value for _, value in read(png(chunk)).elsewhere] == [AI]


def test_what_cannot_be_read_is_named() -> None:
    broken = samples.png_chunk(b"zTXt", b"XML:com.adobe.xmp\0\0no zlib")
    [problem] = read(png(broken)).problems
    assert problem.startswith("XMP in a packet in zTXt:")
    assert len(read(jpeg(silent(), b"<not XML")).problems) == 1


def test_the_metadata_of_the_catalog_is_the_first_packet() -> None:
    assert read(samples_pdf.metadata()).elsewhere == ()
    assert read(samples_pdf.metadata()).problems == ()


def test_there_is_an_end_to_packets() -> None:
    many = jpeg(*[silent()] * (limits.PACKETS + 5))
    source = BytesSource(many)
    found = list(packets.find(source, identify(source).scan(source)))
    assert len(found) == limits.PACKETS + 1
    assert found[-1].data is None


def film(content: bytes) -> bytes:
    """A film whose user data have a packet, as ExifTool writes it into QuickTime."""
    user_data = box("udta", box("XMP_", content))
    return box("ftyp", b"qt  \0\0\0\0qt  ") + box("moov", user_data)


def test_the_user_data_of_a_film() -> None:
    assert read(film(packet())).elsewhere == (("the user data of the film", AI),)
    assert len(read(film(b"<not XML")).problems) == 1
    assert read(film(b"")).elsewhere == ()
    longer = film(packet()).replace(b"udta", b"udt_")
    assert read(longer).elsewhere == ()


def picture(content: bytes) -> bytes:
    """A JPEG XL with a compressed box of XMP, as `exiftool -api Compress` writes it."""
    return jxl() + jxl_box(b"brob", b"xml " + content)


def test_a_compressed_box_of_jpeg_xl() -> None:
    compressed = brotli.compress(packet())
    assert read(picture(compressed)).elsewhere == (("a compressed box", AI),)
    for broken in (compressed[:-9], b"", b"\xff" * 20, brotli.compress(bytes(limits.XMP_SIZE + 1))):
        [problem] = read(picture(broken)).problems
        assert problem.startswith("XMP in a compressed box:")
