"""Soft bindings: what finds the manifest of content that lost it (C2PA 2.4 §9.3, §18.10).

The algorithms, and what each of them is, are those that C2PA has registered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from aidisclose import limits
from aidisclose.errors import UsageError
from aidisclose.manifest.store import Assertion

#: Label of the assertion.
LABEL: Final = "c2pa.soft-binding"

#: The newest entry in this copy of the registry (c2pa-org/softbinding-algorithm-list).
AS_OF: Final = date(2026, 8, 13)

FINGERPRINT: Final = "fingerprint"
WATERMARK: Final = "watermark"

_FINGERPRINTS: Final = (
    "ai.trufo.pawprint.fingerprint",
    "com.adobe.icn.dense",
    "com.digicaps.fingerprint.1",
    "com.evixar.efp.type3.1",
    "com.joinmonolith.sha256",
    "com.writerslogic.text-fingerprint.1",
    "com.writerslogic.text-minhash.1",
    "com.writerslogic.text-structure.1",
    "io.iscc.v0",
)
_WATERMARKS: Final = (
    "ai.contentlens.audio.mono",
    "ai.contentlens.audio.stereo",
    "ai.contentlens.image.basewmk",
    "ai.contentlens.image.customwmk",
    "ai.contentlens.image.ensemblewmk",
    "ai.steg.api",
    "ai.trufo.pawprint.watermark",
    "ai.verda.watermark.audio.1",
    "ai.verda.watermark.image.1",
    "ai.verda.watermark.video.1",
    "app.overlai.watermark.1",
    "castLabs.watermark.1",
    "com.adobe.flowmark.A",
    "com.adobe.hiermark.A",
    "com.adobe.trustmark.C",
    "com.adobe.trustmark.P",
    "com.adobe.trustmark.Q",
    "com.aiwatermark.audioseal.1",
    "com.aiwatermark.pixelseal.1",
    "com.aiwatermark.videoseal.1",
    "com.cognitive-proof.vsrmark.1",
    "com.digimarc.validate.1",
    "com.doverunner.watermark.1",
    "com.evixar.eaw.1",
    "com.imatag.lamark.v1",
    "com.markany.watermark.1",
    "com.mentaport.watermark.1",
    "com.microsoft.invismark.1",
    "com.microsoft.wavmark.1",
    "com.museblossom.contentsdefence.1",
    "com.nagra.nexguard.watermark.1",
    "com.sonicorigin.watermark.1",
    "com.verimatrix.watermark.1",
    "com.writerslogic.text-watermark-semantic.1",
    "com.writerslogic.zwc-watermark.1",
    "com.writerslogic.zwc-watermark.2",
    "es.lumatrace",
    "eu.sasha.softbinding.v1",
    "io.blockfact.audio.watermark.32",
    "io.diker.sigi.v1",
    "me.deepmark.audio.vigil.128",
    "me.reconize.videoseal.1",
    "org.atsc.a336",
    "tv.kinetiq.watercast.48.1",
)
#: Names that entries had before, and files still have.
_FORMER: Final = ("ai.trufo.gen1.image", "ai.trufo.gen1.image-lite")

#: Name → what it is.
ALGORITHMS: Final = dict.fromkeys((*_WATERMARKS, *_FORMER), WATERMARK) | dict.fromkeys(
    _FINGERPRINTS, FINGERPRINT
)


@dataclass(frozen=True, slots=True)
class SoftBinding:
    """A value by which the manifest of a file can be found.

    Attributes:
        alg: Name of the algorithm, as the C2PA list of soft bindings has it.
        value: The value that the algorithm computed or embedded, from 1 byte to
            `limits.SOFT_BINDING_SIZE`.
        scope: The part of the content that it is about, as the assertion says; None for all of it.

    Raises:
        UsageError: The name is missing, or the value too short or too long.
    """

    alg: str
    value: bytes
    scope: str | None = None

    def __post_init__(self) -> None:
        if not self.alg or len(self.alg) > limits.SOFT_BINDING_NAME:
            raise UsageError(f"invalid name of a soft binding algorithm: {self.alg[:80]!r}")
        if not 1 <= len(self.value) <= limits.SOFT_BINDING_SIZE:
            most = f"{limits.SOFT_BINDING_SIZE:,}"
            raise UsageError(f"soft binding of {len(self.value):,} bytes: expected 1 to {most}")

    def write(self) -> dict[str, object]:
        """The content of the assertion: one block, about all of the content."""
        return {"alg": self.alg, "blocks": [{"scope": {}, "value": self.value}], "pad": b""}


def read(assertions: Iterable[Assertion]) -> tuple[SoftBinding, ...]:
    """The soft bindings that these assertions name, at most `limits.SOFT_BINDINGS`.

    What is not well-formed is left out, and so are assertions of other labels. Values that are
    text, as older writers have them, are taken as their bytes in UTF-8. Whether the content has
    the fingerprint or watermark is not checked.

    Arguments:
        assertions: Those that are believed: what stands in a store a forger may have written.

    Raises:
        Malformed: An assertion of the label cannot be decoded.
    """
    found: list[SoftBinding] = []
    for assertion in assertions:
        if assertion.parts.name != LABEL:
            continue
        alg, blocks = assertion.fields.get("alg"), assertion.fields.get("blocks")
        if not isinstance(alg, str) or not isinstance(blocks, list):
            continue
        for block in blocks[: limits.SOFT_BINDINGS - len(found)]:
            value = block.get("value") if isinstance(block, dict) else None
            data = value.encode("utf-8", "replace") if isinstance(value, str) else value
            if isinstance(data, bytes):
                try:
                    found.append(SoftBinding(alg, data, _scope(block.get("scope"))))
                except UsageError:
                    continue
    return tuple(found)


def _scope(value: object) -> str | None:
    """A scope in a few words; None for all of the content."""
    if not isinstance(value, dict) or not value:
        return None
    return ", ".join(sorted(str(key)[: limits.SOFT_BINDING_NAME] for key in list(value)[:8]))
