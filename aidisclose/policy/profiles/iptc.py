"""IPTC Photo Metadata Standard 2025.1, with the PLUS and CAWG opt-outs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from aidisclose.manifest.source_type import Share
from aidisclose.policy import sources
from aidisclose.policy.checks import metadata_fits
from aidisclose.policy.evidence import Evidence, find_type
from aidisclose.policy.premises import ai_content, has_manifest, was_signed
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
)
from aidisclose.policy.sources import Addressee
from aidisclose.validate.state import Integrity

_STANDARD: Final = "IPTC Photo Metadata Standard 2025.1"
_VOCABULARY: Final = "IPTC Digital Source Type NewsCodes, 2024-10-23"
_PLUS: Final = "http://ns.useplus.org/ldf/vocab/"
_DMI: Final = frozenset(
    {
        "DMI-UNSPECIFIED",
        "DMI-ALLOWED",
        "DMI-PROHIBITED",
        "DMI-PROHIBITED-AIMLTRAINING",
        "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING",
        "DMI-PROHIBITED-GENAIMLTRAINING",
        "DMI-PROHIBITED-SEECONSTRAINT",
        "DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR",
        "DMI-PROHIBITED-SEELINKEDRIGHTSEXPR",
    }
)
_SYSTEM: Final = "Iptc4xmpExt:AISystemUsed"
_VERSION: Final = "Iptc4xmpExt:AISystemVersionUsed"
_PROMPTS: Final = ("Iptc4xmpExt:AIPromptInformation", "Iptc4xmpExt:AIPromptWriterName")
_MINING: Final = "plus:DataMining"


def _there(evidence: Evidence) -> Verdict:
    """XMP says what everything else says: that AI was used."""
    if not evidence.source_types:
        return failed("XMP has no DigitalSourceType")
    said = [found for found in map(find_type, evidence.source_types) if found]
    if said and all(found.share is Share.NONE for found in said):
        return failed("XMP has {term}, which says that no AI was used", term=said[0].term)
    return passed("XMP has {term}", term=evidence.source_types[0])


def _known(evidence: Evidence) -> Verdict:
    unknown = [value for value in evidence.source_types if find_type(value) is None]
    return (
        failed("{unknown} is not a term", unknown=repr(unknown[0]))
        if unknown
        else passed("in the vocabulary")
    )


def _canonical(evidence: Evidence) -> Verdict:
    for value in evidence.source_types:
        found = find_type(value)
        if found is None:
            return undetermined("{value} is not a term", value=repr(value))
        # Programs compare it as text: an address with https or a slash behind is another term to
        # them.
        if value != found.uri:
            return failed("{value} is written {uri}", value=value, uri=found.uri)
    return passed("written as the vocabulary has it")


def _current(evidence: Evidence) -> Verdict:
    for value in evidence.source_types:
        found = find_type(value)
        if found and found.successor is not None:
            if found.successor:
                return failed(
                    "{term} is retired; use {other}", term=found.term, other=found.successor
                )
            return failed("{term} is retired", term=found.term)
    return passed("no retired term")


def _single(evidence: Evidence) -> Verdict:
    count = len(evidence.source_types)
    return passed("one") if count == 1 else failed("{count} values, one is permitted", count=count)


def _system(evidence: Evidence) -> Verdict:
    has_name, has_version = bool(evidence.xmp(_SYSTEM)), bool(evidence.xmp(_VERSION))
    if has_name and has_version:
        return passed("system and version")
    if has_name or has_version:
        return failed("a system without a version" if has_name else "a version without a system")
    return undetermined("XMP names no AI system; whether there was one it does not show")


def _prompt(evidence: Evidence) -> Verdict:
    there = [name for name in _PROMPTS if evidence.xmp(name)]
    if there:
        return failed("{there} is there for everybody to read", there=", ".join(there))
    return passed("no prompt and no name of its author")


def _namespace(evidence: Evidence) -> Verdict:
    problems = evidence.marks.problems
    if problems:
        return failed(problems[0])
    if evidence.source_types:
        return passed("properties are in their namespaces")
    return undetermined("there is no XMP with a source type")


def _mining(evidence: Evidence) -> Verdict:
    values = evidence.xmp(_MINING)
    if not values:
        return undetermined("no statement on data mining, which is optional")
    # Some programs write the term alone, without the namespace of the vocabulary.
    term = values[0].removeprefix(_PLUS)
    return (
        passed(term)
        if term in _DMI
        else failed("{value} is not a term of PLUS", value=repr(values[0]))
    )


def _opt_outs(evidence: Evidence) -> Verdict:
    said = tuple(_permissions(evidence))
    if len(said) < 2:
        return undetermined("fewer than two statements on mining and training")
    names = " and ".join(dict.fromkeys(name for name, _ in said))
    if len({is_permitted for _, is_permitted in said}) == 1:
        return passed("{names} agree", names=names)
    return failed("what {names} say is contradictory", names=names)


def _permissions(evidence: Evidence) -> Iterator[tuple[str, bool]]:
    """Whether generative training is permitted, by who says so."""
    for value in evidence.xmp(_MINING):
        term = value.removeprefix(_PLUS)
        if term in _DMI and term != "DMI-UNSPECIFIED":
            # Every other term forbids it, alone or under a condition that no program can judge.
            yield "PLUS", term == "DMI-ALLOWED"
    for item in evidence.report.disclosure.training:
        if item.use == "cawg.ai_generative_training" and item.permission in (
            "allowed",
            "notAllowed",
        ):
            yield "CAWG", item.permission == "allowed"


def _unedited(evidence: Evidence) -> Verdict:
    integrity = evidence.report.integrity
    if integrity is Integrity.INTACT:
        return passed("XMP is what was signed")
    if integrity is Integrity.ALTERED:
        return failed("the file is not what was signed, perhaps its XMP")
    return undetermined("the signature does not cover all of the file")


def has_source_type(evidence: Evidence) -> Verdict | None:
    """There is a source type in XMP to look at."""
    return None if evidence.source_types else undetermined("XMP has no DigitalSourceType")


PROFILE: Final = Profile(
    "iptc",
    _STANDARD,
    (Edition("2025.1", date(2025, 11, 4), "with the properties for AI systems"),),
    (
        Rule(
            id="IPTC-001",
            source=sources.IPTC,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="the digital source type says that AI was used",
            citation=_STANDARD,
            evidence="DigitalSourceType in XMP",
            fix="write XMP before signing",
            check=_there,
            premise=ai_content,
        ),
        Rule(
            id="IPTC-002",
            source=sources.IPTC,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="the source type is a term of the vocabulary",
            citation=_VOCABULARY,
            evidence="DigitalSourceType in XMP",
            fix="use a term of cv.iptc.org/newscodes/digitalsourcetype",
            check=_known,
            premise=has_source_type,
        ),
        Rule(
            id="IPTC-003",
            source=sources.IPTC,
            addressee=Addressee.ANYONE,
            severity=WARNING,
            title="the source type is written canonically",
            citation=_VOCABULARY,
            evidence="DigitalSourceType in XMP",
            fix="write the URI with http, without a slash at its end",
            check=_canonical,
            premise=has_source_type,
        ),
        Rule(
            id="IPTC-004",
            source=sources.IPTC,
            addressee=Addressee.ANYONE,
            severity=WARNING,
            title="the source type is not retired",
            citation=_VOCABULARY,
            evidence="DigitalSourceType in XMP",
            fix="use the term that replaces it",
            check=_current,
            premise=has_source_type,
        ),
        Rule(
            id="IPTC-005",
            source=sources.IPTC,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="there is one source type only",
            citation=_STANDARD,
            evidence="DigitalSourceType in XMP",
            fix="remove all but one",
            check=_single,
            premise=has_source_type,
        ),
        Rule(
            id="IPTC-006",
            source=sources.IPTC,
            addressee=Addressee.ANYONE,
            severity=WARNING,
            title="AI system and version are named together",
            citation=_STANDARD,
            evidence="AISystemUsed, AISystemVersionUsed",
            fix="name both",
            check=_system,
        ),
        Rule(
            id="IPTC-007",
            source=sources.IPTC,
            addressee=Addressee.ANYONE,
            severity=INFO,
            title="prompts are not published by mistake",
            citation=_STANDARD,
            evidence="AIPromptInformation, AIPromptWriterName",
            fix="remove them, unless they are meant to be public",
            check=_prompt,
        ),
        Rule(
            id="IPTC-008",
            source=sources.IPTC,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="properties are in their namespaces",
            citation=_STANDARD,
            evidence="XMP that cannot be read or is in a wrong namespace",
            fix="write XMP anew",
            check=_namespace,
        ),
        Rule(
            id="IPTC-009",
            source=sources.IPTC,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="the statement on data mining is a term of PLUS",
            citation="PLUS LDF, Data Mining",
            evidence="plus:DataMining",
            fix="use a term such as DMI-PROHIBITED-GENAIMLTRAINING",
            check=_mining,
        ),
        Rule(
            id="IPTC-010",
            source=sources.IPTC,
            addressee=Addressee.ANYONE,
            severity=WARNING,
            title="opt-outs agree",
            citation="PLUS LDF; CAWG training and data mining 1.1",
            evidence="plus:DataMining, cawg.training-mining",
            fix="say the same everywhere",
            check=_opt_outs,
            premise=has_manifest,
        ),
        Rule(
            id="IPTC-011",
            source=sources.IPTC,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="metadata in the manifest is where it may be",
            citation="C2PA 2.2, appendix B",
            evidence="properties in c2pa.metadata",
            fix="put AI properties and plus:DataMining into cawg.metadata",
            check=metadata_fits,
            premise=has_manifest,
        ),
        Rule(
            id="IPTC-012",
            source=sources.IPTC,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="XMP was not edited after signing",
            citation="C2PA 2.5 §14",
            evidence="hash of the content",
            fix="write XMP first, and sign last",
            check=_unedited,
            premise=was_signed,
        ),
    ),
)
