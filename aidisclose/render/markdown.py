"""The result of `check` as Markdown, for pages of jobs and comments on pull requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from aidisclose.policy.rule import Outcome
from aidisclose.render.checked import Checked, CheckRun, changes, sentence
from aidisclose.render.measures import Measures, named
from aidisclose.render.renderer import Renderer, Run
from aidisclose.render.safe import clean
from aidisclose.render.words import number, told

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")


def _plain(text: str) -> str:
    """Untrusted text that Markdown shows as it is: no link, image, mention or element."""
    # CommonMark 0.31 §2.4: any punctuation of ASCII may be escaped.
    return _PUNCTUATION.sub(r"\\\1", clean(text))


def _plain_names(text: str) -> str:
    return _PUNCTUATION.sub(r"\\\1", text)


def checks(scope: CheckRun) -> Renderer[Checked]:
    """The renderer of one check: a line a failure or warning, and the counts."""

    def begin(_run: Run) -> str:
        texts = ", ".join(map(_plain, scope.plan.editions))
        stated = ", ".join(f"{name}={value}" for name, value in scope.plan.inputs.items())
        line = f"{texts} as of {scope.plan.as_of}"
        line += f", with the stated inputs {_plain(stated)}" if stated else ""
        line += "".join(f"; {_plain(each)}" for each in changes(scope.plan))
        return f"## AI disclosure\n\n{line}\n\n"

    def end(counts: Mapping[str, int], _run: Run) -> str:
        done = sum(counts.values())
        parts = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        text = f"\n**{number(done, 'file')}**: {parts or 'none'}"
        if not scope.is_complete(counts):
            text += f"; interrupted, {number(scope.files - done, 'file')} not checked"
        return f"{text}\n"

    return Renderer(begin=begin, result=_result, end=end)


class ByRule:
    """Writes a line for each finding that files have in common, when all are known."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.measures = Measures()

    def add(self, kept: Checked) -> str:
        """Take a result; nothing can be written yet."""
        self.measures.observe(kept)
        return ""

    def flush(self) -> str:
        """Return the lines."""
        return "".join(self.lines())

    def lines(self) -> Iterator[str]:
        """The state in a sentence, and its lines, the worst first."""
        if said := sentence(self.measures.worst):
            yield f"**{_plain(said)}**\n\n"
        for reason, (names, count) in self.measures.unread.items():
            yield f"- **unreadable** {_plain_names(named(names, count))}: {_plain(reason)}\n"
        shown = {Outcome.FAIL.value, Outcome.WARN.value, *self._run.shown}
        for each in self.measures.by_outcome():
            found = each.finding
            if found.outcome.value in shown and not found.is_accepted:
                yield (
                    f"- **{found.outcome.value}** {_plain_names(each.files)}: {found.rule.id} "
                    f"{_plain(found.rule.title)}: {_plain(told(found))}\n"
                )
        if self.measures.omitted:
            yield f"- and {number(self.measures.omitted, 'other finding')}\n"


def _result(checked: Checked, run: Run) -> str:
    file = _plain(checked.file)
    if checked.error is not None:
        return f"- **unreadable** {file}: {_plain(checked.error)}\n"
    shown = {Outcome.FAIL.value, Outcome.WARN.value, *run.shown}
    return "".join(
        f"- **{each.outcome.value}** {file}: {each.rule.id} {_plain(each.rule.title)}: "
        f"{_plain(told(each))}\n"
        for each in checked.findings
        if each.outcome.value in shown and not each.is_accepted
    )
