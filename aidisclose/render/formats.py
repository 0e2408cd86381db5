"""Every format of every command, imported when it is asked for.

To add one, write a module and name it here: `--format` takes it then, and its tests run.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from aidisclose.render.renderer import TEXT, Renderer, Run

if TYPE_CHECKING:
    from aidisclose.render.checked import CheckRun

#: By command and name of the format: a module of this package, and what in it.
#:
#: Of commands that work on many files (`sign`, `verify`, `diff`) that is a `Renderer`; of `check` a
#: function that makes one for a `CheckRun`; of all others a function that writes the whole output.
FORMATS: Final[dict[str, dict[str, str]]] = {
    "sign": {"text": "signed:TEXT", "json": "signed:JSON", "jsonl": "signed:JSONL"},
    "verify": {
        "text": "text:RENDERER",
        "json": "json:RENDERER",
        "jsonl": "json:LINES",
        "csv": "columns:RENDERER",
        "crjson": "crjson:RENDERER",
        "jpegtrust": "jpegtrust:RENDERER",
        "sarif": "sarif:RENDERER",
        "junit": "junit:RENDERER",
        "github": "github:RENDERER",
        "html": "page.verified:RENDERER",
    },
    "check": {
        "text": "checked:checks",
        "json": "checked_json:checks",
        "jsonl": "checked_json:lines",
        "sarif": "sarif:checks",
        "junit": "junit:checks",
        "github": "github:checks",
        "markdown": "markdown:checks",
        "html": "page.gap:checks",
    },
    "diff": {
        "text": "compared:TEXT",
        "json": "compared:JSON",
        "jsonl": "compared:JSONL",
        "html": "page.comparison:RENDERER",
    },
    "publish": {"text": "published:TEXT", "json": "published:JSON", "jsonl": "published:JSONL"},
    "recover": {"text": "recovered:TEXT", "json": "recovered:JSON", "jsonl": "recovered:JSONL"},
    "repository": {"text": "holdings:text", "json": "holdings:document"},
    "summarize": {"text": "overview:text", "json": "overview:document"},
    "inspect": {
        "text": "tree:render",
        "json": "contents:render",
        "crjson": "crjson:render",
        "html": "page.verified:render",
    },
    "receipt": {
        "text": "receipts:text",
        "json": "receipts:document",
        "html": "page.receipts:render",
    },
    "doctor": {"text": "diagnosis:text", "json": "diagnosis:document"},
    "rule": {"text": "rules:text", "json": "rules:document"},
    "law": {"text": "laws:text", "json": "laws:document"},
    "trust": {"text": "lists:text", "json": "lists:document"},
    "watermark": {"text": "watermarks:text", "json": "watermarks:document"},
    "explain": {"text": "explained:text", "json": "explained:document"},
    "stream": {"text": "streamed:text", "json": "streamed:document"},
    "formats": {"text": "containers:text", "json": "containers:document"},
}


#: What draws text at a terminal, by command.
_DRAWN: Final = {
    "check": "terminal.checked:checks",
    "diff": "terminal.compared:RENDERER",
    "doctor": "terminal.diagnosis:text",
    "rule": "terminal.rules:text",
    "trust": "terminal.lists:text",
    "formats": "terminal.containers:text",
}
#: Commands whose text is fitted to the width of a terminal line by line; the others fit theirs
#: themselves.
_FITTED: Final = frozenset({"inspect", "explain", "receipt", "repository", "stream", "watermark"})


def _load(command: str, form: str, run: Run | None = None) -> Any:
    name = FORMATS[command][form]
    # Text for a pipe stays as it is, for those who grep it.
    if form == TEXT and run is not None and run.screen is not None:
        name = _DRAWN.get(command, name)
    module, _, name = name.partition(":")
    return getattr(import_module(f"{__package__}.{module}"), name)


def renderer(command: str, form: str, run: Run | None = None) -> Renderer[Any]:
    """The renderer of a command that works on many files; see `writer` for the arguments."""
    return _fit(_load(command, form, run), command, form, run)


def checks(form: str, scope: CheckRun, run: Run) -> Renderer[Any]:
    """The renderer of one check."""
    made: Renderer[Any] = _load("check", form, run)(scope)
    return made


def _fit(found: Renderer[Any], command: str, form: str, run: Run | None) -> Renderer[Any]:
    if run is None or run.screen is None or form != TEXT or command in _DRAWN:
        return found
    from aidisclose.render.terminal import reflow

    return reflow.renderer(found)


def writer(command: str, form: str, run: Run | None = None) -> Callable[..., Any]:
    """The function that writes the output of a command, or makes the renderer of `check`.

    Arguments:
        command: The command.
        form: Name of the format.
        run: The run that the function is told; text for its screen, if it has one, is drawn for
            that.
    """
    found: Callable[..., Any] = _load(command, form, run)
    if run is not None and run.screen is not None and form == TEXT and command in _FITTED:
        from aidisclose.render.terminal import reflow

        return reflow.fitted(found)
    return found
