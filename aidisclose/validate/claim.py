"""Locating the claim of a manifest and its own form (C2PA 2.5 §14.6)."""

from __future__ import annotations

from aidisclose.codec import cbor
from aidisclose.errors import Malformed
from aidisclose.manifest import label
from aidisclose.manifest.store import Manifest
from aidisclose.validate.status import Status, Statuses


def check_claim(manifest: Manifest) -> Statuses:
    """Whether the manifest has one claim that can be read; without one, nothing else can be."""
    boxes = manifest.claim_boxes
    if not boxes:
        yield Status("claim.missing", manifest.url(), "the manifest has no claim")
        return
    url = manifest.url(boxes[0].label)
    if len(boxes) > 1:
        yield Status("claim.multiple", url, f"{len(boxes)} claims in one manifest")
    try:
        _ = manifest.claim
    except Malformed as error:
        yield Status(_claim_code(manifest), url, error.reason)
        return
    if manifest.claim.version == 2 and not label.is_manifest_label(manifest.label):
        yield Status("claim.malformed", url, f"the manifest is labelled {manifest.label!r}")
    try:
        _ = manifest.assertions
    except Malformed as error:
        yield Status("claim.malformed", url, error.reason)


def _claim_code(manifest: Manifest) -> str:
    """Whether a claim that cannot be read fails as CBOR already or only by its fields."""
    try:
        cbor.decode(manifest.claim_content)
    except Malformed:
        return "claim.cbor.invalid"
    return "claim.malformed"
