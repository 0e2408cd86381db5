"""The output of `check --statistics`: how often each rule found what."""

from __future__ import annotations

from collections import Counter

from aidisclose.policy.rule import Outcome
from aidisclose.render import table
from aidisclose.render.checked import Checked
from aidisclose.render.renderer import Run


class Statistics:
    """Counts the outcomes of each rule over all files."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._titles: dict[str, str] = {}

    def observe(self, checked: Checked) -> None:
        """Count the findings of one file."""
        for each in checked.findings:
            self._titles[each.rule.id] = each.rule.title
            self._counts[each.rule.id, each.outcome.value] += 1

    def render(self, run: Run) -> str:
        """A table with a line for each rule."""
        names = [each.value for each in Outcome]
        rows = [
            (id_, *(f"{self._counts[id_, name]:,}" for name in names), title)
            for id_, title in self._titles.items()
        ]
        return table.render(("rule", *names, "requires that"), rows, run)
