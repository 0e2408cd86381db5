"""The result of `verify` as a table in CSV (RFC 4180), for spreadsheets."""

from __future__ import annotations

import csv
import io
from typing import Final

from aidisclose.render import words
from aidisclose.render.json import no_end
from aidisclose.render.renderer import Renderer, Result, Run
from aidisclose.render.safe import clean
from aidisclose.render.text import problems
from aidisclose.validate.document import moment

_HEAD: Final = (
    *("file", "state", "integrity", "trust", "media_type", "ai", "model"),
    *("signer", "issuer", "time", "problems"),
)
#: Spreadsheets take a cell that begins so for a formula, which may run programs.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def _cell(text: str) -> str:
    text = clean(text, None)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(*values: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(_cell, values))
    return line.getvalue()


def _begin(_run: Run) -> str:
    return _row(*_HEAD)


def _result(result: Result, _run: Run) -> str:
    report = result.report
    if report is None:
        return _row(result.file, result.outcome, *[""] * (len(_HEAD) - 3), result.error or "")
    signature, disclosure = report.signature, report.disclosure
    signer = signature.signer if signature else None
    stamp = signature.timestamp if signature else None
    reasons = dict.fromkeys((*result.reasons, *problems(report)))
    return _row(
        result.file,
        report.state.value,
        report.integrity.value,
        report.trust.value,
        report.media_type,
        disclosure.ai.value,
        str(disclosure.model) if disclosure.model.name else "",
        signer.common_name or "" if signer else "",
        signer.issuer_name if signer else "",
        moment(stamp.time) if stamp and stamp.is_trusted else "",
        "; ".join(reasons) or ("" if report.store else words.NO_MANIFEST),
    )


RENDERER: Final = Renderer(begin=_begin, result=_result, end=no_end)
