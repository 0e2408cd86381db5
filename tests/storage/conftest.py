"""A storage that the tests of this folder speak to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aidisclose.storage import provider
from tests.cli.conftest import aidisclose, home, work
from tests.storage.buckets import Storage
from tests.storage.buckets import storage as serve

__all__ = ["aidisclose", "home", "storage", "work"]


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """An empty bucket, which the provider's own variables lead to."""
    with serve() as found:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", found.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setattr(provider, "_PAUSE", 0.001)
        monkeypatch.setattr(provider, "_LONGEST_PAUSE", 0.002)
        provider._operator.cache_clear()
        yield found
    provider._operator.cache_clear()
