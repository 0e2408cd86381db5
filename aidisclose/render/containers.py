"""The output of `formats`: the media formats, and how each is bound to its manifest."""

from __future__ import annotations

from typing import Final

from aidisclose.bindings import BINDINGS
from aidisclose.containers import CONTAINERS, Container
from aidisclose.containers.other import OTHERS, Other
from aidisclose.render import json, table
from aidisclose.render.renderer import Run

_EVERY: Final[tuple[Container, ...]] = (*CONTAINERS, *OTHERS)


def text(run: Run) -> str:
    """A table of all formats."""
    rows = [
        (
            each.name,
            "verify, sign" if each.binding in BINDINGS else "verify",
            _binding(each),
            "beside the file" if isinstance(each, Other) else "in the file",
            " ".join(each.extensions),
            each.media_types[0],
        )
        for each in _EVERY
    ]
    head = ("format", "can", "protected by", "manifest", "extensions", "media type")
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
            "embeds": not isinstance(each, Other),
        }
        for each in _EVERY
    ]
    return json.encode({"schema": json.SCHEMA, "formats": rows}, indent=2) + "\n"
