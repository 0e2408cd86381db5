"""Content that readers of an asset are led to, and no hash covers.

A hash covers an offset or a reference, but not what it leads to. Within the file, signatures hold
padding and other fields that anybody can change: somebody could have a file signed that shows one
thing, and fill in another afterwards (C2PA 2.5 §A leaves out the bytes of the store, and readers
must find nothing there). Content of another file is whatever that file holds today.
"""

from __future__ import annotations

from itertools import islice

from aidisclose.bindings.binding import Asset, BindingResult
from aidisclose.containers import refuse_polyglot
from aidisclose.containers.container import Addressed, Composed
from aidisclose.errors import MalformedFile, UnsupportedFormat


def stray(asset: Asset) -> str | None:
    """The first offset that leads where nothing of the media is, in words; None if all are right.

    Of an asset whose store is elsewhere nothing is looked at: its hash covers the whole file.

    Raises:
        LimitExceeded: There are too many offsets.
    """
    if not asset.layout.stores:
        return None
    try:
        refuse_polyglot(asset.source, asset.layout, asset.container)
        if not isinstance(asset.container, Addressed):
            return None
        found = next(iter(asset.container.strays(asset.source, asset.layout)), None)
    except (MalformedFile, UnsupportedFormat) as error:
        return f"where the offsets of the file lead cannot be told: {error}"
    return str(found) if found else None


def external(asset: Asset) -> str:
    """Content of other files that the asset shows, as untrusted text; empty if there is none.

    Raises:
        LimitExceeded: There is too much to look at.
    """
    if not isinstance(asset.container, Composed):
        return ""
    try:
        found = list(islice(asset.container.externals(asset.source, asset.layout), 2))
    except (MalformedFile, UnsupportedFormat) as error:
        return f"what the file shows of other files cannot be told: {error}"
    more = " and more" if len(found) > 1 else ""
    return f"the file shows what is not in it: {found[0]}{more}" if found else ""


def as_shown(asset: Asset, outcome: BindingResult) -> BindingResult:
    """The outcome of checking a hard binding, by what readers are led to.

    One that holds fails if an offset is stray, and covers a part only if content is elsewhere.
    """
    if outcome.failure is not None:
        return outcome
    if reason := stray(asset):
        return outcome._replace(failure=reason, is_unproven=True)
    return outcome._replace(elsewhere=outcome.elsewhere or external(asset))
