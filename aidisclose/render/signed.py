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
from aidisclose.validate.transcript import moment


class Signed(NamedTuple):
    """The result of signing one file.

    Attributes:
        file: Its name as the user gave it, or as it was found in a folder.
        output: The path of the signed copy; None if there is none.
        asset: The signed asset; None if none was made.
        error: The reason why nothing was made.
        sidecar: The path of the manifest store, if it is not in the signed copy.
        skipped: The reason why the file was left alone.
        note: The reason why the store is beside the file although that was not asked for.
        is_dry: Whether nothing was written.
    """

    file: str
    output: str | None = None
    asset: SignedAsset | None = None
    error: str | None = None
    sidecar: str | None = None
    skipped: str = ""
    note: str = ""
    is_dry: bool = False

    @property
    def outcome(self) -> str:
        """Whether it was signed, or would be."""
        if self.skipped:
            return "skipped"
        if self.asset is None:
            return "failed"
        return "ready" if self.is_dry else "signed"


#: What a summary counts, in this order.
OUTCOMES: Final = ("signed", "skipped", "failed")
#: The same of a run that writes nothing.
REHEARSED: Final = ("ready", "skipped", "failed")


def _text(signed: Signed, run: Run) -> str:
    if signed.skipped:
        label = run.style.paint("skipped", COLOURS["skipped"])
        return f"{label}  {clean(signed.file, None)}: {clean(signed.skipped, None)}\n"
    if signed.asset is None or signed.output is None:
        return ""
    word = "updated" if signed.asset.is_update else "signed"
    if signed.is_dry:
        word = "would update" if signed.asset.is_update else "would sign"
    label = run.style.paint(word, "green", "bold")
    written = dict.fromkeys(filter(None, (signed.output, signed.sidecar)))
    output = " and ".join(run.style.paint(clean(name, None), "bold") for name in written)
    is_beside = signed.output == signed.sidecar
    size = len(signed.asset.store) if is_beside else signed.asset.size
    made = "" if signed.is_dry else f", {size:,} bytes"
    if signed.note:
        made += f", beside it: {clean(signed.note)}"
    if signed.asset.noise is not None:
        made += f", watermark read back, {signed.asset.noise:.1f} dB"
    parent = f", continues {clean(signed.asset.parent)}" if signed.asset.parent else ""
    return f"{label}  {clean(signed.file, None)} → {output}{made}{parent}\n"


def describe(signed: Signed) -> dict[str, object]:
    """One element of `results`; every key is always there."""
    asset = signed.asset
    written = None if signed.is_dry else asset  # of what is not written, these will be others
    return {
        "file": signed.file,
        "output": signed.output,
        "media_type": asset.media_type if asset else None,
        "sidecar": signed.sidecar,
        "size": written.size if written else None,
        "active_manifest": written.label if written else None,
        "kind": ("update" if asset.is_update else "standard") if asset else None,
        "parent_manifest": asset.parent if asset else None,
        "timestamp": moment(asset.timestamp) if asset and asset.timestamp else None,
        "watermark_psnr": round(asset.noise, 2) if asset and asset.noise is not None else None,
        "carriers": list(asset.carriers) if asset else [],
        "warnings": list(asset.warnings) if asset else [],
        "skipped": signed.skipped or None,
        "dry_run": signed.is_dry,
        "error": signed.error,
    }


TEXT: Final = Renderer(begin=nothing, result=_text, end=summarize)
JSON: Final = json.document(describe)
JSONL: Final = json.lines(describe)
