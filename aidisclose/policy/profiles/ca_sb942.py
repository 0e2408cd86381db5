"""California AI Transparency Act (SB 942), as amended by SB 1000 on 30 September 2026.

Business and Professions Code §22757 and following.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import date as day
from typing import Final

from aidisclose.manifest.actions import CREATED, OPENED
from aidisclose.manifest.label import is_manifest_label
from aidisclose.manifest.source_type import Share
from aidisclose.policy.evidence import Evidence, find_type
from aidisclose.policy.premises import ai_content, audiovisual, every, has_before
from aidisclose.policy.profiles.cross import kept
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

_LATENT: Final = "Cal. Bus. & Prof. Code §22757.3(a)"
_PLATFORMS: Final = "Cal. Bus. & Prof. Code §22757.3.1"
_OPERATIVE: Final = day(2026, 8, 2)
_AMENDED: Final = day(2026, 9, 30)
_PLATFORMS_FROM: Final = day(2027, 1, 1)
#: Clocks differ.
_LEEWAY: Final = timedelta(minutes=5)
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
    if signer and signer.organization and evidence.is_vouched_for and evidence.is_valid:
        generator = evidence.claim.generator if evidence.claim else ""
        return passed(f"signed by {signer.organization}" + (f" with {generator}" * bool(generator)))
    weaker = evidence.claim.generator if evidence.claim else ""
    weaker = weaker or next(iter(evidence.xmp("photoshop:Credit")), "")
    if weaker:
        return warned(f"only {weaker} is named, not an organization in a valid certificate")
    return failed("no provider is named")


def _system(evidence: Evidence) -> Verdict:
    model = evidence.declared.model
    name = model.name or next(iter(evidence.xmp("Iptc4xmpExt:AISystemUsed")), "")
    version = model.version or next(iter(evidence.xmp("Iptc4xmpExt:AISystemVersionUsed")), "")
    if name and version:
        return passed(f"{name} {version}")
    return failed(f"{name} has no version" if name else "no system is named")


def _time(evidence: Evidence) -> Verdict:
    stamp = evidence.report.signature.timestamp if evidence.report.signature else None
    if stamp and stamp.is_trusted and evidence.is_valid:
        return passed(f"time-stamped at {stamp.time:%Y-%m-%dT%H:%M:%SZ}")
    stated = [action.when for action in evidence.ai_actions if action.when]
    if not stated:
        return failed("nothing says when it was made")
    try:
        time = datetime.fromisoformat(stated[0])
    except ValueError:
        return failed(f"{stated[0]!r} is no time in RFC 3339")
    if time.tzinfo is None:
        return failed(f"{stated[0]} has no time zone")
    if time > evidence.report.time.astimezone(UTC) + _LEEWAY:
        return failed(f"{stated[0]} is in the future")
    return passed(f"made at {stated[0]}, as the signer says")


def _identifier(evidence: Evidence) -> Verdict:
    if evidence.manifest is None:
        found = evidence.xmp("Iptc4xmpExt:DigImageGUID")
        return warned(f"only XMP has one: {found[0]}") if found else failed("no identifier")
    label = evidence.manifest.label
    if is_manifest_label(label):
        return passed(label)
    return failed(f"{label!r} is no urn:c2pa with a UUID")


def _created_or_altered(evidence: Evidence) -> Verdict:
    names = {action.name for action in evidence.actions}
    if evidence.ai_actions and CREATED in names:
        return passed("created")
    if evidence.ai_actions and OPENED in names:
        return passed("altered")
    shares = {found.share for found in map(find_type, evidence.source_types) if found}
    if shares & {Share.ALL, Share.PART}:
        return passed("created" if Share.ALL in shares else "altered")
    return failed("nothing says whether it was created or altered")


def _permanent(evidence: Evidence) -> Verdict:
    if evidence.report.state is State.NONE:
        return failed("nothing is signed: the disclosure is easily removed")
    return undetermined("a file cannot show how hard it is to remove its disclosure")


def _tool(evidence: Evidence) -> Verdict:
    if evidence.report.state is State.INVALID:
        return failed("a verification tool reports the manifest as invalid")
    if evidence.is_valid:
        return passed("`aidisclose verify --format json` shows what is disclosed")
    return undetermined("which tool reads this disclosure, the provider has to say")


def _standard(evidence: Evidence) -> Verdict:
    if evidence.is_valid:
        return passed("C2PA")
    return failed("no valid C2PA manifest")


def _minor(evidence: Evidence) -> Verdict:
    names = {action.name for action in evidence.actions}
    if names and not names <= _MINOR:
        other = sorted(names - _MINOR)[0]
        if evidence.inputs.get("minor") == "yes":
            return failed(f"you state minor modifications, but there is {other}")
        return passed(f"not minor: {other}")
    return undetermined("whether modifications are minor: state --input minor=yes or no")


def _edition(evidence: Evidence) -> Verdict:
    if evidence.as_of < _OPERATIVE:
        return passed(f"operative from {_OPERATIVE}, not yet on {evidence.as_of}")
    if evidence.as_of < _AMENDED:
        return passed(f"judged by the text before {_AMENDED}: four fields")
    return passed(f"judged by the text of {_AMENDED}: five fields")


def _scope(evidence: Evidence) -> Verdict:
    kind = evidence.report.media_type
    return passed(kind) if audiovisual(evidence) is None else undetermined(f"{kind}: out of scope")


_AI_MEDIA: Final = every(audiovisual, ai_content)

PROFILE: Final = Profile(
    "ca-sb942",
    "California AI Transparency Act, latent disclosure",
    (
        Edition("2026-08-02", _OPERATIVE, "SB 942: fields A to D"),
        Edition("2026-09-30", _AMENDED, "SB 1000: fields A to E"),
    ),
    (
        Rule(
            "CA-001",
            ERROR,
            "(A) the provider is named",
            f"{_LATENT}(1)(A)",
            "organization in the signer's certificate; claim generator; credit in XMP",
            "sign with a certificate that names your organization",
            _provider,
            _AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            "CA-002",
            ERROR,
            "(B) the system and its version are named",
            f"{_LATENT}(1)(B)",
            "software agent, AI disclosure assertion, AI system in XMP",
            "sign with --model and --model-version",
            _system,
            _AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            "CA-003",
            ERROR,
            "(C) time and date are given",
            f"{_LATENT}(1)(C)",
            "time stamp, `when` of the AI action",
            "sign with `aidisclose sign`, which writes `when`; --tsa URL proves it",
            _time,
            _AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            "CA-004",
            ERROR,
            "(D) there is a unique identifier",
            f"{_LATENT}(1)(D)",
            "label of the manifest; image GUID in XMP",
            "sign the file: every manifest has one",
            _identifier,
            _AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            "CA-005",
            ERROR,
            "(E) created and altered can be told apart",
            f"{_LATENT}(1)(E), as amended by SB 1000",
            "created or opened, and source types of the actions",
            "use --ai generated for what is new, --ai edited for what was changed",
            _created_or_altered,
            _AI_MEDIA,
            since=_AMENDED,
        ),
        Rule(
            "CA-006",
            WARNING,
            "the disclosure is permanent, or hard to remove",
            f"{_LATENT}(2)",
            "whether it is signed",
            "sign the file, and add a watermark before that",
            _permanent,
            _AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            "CA-007",
            INFO,
            "a verification tool reads it",
            f"{_LATENT}(3)",
            "state of the manifest",
            "offer `aidisclose verify` or another reader of C2PA",
            _tool,
            _AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            "CA-008",
            WARNING,
            "it follows a widely recognised standard",
            f"{_LATENT}(4)",
            "whether there is a valid C2PA manifest",
            "sign the file",
            _standard,
            _AI_MEDIA,
            since=_OPERATIVE,
        ),
        Rule(
            "CA-009",
            INFO,
            "minor modifications are told from others",
            _LATENT,
            "names of the actions; input minor",
            "state --input minor=yes only if all actions are on the closed list",
            _minor,
            _AI_MEDIA,
            since=_AMENDED,
        ),
        Rule(
            "CA-010",
            ERROR,
            "platforms do not strip provenance",
            _PLATFORMS,
            "the file before and after",
            "let uploads and conversions keep metadata",
            kept,
            every(audiovisual, has_before),
            since=_PLATFORMS_FROM,
        ),
        Rule(
            "CA-011",
            INFO,
            "the text of the day is the one that is used",
            "SB 942 and SB 1000",
            "--as-of",
            "give the day on which the content was made with --as-of",
            _edition,
        ),
        Rule(
            "CA-012",
            INFO,
            "the medium is in scope",
            _LATENT,
            "media type",
            "nothing: text is out of scope",
            _scope,
        ),
    ),
)
