"""Verifying one media file: find its manifest store, validate it, sum up."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aidisclose import arguments, carriers
from aidisclose.bindings.binding import Asset
from aidisclose.carriers import Found
from aidisclose.containers import Container, Layout, identify, locate, read_store, sidecar
from aidisclose.containers.container import Fragmented
from aidisclose.errors import (
    LimitExceeded,
    Malformed,
    MalformedFile,
    Unreadable,
    UnsupportedFormat,
)
from aidisclose.frozen import replace
from aidisclose.io.digest import DigestPlan, Progress, digest
from aidisclose.io.source import BytesSource, Range, Readable, Source, open_source
from aidisclose.manifest import declared, label, lineage, store
from aidisclose.manifest.declared import AI
from aidisclose.message import Message
from aidisclose.named import NamedTuple
from aidisclose.trust.config import TrustConfig
from aidisclose.validate import contradictions
from aidisclose.validate.report import Report, inaccessible, summarize, unusable, without_manifest
from aidisclose.validate.state import Gap, Integrity
from aidisclose.validate.validator import validate

if TYPE_CHECKING:
    from aidisclose.validate.location import Detached

#: What tells a bare manifest store.
_HEAD: Final = 32
#: Assertions by which a manifest may declare a watermark.
_SOFT_BINDING: Final = "c2pa.soft-binding"


def verify(
    source: Readable,
    *,
    trust: TrustConfig,
    at: datetime | None = None,
    manifest: Readable | None = None,
    online: bool = False,
    fragments: Iterable[Readable] = (),
    hashed: bool = False,
    detect: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Verify the credentials of a file.

    A file that breaks a rule is a result, not an error. If it carries no manifest store, the one
    beside it counts: of `picture.jpg`, `picture.jpg.c2pa` or `picture.c2pa`.

    Arguments:
        source: Media file; its content decides what it is, not its name. With a store elsewhere,
            any file. The path of a store alone if it is about a collection: the files that it
            lists are looked for in its folder.
        trust: The signers and authorities to trust. `TrustConfig.none()` caps the state at valid.
        at: The time that counts as now, with time zone.
        manifest: A file with the manifest store, whatever `source` carries.
        online: Whether a store is fetched that the XMP of the file refers to: over https, from
            the public internet, within `limits.REMOTE_STORE_TIME`. The server, whom the maker of
            the file chose, learns that somebody looks at it. So are the documents of issuers of
            credentials about identities (`did:web`) that are not among those of `trust`, at most
            `limits.DID_DOCUMENTS`, and their lists of revoked credentials, at most
            `limits.STATUS_LISTS`. Nothing else is fetched.
        fragments: If `source` is the initialization segment of fragmented media, the files that
            continue it, one after another. That some are left out at either end, as of a stream
            that is still being received, is not a failure: `Report.missing` says it.
        hashed: Whether `Report.sha256` is wanted: the hash of all bytes of `source`, from the same
            opening of the file.
        detect: Whether declared watermarks are looked for, with the detectors that are installed
            or registered, and labels and notices whose pixels or samples are recorded; otherwise
            `Report.watermarks` and `Report.notices` leave open whether they are there.
        progress: Called with the number of bytes hashed.

    Raises:
        UnsupportedFormat: The file is not of a format that can carry credentials, or `fragments`
            are given and its format has none.
        MalformedFile: The structure of the file cannot be followed.
        LimitExceeded: It is larger or deeper than `aidisclose.limits` allows.
        OSError: It cannot be read, or was changed while it was read.
        UsageError: `at` has no time zone.
    """
    _check(trust, at)
    arguments.callback("progress", progress)
    parts: tuple[Any, ...] = arguments.several("fragments", fragments, object, "files")
    now = at or datetime.now(UTC)
    with open_source(source) as opened:
        report = _verify(
            source,
            opened,
            _Terms(trust, now, online),
            manifest=manifest,
            fragments=parts,
            progress=progress,
        )
        if report.believed is not None and report.believed.subject.named(_SOFT_BINDING):
            from aidisclose.validate import watermarks

            found = watermarks.examine(report.believed, opened if detect else None)
            report = replace(report, watermarks=found)
        if report.believed is not None and report.believed.subject.named(label.DISCLOSURE):
            from aidisclose.validate import notices

            told = notices.examine(report.record, opened if detect else None)
            report = replace(report, notices=told)
        sha256 = digest(opened, DigestPlan("sha256", (Range(0, opened.size),))) if hashed else None
    return replace(report, size=opened.size, sha256=sha256.hex() if sha256 else None)


def _check(trust: TrustConfig, at: datetime | None) -> None:
    """Raise TypeError or UsageError unless trust and time are right, before a file is opened."""
    if not isinstance(trust, TrustConfig):
        raise TypeError(
            "trust is an aidisclose.TrustConfig, such as TrustConfig.user(), TrustConfig.from_pem("
            f"content of a PEM file) or TrustConfig.none(), not {trust!r:.80}"
        )
    arguments.moment("at", at)


class _Terms(NamedTuple):
    """The terms on which a file is judged.

    Attributes:
        trust: The signers and authorities to trust.
        now: The time that counts as now.
        online: Whether what the file refers to is fetched.
    """

    trust: TrustConfig
    now: datetime
    online: bool = False


def _verify(
    source: Readable,
    opened: Source,
    terms: _Terms,
    *,
    manifest: Readable | None,
    fragments: tuple[Readable, ...],
    progress: Progress | None,
) -> Report:
    if manifest is None and (found := _collection(source, opened)):
        from aidisclose.containers.other import ANY

        parsed, folder = found
        asset = Asset(opened, ANY.scan(opened), ANY, progress=progress, folder=folder)
        report = _summarize(sidecar.MEDIA_TYPE, parsed, asset, terms)
        if report.disclosure.ai is not AI.NONE:
            return report
        return _with_marks(report, Found(), opened, asset.layout, _members(parsed, folder))
    beside = sidecar.find(source)
    # With a store elsewhere, the hash of any file can be checked, of a format known or not.
    detached = manifest is not None or beside is not None
    container, layout = _locate(opened, detached=detached)
    if fragments and not isinstance(container, Fragmented):
        # Nothing would hash them: they must not seem to be verified.
        raise UnsupportedFormat(f"{container.name} files have no fragments")
    marks = carriers.read(opened, layout)
    asset = Asset(opened, layout, container, fragments=fragments, progress=progress)
    if manifest is None and (layout.stores or layout.problems):
        report = _verify_embedded(asset, terms)
        report = _compare(report, beside, terms)
        return _with_marks(report, marks, opened, layout, fragments)
    from aidisclose.validate import location  # most files have their store in them

    if manifest is not None:
        report = _verify_detached(asset, location.given(manifest), terms)
    elif elsewhere := location.find(marks, beside, online=terms.online):
        report = _verify_detached(asset, elsewhere, terms)
    else:
        report = without_manifest(layout.media_type, terms.now)
    return _with_marks(report, marks, opened, layout, fragments)


def _locate(opened: Source, *, detached: bool) -> tuple[Container, Layout]:
    """The format of a file, and its layout, also if it is damaged and there is a store in it."""
    try:
        return locate(opened, detached=detached)
    except MalformedFile as error:
        container = identify(opened)
        layout = container.damaged(opened, error)
        if layout is None:
            raise
        return container, layout


def examine(
    source: Readable,
    *,
    trust: TrustConfig,
    at: datetime | None = None,
    fragments: Iterable[Readable] = (),
    online: bool = False,
    progress: Progress | None = None,
) -> Report:
    """As `verify`, but also of a manifest store alone, without the file that it is about.

    Of that, the report says what the credentials are worth, and `asset` is missing: whether a file
    is the one that was signed, nothing can show without it.
    """
    with open_source(source) as opened:
        alone = sidecar.is_store(opened.read_at(0, _HEAD)) and not _collection(source, opened)
    if not alone:
        return verify(
            source, trust=trust, at=at, fragments=fragments, online=online, progress=progress
        )
    now = at or datetime.now(UTC)
    try:
        parsed = store.parse(sidecar.read(source))
    except Malformed as error:
        return _malformed(sidecar.MEDIA_TYPE, error, now)
    report = _summarize(sidecar.MEDIA_TYPE, parsed, None, _Terms(trust, now))
    return replace(report, integrity=Integrity.NONE, missing=(Gap.ASSET, *report.missing))


def _collection(source: Readable, opened: Source) -> tuple[store.Store, Path] | None:
    """A manifest store alone that is about files in its folder, and that; None for all else."""
    if not isinstance(source, str | os.PathLike) or not sidecar.is_store(opened.read_at(0, _HEAD)):
        return None
    from aidisclose.bindings import collection_hash

    try:
        parsed = store.parse(sidecar.read(source))
        subject = lineage.trace(parsed).subject
        found = subject.intact.values() if subject else ()
        if any(
            collection_hash.is_of_folder(item.fields)
            for item in found
            if item.parts.name == collection_hash.NAME
        ):
            return parsed, Path(source).parent
    except Malformed:
        pass  # said where a store is asked for its asset
    return None


def _members(parsed: store.Store, folder: Path) -> Iterator[Path]:
    """The files of a folder that a store is about."""
    from aidisclose.bindings import collection_hash

    subject = lineage.trace(parsed).subject
    for item in subject.intact.values() if subject else ():
        if item.parts.name == collection_hash.NAME:
            with contextlib.suppress(Unreadable):  # said where it is compared
                yield from collection_hash.members(folder, item.fields)


def _compare(report: Report, beside: Path | None, terms: _Terms) -> Report:
    """The report, with what a store beside the file says against the one in it, which counts.

    Whether it is about this file is not asked: it may be about what the file was before.
    """
    if beside is None or report.store is None:
        return report
    try:
        parsed = store.parse(sidecar.read(beside))
        # It decides nothing, so that nobody is asked for its sake.
        offline = terms._replace(online=False)
        other = _summarize(sidecar.MEDIA_TYPE, parsed, None, offline).disclosure.ai
    except (Malformed, LimitExceeded, OSError):
        return report
    found = report.disclosure
    if other in (found.ai, AI.UNDECLARED):
        return report
    line = Message(
        "the manifest in the file says {here}, the one beside it ({name}) {there}",
        here=found.ai.value,
        name=beside.name,
        there=other.value,
    )
    said = found._replace(contradictions=(*found.contradictions, line))
    if found.ai is AI.NONE:
        said = said._replace(ai=AI.UNDECLARED, is_disputed=True)
    return replace(report, disclosure=said)


def _with_marks(
    report: Report, marks: Found, source: Source, layout: Layout, others: Iterable[Readable] = ()
) -> Report:
    """The report with what the file says besides its manifest, and whether that is protected.

    Arguments:
        report: The report on the manifest.
        marks: The marks in the file.
        source: The file.
        layout: As its container found it.
        others: Further files that the manifest is about.
    """
    declared = report.disclosure
    listed = list(contradictions.statements(declared, marks))
    says_ai = any(item.is_ai for item in listed) or any(True for _ in contradictions.traces(marks))
    mentions: list[contradictions.Statement] = []
    if declared.ai is AI.NONE and not says_ai:
        from aidisclose.validate import mention  # few files say so

        boxes = report.store.manifests.values() if report.store else ()
        held = (each.content for item in boxes for box in item.beside for each in box.contents)
        more = chain(others, held)
        try:
            found = list(mention.find(source, layout, report.believed, others=more))
        except (Unreadable, UnsupportedFormat) as error:
            found, says_ai = [], True
            marks = replace(marks, problems=(*marks.problems, str(error)))
        mentions = [contradictions.Statement("", item.where, item.what, True) for item in found]
    said = declared._replace(
        carriers=tuple(dict.fromkeys(item.carrier for item in listed)),
        contradictions=(
            *declared.contradictions,
            *contradictions.find([*listed, *mentions], declared, marks),
        ),
    )
    # A suspicion of a platform, or a source type such as `composite`, contradicts nobody, but it is
    # no "none" either. A contradiction says why, or the marks do.
    is_open = bool(marks.problems) or any(item.is_ai is None for item in listed)
    if said.ai is AI.NONE and (says_ai or mentions or is_open):
        said = said._replace(ai=AI.UNDECLARED, is_disputed=True)
    return replace(report, disclosure=said, marks=marks, protected=_protected(report, layout))


def _protected(report: Report, layout: Layout) -> frozenset[str]:
    """The carriers that lie in what a matching hash covers."""
    if report.integrity is Integrity.INTACT:
        return frozenset({"xmp", "aigc", "comment"})
    content, packet = report.covered, layout.xmp
    if content is None or content.elsewhere or packet is None:
        return frozenset()
    # A hash that leaves something out says where. Of labels and comments only the names of their
    # places are known, so that they count as unprotected.
    is_outside = any(
        part.start < packet.end and packet.start < part.end for part in content.outside
    )
    return frozenset() if is_outside else frozenset({"xmp"})


def _verify_embedded(asset: Asset, terms: _Terms) -> Report:
    layout = asset.layout
    reasons = [f"{item.reason} (at offset {item.offset})" for item in layout.problems]
    code = "general.error"
    if len(layout.stores) > 1:
        # C2PA 2.5 §14.5: all of them are invalid. To report "no manifest" instead would let
        # anybody hide the credentials of a file by adding a second store.
        reasons.append(f"the file has {len(layout.stores)} manifest stores, one is permitted")
    elif all(item.is_encrypted for item in layout.problems):
        code = "manifest.inaccessible.encrypted"
    if reasons:
        return unusable(layout.media_type, terms.now, reasons, code=code)
    try:
        data = read_store(asset.source, layout.stores[0])
    except Malformed as error:
        return _malformed(layout.media_type, error, terms.now)
    return _verify_store(asset, data, terms)


def _verify_detached(asset: Asset, found: Detached, terms: _Terms) -> Report:
    if found.problem is not None:
        report = inaccessible(asset.layout.media_type, terms.now, found.problem)
    else:
        report = _verify_store(asset, found.data or b"", terms)
    return replace(report, location=found.place)


def _verify_store(asset: Asset, data: bytes, terms: _Terms) -> Report:
    media_type = asset.layout.media_type
    try:
        parsed = store.parse(data)
    except Malformed as error:
        return _malformed(media_type, error, terms.now)
    return _summarize(media_type, parsed, asset, terms)


def _summarize(media_type: str, parsed: store.Store, asset: Asset | None, terms: _Terms) -> Report:
    trust, now, online = terms
    validation = validate(parsed, asset=asset, trust=trust, at=now, online=online)
    trusted = {name for name, found in validation.manifests.items() if found.is_signer_trusted}
    said = declared.read(validation.believed, parsed, trusted=trusted)
    report = summarize(media_type, now, parsed, validation, said, trust=trust)
    if asset is None:
        # What its manifests embed says as much of AI as beside the file that they are about.
        nothing = Layout(media_type=media_type, size=0, blocks=())
        return _with_marks(report, Found(), BytesSource(b""), nothing)
    return report


def _malformed(media_type: str, error: Malformed, now: datetime) -> Report:
    reason = f"the manifest store cannot be read: {error}"
    return unusable(media_type, now, [reason], code="manifest.inaccessible.malformed")


def read_unverified(source: Readable) -> store.Store | None:
    """The manifest store of a file as it stands, None if there is none. Nothing is checked.

    It is in the file, beside it, or the file is nothing but a store.

    Raises:
        UnsupportedFormat: The file is not of a format that can carry credentials.
        MalformedFile: The structure of the file, or of its store, cannot be followed, or it has
            several stores.
        LimitExceeded: It is larger or deeper than `aidisclose.limits` allows.
        OSError: It cannot be read.
    """
    data = read_store_of(source)
    return None if data is None else store.parse(data)


def read_store_of(source: Readable) -> bytes | None:
    """The bytes of what `read_unverified` reads, whether or not they can be understood.

    Raises:
        UnsupportedFormat: The file is not of a format that can carry credentials.
        MalformedFile: Its structure cannot be followed, or it has several stores.
        LimitExceeded: It is larger or deeper than `aidisclose.limits` allows.
        OSError: It cannot be read.
    """
    with open_source(source) as opened:
        if sidecar.is_store(opened.read_at(0, _HEAD)):
            return sidecar.read(source)
        _, layout = locate(opened, detached=sidecar.find(source) is not None)
        if len(layout.stores) > 1:
            raise Malformed(f"the file has {len(layout.stores)} manifest stores")
        if layout.stores:
            return read_store(opened, layout.stores[0])
    beside = sidecar.find(source)
    return None if beside is None else sidecar.read(beside)
