"""The result of `check` by folder: what its files have in common is said once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Final

from aidisclose.policy.rule import WORST_FIRST, Finding
from aidisclose.render.checked import Checked, describe, is_told
from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean
from aidisclose.render.words import number

#: Files that are held until their folder is complete; of more, parts are written.
_TOGETHER: Final = 1_000
#: Names that are listed of files with the same findings.
_NAMED: Final = 3
#: Sets of findings of which it is known where they were told.
_REMEMBERED: Final = 1_000
_ORDER: Final = tuple(each.value for each in WORST_FIRST)
#: Rule, outcome, reason, and whether a baseline accepts it.
_Key = tuple[str, str, str, bool]


class Folders:
    """Writes results by folder, a folder when it is complete."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._files: list[Checked] = []
        self._places: dict[frozenset[_Key], str] = {}

    def add(self, kept: Checked) -> str:
        """Take a result; returns what can be written now."""
        if not is_told(kept, self._run):
            return ""
        written = ""
        is_other = self._files and _folder(self._files[0]) != _folder(kept)
        if is_other or len(self._files) == _TOGETHER:
            written = self.flush()
        self._files.append(kept)
        return written

    def flush(self) -> str:
        """Return what is left to be written."""
        files, self._files = self._files, []
        text = "".join(self._paragraphs(files))
        if not text or self._run.screen is None:
            return text
        from aidisclose.render.terminal import reflow

        return reflow.lines(text, self._run)

    def _paragraphs(self, files: list[Checked]) -> Iterator[str]:
        """Files with the same findings together, the worst first, and then those that are alone."""
        alike: dict[frozenset[_Key], list[Checked]] = {}
        for each in files:
            alike.setdefault(_keys(_listed(each, self._run)), []).append(each)
        groups = sorted(alike.items(), key=lambda item: _worst(item[1]))
        alone = [group[0] for keys, group in groups if len(group) == 1 and not self._place(keys)]
        for keys, group in groups:
            if len(group) > 1 or self._place(keys):
                yield self._together(group, keys)
        yield from self._apart(alone)

    def _together(self, files: list[Checked], keys: frozenset[_Key]) -> str:
        """Files with the same findings, which are told where they are found first."""
        name = files[0].file if len(files) == 1 else f"{_folder(files[0])}/"
        place = self._place(keys)
        if len(self._places) < _REMEMBERED:
            self._places.setdefault(keys, files[0].file)
        told = [] if place else _listed(files[0], self._run)
        ending = f"as in {clean(place, None)}" if place else ""
        counted = _names(files) if len(files) > 1 else ""
        note = "; ".join(filter(None, (counted, ending)))
        return describe(_ORDER[_worst(files)], name, note, told, self._run)

    def _apart(self, files: list[Checked]) -> Iterator[str]:
        """Files with different findings; what all of them have in common is told before."""
        common = frozenset.intersection(*(_keys(each.findings) for each in files)) if files else ()
        shared: list[Finding] = []
        if len(files) > 1:
            shared = [each for each in _listed(files[0], self._run) if _key(each) in common]
        if shared:
            name, worst = f"{_folder(files[0])}/", _ORDER[_worst(files)]
            yield describe(worst, name, _names(files), shared, self._run)
        for each in files:
            if not shared and len(self._places) < _REMEMBERED:
                self._places.setdefault(_keys(_listed(each, self._run)), each.file)
            left = [found for found in each.findings if not (shared and _key(found) in common)]
            yield describe(each.outcome, each.file, _counts(each), left, self._run)

    def _place(self, keys: frozenset[_Key]) -> str:
        """The file with which these findings were told; empty if they were not."""
        return self._places.get(keys, "")


def _folder(checked: Checked) -> str:
    return str(PurePath(checked.file).parent)


def _worst(files: list[Checked]) -> int:
    return min(_ORDER.index(each.outcome) for each in files)


def _names(files: list[Checked]) -> str:
    names = ", ".join(clean(PurePath(each.file).name, None) for each in files[:_NAMED])
    more = f" and {len(files) - _NAMED:,} more" if len(files) > _NAMED else ""
    return f"{number(len(files), 'file')}: {names}{more}"


def _counts(checked: Checked) -> str:
    counts = Counter(each.outcome.value for each in checked.findings)
    return ", ".join(f"{counts[name]} {name}" for name in _ORDER if counts[name])


def _listed(checked: Checked, run: Run) -> list[Finding]:
    """The findings that are told of."""
    told = {"fail", "warn"} | run.shown
    return [each for each in checked.findings if each.outcome.value in told]


def _keys(findings: Iterable[Finding]) -> frozenset[_Key]:
    return frozenset(map(_key, findings))


def _key(finding: Finding) -> _Key:
    return finding.rule.id, finding.outcome.value, finding.reason, finding.is_accepted
