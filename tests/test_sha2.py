"""Digests are those of `hashlib`, whoever makes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from aidisclose import sha2


@pytest.mark.parametrize("alg", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("size", [0, 1, 1000, sha2._ALONE, sha2._ALONE + 1])
def test_a_digest_is_that_of_hashlib(alg: str, size: int) -> None:
    data = bytes(size)
    expected = hashlib.new(alg, data).digest()
    assert sha2.digest(alg, data) == expected
    assert sha2.digest(alg, memoryview(bytearray(data))) == expected
    half = size // 2
    assert sha2.digest_all(alg, (data[:half], data[half:]), size=size) == expected


def test_chunks_may_share_a_buffer() -> None:
    buffer = bytearray(1)

    def chunks(size: int) -> bytes:
        def fill() -> Iterator[memoryview]:
            for number in range(100):
                buffer[0] = number
                yield memoryview(buffer)

        return sha2.digest_all("sha256", fill(), size=size)

    expected = hashlib.sha256(bytes(range(100))).digest()
    assert chunks(100) == chunks(sha2._ALONE + 1) == expected


def test_the_fresh_state_stays_fresh() -> None:
    assert sha2.digest("sha256", b"one") != sha2.digest("sha256", b"two")
    assert sha2.digest("sha256", b"one") == hashlib.sha256(b"one").digest()


@pytest.mark.parametrize("alg", ["sha1", "md5", "sha3_256", ""])
def test_other_algorithms_are_refused(alg: str) -> None:
    with pytest.raises(ValueError, match="unknown hash algorithm"):
        sha2.digest(alg, b"")


@pytest.mark.parametrize(("alg", "size"), [("sha256", 32), ("sha384", 48), ("sha512", 64)])
def test_a_blank_is_as_long_as_a_digest(alg: str, size: int) -> None:
    assert sha2.blank(alg) == bytes(size)
    assert len(sha2.digest(alg, b"x")) == size
