"""The result of `check` by folder: what its files have in common is said once."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import Final

from aidisclose.policy.rule import Finding
from aidisclose.render.checked import Checked, describe, is_told
from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean
from aidisclose.render.words import number

#: Files that are held until their folder is complete; of more, parts are written.
_TOGETHER: Final = 1_000
#: Names that are listed of files with the same findings.
_NAMED: Final = 3
_ORDER: Final = ("fail", "warn", "undetermined", "pass", "not-applicable")
#: Rule, outcome, reason, and whether a baseline accepts it.
_Key = tuple[str, str, str, bool]


class Folders:
    """Writes results by folder, a folder when it is complete."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._files: list[Checked] = []

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
        text = "".join(_paragraphs(files, self._run))
        if not text or self._run.screen is None:
            return text
        from aidisclose.render.terminal import reflow

        return reflow.lines(text, self._run)


def _folder(checked: Checked) -> str:
    return str(PurePath(checked.file).parent)


def _paragraphs(files: list[Checked], run: Run) -> list[str]:
    """Files with the same findings together; what the others have in common before them."""
    alike: dict[frozenset[_Key], list[Checked]] = {}
    for each in files:
        alike.setdefault(frozenset(map(_key, _listed(each, run))), []).append(each)
    written, others = [], []
    for group in alike.values():
        if len(group) == 1:
            others += group
        else:
            written.append(_together(group, _listed(group[0], run), run))
    common = set.intersection(*map(_keys, others)) if len(others) > 1 else set()
    shared = [found for found in _listed(others[0], run) if _key(found) in common] if common else []
    if shared:
        written.append(_together(others, shared, run))
    for each in others:
        left = [found for found in each.findings if not (shared and _key(found) in common)]
        written.append(_alone(each, left, run))
    return written


def _together(files: list[Checked], findings: list[Finding], run: Run) -> str:
    worst = min((each.outcome for each in files), key=_ORDER.index)
    names = ", ".join(clean(PurePath(each.file).name, None) for each in files[:_NAMED])
    more = f" and {len(files) - _NAMED:,} more" if len(files) > _NAMED else ""
    note = f"{number(len(files), 'file')}: {names}{more}"
    return describe(worst, f"{_folder(files[0])}/", note, findings, run)


def _alone(checked: Checked, findings: list[Finding], run: Run) -> str:
    counts = Counter(each.outcome.value for each in checked.findings)
    note = ", ".join(f"{counts[name]} {name}" for name in _ORDER if counts[name])
    return describe(checked.outcome, checked.file, note, findings, run)


def _listed(checked: Checked, run: Run) -> list[Finding]:
    """The findings that are told of."""
    told = {"fail", "warn"} | run.shown
    return [each for each in checked.findings if each.outcome.value in told]


def _keys(checked: Checked) -> set[_Key]:
    return {_key(each) for each in checked.findings}


def _key(finding: Finding) -> _Key:
    return finding.rule.id, finding.outcome.value, finding.reason, finding.is_accepted
