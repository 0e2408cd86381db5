"""The statements of a file about itself, as a part of a page: for anybody, in a language.

Whom a signer is trusted by depends on who asks: the lists of a user of the command line, or those
of a service. The wording fits both, names no option of a command, and keeps the terms of the C2PA
guidance for user experience. What is data stays as the specification writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aidisclose import limits
from aidisclose.render import json
from aidisclose.render.language import Language, mark
from aidisclose.render.page import history, pictures, proof, summary
from aidisclose.render.page.document import escape, escape_block, figure, items, opened, rows
from aidisclose.render.page.pictures import Pictures
from aidisclose.validate.report import Report
from aidisclose.validate.state import Gap, Integrity, State

_PASS, _WARN, _FAIL = "pass", "warn", "fail"

_TRUSTED: Final = mark("Signed by a trusted signer, and unchanged since.")
_TEST: Final = mark("Signed with credentials for testing, and unchanged since.")
_VALID: Final = mark("Signed, and unchanged since. Who signed it is not confirmed.")
_PARTIAL: Final = mark("Only a part of this file is what was signed.")
_UNPROVEN: Final = mark("Signed, but nothing shows that this content is what was signed.")
_ALTERED: Final = mark("This is not what was signed: it was changed afterwards.")
_INVALID: Final = mark("The Content Credentials of this file are not valid.")
_NONE: Final = mark("No Content Credentials were found. AI may have been used nevertheless.")
_ELSEWHERE: Final = mark("The Content Credentials of this file are elsewhere, and were not read.")
_FRAGMENT: Final = mark(
    "This is a fragment. Its Content Credentials are at the beginning of its stream."
)

#: What people conclude and must not.
LIMITS: Final = (
    mark("Unchanged means: this is what was signed. It does not mean that what it shows is true."),
    mark("A trusted signer is one whose name a trust list confirms, not one who is always right."),
    mark("What is said about AI is the signer’s statement; nothing in a file can prove it."),
    mark("Where nothing is said, AI may still have been used."),
)


def article(
    report: Report,
    language: Language,
    shown: Pictures = pictures.NONE,
    *,
    level: int = 2,
    further: str = "",
) -> str:
    """The result as a part of a page; all text of the file in it is escaped.

    Arguments:
        report: The report on the file.
        language: The language in which it is said.
        shown: Pictures that were made for it.
        level: Of its heading, 2 or more.
        further: The text between its answers and its details, as HTML.
    """
    return f"<article>\n{''.join(_levels(report, language, shown, level, further))}</article>\n"


def _levels(
    report: Report, language: Language, shown: Pictures, level: int, further: str
) -> Iterator[str]:
    say = language.say
    kind, message = headline(report)
    classes = f"headline {kind}".rstrip()
    yield f'<h{level} class="{classes}">{escape(say(message))}</h{level}>\n'
    if shown.file is not None:
        yield figure(shown.file, say("The file, made small"))
    yield rows(summary.answers(report, language))
    below = level + 1
    for title, lines in (
        (mark("What is not valid, or contradicts itself"), summary.problems(report, language)),
        (mark("What could not be checked"), summary.gaps(report, language)),
    ):
        if found := items(lines):
            yield f"<h{below}>{escape(say(title))}</h{below}>\n{found}"
    yield further
    if report.believed is not None:
        steps = history.steps(report, report.believed, language, shown)
        yield opened(say("History: how it was made, step by step"), steps)
    if report.state is not State.NONE or report.statuses.statuses:
        yield opened(say("For experts: what was checked"), proof.sections(report, language, below))
    yield opened(say("For programs: all of it as data"), _data(report), "data")


def headline(report: Report) -> tuple[str, str]:
    """A class of the page, and the message on top."""
    if report.state is State.NONE:
        if Gap.INIT_SEGMENT in report.missing:
            return ("", _FRAGMENT)
        return ("", _ELSEWHERE if Gap.MANIFEST in report.missing else _NONE)
    found = headline_of(report.state, report.integrity)
    return (_WARN, _TEST) if found[0] == _PASS and report.is_test else found


def headline_of(state: State, integrity: Integrity | None) -> tuple[str, str]:
    """The same of what is known of a file that is not here.

    Arguments:
        state: Of its credentials.
        integrity: Whether it is what was signed; None if that is not known.
    """
    if state is State.NONE:
        return ("", _NONE)
    if state is State.INVALID:
        return (_FAIL, _ALTERED if integrity is Integrity.ALTERED else _INVALID)
    if integrity is not Integrity.INTACT:
        return (_WARN, _PARTIAL if integrity is Integrity.PARTIAL else _UNPROVEN)
    return (_PASS, _TRUSTED) if state is State.TRUSTED else (_WARN, _VALID)


def _data(report: Report) -> str:
    """The result in JSON, as far as it fits."""
    text = escape_block(json.encode(report.as_dict(), indent=2))
    if len(text) > limits.PAGE_PART:
        text = text[: limits.PAGE_PART].rpartition("\n")[0] + "\n…"
    return f'<pre lang="en">{text}</pre>\n'


def limits_of(language: Language) -> str:
    """The limits of the result."""
    say = language.say
    return f"<h2>{escape(say('What this does not mean'))}</h2>\n{items(map(say, LIMITS))}"
