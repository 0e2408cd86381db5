"""Writing an update manifest: the content of the asset stays as it is, and stays bound.

An update manifest has no binding of its own. Validators follow it to the manifest that it updates,
whose hash has to hold although the store has grown. So nothing is computed here about that: the
updated file is validated like any other, before anything is signed, and refused if that hash does
not hold any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from aidisclose import limits
from aidisclose.bindings.binding import Asset
from aidisclose.codec import cose, jumbf
from aidisclose.containers import EmbeddedStore, read_store
from aidisclose.containers.container import BoxTreed
from aidisclose.errors import SigningError, UnsupportedFormat, UsageError
from aidisclose.io.digest import Progress
from aidisclose.io.output import Outputs
from aidisclose.io.source import BytesSource, Readable, Source, open_source
from aidisclose.io.splice import Splice, in_memory, whole
from aidisclose.manifest import store as stores
from aidisclose.manifest import uri
from aidisclose.manifest.draft import Draft, reference_to
from aidisclose.manifest.store import Store
from aidisclose.manifest.uri import HashedURI
from aidisclose.named import NamedTuple
from aidisclose.signing import tsa
from aidisclose.signing.actor import Actor, name_actors
from aidisclose.signing.asset import SignedAsset
from aidisclose.signing.composition import Reserved, draft
from aidisclose.signing.compression import compress
from aidisclose.signing.definition import Definition
from aidisclose.signing.destination import Destination, locate_source
from aidisclose.signing.history import Examiner, History, file_name, refuse_damaged
from aidisclose.signing.manifest_content import ManifestContent
from aidisclose.signing.request import SignRequest
from aidisclose.signing.revocation import fetch_status
from aidisclose.signing.seal import Seal
from aidisclose.signing.signer import Signer
from aidisclose.signing.update import Update, compose
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.validator import Validation, validate

#: Failures that do not hinder an update: whether the signer is trusted is the user's to say.
_TOLERATED: Final = frozenset({"signingCredential.untrusted"})
#: Nor does what is wrong with actors change the state of an asset.
_OF_ACTORS: Final = "cawg."


class NotUpdatable(SigningError):
    """The file has no credentials that could be updated, or has no room for more of them."""


class _Evidence(NamedTuple):
    """Proofs about signatures of earlier manifests, and the problems in getting them."""

    time_stamps: dict[str, bytes]
    responses: tuple[bytes, ...] = ()
    problems: tuple[str, ...] = ()


def update_to(
    destination: Destination,
    source: Readable,
    *,
    request: SignRequest,
    signer: Signer,
    actors: Sequence[Actor] = (),
    trust: TrustConfig,
    progress: Progress | None = None,
) -> SignedAsset:
    """Write a copy of `source` whose credentials are updated, or the store that was beside it.

    Arguments:
        destination: The place where the result goes.
        source: A file with credentials that hold, in it or beside it. Fragments of the
            destination continue it, and are copied as they are.
        request: The addition to the credentials.
        signer: Certificate chain and key.
        actors: The actors that the update names besides its signer; they refer to the hard binding
            that it has from the manifest which it updates.
        trust: The choice of whom to trust when the credentials are validated, and for time stamps.
        progress: Called with the number of bytes written.

    Raises:
        UsageError: The request does not suit the destination.
        NotUpdatable: There are no credentials that hold, or what was signed would not any more.
        AidiscloseError: See `signing.flow.sign`.
        OSError: A file cannot be read or written.
    """
    _check(destination)
    now = request.at or datetime.now(UTC)
    with destination.open(source) as (outputs, file, beside), open_source(source) as opened:
        asset, found = _find(opened, source, destination, Examiner(trust=trust, now=now))
        before = _believable(found)
        content, problems = _compose(before, request, trust, now)
        seals = partial(Seal, request.stamping, anchors=trust.tsa_anchors)
        seal = seals(signer, staples=request.staples)
        named = [(actor, seals(actor.signer, staples=actor.staples)) for actor in actors]
        drafted = draft(
            content,
            [before.history],
            Reserved("", 0, seal.size),
            title=request.title or content.title or before.title or file_name(source),
            media_type=asset.layout.media_type,
            spec=request.spec,
            is_resaved=True,
        )
        drafted = name_actors(drafted, named, binding=before.binding if named else None)
        placement = _Placement(asset, before, drafted)
        # As long as the real one, so that whether it fits is known before a key is used.
        blank = drafted.manifest(b"", lambda _: bytes(seal.size), blank=bytes)
        placement.check(blank, trust, now)
        manifest = drafted.manifest(b"", seal.sign)
        if request.compresses:
            manifest = compress(manifest)
        finished = placement.store(manifest)
        size = opened.size
        if file:
            splice = placement.place(manifest)
            _copy(destination, outputs, progress)
            file.fill(splice, (), progress=progress)
            size = splice.size
        if beside:
            beside.fill(whole(BytesSource(finished)), ())
    return SignedAsset(
        media_type=asset.layout.media_type,
        label=drafted.label,
        size=size,
        store=finished,
        parent=before.store.active.label,
        timestamp=seal.timestamp,
        warnings=(
            *content.warnings,
            *before.warnings,
            *problems,
            *(each for made in (seal, *(own for _, own in named)) for each in made.problems),
        ),
        is_update=True,
    )


def _check(destination: Destination) -> None:
    if destination.remote is not None:
        raise UsageError("an update leaves the file as it is, without a remote address in it")


def _copy(destination: Destination, outputs: Outputs, progress: Progress | None) -> None:
    """Copy the fragments as they are."""
    for part, target in destination.fragments:
        with outputs.open_one_of_many(target) as output, open_source(part) as source:
            output.fill(whole(source), (), progress=progress)


def _find(
    opened: Source, source: Readable, destination: Destination, examiner: Examiner
) -> tuple[Asset, History | None]:
    """The source, and what it carries or has beside it."""
    container, layout = locate_source(opened, destination)
    refuse_damaged(layout)
    fragments = tuple(part for part, _ in destination.fragments)
    asset = Asset(opened, layout, container, fragments=fragments)
    if destination.embeds and not layout.stores:
        raise NotUpdatable("the file carries no credentials in it that could be updated")
    if not destination.embeds and layout.stores:
        raise NotUpdatable("the credentials are in the file: update them there, without a sidecar")
    return asset, examiner.parent(asset, source, None)


class _Before(NamedTuple):
    """The credentials that are updated.

    Attributes:
        history: As an ingredient of what updates them.
        store: The store.
        found: The result of validating it.
    """

    history: History
    store: Store
    found: Validation

    @property
    def warnings(self) -> Iterator[str]:
        """A warning if the user does not trust who signed them.

        Validators judge the signer of the update, who vouches for what he updates.
        """
        signature = self.found.signatures.get(self.store.active.label)
        if any(status.code in _TOLERATED for status in self.found.active.failure):
            signer = signature.signer.common_name if signature and signature.signer else "somebody"
            yield f"you do not trust {signer!r}, whose credentials you update and now vouch for"

    @property
    def binding(self) -> HashedURI:
        """The reference to the hard binding that counts: that of the manifest which is updated.

        Raises:
            NotUpdatable: There is none.
        """
        url = self.found.content.binding if self.found.content else ""
        target = uri.parse(url)
        if target is None or target.manifest is None:
            raise NotUpdatable("nothing binds the credentials of the file to its content")
        return reference_to(self.store.manifests[target.manifest], *target.path)

    @property
    def title(self) -> str | None:
        """The name of the asset."""
        return self.store.active.claim.title


def _believable(found: History | None) -> _Before:
    """The credentials of a file, which have to hold: an update would not make them better.

    Raises:
        NotUpdatable: There are none, or they do not hold.
    """
    if found is None or found.store is None or found.validation is None:
        raise NotUpdatable("the file has no credentials that could be updated")
    failures = _failures(found.validation)
    if failures:
        message = "the credentials of the file do not hold, which an update cannot change"
        raise NotUpdatable(f"{message}: {failures[0]}")
    return _Before(found, found.store, found.validation)


def _compose(
    before: _Before, request: SignRequest, trust: TrustConfig, now: datetime
) -> tuple[ManifestContent, tuple[str, ...]]:
    """The content of the update manifest, and the problems in making it, a line each."""
    match request.statement:
        case Definition() as definition:
            return definition.read(), ()
        case Update() as update:
            evidence = _collect(update, before, request, trust, now)
            content = compose(
                update,
                before.store,
                time_stamps=evidence.time_stamps,
                responses=evidence.responses,
            )
            return content, evidence.problems
    raise UsageError("an update does not declare what part AI had: sign the asset for that")


def _failures(found: Validation, *, apart_from: Collection[str] = ()) -> list[str]:
    """The failures as text, but for those about some boxes."""
    below = (each for item in found.deltas for each in item.results.failure)
    return [
        f"{each.explanation or each.code} ({each.code})"
        for each in (*found.active.failure, *below)
        if each.code not in _TOLERATED
        and not each.code.startswith(_OF_ACTORS)
        and each.url not in apart_from
    ]


def _collect(
    update: Update, before: _Before, request: SignRequest, trust: TrustConfig, now: datetime
) -> _Evidence:
    """Time stamps and OCSP responses for the signatures of the asset.

    Raises:
        SigningError: A time stamp is asked for and there is none, or a certificate is revoked.
    """
    time_stamps: dict[str, bytes] = {}
    responses: dict[bytes, None] = {}
    problems: list[str] = []
    for label, signature in before.found.signatures.items():
        if update.stamps and not (signature.timestamp and signature.timestamp.is_trusted):
            if len(time_stamps) == limits.TIMESTAMPS_ADDED:
                # Each is a request to an authority, and a history can have hundreds of manifests.
                problems.append(f"no more than {limits.TIMESTAMPS_ADDED} signatures are stamped")
                break
            time_stamps[label] = _stamp(before.store, label, request, trust)
        if update.certificate_status and signature.chain:
            status = fetch_status(signature.chain, trust=trust, at=now)
            responses |= dict.fromkeys(status.responses)
            problems += status.problems
    if update.stamps and not time_stamps:
        problems.append("every signature has a time stamp already")
    if update.certificate_status and not responses:
        reason = problems[-1] if problems else "no certificate names a responder"
        raise SigningError(f"there is no certificate status to add: {reason}")
    return _Evidence(time_stamps, tuple(responses), tuple(problems))


def _stamp(store: Store, label: str, request: SignRequest, trust: TrustConfig) -> bytes:
    """A TimeStampToken on the signature of one manifest.

    The bare signature is stamped: it is what the other implementations check. C2PA 2.5 §16.7.2.3
    can be read as its Sig_structure, which is accepted when it is read.
    """
    found = tsa.stamp(
        cose.parse(store.manifests[label].signature_content or b"").signature,
        request.stamping.authorities,
        anchors=trust.tsa_anchors,
        room=limits.TIMESTAMP_SIZE,
        required=True,
    )
    if found.stamp is None:
        raise SigningError(f"there is no time stamp: {'; '.join(found.problems)}")
    return found.stamp.token


class _Placement:
    """The place of the updated store, which leaves what was signed as it was.

    Arguments:
        asset: The file.
        before: The credentials that it carries.
        drafted: The new manifest, and those before it.
    """

    def __init__(self, asset: Asset, before: _Before, drafted: Draft) -> None:
        self._asset = asset
        self._previous = drafted.previous
        self._label = drafted.label
        self._late = [each.label for each in drafted.late]
        self._embedded = next(iter(asset.layout.stores), None)
        self._first = len(before.store.manifests)
        if isinstance(asset.container, BoxTreed) and self._embedded is not None:
            piece = self._embedded.pieces[0]
            # In BMFF the first box keeps the manifests that were there, byte for byte, and a box
            # `update` at the end has those that came later (C2PA 2.5 §A.5): what was hashed between
            # them does not move.
            parsed = stores.parse(asset.source.read_at(piece.start, piece.length))
            self._first = len(parsed.manifests)

    def store(self, manifest: bytes) -> bytes:
        """The whole store with a new manifest, as long as the one before where that is possible."""
        whole_store = _store([*self._previous, manifest])
        asset = self._asset
        if self._embedded is None or not asset.container.fixes_size(asset.source, asset.layout):
            return whole_store
        size = len(read_store(asset.source, self._embedded))
        if len(whole_store) > size:
            raise NotUpdatable(
                f"the size of the manifest store is signed in this file, and "
                f"{len(whole_store) - size:,} bytes are missing: sign the original with room for "
                "updates (--update-room)"
            )
        # Zeros, as validators accept nothing else behind a store.
        return whole_store.ljust(size, b"\0")

    def place(self, manifest: bytes) -> Splice:
        """The updated file, unwritten; the file itself if its store is beside it."""
        asset = self._asset
        if self._embedded is None:
            return whole(asset.source)
        parts = (
            _store(self._previous[: self._first]),
            _store([*self._previous[self._first :], manifest]),
        )
        return in_memory(
            asset.container.extend(asset.source, asset.layout, self.store(manifest), parts)
        )

    def check(self, manifest: bytes, trust: TrustConfig, now: datetime) -> None:
        """Check that everything but the missing signature would hold.

        Raises:
            NotUpdatable: The hash of the content would not.
            SigningError: Something else would not.
        """
        splice = self.place(manifest)
        container = self._asset.container
        # Read back from what will be written: only that shows whether readers find one store.
        layout = container.scan(splice) if self._embedded else self._asset.layout
        refuse_damaged(layout)
        data = self._written(splice, layout.stores, manifest)
        asset = self._asset._replace(source=splice, layout=layout)
        found = validate(stores.parse(data), asset=asset, trust=trust, at=now, online=False)
        # Those boxes are still blank: what they lack, `seal` adds.
        missing = {
            uri.absolute(self._label, uri.SIGNATURE),
            *(uri.absolute(self._label, uri.ASSERTIONS, name) for name in self._late),
        }
        # Validated before the key is used, with the file that would be written: nothing is signed
        # that nobody could verify.
        if failures := _failures(found, apart_from=missing):
            if found.content is not None and found.content.is_match:
                raise SigningError(f"the update would not be valid: {failures[0]}")
            raise NotUpdatable(
                "the manifest store cannot grow in this file without changing what was signed: "
                f"{failures[0]}"
            )

    def _written(self, splice: Splice, found: Sequence[EmbeddedStore], manifest: bytes) -> bytes:
        if self._embedded is None:
            return self.store(manifest)
        if len(found) != 1:
            raise UnsupportedFormat("the updated manifest store cannot be read back")
        return read_store(splice, found[0])


def _store(manifests: Sequence[bytes]) -> bytes:
    return jumbf.superbox(stores.STORE, "c2pa", manifests)
