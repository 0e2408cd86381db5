"""CSV of `verify`: a row a file, which no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

import aidisclose as ad
from aidisclose.render.columns import RENDERER
from aidisclose.render.renderer import Result, Run
from tests.manifest import build
from tests.manifest.build import TRUST

RUN = Run(datetime(2026, 6, 1, tzinfo=UTC))


def rows(*results: Result) -> list[dict[str, str]]:
    text = RENDERER.begin(RUN) + "".join(RENDERER.result(each, RUN) for each in results)
    return list(csv.DictReader(io.StringIO(text + RENDERER.end({}, RUN))))


def test_every_file_has_a_row() -> None:
    report = ad.verify(build.signed(), trust=TRUST, at=RUN.time)
    first, second = rows(Result('a,"b".png', report), Result("gone.png", error="no such file"))
    assert first["file"] == 'a,"b".png'
    assert (first["state"], first["integrity"], first["ai"]) == ("trusted", "intact", "generated")
    assert first["problems"] == ""
    assert first["reason"].startswith("the file is what was signed, and an anchor of user")
    assert (first["list"], first["source_types"]) == ("user", "trainedAlgorithmicMedia")
    assert len(first["fingerprint"]) == 64
    assert None not in (*first, *first.values(), *second.values())
    assert (second["state"], second["problems"]) == ("unreadable", "no such file")


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "＝cmd()", "+1", "-1", "@x", "\t=1"])
def test_no_cell_is_a_formula(name: str) -> None:
    [row] = rows(Result(name, error="x"))
    assert row["file"][0] not in "=＝+-@\t\r"


def test_lines_and_escapes_stay_in_their_cell() -> None:
    [row] = rows(Result("a\nb\x1b[31m\u202e.png", error="x"))
    assert "\n" not in row["file"]
    assert "\x1b" not in row["file"]
