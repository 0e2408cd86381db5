"""Words or a tone in front of sound: one WAV file before another."""

from __future__ import annotations

import contextlib
import io
import wave
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.containers import Edits, identify
from aidisclose.direct import readback, recording
from aidisclose.errors import (
    AidiscloseError,
    LimitExceeded,
    MalformedFile,
    UnsupportedFormat,
)
from aidisclose.io.source import BytesSource, Source
from aidisclose.manifest.record import Direct
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: Frames of a notice that are hashed at once.
_FRAMES: Final = 64 * 1024
#: The length of a chunk's name.
_NAME: Final = 4


def prefix(source: Source, notice: Source, *, text: str, lang: str | None = None) -> bytes:
    """The sound with the notice before it, and a record of that in its XMP.

    Both are WAV files with uncompressed samples, of the same number of channels, sample width and
    rate: nothing is converted. All other chunks of the source are kept as they are, but for those
    about the form of its samples, and credentials.

    Arguments:
        source: The sound.
        notice: The sound that is to be heard first.
        text: The text that the notice says.
        lang: Its language, as in BCP 47.

    Raises:
        UnsupportedFormat: One of them is not such a file, they differ in form, or the source names
            points in time, which would not be right afterwards.
        MalformedFile: One of them cannot be read.
        Malformed: The result would not say what the source says.
        LimitExceeded: Together they are too large.
    """
    if source.size + notice.size > limits.LABELLED:
        raise LimitExceeded(f"sound of more than {limits.LABELLED} bytes is not prefixed")
    (form, spoken), (other, sound) = _samples(notice), _samples(source)
    if form[:3] != other[:3]:
        raise UnsupportedFormat(
            f"the notice has {_in_words(form)}, the sound {_in_words(other)}; convert the notice"
        )
    output = io.BytesIO()
    with wave.open(output, "wb") as file:
        file.setnchannels(other.nchannels)
        file.setsampwidth(other.sampwidth)
        file.setframerate(other.framerate)
        file.writeframesraw(spoken)
        file.writeframesraw(sound)
    end = len(spoken) / (form.nchannels * form.sampwidth * form.framerate)
    direct = Direct(type="audible", text=text, lang=lang, start=0.0, end=round(end, 3))
    said = b"".join(_said(source))
    made = bytearray(output.getvalue() + said)
    # `wave` has written the size without the chunks that follow.
    made[4:8] = (len(made) - 8).to_bytes(4, "little")
    new = BytesSource(bytes(made))
    direct = replace(direct, sha256=_digest(new, direct))
    container = identify(new)
    layout = container.scan(new)
    packet = _packet(source)
    earlier = tuple(_moved(each, source, new, direct) for each in recording.read(packet))
    edits = Edits(xmp=recording.write(packet, direct, earlier))
    splice = container.rewrite(new, layout, edits)
    readback.confirm(container, new, layout, splice, edits)
    return splice.read_at(0, splice.size)


#: Chunks about the form of the samples, and room for others.
_OF_SAMPLES: Final = ("fmt ", "data", "fact", "PEAK", "JUNK", "PAD ", "FLLR")
#: Chunks with points in time: marks, loops, their order, and their names.
_OF_TIME: Final = ("cue ", "smpl", "plst", "adtl")


def _said(source: Source) -> Iterator[bytes]:
    """The chunks of a WAV file that say something and are as true behind a notice."""
    layout = identify(source).scan(source)
    stores = [store.frame.start for store in layout.stores]
    for block in layout.blocks:
        if len(block.name) != _NAME or block.name in _OF_SAMPLES or block.start in stores:
            continue
        if block.name in _OF_TIME:
            raise UnsupportedFormat(
                f"the chunk {block.name!r} names points in time, which the notice would move; "
                "remove it first, for example with `ffmpeg -i OLD.wav -codec copy NEW.wav`"
            )
        data = source.read_at(block.start, block.length)
        # The header of the file, which is a block of its own.
        if data.startswith(b"RIFF"):
            continue
        yield data + bytes(len(data) % 2)


def _moved(earlier: Direct, source: Source, new: Source, direct: Direct) -> Direct:
    """An earlier notice, which is heard later now, with its hash if its samples are there."""
    if earlier.start is None or earlier.end is None or direct.end is None:
        return earlier
    moved = replace(
        earlier,
        start=round(earlier.start + direct.end, 3),
        end=round(earlier.end + direct.end, 3),
    )
    heard = hear(source, earlier)
    if heard is None or not heard.is_same:
        return moved
    return replace(moved, sha256=_digest(new, moved))


class Hearing(NamedTuple):
    """The sound where a notice was spoken.

    Attributes:
        is_same: Whether the samples are those that were recorded.
        is_silent: Whether all of them are alike.
    """

    is_same: bool
    is_silent: bool


def hear(source: Source, direct: Direct) -> Hearing | None:
    """The sound where a notice was spoken; None if that was not recorded, or is not a WAV file.

    That the samples are the same does not prove that people understand them: they are what the
    record says of them.
    """
    if direct.sha256 is None or direct.start is None or direct.end is None:
        return None
    if source.size > limits.LABELLED:
        return None
    try:
        sha256, is_silent = _listen(source, direct)
    except AidiscloseError:
        return None
    return Hearing(sha256 == direct.sha256, is_silent)


def _digest(source: Source, direct: Direct) -> str:
    """The SHA-256 hash of the samples of a notice, with their form."""
    return _listen(source, direct)[0]


def _listen(source: Source, direct: Direct) -> tuple[str, bool]:
    """That hash, and whether all samples are alike, taken from a part of them at a time.

    Raises:
        UnsupportedFormat: It is not a WAV file.
        MalformedFile: It cannot be read.
    """
    import hashlib

    with _opened(source) as file:
        form = file.getparams()
        first, last = (
            round(min(time * form.framerate, form.nframes))
            for time in (direct.start or 0.0, direct.end or 0.0)
        )
        digest = hashlib.sha256(_head(form))
        width = form.nchannels * form.sampwidth
        one, is_silent = b"", True
        file.setpos(first)
        while first < last and (samples := file.readframes(min(last - first, _FRAMES))):
            one = one or samples[:width]
            is_silent = is_silent and samples == one * (len(samples) // width)
            digest.update(samples)
            first += _FRAMES
    return digest.hexdigest(), is_silent


def _head(form: wave._wave_params) -> bytes:
    """The form of samples, which is hashed with them."""
    return b"%dx%d@%d " % (form.nchannels, 8 * form.sampwidth, form.framerate)


def _packet(source: Source) -> bytes | None:
    layout = identify(source).scan(source)
    return source.read_at(layout.xmp.start, layout.xmp.length) if layout.xmp else None


@contextlib.contextmanager
def _opened(source: Source) -> Iterator[wave.Wave_read]:
    """A WAV file, until the block ends.

    Raises:
        UnsupportedFormat: It is another one.
        MalformedFile: It cannot be read, in the block as well.
    """
    if identify(source).name != "WAV":
        raise UnsupportedFormat("only WAV files can be prefixed")
    try:
        with wave.open(io.BufferedReader(_Stream(source)), "rb") as file:
            if not (file.getnframes() and file.getframerate()):
                raise MalformedFile("the WAV file has no samples")
            yield file
    # `wave` trusts the file: hostile ones end in any of these.
    except (wave.Error, EOFError, RuntimeError, ZeroDivisionError) as error:
        raise MalformedFile(f"the WAV file cannot be read: {error}") from None


class _Stream(io.RawIOBase):
    """A source as a file: it may be too large for memory."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        count = self._source.read_into(self._place, memoryview(buffer).cast("B"))
        self._place += count
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._source.size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def tell(self) -> int:
        return self._place


def _samples(source: Source) -> tuple[wave._wave_params, bytes]:
    with _opened(source) as file:
        form = file.getparams()
        samples = file.readframes(form.nframes)
    if not samples:
        raise MalformedFile("the WAV file has no samples")
    return form, samples


def _in_words(form: wave._wave_params) -> str:
    return f"{form.nchannels} channels of {8 * form.sampwidth} bits at {form.framerate} Hz"
