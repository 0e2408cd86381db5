"""JSON of strangers: what it may hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aidisclose import limits
from aidisclose.cli.exits import Exit
from aidisclose.cli.main import main
from aidisclose.io import json_text


@pytest.mark.parametrize("encode", [str, str.encode])
def test_values_are_those_of_json(encode: Callable[[str], bytes | str]) -> None:
    assert json_text.decode(encode('{"a": [1, "é", null, {}]}')) == {"a": [1, "é", None, {}]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "nests too deeply"),
        ('{"a":' * 100_000, "nests too deeply"),
        ("9" * 5_000, "digits"),
        ("[1", "delimiter"),
        ("[[],[],[],[]]", "more than 5 values"),
        ('{"a":{"b":{}}}', "more than 5 values"),
        (f'"{" " * 40}"', "longer than 30"),
    ],
)
@pytest.mark.parametrize("encode", [str, str.encode])
def test_what_holds_too_much_is_refused(
    text: str,
    reason: str,
    encode: Callable[[str], bytes | str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    most = 30 if "than" in reason else limits.JSON_TEXT
    if "values" in reason:
        monkeypatch.setattr(limits, "JSON_VALUES", 5)
    with pytest.raises(ValueError, match=reason):
        json_text.decode(encode(text), most=most)


def test_what_too_many_values_take_is_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("json.loads", pytest.fail)
    with pytest.raises(ValueError, match="values"):
        json_text.decode(b"[" + b"[]," * limits.JSON_VALUES + b"[]]")


@pytest.mark.parametrize("end", ["\n", ""])
def test_results_without_an_end_are_none(end: str, tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    results.write_text("[" * 100_000 + end)
    # What breaks off is left out, and said.
    assert main(["summarize", str(results)]) == (Exit.USAGE if end else Exit.OK)
