"""Verifying one media file: find its manifest store, validate it, sum up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from aidisclose import carriers
from aidisclose.bindings.binding import Asset
from aidisclose.carriers import Found
from aidisclose.containers import identify, read_store
from aidisclose.errors import Malformed
from aidisclose.io.digest import Progress
from aidisclose.io.source import Readable, open_source
from aidisclose.manifest import disclosure, store
from aidisclose.trust.anchors import TrustConfig
from aidisclose.validate import contradictions
from aidisclose.validate.report import Report, summarize, unusable, without_manifest
from aidisclose.validate.validator import validate


def verify(
    source: Readable,
    *,
    trust: TrustConfig,
    at: datetime | None = None,
    fragments: Iterable[Readable] = (),
    progress: Progress | None = None,
) -> Report:
    """What the credentials of a file are worth.

    A file that breaks a rule is a result, not an error. Nothing is fetched from the network.

    Arguments:
        source: Media file; its content decides what it is, not its name.
        trust: Whom to trust. `TrustConfig.none()` caps the state at valid.
        at: The time that counts as now, with time zone.
        fragments: If `source` is the initialization segment of fragmented media, the files that
            continue it, one after another. Whether more follow is not checked.
        progress: Called with the number of bytes hashed.

    Raises:
        UnsupportedFormat: The file is not of a format that can carry credentials.
        MalformedFile: The structure of the file cannot be followed.
        LimitExceeded: It is larger or deeper than `aidisclose.limits` allows.
        OSError: It cannot be read.
        ValueError: `at` has no time zone.
    """
    now = at or datetime.now(UTC)
    if now.tzinfo is None:
        raise ValueError("at needs a time zone")
    with open_source(source) as opened:
        container = identify(opened)
        layout = container.scan(opened)
        reasons = [f"{item.reason} (at offset {item.offset})" for item in layout.problems]
        if len(layout.stores) > 1:
            # C2PA 2.5 §14.5: all of them are invalid. To report "no manifest" instead would let
            # anybody hide the credentials of a file by adding a second store.
            reasons.append(f"the file has {len(layout.stores)} manifest stores, one is permitted")
        marks = carriers.read(opened, layout)
        if reasons:
            return _with_marks(unusable(layout.media_type, now, reasons), marks)
        if not layout.stores:
            return _with_marks(without_manifest(layout.media_type, now), marks)
        asset = Asset(opened, layout, container, fragments=tuple(fragments), progress=progress)
        return _with_marks(_verify_store(asset, trust, now), marks)


def _with_marks(report: Report, marks: Found) -> Report:
    """The report with what the file says besides its manifest."""
    declared = report.disclosure
    listed = contradictions.statements(declared, marks)
    said = declared._replace(
        carriers=tuple(dict.fromkeys(item.carrier for item in listed)),
        contradictions=contradictions.find(declared, marks),
    )
    return replace(report, disclosure=said, marks=marks)


def _verify_store(asset: Asset, trust: TrustConfig, now: datetime) -> Report:
    media_type = asset.layout.media_type
    try:
        parsed = store.parse(read_store(asset.source, asset.layout.stores[0]))
    except Malformed as error:
        reason = f"the manifest store cannot be read: {error}"
        return unusable(media_type, now, [reason], code="manifest.inaccessible.malformed")
    return summarize(
        media_type,
        now,
        parsed,
        validate(parsed, asset=asset, trust=trust, at=now),
        disclosure.read(parsed),
        has_anchors=bool(trust.anchors or trust.allowed),
    )


def read_unverified(source: Readable) -> store.Store | None:
    """The manifest store of a file as it stands, None if there is none. Nothing is checked.

    Raises:
        UnsupportedFormat: The file is not of a format that can carry credentials.
        MalformedFile: The structure of the file, or of its store, cannot be followed, or it has
            several stores.
        LimitExceeded: It is larger or deeper than `aidisclose.limits` allows.
        OSError: It cannot be read.
    """
    with open_source(source) as opened:
        layout = identify(opened).scan(opened)
        if len(layout.stores) > 1:
            raise Malformed(f"the file has {len(layout.stores)} manifest stores")
        return store.parse(read_store(opened, layout.stores[0])) if layout.stores else None
