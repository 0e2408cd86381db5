"""The premises of rules: each decides a rule before the file is looked at, or leaves it open."""

from __future__ import annotations

from functools import partial
from typing import Final

from aidisclose.message import Message
from aidisclose.policy.evidence import Evidence, find_type
from aidisclose.policy.inputs import INPUTS
from aidisclose.policy.rule import BEFORE, Condition, Verdict, inapplicable, undetermined
from aidisclose.validate.state import State

_KINDS: Final = ("image/", "video/", "audio/")
_CAPTURES: Final = frozenset({"digitalCapture", "computationalCapture"})


def unstated(name: str) -> Verdict:
    """A premise that decides a rule is not stated."""
    return undetermined(
        "no file shows whether {premise}", premise=Message(INPUTS[name].meaning), asks=name
    )


def ai_content(evidence: Evidence) -> Verdict | None:
    """The content is made with AI: the user says so, or the file."""
    if evidence.is_ai is None:
        return undetermined("nothing says whether AI was used", asks="ai")
    return None if evidence.is_ai else inapplicable("you state that no AI was used")


def not_assistive(evidence: Evidence) -> Verdict | None:
    """AI did more than assist standard editing, which Art. 50(2) exempts."""
    if evidence.stated("assistive") == "yes":
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
        return undetermined("one file cannot show it, without the file before", asks=BEFORE)
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
        else inapplicable("does not apply to {kind}", kind=kind or Message("this format"))
    )


def realistic(evidence: Evidence) -> Verdict | None:
    """The content can be taken for real persons or events, as a deep fake can."""
    stated = evidence.stated("realistic")
    if stated == "yes" or evidence.inputs.get("deepfake") == "yes":
        return None
    if stated == "no":
        return inapplicable("you state that nobody takes it for real persons or events")
    return unstated("realistic")


def captured(evidence: Evidence) -> Verdict | None:
    """A device captured the content, by what the file says."""
    # A signed statement comes before one that anybody can write.
    # Actions of a valid manifest first: XMP stays behind in files that were made from a photograph.
    stated = [each.source_type for each in evidence.actions] or evidence.source_types
    terms = {found.term for found in map(find_type, stated) if found}
    if terms & _CAPTURES:
        return None
    if evidence.is_ai:
        return inapplicable("it was made with AI, not captured")
    return undetermined("nothing in the file says that a device captured it")


def advertised(evidence: Evidence) -> Verdict | None:
    """The content is an advertisement with a performer that AI made."""
    for name in ("advertisement", "synthetic-performer"):
        stated = evidence.stated(name)
        # Of a record that the signer vouches for; that a purpose is not named says nothing.
        if name == "advertisement" and evidence.record.get("purpose") == "ads":
            stated = stated or "yes"
        if stated is None:
            return unstated(name)
        if stated == "no":
            return inapplicable("you state {name}=no", name=name)
    return None


def informs_public(evidence: Evidence) -> Verdict | None:
    """It is text on matters of public interest, for which no editor answers."""
    kind = evidence.report.media_type
    if kind.startswith(_KINDS):
        return inapplicable("it is not text")
    if evidence.inputs.get("editorial") == "yes":
        return inapplicable("you state editorial=yes: people reviewed the text and answer for it")
    stated = evidence.inputs.get("public-interest")
    if stated == "no":
        return inapplicable("you state public-interest=no")
    if stated is None:
        return unstated("public-interest")
    return None


def every(*premises: Condition) -> Condition:
    """All of these, the first that decides counts."""
    return partial(_first, premises)  # which other processes can be given, unlike a closure


def _first(premises: tuple[Condition, ...], evidence: Evidence) -> Verdict | None:
    for premise in premises:
        if verdict := premise(evidence):
            return verdict
    return None
