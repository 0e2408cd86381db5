"""What carriers say about AI, and where one contradicts another, word for word."""

from __future__ import annotations

import pytest

from aidisclose.carriers import Found, FoundLabel
from aidisclose.carriers.comment import FoundComment
from aidisclose.manifest.declared import AI, Declared, Model
from aidisclose.validate import contradictions
from aidisclose.validate.contradictions import Statement

SOURCE = "Iptc4xmpExt:DigitalSourceType"
TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
NOTHING = Declared()


def statements(declared: Declared = NOTHING, **found: object) -> list[Statement]:
    return list(contradictions.statements(declared, Found(**found)))  # type: ignore[arg-type]


def lines(declared: Declared = NOTHING, **found: object) -> list[str]:
    marks = Found(**found)  # type: ignore[arg-type]
    listed = list(contradictions.statements(declared, marks))
    return list(map(str, contradictions.find(listed, declared, marks)))


@pytest.mark.parametrize(
    ("ai", "is_ai"),
    [(AI.GENERATED, True), (AI.COMPOSITE, True), (AI.EDITED, True), (AI.NONE, False)],
)
def test_the_manifest(ai: AI, is_ai: bool) -> None:
    assert statements(Declared(ai=ai)) == [Statement("c2pa", "the manifest", ai.value, is_ai)]


def test_a_manifest_that_declares_nothing_says_nothing() -> None:
    assert statements() == []


@pytest.mark.parametrize(
    ("value", "what", "is_ai"),
    [
        (f"{TERMS}trainedAlgorithmicMedia", "trainedAlgorithmicMedia", True),
        (
            f"{TERMS}compositeWithTrainedAlgorithmicMedia",
            "compositeWithTrainedAlgorithmicMedia",
            True,
        ),
        (f"{TERMS}digitalCapture", "digitalCapture", False),
        ("https://example.com/" + "x" * 80, repr("https://example.com/" + "x" * 60), None),
    ],
)
def test_source_types(value: str, what: str, is_ai: bool | None) -> None:
    assert statements(xmp={SOURCE: (value,)}) == [Statement("xmp", "XMP", what, is_ai)]
    assert statements(elsewhere=(("page 2", value),)) == [
        Statement("xmp", "XMP in page 2", what, is_ai)
    ]
    assert statements(comments=(FoundComment("end", "text", value),)) == [
        Statement("comment", "the comment (end)", what, is_ai)
    ]


@pytest.mark.parametrize(
    ("fields", "what", "is_ai"),
    [
        ({"Label": "1"}, "Label 1", True),
        ({"Label": "2"}, "Label 2", None),
        ({}, "Label None", None),
        (None, "Label None", None),
    ],
)
def test_labels(fields: dict[str, str] | None, what: str, is_ai: bool | None) -> None:
    """GB 45438-2025: 2 and 3 are what may be, and what is suspected, to be made by AI."""
    assert statements(labels=(FoundLabel("end", fields),)) == [
        Statement("aigc", "the AIGC label (end)", what, is_ai)
    ]


def test_carriers_in_their_order() -> None:
    found = statements(
        Declared(ai=AI.NONE),
        labels=(FoundLabel("end", {}),),
        comments=(FoundComment("end", "text", "a"),),
        elsewhere=(("page 2", "b"),),
        xmp={SOURCE: ("c", "d"), "x:y": ("e",)},
    )
    assert [each.carrier for each in found] == ["c2pa", "xmp", "xmp", "xmp", "comment", "aigc"]


def test_yes_and_no() -> None:
    said = {SOURCE: (f"{TERMS}trainedAlgorithmicMedia",)}
    assert lines(Declared(ai=AI.NONE), xmp=said) == [
        "XMP (trainedAlgorithmicMedia) says that AI was used, the manifest (none) that none was"
    ]
    captured = {SOURCE: (f"{TERMS}digitalCapture",)}
    assert lines(Declared(ai=AI.EDITED), xmp=captured) == [
        "the manifest (edited) says that AI was used, XMP (digitalCapture) that none was"
    ]
    assert lines(Declared(ai=AI.EDITED), xmp=said) == []
    assert lines(Declared(ai=AI.NONE), xmp=captured) == []


def test_the_first_that_says_yes_is_named_for_every_no() -> None:
    found = lines(
        Declared(ai=AI.EDITED),
        xmp={SOURCE: (f"{TERMS}trainedAlgorithmicMedia",)},
        comments=(FoundComment("end", "text", f"{TERMS}digitalCapture"),) * 2,
    )
    line = "the manifest (edited) says that AI was used, the comment (end) (digitalCapture)"
    assert found == [f"{line} that none was"] * 2


def test_what_leaves_it_open_contradicts_nothing() -> None:
    assert lines(Declared(ai=AI.EDITED), xmp={SOURCE: ("x",)}) == []
    assert lines(Declared(ai=AI.NONE), labels=(FoundLabel("end", {"Label": "2"}),)) == []


@pytest.mark.parametrize("ai", AI)
def test_what_cannot_be_read_could_deny_that_there_was_no_ai(ai: AI) -> None:
    line = "whether it says that AI was used cannot be told: broken XMP"
    assert lines(Declared(ai=ai), problems=("broken XMP",)) == ([line] if ai is AI.NONE else [])


def test_several_source_types() -> None:
    both = (f"{TERMS}trainedAlgorithmicMedia", f"{TERMS}algorithmicMedia")
    assert lines(xmp={SOURCE: both}) == [
        "XMP (trainedAlgorithmicMedia) says that AI was used, XMP (algorithmicMedia) that none was",
        "XMP names 2 source types: algorithmicMedia, trainedAlgorithmicMedia",
    ]
    assert lines(xmp={SOURCE: both[:1]}, elsewhere=(("page 2", both[0]),)) == []


def test_several_labels() -> None:
    label = FoundLabel("XMP", {"Label": "1"})
    assert lines(labels=(label,)) == []
    assert lines(labels=(label, label._replace(place="end"))) == [
        "the file has 2 AIGC labels (XMP, end), one is permitted"
    ]


def test_another_model() -> None:
    """That of the manifest may be a part of the name in XMP, in capital letters or not."""
    system = "Iptc4xmpExt:AISystemUsed"
    named = Declared(model=Model("Sdxl"))
    assert lines(named, xmp={system: ("SDXL 1.0", "DALL-E")}) == [
        "the manifest names the model 'Sdxl', XMP names 'DALL-E'"
    ]
    assert lines(Declared(), xmp={system: ("DALL-E",)}) == []
    long = "y" * 81
    assert lines(Declared(model=Model(long)), xmp={system: ("z" * 81,)}) == [
        f"the manifest names the model '{'y' * 80}', XMP names '{'z' * 80}'"
    ]


def test_a_system_that_is_named_opposes_that_there_was_no_ai() -> None:
    """Who says it is told as people know the place."""
    named = {"Iptc4xmpExt:AISystemUsed": (" ", "Model 1")}
    assert lines(Declared(ai=AI.NONE), xmp=named) == [
        "XMP ('Model 1') says that AI was used, the manifest (none) that none was"
    ]
    assert lines(Declared(ai=AI.GENERATED), xmp=named) == []
