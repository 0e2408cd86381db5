"""The output of `check --summary`: Markdown, appended to a file such as the page of a job."""

from __future__ import annotations

from typing import Final

from aidisclose.render import formats
from aidisclose.render.checked import OUTCOMES, Checked, CheckRun
from aidisclose.render.renderer import Run
from aidisclose.render.words import number

#: Bytes of findings in a summary: GitHub takes 1 MiB of all steps of a job.
_SIZE: Final = 256 * 1024


class Summary:
    """Gathers findings up to a size that job pages take; files beyond it are counted."""

    def __init__(self, scope: CheckRun, run: Run) -> None:
        self._renderer = formats.writer("check", "markdown")(scope)
        self._run = run
        self._lines = [self._renderer.begin(run)]
        self._size = 0
        self._more = 0
        self._counts = dict.fromkeys(OUTCOMES, 0)

    def observe(self, checked: Checked) -> None:
        """Take in the findings of one file."""
        self._counts[checked.outcome] += 1
        text = self._renderer.result(checked, self._run)
        if self._size + len(text.encode()) > _SIZE:
            self._more += 1
        else:
            self._size += len(text.encode())
            self._lines.append(text)

    def render(self) -> str:
        """All of it."""
        if self._more:
            self._lines.append(f"- and {number(self._more, 'file')} more\n")
        self._lines.append(self._renderer.end(self._counts, self._run))
        return "".join(self._lines)
