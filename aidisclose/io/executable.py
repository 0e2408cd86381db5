"""Programs of the user's, looked for where the user has them and not in the working folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

#: What names of programs end with on Windows, unless PATHEXT says otherwise.
_ENDINGS: Final = ".COM;.EXE;.BAT;.CMD"


def find(name: str) -> str | None:
    """The absolute path of a program; None if the user has none of this name.

    Windows looks into the working folder before all others, which may be a stranger's: a `git.exe`
    there would be run. So only the absolute folders of PATH are searched.

    Arguments:
        name: Of the program, without a folder.
    """
    endings = [""]
    if sys.platform == "win32":
        endings = os.environ.get("PATHEXT", _ENDINGS).split(";")
    for folder in map(Path, os.get_exec_path()):
        if not folder.is_absolute():
            continue
        for ending in endings:
            path = folder / f"{name}{ending}"
            if path.is_file() and os.access(path, os.X_OK):
                return str(path)
    return None
