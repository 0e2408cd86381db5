"""EU AI Act, Article 50, with the Code of Practice on AI-generated content.

Regulation (EU) 2024/1689; Regulation (EU) 2026/1744 gives systems that were on the market before
2 August 2026 until 2 December 2026 for paragraph 2.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final

from aidisclose.manifest.actions import CREATED, OPENED
from aidisclose.policy import softbinding
from aidisclose.policy.evidence import Evidence, text
from aidisclose.policy.premises import ai_content, ai_or_damaged, every, has_before, has_manifest
from aidisclose.policy.profiles.cross import kept
from aidisclose.policy.profiles.pai import private
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
from aidisclose.validate.report import State

_MARKING: Final = "Regulation (EU) 2024/1689, Art. 50(2)"
_LABELLING: Final = "Regulation (EU) 2024/1689, Art. 50(4)"
_ACCESS: Final = "Regulation (EU) 2024/1689, Art. 50(5)"
_CODE: Final = "Code of Practice on AI-generated content (2026-06-10)"
_APPLIES: Final = date(2026, 8, 2)
_LEGACY: Final = date(2026, 12, 2)
#: Says that a signer is not known, not that the manifest is not valid.
_DISTRUST: Final = "signingCredential.untrusted"
_EXCEPTIONS: Final = ("artistic", "assistive", "editorial")


def _marked(evidence: Evidence) -> Verdict:
    if evidence.ai_actions:
        action = evidence.ai_actions[0]
        return passed(f"{action.name} has the source type {action.source_type}")
    if "c2pa" in evidence.carriers:
        return warned("only an earlier manifest says that AI was used")
    if evidence.carriers:
        return failed(f"AI is declared in {', '.join(evidence.carriers)} only, which is not signed")
    return failed("no machine-readable mark says that AI was used")


def signed(evidence: Evidence) -> Verdict:
    """A valid signature binds the manifest to the content."""
    if evidence.is_valid:
        return passed("the signature is valid and the content is what was signed")
    if evidence.report.state is State.INVALID:
        codes = [item.code for item in evidence.report.failures if item.code != _DISTRUST]
        return failed(f"the manifest is not valid: {codes[0] if codes else 'no good signature'}")
    if evidence.xmp("dcterms:provenance"):
        return undetermined("the manifest is elsewhere, and nothing was fetched")
    return failed("the file has no manifest")


def _trusted(evidence: Evidence) -> Verdict:
    status = evidence.report.trust
    if evidence.is_vouched_for:
        return passed("an anchor that you trust vouches for the signer")
    if status == "trusted":
        return failed("only test credentials vouch for the signer: nobody else trusts them")
    if status == "not_checked":
        return undetermined("no trust anchors were given (--trust)")
    return failed(f"the signer is {status}: private trust is not interoperable")


def stamped(evidence: Evidence) -> Verdict:
    """A trusted time stamp proves when it was signed."""
    stamp = evidence.report.signature.timestamp if evidence.report.signature else None
    if stamp and stamp.is_trusted:
        return passed(f"time-stamped on {stamp.time:%Y-%m-%d} by {stamp.authority}")
    if stamp:
        return warned(f"the time stamp of {stamp.authority or 'its authority'} is not trusted")
    if any(action.when for action in evidence.actions):
        return failed("only the signer says when: no time stamp")
    return failed("no time stamp")


def _watermarked(evidence: Evidence) -> Verdict:
    kinds = [softbinding.ALGORITHMS.get(alg) for alg in evidence.soft_bindings]
    names = {action.name for action in evidence.actions}
    if softbinding.WATERMARK in kinds or "c2pa.watermarked.unbound" in names:
        return undetermined("a watermark is declared; only its detector shows whether it is there")
    return failed("no second layer: no watermark of a registered algorithm is declared")


def _not_alone(evidence: Evidence) -> Verdict:
    kinds = {softbinding.ALGORITHMS.get(alg) for alg in evidence.soft_bindings}
    if not evidence.soft_bindings:
        return undetermined("no soft binding is declared")
    if kinds == {softbinding.FINGERPRINT}:
        return failed("a fingerprint alone is no layer of marking")
    return passed("the soft binding is not only a fingerprint")


def _distinguished(evidence: Evidence) -> Verdict:
    names = {action.name for action in evidence.actions}
    if CREATED in names and evidence.ai_actions:
        return passed("generated: created with AI")
    if OPENED in names and evidence.ai_actions:
        return passed("manipulated: something that existed was opened and changed with AI")
    return failed("the actions do not say whether it was generated or manipulated")


def _private_core(evidence: Evidence) -> Verdict:
    return private(evidence, apart_from="cawg.metadata")


def _deepfake(evidence: Evidence) -> Verdict:
    stated = evidence.inputs.get("deepfake")
    if stated is None:
        return undetermined("whether it is a deep fake: state --input deepfake=yes or no")
    if stated == "no":
        return passed("does not apply: you state that it is no deep fake")
    labels = [text(item.get("text")) for item in evidence.direct]
    if not labels:
        return failed("no label is declared for a deep fake")
    if not any(re.search(r"\bAI\b", label) for label in labels):
        return failed('the label does not have "AI" in capitals')
    return undetermined("a label is declared; whether it can be seen, a file does not show")


def _announced(evidence: Evidence) -> Verdict:
    if not evidence.report.media_type.startswith("audio/"):
        return passed("does not apply: not sound alone")
    if evidence.inputs.get("deepfake") == "no":
        return passed("does not apply: you state that it is no deep fake")
    found = [item for item in evidence.direct if item.get("type") == "audible"]
    if not found:
        return failed("no spoken notice is declared")
    if found[0].get("start") != 0:
        return failed("the spoken notice is not at the start")
    return undetermined("declared; what can be heard, a file does not show")


def _accessible(evidence: Evidence) -> Verdict:
    if not evidence.direct:
        return undetermined("whether a text alternative comes with it, the file does not show")
    silent = [item for item in evidence.direct if not text(item.get("text"))]
    if silent:
        return failed(f"the {silent[0].get('type')} is declared without its text")
    return passed("the text of what viewers are told is in the record")


def _exceptions(evidence: Evidence) -> Verdict:
    stated = [f"{name}={evidence.inputs[name]}" for name in _EXCEPTIONS if name in evidence.inputs]
    said = f"you state {', '.join(stated)}" if stated else "you state none"
    return undetermined(f"exceptions are not in the file; {said}")


def _in_force(evidence: Evidence) -> Verdict:
    day, placed = evidence.as_of, evidence.placed_on_market
    if day < _APPLIES:
        return passed(f"Art. 50 applies from {_APPLIES}, not yet on {day}")
    if day >= _LEGACY:
        return passed(f"applies to all systems on {day}")
    if placed is None:
        message = f"systems of before {_APPLIES} have until {_LEGACY}"
        return undetermined(f"{message}: state --input placed-on-market=DATE")
    if placed < _APPLIES:
        return warned(f"Art. 50(2) applies from {_LEGACY} to a system of {placed}")
    return passed(f"applies on {day} to a system of {placed}")


def _format(evidence: Evidence) -> Verdict:
    kind = evidence.report.media_type
    if kind.startswith(("image/", "video/", "audio/")) or kind == "application/pdf":
        return passed(f"{kind} can carry both layers")
    if kind.startswith("text/"):
        return undetermined("plain text: a watermark is the only layer, below 200 tokens none")
    return warned(f"which layers {kind or 'this format'} can carry is not settled")


_MANIFESTED: Final = every(ai_content, has_manifest)


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
                "EU-001",
                ERROR,
                "output is marked as made with AI, machine-readably",
                f"{_MARKING}; {_CODE}, measure 1.1.1",
                "source types of the actions in the active manifest",
                "`aidisclose sign FILE --ai generated|composite|edited`",
                _marked,
                ai_content,
            )
        ),
        _marking(
            Rule(
                "EU-002",
                ERROR,
                "the mark is signed and shows tampering",
                f"{_CODE}, measure 1.1.1",
                "signature and hash of the content",
                "sign the file; change nothing afterwards",
                signed,
                ai_or_damaged,
            )
        ),
        _marking(
            Rule(
                "EU-003",
                WARNING,
                "the signature is interoperable",
                _MARKING,
                "certificate chain, against your anchors",
                "sign with a certificate of an authority on the C2PA trust list",
                _trusted,
                _MANIFESTED,
            )
        ),
        _marking(
            Rule(
                "EU-004",
                WARNING,
                "the mark is time-stamped",
                f"{_CODE}, measure 1.1.1",
                "RFC 3161 time stamp of the signature",
                "sign with --tsa URL",
                stamped,
                _MANIFESTED,
            )
        ),
        _marking(
            Rule(
                "EU-005",
                WARNING,
                "there is a second layer: an imperceptible watermark",
                f"{_CODE}, measure 1.1.2",
                "soft binding of a registered watermark, or an unbound watermark action",
                "add a watermark before signing and declare it",
                _watermarked,
                _MANIFESTED,
            )
        ),
        _marking(
            Rule(
                "EU-006",
                WARNING,
                "a fingerprint is not the only further layer",
                f"{_CODE}, measure 1.1.3",
                "kind of the soft bindings in the registry",
                "declare a watermark as well",
                _not_alone,
                _MANIFESTED,
            )
        ),
        _marking(
            Rule(
                "EU-007",
                WARNING,
                "generated and manipulated can be told apart",
                f"{_CODE}, measure 1.1.1",
                "created or opened, and source types of the actions",
                "use --ai generated for what is new, --ai edited for what was changed",
                _distinguished,
                _MANIFESTED,
            )
        ),
        _marking(
            Rule(
                "EU-008",
                ERROR,
                "marks of the input are kept",
                f"{_CODE}, measure 1.2",
                "the file before and after",
                "sign the result with the source as --parent",
                kept,
                has_before,
            )
        ),
        _marking(
            Rule(
                "EU-009",
                WARNING,
                "private data stays out of the mark",
                f"{_CODE}, measure 1.1.1",
                "positions, mail addresses and prompt authors outside of cawg.metadata",
                "put them into cawg.metadata, or leave them out",
                _private_core,
                has_manifest,
            )
        ),
        Rule(
            "EU-010",
            WARNING,
            "a deep fake is labelled",
            f"{_LABELLING}; {_CODE}, section 2",
            "`direct` of the record; input deepfake",
            "put a label with AI in capitals on it (`aidisclose label`)",
            _deepfake,
            since=_APPLIES,
        ),
        Rule(
            "EU-011",
            WARNING,
            "sound alone begins with a spoken notice",
            f"{_LABELLING}; {_CODE}, section 2",
            "audible disclosure of the record from second 0",
            "prefix a spoken notice and record it",
            _announced,
            ai_content,
            since=_APPLIES,
        ),
        Rule(
            "EU-012",
            INFO,
            "the disclosure is accessible",
            _ACCESS,
            "text of `direct` in the record",
            "record the text of every label and notice",
            _accessible,
            ai_content,
            since=_APPLIES,
        ),
        Rule(
            "EU-013",
            INFO,
            "exceptions are stated by whoever claims them",
            f"{_MARKING} and 50(4)",
            "inputs artistic, assistive, editorial",
            "state them with --input, and keep the reasons",
            _exceptions,
        ),
        Rule(
            "EU-014",
            INFO,
            "the obligation applies on the day that counts",
            "Regulation (EU) 2026/1744",
            "--as-of; input placed-on-market",
            "state --input placed-on-market=DATE",
            _in_force,
        ),
        Rule(
            "EU-015",
            INFO,
            "the format can carry the layers",
            f"{_CODE}, measure 1.1",
            "media type",
            "put text into a container that can be signed, such as PDF",
            _format,
        ),
    ),
)
