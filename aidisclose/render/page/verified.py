"""`verify` and `inspect` as a page: the article of each file, and what else was found for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.render import language as languages
from aidisclose.render import tree, words
from aidisclose.render.language import Language, mark
from aidisclose.render.page import document, pictures
from aidisclose.render.page.article import article, limits_of
from aidisclose.render.page.document import count, escape, items, opened, quote
from aidisclose.render.page.summary import signer, time_of
from aidisclose.render.renderer import UNREADABLE, Renderer, Result, Run
from aidisclose.render.style import PLAIN
from aidisclose.render.tree import Line
from aidisclose.validate.state import Gap

if TYPE_CHECKING:
    from aidisclose.repository.recovery import Recovered

#: Lines of the tree of a store; a hostile one has more.
_LINES: Final = 2_000
#: Stands in a sentence for markup that is put there.
_PLACE: Final = "⟦⟧"
#: By the word of a summary.
COUNTS: Final = {
    "trusted": mark("trusted: {count}"),
    "valid": mark("valid, but the signer is not confirmed: {count}"),
    "invalid": mark("not valid: {count}"),
    "none": mark("without Content Credentials: {count}"),
    UNREADABLE: mark("could not be read: {count}"),
}
#: By the name of a demand.
_WANTED: Final = {
    "require": mark("State that the file should have: {wanted}"),
    "signer": mark("Who should have signed it: {wanted}"),
    "issuer": mark("Who should have issued the certificate: {wanted}"),
}


def begin(run: Run) -> str:
    """A page up to its first result."""
    say = languages.load(run.language).say
    checked = escape(say("Checked on {time}", time=time_of(run.time)))
    return (
        f"{document.begin('Content Credentials', languages.load(run.language))}<p>{checked}</p>\n"
    )


def end(counts: Mapping[str, int], run: Run) -> str:
    """A page from its last result."""
    language = languages.load(run.language)
    done = sum(counts.values())
    text = ""
    if done > 1:
        parts = [
            language.say(COUNTS[name], count=count(number))
            for name, number in counts.items()
            if number
        ]
        files = language.say("Files: {count}", count=count(done))
        text = f"<h2>{escape(files)}</h2>\n{items(parts)}"
    return text + limits_of(language) + document.END


def result(found: Result, run: Run) -> str:
    """One file."""
    language = languages.load(run.language)
    name = f'<p class="file">{escape(quote(found.file))}</p>\n'
    if found.report is None:
        reason = f'<span lang="en">{escape(quote(found.error or ""))}</span>'
        said = escape(language.say("This file could not be read: {reason}", reason=_PLACE))
        headline = said.replace(_PLACE, reason)
        return f'<article>\n{name}<h2 class="headline fail">{headline}</h2>\n</article>\n'
    shown = found.pictures or pictures.NONE
    further = _asked(found, language) + _alike(found.recovered, language)
    return name + article(found.report, language, shown, further=further)


def _asked(found: Result, language: Language) -> str:
    """Further demands that do not hold; the answers about the file say why."""
    if not found.reasons:
        return ""
    title = escape(language.say("What was asked for and is not so"))
    told = {*(each.reason for each in found.demands), words.MISSING[Gap.FRAGMENTS]}
    others = [each for each in found.reasons if each not in told]
    unmet = [
        language.say(_WANTED[each.name], wanted=", ".join(map(quote, each.wanted)))
        for each in found.demands
        if not each.holds and each.name in _WANTED
    ]
    return f"<h3>{title}</h3>\n{items(unmet)}{items(others, 'en')}" if unmet or others else ""


def _alike(recovered: tuple[Recovered, ...] | None, language: Language) -> str:
    """Credentials of files that look alike, apart from those that this file has."""
    if recovered is None:
        return ""
    say = language.say
    head = f"<h3>{escape(say('Content Credentials of files that look alike'))}</h3>\n"
    if not recovered:
        return f"{head}<p>{escape(say('None were found.'))}</p>\n"
    warning = say(
        "Nothing proves that this file is one of those. What is said below is about other files, "
        "of which this one may be a changed copy."
    )
    shown = "".join(_one(each, language) for each in recovered)
    return f'{head}<p class="warn">{escape(warning)}</p>\n{shown}'


def _one(found: Recovered, language: Language) -> str:
    # Only pages of recovered credentials pay for this.
    from aidisclose.repository.recovery import Means

    say = language.say
    is_watermark = found.means is Means.WATERMARK
    said = [] if found.score is None else [say("Similarity: {score} %", score=found.score)]
    if not found.is_signed:
        said.append(
            say("by a watermark that its manifest does not name")
            if is_watermark
            else say("by a fingerprint that is not signed")
        )
    if (stamp := found.report.signature and found.report.signature.timestamp) and stamp.is_trusted:
        said.append(say("signed on {time}", time=time_of(stamp.time)))
    detail = f"<p>{escape(' · '.join(said))}</p>\n" if said else ""
    has_signer = found.report.signature and found.report.signature.signer
    name = signer(found.report, language) if has_signer else "?"
    whose = (
        say("This has the watermark of a file that was signed by {name}.", name=name)
        if is_watermark
        else say("This looks like a file that was signed by {name}.", name=name)
    )
    return f"<p>{escape(whose)}</p>\n{detail}{article(found.report, language, level=4)}"


#: The page of `verify`.
RENDERER: Final = Renderer(begin=begin, result=result, end=end)


def render(found: Result, run: Run) -> str:
    """The page of `inspect`: also what stands there without being proven."""
    say = languages.load(run.language).say
    drawn = tree.lines(found.report, PLAIN) if found.report is not None else ()
    whole = ""
    if drawn:
        title = say("Everything in the manifest store, proven or not")
        whole = opened(title, f'<div lang="en">\n{_tree(drawn)}</div>\n', "data")
    return begin(run) + result(found, run) + whole + end({}, run)


def _tree(roots: Iterable[Line]) -> str:
    budget = [_LINES, limits.PAGE_PART]
    return "".join(_list((root,), budget) for root in roots)


def _list(nodes: tuple[Line, ...], budget: list[int]) -> str:
    """Nested lists, down to as many lines and bytes as are left."""
    shown: list[str] = []
    for node in nodes:
        text = escape(node.text)
        budget[0] -= 1
        budget[1] -= len(text)
        if min(budget) < 0:
            shown.append("<li>…</li>\n")
            break
        below = _list(node.children, budget) if node.children else ""
        shown.append(f"<li>{text}{below}</li>\n")
    return f"<ul>\n{''.join(shown)}</ul>\n"
