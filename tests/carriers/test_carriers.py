"""What a file says about AI besides its manifest, in every place where it is said."""

from __future__ import annotations

import json
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import carriers, limits
from aidisclose.carriers import aigc, hints, text, xmp
from aidisclose.carriers.aigc import Label
from aidisclose.containers import Edits, identify
from aidisclose.io.source import BytesSource
from tests.containers import samples, samples_id3, samples_ogg, samples_pdf, samples_riff
from tests.containers.samples_bmff import TITLE, box, full, hdlr, keyed, movie, track

LABEL = Label(producer="ACME", content_id="0001")
JSON = LABEL.encode()
FIELDS = {
    "Label": "1",
    "ContentProducer": "ACME",
    "ProduceID": "0001",
    "ReservedCode1": "",
    "ContentPropagator": "",
    "PropagateID": "",
    "ReservedCode2": "",
}


def found(data: bytes) -> carriers.Found:
    source = BytesSource(data)
    return carriers.read(source, identify(source).scan(source))


def with_packet(data: bytes, packet: bytes) -> bytes:
    source = BytesSource(data)
    container = identify(source)
    splice = container.rewrite(source, container.scan(source), Edits(xmp=packet))
    return splice.read_at(0, splice.size)


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    data = samples.png()
    return data[:33] + b"".join(samples.png_chunk(*chunk) for chunk in chunks) + data[33:]


def flac(*comments: str) -> bytes:
    listed = [comment.encode() for comment in comments]
    body = struct.pack("<I", 4) + b"test" + struct.pack("<I", len(listed))
    body += b"".join(struct.pack("<I", len(item)) + item for item in listed)
    start = samples_id3.FLAC.index(b"fLaC") + 4
    block = b"\x04" + len(body).to_bytes(3) + body
    streaminfo = samples_id3.FLAC[start : start + 38]
    return b"fLaC" + bytes((streaminfo[0] & 0x7F,)) + streaminfo[1:38] + b"\x84" + block[1:]


def opus(*comments: str) -> bytes:
    """With the comments on as many pages as they need."""
    listed = [comment.encode() for comment in comments]
    content = b"OpusTags" + struct.pack("<II", 0, len(listed))
    content += b"".join(struct.pack("<I", len(item)) + item for item in listed)
    data = samples_ogg.page(1, 0, samples_ogg.OPUS, samples_ogg.FIRST)
    for number, start in enumerate(range(0, len(content), 65_025), start=1):
        part = content[start : start + 65_025]
        lacing = b"\xff" * 255 if len(part) == 65_025 else None
        data += samples_ogg.page(1, number, part, lacing=lacing)
    return data + samples_ogg.page(1, 99, b"sound", samples_ogg.LAST)


KEYED = (b"AIGC", JSON.encode())
FREEFORM = box(
    "ilst",
    box("\xa9nam", box("data", b"\0\0\0\1", bytes(4), b"A title")),
    box(
        "----",
        full("mean", 0, 0, b"com.apple.iTunes"),
        full("name", 0, 0, b"AIGC"),
        box("data", b"\0\0\0\1", bytes(4), JSON.encode()),
    ),
)

PLACES = {
    "XMP": lambda: with_packet(samples.png(), xmp.create({xmp.AIGC: JSON})),
    "XMP ": lambda: with_packet(samples.jpeg(), xmp.create({xmp.AIGC: JSON})),
    "PNG tEXt": lambda: png((b"tEXt", b"AIGC\0" + JSON.encode())),
    "PNG zTXt": lambda: png((b"zTXt", b"aigc\0\0" + zlib.compress(JSON.encode()))),
    "PNG iTXt": lambda: png((b"iTXt", b"AIGC\0\0\0\0\0" + JSON.encode())),
    "RIFF chunk": lambda: samples_riff.wav(b"\0" * 8, samples_riff.chunk(b"AIGC", JSON.encode())),
    "RIFF INFO": lambda: samples_riff.wav(
        b"\0" * 8,
        samples_riff.chunk(b"LIST", b"INFO" + samples_riff.chunk(b"AIGC", JSON.encode())),
    ),
    "ID3 TXXX": lambda: (
        samples_id3.tag(4, samples_id3.frame(4, "TXXX", b"\x03aigc\0" + JSON.encode()))
        + samples_id3.AUDIO
    ),
    "RIFF INFO ": lambda: samples_riff.riff(
        b"AVI ",
        samples_riff.avi()[12:],
        samples_riff.chunk(b"LIST", b"INFO" + samples_riff.chunk(b"AIGC", JSON.encode())),
    ),
    "Vorbis comment": lambda: flac("TITLE=x", f"aigc={JSON}"),
    "MP4 metadata": lambda: movie(more=box("udta", full("meta", 0, 0, *keyed(TITLE, KEYED)))),
    "MP4 metadata ": lambda: movie(brand="qt  ", more=box("meta", *keyed(KEYED, TITLE))),
    "MP4 iTunes": lambda: movie(more=box("udta", full("meta", 0, 0, hdlr(b"mdir"), FREEFORM))),
    "PDF Info": lambda: samples_pdf.metadata(b"<</AIGC(%b)>>" % JSON.encode()),
    "PDF Info ": lambda: samples_pdf.metadata(
        b"<</Title(x)/aigc<feff%b>>>" % JSON.encode("utf-16-be").hex().encode()
    ),
    "Vorbis comment ": lambda: opus("TITLE=x", f"aigc={JSON}"),
    "Vorbis comment  ": lambda: opus(f"PICTURE={'x' * 200_000}", f"aigc={JSON}"),
    "Exif UserComment": lambda: samples.jpeg(
        exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0" + b'{"AIGC":' + JSON.encode() + b"}"
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_label_is_found_in_every_place(place: str) -> None:
    (label,) = found(PLACES[place]()).labels
    assert (label.place, label.fields) == (place.strip(), FIELDS)
    elsewhere = ("PNG", "Exif", "MP4 iTunes")
    assert label.is_primary == (not (place.startswith(elsewhere) or place == "RIFF INFO"))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (JSON, FIELDS),
        (json.dumps({"AIGC": FIELDS}), FIELDS),
        ('{"Label":1,"ProduceID":"x"}\0', {"Label": "1", "ProduceID": "x"}),
        ("{}", None),
        ("Label", None),
        ('["Label"]', None),
        ('{"Label":' * 5000, None),
        ('{"AIGC":"Label"}', None),
    ],
)
def test_labels_are_read_leniently(shape: str, expected: dict[str, str] | None) -> None:
    assert aigc.parse(shape) == expected


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"producer": "Zoë Ltd"}, "aigc.producer"),
        ({"producer": "with space"}, "aigc.producer"),
        ({"content_id": "人工"}, "aigc.content_id"),
        ({"content_id": ""}, "needs"),
        ({"degree": "4"}, "aigc.degree"),
        ({"propagator": "P"}, "belong together"),
    ],
)
def test_labels_are_written_strictly(fields: dict[str, str], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Label(**{"producer": "ACME", "content_id": "1"} | fields)


WEB = (
    "a cat, on a mat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, "
    'Size: 512x512, Model hash: 31e35c80fc, Model: sd_xl_base_1.0, Lora hashes: "a: b, c: d", '
    "Version: v1.9.0"
)
COMFY = json.dumps(
    {
        "3": {"class_type": "KSampler", "inputs": {"seed": 7, "steps": 20}},
        "4": {
            "class_type": "CheckpointLoaderSimple",
            "inputs": {"ckpt_name": "xl/flux1-dev.safetensors"},
        },
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["4", 1]}},
    }
)


@pytest.mark.parametrize(
    ("texts", "hint"),
    [
        (
            {"parameters": WEB},
            (
                "Stable Diffusion web interface",
                "sd_xl_base_1.0",
                "31e35c80fc",
                "42",
                "a cat, on a mat",
            ),
        ),
        ({"parameters": "free text"}, ("Stable Diffusion web interface", None, None, None, None)),
        ({"prompt": COMFY, "workflow": "{}"}, ("ComfyUI", "flux1-dev", None, "7", "a cat")),
        ({"workflow": "{}"}, ("ComfyUI", None, None, None, None)),
        (
            {"invokeai_metadata": '{"model":{"name":"sdxl"},"seed":5,"positive_prompt":"a cat"}'},
            ("InvokeAI", "sdxl", None, "5", "a cat"),
        ),
        (
            {"Description": "a cat --v 6 Job ID: 1-2", "Author": "somebody"},
            ("Midjourney", "Midjourney", None, None, "a cat --v 6"),
        ),
    ],
)
def test_generators_are_recognised(texts: dict[str, str], hint: tuple[str | None, ...]) -> None:
    chunks = [(b"tEXt", f"{name}\0{value}".encode("latin-1")) for name, value in texts.items()]
    result = found(png(*chunks))
    assert (result.xmp, result.labels) == ({}, ())
    (read,) = result.hints
    assert (read.generator, read.model, read.version, read.seed, read.prompt) == hint


def test_a_credit_of_google_is_a_hint_and_its_source_type_a_mark() -> None:
    packet = xmp.create({xmp.CREDIT: "Made with Google AI", xmp.SOURCE_TYPE: "http://x/y"})
    result = found(with_packet(samples.jpeg(), packet))
    assert result.xmp["Iptc4xmpExt:DigitalSourceType"] == ("http://x/y",)
    assert [hint.generator for hint in result.hints] == ["Google AI"]


def test_what_a_prompt_contains_is_no_hint_of_something_else() -> None:
    assert hints.read([text.Text("PNG tEXt", "prompt", "a cat")], {}) == ()


def test_a_packet_that_cannot_be_read_is_named() -> None:
    result = found(with_packet(samples.png(), b"<!DOCTYPE x><x/>"))
    assert (result.xmp, result.labels) == ({}, ())
    assert result.problems == ("the XMP packet has a document type declaration",)


@pytest.mark.parametrize(
    "data",
    [
        samples_ogg.ogg(samples_ogg.THEORA),
        samples_ogg.ogg(samples_ogg.OPUS, pages=0),
        samples_ogg.ogg(samples_ogg.OPUS),
        opus("A" * 2_000_000, f"AIGC={JSON}"),
        samples_ogg.ogg(samples_ogg.THEORA, samples_ogg.OPUS)
        + samples_ogg.page(1, 9, b"") * limits.OGG_HEADER_PAGES
        + opus(f"AIGC={JSON}"),
    ],
)
def test_comments_that_are_far_or_broken_are_left_out(data: bytes) -> None:
    assert found(data).labels == ()


@given(st.lists(st.binary(max_size=80).map(lambda data: samples_ogg.page(1, 1, data)), max_size=4))
def test_no_pages_make_the_reader_of_ogg_fail(pages: list[bytes]) -> None:
    data = samples_ogg.page(1, 0, samples_ogg.OPUS, samples_ogg.FIRST) + b"".join(pages)
    assert isinstance(found(data), carriers.Found)


@given(st.sampled_from(sorted(text._READERS)), st.binary(max_size=300))
def test_no_bytes_make_a_reader_fail(name: str, data: bytes) -> None:
    for item in text._READERS[name](data):
        assert isinstance(item.value, str)
    assert isinstance(hints.read(text._READERS[name](data), {}), tuple)


def test_a_label_is_found_behind_any_tables_without_reading_them() -> None:
    class Counted(BytesSource):
        read = 0

        def read_at(self, offset: int, length: int) -> bytes:
            Counted.read += length
            return super().read_at(offset, length)

    tables = track([0]) + box("free", bytes(2 * limits.MIB))
    user = box("udta", full("meta", 0, 0, *keyed((b"cover", bytes(limits.MIB)), KEYED)))
    data = movie(more=tables + user)
    layout = identify(BytesSource(data)).scan(BytesSource(data))
    assert JSON in [item.value for item in text.read(Counted(data), layout)]
    assert Counted.read < limits.MIB + limits.KIB


@given(st.binary(max_size=300))
def test_no_bytes_in_a_movie_make_its_reader_fail(inside: bytes) -> None:
    for more in (inside, box("udta", inside), box("meta", *keyed(KEYED)[:2], inside)):
        assert isinstance(found(movie(more=more)).labels, tuple)


def test_a_movie_of_countless_texts_costs_no_more_than_a_few() -> None:
    large = (b"title", bytes(limits.TEXT_SIZE))
    data = movie(more=box("meta", *keyed(*[large] * 20)))
    source = BytesSource(data)
    texts = list(text.read(source, identify(source).scan(source)))
    assert sum(len(item.value) for item in texts) <= limits.TEXTS_SIZE + limits.TEXT_SIZE


def test_many_large_texts_cost_no_more_than_a_few() -> None:
    """Compressed ones above all: a thousand of them would be a gigabyte."""
    bomb = (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(limits.TEXT_SIZE)))
    data = png(*[bomb] * 200, (b"tEXt", b"AIGC\0" + JSON.encode()))
    source = BytesSource(data)
    texts = list(text.read(source, identify(source).scan(source)))
    assert sum(len(item.value) for item in texts) <= limits.TEXTS_SIZE + limits.TEXT_SIZE
