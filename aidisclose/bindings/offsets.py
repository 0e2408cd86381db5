"""Offsets of an asset that lead into its manifest store, or past the end of the file.

A hash covers the offset, but not what it leads to: signatures hold padding and other fields that
anybody can change. So somebody could have a file signed that shows one thing, and fill in another
afterwards (C2PA 2.5 §A leaves out the bytes of the store, and readers must find nothing there).
"""

from __future__ import annotations

from aidisclose.bindings.binding import Asset, Outcome
from aidisclose.errors import MalformedFile, UnsupportedFormat


def stray(asset: Asset) -> str | None:
    """The first offset that leads where nothing of the media is, in words; None if all are right.

    Of an asset whose store is elsewhere nothing is looked at: its hash covers the whole file.

    Raises:
        LimitExceeded: There are too many offsets.
    """
    if asset.container.strays is None or not asset.layout.stores:
        return None
    try:
        found = next(iter(asset.container.strays(asset.source, asset.layout)), None)
    except (MalformedFile, UnsupportedFormat) as error:
        return f"where the offsets of the file lead cannot be told: {error}"
    return str(found) if found else None


def confined(asset: Asset, outcome: Outcome) -> Outcome:
    """The outcome of checking a hard binding; one that holds fails if an offset is stray."""
    reason = stray(asset) if outcome.failure is None else None
    return outcome._replace(failure=reason, is_unproven=True) if reason else outcome
