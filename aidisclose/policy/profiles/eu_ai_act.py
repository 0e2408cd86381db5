"""EU AI Act, Article 50, with the Code of Practice on AI-generated content.

Regulation (EU) 2024/1689; Regulation (EU) 2026/1744 gives systems that were on the market before
2 August 2026 until 2 December 2026 for paragraph 2.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from aidisclose.manifest import softbinding
from aidisclose.manifest.actions import CREATED, OPENED
from aidisclose.message import Message
from aidisclose.policy import sources
from aidisclose.policy.checks import (
    announced,
    kept,
    labelled,
    labelled_unless_artistic,
    private,
    signed,
)
from aidisclose.policy.evidence import Evidence, text
from aidisclose.policy.premises import (
    ai_content,
    ai_or_damaged,
    every,
    has_before,
    has_manifest,
    informs_public,
    not_assistive,
    unstated,
)
from aidisclose.policy.rule import (
    ANCHORS,
    ERROR,
    INFO,
    WARNING,
    Edition,
    Profile,
    Rule,
    Verdict,
    failed,
    inapplicable,
    passed,
    undetermined,
    warned,
)
from aidisclose.policy.sources import Addressee
from aidisclose.validate.state import State
from aidisclose.validate.watermarks import Presence

_MARKING: Final = "Regulation (EU) 2024/1689, Art. 50(2)"
_LABELLING: Final = "Regulation (EU) 2024/1689, Art. 50(4)"
_ACCESS: Final = "Regulation (EU) 2024/1689, Art. 50(5)"
_CODE: Final = "Code of Practice on AI-generated content (2026-06-10)"
_APPLIES: Final = date(2026, 8, 2)
_LEGACY: Final = date(2026, 12, 2)
_EXCEPTIONS: Final = ("artistic", "assistive", "editorial")


def _marked(evidence: Evidence) -> Verdict:
    if evidence.ai_actions:
        action = evidence.ai_actions[0]
        return passed(
            "{name} has the source type {source_type}",
            name=action.name,
            source_type=action.source_type,
        )
    others = [each for each in evidence.carriers if each != "c2pa"]
    if others:
        where = ", ".join(others)
        if evidence.report.state is State.INVALID:
            return warned("AI is declared in {where} only; the manifest is not valid", where=where)
        # Art. 50(2) asks for a mark that machines read; that it is signed, the Code does (EU-002).
        return passed("AI is declared in {where}", where=where)
    if evidence.carriers:
        return warned(
            "no action of the manifest says that AI was used, only another part or an earlier "
            "manifest"
        )
    return failed("no machine-readable mark says that AI was used")


def _trusted(evidence: Evidence) -> Verdict:
    status = evidence.report.trust
    if evidence.is_vouched_for:
        return passed("{voucher} vouches for the signer", voucher=evidence.voucher)
    if status == "trusted":
        return failed("only test credentials vouch for the signer: nobody else trusts them")
    if status == "not_checked":
        return undetermined("no trust anchors were given", asks=ANCHORS)
    return failed(
        "the signer is {status}: private trust is not interoperable", status=Message(status)
    )


def stamped(evidence: Evidence) -> Verdict:
    """A trusted time stamp proves when it was signed."""
    stamp = evidence.stamp
    if stamp and stamp.is_trusted:
        return passed(
            "time-stamped on {time} by {authority}",
            time=f"{stamp.time:%Y-%m-%d}",
            authority=stamp.authority,
        )
    if stamp:
        return warned(
            "the time stamp of {authority} is not trusted",
            authority=stamp.authority or Message("its authority"),
        )
    if any(action.when for action in evidence.actions):
        return failed("only the signer says when: no time stamp")
    return failed("no time stamp")


def _watermarked(evidence: Evidence) -> Verdict:
    kinds = [softbinding.ALGORITHMS.get(alg) for alg in evidence.soft_bindings]
    names = {action.name for action in evidence.actions}
    presence = evidence.watermark(is_registered=True)
    if presence is Presence.PRESENT:
        return passed("the watermark that is declared is in the content")
    if presence in (Presence.ABSENT, Presence.DIFFERENT):
        return failed("the watermark that is declared is not in the content")
    # An unbound watermark leads to no manifest; a layer of marking it is all the same.
    if softbinding.WATERMARK in kinds or "c2pa.watermarked.unbound" in names:
        return undetermined("a watermark is declared; only its detector shows whether it is there")
    return failed("no second layer: no watermark of a registered algorithm is declared")


def _not_alone(evidence: Evidence) -> Verdict:
    kinds = {softbinding.ALGORITHMS.get(alg) for alg in evidence.soft_bindings}
    if not evidence.soft_bindings:
        return undetermined("no soft binding is declared")
    # It is computed from the content and kept elsewhere: nothing of it marks the content.
    if kinds == {softbinding.FINGERPRINT}:
        return failed("a fingerprint alone is not a layer of marking")
    return passed("the soft binding is not only a fingerprint")


def _distinguished(evidence: Evidence) -> Verdict:
    names = {action.name for action in evidence.actions}
    if evidence.is_created_with_ai:
        return passed("generated: created with AI")
    if names & {CREATED, OPENED} and evidence.ai_actions:
        return passed("manipulated: something that existed was changed with AI")
    return failed("the actions do not say whether it was generated or manipulated")


def _private_core(evidence: Evidence) -> Verdict:
    return private(evidence, apart_from="cawg.metadata")


def _is_deepfake(evidence: Evidence) -> Verdict | None:
    stated = evidence.stated("deepfake")
    if stated is None:
        return unstated("deepfake")
    return inapplicable("you state that it is not a deep fake") if stated == "no" else None


def _is_sound(evidence: Evidence) -> Verdict | None:
    is_sound = evidence.report.media_type.startswith("audio/")
    return None if is_sound else inapplicable("not sound alone")


def _accessible(evidence: Evidence) -> Verdict:
    """Whoever does not see a label is told by the text alternative, which the file may carry."""
    if not evidence.direct:
        return undetermined("no label or notice is declared")
    silent = [item for item in evidence.direct if not text(item.get("text"))]
    if silent:
        return failed("the {kind} is declared without its text", kind=silent[0].get("type"))
    seen = [text(item.get("text")) for item in evidence.direct if item.get("type") != "audible"]
    if not seen:
        return undetermined("the notice is sound: whether its words are shown too, no file shows")
    # The only text alternative that stands in a file; that of a page stands in the page.
    alternatives = evidence.xmp("Iptc4xmpCore:AltTextAccessibility")
    if not alternatives:
        return undetermined("the file has no text alternative; its page may have one (alt=…)")
    said = _folded(alternatives[0])
    missing = [each for each in seen if _folded(each) not in said]
    if missing:
        return failed("the text alternative does not say {missing}", missing=repr(missing[0]))
    return passed("the text alternative says {seen} as well", seen=repr(seen[0]))


def _folded(value: str) -> str:
    """The words, without the differences that a screen reader does not speak."""
    return " ".join(value.casefold().replace("-", " ").split())


def _exceptions(evidence: Evidence) -> Verdict:
    stated = [f"{name}={evidence.inputs[name]}" for name in _EXCEPTIONS if name in evidence.inputs]
    if not stated:
        return undetermined("exceptions are not in the file; you state none")
    return undetermined(
        "exceptions are not in the file; you state {stated}", stated=", ".join(stated)
    )


def _in_force(evidence: Evidence) -> Verdict:
    day, placed = evidence.as_of, evidence.placed_on_market
    if day < _APPLIES:
        return passed("Art. 50 applies from {applies}, not yet on {day}", applies=_APPLIES, day=day)
    if day >= _LEGACY:
        return passed("applies to all systems on {day}", day=day)
    if placed is None:
        return undetermined(
            "systems of before {day} have until {end}",
            day=_APPLIES,
            end=_LEGACY,
            asks="placed-on-market",
        )
    if placed < _APPLIES:
        return warned(
            "Art. 50(2) applies from {legacy} to a system of {placed}",
            legacy=_LEGACY,
            placed=placed,
        )
    return passed("applies on {day} to a system of {placed}", day=day, placed=placed)


def _format(evidence: Evidence) -> Verdict:
    kind = evidence.report.media_type
    if kind.startswith(("image/", "video/", "audio/")) or kind == "application/pdf":
        return passed("{kind} can carry both layers", kind=kind)
    if kind.startswith("text/"):
        return undetermined("plain text: a watermark is the only layer, below 200 tokens none")
    return warned(
        "which layers {kind} can carry is not settled", kind=kind or Message("this format")
    )


_MANIFESTED: Final = every(not_assistive, ai_content, has_manifest)
_OF_AI: Final = every(not_assistive, ai_content)
_SIGNED: Final = every(not_assistive, ai_or_damaged)


def _marking(rule: Rule) -> Rule:
    """A rule that is required since paragraph 2 applies, later of older systems."""
    return replace(rule, since=_APPLIES, legacy_since=_LEGACY)


PROFILE: Final = Profile(
    "eu-ai-act",
    "EU AI Act, Article 50, and Code of Practice",
    (
        Edition("2026-08-02", _APPLIES, "Art. 50 applies; older systems until 2026-12-02"),
        Edition("2026-12-02", _LEGACY, "Art. 50(2) applies to all systems"),
    ),
    (
        _marking(
            Rule(
                id="EU-001",
                source=sources.AI_ACT,
                addressee=Addressee.PROVIDER,
                severity=ERROR,
                title="output is marked as made with AI, machine-readably",
                citation=_MARKING,
                evidence="source types in a valid manifest and in XMP, comments, AIGC label",
                fix="`aidisclose sign FILE --ai generated|composite|edited`",
                check=_marked,
                premise=_OF_AI,
            )
        ),
        _marking(
            Rule(
                id="EU-002",
                source=sources.EU_CODE,
                addressee=Addressee.PROVIDER,
                severity=ERROR,
                title="the mark is signed and shows tampering",
                citation=f"{_CODE}, measure 1.1.1",
                evidence="signature and hash of the content",
                fix="sign the file; change nothing afterwards",
                check=signed,
                premise=_SIGNED,
            )
        ),
        _marking(
            Rule(
                id="EU-003",
                source=sources.EU_CODE,
                addressee=Addressee.PROVIDER,
                severity=WARNING,
                title="the signature is interoperable",
                citation=f"{_CODE}; {_MARKING}",
                evidence="certificate chain, against your anchors",
                fix="sign with a certificate of an authority on the C2PA trust list",
                check=_trusted,
                premise=_MANIFESTED,
            )
        ),
        _marking(
            Rule(
                id="EU-004",
                source=sources.EU_CODE,
                addressee=Addressee.PROVIDER,
                severity=WARNING,
                title="the mark is time-stamped",
                citation=f"{_CODE}, measure 1.1.1",
                evidence="RFC 3161 time stamp of the signature",
                fix="sign with --tsa URL",
                check=stamped,
                premise=_MANIFESTED,
            )
        ),
        _marking(
            Rule(
                id="EU-005",
                source=sources.EU_CODE,
                addressee=Addressee.PROVIDER,
                severity=WARNING,
                title="there is a second layer: an imperceptible watermark",
                citation=f"{_CODE}, measure 1.1.2",
                evidence="soft binding of a registered watermark, or an unbound watermark action",
                fix="add a watermark before signing and declare it",
                check=_watermarked,
                premise=_MANIFESTED,
            )
        ),
        _marking(
            Rule(
                id="EU-006",
                source=sources.EU_CODE,
                addressee=Addressee.PROVIDER,
                severity=WARNING,
                title="a fingerprint is not the only further layer",
                citation=f"{_CODE}, measure 1.1.3",
                evidence="kind of the soft bindings in the registry",
                fix="declare a watermark as well",
                check=_not_alone,
                premise=_MANIFESTED,
            )
        ),
        _marking(
            Rule(
                id="EU-007",
                source=sources.EU_CODE,
                addressee=Addressee.PROVIDER,
                severity=ERROR,
                title="generated and manipulated can be told apart",
                citation=f"{_CODE}, measure 1.1.1",
                evidence="created or opened, and source types of the actions",
                fix="use --ai generated for what is new, --ai edited for what was changed",
                check=_distinguished,
                premise=_MANIFESTED,
            )
        ),
        _marking(
            Rule(
                id="EU-008",
                source=sources.EU_CODE,
                addressee=Addressee.PROVIDER,
                severity=ERROR,
                title="marks of the input are kept",
                citation=f"{_CODE}, measure 1.2",
                evidence="the file before and after",
                fix="sign the result with the source as --parent",
                check=kept,
                premise=has_before,
                is_about_step=True,
            )
        ),
        _marking(
            Rule(
                id="EU-009",
                source=sources.EU_CODE,
                addressee=Addressee.PROVIDER,
                severity=WARNING,
                title="private data stays out of the mark",
                citation=f"{_CODE}, measure 1.1.1",
                evidence="positions, mail addresses and prompt authors outside of cawg.metadata",
                fix="put them into cawg.metadata, or leave them out",
                check=_private_core,
                premise=has_manifest,
            )
        ),
        Rule(
            id="EU-010",
            source=sources.AI_ACT,
            addressee=Addressee.DEPLOYER,
            severity=ERROR,
            title="a deep fake is labelled",
            citation=_LABELLING,
            evidence="`direct` of the record and its pixels; inputs deepfake, artistic, label-seen",
            fix="put a label on it (`aidisclose label`) and record it; a mark does not replace it",
            check=labelled_unless_artistic,
            premise=_is_deepfake,
            since=_APPLIES,
        ),
        Rule(
            id="EU-011",
            source=sources.EU_CODE,
            addressee=Addressee.DEPLOYER,
            severity=ERROR,
            title="sound alone begins with a spoken notice",
            citation=f"{_LABELLING}; {_CODE}, section 2",
            evidence="audible disclosure of the record from second 0",
            fix="prefix a spoken notice and record it",
            check=announced,
            premise=every(_is_sound, ai_content, _is_deepfake),
            since=_APPLIES,
        ),
        Rule(
            id="EU-012",
            source=sources.AI_ACT,
            addressee=Addressee.DEPLOYER,
            severity=INFO,
            title="the disclosure is accessible",
            citation=_ACCESS,
            evidence="texts of `direct` in the record; text alternative in XMP",
            fix="repeat the words of the label in the text alternative before signing: "
            "`exiftool -XMP-iptcCore:AltTextAccessibility=TEXT FILE`",
            check=_accessible,
            premise=ai_content,
            since=_APPLIES,
        ),
        Rule(
            id="EU-013",
            source=sources.AI_ACT,
            addressee=Addressee.ANYONE,
            severity=INFO,
            title="exceptions are stated by whoever claims them",
            citation=f"{_MARKING} and 50(4)",
            evidence="inputs artistic, assistive, editorial",
            fix="state them with --input, and keep the reasons",
            check=_exceptions,
        ),
        Rule(
            id="EU-014",
            source=sources.AI_ACT,
            addressee=Addressee.ANYONE,
            severity=INFO,
            title="the obligation applies on the day that counts",
            citation="Regulation (EU) 2026/1744",
            evidence="--as-of; input placed-on-market",
            fix="state --input placed-on-market=DATE",
            check=_in_force,
        ),
        Rule(
            id="EU-015",
            source=sources.EU_CODE,
            addressee=Addressee.ANYONE,
            severity=INFO,
            title="the format can carry the layers",
            citation=f"{_CODE}, measure 1.1",
            evidence="media type",
            fix="put text into a container that can be signed, such as PDF",
            check=_format,
        ),
        Rule(
            id="EU-016",
            source=sources.AI_ACT,
            addressee=Addressee.DEPLOYER,
            severity=ERROR,
            title="AI text on matters of public interest is disclosed",
            citation=_LABELLING,
            evidence="`direct` of the record; inputs public-interest, editorial, label-seen",
            fix="say in the text that AI made it, and record that; or review it and answer for it",
            check=labelled,
            premise=every(informs_public, ai_content),
            since=_APPLIES,
        ),
    ),
)
