"""The table of status codes: complete, and the only source of codes and of their page."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from aidisclose.validate import codes
from aidisclose.validate.codes import CODES, StatusKind, kind_of
from docs import status_codes

PACKAGE = Path(codes.__file__).parents[1]
SHARED = Path(__file__).resolve().parents[3] / "shared"
_SHAPE = re.compile(r"[a-zA-Z][\w-]*(\.[a-zA-Z][\w-]*)+")


def test_the_page_is_what_the_table_says() -> None:
    """After a change of the table: `make docs`."""
    assert status_codes.PAGE.read_text() == status_codes.render()


def test_no_code_stands_twice() -> None:
    assert len(CODES) == len(codes._TABLE) + len(codes._IDENTITY)


def test_codes_not_known_are_failures() -> None:
    assert kind_of("com.example.fine") is StatusKind.FAILURE


def test_every_status_made_has_a_code_of_the_table() -> None:
    """Nor is a code made that the table says is never reported."""
    known = {name for name, code in CODES.items() if not code.absent}
    found = 0
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Status":
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    assert first.value in known, f"{path}: {first.value!r}"
                    found += 1
    assert found > 20


@pytest.mark.parametrize("name", ["c2pa-2.2.md", "c2pa-2.4-rules.md"])
def test_the_table_has_every_code_of_the_specification(name: str) -> None:
    path = SHARED / "spec" / name
    if not path.exists():
        pytest.skip("the text of the specification is not at hand")
    text = path.read_text()
    rows = re.findall(r"^\| `([^`]+)`[^|]*\|[^|]+\|\s*([^|]+?)\s*\|$", text, re.MULTILINE)
    listed = {code for code, about in rows if "C2PA" in about or about == "(not applicable)"}
    listed = {code for code in listed if _SHAPE.fullmatch(code)}
    assert len(listed) > 80
    assert listed <= CODES.keys()


def test_the_table_has_every_code_of_the_vectors() -> None:
    path = SHARED / "vectors" / "expected.json"
    if not path.exists():
        pytest.skip("the vectors are not at hand")
    files = json.loads(path.read_text())["files"]
    used = {
        code
        for file in files.values()
        for group in file.get("active", {}).values()
        for code in group
    }
    assert len(used) > 10
    # The reference still writes what 2.2 replaced by claimSignature.outsideValidity.
    assert used - CODES.keys() == {"signingCredential.expired"}
