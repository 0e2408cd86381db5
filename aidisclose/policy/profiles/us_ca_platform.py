"""California AB 853 with AB 2713: large online platforms show and keep provenance data.

Business and Professions Code §22757.3.1. A platform has more than 2,000,000 monthly users; who
that is, no file shows, and neither does it show the platform's user interface. AB 2713 was read as
amended in the Assembly: it speaks of data that is embedded, attached or otherwise associated, and
of stripping it knowingly from what is downloaded from the platform.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from aidisclose.policy import sources
from aidisclose.policy.checks import kept
from aidisclose.policy.evidence import Evidence
from aidisclose.policy.premises import audiovisual, every, has_before, was_signed
from aidisclose.policy.rule import (
    ERROR,
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
from aidisclose.validate.state import State

_SINCE: Final = date(2027, 1, 1)
_SECTION: Final = "Cal. Bus. & Prof. Code §22757.3.1"


def _detected(evidence: Evidence) -> Verdict:
    if evidence.is_valid:
        return passed("C2PA provenance data is there: show that it is")
    if evidence.report.state is State.INVALID:
        return failed("the manifest is not valid: do not show what it says as provenance")
    return undetermined("no provenance data that can be read is there")


def _named(evidence: Evidence) -> Verdict:
    model, claim = evidence.declared.model, evidence.claim
    name = f"{model.name or ''} {model.version or ''}".strip() or (claim.generator if claim else "")
    if name:
        return passed("to be shown: {name}", name=name)
    return undetermined("the file names neither a system nor a device")


PROFILE: Final = Profile(
    "us-ca-platform",
    "California, duties of large online platforms",
    (Edition("2027-01-01", _SINCE, "takes effect"),),
    (
        Rule(
            id="CAP-001",
            source=sources.CALIFORNIA_PLATFORMS,
            addressee=Addressee.PLATFORM,
            severity=ERROR,
            title="provenance data and signatures are not stripped from what users download",
            citation=f"{_SECTION}(b)",
            evidence="the file as it was uploaded, and as it is downloaded",
            fix="let uploads and conversions keep metadata",
            check=kept,
            premise=every(audiovisual, has_before),
            since=_SINCE,
            is_about_step=True,
        ),
        Rule(
            id="CAP-002",
            source=sources.CALIFORNIA_PLATFORMS,
            addressee=Addressee.PLATFORM,
            severity=WARNING,
            title="provenance data is detected, and users are told that it is there",
            citation=f"{_SECTION}(a)(1), (a)(2)(B)(i) and (iii)",
            evidence="state of the manifest",
            fix="read it with `aidisclose verify` or another reader of C2PA, and show the result",
            check=_detected,
            premise=every(audiovisual, was_signed),
            since=_SINCE,
        ),
        Rule(
            id="CAP-003",
            source=sources.CALIFORNIA_PLATFORMS,
            addressee=Addressee.PLATFORM,
            severity=WARNING,
            title="users see which system or device made or altered it",
            citation=f"{_SECTION}(a)(2)(B)(ii)",
            evidence="software agent, AI disclosure assertion, claim generator of a valid manifest",
            fix="show `disclosure.model` and the generator of `aidisclose verify --format json`",
            check=_named,
            premise=every(audiovisual, was_signed),
            since=_SINCE,
        ),
    ),
)
