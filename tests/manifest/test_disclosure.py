"""Disclosure: what each kind writes, what is refused, and what is read back from a lineage."""

from __future__ import annotations

import cbor2
import pytest

from aidisclose.manifest import disclosure, store
from aidisclose.manifest.disclosure import AI, Declared, Disclosure, Model
from aidisclose.manifest.source_type import SOURCE_TYPES
from aidisclose.manifest.uri import HashedURI
from tests.manifest import build
from tests.manifest.build import Assertion, Fields, Recipe

PARENT = HashedURI("self#jumbf=c2pa.assertions/c2pa.ingredient.v3", b"h")
WHEN = "2026-01-01T00:00:00Z"
TIME = cbor2.CBORTag(0, WHEN)
OPENED = {
    "action": "c2pa.opened",
    "when": TIME,
    "parameters": {"ingredients": [{"url": PARENT.url, "hash": b"h"}]},
}


def uri(term: str) -> str:
    return SOURCE_TYPES[term].uri


# --- writing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ai", "term"),
    [
        ("generated", "trainedAlgorithmicMedia"),
        ("composite", "compositeWithTrainedAlgorithmicMedia"),
        ("none", "digitalCreation"),
    ],
)
def test_what_is_new_was_created(ai: str, term: str) -> None:
    assert Disclosure(ai=ai).write_actions(parent=None, when=WHEN) == {
        "actions": [{"action": "c2pa.created", "when": TIME, "digitalSourceType": uri(term)}],
        "allActionsIncluded": True,
    }


@pytest.mark.parametrize(
    ("ai", "term"),
    [
        ("generated", "trainedAlgorithmicMedia"),
        ("composite", "compositeWithTrainedAlgorithmicMedia"),
        ("edited", "compositeWithTrainedAlgorithmicMedia"),
    ],
)
def test_what_had_a_parent_was_opened_and_edited(ai: str, term: str) -> None:
    """What happened before is told by the parent; a file is never created twice."""
    written = Disclosure(ai=ai, model="SDXL").write_actions(parent=PARENT, when=WHEN)
    edited = {
        "action": "c2pa.edited",
        "when": TIME,
        "softwareAgent": {"name": "SDXL"},
        "digitalSourceType": uri(term),
    }
    assert written["actions"] == [OPENED, edited]


def test_without_ai_a_parent_is_only_opened() -> None:
    assert Disclosure(ai="none").write_actions(parent=PARENT, when=WHEN)["actions"] == [OPENED]


def test_an_edit_needs_its_parent() -> None:
    with pytest.raises(ValueError, match="must be there as the parent"):
        Disclosure(ai="edited").write_actions(parent=None, when=WHEN)


@pytest.mark.parametrize(
    ("item", "opens"),
    [
        (Disclosure(ai="generated"), False),
        (Disclosure(ai="generated", actions=("c2pa.cropped",)), False),
        (Disclosure(ai="composite"), False),
        (Disclosure(ai="edited"), True),
        (Disclosure(ai="none"), False),
        (Disclosure(ai="none", actions=("c2pa.cropped",)), True),
    ],
)
def test_whether_the_source_is_opened(item: Disclosure, opens: bool) -> None:
    assert item.opens is opens


@pytest.mark.parametrize(
    ("given", "term"),
    [
        ({"ai": "generated"}, "humanEdits"),
        ({"ai": "none"}, "humanEdits"),
        ({"ai": "none", "source_type": "screenCapture"}, "screenCapture"),
        ({"ai": "generated", "source_type": "trainedAlgorithmicData"}, "humanEdits"),
    ],
)
def test_further_actions_say_how_they_were_done(given: dict[str, str], term: str) -> None:
    """Unless they have nothing to say about it (C2PA conformance requirements)."""
    actions = ("c2pa.cropped", "c2pa.published", "com.example.blessed")
    item = Disclosure(**given, actions=actions)  # type: ignore[arg-type]
    written = item.write_actions(parent=None, when=WHEN)["actions"]
    assert isinstance(written, list)
    assert written[1:] == [
        {"action": "c2pa.cropped", "when": TIME, "digitalSourceType": uri(term)},
        {"action": "c2pa.published", "when": TIME},
        {"action": "com.example.blessed", "when": TIME},
    ]


def test_another_source_type_and_the_whole_model() -> None:
    item = Disclosure(
        ai="generated",
        model="SDXL",
        model_version="1.0",
        model_id="pkg:huggingface/sdxl",
        model_type="c2pa.types.model.pytorch",
        oversight="prompt_guided",
        source_type="https://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic",
    )
    written = item.write_actions(parent=None, when=WHEN)["actions"]
    assert isinstance(written, list)
    [action] = written
    assert action["softwareAgent"] == {"name": "SDXL", "version": "1.0"}
    assert action["digitalSourceType"] == uri("compositeSynthetic")
    assert item.write_model() == {
        "modelType": "c2pa.types.model.pytorch",
        "modelName": "SDXL",
        "modelIdentifier": "pkg:huggingface/sdxl",
        "contentProfile": {"humanOversightLevel": "prompt_guided"},
    }


@pytest.mark.parametrize(
    ("item", "fields"),
    [
        (Disclosure(ai="generated"), None),
        (Disclosure(ai="none"), None),
        (Disclosure(ai="generated", model_type="c2pa.types.model"), None),
        (Disclosure(ai="edited", model="X"), {"modelType": "c2pa.types.model", "modelName": "X"}),
        (
            Disclosure(ai="generated", oversight="fully_autonomous"),
            {
                "modelType": "c2pa.types.model",
                "contentProfile": {"humanOversightLevel": "fully_autonomous"},
            },
        ),
    ],
)
def test_a_model_is_only_written_where_something_is_known(
    item: Disclosure, fields: dict[str, object] | None
) -> None:
    assert item.write_model() == fields


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ai": "maybe"}, "ai is one of generated, composite, edited, none, not 'maybe'"),
        ({"ai": "undeclared"}, "ai is one of"),
        ({"ai": ""}, "ai is one of"),
        ({"ai": "generated", "model_version": "1"}, "a model version needs the name"),
        ({"ai": "generated", "oversight": "some"}, "oversight is one of fully_autonomous"),
        ({"ai": "generated", "model_type": "onnx"}, "model_type is c2pa.types.model or"),
        ({"ai": "generated", "model_type": "c2pa.types.modelling"}, "model_type is"),
        ({"ai": "none", "model": "X"}, "although ai is none"),
        ({"ai": "none", "model_id": "pkg:x"}, "although ai is none"),
        ({"ai": "none", "oversight": "prompt_guided"}, "although ai is none"),
        ({"ai": "none", "source_type": "trainedAlgorithmicMedia"}, "says that AI made it"),
        ({"ai": "none", "source_type": "compositeSynthetic"}, "says that AI made it"),
        ({"ai": "generated", "source_type": "digitalCapture"}, "says that no AI was used"),
        ({"ai": "edited", "source_type": "humanEdits"}, "says that no AI was used"),
        ({"ai": "generated", "source_type": "painting"}, "'painting' is no digital source type"),
        ({"ai": "none", "source_type": "minorHumanEdits"}, "is retired; use humanEdits"),
        ({"ai": "none", "source_type": "softwareImage"}, "softwareImage is retired$"),
        ({"ai": "none", "actions": ("c2pa.created",)}, "cannot be a further action"),
        ({"ai": "none", "actions": ("c2pa.opened",)}, "cannot be a further action"),
        ({"ai": "none", "actions": ("cropped",)}, "cannot be a further action"),
        ({"ai": "none", "actions": ("c2pa.placed",)}, "cannot be a further action"),
        ({"ai": "edited", "oversight": "fully_autonomous"}, "goes with human_validated"),
    ],
)
def test_contradictions_are_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Disclosure(**given)  # type: ignore[arg-type]


def test_uncertain_terms_do_not_contradict() -> None:
    for ai in ("generated", "none"):
        assert Disclosure(ai=ai, source_type="screenCapture").term.term == "screenCapture"


# --- reading ------------------------------------------------------------------------------------


def read(*recipes: Recipe) -> Declared:
    return disclosure.read(store.parse(build.store(*(recipe.build() for recipe in recipes))))


def act(action: str, term: str | None, agent: object = None) -> Fields:
    fields: Fields = {"action": f"c2pa.{action}"}
    fields |= {"digitalSourceType": uri(term)} if term else {}
    return fields | ({"softwareAgent": agent} if agent else {})


def made(*items: Fields, number: int = 1, more: tuple[Assertion, ...] = ()) -> Recipe:
    return Recipe(number=number, assertions=(build.actions(*items), *more))


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


@pytest.mark.parametrize(
    ("recipe", "ai"),
    [
        (made({"action": 7}), AI.UNDECLARED),
        (made({"action": 7}, more=(build.actions(label="c2pa.actions"),)), AI.GENERATED),
        (Recipe(boxes=lambda boxes: [boxes["c2pa.assertions"]] * 2), AI.UNDECLARED),
        (Recipe(boxes=lambda boxes: [boxes["c2pa.assertions"]]), AI.GENERATED),
        (Recipe(seal=lambda _: b""), AI.GENERATED),
    ],
)
def test_whatever_is_there_is_read(recipe: Recipe, ai: AI) -> None:
    """Whether it is valid is another question."""
    assert read(recipe).ai is ai


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


GENERATED = act("created", "trainedAlgorithmicMedia", {"name": "SDXL"})
CAPTURED = act("created", "digitalCapture")


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
    assert read(made(GENERATED, number=1), made(CAPTURED, number=2)).ai is AI.NONE


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
