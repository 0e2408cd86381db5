"""Values that a shell offers for options whose values are names of ours.

Click calls these functions with what is typed so far. They read no file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def policies(_ctx: click.Context, _option: click.Parameter, typed: str) -> list[CompletionItem]:
    """Built-in profiles, after commas too; files where no profile begins like that."""
    from click.shell_completion import CompletionItem

    from aidisclose.policy.profiles import PROFILES

    # That of all checks is added without being asked for.
    found = _matching((name for name in PROFILES if name != "cross"), typed)
    return found or [CompletionItem(typed, type="file")]


def rules(_ctx: click.Context, _option: click.Parameter, typed: str) -> list[CompletionItem]:
    """Rules, with what each requires."""
    from aidisclose.policy.profiles import RULES

    return _matching(RULES, typed.upper(), {name: rule.title for name, rule in RULES.items()})


def rules_and_profiles(
    ctx: click.Context, option: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Names that `rule` explains."""
    from aidisclose.policy.profiles import PROFILES

    return _matching(PROFILES, typed) + rules(ctx, option, typed)


def premises(_ctx: click.Context, _option: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of premises with `=`, and after it the values that each can have."""
    from aidisclose.policy.inputs import INPUTS

    name, is_named, _ = typed.partition("=")
    if not is_named:
        return _matching((f"{each}=" for each in INPUTS), typed)
    values = INPUTS[name].values if name in INPUTS else ()
    return _matching((f"{name}={value}" for value in values), typed)


def source_types(_ctx: click.Context, _option: click.Parameter, typed: str) -> list[CompletionItem]:
    """Terms of IPTC and C2PA."""
    from aidisclose.manifest.source_type import SOURCE_TYPES

    return _matching(SOURCE_TYPES, typed)


def _matching(
    names: Iterable[str], typed: str, help_: dict[str, str] | None = None
) -> list[CompletionItem]:
    """The names that go on like the last item of a list with commas, less those that are in it."""
    from click.shell_completion import CompletionItem

    before, comma, last = typed.rpartition(",")
    return [
        CompletionItem(before + comma + name, help=(help_ or {}).get(name))
        for name in names
        if name.startswith(last) and name not in before.split(",")
    ]
