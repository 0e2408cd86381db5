"""`verify --receipt`: what was found, signed, and checked by `receipt verify`."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import ROOT, Run

FIXTURES = ROOT / "fixtures"


@pytest.fixture
def signed(work: Path) -> Path:
    shutil.copy(FIXTURES / "generated.jpg", work / "signed.jpg")
    (work / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    return work / "signed.jpg"


def entries(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["entries"]
    return found


def test_a_result_says_what_was_looked_for_and_found(
    aidisclose: Run, signed: Path, work: Path
) -> None:
    path = work / "result.json"
    plain = aidisclose("verify", "picture.png", "signed.jpg", "broken.png")
    done = aidisclose("verify", "picture.png", "signed.jpg", "broken.png", "--receipt", path)
    assert (done.code, done.out) == (plain.code, plain.out)
    document = json.loads(path.read_text())
    assert document["head"]["kind"] == "detection"
    assert "c2pa" in document["head"]["techniques"]
    picture, generated, broken = entries(path)
    assert (picture["outcome"], picture["techniques"]) == ("none", [])
    assert generated["outcome"] == "valid"
    assert generated["techniques"] == ["c2pa", "iptc_digital_source_type"]
    assert generated["sha256"] == sha256(signed.read_bytes()).hexdigest()
    assert (generated["ai"], generated["integrity"]) == ("generated", "intact")
    assert (generated["signer"], generated["model"]) == ("Signer", "Fixture")
    assert (broken["outcome"], broken["sha256"]) == ("unreadable", None)
    assert broken["error"]
    checked = aidisclose("receipt", "verify", "--require", "trusted", path)
    assert checked.code == 0
    assert "looked for c2pa" in checked.out
    assert "1 valid" in checked.out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"ai":"generated"', '"ai":"none"'),
        ('"outcome":"valid"', '"outcome":"pass"'),
        ('"kind":"detection"', '"kind":"other"'),
        ('"kind":"detection",', ""),
        ('"online":false', '"online":true'),
        ('"techniques":["c2pa"', '"techniques":["other"'),
        ('"error":null', '"error":null,"more":1'),
        ('"size":', '"size":1'),
    ],
)
def test_a_result_that_was_changed_is_noticed(
    aidisclose: Run, signed: Path, work: Path, before: str, after: str
) -> None:
    path = work / "result.json"
    aidisclose("verify", signed, "--receipt", path)
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    done = aidisclose("receipt", "verify", path)
    assert (done.code, done.out) == (1, "")


def test_a_receipt_of_a_check_is_no_detection_result(
    aidisclose: Run, signed: Path, work: Path
) -> None:
    path = work / "receipt.json"
    aidisclose("check", signed, "--policy", "pai", "--receipt", path)
    done = aidisclose("receipt", "verify", path)
    assert done.code == 0
    assert "looked for" not in done.out
    assert "by pai" in done.out


def test_results_are_signed_by_who_is_named(
    aidisclose: Run, signed: Path, work: Path, home: Path
) -> None:
    folder = home / "credentials" / "default"
    path = work / "result.json"
    by_key = ("--cert", folder / "chain.pem", "--key", folder / "key.pem")
    by_address = ("--cert", folder / "chain.pem", "--receipt-signer", f"file:{folder}/key.pem")
    for named in (by_key, by_address):
        assert aidisclose("verify", signed, "--receipt", path, *named).code == 0
        assert aidisclose("receipt", "verify", "--require", "trusted", path).code == 0
        path.unlink()
    both = aidisclose("verify", signed, "--receipt", path, *by_key, *by_address[2:])
    assert (both.code, path.exists()) == (2, False)


def test_many_files_are_recorded_in_their_order(aidisclose: Run, signed: Path, work: Path) -> None:
    folder = work / "many"
    folder.mkdir()
    for number in range(40):
        shutil.copy(signed, folder / f"{number:02}.jpg")
    path = work / "result.json"
    assert aidisclose("verify", folder, "--receipt", path, "--jobs", 2, "--quiet").code == 0
    assert [Path(each["file"]).name for each in entries(path)] == [
        f"{number:02}.jpg" for number in range(40)
    ]
    assert aidisclose("receipt", "verify", path).code == 0
