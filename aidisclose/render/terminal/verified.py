"""`verify` at a terminal: one file as a card, many as a table by folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from aidisclose.named import NamedTuple
from aidisclose.render import text as plain
from aidisclose.render import words
from aidisclose.render.renderer import Renderer, Result, Run, nothing
from aidisclose.render.safe import clean
from aidisclose.render.style import COLOURS
from aidisclose.render.terminal import canvas, links, thumbnail
from aidisclose.render.terminal.wrapping import WrappedText
from aidisclose.validate.report import Report
from aidisclose.validate.state import State

#: Files of a folder that are drawn together; a larger folder has several tables.
_TOGETHER: Final = 200
#: Letters of a line about what does not hold.
_LINE: Final = 400
#: Files of which it is worth saying once what they share.
_SHARING: Final = 3
#: Below so many columns, the second line of a card begins at the left.
_NARROW: Final = 64
_NONE: Final = State.NONE.value


class Row(NamedTuple):
    """The row of one file in a table; small enough to be handed between processes.

    Attributes:
        file: Its name.
        state: Its state in words.
        colour: Of the state.
        integrity: Whether it is what was signed.
        signer: The signer.
        ai: The declaration about AI.
        why: The complaints about it.
        named: The names in identity assertions.
        alike: Credentials of files that look alike.
    """

    file: str
    state: str
    colour: str
    integrity: str
    signer: str
    ai: str
    why: tuple[str, ...]
    named: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The folder of the file."""
        parent = str(PurePath(self.file).parent)
        return "" if parent == "." else parent


def row(result: Result) -> Row | None:
    """The row of a result; None for a file that could not be read, which is an error."""
    report = result.report
    if report is None:
        return None
    why = tuple(plain.complaints(result, report))
    alike = plain.resembling(result)
    if report.state is State.NONE:
        gap = next(map(words.missing, report.missing), words.NO_MANIFEST)
        return Row(result.file, "none", COLOURS["none"], "", "", gap, why, alike=alike)
    if report.store is None:
        gap = "its Content Credentials cannot be read"
        colour = COLOURS[report.state.value]
        return Row(result.file, words.state(report), colour, "", "", gap, why, alike=alike)
    return Row(
        file=result.file,
        state=words.state(report),
        colour=COLOURS[report.state.value],
        integrity=report.integrity.value,
        signer=words.signer(report),
        ai=words.disclosure(report.disclosure),
        why=why,
        named=words.identities(report, names_options=True),
        alike=alike,
    )


class Listing:
    """Draws rows by folder, a folder when it is complete.

    Arguments:
        run: The run that it is drawn for.
        is_by_folder: Whether rows come by folder; else each is named with its own.
    """

    def __init__(self, run: Run, *, is_by_folder: bool = True) -> None:
        self._run = run
        self._is_by_folder = is_by_folder
        self._rows: list[Row] = []

    def add(self, kept: Row) -> str:
        """Take a row; returns what can be written now."""
        written = ""
        is_other = self._is_by_folder and self._rows and self._rows[0].folder != kept.folder
        if is_other or len(self._rows) == _TOGETHER:
            written = self.flush()
        self._rows.append(kept)
        return written

    def flush(self) -> str:
        """Return what is left to be written."""
        rows, self._rows = self._rows, []
        if not rows:
            return ""
        return canvas.draw(_folder(rows, self._run, is_whole=self._is_by_folder), self._run)


def _folder(rows: list[Row], run: Run, *, is_whole: bool) -> RenderableType:
    """The rows of one folder; what most of them share is said in its head."""
    signers = Counter(each.signer for each in rows if each.signer)
    most, count = next(iter(signers.most_common(1)), ("", 0))
    shared = most if count >= _SHARING else ""
    gaps = Counter(each.ai for each in rows if each.state == _NONE)
    gap, times = next(iter(gaps.most_common(1)), ("", 0))
    if times >= _SHARING:
        rows = [each._replace(ai="") if each.ai == gap else each for each in rows]
    is_all = all(each.signer == shared for each in rows)
    # A file of which there is more to say has its own answers beside that.
    usual = [
        each
        for each in rows
        if each.signer == shared and not (each.why or each.named or each.alike)
    ]
    answers = Counter(_answer(each) for each in usual if shared)
    answer, same = next(iter(answers.most_common(1)), ("", 0))
    if same >= _SHARING:
        is_all = same == len(rows)
        common = {each.file for each in usual if _answer(each) == answer}
        rows = [
            each._replace(integrity="", ai="") if each.file in common else each for each in rows
        ]
    else:
        answer = ""
    head = Text()
    has_name = is_whole and bool(rows[0].folder)
    if has_name:
        head.append_text(canvas.text(rows[0].folder, "bold"))
    if shared:
        said = "all " if is_all else "unless said otherwise: "
        head.append(f"  {said}" if has_name else said, "dim")
        said_once = " · ".join(part for part in (shared, answer) if part)
        head.append_text(canvas.text(said_once, "dim"))
    if times >= _SHARING:
        head.append("\n" if head else "").append(f"{_NONE}: {gap}", "dim")
    is_wide = canvas.screen_of(run).width >= canvas.WIDE
    if is_wide:
        drawn: RenderableType = _wide(rows, shared, is_whole=is_whole)
    else:
        is_narrow = canvas.screen_of(run).width < _NARROW
        drawn = _cards(rows, shared, is_whole=is_whole, is_narrow=is_narrow)
    return Group(head, drawn) if head else drawn


def _wide(rows: list[Row], shared: str, *, is_whole: bool) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    widest = max(len(each.state) for each in rows)
    table.add_column(no_wrap=True, min_width=widest)
    table.add_column(ratio=3, overflow="fold")
    table.add_column(ratio=5, overflow="fold")
    table.expand = True
    for each in rows:
        state = Text(each.state, f"{each.colour} bold")
        table.add_row(state, _name(each, is_whole), _answers(each, shared))
    return table


def _cards(rows: list[Row], shared: str, *, is_whole: bool, is_narrow: bool) -> Group:
    drawn: list[RenderableType] = []
    widest = max(len(each.state) for each in rows)
    indent = 2 if is_narrow else widest + 2
    for each in rows:
        head = Text(f"{each.state:<{widest}}  ", f"{each.colour} bold")
        drawn.append(head.append_text(_name(each, is_whole)))
        if answers := _answers(each, shared):
            drawn.append(Padding(answers, (0, 0, 0, indent)))
    return Group(*drawn)


def _name(each: Row, is_whole: bool) -> Text:
    shown = (PurePath(each.file).name if is_whole else "") or each.file
    return canvas.text(shown, "bold", url=links.file(each.file))


def _answer(each: Row) -> str:
    return " · ".join(part for part in (each.integrity, each.ai) if part)


def _answers(each: Row, shared: str) -> Text:
    parts = [each.integrity, each.ai, "" if each.signer == shared else each.signer]
    found = WrappedText(" · ".join(part for part in parts if part), overflow="fold")
    for line in each.named:
        found.append("\n" if found else "")
        found.append(clean(line))
    for line in each.why:
        found.append("\n" if found else "")
        found.append_text(links.add(canvas.text(line, "red", length=_LINE)))
    for line in each.alike:
        found.append("\n" if found else "")
        found.append(clean(line))
    return found


def card(result: Result, run: Run) -> str:
    """One file: the three answers, why something does not hold, and the picture itself."""
    report = result.report
    if report is None:
        return ""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in _facts(report):
        table.add_row(name, value)
    complaints = plain.complaints(result, report)
    problems = [links.add(canvas.text(line, "red", length=_LINE)) for line in complaints]
    alike = [canvas.text(line, length=_LINE) for line in plain.resembling(result)]
    below = [line for part in (problems, alike) if part for line in (Text(), *part)]
    shown: RenderableType = Group(table, *below)
    if drawn := thumbnail.blocks(result.file, run):
        beside = Table.grid(padding=(0, 2, 0, 0))
        beside.add_row(drawn, shown)
        shown = beside
    width = canvas.screen_of(run).width - 8
    title = canvas.text(result.file, "bold", url=links.file(result.file), length=width)
    colour = COLOURS[report.state.value]
    return canvas.draw(
        Panel(shown, title=title, title_align="left", border_style=colour, box=canvas.border(run)),
        run,
    )


def _facts(report: Report) -> Iterator[tuple[str, Text]]:
    colour = f"{COLOURS[report.state.value]} bold"
    yield "state", Text(words.state(report), colour)
    if report.state is State.NONE:
        gap = next(map(words.missing, report.missing), words.NO_MANIFEST)
        yield "", Text(gap)
        return
    yield "content", Text(words.integrity(report))
    yield "signer", canvas.text(words.signer(report))
    for line in words.identities(report, names_options=True):
        yield "identity", canvas.text(line)
    yield "AI", canvas.text(words.disclosure(report.disclosure))
    for line in words.record(report):
        yield "stated", canvas.text(line)
    for line in words.marks(report) if report.store is None else ():
        yield "", canvas.text(line)


RENDERER: Final = Renderer(begin=nothing, result=card, end=plain.summarize)
