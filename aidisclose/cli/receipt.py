"""`aidisclose receipt`: records of checks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from aidisclose.cli import files, messages, options, terminal
from aidisclose.cli.destination import redirected, refuse_sources
from aidisclose.cli.exits import Exit
from aidisclose.errors import Unreadable
from aidisclose.policy import receipt_reader
from aidisclose.render import formats
from aidisclose.render.receipts import Recorded
from aidisclose.trust.config import TrustConfig


@click.group(cls=options.Group)
def command() -> None:
    """Check signed records: of `check --receipt`, of `verify --receipt`, of a service."""


@command.command(cls=options.Command)
@click.argument("path", metavar="RECEIPT", type=options.FILE)
@options.trust
@options.at
@options.required_state("Whether somebody you trust must vouch for the signer.")
@options.format_option("receipt")
@options.language
@options.output
def verify(
    path: Path,
    trust: TrustConfig,
    at: datetime | None,
    require: str,
    form: str,
    language: str | None,
    output: Path | None,
) -> Exit:
    """Check that nothing in a record was changed, and who signed it.

    It proves what a check found, not that it is right. Only the signer says when it was signed: the
    certificate has to be valid now, or at --at. The page (--format html) shows what was found in
    which file.
    """
    refuse_sources([files.File(str(path))], {"--output": output})
    run = terminal.run(
        at or datetime.now(UTC),
        is_standard=output is None,
        language=options.page_language(language, form),
    )
    found = _read(path, trust, run.time, is_page=form == options.HTML)
    with redirected(output):
        terminal.write(formats.writer("receipt", form, run)(found, run))
    if found.receipt is None:
        messages.tell(messages.line(found.file, found.error or ""))
        return Exit.FAILED
    return Exit.FAILED if require == "trusted" and found.receipt.distrust else Exit.OK


def _read(path: Path, trust: TrustConfig, at: datetime, *, is_page: bool) -> Recorded:
    try:
        with files.reading(path, is_subject=True) as stream:
            receipt = receipt_reader.verify(stream, trust, at=at, is_kept=is_page)
    except Unreadable as error:
        return Recorded(str(path), error=str(error))
    return Recorded(str(path), receipt)
