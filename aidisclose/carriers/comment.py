"""The line in the comment of a sound file that says what part AI had, for people and programs.

Sound has no common place for the properties of IPTC; comments are what players show. The line
holds the digital source type, so that a program can read what a person does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from aidisclose.carriers.text import Text
from aidisclose.named import NamedTuple

#: What the line is called.
NAME: Final = "AI disclosure"
#: FFmpeg makes an `ID3 TXXX` of an `ID3 COMM` that has a name.
_PLACES: Final = frozenset({"ID3 COMM", "ID3 TXXX", "RIFF INFO", "Vorbis comment"})
_SOURCE_TYPE: Final = r"\((https?://[^\s()]{1,200})\)"


class FoundComment(NamedTuple):
    """Such a line as it was found; untrusted text.

    Attributes:
        place: Its place in the file, for people.
        text: The text of the line, without its name.
        source_type: The digital source type in it, empty without one.
    """

    place: str
    text: str
    source_type: str


def write(what: str, model: str, source_type: str) -> str:
    """The text of a line.

    Arguments:
        what: The part that AI had, in a few words.
        model: Name and version of the model, empty if unknown.
        source_type: URI of the digital source type.
    """
    # A line is found, and replaced, as a whole.
    model = " ".join(model.split())
    return f"{what}{f', model {model}' if model else ''} ({source_type})"


def find(texts: Iterable[Text]) -> Iterator[FoundComment]:
    """The lines of this kind among the named texts of a file."""
    for item in texts:
        if item.place not in _PLACES:
            continue
        whole = f"{NAME}: {item.value}" if item.name == NAME else item.value
        for line in whole.splitlines():
            name, _, said = line.partition(": ")
            if name == NAME:
                found = re.search(_SOURCE_TYPE, said)
                yield FoundComment(item.place, said, found[1] if found else "")
