"""The asset's content against the hard binding (C2PA 2.5 §14.12)."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import Asset, UnsupportedAlgorithm
from aidisclose.bindings.offsets import confined
from aidisclose.errors import Malformed
from aidisclose.manifest.lineage import Lineage, Node
from aidisclose.manifest.store import Assertion
from aidisclose.validate.parts import check_parts, multi_asset_hashes
from aidisclose.validate.status import Status


def check_content(lineage: Lineage, asset: Asset) -> Generator[Status, None, bool]:
    """Whether the asset is the one that the active manifest was made for.

    Hashes the content whatever else is wrong, so that everything is reported at once.

    Returns:
        Whether only a part of the asset was there to be checked.
    """
    node = lineage.subject
    active = lineage.bound[0].manifest
    if node is None:
        message = "no update manifest of this asset leads to a manifest with a hard binding"
        yield Status("claim.hardBindings.missing", active.url(), message)
        return False
    assertion = hard_binding(node)
    if assertion is None:
        if node.manifest is not active:  # of the active manifest, its own checks say it
            message = "the manifest that is updated has no hard binding"
            yield Status("claim.hardBindings.missing", active.url(), message)
        return False
    asset = asset._replace(updated=len(lineage.bound) > 1)
    return (yield from _check_binding(node, assertion, asset))


def hard_binding(node: Node) -> Assertion | None:
    """The hard binding of a manifest; its first: a second one is an error.

    One that does not match the claim is taken only if there is no other. What its hash says of the
    content is reported then, but the manifest is invalid.
    """
    try:
        standing: Iterable[Assertion] = node.manifest.assertions.values()
    except Malformed:
        standing = ()
    for listed in (node.intact.values(), standing):
        for assertion in listed:
            if assertion.parts.base in BINDINGS:
                return assertion
    return None


def _check_binding(node: Node, assertion: Assertion, asset: Asset) -> Generator[Status, None, bool]:
    binding = BINDINGS[assertion.parts.base]
    try:
        outcome = confined(asset, binding.check(asset, assertion.fields, _claim_alg(node)))
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
    elif hashes := multi_asset_hashes(node):
        yield from check_parts(node.manifest, hashes, asset)
    else:
        yield Status(f"{binding.code}.{outcome.code}", assertion.url, outcome.failure)
    return bool(outcome.unchecked)


def _claim_alg(node: Node) -> str | None:
    try:
        return node.manifest.claim.alg
    except Malformed:
        return None  # reported where the claim is checked; the content may be sound
