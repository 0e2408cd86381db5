"""`aidisclose rule`: what a rule requires, where that is written, and how to meet it."""

from __future__ import annotations

import sys
import textwrap
from typing import Final

import click

from aidisclose.cli import options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.policy.profiles import PROFILES, RULES
from aidisclose.policy.rule import Profile, Rule
from aidisclose.render.style import Style

_WIDTH: Final = 100


@click.command(cls=options.Command)
@click.argument("id_", metavar="[ID]", required=False)
@options.format_option(("text", "json"))
def command(id_: str | None, form: str) -> Exit:
    """Explain a rule, or all of a profile, and how to meet them; without an ID, list all."""
    chosen = RULES
    if id_ in PROFILES:
        chosen = {rule.id: rule for rule in PROFILES[id_].rules}
    elif id_ is not None:
        rule = RULES.get(id_.upper())
        if rule is None:
            close = [each for each in RULES if each.startswith(id_.upper())]
            hint = f"; there are {', '.join(close)}" if close else "; `aidisclose rule` lists all"
            raise click.UsageError(f"there is no rule {id_!r}{hint}")
        chosen = {rule.id: rule}
    if form == "json":
        from aidisclose.render.json import encode

        document = {"schema": 1, "rules": [_describe(each) for each in chosen.values()]}
        terminal.write(encode(document, indent=2) + "\n")
        return Exit.OK
    style = terminal.style(sys.stdout)
    if id_ is not None:
        terminal.write("".join(map(_explain, chosen.values())))
    else:
        terminal.write("\n".join(_list(each, style) for each in PROFILES.values()))
    return Exit.OK


def _profile_of(rule: Rule) -> Profile:
    return next(each for each in PROFILES.values() if rule in each.rules)


def _describe(rule: Rule) -> dict[str, object]:
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
            "certainty": rule.source.certainty.value,
            "reading": rule.source.reading.value,
            "read": rule.source.read.isoformat() if rule.source.read else None,
        },
        "citation": rule.citation,
        "evidence": rule.evidence,
        "fix": rule.fix,
        "since": rule.since.isoformat() if rule.since else None,
        "legacy_since": rule.legacy_since.isoformat() if rule.legacy_since else None,
    }


def _explain(rule: Rule) -> str:
    profile, source = _profile_of(rule), rule.source
    rows = [
        ("requires", f"{rule.title}"),
        ("severity", _severity(rule)),
        ("profile", f"{profile.name}: {profile.title}"),
        ("addressed to", rule.addressee.value),
        ("text", f"{source.title} ({source.kind.value}, {source.certainty.value})"),
        ("paragraph", rule.citation),
        ("address", source.address or "not verified"),
        ("read", f"{source.read}, {source.reading.value}" if source.read else "-"),
        ("looks at", rule.evidence),
        ("to meet it", rule.fix),
    ]
    if rule.since:
        later = f"; older systems from {rule.legacy_since}" if rule.legacy_since else ""
        rows.append(("required", f"from {rule.since}{later}"))
    lines = (
        textwrap.fill(text, _WIDTH, initial_indent=f"  {name:<14}", subsequent_indent=" " * 16)
        for name, text in rows
    )
    return "\n".join([rule.id, *lines]) + "\n"


def _severity(rule: Rule) -> str:
    usual, bound = rule.weight().value, rule.weight(is_signatory=True).value
    return usual if usual == bound else f"{usual}; {bound} with --input signatory=yes"


def _list(profile: Profile, style: Style) -> str:
    head = style.paint(profile.name, "bold")
    editions = ", ".join(f"{each.version} ({each.note})" for each in profile.editions)
    width = max(len(rule.id) for rule in profile.rules)
    rules = (
        f"  {rule.id:<{width}}  {rule.weight().value:<7}  {rule.title} ({rule.source.kind.value})"
        for rule in profile.rules
    )
    return "\n".join([f"{head}  {profile.title}", f"  {editions}", *rules]) + "\n"
