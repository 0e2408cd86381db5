"""The result of `check` for people: what does not hold first, and every reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from aidisclose.named import NamedTuple
from aidisclose.policy.check import Plan
from aidisclose.policy.rule import WORST_FIRST, Finding, Outcome, Rule, worst_outcome
from aidisclose.policy.sources import Addressee, TextKind
from aidisclose.render.renderer import UNREADABLE, Renderer, Run
from aidisclose.render.safe import clean, clean_part
from aidisclose.render.style import COLOURS
from aidisclose.render.words import number, told

#: What a summary counts, in this order. A file counts under the worst that was found in it.
OUTCOMES: Final = ("fail", "warn", "undetermined", "pass", UNREADABLE)
#: What one rule of each kind is called, and several.
_NOUNS: Final = {
    TextKind.LAW: ("duty of law", "duties of law"),
    TextKind.CODE: ("measure of a code of practice", "measures of a code of practice"),
    TextKind.STANDARD: ("requirement of a standard", "requirements of a standard"),
    TextKind.RECOMMENDATION: ("recommendation", "recommendations"),
    # Rules that hold across texts, and those of a policy of the user's.
    TextKind.OWN: ("other rule", "other rules"),
}
#: Rules that a head names.
_NAMED: Final = 4
_WIDTH: Final = max(len(each.value) for each in WORST_FIRST)


class Checked(NamedTuple):
    """The result of checking one file.

    Attributes:
        file: Its name as the user gave it, or as it was found in a folder.
        media_type: By its content.
        state: Of its manifest, as `verify` says it.
        findings: The findings of the rules.
        error: The reason why it could not be read.
        sha256: Hash of the whole file, if it is wanted.
        is_new: Whether it was looked for in the folder of the files before, and is not there.
    """

    file: str
    media_type: str | None = None
    state: str = UNREADABLE
    findings: tuple[Finding, ...] = ()
    error: str | None = None
    sha256: str | None = None
    is_new: bool = False

    @property
    def outcome(self) -> str:
        """The worst that was found; what a baseline accepts does not count."""
        if self.error is not None:
            return UNREADABLE
        return worst_outcome(self.findings).value


class CheckRun(NamedTuple):
    """The common facts of one check.

    Attributes:
        plan: The rules and the texts they follow.
        files: Number of files to be checked.
    """

    plan: Plan
    files: int

    def is_complete(self, counts: Mapping[str, int]) -> bool:
        """Whether all of them were checked."""
        return sum(counts.values()) == self.files


def changes(plan: Plan) -> Iterator[str]:
    """Changes that the user's policies and options make to profiles: readers have to know them."""
    if plan.left_out:
        yield f"not judged: {some(plan.left_out)}"
    if plan.severities:
        yield some([f"{name} as {each.value}" for name, each in plan.severities.items()])


def some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def checks(scope: CheckRun) -> Renderer[Checked]:
    """The renderer of one check."""

    def begin(run: Run) -> str:
        # That of a policy is text of a file, which a stranger's folder may name.
        line = f"{', '.join(map(clean_part, scope.plan.editions))} · as of {scope.plan.as_of}"
        stated = ", ".join(f"{name}={value}" for name, value in scope.plan.inputs.items())
        line += f" · you state {stated}" if stated else ""
        line += "".join(f" · {each}" for each in changes(scope.plan))
        return run.style.paint(line, "dim") + "\n"

    def end(counts: Mapping[str, int], run: Run) -> str:
        parts = [run.style.paint(f"{n:,} {name}", COLOURS[name]) for name, n in counts.items() if n]
        done = sum(counts.values())
        text = f"{number(done, 'file')}: {', '.join(parts) or 'none checked'}"
        if not scope.is_complete(counts):
            text += f"; interrupted, {number(scope.files - done, 'file')} not checked"
        if counts["undetermined"] and "undetermined" not in run.shown:
            text += "; --show undetermined says what is open"
        return f"{text}\n"

    return Renderer(begin=begin, result=_result, end=end)


def _result(checked: Checked, run: Run) -> str:
    if checked.error is not None:
        return ""  # it is an error, which is told on standard error
    if not is_told(checked, run):
        return ""  # counted in the last line: of 2,000 files, those that fail must be seen
    return describe(checked.outcome, checked.file, counts(checked), checked.findings, run)


def is_told(checked: Checked, run: Run) -> bool:
    """Whether more is said about a file than that it was checked."""
    return checked.error is None and (checked.outcome in ("fail", "warn") or bool(run.shown))


def describe(outcome: str, name: str, note: str, findings: Sequence[Finding], run: Run) -> str:
    """The paragraph about a file, or about files that have the same findings.

    Arguments:
        outcome: The worst that was found.
        name: The name of the file, or of the files.
        note: The text beside the name.
        findings: Of all rules, or those that are to be told.
        run: The facts that decide what is shown.
    """
    label = run.style.paint(f"{outcome:<{_WIDTH}}", COLOURS[outcome], "bold")
    head = f"{label}  {run.style.paint(clean(name, None), 'bold')}  {note}"
    lines = (head, _indented(sentence(findings)), *_details(findings, run))
    return "".join(f"{line}\n" for line in lines if line)


def _indented(text: str) -> str:
    return f"  {text}" if text else ""


def sentence(findings: Sequence[Finding]) -> str:
    """The duties that are not shown, by their force, and those that only the user can state."""
    broken = [
        each
        for each in findings
        if each.outcome in (Outcome.FAIL, Outcome.WARN) and is_duty(each.rule)
    ]
    kinds = Counter(each.rule.source.kind for each in broken if not each.is_accepted)
    parts = [
        f"{count} {nouns[count > 1]} not shown"
        for kind, nouns in _NOUNS.items()
        if (count := kinds[kind])
    ]
    asked = [each for each in findings if each.premises]
    names = dict.fromkeys(name for each in asked for name in each.premises)
    verb = "needs" if len(asked) == 1 else "need"
    parts += [f"{len(asked)} {verb} your statement (--input {', '.join(names)})"] if asked else []
    return ", ".join(parts)


def is_duty(rule: Rule) -> bool:
    """Whether somebody has to do something; rules of laws for anyone say what is judged."""
    is_binding = rule.source.kind in (TextKind.LAW, TextKind.CODE)
    return not (is_binding and rule.addressee is Addressee.ANYONE)


def counts(checked: Checked) -> str:
    """The number of rules of each outcome."""
    found = [each.outcome for each in checked.findings]
    return ", ".join(f"{found.count(each)} {each.value}" for each in WORST_FIRST if each in found)


class Told(NamedTuple):
    """Rules that say the same about a file.

    Attributes:
        outcome: Their outcome.
        rules: The rules.
        reason: The reason, in words; empty where they hold.
        is_accepted: Whether a baseline accepts that.
    """

    outcome: Outcome
    rules: tuple[Rule, ...]
    reason: str
    is_accepted: bool = False


def by_reason(findings: Sequence[Finding], run: Run) -> Iterator[Told]:
    """The lines about findings: failures first, rules with the same reason together."""
    for outcome in WORST_FIRST:
        is_listed = outcome in (Outcome.FAIL, Outcome.WARN) or outcome.value in run.shown
        if outcome is Outcome.PASS or not is_listed:
            continue
        reasons: dict[tuple[str, bool], list[Rule]] = {}
        for each in findings:
            if each.outcome is outcome:
                reasons.setdefault((told(each), each.is_accepted), []).append(each.rule)
        for (reason, is_accepted), rules in reasons.items():
            yield Told(outcome, tuple(rules), reason, is_accepted)
    good = tuple(each.rule for each in findings if each.outcome is Outcome.PASS)
    if good and Outcome.PASS.value in run.shown:
        yield Told(Outcome.PASS, good, "")


def _details(findings: Sequence[Finding], run: Run) -> Iterator[str]:
    """A line for each reason. The rest is counted."""
    for each in by_reason(findings, run):
        label = run.style.paint(f"{each.outcome.value:<{_WIDTH}}", COLOURS[each.outcome.value])
        ids = " ".join(rule.id for rule in each.rules)
        reason = f": {clean(each.reason)}" if each.reason else ""
        yield f"  {label}  {ids}{reason}{' (accepted)' if each.is_accepted else ''}"
