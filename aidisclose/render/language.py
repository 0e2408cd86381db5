"""Languages of pages for visitors: message catalogues (gettext), each complete or not offered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

#: By code (BCP 47), each in its own words.
NAMES: Final = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "zh": "中文",
    "ja": "日本語",
}
FOLDER: Final = Path(__file__).parent / "languages"
#: Languages of one header that are looked at.
_PREFERRED: Final = 20


@dataclass(frozen=True, slots=True)
class Language:
    """A language that pages can be in.

    Attributes:
        code: As in `NAMES`.
        messages: Its messages by the English ones; empty for English.
    """

    code: str
    messages: Mapping[str, str] = field(default_factory=dict, repr=False)

    def say(self, message: str, **values: object) -> str:
        """A message in this language, with values in the places that it names."""
        text = self.messages.get(message, message)
        return text.format(**values) if values else text


ENGLISH: Final = Language("en")


def mark(message: str) -> str:
    """A message that is said later; marked, so that it is found for the catalogues."""
    return message


@cache
def load(code: str) -> Language:
    """A language by its code; English for one that is not known."""
    if code == "en" or code not in NAMES:
        return ENGLISH
    from babel.messages.pofile import read_po

    with (FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    return Language(code, {str(each.id): str(each.string) for each in catalogue if each.id})


def choose(preferred: str) -> str:
    """The code of the language that fits best; English if none does.

    Arguments:
        preferred: As in Accept-Language (RFC 9110 §12.5.4).
    """
    from babel.core import negotiate_locale

    return negotiate_locale(_ranked(preferred), tuple(NAMES), sep="-") or "en"


def _ranked(preferred: str) -> Iterable[str]:
    found: list[tuple[float, str]] = []
    for part in preferred.split(",")[:_PREFERRED]:
        name, _, rest = part.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=") or "1")
        except ValueError:
            continue
        if name.replace("-", "").isalnum() and weight > 0:
            found.append((-weight, name))
    return [name for _, name in sorted(found, key=lambda each: each[0])]
