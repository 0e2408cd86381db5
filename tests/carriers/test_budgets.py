"""Marks that cost much: of each file as little is read as says what it says."""

from __future__ import annotations

import contextlib
import random
import time
import zlib
from collections.abc import Callable
from typing import Final

import pytest

from aidisclose import carriers, limits
from aidisclose.carriers import packets, text, xmp
from aidisclose.carriers.xmp import SOURCE_TYPE
from aidisclose.containers import identify
from aidisclose.errors import LimitExceeded, Malformed, Unreadable
from aidisclose.io.source import BytesSource
from aidisclose.validate import mention
from tests.containers import samples, samples_pdf, samples_riff

#: Seconds of processor time; each of these once took ten times as long.
_MOST: Final = 5.0
_TERM: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
#: Compressed zeros, and a block of a kind that does not exist.
_PACKER = zlib.compressobj(9)
_BROKEN: Final = _PACKER.compress(bytes(1_000_000)) + _PACKER.flush(zlib.Z_FULL_FLUSH) + b"\7"


def packet(inside: str) -> bytes:
    """An XMP packet with some properties."""
    return (
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
        " xmlns:I='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'"
        f" xmlns:T='http://www.tc260.org.cn/ns/AIGC/1.0/'>{inside}</rdf:RDF></x:xmpmeta>"
    ).encode()


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A picture with further chunks."""
    data = samples.png()
    head = 8 + 25  # signature and header
    return data[:head] + b"".join(samples.png_chunk(*each) for each in chunks) + data[head:]


def with_packet(inside: str) -> bytes:
    """A picture with an XMP packet."""
    return png((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet(inside)))


def sound(comment: bytes) -> bytes:
    """Sound with fifteen lists of one comment."""
    listed = samples_riff.chunk(b"LIST", b"INFO" + samples_riff.chunk(b"ICMT", comment))
    return samples_riff.wav(*[listed] * 15)


def document(junk: bytes) -> bytes:
    """A PDF with a stream of anything."""
    stream = b"<</Length %d>>\nstream\n%b\nendstream" % (len(junk), junk)
    return samples_pdf.pdf({**samples_pdf.OBJECTS, 50: stream})


def described(inside: str) -> str:
    """A description with some properties."""
    return f"<rdf:Description rdf:about=''>{inside}</rdf:Description>"


ITEM: Final = "<rdf:li rdf:resource=' '/>"
PROFILE: Final = b"Raw profile type xmp\0\0" + zlib.compress(b"zz " * 5_500_000, 9)
EXIF: Final = b"Raw profile type exif\0\0" + zlib.compress(b"zz " * 5_000_000, 9)
FILES: Final[dict[str, Callable[[], bytes]]] = {
    "items of a list that are blank": lambda: with_packet(
        described(f"<I:DigitalSourceType><rdf:Bag>{ITEM * 99_000}</rdf:Bag></I:DigitalSourceType>")
    ),
    "compressed texts that break off": lambda: png(*[(b"zTXt", b"a\0\0" + _BROKEN)] * 4_000),
    "profiles that are none": lambda: png(*[(b"zTXt", PROFILE)] * 20),
    "Exif data that are none": lambda: png(*[(b"zTXt", EXIF)] * 1_000),
    "streams of metadata without an end": lambda: document(b"/Type/Metadata stream\n" * 45_000),
}


@pytest.mark.parametrize("name", FILES)
def test_marks_are_read_in_time(name: str) -> None:
    source = BytesSource(FILES[name]())
    layout = identify(source).scan(source)
    start = time.process_time()
    carriers.read(source, layout)
    with contextlib.suppress(Unreadable):
        list(mention.find(source, layout))
    assert time.process_time() - start < _MOST


def test_element_with_too_many_attributes_is_not_read() -> None:
    few = " ".join(f"I:a{number}=''" for number in range(limits.XMP_ATTRIBUTES - 100))
    assert xmp.parse(packet(f"<rdf:Description {few}/>"))
    many = " ".join(f"I:a{number}=''" for number in range(limits.XMP_ATTRIBUTES + 1))
    with pytest.raises(LimitExceeded, match="attributes"):
        xmp.parse(packet(f"<rdf:Description {many}/>"))


def test_first_item_of_a_list_counts_however_it_is_written() -> None:
    for items, expected in (
        (f"<rdf:li rdf:resource='{_TERM}'/><rdf:li rdf:resource='b'/>", _TERM),
        (f"<rdf:li> </rdf:li><rdf:li>{_TERM}</rdf:li><rdf:li>b</rdf:li>", _TERM),
        (f"{ITEM}<rdf:li>{_TERM}</rdf:li>", _TERM),
    ):
        inside = f"<I:DigitalSourceType><rdf:Bag>{items}</rdf:Bag></I:DigitalSourceType>"
        assert xmp.parse(packet(described(inside))).values == {SOURCE_TYPE: (expected,)}


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: sound(b"AI disclosure: \n" * 65_000), "lines about AI"),
        (lambda: with_packet(described("<T:AIGC>{}</T:AIGC>" * 2 + "x" * 9)), ""),
        (
            lambda: with_packet(described(f"<T:AIGC>{'y' * 60_000}</T:AIGC>" * 20)),
            "labels of GB 45438",
        ),
    ],
)
def test_too_many_marks_are_named_and_not_kept(make: Callable[[], bytes], problem: str) -> None:
    source = BytesSource(make())
    found = carriers.read(source, identify(source).scan(source))
    assert [each for each in found.problems if problem in each] == list(found.problems)
    assert bool(found.problems) is bool(problem)
    assert len(found.comments) <= limits.REMARKS
    assert len(found.labels) <= 2


def test_beginning_of_a_text_that_breaks_off_is_read() -> None:
    source = BytesSource(png((b"zTXt", b"Comment\0\0" + _BROKEN)))
    layout = identify(source).scan(source)
    [item] = text.read(source, layout)
    assert 1_000_000 - text.STEP <= len(item.value) <= 1_000_000
    with pytest.raises(Malformed, match="breaks off"):
        list(packets.decoded(source, layout))


def test_texts_beyond_the_limit_are_not_passed_over() -> None:
    packed = b"a\0\0" + zlib.compress(bytes(1_000_000))
    few, many = (BytesSource(png(*[(b"zTXt", packed)] * count)) for count in (16, 17))
    assert len(list(packets.decoded(few, identify(few).scan(few)))) == 16
    with pytest.raises(LimitExceeded):
        list(packets.decoded(many, identify(many).scan(many)))


@pytest.mark.parametrize("length", [0, 1, 65_536, 200_000, 1 << 20])
@pytest.mark.parametrize("level", [0, 9])
def test_inflated_is_what_was_compressed(length: int, level: int) -> None:
    data = random.Random(length).randbytes(length // 2) + bytes(length - length // 2)
    assert text.inflate(zlib.compress(data, level) + b"behind", 1 << 20) == (data, True)
    begun, is_whole = text.inflate(zlib.compress(data, level), 100_000)
    assert is_whole
    assert data.startswith(begun)
    assert len(begun) >= min(length, 100_000)


@pytest.mark.parametrize("digits", ["00ff", "00\n ff\n", "\t00\v\fff"])
def test_profile_is_its_digits(digits: str) -> None:
    assert text.profile(f"\nxmp\n       2\n{digits}\n".encode()) == b"\0\xff"
    assert text.profile(b"\nxmp\n 2\n0g") is None
