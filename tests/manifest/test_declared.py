"""What a lineage declares about AI, read back."""

from __future__ import annotations

import pytest

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
