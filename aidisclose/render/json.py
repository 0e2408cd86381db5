"""JSON for programs, and the result of `verify` in it: schema 1 (docs/report.schema.json).

A document has all results in `results`; lines have one element of `results` each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final, TypeVar

from aidisclose.render import resemblance
from aidisclose.render.renderer import UNREADABLE, Renderer, Result, Run, nothing
from aidisclose.render.safe import encodable
from aidisclose.validate.report import without_manifest
from aidisclose.validate.transcript import moment
from aidisclose.version import VERSION

T = TypeVar("T")

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
    if report is None:
        found |= {"reason": result.error, "hint": None}
    return {
        "file": result.file,
        **found,
        "error": result.error,
        "recovered": resemblance.describe(result.recovered),
        "requirements": [each._asdict() for each in result.demands],
        "holds": all(each.holds for each in result.demands) if result.demands else None,
    }


def encode(value: object, *, indent: int | None = None) -> str:
    """JSON in ASCII: no text from a file can act on a terminal, and any parser reads it."""
    # In ASCII, which `json` writes by itself. An escape of half a surrogate pair is ASCII too.
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
    """The fields that every document begins with."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "aidisclose", "version": VERSION},
        "validation_time": moment(time),
    }


def document(
    describe: Callable[[T], dict[str, object]],
    *,
    about: Mapping[str, object] | None = None,
    conclude: Callable[[Mapping[str, int]], dict[str, object]] | None = None,
) -> Renderer[T]:
    """The renderer of one document with all results.

    Arguments:
        describe: Makes one element of `results`; every key is always there.
        about: Further members before the results.
        conclude: Makes what stands behind the results, from the counts.
    """

    def begin(run: Run) -> str:
        every = head(run.time) | dict(about or {})
        # The end of the object is taken off again: results are written as they come, without
        # holding them.
        return f'{encode(every, indent=2)[:-2]},\n  "results": ['

    def result(value: T, _run: Run) -> str:
        return "\n    " + encode(describe(value), indent=2).replace("\n", "\n    ")

    def end(counts: Mapping[str, int], run: Run) -> str:
        last = conclude(counts) if conclude else {}
        if run.begun is not None:
            # By the clock that does not jump when the system's time is set.
            last["duration"] = round(monotonic() - run.begun, 3)
        last["summary"] = {"files": sum(counts.values()), **counts}
        rows = ",\n".join(f"  {encode(name)}: {encode(value)}" for name, value in last.items())
        return f"\n  ],\n{rows}\n}}\n"

    return Renderer(begin=begin, result=result, end=end, separator=",")


def lines(describe: Callable[[T], dict[str, object]]) -> Renderer[T]:
    """The renderer of one result a line; see `document`."""

    def result(value: T, _run: Run) -> str:
        return f"{encode(describe(value))}\n"

    return Renderer(begin=nothing, result=result, end=no_end)


def no_end(_counts: Mapping[str, int], _run: Run) -> str:
    """The end of output that has one result a line."""
    return ""


RENDERER: Final = document(describe)
LINES: Final = lines(describe)
