"""Manifest stores that are about files beside them (C2PA 2.5 §14.12.5)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose import State, UnsupportedFormat
from aidisclose.validate.report import Report
from aidisclose.validate.verify import examine
from tests.cli.conftest import aidisclose, home, work  # noqa: F401 - fixtures
from tests.cli.running import Run
from tests.manifest import build
from tests.manifest.build import Fields, Recipe
from tests.trust.pki import NOW

FILES = {"1.jpg": b"one", "sub/2 é.jpg": b"two"}


def listing(**more: object) -> Fields:
    uris = [
        {"uri": uri, "hash": hashlib.sha256(data).digest()}
        for uri, data in (("1.jpg", b"one"), ("sub/2%20%C3%A9.jpg", b"two"))
    ]
    return {"alg": "sha256", "uris": uris, **more}


def write(path: Path, fields: Fields, *, binding: str = "c2pa.hash.collection.data") -> Path:
    """A store with this hard binding."""
    path.write_bytes(build.store(Recipe(binding=binding).build(fields)))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of files, with `all.c2pa` in it that lists them."""
    path = tmp_path / "set"
    for name, data in FILES.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    write(path / "all.c2pa", listing())
    return path


def verify(path: Path) -> Report:
    return ad.verify(path, trust=build.TRUST, at=NOW)


def failures(path: Path) -> list[str]:
    return [status.code for status in verify(path).statuses.failure]


def test_the_files_are_looked_for_in_the_folder_of_the_store(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    report = ad.verify(folder / "all.c2pa", trust=build.TRUST, at=NOW, progress=done.append)
    assert (report.state, report.integrity, sum(done)) == (State.TRUSTED, "intact", 6)
    assert report.media_type == "application/c2pa"
    assert "assertion.collectionHash.match" in {item.code for item in report.statuses.success}
    monkeypatch.chdir(folder)
    assert verify(Path("all.c2pa")).state is State.TRUSTED


def test_more_files_are_none_of_its_business(folder: Path) -> None:
    (folder / "3.jpg").write_bytes(b"three")
    assert verify(folder / "all.c2pa").state is State.TRUSTED


@pytest.mark.parametrize("said", ["", "trainedAlgorithmicMedia"])
def test_ai_in_a_file_of_it_is_not_overlooked(folder: Path, said: str) -> None:
    data = f"<x:xmpmeta Iptc4xmpExt:DigitalSourceType='{said}'/>".encode()
    (folder / "1.jpg").write_bytes(data)
    uris = [{"uri": "1.jpg", "hash": hashlib.sha256(data).digest()}]
    captured = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    made = build.actions({"action": "c2pa.created", "digitalSourceType": captured})
    recipe = Recipe(binding="c2pa.hash.collection.data", assertions=(made,))
    store = build.store(recipe.build({"alg": "sha256", "uris": uris}))
    (folder / "all.c2pa").write_bytes(store)
    report = verify(folder / "all.c2pa")
    assert (report.state, report.integrity) == (State.TRUSTED, "intact")
    assert report.disclosure.ai.value == ("undeclared" if said else "none")
    assert [said in line for line in report.disclosure.contradictions] == [True] * bool(said)


def test_an_altered_file(folder: Path) -> None:
    (folder / "1.jpg").write_bytes(b"!")
    report = verify(folder / "all.c2pa")
    assert (report.state, report.integrity) == (State.INVALID, "altered")
    assert failures(folder / "all.c2pa") == ["assertion.collectionHash.mismatch"]


def test_a_missing_file(folder: Path) -> None:
    (folder / "1.jpg").unlink()
    assert failures(folder / "all.c2pa") == ["assertion.collectionHash.incorrectFileCount"]
    # No hash differs: perhaps the file was only not given.
    assert verify(folder / "all.c2pa").integrity == "unproven"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (listing(uris=[{"uri": "../set/1.jpg", "hash": bytes(32)}]), "invalidURI"),
        (listing(uris=[{"uri": "1.jpg"}]), "malformed"),
        (listing(uris=[]), "malformed"),
    ],
)
def test_a_list_that_breaks_a_rule(folder: Path, fields: Fields, code: str) -> None:
    path = write(folder / "other.c2pa", fields)
    assert failures(path) == [f"assertion.collectionHash.{code}"]
    assert verify(path).state is State.INVALID


def test_a_store_of_one_file_is_not_about_its_folder(folder: Path) -> None:
    """It says that the file must be named. So does the store of an archive."""
    for path in (
        write(folder / "a.c2pa", {"hash": bytes(32)}, binding="c2pa.hash.data"),
        write(folder / "b.c2pa", listing(zip_central_directory_hash=bytes(32))),
    ):
        with pytest.raises(UnsupportedFormat, match="name the file that it is about"):
            verify(path)
    with pytest.raises(UnsupportedFormat, match="name the file that it is about"):
        ad.verify((folder / "all.c2pa").read_bytes(), trust=build.TRUST, at=NOW)


def test_a_collection_is_inspected_with_its_files(folder: Path) -> None:
    report = examine(folder / "all.c2pa", trust=build.TRUST, at=NOW)
    assert (report.state, "asset" in report.missing) == (State.TRUSTED, False)


def test_on_the_command_line(aidisclose: Run, folder: Path) -> None:  # noqa: F811 - the fixture
    when = ("--at", NOW.isoformat())
    done = aidisclose("verify", folder / "all.c2pa", *when)
    assert done.code == 0
    assert done.err.startswith("aidisclose: hint: you have no trust list")
    assert done.out.startswith("valid")
    (folder / "sub" / "2 é.jpg").write_bytes(b"!")
    done = aidisclose("verify", folder / "all.c2pa", *when)
    assert done.code == 1
    assert "assertion.collectionHash.mismatch: 'sub/2%20%C3%A9.jpg' is not the one" in done.out
