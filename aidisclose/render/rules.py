"""The output of `rule`: what rules require, where that is written, and how to meet them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import date
from typing import Final

from aidisclose.policy.profiles import PROFILES
from aidisclose.policy.rule import Profile, Rule
from aidisclose.render import json
from aidisclose.render.renderer import Run
from aidisclose.render.style import Style

_WIDTH: Final = 100


def text(chosen: Sequence[Rule], run: Run) -> str:
    """All about each of the rules that were asked for; without any, one line for every rule."""
    if chosen:
        return "".join(_explain(each, run.time.date()) for each in chosen)
    return "\n".join(_list(each, run.style) for each in PROFILES.values())


def document(chosen: Sequence[Rule], run: Run) -> str:
    """The rules that were asked for, or all, as a JSON object."""
    rules = chosen or [rule for profile in PROFILES.values() for rule in profile.rules]
    described = [_describe(each, run.time.date()) for each in rules]
    fields = {"schema": json.SCHEMA, "rules": described}
    return json.encode(fields, indent=2) + "\n"


def _profile_of(rule: Rule) -> Profile:
    return next(each for each in PROFILES.values() if rule in each.rules)


def _describe(rule: Rule, day: date) -> dict[str, object]:
    return {
        "id": rule.id,
        "profile": _profile_of(rule).name,
        "severity": rule.weight().value,
        "title": rule.title,
        "kind": rule.source.kind.value,
        "addressee": rule.addressee.value,
        "source": {
            "title": rule.source.title,
            "address": rule.source.address or None,
            "certainty": rule.certainty(day).value,
            "reading": rule.source.reading.value,
            "read": rule.source.read.isoformat() if rule.source.read else None,
        },
        "citation": rule.citation,
        "evidence": rule.evidence,
        "fix": rule.fix,
        "since": rule.since.isoformat() if rule.since else None,
        "legacy_since": rule.legacy_since.isoformat() if rule.legacy_since else None,
        "until": rule.until.isoformat() if rule.until else None,
    }


def facts(rule: Rule, day: date) -> list[tuple[str, str]]:
    """All about a rule on a day, each fact with its name; one without goes on with the one before.

    Arguments:
        rule: The rule.
        day: The day by which the text is in force, or not yet.
    """
    profile, source = _profile_of(rule), rule.source
    rows = [
        ("requires", f"{rule.title}"),
        ("severity", _severity(rule)),
        ("profile", f"{profile.name}: {profile.title}"),
        ("addressed to", rule.addressee.value),
        ("text", f"{source.title} ({source.kind.value}, {rule.certainty(day).value})"),
        ("paragraph", rule.citation),
        ("address", source.address or "not verified"),
        ("read", f"{source.read}, {source.reading.value}" if source.read else "-"),
        ("looks at", rule.evidence),
        ("to meet it", rule.fix),
    ]
    if rule.since:
        later = f"; older systems from {rule.legacy_since}" if rule.legacy_since else ""
        rows.append(("required", f"from {rule.since}{later}"))
    if rule.until:
        rows.append(("", f"until {rule.until}"))
    return rows


def _explain(rule: Rule, day: date) -> str:
    lines = (
        textwrap.fill(
            text,
            _WIDTH,
            initial_indent=f"  {name:<14}",
            subsequent_indent=" " * 16,
            break_on_hyphens=False,
            break_long_words=False,  # an address is one
        )
        for name, text in facts(rule, day)
    )
    return "\n".join([rule.id, *lines]) + "\n"


def _severity(rule: Rule) -> str:
    usual, bound = rule.weight().value, rule.weight(is_signatory=True).value
    return usual if usual == bound else f"{usual}; {bound} with --input signatory=yes"


def editions(profile: Profile) -> str:
    """The versions of a profile in a line."""
    return ", ".join(f"{each.version} ({each.note})" for each in profile.editions)


def _list(profile: Profile, style: Style) -> str:
    head = style.paint(profile.name, "bold")
    width = max(len(rule.id) for rule in profile.rules)
    rules = (
        f"  {rule.id:<{width}}  {rule.weight().value:<7}  {rule.title} ({rule.source.kind.value})"
        for rule in profile.rules
    )
    return "\n".join([f"{head}  {profile.title}", f"  {editions(profile)}", *rules]) + "\n"
