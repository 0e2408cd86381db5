"""The output of `law list`: what each text requires from which day on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from aidisclose.named import NamedTuple
from aidisclose.policy.profiles import PROFILES
from aidisclose.render import json, table
from aidisclose.render.renderer import Run
from aidisclose.render.words import number


class Amendment(NamedTuple):
    """A day on which what is required changes.

    Attributes:
        day: The first on which it counts.
        profile: Name of the profile.
        what: The change.
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


def text(run: Run) -> str:
    """A table of all changes, with the days that are left."""
    today = run.time.date()
    rows = [
        (each.day.isoformat(), _left(each.day, today), each.profile, each.what)
        for each in changes()
    ]
    return table.render(("from", "in", "profile", "what"), rows, run)


def document(run: Run) -> str:
    """All changes as a JSON object."""
    today = run.time.date()
    items = [
        {
            "day": each.day.isoformat(),
            "days_left": max((each.day - today).days, 0),
            "profile": each.profile,
            "what": each.what,
        }
        for each in changes()
    ]
    return json.encode({"schema": json.SCHEMA, "changes": items}, indent=2) + "\n"


def _left(day: date, today: date) -> str:
    return number((day - today).days, "day") if day > today else "applies"
