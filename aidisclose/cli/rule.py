"""`aidisclose rule`: what a rule requires, where that is written, and how to meet it."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from aidisclose.cli import candidates, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.errors import UsageError, suggestion
from aidisclose.policy.profiles import PROFILES, RULES
from aidisclose.policy.rule import Rule
from aidisclose.render import formats


@click.command(cls=options.Command)
@click.argument("id_", metavar="[ID]", required=False, shell_complete=candidates.rules_and_profiles)
@options.format_option("rule")
def command(id_: str | None, form: str) -> Exit:
    """Explain a rule, or all of a profile, and how to meet them; without an ID, list all."""
    run = terminal.run(datetime.now(UTC))
    terminal.write(formats.writer("rule", form, run)(_choose(id_), run))
    return Exit.OK


def _choose(name: str | None) -> tuple[Rule, ...]:
    """The rules that are asked for; none if no name is given."""
    if name is None:
        return ()
    if name in PROFILES:
        return tuple(PROFILES[name].rules)
    if rule := RULES.get(name.upper()):
        return (rule,)
    close = [each for each in RULES if each.startswith(name.upper())]
    hint = f"; choose from {', '.join(close)}" if close else suggestion(name, (*RULES, *PROFILES))
    hint = hint or "; `aidisclose rule` lists all"
    # Not a usage error, which would name the help page as well.
    raise UsageError(f"unknown rule {name!r}{hint}")
