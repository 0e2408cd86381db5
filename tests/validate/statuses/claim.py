"""Statuses of the claim, and of boxes that no hash covers."""

from __future__ import annotations

from aidisclose.codec import jumbf
from aidisclose.manifest import store
from aidisclose.validate.state import State
from tests.manifest import build
from tests.manifest.build import Recipe
from tests.validate.statuses.case import (
    SIGNATURE,
    SOUND,
    Case,
    arranged,
    claim,
    claim_is,
    of,
)

CASES: dict[str, Case] = {
    "sound": Case(build.signed, state=State.TRUSTED),
    "sound, version 1": Case(lambda: build.signed(Recipe(version=1)), state=State.TRUSTED),
    # --- the claim
    "no claim": Case(
        arranged(lambda boxes: [boxes["c2pa.assertions"], boxes["c2pa.signature"]]),
        {"claim.missing"},
        SIGNATURE | {"assertion.hashedURI.match"},
    ),
    "empty manifest": Case(
        arranged(lambda _: []),
        {"claim.missing"},
        SOUND,
    ),
    "two claims": Case(
        arranged(lambda boxes: [*boxes.values(), boxes["c2pa.claim.v2"]]), {"claim.multiple"}
    ),
    "two claims, of both versions": Case(
        arranged(lambda boxes: [*boxes.values(), build.claim_box(b"\xa0", label="c2pa.claim")]),
        {"claim.multiple"},
    ),
    "claim that is not CBOR": Case(
        claim_is(b"\xff"), {"claim.cbor.invalid"}, SIGNATURE | {"assertion.hashedURI.match"}
    ),
    "claim with a key twice": Case(
        claim_is(b"\xa2\x61a\x00\x61a\x00"),
        {"claim.cbor.invalid"},
        SIGNATURE | {"assertion.hashedURI.match"},
    ),
    "claim without fields": Case(
        claim_is(b"\xa0"), {"claim.malformed"}, SIGNATURE | {"assertion.hashedURI.match"}
    ),
    "claim that is a list": Case(
        claim_is(b"\x80"), {"claim.malformed"}, SIGNATURE | {"assertion.hashedURI.match"}
    ),
    "claim without a generator": Case(
        claim(claim_generator_info={"version": "1"}),
        {"claim.malformed"},
        SIGNATURE | {"assertion.hashedURI.match"},
    ),
    "claim with two contents": Case(
        arranged(
            lambda boxes: [
                boxes["c2pa.assertions"],
                jumbf.superbox(store.CLAIM, "c2pa.claim.v2", [jumbf.box(b"cbor", b"\xa0")] * 2),
                boxes["c2pa.signature"],
            ]
        ),
        {"claim.cbor.invalid"},
        SIGNATURE | {"assertion.hashedURI.match"},
    ),
    "claim of a later version": Case(
        arranged(lambda boxes: [build.claim_box(b"\xa0", label="c2pa.claim.v3")]),
        {"claim.malformed"},
        SOUND,
    ),
    "manifest label of the old form": Case(
        lambda: build.signed(Recipe(name="urn:uuid:00000001-0000-4000-8000-000000000000")),
        {"claim.malformed"},
    ),
    "old manifest label of an old claim": Case(
        lambda: build.signed(
            Recipe(name="acme:urn:uuid:00000001-0000-4000-8000-000000000000", version=1)
        ),
        state=State.TRUSTED,
    ),
    "two assertion stores": Case(
        arranged(lambda boxes: [boxes["c2pa.assertions"], *boxes.values()]),
        {"claim.malformed"},
        SOUND,
    ),
    "two assertions with one label": Case(of(build.actions()), {"claim.malformed"}, SOUND),
    "assertion store under another name": Case(
        arranged(
            lambda boxes: [
                boxes["c2pa.assertions"].replace(b"c2pa.assertions", b"c2pa.assertionz", 1),
                boxes["c2pa.claim.v2"],
                boxes["c2pa.signature"],
            ]
        ),
        {"claim.malformed"},
        SOUND,
    ),
    # --- boxes that no hash covers
    "box that cannot be referred to": Case(
        arranged(
            lambda boxes: [
                boxes["c2pa.assertions"],
                boxes["c2pa.claim.v2"].replace(b"\x03c2pa.claim.v2", b"\x02c2pa.claim.v2"),
                boxes["c2pa.signature"],
            ]
        ),
        {"general.error"},
    ),
    "two claim signatures": Case(
        arranged(lambda boxes: [*boxes.values(), boxes["c2pa.signature"]]), {"general.error"}
    ),
    "further boxes of other types": Case(
        arranged(
            lambda boxes: [
                jumbf.box(b"free", bytes(9)),
                *boxes.values(),
                jumbf.superbox(jumbf.type_uuid("test"), "com.example", []),
            ]
        ),
        state=State.TRUSTED,
    ),
}
