"""Catalogues of messages: all of them or none, with the same places for values."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

import aidisclose as ad
from aidisclose.carriers.aigc import DEGREES
from aidisclose.render import language, visitor, words
from aidisclose.render.language import ENGLISH, FOLDER, NAMES, choose, load
from tests.manifest import build
from tests.render.test_pages import RUN, hostile

PACKAGE = Path(language.__file__).parents[1]
CODES = [code for code in NAMES if code != "en"]
KEYWORDS: dict[str, None] = {"say": None, "mark": None}


def _said() -> set[str]:
    """Every message that a page can say."""
    sources = [
        *(("python", path) for path in (PACKAGE / "render").glob("visitor.py")),
        *(("python", path) for path in (PACKAGE / "service").glob("*.py")),
        *(
            ("jinja2.ext:babel_extract", path)
            for path in (PACKAGE / "service" / "templates").glob("*.html")
        ),
    ]
    found = {*words.SOURCE_TYPES.values(), *DEGREES.values()}
    for method, path in sources:
        for each in extract_from_file(method, str(path), keywords=KEYWORDS):
            message: object = each[1]
            found.add(str(message[0] if isinstance(message, tuple) else message))
    return found


SAID = _said()


def _places(message: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(message) if name is not None)


def test_there_is_something_to_say() -> None:
    assert len(SAID) > 150
    assert visitor.LIMITS[0] in SAID
    assert "Check the file" in SAID


@pytest.mark.parametrize("code", CODES)
def test_a_language_is_complete(code: str) -> None:
    with (FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    found = {str(each.id): str(each.string) for each in catalogue if each.id}
    assert set(found) == SAID
    for message, text in found.items():
        assert text.strip() == text != "", message
        assert _places(text) == _places(message), message
        assert not re.search(r"[<>\x00-\x1f]", text), message
    assert not any(each.fuzzy for each in catalogue if each.id)
    same = [message for message, text in found.items() if message == text]
    assert len(same) <= 5, same


def test_no_catalogue_is_forgotten() -> None:
    assert {path.stem for path in FOLDER.glob("*.po")} == set(CODES)


@pytest.mark.parametrize(
    ("preferred", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pt-BR, fr;q=0.3, it;q=0.7", "it"),
        ("zh-Hant-TW", "zh"),
        ("ja-JP", "ja"),
        ("*", "en"),
        ("xx", "en"),
        ("de;q=0, es", "es"),
        ("de;q=x, es", "es"),
        ("../../etc/passwd", "en"),
        ("," * 100_000, "en"),
        ("\u00e9;q=1", "en"),
    ],
)
def test_the_language_that_fits_best_is_chosen(preferred: str, code: str) -> None:
    assert choose(preferred) == code


def test_a_language_that_is_not_known_is_english() -> None:
    assert load("../de") is ENGLISH
    assert load("en").say("{count} x", count=1) == "1 x"


@pytest.mark.parametrize("code", NAMES)
def test_results_of_every_kind_can_be_told(code: str) -> None:
    spoken = load(code)
    files = [build.signed(), hostile(), *(_fixture(name) for name in ("unsigned", "altered-claim"))]
    for data in files:
        for trust in (build.TRUST, ad.TrustConfig.none()):
            report = ad.verify(data, trust=trust, at=RUN.time)
            text = visitor.article(report, spoken)
            assert not re.search(r"\{\w+\}", text)
            assert "<script" not in text


def _fixture(name: str) -> bytes:
    return (PACKAGE.parent / "fixtures" / f"{name}.jpg").read_bytes()


def test_an_answer_is_in_its_language() -> None:
    report = ad.verify(_fixture("generated"), trust=ad.TrustConfig.none())
    text = visitor.article(report, load("de"))
    assert "Wurde KI verwendet?" in text
    assert "mit KI erzeugt" in text
    text = visitor.article(report, ENGLISH)
    assert "Was AI used?" in text
    assert "it was made by AI" in text
    assert "Fixture 1.0" in text
