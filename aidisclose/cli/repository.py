"""`aidisclose repository`: what is stored, whether all of it is there, and removing it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from aidisclose.cli import messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.io.home import home
from aidisclose.render.safe import clean
from aidisclose.repository.sqlite import Repository, usual

_where: Final = click.option(
    "--repository",
    type=options.FILE,
    metavar="FILE",
    help="The repository.  [default: the user's own]",
)


@click.group()
def command() -> None:
    """Look after the manifests that `aidisclose publish` stored."""


@command.command("list", cls=options.Command)
@_where
def names(repository: Path | None) -> Exit:
    """List the labels of the manifests that are stored."""
    with Repository(usual(repository, home())) as opened:
        for name in opened.names():
            terminal.write(f"{clean(name)}\n")
    return Exit.OK


@command.command(cls=options.Command)
@_where
def check(repository: Path | None) -> Exit:
    """Check that nothing which was stored is lost or changed."""
    with Repository(usual(repository, home())) as opened:
        problems = list(opened.problems())
        count = len(opened.names())
    for each in problems:
        messages.tell(messages.line(clean(each)))
    if not problems:
        terminal.write(f"{count:,} manifests, all as they were stored\n")
    return Exit.FAILED if problems else Exit.OK


@command.command(cls=options.Command)
@click.argument("label")
@_where
def remove(label: str, repository: Path | None) -> Exit:
    """Remove a manifest for good: only a tombstone stays."""
    with Repository(usual(repository, home())) as opened:
        if opened.remove(label):
            return Exit.OK
    messages.tell(messages.line(label, "there is no such manifest in the repository"))
    return Exit.FAILED
