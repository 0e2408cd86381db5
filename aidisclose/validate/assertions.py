"""The assertions of a manifest: references, hashes, redaction, and which must be there.

C2PA 2.5 §14.10.
"""

from __future__ import annotations

from typing import Final

from aidisclose.bindings import BINDINGS
from aidisclose.errors import Malformed
from aidisclose.manifest import actions, ingredient, uri
from aidisclose.manifest.ingredient import PARENT_OF
from aidisclose.manifest.label import AssertionLabel
from aidisclose.manifest.store import CBOR, JSON, Assertion, ManifestKind
from aidisclose.manifest.uri import HashedURI
from aidisclose.validate import external, representation, soft_binding, supplements
from aidisclose.validate.actions import check_actions
from aidisclose.validate.ingredients import check_ingredient
from aidisclose.validate.period import is_reversed
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses
from aidisclose.validate.timestamp import check_time_stamps

#: Those that cannot be checked here count as well: a manifest has no more than one (§14.10.1.2).
_HARD_BINDINGS: Final = frozenset({*BINDINGS, "c2pa.hash.segment"})
#: What only a standard manifest may hold (C2PA 2.5 §14.10.1.3).
_NOT_IN_UPDATES: Final = _HARD_BINDINGS | {"c2pa.hash.multi-asset"}
#: Assertions that name actors, which `identity_assertion` reads.
IDENTITY: Final = "cawg.identity"
_THUMBNAIL: Final = "c2pa.thumbnail."

#: What all hard bindings are named, also those that are not known here.
_HASH: Final = "c2pa.hash."

#: Checks of single kinds of assertions, by name without version. One line for a new kind.
SPECIFIC: Final = {
    actions.NAME: check_actions,
    ingredient.NAME: check_ingredient,
    external.CLOUD_DATA: external.check_cloud_data,
    external.EXTERNAL_REFERENCE: external.check_external_reference,
    external.LINKED_RESOURCES: external.check_linked_resources,
    representation.NAME: representation.check_representation,
    supplements.TIME_STAMP: check_time_stamps,
    soft_binding.NAME: soft_binding.check_soft_binding,
}


def check_assertions(scope: Scope) -> Statuses:
    """Everything about the assertions of one manifest but the binding to the asset's content."""
    yield from _check_redactions(scope)
    for reference in scope.claim.assertions:
        yield from _check_reference(scope, reference)
    yield from _check_undeclared(scope)
    yield from _check_kind(scope)
    for assertion in scope.node.intact.values():
        yield from _check_assertion(scope, assertion)


def _check_redactions(scope: Scope) -> Statuses:
    for url in scope.claim.redacted:
        target = uri.parse(url)
        # Whoever signs a claim could leave an assertion out of it instead: to redact it can only
        # hide something (C2PA 2.2 §6.8).
        if target is None or target.manifest in (None, scope.manifest.label):
            yield Status("assertion.selfRedacted", scope.claim_url, f"{url} is its own assertion")


def _check_reference(scope: Scope, reference: HashedURI) -> Statuses:
    """C2PA 2.5 §14.10.4.1: one element of the claim's lists."""
    target = uri.parse(reference.url)
    if target is None or target.manifest not in (None, scope.manifest.label):
        yield Status("assertion.outsideManifest", scope.claim_url, reference.url)
        return
    url = uri.make_absolute(reference.url, scope.manifest.label)
    # Found by its label, in this manifest alone: an absolute URI may spell its own manifest, and no
    # other.
    assertion = scope.manifest.resolve(reference.url)
    if scope.is_redacted(reference.url):
        yield from _check_redacted(url, scope.locate(reference.url), assertion)
        return
    if assertion is None:
        yield Status("assertion.missing", scope.claim_url, reference.url)
        return
    alg = scope.alg(reference.alg)
    if alg is None:
        yield Status("algorithm.unsupported", url, f"hash algorithm {reference.alg!r}")
    elif scope.matches(assertion.box, reference, alg):
        yield Status("assertion.hashedURI.match", url)
    else:
        yield Status("assertion.hashedURI.mismatch", url, "the assertion was changed")


def _check_redacted(
    url: str, located: AssertionLabel | None, assertion: Assertion | None
) -> Statuses:
    # By the label alone: nothing may be left of the assertion.
    name = located.name if located else ""
    if name == actions.NAME:
        yield Status("assertion.action.redacted", url, "actions must not be redacted")
    elif name.startswith(_HASH):
        yield Status("assertion.hardBinding.redacted", url, "hard bindings must not be redacted")
    # Anything left in a redacted place is covered by no hash: it may be forged.
    if assertion is not None and not assertion.is_blank:
        yield Status("assertion.notRedacted", url, "the redacted assertion still has content")


def _check_undeclared(scope: Scope) -> Statuses:
    declared = {
        target.path[1]
        for reference in scope.claim.assertions
        if (target := uri.parse(reference.url)) and len(target.path) == 2
    }
    for assertion in scope.manifest.assertions.values():
        # No signature covers it, so anybody can have added it.
        if assertion.label not in declared:
            yield Status("assertion.undeclared", assertion.url, "the claim does not list it")


def _check_kind(scope: Scope) -> Statuses:
    """C2PA 2.5 §14.10.1: what a standard and an update manifest must and must not hold."""
    relationships = [edge.ingredient.relationship for edge in scope.node.edges]
    parents = relationships.count(PARENT_OF)
    # Those that the claim lists. What lies beside them is `assertion.undeclared`, and decides
    # nothing.
    names = [item.parts.base for item in scope.listed]
    bindings = [item for item in scope.listed if item.parts.base in _HARD_BINDINGS]
    if scope.manifest.kind is ManifestKind.UPDATE:
        if parents != 1 or len(relationships) != 1:
            message = "an update manifest has exactly one ingredient, its parent"
            yield Status("manifest.update.wrongParents", scope.claim_url, message)
        for name in names:
            if name in _NOT_IN_UPDATES or name.startswith(_THUMBNAIL):
                message = f"an update manifest holds {name}"
                yield Status("manifest.update.invalid", scope.claim_url, message)
        return
    if parents > 1:
        yield Status("manifest.multipleParents", scope.claim_url, f"{parents} parents")
    # One that nothing here can check is as good as none: the content would go unchecked in silence.
    if not any(item.label in scope.created and item.parts.base in BINDINGS for item in bindings):
        message = "nothing that the signer vouches for ties it to the asset"
        yield Status("claim.hardBindings.missing", scope.claim_url, message)
    if len(bindings) > 1:
        url = scope.manifest.url(uri.ASSERTIONS)
        message = ", ".join(item.label for item in bindings)
        yield Status("assertion.multipleHardBindings", url, message)


def _check_assertion(scope: Scope, assertion: Assertion) -> Statuses:
    try:
        data = assertion.data
    except Malformed as error:
        if assertion.parts.name == IDENTITY:
            return  # said by `check_identities`
        # Other kinds of content have no code of their own (C2PA 2.2 §15.2.2.3).
        code = {CBOR: "assertion.cbor.invalid", JSON: "assertion.json.invalid"}
        yield Status(code.get(assertion.box.uuid, "general.error"), assertion.url, error.reason)
        return
    metadata = data.get("metadata") if isinstance(data, dict) else None
    period = metadata if isinstance(metadata, dict) else {}
    if is_reversed(period.get("processStart"), period.get("processEnd")):
        message = "what made it ended before it started"
        yield Status("assertion.metadata.malformed", assertion.url, message)
    if check := SPECIFIC.get(assertion.parts.name):
        yield from check(scope, assertion)
