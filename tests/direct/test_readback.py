"""Edited files are read again before they are written: what they lose is noticed."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import aidisclose as ad
from aidisclose.carriers import xmp
from aidisclose.containers import CONTAINERS, Comment, Container, Edits, Layout, identify
from aidisclose.containers.container import Carrier
from aidisclose.direct import readback
from aidisclose.errors import Malformed, UnsupportedFormat
from aidisclose.io.source import BytesSource, Source
from aidisclose.io.splice import Splice, whole
from aidisclose.signing.flow import sign
from tests.containers import samples
from tests.containers.samples_id3 import FLAC
from tests.containers.samples_images import svg
from tests.containers.samples_pdf import FLAT_TREE, pdf
from tests.issuing import Issued

LABEL = json.dumps({"Label": "1", "ContentProducer": "x"}).encode()
PACKET = xmp.create({xmp.SYSTEM: "A model"})
FORMATS = [each for each in CONTAINERS if each.name in samples.FAMILIES]
WRITERS = [each for each in FORMATS if Carrier.XMP in each.carriers]
GENERATED = ad.Disclosure(ai="generated", model="A model")

Rewrite = Callable[[Source, Layout, Edits], Splice]


def media(container: Container) -> bytes:
    return next(iter(samples.of(container))).data()


@pytest.fixture
def damaged(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Container, Callable[[bytes], bytes]], None]:
    """Lets a container damage every file that it edits."""

    def make(container: Container, spoil: Callable[[bytes], bytes]) -> None:
        proper: Rewrite = type(container).rewrite.__get__(container)

        def rewrite(_self: object, source: Source, layout: Layout, edits: Edits) -> Splice:
            found = proper(source, layout, edits)
            return whole(BytesSource(spoil(found.read_at(0, found.size))))

        monkeypatch.setattr(type(container), "rewrite", rewrite)

    return make


@pytest.mark.parametrize("container", WRITERS, ids=lambda item: item.name)
def test_a_packet_that_is_not_found_again_is_not_written(
    container: Container, damaged: Callable[..., None], issued: Issued
) -> None:
    """The user gets a file without the mark, and is told why."""
    data = media(container)
    # In XML only: the manifest names the model, too.
    damaged(container, lambda edited: re.sub(rb"([\">])A model", rb"\1A m0del", edited))
    output = io.BytesIO()
    made = sign(data, output, disclosure=GENERATED, signer=issued("es256").signer())
    assert "xmp" not in made.carriers
    assert any("the XMP packet would not be found again" in each for each in made.warnings)
    with pytest.raises(Malformed, match="the XMP packet would not be found again"):
        sign(data, io.BytesIO(), disclosure=GENERATED, signer=issued("es256").signer(), xmp=True)


def exif_png() -> bytes:
    picture, made = Image.new("RGB", (8, 8)), io.BytesIO()
    picture.save(made, "PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    return made.getvalue()


def tiff() -> bytes:
    picture, made = Image.new("RGB", (8, 8)), io.BytesIO()
    picture.save(made, "TIFF", description="Rome")
    return made.getvalue()


def drawing() -> bytes:
    title = "<metadata><title>Rome</title></metadata>"
    return svg(title + "<!--town--><g fill='red'>&#65;<![CDATA[<b>]]></g>")


#: A file, and what an editor that is not careful would do to it.
LOSSES: dict[str, tuple[Callable[[], bytes], Callable[[bytes], bytes], str]] = {
    "a chunk of a PNG": (exif_png, lambda data: data.replace(b"eXIf", b"teSt"), "eXIf"),
    "a tag of a TIFF": (
        tiff,
        lambda data: data.replace(b"\x0e\x01\x02\0", b"\x0d\x01\x02\0"),
        "tag 270",
    ),
    "metadata of an SVG": (drawing, lambda data: data.replace(b"Rome", b"Roma"), "metadata"),
    "a colour of an SVG": (drawing, lambda data: data.replace(b"'red'", b"'tan'"), "the drawing"),
    "a character of an SVG": (drawing, lambda data: data.replace(b"&#65", b"&#66"), "the drawing"),
    "text of an SVG": (drawing, lambda data: data.replace(b"<b>", b"<i>"), "the drawing"),
    "a comment of an SVG": (drawing, lambda data: data.replace(b"town", b"city"), "the drawing"),
    "an embedded file of a PDF": (
        lambda: pdf(FLAT_TREE),
        lambda data: data.replace(b"(a.txt)", b"(b.txt)"),
        "embedded file b'a.txt'",
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_file_that_loses_something_is_not_signed(
    name: str, damaged: Callable[..., None], issued: Issued, tmp_path: Path
) -> None:
    make, spoil, lost = LOSSES[name]
    data = make()
    damaged(identify(BytesSource(data)), spoil)
    output = tmp_path / "signed"
    with pytest.raises(UnsupportedFormat, match=f"{lost} would not be the same.*--sidecar"):
        sign(data, output, disclosure=GENERATED, signer=issued("es256").signer(), xmp=False)
    assert not output.exists()


@pytest.mark.parametrize("container", FORMATS, ids=lambda item: item.name)
def test_every_sample_says_the_same_with_everything_in_it(container: Container) -> None:
    """No false alarm: packet, label, comment and store are added, replaced and removed."""
    own = {
        Carrier.XMP: ("xmp", PACKET),
        Carrier.AIGC: ("aigc", LABEL),
        Carrier.COMMENT: ("comment", Comment("AI disclosure", "generated by AI")),
    }
    marks = dict(own[each] for each in container.carriers)
    for sample in samples.of(container):
        source: Source = BytesSource(sample.data())
        for store in (samples.store(100), samples.store(7_000), None):
            edits = Edits(store=store, **marks)  # type: ignore[arg-type]
            layout = container.scan(source)
            try:
                edited = container.rewrite(source, layout, edits)
            except (UnsupportedFormat, Malformed):
                break
            readback.confirm(container, source, layout, edited, edits)
            source = edited


def test_comments_that_cannot_be_read_stay_as_they_are(issued: Issued) -> None:
    """They are no reason to refuse a file: only the line of ours is left out."""
    broken = b"\x04\0\0\x08\xff\xff\0\0\0\0\0\0"
    data = FLAC.replace(b"\x04\0\0\x08" + bytes(8), broken)
    output = io.BytesIO()
    made = sign(data, output, disclosure=GENERATED, signer=issued("es256").signer())
    assert "comment" not in made.carriers
    assert "the Vorbis comments are cut off" in " ".join(made.warnings)
    assert broken in data
    assert broken in output.getvalue()
