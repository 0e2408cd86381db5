"""Writing what a disclosure says into the other carriers of a file, before it is signed.

After signing it would be too late: the marks are part of what the manifest's hash covers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from aidisclose import carriers, limits
from aidisclose.carriers import xmp as xmp_packets
from aidisclose.containers import KEEP, Container, Edits, Layout
from aidisclose.containers.container import Keep
from aidisclose.direct import recording
from aidisclose.errors import LimitExceeded, Malformed, SigningError, UnsupportedFormat
from aidisclose.io.source import Source
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.signing import disclosing

#: Where a label is replaced, in formats with a place of their own for it.
_OWN: Final = ("RIFF chunk", "ID3 TXXX")


class Marks(NamedTuple):
    """What is to be written besides the manifest.

    Attributes:
        xmp: The new XMP packet, if there is one.
        aigc: The new label of GB 45438-2025, if its place is not XMP.
        carriers: What discloses with it: `xmp`, `aigc`.
        warnings: Why something could not be written, a line each.
    """

    xmp: bytes | Keep = KEEP
    aigc: bytes | Keep = KEEP
    carriers: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def mark(
    source: Source,
    layout: Layout,
    container: Container,
    disclosure: Disclosure,
    *,
    xmp: bool | None,
) -> Marks:
    """What a disclosure says as XMP; the file can hold it.

    Arguments:
        source: The file.
        layout: Of it.
        container: Its format.
        disclosure: What is declared.
        xmp: Whether XMP is written; None for where it can be, and then a warning says where it
            could not although the format has it.

    Raises:
        UnsupportedFormat: XMP or an AIGC label is asked for, and the format cannot hold it.
        Malformed: The file's XMP cannot be read, and XMP is asked for.
        LimitExceeded: The result would exceed its format.
        SigningError: What is in the file already contradicts the disclosure.
    """
    label = disclosure.aigc
    aigc: bytes | Keep = KEEP
    if label:
        _check_label(source, layout, container)
        aigc = label.encode().encode() if container.writes_aigc else KEEP
    is_asked = xmp or (label is not None and aigc is KEEP)
    if is_asked and not container.writes_xmp:
        raise UnsupportedFormat(f"no XMP can be written into {container.name} files")
    carriers_ = ("aigc",) if label else ()
    if not container.writes_xmp or (xmp is False and (label is None or aigc is not KEEP)):
        return Marks(aigc=aigc, carriers=carriers_)
    try:
        packet = disclosing.packet(
            disclosure,
            _old_packet(source, layout),
            iptc=xmp is not False,
            labelled=aigc is KEEP,
        )
        if packet is None:
            return Marks(aigc=aigc, carriers=carriers_)
        container.rewrite(source, layout, Edits(xmp=packet))
    except (Malformed, UnsupportedFormat, LimitExceeded) as error:
        if is_asked:
            raise
        warning = f"no XMP was written: {error}"
        return Marks(aigc=aigc, carriers=carriers_, warnings=(warning,))
    names = ("xmp", *carriers_) if xmp is not False else carriers_
    return Marks(packet, aigc, names)


def refer(marks: Marks, source: Source, layout: Layout, container: Container, url: str) -> Marks:
    """`marks` with a reference to a manifest store elsewhere (C2PA 2.5 §11.4).

    Raises:
        UnsupportedFormat: The format cannot hold XMP.
        ValueError: It is no https address, and readers follow no other.
        Malformed: The file's XMP cannot be read.
        LimitExceeded: It is too large.
    """
    if not url.startswith("https://") or not url.isascii() or any(map(str.isspace, url)):
        raise ValueError(f"a remote manifest is named by an https address, not {url!r}")
    if not container.writes_xmp:
        raise UnsupportedFormat(f"no XMP, and so no reference, can be put into {container.name}")
    packet = _old_packet(source, layout) if marks.xmp is KEEP else marks.xmp
    values = {xmp_packets.PROVENANCE: url}
    if not isinstance(packet, bytes):
        return marks._replace(xmp=xmp_packets.create(values))
    return marks._replace(xmp=xmp_packets.parse(packet).merge(values))


def with_recorded(disclosure: Disclosure, source: Source, layout: Layout) -> Disclosure:
    """The disclosure with what `aidisclose label` put on the file, unless it says that itself."""
    found = () if disclosure.direct else recording.read(_old_packet(source, layout))
    return replace(disclosure, direct=found) if found else disclosure


def _old_packet(source: Source, layout: Layout) -> bytes | None:
    if layout.xmp is None:
        return None
    return source.read_at(layout.xmp.start, min(layout.xmp.length, limits.XMP_SIZE + 1))


def _check_label(source: Source, layout: Layout, container: Container) -> None:
    """A label has one place in a format, and a file one label (GB 45438-2025 §6.1)."""
    if not (container.writes_aigc or layout.media_type.startswith("image/")):
        raise UnsupportedFormat(
            "an AIGC label can be written into images, WAV and MP3, not into "
            f"{container.name} files"
        )
    own = _OWN if container.writes_aigc else ("XMP",)
    found = carriers.read(source, layout).labels
    others = [label.place for label in found if label.place not in own]
    if others:
        raise SigningError(
            f"the file carries an AIGC label already, in {others[0]}, and one is permitted "
            "(GB 45438-2025 §6.1); remove it first"
        )
