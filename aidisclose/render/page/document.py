"""HTML pages that stand alone: no script, nothing fetched, light or dark, made for printing too."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from aidisclose.render.language import ENGLISH, Language
from aidisclose.render.safe import clean

if TYPE_CHECKING:
    from aidisclose.render.page.pictures import Picture

STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif;
  color: light-dark(#1b1b1f, #e4e4e8); background: light-dark(#fff, #131316); }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2, h3, h4, p, figcaption { overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin-top: 1.5rem; } h3 { font-size: 1.05rem; } h4 { font-size: 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; overflow-wrap: anywhere;
  border-bottom: 1px solid #8886; }
th[scope="row"] { width: 13rem; } li { overflow-wrap: anywhere; } li > ul { padding-left: 1.2rem; }
.pass { color: light-dark(#006b2d, #7fdc9b); } .fail { color: light-dark(#b00020, #ff8a80); }
.warn { color: light-dark(#8a5a00, #ffc966); }
td.pass, td.fail, td.warn, span, p.fail, p.warn { font-weight: bold; }
td.pass, td.fail, td.note { white-space: nowrap; } thead th { overflow-wrap: normal; }
.headline { border-left: .4rem solid currentColor; padding: .25rem 0 .25rem .8rem; }
.file { color: light-dark(#4a4f55, #bdc1c6); overflow-wrap: anywhere; }
figure { margin: .5rem 0; } img { max-width: 100%; height: auto; border: 1px solid #8886; }
.history { padding-left: 1.2rem; } .history img { max-height: 8rem; width: auto; }
.history p { margin: .4rem 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; }
.measures td:first-child { white-space: nowrap; }
summary { cursor: pointer; padding: .5rem 0; } article { margin-bottom: 2rem; }
article article { border-left: 2px solid #8886; padding-left: 1rem; }
@media (max-width: 30rem) {
  table, tbody, tr, th, td { display: block; } th[scope="row"] { width: auto; border-bottom: 0;
  padding-bottom: 0; } thead { position: absolute; left: -999rem; }
  table + table { margin-top: 1rem; }
  td + td { padding-top: 0; } td:not(:last-child) { border-bottom: 0; padding-bottom: 0; }
}
@media print { body { margin: 0; max-width: none; } .measures { font-size: .72rem; }
  tr, h2, h3, figure { break-inside: avoid; } .measures tr { break-inside: auto; }
  details:not(.data)::details-content { content-visibility: visible; display: block; }
  details.data { display: none; } }
"""

#: Spaces of our own messages, and what `quote` puts around text that runs from right to left: only
#: in pairs, so that no text of a file can isolate what stands beside it, or end the isolation.
_SPACES: Final = "\u00a0\u202f"
_PIECES: Final = re.compile(f"([{_SPACES}]|\u2068[^\u2066-\u2069]*\u2069)")
_FROM_RIGHT: Final = frozenset({"R", "AL", "AN"})


def escape(text: str) -> str:
    """Text as that of a page, with nothing in it that does not print, of whatever length."""
    if text.isprintable():
        return html.escape(text)
    pieces = _PIECES.split(text)
    return html.escape("".join(map(_kept, pieces)))


def _kept(piece: str) -> str:
    """A piece of a text without what does not print, but for our own spaces and isolation."""
    if piece in _SPACES:
        return piece
    if piece.startswith("\u2068") and piece.endswith("\u2069"):
        return f"\u2068{clean(piece[1:-1], None)}\u2069"
    return clean(piece, None)


def escape_block(text: str) -> str:
    """Text of several lines that is ASCII already, such as JSON, as text of a page."""
    return html.escape(text, quote=False)


def quote(text: str) -> str:
    """Untrusted text for a place in a message: short, and turning around nothing beside it."""
    found = clean(text)
    if not found.isascii() and any(unicodedata.bidirectional(c) in _FROM_RIGHT for c in found):
        return f"\u2068{found}\u2069"
    return found


def count(number: int) -> str:
    """A number that reads the same in all languages."""
    return f"{number:,}".replace(",", "\u202f")


def begin(title: str, language: Language = ENGLISH) -> str:
    """A page up to its content; only the style that is in it applies, and nothing can be loaded.

    Arguments:
        title: Of the page, in its language.
        language: Of the page.
    """
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    return (
        f'<!doctype html>\n<html lang="{language.code}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n"
    )


END: Final = "</main>\n</body>\n</html>\n"


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    """A table of names and what is known; empty without any."""
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>\n'
        for name, value in pairs
    )
    return f"<table>\n<tbody>\n{body}</tbody>\n</table>\n" if body else ""


def items(lines: Iterable[str], lang: str = "") -> str:
    """A list; empty without any line.

    Arguments:
        lines: Of text.
        lang: Code of their language, if it is another one than that of the page.
    """
    mark = f' lang="{lang}"' if lang else ""
    body = "".join(f"<li{mark}>{escape(line)}</li>\n" for line in lines)
    return f"<ul>\n{body}</ul>\n" if body else ""


def figure(picture: Picture, text: str) -> str:
    """A picture; what it shows is not known, so the text says what it is."""
    return (
        f'<figure><img src="{picture.address}" width="{picture.width}" height="{picture.height}" '
        f'alt="{escape(text)}"></figure>\n'
    )


def opened(title: str, content: str, kind: str = "") -> str:
    """A part that can be opened; one of the kind `data` is not printed."""
    mark = f' class="{kind}"' if kind else ""
    return f"<details{mark}>\n<summary>{escape(title)}</summary>\n{content}</details>\n"


def head(titles: Iterable[str]) -> str:
    """The head of a table with columns."""
    cells = "".join(f'<th scope="col">{escape(each)}</th>' for each in titles)
    return f"<thead><tr>{cells}</tr></thead>\n"
