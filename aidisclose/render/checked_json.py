"""The result of `check` for programs: one document, or one result a line."""

from __future__ import annotations

from collections.abc import Mapping

from aidisclose.policy.check import Plan
from aidisclose.policy.rule import Finding
from aidisclose.render import json
from aidisclose.render.checked import Checked, CheckRun
from aidisclose.render.renderer import Renderer


def describe(checked: Checked) -> dict[str, object]:
    """One element of `results`; every key is always there."""
    return {
        "file": checked.file,
        "media_type": checked.media_type,
        "state": checked.state,
        "outcome": checked.outcome,
        "findings": [finding(each) for each in checked.findings],
        "error": checked.error,
    }


def finding(found: Finding) -> dict[str, object]:
    """One element of `findings`."""
    return {
        "rule": found.rule.id,
        "profile": found.profile,
        "severity": found.severity.value,
        "outcome": found.outcome.value,
        "reason": found.reason,
        "asks": list(found.asks),
        "accepted": found.is_accepted,
    }


def describe_plan(plan: Plan) -> dict[str, object]:
    """By which texts, on which day, with which premises it was judged."""
    return {
        "profiles": list(plan.editions),
        "as_of": plan.as_of.isoformat(),
        "inputs": dict(plan.inputs),
    }


def describe_terms(plan: Plan) -> dict[str, object]:
    """The same, and what the user's policies and options change in it."""
    return {
        **describe_plan(plan),
        "left_out": list(plan.left_out),
        "severities": {name: each.value for name, each in plan.severities.items()},
    }


def checks(scope: CheckRun) -> Renderer[Checked]:
    """One document."""

    def conclude(counts: Mapping[str, int]) -> dict[str, object]:
        return {"complete": scope.is_complete(counts)}

    return json.document(describe, about=describe_terms(scope.plan), conclude=conclude)


def lines(_scope: CheckRun) -> Renderer[Checked]:
    """One result a line."""
    return json.lines(describe)
