"""Waits for servers, announced to whoever shows them to a person."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

#: Called with the host when a wait begins, and with nothing when it ends.
Listener = Callable[[str], None]

_listener: Listener | None = None


def listen(listener: Listener | None) -> Listener | None:
    """Tell this one from now on, or nobody; returns who was told before."""
    global _listener
    # One for the whole process: what waits is deep in a library, and who shows it is the program.
    before, _listener = _listener, listener
    return before


@contextlib.contextmanager
def on(host: str) -> Iterator[None]:
    """Waiting for a host, until the block ends."""
    told = _listener
    if told is None:
        yield
        return
    told(host)
    try:
        yield
    finally:
        told("")
