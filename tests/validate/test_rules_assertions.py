"""Rules for single kinds of assertions: external data, references, evidence, representations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aidisclose.codec import jumbf
from tests.manifest import build
from tests.manifest.build import ABSENT, Assertion, Fields, Recipe
from tests.validate.finding import codes, doing, examine, failures, having, statuses

HASH = bytes(32)
LOCATION: Fields = {"url": "https://example.com/a", "alg": "sha256", "hash": HASH}
THUMBNAIL = build.file("c2pa.thumbnail.ingredient", b"picture")
PLAIN = build.cbor("com.example.note", {"a": 1})
SOFT_BINDING = build.cbor("c2pa.soft-binding", {"alg": "com.example.mark", "blocks": []})


def changed(reference: Fields) -> Fields:
    return reference | {"hash": HASH}


def cloud(**fields: object) -> Assertion:
    content: Fields = {"label": "com.example.data", "size": 5, "location": LOCATION, **fields}
    kept = {name: value for name, value in content.items() if value is not ABSENT}
    return build.cbor("c2pa.cloud-data", kept)


def external(**fields: object) -> Assertion:
    return build.cbor("c2pa.external-reference", {"location": LOCATION, **fields}, gathered=True)


def linked(gathered: bool = False, **resources: object) -> Assertion:
    label = "c2pa.linked-resource-integrity"
    return build.cbor(label, {"resources": resources}, gathered=gathered)


REPRESENTATION = "c2pa.alternative-content-representation"


def original(*labels: str, **parameters: object) -> tuple[Assertion, ...]:
    content = {"type": "exif.originalPreservationImage", "parameters": parameters}
    name = REPRESENTATION
    return tuple(build.cbor(label, content) for label in labels or (name,))


def parts(count: int) -> Assertion:
    return build.cbor("c2pa.hash.multi-asset", {"parts": [{}] * count})


CLOUD = "assertion.cloud-data"
EXTERNAL = "assertion.external-reference"
LINKED = "assertion.linkedResourceIntegrity"
ORIGINAL = "assertion.alternativeContentRepresentation"
ENTRY: Fields = {"uri": "style.css", "hash": HASH}

#: What is in the manifest → the codes of failures.
ASSERTIONS: dict[str, tuple[tuple[Assertion, ...], set[str]]] = {
    "cloud data": ((cloud(),), set()),
    "cloud data without label": ((cloud(label=ABSENT),), {f"{CLOUD}.malformed"}),
    "cloud data without size": ((cloud(size=ABSENT),), {f"{CLOUD}.malformed"}),
    "cloud data of no size": ((cloud(size=0),), {f"{CLOUD}.malformed"}),
    "cloud data without location": ((cloud(location=ABSENT),), {f"{CLOUD}.malformed"}),
    "cloud data nowhere": ((cloud(location={"alg": "sha256"}),), {f"{CLOUD}.malformed"}),
    "hard binding in the cloud": ((cloud(label="c2pa.hash.boxes"),), {f"{CLOUD}.hardBinding"}),
    "actions in the cloud": ((cloud(label="c2pa.actions.v2"),), {f"{CLOUD}.malformed"}),
    "cloud data in the cloud": ((cloud(label="c2pa.cloud-data"),), {f"{CLOUD}.malformed"}),
    "ingredient in the cloud": ((cloud(label="c2pa.ingredient.v3__2"),), {f"{CLOUD}.malformed"}),
    "cloud data that is a list": ((build.cbor("c2pa.cloud-data", []),), {f"{CLOUD}.malformed"}),
    "external reference": ((external(),), set()),
    "external reference, unhashed": ((external(location={"url": "ipfs:a"}),), set()),
    "external reference, vouched for": (
        (build.cbor("c2pa.external-reference", {"location": LOCATION}),),
        set(),
    ),
    "external reference to nothing": ((external(location={}),), {f"{EXTERNAL}.malformed"}),
    "external reference, no algorithm": (
        (external(location={"url": "https://example.com", "hash": HASH}),),
        {f"{EXTERNAL}.malformed"},
    ),
    "external binding": ((external(label="c2pa.hash.data"),), {f"{EXTERNAL}.malformed"}),
    "external reference elsewhere": (
        (external(label="c2pa.external-reference"),),
        {f"{EXTERNAL}.malformed"},
    ),
    "external reference of no name": ((external(label=7),), {f"{EXTERNAL}.malformed"}),
    "external reference of an empty name": ((external(label=""),), {f"{EXTERNAL}.malformed"}),
    "external data of a kind": ((external(label="com.example.data"),), set()),
    "linked resources": ((linked(externalResources=[LOCATION]),), set()),
    "linked files": ((linked(relativeResources=[ENTRY], alg="sha256"),), set()),
    "linked resources, not vouched for": (
        (linked(gathered=True, externalResources=[LOCATION]),),
        {f"{LINKED}.notCreated"},
    ),
    "no linked resources": ((linked(externalResources=[]),), {f"{LINKED}.malformed"}),
    "linked resources that are no maps": (
        (linked(externalResources=[7, "url", None, [LOCATION]]),),
        {f"{LINKED}.malformed"},
    ),
    "linked resources in no list": ((linked(externalResources="url"),), {f"{LINKED}.malformed"}),
    "linked files without algorithm": (
        (linked(relativeResources=[ENTRY]),),
        {f"{LINKED}.malformed"},
    ),
    "linked files, unknown algorithm": (
        (linked(relativeResources=[ENTRY], alg="md5"),),
        {"algorithm.unsupported"},
    ),
    "linked resource without hash": (
        (linked(externalResources=[LOCATION, {"url": "https://example.com"}]),),
        {f"{LINKED}.malformed"},
    ),
    "linked file outside": (
        (linked(relativeResources=[ENTRY | {"uri": "a/%2e%2E/b"}], alg="sha256"),),
        {f"{LINKED}.invalidURI"},
    ),
    "linked file here": (
        (linked(relativeResources=[ENTRY | {"uri": "./a..b"}], alg="sha256"),),
        set(),
    ),
    "soft binding": ((SOFT_BINDING,), set()),
    "soft binding without algorithm": (
        (build.cbor("c2pa.soft-binding", {"blocks": []}),),
        {"algorithm.unsupported"},
    ),
    "time stamp assertion without any": (
        (build.cbor("c2pa.time-stamp", {}),),
        {"assertion.timestamp.malformed"},
    ),
    "time stamp assertion, no map": (
        (build.cbor("c2pa.time-stamp", [1]),),
        {"assertion.timestamp.malformed"},
    ),
    "processed backwards": (
        (
            build.cbor(
                "com.example.note",
                {"metadata": {"processStart": "2026-01-02T00:00:00Z", "processEnd": "2026-01-01"}},
            ),
        ),
        {"assertion.metadata.malformed"},
    ),
    "processed forwards": (
        (
            build.cbor(
                "com.example.note",
                {"metadata": {"processStart": "2026-01-01T00:00:00Z", "processEnd": "2026-01-01"}},
            ),
        ),
        set(),
    ),
    "metadata that is text": ((build.cbor("com.example.note", {"metadata": "x"}),), set()),
    "original image in a part": ((parts(2), *original(multiAssetPartIndex=1)), set()),
    "original image in a part that is missing": (
        (parts(2), *original(multiAssetPartIndex=2)),
        {f"{ORIGINAL}.malformed"},
    ),
    "original image without parameters": (
        (build.cbor(REPRESENTATION, {"type": "exif.originalPreservationImage"}),),
        {f"{ORIGINAL}.malformed"},
    ),
    "original image in a part of no list": (
        (
            build.cbor("c2pa.hash.multi-asset", {"parts": {"a": {}, "b": {}}}),
            *original(multiAssetPartIndex=0),
        ),
        {f"{ORIGINAL}.malformed"},
    ),
    "original image in a part of what is no map": (
        (build.cbor("c2pa.hash.multi-asset", [{}]), *original(multiAssetPartIndex=0)),
        {f"{ORIGINAL}.malformed"},
    ),
    "original image, no parts": (original(multiAssetPartIndex=0), {f"{ORIGINAL}.malformed"}),
    "original image embedded": (
        (PLAIN, *original(embeddedOriginalPreservationImage=PLAIN.reference)),
        set(),
    ),
    "original image changed": (
        (PLAIN, *original(embeddedOriginalPreservationImage=changed(PLAIN.reference))),
        {f"{ORIGINAL}.hashMismatch"},
    ),
    "original image gone": (
        original(embeddedOriginalPreservationImage=PLAIN.reference),
        {f"{ORIGINAL}.missing"},
    ),
    "original image without hash": (
        (PLAIN, *original(embeddedOriginalPreservationImage={"url": PLAIN.reference["url"]})),
        {f"{ORIGINAL}.malformed"},
    ),
    "original image nowhere": (original(), {f"{ORIGINAL}.malformed"}),
    "original image behind a representation of another type": (
        (
            build.cbor("c2pa.alternative-content-representation", {"type": "com.example.x"}),
            parts(1),
            *original("c2pa.alternative-content-representation__1", multiAssetPartIndex=0),
        ),
        set(),
    ),
    "two original images": (
        (
            parts(1),
            *original(
                "c2pa.alternative-content-representation",
                "c2pa.alternative-content-representation__1",
                multiAssetPartIndex=0,
            ),
        ),
        {f"{ORIGINAL}.malformed"},
    ),
}


@pytest.mark.parametrize(("assertions", "expected"), ASSERTIONS.values(), ids=ASSERTIONS)
def test_an_assertion_fails_with_exactly_these_codes(
    assertions: tuple[Assertion, ...], expected: set[str]
) -> None:
    # The validator is asked without the asset, so a multi-asset hash is not followed.
    assert failures(having(*assertions)) == expected


def test_actions_in_the_cloud_of_an_update_manifest_have_a_code_of_their_own() -> None:
    parent = Recipe().build()
    items = (build.ingredient(parent), cloud(label="c2pa.actions.v2"))
    update = Recipe(number=2, code="c2um", assertions=items, binding=None).build()
    assert failures(parent, update) == {f"{CLOUD}.actions"}


def test_a_sound_representation_is_a_success() -> None:
    assert f"{ORIGINAL}.match" in codes(having(parts(1), *original(multiAssetPartIndex=0)))


def test_each_linked_resource_is_named() -> None:
    found = examine(having(linked(relativeResources=[ENTRY, ENTRY | {"uri": "b"}], alg="sha256")))
    skipped = [item for item in statuses(found) if item.code == f"{LINKED}.skipped"]
    assert [item.resource for item in skipped] == ["style.css", "b"]
    encoded = found.active.encode()["informational"]
    assert [item.get("resourceUrl") for item in encoded if item["code"] == f"{LINKED}.skipped"] == [
        "style.css",
        "b",
    ]


def icon(reference: object) -> Fields:
    return {"name": "tool", "icon": reference}


def edited(**fields: object) -> Fields:
    return {"action": "c2pa.edited", **fields}


#: A manifest with something that refers to the thumbnail in a hashed URI.
REFERRING: dict[str, Callable[[object], bytes]] = {
    "claim icon": lambda to: having(THUMBNAIL, claim={"claim_generator_info": icon(to)}),
    "agent icon": lambda to: doing(edited(softwareAgent=icon(to)), beside=(THUMBNAIL,)),
    "listed agent icon": lambda to: doing(softwareAgents=[icon(to)], beside=(THUMBNAIL,)),
    "template icon": lambda to: doing(
        templates=[{"action": "c2pa.edited", "icon": to}], beside=(THUMBNAIL,)
    ),
    "ingredient thumbnail": lambda to: having(
        THUMBNAIL, build.ingredient(relationship="componentOf", thumbnail=to)
    ),
    "ingredient data": lambda to: having(
        THUMBNAIL, build.ingredient(relationship="componentOf", data=to)
    ),
    "related assertion": lambda to: doing(
        edited(parameters={"relatedAssertions": [to]}), beside=(THUMBNAIL,)
    ),
}


@pytest.mark.parametrize("make", REFERRING.values(), ids=REFERRING)
def test_a_reference_must_lead_to_what_it_was_made_for(make: Callable[[object], bytes]) -> None:
    good = THUMBNAIL.reference
    assert failures(make(good)) == set()
    assert "hashedURI.mismatch" in failures(make(changed(good)))
    assert "hashedURI.missing" in failures(make(good | {"url": f"{good['url']}__9"}))
    assert "hashedURI.mismatch" in failures(make({"url": good["url"]}))
    assert "algorithm.unsupported" in failures(make(good | {"alg": "sha1"}))


def test_references_to_the_outside_are_not_followed() -> None:
    assert failures(having(claim={"claim_generator_info": icon(LOCATION)})) == set()


def related(*targets: object) -> bytes:
    beside = (PLAIN, THUMBNAIL, build.ingredient(relationship="componentOf"))
    return doing(edited(parameters={"relatedAssertions": list(targets)}), beside=beside)


def test_every_related_assertion_is_judged_whatever_the_others_are() -> None:
    """One that names nothing does not end the list."""
    lost: Fields = {"url": build.url(build.label(1), "c2pa.assertions", "gone"), "hash": HASH}
    table: list[list[object]] = [[7], [{"hash": HASH}], [7, lost], [lost, "url"]]
    for others in table:
        found = statuses(examine(related(*others, lost)))
        said = [each.explanation for each in found if each.code == "assertion.action.malformed"]
        expected = f"no assertion of this manifest at {lost['url']}"
        assert said == [expected] * (1 + others.count(lost))


def test_related_assertions_are_neither_none_nor_of_the_wrong_kind() -> None:
    assert failures(related(PLAIN.reference)) == set()
    assert failures(related()) == {"assertion.action.malformed"}
    ingredient = build.ingredient(relationship="componentOf")
    assert failures(related(ingredient.reference)) == {"assertion.action.malformed"}


def test_related_assertions_of_an_ingredient_end_with_ingredient() -> None:
    said = build.cbor("com.example.ai.ingredient", {"a": 1})

    def of(*targets: Assertion) -> bytes:
        listed = [item.reference for item in targets]
        made = build.ingredient(relationship="componentOf", relatedAssertions=listed)
        return having(*targets, made)

    assert failures(of(said)) == set()
    assert failures(of()) == {"assertion.ingredient.malformed"}
    assert failures(of(PLAIN)) == {"assertion.ingredient.malformed"}


def test_an_ingredient_with_a_manifest_has_no_related_assertions() -> None:
    parent = Recipe().build()
    assertion = build.ingredient(parent, relatedAssertions=[PLAIN.reference])
    child = Recipe(number=2, assertions=(PLAIN, assertion, build.actions())).build()
    assert "assertion.ingredient.malformed" in failures(parent, child)


def test_a_data_box_is_found_where_old_claims_put_it() -> None:
    """Data boxes lie in a store of their own, not among the assertions."""
    inner = build.cbor("c2pa.data", {"dc:format": "text/plain", "data": b"prompt"}).box
    box = jumbf.superbox(jumbf.type_uuid("c2db"), "c2pa.databoxes", [inner])
    where = "self#jumbf=c2pa.databoxes/c2pa.data"

    def of(digest: bytes) -> bytes:
        made = build.ingredient(relationship="inputTo", data={"url": where, "hash": digest})
        return having(made, boxes=lambda boxes: [*boxes.values(), box])

    assert failures(of(build.digest(inner))) == set()
    assert failures(of(HASH)) == {"hashedURI.mismatch"}
