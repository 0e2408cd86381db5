"""`doctor` at a terminal: a card for each certificate and for the chain."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from aidisclose.render.diagnosis import COLOURS, LABELS, PURPOSES, Diagnosis, summary, title
from aidisclose.render.renderer import Run
from aidisclose.render.terminal import canvas, card, links
from aidisclose.render.words import number
from aidisclose.trust.doctor import Advice, Compliance

#: The colour of a card, by the worst that is in it.
_WORST = (Compliance.FAILED, Compliance.ADVISED)


def text(found: Diagnosis, run: Run) -> str:
    """The cards, and below them the verdict."""
    head = canvas.text(found.file, "bold", url=links.file(found.file))
    head.append(f": {number(len(found.chain), 'certificate')} for {PURPOSES[found.use]}", "none")
    parts = [canvas.draw(head, run)]
    for place in (*range(1, len(found.chain) + 1), 0):
        listed = [each for each in found.findings if each.certificate == place]
        if listed:
            name = canvas.text(title(found.chain, place), "bold")
            parts.append(card.frame(name, _rules(listed), _colour(listed), run))
    parts.append(canvas.draw(Text.from_ansi(summary(found.findings, run.style)), run))
    return "".join(parts)


def _colour(findings: Sequence[Advice]) -> str:
    outcomes = {each.outcome for each in findings}
    return next((COLOURS[each] for each in _WORST if each in outcomes), "green")


def _rules(findings: Sequence[Advice]) -> Table:
    drawn = Table.grid(padding=(0, 2, 0, 0))
    drawn.add_column(no_wrap=True)
    drawn.add_column(overflow="fold")
    drawn.add_column(overflow="fold")
    for each in findings:
        outcome = each.outcome
        word = Text(LABELS.get(outcome, outcome.value), COLOURS[outcome])
        applies = outcome is not Compliance.NOT_APPLICABLE
        said = canvas.text(str(each) if applies else f"not applicable: {each}")
        said.stylize("" if applies else "dim")
        if outcome in _WORST:
            said.append("\n→ ").append_text(links.add(canvas.text(each.fix)))
            said.append(f" ({each.clause})", "dim")
        drawn.add_row(word, canvas.text(each.rule), said)
    return drawn
