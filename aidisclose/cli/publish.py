"""`aidisclose publish`: credentials kept where they are found again."""

from __future__ import annotations

import click

import aidisclose as ad
from aidisclose.cli import files, messages, options, terminal
from aidisclose.cli.exits import Exit, of_error
from aidisclose.cli.exits import worst as of_all
from aidisclose.durable import iscc
from aidisclose.durable.fingerprint import fingerprint as fingerprint_of
from aidisclose.errors import AidiscloseError, VerificationFailed
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.render.safe import clean
from aidisclose.repository.address import open_repository
from aidisclose.repository.repository import Repository
from aidisclose.validate.report import State
from aidisclose.validate.verify import read_store_of


@click.command(cls=options.Command)
@options.sources()
@click.option(
    "--repository",
    metavar="PLACE",
    help="Where to store: a file, or postgresql://….  [default: the user's own repository]",
)
@options.setting(
    "--fingerprint/--no-fingerprint",
    default=True,
    show_default=True,
    help="Store a fingerprint of each file with its manifest.",
)
def command(src: tuple[str, ...], repository: str | None, fingerprint: bool) -> Exit:
    """Store the credentials of files, so that `recover` finds them after they were stripped.

    The manifest and a fingerprint are stored, never the content. Only files that are valid are
    taken.
    """
    worst = Exit.OK
    found = files.find(src, ())
    with open_repository(repository, create=True) as opened:
        for file in found:
            try:
                terminal.write(_publish(file.path, opened, fingerprint=fingerprint))
            except VerificationFailed as error:
                messages.tell(messages.line(file.path, messages.why(error)))
                worst = of_all((worst, Exit.FAILED))
            except (AidiscloseError, OSError) as error:
                messages.tell(messages.line(file.path, messages.why(error)))
                worst = of_all((worst, of_error(error)))
    return worst


def _publish(path: str, repository: Repository, *, fingerprint: bool) -> str:
    report = ad.verify(path, trust=ad.TrustConfig.none())
    report.require(State.VALID)
    bindings = [SoftBinding(iscc.ALG, fingerprint_of(path))] if fingerprint else []
    stored = repository.add(read_store_of(path) or b"", bindings)
    what = "stored" if stored.is_new else "stored already"
    return f"{what}  {clean(path)}  {clean(stored.id)}\n"
