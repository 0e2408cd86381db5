"""The changes of a file's disclosures in a processing step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from aidisclose.carriers import FoundLabel
from aidisclose.errors import Malformed
from aidisclose.manifest.source_type import find
from aidisclose.named import NamedTuple
from aidisclose.policy.evidence import Evidence
from aidisclose.validate.report import Report
from aidisclose.validate.state import State

#: Properties of XMP that disclose something; others may change.
_DISCLOSING: Final = (
    "Iptc4xmpExt:DigitalSourceType",
    "Iptc4xmpExt:AISystemUsed",
    "Iptc4xmpExt:AISystemVersionUsed",
    "Iptc4xmpExt:DigImageGUID",
    "plus:DataMining",
)


class Difference(NamedTuple):
    """The change of one disclosure.

    Attributes:
        carrier: The part of the file with it: `c2pa manifest`, `xmp plus:DataMining`, `aigc label`.
        before: Its text before; untrusted.
        after: Its text now; None if it is gone.
        is_kept: Whether it is still there, unchanged or as an ingredient.
        how: The change, in words.
    """

    carrier: str
    before: str
    after: str | None
    is_kept: bool
    how: str


def changes(before: Evidence, after: Evidence) -> Iterator[Difference]:
    """The change of each disclosure of `before`; empty if it had none."""
    yield from _manifest(before, after)
    yield from _source_types(before, after)
    for name in _DISCLOSING:
        yield from _moved(_values(f"xmp {name}", before.xmp(name), after.xmp(name)), after)
    yield from _further(before, after)
    yield from _values("comment", _comments(before), _comments(after))
    yield from _values("aigc label", _labels(before), _labels(after))


def vanished(report: Report) -> Report:
    """The report of a file that is not there any more: it discloses nothing."""
    return Report(media_type=report.media_type, time=report.time, state=State.NONE)


def _manifest(before: Evidence, after: Evidence) -> Iterator[Difference]:
    store = before.report.store
    if store is None:
        return
    carrier, label = "c2pa manifest", store.active.label
    there = after.report.store
    believed = after.report.believed
    proven = {step.manifest.label for step in believed.walk()} if believed else set()
    if there is None:
        yield Difference(carrier, label, None, is_kept=False, how="removed")
    elif label not in there.manifests:
        yield Difference(carrier, label, there.active.label, is_kept=False, how="replaced")
    elif before.is_valid and not after.is_valid:
        yield Difference(carrier, label, label, is_kept=False, how="no longer valid")
    elif _signed(before.report, label) != _signed(after.report, label):
        yield Difference(carrier, label, label, is_kept=False, how="replaced under its name")
    elif there.active.label == label:
        yield Difference(carrier, label, label, is_kept=True, how="unchanged")
    elif label in proven:
        yield Difference(
            carrier, label, there.active.label, is_kept=True, how="kept as an ingredient"
        )
    else:
        yield Difference(
            carrier, label, there.active.label, is_kept=False, how="kept, but not proven"
        )


def _signed(report: Report, label: str) -> tuple[bytes, tuple[bytes, ...]] | None:
    """The claim of a manifest and who signed it; None if that cannot be read.

    A label is chosen by whoever signs, so that another manifest may have the same. What no
    signature covers may be added: time stamps.
    """
    signature = report.validation.signatures.get(label) if report.validation else None
    if report.store is None or signature is None:
        return None
    try:
        return report.store.manifests[label].claim_content, signature.chain
    except Malformed:
        return None


def _source_types(before: Evidence, after: Evidence) -> Iterator[Difference]:
    there = {_term(value) for value in after.declared.source_types}
    for value in dict.fromkeys(map(_term, before.declared.source_types)):
        is_kept = value in there
        how = "unchanged" if is_kept else "removed"
        yield Difference("c2pa source type", value, value if is_kept else None, is_kept, how)


def _values(carrier: str, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Difference]:
    for value in dict.fromkeys(before):
        if value in after or _term(value) in map(_term, after):
            yield Difference(carrier, value, value, is_kept=True, how="unchanged")
        elif after:
            yield Difference(carrier, value, after[0], is_kept=False, how="changed")
        else:
            yield Difference(carrier, value, None, is_kept=False, how="removed")


def _moved(found: Iterable[Difference], after: Evidence) -> Iterator[Difference]:
    """The same changes; a source type that another packet has now is kept.

    ImageMagick puts the packet of a PNG into a profile.
    """
    there = {_term(value) for _, value in after.marks.elsewhere}
    for change in found:
        is_there = change.carrier.endswith(_DISCLOSING[0]) and _term(change.before) in there
        if is_there and not change.is_kept:
            change = change._replace(after=change.before, is_kept=True, how="kept in another place")
        yield change


def _further(before: Evidence, after: Evidence) -> Iterator[Difference]:
    """The source types of packets besides the first, wherever they are now."""
    names = [value for _, value in before.marks.elsewhere]
    there = [*after.xmp(_DISCLOSING[0]), *(value for _, value in after.marks.elsewhere)]
    yield from _values("further xmp", tuple(names), tuple(there))


def _term(value: str) -> str:
    found = find(value)
    return found.term if found else value


def _comments(evidence: Evidence) -> tuple[str, ...]:
    return tuple(item.source_type or item.text for item in evidence.marks.comments)


def _labels(evidence: Evidence) -> tuple[str, ...]:
    """The identity of the content in each label; a platform may add fields of its own."""
    return tuple(_identity(label) for label in evidence.marks.labels)


def _identity(label: FoundLabel) -> str:
    fields = label.fields or {}
    return " ".join(str(fields.get(key, "")) for key in ("Label", "ContentProducer", "ProduceID"))
