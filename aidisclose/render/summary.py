"""The output of `check --summary`: Markdown, appended to a file such as the page of a job."""

from __future__ import annotations

from typing import Final

from aidisclose.render.checked import Checked, CheckRun
from aidisclose.render.markdown import ByRule, checks
from aidisclose.render.renderer import Run
from aidisclose.render.words import number

#: Bytes of findings in a summary: GitHub takes 1 MiB of all steps of a job.
_SIZE: Final = 256 * 1024


class Summary:
    """Gathers findings up to a size that job pages take; those beyond it are counted."""

    def __init__(self, scope: CheckRun, run: Run) -> None:
        self._renderer = checks(scope)
        self._run = run
        self._found = ByRule(run)

    def observe(self, checked: Checked) -> None:
        """Take in the findings of one file."""
        self._found.add(checked)

    def render(self) -> str:
        """All of it."""
        kept, size, more = [self._renderer.begin(self._run)], 0, 0
        for line in self._found.lines():
            size += len(line.encode())
            if size > _SIZE:
                more += 1
            else:
                kept.append(line)
        if more:
            kept.append(f"- and {number(more, 'other finding')}\n")
        kept.append(self._renderer.end(self._found.measures.counts, self._run))
        return "".join(kept)
