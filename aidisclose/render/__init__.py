"""What was found, as text for people and as documents for programs.

To add an output for `aidisclose verify`, write a module with a `RENDERER` and name it in REPORTS.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aidisclose.render.renderer import Renderer, Result

#: `--format` → module; imported when it is asked for.
REPORTS: Final = {"text": "text", "json": "json", "jsonl": "jsonl"}


def load(name: str) -> Renderer[Result]:
    """The renderer of a format that REPORTS names."""
    module = import_module(f"aidisclose.render.{REPORTS[name]}")
    renderer: Renderer[Result] = module.RENDERER
    return renderer
