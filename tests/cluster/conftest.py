"""A cluster of two processes, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aidisclose.cluster.connection import Cluster, connect
from tests.cli.conftest import aidisclose, home, work

__all__ = ["aidisclose", "cluster", "home", "work"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    with connect("local:2") as found:
        found.client.wait_for_workers(2)
        yield found


@pytest.fixture
def address(cluster: Cluster) -> str:
    """That of its scheduler."""
    found: str = cluster.client.scheduler.address
    return found
