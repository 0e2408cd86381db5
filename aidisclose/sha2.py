"""SHA-2 digests, made by the OpenSSL that `cryptography` brings with it.

`hashlib` loads a second OpenSSL: a thirtieth of a cold `verify`. It does let other threads run
while it hashes, so whatever is large is left to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cryptography.hazmat.primitives import hashes

#: Copies of these cost half of what new ones do.
_FRESH: Final = {
    "sha256": hashes.Hash(hashes.SHA256()),
    "sha384": hashes.Hash(hashes.SHA384()),
    "sha512": hashes.Hash(hashes.SHA512()),
}

#: Bytes of what is hashed while other threads wait: some three milliseconds.
_ALONE: Final = 4 << 20


def digest(alg: str, data: bytes | memoryview) -> bytes:
    """The digest of bytes by sha256, sha384 or sha512 (C2PA 2.5 §13.1).

    Raises:
        ValueError: Another algorithm.
    """
    return digest_all(alg, (data,), size=len(data))


def blank(alg: str) -> bytes:
    """Zeros in the place of a digest that is not known yet, as many as it has bytes.

    Raises:
        ValueError: Another algorithm than sha256, sha384 or sha512.
    """
    return bytes(len(digest(alg, b"")))


def digest_all(alg: str, chunks: Iterable[bytes | memoryview], *, size: int) -> bytes:
    """The digest of consecutive chunks, drawn one after the other.

    Arguments:
        alg: sha256, sha384 or sha512.
        chunks: Each is hashed before the next one is drawn, so they may share one buffer.
        size: Bytes of all chunks, or about that many.

    Raises:
        ValueError: Another algorithm.
    """
    if alg not in _FRESH:
        raise ValueError(f"unknown hash algorithm {alg!r}")
    if size > _ALONE:
        import hashlib

        large = hashlib.new(alg)
        for chunk in chunks:
            large.update(chunk)
        return large.digest()
    small = _FRESH[alg].copy()
    for chunk in chunks:
        small.update(chunk)
    return small.finalize()
