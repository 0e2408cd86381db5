"""The state of many files, in one screen: the rules that do not hold, the worst first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from aidisclose.policy.rule import WORST_FIRST, Finding, Outcome
from aidisclose.policy.sources import TextKind
from aidisclose.render import table
from aidisclose.render.checked import Checked, is_duty, sentence
from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean

#: Files up to this number are read one by one; more need to be summed up.
_FEW: Final = 20
#: Rules that are listed: a screen has 24 lines.
_LISTED: Final = 12
#: Files that are named of a rule that few break: those are the ones to open.
_NAMED: Final = 3
_KINDS: Final = tuple(TextKind)


@dataclass(slots=True)
class _Broken:
    """A rule that does not hold somewhere.

    Attributes:
        finding: The worst of it.
        count: Files in which it does not hold.
        files: The first of them.
    """

    finding: Finding
    count: int = 0
    files: list[str] = field(default_factory=list)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Failures before warnings, law before anything else, many files before few."""
        kind = _KINDS.index(self.finding.rule.source.kind)
        return WORST_FIRST.index(self.finding.outcome), kind, -self.count


class Standing:
    """Counts the files in which each rule does not hold."""

    def __init__(self) -> None:
        self._broken: dict[str, _Broken] = {}
        self._asked: dict[str, Finding] = {}
        self._count = 0

    def observe(self, checked: Checked) -> None:
        """Count the findings of one file."""
        self._count += 1
        for each in checked.findings:
            if each.premises:
                self._asked.setdefault(each.rule.id, each)
            is_broken = each.outcome in (Outcome.FAIL, Outcome.WARN) and not each.is_accepted
            if not (is_broken and is_duty(each.rule)):
                continue
            there = self._broken.setdefault(each.rule.id, _Broken(each))
            if each.outcome is Outcome.FAIL:
                there.finding = each
            there.count += 1
            if len(there.files) < _NAMED:
                there.files.append(checked.file)

    def render(self, run: Run) -> str:
        """A sentence and a table; nothing for few files, or where everything holds."""
        if self._count <= _FEW or not self._broken:
            return ""
        found = sorted(self._broken.values(), key=lambda each: each.rank)
        open_ = [each for name, each in self._asked.items() if name not in self._broken]
        rows = [
            (each.finding.outcome.value, each.finding.rule.id, f"{each.count:,}", _required(each))
            for each in found[:_LISTED]
        ]
        if len(found) > _LISTED:
            rows.append(("", f"and {len(found) - _LISTED} more", "", "--statistics lists them"))
        said = sentence([*(each.finding for each in found), *open_])
        head = f"{run.style.paint(f'in all files: {said}', 'bold')}\n"
        if run.screen is not None:
            from aidisclose.render.terminal import reflow

            head = reflow.lines(head, run)
        return f"{head}{table.render(('worst', 'rule', 'files', 'requires that'), rows, run)}"


def _required(broken: _Broken) -> str:
    """The demand of the rule, and the files in which it does not hold, if they are few."""
    title = broken.finding.rule.title
    if broken.count > _NAMED:
        return title
    return f"{title}: {', '.join(clean(each, None) for each in broken.files)}"
