"""The asset's content against the hard binding (C2PA 2.5 §14.12)."""

from __future__ import annotations

import itertools
from collections.abc import Generator

from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import Asset, UnsupportedAlgorithm
from aidisclose.errors import Malformed
from aidisclose.manifest import ingredient
from aidisclose.manifest.ingredient import PARENT_OF
from aidisclose.manifest.store import Assertion, Kind, Manifest, Store
from aidisclose.validate.ingredients import manifest_of
from aidisclose.validate.parts import check_parts, multi_asset_hashes
from aidisclose.validate.status import Status


def check_content(store: Store, asset: Asset) -> Generator[Status, None, bool]:
    """Whether the asset is the one that the active manifest was made for.

    Hashes the content whatever else is wrong, so that everything is reported at once. What the
    manifest itself lacks is reported by the checks of its assertions.

    Returns:
        Whether only a part of the asset was there to be checked.
    """
    manifest, updates = bound_manifest(store)
    if manifest is None:
        yield Status("claim.hardBindings.missing", store.active.url(), "no manifest with a binding")
        return False
    # The first is enough: a second one is an error, and each would cost a pass over the file.
    bindings = (item for item in manifest.assertions.values() if item.parts.base in BINDINGS)
    asset = asset._replace(updated=updates > 0)
    for assertion in itertools.islice(bindings, 1):
        return (yield from _check_binding(manifest, assertion, asset))
    return False


def bound_manifest(store: Store) -> tuple[Manifest | None, int]:
    """The manifest whose hard binding counts, and how many update manifests lie above it."""
    manifest: Manifest | None = store.active
    seen: set[str] = set()
    while manifest is not None and manifest.kind is Kind.UPDATE:
        if manifest.label in seen:
            return None, len(seen)
        seen.add(manifest.label)
        manifest = _parent(store, manifest)
    return manifest, len(seen)


def _parent(store: Store, manifest: Manifest) -> Manifest | None:
    for assertion in manifest.named(ingredient.NAME):
        try:
            found = ingredient.decode(assertion)
        except Malformed:
            continue
        if found.relationship == PARENT_OF:
            return manifest_of(store, found)
    return None


def _check_binding(
    manifest: Manifest, assertion: Assertion, asset: Asset
) -> Generator[Status, None, bool]:
    binding = BINDINGS[assertion.parts.base]
    try:
        outcome = binding.check(asset, assertion.fields, _claim_alg(manifest))
    except UnsupportedAlgorithm as error:
        yield Status("algorithm.unsupported", assertion.url, error.reason)
        return False
    except Malformed as error:
        yield Status(f"{binding.code}.malformed", assertion.url, error.reason)
        return False
    if outcome.additional_exclusions:
        message = "bytes other than the manifest store are not protected"
        yield Status(f"{binding.code}.additionalExclusionsPresent", assertion.url, message)
    if outcome.failure is None:
        left = f"without {outcome.unchecked}" if outcome.unchecked else ""
        yield Status(f"{binding.code}.match", assertion.url, left)
    elif hashes := multi_asset_hashes(manifest):
        yield from check_parts(manifest, hashes, asset)
    else:
        yield Status(f"{binding.code}.{outcome.code}", assertion.url, outcome.failure)
    return bool(outcome.unchecked)


def _claim_alg(manifest: Manifest) -> str | None:
    try:
        return manifest.claim.alg
    except Malformed:
        return None  # reported where the claim is checked; the content may be sound
