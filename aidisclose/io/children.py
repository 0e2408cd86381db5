"""Processes of Python that this one starts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Final

#: Python imports nothing from the working folder where this is set, to whatever text.
_VARIABLE: Final = "PYTHONSAFEPATH"
_OURS: Final = "aidisclose"


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """Let processes that `multiprocessing` spawns in this block import nothing from here.

    It starts them as `python -c`, which looks for modules in the working folder first. That may be
    a stranger's: a `multiprocessing.py` there would be run.
    """
    if os.environ.get(_VARIABLE):
        yield
        return
    os.environ[_VARIABLE] = _OURS
    try:
        yield
    finally:
        forget()


def forget() -> None:
    """Forget in a process how it was started: programs of the user's are not to know."""
    if os.environ.get(_VARIABLE) == _OURS:
        del os.environ[_VARIABLE]
