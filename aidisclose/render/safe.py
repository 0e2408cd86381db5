"""Making text from files safe to show.

A title, a name in a certificate, a status in an ingredient is written by whoever made the file:
with control characters it would move the cursor, colour or retitle the terminal, and with
bidirectional overrides read differently from what it is. In a log of continuous integration it
could be a command.
"""

from __future__ import annotations

import re
from typing import Final

#: Text of a file that is shown in full; a title of a megabyte must not scroll the result away.
_LENGTH: Final = 200

#: What stands between the parts of a line.
_SEPARATOR: Final = " · "

#: A lone surrogate: what Python makes of a file name that is not UTF-8, and of `\ud800` in JSON.
_SURROGATE: Final = "[\ud800-\udfff]"
#: Text that a log of continuous integration takes for a command: `::error::` at the start of a
#: line and `##[error]` anywhere (GitHub), `##vso[…]` (Azure), `##teamcity[…]`.
_COMMAND: Final = re.compile(r"^ *:(?=:)|#(?=#\w*\[)")

#: What is written for lines and marks of ours where an encoding does not have them.
ASCII: Final[dict[int, str]] = str.maketrans(
    {
        **dict.fromkeys("·•–—", "-"),
        **dict.fromkeys("●○", "*"),
        **dict.fromkeys("→", ">"),
        **dict.fromkeys("…", "."),
        **dict.fromkeys("│┃║", "|"),
        **dict.fromkeys("─━═╸╺", "-"),
        **dict.fromkeys("├└┌┐┘┤┬┴┼╭╮╰╯", "+"),
        **dict.fromkeys("▀▄█", "#"),
        "“": '"',
        "”": '"',
        "’": "'",
        "×": "x",
    }
)


def clean(text: str, length: int | None = _LENGTH) -> str:
    r"""One line of `text` that only ever prints: other characters stand as `\x1b`, `\u202e`.

    A log of continuous integration takes it for no command either.

    Arguments:
        text: Untrusted.
        length: Characters after which it is cut; None keeps all.
    """
    if length is not None and len(text) > length:
        text = f"{text[: length - 1]}…"
    if "::" in text or "##" in text:
        text = re.sub(_COMMAND, _spell, text)
    # Unicode categories Cc, Cf, Cs, Co, Cn, Zl, Zp and Zs but the space: among them ESC, and the
    # overrides of UAX #9 (CVE-2021-42574).
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _spell(match: re.Match[str]) -> str:
    """The match, whose last character is escaped."""
    return f"{match[0][:-1]}\\x{ord(match[0][-1]):02x}"


def clean_part(text: str, length: int | None = _LENGTH) -> str:
    r"""`clean` for a part of a line: a separator in it stands as `\xb7`.

    A model of the name `x · signed by the BBC` would add to what we say.
    """
    text = clean(text, length)
    # A dot within a word, as in Catalan, stays.
    return text.replace("·", r"\xb7") if _SEPARATOR in text else text


def encodable(text: str) -> str:
    r"""The same text, with lone surrogates, which UTF-8 and JSON do not know, as `\udc80`."""
    return text if text.isascii() else re.sub(_SURROGATE, _escape, text)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
