"""Small pictures for a page, decoded and written anew: no byte of a file reaches a browser.

What decodes them may be taken over by whoever made a file, so that is done in a process of its own,
with limits of time and memory (`painter`); the workers of the service are such processes already.
"""

from __future__ import annotations

import base64
import io
import os
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO, Final

from aidisclose import limits
from aidisclose.errors import Malformed, Unreadable
from aidisclose.io.source import Readable, open_source
from aidisclose.manifest.lineage import Believed
from aidisclose.manifest.store import Assertion, EmbeddedFile
from aidisclose.named import NamedTuple

#: No SVG, which can hold scripts, and nothing that another program decodes.
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
_MEDIA_TYPES: Final = ("image/jpeg", "image/png", "image/webp", "image/gif")
_QUALITY: Final = 80
#: What labels of thumbnails begin with.
THUMBNAIL: Final = "c2pa.thumbnail."
#: Bytes of a length, and of a width and a height, before what they are about.
PREFIX: Final = 4
#: Variables that the process needs to find its modules.
_VARIABLES: Final = (
    "PATH",
    "PYTHON",
    "LANG",
    "LC_",
    "LD_LIBRARY_PATH",
    "SYSTEMROOT",
    "VIRTUAL_ENV",
)


class Picture(NamedTuple):
    """A picture that was made here.

    Attributes:
        jpeg: Its content.
        width: In pixels.
        height: In pixels.
    """

    jpeg: bytes
    width: int
    height: int

    @property
    def address(self) -> str:
        """A `data:` address."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a page about one file.

    Attributes:
        file: The file itself; None if it is not a picture, or too large.
        thumbnails: By the URI of the assertion that has it.
    """

    file: Picture | None = None
    thumbnails: Mapping[str, Picture] = field(default_factory=dict)


NONE: Final = Pictures()


def thumbnails(believed: Believed | None) -> Iterator[tuple[str, bytes]]:
    """URI and content of the thumbnails that a signature covers, the newest first."""
    found = (
        item
        for step in (believed.walk() if believed is not None else ())
        for item in step.manifest.assertions
        if item.label.startswith(THUMBNAIL)
    )
    left = limits.PICTURES_SIZE
    for assertion in islice(found, limits.THUMBNAILS):
        content = _content(assertion)
        left -= len(content)
        if content and left >= 0:
            yield assertion.url, content


def _content(assertion: Assertion) -> bytes:
    try:
        found = assertion.data
    except Malformed:
        return b""
    content = found.content if isinstance(found, EmbeddedFile) else found
    return content if isinstance(content, bytes) else b""


def draw(file: BinaryIO, media_type: str, believed: Believed | None) -> Pictures:
    """The pictures of a page, decoded in this process: it has to be one that may be lost.

    Arguments:
        file: The file.
        media_type: Of it.
        believed: The manifest, as far as its signature covers it.
    """
    shown = shrink(file, limits.PICTURE_SIDE) if media_type in _MEDIA_TYPES else None
    made = (
        (url, shrink(io.BytesIO(content), limits.THUMBNAIL_SIDE))
        for url, content in thumbnails(believed)
    )
    return Pictures(shown, _within((url, found) for url, found in made if found is not None))


def _within(made: Iterable[tuple[str, Picture]]) -> dict[str, Picture]:
    """As many as a page may have."""
    left, found = limits.PAGE_PICTURES, {}
    for url, picture in made:
        left -= len(picture.jpeg)
        if left < 0:
            break
        found[url] = picture
    return found


def collect(file: Readable, media_type: str, believed: Believed | None) -> Pictures:
    """The same, decoded in a process of its own; none where that fails.

    Arguments:
        file: The file.
        media_type: Of it.
        believed: The manifest, as far as its signature covers it.
    """
    wanted = [(url, limits.THUMBNAIL_SIDE, content) for url, content in thumbnails(believed)]
    if media_type in _MEDIA_TYPES and (content := _read(file)):
        wanted.insert(0, ("", limits.PICTURE_SIDE, content))
    if not wanted:
        return NONE
    made = zip((url for url, _, _ in wanted), _paint([each[1:] for each in wanted]), strict=False)
    found = {url: picture for url, picture in made if picture is not None}
    return Pictures(found.pop("", None), _within(found.items()))


def _read(file: Readable) -> bytes:
    """All of a file that is small enough."""
    try:
        with open_source(file) as source:
            return source.read_at(0, source.size) if source.size <= limits.PICTURE_SIZE else b""
    except (Unreadable, OSError):
        return b""


def _paint(wanted: list[tuple[int, bytes]]) -> Iterator[Picture | None]:
    """Pictures of a side and a content each; fewer if one of them ends the process."""
    message = b"".join(
        side.to_bytes(PREFIX, "big") + len(content).to_bytes(PREFIX, "big") + content
        for side, content in wanted
    )
    variables = {name: value for name, value in os.environ.items() if name.startswith(_VARIABLES)}
    # -P: the working folder may be a stranger's, and not a place to import from.
    command = (sys.executable, "-P", "-m", "aidisclose.render.page.painter")
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and a fixed program
            command,
            input=message,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback would quote the file
            env=variables,
            timeout=limits.PICTURES_TIME,
            check=False,
        )
        written = done.stdout
    except subprocess.TimeoutExpired as error:
        written = error.stdout or b""
    except OSError:
        return
    yield from unpack(written)


def pack(picture: Picture | None) -> bytes:
    """A picture as the process writes it; zeros for one that cannot be decoded."""
    jpeg, width, height = picture or Picture(b"", 0, 0)
    return b"".join(n.to_bytes(PREFIX, "big") for n in (width, height, len(jpeg))) + jpeg


def unpack(written: bytes) -> Iterator[Picture | None]:
    """The pictures that were packed, as far as they are whole.

    The process may have been taken over: what is no JPEG of a size that was asked for is left out.
    """
    start, side = 0, max(limits.PICTURE_SIDE, limits.THUMBNAIL_SIDE)
    while start + 3 * PREFIX <= len(written):
        places = (start + number * PREFIX for number in range(3))
        width, height, length = (int.from_bytes(written[at : at + PREFIX], "big") for at in places)
        jpeg = written[start + 3 * PREFIX : start + 3 * PREFIX + length]
        start += 3 * PREFIX + length
        is_good = jpeg.startswith(b"\xff\xd8") and len(jpeg) == length
        yield Picture(jpeg, width, height) if is_good and max(width, height) <= side else None


def _scans(file: BinaryIO) -> int:
    """The scans of a JPEG, or more: bytes of its metadata may look like one."""
    place, found = file.tell(), 0
    file.seek(0)
    while piece := file.read(limits.MIB):
        found += piece.count(b"\xff\xda")
    file.seek(place)
    return found


def shrink(file: BinaryIO, side: int) -> Picture | None:
    """A picture small enough for a page; None if it cannot be decoded or is too large.

    Arguments:
        file: The picture.
        side: Pixels of its longer side, if it has more.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file.seek(0)
            with Image.open(file, formats=_FORMATS) as opened:
                if opened.width * opened.height > limits.PICTURE_PIXELS:
                    return None
                if opened.info.get("progressive"):  # all of it is decoded, once for each scan
                    if _scans(file) > limits.JPEG_SCANS:
                        return None
                else:
                    opened.draft("RGB", (side, side))
                if opened.width * opened.height > limits.THUMBNAIL_PIXELS:
                    return None
                opened.thumbnail((side, side))
                upright = ImageOps.exif_transpose(opened).convert("RGBA")
            small = Image.new("RGB", upright.size, "white")
            small.paste(upright, mask=upright)
        written = io.BytesIO()
        small.save(written, "JPEG", quality=_QUALITY)  # a new picture: no metadata comes along
    except Exception:  # of a library that decodes what strangers made
        return None
    return Picture(written.getvalue(), *small.size)
