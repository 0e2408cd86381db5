"""The output of `formats`: the media formats, and how each is bound to its manifest."""

from __future__ import annotations

from typing import Final

from aidisclose.bindings import BINDINGS
from aidisclose.containers import CONTAINERS, Container
from aidisclose.containers.other import OTHERS, Other
from aidisclose.render import json, table
from aidisclose.render.renderer import Run

_EVERY: Final[tuple[Container, ...]] = (*CONTAINERS, *OTHERS)


#: What the columns of `rows` are.
HEAD: Final = ("format", "can", "protected by", "manifest", "extensions", "media type")


def text(run: Run) -> str:
    """A table of all formats."""
    return table.render(HEAD, rows(), run)


def rows() -> list[tuple[str, ...]]:
    """The cells of that table."""
    return [
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


def _binding(container: Container) -> str:
    """The hard binding in words: `c2pa.hash.data` is the data hash."""
    return container.binding.removeprefix("c2pa.hash.").partition(".")[0] + " hash"


def document(_run: Run) -> str:
    """All formats as a JSON object."""
    described = [
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
    return json.encode({"schema": json.SCHEMA, "formats": described}, indent=2) + "\n"
