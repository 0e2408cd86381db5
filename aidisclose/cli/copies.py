"""Copies that earlier runs wrote beside their sources: `NAME.signed.EXT`, `NAME.labelled.EXT`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aidisclose.cli.files import File
from aidisclose.storage import address as storage

SIGNED: Final = ".signed"
LABELLED: Final = ".labelled"


def among(found: Sequence[File], endings: Sequence[str]) -> frozenset[str]:
    """The paths of copies whose sources are among the same files.

    A pattern finds both. Whoever names a copy alone wants it worked on.

    Arguments:
        found: The files.
        endings: The endings of the stems of copies.
    """
    likely = [each for each in found if any(f"{ending}." in each.path for ending in endings)]
    named = {storage.path(each.path) for each in found} if likely else set()
    return frozenset(
        each.path
        for each in likely
        for ending in endings
        if (path := storage.path(each.path)).stem.endswith(ending)
        and path.with_name(path.stem.removesuffix(ending) + path.suffix) in named
    )
