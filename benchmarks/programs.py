"""What other programs make of a file: its pictures, sound, pages, parts and metadata.

Each function returns a text that is the same for the same content. Programs that are not installed
say nothing, and so nothing different.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import select
import shutil
import subprocess
import tempfile
import time
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from functools import cache, partial
from itertools import islice
from pathlib import Path

#: Seconds that a program may take for one file.
PATIENCE = 60
TOO_SLOW = "too slow"
#: So many frames of a film of pictures, and pages of a document, are compared.
FRAMES = 100
PAGES = 3
#: What ExifTool says of the file system and of the manifest store; the parts of an archive are
#: compared on their own.
OUTSIDE = (
    *("SourceFile", "System:", "ExifTool:ExifToolVersion", "JUMBF:", "CBOR:", "JSON:", "C2PA:"),
    *("Jpeg2000:", "SVG-c2pa:", "ZIP:"),
)
#: Places and sizes, and what is reckoned from them. What lies there is compared itself. The notes
#: are the XMP packet, which is compared by its properties.
PLACES = re.compile(
    r":(MediaData(Offset|Size)|ID3Size|MPImage(Start|Length)|\w+Offset|ApplicationNotes"
    r"|AvgBitrate|Duration)$"
)
#: ExifTool does not show the store in a PNG that has eXIf chunks as well.
NOT_SHOWN = ("JUMBFBox pointer references previous IFD0", "JPEG 2000 format error")
#: What embedding has to change: XMP in WebP needs the extended form, extensions in GIF its later
#: version, which a comment remembers; an update that is appended to a PDF comes last; and FLAC
#: without comments gets them.
NEEDED = {
    "WebP": ("File:FileType", "RIFF:ImageWidth", "RIFF:ImageHeight", "RIFF:WebP_Flags"),
    "GIF": ("GIF:GIFVersion", 'File:Comment = "GIF87a"'),
    "PDF": ("PDF:Linearized",),
    "FLAC": ('Vorbis:Vendor = "aidisclose"',),
}
#: Names of ID3v2.2 and 2.3, and those of ID3v2.4.
RENAMED = {
    "ID3v2:Year": "ID3v2:RecordingTime",
    "ID3v2:OriginalReleaseYear": "ID3v2:OriginalReleaseTime",
}
#: Properties that signing writes or replaces in XMP.
OWN = frozenset(
    f"XMP-iptcExt:{name}"
    for name in ("DigitalSourceType", "AISystemUsed", "AISystemVersionUsed", "DigImageGUID")
)
#: The comment of a disclosure, on its own, among lines, or joined to others.
_COMMENT = r"\(?AI disclosure\)?:? [^\";\n]*"
COMMENT = re.compile(rf"{_COMMENT};|(;|\n|\\n)?{_COMMENT}")
#: Lines of FFmpeg and mutagen about what signing adds: comment, packet, frame of the store, or
#: its stream.
ADDED = re.compile(
    r"AI.disclosure|(?i:comment)=\"\"$|id3v2_priv_XMP|codec_name=.unknown"
    r"|PRIV=XMP=|GEOB=.unrepresentable"
)


def frames(path: Path) -> str:
    """A hash of what Pillow decodes, all frames; the kind of error if it decodes nothing."""
    from PIL import Image, ImageSequence

    digest = hashlib.sha256()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                for frame in islice(ImageSequence.Iterator(image), FRAMES):
                    said = f"{frame.mode} {frame.size} {frame.info.get('duration')}"
                    digest.update(said.encode() + frame.tobytes())
                return f"{image.format} {getattr(image, 'n_frames', 1)} {digest.hexdigest()}"
    except Exception as error:
        return type(error).__name__


def streams(path: Path) -> str:
    """The hash of what FFmpeg decodes, and the tags that it finds."""
    decoded = _said("ffmpeg", *("-v", "quiet", "-i", path, "-map", "0:a?", "-map", "0:v?"), *_MD5)
    tags = _said("ffprobe", *("-v", "quiet", "-of", "flat", "-show_entries", _TAGS, path))
    # The comment may be joined to others, and the stream of the store counts.
    tags = COMMENT.sub("", tags)
    lines = (re.sub(r"streams\.stream\.\d+", "stream", line) for line in tags.splitlines())
    return decoded + "\n".join(sorted(line for line in lines if not ADDED.search(line)))


_MD5 = ("-f", "md5", "-")
_TAGS = "format=format_name:format_tags:stream=codec_name:stream_tags"


def tags(path: Path) -> str:
    """What mutagen reads of sound, if it is there."""
    try:
        import mutagen
    except ImportError:
        return ""
    try:
        file = mutagen.File(path)
        if file is None:
            return "nothing"
        said = [line for line in file.pprint().splitlines()[1:] if not ADDED.search(line)]
        length = getattr(file.info, "length", 0)
    except Exception as error:
        return type(error).__name__
    # Frames of ID3v2.4 stand in another order.
    return "\n".join((f"{length:.2f}", *sorted(said)))


def pages(path: Path) -> str:
    """The text that poppler finds, a hash of the first pages that it draws, and embedded files."""
    with tempfile.TemporaryDirectory() as folder:
        drawn = ("-r", "30", "-l", str(PAGES), path, f"{folder}/page")
        _said("pdftoppm", *drawn)
        hashes = [_hash(page) for page in sorted(Path(folder).iterdir())]
    files = _said("pdfdetach", "-list", path).splitlines()
    # The list begins with how many there are, and each begins with its number.
    names = sorted(line.split(": ", 1)[-1] for line in files[1:] if "c2pa" not in line.lower())
    return "\n".join((_said("pdftotext", path, "-"), *hashes, *names))


def drawing(path: Path) -> str:
    """A hash of what librsvg draws."""
    drawn = _run("rsvg-convert", "--width", "200", "--keep-aspect-ratio", path)
    return hashlib.sha256(drawn).hexdigest()


def converted(command: str, path: Path) -> str:
    """A hash of the picture that a decoder writes."""
    with tempfile.TemporaryDirectory() as folder:
        _said(command, path, f"{folder}/picture.png")
        return " ".join(frames(made) for made in sorted(Path(folder).iterdir()))


def parts(path: Path) -> str:
    """Names and checksums of what an archive holds, besides the store."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "\n".join(
                f"{info.filename} {info.CRC:08x} {zlib.crc32(archive.read(info)):08x}"
                for info in archive.infolist()
                if not info.filename.endswith("content_credential.c2pa")
            )
    except Exception as error:
        return type(error).__name__


#: What is compared in files of a format, and by which programs.
CONTENT: dict[str, tuple[tuple[str, Callable[[Path], str]], ...]] = {
    **dict.fromkeys(
        ("WAV", "MP3", "FLAC", "Ogg", "M4A", "AVI"),
        (("sound or film by FFmpeg", streams), ("tags by mutagen", tags)),
    ),
    **dict.fromkeys(("MP4", "QuickTime"), (("sound or film by FFmpeg", streams),)),
    **dict.fromkeys(
        ("JPEG", "PNG", "GIF", "TIFF", "WebP", "AVIF"), (("pictures by Pillow", frames),)
    ),
    "HEIF": (("picture by libheif", partial(converted, "heif-convert")),),
    "JPEG XL": (("picture by libjxl", partial(converted, "djxl")),),
    "PDF": (("pages by poppler", pages),),
    "SVG": (("drawing by librsvg", drawing),),
    "ZIP": (("parts", parts),),
}


def changed(before: Counter[str], after: Counter[str]) -> list[str]:
    """The names of metadata that are lost, different or new; complaints that are gone are welcome.

    ExifTool repeats what it finds in more than one revision of a PDF.
    """
    lost = {line for line in before - after if not line.startswith(("ExifTool:W", "ExifTool:E"))}
    return sorted({line.partition(" = ")[0] for line in lost | (after.keys() - before.keys())})


def metadata(path: Path, form: str) -> Counter[str]:
    """What ExifTool says of a file of a format, besides the store and what signing writes."""
    text = _exiftool().ask("-j", "-G1:4", "-a", "-struct", "-b", str(path))
    said: Counter[str] = Counter()
    for name, value in (json.loads(text)[0] if text.lstrip().startswith("[") else {}).items():
        # Old tags become ID3v2.4, and the copies of a tag are numbered.
        name = re.sub(r":Copy\d+", "", re.sub("^ID3v2_[234]", "ID3v2", name))
        name = RENAMED.get(name, name)
        # ExifTool names the language of a new tag from the second file on that has it.
        name = re.sub(r"^(PNG:\w+)-[a-z]{2}$", r"\1", name)
        if name.startswith(OUTSIDE) or name in OWN or PLACES.search(name):
            continue
        if name == "ExifTool:Warning" and str(value).startswith(("[minor]", *NOT_SHOWN)):
            continue
        if name.endswith(("PictureFormat", "PictureMIMEType")):
            name, value = "ID3v2:Picture", str(value).lower().replace("image/jpeg", "jpg")
        if isinstance(value, str):
            value = COMMENT.sub("", value)
            if not value:
                continue
        line = f"{name} = {json.dumps(value, ensure_ascii=False)}"
        if not line.startswith(NEEDED.get(form, ("\0",))):
            said[line] += 1
    return said


class ExifTool:
    """ExifTool, started once: that takes longer than all it is asked."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, *arguments: str) -> str:
        """What it answers; empty if it is not installed, or takes too long."""
        if not shutil.which("exiftool"):
            return ""
        if self._process is None:
            self._process = subprocess.Popen(
                ["exiftool", "-stay_open", "True", "-@", "-"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        request = "".join(f"{argument}\n" for argument in (*arguments, "-execute"))
        into, out = self._process.stdin, self._process.stdout
        assert into
        assert out
        into.write(request.encode())
        into.flush()
        answer, end = b"", time.monotonic() + PATIENCE
        while not answer.endswith(b"{ready}\n"):
            ready, _, _ = select.select([out], [], [], max(end - time.monotonic(), 0))
            data = os.read(out.fileno(), 1 << 16) if ready else b""
            if not data:
                self._process.kill()
                self._process.wait()
                self._process = None
                return TOO_SLOW
            answer += data
        return answer[: -len(b"{ready}\n")].decode("utf-8", "replace")


@cache
def _exiftool() -> ExifTool:
    """The one of this process."""
    return ExifTool()


def _said(*command: str | Path) -> str:
    return _run(*command).decode("utf-8", "replace")


def _run(*command: str | Path) -> bytes:
    """What a program prints; nothing if it is not installed."""
    if not shutil.which(str(command[0])):
        return b""
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return TOO_SLOW.encode()
    return done.stdout


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
