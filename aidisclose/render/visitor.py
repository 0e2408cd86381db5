"""What a file says of itself, for a visitor of a service: a part of a page, in a language.

It differs from `pages` in whom it speaks to: a visitor trusts nobody by settings, knows no
commands, and may not know English. What is data stays as the specification writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from aidisclose.carriers.aigc import DEGREES
from aidisclose.manifest import source_type
from aidisclose.manifest.declared import AI
from aidisclose.manifest.lineage import Believed
from aidisclose.render import json, words
from aidisclose.render.language import Language, mark
from aidisclose.render.page import escape, escape_block
from aidisclose.render.safe import clean
from aidisclose.validate.document import moment
from aidisclose.validate.report import Gap, Integrity, Report, State
from aidisclose.validate.status import Results

#: Marks, identities and codes that are listed, steps and what each names, statuses, and bytes of
#: JSON; a hostile file has more.
_LISTED: Final = 10
_STEPS: Final = 50
_STATUSES: Final = 200
_JSON: Final = 256 * 1024

_TRUSTED: Final = mark("It is signed by somebody whom this service trusts, and unchanged since.")
_VALID: Final = mark("It is signed and unchanged since. Who signed it is not confirmed.")
_PARTIAL: Final = mark("Only a part of this file is what was signed.")
_UNPROVEN: Final = mark("It is signed, but nothing shows that this content is what was signed.")
_ALTERED: Final = mark("This is not what was signed: it was changed afterwards.")
_INVALID: Final = mark("It has Content Credentials, but they do not hold.")
_NONE: Final = mark("No Content Credentials were found. AI may have been used nevertheless.")
_ELSEWHERE: Final = mark("Its Content Credentials are kept elsewhere, and were not looked at.")

_SIGNERS: Final = {
    "trusted": mark("{name}; somebody whom this service trusts vouches for this name"),
    "untrusted": mark("It says “{name}”, but nobody whom this service trusts vouches for that"),
    "revoked": mark("It says “{name}”, but the certificate was revoked"),
    "not_checked": mark("It says “{name}”; whether that is so was not checked"),
}
_DISCLOSURES: Final = {
    AI.GENERATED: mark("The signer says: it was made by AI"),
    AI.COMPOSITE: mark("The signer says: parts of it were made by AI"),
    AI.EDITED: mark("The signer says: it was edited with AI"),
    AI.NONE: mark("The signer says: it was made without generative AI"),
    AI.UNDECLARED: mark("The signer says nothing about it"),
}
_STANDINGS: Final = {
    "trusted": mark("{names}: confirmed by somebody whom this service trusts"),
    "valid": mark("{names}: not confirmed by anybody whom this service trusts"),
    "invalid": mark("{names}: this does not hold"),
    "unknown": mark("{names}: signed in a way that is not known here"),
}
_ACTIONS: Final = {
    "c2pa.created": mark("created"),
    "c2pa.opened": mark("opened"),
    "c2pa.edited": mark("edited"),
    "c2pa.placed": mark("something was placed in it"),
    "c2pa.removed": mark("something was removed from it"),
    "c2pa.converted": mark("converted to another format"),
    "c2pa.transcoded": mark("encoded anew"),
    "c2pa.repackaged": mark("packaged anew"),
    "c2pa.resized": mark("resized"),
    "c2pa.cropped": mark("cropped"),
    "c2pa.orientation": mark("turned"),
    "c2pa.color_adjustments": mark("colours adjusted"),
    "c2pa.filtered": mark("filtered"),
    "c2pa.drawing": mark("drawn on"),
    "c2pa.redacted": mark("statements removed"),
    "c2pa.watermarked": mark("watermarked"),
    "c2pa.published": mark("published"),
    "c2pa.translated": mark("translated"),
    "c2pa.dubbed": mark("dubbed"),
}
_RELATIONS: Final = {
    "parentOf": mark("from an earlier version: {title}"),
    "componentOf": mark("with a part: {title}"),
    "inputTo": mark("with an input: {title}"),
}

#: Where nothing of the credentials holds.
_UNSAID: Final = mark("Nothing that is signed and holds says so")
#: Said about the signer already, and no reason for being invalid.
_DISTRUST: Final = "signingCredential.untrusted"

#: What people conclude and must not.
LIMITS: Final = (
    mark("Unchanged means: this is what was signed. It does not mean that what it shows is true."),
    mark("Who vouches for a signer vouches for a name, not for the content."),
    mark("What is said about AI is the signer’s statement; nothing in a file can prove it."),
    mark("Where nothing is said, AI may still have been used."),
)


def article(report: Report, language: Language) -> str:
    """The result as a part of a page; all text of the file in it is escaped.

    Arguments:
        report: What was found.
        language: In which it is said.
    """
    return "".join(_levels(report, language))


def _levels(report: Report, language: Language) -> Iterator[str]:
    say = language.say
    kind, headline = _headline(report)
    yield f'<article>\n<h2 class="{kind}">{escape(say(headline))}</h2>\n'
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>\n'
        for name, value in _answers(report, language)
    )
    yield f"<table>\n<tbody>\n{rows}</tbody>\n</table>\n"
    if problems := list(_problems(report, language)):
        title = escape(say("What does not hold, or contradicts itself"))
        items = "".join(f"<li>{escape(each)}</li>\n" for each in problems)
        yield f"<h3>{title}</h3>\n<ul>\n{items}</ul>\n"
    if report.believed is not None:
        yield _opened(say("How it was made, step by step"), _steps(report.believed, language))
    if report.statuses.statuses:
        yield _opened(say("What was checked"), _statuses(report.statuses, language))
    text = json.encode(report.as_dict(), indent=2)
    cut = "\n…" if len(text) > _JSON else ""
    data = f'<pre lang="en">{escape_block(text[:_JSON])}{cut}</pre>\n'
    yield _opened(say("All of it, as data"), data)
    yield "</article>\n"


def _headline(report: Report) -> tuple[str, str]:
    """A class of the page, and the message on top."""
    if report.state is State.NONE:
        return ("", _ELSEWHERE if Gap.MANIFEST in report.missing else _NONE)
    if report.state is State.INVALID:
        return ("fail", _ALTERED if report.integrity is Integrity.ALTERED else _INVALID)
    if report.integrity is not Integrity.INTACT:
        return ("warn", _PARTIAL if report.integrity is Integrity.PARTIAL else _UNPROVEN)
    return ("pass", _TRUSTED) if report.state is State.TRUSTED else ("warn", _VALID)


def _answers(report: Report, language: Language) -> Iterator[tuple[str, str]]:
    """Questions and what is known."""
    say = language.say
    if report.state is not State.NONE:
        is_said = report.believed is not None or report.disclosure.ai is not AI.UNDECLARED
        said = _DISCLOSURES[report.disclosure.ai] if is_said else _UNSAID
        yield say("Was AI used?"), say(said)
        model = str(report.disclosure.model) or report.disclosure.model.identifier
        if model:
            yield say("Model"), clean(model)
        yield say("Is it what was signed?"), _integrity(report, language)
        yield say("Who signed it?"), _signer(report, language)
        yield say("When was it signed?"), _time(report, language)
    if report.believed is not None and (program := report.believed.claim.generator):
        yield say("Made with"), clean(program)
    for each in report.identities[:_LISTED]:
        names = ", ".join(map(clean, each.names)) or "?"
        yield say("Identity"), say(_STANDINGS[each.standing], names=names)
    for line in _marks(report, language):
        yield say("Other mark"), line
    yield say("Kind of file"), report.media_type


def _integrity(report: Report, language: Language) -> str:
    say, content = language.say, report.covered
    match report.integrity:
        case Integrity.INTACT:
            return say("Yes: all that a signature can cover is as it was")
        case Integrity.PARTIAL if content is not None and content.outside:
            left = sum(part.length for part in content.outside)
            return say(
                "In part: {left} of {size} bytes are not covered by the signature",
                left=left,
                size=content.size,
            )
        case Integrity.PARTIAL:
            return say("In part: the signature does not cover all of it")
        case Integrity.ALTERED:
            return say("No: it was changed afterwards")
        case _:
            return say("Nothing shows it")


def _signer(report: Report, language: Language) -> str:
    say, signature = language.say, report.signature
    if signature is None or signature.signer is None:
        return say("The signature cannot be read")
    name = words.name_of(signature.signer)
    if not any(item.code == "claimSignature.validated" for item in report.statuses.success):
        return say("It says “{name}”, but the signature does not verify", name=name)
    return say(_SIGNERS[report.trust.value], name=name)


def _time(report: Report, language: Language) -> str:
    say = language.say
    stamp = report.signature.timestamp if report.signature else None
    if stamp is None:
        return say("No time stamp says so")
    time = moment(stamp.time)
    if stamp.is_trusted:
        return say("{time}, confirmed by a time stamp", time=time)
    return say("{time}, by a time stamp that this service does not trust", time=time)


def _meaning(text: str, language: Language) -> str:
    """What a digital source type means."""
    found = source_type.find(text)
    return clean(text) if found is None else language.say(words.SOURCE_TYPES[found.term])


def _marks(report: Report, language: Language) -> Iterator[str]:
    """What the file says about AI besides its credentials, and what that is worth."""
    say, found = language.say, report.marks

    def worth(text: str, carrier: str) -> str:
        if carrier in report.protected:
            return say("{statement} (signed with the file)", statement=text)
        return say("{statement} (not signed: anybody can write that)", statement=text)

    for value in found.xmp.get("Iptc4xmpExt:DigitalSourceType", ())[:_LISTED]:
        meaning = _meaning(value, language)
        yield worth(say("Metadata: {meaning}", meaning=meaning), "xmp")
    for comment in found.comments[:_LISTED]:
        meaning = _meaning(comment.source_type or comment.text, language)
        yield worth(say("Comment: {meaning}", meaning=meaning), "comment")
    for label in found.labels[:_LISTED]:
        degree = DEGREES.get((label.fields or {}).get("Label", ""), "")
        meaning = say(degree) if degree else say("cannot be read")
        carrier = "xmp" if label.place == "XMP" else "aigc"
        yield worth(say("AI label: {meaning}", meaning=meaning), carrier)
    for hint in found.hints[:_LISTED]:
        yield say("Traces of {program}; they disclose nothing", program=clean(hint.generator))


def _problems(report: Report, language: Language) -> Iterator[str]:
    say = language.say
    if report.disclosure.contradictions:
        yield say("What it says about AI in several places contradicts itself")
    if report.disclosure.ai is AI.UNDECLARED and report.disclosure.unread:
        yield say("Parts that might say more about AI cannot be read")
    if report.state is State.INVALID:
        found = dict.fromkeys(item.code for item in report.failures)
        codes = [code for code in found if code != _DISTRUST]
        yield from codes[:_LISTED]
        if len(codes) > _LISTED:
            yield say("and {count} more", count=len(codes) - _LISTED)


def _opened(title: str, content: str) -> str:
    return f"<details>\n<summary>{escape(title)}</summary>\n{content}</details>\n"


def _steps(believed: Believed, language: Language) -> str:
    """The history that unbroken hashes from the signature prove, the newest step first."""
    items = "".join(
        f"<li>{escape(clean(step.manifest.claim.title or step.manifest.label))}"
        f"{_list(_done(step.manifest, language))}</li>\n"
        for step in islice(believed.walk(), _STEPS)
    )
    return f"<ul>\n{items}</ul>\n"


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(each)}</li>\n" for each in lines)
    return f"<ul>\n{items}</ul>\n" if items else ""


def _done(manifest: Believed, language: Language) -> Iterator[str]:
    say = language.say
    if program := manifest.claim.generator:
        yield say("made with {program}", program=clean(program))
    actions = (action for listed in manifest.action_lists for action in listed.actions)
    for action in islice(actions, _STEPS):
        name = say(_ACTIONS[action.name]) if action.name in _ACTIONS else clean(action.name)
        meaning = f": {_meaning(action.source_type, language)}" if action.source_type else ""
        agent = f" ({clean(str(action.agent))})" if action.agent else ""
        yield f"{name}{meaning}{agent}"
    for item in manifest.ingredients[:_STEPS]:
        value = item.value
        title = clean(value.title) if value.title else say("without a title")
        relation = _RELATIONS.get(value.relationship, mark("with an input: {title}"))
        yield say(relation, title=title)


def _statuses(results: Results, language: Language) -> str:
    say = language.say
    kinds = (
        ("fail", say("failed"), results.failure),
        ("", say("noted"), results.informational),
        ("pass", say("passed"), results.success),
    )
    rows = [
        f'<tr><td class="{kind}">{escape(word)}</td><td>{escape(item.code)}</td>'
        f"<td>{escape(item.url)}{f'<br>{escape(item.explanation)}' if item.explanation else ''}"
        "</td></tr>\n"
        for kind, word, items in kinds
        for item in items
    ]
    more = ""
    if len(rows) > _STATUSES:
        more = f"<p>{escape(say('and {count} more', count=len(rows) - _STATUSES))}</p>\n"
    titles = (say("Result"), say("Status code (C2PA)"), say("About"))
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in titles)
    body = "".join(rows[:_STATUSES])
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n{more}"
