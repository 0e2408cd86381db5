"""The claim of a manifest: where it is, and its own form (C2PA 2.5 §14.6)."""

from __future__ import annotations

from aidisclose.codec import cbor
from aidisclose.errors import Malformed
from aidisclose.manifest import label
from aidisclose.manifest.store import Manifest
from aidisclose.validate.references import check_icon
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses


def check_claim(manifest: Manifest) -> Statuses:
    """Whether the manifest has one claim that can be read; without one, nothing else can be."""
    if manifest.problem:
        yield Status("manifest.compressed.invalid", manifest.url(), manifest.problem)
        return
    yield from _check_boxes(manifest)
    boxes = manifest.claim_boxes
    if not boxes:
        yield Status("claim.missing", manifest.url(), "the manifest has no claim")
        return
    url = manifest.url(boxes[0].label)
    if len(boxes) > 1:
        # Goes on with the first, so that what else is wrong is said as well. The state is invalid
        # in any case.
        yield Status("claim.multiple", url, f"{len(boxes)} claims in one manifest")
    try:
        _ = manifest.claim
    except Malformed as error:
        yield Status(_claim_code(manifest), url, error.reason)
        return
    # Version 1 has `urn:uuid:` with a vendor in front (C2PA 1.x), which is not held to a form here.
    if manifest.claim.version == 2 and not label.is_manifest_label(manifest.label):
        yield Status("claim.malformed", url, f"the manifest is labelled {manifest.label!r}")
    try:
        _ = manifest.assertions
    except Malformed as error:
        yield Status("claim.malformed", url, error.reason)


def _check_boxes(manifest: Manifest) -> Statuses:
    """Check that boxes which no hash covers leave no doubt about which is which."""
    for box in (manifest.box, *manifest.content.superboxes):
        if not box.is_referable:
            message = f"the box {box.label!r} has a description that C2PA does not permit"
            yield Status("general.error", manifest.url(), message)
    # Readers that take the last one would verify another signature than those that take the first.
    if len(manifest.signature_boxes) > 1:
        message = f"{len(manifest.signature_boxes)} claim signatures in one manifest"
        yield Status("general.error", manifest.url(), message)


def _claim_code(manifest: Manifest) -> str:
    """Whether a claim that cannot be read fails as CBOR already or only by its fields."""
    try:
        # Decoded a second time, on failure only: the error does not say at which of the two it
        # arose.
        cbor.decode(manifest.claim_content, values=manifest.values)
    except Malformed:
        return "claim.cbor.invalid"
    return "claim.malformed"


def check_generators(scope: Scope) -> Statuses:
    """The icons of what made the claim."""
    for generator in scope.claim.generators:
        yield from check_icon(scope, scope.claim_url, generator)
