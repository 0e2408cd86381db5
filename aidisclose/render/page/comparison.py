"""`diff` as a page: which disclosures survived a processing step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aidisclose.policy.rule import Finding
from aidisclose.render import language as languages
from aidisclose.render.compared import Compared, cite
from aidisclose.render.language import Language, mark
from aidisclose.render.page import document
from aidisclose.render.page.document import count, escape, head, items, quote
from aidisclose.render.page.gap import OUTCOMES
from aidisclose.render.page.summary import time_of
from aidisclose.render.renderer import UNREADABLE, Renderer, Run

#: By the word of a summary.
_COUNTS: Final = {
    "kept": mark("everything kept: {count}"),
    "lost": mark("something lost: {count}"),
    "none": mark("nothing disclosed before: {count}"),
    UNREADABLE: mark("could not be read: {count}"),
}


def _begin(run: Run) -> str:
    language = languages.load(run.language)
    checked = escape(language.say("Checked on {time}", time=time_of(run.time)))
    title = language.say("Disclosures before and after")
    return f"{document.begin(title, language)}<p>{checked}</p>\n"


def _result(found: Compared, run: Run) -> str:
    language = languages.load(run.language)
    say = language.say
    title = f"<h2>{escape(quote(found.before))} → {escape(quote(found.after))}</h2>\n"
    if found.error is not None:
        reason = say("These files could not be compared: {reason}", reason=quote(found.error))
        return f'{title}<p class="fail">{escape(reason)}</p>\n'
    if not found.changes:
        return f"{title}<p>{escape(say('Nothing was disclosed before.'))}</p>\n"
    titles = (say("Result"), say("Carrier"), say("What happened"), say("Before"), say("After"))
    body = "".join(
        f'<tr><td class="{"pass" if each.is_kept else "fail"}">'
        f"{escape(say('kept') if each.is_kept else say('lost'))}</td>"
        f"<td>{escape(quote(each.carrier))}</td><td>{escape(say(each.how))}</td>"
        f"<td>{escape(quote(each.before))}</td>"
        f"<td>{escape(quote(each.after) if each.after else '–')}</td></tr>\n"
        for each in found.changes
    )
    table = f"<table>\n{head(titles)}<tbody>\n{body}</tbody>\n</table>\n"
    return title + table + _rules(found.findings, language)


def _rules(findings: tuple[Finding, ...], language: Language) -> str:
    if not findings:
        return ""
    title = escape(language.say("Rules about that"))
    lines = (
        f"{language.say(OUTCOMES[each.outcome.value])}: {cite(each)}: {language.tell(each.said)}"
        for each in findings
    )
    return f"<h3>{title}</h3>\n{items(lines)}"


def _end(counts: Mapping[str, int], run: Run) -> str:
    say = languages.load(run.language).say
    parts = (say(_COUNTS[name], count=count(n)) for name, n in counts.items() if n)
    return items(parts) + document.END


#: The page of `diff`.
RENDERER: Final = Renderer(begin=_begin, result=_result, end=_end)
