"""The search for credentials of files that look alike, for `verify --recover` and `check`."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aidisclose.cli import files
from aidisclose.cli.files import STDIN, File
from aidisclose.errors import Unreadable, UnsupportedFormat, UsageError
from aidisclose.io.home import home
from aidisclose.trust.config import TrustConfig

if TYPE_CHECKING:
    from aidisclose.repository.recovery import Recovered
    from aidisclose.repository.repository import Repository


@lru_cache(maxsize=1)
def open_once(place: str) -> Repository:
    """A repository, which stays open for all files of a command: its codes are read once."""
    from aidisclose.repository.address import open_repository

    found = open_repository(place)
    # Processes that a command starts end without closing anything; nothing is written there.
    if context := click.get_current_context(silent=True):
        context.call_on_close(open_once.cache_clear)
        context.call_on_close(found.close)
    return found


def resolve(place: str | None) -> str:
    """The repository to search: one that cannot be opened is said before any file is read."""
    from aidisclose.repository import address

    found = place or str(home() / "repository.sqlite")
    with address.open_repository(found):
        return found if found.startswith(address.SCHEMES) else str(Path(found).absolute())


def find(
    file: File, place: str, *, trust: TrustConfig, at: datetime
) -> tuple[tuple[Recovered, ...] | None, tuple[str, ...]]:
    """Credentials of files that look alike, or why they cannot be searched for."""
    from aidisclose.repository.recovery import recover, trace

    source = files.open_stdin() if file.path == STDIN else file.path
    try:
        traces = trace(source)
    except (Unreadable, UnsupportedFormat, UsageError) as error:  # a program may be missing
        return None, (f"not searched for by its looks: {error}",)
    return recover(traces, open_once(place), trust=trust, at=at), traces.problems
