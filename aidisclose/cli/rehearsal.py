"""`sign --dry-run`: all that signing does, but without a signature, the network or any output."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from aidisclose.io.digest import Progress
from aidisclose.signing.actor import Actor
from aidisclose.signing.asset import SignedAsset
from aidisclose.signing.destination import Destination
from aidisclose.signing.flow import sign_to
from aidisclose.signing.request import SignRequest
from aidisclose.signing.signer import Signer
from aidisclose.trust.config import TrustConfig


def rehearse(
    destination: Destination,
    source: str,
    *,
    request: SignRequest,
    signer: Signer,
    actors: Sequence[Actor],
    trust: TrustConfig,
    progress: Progress,
) -> SignedAsset:
    """Sign into files that nobody sees, with zeros for each signature.

    The key is not used: one in a token or a service counts, or bills, each signature.

    Returns what would be made; its time stamp and its size are not known.

    Raises:
        FileExistsError: An output exists, and is not to be replaced.
        OSError: A file cannot be read, or a folder not written to.
        AidiscloseError: See `sign_to`.
    """
    places = (destination.output, destination.sidecar, *(to for _, to in destination.fragments))
    for place in places:
        if isinstance(place, Path) and "://" not in os.fspath(place):
            _look_at(place, overwrite=destination.overwrite)
    with contextlib.ExitStack() as stack:

        def scratch() -> BinaryIO:
            return stack.enter_context(tempfile.TemporaryFile())

        return sign_to(
            replace(
                destination,
                output=scratch() if destination.output is not None else None,
                sidecar=scratch() if destination.sidecar is not None else None,
                fragments=tuple((part, scratch()) for part, _ in destination.fragments),
                like=None,
            ),
            source,
            request=replace(
                request,
                stamping=replace(request.stamping, authorities=(), is_required=False),
            ),
            signer=_unused(signer),
            actors=[replace(each, signer=_unused(each.signer)) for each in actors],
            trust=trust,
            progress=progress,
        )


def _unused(signer: Signer) -> Signer:
    return replace(signer, sign=lambda _: bytes(signer.signature_size))


def _look_at(place: Path, *, overwrite: bool) -> None:
    """Raise what writing to a place would raise, as far as that can be seen."""
    if not overwrite and os.path.lexists(place):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(place))
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(place))
    folder = next((each for each in place.absolute().parents if each.exists()), place.parent)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(folder))
