"""Lines that are wrapped at a terminal: what stands beside those that follow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from aidisclose.render.renderer import Run, Screen
from aidisclose.render.terminal import canvas, reflow
from aidisclose.render.terminal.wrapping import WrappedText

RUN = Run(datetime(2026, 12, 5, tzinfo=UTC), screen=Screen(60))


@pytest.mark.parametrize(
    ("opening", "beside"),
    [
        ("  fail            ", " " * 18),
        ("  undetermined    ", " " * 18),
        ("  lost  ", " " * 8),
        ("  severity       ", " " * 17),
        ("  + ", " " * 4),
        ("aidisclose: ", " " * 12),
        ("├─ ", "│  "),
        ("│  └─ ", "│     "),
    ],
)
def test_an_opening_is_not_repeated(opening: str, beside: str) -> None:
    text = f"{opening}EU-001: {'many words ' * 12}"
    first, *more = reflow.lines(text, RUN).splitlines()
    assert first.startswith(opening)
    assert more
    for line in more:
        assert line.startswith(beside)
        assert line[len(beside)] != " "


@pytest.mark.parametrize("width", [24, 40, 57, 80])
def test_no_word_is_cut_that_fits_into_a_line(width: int) -> None:
    words = "urn:c2pa:a3f46a78 (active manifest) claimSignature.validated: 署名 は 有効 です 🎨 etc"
    for opening in ("", "  + ", "├─ ", "│  │  └─ ", "  state       "):
        run = Run(RUN.time, screen=Screen(width))
        shown = reflow.lines(opening + f"{words} " * 4, run)
        assert all(cell_len(line) <= width for line in shown.splitlines())
        space = max(width - len(opening), 12)
        told = shown.split()
        fitting = [word for word in words.split() if cell_len(word) <= space]
        assert all(told.count(word) >= 4 for word in fitting), (opening, shown)


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        (
            "urn:c2pa:360e2078-0463-484d-9370-e6dac5",
            ["urn:c2pa:360e2078-", "0463-484d-9370-", "e6dac5"],
        ),
        ("compositeWithTrainedAlgorithmicMedia", ["compositeWithTrained", "AlgorithmicMedia"]),
        ("https://example.com/pictures/one.png", ["https://example.com/", "pictures/one.png"]),
        ("0123456789abcdef0123456789", ["0123456789abcdef0123", "456789"]),
        ("人工智能生成合成内容标识方法", ["人工智能生成合成内容", "标识方法"]),
    ],
)
def test_a_long_word_is_cut_at_a_joint(word: str, parts: list[str]) -> None:
    text = WrappedText(word)
    lines = text.wrap(canvas.console(RUN), 20)
    assert [line.plain for line in lines] == parts
    assert "".join(parts) == word


def test_what_follows_a_long_word_stays_with_it() -> None:
    line = WrappedText("seen urn:c2pa:360e2078-0463-484d-9370-e6dac5 (active manifest)")
    found = [each.plain for each in line.wrap(canvas.console(RUN), 30)]
    assert found == ["seen", "urn:c2pa:360e2078-0463-484d-", "9370-e6dac5 (active manifest)"]


def test_a_table_without_room_becomes_cards() -> None:
    head = ("name", "valid until", "folder")
    rows = [("default", "2027-11-28", "/home/ann/credentials"), ("b", "never", "/b")]
    wide = reflow.table(head, rows, RUN)
    assert wide.splitlines()[1].split() == ["default", "2027-11-28", "/home/ann/credentials"]
    narrow = reflow.table(head, rows, Run(RUN.time, screen=Screen(32)))
    assert narrow.splitlines() == [
        "default  2027-11-28",
        "  /home/ann/credentials",
        "b        never",
        "  /b",
    ]
