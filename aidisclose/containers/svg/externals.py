"""Content of other files that an SVG file shows: pictures, styles, entities, scripts.

The text is searched, not parsed: markup may also stand in entities, in comments and in the HTML of
a `foreignObject`. So more is found than is shown, and nothing that is shown is overlooked. Words
that entities, comments or sections divide are searched as viewers put them together, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from aidisclose import limits
from aidisclose.containers.container import Layout
from aidisclose.containers.svg import assembly
from aidisclose.errors import LimitExceeded
from aidisclose.io.source import Source

#: Longer than what any of the patterns below takes, long runs left out.
_OVERLAP: Final = 4 * limits.KIB
#: Spaces, and zeros of a number, may be as many as somebody likes, wherever there may be one.
_RUN: Final = re.compile(rb"[ \t\r\n\f]{32,}+|0{32,}+")
#: As much of an address as is told.
_TOLD: Final = 80

_REFERENCE: Final = re.compile(rb"&#(?:x0*+([0-9A-Fa-f]{1,6})|0*+([0-9]{1,7}));")
#: Stands for a bracket that was written as a reference. It opens a tag where text becomes markup,
#: and none in an attribute.
_BRACKET: Final = b"\x01"
_NAMED: Final = {b"&quot;": b'"', b"&apos;": b"'", b"&lt;": _BRACKET, b"&gt;": b">"}
_CSS_ESCAPE: Final = re.compile(
    rb"\\(?:([0-9A-Fa-f]{1,6})(?:\r\n|[ \t\r\n\f])?|([^0-9A-Fa-f\r\n]))"
)

#: Where something is shown from. In the file itself it begins with a number sign, or is the data.
_ELSEWHERE: Final = rb"\s*+(?!#|(?i:data:))[^\s\"'<>)][^\"'<>)]{0,2000}"
#: The same of an attribute, whose data may be pictures, sound and fonts: documents, styles and
#: scripts lead on.
_DOCUMENT: Final = (
    rb"\s*+(?!#|(?i:data:(?:[;,]|image/|audio/|video/|font/|application/(?:x-)?font)))"
    rb"[^\s\"'<>)][^\"'<>)]{0,2000}"
)
#: Names behind their first letter, and what stands before that: a space or the namespace.
_ATTRIBUTE: Final = (
    rb"(?:ref(?<=[\s\"':]href)|rc(?<=[\s\"':]src)(?:set)?|oster(?<=[\s\"':]poster)"
    rb"|ata(?<=[\s\"':]data)|ackground(?<=[\s\"':]background)|ml:base(?<=[\s\"']xml:base))"
)
#: The first character stands alone, and the second one at the beginning of almost every branch:
#: `re` then passes over most of a file without trying anything.
_FIRST: Final = b"<\x01hspdbxaouUiIS@"
_PATTERN: Final = re.compile(
    rb"[%b](?:"
    rb"%b\s*+(?:=\s*+[\"'](?P<attribute>%b)|CDATA\s++(?:#FIXED\s++)?[\"'](?P<default>%b))"
    rb"|ttributeName(?<=[\s\"']attributeName)\s*+=\s*+[\"']\s*+"
    rb"(?P<animated>(?:[^\"'<>:]{1,200}+:)?href|[^\"'<>]{200})"
    rb"|[rR][lL]\((?<=[uU]...)\s*+[\"']?+(?P<style>%b)"
    rb"|[iI](?<=@.)(?P<import>(?i:mport\b))"
    rb"|[mM](?P<image>(?<=[iI].)(?i:age-set\()|(?<=[^\w-][iI].)(?i:age\())"
    rb"|[rR][cC]\((?P<source>(?<=[^\w-][sS]...))"
    rb"|n(?P<handler>(?<=[\s\"']on)[a-z]{1,30}\s*+=\s*+[\"'])"
    rb"|\?(?P<sheet>xml-stylesheet\s)"
    rb"|!ENTITY\s++(?P<entity>(?!%%)[^\s\"'<>]{1,200}+)(?:\s++(?:SYSTEM|PUBLIC)|(?=[^\s\"'<>]))"
    rb"|!ENTITY\s++%%\s++(?P<declaration>[^\s\"'<>]{1,200}+)"
    rb"|ttp-equiv(?P<refresh>(?<=http-equiv))"
    rb"|(?<=[<\x01])(?P<tag>[^\s<>/=?!&'\"]{1,200}+))"
    % (_FIRST, _ATTRIBUTE, _DOCUMENT, _DOCUMENT, _ELSEWHERE)
)
_WORDS: Final = {
    "import": "an imported style sheet",
    "image": "an image of a style",
    "source": "an image of a style",
    "handler": "what a script draws",
    "sheet": "a style sheet",
    "refresh": "another page",
    "animated": "an animated reference",
}
_LINK: Final = b"a"
_SCRIPT: Final = b"script"
#: What shows another document, also one that is in the file and leads on.
_FRAMES: Final = (b"iframe", b"object", b"embed")


def find(source: Source, _layout: Layout) -> Iterator[str]:
    """See `Container.externals`."""
    told: set[str] = set()
    for words in _search(_windows(source)):
        told.add(words)
        yield words
    found = _search(assembly.windows(source, _OVERLAP))
    yield from (words for words in found if words not in told)


def _windows(source: Source) -> Iterator[bytes]:
    last = b""
    for position in range(0, source.size, limits.CHUNK):
        last = last[-_OVERLAP:] + _RUN.sub(_one, source.read_at(position, limits.CHUNK))
        yield last


def _one(run: re.Match[bytes]) -> bytes:
    return run[0][:1]


def _search(windows: Iterable[bytes]) -> Iterator[str]:
    element = b""
    plain = _Plain()
    left = limits.XML_MARKUP
    candidates = limits.XML_CANDIDATES
    for window in windows:
        text = plain.of(window)
        candidates -= len(text) - len(text.translate(None, _FIRST))
        if candidates < 0:
            limit = limits.XML_CANDIDATES
            raise LimitExceeded(f"more than {limit} places of the SVG may refer to other files")
        for match in _PATTERN.finditer(text):
            left -= 1
            if left < 0:
                raise LimitExceeded(f"the SVG has more than {limits.XML_MARKUP} tags to look at")
            kind = match.lastgroup or ""
            value = match[kind]
            if kind == "tag":
                element = value.rpartition(b":")[2]
                if match[0].startswith(_BRACKET) and element == _LINK:
                    element = b""  # what follows may belong to the tag before
                if element == _SCRIPT:
                    yield "what a script draws"
                elif element in _FRAMES:
                    yield "another document"
            elif kind in _WORDS:
                yield _WORDS[kind]
            elif kind == "entity":
                yield f"the entity {_told(value)}"
            elif kind == "declaration":
                # It declares whatever it likes, in another file or in characters by their numbers.
                yield f"what the entity {_told(value)} declares"
            # A link shows that when it is asked; of a frame it was said.
            elif not (kind == "attribute" and element in (_LINK, *_FRAMES)):
                yield _told(value)


def _told(value: bytes) -> str:
    return repr(value[:_TOLD].decode("utf-8", "replace"))


class _Plain:
    """Text as viewers understand it, without references to characters and escapes of CSS."""

    def __init__(self) -> None:
        self._left = limits.XML_ESCAPES

    def of(self, text: bytes) -> bytes:
        """The next piece of it.

        Raises:
            LimitExceeded: There were too many of them.
        """
        if b"&" in text:
            text = self._without(_REFERENCE, text)
            for name, character in _NAMED.items():
                text = text.replace(name, character)
        return self._without(_CSS_ESCAPE, text) if b"\\" in text else text

    def _without(self, pattern: re.Pattern[bytes], text: bytes) -> bytes:
        text, count = pattern.subn(_decoded, text)
        self._left -= count
        if self._left < 0:
            raise LimitExceeded(f"more than {limits.XML_ESCAPES} characters by their numbers")
        return text


def _decoded(match: re.Match[bytes]) -> bytes:
    return _character(match[0])


@lru_cache(maxsize=4_096)
def _character(written: bytes) -> bytes:
    """The character that a reference or an escape stands for."""
    digits = written.lstrip(b"\\&#").rstrip(b"; \t\r\n\f")
    if written.startswith(b"\\"):
        is_number = written[1] in b"0123456789ABCDEFabcdef"
        number = int(digits, 16) if is_number else written[1]
    else:
        number = int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
    if number == ord("<"):
        return _BRACKET
    # Only ASCII matters here; another character ends no name and begins none.
    return bytes((number,)) if 0 < number < 128 else b"?"
