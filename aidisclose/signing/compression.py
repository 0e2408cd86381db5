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
    content = jumbf.box(b"brob", brotli.compress(manifest))
    return jumbf.superbox(ManifestKind.COMPRESSED.value, parsed.label, [content])
