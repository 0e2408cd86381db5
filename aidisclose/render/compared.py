"""The result of `diff`: which disclosures survived a processing step."""

from __future__ import annotations

from typing import Final

from aidisclose.named import NamedTuple
from aidisclose.policy.compare import Difference
from aidisclose.policy.rule import Finding
from aidisclose.render import checked_json, json
from aidisclose.render.renderer import UNREADABLE, Renderer, Run, nothing
from aidisclose.render.safe import clean
from aidisclose.render.style import COLOURS
from aidisclose.render.text import summarize
from aidisclose.render.words import told

#: What a summary counts; `none` is a file that disclosed nothing before.
OUTCOMES: Final = ("kept", "lost", "none", UNREADABLE)


class Compared(NamedTuple):
    """The result of comparing the disclosures of one file.

    Attributes:
        before: Its name before the step.
        after: Its name after the step.
        changes: The change of each disclosure.
        findings: The findings of the rules on that, if the user asked for them.
        error: The reason why it could not be compared.
    """

    before: str
    after: str
    changes: tuple[Difference, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: str | None = None

    @property
    def outcome(self) -> str:
        """Whether all disclosures were kept; `none` if there were none."""
        if self.error is not None:
            return UNREADABLE
        if not self.changes:
            return "none"
        return "kept" if all(each.is_kept for each in self.changes) else "lost"


def _text(compared: Compared, run: Run) -> str:
    if compared.error is not None:
        return ""
    outcome = compared.outcome
    label = run.style.paint(f"{outcome:<4}", COLOURS[outcome], "bold")
    names = f"{clean(compared.before, None)} → {clean(compared.after, None)}"
    lines = [f"{label}  {names}"]
    for each in compared.changes:
        word = run.style.paint(
            "kept" if each.is_kept else "lost", COLOURS["kept" if each.is_kept else "lost"]
        )
        value = each.before if each.is_kept else f"{each.before} → {each.after or 'nothing'}"
        lines.append(f"  {word}  {clean(each.carrier)}, {each.how}: {clean(value)}")
    if not compared.changes:
        lines.append("  nothing was disclosed before")
    for found in compared.findings:
        word = run.style.paint(found.outcome.value, COLOURS[found.outcome.value])
        lines.append(f"  {word}  {cite(found)}: {clean(told(found))}")
    return "".join(f"{line}\n" for line in lines)


def cite(finding: Finding) -> str:
    """The rule, and where it is written."""
    return f"{finding.rule.id}, {finding.rule.citation}"


def describe(compared: Compared) -> dict[str, object]:
    """One element of `results`; every key is always there."""
    return {
        "before": compared.before,
        "after": compared.after,
        "outcome": compared.outcome,
        "changes": [
            {
                "carrier": each.carrier,
                "before": each.before,
                "after": each.after,
                "kept": each.is_kept,
                "how": each.how,
            }
            for each in compared.changes
        ],
        "findings": [
            {**checked_json.finding(each), "citation": each.rule.citation}
            for each in compared.findings
        ],
        "error": compared.error,
    }


TEXT: Final = Renderer(begin=nothing, result=_text, end=summarize)
JSON: Final = json.document(describe)
JSONL: Final = json.lines(describe)
