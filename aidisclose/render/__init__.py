"""What was found, as text for people and as documents for programs.

To add an output for `aidisclose verify`, write a module with a `RENDERER` and name it in REPORTS;
for `aidisclose check`, one with a function that makes a renderer, and name it in CHECKS.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aidisclose.render.checked import Checked, CheckRun
    from aidisclose.render.renderer import Renderer, Result

#: `--format` → module; imported when it is asked for.
REPORTS: Final = {
    "text": "text",
    "json": "json",
    "jsonl": "jsonl",
    "crjson": "crjson",
    "sarif": "sarif",
    "junit": "junit",
    "github": "github",
}
#: The same for what the rules found: module and function.
CHECKS: Final = {
    "text": ("checked", "checks"),
    "json": ("checked_json", "checks"),
    "jsonl": ("checked_json", "lines"),
    "sarif": ("sarif", "checks"),
    "junit": ("junit", "checks"),
    "github": ("github", "checks"),
    "markdown": ("markdown", "checks"),
    "html": ("gap", "checks"),
}


def load(name: str) -> Renderer[Result]:
    """The renderer of a format that REPORTS names."""
    module = import_module(f"aidisclose.render.{REPORTS[name]}")
    renderer: Renderer[Result] = module.RENDERER
    return renderer


def load_check(name: str, scope: CheckRun) -> Renderer[Checked]:
    """The renderer of one check in a format that CHECKS names."""
    module, function = CHECKS[name]
    make = getattr(import_module(f"aidisclose.render.{module}"), function)
    renderer: Renderer[Checked] = make(scope)
    return renderer
