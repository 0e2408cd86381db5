"""Copies of objects in storage stay in the folder for copies, whatever their keys are."""

from __future__ import annotations

from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from aidisclose.cli import placement
from aidisclose.cli.files import File
from aidisclose.cli.placement import Placement
from aidisclose.errors import UsageError

ROOT = "s3://bucket/in"


def placed(key: str) -> Path:
    return Placement(folder=Path("out")).of(File(f"{ROOT}/{key}", ROOT))


@pytest.mark.parametrize("key", ["a.jpg", "b/a.jpg", "b/..a/a..jpg", "c d/é.png"])
def test_keys_keep_their_structure(key: str) -> None:
    assert placed(key) == Path("out") / key


@pytest.mark.parametrize(
    ("key", "system"),
    [
        ("b/../../a.jpg", PurePosixPath),
        ("..", PurePosixPath),
        ("..\\..\\a.jpg", PureWindowsPath),
        ("b\\..\\..\\a.jpg", PureWindowsPath),
        ("C:\\a.jpg", PureWindowsPath),
        ("C:a.jpg", PureWindowsPath),
        ("\\a.jpg", PureWindowsPath),
    ],
)
def test_keys_that_lead_out_are_refused(
    monkeypatch: pytest.MonkeyPatch, key: str, system: type[PurePath]
) -> None:
    monkeypatch.setattr(placement, "PurePath", system)
    with pytest.raises(UsageError, match="leads out of --output-dir"):
        placed(key)
