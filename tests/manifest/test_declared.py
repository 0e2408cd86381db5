"""What a lineage declares about AI, read back."""

from __future__ import annotations

import json

import pytest

from aidisclose.codec import jumbf
from aidisclose.manifest import declared, lineage, store
from aidisclose.manifest.declared import AI, Declared, Model
from aidisclose.manifest.source_type import SOURCE_TYPES
from tests.manifest import build
from tests.manifest.build import Assertion, Fields, Recipe


def uri(term: str) -> str:
    return SOURCE_TYPES[term].uri


def read(*recipes: Recipe, verified: bool = True) -> Declared:
    """What is declared by a store whose signatures all hold, or none of them."""
    parsed = store.parse(build.store(*(recipe.build() for recipe in recipes)))
    believed = lineage.believe(
        lineage.trace(parsed),
        parsed.active.label,
        verified=parsed.manifests.keys() if verified else frozenset(),
    )
    return declared.read(believed, parsed)


def act(action: str, term: str | None, agent: object = None) -> Fields:
    fields: Fields = {"action": f"c2pa.{action}"}
    fields |= {"digitalSourceType": uri(term)} if term else {}
    return fields | ({"softwareAgent": agent} if agent else {})


def made(*items: Fields, number: int = 1, more: tuple[Assertion, ...] = ()) -> Recipe:
    return Recipe(
        number=number, assertions=(build.actions(*items), *more), seal=lambda _: b"a signature"
    )


GENERATED = act("created", "trainedAlgorithmicMedia", {"name": "SDXL"})
CAPTURED = act("created", "digitalCapture")


@pytest.mark.parametrize(
    ("items", "ai"),
    [
        ([act("created", "trainedAlgorithmicMedia")], AI.GENERATED),
        ([act("created", "trainedAlgorithmicData")], AI.GENERATED),
        ([act("created", "compositeWithTrainedAlgorithmicMedia")], AI.COMPOSITE),
        ([act("created", "compositeSynthetic")], AI.COMPOSITE),
        ([act("created", "digitalCapture")], AI.NONE),
        ([act("created", "digitalArt")], AI.UNDECLARED),
        ([act("created", None)], AI.UNDECLARED),
        ([act("opened", None)], AI.UNDECLARED),
        ([act("edited", "trainedAlgorithmicMedia")], AI.EDITED),
        ([act("edited", "humanEdits")], AI.UNDECLARED),
        (
            [
                act("created", "digitalCapture"),
                act("edited", "compositeWithTrainedAlgorithmicMedia"),
            ],
            AI.EDITED,
        ),
        ([act("created", "trainedAlgorithmicMedia"), act("edited", "humanEdits")], AI.GENERATED),
        ([{"action": "c2pa.created", "digitalSourceType": "https://example.com"}], AI.UNDECLARED),
        (
            [{"action": "c2pa.created", "digitalSourceType": "trainedAlgorithmicMedia"}],
            AI.GENERATED,
        ),
        ([{"action": "c2pa.created", "digitalSourceType": 7}], AI.UNDECLARED),
    ],
)
def test_what_one_manifest_declares(items: list[Fields], ai: AI) -> None:
    found = read(made(*items))
    assert found.ai is ai
    types = (item.get("digitalSourceType") for item in items)
    assert found.source_types == tuple(
        dict.fromkeys(item for item in types if isinstance(item, str))
    )


@pytest.mark.parametrize(
    "relationships", [("componentOf", "parentOf"), ("parentOf", "componentOf")]
)
def test_a_parent_that_is_a_component_as_well(relationships: tuple[str, str]) -> None:
    """Whichever comes first: the asset itself was generated."""
    first = made(act("created", "trainedAlgorithmicMedia"))
    found = tuple(
        build.ingredient(first.build(), relationship, label=f"c2pa.ingredient.v3__{number}")
        for number, relationship in enumerate(relationships, 1)
    )
    assert read(first, made(act("opened", None), number=2, more=found)).ai is AI.GENERATED


def test_an_update_takes_back_what_was_permitted() -> None:
    """C2PA 2.5 §11.2.3: such an assertion may be added without a change of the content."""

    def permission(use: str) -> Assertion:
        entries = {"cawg.ai_training": {"use": use}}
        return build.cbor("cawg.training-mining", {"entries": entries})

    first = made(CAPTURED, more=(permission("allowed"),))
    parent = build.ingredient(first.build())
    update = Recipe(
        number=2,
        code="c2um",
        binding=None,
        assertions=(parent, permission("notAllowed")),
        seal=lambda _: b"a signature",
    )
    found = read(first, update).training
    assert [each.permission for each in found] == ["notAllowed", "allowed"]


def test_without_actions_nothing_is_declared() -> None:
    """Which never means that there was no AI."""
    assert read(Recipe(assertions=())) == Declared(ai=AI.UNDECLARED)


def test_what_cannot_be_read_is_named() -> None:
    found = read(made({"action": 7}))
    assert (found.ai, found.unread) == (
        AI.UNDECLARED,
        (build.url(build.label(1), "c2pa.assertions", "c2pa.actions.v2"),),
    )
    found = read(made({"action": 7}, more=(build.actions(label="c2pa.actions"),)))
    assert (found.ai, len(found.unread)) == (AI.GENERATED, 1)
    found = read(made(CAPTURED, more=(build.actions({"action": 7}, label="c2pa.actions"),)))
    assert (found.ai, len(found.unread)) == (AI.UNDECLARED, 1)


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(boxes=lambda boxes: [boxes["c2pa.assertions"]]),
        Recipe(),
    ],
)
def test_nothing_is_declared_by_what_nothing_proves(recipe: Recipe) -> None:
    found = read(recipe, verified=False)
    assert (found.ai, found.source_types, found.model) == (AI.UNDECLARED, (), Model())
    assert found.unproven is AI.GENERATED


MODEL = {"modelType": "c2pa.types.model", "modelName": "SDXL", "modelIdentifier": "pkg:x"}


@pytest.mark.parametrize(
    ("agent", "assertion", "model"),
    [
        (None, None, Model()),
        ("SDXL", None, Model(name="SDXL")),
        ({"name": "SDXL", "version": "1.0"}, None, Model(name="SDXL", version="1.0")),
        (None, MODEL, Model(name="SDXL", identifier="pkg:x", type="c2pa.types.model")),
        (
            {"name": "SDXL", "version": "1.0"},
            MODEL,
            Model(name="SDXL", version="1.0", identifier="pkg:x", type="c2pa.types.model"),
        ),
        ("Photoshop", MODEL, Model(name="SDXL", identifier="pkg:x", type="c2pa.types.model")),
        (
            None,
            {"modelName": 7, "contentProfile": {"humanOversightLevel": "prompt_guided"}},
            Model(oversight="prompt_guided"),
        ),
        (
            "SDXL",
            {"modelType": "c2pa.types.model", "contentProfile": "x"},
            Model(name="SDXL", type="c2pa.types.model"),
        ),
        ("SDXL", ["no map"], Model(name="SDXL")),
        ("SDXL", b"\xff", Model(name="SDXL")),
    ],
)
def test_the_model(agent: object, assertion: object, model: Model) -> None:
    more = () if assertion is None else (build.cbor("c2pa.ai-disclosure", assertion),)
    found = read(made(act("created", "trainedAlgorithmicMedia", agent), more=more))
    assert found.model == model
    assert str(found.model) == " ".join(filter(None, (model.name, model.version)))


def test_the_agent_of_a_human_edit_is_no_model() -> None:
    assert read(made(act("edited", "humanEdits", "Photoshop"))).model == Model()


def chain(*items: tuple[Fields, str]) -> list[Recipe]:
    """Manifests that each have the one before as an ingredient."""
    recipes: list[Recipe] = []
    for number, (item, relationship) in enumerate(items, 1):
        more = (build.ingredient(recipes[-1].build(), relationship),) if recipes else ()
        recipes.append(made(item, number=number, more=more))
    return recipes


@pytest.mark.parametrize(
    ("items", "ai"),
    [
        ([(GENERATED, ""), (act("opened", None), "parentOf")], AI.GENERATED),
        ([(GENERATED, ""), (act("opened", None), "componentOf")], AI.COMPOSITE),
        ([(GENERATED, ""), (act("opened", None), "inputTo")], AI.COMPOSITE),
        ([(CAPTURED, ""), (act("opened", None), "parentOf")], AI.NONE),
        # A photograph that a composition contains says nothing about the rest of it.
        ([(CAPTURED, ""), (act("opened", None), "componentOf")], AI.UNDECLARED),
        (
            [(CAPTURED, ""), (act("edited", "compositeWithTrainedAlgorithmicMedia"), "parentOf")],
            AI.EDITED,
        ),
        (
            [(GENERATED, ""), (act("opened", None), "parentOf"), (act("opened", None), "parentOf")],
            AI.GENERATED,
        ),
        (
            [
                (GENERATED, ""),
                (act("opened", None), "componentOf"),
                (act("opened", None), "parentOf"),
            ],
            AI.COMPOSITE,
        ),
        (
            [(GENERATED, ""), (act("opened", None), "parentOf"), (CAPTURED, "componentOf")],
            AI.COMPOSITE,
        ),
    ],
)
def test_what_a_lineage_declares(items: list[tuple[Fields, str]], ai: AI) -> None:
    """A later manifest does not wash off what an earlier one says."""
    found = read(*chain(*items))
    assert found.ai is ai
    if items[0][0] is GENERATED:
        assert found.model.name == "SDXL"
        assert uri("trainedAlgorithmicMedia") in found.source_types


def test_the_active_manifest_is_named_first() -> None:
    found = read(
        *chain((GENERATED, ""), (act("edited", "compositeSynthetic", "Later"), "parentOf"))
    )
    assert found.source_types == (uri("compositeSynthetic"), uri("trainedAlgorithmicMedia"))
    assert found.model.name == "Later"


def test_manifests_that_are_no_ingredients_say_nothing() -> None:
    """But nobody is told that no AI was used, where one of them says that it was."""
    found = read(made(GENERATED, number=1), made(CAPTURED, number=2))
    assert (found.ai, found.unproven) == (AI.UNDECLARED, AI.GENERATED)
    assert found.source_types == (uri("digitalCapture"),)
    assert found.contradictions == (
        "a part of the manifest store that nothing proves says generated",
    )
    assert read(made(CAPTURED, number=1), made(CAPTURED, number=2)).ai is AI.NONE


def test_a_circle_is_walked_once() -> None:
    def refer(number: int) -> Assertion:
        reference = {"url": build.url(build.label(number)), "hash": b"h"}
        return build.ingredient(None, "parentOf", activeManifest=reference, validationResults={})

    circle = [made(GENERATED, number=n, more=(refer(1 + n % 3),)) for n in (1, 2, 3)]
    assert read(*circle).ai is AI.GENERATED


@pytest.mark.parametrize(
    "broken",
    [
        build.ingredient(None, "childOf"),
        build.ingredient(None, "parentOf", activeManifest="x", validationResults={}),
        build.cbor("c2pa.ingredient.v3", b"\xff"),
        build.ingredient(
            None,
            activeManifest={"url": build.url("nowhere"), "hash": b"h"},
            validationResults={},
        ),
        build.ingredient(
            None, activeManifest={"url": "https://example.com", "hash": b"h"}, validationResults={}
        ),
    ],
)
def test_a_broken_ingredient_does_not_hide_the_rest(broken: Assertion) -> None:
    assert read(made(GENERATED, more=(broken,))).ai is AI.GENERATED


# --- what nobody may overlook ---------------------------------------------------------------------

AI_TERM = uri("trainedAlgorithmicMedia")


def url_of(number: int, name: str) -> str:
    return build.url(build.label(number), "c2pa.assertions", name)


@pytest.mark.parametrize(
    "name",
    [
        *("c2pa.metadata", "cawg.metadata", "com.litware.metadata", "c2pa.metadata__2"),
        *("stds.iptc", "stds.iptc.photo-metadata", "stds.exif", "stds.schema-org.CreativeWork"),
    ],
)
@pytest.mark.parametrize(
    "key", ["Iptc4xmpExt:DigitalSourceType", "digitalSourceType", "http://x/y/DigitalSourceType"]
)
def test_metadata_of_any_namespace_is_read(name: str, key: str) -> None:
    said = build.json(name, json.dumps({"a": [{key: {"@id": AI_TERM}}]}).encode())
    assert read(made(CAPTURED, more=(said,))).ai is AI.GENERATED


@pytest.mark.parametrize(
    "item",
    [
        {"digitalSourceType": [AI_TERM]},
        {"digitalSourceType": 7},
        {"digital_source_type": AI_TERM},
        {"parameters": {"com.example.x": {"digitalSourceType": AI_TERM}}},
        {"changes": [{"digitalSourceType": AI_TERM}]},
        {"digitalSourceType": AI_TERM.upper()},
        {"digitalSourceType": AI_TERM + "#x"},
        {"digitalSourceType": "http://example.com/digitalCapture"},
    ],
)
def test_a_source_type_in_an_unusual_place_or_form_leaves_it_open(item: Fields) -> None:
    assert read(made(CAPTURED, {"action": "c2pa.edited", **item})).ai is AI.UNDECLARED


@pytest.mark.parametrize("name", ["com.example.note", "c2pa.asset-type", "c2pa.embedded-data"])
def test_a_source_type_in_an_assertion_of_any_kind_leaves_it_open(name: str) -> None:
    said = build.cbor(name, {"more": {"digitalSourceType": AI_TERM}})
    assert read(made(CAPTURED, more=(said,))).ai is AI.UNDECLARED
    same = build.cbor(name, {"more": {"digitalSourceType": uri("digitalCapture")}})
    assert read(made(CAPTURED, more=(same,))).ai is AI.NONE


@pytest.mark.parametrize("kind", ["c2pa.cloud-data", "c2pa.external-reference"])
@pytest.mark.parametrize(
    ("named", "is_named"),
    [
        ("c2pa.ai-disclosure", True),
        ("com.litware.metadata__2", True),
        ("c2pa.actions.v2", True),
        ("com.example.note", True),
        ("c2pa.thumbnail.claim", False),
        (7, False),
    ],
)
def test_what_is_stored_elsewhere_is_named(kind: str, named: object, is_named: bool) -> None:
    said = build.cbor(kind, {"label": named, "location": {"url": "https://example.com"}})
    found = read(made(CAPTURED, more=(said,)))
    assert found.unread == ((url_of(1, kind),) if is_named else ())
    assert found.ai is (AI.UNDECLARED if is_named else AI.NONE)


@pytest.mark.parametrize("name", ["c2pa.ai-disclosure", "c2pa.actions.v2__1", "c2pa.metadata"])
def test_what_is_listed_and_missing_is_named(name: str) -> None:
    """In an ingredient this may be recorded, and then changes no verdict."""
    gone = build.cbor(name, {"x": 1})

    def list_it(fields: Fields) -> None:
        listed = fields["created_assertions"]
        assert isinstance(listed, list)
        listed.append(gone.reference)

    found = read(
        Recipe(assertions=(build.actions(CAPTURED),), edit=list_it, seal=lambda _: b"a signature")
    )
    assert (found.ai, found.unread) == (AI.UNDECLARED, (url_of(1, name),))


def test_an_ingredient_whose_manifest_is_not_believed_is_named() -> None:
    component = Recipe(number=1, assertions=(build.actions(CAPTURED),), seal=lambda _: b"a")
    other = Recipe(number=1, assertions=(build.actions(CAPTURED),), seal=lambda _: b"b")
    part = build.ingredient(component.build(), "componentOf")
    whole = made(CAPTURED, number=2, more=(part,))
    assert read(component, whole).ai is AI.NONE
    found = read(other, whole)
    assert (found.ai, found.unread) == (AI.UNDECLARED, (url_of(2, part.label),))


@pytest.mark.parametrize(
    ("secret", "ai"),
    [
        (build.json("c2pa.metadata", b'{"exif:GPSLatitude": "1"}'), AI.NONE),
        (build.cbor("c2pa.ai-disclosure", {"modelName": "SDXL"}), AI.UNDECLARED),
        (build.cbor("com.example.note", {"modelName": "SDXL"}), AI.UNDECLARED),
        (build.cbor("c2pa.depthmap.GDepth", {"a": "SDXL"}), AI.NONE),
    ],
)
def test_a_redacted_disclosure_leaves_it_open(secret: Assertion, ai: AI) -> None:
    """Metadata is redacted for privacy; who redacts it vouches for what is left."""
    child = made(CAPTURED, more=(secret,))
    content = next(jumbf.parse(secret.box).contents).content
    blank = child.build().replace(content, bytes(len(content)))
    parent = Recipe(
        number=2,
        assertions=(build.actions(act("opened", None)), build.ingredient(child.build())),
        claim={"redacted_assertions": [url_of(1, secret.label)]},
        seal=lambda _: b"a signature",
    )
    parsed = store.parse(build.store(blank, parent.build()))
    found = lineage.trace(parsed)
    believed = lineage.believe(found, parsed.active.label, verified=parsed.manifests.keys())
    said = declared.read(believed, parsed)
    assert said.ai is ai
    assert said.unread == (() if ai is AI.NONE else (url_of(1, secret.label),))
