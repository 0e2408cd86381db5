"""`aidisclose receipt`: records of checks."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from aidisclose.cli import files, messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.errors import Unreadable
from aidisclose.policy import receipt_reader
from aidisclose.policy.receipt_reader import Receipt
from aidisclose.render.safe import clean
from aidisclose.render.words import number
from aidisclose.trust.anchors import TrustConfig


@click.group()
def command() -> None:
    """Check signed records: of `check --receipt`, of `verify --receipt`, of a service."""


@command.command(cls=options.Command)
@click.argument("path", metavar="RECEIPT", type=options.FILE)
@options.trust
@options.at
@options.setting(
    "--require",
    type=options.Choice(("valid", "trusted")),
    default="valid",
    show_default=True,
    help="Whether somebody you trust must vouch for the signer.",
)
def verify(
    path: Path,
    trust: TrustConfig,
    at: datetime | None,
    require: str,
) -> Exit:
    """Check that nothing in a record was changed, and who signed it.

    It proves what a check found, not that it is right. Only the signer says when it was signed: the
    certificate has to be valid now, or at --at.
    """
    try:
        with files.reading(path) as stream:
            found = receipt_reader.verify(stream, trust, at=at or datetime.now(UTC))
    except Unreadable as error:
        messages.tell(messages.line(str(path), str(error)))
        return Exit.FAILED
    terminal.write(_describe(path, found))
    return Exit.FAILED if require == "trusted" and found.distrust else Exit.OK


def _describe(path: Path, receipt: Receipt) -> str:
    style = terminal.style(sys.stdout)
    outcomes = ", ".join(f"{count:,} {name}" for name, count in receipt.outcomes.items())
    head = receipt.head
    if receipt.is_detection:
        by = f"  looked for {clean(', '.join(map(str, head['techniques'])), None)}"
    else:
        by = f"  by {clean(', '.join(map(str, head['profiles'])), None)}"
    trusted = "trusted"
    if receipt.distrust:
        trusted = f"not trusted: {clean(receipt.distrust)}"
    files_ = number(sum(receipt.outcomes.values()), "file")
    lines = [
        f"{style.paint('intact', 'green', 'bold')}  {clean(str(path), None)}",
        f'  signed by "{clean(receipt.signer)}", {trusted}',
        f"  checked {clean(head['time'])}, as of {clean(head['as_of'])}",
        by,
        f"  {files_}: {outcomes or 'none'}",
    ]
    if not receipt.is_complete:
        lines.append("  interrupted: not everything was checked that was to be")
    return "".join(f"{line}\n" for line in lines)
