"""ID3v2 tags, MPEG audio and FLAC made by code."""

from __future__ import annotations

import zlib
from typing import Final

#: MPEG-1 layer III, 128 kbit/s, 44.1 kHz: frames of 417 bytes, of silence.
AUDIO: Final = (b"\xff\xfb\x90\xc4" + bytes(413)) * 8

FLAC: Final = b"".join(
    (
        b"fLaC",
        b"\x00\x00\x00\x22" + bytes.fromhex("10001000 000000 000000 0ac440f000000000") + bytes(16),
        b"\x04\x00\x00\x08" + bytes(8),
        b"\x81\x00\x01\x00" + bytes(256),
        b"\xff\xf8\xc9\x08\x00" + bytes(range(1, 250)),
    )
)


def synchsafe(number: int) -> bytes:
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))


def unsynchronised(data: bytes) -> bytes:
    """With a zero after every 0xFF that would look like the start of audio, or end up ambiguous."""
    out = bytearray()
    for index, byte in enumerate(data):
        out.append(byte)
        following = data[index + 1] if index + 1 < len(data) else 0
        if byte == 0xFF and (following == 0 or following >= 0xE0):
            out.append(0)
    return bytes(out)


def frame(version: int, name: str, body: bytes, flags: int = 0, *, plain: bool = False) -> bytes:
    """A frame; with `plain` sizes in 2.4, as old versions of iTunes wrote them."""
    if version == 2:
        return name.encode() + len(body).to_bytes(3) + body
    size = synchsafe(len(body)) if version == 4 and not plain else len(body).to_bytes(4)
    return name.encode() + size + flags.to_bytes(2) + body


def text(version: int, name: str, value: str) -> bytes:
    return frame(version, name, b"\x00" + value.encode("latin-1"))


def tag(
    version: int,
    *frames: bytes,
    flags: int = 0,
    extended: bytes = b"",
    padding: int = 0,
    revision: int = 0,
) -> bytes:
    """A tag. Flag 0x80 makes the body of a 2.2 or 2.3 tag unsynchronised, 0x10 adds a footer."""
    body = extended + b"".join(frames) + bytes(padding)
    if version < 4 and flags & 0x80:
        body = unsynchronised(body)
    head = bytes((version, revision, flags | (0x40 if extended else 0))) + synchsafe(len(body))
    footer = b"3DI" + head if version == 4 and flags & 0x10 else b""
    return b"ID3" + head + body + footer


def geob(
    version: int,
    store: bytes,
    *,
    mime: bytes = b"application/c2pa",
    opening: bytes = b"\x00",
    names: bytes = b"c2pa\x00c2pa manifest store\x00",
    flags: int = 0,
    before: bytes = b"",
) -> bytes:
    """A frame with a store; `before` stands for what flags announce."""
    body = before + opening + mime + b"\x00" + names + store
    return frame(version, "GEO" if version == 2 else "GEOB", body, flags)


def compressed(version: int, body: bytes) -> tuple[int, bytes]:
    """The flags and the body of a compressed frame."""
    data = zlib.compress(body)
    if version == 3:
        return 0x80, len(body).to_bytes(4) + data
    return 0x09, synchsafe(len(body)) + data


def with_second_store(data: bytes, end: int, added: bytes) -> bytes:
    """A file with one store up to offset `end`, with a second one in the same tag."""
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte
    return data[:6] + synchsafe(size + len(added)) + data[10:end] + added + data[end:]
