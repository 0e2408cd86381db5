"""Brotli (RFC 7932), where the optional package `brotli` is installed."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from aidisclose.errors import LimitExceeded, Malformed, SigningError


class _Decompressor(Protocol):
    def process(self, data: bytes, /, output_buffer_limit: int) -> bytes: ...
    def is_finished(self) -> bool: ...
    def can_accept_more_data(self) -> bool: ...


def decompress(data: bytes, *, most: int) -> bytes:
    """The decompressed bytes; never more than about `most` are made on the way.

    Raises:
        Malformed: The data is not a Brotli stream, or cut off, or there is no decompressor.
        LimitExceeded: It holds more than `most` bytes.
    """
    # The package has no types, and an extra may be missing: hence no import at the top.
    try:
        package = import_module("brotli")
    except ImportError:
        message = "compressed with Brotli; to read it: pip install 'aidisclose[brotli]'"
        raise Malformed(message) from None
    decompressor = cast("_Decompressor", package.Decompressor())
    pieces: list[bytes] = []
    left = most
    piece = data
    try:
        while not decompressor.is_finished():
            # One byte above the limit proves the excess; a bomb is never decompressed further.
            made = decompressor.process(piece, output_buffer_limit=left + 1)
            # Without output and with room for input, the stream has no end: asking on would loop.
            if not made and decompressor.can_accept_more_data():
                break
            piece = b""
            pieces.append(made)
            left -= len(made)
            if left < 0:
                raise LimitExceeded(f"more than {most} bytes after decompression")
    except package.error:
        raise Malformed("not a Brotli stream") from None
    if not decompressor.is_finished():
        raise Malformed("a Brotli stream is cut off")
    return b"".join(pieces)


def compress(data: bytes) -> bytes:
    """A Brotli stream that holds these bytes.

    Raises:
        SigningError: There is no compressor.
    """
    try:
        package = import_module("brotli")
    except ImportError:
        message = "a compressed manifest needs Brotli: pip install 'aidisclose[brotli]'"
        raise SigningError(message) from None
    return cast("bytes", package.compress(data))
