"""The findings of a whole run by rule and reason, for reports that are read by people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from aidisclose.policy.rule import WORST_FIRST, Finding
from aidisclose.render.checked import OUTCOMES, Checked
from aidisclose.render.safe import clean
from aidisclose.render.words import number

#: Different findings that are kept; reasons may hold text of files.
_KEPT: Final = 5_000
#: Names of files that are kept for each.
_NAMED: Final = 3


@dataclass(slots=True)
class Measured:
    """A finding that some files have in common.

    Attributes:
        finding: That of the first file.
        count: Number of files that have it.
        names: The first of them.
    """

    finding: Finding
    count: int = 0
    names: list[str] = field(default_factory=list)

    @property
    def files(self) -> str:
        """The files in words; untrusted text, cleaned."""
        return named(self.names, self.count)


def named(names: list[str], count: int) -> str:
    """Files by number and first names."""
    listed = ", ".join(clean(name, None) for name in names)
    more = f" and {count - len(names):,} more" if count > len(names) else ""
    return listed if count == 1 else f"{number(count, 'file')}: {listed}{more}"


class Measures:
    """Gathers findings.

    Attributes:
        counts: Files by outcome.
        unread: Files that could not be read: how many of each reason.
        omitted: Findings that are not kept, as there were too many different ones.
    """

    def __init__(self) -> None:
        self.counts = dict.fromkeys(OUTCOMES, 0)
        self.unread: dict[str, tuple[list[str], int]] = {}
        self.omitted = 0
        self._found: dict[tuple[str, str, str, bool], Measured] = {}

    def observe(self, checked: Checked) -> None:
        """Take in the findings of one file."""
        self.counts[checked.outcome] += 1
        if checked.error is not None:
            names, count = self.unread.get(checked.error, ([], 0))
            if names or len(self.unread) < _KEPT:
                self.unread[checked.error] = ([*names, checked.file][:_NAMED], count + 1)
            else:
                self.omitted += 1
        for each in checked.findings:
            key = (each.rule.id, each.outcome.value, each.reason, each.is_accepted)
            if key not in self._found and len(self._found) >= _KEPT:
                self.omitted += 1
                continue
            known = self._found.setdefault(key, Measured(each))
            known.count += 1
            if len(known.names) < _NAMED:
                known.names.append(checked.file)

    def by_outcome(self) -> Iterator[Measured]:
        """All that was found, the worst first, and what most files have before the rest."""
        for outcome in WORST_FIRST:
            listed = [each for each in self._found.values() if each.finding.outcome is outcome]
            yield from sorted(listed, key=lambda each: -each.count)

    @property
    def worst(self) -> tuple[Finding, ...]:
        """The worst finding of each rule."""
        found: dict[str, Finding] = {}
        for each in self.by_outcome():
            found.setdefault(each.finding.rule.id, each.finding)
        return tuple(found.values())

    def by_rule(self) -> Iterator[Measured]:
        """All that was found, in the order of the rules."""
        rules: dict[str, list[Measured]] = {}
        for each in self._found.values():
            rules.setdefault(each.finding.rule.id, []).append(each)
        for listed in rules.values():
            yield from sorted(listed, key=lambda each: WORST_FIRST.index(each.finding.outcome))

    @property
    def statements(self) -> Mapping[str, int]:
        """The premises that the user would have to state, and for how many files at least."""
        found: dict[str, Counter[str]] = {}
        for each in self._found.values():
            for name in each.finding.premises:
                found.setdefault(name, Counter())[each.finding.rule.id] += each.count
        return {name: max(counts.values()) for name, counts in found.items()}
