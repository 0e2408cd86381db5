"""Where the user's own files are."""

from __future__ import annotations

from pathlib import Path

import pytest

from aidisclose.io import home


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"AIDISCLOSE_HOME": "/own", "XDG_CONFIG_HOME": "/xdg"}, "/own/credentials/default"),
        ({"XDG_CONFIG_HOME": "/xdg"}, "/xdg/aidisclose/credentials/default"),
        ({"XDG_CONFIG_HOME": "relative"}, "/me/.config/aidisclose/credentials/default"),
        ({}, "/me/.config/aidisclose/credentials/default"),
    ],
)
def test_credentials_folder(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("AIDISCLOSE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/me", **variables}.items():
        monkeypatch.setenv(name, value)
    assert home.credentials_folder() == Path(expected)


def test_without_home_folder_the_error_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> Path:
        raise RuntimeError

    monkeypatch.delenv("AIDISCLOSE_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "home", unknown)
    with pytest.raises(OSError, match="set AIDISCLOSE_HOME"):
        home.home()
