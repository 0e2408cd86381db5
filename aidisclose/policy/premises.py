"""The premises of rules: each decides a rule before the file is looked at, or leaves it open."""

from __future__ import annotations

from functools import partial

from aidisclose.policy.evidence import Evidence
from aidisclose.policy.rule import Premise, Verdict, inapplicable, undetermined
from aidisclose.validate.report import State

_KINDS = ("image/", "video/", "audio/")


def ai_content(evidence: Evidence) -> Verdict | None:
    """The content is made with AI: the user says so, or the file."""
    if evidence.is_ai is None:
        message = "nothing says whether AI was used; state it with --input ai=yes or ai=no"
        return undetermined(message)
    return None if evidence.is_ai else inapplicable("you state that no AI was used")


def not_assistive(evidence: Evidence) -> Verdict | None:
    """AI did more than assist standard editing, which Art. 50(2) exempts."""
    if evidence.inputs.get("assistive") == "yes":
        return inapplicable("you state assistive=yes: standard editing is exempt")
    return None


def ai_or_damaged(evidence: Evidence) -> Verdict | None:
    """The same, or the file has a manifest that is not valid, so that it cannot say so."""
    return None if evidence.report.state is State.INVALID else ai_content(evidence)


def has_manifest(evidence: Evidence) -> Verdict | None:
    """There is a manifest to look at."""
    return None if evidence.manifest else undetermined("there is no manifest that can be read")


def was_signed(evidence: Evidence) -> Verdict | None:
    """A manifest store is there, whatever it is worth."""
    if evidence.report.store is not None:
        return None
    return undetermined("there is no manifest that can be read")


def has_actions(evidence: Evidence) -> Verdict | None:
    """There are actions to look at."""
    if evidence.action_lists:
        return None
    return has_manifest(evidence) or undetermined("no actions can be read in the manifest")


def has_before(evidence: Evidence) -> Verdict | None:
    """The file as it was before is known."""
    if evidence.before is None:
        return undetermined("one file cannot show it: name the file before with --before")
    return None


def has_record(evidence: Evidence) -> Verdict | None:
    """The manifest has a record of the disclosure."""
    return None if evidence.record else undetermined("the file has no record of the disclosure")


def audiovisual(evidence: Evidence) -> Verdict | None:
    """The file is an image, a video or sound."""
    kind = evidence.report.media_type
    return (
        None
        if kind.startswith(_KINDS)
        else inapplicable(f"does not apply to {kind or 'this format'}")
    )


def every(*premises: Premise) -> Premise:
    """All of these, the first that decides counts."""
    return partial(_first, premises)  # which other processes can be given, unlike a closure


def _first(premises: tuple[Premise, ...], evidence: Evidence) -> Verdict | None:
    for premise in premises:
        if verdict := premise(evidence):
            return verdict
    return None
