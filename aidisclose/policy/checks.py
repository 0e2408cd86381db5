"""Checks that rules of several profiles share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from aidisclose.policy.compare import lost
from aidisclose.policy.evidence import Evidence, fields_of, text
from aidisclose.policy.rule import Verdict, failed, passed, undetermined, warned
from aidisclose.validate.report import State

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
_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63})+")
#: Clocks differ.
_LEEWAY: Final = timedelta(minutes=5)
#: Nested values of an assertion that are searched for what is private.
_DEPTH: Final = 20
#: Says that a signer is not known, not that the manifest is not valid.
_DISTRUST: Final = "signingCredential.untrusted"


def agree(evidence: Evidence) -> Verdict:
    """X-001, and what each profile says about it."""
    hints = evidence.marks.hints
    said = dict.fromkeys(each.carrier for each in evidence.statements)
    if contradictions := evidence.report.disclosure.contradictions:
        return failed(contradictions[0])
    if hints and not evidence.carriers:
        hint = hints[0]
        return warned(f"{hint.generator} left traces ({hint.place}), but nothing discloses AI")
    if not said:
        return undetermined("nothing in the file says anything about AI")
    return passed(f"nothing contradicts what {', '.join(said)} says")


def kept(evidence: Evidence) -> Verdict:
    """X-003, and what each profile says about it."""
    if evidence.before is None:
        return undetermined("the file as it was before is not known")
    gone = lost(evidence.before, evidence)
    if gone:
        return failed(f"lost since: {', '.join(gone)}")
    return passed("every disclosure of the file before is still there")


def disclosed(evidence: Evidence) -> Verdict:
    """AI is declared in a valid manifest or in another carrier."""
    found = [name for name in evidence.carriers if name != "c2pa" or evidence.is_valid]
    if found:
        return passed(f"AI is declared in {', '.join(found)}")
    if evidence.carriers:
        return failed("AI is declared in a manifest that is not valid")
    return failed("AI is declared nowhere in the file")


def private(evidence: Evidence, *, apart_from: str | None = None) -> Verdict:
    """Check that nothing private is signed, or only in assertions of one kind."""
    for assertion in evidence.assertions:
        if assertion.parts.name == apart_from:
            continue
        for name, value in _walk(assertion.label, fields_of(assertion)):
            if "gps" in name.lower():
                return failed(f"{assertion.label} has a position ({name})")
            if "PromptWriterName" in name:
                return failed(f"{assertion.label} names who wrote the prompt")
            # A text of megabytes is not a mail address, and searching it costs time for each file.
            if isinstance(value, str) and _EMAIL.search(value[:4096]):
                return failed(f"{assertion.label} has a mail address ({name})")
    return passed("no position, mail address or name of a prompt's author is signed")


def _walk(name: str, value: object) -> Iterator[tuple[str, object]]:
    waiting: list[tuple[str, object, int]] = [(name, value, 0)]
    while waiting:
        name, value, depth = waiting.pop()
        yield name, value
        if depth == _DEPTH:
            continue
        if isinstance(value, dict):
            waiting += [(str(key), item, depth + 1) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(name, item, depth + 1) for item in value]


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


def metadata_fits(evidence: Evidence) -> Verdict:
    """`c2pa.metadata` holds nothing that belongs into `cawg.metadata`."""
    found = evidence.named("c2pa.metadata")
    if not found:
        return undetermined("the manifest has no c2pa.metadata")
    for assertion in found:
        if wrong := sorted(_NOT_IN_MANIFEST & {str(key) for key in fields_of(assertion)}):
            return failed(f"{wrong[0]} stands in c2pa.metadata, not in cawg.metadata")
    return passed("only what is permitted there")


def linked(evidence: Evidence) -> Verdict | None:
    """A link is there, which some laws permit to stand for what they ask to be stated."""
    links = [*evidence.xmp("dcterms:provenance"), text(evidence.record.get("policy_url"))]
    links += [text(item.fields.get("informationalURI")) for item in evidence.ingredients]
    link = next((each for each in links if each.startswith(("https://", "http://"))), None)
    if link is None:
        return None
    return undetermined(f"a link is there, {link}; whether it leads to this, no file shows")


def timed(evidence: Evidence) -> Verdict:
    """The time and date of the creation or alteration are stated."""
    stamp = evidence.report.signature.timestamp if evidence.report.signature else None
    if stamp and stamp.is_trusted and evidence.is_valid:
        return passed(f"time-stamped at {stamp.time:%Y-%m-%dT%H:%M:%SZ}")
    actions = evidence.ai_actions or evidence.actions
    stated = [action.when for action in actions if action.when]
    if not stated:
        return linked(evidence) or failed("nothing says when it was made")
    try:
        time = datetime.fromisoformat(stated[0])
    except ValueError:
        return failed(f"{stated[0]!r} is not a time in RFC 3339")
    if time.tzinfo is None:
        return failed(f"{stated[0]} has no time zone")
    if time > evidence.report.time.astimezone(UTC) + _LEEWAY:
        return failed(f"{stated[0]} is in the future")
    return passed(f"made at {stated[0]}, as the signer says")


def labelled(evidence: Evidence) -> Verdict:
    """People are told by a label or notice; whether they can see or hear it, no file shows."""
    if not evidence.direct:
        return failed("no label or notice to people is declared")
    return undetermined(
        f"{_described(evidence.direct[0])} is declared; whether people notice it, no file shows"
    )


def _described(direct: Mapping[object, object]) -> str:
    """A label or notice in words, with its place and share of the picture where it has them."""
    said = text(direct.get("text"))
    words = f"the {text(direct.get('type')) or 'notice'}" + (f" {said[:80]!r}" if said else "")
    region = direct.get("region")
    if isinstance(region, list) and len(region) == 4:
        share = [each for each in region[2:] if isinstance(each, float) and 0 < each <= 1]
        if len(share) == 2:
            words += f" on {share[0]:.0%} × {share[1]:.0%} of the picture"
    return words


def labelled_unless_artistic(evidence: Evidence) -> Verdict:
    """The same; an evidently artistic work may say it where that does not disturb it."""
    if not evidence.direct and evidence.inputs.get("artistic") == "yes":
        return undetermined("you state artistic=yes: credits may say it, which no file shows")
    return labelled(evidence)


def standard(evidence: Evidence) -> Verdict:
    """What is disclosed follows a widely recognised standard."""
    return passed("C2PA") if evidence.is_valid else failed("no valid C2PA manifest")
