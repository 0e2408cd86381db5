"""The words by which a label tells people of AI, in the languages that are known here.

Wherever a text prescribes no wording, people have to understand that AI made or changed something.
Which other words say so, no list has: what is not known here is not wrong.
"""

from __future__ import annotations

import re
import unicodedata
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
#: Words of which one may make a label say that no AI was used, in more languages than have one for
#: AI above: its letters may stand for it in each.
_DENIALS: Final = (
    *("no", "not", r"\w*n['’]t", "non", "none", "nor", "neither", "never", "nothing", "without"),
    *(
        "free",
        "false",
        "zero",
        "0",
        "ohne",
        r"\w*frei",
        r"kein\w*",
        "nicht",
        "nein",
        "nie",
        "niemals",
    ),
    *("sans", "pas", "jamais", r"aucun\w*", "sin", r"ning[uú]n\w*", "nunca", "senza", r"nessun\w*"),
    *("sem", "não", "nao", r"nenhum\w*", "zonder", "geen", "niet", "bez", r"żadn\w*", r"žádn\w*"),
    *("ei", "ilman", "utan", "inte", r"ing[ae]n?", "ikke", "uden", "uten", "χωρίς", "όχι", "без"),
    *("не", "нет", "fără", "nu", "nem", "nincs", "nélkül", "değil", "yok", "olmadan", "tanpa"),
    *("bukan", "tidak", "لا", "لم", "بلا"),
)
#: The same in writing systems without spaces, or with marks that part words here.
_WITHIN: Final = (
    *(
        "非",
        "未",
        "无",
        "無",
        "不",
        "没",
        "沒",
        "なし",
        "ない",
        "ません",
        "ゼロ",
        "없",
        "않",
        "아니",
    ),
    *("बिना", "नहीं", "बगैर", "بدون", "ليس", "ليست", "غير", "دون", "không", "chưa"),
)
_DENIAL: Final = re.compile(
    rf"(?<!\w)(?:{'|'.join(_DENIALS)})(?!\w)|{'|'.join(_WITHIN)}", re.IGNORECASE
)


def names_ai(said: str) -> bool:
    """Whether words that are known here say that AI made or changed something.

    Arguments:
        said: The text of a label or notice; untrusted.
    """
    is_named = _ACRONYM.search(said) or any(word in said.casefold() for word in _IN_FULL)
    return bool(is_named) and not _denies(said)


def _denies(said: str) -> bool:
    """Whether a text may say no: accents of Vietnamese and others may stand on their own."""
    return bool(_DENIAL.search(unicodedata.normalize("NFC", said)))


def names_generated_ai(said: str) -> bool:
    """Whether it has a word for AI and one for generated or composed (GB 45438-2025).

    Arguments:
        said: The text of a label; untrusted.
    """
    is_ai = "人工智能" in said or re.search(r"(?<![A-Za-z])AI(?![A-Za-z])", said)
    return bool(is_ai) and ("生成" in said or "合成" in said) and not _denies(said)
