"""`aidisclose repository`: what is stored, whether all of it is there, and removing it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from aidisclose import limits
from aidisclose.cli import messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.io.digest import processors
from aidisclose.io.output import open_output
from aidisclose.render import formats
from aidisclose.render.holdings import Holdings
from aidisclose.render.safe import clean
from aidisclose.render.words import number
from aidisclose.repository import archive
from aidisclose.repository.address import open_repository

#: Bytes of an export from which several processes validate it.
_MANY: Final = 4 * limits.MIB

_where: Final = click.option(
    "--repository",
    type=options.REPOSITORY,
    metavar="PLACE",
    help="The repository: a file, or postgresql://….  [default: the user's own]",
)


@click.group(cls=options.Group)
def command() -> None:
    """Look after the manifests that `aidisclose publish` stored."""


@command.command("list", cls=options.Command)
@_where
@options.format_option("repository")
def names(repository: str | None, form: str) -> Exit:
    """List the labels of the manifests that are stored."""
    with open_repository(repository) as opened:
        found = Holdings(opened.names())
        if not found.labels:
            hint = "nothing is stored yet: `aidisclose publish FILE` stores its credentials"
            messages.tell(messages.line(hint))
        return _show(found, form)


@command.command(cls=options.Command)
@_where
@options.format_option("repository")
def check(repository: str | None, form: str) -> Exit:
    """Check that nothing which was stored is lost or changed."""
    with open_repository(repository) as opened:
        problems = tuple(opened.problems())
        return _show(Holdings(opened.names(), problems), form)


def _show(found: Holdings, form: str) -> Exit:
    run = terminal.run(datetime.now(UTC))
    terminal.write(formats.writer("repository", form, run)(found, run))
    return Exit.FAILED if found.problems else Exit.OK


@command.command(cls=options.Command)
@_where
@click.option(
    "-o", "--output", type=options.OUTPUT, required=True, metavar="FILE", help="Where to write it."
)
@click.option("--force", is_flag=True, help="Replace an output that exists.")
def export(repository: str | None, output: Path, force: bool) -> Exit:
    """Write all of a repository into a file that `import` reads.

    A record is a manifest, or the tombstone of one that was removed.
    """
    with open_repository(repository) as opened, open_output(output, overwrite=force) as file:
        stream = file.stream()
        count = archive.export(opened, stream)
        stream.flush()
    terminal.write(f"{number(count, 'record')} written\n")
    return Exit.OK


@command.command("import", cls=options.Command)
@click.argument("file", type=options.FILE)
@_where
@options.jobs
def restore(file: Path, repository: str | None, jobs: int | None) -> Exit:
    """Take in what `export` wrote.

    Every manifest is validated. What is there already, or was removed here, stays as it is.
    """
    count = refused = 0
    with (
        file.open("rb") as stream,
        open_repository(repository, create=True) as opened,
    ):
        if jobs is None:
            jobs = processors() if file.stat().st_size > _MANY else 1
        for taken in archive.restore(opened, stream, jobs=jobs):
            count += taken.is_new
            if taken.problem is not None:
                refused += 1
                messages.tell(messages.line(clean(taken.id), taken.problem))
    terminal.write(f"{number(count, 'record')} taken in\n")
    return Exit.FAILED if refused else Exit.OK


@command.command(cls=options.Command)
@click.argument("label")
@_where
def remove(label: str, repository: str | None) -> Exit:
    """Remove a manifest for good: only a tombstone stays."""
    with open_repository(repository) as opened:
        if opened.remove(label):
            return Exit.OK
    messages.tell(messages.line(label, "there is no such manifest in the repository"))
    return Exit.FAILED
