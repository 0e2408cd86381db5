"""A signed record as a page: who signed it, what was looked for, what was found in which file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from itertools import islice
from typing import Any, Final, TypeVar

from aidisclose import limits
from aidisclose.manifest.declared import AI
from aidisclose.message import within_quotes
from aidisclose.policy.detection import Technique
from aidisclose.policy.receipt import UNREADABLE
from aidisclose.policy.receipt_reader import Receipt
from aidisclose.render import language as languages
from aidisclose.render.language import Language, mark
from aidisclose.render.page import article, document, gap, summary, verified
from aidisclose.render.page.document import count, escape, head, items, opened, quote, rows
from aidisclose.render.page.summary import time_of
from aidisclose.render.receipts import Recorded
from aidisclose.render.renderer import Run
from aidisclose.validate.state import Integrity, State

E = TypeVar("E", bound=Enum)

#: Values of one kind of one file, and findings of one file that are listed.
_LISTED: Final = 10
_FINDINGS: Final = 100

_TECHNIQUES: Final = {
    Technique.CONTENT_CREDENTIALS: mark("Content Credentials (C2PA)"),
    Technique.SOURCE_TYPE: mark("the source type in metadata (IPTC)"),
    Technique.AIGC_LABEL: mark("AI labels (GB 45438)"),
    Technique.COMMENT: mark("comments"),
    Technique.HINT: mark("traces of generators"),
}
_INTEGRITY: Final = {
    Integrity.INTACT: mark("Yes: all that a signature can cover is unchanged"),
    Integrity.PARTIAL: mark("In part: the signature does not cover all of it"),
    Integrity.ALTERED: mark("No: it was changed afterwards"),
}
#: What people conclude of a record and must not.
_LIMITS: Final = (
    mark("A record proves what somebody found, not that it is right."),
    mark("It is about files with exactly these hashes, not about others that look the same."),
    *article.LIMITS,
)


def render(found: Recorded, run: Run) -> str:
    """The page of a record, or of why a file is none."""
    language = languages.load(run.language)
    say = language.say
    page = document.begin(say("Signed record of a check"), language)
    name = f'<p class="file">{escape(quote(found.file))}</p>\n'
    receipt = found.receipt
    if receipt is None:
        reason = say("This record cannot be relied on: {reason}", reason=quote(found.error or ""))
        return f'{page}{name}<h2 class="headline fail">{escape(reason)}</h2>\n{document.END}'
    kind, message = _headline(receipt)
    shown = "".join(_within(_entries(receipt, language), language))
    left = sum(receipt.outcomes.values()) - len(receipt.entries)
    more = f"<p>{escape(say('and {count} more', count=count(left)))}</p>\n" if left else ""
    ends = f"<h2>{escape(say('What this does not mean'))}</h2>\n{items(map(say, _LIMITS))}"
    return (
        f'{page}{name}<h2 class="headline {kind}">{escape(say(message))}</h2>\n'
        f"{rows(_facts(receipt, language))}{items(_counts(receipt, language))}{shown}{more}"
        f"{ends}{document.END}"
    )


def _headline(receipt: Receipt) -> tuple[str, str]:
    if not receipt.is_complete:
        return "warn", mark("Unchanged since it was signed, but the check was interrupted.")
    if receipt.distrust:
        return "warn", mark("Unchanged since it was signed. Who signed it is not confirmed.")
    return "pass", mark("Signed by a trusted signer, and unchanged since.")


def _facts(receipt: Receipt, language: Language) -> Iterator[tuple[str, str]]:
    say, found = language.say, receipt.head
    name = quote(receipt.signer)
    if receipt.distrust:
        signer = say(
            "“{name}”, but nobody who is trusted confirms it: {reason}",
            name=within_quotes(name),
            reason=quote(receipt.distrust),
        )
    else:
        signer = say("{name} (name confirmed by a trust list)", name=name)
    yield say("Signed by"), signer
    yield say("Checked on"), _moment(found["time"])
    yield say("As of"), _moment(found["as_of"])
    tool = found["tool"]
    yield say("Checked with"), quote(f"{tool.get('name', '')} {tool.get('version', '')}")
    if receipt.is_detection:
        listed = found["techniques"][:_LISTED]
        yield say("Looked for"), ", ".join(_technique(each, language) for each in listed)
    else:
        listed = found["profiles"][:_LISTED]
        yield say("Rules"), ", ".join(quote(str(each)) for each in listed)
        stated = ", ".join(f"{key}={value}" for key, value in found["inputs"].items())
        if stated:
            yield say("Statements"), quote(stated)


def _technique(value: object, language: Language) -> str:
    known = _member(Technique, value)
    return language.say(_TECHNIQUES[known]) if known else quote(str(value))


def _member(kind: type[E], value: object) -> E | None:
    """The member with this value; None for what another version of the program wrote."""
    return next((each for each in kind if each.value == value), None)


def _integrity(entry: Mapping[str, Any]) -> Integrity | None:
    return _member(Integrity, entry["integrity"])


def _moment(text: object) -> str:
    """A time as it is written everywhere; whatever else stands there, as it is."""
    try:
        return time_of(datetime.fromisoformat(str(text)))
    except (ValueError, OverflowError):
        return quote(str(text))


def _counts(receipt: Receipt, language: Language) -> Iterator[str]:
    say = language.say
    yield say("Files: {count}", count=count(sum(receipt.outcomes.values())))
    for name, number in receipt.outcomes.items():
        if receipt.is_detection:
            yield say(verified.COUNTS[name], count=count(number))
        else:
            yield f"{say(gap.OUTCOMES[name])}: {count(number)}"


def _within(parts: Iterator[str], language: Language) -> Iterator[str]:
    """As many files as a page may have."""
    left = 4 * limits.PAGE_PART
    for part in parts:
        left -= len(part.encode())
        if left < 0:
            yield f"<p>{escape(language.say('The rest is too long for a page.'))}</p>\n"
            return
        yield part


def _entries(receipt: Receipt, language: Language) -> Iterator[str]:
    for entry in receipt.entries:
        name = escape(quote(entry["file"])) or "–"
        body = "".join((_detected if receipt.is_detection else _checked)(entry, language))
        data = opened("SHA-256", f"<p>{escape(quote(entry['sha256'] or '–'))}</p>\n")
        yield f"<article>\n<h2>{name}</h2>\n{body}{data}</article>\n"


def _unread(entry: Mapping[str, Any], language: Language) -> str:
    reason = language.say(
        "This file could not be read: {reason}", reason=quote(entry["error"] or "")
    )
    return f'<p class="fail">{escape(reason)}</p>\n'


def _detected(entry: Mapping[str, Any], language: Language) -> Iterator[str]:
    """The statements of a file about itself."""
    if entry["outcome"] == UNREADABLE:
        yield _unread(entry, language)
        return
    state = State(entry["outcome"])
    kind, message = article.headline_of(state, _integrity(entry))
    yield f'<h3 class="headline {kind}">{escape(language.say(message))}</h3>\n'
    yield rows(_answers(entry, language, is_signed=state is not State.NONE))


def _answers(
    entry: Mapping[str, Any], language: Language, *, is_signed: bool
) -> Iterator[tuple[str, str]]:
    say = language.say
    if is_signed:
        if (ai := _member(AI, entry["ai"])) is not None:
            yield say("Was AI used?"), say(summary.DISCLOSURES[ai])
        if entry["model"]:
            model = f"{entry['model']} {entry['model_version'] or ''}"
            yield say("AI tool used"), quote(model.strip())
        integrity = _integrity(entry)
        whole = _INTEGRITY.get(integrity) if integrity else None
        yield say("Is it what was signed?"), say(whole or mark("Nothing shows it"))
        yield from _signature(entry, language)
    for each in (entry["digital_source_types"] or ())[:_LISTED]:
        yield say("Source type"), summary.meaning_of(str(each), language)
    listed = (entry["techniques"] or ())[:_LISTED]
    said = ", ".join(_technique(each, language) for each in listed)
    yield say("Found"), said or say("Nothing of that")
    if entry["failures"]:
        codes = ", ".join(quote(str(each)) for each in entry["failures"][:_LISTED])
        yield say("Status codes"), codes
    if entry["identifier"]:
        yield say("Active manifest"), quote(entry["identifier"])
    yield say("File type"), quote(entry["media_type"] or "–")
    if entry["size"] is not None:
        yield say("Size in bytes"), count(entry["size"])


def _signature(entry: Mapping[str, Any], language: Language) -> Iterator[tuple[str, str]]:
    say = language.say
    if name := entry["signer"]:
        if entry["organization"]:
            name = f"{name} ({entry['organization']})"
        trust, name = entry["trust"] or "", quote(name)
        is_known = trust in summary.SIGNERS
        yield say("Signed by"), summary.say_signer(trust, name, language) if is_known else name
    if entry["signed"]:
        time = _moment(entry["signed"])
        yield say("Signed on"), say("{time}, confirmed by a time stamp", time=time)
    else:
        yield say("Signed on"), say("Not known: there is no time stamp")


def _checked(entry: Mapping[str, Any], language: Language) -> Iterator[str]:
    """The rules that a file met."""
    if entry["outcome"] == UNREADABLE:
        yield _unread(entry, language)
        return
    say = language.say
    body = "".join(_finding(each, language) for each in islice(entry["findings"], _FINDINGS))
    titles = head((say("Rule"), say("Result"), say("Evidence")))
    yield f"<table>\n{titles}<tbody>\n{body}</tbody>\n</table>\n"
    if (left := len(entry["findings"]) - _FINDINGS) > 0:
        yield f"<p>{escape(say('and {count} more', count=count(left)))}</p>\n"


def _finding(each: Mapping[str, Any], language: Language) -> str:
    outcome = each["outcome"]
    word = language.say(gap.OUTCOMES[outcome]) if outcome in gap.OUTCOMES else quote(outcome)
    kind = outcome if outcome in gap.OUTCOMES else "note"
    if each["accepted"]:
        word = language.say("{outcome} (accepted)", outcome=word)
    return (
        f"<tr><td>{escape(quote(each['rule']))} ({escape(quote(each['profile']))})</td>"
        f'<td><span class="{kind}">{escape(word)}</span></td>'
        f"<td>{escape(quote(each['reason']))}</td></tr>\n"
    )
