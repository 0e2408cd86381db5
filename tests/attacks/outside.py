"""Content that the file shows and does not hold: nothing of it is under the signature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.attacks import files
from tests.containers import samples_bmff, samples_images, samples_pdf
from tests.containers.samples_bmff import dref

_XLINK: Final = " xmlns:xlink='http://www.w3.org/1999/xlink'"
#: What an SVG file may show from elsewhere.
_SHAPES: Final = {
    "a picture": "<image href='https://example.com/a.png' width='9' height='9'/>",
    "a picture by an old name": "<image xlink:href='a.png' width='9' height='9'/>",
    "a use": "<use href='other.svg#a'/>",
    "a foreign object": (
        "<foreignObject width='9' height='9'><img xmlns='http://www.w3.org/1999/xhtml' "
        "src='https://example.com/a.png'/></foreignObject>"
    ),
    "a filter": "<filter id='f'><feImage href='https://example.com/a.png'/></filter>",
    "a style": "<style>@import url(https://example.com/a.css);</style>",
    "a background": "<style>rect { fill: url(https://example.com/a.svg#p) }</style>",
    "an attribute": "<rect width='4' height='4' style='fill: url(https://example.com/a.svg#p)'/>",
    "a fill": "<rect width='4' height='4' fill='url(other.svg#p)'/>",
    "a script": "<script href='https://example.com/a.js'/>",
    "an inline script": "<script>document.documentElement.textContent = Date()</script>",
    "an entity": "<text>&e;</text>",
}


def shows() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of signed files that show something from outside."""
    for name, content in _SHAPES.items():
        before = '<!DOCTYPE svg [<!ENTITY e SYSTEM "e.txt">]>' if name == "an entity" else ""
        data = samples_images.svg(content, _XLINK, before)
        yield f"SVG: {name}", _signed("SVG", data)
    sheet = "<?xml-stylesheet href='https://example.com/a.css'?>"
    yield "SVG: a style sheet", _signed("SVG", samples_images.svg(before=sheet))
    elsewhere = dref(0, location=b"https://example.com/film.mp4\0")
    film = samples_bmff.ftyp() + samples_bmff.moov(samples_bmff.track([0], references=elsewhere))
    yield "MP4: a data reference", _signed("MP4", film + samples_bmff.box("mdat", b"media"))
    data = samples_bmff.picture()
    start = data.index(b"iloc") + 4 + 4 + 2 + 2 + 2  # flags, sizes, count, the first item's number
    moved = data[:start] + (1).to_bytes(2) + data[start + 2 :]
    yield "HEIF: an item of another file", _signed("HEIF", moved)
    stream = b"<</Length 0/F(page.txt)>>\nstream\n\nendstream"
    yield "PDF: a stream in another file", _signed("PDF", _pdf({4: stream}))
    action = b"/OpenAction<</S/GoToR/F(other.pdf)/D[0/Fit]>>"
    yield "PDF: another file opened", _signed("PDF", samples_pdf.pdf(samples_pdf.catalog(action)))


def _pdf(objects: dict[int, bytes]) -> bytes:
    return samples_pdf.pdf({**samples_pdf.OBJECTS, **objects})


def _signed(name: str, data: bytes) -> bytes:
    return files.signed(files.active(), of=files.media(name)._replace(data=data))
