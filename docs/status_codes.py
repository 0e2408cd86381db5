"""Write docs/status-codes.md from the table of codes: `make docs`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from aidisclose.validate.codes import CODES, Code, StatusKind

PAGE: Final = Path(__file__).with_name("status-codes.md")
_INTRODUCTION: Final = """\
# Status codes

What validation can find, by the names of the C2PA specification, versions 2.2 to 2.5. *About* is
what the URL of a status points at; *clause* is that of version 2.5 unless it says otherwise. This
page is written by `make docs` from `aidisclose/validate/codes.py`.
"""
_HEADINGS: Final = {
    StatusKind.SUCCESS: "Success",
    StatusKind.INFORMATIONAL: "Information, which changes no verdict",
    StatusKind.FAILURE: "Failure",
}


def render() -> str:
    """The text of the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _INTRODUCTION.rstrip("\n")
    for kind, heading in _HEADINGS.items():
        codes = [code for code in CODES.values() if code.kind is kind and not code.absent]
        yield f"\n## {heading}\n"
        rows = ((f"`{code.name}`", code.target.value, code.clause, code.versions) for code in codes)
        yield from _table(("code", "about", "clause", "versions"), rows)
    absent: list[Code] = [code for code in CODES.values() if code.absent]
    yield "\n## Never reported\n"
    rows = ((f"`{code.name}`", code.absent, code.clause, code.versions) for code in absent)
    yield from _table(("code", "why", "clause", "versions"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    PAGE.write_text(render())
