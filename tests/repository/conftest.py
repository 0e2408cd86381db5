"""A repository in every database that is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aidisclose.repository.address import open_repository
from aidisclose.repository.repository import Repository
from tests import postgresql
from tests.cli.conftest import aidisclose, home, work
from tests.postgresql import PostgresServer


@pytest.fixture(scope="session")
def debian() -> Iterator[PostgresServer]:
    yield from postgresql.serve("debian")


@pytest.fixture(scope="session")
def pypi() -> Iterator[PostgresServer]:
    yield from postgresql.serve("pypi")


@pytest.fixture(params=["sqlite", "debian", "pypi"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty repository."""
    if request.param == "sqlite":
        return str(tmp_path / "repository.sqlite")
    server: PostgresServer = request.getfixturevalue(request.param)
    return server.address()


@pytest.fixture
def repository(place: str) -> Iterator[Repository]:
    with open_repository(place, create=True) as opened:
        yield opened


__all__ = ["aidisclose", "home", "work"]
