"""`aidisclose formats`: which media formats there are, and how each is bound to its manifest."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from aidisclose.cli import options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.render import formats


@click.command(cls=options.Command)
@options.format_option("formats")
def command(form: str) -> Exit:
    """List the media formats that can be read and signed, and how each is protected.

    The content of a file decides what it is; its name counts only where a folder is searched.
    """
    run = terminal.run(datetime.now(UTC))
    terminal.write(formats.writer("formats", form, run)(run))
    return Exit.OK
