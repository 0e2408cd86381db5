"""The result of `verify` as a table in CSV (RFC 4180), for spreadsheets."""

from __future__ import annotations

import csv
import io
from typing import Final

from aidisclose.render import words
from aidisclose.render.json import no_end
from aidisclose.render.renderer import Renderer, Result, Run
from aidisclose.render.safe import clean
from aidisclose.render.text import grounds
from aidisclose.validate import reason
from aidisclose.validate.state import Trust
from aidisclose.validate.transcript import moment

_HEAD: Final = (
    *("file", "state", "integrity", "trust", "media_type", "ai", "model"),
    *("signer", "issuer", "time", "problems"),
    # Added later; columns before these stay where they are.
    *("organization", "fingerprint", "list", "stamped_by", "source_types", "also_says"),
    *("generator", "title", "size", "sha256", "reason", "hint"),
)
#: Source types, and characters of a text of the manifest.
_TYPES: Final = 20
_LENGTH: Final = 2_000
#: Spreadsheets take a cell that begins so for a formula, which may run programs; some read the
#: wide forms of these characters as the narrow ones.
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


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
        known = {"file": result.file, "state": result.outcome, "problems": result.error or ""}
        return _row(*(known.get(name, "") for name in _HEAD))
    signature, disclosure = report.signature, report.disclosure
    signer = signature.signer if signature else None
    stamp = signature.timestamp if signature else None
    voucher = signature.voucher if signature and report.trust is Trust.TRUSTED else None
    claim = report.believed.subject.claim if report.believed else None
    reasons = grounds(result, report)
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
        signer.organization if signer else "",
        signer.sha256.hex() if signer else "",
        voucher.title if voucher else "",
        stamp.authority if stamp else "",
        "; ".join(each.rpartition("/")[2] for each in disclosure.source_types[:_TYPES]),
        "; ".join(words.marks(report)),
        claim.generator[:_LENGTH] if claim else "",
        (claim.title or "")[:_LENGTH] if claim else "",
        "" if report.size is None else str(report.size),
        report.sha256 or "",
        reason.reason(report),
        reason.hint(report) or "",
    )


RENDERER: Final = Renderer(begin=_begin, result=_result, end=no_end)
