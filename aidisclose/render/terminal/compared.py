"""`diff` at a terminal: a card for each file that lost something, else two lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aidisclose.policy.compare import Difference
from aidisclose.policy.rule import Finding
from aidisclose.render import compared as plain
from aidisclose.render.compared import Compared, cite
from aidisclose.render.renderer import Renderer, Run, nothing
from aidisclose.render.style import COLOURS
from aidisclose.render.terminal import canvas, card, links, reflow
from aidisclose.render.words import told


def _result(compared: Compared, run: Run) -> str:
    if compared.error is not None:
        return ""
    colour = COLOURS[compared.outcome]
    title = Text(f"{compared.outcome}  ", f"{colour} bold")
    title.append_text(canvas.text(compared.before, "bold", url=links.file(compared.before)))
    title.append(" → ")
    title.append_text(canvas.text(compared.after, "bold", url=links.file(compared.after)))
    if compared.outcome != "lost" and not compared.findings:
        kept = ", ".join(f"{each.carrier} ({each.how})" for each in compared.changes)
        said = canvas.text(kept or "nothing was disclosed before", "dim")
        return canvas.draw(Group(title, Padding(said, (0, 0, 0, 6))), run)
    is_wide = canvas.screen_of(run).width >= canvas.WIDE
    parts: list[RenderableType] = []
    if is_wide:
        parts.append(_table(compared))
    else:
        parts += [_lines(each) for each in compared.changes]
    parts += [_finding(each) for each in compared.findings]
    return card.frame(title, Group(*parts), colour, run)


def _table(compared: Compared) -> Table:
    drawn = Table.grid(padding=(0, 2, 0, 0))
    drawn.add_column(no_wrap=True)
    for _ in range(3):
        drawn.add_column(overflow="fold")
    for each in compared.changes:
        drawn.add_row(_word(each), canvas.text(each.carrier), canvas.text(each.how), _value(each))
    return drawn


def _lines(each: Difference) -> RenderableType:
    drawn = Table.grid(padding=(0, 2, 0, 0))
    drawn.add_column(no_wrap=True)
    drawn.add_column(overflow="fold")
    drawn.add_row(_word(each), canvas.text(f"{each.carrier}, {each.how}"))
    drawn.add_row("", _value(each))
    return drawn


def _word(each: Difference) -> Text:
    word = "kept" if each.is_kept else "lost"
    return Text(word, COLOURS[word])


def _value(each: Difference) -> Text:
    value = each.before if each.is_kept else f"{each.before} → {each.after or 'nothing'}"
    return canvas.text(value, "dim" if each.is_kept else "")


def _finding(found: Finding) -> Text:
    line = Text(f"{found.outcome.value}  ", COLOURS[found.outcome.value], overflow="fold")
    return line.append_text(links.add(canvas.text(f"{cite(found)}: {told(found)}")))


def _end(counts: Mapping[str, int], run: Run) -> str:
    return reflow.lines(plain.TEXT.end(counts, run), run)


RENDERER: Final = Renderer(begin=nothing, result=_result, end=_end)
