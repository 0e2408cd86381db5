"""The validation of a manifest store, in the order of the specification (C2PA 2.5 §14)."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

from aidisclose import limits
from aidisclose.bindings.binding import Asset
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.manifest import uri
from aidisclose.manifest.ingredient import Ingredient
from aidisclose.manifest.store import Manifest, Store
from aidisclose.trust.anchors import TrustConfig
from aidisclose.trust.budget import Budget
from aidisclose.validate.actions import check_presence
from aidisclose.validate.assertions import check_assertions
from aidisclose.validate.claim import check_claim, check_generators
from aidisclose.validate.content import check_content
from aidisclose.validate.evidence import collect
from aidisclose.validate.ingredients import (
    check_reference,
    ingredients,
    lineage,
    manifest_of,
    redactions,
)
from aidisclose.validate.scope import Scope, Session
from aidisclose.validate.signature import Signature, check_signature
from aidisclose.validate.status import Results, Status

#: Codes that say already why a manifest cannot be looked at. After any other, and above all after
#: one that leaves it valid, it must be said that the checks were not completed.
_UNREADABLE: Final = ("claim.", "manifest.compressed.")
_T = TypeVar("_T")
_RECORDED: Final = "recorded when the ingredient was added"


class Delta(NamedTuple):
    """What was found about one ingredient beyond what the manifest that has it recorded.

    Attributes:
        url: JUMBF URI of the ingredient assertion.
        results: The new statuses.
    """

    url: str
    results: Results


class Validation(NamedTuple):
    """Everything that validating a store found.

    Attributes:
        active: About the active manifest and the content of the asset.
        deltas: About ingredients at any depth, one for each ingredient assertion that has any.
        signatures: Of each manifest whose signature could be read, by label.
        manifests: All statuses of each manifest that was validated, by label.
        recorded: What whoever added an ingredient found about it, and was not found again: of its
            content, above all, which is not there any more. It changes no verdict: what is false in
            it, nobody can tell now (C2PA 2.5 §14.11.3.3 returns it among the results).
        depth: How many ingredients of ingredients were followed, one below the other.
        is_partial: Whether only a part of the asset was there to be checked.
    """

    active: Results
    deltas: tuple[Delta, ...]
    signatures: dict[str, Signature]
    manifests: dict[str, Results]
    recorded: tuple[Delta, ...] = ()
    depth: int = 0
    is_partial: bool = False


def validate(store: Store, *, asset: Asset | None, trust: TrustConfig, at: datetime) -> Validation:
    """Validate the active manifest, its ingredients, and the content of the asset.

    Arguments:
        store: The store; nothing in it is believed.
        asset: The file that it is about; None leaves the content unchecked, as for a manifest
            whose asset is not at hand.
        trust: Whom to trust.
        at: What counts as now, with time zone.

    A store that is deeper or wider than `limits` allows is refused as a status, not followed.
    """
    manifests = lineage(store)
    redacted = redactions(manifests)
    targets = (uri.parse(url) for url in redacted)
    shortened = frozenset(item.manifest for item in targets if item and item.manifest)
    evidence = collect(manifests)
    session = Session(store, trust, at, redacted, shortened, evidence, Budget(), digests={})
    walk = _Walk(session)
    active = list(walk.validate(store.active, depth=0))
    is_partial = False
    if asset is not None:
        try:
            is_partial = _drain(check_content(store, asset), active)
        except (Malformed, LimitExceeded) as error:
            reason = error.reason if isinstance(error, Malformed) else str(error)
            if not any(status.explanation == reason for status in active):
                active.append(Status("general.error", store.active.url(), reason))
    return Validation(
        active=Results.sort(active),
        deltas=tuple(walk.deltas),
        signatures=walk.signatures,
        manifests={label: Results.sort(found) for label, found in walk.found.items()}
        | {store.active.label: Results.sort(active)},
        recorded=tuple(walk.recorded),
        depth=walk.depth,
        is_partial=is_partial,
    )


class _Walk:
    """One depth-first walk along the ingredients; every manifest is validated once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.found: dict[str, tuple[Status, ...]] = {}
        self.signatures: dict[str, Signature] = {}
        self.deltas: list[Delta] = []
        self.depth = 0
        self.recorded: list[Delta] = []
        self._budget = limits.STATUSES

    def validate(self, manifest: Manifest, *, depth: int) -> tuple[Status, ...]:
        """The statuses of one manifest; those of its ingredients go to `deltas`."""
        self.found[manifest.label] = ()  # an ingredient that refers back finds nothing new
        self.depth = max(self.depth, depth)
        statuses: list[Status] = []
        scope = self._collect(manifest, statuses)
        self.found[manifest.label] = tuple(statuses)
        if scope is not None:
            self._follow(scope, depth=depth)
        return self.found[manifest.label]

    def _collect(self, manifest: Manifest, statuses: list[Status]) -> Scope | None:
        """Append the statuses of one manifest; returns its scope if the claim can be read."""
        try:
            statuses += check_claim(manifest)
            if manifest.problem:
                return None
            scope = Scope.open(self._session, manifest)
            statuses += check_generators(scope)
            signature = _drain(check_signature(scope), statuses)
            if signature is not None:
                self.signatures[manifest.label] = signature
            statuses += check_assertions(scope)
            statuses += check_presence(scope)
        except LimitExceeded as error:
            statuses.append(Status("general.error", manifest.url(), str(error)))
            return None
        except Malformed as error:
            if not any(status.code.startswith(_UNREADABLE) for status in statuses):
                statuses.append(Status("general.error", manifest.url(), error.reason))
            return None
        return scope

    def _follow(self, scope: Scope, *, depth: int) -> None:
        store = self._session.store
        for found in ingredients(scope):
            statuses = list(check_reference(self._session, scope, found))
            manifest = manifest_of(store, found)
            slot = len(self.deltas)  # before the deltas of what it was itself made from
            if manifest is not None:
                if manifest.label in self.found:
                    statuses += self._again(manifest, found)
                elif depth >= limits.INGREDIENT_DEPTH:
                    message = f"ingredients nest more than {limits.INGREDIENT_DEPTH} deep"
                    statuses.append(Status("general.error", found.assertion.url, message))
                else:
                    statuses += self.validate(manifest, depth=depth + 1)
            new = [item for item in statuses if (item.code, item.url) not in found.recorded]
            if new:
                delta = Delta(url=found.assertion.url, results=Results.sort(new))
                self.deltas.insert(slot, delta)
            again = {(item.code, item.url) for item in statuses}
            old = [Status(code, url, _RECORDED) for code, url in sorted(found.recorded - again)]
            if old:
                self.recorded.append(Delta(url=found.assertion.url, results=Results.sort(old)))

    def _again(self, manifest: Manifest, found: Ingredient) -> tuple[Status, ...]:
        """What was found about a manifest, for one more ingredient that refers to it."""
        statuses = self.found[manifest.label]
        self._budget -= len(statuses)
        if self._budget < 0:
            message = "too many ingredients share a manifest: what is known of it is not repeated"
            return (Status("general.error", found.assertion.url, message),)
        return statuses


def _drain(checks: Generator[Status, None, _T], statuses: list[Status]) -> _T:
    while True:
        try:
            statuses.append(next(checks))
        except StopIteration as end:
            value: _T = end.value
            return value
