"""California AB 853: capture devices that are first produced for sale from 2028-01-01 on.

Business and Professions Code §22757.3.3.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from aidisclose.policy import sources
from aidisclose.policy.checks import standard, timed
from aidisclose.policy.evidence import Evidence, text
from aidisclose.policy.premises import audiovisual, captured, every
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

_SINCE: Final = date(2028, 1, 1)
_SECTION: Final = "Cal. Bus. & Prof. Code §22757.3.3"
_CAPTURED: Final = every(audiovisual, captured)


def _manufacturer(evidence: Evidence) -> Verdict:
    signer = evidence.report.signature.signer if evidence.report.signature else None
    if signer and text(signer.organization) and evidence.is_vouched_for and evidence.is_valid:
        return passed("signed by {organization}", organization=signer.organization)
    if generator := text(evidence.claim.generator) if evidence.claim else "":
        return warned(
            "only {generator} is named, not an organization in a trusted certificate",
            generator=generator,
        )
    return failed("no manufacturer is named")


def _device(evidence: Evidence) -> Verdict:
    # Cameras name themselves as what makes the claim, or as what performs its actions.
    listed = evidence.claim.generators if evidence.claim else ()
    names = [(text(each.get("name")), text(each.get("version"))) for each in listed]
    agents = [action.agent for action in evidence.actions if action.agent]
    names += [(text(agent.name), text(agent.version)) for agent in agents]
    for name, version in names:
        if name and version:
            return passed("{name} {version}", name=name, version=version)
    if name := next((name for name, _ in names if name), ""):
        return failed("{name} has no version", name=name)
    return failed("no device is named")


PROFILE: Final = Profile(
    "us-ca-capture",
    "California, capture devices",
    (Edition("2028-01-01", _SINCE, "takes effect, for devices first produced from this day on"),),
    (
        Rule(
            id="CAD-001",
            source=sources.CALIFORNIA_CAPTURE,
            addressee=Addressee.CAPTURE,
            severity=ERROR,
            title="(A) the manufacturer is named",
            citation=f"{_SECTION}(a)(1)(A)",
            evidence="organization in the signer's certificate; claim generator",
            fix="sign with a certificate that names the manufacturer",
            check=_manufacturer,
            premise=_CAPTURED,
            since=_SINCE,
        ),
        Rule(
            id="CAD-002",
            source=sources.CALIFORNIA_CAPTURE,
            addressee=Addressee.CAPTURE,
            severity=ERROR,
            title="(B) the device and its version are named",
            citation=f"{_SECTION}(a)(1)(B)",
            evidence="claim generator and software agent, with their versions",
            fix="name both in the claim generator of the device",
            check=_device,
            premise=_CAPTURED,
            since=_SINCE,
        ),
        Rule(
            id="CAD-003",
            source=sources.CALIFORNIA_CAPTURE,
            addressee=Addressee.CAPTURE,
            severity=ERROR,
            title="(C) time and date are given",
            citation=f"{_SECTION}(a)(1)(C)",
            evidence="time stamp, `when` of the actions",
            fix="let the device write `when` into its manifest",
            check=timed,
            premise=_CAPTURED,
            since=_SINCE,
        ),
        Rule(
            id="CAD-004",
            source=sources.CALIFORNIA_CAPTURE,
            addressee=Addressee.CAPTURE,
            severity=WARNING,
            title="the disclosure follows widely adopted specifications",
            citation=f"{_SECTION}(b)",
            evidence="whether there is a valid C2PA manifest",
            fix="let the device sign what it captures",
            check=standard,
            premise=_CAPTURED,
            since=_SINCE,
        ),
    ),
)
