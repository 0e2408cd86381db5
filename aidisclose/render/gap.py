"""The result of `check` as a page to hand in: each measure, its evidence, what is still open.

Guidelines on Art. 50, 148, ask those who do not sign the Code of Practice for a gap analysis.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping

from aidisclose.policy.rule import Finding, Outcome
from aidisclose.render import page
from aidisclose.render.checked import Checked, CheckRun
from aidisclose.render.measures import Measures, named
from aidisclose.render.page import escape
from aidisclose.render.renderer import Renderer, Run
from aidisclose.render.safe import clean
from aidisclose.render.words import number
from aidisclose.validate.document import moment

_HEAD = "<tr><th>rule</th><th>measure</th><th>text</th><th>outcome</th><th>evidence</th></tr>\n"


def checks(scope: CheckRun) -> Renderer[Checked]:
    """The renderer of one check."""

    def begin(run: Run) -> str:
        stated = ", ".join(f"{name}={value}" for name, value in scope.plan.inputs.items())
        return (
            page.begin("AI disclosure: measures, evidence, open statements")
            + f"<p>{escape(', '.join(scope.plan.editions))}, as of {scope.plan.as_of}. "
            f"Judged at {moment(run.time)}. Statements: {escape(stated or 'none')}.</p>\n"
            "<p>This page says which measure has which evidence in the files. It does not say "
            "that anything complies with a law.</p>\n"
        )

    def end(counts: Mapping[str, int], _run: Run) -> str:
        done = sum(counts.values())
        parts = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        text = f"{number(done, 'file')}: {parts or 'none'}"
        if not scope.is_complete(counts):
            text += f"; interrupted, {number(scope.files - done, 'file')} not checked"
        return f"<p>{escape(text)}.</p>\n{page.END}"

    return Renderer(begin=begin, result=_result, end=end)


class ByMeasure:
    """Writes the table of measures of all files, when they are known, and what is open."""

    def __init__(self) -> None:
        self._measures = Measures()

    def add(self, kept: Checked) -> str:
        """Take a result; nothing can be written yet."""
        self._measures.observe(kept)
        return ""

    def flush(self) -> str:
        """Return the tables."""
        found = self._measures
        rows = "".join(_row(each.finding, each.files) for each in found.by_rule())
        head = _HEAD.replace("</tr>", "<th>files</th></tr>")
        text = f"<h2>Measures and their evidence</h2>\n<table>\n<thead>{head}</thead>\n"
        text += f"<tbody>\n{rows}</tbody>\n</table>\n"
        if found.statements:
            items = _items(
                f"{reason} ({number(count, 'file')})" for reason, count in found.statements.items()
            )
            text = f"<h2>Open statements</h2>\n{items}{text}"
        if found.unread:
            unread = (f"{named(*files)}: {clean(why)}" for why, files in found.unread.items())
            text += f"<h2>Not read</h2>\n{_items(unread)}"
        if found.omitted:
            text += f"<p>And {number(found.omitted, 'other finding')}.</p>\n"
        return text


def _items(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{html.escape(clean(line, None))}</li>\n" for line in lines)
    return f"<ul>\n{items}</ul>\n"


def _result(checked: Checked, _run: Run) -> str:
    head = f"<h2>{escape(checked.file)}</h2>\n"
    if checked.error is not None:
        return f'{head}<p class="fail">unreadable: {escape(checked.error)}</p>\n'
    rows = "".join(map(_row, checked.findings))
    return f"{head}<table>\n<thead>{_HEAD}</thead>\n<tbody>\n{rows}</tbody>\n</table>\n"


def _way(finding: Finding) -> str:
    """How the gap is closed, where there is one."""
    if finding.outcome not in (Outcome.FAIL, Outcome.WARN):
        return ""
    return f"<p>To meet it: {escape(finding.rule.fix)}</p>"


def _row(finding: Finding, files: str | None = None) -> str:
    rule, outcome = finding.rule, finding.outcome.value
    accepted = " (accepted)" if finding.is_accepted else ""
    cells = (
        escape(rule.id),
        escape(f"{rule.title} ({rule.addressee.value})"),
        escape(f"{rule.citation} ({rule.source.kind.value}, {rule.source.certainty.value})"),
        f'<span class="{outcome}">{outcome}{accepted}</span>',
        escape(finding.reason) + _way(finding),
        *([] if files is None else [html.escape(files)]),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"
