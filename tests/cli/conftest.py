"""A user with test credentials, in a folder of their own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from aidisclose.cli.main import main
from tests.cli.running import Done, Run
from tests.issuing import Issued
from tests.render import media


@pytest.fixture
def home(tmp_path: Path, issued: Issued) -> Path:
    """The folder of a user's own files, with credentials for testing."""
    shutil.copytree(issued("es256").folder, tmp_path / "home" / "credentials" / "default")
    return tmp_path / "home"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The working folder, with a picture in it."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "picture.png").write_bytes(media.picture())
    return folder


@pytest.fixture
def aidisclose(
    home: Path, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs a command in the working folder, in this process."""
    for name in list(os.environ):
        if name.startswith("AIDISCLOSE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AIDISCLOSE_HOME", str(home))
    monkeypatch.chdir(work)

    def run(*arguments: object) -> Done:
        code = main([str(argument) for argument in arguments])
        return Done(code, *capsys.readouterr())

    return run
