"""The length of sound by its description (`stsd`), which players believe more than other tables.

QuickTime wrote a size of 1 for each sample of uncompressed sound, whatever it has. FFmpeg goes by
the description where each sample lasts one unit of time, and needs no sizes then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from aidisclose import limits
from aidisclose.containers.isobox import SHORTEST, Box
from aidisclose.errors import LimitExceeded
from aidisclose.io.source import Source
from aidisclose.named import NamedTuple

#: Bits of a sample, whatever the description says of them.
_BITS: Final = {b"in24": 24, b"in32": 32, b"fl32": 32, b"fl64": 64, b"ulaw": 8, b"alaw": 8}
#: Formats whose bits the description says, and what they have if it says something odd.
_DESCRIBED: Final = {
    **dict.fromkeys((b"raw ", b"NONE"), 8),
    **dict.fromkeys((b"twos", b"sowt", b"lpcm", b"ipcm", bytes(4)), 16),
    b"fpcm": 32,
}
_USUAL: Final = (8, 16, 24, 32, 64)
#: Samples in a frame and its bytes in each channel, of formats older than descriptions of version 1
#: (QuickTime File Format, "Sound Sample Descriptions").
_FRAMES: Final = {b"MAC3": (6, 2), b"MAC6": (6, 1), b"ima4": (64, 34), b"agsm": (160, 33)}

#: Fields of a description, from the beginning of its box on.
_VERSION: Final = slice(16, 18)
_CHANNELS: Final = slice(24, 26)
_SAMPLE_BITS: Final = slice(26, 28)
_SHORTEST_ENTRY: Final = 36
#: Of version 1: samples in a frame, and its bytes.
_FIRST: Final = (slice(36, 40), slice(44, 48))
#: Of version 2: channels, bits, the bytes of a frame and its samples.
_SECOND: Final = (slice(48, 52), slice(56, 60), slice(64, 68), slice(68, 72))


class SoundFrame(NamedTuple):
    """Samples that are coded together, and the bytes that they have."""

    samples: int
    size: int

    def length(self, samples: int) -> int:
        """Bytes of a number of samples."""
        return -(-samples // self.samples) * self.size


def frame(source: Source, tables: Mapping[bytes, Box]) -> SoundFrame | None:
    """The frames of sound whose samples last one unit of time each, None of everything else.

    Of several descriptions, those with the most bytes for a sample count.

    Arguments:
        source: The file.
        tables: The boxes in `stbl`, by their type.

    Raises:
        LimitExceeded: The descriptions are too long.
    """
    times, box = tables.get(b"stts"), tables.get(b"stsd")
    if times is None or box is None:
        return None
    head = source.read_at(times.body, min(16, times.end - times.body))
    if (head[4:8], head[12:16]) != ((1).to_bytes(4), (1).to_bytes(4)):
        return None
    if box.length > limits.OFFSET_TABLES:
        raise LimitExceeded(f"more than {limits.OFFSET_TABLES} bytes of sample entries")
    entries = source.read_at(box.body, box.end - box.body)
    found = (each for entry in _entries(entries) for each in _frames(entry))
    return max(found, key=lambda each: each.size / each.samples, default=None)


def _entries(data: bytes) -> Iterator[bytes]:
    start = 8  # version, flags and the number of entries
    while (size := int.from_bytes(data[start : start + 4])) >= SHORTEST:
        yield data[start : start + min(size, 72)]
        start += size


def _frames(entry: bytes) -> Iterator[SoundFrame]:
    """The frames that a description may mean: versions are read in two ways."""
    if len(entry) < _SHORTEST_ENTRY:
        return
    code = entry[4:8]
    version, channels, bits = (
        int.from_bytes(entry[place]) for place in (_VERSION, _CHANNELS, _SAMPLE_BITS)
    )
    if version == 1:
        samples, size = (int.from_bytes(entry[place]) for place in _FIRST)
        if samples > 1:
            yield SoundFrame(samples, size)
    elif version == 2:
        channels, bits, size, samples = (int.from_bytes(entry[place]) for place in _SECOND)
        if samples > 1:
            yield SoundFrame(samples, size)
    if code in _FRAMES:
        samples, size = _FRAMES[code]
        yield SoundFrame(samples, size * channels)
    if code in _DESCRIBED and bits not in _USUAL:
        bits = _DESCRIBED[code]
    if code in _BITS or code in _DESCRIBED:
        yield SoundFrame(1, _BITS.get(code, bits) // 8 * channels)
