"""Notices that need not be repeated in every run: each is given once a day.

When one was given is remembered by the time of an empty file in the user's folder. Where that
cannot be written, or does not exist yet, notices are given every time.
"""

from __future__ import annotations

import time
from typing import Final

from aidisclose.io.home import home

_FOLDER: Final = "notices"
_DAY: Final = 24 * 60 * 60


def is_due(name: str) -> bool:
    """Whether a notice was not given within a day; it counts as given from now on.

    Arguments:
        name: Of the notice; becomes the name of a file.
    """
    try:
        folder = home()
        if not folder.is_dir():
            return True
        path = folder / _FOLDER / name
        if path.exists() and 0 <= time.time() - path.stat().st_mtime < _DAY:
            return False
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    except OSError:
        pass
    return True
