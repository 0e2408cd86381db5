"""JUnit XML, as Jenkins and GitLab read it: a suite a file, a case a rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final
from xml.sax.saxutils import quoteattr

from aidisclose.render import alerts
from aidisclose.render.alerts import Notice
from aidisclose.render.checked import Checked, CheckRun
from aidisclose.render.renderer import UNREADABLE, Renderer, Result, Run
from aidisclose.render.safe import clean, encodable
from aidisclose.validate.transcript import moment

#: What XML 1.0 cannot hold.
_FORBIDDEN: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _attribute(text: str) -> str:
    # XML 1.0 §2.2 has no way to write these, escaped or not: one of them makes the whole report
    # unreadable.
    return quoteattr(_FORBIDDEN.sub("\ufffd", encodable(text)))


def _begin(run: Run) -> str:
    """No totals: they are not known before the end, and readers add up the suites."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="aidisclose">{_stamp(run)}\n'


def _stamp(run: Run) -> str:
    return f"<!-- {moment(run.time)} -->"


def _suite(file: str, notices: Iterable[Notice], run: Run) -> str:
    listed = list(notices)
    failures = sum(_is_failure(each) for each in listed)
    errors = sum(each.rule == UNREADABLE for each in listed)
    skipped = sum(each.level == alerts.OPEN for each in listed)
    head = (
        f"<testsuite name={_attribute(clean(file, None))} tests={_attribute(str(len(listed)))} "
        f'failures="{failures}" errors="{errors}" skipped="{skipped}" time="0" '
        f'timestamp="{moment(run.time)[:-1]}">'
    )
    return "\n".join([head, *map(_case, listed), "</testsuite>"]) + "\n"


def _is_failure(each: Notice) -> bool:
    return each.level == alerts.ERROR and each.rule != UNREADABLE and not each.is_accepted


def _case(each: Notice) -> str:
    name = f"{each.rule} {each.title}" if each.title else each.rule
    head = f"  <testcase classname={_attribute(each.group or 'aidisclose')}"
    head += f' name={_attribute(name)} time="0"'
    text = _attribute(each.text)
    if each.rule == UNREADABLE:
        return f'{head}><error type="{UNREADABLE}" message={text}/></testcase>'
    if _is_failure(each):
        return f"{head}><failure type={_attribute(each.rule)} message={text}/></testcase>"
    if each.level == alerts.OPEN:
        return f"{head}><skipped message={text}/></testcase>"
    if each.level == alerts.PASS:
        return f"{head}/>"
    return f"{head}><system-out>{_content(f'{each.level}: {each.text}')}</system-out></testcase>"


def _content(text: str) -> str:
    return _attribute(text)[1:-1]


def _end(_counts: Mapping[str, int], _run: Run) -> str:
    return "</testsuites>\n"


def checks(_scope: CheckRun) -> Renderer[Checked]:
    """The renderer of one check."""

    def result(checked: Checked, run: Run) -> str:
        return _suite(checked.file, alerts.of_checked(checked), run)

    return Renderer(begin=_begin, result=result, end=_end)


def _verified(result: Result, run: Run) -> str:
    return _suite(result.file, alerts.of_result(result), run)


RENDERER: Final = Renderer(begin=_begin, result=_verified, end=_end)
