"""Export and import of a repository."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aidisclose.errors import Malformed
from aidisclose.repository import archive
from aidisclose.repository.sqlite import SqliteRepository
from tests.durable.pictures import scene
from tests.issuing import Issued
from tests.repository.stores import printed, signed

TIME = datetime(2025, 1, 1, tzinfo=UTC).isoformat()


@pytest.fixture
def exported(tmp_path: Path, issued: Issued) -> tuple[bytes, list[str]]:
    """An export of three manifests, the last of them removed; and their labels."""
    out = io.BytesIO()
    with SqliteRepository(tmp_path / "old.sqlite", create=True) as old:
        names = [
            old.add(signed(issued, scene(1), printed(scene(1)))).id,
            old.add(signed(issued, scene(2)), [printed(scene(2))]).id,
            old.add(signed(issued, scene(3), printed(scene(3)))).id,
        ]
        old.remove(names[2])
        assert archive.export(old, out) == 3
    return out.getvalue(), names


def test_all_of_it_comes_back(tmp_path: Path, exported: tuple[bytes, list[str]]) -> None:
    lines, names = exported
    with SqliteRepository(tmp_path / "new.sqlite", create=True) as new:
        for is_new in (True, False):
            taken = list(archive.restore(new, io.BytesIO(lines)))
            assert {each.id: (each.is_new, each.problem) for each in taken} == dict.fromkeys(
                names, (is_new, None)
            )
        found = [new.by_binding(printed(scene(number))) for number in (1, 2, 3)]
        assert [[(each.id, each.is_signed) for each in some] for some in found] == [
            [(names[0], True)],
            [(names[1], False)],
            [],
        ]
        assert list(new.problems()) == []
        again = io.BytesIO()
        archive.export(new, again)
        assert again.getvalue() == lines


def test_what_was_altered_is_not_taken(tmp_path: Path, exported: tuple[bytes, list[str]]) -> None:
    head, *lines = exported[0].splitlines(keepends=True)
    entries = [json.loads(line) for line in lines]
    whole = [each for each in entries if each["store"]]
    whole[0]["sha256"] = "0" * 64
    data = head + b"".join(json.dumps(each).encode() + b"\n" for each in entries)
    with SqliteRepository(tmp_path / "new.sqlite", create=True) as new:
        taken = {each.id: each.problem for each in archive.restore(new, io.BytesIO(data))}
        assert taken[whole[0]["id"]] == "the manifest store is not the one that was stored"
        assert [each for each in taken.values() if each] == [taken[whole[0]["id"]]]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"[]\n",
        b"{}\n",
        b"[" * 100_000 + b"\n",
        b'{"aidisclose-repository": 2}\n',
        b'{"aidisclose-repository": 1}',
    ],
)
def test_what_is_no_export_is_refused(tmp_path: Path, line: bytes) -> None:
    with (
        SqliteRepository(tmp_path / "new.sqlite", create=True) as new,
        pytest.raises(Malformed),
    ):
        list(archive.restore(new, io.BytesIO(line)))


GOOD: dict[str, Any] = {"id": "x", "sha256": "", "time": TIME, "store": None, "bindings": []}


@pytest.mark.parametrize(
    "change",
    [
        {"time": "x"},
        {"time": 1},
        {"time": "9999-01-01T00:00:00+00:00"},
        {"time": "0001-01-01T00:00:00+14:00"},
        {"store": "*"},
        {"store": 1},
        {"bindings": 1},
        {"bindings": [{}] * 99},
        {"bindings": [{"alg": "", "value": "AA=="}]},
        {"bindings": [{"alg": "x", "value": ""}]},
        {"bindings": [{"alg": "\ud800", "value": "AA=="}]},
        {"bindings": [{"alg": "x\0", "value": "AA=="}]},
        {"id": "\ud800"},
        {"id": "\0"},
        {"id": "x" * 1000},
        {"id": None},
        {"id": ["x"]},
        {"sha256": "\udfff"},
    ],
)
def test_lines_that_are_not_manifests_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    lines = (b'{"aidisclose-repository": 1}', json.dumps(GOOD | change).encode(), b"")
    with (
        SqliteRepository(tmp_path / "new.sqlite", create=True) as new,
        pytest.raises(Malformed, match="line 2"),
    ):
        list(archive.restore(new, io.BytesIO(b"\n".join(lines))))
