"""The result of signing."""

from __future__ import annotations

from datetime import datetime

from aidisclose.frozen import dataclass, field


@dataclass(frozen=True, kw_only=True)
class SignedAsset:
    """A signed asset.

    Attributes:
        media_type: Of the file.
        label: Of its new active manifest.
        size: Of the file, in bytes.
        store: The manifest store that was embedded, or written beside.
        parent: Label of the manifest that it descends from, if any.
        timestamp: The time that a time stamp authority attests, None if none does.
        warnings: Notes on what was asked for and could not be had, or may be misread, a line each.
        carriers: The carriers that disclose in the file: `c2pa`, `xmp`, `comment`, `aigc`.
        noise: The change by an embedded watermark, as the peak signal-to-noise ratio in dB; None
            without one.
        is_update: Whether its new active manifest is an update manifest.
    """

    media_type: str
    label: str
    size: int
    store: bytes = field(repr=False)
    parent: str | None = None
    timestamp: datetime | None = None
    warnings: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ("c2pa",)
    noise: float | None = None
    is_update: bool = False
