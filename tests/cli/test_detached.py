"""Manifest stores in files of their own, on the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.running import Run
from tests.containers.samples import VECTORS, jpeg, png

SIGN = ("sign", "--ai", "generated", "--sidecar")
CLOUD = VECTORS / "signed" / "cloud.jpg"


def test_any_file_is_signed_beside_and_found(aidisclose: Run, work: Path) -> None:
    (work / "notes.txt").write_text("made up")
    done = aidisclose(*SIGN, "notes.txt")
    assert done.code == 0
    assert "notes.txt → notes.txt.c2pa" in done.out
    assert (work / "notes.txt").read_text() == "made up"
    assert {path.name for path in work.iterdir()} == {"notes.txt", "notes.txt.c2pa", "picture.png"}
    assert aidisclose("verify", "notes.txt").code == 0
    (work / "notes.txt").write_text("made down")
    assert aidisclose("verify", "notes.txt").code == 1


def test_a_copy_and_its_store(aidisclose: Run, work: Path) -> None:
    (work / "a.png").write_bytes(png())
    assert aidisclose(*SIGN, "a.png", "-o", "b.png").code == 0
    assert {path.name for path in work.glob("?.png*")} == {"a.png", "b.png", "b.png.c2pa"}
    assert aidisclose("verify", "b.png").code == 0
    assert aidisclose("verify", "a.png").code == 1
    assert aidisclose(*SIGN, "a.png", "--output-dir", "out").code == 0
    assert (work / "out" / "a.png.c2pa").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--in-place",), "leave out --in-place"), ((), "a.png.c2pa: it exists already")],
)
def test_what_is_refused(
    aidisclose: Run, work: Path, arguments: tuple[str, ...], message: str
) -> None:
    (work / "a.png").write_bytes(png())
    (work / "a.png.c2pa").write_bytes(b"something")
    done = aidisclose(*SIGN, "a.png", *arguments)
    assert done.code == 2
    assert message in done.err
    assert (work / "a.png.c2pa").read_bytes() == b"something"
    assert aidisclose(*SIGN, "a.png", "--force").code == 0


def test_a_manifest_definition_says_where_the_store_goes(aidisclose: Run, work: Path) -> None:
    url = "https://media.example/a.c2pa"
    (work / "a.png").write_bytes(png())
    (work / "own.json").write_text('{"no_embed": true}')
    (work / "far.json").write_text(f'{{"no_embed": true, "remote_url": "{url}"}}')
    (work / "both.json").write_text(f'{{"remote_url": "{url}"}}')
    assert aidisclose("sign", "a.png", "--manifest", "own.json").code == 0
    assert (work / "a.png.c2pa").exists()
    assert aidisclose("verify", "a.png").code == 0
    assert aidisclose("sign", "a.png", "--manifest", "far.json", "-o", "b.png").code == 0
    assert url.encode() in (work / "b.png").read_bytes()
    assert (work / "b.png.c2pa").exists()
    assert aidisclose("verify", "b.png").code == 0
    (work / "a.png.c2pa").unlink()
    assert aidisclose("sign", "a.png", "--manifest", "both.json", "-o", "c.png").code == 0
    assert not (work / "c.png.c2pa").exists()
    assert url.encode() in (work / "c.png").read_bytes()
    for arguments, message in (
        (("far.json",), "is written into a copy: give -o or --output-dir"),
        (("own.json", "--in-place"), "leave out --in-place"),
    ):
        done = aidisclose("sign", "a.png", "--manifest", *arguments)
        assert done.code == 2
        assert message in done.err


def test_a_store_is_named(aidisclose: Run, work: Path) -> None:
    (work / "a.jpg").write_bytes(jpeg())
    assert aidisclose(*SIGN, "a.jpg").code == 0
    (work / "a.jpg.c2pa").rename(work / "store")
    assert aidisclose("verify", "a.jpg").code == 1
    assert aidisclose("verify", "a.jpg", "--manifest", "store").code == 0
    done = aidisclose("verify", "a.jpg", "a.jpg", "--manifest", "store")
    assert (done.code, "about one file" in done.err) == (2, True)


def test_a_store_alone_is_inspected_not_verified(aidisclose: Run, work: Path) -> None:
    (work / "a.jpg").write_bytes(jpeg())
    assert aidisclose(*SIGN, "a.jpg").code == 0
    done = aidisclose("inspect", "a.jpg.c2pa", "--store", "copy.c2pa")
    assert done.code == 0
    assert "application/c2pa" in done.out
    assert "asset " in done.out
    assert (work / "copy.c2pa").read_bytes() == (work / "a.jpg.c2pa").read_bytes()
    assert aidisclose("inspect", "a.jpg", "--store", "again.c2pa").code == 0
    done = aidisclose("verify", "a.jpg.c2pa")
    assert done.code == 4
    assert "name the file that it is about" in done.err


@pytest.mark.skipif(not CLOUD.exists(), reason="the test vectors are not beside the checkout")
def test_a_manifest_elsewhere_is_said(aidisclose: Run, work: Path) -> None:
    shutil.copy(CLOUD, work / "cloud.jpg")
    done = aidisclose("verify", "cloud.jpg")
    assert done.code == 1
    assert "elsewhere" in done.out
    assert aidisclose("verify", "cloud.jpg", "--format", "json").json["results"][0]["missing"] == [
        "manifest"
    ]
    manifest = CLOUD.with_name("cloud_manifest.c2pa")
    done = aidisclose("verify", "cloud.jpg", "--manifest", manifest, "--at", "2022-11-01T00:00:00Z")
    assert done.code == 0
