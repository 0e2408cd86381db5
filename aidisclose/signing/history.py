"""The history of an asset: what its ingredients carry, and the results of validating them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from aidisclose import limits
from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import Asset
from aidisclose.containers import Layout, locate, read_store
from aidisclose.containers import sidecar as sidecars
from aidisclose.errors import Malformed, SigningError, Unreadable, about
from aidisclose.frozen import dataclass, field, replace
from aidisclose.io.source import Readable, open_source
from aidisclose.manifest import declared, ingredient, store, uri
from aidisclose.manifest.declared import Declared
from aidisclose.manifest.draft import reference_to
from aidisclose.manifest.ingredient import PARENT_OF
from aidisclose.manifest.lineage import trace
from aidisclose.manifest.store import Assertion, Manifest, Store
from aidisclose.signing.manifest_content import Component
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.report import state_of
from aidisclose.validate.state import TOLERATED, State
from aidisclose.validate.status import Results
from aidisclose.validate.validator import Validation, validate


@dataclass(frozen=True, kw_only=True)
class History:
    """An ingredient as it enters a new manifest.

    Attributes:
        relationship: `parentOf`, `componentOf` or `inputTo`.
        identifier: The id by which actions refer to it.
        store: The manifest store that it carries, if any.
        results: The results of validating that.
        media_type: The media type of its file, if there is one.
        about: Other fields about it, such as `dc:title`.
        declared: The declarations that it makes about AI.
        validation: The same as `results`, with what was learnt about every signature.
    """

    relationship: str = PARENT_OF
    identifier: str = ""
    store: Store | None = None
    results: dict[str, object] = field(default_factory=dict)
    media_type: str | None = None
    about: Mapping[str, object] = field(default_factory=dict)
    declared: Declared = Declared()
    validation: Validation | None = field(default=None, repr=False, compare=False)

    @property
    def active(self) -> Manifest | None:
        """Its active manifest."""
        return self.store.active if self.store else None

    @property
    def flaw(self) -> str:
        """The code of the first failure, if the credentials that it carries are invalid."""
        if self.validation is None or state_of(self.validation) is not State.INVALID:
            return ""
        failures = list(self.validation.active.failure)
        failures += [each for delta in self.validation.deltas for each in delta.results.failure]
        codes = [each.code for each in failures if each.code not in TOLERATED]
        return next(iter(codes), "unproven")

    def write(self) -> dict[str, object]:
        """The content of its ingredient assertion.

        Raises:
            SigningError: Its active manifest has no readable claim or signature.
        """
        fields: dict[str, object] = {"relationship": self.relationship, **self.about}
        if self.media_type:
            fields["dc:format"] = self.media_type
        if self.active is not None:
            try:
                fields["instanceID"] = self.active.claim.instance_id
                # Where an assertion of the ingredient is redacted later, its manifest has another
                # hash, and this one still holds (C2PA 2.2 §15.11.3.3.1).
                signature = reference_to(self.active, uri.SIGNATURE)
            except (Malformed, KeyError):
                message = "the source carries credentials without a readable claim or signature"
                raise SigningError(f"{message}; sign the original instead") from None
            # Without it c2pa-rs calls an ingredient v3 with a manifest malformed.
            fields["validationResults"] = self.results
            fields["activeManifest"] = reference_to(self.active).encode()
            fields["claimSignature"] = signature.encode()
        return fields


@dataclass(frozen=True, kw_only=True)
class Examiner:
    """Reads what ingredients carry, and validates it.

    Attributes:
        trust: The choice of whom to trust.
        now: The time that counts as now, with time zone.
    """

    trust: TrustConfig
    now: datetime

    def parent(
        self, asset: Asset, source: Readable, parent: Readable | Component | None
    ) -> History | None:
        """The origin of an asset, if it is known; the file may carry nothing.

        Arguments:
            asset: The asset.
            source: The place that it was read from.
            parent: The file or component that was named as its parent; itself if nothing was.

        Raises:
            SigningError: It has two parents, or what one carries cannot be read.
            AidiscloseError: The parent cannot be read.
            OSError: The same.
        """
        if parent is None:
            found = self._examine(asset, source)
            return found if found.store else None
        if asset.layout.stores:
            message = "the source carries credentials itself; it cannot have another parent"
            raise SigningError(message)
        if isinstance(parent, Component):
            return self.component(parent)
        return replace(self._file(parent), about=_titled(file_name(parent)))

    def component(self, component: Component) -> History:
        """The origin of a component.

        Raises:
            SigningError: Its credentials cannot be read.
            AidiscloseError: It cannot be read.
            OSError: The same.
        """
        if component.path is None:
            found = History()
        elif component.is_store:
            with about(str(component.path)):
                found = self._judge(_parse(sidecars.read(component.path)), asset=None)
        else:
            found = self._file(component.path)
        return replace(
            found,
            relationship=component.relationship,
            identifier=component.identifier,
            about={**found.about, **component.about},
        )

    def _file(self, source: Readable) -> History:
        with open_source(source) as opened:
            container, layout = locate(opened, detached=sidecars.find(source) is not None)
            refuse_damaged(layout)
            return self._examine(Asset(opened, layout, container), source)

    def _examine(self, asset: Asset, source: Readable) -> History:
        layout = asset.layout
        if layout.stores:
            found = self._judge(_parse(read_store(asset.source, layout.stores[0])), asset=asset)
        else:
            parsed = _beside(source)
            if parsed is None:
                return History(media_type=layout.media_type)
            found = self._judge(parsed, asset=asset, beside=True)
        return replace(found, media_type=layout.media_type)

    def _judge(self, parsed: Store, *, asset: Asset | None, beside: bool = False) -> History:
        found = validate(parsed, asset=asset, trust=self.trust, at=self.now, online=False)
        # Otherwise the credentials of another picture, put there under the right name, would become
        # the history of this one.
        if beside and not _is_about(found):
            return History()
        # One deeper with the new manifest on top: the result would not validate.
        if found.depth >= limits.INGREDIENT_DEPTH:
            message = f"the file has a history of {found.depth} files, more than validators"
            raise SigningError(f"{message} follow; sign the original instead")
        results: dict[str, object] = {"activeManifest": found.active.encode()}
        if deltas := list(_deltas(found, parsed)):
            results["ingredientDeltas"] = deltas
        return History(
            store=parsed,
            results=results,
            about=_titled(_title(parsed.active)),
            declared=declared.read(found.believed, parsed),
            validation=found,
        )


def _deltas(found: Validation, parsed: Store) -> Iterator[dict[str, object]]:
    """The results about ingredients of an ingredient that are not recorded further down.

    That a reference holds, each manifest records of the one below it. To repeat it in all that come
    later would make a history of n files grow with n². Failures are always repeated.
    """
    # Recorded statuses are a stranger's word. They only keep a success from being said twice;
    # failures are repeated whatever is recorded, as two changes of one assertion have the same code
    # and URI.
    known = {
        item
        for manifest in parsed.manifests.values()
        for assertion in manifest.assertions.values()
        if assertion.parts.name == ingredient.NAME
        for item in _recorded(assertion)
    }
    for delta in found.deltas:
        results = delta.results
        news = Results(
            success=tuple(item for item in results.success if (item.code, item.url) not in known),
            informational=tuple(
                item for item in results.informational if (item.code, item.url) not in known
            ),
            failure=results.failure,
        )
        if any(news):
            yield {"ingredientAssertionURI": delta.url, "validationDeltas": news.encode()}


def _recorded(assertion: Assertion) -> frozenset[tuple[str, str]]:
    try:
        return ingredient.decode(assertion).recorded
    except Unreadable:
        return frozenset()


def refuse_damaged(layout: Layout) -> None:
    """Check that a file carries at most one manifest store, in one piece.

    Raises:
        SigningError: It carries several, or damaged ones.
    """
    # Two stores, or half a one, count as no manifest (C2PA 2.2 §15.5.2.1). To sign over that would
    # carry on a history that other validators do not see.
    if layout.problems:
        problem = layout.problems[0]
        message = f"the file carries damaged credentials: {problem.reason}"
        raise SigningError(f"{message} (at offset {problem.offset}); sign the original instead")
    if len(layout.stores) > 1:
        message = f"the file carries {len(layout.stores)} manifest stores, where one is permitted"
        raise SigningError(f"{message}; sign the original instead")


def merge(histories: Iterable[History]) -> tuple[bytes, ...]:
    """The manifests of all ingredients and of what they were made from, each once.

    Others in their stores are left out. No hash would cover them, so anybody could write there
    whatever something in the file leads readers to.

    Raises:
        SigningError: Two are different, but have the same label: one of them was redacted, or only
            its signature's unsigned part was changed. Both cannot be in one store.
    """
    found: dict[str, bytes] = {}
    for history in histories:
        if history.store is None:
            continue
        lineage = trace(history.store)
        for name, item in history.store.manifests.items():
            if name not in lineage.nodes:
                continue
            encoded = bytes(item.box.whole)
            # c2pa-rs gives the second one a new label with a version and a reason (C2PA 2.2 §8.2).
            # That breaks whatever refers to it by its label and hash, so it is refused here.
            if found.setdefault(name, encoded) != encoded:
                message = f"two ingredients carry different versions of the manifest {name}"
                raise SigningError(f"{message}; leave one of them out")
    return tuple(found.values())


def file_name(source: Readable) -> str | None:
    """The title that the name of a file gives; None of what has no name."""
    if isinstance(source, bytes) or hasattr(source, "read"):
        return None
    return ingredient.title_of(Path(source))


def _parse(data: bytes) -> Store:
    try:
        return store.parse(data)
    except Malformed as error:
        message = f"the file carries credentials that cannot be read: {error.reason}"
        raise SigningError(f"{message}; sign the original instead") from None


def _beside(source: Readable) -> Store | None:
    path = sidecars.find(source)
    try:
        return store.parse(sidecars.read(path)) if path else None
    except Malformed:
        # A sidecar is found by its name only.
        return None  # a file beside it need not be about it at all


def _is_about(found: Validation) -> bool:
    """Whether a store that lay beside a file is about what that now is.

    It may be about another file of a similar name, or about what was there before; then it is no
    part of the history.
    """
    matches = {f"{binding.code}.match" for binding in BINDINGS.values()}
    return any(status.code in matches for status in found.active.success)


def _title(manifest: Manifest) -> str | None:
    try:
        return manifest.claim.title
    except Malformed:
        return None


def _titled(title: str | None) -> dict[str, object]:
    return {"dc:title": title} if title else {}
