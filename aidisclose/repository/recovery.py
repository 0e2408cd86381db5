"""Credentials that a file may have had: found by its looks, and judged by themselves."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime

from aidisclose.durable.iscc import CodeUnit
from aidisclose.named import NamedTuple
from aidisclose.repository.sqlite import Repository
from aidisclose.trust.anchors import TrustConfig
from aidisclose.validate.report import Report
from aidisclose.validate.verify import examine


class Recovered(NamedTuple):
    """Credentials of a file that looks alike. That it is the same one is not proven.

    Attributes:
        id: Label of the active manifest.
        score: Similarity from 0 to 100.
        is_signed: Whether the manifest itself names the fingerprint, rather than who stored it.
        store: The manifest store.
        report: On the manifest store alone: nothing in it is about the file that was searched for.
    """

    id: str
    score: int
    is_signed: bool
    store: bytes
    report: Report


def recover(
    units: Iterable[CodeUnit],
    repository: Repository,
    *,
    trust: TrustConfig,
    at: datetime | None = None,
    most: int = 5,
) -> tuple[Recovered, ...]:
    """Credentials of files that look like one, the most similar first.

    Arguments:
        units: The codes of the file, see `durable.fingerprint.queries`.
        repository: Where they are searched.
        trust: Whom the user trusts.
        at: The time that counts as now.
        most: How many to return, at most `limits.CANDIDATES`.

    Raises:
        OSError: The repository cannot be read.
    """
    stores = [(each, repository.get(each.id)) for each in repository.near(units, most)]
    return tuple(
        Recovered(
            match.id,
            match.score,
            match.is_signed,
            store,
            examine(io.BytesIO(store), trust=trust, at=at),
        )
        for match, store in stores
        if store is not None
    )
