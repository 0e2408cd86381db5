"""The properties of metadata assertions (JSON-LD), a line each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aidisclose.render.safe import clean

#: Levels of a value that are shown; metadata may nest as deep as its format allows.
_DEPTH: Final = 4
#: Names of others for what stands here, and no statement.
_CONTEXT: Final = "@context"


def properties(data: object) -> Iterator[str]:
    """The properties in decoded data, as `name: value`; untrusted text, made safe to show.

    What is in a list or map is named by the way to it: `dc:creator[0]`, `exif:gps/exif:time`.
    """
    yield from _flatten("", data, 0)


def _flatten(path: str, value: object, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        yield f"{clean(path)}: …"
    elif isinstance(value, dict):
        for name, item in value.items():
            if name != _CONTEXT:
                yield from _flatten(f"{path}/{name}" if path else f"{name}", item, depth + 1)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _flatten(f"{path}[{number}]" if len(value) > 1 else path, item, depth + 1)
    elif isinstance(value, str | int | float):
        yield f"{clean(path)}: {clean(str(value))}"
