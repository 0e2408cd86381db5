"""`rule` at a terminal: a rule as a card, all as a list by profile."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aidisclose.policy.profiles import PROFILES
from aidisclose.policy.rule import Profile, Rule, Severity
from aidisclose.render.renderer import Run
from aidisclose.render.rules import editions, facts
from aidisclose.render.terminal import canvas, card, links

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def text(chosen: Sequence[Rule], run: Run) -> str:
    """A card for each of the rules that were asked for; without any, a line for every rule."""
    if chosen:
        return "".join(_card(each, run) for each in chosen)
    shown: list[RenderableType] = []
    for number, profile in enumerate(PROFILES.values()):
        shown += [Text("")] if number else []
        shown += _profile(profile)
    return canvas.draw(Group(*shown), run)


def _card(rule: Rule, run: Run) -> str:
    title = canvas.text(rule.id, "bold", url=links.law(rule.id))
    return card.frame(title, card.grid(facts(rule, run.time.date())), _COLOURS[rule.weight()], run)


def _profile(profile: Profile) -> list[RenderableType]:
    drawn = Table.grid(padding=(0, 2, 0, 0))
    drawn.add_column(no_wrap=True)
    drawn.add_column(no_wrap=True)
    drawn.add_column(overflow="fold")
    for rule in profile.rules:
        name = canvas.text(f"  {rule.id}", url=links.law(rule.id))
        weight = Text(rule.weight().value, _COLOURS[rule.weight()])
        title = canvas.text(rule.title).append(f" ({rule.source.kind.value})", "dim")
        drawn.add_row(name, weight, title)
    head = canvas.text(f"{profile.name}  ", "bold").append(profile.title, "none")
    return [head, canvas.text(f"  {editions(profile)}", "dim"), drawn]
