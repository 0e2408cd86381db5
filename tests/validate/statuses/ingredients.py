"""Statuses of ingredients and update manifests."""

from __future__ import annotations

from aidisclose import limits
from aidisclose.validate.state import State
from tests.manifest import build
from tests.manifest.build import ABSENT, Recipe, Seal, label, url
from tests.validate.statuses.case import (
    BAD_INGREDIENT,
    COMPONENT,
    EARLIER_BUILT,
    MATCH,
    OPENED,
    STRANGER,
    STRANGERS,
    UNKNOWN_PARENT,
    VALIDATED,
    Case,
    claim_hash,
    derived,
    long_chain,
    of,
    replaced,
    thumbnail,
    updated,
)

SECOND_BINDING = build.cbor("c2pa.hash.data__1", {"hash": bytes(32), "alg": "sha256"})


def unreadable_claim(found: dict[str, bytes]) -> list[bytes]:
    """The boxes of a manifest whose claim is no CBOR."""
    return [found["c2pa.assertions"], build.claim_box(b"\xff"), found["c2pa.signature"]]


CASES: dict[str, Case] = {
    # --- ingredients
    "ingredient": Case(derived(Recipe()), set(VALIDATED), state=State.TRUSTED),
    "ingredient of version 1": Case(
        lambda: build.signed(
            Recipe(
                number=2,
                version=1,
                assertions=(
                    build.actions(label="c2pa.actions"),
                    build.ingredient(
                        None,
                        label="c2pa.ingredient",
                        c2pa_manifest={
                            "url": url(label(1)),
                            "hash": build.digest(EARLIER_BUILT),
                        },
                    ),
                ),
            ),
            EARLIER_BUILT,
        ),
        set(VALIDATED),
        state=State.TRUSTED,
    ),
    "ingredient with the hash of its claim, as before 1.3": Case(
        lambda: build.signed(
            Recipe(
                number=2,
                version=1,
                assertions=(
                    build.actions(label="c2pa.actions"),
                    build.ingredient(
                        None,
                        label="c2pa.ingredient",
                        c2pa_manifest={"url": url(label(1)), "hash": claim_hash(EARLIER_BUILT)},
                    ),
                ),
            ),
            EARLIER_BUILT,
        ),
        set(VALIDATED),
        state=State.TRUSTED,
    ),
    "ingredient that is signed by a stranger": Case(
        derived(Recipe(seal=Seal(signer=STRANGERS, chain=(STRANGERS, STRANGER)))),
        {*VALIDATED, "signingCredential.untrusted"},
        state=State.VALID,
    ),
    "ingredient whose signer's trust was recorded": Case(
        derived(
            Recipe(seal=Seal(signer=STRANGERS, chain=(STRANGERS, STRANGER))),
            validationResults={
                "activeManifest": {
                    "failure": [
                        {
                            "code": "signingCredential.untrusted",
                            "url": url(label(1), "c2pa.signature"),
                        }
                    ]
                }
            },
        ),
        set(VALIDATED),
        state=State.TRUSTED,
    ),
    "ingredient whose signature is broken": Case(
        derived(Recipe(seal=lambda _: b"")), {*VALIDATED, "claimSignature.mismatch"}
    ),
    "ingredient whose claim is broken": Case(
        derived(Recipe(boxes=lambda b: [b["c2pa.signature"]])), {*VALIDATED, "claim.missing"}
    ),
    "ingredient that was changed": Case(
        derived(Recipe(), edit=replaced(b"a file", b"A file"), claimSignature=ABSENT),
        {"ingredient.manifest.mismatch", "claimSignature.mismatch"},
    ),
    "ingredient that was changed, with its signature": Case(
        derived(Recipe(), edit=replaced(b"a file", b"A file")),
        {"ingredient.manifest.mismatch", "claimSignature.mismatch"},
    ),
    "ingredient that was changed, and has no claim any more": Case(
        derived(
            Recipe(),
            edit=lambda data: data.replace(b"c2cl\x00", b"c2cx\x00"),
            claimSignature=ABSENT,
        ),
        {"ingredient.manifest.mismatch", "claim.missing"},
    ),
    "ingredient that was signed anew": Case(
        derived(Recipe(), edit=lambda _: Recipe().build()),
        {"ingredient.manifest.mismatch"},
    ),
    "ingredient that is missing": Case(
        derived(
            Recipe(), activeManifest={"url": url(label(9)), "hash": bytes(32), "alg": "sha256"}
        ),
        {"ingredient.manifest.missing"},
    ),
    "ingredient elsewhere": Case(
        derived(Recipe(), activeManifest={"url": "https://example.com", "hash": bytes(32)}),
        {"ingredient.manifest.missing"},
    ),
    "ingredient that is a box of a manifest": Case(
        derived(
            Recipe(), activeManifest={"url": url(label(1), "c2pa.signature"), "hash": bytes(32)}
        ),
        {"ingredient.manifest.missing"},
    ),
    "ingredient with an algorithm that is not allowed": Case(
        derived(
            Recipe(),
            activeManifest={"url": url(label(1)), "hash": bytes(20), "alg": "sha1"},
            claimSignature=ABSENT,
        ),
        {"ingredient.manifest.mismatch"},
    ),
    "ingredient without provenance": Case(of(COMPONENT), UNKNOWN_PARENT, state=State.TRUSTED),
    "input without provenance": Case(of(build.ingredient(None, "inputTo")), state=State.TRUSTED),
    "ingredient without a relationship": Case(
        of(build.ingredient(relationship=ABSENT)),  # type: ignore[arg-type]
        {"assertion.ingredient.malformed"},
    ),
    "ingredient without validation results": Case(
        derived(Recipe(), validationResults=ABSENT),
        {"assertion.ingredient.malformed"},
    ),
    "thumbnail": Case(thumbnail(), UNKNOWN_PARENT, state=State.TRUSTED),
    "thumbnail that is missing": Case(
        thumbnail(url="self#jumbf=c2pa.assertions/x"), {"hashedURI.missing", *UNKNOWN_PARENT}
    ),
    "thumbnail that was changed": Case(
        thumbnail(hash=bytes(32)), {"hashedURI.mismatch", *UNKNOWN_PARENT}
    ),
    "thumbnail without a hash": Case(
        thumbnail(hash=ABSENT), {"hashedURI.mismatch", *UNKNOWN_PARENT}
    ),
    "thumbnail with an algorithm that is not allowed": Case(
        thumbnail(alg="md5"), {"algorithm.unsupported", *UNKNOWN_PARENT}
    ),
    "ingredients that nest too deeply": Case(
        long_chain(limits.INGREDIENT_DEPTH + 1), {*VALIDATED, "general.error"}
    ),
    # --- update manifests
    "update": Case(updated(), set(VALIDATED), state=State.TRUSTED),
    "update without a parent": Case(
        updated(assertions=(build.actions(OPENED),)),
        {"manifest.update.wrongParents", "claim.hardBindings.missing", *BAD_INGREDIENT},
        MATCH,
    ),
    "update of a manifest without a hard binding": Case(
        updated(of=Recipe(binding=None)),
        {*VALIDATED, "claim.hardBindings.missing"},
        MATCH,
    ),
    "update of a manifest with two hard bindings": Case(
        updated(of=Recipe(assertions=(build.actions(), SECOND_BINDING))),
        {*VALIDATED, "assertion.multipleHardBindings", "assertion.dataHash.mismatch"},
        MATCH,
    ),
    "update of a claim that cannot be read": Case(
        updated(of=Recipe(boxes=unreadable_claim)),
        {*VALIDATED, "claim.cbor.invalid"},
    ),
    "update with a hard binding": Case(
        updated(build.cbor("c2pa.hash.data", {"hash": bytes(32)})),
        {*VALIDATED, "manifest.update.invalid"},
    ),
    "update with the hash of text that grows": Case(
        updated(build.cbor("c2pa.hash.segment", {"hash": bytes(32)})),
        {*VALIDATED, "manifest.update.invalid"},
    ),
    "update with a thumbnail": Case(
        updated(build.file("c2pa.thumbnail.claim.png", b"\x89PNG")),
        {*VALIDATED, "manifest.update.invalid"},
    ),
    "update that edits": Case(
        updated(build.actions({"action": "c2pa.edited"}, label="c2pa.actions.v2__1")),
        {*VALIDATED, "manifest.update.invalid"},
    ),
    "update with two ingredients": Case(
        updated(build.ingredient(None, "inputTo", label="c2pa.ingredient.v3__1")),
        {*VALIDATED, "manifest.update.wrongParents"},
    ),
}
