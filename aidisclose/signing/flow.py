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

import uuid
import zlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aidisclose import limits
from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import Asset, Terms
from aidisclose.bindings.bmff_hash import FRAGMENTED
from aidisclose.codec import jumbf
from aidisclose.containers import KEEP, Edits, Layout, identify, read_store
from aidisclose.containers import sidecar as sidecars
from aidisclose.containers.container import Keep
from aidisclose.errors import Malformed, SigningError
from aidisclose.io.digest import Progress, digests
from aidisclose.io.output import Output, Writable, open_output
from aidisclose.io.source import BytesSource, Readable, open_source
from aidisclose.io.splice import Copy, Splice, in_memory
from aidisclose.manifest import ingredient, label, store, uri
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.manifest.draft import Draft, NewAssertion, cbor_assertion, reference_to
from aidisclose.manifest.store import Manifest, Store
from aidisclose.manifest.uri import HashedURI
from aidisclose.signing import definition
from aidisclose.signing.definition import ACTIONS, Component, Definition
from aidisclose.signing.fragments import write_fragments
from aidisclose.signing.marking import Marks, mark, refer, with_recorded
from aidisclose.signing.seal import Seal
from aidisclose.signing.signer import Signer
from aidisclose.signing.tsa import Authority
from aidisclose.trust.anchors import TrustConfig
from aidisclose.validate.validator import Validation, validate
from aidisclose.version import VERSION

_INGREDIENT: Final = "c2pa.ingredient.v3"
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
        warnings: What was asked for and could not be had, a line for each.
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
    title: str | None = None,
    trust: TrustConfig | None = None,
    spec: str = "2.4",
    binding: str | None = None,
    fragments: Sequence[tuple[Readable, Writable]] = (),
    xmp: bool | None = None,
    at: datetime | None = None,
    authorities: Sequence[Authority] = (),
    require_timestamp: bool = False,
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
            put it there is the caller's. Without `sidecar` the store is embedded as well.
        disclosure: What to declare about AI. Either this or `manifest`.
        manifest: A manifest definition, as JSON text or decoded.
        parent: The file that `source` was made from, if it is another file.
        ingredients: Files that the asset was made from besides its parent.
        base: The folder that paths in a manifest definition are relative to; the working folder if
            None.
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
    if fragments and (output is None or sidecar is not None or binding not in (None, _BMFF_HASH)):
        raise ValueError("fragments need an output and the BMFF hash, and take no sidecar")
    if require_timestamp and not authorities:
        raise ValueError("a time stamp is required, but no authority is named")
    if output is None and (sidecar is None or xmp or remote):
        raise ValueError("give an output, or a sidecar and neither XMP nor a remote address")
    signer.check(now)
    trust = trust or TrustConfig.none()
    seal = Seal(
        signer,
        authorities=authorities,
        require_timestamp=require_timestamp,
        anchors=trust.tsa_anchors,
        staples=ocsp,
    )
    if (disclosure is None) == (manifest is None):
        raise ValueError("give either a disclosure or a manifest definition")
    if disclosure is not None:
        disclosure.check_spec(SPECS[spec])
    with open_source(source) as opened:
        container = identify(opened, detached=sidecar is not None, beside=source)
        layout = container.scan(opened)
        _refuse_damaged(layout)
        if output is None and layout.stores:
            message = "the source carries credentials in it, which would count"
            raise SigningError(f"{message}; give an output, which will be without")
        marks = Marks()
        if disclosure is not None:
            disclosure = with_recorded(disclosure, opened, layout)
        if disclosure is not None and output is not None:
            marks = mark(opened, layout, container, disclosure, xmp=xmp)
        if remote is not None:
            marks = refer(marks, opened, layout, container, remote)
        content = _define(disclosure, manifest, now, spec, marks.carriers, base)
        components = (*content.components, *ingredients)
        parent, components = _split_parent(parent, components)
        with (
            _open(output, overwrite=overwrite, like=like) as file,
            _open(sidecar, overwrite=overwrite) as beside,
        ):
            continued = tuple(fragment for fragment, _ in fragments)
            asset = Asset(opened, layout, container, fragments=continued)
            history = _read_history(asset, source, parent, trust, now)
            parts = [(item, _examine_file(item.path, trust, now)) for item in components]
            name = _BMFF_HASH if fragments else binding or container.binding
            bound = FRAGMENTED if fragments else BINDINGS[name]
            terms = Terms(_ALG, SPECS[spec])
            if name == _BOX_HASH and marks.xmp is not KEEP:
                # It lists all boxes, so its size depends on the packet's.
                asset = _without_store(asset, marks.xmp)
            draft = _draft(
                content,
                history,
                parts,
                signature_size=seal.size,
                title=title or content.title or _file_name(source),
                media_type=layout.media_type,
                opens=content.opens,
                spec=spec,
                binding=name,
                binding_size=bound.size(asset, terms),
            )
            if manifest is not None:
                _refuse_broken(draft, now)
            if file:
                placed = None if beside else draft.placeholder()
                splice = in_memory(container.rewrite(opened, layout, marks.edits(placed)))
                asset = Asset(splice, container.scan(splice), container, fragments=continued)
                values = file.fill(splice, bound.plans(asset, terms), progress=progress)
                values += write_fragments(
                    asset, fragments, terms, overwrite=overwrite, progress=progress
                )
            else:
                values = digests(opened, bound.plans(asset, terms), progress=progress)
            encoded = bound.encode(asset, terms, values, draft.binding_size)
            finished = draft.assemble(encoded, seal.sign)
            if beside:
                beside.fill(Splice(BytesSource(finished), [Copy(0, len(finished))]), ())
            elif file:
                [embedded] = asset.layout.stores
                file.patch(embedded.frame.start, container.frame(finished))
                if embedded.checksum:
                    file.patch(embedded.checksum.start, zlib.crc32(finished).to_bytes(4, "little"))
    return SignedAsset(
        media_type=layout.media_type,
        label=draft.label,
        size=asset.source.size,
        store=finished,
        parent=history.active.label if history.active else None,
        timestamp=seal.timestamp,
        warnings=(*marks.warnings, *seal.problems),
        carriers=("c2pa", *marks.carriers),
    )


def _open(
    output: Writable | None, *, overwrite: bool, like: Path | None = None
) -> AbstractContextManager[Output | None]:
    if output is None:
        return nullcontext()
    return open_output(output, overwrite=overwrite, like=like)


def _define(
    disclosure: Disclosure | None,
    manifest: bytes | str | dict[str, object] | None,
    now: datetime,
    spec: str,
    carriers: tuple[str, ...],
    base: Path | None,
) -> Definition:
    if disclosure is None:
        return definition.parse(b"" if manifest is None else manifest, base=base)
    when = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return definition.from_disclosure(disclosure, when=when, spec=SPECS[spec], carriers=carriers)


def _file_name(source: Readable) -> str | None:
    return None if isinstance(source, bytes) or hasattr(source, "read") else Path(source).name


def _refuse_damaged(layout: Layout) -> None:
    if layout.problems:
        problem = layout.problems[0]
        message = f"the source carries damaged credentials: {problem.reason}"
        raise SigningError(f"{message} (at offset {problem.offset}); sign the original instead")
    if len(layout.stores) > 1:
        message = f"the source carries {len(layout.stores)} manifest stores, where one is permitted"
        raise SigningError(f"{message}; sign the original instead")


def _without_store(asset: Asset, xmp: bytes | Keep) -> Asset:
    source, layout, container = asset.source, asset.layout, asset.container
    splice = container.rewrite(source, layout, Edits(store=None, xmp=xmp))
    return Asset(splice, container.scan(splice), container)


@dataclass(frozen=True, slots=True)
class _History:
    """Where an asset comes from: the parent's store, and what validating it found."""

    active: Manifest | None = None
    results: dict[str, object] = field(default_factory=dict)
    manifests: tuple[bytes, ...] = ()
    title: str | None = None
    media_type: str | None = None
    is_given: bool = False


def _read_history(
    asset: Asset, source: Readable, parent: Readable | None, trust: TrustConfig, now: datetime
) -> _History:
    if parent is None:
        return _examine(asset, source, trust, now)
    if asset.layout.stores:
        raise SigningError("the source carries credentials itself; it cannot have another parent")
    found = _examine_file(parent, trust, now)
    return replace(found, title=_file_name(parent), is_given=True)


def _examine_file(source: Readable, trust: TrustConfig, now: datetime) -> _History:
    with open_source(source) as opened:
        container = identify(opened, beside=source)
        layout = container.scan(opened)
        _refuse_damaged(layout)
        return _examine(Asset(opened, layout, container), source, trust, now)


def _split_parent(
    parent: Readable | None, components: tuple[Component, ...]
) -> tuple[Readable | None, tuple[Component, ...]]:
    """The one parent, by whatever way it was named, and the other components."""
    named = [item.path for item in components if item.relationship == ingredient.PARENT_OF]
    if len(named) + (parent is not None) > 1:
        raise SigningError("an asset has one parent")
    others = tuple(item for item in components if item.relationship != ingredient.PARENT_OF)
    return (named[0] if named else parent), others


def _examine(asset: Asset, source: Readable, trust: TrustConfig, now: datetime) -> _History:
    layout = asset.layout
    parsed = _embedded(asset) if layout.stores else _beside(source)
    found = validate(parsed, asset=asset, trust=trust, at=now) if parsed else None
    if parsed is None or found is None or not (layout.stores or _is_about(found)):
        return _History(media_type=layout.media_type)
    if found.depth >= limits.INGREDIENT_DEPTH:
        message = f"the source has a history of {found.depth} files, more than validators follow"
        raise SigningError(f"{message}; sign the original instead")
    results: dict[str, object] = {"activeManifest": found.active.encode()}
    if found.deltas:
        results["ingredientDeltas"] = [
            {"ingredientAssertionURI": item.url, "validationDeltas": item.results.encode()}
            for item in found.deltas
        ]
    return _History(
        active=parsed.active,
        results=results,
        manifests=_encoded_manifests(parsed),
        title=_title(parsed.active),
        media_type=layout.media_type,
    )


def _embedded(asset: Asset) -> Store:
    try:
        return store.parse(read_store(asset.source, asset.layout.stores[0]))
    except Malformed as error:
        message = f"the source carries credentials that cannot be read: {error.reason}"
        raise SigningError(f"{message}; sign the original instead") from None


def _beside(source: Readable) -> Store | None:
    path = sidecars.find(source)
    try:
        return store.parse(sidecars.read(path)) if path else None
    except Malformed:
        return None


def _is_about(found: Validation) -> bool:
    """Whether a store that lay beside a file is about what that now is.

    It may be about another file of a similar name, or about what was there before; then it is no
    part of the history.
    """
    matches = {f"{binding.code}.match" for binding in BINDINGS.values()}
    return any(status.code in matches for status in found.active.success)


def _encoded_manifests(parsed: Store) -> tuple[bytes, ...]:
    return tuple(bytes(item.box.whole) for item in parsed.manifests.values())


def _title(manifest: Manifest) -> str | None:
    try:
        return manifest.claim.title
    except Malformed:
        return None


def _draft(
    content: Definition,
    history: _History,
    parts: list[tuple[Component, _History]],
    *,
    signature_size: int,
    title: str | None,
    media_type: str,
    opens: bool,
    spec: str,
    binding: str,
    binding_size: int,
) -> Draft:
    assertions: list[NewAssertion] = []
    opened: NewAssertion | None = None
    if history.active or history.is_given or opens:
        about = {"dc:title": history.title or title or "", "dc:format": media_type}
        opened = cbor_assertion(_INGREDIENT, _fields(history, ingredient.PARENT_OF, about))
        assertions.append(opened)
    listed = list(content.ingredients.items())
    listed += [(part.identifier, _fields(found, *part.about)) for part, found in parts]
    others: dict[str, HashedURI] = {}
    for number, (identifier, fields) in enumerate(listed, bool(opened)):
        given = cbor_assertion(label.number(_INGREDIENT, number), fields)
        others[identifier] = given.reference
        assertions.append(given)
    actions = content.write_actions(opened.reference if opened else None, others)
    if actions["actions"]:
        assertions.append(cbor_assertion(ACTIONS, actions))
    assertions += content.assertions
    claim: dict[str, object] = {
        "instanceID": f"xmp:iid:{uuid.uuid4()}",
        "claim_generator_info": (content.generator or {"name": "aidisclose", "version": VERSION})
        | {"specVersion": f"{spec}.0"},
    }
    if title:
        claim["dc:title"] = title
    return Draft(
        label=label.new_manifest_label(),
        claim=claim,
        assertions=tuple(assertions),
        binding=binding,
        binding_size=binding_size,
        signature_size=signature_size,
        previous=_previous(history, *(found for _, found in parts)),
    )


def _refuse_broken(draft: Draft, now: datetime) -> None:
    """Nothing, if validators will accept what the user's own definition says.

    Its hard binding and its signature are not there yet.

    Raises:
        SigningError: They will not.
    """
    drafted = store.parse(draft.placeholder())
    binding = drafted.active.url(uri.ASSERTIONS, draft.binding)
    signature = drafted.active.url(uri.SIGNATURE)
    found = validate(drafted, asset=None, trust=TrustConfig.none(), at=now)
    for status in found.active.failure:
        if status.url not in (binding, signature):
            raise SigningError(f"manifest definition: {status.explanation} ({status.code})")


def _previous(*histories: _History) -> tuple[bytes, ...]:
    """The manifests of all ingredients, each once.

    Raises:
        SigningError: Two are different, but have the same label: one of them was redacted, or only
            its signature's unsigned part was changed. Both cannot be in one store.
    """
    found: dict[str, bytes] = {}
    for history in histories:
        for item in history.manifests:
            name = jumbf.parse(item).label if len(histories) > 1 else str(len(found))
            if found.setdefault(name, item) != item:
                message = f"two ingredients carry different versions of the manifest {name}"
                raise SigningError(f"{message}; leave one of them out")
    return tuple(found.values())


def _fields(history: _History, relationship: str, about: Mapping[str, object]) -> dict[str, object]:
    """An ingredient; `about` gives way to what its file is."""
    fields: dict[str, object] = {"relationship": relationship, **about}
    if history.media_type:
        fields["dc:format"] = history.media_type
    if history.active is not None:
        try:
            fields["instanceID"] = history.active.claim.instance_id
            signature = reference_to(history.active, uri.SIGNATURE)
        except (Malformed, KeyError):
            message = "the source carries credentials without a readable claim or signature"
            raise SigningError(f"{message}; sign the original instead") from None
        fields["validationResults"] = history.results
        fields["activeManifest"] = reference_to(history.active).encode()
        fields["claimSignature"] = signature.encode()
    return fields
