"""`check` at a terminal: a card for each file, or files together, that does not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aidisclose.policy.rule import Finding, Outcome
from aidisclose.render import checked as plain
from aidisclose.render.checked import Checked, CheckRun, Told
from aidisclose.render.renderer import Renderer, Run
from aidisclose.render.style import COLOURS
from aidisclose.render.terminal import canvas, card, links, reflow

#: Rules of one reason whose places in the law are written out.
_CITED = 3


def checks(scope: CheckRun) -> Renderer[Checked]:
    """The renderer of one check."""
    made = plain.checks(scope)

    def begin(run: Run) -> str:
        return reflow.lines(made.begin(run), run)

    def result(checked: Checked, run: Run) -> str:
        if not plain.is_told(checked, run):
            return ""
        note = plain.counts(checked)
        return describe(checked.outcome, checked.file, note, checked.findings, run)

    def end(counts: Mapping[str, int], run: Run) -> str:
        return reflow.lines(made.end(counts, run), run)

    return Renderer(begin=begin, result=result, end=end)


def describe(outcome: str, name: str, note: str, findings: Sequence[Finding], run: Run) -> str:
    """The card about a file, or about files that have the same findings.

    Arguments:
        outcome: The worst that was found.
        name: The name of the file, or of the files.
        note: The text beside the name.
        findings: Of all rules, or those that are to be told.
        run: The facts that decide what is shown.
    """
    colour = COLOURS[outcome]
    title = Text(f"{outcome}  ", f"{colour} bold")
    title.append_text(canvas.text(name, "bold", url=links.file(name)))
    above = [canvas.text(each, "dim") for each in (note, plain.sentence(findings)) if each]
    told = list(plain.by_reason(findings, run))
    if not told:  # said before, with other files
        return canvas.draw(Group(title, *(Padding(each, (0, 0, 0, 2)) for each in above)), run)
    is_wide = canvas.screen_of(run).width >= canvas.WIDE
    shown = _table(told) if is_wide else Group(*map(_lines, told))
    return card.frame(title, Group(*above, shown), colour, run)


def _table(told: Sequence[Told]) -> Table:
    drawn = Table.grid(padding=(0, 2, 0, 0), expand=True)
    drawn.add_column(no_wrap=True)
    drawn.add_column(ratio=2, overflow="fold")
    drawn.add_column(ratio=6, overflow="fold")
    for each in told:
        drawn.add_row(_outcome(each), _rules(each), _reason(each))
    return drawn


def _lines(each: Told) -> RenderableType:
    head = _outcome(each).append("  ").append_text(_rules(each))
    return Group(head, Padding(_reason(each), (0, 0, 0, 2)))


def _outcome(each: Told) -> Text:
    return Text(each.outcome.value, COLOURS[each.outcome.value], no_wrap=True)


def _rules(each: Told) -> Text:
    return links.add(Text(" ".join(rule.id for rule in each.rules), "bold", overflow="fold"))


def _reason(each: Told) -> Text:
    """The reason; where that is written; and how to meet it, if that is one thing."""
    found = links.add(canvas.text(each.reason + (" (accepted)" if each.is_accepted else "")))
    if each.outcome not in (Outcome.FAIL, Outcome.WARN):
        return found
    cited = list(dict.fromkeys(rule.citation for rule in each.rules))
    more = f" and {len(cited) - _CITED} more" if len(cited) > _CITED else ""
    found.append("\n").append_text(canvas.text("; ".join(cited[:_CITED]) + more, "dim"))
    fixes = {rule.fix for rule in each.rules}
    if len(fixes) == 1:
        found.append("\n→ ").append_text(links.add(canvas.text(fixes.pop())))
    return found
