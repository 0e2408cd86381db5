"""The result of `check` by folder: what its files have in common is said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from aidisclose.policy.rule import WORST_FIRST, Finding
from aidisclose.render.checked import Checked, counts, describe, is_told
from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean
from aidisclose.render.standing import Standing
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


@dataclass(slots=True)
class _Again:
    """Files whose findings were told before, in other folders.

    Attributes:
        place: The file with which they were told.
        outcome: Of the worst of them.
        files: The first of them, as many as are named.
        folders: The first of their folders, the same.
        file_count: Number of them all.
        folder_count: Number of their folders.
    """

    place: str
    outcome: int
    files: list[Checked] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    file_count: int = 0
    folder_count: int = 0
    _last: str | None = None

    def add(self, files: list[Checked]) -> None:
        """Count further files, of one folder."""
        folder = _folder(files[0])
        self.outcome = min(self.outcome, _worst(files))
        self.files += files[: _NAMED - len(self.files)]
        self.file_count += len(files)
        if folder == self._last:  # another part of a large folder
            return
        self._last = folder
        self.folder_count += 1
        if len(self.folders) < _NAMED:
            self.folders.append(folder)


class Folders:
    """Writes results by folder, a folder when it is complete; repetitions at the end."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._describe = describe
        if run.screen is not None:
            from aidisclose.render.terminal import checked

            self._describe = checked.describe
        self._files: list[Checked] = []
        self._places: dict[frozenset[_Key], str] = {}
        self._again: dict[frozenset[_Key], _Again] = {}
        self._standing = Standing()

    def add(self, kept: Checked) -> str:
        """Take a result; returns what can be written now."""
        self._standing.observe(kept)
        if not is_told(kept, self._run):
            return ""
        written = ""
        is_other = self._files and _folder(self._files[0]) != _folder(kept)
        if is_other or len(self._files) == _TOGETHER:
            written = self._written()
        self._files.append(kept)
        return written

    def flush(self) -> str:
        """Return what is left to be written."""
        told = self._written()
        again, self._again = self._again, {}
        worst = sorted(again.items(), key=lambda item: (item[1].outcome, -item[1].file_count))
        repeated = "".join(self._repeated(keys, each) for keys, each in worst)
        return told + repeated + self._standing.render(self._run)

    def _written(self) -> str:
        files, self._files = self._files, []
        return "".join(self._paragraphs(files))

    def _paragraphs(self, files: list[Checked]) -> Iterator[str]:
        """Files with the same findings together, the worst first, and then those that are alone."""
        alike: dict[frozenset[_Key], list[Checked]] = {}
        for each in files:
            alike.setdefault(_keys(_listed(each, self._run)), []).append(each)
        groups = sorted(alike.items(), key=lambda item: _worst(item[1]))
        alone = [group[0] for keys, group in groups if len(group) == 1 and not self._place(keys)]
        for keys, group in groups:
            if place := self._place(keys):
                self._again.setdefault(keys, _Again(place, _worst(group))).add(group)
            elif len(group) > 1:
                yield self._together(group, keys)
        yield from self._apart(alone)

    def _together(self, files: list[Checked], keys: frozenset[_Key]) -> str:
        """Files of a folder with the same findings."""
        if len(self._places) < _REMEMBERED:
            self._places.setdefault(keys, files[0].file)
        told = _listed(files[0], self._run)
        name = f"{_folder(files[0])}/"
        names = _names(files, len(files))
        return self._describe(_ORDER[_worst(files)], name, names, told, self._run)

    def _repeated(self, keys: frozenset[_Key], again: _Again) -> str:
        """Files with findings that were told with another."""
        broken = {id_ for id_, outcome, _, _ in keys if outcome == _ORDER[again.outcome]}
        ending = f"{' '.join(sorted(broken))} as in {clean(again.place, None)}".lstrip()
        if again.folder_count > 1:
            name = number(again.folder_count, "folder")
            listed = [f"{clean(each, None)}/" for each in again.folders[:_NAMED]]
            text = f"{number(again.file_count, 'file')}: {_some(listed, again.folder_count)}"
        elif again.file_count > 1:
            name, text = f"{again.folders[0]}/", _names(again.files, again.file_count)
        else:
            name, text = again.files[0].file, ""
        note = "; ".join(filter(None, (text, ending)))
        return self._describe(_ORDER[again.outcome], name, note, [], self._run)

    def _apart(self, files: list[Checked]) -> Iterator[str]:
        """Files with different findings; what all of them have in common is told before."""
        common = frozenset.intersection(*(_keys(each.findings) for each in files)) if files else ()
        shared: list[Finding] = []
        if len(files) > 1:
            shared = [each for each in _listed(files[0], self._run) if _key(each) in common]
        if shared:
            name, worst = f"{_folder(files[0])}/", _ORDER[_worst(files)]
            yield self._describe(worst, name, _names(files, len(files)), shared, self._run)
        for each in files:
            if not shared and len(self._places) < _REMEMBERED:
                self._places.setdefault(_keys(_listed(each, self._run)), each.file)
            left = [found for found in each.findings if not (shared and _key(found) in common)]
            yield self._describe(each.outcome, each.file, counts(each), left, self._run)

    def _place(self, keys: frozenset[_Key]) -> str:
        """The file with which these findings were told; empty if they were not."""
        return self._places.get(keys, "")


def _folder(checked: Checked) -> str:
    return str(PurePath(checked.file).parent)


def _worst(files: list[Checked]) -> int:
    return min(_ORDER.index(each.outcome) for each in files)


def _names(files: list[Checked], count: int) -> str:
    names = [clean(PurePath(each.file).name, None) for each in files[:_NAMED]]
    return f"{number(count, 'file')}: {_some(names, count)}"


def _some(names: list[str], count: int) -> str:
    """The names, and how many more there are."""
    more = f" and {count - len(names):,} more" if count > len(names) else ""
    return ", ".join(names) + more


def _listed(checked: Checked, run: Run) -> list[Finding]:
    """The findings that are told of."""
    told = {"fail", "warn"} | run.shown
    return [each for each in checked.findings if each.outcome.value in told]


def _keys(findings: Iterable[Finding]) -> frozenset[_Key]:
    return frozenset(map(_key, findings))


def _key(finding: Finding) -> _Key:
    return finding.rule.id, finding.outcome.value, finding.reason, finding.is_accepted
