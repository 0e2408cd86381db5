"""Manifest stores in files of their own, beside the file that they are about.

Their names end in `.c2pa` (C2PA 2.5 §11.4, §14.5.3.1).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from aidisclose.containers.container import check_size
from aidisclose.io.source import Readable, open_source

EXTENSION: Final = ".c2pa"
MEDIA_TYPE: Final = "application/c2pa"

#: Type of the outer box, and of its description box the type and the beginning of what it names.
_BOX: Final = slice(4, 8), b"jumb"
_DESCRIPTION: Final = slice(12, 20), b"jumdc2pa"


def is_store(head: bytes) -> bool:
    """Whether a file that begins like this is a bare manifest store."""
    return all(head[place] == expected for place, expected in (_BOX, _DESCRIPTION))


def name(path: str | os.PathLike[str]) -> Path:
    """The file in which the store of another file is written: `picture.jpg.c2pa`."""
    path = path if isinstance(path, Path) else Path(path)  # one that is an address stays one
    return path.with_name(path.name + EXTENSION)


def find(source: Readable) -> Path | None:
    """The file with the store of `source`, if there is one beside it.

    `picture.jpg.c2pa` comes before `picture.c2pa`; what is not a path has nothing beside it.
    """
    if not isinstance(source, str | os.PathLike):
        return None
    for candidate in names(source):
        # os.path: False where a name is too long to be one, or may not be looked at.
        if os.path.isfile(candidate):  # noqa: PTH113
            return Path(candidate)
    return None


def names(path: str | os.PathLike[str]) -> list[str]:
    """The files in which the store of a file may be, the one that counts first."""
    path = os.fspath(path)
    candidates = (path + EXTENSION, os.path.splitext(path)[0] + EXTENSION)  # noqa: PTH122
    return [item for item in candidates if item != path]


def read(source: Readable) -> bytes:
    """The content of a file that is said to be a manifest store.

    Raises:
        LimitExceeded: It is larger than `limits.STORE_SIZE`.
        OSError: It cannot be read.
    """
    with open_source(source) as opened:
        check_size(opened.size)
        return opened.read_at(0, opened.size)
