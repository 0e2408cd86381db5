"""The marks of a disclosure in the other carriers of a file, written before it is signed.

After signing it would be too late: the marks are part of what the manifest's hash covers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aidisclose import carriers, limits
from aidisclose.bindings.binding import Asset
from aidisclose.carriers import aigc, comment, packets
from aidisclose.carriers import xmp as xmp_packets
from aidisclose.containers import KEEP, Comment, Edits, Layout
from aidisclose.containers.container import Carrier, Keep
from aidisclose.direct import audible, implicit, recording, visible
from aidisclose.errors import LimitExceeded, Malformed, UnsupportedFormat
from aidisclose.io.source import Source
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.manifest.record import Direct
from aidisclose.named import NamedTuple
from aidisclose.signing import metadata


class Marks(NamedTuple):
    """The marks to be written besides the manifest.

    Attributes:
        xmp: The new XMP packet, if there is one.
        aigc: The new label of GB 45438-2025, if its place is not XMP.
        comment: The new line in the format's comment, if there is one.
        carriers: The carriers that disclose with it: `xmp`, `comment`, `aigc`.
        warnings: The reasons why something could not be written, a line each.
        is_optional: Whether nobody asked for packet and comment, so that they are left out of a
            file that cannot hold them.
    """

    # `KEEP` is not None: None takes a thing out of the file.
    xmp: bytes | Keep = KEEP
    aigc: bytes | Keep = KEEP
    comment: Comment | Keep = KEEP
    carriers: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    is_optional: bool = False

    def edits(self, store: bytes | Keep | None = KEEP) -> Edits:
        """These, and a manifest store."""
        return Edits(store, self.xmp, self.aigc, self.comment)


def mark(asset: Asset, disclosure: Disclosure, *, xmp: bool | None) -> Marks:
    """The marks of a disclosure besides the manifest; whether the file can hold them is not known.

    Arguments:
        asset: The file.
        disclosure: The declaration about AI.
        xmp: Whether XMP, and in sound a comment, is written; None for where it can be, and then a
            warning says where it could not although the format has it.

    Raises:
        UnsupportedFormat: XMP or an AIGC label is asked for, and the format cannot hold it.
        Malformed: The file's XMP cannot be read, and XMP is asked for.
        LimitExceeded: The file's XMP is too large, and XMP is asked for.
        SigningError: The file says something already that contradicts the disclosure, or has no
            label for a platform to complete.
    """
    source, layout, container = asset.source, asset.layout, asset.container
    label, warning = _label(disclosure, source, layout)
    # XMP stands in other places as well: extended packets, Photoshop resources, sidecars inside
    # PDF. We change the one that the standard names for the format, and say that there are others.
    if xmp is not False and Carrier.XMP in container.carriers:
        warning += tuple(_other_packets(source, layout))
    own: bytes | Keep = KEEP
    if label:
        implicit.check_place(carriers.read(source, layout).labels, layout, container)
        # The guides TC260-PG-20257A to -202510A name a place of its own for some formats (a chunk,
        # a frame, a box); in the others the label is a property of XMP.
        own = label.encode().encode() if Carrier.AIGC in container.carriers else KEEP
    in_xmp = label is not None and own is KEEP
    if (xmp or in_xmp) and Carrier.XMP not in container.carriers:
        raise UnsupportedFormat(f"no XMP can be written into {container.name} files")
    labelled = ("aigc",) if label else ()
    try:
        # `_old_packet` is read whatever was asked: a label of GB 45438 is merged into the XMP that
        # is there, never put in place of it.
        packet = (
            metadata.packet(
                disclosure,
                _old_packet(source, layout),
                iptc=xmp is not False,
                label=label if in_xmp else None,
            )
            if Carrier.XMP in container.carriers and (in_xmp or xmp is not False)
            else None
        )
        remark = (
            metadata.remark(
                disclosure,
                [item.source_type for item in carriers.read(source, layout).comments],
            )
            if Carrier.COMMENT in container.carriers and xmp is not False
            else None
        )
        return Marks(
            xmp=packet or KEEP,
            aigc=own,
            comment=Comment(comment.NAME, remark) if remark else KEEP,
            carriers=(
                *(("xmp",) if packet and xmp is not False else ()),
                *(("comment",) if remark else ()),
                *labelled,
            ),
            warnings=warning,
            # By default marks are a courtesy: a file that has no room for them is signed without.
            # What the user or the law asked for is not dropped like that.
            is_optional=bool(packet or remark) and not (xmp or in_xmp),
        )
    except (Malformed, UnsupportedFormat, LimitExceeded) as error:
        if xmp or in_xmp:
            raise
        reason = str(error)
    return leave_out(Marks(aigc=own, carriers=labelled, warnings=warning), asset, reason=reason)


def leave_out(marks: Marks, asset: Asset, *, reason: str) -> Marks:
    """`marks` without packet and comment, which the file cannot hold; a warning says why."""
    written = "XMP" if Carrier.XMP in asset.container.carriers else "comment"
    return Marks(
        aigc=marks.aigc,
        carriers=tuple(name for name in marks.carriers if name == "aigc"),
        warnings=(*marks.warnings, f"no {written} was written: {reason}"),
    )


def refer(marks: Marks, asset: Asset, url: str) -> Marks:
    """`marks` with a reference to a manifest store elsewhere (C2PA 2.5 §11.4).

    Raises:
        UnsupportedFormat: The format cannot hold XMP.
        UsageError: It is not an https address, and readers follow no other.
        Malformed: The file's XMP cannot be read.
        LimitExceeded: It is too large.
    """
    if Carrier.XMP not in asset.container.carriers:
        name = asset.container.name
        raise UnsupportedFormat(f"no XMP, and so no reference, can be put into {name}")
    packet = _old_packet(asset.source, asset.layout) if marks.xmp is KEEP else marks.xmp
    values = {xmp_packets.PROVENANCE: url}
    # A reference alone: nothing is declared in XMP that is not asked for.
    if not isinstance(packet, bytes):
        return marks._replace(xmp=xmp_packets.create(values))
    return marks._replace(xmp=xmp_packets.parse(packet).merge(values))


def with_recorded(disclosure: Disclosure, asset: Asset) -> tuple[Disclosure, tuple[str, ...]]:
    """The disclosure with what `aidisclose label` put on the file, unless it says that itself.

    A label whose pixels, or a notice whose samples, are not there any more is left out, and a
    warning says so.
    """
    if disclosure.direct:
        return disclosure, ()
    # XMP is not signed yet, and anybody may have written there what `label` writes. So the pixels
    # decide: the record has a hash of them.
    found = recording.read(_old_packet(asset.source, asset.layout))
    gone = [each for each in found if _is_gone(each, asset.source)]
    left = tuple(each for each in found if each not in gone)
    warnings = tuple(
        f"the label {each.text!r} is not declared: its pixels have changed since it was drawn; "
        "label the picture again, or declare it in [[direct]] of --disclosure"
        if each.region
        else f"the notice {each.text!r} is not declared: its samples have changed since it was put "
        "there; put it there again, or declare it in [[direct]] of --disclosure"
        for each in gone
    )
    return (replace(disclosure, direct=left) if left else disclosure), warnings


def _is_gone(direct: Direct, source: Source) -> bool:
    """Whether the pixels or samples that were recorded are not there any more."""
    if direct.region:
        return visible.shows(source, direct) is False
    heard = audible.hear(source, direct)
    return heard is not None and not heard.is_same


def _other_packets(source: Source, layout: Layout) -> Iterator[str]:
    """A warning if programs may find XMP elsewhere than where the disclosure is written."""
    # Merged into that one then, which is where programs look first.
    if layout.xmp is not None:
        return
    places = dict.fromkeys(packet.place for packet in packets.find(source, layout))
    if places:
        yield (
            f"there is XMP in {', '.join(places)} already, which stays as it is: the disclosure is "
            "in a packet of its own, where most programs look"
        )


def _old_packet(source: Source, layout: Layout) -> bytes | None:
    if layout.xmp is None:
        return None
    # One byte above the limit is enough for the parser to refuse it.
    return source.read_at(layout.xmp.start, min(layout.xmp.length, limits.XMP_SIZE + 1))


def _label(
    disclosure: Disclosure, source: Source, layout: Layout
) -> tuple[aigc.Label | None, tuple[str, ...]]:
    """The label to be written, and a warning if that replaces what another platform wrote."""
    if disclosure.propagation is None:
        return disclosure.aigc, ()
    return implicit.complete(disclosure.propagation, carriers.read(source, layout).labels)
