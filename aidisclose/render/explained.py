"""The output of `trust explain`: a sentence for each step of a decision about a signer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aidisclose.named import NamedTuple
from aidisclose.render import json
from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean
from aidisclose.validate.explanation import Bearing, SignatureExplanation
from aidisclose.validate.report import Report
from aidisclose.validate.transcript import moment

_SIGNS: Final = {Bearing.FOR: "+", Bearing.AGAINST: "-", Bearing.NEITHER: "?"}
_COLOURS: Final = {Bearing.FOR: "green", Bearing.AGAINST: "red", Bearing.NEITHER: "yellow"}
#: Characters of a sentence; names in it may be of any length.
_LENGTH: Final = 1_000


class Explained(NamedTuple):
    """The explanation of one file.

    Attributes:
        file: Its name.
        report: The report on it.
        signatures: The decisions about its signers.
    """

    file: str
    report: Report
    signatures: Sequence[SignatureExplanation]


def text(found: Explained, run: Run) -> str:
    """One line for each step: + speaks for the signer, - against, ? neither."""
    style = run.style
    lines = [f"{clean(found.file, None)}: {found.report.state.name.lower()}"]
    if not found.signatures:
        lines.append("  There are no credentials that can be read, so nobody is to be trusted.")
    for each in found.signatures:
        role = "active manifest" if each.is_active else "manifest that is updated"
        lines.append(style.paint(f"{clean(each.manifest)} ({role})", "bold"))
        for step in each.steps:
            sign = style.paint(_SIGNS[step.bearing], _COLOURS[step.bearing])
            lines.append(f"  {sign} {clean(step.text, _LENGTH)}")
    return "".join(f"{line}\n" for line in lines)


def document(found: Explained, _run: Run) -> str:
    """The explanation as a JSON object."""
    fields = {
        "schema": json.SCHEMA,
        "file": found.file,
        "validation_time": moment(found.report.time),
        "state": found.report.state.name.lower(),
        "signatures": [
            {
                "manifest": each.manifest,
                "active": each.is_active,
                "trusted": each.is_trusted,
                "steps": [
                    {
                        "topic": step.topic.value,
                        "bearing": step.bearing.value,
                        "text": step.text,
                        "details": dict(step.details),
                    }
                    for step in each.steps
                ],
            }
            for each in found.signatures
        ],
    }
    return json.encode(fields, indent=2) + "\n"
