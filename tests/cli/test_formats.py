"""`aidisclose formats`: every registered format is listed by itself."""

from __future__ import annotations

from aidisclose.bindings import BINDINGS
from aidisclose.containers import CONTAINERS
from aidisclose.containers.other import OTHERS
from tests.cli.running import Run

EVERY = (*CONTAINERS, *OTHERS)


def test_text(aidisclose: Run) -> None:
    done = aidisclose("formats")
    assert (done.code, done.err) == (0, "")
    head, *rows = done.out.splitlines()
    assert head.split("  ")[0] == "format"
    assert [row.partition("  ")[0] for row in rows] == [each.name for each in EVERY]
    assert all(each.media_types[0] in row for each, row in zip(EVERY, rows, strict=True))


def test_json(aidisclose: Run) -> None:
    done = aidisclose("formats", "--format", "json")
    assert (done.code, done.err) == (0, "")
    assert done.json["schema"] == 1
    assert done.json["formats"] == [
        {
            "name": each.name,
            "extensions": list(each.extensions),
            "media_types": list(each.media_types),
            "read": True,
            "sign": each.binding in BINDINGS,
            "binding": each.binding,
            "embeds": each in CONTAINERS,
        }
        for each in EVERY
    ]
