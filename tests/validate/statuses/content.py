"""Statuses of the content, of the store, and of data elsewhere."""

from __future__ import annotations

from aidisclose.validate.state import State
from tests.manifest import build
from tests.manifest.build import ABSENT, Recipe
from tests.validate.statuses.case import (
    LINKED,
    LINKED_LABEL,
    MATCH,
    SIGNATURE,
    SOUND,
    VALIDATED,
    WEB,
    Case,
    bound,
    cloud,
    excluding,
    excluding_content,
    linked,
    of,
    twice,
    updated,
)

CASES: dict[str, Case] = {
    # --- the content
    "content that was changed": Case(
        lambda: build.signed()[:-20] + bytes(1) + build.signed()[-19:],
        {"assertion.dataHash.mismatch"},
        MATCH,
    ),
    "content with something appended": Case(
        lambda: build.signed() + b"x", {"assertion.dataHash.mismatch"}, MATCH
    ),
    "data hash without a hash": Case(bound(hash=ABSENT), {"assertion.dataHash.mismatch"}, MATCH),
    "data hash elsewhere": Case(
        bound(url="https://example.com"), {"assertion.dataHash.mismatch"}, MATCH
    ),
    "data hash with an algorithm that is not allowed": Case(
        bound(alg="sha1"), {"algorithm.unsupported"}, MATCH
    ),
    "data hash with the algorithm of the claim": Case(bound(alg=ABSENT), state=State.TRUSTED),
    "data hash that is not a map": Case(
        lambda: build.signed(
            Recipe(binding=None, assertions=(build.actions(), build.cbor("c2pa.hash.data", [])))
        ),
        {"assertion.dataHash.malformed"},
        MATCH,
    ),
    "exclusions that are not list": Case(
        bound(exclusions={}), {"assertion.dataHash.malformed"}, MATCH
    ),
    "exclusions out of order": Case(
        bound(exclusions=[{"start": 50, "length": 9}, {"start": 40, "length": 1}]),
        {"assertion.dataHash.malformed"},
        MATCH,
    ),
    "exclusion beyond the end": Case(
        bound(exclusions=[{"start": 33, "length": 2**40}]), {"assertion.dataHash.mismatch"}, MATCH
    ),
    "exclusion of content": Case(
        lambda: build.signed(make=excluding_content),
        {"assertion.dataHash.additionalExclusionsPresent"},
        state=State.TRUSTED,
    ),
    "exclusion larger than the store": Case(
        lambda: build.signed(make=lambda data: excluding(data, more=10)),
        {"assertion.dataHash.mismatch"},
        MATCH,
    ),
    # --- the store
    "two stores": Case(lambda: twice(build.signed()), {"general.error"}, SOUND),
    "store that is none": Case(
        lambda: build.embed(b"\0\0\0\x08free"), {"manifest.inaccessible.malformed"}, SOUND
    ),
    "store with a label twice": Case(
        lambda: build.embed(build.store(Recipe().build(), Recipe().build())),
        {"manifest.inaccessible.malformed"},
        SOUND,
    ),
    "compressed manifest that is none": Case(
        lambda: build.signed(Recipe(code="c2cm")),
        {"manifest.compressed.invalid"},
        SIGNATURE | {"assertion.hashedURI.match"},
    ),
    # --- data elsewhere
    "cloud data": Case(
        of(build.cbor("c2pa.cloud-data", cloud("c2pa.metadata"))), state=State.TRUSTED
    ),
    "cloud data of nothing": Case(
        of(build.cbor("c2pa.cloud-data", {})), {"assertion.cloud-data.malformed"}
    ),
    "cloud data that are a list": Case(
        of(build.cbor("c2pa.cloud-data", [])), {"assertion.cloud-data.malformed"}
    ),
    "cloud data of no size": Case(
        of(build.cbor("c2pa.cloud-data", cloud("c2pa.metadata", size=0))),
        {"assertion.cloud-data.malformed"},
    ),
    "hard binding in the cloud": Case(
        of(build.cbor("c2pa.cloud-data", cloud("c2pa.hash.data"))),
        {"assertion.cloud-data.hardBinding"},
    ),
    "ingredient in the cloud": Case(
        of(build.cbor("c2pa.cloud-data", cloud("c2pa.ingredient.v3"))),
        {"assertion.cloud-data.malformed"},
    ),
    "update with actions in the cloud": Case(
        updated(build.cbor("c2pa.cloud-data", cloud("c2pa.actions.v2"))),
        {*VALIDATED, "assertion.cloud-data.actions"},
    ),
    "external reference": Case(
        of(build.cbor("c2pa.external-reference", {"location": WEB}, gathered=True)),
        state=State.TRUSTED,
    ),
    "external reference that the signer vouches for": Case(
        of(build.cbor("c2pa.external-reference", {"location": WEB})), state=State.TRUSTED
    ),
    "external reference to nowhere": Case(
        of(build.cbor("c2pa.external-reference", {}, gathered=True)),
        {"assertion.external-reference.malformed"},
    ),
    "external reference that is a list": Case(
        of(build.cbor("c2pa.external-reference", [], gathered=True)),
        {"assertion.external-reference.malformed"},
    ),
    "external reference with a hash of no algorithm": Case(
        of(
            build.cbor(
                "c2pa.external-reference", {"location": {**WEB, "hash": b"x"}}, gathered=True
            )
        ),
        {"assertion.external-reference.malformed"},
    ),
    "external actions": Case(
        of(
            build.cbor(
                "c2pa.external-reference", {"location": WEB, "label": "c2pa.actions"}, gathered=True
            )
        ),
        {"assertion.external-reference.malformed"},
    ),
    "linked resource": Case(of(linked("a/b.css")), {LINKED + "skipped"}, state=State.TRUSTED),
    "linked resource that nobody vouches for": Case(
        of(linked("a/b.css", gathered=True)), {LINKED + "skipped", LINKED + "notCreated"}
    ),
    "linked resource outside of its folder": Case(
        of(linked("a/%2e%2e/../b.css")), {LINKED + "invalidURI"}
    ),
    "linked resource without a hash": Case(
        of(build.cbor(LINKED_LABEL, {"resources": {"alg": "sha256", "relativeResources": [{}]}})),
        {LINKED + "malformed"},
    ),
    "linked resources that are a list": Case(
        of(build.cbor(LINKED_LABEL, [])), {LINKED + "malformed"}
    ),
    "linked resource with an algorithm that is not allowed": Case(
        of(linked("a/b.css", alg="md5")), {"algorithm.unsupported", LINKED + "skipped"}
    ),
    "no linked resource": Case(of(build.cbor(LINKED_LABEL, {})), {LINKED + "malformed"}),
}
