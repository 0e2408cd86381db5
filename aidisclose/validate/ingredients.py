"""Ingredients: each assertion, and the manifest it refers to (C2PA 2.5 §14.11)."""

from __future__ import annotations

from typing import Final

from aidisclose.errors import Malformed
from aidisclose.manifest import ingredient, uri
from aidisclose.manifest.ingredient import INPUT_TO
from aidisclose.manifest.lineage import Edge, Pin
from aidisclose.manifest.store import Assertion
from aidisclose.validate.references import check_hashed_uri, check_related
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses, StatusKind

_MALFORMED: Final = "assertion.ingredient.malformed"
#: Codes about a signature box alone: what they say cannot change while the box stays the same.
_OF_SIGNATURE: Final = (
    *("signingCredential.", "timeStamp.", "timeOfSigning."),
    "claimSignature.outsideValidity",
)
_UNTRUSTED: Final = "signingCredential.untrusted"


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


def check_reference(edge: Edge) -> Statuses:
    """Check an ingredient's reference to its manifest: it exists, and is unchanged."""
    found = edge.ingredient
    url = found.assertion.url
    if found.manifest is None:
        # What only went into a computation, such as a prompt, is not in the asset: C2PA 2.2
        # §15.11.3.3 asks for no provenance of it.
        if found.relationship != INPUT_TO:
            message = f"{found.title or 'the ingredient'} has no manifest"
            yield Status("ingredient.unknownProvenance", url, message)
    elif edge.manifest is None:
        message = f"no manifest at {found.manifest.url}"
        yield Status("ingredient.manifest.missing", url, message)
    # Its hash cannot fit any more: what was redacted is a part of it.
    elif edge.is_redacted:
        yield from _check_claim_signature(edge)
    elif edge.pin is Pin.NONE:
        message = "the manifest of the ingredient was changed"
        yield Status("ingredient.manifest.mismatch", url, message)
    else:
        yield Status("ingredient.manifest.validated", url)


def _check_claim_signature(edge: Edge) -> Statuses:
    """C2PA 2.5 §14.11.3.3.1: for a manifest from which something was redacted."""
    url = edge.ingredient.assertion.url
    manifest = edge.manifest
    if edge.ingredient.claim_signature is None or manifest is None or not manifest.signature_box:
        message = "no reference to the claim signature of the ingredient"
        yield Status("ingredient.claimSignature.missing", url, message)
    elif edge.pin is Pin.CLAIM_SIGNATURE:
        yield Status("ingredient.claimSignature.validated", url)
    else:
        message = "the claim signature of the ingredient was changed"
        yield Status("ingredient.claimSignature.mismatch", url, message)


def is_known(edge: Edge, status: Status, *, is_update: bool) -> bool:
    """Whether who added an ingredient recorded the same finding about its manifest.

    Such findings change no verdict (C2PA 2.5 §14.11.3.3): the signer above vouches for the asset as
    it was, faults included. A failure is the same only if the bytes that it is about are: otherwise
    a second alteration of what was altered before would hide behind the first.

    Arguments:
        edge: The ingredient.
        status: A finding about its manifest.
        is_update: Whether the manifest with the ingredient only updates it. Then the asset is still
            the one that the updated manifest is about, and the failures of that count. Only whether
            its signer is trusted stays the judgement of the signer above.
    """
    # By code and URI, which is what c2pa-rs compares; explanations are free text.
    if (status.code, status.url) not in edge.ingredient.recorded:
        return False
    if status.kind is not StatusKind.FAILURE:
        return True
    # Otherwise a forger would put an update manifest on top of what was altered, record the
    # failure, and the alteration would be known already.
    if is_update and status.code != _UNTRUSTED:
        return False
    if edge.is_unchanged:
        return True
    if edge.manifest is None or status.url != edge.manifest.url(uri.SIGNATURE):
        return False
    # That a claim which is held has no signature that fits stays true whatever is put into its
    # place, and nothing of that manifest is believed.
    if edge.pin is Pin.CLAIM:
        return status.code == "claimSignature.mismatch"
    return edge.pin is Pin.CLAIM_SIGNATURE and status.code.startswith(_OF_SIGNATURE)
