"""The output of `publish`: what was stored, and where."""

from __future__ import annotations

from typing import Final

from aidisclose.named import NamedTuple
from aidisclose.render import json
from aidisclose.render.renderer import Renderer, Run, nothing
from aidisclose.render.safe import clean
from aidisclose.render.text import summarize


class Publication(NamedTuple):
    """The result of publishing one file.

    Attributes:
        file: Its name.
        id: Label of its active manifest; None if nothing was stored.
        is_new: Whether it was not there before; None if a server did not say.
        receipt: The path of the receipt of a server; None without one.
        error: The reason why nothing was stored.
    """

    file: str
    id: str | None = None
    is_new: bool | None = None
    receipt: str | None = None
    error: str | None = None

    @property
    def outcome(self) -> str:
        """Whether it is stored."""
        return "failed" if self.id is None else "stored"


#: What a summary counts, in this order.
OUTCOMES: Final = ("stored", "failed")


def _text(result: Publication, _run: Run) -> str:
    if result.id is None:
        return ""
    what = "stored already" if result.is_new is False else "stored"
    receipt = f", receipt: {clean(result.receipt, None)}" if result.receipt else ""
    return f"{what}  {clean(result.file, None)}  {clean(result.id)}{receipt}\n"


def describe(result: Publication) -> dict[str, object]:
    """One element of `results`; every key is always there."""
    return {
        "file": result.file,
        "active_manifest": result.id,
        "is_new": result.is_new,
        "receipt": result.receipt,
        "error": result.error,
    }


TEXT: Final = Renderer(begin=nothing, result=_text, end=summarize)
JSON: Final = json.document(describe)
JSONL: Final = json.lines(describe)
