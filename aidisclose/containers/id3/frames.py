"""Frames that readers of whole tags stumble over: those without the fields that their type needs.

Most programs pass over them. Others give up on the whole tag, and find no manifest store in it.
"""

from __future__ import annotations

import re
from typing import Final

#: Of a text in one byte a character, and in two.
_ONE: Final = rb"[^\0]*+\0"
_TWO: Final = rb"(?:(?!\0\0)..)*+\0\0"


def _encoded(before: bytes, *, texts: int = 1) -> re.Pattern[bytes]:
    """An encoding, something, and texts in it that are terminated."""
    one, two = (b"(?:%b){%d}" % (text, texts) for text in (_ONE, _TWO))
    pattern = rb"[\0\3]%b%b|[\1\2]%b%b" % (before, one, before, two)
    return re.compile(pattern, re.DOTALL)


_OWNER: Final = re.compile(_ONE)
#: What the content of a frame begins with (id3v2.4.0-frames; chapters: their addendum 1.0).
_OPENINGS: Final = {
    "PRIV": _OWNER,
    "UFID": _OWNER,
    "POPM": re.compile(rb"[^\0]*+\0.", re.DOTALL),
    "COMM": _encoded(rb"..."),
    "USLT": _encoded(rb"..."),
    "TXXX": _encoded(b""),
    "WXXX": _encoded(b""),
    "APIC": _encoded(rb"[^\0]*+\0."),
    "GEOB": _encoded(rb"[^\0]*+\0", texts=2),
    "SYLT": _encoded(rb"....."),
    "CHAP": re.compile(rb"[^\0]*+\0.{16}", re.DOTALL),
    "CTOC": re.compile(rb"[^\0]*+\0..", re.DOTALL),
}
_UTF8: Final = 3


def is_readable(name: str, content: bytes) -> bool:
    """Whether a frame of ID3v2.4, or the beginning of one, has the fields of its type.

    Arguments:
        name: Of the frame.
        content: It, without what flags announce; cut off after some thousand bytes.
    """
    opening = _OPENINGS.get(name)
    if opening is not None:
        return opening.match(content) is not None
    if not name.startswith("T") or not content:
        return True
    if content[0] == _UTF8:
        try:
            content[1:].decode()
        except UnicodeDecodeError as error:
            return error.reason == "unexpected end of data"  # where it was cut off
    return content[0] <= _UTF8
