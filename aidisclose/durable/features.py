"""Features of sound, film and text, from which their content codes are computed."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Final

from aidisclose import limits
from aidisclose.durable import program
from aidisclose.errors import LimitExceeded, Malformed, UnsupportedFormat

#: Frames of a second that are looked at.
_RATE: Final = 5
#: Dimensions of the signature of a frame (MPEG-7, ISO/IEC 15938-3).
_FRAME: Final = 380
_SIGNATURE: Final = re.compile(rb"<FrameSignature>([0-2 ]+)</FrameSignature>")
#: Containers that name no other files, as playlists do.
_CONTAINERS: Final = "mov,matroska,avi,ogg"
#: What is shorter says too little.
_LEAST_SOUND: Final = 24
_LEAST_FRAMES: Final = 5
_LEAST_TEXT: Final = 400


def of_sound(path: Path, demuxer: str) -> list[int]:
    """The Chromaprint of a sound: some 8 numbers a second.

    Arguments:
        path: The file.
        demuxer: Its container, see `kind.demuxer`.

    Raises:
        UsageError: fpcalc is not installed.
        Malformed: It cannot be decoded.
        UnsupportedFormat: It is shorter than some 5 seconds, or says nothing.
        LimitExceeded: It takes too long.
    """
    form = ("-format", demuxer)
    arguments = (*form, "-raw", "-json", "-signed", "-length", "0", str(path))
    size = path.stat().st_size
    text = program.run("fpcalc", "libchromaprint-tools", arguments, path.parent, size=size)
    try:
        found = json.loads(text)["fingerprint"]
        numbers = [int(each) for each in found]
    except (ValueError, KeyError, TypeError):
        raise Malformed("fpcalc cannot read the sound") from None
    if len(numbers) < _LEAST_SOUND or len(set(numbers)) < _LEAST_SOUND // 4:
        raise UnsupportedFormat("the sound is too short or too even to be told from others")
    return numbers


def of_film(path: Path) -> list[list[int]]:
    """The MPEG-7 signatures of the frames of a film.

    Raises:
        UsageError: ffmpeg is not installed.
        Malformed: It cannot be decoded.
        UnsupportedFormat: It is shorter than a second, or every frame says the same.
        LimitExceeded: It is longer than `limits.FINGERPRINT_FRAMES`, or takes too long.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        arguments = (
            *("-v", "error", "-nostdin", "-protocol_whitelist", "file"),
            # Each thread keeps frames of its own.
            *("-threads", "1", "-filter_threads", "1"),
            *("-format_whitelist", _CONTAINERS, "-i", f"file:{path}", "-an", "-sn", "-dn"),
            *("-frames:v", str(limits.FINGERPRINT_FRAMES + 1)),
            *("-vf", f"fps={_RATE},signature=format=xml:filename=signature.xml"),
            *("-f", "null", "-"),
        )
        program.run("ffmpeg", "ffmpeg", arguments, folder, size=path.stat().st_size)
        try:
            data = (folder / "signature.xml").read_bytes()
        except FileNotFoundError:
            raise Malformed("ffmpeg cannot read the film") from None
    frames = [list(map(int, each.split())) for each in _SIGNATURE.findall(data)]
    if len(frames) > limits.FINGERPRINT_FRAMES:
        raise LimitExceeded("the film is too long for a fingerprint")
    if any(len(each) != _FRAME for each in frames):
        raise Malformed("ffmpeg cannot read the film")
    if len(frames) < _LEAST_FRAMES or len({value for each in frames for value in each}) < 2:
        raise UnsupportedFormat("the film is too short or too uniform to be told from others")
    return frames


def of_text(data: bytes) -> str:
    """The text of a file in UTF-8.

    Raises:
        Malformed: It is not UTF-8.
        UnsupportedFormat: It is shorter than some 400 characters.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed("the text is not UTF-8", error.start) from None
    if len(text.split()) < 2 or len("".join(text.split())) < _LEAST_TEXT:
        raise UnsupportedFormat("the text is too short to be told from others")
    return text
