"""What a file shows of other files, in the formats that can."""

from __future__ import annotations

import time
import zlib
from collections import deque

import pytest

from aidisclose import limits
from aidisclose.containers import CONTAINERS, Container, Layout, identify
from aidisclose.containers.container import Composed
from aidisclose.containers.svg import externals as svg_externals
from aidisclose.errors import LimitExceeded, MalformedFile
from aidisclose.io.source import BytesSource
from tests.containers import samples, samples_bmff, samples_images, samples_pdf
from tests.containers.samples_bmff import dref
from tests.containers.samples_id3 import AUDIO, frame, tag
from tests.containers.samples_pdf import catalog, pdf

_LINK = " xmlns:xlink='http://www.w3.org/1999/xlink'"


def externals(data: bytes) -> list[str]:
    source = BytesSource(data)
    container = identify(source)
    assert isinstance(container, Composed)
    return list(container.externals(source, container.scan(source)))


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda item: item.name)
def test_samples_show_what_is_in_them(container: Container) -> None:
    if not isinstance(container, Composed):
        pytest.skip("the format has no such thing")
    for sample in samples.of(container):
        source = BytesSource(sample.data())
        assert list(container.externals(source, container.scan(source))) == [], sample.name


@pytest.mark.parametrize(
    "shapes",
    [
        "<a href='https://example.org/'><rect/></a>",
        "<a xlink:href='https://example.org/'/>",
        "<use href='#a'/><use xlink:href=' #a'/>",
        "<image href='data:image/png;base64,AAAA'/><image href=''/>",
        "<rect fill='url(#a)' style='fill: url( &quot;#a&quot; )'/>",
        "<style>a { fill: url('#b') }</style>",
        "<style>@namespace svg url(#);</style>",
        "<text>look at https://example.org/a.png</text>",
        "<desc data-src='x' enable-background='new'/>",
    ],
)
def test_references_within_an_svg(shapes: str) -> None:
    assert externals(samples_images.svg(shapes, _LINK)) == []


@pytest.mark.parametrize(
    "shapes",
    [
        "<image href='a.png'/>",
        '<image width="1" href = "https://example.org/a.png"/>',
        "<image xlink:href='//example.org/a.png'/>",
        "<image\nhref='a.png'/>",
        "<image href='&#104;ttps://example.org/a.png'/>",
        "<feImage href='a.png'/>",
        "<use href='a.svg#b'/>",
        "<g xml:base='https://example.org/'/>",
        "<rect fill='url(a.svg#b)'/>",
        "<rect style='fill: &#117;rl(a.svg#b)'/>",
        "<style>a { fill: u\\72l(a.svg#b) }</style>",
        "<style>a { fill: \\url(a.svg#b) }</style>",
        "<style>@\\69mport 'a.css';</style>",
        "<style><![CDATA[@import 'a.css';]]></style>",
        "<style>a { background: image-set('a.png' 1x) }</style>",
        "<set attributeName='href' to='a.png'/>",
        "<script>draw()</script>",
        "<rect onclick='draw()'/>",
        "<foreignObject><h:img xmlns:h='x' srcset='a.png 2x'/></foreignObject>",
        "<foreignObject><h:object xmlns:h='x' data='a.png'/></foreignObject>",
    ],
)
def test_references_out_of_an_svg(shapes: str) -> None:
    assert len(externals(samples_images.svg(shapes, _LINK))) == 1


@pytest.mark.parametrize(
    "before",
    [
        "<?xml-stylesheet href='a.css'?>",
        "<!DOCTYPE svg [<!ENTITY e SYSTEM 'e.txt'>]>",
        "<!DOCTYPE svg [<!ENTITY e \"<image href='a.png'/>\">]>",
    ],
)
def test_what_precedes_an_svg(before: str) -> None:
    assert externals(samples_images.svg(before=before))


def test_a_long_svg_is_searched_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidisclose.limits.CHUNK", 64)
    shapes = "<rect/>" * 30 + "<image href='a.png'/>" + "<rect/>" * 30
    assert externals(samples_images.svg(shapes))
    assert externals(samples_images.svg(shapes.replace("a.png", "#a"))) == []


@pytest.mark.parametrize(
    "shape",
    [
        "<image href='~a.png'/>",
        "<image href~='a.png'/>",
        "<rect fill='url(~a.svg#p)'/>",
        "<set attributeName='~href' to='a.png'/>",
    ],
)
@pytest.mark.parametrize("space", [" ", "\n", "\t "])
def test_spaces_divide_nothing(shape: str, space: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidisclose.limits.CHUNK", 64)
    shape = shape.replace("~", space * 5_000)
    assert externals(samples_images.svg(shape))


def test_zeros_of_a_number_divide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidisclose.limits.CHUNK", 64)
    assert externals(samples_images.svg(f"<rect style='fill: &#x{'0' * 5_000}75;rl(a.svg#p)'/>"))


def test_characters_by_their_numbers_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidisclose.limits.XML_ESCAPES", 4)
    assert externals(samples_images.svg("<text>&#65;&#x4E2D;\\a\\65 </text>")) == []
    with pytest.raises(LimitExceeded, match="more than 4 characters"):
        externals(samples_images.svg("<text>&#65;&#x4E2D;\\a\\65 \\b</text>"))


def test_an_entity_of_a_long_name_is_told() -> None:
    before = f"<!DOCTYPE svg [<!ENTITY {'e' * 300} SYSTEM 'e.txt'>]>"
    assert externals(samples_images.svg(before=before))


@pytest.mark.parametrize(
    "fill", ["url(", "href='", " on", "<", "&#", "\\", "@import", "<a href='x'"]
)
def test_searching_takes_linear_time(fill: str) -> None:
    data = (fill * 200_000)[:1_000_000].encode()
    started = time.process_time()
    deque(svg_externals.find(BytesSource(data), Layout("", len(data), ())), maxlen=0)
    assert time.process_time() - started < 3


def test_tracks_and_items_of_other_files() -> None:
    elsewhere = dref(0, location=b"https://example.com/film.mp4\0")
    tracks = samples_bmff.track([0]), samples_bmff.track([0], references=elsewhere)
    data = samples_bmff.ftyp() + samples_bmff.moov(*tracks)
    assert externals(data) == ["track 2"]
    assert externals(samples_bmff.ftyp() + samples_bmff.moov(samples_bmff.box("rmra")))
    picture = samples_bmff.picture()
    at = picture.index(b"iloc") + 4 + 4 + 2 + 2 + 2
    assert externals(picture[:at] + (1).to_bytes(2) + picture[at + 2 :]) == ["item 1"]


@pytest.mark.parametrize("kind", [b"-->", b"image/png"])
def test_pictures_of_sound_in_other_files(kind: bytes) -> None:
    expected = ["a picture of another file"] if kind == b"-->" else []
    content = b"\0" + kind + b"\0\3\0https://example.com/cover.png"
    for version, flags, name, held in (
        (4, 0, "APIC", content),
        (3, 0x80, "APIC", len(content).to_bytes(4) + zlib.compress(content)),
        (4, 0x09, "APIC", len(content).to_bytes(4) + zlib.compress(content)),
        (2, 0, "PIC", b"\0" + kind[:3] + b"\3\0https://example.com/cover.png"),
    ):
        tagged = tag(version, frame(version, name, held, flags=flags))
        assert externals(tagged + AUDIO) == expected, (version, flags)
    whole = samples.FAMILIES["FLAC"].samples[0].data()
    fields = bytes(3) + b"\3" + len(kind).to_bytes(4) + kind + bytes(24)
    at = whole.index(b"fLaC") + 42
    block = b"\6" + len(fields).to_bytes(3) + fields
    assert externals(whole[:at] + block + whole[at:]) == expected


@pytest.mark.parametrize("form", ["table", "stream", "packed"])
def test_streams_and_actions_of_other_files(form: str) -> None:
    printed = b"/OPI<</2.0<</Type/OPI/Version 2.0/F(large.tif)>>>>"
    for entry in (b"/F(page.txt)", b"/F <706167>", b"/#46(page.txt)", b"/F 9 0 R", printed):
        stream = b"<</Length 0%b>>\nstream\n\nendstream" % entry
        objects = {**samples_pdf.OBJECTS, 4: stream, 9: b"(page.txt)"}
        assert externals(pdf(objects, form=form)) == ["a stream of another file"], entry
    for action in (
        b"<</S/GoToR/F(other.pdf)>>",
        b"<</S/GoTo/Next<</S/JavaScript/JS()>>>>",
        b"<</S/Thread/D 0/F(other.pdf)>>",
        b"<</S/SubmitForm/F(https://example.com)>>",
    ):
        assert len(externals(pdf(catalog(b"/OpenAction" + action), form=form))) == 1
    assert externals(pdf(catalog(b"/OpenAction<</S/Thread/D 0>>"), form=form)) == []
    collection = catalog(b"/Collection<</View/C/Navigator<</SWF(a)>>>>")
    assert externals(pdf(collection, form=form)) == ["a collection that draws itself"]
    assert externals(pdf(catalog(b"/Collection<</View/T>>"), form=form)) == []
    described = catalog(b"/X<</Type/Filespec/F(a.txt)>>/Y<</F 4>>")
    assert externals(pdf(described, form=form)) == []


def test_entities_that_make_much_of_little_are_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "XML_EXPANSION", 1_000)
    before = f"<!DOCTYPE svg [<!ENTITY e '{'long ' * 100}'>]>"
    with pytest.raises(LimitExceeded, match="too much text"):
        externals(samples_images.svg(f"<text>{'&e;' * 9}</text>", "", before))


def test_elements_of_a_drawing_with_entities_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "XML_ELEMENTS", 10)
    before = "<!DOCTYPE svg [<!ENTITY e 'x'>]>"
    assert externals(samples_images.svg("<g/>" * 11)) == []
    with pytest.raises(LimitExceeded, match="more than 10 elements"):
        externals(samples_images.svg("<g/>" * 11, "", before))


def test_a_style_that_is_not_well_formed_cannot_be_told() -> None:
    with pytest.raises(MalformedFile, match="not well-formed"):
        externals(samples_images.svg("<style>a { fill: &u;rl(a.svg#p) }</style>"))


def test_a_style_in_pieces_is_honest() -> None:
    style = "<style>/* <![CDATA[ */ rect { fill: red } /* ]]> */<!-- fine --></style>"
    assert externals(samples_images.svg(style)) == []
