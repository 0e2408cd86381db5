"""`aidisclose law`: the texts that profiles follow, and what changes on which day."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from aidisclose.cli import options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.render import formats


@click.group(cls=options.Group)
def command() -> None:
    """Show the texts that profiles follow."""


@command.command("list", cls=options.Command)
@options.format_option("law")
def list_(form: str) -> Exit:
    """List the editions of each text, what changes on which day, and how many days are left."""
    run = terminal.run(datetime.now(UTC))
    terminal.write(formats.writer("law", form, run)(run))
    return Exit.OK
