"""The output of `recover`: credentials of files that look alike, and why none were found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aidisclose.named import NamedTuple
from aidisclose.render import json, resemblance
from aidisclose.render.json import no_end
from aidisclose.render.renderer import UNREADABLE, Renderer, Run, nothing
from aidisclose.render.safe import clean

if TYPE_CHECKING:
    from aidisclose.repository.recovery import Recovered


class Recovery(NamedTuple):
    """The result of searching for the credentials of one file.

    Attributes:
        file: Its name.
        found: The candidates, the best first.
        error: The reason why the file could not be read; None if it was.
    """

    file: str
    found: tuple[Recovered, ...] = ()
    error: str | None = None

    @property
    def outcome(self) -> str:
        """Whether anything was found; `unreadable` if nobody could search."""
        if self.error is not None:
            return UNREADABLE
        return "found" if self.found else "none"


#: What a summary counts, in this order.
OUTCOMES: Final = ("found", "none", UNREADABLE)


def _text(result: Recovery, _run: Run) -> str:
    if not result.found:
        return ""
    listed = (f"  {line}\n" for line in resemblance.lines(result.found))
    return "".join((f"{clean(result.file)}\n", *listed))


def describe(result: Recovery) -> dict[str, object]:
    """One element of `results`; every key is always there."""
    searched = None if result.error is not None else result.found
    return {
        "file": result.file,
        "recovered": resemblance.describe(searched),
        "error": result.error,
    }


TEXT: Final = Renderer(begin=nothing, result=_text, end=no_end)
JSON: Final = json.document(describe)
JSONL: Final = json.lines(describe)
