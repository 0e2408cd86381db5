"""Small signed files for the tests of what is shown about them."""

from __future__ import annotations

import functools
import io
import struct

from PIL import Image

import aidisclose as ad
from aidisclose.signing.credentials import ROOT, Credentials


@functools.cache
def picture(form: str = "PNG") -> bytes:
    """A small image without credentials."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(buffer, form)
    return buffer.getvalue()


def wave_head(size: int) -> bytes:
    """What stands before the samples of a WAV file, which take `size` bytes."""
    fields = (b"RIFF", 36 + size, b"WAVEfmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", size)
    return struct.pack("<4sI8sIHHIIHH4sI", *fields)


def sign(source: bytes, made: Credentials, disclosure: ad.Disclosure, *, title: str = "t") -> bytes:
    """The source, signed."""
    buffer = io.BytesIO()
    ad.sign(source, buffer, signer=made.signer(), disclosure=disclosure, title=title)
    return buffer.getvalue()


def verify(data: bytes, made: Credentials | None = None, source: str = "user") -> ad.Report:
    """The report on it, by somebody who trusts those credentials."""
    trust = ad.TrustConfig.none()
    if made is not None:
        trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes(), source=source)
    return ad.verify(data, trust=trust)


def flip(data: bytes, offset: int = -20) -> bytes:
    """The same with one bit changed."""
    changed = bytearray(data)
    changed[offset] ^= 1
    return bytes(changed)
