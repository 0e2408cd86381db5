"""The result of `verify` for programs, one element of the JSON document's `results` a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aidisclose.render.json import describe, encode
from aidisclose.render.renderer import Renderer, Result, Run, nothing


def _render(result: Result, _run: Run) -> str:
    return f"{encode(describe(result))}\n"


def _end(_counts: Mapping[str, int], _run: Run) -> str:
    return ""


RENDERER: Final = Renderer(begin=nothing, result=_render, end=_end)
