"""`aidisclose credentials`: certificates for testing."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from aidisclose.cli import options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.io import home

if TYPE_CHECKING:
    from aidisclose.signing.credentials import Credentials

#: The names of `codec.cose.ALGORITHMS`, which `--help` does not load; a test compares them.
ALGORITHMS: Final = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")

_CONTENTS: Final = (
    ("chain.pem", "the signer's certificate and its issuer's"),
    ("key.pem", "the signer's private key, not encrypted"),
    ("root.pem", "the root: who names it with --trust trusts the signer"),
    ("tsa-chain.pem", "the certificates of a time-stamping authority"),
    ("tsa-key.pem", "its private key"),
)


@click.group(no_args_is_help=False)
def command() -> None:
    """Make and list certificates for testing: trusted by nobody else."""


@command.command(cls=options.Command)
@click.option(
    "--dir", "folder", type=options.FOLDER, help="Where they go.  [default: your own folder]"
)
@options.setting(
    "--alg", type=click.Choice(ALGORITHMS), default="es256", show_default=True, help="Algorithm."
)
@options.setting("--name", default="Signer", show_default=True, help="Name of the signer.")
@options.setting(
    "--days",
    type=click.IntRange(1, 3650),
    default=365,
    show_default=True,
    metavar="N",
    help="How long the signer's certificate is valid.",
)
@click.option("--force", is_flag=True, help="Replace credentials that are there.")
def new(folder: Path | None, alg: str, name: str, days: int, force: bool) -> Exit:
    """Make a root, a signer and a time-stamping authority for testing.

    They have the form of real ones, so that nothing but trust is missing. Without --dir, `sign`
    uses them by itself, and `verify` calls what they signed: trusted (test root).
    """
    from aidisclose.signing import credentials

    target = folder or home.credentials_folder()
    try:
        made = credentials.create(target, alg=alg, name=name, days=days, overwrite=force)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    terminal.write(_describe(made, is_default=folder is None))
    return Exit.OK


def _describe(made: Credentials, *, is_default: bool) -> str:
    style = terminal.style(sys.stdout)
    lines = [
        f"{style.paint('made', 'green', 'bold')}  {made.folder}",
        f"  {made.alg}, valid until {made.not_after:%Y-%m-%d}",
        *(f"  {name:<13}  {text}" for name, text in _CONTENTS),
        f"For testing, trusted by nobody else: {_NOT_FOR}",
        f"Next: {_next(made, is_default=is_default)}",
    ]
    return "".join(f"{line}\n" for line in lines)


_NOT_FOR: Final = "what they sign proves nothing to others."


def _next(made: Credentials, *, is_default: bool) -> str:
    text = "aidisclose sign picture.png --ai generated"
    if is_default:
        return text
    cert, key = (shlex.quote(str(made.folder / name)) for name in ("chain.pem", "key.pem"))
    return f"{text} --cert {cert} --key {key}"


@command.command("list", cls=options.Command)
def listing() -> Exit:
    """List the credentials for testing in your own folder."""
    from aidisclose.render.table import render
    from aidisclose.signing import credentials

    found = credentials.listing()
    rows = [
        (each.name, each.alg, f"{each.not_after:%Y-%m-%d}", each.subject, str(each.folder))
        for each in found
    ]
    head = ("name", "algorithm", "valid until", "signer", "folder")
    if rows:
        terminal.write(render(head, rows, terminal.style(sys.stdout)))
    else:
        terminal.write("none; `aidisclose credentials new` makes some\n")
    return Exit.OK
