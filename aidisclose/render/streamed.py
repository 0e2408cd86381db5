"""The output of `stream verify`: a line for each file of a live stream, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from aidisclose.named import NamedTuple
from aidisclose.render import json, words
from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean, clean_part
from aidisclose.render.style import COLOURS
from aidisclose.validate.live import LiveSegment, LiveStream
from aidisclose.validate.state import State

_WIDTH: Final = max(len(each.value) for each in State)
#: Failures of one file, and gaps, that are listed; a hostile stream may have thousands.
_LISTED: Final = 10


class Streamed(NamedTuple):
    """The result of checking a stream.

    Attributes:
        files: The name of each file, in order.
        stream: The result of checking the stream's files.
    """

    files: Sequence[str]
    stream: LiveStream


def text(found: Streamed, run: Run) -> str:
    """A line for each file with its failures below it, and one about the stream."""
    lines: list[str] = []
    for file, each in zip(found.files, found.stream.segments, strict=True):
        state = run.style.paint(f"{each.state.value:<{_WIDTH}}", COLOURS[each.state.value], "bold")
        lines.append(f"{state}  {run.style.paint(clean_part(file, None), 'bold')}  {_about(each)}")
        failures = [f"{item.code}: {item.explanation}" for item in each.failures]
        shown = [clean(line) for line in failures[:_LISTED]]
        if len(failures) > _LISTED:
            shown.append(f"and {len(failures) - _LISTED} more")
        lines += (f"  {run.style.paint(line, 'red')}" for line in shown)
    return "".join(f"{line}\n" for line in (*lines, _summary(found.stream)))


def _about(segment: LiveSegment) -> str:
    """The kind of a file, and who vouches for it."""
    parts = ["initialization segment"]
    if not segment.is_init:
        parts = ["segment" if segment.sequence is None else f"segment {segment.sequence}"]
    if segment.report is not None and segment.report.signature is not None:
        parts.append(words.signer(segment.report))
    elif segment.manifest is not None and not segment.failures:
        parts.append(f"by {clean_part(segment.manifest)}")
    return " · ".join(parts)


def _summary(stream: LiveStream) -> str:
    count = sum(not each.is_init for each in stream.segments)
    failed = sum(bool(each.failures) for each in stream.segments)
    parts = [f"{stream.state.value}: {words.number(count, 'segment')}"]
    if failed:
        verb = "does" if failed == 1 else "do"
        parts.append(f"{words.number(failed, 'file')} that {verb} not hold")
    if stream.gaps:
        parts.append(f"missing: {', '.join(_gaps(stream))}")
    if len(stream.signers) > 1:
        listed = ", ".join(_listed(stream.signers))
        parts.append(f"put together of {len(stream.signers)} signers' segments: {listed}")
    if len(stream.manifests) > 1:
        listed = ", ".join(_listed(stream.manifests))
        parts.append(
            f"begun anew or put together, with {len(stream.manifests)} manifests: {listed}"
        )
    return "; ".join(parts)


def _listed(names: Sequence[str]) -> list[str]:
    more = len(names) - _LISTED
    return [clean_part(each) for each in names[:_LISTED]] + [f"and {more} more"] * (more > 0)


def _gaps(stream: LiveStream) -> Iterator[str]:
    for first, last in stream.gaps[:_LISTED]:
        yield str(first) if first == last else f"{first} to {last}"
    if len(stream.gaps) > _LISTED:
        yield f"and {len(stream.gaps) - _LISTED} more"


def document(found: Streamed, run: Run) -> str:
    """The result as a JSON object; every key is always there."""
    stream = found.stream
    fields = json.head(run.time) | {
        "state": stream.state.value,
        "gaps": [{"first": first, "last": last} for first, last in stream.gaps],
        "signers": list(stream.signers),
        "manifests": list(stream.manifests),
        "segments": [
            {
                "file": file,
                "kind": "initialization" if each.is_init else "media",
                "state": each.state.value,
                "sequence": each.sequence,
                "active_manifest": each.manifest,
                "failures": [item._asdict() for item in each.failures],
                "result": each.report.as_dict() if each.report is not None else None,
            }
            for file, each in zip(found.files, stream.segments, strict=True)
        ],
    }
    return json.encode(fields, indent=2) + "\n"
