"""China: labelling of AI-generated content, GB 45438-2025, with the TC260 guides of August 2025.

The guides, and the rules for codes of service providers of March 2025 (TC260-PG-20252A), are known
through implementations of them, not read in the original. Five that know nothing of each other
agree on the codes: `00`, 20 characters for who it is, and 5 for the service, which are `00000` or
begin with 1 for making and 2 for spreading content.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final, TypeGuard

from aidisclose.carriers import FoundLabel
from aidisclose.message import Message
from aidisclose.policy import sources
from aidisclose.policy.checks import labels_kept, perceived
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
from aidisclose.policy.sources import Addressee
from aidisclose.policy.vocabulary import names_generated_ai
from aidisclose.validate.notices import DeclaredNotice
from aidisclose.validate.state import Integrity
from aidisclose.validate.watermarks import Presence

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
_CODE: Final = re.compile(r"00[0-9A-Z]{20}(?:00000|([12])[0-9A-Z]{4})")
_CODE_SIZE: Final = 27
#: Field → what the code of who is named there is for.
_SERVICES: Final = {"ContentProducer": "1", "ContentPropagator": "2"}
#: Of the letters of a visible label, as a share of the shorter side.
_SMALLEST: Final = 0.05


def _there(evidence: Evidence) -> Verdict:
    labels = _labels(evidence)
    if there := next((each for each in labels if each.fields is not None), None):
        return passed("found in {place}", place=there.place)
    return failed("the AIGC label cannot be read" if labels else "no AIGC label")


def _labels(evidence: Evidence) -> tuple[FoundLabel, ...]:
    return evidence.marks.labels


def _one(evidence: Evidence) -> Verdict:
    places = [label.place for label in _labels(evidence)]
    return (
        passed("exactly one")
        if len(places) == 1
        else failed("several: {places}", places=", ".join(places))
    )


def _structure(evidence: Evidence) -> Verdict:
    for label in _labels(evidence):
        if label.fields is None:
            return failed(
                "the label in {place} is not a JSON object that has each field once",
                place=label.place,
            )
        if missing := [key for key in KEYS if key not in label.fields]:
            return failed(
                "the label in {place} has no {missing}",
                place=label.place,
                missing=", ".join(missing),
            )
        if odd := [key for key in KEYS if key in label.not_texts]:
            return failed("{odd} in {place} is not text", odd=", ".join(odd), place=label.place)
        if unknown := sorted(label.fields.keys() - {*KEYS}):
            return warned(
                "the label in {place} has a field {unknown}",
                place=label.place,
                unknown=repr(unknown[0]),
            )
    return passed("seven fields, all of them text")


def _fields(evidence: Evidence) -> dict[str, object]:
    """Fields of the first label that has any."""
    # Of several, one has to be looked at; that there are several is a finding of its own (CN-002).
    return next((dict(label.fields) for label in _labels(evidence) if label.fields), {})


def _value(evidence: Evidence) -> Verdict:
    value = _fields(evidence).get("Label")
    if value == "1":
        return passed("1: it is AI-generated")
    # Art. 6 of the Measures has platforms write them: 2 where the user says that it is AI's, 3
    # where they find traces of it themselves.
    if value in ("2", "3"):
        return warned("{value}: set by platforms that suspect AI; a producer writes 1", value=value)
    return failed("Label is {value}, not 1, 2 or 3", value=repr(value))


def _producer(evidence: Evidence) -> Verdict:
    fields = _fields(evidence)
    for key in ("ContentProducer", "ProduceID"):
        if not text(fields.get(key)):
            return failed("{key} is empty", key=key)
    return passed(
        "{content_producer}, {produce_i_d}",
        content_producer=fields["ContentProducer"],
        produce_i_d=fields["ProduceID"],
    )


def _charset(evidence: Evidence) -> Verdict:
    for key, value in _fields(evidence).items():
        if not (isinstance(value, str) and _PRINTABLE.fullmatch(value)):
            return failed("{key} has other characters than printable ASCII without spaces", key=key)
    return passed("printable ASCII")


def _code(evidence: Evidence) -> Verdict:
    named = {key: text(_fields(evidence).get(key)) for key in _SERVICES}
    if not named["ContentProducer"]:
        return undetermined("no producer is named")
    # A name in words may stand in place of a code, so that only what begins and ends like a code is
    # held to the form of one.
    codes = {
        key: value
        for key, value in named.items()
        if value.startswith("00") and len(value) == _CODE_SIZE
    }
    for key, code in codes.items():
        read = _CODE.fullmatch(code)
        if read is None:
            return failed("{code} is not a service provider code", code=code)
        if read[1] not in (None, _SERVICES[key]):
            return failed(
                "{code} in {key} is the code of another kind of service", code=code, key=key
            )
    if codes:
        return passed("has the form of a code; whether it was assigned, a file does not show")
    return passed("a name instead of a code")


def _placed(evidence: Evidence) -> Verdict:
    for label in _labels(evidence):
        if not label.is_primary:
            return failed(
                "the label is in {place}, not in the place for this format", place=label.place
            )
    return passed("in the place for this format")


def _propagator(evidence: Evidence) -> Verdict:
    fields = _fields(evidence)
    filled = [key for key in ("ContentPropagator", "PropagateID") if fields.get(key)]
    if len(filled) == 1:
        return failed("{filled} is filled alone", filled=filled[0])
    # Who makes content cannot know who will spread it: the two fields are of those who do.
    if filled and evidence.inputs.get("role") in ("builder", "creator"):
        return failed("a producer leaves the fields of platforms empty")
    if not filled and evidence.inputs.get("role") == "distributor":
        return failed("a platform fills both ContentPropagator and PropagateID")
    return passed("both filled" if filled else "both empty")


def _integrity(evidence: Evidence) -> Verdict:
    # The standard leaves to each producer how the field protects content and label.
    if _fields(evidence).get("ReservedCode1"):
        return undetermined("ReservedCode1 follows a scheme that is not known here")
    if evidence.is_valid and evidence.report.integrity is Integrity.INTACT:
        return passed("the signature of the manifest covers the label")
    return failed("ReservedCode1 is empty: nothing protects the label itself")


def _explicit(evidence: Evidence) -> Verdict:
    declared = evidence.notices
    fitting = [each for each in declared if names_generated_ai(text(each.fields.get("text")))]
    if declared and not fitting:
        return failed("no label says both AI (人工智能) and generated (生成 or 合成)")
    small = [size for each in fitting if _is_small(size := each.fields.get("size"))]
    if declared and len(small) == len(fitting):
        return failed(
            "the letters have {small} of the shorter side, not 5 %", small=f"{small[0]:.1%}"
        )
    large = [_measured(each) for each in fitting if not _is_small(each.fields.get("size"))]
    return perceived(evidence, large, Message("no visible or audible label is declared"))


def _is_small(size: object) -> TypeGuard[float]:
    """Whether letters are smaller than GB 45438-2025 wants them; unknown sizes are not."""
    return isinstance(size, float) and size < _SMALLEST


def _measured(notice: DeclaredNotice) -> DeclaredNotice:
    """The label, which is not shown to be there as long as the height of its letters is not."""
    is_known = notice.fields.get("type") == "audible" or "size" in notice.fields
    if is_known or notice.presence is not Presence.PRESENT:
        return notice
    return notice._replace(presence=Presence.UNDETERMINED)


def _kept(evidence: Evidence) -> Verdict:
    before = evidence.before
    listed = changes(before, evidence) if before else ()
    labels = [each for each in listed if each.carrier == "aigc label"]
    if gone := [each for each in labels if not each.is_kept]:
        return failed("the AIGC label was {how}", how=gone[0].how)
    if told := labels_kept(evidence):
        return told
    if not labels:
        return undetermined("the file had no AIGC label before")
    return passed("the label is kept")


def _agrees(evidence: Evidence) -> Verdict:
    if _fields(evidence).get("Label") != "1":
        return undetermined("no label says that it is AI-generated")
    if evidence.denies_ai:
        return failed("the label says AI, the manifest denies it")
    return passed("the manifest does not deny it")


def has_label(evidence: Evidence) -> Verdict | None:
    """There is a label to look at."""
    return None if _labels(evidence) else undetermined("there is no AIGC label")


def has_fields(evidence: Evidence) -> Verdict | None:
    """There is a label that can be read."""
    if _fields(evidence):
        return None
    return has_label(evidence) or undetermined("the AIGC label cannot be read")


PROFILE: Final = Profile(
    "cn-gb45438",
    "China, GB 45438-2025",
    (Edition("2025-09-01", _SINCE, "measures and standard in force"),),
    (
        Rule(
            id="CN-001",
            source=sources.CHINA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="there is an implicit label",
            citation=f"{_MEASURES}, Art. 5; {_STANDARD}",
            evidence="AIGC label in XMP, RIFF, ID3, Vorbis comments, MP4 keys and PNG text",
            fix="write the label before signing",
            check=_there,
            premise=ai_content,
            since=_SINCE,
        ),
        Rule(
            id="CN-002",
            source=sources.CHINA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="there is exactly one label",
            citation=_STANDARD,
            evidence="all AIGC labels",
            fix="remove all but the one in the place for the format",
            check=_one,
            premise=has_label,
            since=_SINCE,
        ),
        Rule(
            id="CN-003",
            source=sources.CHINA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="the label has its seven fields",
            citation=_STANDARD,
            evidence="JSON of the label",
            fix="write it anew",
            check=_structure,
            premise=has_label,
            since=_SINCE,
        ),
        Rule(
            id="CN-004",
            source=sources.CHINA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="the label says that it is AI-generated",
            citation=_STANDARD,
            evidence="Label",
            fix='write "1"',
            check=_value,
            premise=has_fields,
            since=_SINCE,
        ),
        Rule(
            id="CN-005",
            source=sources.CHINA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="producer and content number are named",
            citation=f"{_MEASURES}, Art. 5",
            evidence="ContentProducer, ProduceID",
            fix="fill both",
            check=_producer,
            premise=has_fields,
            since=_SINCE,
        ),
        Rule(
            id="CN-006",
            source=sources.CHINA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="values are printable ASCII",
            citation=_STANDARD,
            evidence="all values",
            fix="write names in Latin letters without spaces, or the provider's code",
            check=_charset,
            premise=has_fields,
            since=_SINCE,
        ),
        Rule(
            id="CN-007",
            source=sources.CHINA_CODES,
            addressee=Addressee.PROVIDER,
            severity=WARNING,
            title="a provider code has its form",
            citation="TC260-PG-20252A",
            evidence="ContentProducer, ContentPropagator",
            fix="use the code that was assigned, or a name; never invent one",
            check=_code,
            premise=has_fields,
            since=_SINCE,
        ),
        Rule(
            id="CN-008",
            source=sources.CHINA_GUIDES,
            addressee=Addressee.PROVIDER,
            severity=WARNING,
            title="the label is in the place for the format",
            citation="TC260 practice guides, August 2025",
            evidence="where the label was found",
            fix="write it where the guide for the format says",
            check=_placed,
            premise=has_label,
            since=_SINCE,
        ),
        Rule(
            id="CN-009",
            source=sources.CHINA,
            addressee=Addressee.PLATFORM,
            severity=WARNING,
            title="platforms fill their fields of the label, both of them",
            citation=f"{_MEASURES}, Art. 6",
            evidence="ContentPropagator, PropagateID; input role",
            fix="platforms: `aidisclose sign FILE --aigc-propagator NAME --aigc-propagate-id ID`",
            check=_propagator,
            premise=has_fields,
            since=_SINCE,
        ),
        Rule(
            id="CN-010",
            source=sources.CHINA,
            addressee=Addressee.PROVIDER,
            severity=INFO,
            title="the label protects itself",
            citation=_STANDARD,
            evidence="ReservedCode1",
            fix="sign the file: the manifest protects the label as well",
            check=_integrity,
            premise=has_fields,
            since=_SINCE,
        ),
        Rule(
            id="CN-011",
            source=sources.CHINA,
            addressee=Addressee.PROVIDER,
            severity=WARNING,
            title="there is an explicit label",
            citation=f"{_MEASURES}, Art. 4",
            evidence="texts and `size` of `direct` in the record and its pixels; input label-seen",
            fix="put a label on it that says 人工智能 or AI, and 生成 or 合成: `--wording cn`",
            check=_explicit,
            premise=ai_content,
            since=_SINCE,
        ),
        Rule(
            id="CN-012",
            source=sources.CHINA,
            addressee=Addressee.PLATFORM,
            severity=ERROR,
            title="the label is not removed",
            citation=f"{_MEASURES}, Art. 10",
            evidence="the file before and after, and its labels; input label-seen",
            fix="let the step keep metadata",
            check=_kept,
            premise=has_before,
            is_about_step=True,
            since=_SINCE,
        ),
        Rule(
            id="CN-013",
            source=sources.CHINA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="the label agrees with the manifest",
            citation=_STANDARD,
            evidence="Label against the source types",
            fix="write both in one step",
            check=_agrees,
            premise=has_label,
            since=_SINCE,
        ),
    ),
)
