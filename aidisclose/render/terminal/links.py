"""Links of a terminal (OSC 8): from files, status codes, rules and addresses to what they mean.

Only what is known here becomes a link: no address is made of text that a file brings along, except
of one that stands there to be read.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Final

from rich.text import Text

from aidisclose.render import clauses
from aidisclose.render.style import COLOURS

_ADDRESS: Final = re.compile(r"https://[^\s<>\"')\]]+(?<![.,:;])")
_CODE: Final = re.compile(r"(?<!\w)[a-zA-Z]\w*(?:\.\w+)+")
_RULE: Final = re.compile(r"\b[A-Z]{1,8}-[0-9]{3}\b")
#: A line about a file: the outcome, its name, and what follows that.
_FILE: Final = re.compile(
    rf"(?:{'|'.join((*COLOURS, 'updated', 'would sign', 'would update'))}) +"
    r"(\S.*?)(?: {2}|: | → (\S.*?)(?:, |$)|$)"
)


def add(text: Text) -> Text:
    """The same text, in which what is known leads to where it is explained."""
    for match in _ADDRESS.finditer(text.plain):
        text.stylize(f"link {match[0]}", *match.span())
    for match in _CODE.finditer(text.plain):
        if url := clauses.address(match[0]):
            text.stylize(f"link {url}", *match.span())
    for match in _RULE.finditer(text.plain):
        if url := law(match[0]):
            text.stylize(f"link {url}", *match.span())
    if named := _FILE.match(text.plain):
        for number in (1, 2):
            if named[number] and (url := file(named[number])):
                text.stylize(f"link {url}", *named.span(number))
    return text


@cache
def law(rule: str) -> str:
    """The address of the text that a rule is from; empty if there is none, or no such rule."""
    from aidisclose.policy.profiles import RULES

    found = RULES.get(rule)
    return found.source.address if found is not None else ""


def file(name: str) -> str:
    """The address of a file that is on this machine; empty of any other name."""
    if "://" in name:
        return ""
    try:
        if not os.path.lexists(name):
            return ""
        # Percent signs stand for all that could end the escape sequence of a link.
        return Path(os.path.abspath(name)).as_uri()  # noqa: PTH100 - without following links
    except (ValueError, OSError):  # no such name can be, or the working folder is gone
        return ""
