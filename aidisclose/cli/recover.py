"""`aidisclose recover`: credentials that a file may have had before they were stripped."""

from __future__ import annotations

from pathlib import Path

import click

from aidisclose.cli import messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.errors import Unreachable
from aidisclose.io import http
from aidisclose.io.output import write_file
from aidisclose.render import resemblance
from aidisclose.render.safe import clean
from aidisclose.repository import recovery
from aidisclose.repository.address import open_repository
from aidisclose.trust.anchors import TrustConfig


@click.command(cls=options.Command)
@options.sources(several=False)
@click.option(
    "--repository",
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
@click.option("-o", "--output", type=options.FILE, metavar="FILE", help="Write the best manifest.")
@click.option("--force", is_flag=True, help="Replace an output that exists.")
@click.option(
    "--most", type=click.IntRange(1, 100), default=5, show_default=True, help="Candidates to show."
)
@options.trust
def command(
    src: str,
    repository: str | None,
    servers: tuple[str, ...],
    output: Path | None,
    force: bool,
    most: int,
    trust: TrustConfig,
) -> Exit:
    """Search for credentials of a file by its watermark, its looks or its sound.

    What is found belongs to a file that looks alike. It does not prove that this file is that one,
    or that nothing in it was changed. Exit code 1 says that nothing was found.
    """
    if servers and repository is not None:
        raise click.UsageError("--server and --repository exclude each other")
    traces = recovery.trace(src)
    for problem in traces.problems:
        messages.tell(messages.line(src, problem))
    if servers:
        found = _ask(traces, servers, trust, most)
    else:
        with open_repository(repository) as opened:
            found = recovery.recover(traces, opened, trust=trust, most=most)
    if not found:
        messages.tell(messages.line(src, "no credentials of a file that looks alike were found"))
        return Exit.FAILED
    terminal.write(f"{clean(src)}\n")
    for line in resemblance.lines(found):
        terminal.write(f"  {line}\n")
    if output is not None:
        write_file(output, found[0].store, overwrite=force)
    return Exit.OK


def _ask(
    traces: recovery.Traces, servers: tuple[str, ...], trust: TrustConfig, most: int
) -> tuple[recovery.Recovered, ...]:
    """What the first server that knows something says; others may be down."""
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
