"""The result of `verify` for people: a line a file, and below it what does not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from aidisclose.render import words
from aidisclose.render.renderer import STATES, Renderer, Result, Run, nothing
from aidisclose.render.safe import clean, clean_part
from aidisclose.render.style import COLOURS
from aidisclose.validate.report import Report
from aidisclose.validate.state import State

#: Problems of one file that are listed; a hostile one may have thousands.
_PROBLEMS: Final = 10
#: Characters of one of them.
_LINE: Final = 400
#: Said about the signer already, and no reason for being invalid.
_DISTRUST: Final = "signingCredential.untrusted"
_WIDTH: Final = max(map(len, STATES))
#: The last of many problems.
_MORE: Final = "and [0-9]+ more"


def render(result: Result, run: Run) -> str:
    """The lines about one file; none about one that could not be read, which is an error."""
    report = result.report
    if report is None:
        return ""
    label = run.style.paint(f"{words.state(report):<{_WIDTH}}", COLOURS[report.state.value], "bold")
    head = f"{label}  {run.style.paint(clean_part(result.file, None), 'bold')}  {_findings(report)}"
    named = (f"  {line}" for line in words.identities(report, names_options=True))
    marked = (f"  {line}" for line in words.watermarks(report))
    told = complaints(result, report)
    details = (f"  {run.style.paint(clean(line, _LINE), 'red')}" for line in told)
    alike = (f"  {line}" for line in resembling(result))
    return "".join(f"{line}\n" for line in (head, *named, *marked, *details, *alike))


def resembling(result: Result) -> tuple[str, ...]:
    """The lines about credentials of files that look alike; none if nobody searched for them."""
    if result.recovered is None:
        return ()
    from aidisclose.render import resemblance

    return resemblance.lines(result.recovered)


def _findings(report: Report) -> str:
    """The three answers: integrity, trust, disclosure."""
    if report.state is State.NONE:
        return next(map(words.missing, report.missing), words.NO_MANIFEST)
    if report.store is None:
        return "its Content Credentials cannot be read"
    parts = (report.integrity, words.signer(report), words.disclosure(report.disclosure))
    return " · ".join(parts)


def complaints(result: Result, report: Report) -> Iterator[str]:
    """The problems, and what to type about them: for text of commands alone."""
    if report.state is State.NONE and report.location:
        yield f"the credentials are at {report.location}"
    for line in grounds(result, report):
        yield f"{line} (`aidisclose inspect` shows all)" if re.fullmatch(_MORE, line) else line
    yield from result.hints


def grounds(result: Result, report: Report) -> tuple[str, ...]:
    """Further demands that do not hold, and the problems: each said once."""
    # What an ingredient lacks is both a problem and why a file is not trusted.
    required = {each.reason for each in result.demands if each.name == "require"}
    told = required if words.shortfall(report) else ()
    reasons = (each for each in result.reasons if each not in told)
    return tuple(dict.fromkeys((*reasons, *problems(report))))


def problems(report: Report) -> Iterator[str]:
    """Failures and contradictions, a line each; untrusted text.

    It stands in pages as well, whose readers have no command line: no option is named here.
    """
    if shortfall := words.shortfall(report):
        yield shortfall
    if cover := words.cover(report):
        yield cover
    if history := words.history(report):
        yield history
    yield from words.contradictions(report.disclosure)
    yield from words.unread(report.disclosure)
    if report.store is None:
        yield from words.marks(report)
    if report.state is not State.INVALID:
        return
    lines = dict.fromkeys(
        f"{item.code}: {item.explanation}" if item.explanation else item.code
        for item in report.failures
        if item.code != _DISTRUST
    )
    yield from list(lines)[:_PROBLEMS]
    if len(lines) > _PROBLEMS:
        yield f"and {len(lines) - _PROBLEMS} more"


def summarize(counts: Mapping[str, int], run: Run) -> str:
    """One line over several files: `3 files: 2 trusted, 1 invalid`."""
    files = sum(counts.values())
    if files < 2:
        return ""
    parts = [
        run.style.paint(f"{count:,} {name}", COLOURS[name])
        for name, count in counts.items()
        if count
    ]
    line = f"{words.number(files, 'file')}: {', '.join(parts)}\n"
    if run.screen is None:
        return line
    from aidisclose.render.terminal import reflow

    return reflow.lines(line, run)


RENDERER: Final = Renderer(begin=nothing, result=render, end=summarize)
