"""Soft-binding algorithms and what each is, as registered by C2PA."""

from __future__ import annotations

from datetime import date
from typing import Final

#: The newest entry in this copy of the registry (c2pa-org/softbinding-algorithm-list).
AS_OF: Final = date(2026, 4, 15)

FINGERPRINT: Final = "fingerprint"
WATERMARK: Final = "watermark"

_FINGERPRINTS: Final = ("com.adobe.icn.dense", "com.digicaps.fingerprint.1", "io.iscc.v0")
_WATERMARKS: Final = (
    "ai.contentlens.audio.mono",
    "ai.contentlens.audio.stereo",
    "ai.contentlens.image.basewmk",
    "ai.contentlens.image.customwmk",
    "ai.contentlens.image.ensemblewmk",
    "ai.steg.api",
    "ai.trufo.gen1.image",
    "ai.trufo.gen1.image-lite",
    "app.overlai.watermark.1",
    "castLabs.watermark.1",
    "com.adobe.trustmark.C",
    "com.adobe.trustmark.P",
    "com.adobe.trustmark.Q",
    "com.aiwatermark.audioseal.1",
    "com.aiwatermark.pixelseal.1",
    "com.aiwatermark.videoseal.1",
    "com.digimarc.validate.1",
    "com.imatag.lamark.v1",
    "com.markany.watermark.1",
    "com.mentaport.watermark.1",
    "com.microsoft.invismark.1",
    "com.microsoft.wavmark.1",
    "com.nagra.nexguard.watermark.1",
    "com.sonicorigin.watermark.1",
    "com.verimatrix.watermark.1",
    "com.writerslogic.zwc-watermark.1",
    "es.lumatrace",
    "org.atsc.a336",
    "tv.kinetiq.watercast.48.1",
)

#: Name → what it is.
ALGORITHMS: Final = dict.fromkeys(_WATERMARKS, WATERMARK) | dict.fromkeys(
    _FINGERPRINTS, FINGERPRINT
)
