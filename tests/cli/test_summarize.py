"""Summaries of results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose import limits
from tests.cli.running import Run
from tests.issuing import Issued
from tests.render import media


@pytest.fixture
def folder(work: Path, issued: Issued) -> Path:
    """Two signed pictures, an altered one, one without credentials and one that is none."""
    signed = media.sign(media.picture(), issued("es256"), ad.Disclosure(ai="generated"))
    found = work / "in"
    (found / "deep").mkdir(parents=True)
    (found / "a.png").write_bytes(signed)
    (found / "deep" / "b.png").write_bytes(signed)
    (found / "c.png").write_bytes(media.flip(signed))
    (found / "d.png").write_bytes(media.picture())
    (found / "e.png").write_bytes(b"no picture")
    return found


@pytest.mark.parametrize("name", ["r.jsonl", "r.parquet"])
def test_verified_files_are_counted(aidisclose: Run, folder: Path, name: str) -> None:
    aidisclose("verify", "in", "--results", name)
    done = aidisclose("summarize", name, "--format", "json")
    assert done.code == 0
    assert done.json["files"] == 5
    assert done.json["outcome"] == {"trusted": 2, "invalid": 1, "none": 1, "unreadable": 1}
    assert done.json["folder"] == {"in": 4, "in/deep": 1}
    assert done.json["ai"] == {"generated": 2}  # what the altered one says counts for nothing
    assert done.json["reason"]["assertion.dataHash.mismatch"] == 1
    assert done.json["month"] == {"(none)": 2}


def test_checked_files_are_counted_by_rule(aidisclose: Run, folder: Path) -> None:
    aidisclose("check", "in", "--policy", "eu-ai-act", "--results", "r.jsonl")
    done = aidisclose("summarize", "r.jsonl", "--format", "json")
    assert done.json["outcome"]["unreadable"] == 1
    assert any(name.endswith(" fail") for name in done.json["rule"])


def test_signed_files_are_counted(aidisclose: Run, folder: Path) -> None:
    aidisclose("sign", "in/d.png", "in/e.png", "--ai", "generated", "--results", "r.jsonl")
    done = aidisclose("summarize", "r.jsonl")
    assert "signed" in done.out
    assert "failed" in done.out


def test_text_shows_the_most_frequent(aidisclose: Run, folder: Path) -> None:
    aidisclose("verify", "in", "--results", "r.jsonl")
    out = aidisclose("summarize", "r.jsonl", "r.jsonl", "--top", "1").out
    assert "10 files" in out
    assert "trusted  4      40.0%" in out
    assert "3 more   6      60.0%" in out


def test_unfinished_line_is_left_out(aidisclose: Run, folder: Path, work: Path) -> None:
    aidisclose("verify", "in", "--results", "r.jsonl")
    with (work / "r.jsonl").open("ab") as file:
        file.write(b'{"file": "in/f')
    done = aidisclose("summarize", "r.jsonl")
    assert "the last line is not whole" in done.err
    assert "5 files" in done.out


@pytest.mark.parametrize(
    "line", ["null", "[]", "{}", '{"file": 1}', '{"file": "x"}', "[" * 100_000, '"x"', "notes"]
)
def test_other_lines_are_refused(aidisclose: Run, work: Path, line: str) -> None:
    (work / "r.jsonl").write_text(f"{line}\n{line}\n")
    done = aidisclose("summarize", "r.jsonl")
    assert done.code == 2
    assert "r.jsonl, line 1: not a result" in done.err


def test_names_of_hostile_files_are_clean(aidisclose: Run, folder: Path, work: Path) -> None:
    evil = work / "\x1b[31mred"
    evil.mkdir()
    (evil / "x.png").write_bytes(media.picture())
    aidisclose("verify", evil, "--results", "r.jsonl")
    assert "\x1b" not in aidisclose("summarize", "r.jsonl").out


def test_a_long_name_does_not_hide_that_nobody_trusts_it(
    aidisclose: Run, folder: Path, work: Path
) -> None:
    aidisclose("verify", "in/a.png", "--results", "r.jsonl")
    document = json.loads((work / "r.jsonl").read_text())
    document["state"] = "valid"
    document["trust"]["signer"]["common_name"] = "The News" + " " * limits.NAME_TEXT
    (work / "r.jsonl").write_text(json.dumps(document) + "\n")
    done = aidisclose("summarize", "r.jsonl", "--format", "json")
    [name] = done.json["signer"]
    assert name.startswith("The News ")
    assert name.endswith(" (not trusted)")


def test_endless_values_are_counted_together(
    aidisclose: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aidisclose.limits.SUMMARIZED", 1)
    aidisclose("verify", "in", "--results", "r.jsonl")
    done = aidisclose("summarize", "r.jsonl", "--format", "json")
    assert done.json["outcome"] == {"(others)": 3, "trusted": 2}
