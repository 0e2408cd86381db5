"""Signing a media file: one pass over its content, in constant memory.

(1) Read the source's layout, and the credentials it already carries.
(2) Draft a real store at its final size, with zeros for the content's hash and the signature.
(3) Rewrite the source around it, as pieces that are not written yet, and read the layout of that
    with the ordinary parser: there is no second arithmetic of offsets.
(4) Copy and hash the pieces in one pass into a temporary file.
(5) Fill in the hash, sign the claim once, have that time-stamped, pad it to the exact size.
(6) Put the store in its place and let the file appear under its name.

A store that goes into a file of its own leaves (3) without a store, and is written in (6).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aidisclose import limits
from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import Asset, BindingTerms
from aidisclose.bindings.bmff_hash import FRAGMENTED
from aidisclose.bindings.shown import stray
from aidisclose.containers import KEEP, Edits, identify
from aidisclose.errors import SigningError, UnsupportedFormat
from aidisclose.io.digest import Progress, digests
from aidisclose.io.output import Output, Writable
from aidisclose.io.source import BytesSource, Readable, open_source
from aidisclose.io.splice import Copy, Splice, in_memory
from aidisclose.manifest.declared import AI
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.manifest.ingredient import COMPONENT_OF, PARENT_OF
from aidisclose.signing import definition
from aidisclose.signing.content import Component, ManifestContent, from_disclosure
from aidisclose.signing.destination import Destination
from aidisclose.signing.drafting import Reserved, draft, refuse_broken
from aidisclose.signing.fragments import write_fragments
from aidisclose.signing.history import Examiner, History, file_name, refuse_damaged
from aidisclose.signing.marking import Marks, mark, refer, with_recorded
from aidisclose.signing.seal import Seal
from aidisclose.signing.signer import Signer
from aidisclose.signing.tsa import Authority
from aidisclose.trust.anchors import TrustConfig

_ALG: Final = "sha256"
_BOX_HASH: Final = "c2pa.hash.boxes"
_BMFF_HASH: Final = "c2pa.hash.bmff.v3"
_COLLECTION_HASH: Final = "c2pa.hash.collection.data"
#: Versions of the specification, and hard bindings, that can be written.
WRITABLE: Final = ("c2pa.hash.data", _BOX_HASH, _BMFF_HASH, _COLLECTION_HASH)
SPECS: Final = {"2.2": (2, 2), "2.4": (2, 4), "2.5": (2, 5)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAsset:
    """What signing made.

    Attributes:
        media_type: Of the file.
        label: Of its new active manifest.
        size: Of the file, in bytes.
        store: The manifest store that was embedded, or written beside.
        parent: Label of the manifest that it descends from, if any.
        timestamp: The time that a time-stamping authority attests, None if none does.
        warnings: What was asked for and could not be had, or may be misread, a line for each.
        carriers: What discloses in the file: `c2pa`, `xmp`, `comment`, `aigc`.
    """

    media_type: str
    label: str
    size: int
    store: bytes = field(repr=False)
    parent: str | None = None
    timestamp: datetime | None = None
    warnings: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ("c2pa",)


def sign(
    source: Readable,
    output: Writable | None = None,
    *,
    signer: Signer,
    sidecar: Writable | None = None,
    remote: str | None = None,
    disclosure: Disclosure | None = None,
    manifest: bytes | str | dict[str, object] | None = None,
    parent: Readable | None = None,
    ingredients: Sequence[Component] = (),
    base: Path | None = None,
    outside_paths: bool = False,
    title: str | None = None,
    trust: TrustConfig | None = None,
    spec: str = "2.4",
    binding: str | None = None,
    fragments: Sequence[tuple[Readable, Writable]] = (),
    xmp: bool | None = None,
    at: datetime | None = None,
    authorities: Sequence[Authority] = (),
    require_timestamp: bool = False,
    reserve: int = limits.TIMESTAMP_ROOM,
    ocsp: Sequence[bytes] = (),
    overwrite: bool = False,
    like: Path | None = None,
    progress: Progress | None = None,
) -> SignedAsset:
    """Write a copy of `source` that carries a signed manifest, or a manifest beside it.

    A source that already carries credentials is opened: its manifests become the history of the
    new one, and what a validator finds about them is recorded. So is one with credentials beside
    it that are about what it now is. The output may be the source itself; it appears only when it
    is complete.

    Arguments:
        source: Media file of a format that can be signed; its content decides, not its name. With
            `sidecar`, any file.
        output: Where to write. Left out, the source stays the asset, and `sidecar` is needed.
        signer: Certificate chain and key.
        sidecar: Where to write the manifest store instead of embedding it: `picture.jpg.c2pa` is
            found beside `picture.jpg`. The output, if there is one, is without a store.
        remote: The https address at which the manifest store will be found, written into XMP; to
            put it there is the caller's. Without `sidecar` the store is embedded as well. It comes
            before the `remote_url` of a manifest definition.
        disclosure: What to declare about AI. Either this or `manifest`.
        manifest: A manifest definition, as JSON text or decoded. Where it says `no_embed` and
            there is no `sidecar`, the store is in `SignedAsset.store` only.
        parent: The file that `source` was made from, if it is another file.
        ingredients: Files that the asset was made from besides its parent.
        base: The folder that paths in a manifest definition are relative to; the working folder if
            None.
        outside_paths: Whether a manifest definition may name files outside of `base`. What it names
            is published with the asset.
        title: Name of the asset in the claim; the source's file name if it has one.
        trust: Whom to trust when the parent's credentials are validated, and for time stamps;
            nobody if None, and then any time stamp will do.
        spec: Version of the specification to write: 2.2, 2.4 or 2.5.
        binding: Label of the hard binding to write, one of `WRITABLE`; what suits the format if
            None.
        fragments: If `source` is the initialization segment of fragmented media: where each of
            the files that continue it is, and where to write it, in their order. The output binds
            them all, and appears last.
        xmp: Whether to write what is declared as XMP too, merged into what is there; None for
            wherever that can be done. A manifest definition leaves XMP as it is.
        at: The time that counts as now, with time zone.
        authorities: Who is asked for a time stamp, one after the other until one gives a good one.
            The hash of the signature is sent to them, never the file.
        require_timestamp: Fail if none of them does; otherwise that is a warning.
        reserve: Bytes that are kept free for the time stamp, from 1,000 to
            `limits.TIMESTAMP_SIZE`; those of most authorities have 3,000 to 7,000.
        ocsp: OCSP responses to staple, as `fetch_ocsp` returns them; they are not checked.
        overwrite: Replace an existing output.
        like: A file whose permissions and times the output gets.
        progress: Called with the number of bytes written.

    Raises:
        UnsupportedFormat: The source cannot be signed.
        MalformedFile: The source cannot be followed.
        LimitExceeded: The result would exceed its format.
        SigningError: The credentials or the definition cannot be used, the source carries
            credentials that cannot be read, or a time stamp is required and there is none.
        FileExistsError: The output exists, and `overwrite` is false.
        OSError: A file cannot be read or written.
        ValueError: Neither or both of `disclosure` and `manifest` are given, or nowhere to write;
            `spec` or `binding` is unknown, or does not suit fragments; a time stamp is required of
            nobody, or XMP in a source that is not written.
    """
    now = at or datetime.now(UTC)
    if spec not in SPECS:
        raise ValueError(f"spec is one of {', '.join(SPECS)}, not {spec!r}")
    if binding is not None and binding not in WRITABLE:
        raise ValueError(f"binding is one of {', '.join(WRITABLE)}, not {binding!r}")
    if fragments and binding not in (None, _BMFF_HASH):
        raise ValueError("fragments need the BMFF hash")
    if not 1_000 <= reserve <= limits.TIMESTAMP_SIZE:
        raise ValueError(f"reserve is 1,000 to {limits.TIMESTAMP_SIZE:,} bytes, not {reserve:,}")
    if require_timestamp and not authorities:
        raise ValueError("a time stamp is required, but no authority is named")
    if output is None and xmp:
        raise ValueError("give an output for XMP")
    defined = (
        None
        if manifest is None
        else definition.parse(manifest, base=base, outside_paths=outside_paths)
    )
    declared = disclosure or defined
    if declared is None or (disclosure and defined):
        raise ValueError("give either a disclosure or a manifest definition")
    terms = BindingTerms(_ALG, SPECS[spec])
    if disclosure is not None:
        disclosure.check_spec(terms.spec)
    destination = Destination(
        output=output,
        sidecar=sidecar,
        embeds=sidecar is None and (defined is None or defined.embeds),
        remote=defined.remote if remote is None and defined else remote,
        fragments=tuple(fragments),
        overwrite=overwrite,
        like=like,
    )
    signer.check(now)
    trust = trust or TrustConfig.none()
    examiner = Examiner(trust=trust, now=now)
    seal = Seal(
        signer,
        authorities=authorities,
        require_timestamp=require_timestamp,
        anchors=trust.tsa_anchors,
        staples=ocsp,
        reserve=reserve,
    )
    # The source is closed before the output takes its place.
    with destination.open(source) as (file, beside), open_source(source) as opened:
        container = identify(opened, detached=not destination.embeds, beside=source)
        layout = container.scan(opened)
        refuse_damaged(layout)
        if output is None and layout.stores:
            message = "the source carries credentials in it, which would count"
            raise SigningError(f"{message}; give an output, which will be without")
        asset = Asset(opened, layout, container, fragments=tuple(part for part, _ in fragments))
        content, marks = _declare(declared, asset, destination, terms, now, xmp=xmp)
        origin, components = _split_parent(parent, (*content.components, *ingredients))
        before = examiner.parent(asset, source, origin)
        histories = [*filter(None, [before]), *map(examiner.component, components)]
        if disclosure is not None:
            _refuse_hidden(disclosure, histories)
        name = _BMFF_HASH if fragments else binding or container.binding
        bound = FRAGMENTED if fragments else BINDINGS[name]
        if name == _BOX_HASH and marks.edits() != Edits(KEEP):
            # It lists all boxes, so its size depends on theirs.
            asset = _rewritten(asset, marks.edits(None))
        room = Reserved(name, bound.size(asset, terms), seal.size)
        drafted = draft(
            content,
            histories,
            room,
            title=title or content.title or file_name(source),
            media_type=layout.media_type,
            spec=spec,
            is_resaved=origin is None,
        )
        if defined is not None:
            refuse_broken(drafted, trust, now)
        if file:
            placed = drafted.placeholder() if destination.embeds else None
            splice = in_memory(container.rewrite(opened, layout, marks.edits(placed)))
            asset = asset._replace(source=splice, layout=container.scan(splice))
            _refuse_stray(asset)
            values = file.fill(splice, bound.plans(asset, terms), progress=progress)
            values += write_fragments(
                asset, fragments, terms, overwrite=overwrite, progress=progress
            )
        else:
            values = digests(opened, bound.plans(asset, terms), progress=progress)
        encoded = bound.encode(asset, terms, values, room.binding_size)
        finished = drafted.assemble(encoded, seal.sign)
        if file and destination.embeds:
            _embed(file, asset, finished)
        if beside:
            beside.fill(Splice(BytesSource(finished), [Copy(0, len(finished))]), ())
    return SignedAsset(
        media_type=layout.media_type,
        label=drafted.label,
        size=asset.source.size,
        store=finished,
        parent=before.active.label if before and before.active else None,
        timestamp=seal.timestamp,
        warnings=(*content.warnings, *marks.warnings, *seal.problems),
        carriers=("c2pa", *marks.carriers),
    )


def _declare(
    declared: Disclosure | ManifestContent,
    asset: Asset,
    destination: Destination,
    terms: BindingTerms,
    now: datetime,
    *,
    xmp: bool | None,
) -> tuple[ManifestContent, Marks]:
    """What the manifest says, and what is written besides it."""
    file = (asset.source, asset.layout, asset.container)
    marks = Marks()
    if isinstance(declared, Disclosure):
        declared = with_recorded(declared, asset.source, asset.layout)
        if destination.output is not None:
            marks = mark(*file, declared, xmp=xmp)
        when = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        declared = from_disclosure(declared, when=when, spec=terms.spec, carriers=marks.carriers)
    if destination.remote is not None:
        marks = refer(marks, *file, destination.remote)
    return declared, marks


def _embed(file: Output, asset: Asset, store: bytes) -> None:
    """Put the finished store into the place of what was drafted."""
    [embedded] = asset.layout.stores
    file.patch(embedded.frame.start, asset.container.frame(store))
    if embedded.checksum:
        file.patch(embedded.checksum.start, zlib.crc32(store).to_bytes(4, "little"))


def _refuse_stray(asset: Asset) -> None:
    """Raise UnsupportedFormat if offsets of the file lead into the embedded store."""
    if reason := stray(asset):
        raise UnsupportedFormat(
            f"{reason}; repair the file, or keep the store beside it: --sidecar"
        )


def _refuse_hidden(disclosure: Disclosure, histories: Sequence[History]) -> None:
    """Refuse to sign as made without AI what is composed of something that says otherwise."""
    if disclosure.ai != "none" or disclosure.opens:
        return
    for history in histories:
        if history.relationship != COMPONENT_OF:
            continue
        for said in (history.declared.ai, history.declared.unproven):
            if said not in (AI.NONE, AI.UNDECLARED):
                title = history.about.get("dc:title")
                message = f"ai is none, but the ingredient {title} says {said.value}"
                raise SigningError(f"{message}: declare composite instead")


def _rewritten(asset: Asset, edits: Edits) -> Asset:
    splice = asset.container.rewrite(asset.source, asset.layout, edits)
    return Asset(splice, asset.container.scan(splice), asset.container)


def _split_parent(
    parent: Readable | None, components: tuple[Component, ...]
) -> tuple[Readable | Component | None, tuple[Component, ...]]:
    """The one parent, by whatever way it was named, and the other components."""
    named = [item for item in components if item.relationship == PARENT_OF]
    if len(named) + (parent is not None) > 1:
        raise SigningError("an asset has one parent")
    others = tuple(item for item in components if item.relationship != PARENT_OF)
    return (named[0] if named else parent), others
