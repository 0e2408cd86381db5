"""Disclosure: what each kind writes, and what is refused."""

from __future__ import annotations

import cbor2
import pytest

from aidisclose.manifest.disclosure import AIKind, Disclosure
from aidisclose.manifest.source_type import SOURCE_TYPES
from aidisclose.manifest.uri import HashedURI

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


@pytest.mark.parametrize(
    ("ai", "term"),
    [
        ("generated", "trainedAlgorithmicMedia"),
        ("composite", "compositeWithTrainedAlgorithmicMedia"),
        ("none", "digitalCreation"),
    ],
)
def test_what_is_new_was_created(ai: AIKind, term: str) -> None:
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
def test_what_had_a_parent_was_opened_and_edited(ai: AIKind, term: str) -> None:
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
        ({"ai": "maybe"}, "unknown ai"),
        ({"ai": "undeclared"}, "unknown ai"),
        ({"ai": ""}, "unknown ai"),
        ({"ai": "generated", "model_version": "1"}, "a model version needs the name"),
        ({"ai": "generated", "oversight": "some"}, "unknown oversight"),
        ({"ai": "generated", "model_type": "onnx"}, "model_type is c2pa.types.model or"),
        ({"ai": "generated", "model_type": "c2pa.types.modelling"}, "model_type is"),
        ({"ai": "none", "model": "X"}, "although ai is none"),
        ({"ai": "none", "model_id": "pkg:x"}, "although ai is none"),
        ({"ai": "none", "oversight": "prompt_guided"}, "although ai is none"),
        ({"ai": "none", "source_type": "trainedAlgorithmicMedia"}, "says that AI made it"),
        ({"ai": "none", "source_type": "compositeSynthetic"}, "says that AI made it"),
        ({"ai": "generated", "source_type": "digitalCapture"}, "says that no AI was used"),
        ({"ai": "edited", "source_type": "humanEdits"}, "says that no AI was used"),
        ({"ai": "generated", "source_type": "painting"}, "'painting' is not a digital source type"),
        ({"ai": "none", "source_type": "minorHumanEdits"}, "is retired; use humanEdits"),
        ({"ai": "none", "source_type": "softwareImage"}, "softwareImage is retired$"),
        ({"ai": "none", "actions": ("c2pa.created",)}, "cannot be a further action"),
        ({"ai": "none", "actions": ("c2pa.opened",)}, "cannot be a further action"),
        ({"ai": "none", "actions": ("cropped",)}, "did you mean c2pa.cropped"),
        ({"ai": "none", "actions": ("c2pa.placed",)}, "cannot be a further action"),
        ({"ai": "none", "actions": ("c2pa.removed",)}, "cannot be a further action"),
        ({"ai": "none", "actions": ("c2pa.redacted",)}, "cannot be a further action"),
        ({"ai": "none", "actions": ("c2pa.blessed",)}, "cannot be a further action"),
    ],
)
def test_contradictions_are_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Disclosure(**given)  # type: ignore[arg-type]


def test_uncertain_terms_do_not_contradict() -> None:
    for ai in ("generated", "none"):
        assert Disclosure(ai=ai, source_type="screenCapture").term.term == "screenCapture"


@pytest.mark.parametrize(
    ("given", "usual"),
    [
        ({"ai": "edited", "oversight": "fully_autonomous"}, "human_validated"),
        ({"ai": "composite", "oversight": "prompt_guided"}, "human_validated"),
        ({"ai": "generated", "oversight": "human_validated"}, "fully_autonomous or prompt_guided"),
    ],
)
def test_an_unusual_oversight_is_written_with_a_warning(given: dict[str, str], usual: str) -> None:
    """The specification says how the two are read together, not that others are forbidden."""
    item = Disclosure(**given)  # type: ignore[arg-type]
    [warning] = item.warnings
    assert f"which goes with {usual} (C2PA 2.4" in warning
    written = item.write_model()
    assert written is not None
    assert written["contentProfile"] == {"humanOversightLevel": given["oversight"]}


def test_a_usual_oversight_needs_no_warning() -> None:
    assert Disclosure(ai="generated").warnings == ()
    assert Disclosure(ai="edited", oversight="human_validated").warnings == ()
    assert Disclosure(ai="generated", oversight="prompt_guided").warnings == ()
