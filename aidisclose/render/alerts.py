"""Notices for continuous integration: one for each thing that somebody should look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aidisclose.named import NamedTuple
from aidisclose.policy.rule import Finding, Outcome, Severity
from aidisclose.render import words
from aidisclose.render.checked import Checked
from aidisclose.render.renderer import UNREADABLE, Result
from aidisclose.render.safe import clean
from aidisclose.render.words import NO_MANIFEST, told
from aidisclose.validate.state import Integrity, State

ERROR: Final = "error"
WARNING: Final = "warning"
NOTE: Final = "note"
OPEN: Final = "open"
PASS: Final = "pass"  # noqa: S105 - no password

#: Says nothing against the file, only that its signer is not known.
_DISTRUST: Final = "signingCredential.untrusted"
#: Failures of one file that are told; a hostile one may have thousands.
_FAILURES: Final = 100


class Notice(NamedTuple):
    """Something about one file.

    Attributes:
        file: Its name.
        rule: Id of the rule, or a status code.
        level: `error`, `warning`, `note`, `open` if it is undetermined, or `pass`.
        text: The message, in one printable line.
        title: The rule in a few words.
        group: Profile that the rule is of.
        is_accepted: Whether a baseline accepts it.
    """

    file: str
    rule: str
    level: str
    text: str
    title: str = ""
    group: str = ""
    is_accepted: bool = False


def of_checked(checked: Checked) -> Iterator[Notice]:
    """One notice a finding, or that the file cannot be read."""
    if checked.error is not None:
        yield Notice(checked.file, UNREADABLE, ERROR, clean(checked.error))
    for each in checked.findings:
        yield Notice(
            checked.file,
            each.rule.id,
            _level(each),
            clean(told(each), None),
            each.rule.title,
            each.profile,
            each.is_accepted,
        )


def _level(finding: Finding) -> str:
    if finding.outcome is Outcome.WARN:
        return NOTE if finding.severity is Severity.INFO else WARNING
    return {Outcome.FAIL: ERROR, Outcome.UNDETERMINED: OPEN}.get(finding.outcome, PASS)


def of_result(result: Result) -> Iterator[Notice]:
    """The notices about a verified file: its failures, what is doubtful, or that all holds."""
    file, report = result.file, result.report
    if report is None:
        yield Notice(file, UNREADABLE, ERROR, clean(result.error or ""))
        return
    if report.state is State.NONE:
        yield Notice(file, "none", ERROR, NO_MANIFEST)
    for reason in result.reasons:
        yield Notice(file, "required", ERROR, clean(reason))
    for status in report.failures[:_FAILURES]:
        is_fatal = report.state is State.INVALID and status.code != _DISTRUST
        text = f"{status.code}: {status.explanation}" if status.explanation else status.code
        yield Notice(file, clean(status.code), ERROR if is_fatal else NOTE, clean(text))
    if line := words.cover(report):
        level = WARNING if report.integrity is Integrity.PARTIAL else NOTE
        yield Notice(file, "coverage", level, clean(line))
    for line in (*words.contradictions(report.disclosure), *words.unread(report.disclosure)):
        yield Notice(file, "disclosure", WARNING, clean(line))
    is_met = all(each.holds for each in result.demands)
    if report.state >= State.VALID and is_met and not result.reasons:
        yield Notice(file, report.state.value, PASS, f"the file is {report.state.value}")
