"""`aidisclose recover`: credentials that a file may have had before they were stripped."""

from __future__ import annotations

import io
from pathlib import Path

import click

from aidisclose.cli import messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.durable.fingerprint import queries
from aidisclose.io.home import home
from aidisclose.io.output import write_file
from aidisclose.render.safe import clean
from aidisclose.repository.sqlite import Match, Repository, usual
from aidisclose.trust.anchors import TrustConfig
from aidisclose.validate.verify import examine


@click.command(cls=options.Command)
@options.sources(several=False)
@click.option(
    "--repository",
    type=options.FILE,
    metavar="FILE",
    help="Where to search.  [default: the user's own repository]",
)
@click.option("-o", "--output", type=options.FILE, metavar="FILE", help="Write the best manifest.")
@click.option("--force", is_flag=True, help="Replace an output that exists.")
@click.option(
    "--most", type=click.IntRange(1, 100), default=5, show_default=True, help="Candidates to show."
)
@options.trust
def command(
    src: str,
    repository: Path | None,
    output: Path | None,
    force: bool,
    most: int,
    trust: TrustConfig,
) -> Exit:
    """Search for credentials of a picture by its looks.

    What is found belongs to a file that looks alike. It does not prove that this file is that one,
    or that nothing in it was changed. Exit code 1 says that nothing was found.
    """
    units = queries(src)
    with Repository(usual(repository, home())) as opened:
        matches = opened.near(units, most)
        stores = [(each, opened.get(each.id)) for each in matches]
    found = [(each, store) for each, store in stores if store is not None]
    if not found:
        messages.tell(messages.line(src, "no credentials of a file that looks alike were found"))
        return Exit.FAILED
    for match, store in found:
        terminal.write(_describe(src, match, store, trust))
    if output is not None:
        write_file(output, found[0][1], overwrite=force)
    return Exit.OK


def _describe(src: str, match: Match, store: bytes, trust: TrustConfig) -> str:
    """One candidate: how alike, who signed, and what that does not prove."""
    report = examine(io.BytesIO(store), trust=trust)
    certificate = report.signature.signer if report.signature else None
    signer = clean(certificate.common_name or "an unnamed signer") if certificate else "nobody"
    stamp = report.signature.timestamp if report.signature else None
    when = f" on {stamp.time:%Y-%m-%d}" if stamp and stamp.is_trusted else ""
    by = "" if match.is_signed else " (by a fingerprint that is not signed)"
    return (
        f"{match.score} % alike  {clean(src)}  looks like a file that {signer} signed{when}{by}\n"
        f"  {clean(match.id)}: credentials {report.state.value} by themselves, AI "
        f"{report.disclosure.ai.value}; this file is not proven to be the one that was signed\n"
    )
