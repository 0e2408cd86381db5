"""Content that the file shows and does not hold: nothing of it is under the signature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.attacks import files
from tests.containers import samples_bmff, samples_images, samples_pdf
from tests.containers.samples_bmff import dref

_HTML: Final = "xmlns='http://www.w3.org/1999/xhtml'"
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
    "a background of a style": "<style>rect { fill: url(https://example.com/a.svg#p) }</style>",
    "an attribute": "<rect width='4' height='4' style='fill: url(https://example.com/a.svg#p)'/>",
    "a fill": "<rect width='4' height='4' fill='url(other.svg#p)'/>",
    "a script": "<script href='https://example.com/a.js'/>",
    "an inline script": "<script>document.documentElement.textContent = Date()</script>",
    "an entity": "<text>&e;</text>",
    "a background": f"<foreignObject><body {_HTML} background='a.png'/></foreignObject>",
    "a style in data": f"<link {_HTML} rel='stylesheet' href='data:text/css;base64,QA=='/>",
    "a document in data": (
        f"<foreignObject><iframe {_HTML} src='data:text/html;base64,QA=='/></foreignObject>"
    ),
    "an object in data": (
        f"<foreignObject><object {_HTML} data='data:image/svg+xml,x'/></foreignObject>"
    ),
    "a picture that looks like a link": "<image title='&lt;a' href='a.png'/>",
    "a picture that looks like a link, by number": "<image title='&#60;a' href='a.png'/>",
    "a script in an entity": "<text>&e;</text>",
    "a picture of an attribute list": "<image/>",
    "an entity of a declaration": "<text>&e;</text>",
    "an entity that another one declares": "<g>&e;</g>",
    "a style that a comment divides": "<style>rect { fill: u<!-- -->rl(a.svg#p) }</style>",
    "a style that a section divides": "<style>@im<![CDATA[port 'a.css';]]></style>",
    "a style that an instruction divides": "<style>rect { fill: u<?x?>rl(a.svg#p) }</style>",
    "a style that an element divides": "<style>rect { fill: u<g>x</g>rl(a.svg#p) }</style>",
    "a style of HTML that a comment divides": (
        f"<foreignObject><style {_HTML}>@im<!-- -->port 'a.css';</style></foreignObject>"
    ),
    "a style that an entity divides": "<style>rect { fill: &u;rl(a.svg#p) }</style>",
    "an attribute that an entity divides": "<rect fill='&u;rl(a.svg#p)'/>",
    "an animated reference by an entity": "<image><set attributeName='&h;' to='a.png'/></image>",
    "a style with a long number": "<rect style='fill: &#x0000000000075;rl(a.svg#p)'/>",
    "a style with a long decimal number": "<rect style='fill: &#00000000117;rl(a.svg#p)'/>",
    "an animated reference of any prefix": (
        "<image xmlns:\N{LATIN SMALL LETTER E WITH ACUTE}='http://www.w3.org/1999/xlink'>"
        "<set attributeName='\N{LATIN SMALL LETTER E WITH ACUTE}:href' to='a.png'/></image>"
    ),
    "an animated reference of a long prefix": (
        f"<image xmlns:{'p' * 300}='http://www.w3.org/1999/xlink'>"
        f"<set attributeName='{'p' * 300}:href' to='a.png'/></image>"
    ),
    "a picture of an attribute list of words": "<image/>",
    "a picture of an attribute list of choices": "<image/>",
    "an animation of an attribute list": "<image><set to='a.png'/></image>",
    "a script of an attribute list": "<rect/>",
    "an escape of CSS at the end of a line": "<style>rect { fill: \\75\r\nrl(a.svg#p) }</style>",
}
#: What stands before the root.
_BEFORE: Final = {
    "a style that an entity divides": "<!DOCTYPE svg [<!ENTITY u 'u'>]>",
    "an attribute that an entity divides": "<!DOCTYPE svg [<!ENTITY u 'u'>]>",
    "an animated reference by an entity": "<!DOCTYPE svg [<!ENTITY h 'href'>]>",
    "an entity": '<!DOCTYPE svg [<!ENTITY e SYSTEM "e.txt">]>',
    "a script in an entity": '<!DOCTYPE svg [<!ENTITY e "&#60;script>x()&#60;/script>">]>',
    "a picture of an attribute list": (
        "<!DOCTYPE svg [<!ATTLIST image href CDATA #FIXED 'https://example.com/a.png'>]>"
    ),
    "a picture of an attribute list of words": (
        "<!DOCTYPE svg [<!ATTLIST image href NMTOKEN 'a.png'>]>"
    ),
    "a picture of an attribute list of choices": (
        "<!DOCTYPE svg [<!ATTLIST image href (a.png|b) 'a.png'>]>"
    ),
    "an animation of an attribute list": (
        "<!DOCTYPE svg [<!ATTLIST set attributeName NMTOKEN 'href'>]>"
    ),
    "a script of an attribute list": "<!DOCTYPE svg [<!ATTLIST rect onload CDATA 'x()'>]>",
    "an entity of a declaration": (
        "<!DOCTYPE svg [<!ENTITY % p SYSTEM 'https://example.com/p'> %p;]>"
    ),
    "an entity that another one declares": (
        "<!DOCTYPE svg [<!ENTITY % p \"&#60;!ENTITY e '&#38;#60;image hr&#38;#101;f=&#38;#34;a.png"
        "&#38;#34;/>'\"> %p;]>"
    ),
}
#: XML of OME-TIFF, which readers follow to other files.
_DESCRIPTIONS: Final = {
    "a picture of another file": (
        b"<OME UUID='urn:uuid:1'><Image><Pixels><TiffData><UUID FileName='other.tif'>urn:uuid:2"
        b"</UUID></TiffData></Pixels></Image></OME>\0"
    ),
    "a picture of a file without a number": (
        b"<o:OME xmlns:o='x'><o:UUID FileName='other.tif'>urn:uuid:2</o:UUID></o:OME>\n\0"
    ),
    "a description of another file": b"<OME><BinaryOnly MetadataFile='other.ome.xml'/></OME>\0",
}


def shows() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of signed files that show something from outside."""
    for name, content in _SHAPES.items():
        data = samples_images.svg(content, _XLINK, _BEFORE.get(name, ""))
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
    for name, said in _DESCRIPTIONS.items():
        yield f"TIFF: {name}", _signed("TIFF", samples_images.tiff("<", (0x10E, 2, said)))
    stream = b"<</Length 0/F(page.txt)>>\nstream\n\nendstream"
    yield "PDF: a stream in another file", _signed("PDF", _pdf({4: stream}))
    action = b"/OpenAction<</S/GoToR/F(other.pdf)/D[0/Fit]>>"
    yield from _pdfs()
    yield "PDF: another file opened", _signed("PDF", samples_pdf.pdf(samples_pdf.catalog(action)))


_SCRIPT: Final = b"<</S/JavaScript/JS(this.getField('a').value = 'x')>>"
_IN_CATALOG: Final = {
    "a script of the document": b"/Names<</JavaScript<</Names[(a)%b]>>>>" % _SCRIPT,
    "a script before it is printed": b"/AA<</WP %b>>" % _SCRIPT,
    "a script as one of several actions": b"/OpenAction<</S/GoTo/D[0/Fit]/Next[%b]>>" % _SCRIPT,
    "a film": b"/OpenAction<</S/Movie>>",
    "a form that draws itself": b"/AcroForm<</XFA 9 0 R>>",
}
_IN_PAGE: Final = {
    "a script of a page": b"/AA<</O %b>>" % _SCRIPT,
    "a script of an annotation": b"/Annots[<</Subtype/Widget/AA<</PV %b>>>>]" % _SCRIPT,
    "a film on a page": b"/Annots[<</Subtype/Movie/Movie<</F(a.avi)>>>>]",
}
_STREAMS: Final = {
    "a page of another file": b"/Type/XObject/Subtype/Form/Ref<</F(other.pdf)/Page 0>>",
    "a stream in another file, behind a comment": b"/F%x\n(page.txt)",
}


def _pdfs() -> Iterator[tuple[str, bytes]]:
    for name, entries in _IN_CATALOG.items():
        yield f"PDF: {name}", _signed("PDF", samples_pdf.pdf(samples_pdf.catalog(entries)))
    page = samples_pdf.OBJECTS[3]
    for name, entries in _IN_PAGE.items():
        changed = page.replace(b"/Type/Page/", b"/Type/Page%b/" % entries)
        yield f"PDF: {name}", _signed("PDF", _pdf({3: changed}))
    for name, entries in _STREAMS.items():
        stream = b"<<%b/Length 0>>\nstream\n\nendstream" % entries
        yield f"PDF: {name}", _signed("PDF", _pdf({4: stream}))


def _pdf(objects: dict[int, bytes]) -> bytes:
    return samples_pdf.pdf({**samples_pdf.OBJECTS, **objects})


def _signed(name: str, data: bytes) -> bytes:
    return files.signed(files.active(), of=files.media(name)._replace(data=data))
