"""Ogg files made by code, with a checksum of its own."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

CONTINUED, FIRST, LAST = 1, 2, 4

VORBIS: Final = b"\x01vorbis" + struct.pack("<IBIIIIBB", 0, 2, 44100, 0, 128000, 0, 0xB8, 1)
OPUS: Final = b"OpusHead" + struct.pack("<BBHIHB", 1, 2, 312, 48000, 0, 0)
#: The position of a page on which no packet ends.
NO_END: Final = 2**64 - 1
SPEEX: Final = b"Speex   " + bytes(72)
FLAC: Final = b"\x7fFLAC\x01\x00\x00\x01fLaC\x00\x00\x00\x22" + bytes(34)
THEORA: Final = b"\x80theora" + bytes(35)
SKELETON: Final = b"fishead\x00" + bytes(56)
COMMENTS: Final = b"\x03vorbis\x05\0\0\0maker\0\0\0\0\x01"


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x104C11DB7 if value & 0x80000000 else 0)
        table.append(value)
    return table


_TABLE: Final = _table()


def checksum(data: bytes) -> int:
    value = 0
    for byte in data:
        value = (value << 8) & 0xFFFFFFFF ^ _TABLE[(value >> 24) ^ byte]
    return value


def page(
    serial: int,
    number: int,
    content: bytes,
    flags: int = 0,
    *,
    lacing: bytes | None = None,
    position: int = 0,
    version: int = 0,
) -> bytes:
    """A page with one packet, or with the lacing values given."""
    if lacing is None:
        lacing = b"\xff" * (len(content) // 255) + bytes((len(content) % 255,))
    fields = (b"OggS", version, flags, position, serial, number)
    header = struct.pack("<4sBBQIIIB", *fields, 0, len(lacing)) + lacing
    value = checksum(header + content)
    return struct.pack("<4sBBQIIIB", *fields, value, len(lacing)) + lacing + content


def ogg(*openings: bytes, pages: int = 3, first: int = 1, audio: bytes = b"sound" * 50) -> bytes:
    """A link: streams that begin with these packets, numbered from `first`, interleaved."""
    serials = range(first, first + len(openings))
    parts = [
        page(serial, 0, opening, FIRST) for serial, opening in zip(serials, openings, strict=True)
    ]
    for number in range(1, pages + 1):
        flags = LAST if number == pages else 0
        content = COMMENTS if number == 1 else audio
        parts += [page(serial, number, content, flags, position=number * 960) for serial in serials]
    return b"".join(parts)


def long_comments() -> bytes:
    """A stream whose second packet, with a picture, takes several pages."""
    picture = b"METADATA_BLOCK_PICTURE=" + b"AAAA" * 25_600
    head = b"OpusTags" + struct.pack("<I5sII", 5, b"maker", 1, len(picture))
    packet = head + picture + b"\0padding"
    cuts: Sequence[bytes] = [packet[:65025], packet[65025:]]
    return b"".join(
        (
            page(7, 0, OPUS, FIRST),
            page(7, 1, cuts[0], lacing=b"\xff" * 255, position=NO_END),
            page(7, 2, cuts[1], CONTINUED),
            page(7, 3, b"\xfc" * 90, LAST, lacing=bytes((30, 30, 30)), position=2880),
        )
    )


def large(size: int) -> bytes:
    """Pages of 60,000 bytes."""
    content = bytes(60_000)
    return ogg(VORBIS) + b"".join(
        page(1, number, content) for number in range(4, 5 + size // len(content))
    )
