"""What `serve` says before it serves anything."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.cli.running import Run


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--root-path", "tools"), "not a path"),
        (("--root-path", "/a b"), "not a path"),
        (("--root-path", "//evil.example"), "not a path"),
        (("--root-path", '/"><script>'), "not a path"),
        (("--public-address", "example.com"), "not an address"),
        (("--public-address", "ftp://example.com"), "not an address"),
        (("--public-address", "https://me@example.com"), "not an address"),
        (("--public-address", "https://example.com:x"), "not an address"),
        (("--public-address", "https://example.com/?a"), "not a path"),
        (("--public-address", "https://example.com/a", "--root-path", "/b"), "ends with /a"),
        (("--allow-origin", "example.com"), "not an origin"),
        (("--allow-origin", "https://example.com/path"), "not an origin"),
        (("--feedback", "javascript:alert(1)"), "is not an address of https, http or mailto"),
        (("--workers", "0"), "range"),
        (("--max-memory", "1"), "range"),
        (("--port", "70000"), "range"),
        (("--repository", "nothing.sqlite"), "no repository"),
        (("--host", "256.256.256.256"), "cannot listen"),
        (("--host", "x\u00e9" * 100), "cannot listen"),
        (("--sign-results", "--key", "nothing.pem"), "nothing.pem"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    aidisclose: Run, options: tuple[str, ...], said: str
) -> None:
    done = aidisclose("serve", "--port", "0", *options)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_a_port_that_is_in_use_is_one_line(aidisclose: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = aidisclose("serve", "--port", taken.getsockname()[1])
    assert (done.code, "cannot listen" in done.err) == (2, True)


def test_packages_that_are_missing_are_named(
    aidisclose: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = aidisclose("serve")
    assert done.code != 70
    assert "aidisclose[serve]" in done.err


def test_settings_of_a_project_open_no_service(aidisclose: Run, work: Path) -> None:
    (work / "aidisclose.toml").write_text('[serve]\nhost = "0.0.0.0"\n')
    done = aidisclose("serve", "--port", "0")
    assert (done.code, "not for the settings of a project" in done.err) == (2, True)


def test_a_port_that_kubernetes_sets_is_none(
    aidisclose: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIDISCLOSE_PORT", "tcp://10.0.0.1:80")
    done = aidisclose("serve", "--host", "256.256.256.256")
    assert "cannot listen" in done.err
    monkeypatch.setenv("AIDISCLOSE_SERVE_PORT", "x")
    assert "'x' is not a valid integer" in aidisclose("serve").err
