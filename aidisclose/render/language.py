"""Languages of pages: message catalogues (gettext), each complete or not offered.

`languages/*.po` are the catalogues, and `languages/*.mo` what `make languages` makes of them, which
needs nothing but the standard library to be read.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from aidisclose.message import Message

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
        catalogue: Its messages by the English ones; it has none for English.
    """

    code: str
    catalogue: gettext.NullTranslations = field(default=gettext.NullTranslations(), repr=False)

    def say(self, message: str, **values: object) -> str:
        """A message in this language, with values in the places that it names."""
        text = self.catalogue.gettext(message)
        return text.format(**values) if values else text

    def tell(self, message: str) -> str:
        """A message that knows its values, in this language; so are messages among these.

        Text that is not a message is data, and stays as it is.
        """
        if not isinstance(message, Message):
            return message
        values = {
            name: self.tell(value) if isinstance(value, Message) else value
            for name, value in message.values.items()
        }
        return self.say(message.text, **values)


ENGLISH: Final = Language("en")


def mark(message: str) -> str:
    """A message that is said later; marked, so that it is found for the catalogues."""
    return message


@cache
def load(code: str) -> Language:
    """A language by its code; English for one that is not known."""
    if code == "en" or code not in NAMES:
        return ENGLISH
    with (FOLDER / f"{code}.mo").open("rb") as file:
        return Language(code, gettext.GNUTranslations(file))


def choose(preferred: str) -> str:
    """The code of the language that fits best; English if none does.

    Arguments:
        preferred: As in Accept-Language (RFC 9110 §12.5.4).
    """
    return _first(_ranked(preferred))


def of_locale(variables: Mapping[str, str]) -> str:
    """The code of the language that the locale of a process names; English if none fits.

    Arguments:
        variables: Of the process: LC_ALL, else LC_MESSAGES, else LANG counts (POSIX.1 §8.2).
    """
    named = (variables.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, named), "")
    return _first([locale.partition(".")[0].partition("@")[0].replace("_", "-")])


def _first(codes: Iterable[str]) -> str:
    """The first language that is offered, whatever its region (RFC 4647 §3.4)."""
    found = (code.partition("-")[0].lower() for code in codes)
    return next((code for code in found if code in NAMES), "en")


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
