"""`aidisclose publish`: credentials kept where they are found again."""

from __future__ import annotations

from pathlib import Path

import click

import aidisclose as ad
from aidisclose.cli import files, messages, options, terminal
from aidisclose.cli.exits import Exit, of_error
from aidisclose.cli.exits import worst as of_all
from aidisclose.durable import iscc
from aidisclose.durable.fingerprint import fingerprint as fingerprint_of
from aidisclose.errors import AidiscloseError, VerificationFailed
from aidisclose.io.home import home
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.render.safe import clean
from aidisclose.repository.sqlite import Repository, usual
from aidisclose.validate.report import State
from aidisclose.validate.verify import read_store_of


@click.command(cls=options.Command)
@options.sources()
@click.option(
    "--repository",
    type=options.FILE,
    metavar="FILE",
    help="Where to store.  [default: the user's own repository]",
)
@options.setting(
    "--fingerprint/--no-fingerprint",
    default=True,
    show_default=True,
    help="Store a fingerprint of each file with its manifest.",
)
def command(src: tuple[str, ...], repository: Path | None, fingerprint: bool) -> Exit:
    """Store the credentials of files, so that `recover` finds them after they were stripped.

    The manifest and a fingerprint are stored, never the content. Only files that are valid are
    taken.
    """
    worst = Exit.OK
    found = files.find(src, ())
    if repository is None:
        home().mkdir(parents=True, exist_ok=True)
    with Repository(usual(repository, home()), create=True) as opened:
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
