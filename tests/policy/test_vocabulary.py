"""The words by which a label names AI."""

from __future__ import annotations

import pytest

from aidisclose.direct.wording import WORDINGS
from aidisclose.policy.vocabulary import names_ai, names_generated_ai
from tests.issuing import Issued
from tests.policy.files import of_drawn

DENIALS = (
    *("Made without AI", "No AI was used", "Ohne KI", "Sans IA", "不是AI生成", "AIなし"),
    *("KI-frei", "AI: none", "AI generated: false", "Zero AI", "0 % AI", "AI wasn’t used"),
    *("sem inteligência artificial", "bez sztucznej inteligencji", "ilman tekoälyä", "utan AI"),
    *(
        "không dùng trí tuệ nhân tạo",
        "कृत्रिम बुद्धिमत्ता के बिना",
        "بدون الذكاء الاصطناعي",
        "沒有AI生成",
    ),
    *("AIを使用していません", "AI nélkül", "Nessuna IA", "kho\u0302ng AI"),
)
OTHER = ("Photo by John", "MAIN", "j'ai vu", "KINDER", "Dubai", "")


@pytest.mark.parametrize("audience", WORDINGS)
def test_what_this_program_writes_names_ai(audience: str) -> None:
    wording = WORDINGS[audience]
    assert names_ai(wording.generated)
    assert names_ai(wording.modified)


@pytest.mark.parametrize(
    "said",
    [
        *(
            "AI",
            "AIGC",
            "Imagen creada por IA",
            "made by artificial intelligence",
            "Deepfake",
            "ИИ",
        ),
        *(
            "KI-generiert",
            "Created with AI, edited by humans",
            "Gerado por IA",
            "Tekoälyn tuottama",
        ),
        *("AI-generated image, 2026-10-05", "Wygenerowane przez sztuczną inteligencję"),
    ],
)
def test_other_words_that_are_known(said: str) -> None:
    assert names_ai(said)


@pytest.mark.parametrize("said", [*DENIALS, *OTHER])
def test_words_that_do_not_name_it(said: str) -> None:
    assert not names_ai(said)
    assert not names_generated_ai(said)


def test_letters_inside_of_a_word_are_no_acronym() -> None:
    assert names_generated_ai("AI合成")
    assert names_generated_ai("由AI生成")
    assert not names_generated_ai("PAID 合成")
    assert not names_generated_ai("AI GENERATED")


@pytest.mark.parametrize("said", ["Photo by John", "Made without AI"])
def test_a_label_that_says_something_else_shows_nothing(said: str, issued: Issued) -> None:
    """It is in the picture as it was recorded, but nobody is told of AI."""
    given = of_drawn(text=said).given(deepfake="yes")
    found = given.judge("eu-ai-act", issued("es256"), issued("ed25519"))["EU-010"]
    assert found.outcome.value == "undetermined"
    assert found.premises == ("label-seen",)
    stated = given.given(label_seen="yes")
    found = stated.judge("eu-ai-act", issued("es256"), issued("ed25519"))["EU-010"]
    assert found.outcome.value == "pass"
