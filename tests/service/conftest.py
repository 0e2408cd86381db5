"""One service for the tests that change nothing in it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.issuing import Issued
from tests.service.running import Service, serving

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, issued: Issued) -> Path:
    """The folder of a user's own files, with credentials for testing."""
    folder = tmp_path_factory.mktemp("service") / "user" / "home"
    shutil.copytree(issued("es256").folder, folder / "credentials" / "default")
    return folder


@pytest.fixture(scope="session")
def service(home: Path) -> Iterator[Service]:
    """A service as it is without options, but that it signs results."""
    with serving(home, "--sign-results") as running:
        yield running
