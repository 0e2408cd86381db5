"""HTML pages that stand alone: no script, nothing fetched, light or dark, made for printing too."""

from __future__ import annotations

import base64
import hashlib
import html
from typing import Final

from aidisclose.render.safe import clean

STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; overflow-wrap: anywhere;
  border-bottom: 1px solid #8886; }
.fail { color: light-dark(#b00020, #ff8a80); font-weight: bold; }
.warn { color: light-dark(#8a5a00, #ffc966); font-weight: bold; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; }
summary { cursor: pointer; padding: .4rem 0; } article { margin-bottom: 3rem; }
li { overflow-wrap: anywhere; } th[scope="row"] { width: 10rem; }
.pass { color: light-dark(#006b2d, #7fdc9b); }
@media print { body { margin: 0; max-width: none; } tr, h2 { break-inside: avoid; } }
"""


def escape(text: str) -> str:
    """Untrusted text as text of a page, with nothing in it that does not print."""
    return html.escape(clean(text))


def escape_block(text: str) -> str:
    """Text of several lines that is ASCII already, such as JSON, as text of a page."""
    return html.escape(text)


def begin(title: str) -> str:
    """A page up to its content; only the style that is in it applies, and nothing can be loaded."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n"
    )


END: Final = "</body>\n</html>\n"
