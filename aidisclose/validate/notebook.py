"""A report as a table in a notebook: HTML without scripts, styles of its own or anything loaded."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from aidisclose.message import within_quotes
from aidisclose.validate import reason
from aidisclose.validate.state import State, Trust

if TYPE_CHECKING:
    from aidisclose.validate.report import Report

#: Readable on light and on dark pages.
_COLOURS: Final = {
    State.TRUSTED: "#1a7f37",
    State.VALID: "#9a6700",
    State.INVALID: "#cf222e",
    State.NONE: "#6e7781",
}
_HEAD: Final = "text-align: left; vertical-align: top; font-weight: normal; opacity: 0.7"
_CELL: Final = "text-align: left"
#: Characters of a text.
_LENGTH: Final = 400


def describe(report: Report) -> str:
    """The report as a table; text from the file is escaped, and shows what does not print."""
    colour = _COLOURS[report.state]
    state = f'<strong style="color: {colour}">{report.state.value}</strong>'
    rows = [("state", state), *((name, _text(value)) for name, value in _rows(report) if value)]
    lines = (
        f'<tr><th scope="row" style="{_HEAD}">{name}</th><td style="{_CELL}">{value}</td></tr>'
        for name, value in rows
    )
    return f"<table>{''.join(lines)}</table>"


def _rows(report: Report) -> Iterator[tuple[str, str | None]]:
    yield "why", reason.reason(report)
    yield "to do", reason.hint(report)
    yield "file", report.media_type
    yield "content", report.integrity.value
    yield "signer", _signer(report)
    signature = report.signature
    stamp = signature.timestamp if signature else None
    if stamp is not None:
        doubt = "is in the future" if stamp.is_early else "nobody whom you trust confirms"
        worth = "" if stamp.is_trusted else f", which {doubt}"
        yield "signed on", f"{stamp.time:%Y-%m-%d %H:%M} UTC{worth}"
    yield "AI", report.disclosure.ai.value
    yield "model", str(report.disclosure.model)
    yield "source type", ", ".join(each.rpartition("/")[2] for each in _types(report))
    believed = report.believed.subject if report.believed else None
    yield "generator", believed.claim.generator if believed else None
    yield "also says", ", ".join(report.disclosure.carriers)
    yield "contradiction", "; ".join(report.disclosure.contradictions[:3])


def _types(report: Report) -> tuple[str, ...]:
    return report.disclosure.source_types[:5]


def _signer(report: Report) -> str | None:
    signature = report.signature
    if signature is None or signature.signer is None:
        return None
    name, organization = signature.signer.common_name, signature.signer.organization
    named = f"{name} ({organization})" if organization and organization != name else name
    if report.trust is not Trust.TRUSTED:
        return f"“{within_quotes(named)}”, whom nobody vouches for"
    listed = f", by {signature.voucher.title}" if signature.voucher else ""
    return f"{named}{listed}"


def _text(value: str) -> str:
    """Untrusted text on one line, with nothing that does not print, escaped."""
    cut = value if len(value) <= _LENGTH else f"{value[: _LENGTH - 1]}…"
    shown = (
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in cut
    )
    return html.escape("".join(shown))
