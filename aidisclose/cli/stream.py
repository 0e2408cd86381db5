"""`aidisclose stream`: live media, segment by segment."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

import aidisclose as ad
from aidisclose.cli import files, messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.trust.config import TrustConfig


@click.group(cls=options.Group)
def command() -> None:
    """Check live streams that are signed segment by segment."""


@command.command(cls=options.Command)
@options.sources()
@options.trust
@options.at
@options.required_state("The state that every segment must have at least.")
@click.option(
    "--online", is_flag=True, help="Ask whether certificates are revoked; the hosts see it."
)
@options.crl
@options.format_option("stream")
def verify(
    src: tuple[str, ...],
    trust: TrustConfig,
    at: datetime | None,
    require: str,
    online: bool,
    crl: tuple[Path, ...],
    form: str,
) -> Exit:
    """Check initialization segments and media segments in the order in which they were received.

    Patterns are sorted by number: seg2 comes before seg10. Segments may be missing; which ones is
    said. Each has to be signed, in a manifest of its own or with a session key that a manifest
    before it delivers (C2PA 2.5 §15).
    """
    from aidisclose.render import formats
    from aidisclose.render.streamed import Streamed

    received = [_named(each) for each in files.find(src)]
    run = terminal.run(at or datetime.now(UTC))
    config = options.with_revocation(trust, crl, online=online)
    try:
        found = ad.verify_stream(received, trust=config, at=run.time)
    except ad.LimitExceeded as error:
        raise ad.LimitExceeded(f"{src[0]}: {messages.why(error)}") from None
    terminal.write(formats.writer("stream", form, run)(Streamed(received, found), run))
    return Exit.OK if found.state >= ad.State(require) else Exit.FAILED


def _named(file: files.File) -> str:
    """The path of a file.

    Raises:
        UsageError: There is none, or it is standard input, which cannot be one of many files.
    """
    if file.error:
        raise click.UsageError(f"{file.path}: {file.error}")
    if file.path == files.STDIN:
        raise click.UsageError("the segments of a stream are files: standard input is one alone")
    return file.path
