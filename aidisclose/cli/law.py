"""`aidisclose law`: the texts that profiles follow, and what changes on which day."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

import click

from aidisclose.cli import options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.policy.profiles import PROFILES
from aidisclose.render.table import render
from aidisclose.render.words import number

_FORMS: Final = ("text", "json")


class Amendment(NamedTuple):
    """A day on which what is required changes.

    Attributes:
        day: The first on which it counts.
        profile: Whose.
        what: What changes.
    """

    day: date
    profile: str
    what: str


def changes() -> list[Amendment]:
    """All that profiles know of, by day."""
    return sorted(set(_changes()))


def _changes() -> Iterator[Amendment]:
    for profile in PROFILES.values():
        for edition in profile.editions:
            yield Amendment(edition.since, profile.name, f"{edition.version}: {edition.note}")
        known = {edition.since for edition in profile.editions}
        days: dict[date, list[str]] = {}
        for rule in profile.rules:
            if rule.since and rule.since not in known:
                days.setdefault(rule.since, []).append(rule.id)
        for day, ids in days.items():
            yield Amendment(day, profile.name, f"required from this day: {', '.join(ids)}")


@click.group()
def command() -> None:
    """Show the texts that profiles follow."""


@command.command("list", cls=options.Command)
@options.format_option(_FORMS)
def list_(form: str) -> Exit:
    """List the editions of each text, what changes on which day, and how many days are left."""
    today = datetime.now(UTC).date()
    if form == "json":
        from aidisclose.render.json import encode

        items = [
            {"day": each.day.isoformat(), "profile": each.profile, "what": each.what}
            for each in changes()
        ]
        terminal.write(encode({"schema": 1, "changes": items}, indent=2) + "\n")
        return Exit.OK
    rows = [
        (each.day.isoformat(), _left(each.day, today), each.profile, each.what)
        for each in changes()
    ]
    terminal.write(render(("from", "in", "profile", "what"), rows, terminal.style(sys.stdout)))
    return Exit.OK


def _left(day: date, today: date) -> str:
    return number((day - today).days, "day") if day > today else "applies"
