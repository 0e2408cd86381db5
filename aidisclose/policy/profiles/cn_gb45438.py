"""China: labelling of AI-generated content, GB 45438-2025, with the TC260 guides of August 2025.

The guides are known through implementations of them, not read in the original.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from aidisclose.carriers import FoundLabel
from aidisclose.policy.compare import changes
from aidisclose.policy.evidence import Evidence, text
from aidisclose.policy.premises import ai_content, has_before
from aidisclose.policy.rule import (
    ERROR,
    INFO,
    WARNING,
    Edition,
    Profile,
    Rule,
    Verdict,
    failed,
    passed,
    undetermined,
    warned,
)

_STANDARD: Final = "GB 45438-2025"
_MEASURES: Final = "Measures for labelling AI-generated content (CAC, 2025-03-14)"
_SINCE: Final = date(2025, 9, 1)
KEYS: Final = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]*")
_CODE: Final = re.compile(r"00[0-9A-Z]{25}")
_CODE_SIZE: Final = 27


def _there(evidence: Evidence) -> Verdict:
    labels = _labels(evidence)
    return passed(f"found in {labels[0].place}") if labels else failed("no AIGC label")


def _labels(evidence: Evidence) -> tuple[FoundLabel, ...]:
    return evidence.marks.labels


def _one(evidence: Evidence) -> Verdict:
    places = [label.place for label in _labels(evidence)]
    return passed("exactly one") if len(places) == 1 else failed(f"several: {', '.join(places)}")


def _structure(evidence: Evidence) -> Verdict:
    for label in _labels(evidence):
        if label.fields is None:
            return failed(f"the label in {label.place} is no JSON object")
        if missing := [key for key in KEYS if key not in label.fields]:
            return failed(f"the label in {label.place} has no {', '.join(missing)}")
        if odd := [key for key in KEYS if not isinstance(label.fields[key], str)]:
            return failed(f"{', '.join(odd)} in {label.place} is no text")
        if unknown := sorted(label.fields.keys() - {*KEYS}):
            return warned(f"the label in {label.place} has a field {unknown[0]!r}")
    return passed("seven fields, all of them text")


def _fields(evidence: Evidence) -> dict[str, object]:
    """Fields of the first label that has any."""
    return next((dict(label.fields) for label in _labels(evidence) if label.fields), {})


def _value(evidence: Evidence) -> Verdict:
    value = _fields(evidence).get("Label")
    if value == "1":
        return passed("1: it is AI-generated")
    if value in ("2", "3"):
        return warned(f"{value}: set by platforms that suspect AI; a producer writes 1")
    return failed(f"Label is {value!r}, not 1, 2 or 3")


def _producer(evidence: Evidence) -> Verdict:
    fields = _fields(evidence)
    for key in ("ContentProducer", "ProduceID"):
        if not text(fields.get(key)):
            return failed(f"{key} is empty")
    return passed(f"{fields['ContentProducer']}, {fields['ProduceID']}")


def _charset(evidence: Evidence) -> Verdict:
    for key, value in _fields(evidence).items():
        if not _PRINTABLE.fullmatch(text(value)):
            return failed(f"{key} has other characters than printable ASCII without spaces")
    return passed("printable ASCII")


def _code(evidence: Evidence) -> Verdict:
    code = text(_fields(evidence).get("ContentProducer"))
    if not code:
        return undetermined("no producer is named")
    if code.startswith("00") and len(code) == _CODE_SIZE and not _CODE.fullmatch(code):
        return failed(f"{code} is no service provider code")
    if _CODE.fullmatch(code):
        return passed("has the form of a code; whether it was assigned, a file does not show")
    return passed("a name instead of a code")


def _placed(evidence: Evidence) -> Verdict:
    for label in _labels(evidence):
        if not label.is_primary:
            return failed(f"the label is in {label.place}, not in the place for this format")
    return passed("in the place for this format")


def _propagator(evidence: Evidence) -> Verdict:
    fields = _fields(evidence)
    filled = [key for key in ("ContentPropagator", "PropagateID") if fields.get(key)]
    if len(filled) == 1:
        return failed(f"{filled[0]} is filled alone")
    if filled and evidence.inputs.get("role") in ("builder", "creator"):
        return failed("a producer leaves the fields of platforms empty")
    return passed("both filled" if filled else "both empty")


def _integrity(evidence: Evidence) -> Verdict:
    if _fields(evidence).get("ReservedCode1"):
        return undetermined("ReservedCode1 follows a scheme that is not known here")
    return failed("ReservedCode1 is empty: nothing protects the label itself")


def _explicit(evidence: Evidence) -> Verdict:
    texts = [text(item.get("text")) for item in evidence.direct]
    if not texts:
        return failed("no visible or audible label is declared")
    for each in texts:
        if ("人工智能" in each or "AI" in each) and ("生成" in each or "合成" in each):
            return undetermined("declared; whether it can be seen or heard, a file does not show")
    return failed("no label says both AI (人工智能) and generated (生成 or 合成)")


def _kept(evidence: Evidence) -> Verdict:
    before = evidence.before
    listed = changes(before, evidence) if before else ()
    labels = [each for each in listed if each.carrier == "aigc label"]
    if not labels:
        return undetermined("the file had no AIGC label before")
    gone = [each for each in labels if not each.is_kept]
    return failed(f"the AIGC label was {gone[0].how}") if gone else passed("the label is kept")


def _agrees(evidence: Evidence) -> Verdict:
    if _fields(evidence).get("Label") != "1":
        return undetermined("no label says that it is AI-generated")
    if evidence.denies_ai:
        return failed("the label says AI, the manifest denies it")
    return passed("the manifest does not deny it")


def has_label(evidence: Evidence) -> Verdict | None:
    """There is a label to look at."""
    return None if _labels(evidence) else undetermined("there is no AIGC label")


PROFILE: Final = Profile(
    "cn-gb45438",
    "China, GB 45438-2025",
    (Edition("2025-09-01", _SINCE, "measures and standard in force"),),
    (
        Rule(
            "CN-001",
            ERROR,
            "there is an implicit label",
            f"{_MEASURES}, Art. 5; {_STANDARD}",
            "AIGC label in XMP, RIFF, ID3, Vorbis comments, MP4 keys and PNG text",
            "write the label before signing",
            _there,
            ai_content,
            since=_SINCE,
        ),
        Rule(
            "CN-002",
            ERROR,
            "there is exactly one label",
            _STANDARD,
            "all AIGC labels",
            "remove all but the one in the place for the format",
            _one,
            has_label,
            since=_SINCE,
        ),
        Rule(
            "CN-003",
            ERROR,
            "the label has its seven fields",
            _STANDARD,
            "JSON of the label",
            "write it anew",
            _structure,
            has_label,
            since=_SINCE,
        ),
        Rule(
            "CN-004",
            ERROR,
            "the label says that it is AI-generated",
            _STANDARD,
            "Label",
            'write "1"',
            _value,
            has_label,
            since=_SINCE,
        ),
        Rule(
            "CN-005",
            ERROR,
            "producer and content number are named",
            f"{_MEASURES}, Art. 5",
            "ContentProducer, ProduceID",
            "fill both",
            _producer,
            has_label,
            since=_SINCE,
        ),
        Rule(
            "CN-006",
            ERROR,
            "values are printable ASCII",
            _STANDARD,
            "all values",
            "write names in Latin letters without spaces, or the provider's code",
            _charset,
            has_label,
            since=_SINCE,
        ),
        Rule(
            "CN-007",
            WARNING,
            "a provider code has its form",
            _STANDARD,
            "ContentProducer",
            "use the code that was assigned, or a name; never invent one",
            _code,
            has_label,
            since=_SINCE,
        ),
        Rule(
            "CN-008",
            WARNING,
            "the label is in the place for the format",
            "TC260 practice guides, August 2025",
            "where the label was found",
            "write it where the guide for the format says",
            _placed,
            has_label,
            since=_SINCE,
        ),
        Rule(
            "CN-009",
            WARNING,
            "the fields of platforms are filled together",
            f"{_MEASURES}, Art. 6",
            "ContentPropagator, PropagateID; input role",
            "fill both as a platform, neither as a producer",
            _propagator,
            has_label,
            since=_SINCE,
        ),
        Rule(
            "CN-010",
            INFO,
            "the label protects itself",
            _STANDARD,
            "ReservedCode1",
            "sign the file: the manifest protects the label as well",
            _integrity,
            has_label,
            since=_SINCE,
        ),
        Rule(
            "CN-011",
            WARNING,
            "there is an explicit label",
            f"{_MEASURES}, Art. 4",
            "`direct` of the record",
            "put a label on it that says 人工智能 or AI, and 生成 or 合成",
            _explicit,
            ai_content,
            since=_SINCE,
        ),
        Rule(
            "CN-012",
            ERROR,
            "the label is not removed",
            f"{_MEASURES}, Art. 10",
            "the file before and after",
            "let the step keep metadata",
            _kept,
            has_before,
            since=_SINCE,
        ),
        Rule(
            "CN-013",
            ERROR,
            "the label agrees with the manifest",
            _STANDARD,
            "Label against the source types",
            "write both in one step",
            _agrees,
            has_label,
            since=_SINCE,
        ),
    ),
)
