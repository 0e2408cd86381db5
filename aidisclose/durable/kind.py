"""The kind of content in a file, by its first bytes: which fingerprint it gets."""

from __future__ import annotations

from typing import Final

from aidisclose.durable import iscc
from aidisclose.io.source import Source

#: Bytes from which the kind is told.
HEAD: Final = 4096
_SOUND: Final = (b"fLaC", b"OggS", b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2")
#: The containers of sound as FFmpeg names them, by how they begin; all others are MP3.
_DEMUXERS: Final = {
    b"RIFF": "wav",
    b"RF64": "wav",
    b"fLaC": "flac",
    b"OggS": "ogg",
    b"\xff\xf1": "aac",
    b"\xff\xf9": "aac",
}
#: Bytes of the head of an ID3 tag.
_TAG: Final = 10
_MATROSKA: Final = b"\x1a\x45\xdf\xa3"
_STILL: Final = frozenset((b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"crx "))
_SOUND_BRANDS: Final = frozenset((b"M4A ", b"M4B "))
#: What begins a text that is markup, or a document of another kind.
_MARKED: Final = (b"<", b"%PDF", b"%!PS", b"{\\rtf")


def of(head: bytes) -> int:
    """The subtype of the content code, such as `iscc.AUDIO`; pictures are what is left.

    Arguments:
        head: The first `HEAD` bytes.
    """
    form = head[8:12]
    if head.startswith((b"RIFF", b"RF64")):
        return {b"WAVE": iscc.AUDIO, b"AVI ": iscc.VIDEO}.get(form, iscc.IMAGE)
    if head[4:8] == b"ftyp":
        if form in _STILL:
            return iscc.IMAGE
        return iscc.AUDIO if form in _SOUND_BRANDS else iscc.VIDEO
    if head.startswith(_MATROSKA):
        return iscc.VIDEO
    if head.startswith(_SOUND):
        return iscc.AUDIO
    return iscc.TEXT if _is_text(head) else iscc.IMAGE


def demuxer(source: Source) -> str:
    """The name that FFmpeg has for the container of a sound.

    FFmpeg itself looks behind an ID3 tag for any format, among them lists of other files, whose
    sound would be taken for that of this one.

    Arguments:
        source: Of the subtype `iscc.AUDIO`.
    """
    head = source.read_at(0, HEAD)
    if head.startswith(b"ID3"):
        # Seven bits in each of four bytes, without the head of the tag (ID3v2.4 §3.1).
        length = sum((byte & 0x7F) << 7 * (3 - at) for at, byte in enumerate(head[6:10]))
        head = source.read_at(_TAG + length, HEAD)
    if head[4:8] == b"ftyp":
        return "mov"
    return next((name for first, name in _DEMUXERS.items() if head.startswith(first)), "mp3")


def _is_text(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text or text.startswith(_MARKED) or any(each < 9 for each in text):
        return False
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(text) - 3 and len(head) == HEAD  # cut within a character
    return True
