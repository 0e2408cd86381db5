"""The result of `verify` for programs: schema 1 (docs/report.schema.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from aidisclose.render.renderer import UNREADABLE, Renderer, Result, Run
from aidisclose.render.safe import encodable
from aidisclose.validate.document import moment
from aidisclose.validate.report import without_manifest
from aidisclose.version import VERSION

SCHEMA: Final = 1
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def describe(result: Result) -> dict[str, object]:
    """One element of `results`; every key is always there."""
    report = result.report
    if report is None:
        empty = {"state": UNREADABLE, "integrity": UNREADABLE, "media_type": None}
        found = without_manifest("", _NEVER).as_dict() | empty
    else:
        found = report.as_dict()
    return {"file": result.file, **found, "error": result.error}


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
        "validation_time": moment(time),
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
