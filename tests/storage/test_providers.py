"""Files in Azure Blob Storage and Google Cloud Storage, at servers that speak as theirs do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from aidisclose.storage import provider
from tests.cli.running import Run
from tests.storage import emulators

PLACE = "media"


@pytest.fixture(params=["az", "gs"])
def bucket(
    request: pytest.FixtureRequest, work: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The address of an empty bucket."""
    if reason := emulators.MISSING[request.param]:
        pytest.skip(reason)
    with emulators.running(request.param, PLACE, work) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        provider._operator.cache_clear()
        yield f"{request.param}://{PLACE}"
    provider._operator.cache_clear()


@pytest.fixture(autouse=True)
def picture(work: Path) -> None:
    Image.effect_noise((64, 48), 90).convert("RGB").save(work / "a.jpg")


def test_from_signing_to_verifying(aidisclose: Run, bucket: str) -> None:
    place = f"{bucket}/in/ö 1.jpg"
    done = aidisclose("sign", "a.jpg", "-o", place, "--ai", "generated", "-q")
    assert (done.code, done.out) == (0, "")
    done = aidisclose("sign", f"{bucket}/in/", "--output-dir", f"{bucket}/out", "--ai", "edited")
    assert done.code == 0, done.err
    done = aidisclose("verify", f"{bucket}/**.jpg", "--format", "json")
    assert done.code == 0
    found = {each["file"]: each["state"] for each in done.json["results"]}
    assert found == {place: "trusted", f"{bucket}/out/ö 1.jpg": "trusted"}


def test_an_object_that_exists_is_kept(aidisclose: Run, bucket: str) -> None:
    place = f"{bucket}/a.jpg"
    signing = ("sign", "a.jpg", "-o", place, "--ai", "generated", "-q")
    assert aidisclose(*signing).code == 0
    before = aidisclose("verify", place, "--format", "json").json["results"][0]
    done = aidisclose(*signing)
    assert done.code == 2
    assert "it exists already; --force replaces it" in done.err
    assert aidisclose("verify", place, "--format", "json").json["results"][0] == before
    assert aidisclose(*signing, "--force").code == 0
    after = aidisclose("verify", place, "--format", "json").json["results"][0]
    assert after["active_manifest"] != before["active_manifest"]


def test_what_is_not_there_is_named(aidisclose: Run, bucket: str) -> None:
    done = aidisclose("verify", f"{bucket}/none.jpg")
    assert done.code == 4
    assert f"{bucket}/none.jpg: no such object or bucket" in done.err


def test_browsers_show_what_was_written(aidisclose: Run, bucket: str) -> None:
    """An object has the media type of its name, not that of bytes."""
    assert aidisclose("sign", "a.jpg", "-o", f"{bucket}/a.jpg", "--ai", "generated").code == 0
    operator, key = provider.reach(f"{bucket}/a.jpg")
    assert operator.stat(key).content_type == "image/jpeg"


def test_wrong_credentials_are_named(
    aidisclose: Run, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if bucket.startswith("gs"):
        monkeypatch.delenv("STORAGE_EMULATOR_HOST")
        monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:1")
        reason = "no credentials for this storage were found"
    else:
        monkeypatch.setenv("AZURE_STORAGE_KEY", "AAAA")
        reason = "access denied"
    provider._operator.cache_clear()
    done = aidisclose("verify", f"{bucket}/a.jpg")
    assert done.code == 4
    assert reason in done.err
    assert done.err.count("\n") == 1


def test_a_service_that_does_not_answer_has_no_empty_folders(
    aidisclose: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked again, opendal would walk on behind the folder that it could not list."""
    monkeypatch.setattr(provider, "_PAUSE", 0.001)
    done = aidisclose("verify", f"webhdfs://127.0.0.1:{emulators.free_port()}/media/")
    assert done.code == 2
    assert "the storage gives no usable answer" in done.err
