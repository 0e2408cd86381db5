"""`aidisclose recover`: credentials that a file may have had before they were stripped."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from aidisclose.cli import files, messages, options, sequence
from aidisclose.cli.exits import Exit, of_error
from aidisclose.cli.files import File
from aidisclose.cli.selection import Selection
from aidisclose.errors import AidiscloseError, Unreachable
from aidisclose.io import http
from aidisclose.io.output import write_file
from aidisclose.render import resemblance
from aidisclose.render.recovered import OUTCOMES, Recovery
from aidisclose.repository import recovery
from aidisclose.repository.address import open_repository
from aidisclose.trust.config import TrustConfig


@click.command(cls=options.Command)
@options.sources(required=False)
@options.files_from
@options.excluded
@click.option(
    "--repository",
    type=options.REPOSITORY,
    metavar="PLACE",
    help="Where to search: a file, or postgresql://….  [default: the user's own repository]",
)
@click.option(
    "--server",
    "servers",
    multiple=True,
    metavar="URL",
    help="A resolution server to ask instead; it learns watermark and fingerprint. The first that "
    "finds something counts.",
)
@click.option(
    "-o",
    "--output",
    type=options.OUTPUT,
    metavar="FILE",
    help="Write the best manifest (of one file).",
)
@click.option("--force", is_flag=True, help="Replace an output that exists.")
@click.option(
    "--most",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    metavar="N",
    help="Candidates to show.",
)
@options.format_option("recover")
@options.trust
def command(
    src: tuple[str, ...],
    files_from: str | None,
    selection: Selection,
    repository: str | None,
    servers: tuple[str, ...],
    output: Path | None,
    force: bool,
    most: int,
    form: str,
    trust: TrustConfig,
) -> Exit:
    """Search for credentials of files by their watermarks, their looks or their sound.

    What is found belongs to a file that looks alike. It does not prove that this file is that one,
    or that nothing in it was changed. Exit code 1 says that nothing was found.
    """
    if servers and repository is not None:
        raise click.UsageError("--server and --repository cannot be combined")
    listed = files.find(files.named(src, files_from), selection=selection)
    if len(listed) > 1 and output is not None:
        raise click.UsageError("--output is about one file")
    with ExitStack() as stack:
        search: Callable[[recovery.Traces], tuple[recovery.Recovered, ...]]
        if servers:
            search = partial(_ask, servers=servers, trust=trust, most=most)
        else:
            opened = stack.enter_context(open_repository(repository))
            search = partial(recovery.recover, repository=opened, trust=trust, most=most)
        work = partial(_recover, search=search, output=output, force=force)
        return sequence.run("recover", form, listed, work, outcomes=OUTCOMES)


def _recover(
    file: File,
    *,
    search: Callable[[recovery.Traces], tuple[recovery.Recovered, ...]],
    output: Path | None,
    force: bool,
) -> tuple[Recovery, Exit]:
    """Search for the credentials of one file; one that cannot be read stops no others."""
    try:
        if file.error is not None:
            raise AidiscloseError(file.error)
        traces = recovery.trace(file.path)
    except (AidiscloseError, OSError) as error:
        reason = messages.why(error)
        messages.tell(messages.line(file.path, reason))
        return Recovery(file.path, error=reason), of_error(error)
    for problem in traces.problems:
        messages.tell(messages.line(file.path, problem))
    try:
        found = search(traces)
    except Unreachable as error:  # the document that other results stand in still gets its end
        messages.tell(messages.line(file.path, str(error)))
        return Recovery(file.path, error=str(error)), of_error(error)
    if not found:
        messages.tell(messages.line(file.path, resemblance.NOTHING))
        return Recovery(file.path), Exit.FAILED
    if output is not None:
        try:
            write_file(output, found[0].store, overwrite=force)
        except OSError as error:
            messages.tell(messages.line(output, messages.why(error)))
            return Recovery(file.path, found), of_error(error)
    return Recovery(file.path, found), Exit.OK


def _ask(
    traces: recovery.Traces, servers: tuple[str, ...], trust: TrustConfig, most: int
) -> tuple[recovery.Recovered, ...]:
    """The answer of the first server that knows something; others may be down."""
    from aidisclose.resolution import client

    silent = 0
    for server in servers:
        try:
            found = client.search(traces, server, trust=trust, most=most)
        except Unreachable as error:
            silent += 1
            messages.tell(messages.line(http.public(server), str(error)))
            continue
        if found:
            return found
    if silent == len(servers):
        raise Unreachable("no server could be asked")
    return ()
