"""Brotli: what is decompressed, how much of it, and what is said where it cannot be."""

from __future__ import annotations

import sys

import pytest

from aidisclose.codec import brotli
from aidisclose.errors import LimitExceeded, Malformed, SigningError

pytest.importorskip("brotli")

TEXT = b"Content Credentials, " * 40 + bytes(range(256))


@pytest.mark.parametrize("data", [b"", b"a", TEXT, bytes(100_000)])
def test_what_is_compressed_is_decompressed(data: bytes) -> None:
    assert brotli.decompress(brotli.compress(data), most=len(data)) == data


@pytest.mark.parametrize("data", [b"a", TEXT, bytes(100_000)])
def test_not_a_byte_more_than_allowed(data: bytes) -> None:
    with pytest.raises(LimitExceeded) as caught:
        brotli.decompress(brotli.compress(data), most=len(data) - 1)
    assert str(caught.value) == f"more than {len(data) - 1} bytes after decompression"


def test_a_stream_that_is_cut_off_anywhere() -> None:
    whole = brotli.compress(TEXT)
    for end in range(len(whole)):
        with pytest.raises(Malformed) as caught:
            brotli.decompress(whole[:end], most=10_000)
        assert caught.value.reason == "a Brotli stream is cut off", end


@pytest.mark.parametrize("data", [b"\xff" * 20, b"{}", brotli.compress(TEXT) + b"more"])
def test_what_is_no_stream(data: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        brotli.decompress(data, most=10_000)
    assert caught.value.reason in ("not a Brotli stream", "a Brotli stream is cut off")


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason says how to get it."""
    monkeypatch.setitem(sys.modules, "brotli", None)
    with pytest.raises(Malformed, match=r"to read it: pip install 'aidisclose\[brotli\]'"):
        brotli.decompress(b"", most=1)
    with pytest.raises(SigningError, match=r"pip install 'aidisclose\[brotli\]'"):
        brotli.compress(b"")
