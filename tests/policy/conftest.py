"""What tests of policies share."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from aidisclose.signing.credentials import Credentials
from tests.issuing import Issued, unmarked


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """Credentials for an algorithm, as of an authority that others may know."""

    @functools.cache
    def make(alg: str = "es256") -> Credentials:
        return unmarked(Path(tmp_path_factory.mktemp("authority"), alg), alg)

    return make
