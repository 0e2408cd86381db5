"""Compressed manifests: a whole manifest in one Brotli stream (C2PA 2.5 §11.2.4)."""

from __future__ import annotations

from aidisclose.codec import brotli, jumbf
from aidisclose.manifest.store import ManifestKind


def compress(manifest: bytes) -> bytes:
    """An encoded manifest as a compressed manifest of the same label.

    Raises:
        SigningError: The optional package `brotli` is not installed.
    """
    parsed = jumbf.parse(manifest)
    # The whole superbox with its own header, and no type in front: `brob` of JPEG XL (ISO/IEC
    # 18181-2) would have the four bytes of the box's type there.
    content = jumbf.box(b"brob", brotli.compress(manifest))
    # The same label, as references name the manifest by it before it is decompressed.
    return jumbf.superbox(ManifestKind.COMPRESSED.value, parsed.label, [content])
