"""The result of `verify` for programs, one element of the JSON document's `results` a line."""

from __future__ import annotations

from typing import Final

from aidisclose.render.json import describe, encode, no_end
from aidisclose.render.renderer import Renderer, Result, Run, nothing


def _render(result: Result, _run: Run) -> str:
    return f"{encode(describe(result))}\n"


RENDERER: Final = Renderer(begin=nothing, result=_render, end=no_end)
