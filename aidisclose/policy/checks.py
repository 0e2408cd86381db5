"""Checks that rules of several profiles share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from aidisclose.message import Message
from aidisclose.policy.compare import changes
from aidisclose.policy.evidence import Evidence, fields_of, text, walk
from aidisclose.policy.rule import (
    Outcome,
    Verdict,
    failed,
    inapplicable,
    passed,
    undetermined,
    warned,
)
from aidisclose.policy.vocabulary import names_ai
from aidisclose.validate.notices import DeclaredNotice
from aidisclose.validate.state import Integrity, State
from aidisclose.validate.watermarks import Presence

#: Properties that `c2pa.metadata` may not hold, although of its namespaces (C2PA 2.2, appendix B).
_NOT_IN_MANIFEST: Final = frozenset(
    {
        "Iptc4xmpExt:AISystemUsed",
        "Iptc4xmpExt:AISystemVersionUsed",
        "Iptc4xmpExt:AIPromptInformation",
        "Iptc4xmpExt:AIPromptWriterName",
        "plus:DataMining",
    }
)
#: Assertions that lead elsewhere. Those of one's own may, of other standards no one does.
_REFERENCES: Final = ("c2pa.asset-ref", "c2pa.external-reference")
_OF_STANDARDS: Final = ("c2pa.", "cawg.", "stds.")
#: Clocks differ.
_LEEWAY: Final = timedelta(minutes=5)
#: Says that a signer is not known, not that the manifest is not valid.
_DISTRUST: Final = "signingCredential.untrusted"
#: Where a label or notice was recorded, it is not.
_GONE: Final = (Presence.ABSENT, Presence.DIFFERENT)


def agree(evidence: Evidence) -> Verdict:
    """X-001, and what each profile says about it."""
    hints = evidence.marks.hints
    said = dict.fromkeys(each.carrier for each in evidence.statements)
    if contradictions := evidence.report.disclosure.contradictions:
        return failed(contradictions[0])
    if hints and not evidence.carriers:
        hint = hints[0]
        return warned(
            "{generator} left traces ({place}), but nothing discloses AI",
            generator=hint.generator,
            place=hint.place,
        )
    if not said:
        return undetermined("nothing in the file says anything about AI")
    return passed("nothing contradicts what {said} says", said=", ".join(said))


def kept(evidence: Evidence) -> Verdict:
    """X-003, and what each profile says about it."""
    if evidence.before is None:
        return undetermined("the file as it was before is not known")
    listed = list(changes(evidence.before, evidence))
    if not listed:
        return inapplicable("the file before disclosed nothing")
    if gone := [each.carrier for each in listed if not each.is_kept]:
        return failed("lost since: {gone}", gone=Message(", ".join(gone)))
    return passed("every disclosure of the file before is still there")


def kept_with_labels(evidence: Evidence) -> Verdict:
    """The same, and what people saw or heard of it before is still there."""
    found = kept(evidence)
    return found if found.outcome is Outcome.FAIL else labels_kept(evidence) or found


def labels_kept(evidence: Evidence) -> Verdict | None:
    """The labels and notices of the file before are still in it; None if there were none.

    What a step does to pixels and samples, hashes do not follow: a smaller label may be one still.
    """
    before = evidence.before.notices if evidence.before else ()
    told = [each for each in before if each.presence not in _GONE]
    stated = evidence.inputs.get("label-seen")
    if not told or stated == "yes":
        return None
    if stated == "no":
        return failed("you state label-seen=no")
    there = {text(each.fields.get("text")): each.presence for each in evidence.notices}
    for each in told:
        presence = there.get(text(each.fields.get("text")), Presence.UNDETERMINED)
        if presence in _GONE:
            label = _described(each.fields)
            return failed("{label} of the file before is not in it any more", label=label)
        if presence is not Presence.PRESENT:
            return undetermined(
                "{label} was in the file before; whether people still perceive it, no file shows",
                label=_described(each.fields),
                asks="label-seen",
            )
    return None


def disclosed(evidence: Evidence) -> Verdict:
    """AI is declared in a valid manifest or in another carrier."""
    found = [name for name in evidence.carriers if name != "c2pa" or evidence.is_valid]
    if found:
        return passed("AI is declared in {found}", found=", ".join(found))
    if evidence.carriers:
        return failed("AI is declared in a manifest that is not valid")
    return failed("AI is declared nowhere in the file")


def private(evidence: Evidence, *, apart_from: str | None = None) -> Verdict:
    """Check that nothing private is signed, or only in assertions of one kind."""
    for assertion, what in evidence.private:
        if assertion.parts.name != apart_from:
            return Verdict(Outcome.FAIL, what)
    return passed("no position, mail address or name of a prompt's author is signed")


def signed(evidence: Evidence) -> Verdict:
    """A valid signature binds the manifest to the content."""
    if evidence.is_valid and evidence.report.integrity is Integrity.PARTIAL:
        return warned("the signature is valid, but a part of the content is not signed")
    if evidence.is_valid:
        return passed("the signature is valid and the content is what was signed")
    if evidence.report.state >= State.VALID:
        return failed("signed, but nothing shows that this content is what was signed")
    if evidence.report.state is State.INVALID:
        codes = [item.code for item in evidence.report.failures if item.code != _DISTRUST]
        if not codes:
            return failed("the manifest is not valid: no good signature")
        return failed("the manifest is not valid: {code}", code=codes[0])
    # Not failed: what is published elsewhere may be all right. `--online` looks.
    if evidence.xmp("dcterms:provenance"):
        return undetermined("the manifest is elsewhere, and nothing was fetched")
    return failed("the file has no manifest")


def metadata_fits(evidence: Evidence) -> Verdict:
    """`c2pa.metadata` holds nothing that belongs in `cawg.metadata`."""
    found = evidence.named("c2pa.metadata")
    if not found:
        return undetermined("the manifest has no c2pa.metadata")
    for assertion in found:
        if wrong := sorted(_NOT_IN_MANIFEST & {str(key) for key in fields_of(assertion)}):
            return failed("{wrong} stands in c2pa.metadata, not in cawg.metadata", wrong=wrong[0])
    return passed("only what is permitted there")


def linked(evidence: Evidence) -> Verdict | None:
    """A link is there, which some laws permit to stand for what they ask to be stated."""
    links = [*evidence.xmp("dcterms:provenance"), text(evidence.record.get("policy_url"))]
    links += [text(item.fields.get("informationalURI")) for item in evidence.ingredients]
    for each in evidence.assertions:
        if each.parts.name in _REFERENCES or not each.parts.name.startswith(_OF_STANDARDS):
            links += [text(value) for _, value in walk(each.label, fields_of(each))]
    link = next((each for each in links if each.startswith(("https://", "http://"))), None)
    if link is None:
        return None
    return undetermined(
        "a link is there, {link}; whether it leads to this, no file shows", link=link
    )


def timed(evidence: Evidence) -> Verdict:
    """The time and date of the creation or alteration are stated."""
    stamp = evidence.stamp
    # The only time that the signer cannot choose.
    if stamp and stamp.is_trusted and evidence.is_valid:
        return passed("time-stamped at {time}", time=f"{stamp.time:%Y-%m-%dT%H:%M:%SZ}")
    actions = evidence.ai_actions or evidence.actions
    stated = [action.when for action in actions if action.when]
    if not stated:
        return linked(evidence) or failed("nothing says when it was made")
    try:
        time = datetime.fromisoformat(stated[0])
    except ValueError:
        return failed("{stated} is not a time in RFC 3339", stated=repr(stated[0]))
    # RFC 3339 demands it, `fromisoformat` does not.
    if time.tzinfo is None:
        return failed("{stated} has no time zone", stated=stated[0])
    if time - evidence.report.time > _LEEWAY:
        return failed("{stated} is in the future", stated=stated[0])
    return passed("made at {stated}, as the signer says", stated=stated[0])


def labelled(evidence: Evidence) -> Verdict:
    """People are told by a label or notice."""
    return perceived(
        evidence, evidence.notices, Message("no label or notice to people is declared")
    )


def announced(evidence: Evidence) -> Verdict:
    """Listeners are told by a spoken notice at the start."""
    heard = [each for each in evidence.notices if each.fields.get("type") == "audible"]
    # Where nobody has left yet; the rules that ask for a spoken notice want it there.
    first = [each for each in heard if each.fields.get("start") == 0]
    if heard and not first:
        return failed("the spoken notice is not at the start")
    return perceived(evidence, first, Message("no spoken notice is declared"))


def perceived(evidence: Evidence, declared: Sequence[DeclaredNotice], missing: Message) -> Verdict:
    """One of these labels or notices is in the file as it was recorded, or people perceive it.

    The second is what the user states; it does not change what the file shows.

    Arguments:
        evidence: The evidence, with what the user states.
        declared: The labels and notices that would do.
        missing: The message where there are none.
    """
    stated = evidence.inputs.get("label-seen")
    # Who looked knows what no hash shows: that a label is there, and nobody can read it.
    if stated == "no":
        return failed("you state label-seen=no")
    present = [each for each in declared if each.presence is Presence.PRESENT]
    if there := next((each for each in present if names_ai(text(each.fields.get("text")))), None):
        label = _placed(there.fields)
        return passed("{label} is in the file as it was recorded", label=label)
    gone = [each for each in declared if each.presence in _GONE]
    if gone and len(gone) == len(declared):
        return failed(
            "{label} is declared, but {reason}",
            label=_described(gone[0].fields),
            reason=gone[0].reason,
        )
    if stated == "yes":
        return passed("you state label-seen=yes")
    if not declared:
        return Verdict(Outcome.FAIL, missing, ("label-seen",))
    if present:
        return undetermined(
            "{label} is in the file; that its words tell people of AI is not known here",
            label=_described(present[0].fields),
            asks="label-seen",
        )
    return undetermined(
        "{label} is declared; {reason}",
        label=_described(declared[0].fields),
        reason=declared[0].reason or Message("no file shows it"),
        asks="label-seen",
    )


def _described(direct: Mapping[object, object]) -> Message:
    """A label or notice in words, which are the same in files that have the same one."""
    said = text(direct.get("text"))
    kind = text(direct.get("type")) or "notice"
    if not said:
        return Message("the {kind}", kind=kind)
    return Message("the {kind} {text}", kind=kind, text=repr(said[:80]))


def _placed(direct: Mapping[object, object]) -> Message:
    """The same, with the share of the picture that it takes, if that is recorded."""
    label = _described(direct)
    region = direct.get("region")
    if isinstance(region, list) and len(region) == 4:
        share = [each for each in region[2:] if isinstance(each, float) and 0 < each <= 1]
        if len(share) == 2:
            width, height = (f"{each:.0%}" for each in share)
            place = "{label} on {width} × {height} of the picture"
            return Message(place, label=label, width=width, height=height)
    return label


def labelled_unless_artistic(evidence: Evidence) -> Verdict:
    """The same; an evidently artistic work may say it where that does not disturb it."""
    found = labelled(evidence)
    is_open = found.outcome is Outcome.FAIL and "label-seen" not in evidence.inputs
    if is_open and evidence.stated("artistic") == "yes":
        return undetermined(
            "you state artistic=yes: credits may say it, which no file shows", asks="label-seen"
        )
    return found


def standard(evidence: Evidence) -> Verdict:
    """The disclosure follows a widely recognised standard."""
    return passed("C2PA") if evidence.is_valid else failed("no valid C2PA manifest")
