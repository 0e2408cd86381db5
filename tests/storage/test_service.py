"""How services are reached: by what the providers' own programs look up."""

from __future__ import annotations

import pytest

from aidisclose.errors import AidiscloseError, UsageError
from aidisclose.storage import provider


@pytest.mark.parametrize(
    ("address", "variables", "key"),
    [
        ("s3://bucket/a/b.png", {"AWS_REGION": "eu-central-1"}, "a/b.png"),
        ("gs://bucket/a.png", {}, "a.png"),
        ("az://container/a.png", {"AZURE_STORAGE_ACCOUNT_NAME": "name"}, "a.png"),
        ("webhdfs://host:9870/data/a.png", {"HADOOP_USER_NAME": "me"}, "data/a.png"),
        ("https://example.com/a.png", {}, "a.png"),
        ("http://127.0.0.1:8000/a.png", {}, "a.png"),
    ],
)
def test_service_is_set_up(
    monkeypatch: pytest.MonkeyPatch, address: str, variables: dict[str, str], key: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    operator, found = provider.reach(address)
    assert found == key
    assert operator.capability().read


def test_service_without_its_account_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    provider._operator.cache_clear()
    with pytest.raises(AidiscloseError, match="not set up"):
        provider.reach("az://container/a.png")


@pytest.mark.parametrize("address", ["https://example.com/x.png", "s3://bucket/", "s3://bucket"])
def test_what_cannot_be_written_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    with pytest.raises(UsageError, match=r"only be read|names no object"):
        provider.reach(address, writing=True)
