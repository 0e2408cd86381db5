"""`aidisclose sign --update`: what is added, and what is refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import aidisclose as ad
from aidisclose.manifest.store import ManifestKind
from tests.cli.running import Run

META: dict[str, Any] = {"@context": {"dc": "http://purl.org/dc/elements/1.1/"}, "dc:rights": "CC0"}


@pytest.fixture
def signed(aidisclose: Run, work: Path) -> Path:
    """A picture that was signed with test credentials."""
    assert aidisclose("sign", "picture.png", "--ai", "generated", "-o", "signed.png").code == 0
    return work / "signed.png"


def active(path: Path) -> ad.Manifest:
    report = ad.verify(path, trust=ad.TrustConfig.none())
    report.require(ad.State.VALID)
    assert report.integrity is ad.Integrity.INTACT
    assert report.store is not None
    return report.store.active


def test_metadata_and_publishing(aidisclose: Run, work: Path, signed: Path) -> None:
    (work / "meta.json").write_text(json.dumps(META))
    done = aidisclose("sign", signed, "--update", "--metadata", "meta.json", "--published")
    assert done.code == 0, done.err
    found = active(work / "signed.signed.png")
    assert found.kind is ManifestKind.UPDATE
    assert found.assertions["cawg.metadata"].fields["dc:rights"] == "CC0"


def test_in_place(aidisclose: Run, signed: Path) -> None:
    assert aidisclose("sign", signed, "--update", "--published", "--in-place").code == 0
    assert active(signed).kind is ManifestKind.UPDATE
    shown = aidisclose("inspect", signed)
    assert "update manifest" in shown.out
    assert aidisclose("verify", signed, "--require", "trusted").code == 0


def test_json_says_that_it_is_an_update(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("sign", signed, "--update", "--published", "--format", "json")
    assert [item["kind"] for item in done.json["results"]] == ["update"]
    done = aidisclose("sign", signed, "--ai", "edited", "--format", "json", "--force")
    assert [item["kind"] for item in done.json["results"]] == ["standard"]


def test_redaction(aidisclose: Run, work: Path) -> None:
    options = ("--ai", "generated", "--prompt", "my secret", "-o", "signed.png")
    assert aidisclose("sign", "picture.png", *options, "--no-xmp").code == 0
    assert b"my secret" in (work / "signed.png").read_bytes()
    done = aidisclose("sign", "signed.png", "--update", "--redact", "cawg.metadata", "--in-place")
    assert done.code == 0, done.err
    assert b"my secret" not in (work / "signed.png").read_bytes()
    active(work / "signed.png")


def test_a_definition(aidisclose: Run, work: Path, signed: Path) -> None:
    note = {"assertions": [{"label": "com.example.note", "data": {"x": 1}}]}
    (work / "note.json").write_text(json.dumps(note))
    done = aidisclose("sign", signed, "--update", "--manifest", "note.json", "--in-place")
    assert done.code == 0, done.err
    assert "com.example.note" in active(signed).assertions


def test_compression(aidisclose: Run, signed: Path) -> None:
    options = ("--update", "--published", "--compress", "--in-place")
    assert aidisclose("sign", signed, *options).code == 0
    assert active(signed).is_compressed


def test_settings_of_declarations_do_not_count(
    aidisclose: Run, signed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIDISCLOSE_AI", "generated")
    monkeypatch.setenv("AIDISCLOSE_UPDATE_ROOM", "1000")
    assert aidisclose("sign", signed, "--update", "--published", "--in-place").code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--update",), "an update adds something"),
        (("--published", "--ai", "generated"), "--published is for updates: give --update too"),
        (("--update", "--ai", "none"), "declares nothing about AI: leave out --ai"),
        (("--update", "--published", "--fingerprint"), "--update binds nothing"),
        (("--update", "--published", "--parent", "picture.png"), "as it is: leave out --parent"),
        (("--update", "--published", "--xmp"), "as it is: leave out --xmp"),
        (
            ("--update", "--published", "--remote", "https://x.example/y"),
            "as it is: leave out --remote",
        ),
        (("--update", "--time-stamp"), "--time-stamp needs an authority"),
        (("--update", "--metadata", "picture.png"), "not valid JSON"),
        (("--update", "--metadata", "nofile"), "nofile"),
        (("--update", "--redact", "a", "--redact-reason", "b"), "invalid reason"),
    ],
)
def test_mistakes(options: tuple[str, ...], message: str, aidisclose: Run, signed: Path) -> None:
    done = aidisclose("sign", signed, *options, "--force")
    assert done.code == 2, done.err
    assert message in done.err
    assert done.err.count("\n") <= 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--redact", "com.example.none"), "no manifest has an assertion"),
        (("--certificate-status",), "no certificate status to add"),
    ],
)
def test_what_cannot_be_done(
    options: tuple[str, ...], message: str, aidisclose: Run, work: Path, signed: Path
) -> None:
    done = aidisclose("sign", signed, "--update", *options)
    assert done.code != 0
    assert message in done.err
    assert not (work / "signed.signed.png").exists()


def test_a_file_without_credentials(aidisclose: Run, work: Path) -> None:
    done = aidisclose("sign", "picture.png", "--update", "--published")
    assert done.code != 0
    assert "picture.png: the file carries no credentials in it that could be updated" in done.err
    assert not (work / "picture.signed.png").exists()


def test_an_actor_is_named(aidisclose: Run, signed: Path, issued: Callable[..., Any]) -> None:
    folder = issued("ed25519").folder
    key = ("--identity-cert", folder / "chain.pem", "--identity-key", folder / "key.pem")
    done = aidisclose("sign", signed, "--update", *key, "--in-place")
    assert done.code == 0, done.err
    assert active(signed).kind is ManifestKind.UPDATE
    trusted = ("--identity-trust", folder / "root.pem", "--format", "json")
    [found] = aidisclose("verify", signed, *trusted).json["results"][0]["identities"]
    assert found["standing"] == "trusted"
