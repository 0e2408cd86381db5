"""MPEG audio, layers II and III (ISO/IEC 11172-3, 13818-3): the store is in a leading ID3v2 tag."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from aidisclose.containers import id3
from aidisclose.containers.container import (
    Addressed,
    Block,
    Carrier,
    Composed,
    Detail,
    Edits,
    Layout,
    Stray,
)
from aidisclose.errors import MalformedFile
from aidisclose.io.source import Source
from aidisclose.io.splice import Splice

_FRAME_HEADER: Final = 4
_SNIFFED: Final = 4096

#: What a frame of layer II or III may start with.
_SYNCHRONISATION: Final = re.compile(rb"\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd]")

#: kbit/s, by index 1 to 14.
_LOW_RATES: Final = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HIGH_RATES: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_HIGH_RATES_OF_II: Final = (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
#: Eighths of the samples in a frame of layer II, whatever the version.
_FACTOR_OF_II: Final = 144

#: By the version bits, for MPEG-2.5, 2 and 1: eighths of samples a frame, bit rates and sampling
#: rates by index.
_VERSIONS: Final = {
    0b00: (72, _LOW_RATES, (11_025, 12_000, 8_000)),
    0b10: (72, _LOW_RATES, (22_050, 24_000, 16_000)),
    0b11: (144, _HIGH_RATES, (44_100, 48_000, 32_000)),
}
_LAYER_3, _LAYER_2 = 0b01, 0b10
#: Frames of free format, which do not state their length, at the same distance from one another.
_FREE_FRAMES: Final = 3
_RESERVED_EMPHASIS: Final = 0b10


def _is_audio(head: bytes, *, is_tagged: bool) -> bool:
    """Whether these are the first bytes of MPEG audio."""
    if not is_tagged:
        return _are_frames(head, needed=1)
    # Real files have zeros between tag and audio, or tags that lie about their size.
    head = head.lstrip(b"\x00")
    # A pattern of eleven bits also occurs by chance, so a start that was searched needs two frames.
    starts = (match.start() for match in _SYNCHRONISATION.finditer(head))
    return not head or any(_are_frames(head[start:], needed=2 if start else 1) for start in starts)


def _are_frames(head: bytes, *, needed: int) -> bool:
    """Whether two frames begin here, or one if the second is not to see and `needed` is 1."""
    length = _frame_length(head)
    following = head[length:]
    if length and head[2] >> 4 == 0:
        return True  # the frames that follow gave its length
    if length and len(following) < _FRAME_HEADER:
        return needed == 1
    return length > 0 and _frame_length(following) > 0


def _frame_length(data: bytes) -> int:
    """The length of the layer II or III frame that `data` starts with; 0 if none does."""
    if len(data) < _FRAME_HEADER or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return 0
    version = data[1] >> 3 & 3
    layer = data[1] >> 1 & 3
    bit_rate = data[2] >> 4
    sampling = data[2] >> 2 & 3
    padding = data[2] >> 1 & 1
    emphasis = data[3] & 3
    if version not in _VERSIONS or layer not in (_LAYER_2, _LAYER_3) or sampling == 3:
        return 0
    if bit_rate == 15 or emphasis == _RESERVED_EMPHASIS:
        return 0
    if bit_rate == 0:
        return _free_length(data)
    factor, bit_rates, sampling_rates = _VERSIONS[version]
    if layer == _LAYER_2:
        factor = _FACTOR_OF_II
        bit_rates = _HIGH_RATES_OF_II if bit_rates is _HIGH_RATES else bit_rates
    return factor * 1000 * bit_rates[bit_rate - 1] // sampling_rates[sampling] + padding


def _free_length(data: bytes) -> int:
    """The distance to the next frame of free format; 0 unless others follow at the same one."""
    start, found = data[:2], data.find(data[:2], _FRAME_HEADER)
    while found > 0:
        heads = [data[found * number : found * number + 4] for number in range(1, _FREE_FRAMES)]
        # The padding bit may differ, and makes a frame a byte longer.
        if all(head[:2] == start and len(head) == 4 and head[2] >> 4 == 0 for head in heads):
            return found
        found = data.find(start, found + 1)
    return 0


class Mp3(Addressed, Composed):
    """Sound (ISO/IEC 11172-3), behind an ID3v2 tag."""

    name = "MP3"
    media_types = ("audio/mpeg", "audio/mp3")
    extensions = (".mp3",)
    carriers = frozenset({Carrier.XMP, Carrier.AIGC, Carrier.COMMENT})
    signs_size = True

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        is_tagged = id3.tag_size(head) > 0
        rest = id3.after_tag(head)
        # What a second tag is followed by is for `scan` to find out.
        return _is_audio(rest, is_tagged=is_tagged) or (is_tagged and id3.tag_size(rest) > 0)

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        tags = id3.scan(source)
        if not _is_audio(source.read_at(tags.end, _SNIFFED), is_tagged=tags.end > 0):
            raise MalformedFile("no MPEG audio of layer II or III", tags.end)
        audio = Block("audio", tags.end, source.size - tags.end)
        return tags.layout("audio/mpeg", source.size, audio)

    def strays(self, source: Source, layout: Layout) -> Iterable[Stray]:  # noqa: ARG002
        """See `Addressed.strays`."""
        return id3.strays(source)

    def externals(self, source: Source, layout: Layout) -> Iterable[str]:  # noqa: ARG002
        """See `Composed.externals`."""
        return id3.externals(source)

    def caveats(self, source: Source, layout: Layout) -> Iterable[str]:  # noqa: ARG002
        """See `Container.caveats`."""
        return id3.caveats(source)

    def details(self, source: Source, layout: Layout, edits: Edits) -> Iterable[Detail]:  # noqa: ARG002
        """See `Container.details`."""
        return id3.details(source, edits)

    def _frame(self, store: bytes) -> bytes:
        return id3.frame(store)

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`."""
        return id3.rewrite(source, layout, edits)


CONTAINER: Final = Mp3()
