"""RIFF files made by code."""

from __future__ import annotations

import struct
from typing import Final

#: Each piece of media in an AVI begins with one of these, to see what an index points at.
MARKS: Final = tuple(b"mark%04d" % number for number in range(8))


def chunk(code: bytes, data: bytes, *, size: int | None = None, padded: bool = True) -> bytes:
    """A chunk; its size may be a lie, its pad byte missing."""
    pad = b"\0" if padded and len(data) & 1 else b""
    return code + struct.pack("<I", len(data) if size is None else size) + data + pad


def riff(form: bytes, *chunks: bytes, size: int | None = None) -> bytes:
    """A RIFF chunk."""
    return chunk(b"RIFF", form + b"".join(chunks), size=size, padded=False)


def wav(
    samples: bytes = b"\x80" * 1000,
    *more: bytes,
    size: int | None = None,
    data_size: int | None = None,
    padded: bool = True,
) -> bytes:
    """A WAV file of 8-bit samples, and more chunks behind them."""
    form = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8))
    data = chunk(b"data", samples, size=data_size, padded=padded)
    return riff(b"WAVE", form, data, *more, size=size)


def streamed_wav(samples: bytes = b"\x80" * 1000) -> bytes:
    """As FFmpeg writes to a pipe."""
    return wav(samples, size=0xFFFF_FFFF, data_size=0xFFFF_FFFF, padded=False)


def avi() -> bytes:
    """An AVI file with the older index only."""
    stream = chunk(b"LIST", b"strl" + chunk(b"strh", b"vids" + bytes(52)))
    frames = b"".join(chunk(b"00dc", mark) for mark in MARKS)
    index = b"".join(
        struct.pack("<4sIII", b"00dc", 16, 4 + 16 * number, 8) for number in range(len(MARKS))
    )
    return riff(
        b"AVI ",
        chunk(b"LIST", b"hdrl" + chunk(b"avih", bytes(56)) + stream),
        chunk(b"LIST", b"movi" + frames),
        chunk(b"idx1", index),
    )


def streamed_avi() -> bytes:
    """As FFmpeg writes to a pipe: no index, and sizes that it could not fill in."""
    frames = b"".join(chunk(b"00dc", mark) for mark in MARKS)
    header = chunk(b"LIST", b"hdrl" + chunk(b"avih", bytes(56)))
    media = chunk(b"LIST", b"movi" + frames, size=0xFFFF_FFFF)
    return riff(b"AVI ", header, media, size=0xFFFF_FFFF)


def opendml_avi(*, base: int | None = None) -> bytes:
    """An AVI file of three RIFF chunks with OpenDML indexes.

    Arguments:
        base: The offset that entries of the chunk indexes are relative to; by default the first
            `movi` list of the same RIFF chunk.
    """
    blank = _opendml_avi([0] * 3, [0] * 3, [[0, 0]] * 3)
    marks = [[blank.index(mark) for mark in MARKS[number : number + 2]] for number in (0, 2, 4)]
    bases = [blank.rindex(b"movi", 0, pair[0]) if base is None else base for pair in marks]
    indexes = [blank.index(b"ix00", pair[0]) for pair in marks]
    offsets = [[mark - start for mark in pair] for pair, start in zip(marks, bases, strict=True)]
    return _opendml_avi(indexes, bases, offsets)


def _opendml_avi(indexes: list[int], bases: list[int], offsets: list[list[int]]) -> bytes:
    entries = b"".join(struct.pack("<QII", offset, 48, 2) for offset in indexes) + bytes(16)
    index = chunk(b"indx", struct.pack("<HBBI4s12x", 4, 0, 0, 3, b"00dc") + entries)
    stream = chunk(b"LIST", b"strl" + chunk(b"strh", b"vids" + bytes(52)) + index)
    movies = []
    for number in range(3):
        frames = b"".join(chunk(b"00dc", mark) for mark in MARKS[2 * number : 2 * number + 2])
        table = b"".join(struct.pack("<II", offset, 8) for offset in offsets[number])
        head = struct.pack("<HBBI4sQI", 2, 0, 1, 2, b"00dc", bases[number], 0)
        movies.append(chunk(b"LIST", b"movi" + frames + chunk(b"ix00", head + table)))
    header = chunk(b"LIST", b"hdrl" + chunk(b"avih", bytes(56)) + stream)
    first = riff(b"AVI ", header, movies[0], chunk(b"idx1", bytes(32)))
    return first + riff(b"AVIX", movies[1]) + riff(b"AVIX", movies[2])


def with_second_store(data: bytes, end: int, frame: bytes) -> bytes:
    """A file with one store up to offset `end`, with a second one in the same RIFF chunk."""
    size = int.from_bytes(data[4:8], "little") + len(frame)
    return data[:4] + size.to_bytes(4, "little") + data[8:end] + frame + data[end:]
