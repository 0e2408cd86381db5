"""The words by which a label tells people of AI, in the languages that are known here.

Wherever a text prescribes no wording, people have to understand that AI made or changed something.
Which other words say so, no list has: what is not known here is not wrong.
"""

from __future__ import annotations

import re
from typing import Final

#: Acronyms, in capitals as the EU icons have them: `ai` alone is a word of Italian and French.
_ACRONYM: Final = re.compile(r"(?<![^\W\d_])(?:AIGC|AI|KI|IA|ИИ|ΤΝ)(?![A-Za-zÀ-ɏͰ-ӿ])")
#: What is said in full. Declined words are cut where they begin to differ.
_IN_FULL: Final = (
    *("artificial intelligence", "ai-generated", "intelligence artificielle", "artificiale"),
    *("inteligencia artificial", "inteligência artificial", "künstlicher intelligenz"),
    *("künstliche intelligenz", "kunstmatige intelligentie", "sztuczn", "tekoäly", "искусственн"),
    *("deepfake", "deep fake", "synthetic", "synthetisch", "synthétique", "sintétic", "sintetic"),
    *(
        "人工智能",
        "人工智慧",
        "人工知能",
        "合成",
        "生成",
        "인공지능",
        "एआई",
        "कृत्रिम",
        "الاصطناعي",
        "trí tuệ nhân tạo",
    ),
)
#: With one of these, a label may say that no AI was used.
_DENIAL: Final = re.compile(
    r"\b(?:no|not|non|never|without|free|ohne|kein\w*|nicht|sans|pas|aucun\w*|sin|ningun\w*|senza|"
    r"nessun\w*|zonder|geen|niet|без|не)\b|非|未|无|無|不|なし|ない|없",
    re.IGNORECASE,
)


def names_ai(said: str) -> bool:
    """Whether words that are known here say that AI made or changed something.

    Arguments:
        said: The text of a label or notice; untrusted.
    """
    is_named = _ACRONYM.search(said) or any(word in said.casefold() for word in _IN_FULL)
    return bool(is_named) and not _DENIAL.search(said)


def names_generated_ai(said: str) -> bool:
    """Whether it has a word for AI and one for generated or composed (GB 45438-2025).

    Arguments:
        said: The text of a label; untrusted.
    """
    is_ai = "人工智能" in said or re.search(r"(?<![A-Za-z])AI(?![A-Za-z])", said)
    return bool(is_ai) and ("生成" in said or "合成" in said) and not _DENIAL.search(said)
