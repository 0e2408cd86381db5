"""`aidisclose trust export` and `import`: trust lists for machines without a network."""

from __future__ import annotations

import hashlib
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

import aidisclose as ad
from aidisclose import limits
from aidisclose.cli import messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.io import home
from aidisclose.io.output import write_file

_DIGEST: Final = re.compile(r"(?:sha256:)?([0-9A-Fa-f]{64})")


@click.command(cls=options.Command)
@click.argument("file", type=options.FILE)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def export(file: Path, force: bool) -> Exit:
    """Write all your trust lists and the list of conforming products to one file.

    `trust import` installs them on a machine without a network. The file is dated, and holds no
    secrets; its SHA-256 is printed, so that the other side can compare it.
    """
    from aidisclose.render.words import number
    from aidisclose.trust import snapshot

    taken = snapshot.take(home.trust_folder(), now=datetime.now(UTC))
    data = snapshot.encode(taken)
    write_file(file, data, overwrite=force)
    lists = number(len(taken.lists), "list")
    digest = hashlib.sha256(data).hexdigest()
    terminal.write(f"exported  {file}: {lists}, {taken.made:%Y-%m-%d}\n  sha256:{digest}\n")
    return Exit.OK


@click.command(cls=options.Command)
@click.argument("file", type=options.FILE)
@click.option("--sha256", "expected", metavar="HEX", help="Refuse a file with another hash.")
@click.option(
    "--force", is_flag=True, help="Also replace newer lists, and others of the same name."
)
def import_(file: Path, expected: str | None, force: bool) -> Exit:
    """Install the trust lists of a file that `trust export` wrote.

    A list that is older than yours, or another one of the same name, changes nothing; nor are lists
    removed that the file does not have.
    """
    from aidisclose.render import lists as rendered
    from aidisclose.trust import snapshot

    wanted = _DIGEST.fullmatch(expected or "")
    if expected is not None and wanted is None:
        raise click.UsageError("--sha256 has 64 hexadecimal digits")
    try:
        with file.open("rb") as stream:
            data = stream.read(limits.TRUST_SNAPSHOT + 1)
    except OSError as error:
        raise ad.TrustConfigError(f"{file}: {messages.why(error)}") from None
    digest = hashlib.sha256(data).hexdigest()
    if wanted and wanted[1].lower() != digest:
        raise ad.TrustConfigError(f"{file}: another file than expected: its hash is {digest}")
    try:
        taken = snapshot.decode(data)
    except ad.TrustConfigError as error:
        raise ad.TrustConfigError(f"{file}: {error}") from None
    code = Exit.OK
    style = terminal.style(sys.stdout)
    folder = home.trust_folder()
    terminal.write(f"snapshot of {taken.made:%Y-%m-%d}, sha256:{digest}\n")
    for each in snapshot.install(folder, taken, overwrite=force):
        if each.problem:
            code = Exit.FAILED
            messages.tell(messages.line(each.problem))
        else:
            terminal.write("".join(f"{line}\n" for line in rendered.changes(each, style)))
    if taken.products is not None and not snapshot.install_products(
        folder, taken.products, overwrite=force
    ):
        messages.tell(messages.line("the list of conforming products here is newer; kept"))
    return code
