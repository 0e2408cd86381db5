"""Ingredients: each assertion, the manifest it refers to, and the lineage of a store.

C2PA 2.5 §14.11.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.manifest import ingredient, uri
from aidisclose.manifest.ingredient import INPUT_TO, Ingredient
from aidisclose.manifest.store import Assertion, Manifest, Store
from aidisclose.manifest.uri import HashedURI
from aidisclose.validate.references import check_hashed_uri, check_related
from aidisclose.validate.scope import Scope, Session
from aidisclose.validate.status import Status, Statuses

_MALFORMED: Final = "assertion.ingredient.malformed"


def check_ingredient(scope: Scope, assertion: Assertion) -> Statuses:
    """The assertion itself; the manifest it refers to is `check_reference`'s."""
    try:
        found = ingredient.decode(assertion)
    except Malformed as error:
        yield Status(_MALFORMED, assertion.url, error.reason)
        return
    for name in ("thumbnail", "data"):
        # The oldest generators named what they embedded in other ways, which refer to nothing.
        value = found.fields.get(name)
        if isinstance(value, dict) and "url" in value:
            yield from check_hashed_uri(scope, assertion.url, value, name)
    if "relatedAssertions" in found.fields:
        related = found.fields["relatedAssertions"]
        url, ending = assertion.url, ".ingredient"
        yield from check_related(scope, url, related, code=_MALFORMED, ending=ending)


def ingredients(scope: Scope) -> Iterator[Ingredient]:
    """The well-formed ingredients of a manifest whose assertions match the claim."""
    for assertion in scope.intact.values():
        if assertion.parts.name == ingredient.NAME:
            try:
                yield ingredient.decode(assertion)
            except Malformed:
                continue  # reported by `check_ingredient`


def check_reference(session: Session, scope: Scope, found: Ingredient) -> Statuses:
    """What an ingredient says about its own manifest: that it is there, and unchanged."""
    url = found.assertion.url
    if found.manifest is None:
        if found.relationship != INPUT_TO:
            message = f"{found.title or 'the ingredient'} has no manifest"
            yield Status("ingredient.unknownProvenance", url, message)
        return
    manifest = manifest_of(session.store, found)
    if manifest is None:
        message = f"no manifest at {found.manifest.url}"
        yield Status("ingredient.manifest.missing", url, message)
        return
    if manifest.label in session.shortened:
        yield from _check_claim_signature(scope, found, manifest)
    elif _is_unchanged(scope, found.manifest, manifest):
        yield Status("ingredient.manifest.validated", url)
    elif found.claim_signature is not None:
        # Both methods are permitted; this one tolerates what was done by later redaction.
        yield from _check_claim_signature(scope, found, manifest)
    else:
        message = "the manifest of the ingredient was changed"
        yield Status("ingredient.manifest.mismatch", url, message)


def manifest_of(store: Store, found: Ingredient) -> Manifest | None:
    """The manifest that an ingredient refers to, in the same store."""
    target = uri.parse(found.manifest.url) if found.manifest else None
    if target is None or target.manifest is None or target.path:
        return None
    return store.manifests.get(target.manifest)


def _is_unchanged(scope: Scope, reference: HashedURI, manifest: Manifest) -> bool:
    alg = scope.alg(reference.alg)
    if alg is None:
        return False
    if scope.session.matches(manifest.box, reference, alg):
        return True
    # Before 1.3, the hash was that of the claim, in a version 1 assertion.
    try:
        content = manifest.claim_content
    except Malformed:
        return False
    return scope.claim.version == 1 and hashlib.new(alg, content).digest() == reference.hash


def _check_claim_signature(scope: Scope, found: Ingredient, manifest: Manifest) -> Statuses:
    """C2PA 2.5 §14.11.3.3.1."""
    url = found.assertion.url
    reference = found.claim_signature
    box = manifest.signature_boxes[0] if manifest.signature_boxes else None
    if reference is None or box is None:
        message = "no reference to the claim signature of the ingredient"
        yield Status("ingredient.claimSignature.missing", url, message)
        return
    alg = scope.alg(reference.alg)
    if alg is not None and scope.session.matches(box, reference, alg):
        yield Status("ingredient.claimSignature.validated", url)
    else:
        message = "the claim signature of the ingredient was changed"
        yield Status("ingredient.claimSignature.mismatch", url, message)


def lineage(store: Store) -> tuple[Manifest, ...]:
    """The active manifest and all that it descends from; others in a store are ignored."""
    waiting = [store.active]
    seen = {store.active.label: store.active}
    while waiting:
        manifest = waiting.pop()
        try:
            assertions = manifest.named(ingredient.NAME)
        except (Malformed, LimitExceeded):
            continue
        for assertion in assertions:
            try:
                parent = manifest_of(store, ingredient.decode(assertion))
            except Malformed:
                continue
            if parent is not None and parent.label not in seen:
                seen[parent.label] = parent
                waiting.append(parent)
    return tuple(seen.values())


def redactions(manifests: Iterable[Manifest]) -> frozenset[str]:
    """Absolute URIs of what manifests redact, but not of their own assertions: that is an error."""
    redacted: set[str] = set()
    for manifest in manifests:
        try:
            claim = manifest.claim
        except Malformed:
            continue
        own = uri.absolute(manifest.label) + "/"
        absolute = (uri.make_absolute(item, manifest.label) for item in claim.redacted)
        redacted.update(url for url in absolute if not url.startswith(own))
    return frozenset(redacted)
