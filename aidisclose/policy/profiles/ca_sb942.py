"""California AI Transparency Act (SB 942), as amended by SB 1000 on 30 September 2026.

Business and Professions Code §22757 and following.
"""

from __future__ import annotations

from datetime import date as day
from typing import Final

from aidisclose.manifest.actions import CREATED, OPENED
from aidisclose.manifest.label import is_manifest_label
from aidisclose.manifest.source_type import Share
from aidisclose.policy import sources
from aidisclose.policy.checks import kept, linked, private, standard, timed
from aidisclose.policy.evidence import Evidence, find_type, text
from aidisclose.policy.premises import ai_content, audiovisual, every, has_before, unstated
from aidisclose.policy.rule import (
    ERROR,
    INFO,
    WARNING,
    Edition,
    Outcome,
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

_LATENT: Final = "Cal. Bus. & Prof. Code §22757.3(a)"
#: Where the same stood before SB 1000: (a) was about manifest disclosures then.
_FORMER: Final = "until 2026-09-29 §22757.3(b)"
_PLATFORMS: Final = "Cal. Bus. & Prof. Code §22757.3.1"
_OPERATIVE: Final = day(2026, 8, 2)
_AMENDED: Final = day(2026, 9, 30)
_PLATFORMS_FROM: Final = day(2027, 1, 1)
#: Actions that the closed list of minor modifications covers.
_MINOR: Final = frozenset(
    {
        OPENED,
        "c2pa.converted",
        "c2pa.cropped",
        "c2pa.edited.metadata",
        "c2pa.orientation",
        "c2pa.published",
        "c2pa.repackaged",
        "c2pa.resized",
        "c2pa.resized.proportional",
        "c2pa.transcoded",
    }
)


def _provider(evidence: Evidence) -> Verdict:
    signer = evidence.report.signature.signer if evidence.report.signature else None
    # The organization in a certificate was checked by an authority; the name of a claim generator
    # is what its maker wrote there.
    if signer and text(signer.organization) and evidence.is_vouched_for and evidence.is_valid:
        generator = evidence.claim.generator if evidence.claim else ""
        name = signer.organization
        if not generator:
            return passed("signed by {organization}", organization=name)
        return passed(
            "signed by {organization} with {program}", organization=name, program=generator
        )
    weaker = text(evidence.claim.generator) if evidence.claim else ""
    weaker = weaker or _first(evidence, "photoshop:Credit")
    if weaker:
        return warned("only {weaker} is named, in no certificate that others trust", weaker=weaker)
    return linked(evidence) or failed("no provider is named")


def _first(evidence: Evidence, name: str) -> str:
    """The first value of a property of XMP that says something, else nothing."""
    return next(filter(None, map(text, evidence.xmp(name))), "")


def _system(evidence: Evidence) -> Verdict:
    model = evidence.declared.model
    name = text(model.name) or _first(evidence, "Iptc4xmpExt:AISystemUsed")
    version = text(model.version) or _first(evidence, "Iptc4xmpExt:AISystemVersionUsed")
    if name and version:
        if evidence.as_of < _AMENDED and not any(map(str.isdecimal, version)):
            return warned(
                "{name} {version}: until {amended} the text asked for a version number",
                name=name,
                version=version,
                amended=_AMENDED,
            )
        return passed("{name} {version}", name=name, version=version)
    if name:
        return linked(evidence) or failed("{name} has no version", name=name)
    return linked(evidence) or failed("no system is named")


def _identifier(evidence: Evidence) -> Verdict:
    if evidence.manifest is None:
        found = evidence.xmp("Iptc4xmpExt:DigImageGUID")
        return (
            warned("only XMP has one: {found}", found=found[0])
            if found
            else failed("no identifier")
        )
    label = evidence.manifest.label
    # Any other label may be the same in every file of a program, and identifies none.
    if is_manifest_label(label):
        return passed(label)
    return failed("{label} is not a urn:c2pa with a UUID", label=repr(label))


def _created_or_altered(evidence: Evidence) -> Verdict:
    names = {action.name for action in evidence.actions}
    if evidence.is_created_with_ai:
        return passed("created")
    if evidence.ai_actions and names & {CREATED, OPENED}:
        return passed("altered")
    # XMP says what a manifest leaves open, or is all there is.
    shares = {found.share for found in map(find_type, evidence.source_types) if found}
    if any(share.includes_ai for share in shares):
        return passed("created" if Share.ALL in shares else "altered")
    return failed("nothing says whether it was created or altered")


def _permanent(evidence: Evidence) -> Verdict:
    if evidence.report.state is State.NONE:
        return failed("nothing is signed: the disclosure is easily removed")
    # “Permanent or extraordinarily difficult to remove” is about what others can do to it.
    return undetermined("a file cannot show how hard it is to remove its disclosure")


def _tool(evidence: Evidence) -> Verdict:
    if evidence.report.state is State.INVALID:
        return failed("a verification tool reports the manifest as invalid")
    if evidence.is_valid:
        found = private(evidence)
        if found.outcome is Outcome.FAIL:
            return failed(
                "a verification tool would show personal data: {reason}", reason=found.reason
            )
        return passed("this program reads what is disclosed, and finds nothing personal")
    return undetermined("which tool reads this disclosure, the provider has to say")


def _minor(evidence: Evidence) -> Verdict:
    names = {action.name for action in evidence.actions}
    is_enhanced = "c2pa.enhanced" in names and names - {"c2pa.enhanced"} <= _MINOR
    if is_enhanced and "minor" not in evidence.inputs:
        return undetermined("c2pa.enhanced may be denoising, which is minor, or something else")
    stated = evidence.inputs.get("minor")
    if stated == "yes" and not names and evidence.is_whole_of_ai:
        return failed("you state minor modifications, but all of it was created with AI")
    if names and not is_enhanced and not names <= _MINOR:
        other = sorted(names - _MINOR)[0]
        if stated == "yes":
            return failed("you state minor modifications, but there is {other}", other=other)
        return passed("not minor: {other}", other=other)
    return (
        unstated("minor") if stated is None else passed("you state minor={stated}", stated=stated)
    )


def _not_minor(evidence: Evidence) -> Verdict | None:
    """More than minor modifications were made, which the text exempts, or nobody states it."""
    names = {action.name for action in evidence.actions} - {"c2pa.enhanced"}
    is_minor = names <= _MINOR and not evidence.is_whole_of_ai
    if evidence.inputs.get("minor") == "yes" and is_minor:
        return inapplicable("you state minor=yes: minor modifications are exempt")
    return None


def _covered(evidence: Evidence) -> Verdict | None:
    """The text of the day is about such content: before SB 1000, only about what was created."""
    names = {action.name for action in evidence.actions}
    if evidence.as_of < _AMENDED and OPENED in names and CREATED not in names:
        return inapplicable(
            "altered, not created: until {amended} the text did not cover that", amended=_AMENDED
        )
    return None


def _amended(evidence: Evidence) -> Verdict | None:
    """The text of the day has what SB 1000 added."""
    if evidence.as_of < _AMENDED:
        return inapplicable("the text before {amended} did not have this", amended=_AMENDED)
    return None


def _edition(evidence: Evidence) -> Verdict:
    if evidence.as_of < _OPERATIVE:
        return passed(
            "operative from {operative}, not yet on {as_of}",
            operative=_OPERATIVE,
            as_of=evidence.as_of,
        )
    if evidence.as_of < _AMENDED:
        return passed("judged by the text before {amended}: four fields", amended=_AMENDED)
    return passed("judged by the text of {amended}: five fields", amended=_AMENDED)


def _scope(evidence: Evidence) -> Verdict:
    kind = evidence.report.media_type
    return (
        passed(kind)
        if audiovisual(evidence) is None
        else undetermined("{kind}: out of scope", kind=kind)
    )


_AI_MEDIA: Final = every(audiovisual, ai_content, _covered, _not_minor)
_ADDED: Final = every(_amended, audiovisual, ai_content)

PROFILE: Final = Profile(
    "ca-sb942",
    "California AI Transparency Act, latent disclosure",
    (
        Edition("2026-08-02", _OPERATIVE, "SB 942: fields A to D"),
        Edition("2026-09-30", _AMENDED, "SB 1000: fields A to E"),
    ),
    (
        Rule(
            id="CA-001",
            source=sources.CALIFORNIA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="(A) the provider is named",
            citation=f"{_LATENT}(1)(A); {_FORMER}(1)(A)",
            evidence="organization in the signer's certificate; claim generator; credit in XMP",
            fix="sign with a certificate that names your organization",
            check=_provider,
            premise=_AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            id="CA-002",
            source=sources.CALIFORNIA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="(B) the system and its version are named",
            citation=f"{_LATENT}(1)(B); {_FORMER}(1)(B)",
            evidence="software agent, AI disclosure assertion, AI system in XMP",
            fix="sign with --model and --model-version",
            check=_system,
            premise=_AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            id="CA-003",
            source=sources.CALIFORNIA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="(C) time and date are given",
            citation=f"{_LATENT}(1)(C); {_FORMER}(1)(C)",
            evidence="time stamp, `when` of the AI action",
            fix="sign with `aidisclose sign`, which writes `when`; --tsa URL proves it",
            check=timed,
            premise=_AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            id="CA-004",
            source=sources.CALIFORNIA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="(D) there is a unique identifier",
            citation=f"{_LATENT}(1)(D); {_FORMER}(1)(D)",
            evidence="label of the manifest; image GUID in XMP",
            fix="sign the file: every manifest has one",
            check=_identifier,
            premise=_AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            id="CA-005",
            source=sources.CALIFORNIA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="(E) created and altered can be told apart",
            citation=f"{_LATENT}(1)(E), as amended by SB 1000",
            evidence="created or opened, and source types of the actions",
            fix="use --ai generated for what is new, --ai edited for what was changed",
            check=_created_or_altered,
            premise=every(_ADDED, _not_minor),
            since=_AMENDED,
        ),
        Rule(
            id="CA-006",
            source=sources.CALIFORNIA,
            addressee=Addressee.PROVIDER,
            severity=WARNING,
            title="the disclosure is permanent, or hard to remove",
            citation=f"{_LATENT}(2); {_FORMER}(4)",
            evidence="whether it is signed",
            fix="sign the file, and add a watermark before that",
            check=_permanent,
            premise=_AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            id="CA-007",
            source=sources.CALIFORNIA,
            addressee=Addressee.PROVIDER,
            severity=INFO,
            title="a verification tool reads it, and finds nothing personal",
            citation=f"{_LATENT}(3); {_FORMER}(2); §22757.2",
            evidence="state of the manifest; positions, mail addresses, prompt authors in it",
            fix="offer `aidisclose verify` or another reader of C2PA; leave out what is personal",
            check=_tool,
            premise=_AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            id="CA-008",
            source=sources.CALIFORNIA,
            addressee=Addressee.PROVIDER,
            severity=WARNING,
            title="it follows a widely recognised standard",
            citation=f"{_LATENT}(4); {_FORMER}(3)",
            evidence="whether there is a valid C2PA manifest",
            fix="sign the file",
            check=standard,
            premise=_AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            id="CA-009",
            source=sources.CALIFORNIA,
            addressee=Addressee.PROVIDER,
            severity=INFO,
            title="minor modifications are told from others",
            citation=_LATENT,
            evidence="names of the actions; input minor",
            fix="state --input minor=yes only if all actions are on the closed list",
            check=_minor,
            premise=_ADDED,
            since=_AMENDED,
        ),
        Rule(
            id="CA-010",
            source=sources.CALIFORNIA_PLATFORMS,
            addressee=Addressee.PLATFORM,
            severity=ERROR,
            title="platforms do not strip provenance",
            citation=_PLATFORMS,
            evidence="the file before and after",
            fix="let uploads and conversions keep metadata",
            check=kept,
            premise=every(audiovisual, has_before),
            is_about_step=True,
            since=_PLATFORMS_FROM,
        ),
        Rule(
            id="CA-011",
            source=sources.CALIFORNIA,
            addressee=Addressee.ANYONE,
            severity=INFO,
            title="the text of the day is the one that is used",
            citation="SB 942 and SB 1000",
            evidence="--as-of",
            fix="give the day on which the content was made with --as-of",
            check=_edition,
        ),
        Rule(
            id="CA-012",
            source=sources.CALIFORNIA,
            addressee=Addressee.ANYONE,
            severity=INFO,
            title="the medium is in scope",
            citation=_LATENT,
            evidence="media type",
            fix="nothing: text is out of scope",
            check=_scope,
        ),
    ),
)
