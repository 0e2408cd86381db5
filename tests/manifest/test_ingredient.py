"""Ingredient assertions of all versions, in the terms of the third."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose.errors import Malformed
from aidisclose.manifest import ingredient, store
from aidisclose.manifest.ingredient import Ingredient
from aidisclose.manifest.uri import HashedURI
from tests.manifest import build
from tests.manifest.build import ABSENT, Recipe

REFERENCE = {"url": "self#jumbf=/c2pa/urn:a", "hash": b"h", "alg": "sha256"}
FOUND = HashedURI("self#jumbf=/c2pa/urn:a", b"h", "sha256")


def decode(label: object = "c2pa.ingredient.v3", **fields: object) -> Ingredient:
    assert isinstance(label, str)
    named = {name.replace("dc_", "dc:"): value for name, value in fields.items()}
    assertion = build.ingredient(label=label, **named)  # type: ignore[arg-type]
    manifest = store.parse(build.store(Recipe(assertions=[assertion]).build())).active
    return ingredient.decode(manifest.assertions[label])


def test_an_ingredient_without_a_manifest() -> None:
    found = decode(dc_format="image/png", instanceID="xmp:iid:1")
    assert (found.version, found.relationship) == (3, "parentOf")
    assert (found.title, found.media_type) == ("an ingredient", "image/png")
    assert found.instance_id == "xmp:iid:1"
    assert (found.manifest, found.claim_signature, found.recorded) == (None, None, frozenset())


@pytest.mark.parametrize("relationship", ["parentOf", "componentOf", "inputTo"])
def test_relationships(relationship: str) -> None:
    assert decode(relationship=relationship).relationship == relationship


@pytest.mark.parametrize(
    "value", [ABSENT, None, "", "ParentOf", "childOf", b"parentOf", ["parentOf"], {}]
)
def test_other_relationships(value: object) -> None:
    with pytest.raises(Malformed, match="an ingredient cannot be"):
        decode(relationship=value)


def test_a_manifest_and_its_signature() -> None:
    found = decode(validationResults={}, activeManifest=REFERENCE, claimSignature=REFERENCE)
    assert (found.manifest, found.claim_signature) == (FOUND, FOUND)


@pytest.mark.parametrize("label", ["c2pa.ingredient", "c2pa.ingredient.v2"])
def test_older_versions_name_the_manifest_differently(label: str) -> None:
    found = decode(label, c2pa_manifest=REFERENCE, claimSignature=REFERENCE, activeManifest="x")
    assert found.version == {"c2pa.ingredient": 1, "c2pa.ingredient.v2": 2}[label]
    assert (found.manifest, found.claim_signature) == (FOUND, None)
    assert decode(c2pa_manifest=REFERENCE).manifest is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"activeManifest": REFERENCE}, "without validation results"),
        (
            {"activeManifest": REFERENCE, "validationResults": {}, "digitalSourceType": "x"},
            "both a manifest and a digital source type",
        ),
        ({"activeManifest": "x", "validationResults": {}}, "not a hashed URI"),
        ({"claimSignature": {}}, "not a hashed URI"),
    ],
)
def test_contradictions(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        decode(**fields)


def test_an_ingredient_may_say_how_it_came_to_be() -> None:
    assert decode(digitalSourceType=build.SOURCE_TYPE).manifest is None


def test_recorded_results_of_all_kinds() -> None:
    """Of the ingredient and of its own ingredients, in the form of every version."""
    found = decode(
        validationResults={
            "activeManifest": {
                "success": [{"code": "a", "url": "1"}],
                "informational": [],
                "failure": [{"code": "b", "url": "2", "explanation": "x"}],
            },
            "ingredientDeltas": [
                {
                    "ingredientAssertionURI": "x",
                    "validationDeltas": {"failure": [{"code": "c", "url": "3"}]},
                }
            ],
        },
        validationStatus=[{"code": "d", "url": "4"}],
    )
    assert found.recorded == {("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")}


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
names = st.sampled_from(
    ["relationship", "validationResults", "validationStatus", "activeManifest", "claimSignature"]
)


@given(
    results=anything
    | st.fixed_dictionaries(
        {"activeManifest": anything, "ingredientDeltas": st.lists(anything, max_size=3)}
    ),
    fields=st.dictionaries(names, anything),
)
def test_arbitrary_fields_raise_nothing_else(results: object, fields: dict[str, object]) -> None:
    try:
        found = decode(**{"validationResults": results, **fields})
    except Malformed:
        return
    assert all(isinstance(item, tuple) for item in found.recorded)
