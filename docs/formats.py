"""Write docs/formats.md from the containers: `make docs`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aidisclose.carriers import aigc
from aidisclose.containers import CONTAINERS, Container
from aidisclose.containers.container import Carrier
from aidisclose.containers.other import OTHERS

PAGE: Final = Path(__file__).with_name("formats.md")

_INTRODUCTION: Final = """\
# Media formats

What a file is, its content says, not its name. This page is written by `make docs` from the
containers; `aidisclose formats` prints the short form.
"""
#: By format: where the store is written, where the specification leaves a choice, and why there.
PLACES: Final = {
    "JPEG": (
        "APP11 segments behind JFIF and Exif",
        "programs that read only the beginning of a file find the orientation there",
    ),
    "PNG": (
        "`caBX`, directly before the first `IDAT`, or the `iDOT` or `fcTL` that leads to it",
        "ExifTool shows no `eXIf` chunk that follows the store",
    ),
    "WAV": ("`C2PA`, the last chunk of the first RIFF chunk", "nothing before it moves"),
    "WebP": ("`C2PA`, the last chunk", "nothing before it moves"),
    "AVI": (
        "`C2PA`, the last chunk of the first RIFF chunk",
        "indexes count from `movi`, which does not move",
    ),
    "GIF": ("an application extension before the first image", "as the specification wants it"),
    "TIFF": (
        "a tag in the last directory, which is appended",
        "offsets may stand anywhere, so nothing moves",
    ),
    "JPEG XL": (
        "a `jumb` box behind `ftyp` and `jxll`",
        "the level has to follow `ftyp` directly",
    ),
    "SVG": (
        "`c2pa:manifest` in the last `metadata` of the root",
        "the reference computes the offset of another one wrongly",
    ),
    "FLAC": ("`GEOB` of a leading ID3v2.4 tag", "as the specification wants it"),
    "MP3": (
        "`GEOB`, the last frame of the ID3v2.4 tag",
        "readers that look for titles and pictures find those first",
    ),
    "Ogg": (
        "a stream of its own behind the first pages of the others",
        "players skip it once, and no page of theirs changes",
    ),
    "PDF": (
        "an embedded file, in an update that is appended",
        "PDF signatures stay valid",
    ),
    "ZIP": ("the last entry", "no other entry moves"),
}
#: Of ISO media, all of which are alike.
_ISO: Final = (
    "a `uuid` box behind `ftyp`",
    "as the specification wants it; offsets of chunks and items are moved",
)
_PROSE: Final = """\
## What other programs do

Signing warns where a program is known to stumble, and names the way round. Tests reproduce each
line, and `benchmarks/corpus.py` compares what these programs say of whole folders of
files before and after.

| file | who | what happens | way round |
|---|---|---|---|
| TIFF of several pages | Pillow, tiff2pdf | fail at the directory with the store, behind the last page | `--sidecar` |
| TIFF | libtiff (tiffinfo), ImageMagick | show the same picture, and warn of an unknown tag, 52545: the one of C2PA | none needed |
| WebP with a short XMP packet, whoever wrote it | ImageMagick 6 | shows the same picture, and calls the packet corrupt; one by ExifTool as well | none needed |
| Ogg of several files in a row | FFmpeg | plays the first one only | `--sidecar` |
| MP3 with an ID3v1 tag only | FFmpeg | shows its title and artist no more, for there is an ID3v2 tag now | write ID3v2 first, or `--sidecar` |
| ID3v2.2 or 2.3 tag with `EQUA`, `RVAD`, `TRDA` or `TSIZ` | ExifTool and others | 2.4, which holds the store, has no such frames: the bytes stay, and are not shown | `--sidecar` |
| ID3v2 tag with malformed frames, or bytes that are not frames | the reader of c2pa-rs | gives up on the tag, and finds no store | write the tag anew, or `--sidecar` |
| MP3 or M4A whose tags are saved afterwards | mutagen, and players that use it | reads all frames, and keeps the store, but moves what it covers: invalid | set tags first, then sign |
| PNG with Exif behind the image data | ExifTool | shows it no more | write the file anew with exiftool first, or `--sidecar` |
| PNG with Exif before it | ExifTool | shows Exif, and complains about the store, which it does not show | none needed |
| PNG with XMP as a raw profile (ImageMagick), or compressed | ExifTool reads both | two packets, the old one as it was | rewrite the file with exiftool first |

Empty ID3 frames, which say nothing, are left out: the same reader stops at them. Ten zeros end an
ID3v2 tag with a store, as FFmpeg writes them: ExifTool takes the last frame for malformed where
no header fits behind it. Fill bytes of a JPEG stay behind the store, because the reader of c2pa-rs
does not count those in front of it.

## Where programs put XMP

`verify` shows what XMP says of AI wherever the programs that people use put it. `sign` writes into
the first place of each format, keeps what is elsewhere, and says so.

| format | written and read | read as well |
|---|---|---|
| JPEG | `APP1` | Extended XMP, a second `APP1`, further pictures |
| PNG | `iTXt` | compressed `iTXt`, `zTXt`, `tEXt`; raw profiles of ImageMagick |
| TIFF, DNG | tag 700 | |
| GIF | the application extension `XMP Data` | |
| WebP, WAV, AVI | the chunk `XMP ` or `_PMX` | |
| AVIF, HEIF | an item, as libavif and libheif write it | |
| MP4, M4A, QuickTime | a `uuid` box | `XMP_` in the user data, as ExifTool writes it into QuickTime |
| JPEG XL | `xml ` | `brob` with `xml ` in it, where the package brotli is installed |
| MP3, FLAC | `PRIV` of the ID3v2 tag | |
| PDF | the metadata of the catalog | metadata of pages, pictures and fonts |
| SVG | `x:xmpmeta` in `metadata` | |

## What is read, and what is written

Common decoders open more than the specifications permit. Such files are verified; where it is not
certain that nothing is lost, they are not written, and `--sidecar` signs them as they are.

| file | `verify` | `sign` |
|---|---|---|
| cut off, or with bytes behind its end, and with a store in it | invalid, with the reason | refused |
| the same without a store | unreadable, if decoders cannot follow it | refused; `--sidecar` |
| a bare JPEG XL codestream | none | refused; `--wrap` puts it into a container, the picture unchanged |
| JPEG with bytes between segments | read | the bytes stay |
| ISO media with a few bytes behind the last box | read | the bytes stay |
| PDF whose cross-references have 19 or 21 bytes | read | appended to |
| PDF with bytes before `%PDF-` | none, or invalid if a store is in it | beside the file: readers count offsets in two ways |
| ID3v2 tag that announces an extended header and has none | read | the flag is left out |
| FLAC whose picture is longer than its block says | refused, as by `flac` and FFmpeg | `--sidecar` |
| camera raw files of TIFF structure | read | refused: programs find things in them in undocumented ways |
| encrypted or certified PDF | read | refused |

## Before a file is signed

What is written is read again by the ordinary parsers before anything is signed: packet, label and
comment have to be found as they were meant, and tags, items, frames, comments, chunks and tables
have to say what they said before; so have the markup of an SVG, as expat reads it, and the embedded
files of a PDF. If a mark cannot be written so, it is left out with a warning; if a store cannot,
the file is refused.

`label` does the same. All segments of a JPEG and chunks of a PNG that are not the coded picture
stay as they are, and so do the chunks of a WAV; size, colour profile, Exif, IPTC, texts and comments
are read again. What would be lost is refused with its name: 16 bits a channel, pictures behind the
first, points in time behind a notice.

## Measured

`make corpus` signs every file of some source packages and system folders, signs the copy again,
verifies both, lets c2pa-rs judge them, and compares what Pillow, FFmpeg, ExifTool, mutagen, poppler,
librsvg, libheif and libjxl decode and say: all frames, samples, the first pages, tags, text, and
previews byte for byte. `python benchmarks/corpus.py FOLDER` does so with your own archive, of which
nothing is changed. On 2026-11-27, with Debian 12, Pillow 13.0.0, mutagen 1.48.1 and c2pa-python
0.38.1, 20 files of one format in one folder at most, 15 minutes on two busy cores:

| format | files | the same | differs as warned | explained | refused | no place | faults |
|---|---:|---:|---:|---:|---:|---:|---:|
| AAC, AIFF, DICOM, Matroska, MPEG-TS | 17 | | | | | 17 | 0 |
| AVI | 2 | | | | 2 | | 0 |
| AVIF | 20 | 20 | | | | | 0 |
| FLAC | 25 | 23 | | | 2 | | 0 |
| GIF | 181 | 180 | | | 1 | | 0 |
| HEIF | 29 | 13 | | | 16 | | 0 |
| JPEG | 154 | 147 | | 1 | 6 | | 0 |
| JPEG XL | 2 | 1 | | | 1 | | 0 |
| M4A, MP4, QuickTime | 21 | 14 | | | 7 | | 0 |
| MP3 | 37 | 27 | 4 | 3 | 3 | | 0 |
| Ogg | 18 | 17 | | | 1 | | 0 |
| PDF | 161 | 127 | | | 34 | | 0 |
| PNG | 1,697 | 1,665 | 3 | | 29 | | 0 |
| SVG | 200 | 200 | | | | | 0 |
| TIFF | 110 | 74 | 3 | | 33 | | 0 |
| WAV | 15 | 11 | | | 4 | | 0 |
| WebP | 45 | 41 | | | 4 | | 0 |
| ZIP | 32 | 31 | | | 1 | | 0 |
| all | 2,766 | 2,591 | 10 | 4 | 144 | 17 | 0 |

- Refused, or of a format without a place for a store: all of these were signed beside, and are
  valid so. Of the refused, 86 are cut off or damaged, most of them made to crash decoders; in 22 an offset leads
  nowhere; 24 are encrypted; 7 PDF need a repair; of the rest, two are camera raw files, and there is
  one each of a bare JPEG XL codestream, an Office document and a QuickTime film without `ftyp`.
- Explained: a JPEG that c2pa-rs cannot read before it is signed either, and three MP3 in which
  ExifTool or FFmpeg find more afterwards, or read the day of an ID3v2.2 tag as the month.
"""


def render() -> str:
    """The text of the page."""
    return "\n".join(_lines()) + "\n" + _PROSE


def place(container: Container) -> tuple[str, str]:
    """Where the store of a format is written, and why there."""
    return PLACES.get(container.name, _ISO)


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    yield "| format | store | why there | hard binding | XMP | label (GB 45438) | comment | endings |"
    yield "|---|---|---|---|---|---|---|---|"
    for each in CONTAINERS:
        own = Carrier.AIGC in each.carriers
        label = aigc.place(each.media_types[0]) if own or Carrier.XMP in each.carriers else ""
        cells = (
            each.name,
            *place(each),
            f"`{each.binding}`",
            "yes" if Carrier.XMP in each.carriers else "",
            label,
            "yes" if Carrier.COMMENT in each.carriers else "",
            " ".join(each.extensions),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""
    names = ", ".join(each.name for each in OTHERS)
    yield f"Formats without a place for a store, and any other file, have it beside them: {names}."
    yield ""


if __name__ == "__main__":
    PAGE.write_text(render())
