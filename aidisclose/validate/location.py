"""The place of a manifest store that is not in its file (C2PA 2.5 §14.5.3)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from aidisclose import limits
from aidisclose.carriers import Found
from aidisclose.carriers.xmp import PROVENANCE
from aidisclose.containers import sidecar
from aidisclose.errors import Unreachable
from aidisclose.io.source import Readable
from aidisclose.named import NamedTuple
from aidisclose.validate.status import Status


class Detached(NamedTuple):
    """A manifest store that is not in the file that it is about.

    Attributes:
        place: Its path or address; empty where it has none.
        data: Its bytes, of whatever they are; None if it is not accessible.
        problem: The reason why it is not accessible.
    """

    place: str
    data: bytes | None = None
    problem: Status | None = None


def given(manifest: Readable) -> Detached:
    """The store that the caller names.

    Raises:
        LimitExceeded: It is larger than a store may be.
        OSError: It cannot be read.
    """
    place = os.fspath(manifest) if isinstance(manifest, str | os.PathLike) else ""
    return Detached(place, sidecar.read(manifest))


def find(marks: Found, beside: Path | None, *, online: bool) -> Detached | None:
    """The store of a file that carries none; None if nothing says that there is one.

    Where the XMP of the file refers to comes first, if it may be asked; then what lies beside the
    file.

    Arguments:
        marks: The statements of the file besides credentials.
        beside: The file beside it with a store, if there is one.
        online: Whether the address in the XMP may be asked.

    Raises:
        LimitExceeded: It is larger than a store may be.
        OSError: It cannot be read.
    """
    address = _reference(marks)
    # Like `http.public`, which needs a module that files without an address have no use for.
    shown = re.sub("//[^/@]*@", "//", (address or "").partition("?")[0])
    reason = f"the manifest is stored at {shown}, and was not fetched"
    if address and online:
        from aidisclose.io import http

        try:
            return Detached(address, _fetch(address))
        except Unreachable as error:
            reason = f"the manifest at {http.public(address)} cannot be fetched: {error}"
    if beside:
        return Detached(str(beside), sidecar.read(beside))
    if address:
        return Detached(address, None, Status("manifest.inaccessible", "", reason, address))
    return None


def _reference(marks: Found) -> str | None:
    """The address of the store that XMP names.

    The property is older than its use here and may hold any statement, and files that were signed
    by C2PA 1.0 to 1.2 refer to the store in themselves with it.
    """
    values = marks.xmp.get(str(PROVENANCE), ())
    # http as well: that there is a store is said, although `ask_public` fetches over https only.
    return next((item for item in values if item.lower().startswith(("https:", "http:"))), None)


def _fetch(address: str) -> bytes:
    from aidisclose.io import http

    answer = http.ask_public(
        address,
        # Sent as `Accept`: some hosts answer with a page about the store otherwise.
        media_type=sidecar.MEDIA_TYPE,
        timeout=limits.REMOTE_STORE_TIME,
        limit=limits.REMOTE_STORE_SIZE,
    )
    if not answer.is_success:
        raise Unreachable(f"HTTP {answer.status}")
    return answer.body
