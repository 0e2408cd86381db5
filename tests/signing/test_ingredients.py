"""Files that an asset was made from: named by options, and by a manifest definition."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aidisclose.errors import SigningError
from aidisclose.manifest.declared import AI
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.signing.definition import parse
from aidisclose.signing.manifest_content import components
from aidisclose.validate.state import State
from tests.containers import samples
from tests.issuing import Issued
from tests.signing.bench import Bench

TAM = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@pytest.fixture
def bench(issued: Issued, tmp_path: Path) -> Bench:
    return Bench(issued("es256"), tmp_path)


def test_components_are_placed_with_their_history(bench: Bench) -> None:
    generated = Disclosure(ai="generated", model="SDXL")
    signed = bench.file("part.png", bench.sign(samples.png(), disclosure=generated))
    plain = bench.file("plain.jpg", samples.jpeg())
    data = bench.sign(
        samples.jpeg(),
        disclosure=Disclosure(ai="composite", model="SDXL"),
        ingredients=components([(signed, "componentOf"), (plain, "componentOf")]),
    )
    assert bench.ingredients(data) == [
        ("componentOf", "part.png", True),
        ("componentOf", "plain.jpg", False),
    ]
    store = bench.report(data).store
    assert store is not None
    (actions,) = store.active.named("c2pa.actions")
    listed: Any = actions.fields["actions"]
    names = [item["action"] for item in listed]
    assert names == ["c2pa.created", "c2pa.placed", "c2pa.placed"]


def test_a_history_that_two_ingredients_share_is_stored_once(bench: Bench) -> None:
    first = bench.sign(samples.png(), disclosure=Disclosure(ai="generated"))
    part = bench.file("part.png", first)
    named = components([(part, "componentOf"), (part, "inputTo")])
    data = bench.sign(first, disclosure=Disclosure(ai="edited"), ingredients=named)
    report = bench.report(data)
    assert report.store is not None
    assert len(report.store.manifests) == 2
    assert [item[0] for item in bench.ingredients(data)] == ["parentOf", "componentOf", "inputTo"]


def test_a_parent_may_be_named_as_an_ingredient(bench: Bench) -> None:
    parent = bench.file("old.png", bench.sign(samples.png(), disclosure=Disclosure(ai="generated")))
    named = components([(parent, "parentOf")])
    data = bench.sign(samples.png(), disclosure=Disclosure(ai="edited"), ingredients=named)
    assert bench.ingredients(data) == [("parentOf", "old.png", True)]
    with pytest.raises(SigningError, match="one parent"):
        bench.sign(samples.png(), disclosure=Disclosure(ai="edited"), ingredients=named * 2)


def test_an_unknown_relationship_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown relationship"):
        components([(Path("x"), "sisterOf")])


DEFINITION: dict[str, Any] = {
    "title": "Collage",
    "claim_generator_info": [{"name": "studio", "version": "2"}],
    "thumbnail": {"format": "image/jpeg", "identifier": "thumb.jpg"},
    "ingredients": [
        {"title": "Idea", "format": "text/plain", "relationship": "inputTo", "label": "idea"},
        {
            "title": "Sky",
            "path": "sky.png",
            "relationship": "componentOf",
            "label": "sky",
            "thumbnail": {"format": "image/jpeg", "identifier": "thumb.jpg"},
        },
    ],
    "ingredient_paths": ["ground.jpg"],
    "assertions": [
        {
            "label": "c2pa.actions.v2",
            "data": {
                "actions": [
                    {
                        "action": "c2pa.created",
                        "digitalSourceType": TAM,
                        "parameters": {"ingredientIds": ["idea"]},
                    },
                    {
                        "action": "c2pa.placed",
                        "parameters": {"ingredientIds": ["sky", "ground.jpg"]},
                    },
                ],
                "allActionsIncluded": True,
            },
        }
    ],
}


@pytest.fixture
def folder(bench: Bench) -> Path:
    bench.file("thumb.jpg", samples.jpeg())
    bench.file("sky.png", bench.sign(samples.png(), disclosure=Disclosure(ai="generated")))
    bench.file("ground.jpg", samples.jpeg())
    return bench.folder


def test_a_definition_refers_to_files(bench: Bench, folder: Path) -> None:
    data = bench.sign(samples.png(), manifest=DEFINITION, base=folder)
    assert bench.ingredients(data) == [
        ("inputTo", "Idea", False),
        ("componentOf", "Sky", True),
        ("componentOf", "ground.jpg", False),
    ]
    report = bench.report(data)
    assert report.disclosure.ai is AI.GENERATED
    assert report.store is not None
    assert report.store.active.claim.title == "Collage"
    assert report.store.active.claim.generator == "studio 2"
    labels = set(report.store.active.assertions)
    assert {"c2pa.thumbnail.claim", "c2pa.thumbnail.ingredient"} <= labels
    (actions,) = report.store.active.named("c2pa.actions")
    listed: Any = actions.fields["actions"]
    created, placed = listed
    assert [item["url"].rpartition("/")[2] for item in created["parameters"]["ingredients"]] == [
        "c2pa.ingredient.v3"
    ]
    assert len(placed["parameters"]["ingredients"]) == 2


def test_a_base_path_is_relative_to_the_definition(bench: Bench, folder: Path) -> None:
    definition = DEFINITION | {"base_path": folder.name}
    data = bench.sign(samples.png(), manifest=definition, base=folder.parent)
    assert len(bench.ingredients(data)) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ingredients": {}}, "'ingredients' is not a list"),
        ({"ingredients": [1]}, r"ingredients\[0\] is not an object"),
        ({"ingredients": [{"relationship": "x"}]}, r"ingredients\[0\]: 'x' is not a relationship"),
        ({"ingredients": []}, "no ingredient is called 'idea'"),
        ({"ingredient_paths": [1]}, "'ingredient_paths' is not a list of paths"),
        ({"thumbnail": {"format": "image/png"}}, "thumbnail names no file"),
        ({"thumbnail": {"identifier": "x"}}, "thumbnail needs 'format'"),
        ({"base_path": 1}, "'base_path' is not a path"),
        ({"remote_url": "x"}, "'remote_url' is an https address, not 'x'"),
    ],
)
def test_what_cannot_be_written_is_named(
    bench: Bench, folder: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(SigningError, match=message):
        bench.sign(samples.png(), manifest=DEFINITION | change, base=folder)


def test_a_missing_file_is_an_error_of_the_system(folder: Path) -> None:
    missing = {"thumbnail": {"format": "image/png", "identifier": "missing.png"}}
    with pytest.raises(FileNotFoundError):
        parse(DEFINITION | missing, base=folder)


def test_history_grows_by_the_same_with_every_signing(bench: Bench) -> None:
    """What is recorded of a file long ago is not repeated in every manifest since."""
    data = samples.png()
    sizes = []
    for _ in range(7):
        data = bench.sign(data, disclosure=Disclosure(ai="edited"))
        sizes.append(len(data))
    steps = [after - before for before, after in pairwise(sizes)]
    assert max(steps[2:]) - min(steps[2:]) < 10
    assert bench.report(data).state is State.TRUSTED
