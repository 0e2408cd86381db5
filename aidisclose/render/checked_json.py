"""The result of `check` for programs: one document, or one result a line."""

from __future__ import annotations

from collections.abc import Mapping

from aidisclose.policy.check import Plan
from aidisclose.policy.rule import Finding
from aidisclose.render import json
from aidisclose.render.checked import Checked, CheckRun
from aidisclose.render.renderer import Renderer, Run, nothing


def describe(checked: Checked) -> dict[str, object]:
    """One element of `results`; every key is always there."""
    return {
        "file": checked.file,
        "media_type": checked.media_type,
        "state": checked.state,
        "outcome": checked.outcome,
        "findings": [_finding(each) for each in checked.findings],
        "error": checked.error,
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule.id,
        "profile": finding.profile,
        "severity": finding.severity.value,
        "outcome": finding.outcome.value,
        "reason": finding.reason,
        "accepted": finding.is_accepted,
    }


def describe_plan(plan: Plan) -> dict[str, object]:
    """By which texts, on which day, with which premises it was judged."""
    return {
        "profiles": list(plan.editions),
        "as_of": plan.as_of.isoformat(),
        "inputs": dict(plan.inputs),
    }


def checks(scope: CheckRun) -> Renderer[Checked]:
    """One document."""

    def begin(run: Run) -> str:
        head = json.head(run.time) | describe_plan(scope.plan)
        return f'{json.encode(head, indent=2)[:-2]},\n  "results": ['

    def end(counts: Mapping[str, int], _run: Run) -> str:
        summary = {"files": sum(counts.values()), **counts}
        complete = json.encode(scope.is_complete(counts))
        return f'\n  ],\n  "complete": {complete},\n  "summary": {json.encode(summary)}\n}}\n'

    def result(checked: Checked, _run: Run) -> str:
        return json.element(describe(checked))

    return Renderer(begin=begin, result=result, end=end, separator=",")


def lines(_scope: CheckRun) -> Renderer[Checked]:
    """One result a line."""

    def result(checked: Checked, _run: Run) -> str:
        return f"{json.encode(describe(checked))}\n"

    return Renderer(begin=nothing, result=result, end=json.no_end)
