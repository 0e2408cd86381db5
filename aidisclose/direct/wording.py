"""The wording of a direct disclosure, by audience, and its least size."""

from __future__ import annotations

from typing import Final

from aidisclose.named import NamedTuple


class Wording(NamedTuple):
    """The words for one audience.

    Attributes:
        generated: For content that AI made.
        modified: For content that AI changed.
        lang: Language of both, as in BCP 47.
        smallest: Least height of the text, as a share of the image's shorter side.
    """

    generated: str
    modified: str
    lang: str
    smallest: float = 0.0


#: `eu` has the acronym in capitals, as the icon of the EU Code of Practice (2026-06-10); `cn` the
#: word for AI with that for generated or composed, at 5 % (GB 45438-2025).
WORDINGS: Final = {
    "eu": Wording("AI GENERATED", "AI MODIFIED", "en"),
    "en": Wording("AI-generated", "Edited with AI", "en"),
    "de": Wording("Mit KI erzeugt", "Mit KI bearbeitet", "de"),
    "es": Wording("Generado con IA", "Modificado con IA", "es"),
    "fr": Wording("Généré par IA", "Modifié par IA", "fr"),
    "it": Wording("Generato con IA", "Modificato con IA", "it"),
    "cn": Wording("人工智能生成", "人工智能合成", "zh-Hans", 0.05),
}
