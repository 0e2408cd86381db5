"""Drawing with rich into text that fits the terminal of a run."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Final

from rich import box
from rich.box import Box
from rich.console import Console, RenderableType
from rich.style import Style
from rich.text import Text

from aidisclose.render.renderer import Run, Screen
from aidisclose.render.safe import ASCII, clean
from aidisclose.render.terminal.wrapping import WrappedText

#: Below so many columns, a row of a table becomes a card of two lines.
WIDE: Final = 100


@lru_cache(maxsize=4)
def _console(screen: Screen, has_colour: bool) -> Console:
    return Console(
        file=io.StringIO(),
        width=max(screen.width, 20),
        force_terminal=True,
        color_system="truecolor" if has_colour else None,
        no_color=not has_colour,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
    )


def screen_of(run: Run) -> Screen:
    """The terminal of a run, 80 columns wide if it has none."""
    return run.screen or Screen(width=80)


def console(run: Run) -> Console:
    """The console that draws for a run."""
    return _console(screen_of(run), run.style.colour)


def draw(drawn: RenderableType, run: Run) -> str:
    """The text of something that rich can draw, within the width of the terminal."""
    screen = screen_of(run)
    target = console(run)
    with target.capture() as capture:
        target.print(drawn)
    found = "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())
    if screen.is_ascii:
        found = found.translate(ASCII).encode("ascii", "backslashreplace").decode()
    return found


def text(value: str, style: str = "", *, url: str = "", length: int | None = None) -> Text:
    """Untrusted text, safe to print.

    Arguments:
        value: The text.
        style: Its colour and weight.
        url: The address of its link on terminals that know links (OSC 8); ours, never of a file.
        length: Characters after which it is cut; None keeps all.
    """
    made = WrappedText(clean(value, length), style=style, overflow="fold")
    if url:
        made.stylize(Style(link=url))
    return made


def border(run: Run) -> Box:
    """The lines of cards."""
    return box.ASCII if screen_of(run).is_ascii else box.ROUNDED
