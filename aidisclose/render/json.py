"""The result of `verify` for programs: schema 1 (docs/report.schema.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from aidisclose.render import words
from aidisclose.render.renderer import UNREADABLE, Renderer, Result, Run
from aidisclose.render.safe import encodable
from aidisclose.validate.report import Report, without_manifest
from aidisclose.validate.signature import Signature
from aidisclose.validate.status import Results, Status
from aidisclose.version import VERSION

SCHEMA: Final = 1
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


#: Ranges that are listed; a hostile manifest may exclude thousands.
_RANGES: Final = 100


def describe(result: Result) -> dict[str, object]:
    """One element of `results`; every key is always there."""
    report = result.report
    if report is None:
        empty = {"media_type": None, "integrity": UNREADABLE}
        return _describe(result, without_manifest("", _NEVER)) | empty
    return _describe(result, report)


def _describe(result: Result, report: Report) -> dict[str, object]:
    store = report.store
    deltas = report.validation.deltas if report.validation else ()
    return {
        "file": result.file,
        "media_type": report.media_type,
        "size": report.size,
        "sha256": report.sha256,
        "state": result.outcome,
        "integrity": report.integrity.value,
        "covered": _covered(report),
        "trust": _trust(report),
        "disclosure": _disclosure(report),
        "manifests": len(store.manifests) if store else 0,
        "active_manifest": store.active.label if store else None,
        "statuses": grouped(report.statuses),
        "ingredients": [{"url": delta.url, "statuses": grouped(delta.results)} for delta in deltas],
        "missing": list(report.missing),
        "error": result.error,
    }


def _covered(report: Report) -> dict[str, object] | None:
    """How much of the file a matching hash covers; None if none matches."""
    content = report.covered
    if content is None:
        return None
    outside = [[part.start, part.end] for part in content.outside[:_RANGES]]
    return {"share": round(content.share, 6), "outside": outside}


def _trust(report: Report) -> dict[str, object]:
    stamp = report.signature.timestamp if report.signature else None
    status = "none" if stamp is None else "trusted" if stamp.is_trusted else "untrusted"
    return {
        "status": report.trust,
        "signer": _signer(report.signature),
        "timestamp": {"time": words.moment(stamp.time) if stamp else None, "status": status},
    }


def _signer(signature: Signature | None) -> dict[str, str] | None:
    certificate = signature.signer if signature else None
    if certificate is None:
        return None
    return {
        "common_name": certificate.common_name,
        "organization": certificate.organization,
        "issuer": certificate.issuer_name,
        "serial": str(certificate.serial),
        "not_after": words.moment(certificate.not_after),
    }


def _disclosure(report: Report) -> dict[str, object]:
    found = report.disclosure
    model = found.model
    return {
        "ai": found.ai.value,
        "digital_source_types": list(found.source_types),
        "model": {
            "name": model.name,
            "version": model.version,
            "identifier": model.identifier,
            "type": model.type,
            "oversight": model.oversight,
        },
        "carriers": list(found.carriers),
        "contradictions": list(found.contradictions),
        "unproven": found.unproven.value,
        "unread": list(found.unread),
    }


def grouped(results: Results) -> dict[str, list[dict[str, str]]]:
    """Statuses by kind."""
    return {
        kind: [_status(item) for item in items]
        for kind, items in zip(results._fields, results, strict=True)
    }


def _status(status: Status) -> dict[str, str]:
    return {"code": status.code, "url": status.url, "explanation": status.explanation}


def encode(value: object, *, indent: int | None = None) -> str:
    """JSON in ASCII: no text from a file can act on a terminal, and any parser reads it."""
    text = json.dumps(value, indent=indent)
    if "\\ud" in text:  # perhaps a lone surrogate, which some parsers refuse
        text = json.dumps(_encodable(value), indent=indent)
    return text


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list) else value


def head(time: datetime) -> dict[str, object]:
    """What every document begins with."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "aidisclose", "version": VERSION},
        "validation_time": words.moment(time),
    }


def begin(run: Run) -> str:
    """The document up to its first result."""
    return f'{encode(head(run.time), indent=2)[:-2]},\n  "results": ['


def element(value: dict[str, object]) -> str:
    """One result, indented to its place."""
    return "\n    " + encode(value, indent=2).replace("\n", "\n    ")


def end(counts: Mapping[str, int], _run: Run) -> str:
    """The document after its last result."""
    summary = {"files": sum(counts.values()), **counts}
    return f'\n  ],\n  "summary": {encode(summary)}\n}}\n'


def no_end(_counts: Mapping[str, int], _run: Run) -> str:
    """The end of output that has one result a line."""
    return ""


def _render(result: Result, _run: Run) -> str:
    return element(describe(result))


RENDERER: Final = Renderer(begin=begin, result=_render, end=end, separator=",")
