"""Annotations of GitHub Actions: workflow commands on standard output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, TypeVar

from aidisclose.render import alerts
from aidisclose.render.alerts import Notice
from aidisclose.render.checked import Checked, CheckRun
from aidisclose.render.renderer import Renderer, Result, Run, nothing
from aidisclose.render.safe import clean
from aidisclose.render.words import number

T = TypeVar("T")

_COMMANDS: Final = {
    alerts.ERROR: "error",
    alerts.WARNING: "warning",
    alerts.NOTE: "notice",
}
#: Annotations of each kind that a step shows; GitHub leaves out further ones without a word.
MOST: Final = 10
_IN_TEXT: Final = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
_IN_PROPERTY: Final = _IN_TEXT | {ord(":"): "%3A", ord(","): "%2C"}


def _annotate(notices: Iterable[Notice]) -> str:
    """Annotations, but for undetermined and accepted findings: a step has ten annotations."""
    return "".join(
        # Untranslated, a line break in a file name would end this command and begin another:
        # `::set-output`, `::add-path`.
        f"::{_COMMANDS[each.level]} file={clean(each.file, None).translate(_IN_PROPERTY)},"
        f"title={_title(each).translate(_IN_PROPERTY)}::{each.text.translate(_IN_TEXT)}\n"
        for each in notices
        if each.level in _COMMANDS and not each.is_accepted
    )


class FirstTen(Generic[T]):
    """Writes as many annotations of each kind as a step shows; the last says what is left out.

    Arguments:
        read: The notices about a result.
    """

    def __init__(self, read: Callable[[T], Iterable[Notice]]) -> None:
        self._read = read
        self._written: Counter[str] = Counter()
        self._held: dict[str, Notice] = {}
        self._left: dict[str, Counter[str]] = {}

    def add(self, kept: T) -> str:
        """Take a result; returns what can be written now."""
        return "".join(map(self._add, self._read(kept)))

    def _add(self, each: Notice) -> str:
        if each.level not in _COMMANDS or each.is_accepted:
            return ""
        # The tenth is held back: it is either the last one, or says how many are missing.
        if self._written[each.level] < MOST - 1:
            self._written[each.level] += 1
            return _annotate([each])
        self._held.setdefault(each.level, each)
        self._left.setdefault(each.level, Counter())[each.rule] += 1
        return ""

    def flush(self) -> str:
        """Return the tenth annotations: what was held back, or how often each rule was left out."""
        return _annotate(self._last(level) for level in self._left)

    def _last(self, level: str) -> Notice:
        first, left = self._held[level], self._left[level]
        if left.total() == 1:
            return first
        rules = ", ".join(f"{rule} {count:,} times" for rule, count in left.most_common())
        text = f"left out, from this file on: {rules}; other formats have them all"
        return Notice(first.file, f"{left.total():,} more", level, text)


def _title(each: Notice) -> str:
    return f"{each.rule} {each.title}" if each.title else each.rule


def _end(counts: Mapping[str, int], _run: Run) -> str:
    parts = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"{number(sum(counts.values()), 'file')}: {parts or 'none'}\n"


def checks(_scope: CheckRun) -> Renderer[Checked]:
    """The renderer of one check."""

    def result(checked: Checked, _run: Run) -> str:
        return _annotate(alerts.of_checked(checked))

    return Renderer(begin=nothing, result=result, end=_end)


def _verified(result: Result, _run: Run) -> str:
    return _annotate(alerts.of_result(result))


RENDERER: Final = Renderer(begin=nothing, result=_verified, end=_end)
