"""Annotations of GitHub Actions: workflow commands on standard output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from aidisclose.render import notice
from aidisclose.render.checked import Checked, CheckRun
from aidisclose.render.notice import Notice
from aidisclose.render.renderer import Renderer, Result, Run, nothing
from aidisclose.render.safe import clean
from aidisclose.render.words import number

_COMMANDS: Final = {
    notice.ERROR: "error",
    notice.WARNING: "warning",
    notice.NOTE: "notice",
}
_IN_TEXT: Final = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
_IN_PROPERTY: Final = _IN_TEXT | {ord(":"): "%3A", ord(","): "%2C"}


def _annotate(notices: Iterable[Notice]) -> str:
    """Annotations, but for undetermined and accepted findings: a step has ten annotations."""
    return "".join(
        f"::{_COMMANDS[each.level]} file={clean(each.file, None).translate(_IN_PROPERTY)},"
        f"title={_title(each).translate(_IN_PROPERTY)}::{each.text.translate(_IN_TEXT)}\n"
        for each in notices
        if each.level in _COMMANDS and not each.is_accepted
    )


def _title(each: Notice) -> str:
    return f"{each.rule} {each.title}" if each.title else each.rule


def _end(counts: Mapping[str, int], _run: Run) -> str:
    parts = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{number(sum(counts.values()), 'file')}: {parts or 'none'}\n"


def checks(_scope: CheckRun) -> Renderer[Checked]:
    """The renderer of one check."""

    def result(checked: Checked, _run: Run) -> str:
        return _annotate(notice.of_checked(checked))

    return Renderer(begin=nothing, result=result, end=_end)


def _verified(result: Result, _run: Run) -> str:
    return _annotate(notice.of_result(result))


RENDERER: Final = Renderer(begin=nothing, result=_verified, end=_end)
