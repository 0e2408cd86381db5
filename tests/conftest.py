"""What tests of every package share."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest
from hypothesis import settings

from aidisclose.signing import credentials
from aidisclose.signing.credentials import Credentials
from tests.issuing import Issued

# `make fuzz`: the same properties with many more examples.
settings.register_profile("fuzz", max_examples=5_000, deadline=None)
# On a busy machine, time says nothing about the code.
settings.register_profile("default", deadline=None)
settings.load_profile("default")
# A change is judged by what it breaks, not by what chance finds that day: `make fuzz` searches.
settings.register_profile("ci", derandomize=True, deadline=None)
if "CI" in os.environ:
    settings.load_profile("ci")


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """Test credentials for an algorithm, made once a session: `issued("es256").signer()`."""

    @functools.cache
    def make(alg: str = "es256") -> Credentials:
        return credentials.create(Path(tmp_path_factory.mktemp("credentials"), alg), alg=alg)

    return make
