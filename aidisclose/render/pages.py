"""`verify`, `inspect` and `diff` as a page for anybody, from the answers down to the bytes.

The levels are those of the C2PA guidance for user experience: 2 on top, 3 and 4 behind it. Nothing
in it is a script, and nothing is loaded; all text of files is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final

from aidisclose.manifest.lineage import Believed
from aidisclose.policy.rule import Finding
from aidisclose.render import json, page, resemblance, tree, words
from aidisclose.render.compared import Compared, cite
from aidisclose.render.page import escape
from aidisclose.render.renderer import Renderer, Result, Run
from aidisclose.render.safe import clean
from aidisclose.render.style import PLAIN
from aidisclose.render.text import problems
from aidisclose.render.tree import Line
from aidisclose.validate.document import moment
from aidisclose.validate.report import Integrity, Report, State
from aidisclose.validate.status import Results

if TYPE_CHECKING:
    from aidisclose.repository.recovery import Recovered

#: Statuses that are listed, lines of a history, and bytes of JSON; a hostile file has more.
_STATUSES: Final = 200
_LINES: Final = 2_000
_STEPS: Final = 50
_JSON: Final = 256 * 1024

_UNCHANGED: Final = {
    State.TRUSTED: ("pass", "Signed by somebody you trust, and unchanged since"),
    State.VALID: ("warn", "Signed and unchanged since; nobody you trust vouches for the signer"),
}
_OTHERS: Final = {
    State.INVALID: ("fail", "The Content Credentials do not hold"),
    State.NONE: ("", "No Content Credentials were found"),
}
_PART: Final = ("warn", "Only a part of this file is what was signed")
_UNPROVEN: Final = ("warn", "Signed, but nothing shows that this content is what was signed")


def _headline(report: Report) -> tuple[str, str]:
    """A class of the page, and the sentence on top."""
    if report.state in _OTHERS:
        return _OTHERS[report.state]
    if report.integrity is Integrity.INTACT:
        return _UNCHANGED[report.state]
    return _PART if report.integrity is Integrity.PARTIAL else _UNPROVEN


def _begin(run: Run) -> str:
    said = f"<p>Checked on {moment(run.time)}.</p>\n"
    return page.begin("Content Credentials") + said


def _end(counts: Mapping[str, int], _run: Run) -> str:
    parts = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    done = sum(counts.values())
    text = f"<p>{escape(words.number(done, 'file'))}: {escape(parts)}.</p>\n" if done > 1 else ""
    return text + _limits() + page.END


def _limits() -> str:
    items = "".join(f"<li>{escape(line)}</li>\n" for line in words.LIMITS)
    return f"<h2>What this does not mean</h2>\n<ul>\n{items}</ul>\n"


def _result(result: Result, _run: Run) -> str:
    head = f"<article>\n<h2>{escape(result.file)}</h2>\n"
    report = result.report
    if report is None:
        reason = escape(result.error or "")
        return f'{head}<p class="fail">It could not be read: {reason}</p>\n</article>\n'
    return head + "".join(_levels(result, report)) + "</article>\n"


def _levels(result: Result, report: Report) -> Iterator[str]:
    """Level 2, and 3 and 4 in parts that can be opened."""
    kind, headline = _headline(report)
    yield f'<p class="{kind}">{headline}.</p>\n'
    yield _table((name, escape(value)) for name, value in _answers(report))
    lines = [*result.reasons, *problems(report)]
    if lines:
        items = "".join(f"<li>{escape(line)}</li>\n" for line in dict.fromkeys(lines))
        yield f"<p>What does not hold, or contradicts itself:</p>\n<ul>\n{items}</ul>\n"
    if result.recovered is not None:
        yield _alike(result.recovered)
    if report.believed is not None:
        yield _opened("How it was made, step by step", _steps(report.believed))
    yield _opened("What was checked", _statuses(report.statuses))
    text = json.encode(report.as_dict(), indent=2)
    cut = "\n…" if len(text) > _JSON else ""
    yield _opened("All of it, as data", f"<pre>{page.escape_block(text[:_JSON])}{cut}</pre>\n")


def _alike(recovered: tuple[Recovered, ...]) -> str:
    """Credentials of files that look alike, apart from those that this file has."""
    head = "<h3>Credentials of files that look alike</h3>\n"
    if not recovered:
        return f"{head}<p>None were found.</p>\n"
    items = "".join(
        f"<li>This {escape(resemblance.seems(each))}.<br>{escape(resemblance.worth(each))}</li>\n"
        for each in recovered
    )
    warning = f"But {resemblance.UNPROVEN}, nor that nothing was changed."
    return f'{head}<ul>\n{items}</ul>\n<p class="warn">{warning}</p>\n'


def _answers(report: Report) -> Iterator[tuple[str, str]]:
    yield "State", words.state(report)
    yield "Kind of file", report.media_type
    if report.state is State.NONE:
        gap = next((words.MISSING[name] for name in report.missing), words.NO_MANIFEST)
        yield "Meaning", gap
        for line in words.marks(report):
            yield "Unsigned mark", line
        return
    yield "Content", words.integrity(report)
    yield "Signer", words.signer(report)
    for line in words.overclaims(report):
        yield "Warning", line
    for line in words.identities(report):
        yield "Identity", line
    yield "AI", words.disclosure(report.disclosure)
    if permissions := words.training(report.disclosure):
        yield "Permits", permissions
    for line in words.record(report):
        yield "Stated", line
    stamp = report.signature.timestamp if report.signature else None
    if stamp:
        trusted = "" if stamp.is_trusted else ", by an authority that is not trusted"
        yield "Time stamp", f"{moment(stamp.time)}{trusted}"


def _table(rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(
        f'<tr><th scope="row">{name}</th><td>{value}</td></tr>\n' for name, value in rows
    )
    return f"<table>\n<tbody>\n{body}</tbody>\n</table>\n"


def _opened(title: str, content: str) -> str:
    return f"<details>\n<summary>{title}</summary>\n{content}</details>\n"


def _steps(believed: Believed) -> str:
    """The history that unbroken hashes from the signature prove, the newest step first."""
    nodes = tuple(
        Line(clean(step.manifest.claim.title or step.manifest.label), tuple(_done(step.manifest)))
        for step in islice(believed.walk(), _STEPS)
    )
    return _list(nodes, [_LINES])


def _done(manifest: Believed) -> Iterator[Line]:
    for generator in manifest.claim.generators[:_STEPS]:
        yield Line(f"made with {clean(str(generator.get('name', 'a program without a name')))}")
    for listed in manifest.action_lists:
        for action in listed.actions[:_STEPS]:
            source = f": {words.source_type_of(action.source_type)}" if action.source_type else ""
            agent = f", with {clean(str(action.agent))}" if action.agent else ""
            yield Line(f"{clean(action.name)}{source}{agent}")
    for item in manifest.ingredients[:_STEPS]:
        title = clean(item.value.title or "something without a title")
        yield Line(f"from {title} ({clean(item.value.relationship)})")


def _history(roots: Iterable[Line]) -> str:
    left = [_LINES]
    return "".join(_list((root,), left) for root in roots)


def _list(nodes: tuple[Line, ...], left: list[int]) -> str:
    """Nested lists, down to as many lines as are left."""
    items: list[str] = []
    for node in nodes:
        left[0] -= 1
        if left[0] < 0:
            items.append("<li>…</li>\n")
            break
        below = _list(node.children, left) if node.children else ""
        items.append(f"<li>{escape(node.text)}{below}</li>\n")
    return f"<ul>\n{''.join(items)}</ul>\n"


def _statuses(results: Results) -> str:
    rows = [
        f'<tr><td class="{kind}">{escape(item.code)}</td><td>{escape(item.explanation)}</td>'
        f"<td>{escape(item.url)}</td></tr>\n"
        for kind, items in (
            ("fail", results.failure),
            ("", results.informational),
            ("pass", results.success),
        )
        for item in items
    ]
    more = f"<p>and {len(rows) - _STATUSES:,} more</p>\n" if len(rows) > _STATUSES else ""
    head = "<tr><th>status</th><th>explanation</th><th>about</th></tr>\n"
    body = "".join(rows[:_STATUSES])
    return f"<table>\n<thead>{head}</thead>\n<tbody>\n{body}</tbody>\n</table>\n{more}"


#: The page of `verify`.
RENDERER: Final = Renderer(begin=_begin, result=_result, end=_end)


def render(result: Result, run: Run) -> str:
    """The page of `inspect`: also what stands there without being proven."""
    drawn = tree.lines(result.report, PLAIN) if result.report is not None else ()
    whole = _opened("Everything that stands in the manifest store", _history(drawn))
    return _begin(run) + _result(result, run) + (whole if drawn else "") + _end({}, run)


def _compared_begin(run: Run) -> str:
    return page.begin("Disclosures before and after") + f"<p>Checked on {moment(run.time)}.</p>\n"


def _compared(found: Compared, _run: Run) -> str:
    head = f"<h2>{escape(found.before)} → {escape(found.after)}</h2>\n"
    if found.error is not None:
        return f'{head}<p class="fail">It could not be compared: {escape(found.error)}</p>\n'
    if not found.changes:
        return f"{head}<p>Nothing was disclosed before.</p>\n"
    rows = "".join(
        f'<tr><td class="{"pass" if each.is_kept else "fail"}">'
        f"{'kept' if each.is_kept else 'lost'}</td><td>{escape(each.carrier)}</td>"
        f"<td>{escape(each.how)}</td><td>{escape(each.before)}</td>"
        f"<td>{escape(each.after or 'nothing')}</td></tr>\n"
        for each in found.changes
    )
    titles = ("", "carrier", "what happened", "before", "after")
    head_row = "".join(f"<th>{title}</th>" for title in titles)
    table = f"<table>\n<thead><tr>{head_row}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    return head + table + _rules(found.findings)


def _rules(findings: tuple[Finding, ...]) -> str:
    items = "".join(
        f'<li class="{each.outcome.value}">{each.outcome.value}: '
        f"{escape(f'{cite(each)}: {each.reason}')}</li>\n"
        for each in findings
    )
    return f"<ul>\n{items}</ul>\n" if items else ""


def _compared_end(counts: Mapping[str, int], _run: Run) -> str:
    parts = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"<p>{escape(parts)}.</p>\n{page.END}"


#: The page of `diff`.
COMPARED: Final = Renderer(begin=_compared_begin, result=_compared, end=_compared_end)
