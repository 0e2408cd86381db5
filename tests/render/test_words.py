"""Every term has its words, and no wording says more than the file shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aidisclose.carriers import Found
from aidisclose.manifest.declared import AI, Declared, Model
from aidisclose.manifest.source_type import SOURCE_TYPES
from aidisclose.render import formats, words
from aidisclose.render.renderer import STATES, Renderer
from aidisclose.render.style import COLOURS, PLAIN, Style
from aidisclose.validate.report import without_manifest
from aidisclose.validate.state import Integrity


@pytest.mark.parametrize("term", SOURCE_TYPES)
def test_every_source_type_has_words(term: str) -> None:
    assert words.source_type_of(SOURCE_TYPES[term].uri).startswith(f"{term}: ")


def test_an_unknown_source_type_is_shown_safely() -> None:
    assert words.source_type_of("\x1b") == "\\x1b (not in the vocabulary)"


@pytest.mark.parametrize("ai", AI)
def test_every_declaration_is_called_one(ai: AI) -> None:
    assert "declared" in words.disclosure(Declared(ai=ai))


def test_the_model_is_named_safely() -> None:
    model = Model(name="S\x1b[1mD", version="1")
    declared = Declared(ai=AI.GENERATED, model=model)
    assert words.disclosure(declared) == "declared AI-generated, model S\\x1b[1mD 1"


@pytest.mark.parametrize("name", formats.FORMATS["verify"])
def test_every_format_has_a_renderer(name: str) -> None:
    assert isinstance(formats.renderer("verify", name), Renderer)


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_colour(state: str) -> None:
    painted = Style(colour=True).paint(state, COLOURS[state])
    assert painted != state
    assert state in painted
    assert PLAIN.paint(state, COLOURS[state]) == state


@pytest.mark.parametrize(("count", "text"), [(0, "0 files"), (1, "1 file"), (2000, "2,000 files")])
def test_counts_agree_with_their_noun(count: int, text: str) -> None:
    assert words.number(count, "file") == text


@pytest.mark.parametrize(
    ("integrity", "worth"),
    [
        (Integrity.INTACT, "signed with the file"),
        (Integrity.PARTIAL, "unsigned: anybody can write it"),
    ],
)
def test_xmp_in_other_places_is_shown(integrity: Integrity, worth: str) -> None:
    report = replace(
        without_manifest("image/png", datetime(2026, 6, 1, tzinfo=UTC)),
        marks=Found(elsewhere=(("a \x1bprofile", SOURCE_TYPES["digitalCapture"].uri),)),
        protected=frozenset({"xmp"}),
        integrity=integrity,
    )
    [line] = words.marks(report)
    assert line.startswith("XMP in a \\x1bprofile: digitalCapture: ")
    assert line.endswith(f"({worth})")
