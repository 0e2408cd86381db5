"""Colours of text on a terminal."""

from __future__ import annotations

from typing import Final

from aidisclose.named import NamedTuple

_CODES: Final = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "magenta": "35",
    "cyan": "36",
}

#: The colour of what can become of a file.
COLOURS: Final = {
    "trusted": "green",
    "valid": "yellow",
    "invalid": "red",
    "none": "dim",
    "unreadable": "magenta",
    "signed": "green",
    "ready": "green",
    "stored": "green",
    "found": "green",
    "skipped": "dim",
    "failed": "red",
    "fail": "red",
    "warn": "yellow",
    "undetermined": "cyan",
    "not-applicable": "dim",
    "pass": "green",
    "kept": "green",
    "lost": "red",
}


class Style(NamedTuple):
    """Whether text is coloured at all."""

    colour: bool

    def paint(self, text: str, *names: str) -> str:
        """`text` in a colour or weight, if there are any here."""
        if not (self.colour and text):
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"


PLAIN: Final = Style(colour=False)
