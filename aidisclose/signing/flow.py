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

import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from aidisclose import arguments, carriers, limits
from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import Asset, Binding, BindingTerms
from aidisclose.bindings.bmff_hash import FRAGMENTED
from aidisclose.bindings.shown import external, stray
from aidisclose.codec import jumbf
from aidisclose.codec.cose import NEWER
from aidisclose.containers import KEEP, Edits, Layout
from aidisclose.direct import readback
from aidisclose.errors import (
    LimitExceeded,
    Malformed,
    SigningError,
    Unreadable,
    UnsupportedFormat,
    UsageError,
)
from aidisclose.io.digest import Progress, digests
from aidisclose.io.output import Output, Writable
from aidisclose.io.source import BytesSource, Readable, Source, open_source
from aidisclose.io.splice import Splice, in_memory, whole
from aidisclose.manifest import store
from aidisclose.manifest.declared import AI, Declared
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.manifest.draft import Draft
from aidisclose.manifest.ingredient import COMPONENT_OF, PARENT_OF
from aidisclose.manifest.spec import Spec
from aidisclose.named import NamedTuple
from aidisclose.signing import compression
from aidisclose.signing.actor import Actor, name_actors
from aidisclose.signing.asset import SignedAsset
from aidisclose.signing.composition import Reserved, check_definition, draft
from aidisclose.signing.definition import Definition
from aidisclose.signing.destination import Destination, locate_source
from aidisclose.signing.fragments import write_fragments
from aidisclose.signing.history import Examiner, History, file_name, refuse_damaged
from aidisclose.signing.manifest_content import Component, ManifestContent, from_disclosure
from aidisclose.signing.marks import Marks, leave_out, mark, refer, with_recorded
from aidisclose.signing.request import SignRequest, Timestamping
from aidisclose.signing.seal import Seal
from aidisclose.signing.signer import Signer
from aidisclose.signing.tsa import Authority
from aidisclose.signing.update import Update, only_redacts
from aidisclose.trust.config import TrustConfig

_ALG: Final = "sha256"
#: By how much two compressed manifests of one size may differ for other reasons than their content.
#: What is compressed before it is signed has zeros where hash and signature will be, and zeros take
#: no room: so chance stands in for them (`_placeholder`).
_COMPRESSION_ROOM: Final = 256
_BOX_HASH: Final = "c2pa.hash.boxes"
#: What can be declared of something that is made of what AI made.
_INSTEAD: Final = {
    PARENT_OF: "name the action that was done to it, such as c2pa.published, or declare edited",
    COMPONENT_OF: "declare composite instead",
}
_BMFF_HASH: Final = "c2pa.hash.bmff.v3"


def sign(
    source: Readable,
    output: Writable | None = None,
    *,
    signer: Signer,
    sidecar: Writable | None = None,
    remote: str | None = None,
    disclosure: Disclosure | None = None,
    manifest: bytes | str | dict[str, object] | None = None,
    update: Update | None = None,
    parent: Readable | None = None,
    ingredients: Sequence[Component] = (),
    base: Path | None = None,
    outside_paths: bool = False,
    title: str | None = None,
    trust: TrustConfig | None = None,
    spec: Spec | str = Spec.V2_4,
    binding: str | None = None,
    fragments: Sequence[tuple[Readable, Writable]] = (),
    xmp: bool | None = None,
    at: datetime | None = None,
    authorities: Sequence[Authority] = (),
    require_timestamp: bool = False,
    reserve: int = limits.TIMESTAMP_ROOM,
    ocsp: Sequence[bytes] = (),
    compress: bool = False,
    wrap: bool = False,
    update_room: int = 0,
    actors: Sequence[Actor] = (),
    watermark: str | None = None,
    thumbnail: bool = False,
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
        output: The place to write to. If left out, the source stays the asset, and `sidecar` is
            needed.
        signer: Certificate chain and key.
        sidecar: The place to write the manifest store to, instead of embedding it:
            `picture.jpg.c2pa` is found beside `picture.jpg`. The output, if there is one, is
            without a store.
        remote: The https address at which the manifest store will be found, written into XMP; to
            put it there is the caller's. Without `sidecar` the store is embedded as well. It comes
            before the `remote_url` of a manifest definition.
        disclosure: The declaration about AI. Either this, or `manifest`, or `update`.
        manifest: A manifest definition, as JSON text or decoded. Where it says `no_embed` and
            there is no `sidecar`, the store is in `SignedAsset.store` only.
        update: The addition to the credentials of the source in an update manifest; the content
            stays as it is.
        parent: The file that `source` was made from, if it is another file.
        ingredients: Files that the asset was made from besides its parent.
        base: The folder that paths in a manifest definition are relative to; the working folder if
            None.
        outside_paths: Whether a manifest definition may name files outside of `base`. What it names
            is published with the asset.
        title: Name of the asset in the claim; the source's file name if it has one.
        trust: The choice of whom to trust when the parent's credentials are validated, and for time
            stamps; nobody if None, and then any time stamp will do.
        spec: Version of the specification to write: 2.2, 2.4 or 2.5.
        binding: Label of the hard binding to write, one of `WRITABLE`; what suits the format if
            None.
        fragments: If `source` is the initialization segment of fragmented media: where each of
            the files that continue it is, and where to write it, in their order. The output binds
            them all, and appears last.
        xmp: Whether to write what is declared as XMP too, merged into what is there; None for
            wherever that can be done. A manifest definition leaves XMP as it is.
        at: The time that counts as now, with time zone.
        authorities: The authorities that are asked for a time stamp, one after the other until one
            gives a good one. The hash of the signature is sent to them, never the file.
        require_timestamp: Fail if none of them does; otherwise that is a warning.
        reserve: Bytes that are kept free for the time stamp, from 1,000 to
            `limits.TIMESTAMP_SIZE`; those of most authorities have 3,000 to 7,000.
        ocsp: OCSP responses to staple, as `fetch_ocsp` returns them; they are not checked.
        compress: Whether to write a compressed manifest (C2PA 2.5 §11.2.4): of an update, or of
            media with a BMFF hash.
        wrap: Whether a bare JPEG XL codestream, which has no place for a store, is put into a
            container; the picture stays as it is.
        update_room: Bytes left free behind the store in files that sign its size, so that later
            updates find a place.
        actors: The actors that the manifest names besides its signer, each signing with its own
            key; the same authorities are asked for time stamps.
        watermark: Algorithm of a watermark to embed in a picture before it is signed, and to
            declare: one that is installed, or TrustMark with registered weights.
        thumbnail: Whether the manifest gets a small JPEG of the picture, which viewers show. What
            is no picture gets none, and a warning.
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
        UsageError: Not exactly one of `disclosure`, `manifest`, `update` is given, or nowhere to
            write; `spec` or `binding` is unknown, or does not suit fragments; a time stamp is
            required of nobody, or XMP in a source that is not written; the message names the
            argument.
    """
    if (disclosure, manifest, update).count(None) != 2:
        raise UsageError("give either a disclosure or a manifest definition, or an update")
    arguments.single("remote", remote, str, "an https address")
    arguments.single("like", like, Path, "a pathlib.Path")
    arguments.single("watermark", watermark, str, "the name of an algorithm")
    arguments.single("base", base, Path, "a pathlib.Path")
    arguments.moment("at", at)
    arguments.size("reserve", reserve)
    arguments.size("update_room", update_room)
    pairs = arguments.several("fragments", fragments, tuple, "pairs: a file, and where it goes")
    statement = disclosure or update or Definition(manifest or {}, base, outside_paths)
    request = SignRequest(
        statement=statement,
        parent=parent,
        ingredients=arguments.several("ingredients", ingredients, Component, "Component"),
        title=title,
        spec=Spec.of(spec),
        binding=binding,
        xmp=xmp,
        at=at,
        stamping=Timestamping(
            authorities=arguments.several("authorities", authorities, Authority, "Authority"),
            is_required=require_timestamp,
            reserve=reserve,
        ),
        staples=arguments.several("ocsp", ocsp, bytes, "OCSP responses as bytes"),
        watermark=watermark,
        thumbnail=thumbnail,
        compresses=compress,
        wraps=wrap,
        update_room=update_room,
    )
    defined = statement.read() if isinstance(statement, Definition) else None
    destination = Destination(
        output=output,
        sidecar=sidecar,
        embeds=sidecar is None and (defined is None or defined.embeds),
        remote=defined.remote if remote is None and defined else remote,
        fragments=pairs,
        overwrite=overwrite,
        like=like,
    )
    return sign_to(
        destination,
        source,
        request=request,
        signer=signer,
        actors=actors,
        trust=trust,
        progress=progress,
    )


class _Subject(NamedTuple):
    """The source, and where it comes from.

    Attributes:
        asset: As its container found it.
        content: The content of the manifest about it.
        marks: The marks that are written besides the manifest.
        histories: Of all ingredients, the parent first.
        parent: The history that the source carries, or that of its named parent.
        is_resaved: Whether the parent, if there is one, is the source itself.
    """

    asset: Asset
    content: ManifestContent
    marks: Marks
    histories: tuple[History, ...]
    parent: History | None
    is_resaved: bool


class _Bound(NamedTuple):
    """The hard binding that is written.

    Attributes:
        name: Label of its assertion.
        binding: The kind of binding, which computes it.
        terms: The terms that it follows.
    """

    name: str
    binding: Binding
    terms: BindingTerms


class _Signers(NamedTuple):
    """The keys that sign.

    Attributes:
        seal: Of the claim.
        actors: The actors that the manifest names besides, each with the seal of its own key.
    """

    seal: Seal
    actors: tuple[tuple[Actor, Seal], ...]


class _Prepared(NamedTuple):
    """A file that is ready to be written, hashed and signed.

    Attributes:
        asset: The file as it will be, with a place for the store if it is embedded.
        drafted: The manifest without the hash of the content and the signature.
        room: Bytes that are reserved for these.
        splice: Its pieces, if it is to be written.
        place: Size of the place of the store in bytes; 0 if it is not embedded.
    """

    asset: Asset
    drafted: Draft
    room: Reserved
    splice: Splice | None = None
    place: int = 0


def sign_to(
    destination: Destination,
    source: Readable,
    *,
    request: SignRequest,
    signer: Signer,
    actors: Sequence[Actor] = (),
    trust: TrustConfig | None = None,
    progress: Progress | None = None,
) -> SignedAsset:
    """Write a signed copy of `source`, or a manifest beside it: see `sign`.

    Arguments:
        destination: The place where the result goes.
        source: Media file.
        request: The declaration, and its form.
        signer: Certificate chain and key.
        actors: The actors that the manifest names besides its signer.
        trust: The choice of whom to trust when the history is validated, and for time stamps.
        progress: Called with the number of bytes written.

    Raises:
        UsageError: The request does not suit the destination, or the signer its version.
        AidiscloseError: See `sign`.
        OSError: A file cannot be read or written.
    """
    if not callable(getattr(signer, "check", None)):
        raise TypeError(
            "signer is an aidisclose.Signer, such as Signer.from_files(key, chain) or, to try "
            f"things out, Signer.test(), not {signer!r:.80}"
        )
    arguments.single("trust", trust, TrustConfig, "an aidisclose.TrustConfig")
    arguments.callback("progress", progress)
    actors = arguments.several("actors", actors, Actor, "Actor")
    destination.check(request)
    # First: it makes another picture, and all that follows is about that one.
    if request.watermark is not None:
        return _sign_marked(destination, source, request, signer, actors, trust, progress)
    now = request.at or datetime.now(UTC)
    # Before anything is read: a certificate that cannot be used shall not cost an hour of hashing.
    signer.check(now)
    _check_spec(signer, request.spec)
    for actor in actors:
        actor.check(now)
    trust = trust or TrustConfig.none()
    kept: tuple[str, ...] = ()
    if not isinstance(request.statement, Disclosure):
        updated, kept = _as_update(destination, source, request, signer, actors, trust, progress)
        if updated is not None:
            return updated
    seals = partial(Seal, request.stamping, anchors=trust.tsa_anchors)
    signers = _Signers(
        seals(signer, staples=request.staples),
        tuple((actor, seals(actor.signer, staples=actor.staples)) for actor in actors),
    )
    # The source is closed before the output takes its place.
    with destination.open(source) as (outputs, file, beside), open_source(source) as opened:
        located = _locate(opened, destination)
        if request.wraps and file is not None:
            located = _wrapped(located)
        subject = _examine(source, located, destination, request, trust, now)
        if request.requires_valid_source:
            for flaw in _flaws(subject.histories):
                raise SigningError(flaw)
        layout = located.layout
        embeds = file is not None and destination.embeds
        # What programs will stumble over: ID3 tags that c2pa-rs cannot follow, for one.
        caveats = tuple(located.container.caveats(located.source, layout)) if embeds else ()
        bound = _bind(located, request, destination)
        prepare = partial(
            _prepare, bound, destination, request=request, signers=signers, title=file_name(source)
        )
        try:
            prepared = prepare(subject)
        except (Malformed, UnsupportedFormat, LimitExceeded) as error:
            if not subject.marks.is_optional:
                raise
            # Without them the same error is about something else, and is raised again.
            content, marks = _declare(request, located, destination, now, reason=str(error))
            subject = subject._replace(content=content, marks=marks)
            prepared = prepare(subject)
        if isinstance(request.statement, Definition):
            caveats += check_definition(prepared.drafted, trust, now)
        asset = prepared.asset
        # Of what is too much to look at, `verify` would say that it is unproven.
        external(asset)
        plans = bound.binding.plans(asset, bound.terms)
        if file and prepared.splice:
            values = file.fill(prepared.splice, plans, progress=progress)
            values += write_fragments(
                asset,
                destination.fragments,
                bound.terms,
                outputs=outputs,
                progress=progress,
            )
        else:
            values = digests(asset.source, plans, progress=progress)
        # The only place where the key of the claim is used. A key in a token may ask for a touch, a
        # service takes money for each signature.
        finished = _seal(prepared, bound, values, signers.seal)
        if request.compresses:
            finished = _compress(prepared.drafted, finished)
        if file and prepared.place:
            _embed(file, asset, _fit(finished, prepared.place))
        if beside:
            # After the asset: when both appear, its hash is known to fit.
            beside.fill(whole(BytesSource(finished)), ())
    before = subject.parent
    caveats += tuple(f"{flaw}: you vouch for it now" for flaw in _flaws(subject.histories))
    seals_used = (signers.seal, *(own for _, own in signers.actors))
    problems = [each for made in seals_used for each in made.problems]
    return SignedAsset(
        media_type=layout.media_type,
        label=prepared.drafted.label,
        size=asset.source.size,
        store=finished,
        parent=before.active.label if before and before.active else None,
        timestamp=signers.seal.timestamp,
        warnings=(
            *kept,
            *subject.content.warnings,
            *subject.marks.warnings,
            *caveats,
            *problems,
        ),
        carriers=("c2pa", *subject.marks.carriers),
    )


def _flaws(histories: Sequence[History]) -> Iterator[str]:
    """The ingredients whose own credentials are invalid, a line each.

    The format allows it, and the new signature holds: who looks at the result has to be told by the
    one who signs.
    """
    for each in histories:
        if each.flaw:
            title = each.about.get("dc:title")
            name = f"ingredient {title!r}" if each.relationship != PARENT_OF else "source"
            yield f"the credentials of the {name} are invalid ({each.flaw})"


def _sign_marked(
    destination: Destination,
    source: Readable,
    request: SignRequest,
    signer: Signer,
    actors: Sequence[Actor],
    trust: TrustConfig | None,
    progress: Progress | None,
) -> SignedAsset:
    """The signed copy of what a watermark made of the source."""
    from aidisclose.signing import watermarking

    marked = watermarking.embed(source, request)
    asset = sign_to(
        destination,
        marked.source,
        request=marked.request,
        signer=signer,
        actors=actors,
        trust=trust,
        progress=progress,
    )
    return replace(asset, noise=marked.noise, warnings=(*asset.warnings, *marked.warnings))


def _as_update(
    destination: Destination,
    source: Readable,
    request: SignRequest,
    signer: Signer,
    actors: Sequence[Actor],
    trust: TrustConfig,
    progress: Progress | None,
) -> tuple[SignedAsset | None, tuple[str, ...]]:
    """An update, if that is what is asked for, or what a redaction has to be (C2PA 2.2 §6.8).

    Returns also why a redaction is written in a standard manifest instead, a line.
    """
    from aidisclose.signing import update_manifest

    statement, content = request.statement, None
    if isinstance(statement, Definition):
        content = statement.read()
        others = (
            *(request.parent, *request.ingredients, *request.soft_bindings, request.binding),
            *(destination.remote, request.thumbnail or None),
        )
        # An update manifest cannot have them (C2PA 2.2 §11.2.3): no hard binding, no other
        # ingredient.
        if any(item is not None for item in others) or not only_redacts(content):
            return None, ()
    try:
        made = update_manifest.update_to(
            destination,
            source,
            request=request,
            signer=signer,
            actors=actors,
            trust=trust,
            progress=progress,
        )
    except update_manifest.NotUpdatable as error:
        if content is None:
            raise
        return None, (f"the redaction is not an update manifest: {error}",)
    return made, ()


def _check_spec(signer: Signer, spec: Spec) -> None:
    """Refuse an algorithm that validators of this version of the specification refuse.

    Raises:
        UsageError: It is one.
    """
    if signer.alg in NEWER and not spec.has((2, 5)):
        raise UsageError(f"{signer.alg} exists since C2PA 2.5: ask for that version (spec 2.5)")


def _locate(opened: Source, destination: Destination) -> Asset:
    """The source as its container finds it.

    Raises:
        SigningError: It carries credentials that are damaged, or that would count although it is
            not written.
    """
    container, layout = locate_source(opened, destination)
    refuse_damaged(layout)
    if destination.output is None and layout.stores:
        # Readers look into the file first (C2PA 2.2 §15.5.2): they would find the old store, and
        # never ask for the one beside it.
        message = "the source carries credentials in it, which would count"
        raise SigningError(f"{message}; give an output, which will be without")
    fragments = tuple(part for part, _ in destination.fragments)
    return Asset(opened, layout, container, fragments=fragments)


def _wrapped(asset: Asset) -> Asset:
    """The same, in a form of its format that has a place for a store."""
    form = asset.container.wrap(asset.source, asset.layout)
    if form is None:
        return asset
    return asset._replace(source=form, layout=asset.container.scan(form))


def _examine(
    source: Readable,
    asset: Asset,
    destination: Destination,
    request: SignRequest,
    trust: TrustConfig,
    now: datetime,
) -> _Subject:
    """The declaration about the source, and its origin."""
    content, marks = _declare(request, asset, destination, now)
    content = content.with_soft_bindings(request.soft_bindings)
    if request.thumbnail:
        from aidisclose.signing import thumbnail

        content = thumbnail.add(content, asset.source)
    origin, components = _split_parent(request.parent, (*content.components, *request.ingredients))
    examiner = Examiner(trust=trust, now=now)
    parent = examiner.parent(asset, source, origin)
    histories = (*filter(None, [parent]), *map(examiner.component, components))
    if isinstance(request.statement, Disclosure):
        _refuse_hidden(request.statement, histories)
        warnings = _denied_marks(request.statement, asset)
        marks = marks._replace(warnings=(*marks.warnings, *warnings))
    return _Subject(asset, content, marks, histories, parent, origin is None)


def _bind(asset: Asset, request: SignRequest, destination: Destination) -> _Bound:
    """The hard binding that is asked for, or that suits the format."""
    terms = BindingTerms(_ALG, request.spec)
    name = request.binding or asset.container.binding
    if request.compresses and name != _BMFF_HASH:
        # C2PA 2.5 §16.3.1: not with a data hash. Other formats have no place for the rest.
        raise UnsupportedFormat("compressed manifests are for ISO media (MP4, HEIF), and updates")
    if destination.fragments:
        return _Bound(_BMFF_HASH, FRAGMENTED, terms)
    return _Bound(name, BINDINGS[name], terms)


def _prepare(
    bound: _Bound,
    destination: Destination,
    subject: _Subject,
    *,
    request: SignRequest,
    signers: _Signers,
    title: str | None,
) -> _Prepared:
    """The file around a draft of the store; nothing is written yet.

    Arguments:
        bound: The hard binding.
        destination: The place where the result goes.
        subject: The source and what is declared of it.
        request: The declaration, and its form.
        signers: The keys that sign.
        title: The name of the asset, if neither request nor content gives one.

    Raises:
        Malformed: The result would not be what was asked, or would say something else than before.
        UnsupportedFormat: The same, and only the store was to be put into it.
        LimitExceeded: The result would exceed its format.
    """
    asset, marks = subject.asset, subject.marks
    sized = asset
    if bound.name == _BOX_HASH and marks.edits() != Edits(KEEP):
        # It lists all boxes, so its size depends on theirs.
        # With the marks, and without the store: boxes of the store are one entry, whatever its
        # size.
        sized = _rewritten(asset, marks.edits(None))
    room = Reserved(bound.name, bound.binding.size(sized, bound.terms), signers.seal.size)
    drafted = draft(
        subject.content,
        subject.histories,
        room,
        title=request.title or subject.content.title or title,
        media_type=asset.layout.media_type,
        spec=request.spec,
        is_resaved=subject.is_resaved,
    )
    drafted = name_actors(drafted, signers.actors)
    if destination.output is None:
        return _Prepared(asset, drafted, room)
    placed = None
    if destination.embeds:
        # Where a length of the container's is hashed with the content, a store can never become
        # larger without breaking its own hash.
        keeps_size = asset.container.fixes_size(asset.source, asset.layout)
        free = request.update_room if keeps_size else 0
        placed = _placeholder(drafted, request) + bytes(free)
    edits = marks.edits(placed)
    splice = in_memory(asset.container.rewrite(asset.source, asset.layout, edits))
    layout = _confirmed(asset, splice, edits)
    asset = asset._replace(source=splice, layout=layout)
    _refuse_stray(asset)
    return _Prepared(asset, drafted, room, splice, len(placed or b""))


def _confirmed(asset: Asset, splice: Source, edits: Edits) -> Layout:
    """The layout of the file to be written, in which all is as it was but for what was asked.

    Raises:
        UnsupportedFormat: It is not, and only the store was to be put into it.
        Malformed: It is not.
        LimitExceeded: There is too much to compare.
    """
    try:
        return readback.confirm(asset.container, asset.source, asset.layout, splice, edits)
    except Malformed as error:
        if edits._replace(store=KEEP) != Edits(KEEP):
            raise
        # Our writing of it failed, not the file: its credentials can be kept apart from it.
        raise UnsupportedFormat(f"{error}; keep the store beside the file: --sidecar") from None


def _seal(prepared: _Prepared, bound: _Bound, values: Sequence[bytes], seal: Seal) -> bytes:
    """The finished store: the draft with the hash of the content, and signed."""
    size = prepared.room.binding_size
    encoded = bound.binding.encode(prepared.asset, bound.terms, values, size)
    return prepared.drafted.assemble(encoded, seal.sign)


def _placeholder(drafted: Draft, request: SignRequest) -> bytes:
    """A store as large as the finished one.

    How far a manifest can be compressed is known when it is signed; never less than with chance in
    the place of hash and signature.
    """
    if not request.compresses:
        return drafted.placeholder()
    noise = drafted.assemble(
        os.urandom(drafted.binding_size),
        lambda _: os.urandom(drafted.signature_size),
        # Assertions of actors are blank until their own keys sign, too.
        blank=os.urandom,
    )
    return _compress(drafted, noise) + bytes(_COMPRESSION_ROOM)


def _compress(drafted: Draft, assembled: bytes) -> bytes:
    """The same store with its newest manifest compressed."""
    newest = store.parse(assembled).manifests[drafted.label].box.whole
    return jumbf.superbox(
        store.STORE, "c2pa", [*drafted.previous, compression.compress(bytes(newest))]
    )


def _fit(finished: bytes, size: int) -> bytes:
    """The store and zeros behind it, as many bytes as it has a place for."""
    if len(finished) > size:
        raise SigningError("the compressed manifest is larger than expected; sign without")
    # Zeros, as validators accept nothing else behind a store.
    return finished.ljust(size, b"\0")


def _declare(
    request: SignRequest,
    asset: Asset,
    destination: Destination,
    now: datetime,
    *,
    reason: str | None = None,
) -> tuple[ManifestContent, Marks]:
    """The content of the manifest, and the marks besides it.

    Arguments:
        request: The declaration, and its form.
        asset: The file.
        destination: The place where the result goes.
        now: The time of the declaration.
        reason: The reason why the optional marks are left out, if they are.
    """
    marks = Marks()
    if isinstance(request.statement, Definition):
        content = request.statement.read()
    elif isinstance(request.statement, Disclosure):
        disclosure, warnings = with_recorded(request.statement, asset)
        if destination.output is not None:
            marks = mark(asset, disclosure, xmp=request.xmp)
        if reason is not None:
            marks = leave_out(marks, asset, reason=reason)
        marks = marks._replace(warnings=(*warnings, *marks.warnings))
        when = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        content = from_disclosure(disclosure, when=when, spec=request.spec, carriers=marks.carriers)
    else:
        raise UsageError("an update is written by update_to")
    if destination.remote is not None:
        marks = refer(marks, asset, destination.remote)
    return content, marks


def _embed(file: Output, asset: Asset, encoded: bytes) -> None:
    """Put the finished store into the place of what was drafted."""
    [embedded] = asset.layout.stores
    file.patch(embedded.frame.start, asset.container.frame(encoded))
    if embedded.checksum:
        file.patch(embedded.checksum.start, zlib.crc32(encoded).to_bytes(4, "little"))


def _refuse_stray(asset: Asset) -> None:
    """Refuse a file whose offsets lead into the embedded store.

    Raises:
        UnsupportedFormat: They do.
        LimitExceeded: There are too many to tell.
    """
    try:
        reason = stray(asset)
    except LimitExceeded as error:
        # Beside the file, the store is not where anything could lead.
        raise LimitExceeded(f"{error}; keep the store beside the file: --sidecar") from None
    if reason:
        raise UnsupportedFormat(
            f"{reason}; repair the file, or keep the store beside it: --sidecar"
        )


def _refuse_hidden(disclosure: Disclosure, histories: Sequence[History]) -> None:
    """Refuse to sign as made without AI what is made of something that says otherwise."""
    if disclosure.ai != "none" or disclosure.opens:
        return
    for history in histories:
        if history.relationship not in _INSTEAD:
            continue
        for said in (history.declared.ai, history.declared.unproven):
            if said not in (AI.NONE, AI.UNDECLARED):
                title = history.about.get("dc:title")
                message = f"ai is none, but the ingredient {title} says {said.value}"
                raise SigningError(f"{message}: {_INSTEAD[history.relationship]}")


def _denied_marks(disclosure: Disclosure, asset: Asset) -> Iterator[str]:
    """A warning for each trace of a generator in a file that is declared made without AI.

    Raises:
        SigningError: A mark of the file says that AI was used.
    """
    if disclosure.ai != "none" or disclosure.opens:
        return
    from aidisclose.validate import contradictions  # few files are declared so

    found = carriers.read(asset.source, asset.layout)
    for item in contradictions.statements(Declared(), found):
        if item.is_ai:
            message = f"ai is none, but {item.who} says {item.what}"
            raise SigningError(f"{message}; if that is wrong, correct it first")
    traces = list(contradictions.traces(found))
    if not traces:
        from aidisclose.validate import mention

        with suppress(Unreadable, UnsupportedFormat):  # `verify` says that it is not known
            traces += mention.find(asset.source, asset.layout)
    for where, name in traces:
        yield f"ai is none, but {where} names {name}: readers will see both"


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
