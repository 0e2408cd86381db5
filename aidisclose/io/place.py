"""Places of files, whatever links lead to them."""

from __future__ import annotations

import os
from pathlib import Path


def real(path: Path) -> Path:
    """The absolute path without links; of links that lead in a circle, one of them."""
    try:
        return path.resolve()
    except RuntimeError:  # Python before 3.13 has no other error for a circle
        return Path(os.path.realpath(path))
