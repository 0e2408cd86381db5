"""The result of `check` as a page to hand in: each measure, its evidence, what is still open.

Guidelines on Art. 50, 148, ask those who do not sign the Code of Practice for a gap analysis. Where
a rule is written is cited in English in every language of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Final

from aidisclose.policy.inputs import INPUTS
from aidisclose.policy.rule import Finding, Outcome
from aidisclose.policy.sources import TextKind
from aidisclose.render import language as languages
from aidisclose.render.checked import Checked, CheckRun, is_duty
from aidisclose.render.language import Language, mark
from aidisclose.render.measures import Measured, Measures
from aidisclose.render.page import document
from aidisclose.render.page.document import count, escape, head, items, quote
from aidisclose.render.page.summary import time_of
from aidisclose.render.renderer import UNREADABLE, Renderer, Run
from aidisclose.render.safe import clean

#: Characters of a reason; it may quote a file.
_REASON: Final = 1_000
#: By the word of an outcome.
OUTCOMES: Final = {
    "fail": mark("not fulfilled"),
    "warn": mark("not shown"),
    "undetermined": mark("open"),
    "not-applicable": mark("does not apply"),
    "pass": mark("fulfilled"),
    UNREADABLE: mark("could not be read"),
}


def checks(scope: CheckRun) -> Renderer[Checked]:
    """The renderer of one check."""

    def begin(run: Run) -> str:
        language = languages.load(run.language)
        say = language.say
        stated = ", ".join(f"{name}={value}" for name, value in scope.plan.inputs.items())
        left_out = ", ".join(scope.plan.left_out)
        otherwise = ", ".join(
            f"{name} ({each.value})" for name, each in scope.plan.severities.items()
        )
        lines = (
            say("Rules: {texts}", texts=", ".join(scope.plan.editions)),
            say("Law as of {day}", day=scope.plan.as_of),
            say("Statements: {stated}", stated=quote(stated)) if stated else "",
            say("Not judged: {rules}", rules=left_out) if left_out else "",
            say("Counted otherwise: {rules}", rules=otherwise) if otherwise else "",
            say("Checked on {time}", time=time_of(run.time)),
        )
        note = say(
            "This page says which measure has which evidence in the files. It does not say that "
            "anything complies with a law."
        )
        title = say("AI disclosure: measures, evidence, open statements")
        listed = items(filter(None, lines))
        return f"{document.begin(title, language)}{listed}<p>{escape(note)}</p>\n"

    def end(counts: Mapping[str, int], run: Run) -> str:
        say = languages.load(run.language).say
        done = sum(counts.values())
        lines = [say("Files: {count}", count=count(done))]
        lines += [f"{say(OUTCOMES[name])}: {count(n)}" for name, n in counts.items() if n]
        if not scope.is_complete(counts):
            left = count(scope.files - done)
            lines.append(say("Interrupted; files that were not checked: {count}", count=left))
        return items(lines) + document.END

    return Renderer(begin=begin, result=_result, end=end)


class ByMeasure:
    """Writes the table of measures of all files, when they are known, and what is open.

    Arguments:
        run: Has the language and the day.
    """

    def __init__(self, run: Run) -> None:
        self._language = languages.load(run.language)
        self._day = run.time.date()
        self._measures = Measures()

    def add(self, kept: Checked) -> str:
        """Take a result; nothing can be written yet."""
        self._measures.observe(kept)
        return ""

    def flush(self) -> str:
        """Return the tables."""
        found, say = self._measures, self._language.say
        rows = "".join(
            _rows(list(listed), self._language, self._day)
            for _, listed in groupby(found.by_rule(), key=lambda each: each.finding.rule.id)
        )
        text = f"<h2>{escape(say('Measures and their evidence'))}</h2>\n"
        text += _table(rows, self._language, say("Files"))
        if gaps := list(_gaps(found, self._language)):
            text = f"<h2>{escape(say('Not fulfilled or not shown'))}</h2>\n{items(gaps)}{text}"
        if found.statements:
            lines = (
                f"{name}: {say(INPUTS[name].meaning)} ({count(number)})"
                for name, number in found.statements.items()
            )
            text = f"<h2>{escape(say('Open statements'))}</h2>\n{items(lines)}{text}"
        if found.unread:
            unread = (
                f"{_named(*files, self._language)}: {clean(why)}"
                for why, files in found.unread.items()
            )
            text += f"<h2>{escape(say('Not read'))}</h2>\n{items(unread)}"
        if found.omitted:
            text += f"<p>{escape(say('and {count} more', count=count(found.omitted)))}</p>\n"
        return text


def _gaps(found: Measures, language: Language) -> Iterator[str]:
    """The rules that do not hold in some file, by their force."""
    broken: dict[TextKind, dict[str, None]] = {}
    for each in found.by_rule():
        finding = each.finding
        is_broken = finding.outcome in (Outcome.FAIL, Outcome.WARN) and not finding.is_accepted
        if is_broken and is_duty(finding.rule):
            broken.setdefault(finding.rule.source.kind, {})[finding.rule.id] = None
    for kind in TextKind:
        if kind in broken:
            yield f"{language.say(kind.value)}: {', '.join(broken[kind])}"


def _named(names: list[str], number: int, language: Language) -> str:
    """Files by number and first names."""
    say = language.say
    listed = ", ".join(clean(name, None) for name in names)
    if number > len(names):
        listed += f" {say('and {count} more', count=count(number - len(names)))}"
    return listed if number == 1 else f"{say('Files: {count}', count=count(number))} ({listed})"


def _table(rows: str, language: Language, *further: str) -> str:
    say = language.say
    titles = (say("Rule"), say("Measure"), say("Source"), say("Result"), say("Evidence"))
    return (
        f'<table class="measures">\n{head((*titles, *further))}<tbody>\n{rows}</tbody>\n</table>\n'
    )


def _result(checked: Checked, run: Run) -> str:
    language = languages.load(run.language)
    name = f"<h2>{escape(quote(checked.file))}</h2>\n"
    if checked.error is not None:
        error = quote(checked.error)
        reason = language.say("This file could not be read: {reason}", reason=error)
        return f'{name}<p class="fail">{escape(reason)}</p>\n'
    day = run.time.date()
    rows = (
        f"<tr>{_rule(each, language, day)}{_found(each, language)}</tr>\n"
        for each in checked.findings
    )
    return name + _table("".join(rows), language)


def _why(finding: Finding, language: Language) -> str:
    """The reason, and how the gap is closed: who reads this page runs the command."""
    reason = escape(clean(language.tell(finding.said), _REASON))
    if finding.outcome not in (Outcome.FAIL, Outcome.WARN):
        return reason
    fix = language.say("To meet it: {fix}", fix=language.say(finding.rule.fix))
    return f"{reason}<p>{escape(fix)}</p>"


def _rows(listed: Sequence[Measured], language: Language, day: date) -> str:
    """The outcomes of one rule in all files: it is named once."""
    rule = _rule(listed[0].finding, language, day, len(listed))
    lines = []
    for each in listed:
        files = quote(_named(each.names, each.count, language))
        lines.append(f"{_found(each.finding, language)}<td>{escape(files)}</td>")
    cells = "</tr>\n<tr>".join(lines)
    return f"<tr>{rule}{cells}</tr>\n"


def _rule(finding: Finding, language: Language, day: date, rows: int = 1) -> str:
    """The cells that say what is asked for, over some rows."""
    rule, say = finding.rule, language.say
    span = f' rowspan="{rows}"' if rows > 1 else ""
    force = f"{say(rule.source.kind.value)}, {say(rule.certainty(day).value)}"
    return (
        f"<td{span}>{escape(rule.id)}</td>"
        f"<td{span}>{escape(f'{say(rule.title)} ({say(rule.addressee.value)})')}</td>"
        f'<td{span}><span lang="en">{escape(rule.citation)}</span> ({escape(force)})</td>'
    )


def _found(finding: Finding, language: Language) -> str:
    """The cells that say what it came to, and why."""
    outcome = finding.outcome.value
    word = language.say(OUTCOMES[outcome])
    if finding.is_accepted:
        word = language.say("{outcome} (accepted)", outcome=word)
    return (
        f'<td><span class="{outcome}">{escape(word)}</span></td><td>{_why(finding, language)}</td>'
    )
