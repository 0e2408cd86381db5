"""Symbolic links to which no output may go: a repository that was cloned could hold them."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from aidisclose.errors import UsageError

#: Links in these folders, such as `/dev/stdout`, are the system's; in `/dev/shm`, anybody's.
_OF_SYSTEM: Final = re.compile("/dev(?:/fd)?|/proc(?:/.*)?", re.DOTALL)


def refuse(path: Path) -> None:
    """Refuse an output to which a link leads that a repository could hold.

    Such are one at its own name, and one on the way to it in the working folder. They may lead to
    what is below the folder that they stand in, and not hidden: who cloned a stranger's repository
    writes neither to `~/.bashrc` nor to `.git/config`, nor does a report vanish in a device.

    Raises:
        UsageError: There is one.
    """
    try:
        working = os.fspath(Path.cwd())
    except OSError:  # it was deleted, and holds no link
        working = ""
    # Not normalized: systems go through a link before they go up.
    folder, name = os.path.split(os.path.join(working, path))  # noqa: PTH118 - of many files
    if not _OF_SYSTEM.fullmatch(folder):
        _refuse(folder, name, path)
    if working:
        _refuse_above(folder, working)


@lru_cache(maxsize=256)
def _refuse_above(folder: str, working: str) -> None:
    """Refuse links on the way from the working folder; of many files in one folder only once."""
    place = Path(folder)
    for part in (place, *place.parents):
        if Path(working) in part.parents:
            _refuse(os.fspath(part.parent), part.name, place)


def _refuse(folder: str, name: str, path: Path) -> None:
    link = os.path.join(folder, name)  # noqa: PTH118 - of many files
    if not os.path.islink(link):  # noqa: PTH114
        return
    target, place = Path(os.path.realpath(link)), Path(os.path.realpath(folder))
    below = target.relative_to(place).parts if place in target.parents else ("..",)
    if any(each.startswith(".") for each in below):
        raise UsageError(f"{path} leads by a link to {target}: name that, or another place")
