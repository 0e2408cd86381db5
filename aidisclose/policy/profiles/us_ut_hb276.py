"""Utah HB 276: latent disclosure by generative AI and by cameras, and platforms that keep it.

Utah Code 13-72c-201 to 203. It addresses providers of systems with more than 1,000,000 monthly
visitors or users; who that is, no file shows.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from aidisclose.policy import sources
from aidisclose.policy.checks import kept, linked, standard, timed
from aidisclose.policy.evidence import Evidence
from aidisclose.policy.premises import ai_content, audiovisual, captured, every, has_before
from aidisclose.policy.rule import (
    ERROR,
    WARNING,
    Edition,
    Profile,
    Rule,
    Verdict,
    failed,
    passed,
    warned,
)
from aidisclose.policy.sources import Addressee

_SINCE: Final = date(2027, 1, 1)
_CAPTURE_SINCE: Final = date(2028, 1, 1)
_CODE: Final = "Utah Code 13-72c"
_AI_MEDIA: Final = every(audiovisual, ai_content)


def _proven(evidence: Evidence) -> Verdict:
    if evidence.ai_actions:
        return passed("a valid signature covers that AI created or altered it")
    if "c2pa" in evidence.carriers:
        return warned(
            "no action of the manifest says that AI was used, only another part or an earlier "
            "manifest"
        )
    if evidence.carriers:
        where = ", ".join(evidence.carriers)
        return linked(evidence) or failed(
            "AI is declared in {where} only, which nobody signed", where=where
        )
    return linked(evidence) or failed("no signature proves whether AI created or altered it")


def _device(evidence: Evidence) -> Verdict:
    if evidence.is_valid:
        return passed("a valid signature covers that a device captured it")
    return failed("neither a signature nor a manufacturer proves that a device captured it")


PROFILE: Final = Profile(
    "us-ut-hb276",
    "Utah HB 276, content provenance",
    (
        Edition("2027-01-01", _SINCE, "takes effect"),
        Edition("2028-01-01", _CAPTURE_SINCE, "cameras produced from this day on"),
    ),
    (
        Rule(
            id="UT-001",
            source=sources.UTAH,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="time and date of the creation or alteration are given",
            citation=f"{_CODE}-203(1)(a)",
            evidence="time stamp, `when` of the AI action, link to a website",
            fix="sign with `aidisclose sign`, which writes `when`; --tsa URL proves it",
            check=timed,
            premise=_AI_MEDIA,
            since=_SINCE,
        ),
        Rule(
            id="UT-002",
            source=sources.UTAH,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="a digital signature proves whether AI created or altered it",
            citation=f"{_CODE}-203(1)(b)",
            evidence="source types of the actions in a valid manifest, link to a website",
            fix="`aidisclose sign FILE --ai generated|composite|edited`",
            check=_proven,
            premise=_AI_MEDIA,
            since=_SINCE,
        ),
        Rule(
            id="UT-003",
            source=sources.UTAH,
            addressee=Addressee.PROVIDER,
            severity=WARNING,
            title="the disclosure is consistent with widely accepted standards",
            citation=f"{_CODE}-203(2)",
            evidence="whether there is a valid C2PA manifest",
            fix="sign the file",
            check=standard,
            premise=_AI_MEDIA,
            since=_SINCE,
        ),
        Rule(
            id="UT-004",
            source=sources.UTAH,
            addressee=Addressee.PLATFORM,
            severity=ERROR,
            title="platforms do not strip provenance data or signatures",
            citation=f"{_CODE}-201(2)",
            evidence="the file before and after",
            fix="let uploads and conversions keep metadata",
            check=kept,
            premise=every(audiovisual, has_before),
            since=_SINCE,
            is_about_step=True,
        ),
        Rule(
            id="UT-005",
            source=sources.UTAH,
            addressee=Addressee.CAPTURE,
            severity=ERROR,
            title="what a device captured says so, signed or with its manufacturer",
            citation=f"{_CODE}-202(1)(a)",
            evidence="source type of a capture, in a valid manifest",
            fix="let the device sign what it captures",
            check=_device,
            premise=every(audiovisual, captured),
            since=_CAPTURE_SINCE,
        ),
        Rule(
            id="UT-006",
            source=sources.UTAH,
            addressee=Addressee.CAPTURE,
            severity=ERROR,
            title="what a device captured has time and date",
            citation=f"{_CODE}-202(1)(b)",
            evidence="time stamp, `when` of the actions",
            fix="let the device write `when` into its manifest",
            check=timed,
            premise=every(audiovisual, captured),
            since=_CAPTURE_SINCE,
        ),
    ),
)
