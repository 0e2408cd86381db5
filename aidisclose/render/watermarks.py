"""The output of `watermark`: which watermarks are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aidisclose.render import json, table
from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean

if TYPE_CHECKING:
    from aidisclose.durable.weights import OnnxModel, Weights


def text(names: Sequence[str], registered: Mapping[str, Weights], run: Run) -> str:
    """A table of the algorithms."""
    if not names:
        return "none; `aidisclose watermark add` registers weights of TrustMark\n"
    rows = [
        (clean(name), _uses(registered.get(name)), _origin(registered.get(name))) for name in names
    ]
    return table.render(("algorithm", "can be", "from"), rows, run)


def _uses(found: Weights | None) -> str:
    return "found" if found is not None and found.encoder is None else "embedded, found"


def _origin(found: Weights | None) -> str:
    if found is None:
        return "an installed package"
    return ", ".join(clean(str(each.path), None) for each in found.models.values())


def document(names: Sequence[str], registered: Mapping[str, Weights], _run: Run) -> str:
    """The algorithms as a JSON object."""
    listed = [
        {
            "alg": name,
            "models": {part: _model(each) for part, each in registered[name].models.items()}
            if name in registered
            else None,
        }
        for name in names
    ]
    return json.encode({"schema": json.SCHEMA, "watermarks": listed}, indent=2) + "\n"


def _model(found: OnnxModel) -> dict[str, object]:
    return {"path": str(found.path), "sha256": found.sha256, "published": found.is_published}


def registration(alg: str, found: Weights) -> str:
    """A line about the weights that were registered."""
    lines = [f"registered  {alg}"]
    for part, each in found.models.items():
        known = "as Adobe published it" if each.is_published else "not among those known to us"
        lines.append(f"  {part}: {clean(str(each.path), None)}, SHA-256 {each.sha256}, {known}")
    return "".join(f"{line}\n" for line in lines)
