"""Every term has its words, and no wording says more than the file shows."""

from __future__ import annotations

import ast
import importlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aidisclose import cli
from aidisclose.carriers import Found
from aidisclose.manifest.declared import AI, Declared, Model
from aidisclose.manifest.source_type import SOURCE_TYPES
from aidisclose.render import formats, words
from aidisclose.render.renderer import STATES, Renderer, Result, Run
from aidisclose.render.style import COLOURS, PLAIN, Style
from aidisclose.validate.report import without_manifest
from aidisclose.validate.state import Integrity
from aidisclose.validate.verify import verify
from tests.attacks import files
from tests.attacks.parties import TRUST
from tests.trust.pki import NOW


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


def _counted() -> list[tuple[str, str]]:
    """Each command, and the words of which its last line counts how many there are."""
    found = []
    for path in sorted(Path(cli.__file__).parent.glob("*.py")):
        calls = [each for each in ast.walk(ast.parse(path.read_bytes())) if type(each) is ast.Call]
        listed = [each.args[0] for each in calls if ast.unparse(each.func) == "BatchOutput"]
        listed += [word.value for each in calls for word in each.keywords if word.arg == "outcomes"]
        named = {name.id for each in listed for name in ast.walk(each) if type(name) is ast.Name}
        module = importlib.import_module(f"aidisclose.cli.{path.stem}") if named else None
        for name in sorted(each for each in named if each.isupper()):
            found += [(path.stem, word) for word in getattr(module, name)]
    return found


def test_every_word_that_is_counted_has_a_colour() -> None:
    counted = _counted()
    assert {"check", "diff", "publish", "recover", "sign", "verify"} <= {
        each for each, _ in counted
    }
    assert [each for each in counted if each[1] not in COLOURS] == []


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


def test_a_part_that_was_taken_away_is_said_and_fails_nothing() -> None:
    """The signer permits it (C2PA 2.5 §14.12.4): the file is what is left of what was signed."""
    report = verify(files.signed(files.active()), trust=TRUST, at=NOW)
    assert report.validation is not None
    assert report.validation.content is not None
    assert words.cover(report) == ""
    content = report.validation.content._replace(removed=1)
    left = replace(report, validation=report.validation._replace(content=content))
    assert words.cover(left) == "a part that was signed as optional was taken away"
    found = formats.renderer("verify", "junit").result(Result("file", left), Run(NOW))
    assert "<failure" not in found
