"""Statuses of references to assertions, of redactions and of other assertions."""

from __future__ import annotations

import hashlib

from aidisclose.codec import jumbf
from aidisclose.manifest import store
from aidisclose.validate.state import State
from tests.manifest import build
from tests.manifest.build import ABSENT, CREATED, Assertion, Recipe, label, url
from tests.trust.pki import NOW
from tests.validate.statuses.case import (
    BAD_ACTION,
    BLANK,
    COMPONENT,
    EARLIER,
    FORGED,
    GATHERED,
    MATCH,
    ORIGINAL,
    PARENT,
    REDACTED_ACTION,
    SECRET,
    THUMBNAIL,
    UNKNOWN_PARENT,
    WEB,
    Case,
    arranged,
    claim,
    of,
    only,
    opened,
    opening,
    original,
    redacting,
    related,
    sealed,
    with_alg,
    without,
)

CASES: dict[str, Case] = {
    # --- references to assertions
    "assertion outside": Case(
        claim(gathered_assertions=[{"url": url(label(9), "c2pa.assertions", "x"), "hash": b""}]),
        {"assertion.outsideManifest"},
    ),
    "assertion on the web": Case(
        claim(gathered_assertions=[{"url": "https://example.com", "hash": b""}]),
        {"assertion.outsideManifest"},
    ),
    "assertion that is missing": Case(
        claim(gathered_assertions=[{"url": "self#jumbf=c2pa.assertions/x", "hash": b""}]),
        {"assertion.missing"},
    ),
    "reference to no assertion": Case(
        claim(gathered_assertions=[{"url": "self#jumbf=c2pa.signature", "hash": b""}]),
        {"assertion.missing"},
    ),
    "hash algorithm that is not allowed": Case(
        of(build.cbor("com.example", {}), edit=lambda fields: with_alg(fields, "sha1")),
        {"algorithm.unsupported"},
    ),
    "no hash algorithm": Case(
        claim(alg=ABSENT), {"algorithm.unsupported"}, {"assertion.hashedURI.match"}
    ),
    "assertion that was changed": Case(
        arranged(lambda boxes: [box.replace(b"trained", b"TRAINED") for box in boxes.values()]),
        {"assertion.hashedURI.mismatch"},
    ),
    "assertion that the claim does not list": Case(
        lambda: build.signed(
            Recipe(edit=lambda fields: fields["created_assertions"].pop(0))  # type: ignore[attr-defined]
        ),
        {"assertion.undeclared"} | BAD_ACTION,
    ),
    "gathered assertion": Case(
        of(build.cbor("com.example", {}, gathered=True)), state=State.TRUSTED
    ),
    "assertion that is not CBOR": Case(
        of(build.cbor("com.example", b"\xff")), {"assertion.cbor.invalid"}
    ),
    "assertion that is not JSON": Case(
        of(build.json("com.example", b"{")), {"assertion.json.invalid"}
    ),
    "assertion without content": Case(
        of(Assertion("com.example", jumbf.superbox(store.CBOR, "com.example", []))),
        {"assertion.cbor.invalid"},
    ),
    "file without content": Case(
        of(Assertion("com.example", jumbf.superbox(store.EMBEDDED_FILE, "com.example", []))),
        {"general.error"},
    ),
    # --- what a manifest must hold
    "no hard binding": Case(
        lambda: build.signed(Recipe(binding=None)), {"claim.hardBindings.missing"}, MATCH
    ),
    "two hard bindings": Case(
        of(build.cbor("c2pa.hash.data__1", {"hash": bytes(32)})),
        {"assertion.multipleHardBindings", "assertion.dataHash.mismatch"},
        MATCH,
    ),
    "two hard bindings, one of text that grows": Case(
        of(build.cbor("c2pa.hash.segment", {"hash": bytes(32)})),
        {"assertion.multipleHardBindings"},
    ),
    "two parents": Case(
        only(*opening(PARENT), build.ingredient(label="c2pa.ingredient.v3__1")),
        {"manifest.multipleParents", *UNKNOWN_PARENT},
    ),
    "no actions, where they must be": Case(
        lambda: build.signed(
            Recipe(
                assertions=(),
                claim={"claim_generator_info": {"name": "x", "specVersion": "2.5.0"}},
            )
        ),
        {"claim.actions.missing"},
    ),
    "no actions, before there was a code for it": Case(
        lambda: build.signed(
            Recipe(
                assertions=(),
                claim={"claim_generator_info": {"name": "x", "specVersion": "2.4.0"}},
            )
        ),
        BAD_ACTION,
    ),
    # --- redaction
    "redacted": Case(
        redacting(edit=without("com.example.secret"), action=REDACTED_ACTION),
        {"ingredient.claimSignature.validated"},
        state=State.TRUSTED,
    ),
    "redacted with zeros": Case(
        redacting(edit=BLANK), {"ingredient.claimSignature.validated"}, state=State.TRUSTED
    ),
    "redacted, but still there": Case(
        redacting(edit=bytes),
        {"ingredient.claimSignature.validated", "assertion.notRedacted"},
    ),
    "redacted and forged": Case(
        redacting(edit=FORGED),
        {"ingredient.claimSignature.validated", "assertion.notRedacted"},
    ),
    "redacted, and something else changed": Case(
        redacting(edit=lambda data: BLANK(data).replace(b"trained", b"TRAINED")),
        {"ingredient.claimSignature.validated", "assertion.hashedURI.mismatch"},
    ),
    "redacted without a reference to the signature": Case(
        redacting(edit=BLANK, claimSignature=ABSENT), {"ingredient.claimSignature.missing"}
    ),
    "redacted, and signed anew": Case(
        redacting(edit=lambda data: BLANK(EARLIER.build())),
        {"ingredient.claimSignature.mismatch"},
    ),
    "redacted actions": Case(
        redacting("c2pa.actions.v2", edit=without("c2pa.actions.v2")),
        {"ingredient.claimSignature.validated", "assertion.action.redacted"},
    ),
    "redacted actions that are still there": Case(
        redacting("c2pa.actions.v2", edit=bytes),
        {
            "ingredient.claimSignature.validated",
            "assertion.action.redacted",
            "assertion.notRedacted",
        },
    ),
    "redacted hard binding": Case(
        redacting("c2pa.hash.data", edit=without("c2pa.hash.data")),
        {
            "ingredient.claimSignature.validated",
            "assertion.hardBinding.redacted",
            "claim.hardBindings.missing",
        },
    ),
    "redacts itself": Case(
        claim(redacted_assertions=["self#jumbf=c2pa.assertions/c2pa.actions.v2"]),
        {"assertion.selfRedacted"},
    ),
    "redacts itself, at length": Case(
        claim(redacted_assertions=[url(label(1), "c2pa.assertions", "c2pa.actions.v2")]),
        {"assertion.selfRedacted"},
    ),
    # --- other assertions
    "process that ends before it starts": Case(
        of(
            build.cbor(
                "com.example",
                {
                    "metadata": {
                        "processStart": "2026-02-01T00:00:00Z",
                        "processEnd": "2026-01-01T00:00:00Z",
                    }
                },
            )
        ),
        {"assertion.metadata.malformed"},
    ),
    "time-stamp assertion without a time stamp": Case(
        of(build.cbor("c2pa.time-stamp", {})), {"assertion.timestamp.malformed"}
    ),
    "soft binding without an algorithm": Case(
        of(build.cbor("c2pa.soft-binding", {})), {"algorithm.unsupported"}
    ),
    "soft binding with the algorithm of the claim": Case(
        of(build.cbor("c2pa.soft-binding", {}), claim={"alg_soft": "com.example"}),
        state=State.TRUSTED,
    ),
    "soft binding with an empty algorithm": Case(
        of(build.cbor("c2pa.soft-binding", {"alg": ""}), claim={"alg_soft": "com.example"}),
        {"algorithm.unsupported"},
    ),
    "soft binding that is a list": Case(of(build.cbor("c2pa.soft-binding", [])), {"general.error"}),
    "watermarked with a soft binding": Case(
        only(
            build.actions(CREATED, {"action": "c2pa.watermarked.bound"}),
            build.cbor("c2pa.soft-binding", {"alg": "com.example"}),
        ),
        state=State.TRUSTED,
    ),
    "created with a gathered ingredient": Case(
        opened({"ingredients": [GATHERED.reference]}, GATHERED),
        {*UNKNOWN_PARENT, "assertion.action.ingredientLocationMismatch"},
        state=State.TRUSTED,
    ),
    "related assertion": Case(only(related(SECRET.reference), SECRET), state=State.TRUSTED),
    "related assertion that is missing": Case(
        only(related(SECRET.reference)), {*BAD_ACTION, "hashedURI.missing"}
    ),
    "no related assertion": Case(only(related()), BAD_ACTION),
    "related assertion without a URL": Case(only(related({})), {"hashedURI.missing"}),
    "related assertion on the web": Case(only(related({**WEB, "hash": b"x"})), BAD_ACTION),
    "related assertion that is an ingredient": Case(
        only(related(COMPONENT.reference), COMPONENT), BAD_ACTION | UNKNOWN_PARENT
    ),
    "related box that is not an assertion": Case(
        only(related({"url": "self#jumbf=c2pa.claim.v2", "hash": b"x"})),
        {*BAD_ACTION, "hashedURI.mismatch"},
    ),
    "related assertion that was redacted": Case(
        redacting(
            edit=BLANK,
            earlier=Recipe(assertions=(related(SECRET.reference), SECRET)),
        ),
        {"ingredient.claimSignature.validated", "assertion.redacted"},
        state=State.TRUSTED,
    ),
    "icon without a URL": Case(
        claim(claim_generator_info={"name": "x", "icon": "icon.png"}), {"hashedURI.missing"}
    ),
    "icon that is missing": Case(
        claim(
            claim_generator_info={
                "name": "x",
                "icon": {"url": "self#jumbf=c2pa.assertions/c2pa.icon", "hash": b"x"},
            }
        ),
        {"hashedURI.missing"},
    ),
    "claimed time": Case(
        sealed(headers={"iat": int(NOW.timestamp())}),
        {"timeOfSigning.insideValidity"},
        state=State.TRUSTED,
    ),
    "claimed time of long ago": Case(
        sealed(headers={"iat": 0}), {"timeOfSigning.outsideValidity"}, state=State.TRUSTED
    ),
    "claimed time beyond all times": Case(
        sealed(headers={"iat": 2**60}), {"timeOfSigning.outsideValidity"}, state=State.TRUSTED
    ),
    "claimed time that is none": Case(sealed(headers={"iat": "now"}), state=State.TRUSTED),
    "original image": Case(
        of(original(embeddedOriginalPreservationImage=THUMBNAIL.reference), THUMBNAIL),
        {ORIGINAL + "match"},
        state=State.TRUSTED,
    ),
    "original image by another hash": Case(
        of(
            original(
                embeddedOriginalPreservationImage=THUMBNAIL.reference
                | {"alg": "sha512", "hash": hashlib.sha512(THUMBNAIL.box[8:]).digest()}
            ),
            THUMBNAIL,
        ),
        {ORIGINAL + "match"},
        state=State.TRUSTED,
    ),
    "original image by a hash that is not allowed": Case(
        of(
            original(embeddedOriginalPreservationImage=THUMBNAIL.reference | {"alg": "md5"}),
            THUMBNAIL,
        ),
        {ORIGINAL + "hashMismatch"},
    ),
    "original image that is missing": Case(
        of(original(embeddedOriginalPreservationImage=THUMBNAIL.reference)),
        {ORIGINAL + "missing"},
    ),
    "original image that was changed": Case(
        of(
            original(embeddedOriginalPreservationImage=THUMBNAIL.reference | {"hash": bytes(32)}),
            THUMBNAIL,
        ),
        {ORIGINAL + "hashMismatch"},
    ),
    "representation that is a list": Case(
        of(build.cbor("c2pa.alternative-content-representation", [])), {ORIGINAL + "malformed"}
    ),
    "representation of another type": Case(
        of(build.cbor("c2pa.alternative-content-representation", {"type": "x"})),
        state=State.TRUSTED,
    ),
    "two original images": Case(
        of(
            original(embeddedOriginalPreservationImage=THUMBNAIL.reference),
            build.cbor(
                "c2pa.alternative-content-representation__1",
                {"type": "exif.originalPreservationImage"},
            ),
            THUMBNAIL,
        ),
        {ORIGINAL + "match", ORIGINAL + "malformed"},
    ),
    "original image that is nowhere": Case(of(original()), {ORIGINAL + "malformed"}),
    "original image in a part that is not there": Case(
        of(original(multiAssetPartIndex=0)), {ORIGINAL + "malformed"}
    ),
    "original image in a part": Case(
        of(
            original(multiAssetPartIndex=0),
            build.cbor("c2pa.hash.multi-asset", {"parts": [{}]}),
        ),
        {ORIGINAL + "match"},
        state=State.TRUSTED,
    ),
}
