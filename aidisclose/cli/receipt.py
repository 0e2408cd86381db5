"""`aidisclose receipt`: records of checks."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from aidisclose.cli import files, messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.errors import Unreadable
from aidisclose.policy import receipt as receipts
from aidisclose.policy.receipt import Receipt
from aidisclose.render.safe import clean
from aidisclose.render.words import number
from aidisclose.trust.anchors import TrustConfig


@click.group()
def command() -> None:
    """Check signed records that `aidisclose check --receipt` wrote."""


@command.command(cls=options.Command)
@click.argument("path", metavar="RECEIPT", type=options.FILE)
@options.trust
@options.setting(
    "--require",
    type=click.Choice(("valid", "trusted")),
    default="valid",
    show_default=True,
    help="Whether somebody you trust must vouch for the signer.",
)
def verify(
    path: Path,
    trust: TrustConfig,
    require: str,
) -> Exit:
    """Check that nothing in a record was changed, and who signed it.

    It proves what a check found, not that it is right.
    """
    try:
        found = receipts.verify(files.read_small(path), trust)
    except Unreadable as error:
        messages.tell(messages.line(str(path), str(error)))
        return Exit.FAILED
    terminal.write(_describe(path, found))
    return Exit.FAILED if require == "trusted" and not found.is_trusted else Exit.OK


def _describe(path: Path, receipt: Receipt) -> str:
    style = terminal.style(sys.stdout)
    counts = Counter(str(entry.get("outcome")) for entry in receipt.entries)
    outcomes = ", ".join(f"{count:,} {clean(name)}" for name, count in counts.items())
    head = receipt.head
    listed = head.get("profiles")
    profiles = ", ".join(map(str, listed)) if isinstance(listed, list) else ""
    trusted = "trusted" if receipt.is_trusted else "not trusted"
    lines = [
        f"{style.paint('intact', 'green', 'bold')}  {clean(str(path), None)}",
        f'  signed by "{clean(receipt.signer)}", {trusted}',
        f"  checked {clean(str(head.get('time')))}, as of {clean(str(head.get('as_of')))}",
        f"  by {clean(profiles, None)}",
        f"  {number(len(receipt.entries), 'file')}: {outcomes or 'none'}",
    ]
    if not receipt.is_complete:
        lines.append("  interrupted: not everything was checked that was to be")
    return "".join(f"{line}\n" for line in lines)
