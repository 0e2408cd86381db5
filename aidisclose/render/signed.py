"""The result of `sign`: what was written where, and what it declares."""

from __future__ import annotations

from typing import Final

from aidisclose.named import NamedTuple
from aidisclose.render import json
from aidisclose.render.renderer import Renderer, Run, nothing
from aidisclose.render.safe import clean
from aidisclose.render.style import COLOURS
from aidisclose.render.text import summarize
from aidisclose.signing.asset import SignedAsset
from aidisclose.validate.document import moment


class Signed(NamedTuple):
    """The result of signing one file.

    Attributes:
        file: Its name as the user gave it, or as it was found in a folder.
        output: Where the signed copy is; None if there is none.
        asset: What was made; None if nothing was.
        error: Why nothing was made.
        sidecar: Where the manifest store is, if not in the signed copy.
        skipped: Why the file was left alone.
        note: Why the store is beside the file although that was not asked for.
    """

    file: str
    output: str | None = None
    asset: SignedAsset | None = None
    error: str | None = None
    sidecar: str | None = None
    skipped: str = ""
    note: str = ""

    @property
    def outcome(self) -> str:
        """Whether it was signed."""
        if self.skipped:
            return "skipped"
        return "failed" if self.asset is None else "signed"


#: What a summary counts, in this order.
OUTCOMES: Final = ("signed", "skipped", "failed")


def _text(signed: Signed, run: Run) -> str:
    if signed.skipped:
        label = run.style.paint("skipped", COLOURS["skipped"])
        return f"{label}  {clean(signed.file, None)}: {clean(signed.skipped, None)}\n"
    if signed.asset is None or signed.output is None:
        return ""
    word = "updated" if signed.asset.is_update else "signed"
    label = run.style.paint(word, "green", "bold")
    written = dict.fromkeys(filter(None, (signed.output, signed.sidecar)))
    output = " and ".join(run.style.paint(clean(name, None), "bold") for name in written)
    is_beside = signed.output == signed.sidecar
    made = f", {len(signed.asset.store) if is_beside else signed.asset.size:,} bytes"
    if signed.note:
        made += f", beside it: {clean(signed.note)}"
    parent = f", continues {clean(signed.asset.parent)}" if signed.asset.parent else ""
    return f"{label}  {clean(signed.file, None)} → {output}{made}{parent}\n"


def describe(signed: Signed) -> dict[str, object]:
    """One element of `results`; every key is always there."""
    asset = signed.asset
    return {
        "file": signed.file,
        "output": signed.output,
        "media_type": asset.media_type if asset else None,
        "sidecar": signed.sidecar,
        "size": asset.size if asset else None,
        "active_manifest": asset.label if asset else None,
        "kind": ("update" if asset.is_update else "standard") if asset else None,
        "parent_manifest": asset.parent if asset else None,
        "timestamp": moment(asset.timestamp) if asset and asset.timestamp else None,
        "carriers": list(asset.carriers) if asset else [],
        "warnings": list(asset.warnings) if asset else [],
        "skipped": signed.skipped or None,
        "error": signed.error,
    }


TEXT: Final = Renderer(begin=nothing, result=_text, end=summarize)
JSON: Final = json.document(describe)
JSONL: Final = json.lines(describe)
