"""The output of `formats`: the media formats, and how each is bound to its manifest."""

from __future__ import annotations

from aidisclose.bindings import BINDINGS
from aidisclose.containers import CONTAINERS, Container
from aidisclose.render import json, table
from aidisclose.render.renderer import Run


def text(run: Run) -> str:
    """A table of all formats."""
    rows = [
        (
            each.name,
            "verify, sign" if each.binding in BINDINGS else "verify",
            _binding(each),
            " ".join(each.extensions),
            each.media_types[0],
        )
        for each in CONTAINERS
    ]
    head = ("format", "can", "protected by", "extensions", "media type")
    return table.render(head, rows, run)


def _binding(container: Container) -> str:
    """The hard binding in words: `c2pa.hash.data` is the data hash."""
    return container.binding.removeprefix("c2pa.hash.").partition(".")[0] + " hash"


def document(_run: Run) -> str:
    """All formats as a JSON object."""
    rows = [
        {
            "name": each.name,
            "extensions": each.extensions,
            "media_types": each.media_types,
            "read": True,
            "sign": each.binding in BINDINGS,
            "binding": each.binding,
        }
        for each in CONTAINERS
    ]
    return json.encode({"schema": json.SCHEMA, "formats": rows}, indent=2) + "\n"
