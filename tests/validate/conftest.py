"""What tests of the validator share: all that it says in each is compared with told.txt.

Tests name the codes that they are about. told.txt has the rest, test by test: every status with
its place and its reason, but those of sound manifests. `TOLD=1 pytest -n 0 tests/validate` writes
it anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests import told
from tests.validate import finding

FILE: Final = Path(__file__).with_name("told.txt")
_STORED: Final = told.read(FILE) if FILE.exists() else {}
_NEW: Final[dict[str, list[str]]] = {}


@pytest.fixture(autouse=True)
def _all_that_is_said(request: pytest.FixtureRequest) -> Iterator[None]:
    finding.SAID.clear()
    yield
    # An empty line would end the block.
    rows = [line.replace("\n", " ") or "—" for line in finding.SAID]
    if rows and "TOLD" in os.environ:
        _NEW[request.node.name] = rows
    elif rows:
        assert rows == _STORED[request.node.name], "TOLD=1 writes told.txt anew"


@pytest.hookimpl
def pytest_sessionfinish() -> None:
    """Write the table anew, where that is asked for."""
    if _NEW:
        told.write(FILE, dict(sorted(_NEW.items())))
