"""`aidisclose publish`: credentials kept where they are found again."""

from __future__ import annotations

import itertools
import os
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import click

import aidisclose as ad
from aidisclose import limits
from aidisclose.cli import files, links, messages, options, sequence
from aidisclose.cli.exits import Exit, of_error
from aidisclose.cli.files import File
from aidisclose.cli.selection import Selection
from aidisclose.durable import iscc
from aidisclose.durable.fingerprint import fingerprint as fingerprint_of
from aidisclose.errors import AidiscloseError, UsageError, VerificationFailed
from aidisclose.io import json_text
from aidisclose.io.output import write_file
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.render.published import OUTCOMES, Publication
from aidisclose.repository.address import open_repository
from aidisclose.repository.repository import Repository
from aidisclose.validate.state import Integrity, State
from aidisclose.validate.verify import read_store_of

#: The variable with what lets one store at a server: an option would be seen by others.
_TOKEN: Final = "AIDISCLOSE_REPOSITORY_TOKEN"  # noqa: S105 - its name
_UNCOVERED: Final = "warning: no fingerprint is stored, as a part of the content is not signed"


class _Keeper(Protocol):
    """A place that stores manifests."""

    def keep(self, path: str, label: str, store: bytes, bindings: list[SoftBinding]) -> Publication:
        """Store one."""
        ...


class _Here:
    """A repository that is opened here."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def keep(self, path: str, label: str, store: bytes, bindings: list[SoftBinding]) -> Publication:  # noqa: ARG002
        """See `_Keeper`."""
        stored = self._repository.add(store, bindings)
        return Publication(path, stored.id, stored.is_new)


class _Server:
    """A server of the Soft Binding Resolution API."""

    def __init__(self, address: str, receipts: Path | None) -> None:
        self._address, self._receipts = address, receipts
        self._token = os.environ.get(_TOKEN, "")
        if not self._token:
            raise UsageError(f"storing at a server needs its token in {_TOKEN}")

    def keep(self, path: str, label: str, store: bytes, bindings: list[SoftBinding]) -> Publication:
        """See `_Keeper`."""
        from aidisclose.resolution import publication

        done = publication.publish(store, bindings, self._address, label=label, token=self._token)
        if self._receipts is None:
            return Publication(path, done.id)
        if done.receipt is None:
            messages.tell(messages.line(path, "warning: the server gives no receipt"))
            return Publication(path, done.id)
        self._receipts.mkdir(parents=True, exist_ok=True)
        target = _place(self._receipts, Path(path).name, label)
        links.refuse(target)
        write_file(target, done.receipt.encode() + b"\n", overwrite=True)
        return Publication(path, done.id, receipt=str(target))


def _place(folder: Path, name: str, label: str) -> Path:
    """The place of a receipt: that of an earlier one for the manifest, or where nothing is.

    Files of one name in different folders have a receipt each.
    """
    for number in itertools.count(1):
        ending = f".{number}" if number > 1 else ""
        target = folder / f"{name}{ending}.receipt.json"
        if not os.path.lexists(target) or _is_about(target, label):
            return target
    raise AssertionError  # there is always a further number


def _is_about(path: Path, label: str) -> bool:
    try:
        if path.stat().st_size > limits.USER_FILE:
            return False
        found = json_text.decode(path.read_bytes())
        return bool(found["repository"]["manifestId"] == label)
    except (OSError, ValueError, LookupError, TypeError):
        return False


@click.command(cls=options.Command)
@options.sources(required=False)
@options.files_from
@options.excluded
@click.option(
    "--repository",
    type=options.REPOSITORY,
    metavar="PLACE",
    help="Where to store: a file, or postgresql://….  [default: the user's own repository]",
)
@click.option(
    "--server",
    metavar="URL",
    help=f"A resolution server to store at instead; {_TOKEN} has the token that it asks for.",
)
@click.option(
    "--receipts", type=options.OUTPUT_FOLDER, metavar="DIR", help="Where receipts of the server go."
)
@options.setting(
    "--fingerprint/--no-fingerprint",
    default=True,
    show_default=True,
    help="Store a fingerprint of each file with its manifest.",
)
@options.format_option("publish")
def command(
    src: tuple[str, ...],
    files_from: str | None,
    selection: Selection,
    repository: str | None,
    server: str | None,
    receipts: Path | None,
    fingerprint: bool,
    form: str,
) -> Exit:
    """Store the credentials of files, so that `recover` finds them after they were stripped.

    The manifest and a fingerprint are stored, never the content. Only files that are valid are
    taken.
    """
    if server is not None and repository is not None:
        raise click.UsageError("--server and --repository cannot be combined")
    if receipts is not None and server is None:
        raise click.UsageError("--receipts are given by servers: they need --server")
    found = files.find(files.named(src, files_from), selection=selection)
    with ExitStack() as stack:
        keeper: _Keeper
        if server is not None:
            keeper = _Server(server, receipts)
        else:
            keeper = _Here(stack.enter_context(open_repository(repository, create=True)))
        work = partial(_publish, keeper=keeper, fingerprint=fingerprint)
        return sequence.run("publish", form, found, work, outcomes=OUTCOMES)


def _publish(file: File, *, keeper: _Keeper, fingerprint: bool) -> tuple[Publication, Exit]:
    path = file.path
    try:
        report = ad.verify(path, trust=ad.TrustConfig.none())
        report.require(State.VALID)
        label = report.store.active.label if report.store else ""
        bindings: list[SoftBinding] = []
        if fingerprint and report.integrity is Integrity.INTACT:
            bindings.append(SoftBinding(iscc.ALG, fingerprint_of(path)))
        elif fingerprint:
            # What was not signed would be found as what the signer made.
            messages.tell(messages.line(path, _UNCOVERED))
        return keeper.keep(path, label, read_store_of(path) or b"", bindings), Exit.OK
    except (AidiscloseError, OSError) as error:
        reason = messages.why(error)
        messages.tell(messages.line(path, reason))
        code = Exit.FAILED if isinstance(error, VerificationFailed) else of_error(error)
        return Publication(path, error=reason), code
