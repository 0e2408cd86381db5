"""The address of a repository: a file, or `postgresql://…`."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from aidisclose.io.home import home
from aidisclose.repository.repository import Repository

#: What addresses of PostgreSQL begin with.
SCHEMES: Final = ("postgresql://", "postgres://")


def open_repository(place: str | None, *, create: bool = False) -> Repository:
    """The repository at an address.

    Arguments:
        place: Path of a SQLite file, or an address of PostgreSQL as its programs take it; the
            user's own file if None.
        create: Make what is not there; the user's own folder as well.

    Raises:
        UsageError: It is not there, not a repository, or one of a newer version; or the extra
            `postgres` is not installed.
        OSError: It cannot be opened.
    """
    if place is not None and place.startswith(SCHEMES):
        from aidisclose.repository.postgresql import PostgresqlRepository

        return PostgresqlRepository(place, create=create)
    from aidisclose.repository.sqlite import SqliteRepository

    if place is None and create:
        home().mkdir(parents=True, exist_ok=True)
    path = home() / "repository.sqlite" if place is None else Path(place)
    return SqliteRepository(path, create=create)


def public(place: str) -> str:
    """An address without its password, or anything else that its options say."""
    if not place.startswith(SCHEMES):
        return place
    try:
        parts = urlsplit(place)
        name = f"{parts.username}@" if parts.username else ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "postgresql://…"
    return f"postgresql://{name}{parts.hostname or ''}{port}{parts.path}"
