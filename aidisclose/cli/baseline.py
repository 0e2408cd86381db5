"""Baselines: what a repository has today is accepted, what is new is not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Final

import click

from aidisclose.cli.files import STDIN, read_small
from aidisclose.io import json_text
from aidisclose.io.output import write_file
from aidisclose.named import NamedTuple
from aidisclose.policy.rule import Finding, Outcome

_SCHEMA: Final = 1
#: What can be accepted.
_OUTCOMES: Final = (Outcome.FAIL, Outcome.WARN)


class Accepted(NamedTuple):
    """A finding that is accepted.

    Attributes:
        file: Name of the file.
        rule: Id of the rule.
        outcome: `fail` or `warn`.
        because: The kind of reason, with words of ours, without what a file says: one that nobody
            signed is not one that was tampered with. Empty for any, in baselines of before it was
            kept.
    """

    file: str
    rule: str
    outcome: str
    because: str = ""


class Baseline(NamedTuple):
    """The accepted findings. Names of files are relative to the folder of the baseline.

    Attributes:
        path: The file.
        accepted: The findings that it lists.
    """

    path: Path
    accepted: frozenset[Accepted] = frozenset()

    def key(self, file: str, finding: Finding) -> Accepted:
        """The identity of a finding in a file; the name is relative to the working folder."""
        name, outcome = self._name(file), finding.outcome.value
        return Accepted(name, finding.rule.id, outcome, finding.said.kind)

    def accepts(self, file: str, finding: Finding) -> bool:
        """Whether a finding in a file is accepted."""
        return self.entry(self.key(file, finding)) is not None

    def entry(self, found: Accepted) -> Accepted | None:
        """The entry that accepts a finding; None if none does."""
        entries = (found, found._replace(because=""))
        return next((each for each in entries if each in self.accepted), None)

    def acceptable(self, file: str, findings: Iterable[Finding]) -> list[Accepted]:
        """The findings of a file that a new baseline accepts."""
        return [self.key(file, each) for each in findings if each.outcome in _OUTCOMES]

    def obsolete(self, files: Iterable[str], used: Iterable[Accepted]) -> int:
        """The number of unused entries about these files or about missing ones."""
        # Entries about files that were not looked at are kept: a run over one folder must not drop
        # those of another.
        names = {self._name(file) for file in files}
        folder = self.path.parent
        unused = self.accepted - frozenset(used)
        # `os.path` says no where `Path` raises an exception: names may be longer than a system has.
        return sum(
            each.file in names or not os.path.exists(folder / each.file)  # noqa: PTH110
            for each in unused
        )

    def _name(self, file: str) -> str:
        """The name of a file by which it is known, whichever links lead to its folder."""
        if file == STDIN:
            return file
        folder, name = os.path.split(file)
        try:
            # Relative to the baseline: the same file works from any folder.
            place = os.path.relpath(
                _real(Path(folder).absolute()), _real(self.path.absolute().parent)
            )
        except ValueError:  # another drive of Windows
            place = folder
        return PurePath(place, name).as_posix()  # with slashes on Windows, too


@lru_cache(maxsize=256)
def _real(folder: Path) -> str:
    """A folder without links: on macOS the temporary folder itself is behind one."""
    return os.path.realpath(folder)


def load(path: Path) -> Baseline:
    """Load a baseline.

    Raises:
        ClickException: It cannot be read, or is not a baseline.
    """
    try:
        document = json_text.decode(read_small(path))
        accepted = frozenset(
            Accepted(
                str(item["file"]),
                str(item["rule"]),
                str(item["outcome"]),
                str(item.get("because", "")),
            )
            for item in document["accepted"]
        )
        is_known = document["schema"] == _SCHEMA
    except (ValueError, KeyError, TypeError, AttributeError):
        is_known, accepted = False, frozenset()
    if not is_known:
        raise click.ClickException(f"{path}: not a baseline; make one with --update-baseline")
    return Baseline(path, accepted)


def write(path: Path, accepted: list[Accepted]) -> None:
    """Replace a baseline; sorted, so that a review shows what changed."""
    # Once each: a file may be named twice on the command line.
    items = [each._asdict() for each in sorted(set(accepted))]
    text = json.dumps({"schema": _SCHEMA, "accepted": items}, indent=1) + "\n"
    write_file(path, text.encode(), overwrite=True)
