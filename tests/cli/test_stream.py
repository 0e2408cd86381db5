"""`aidisclose stream verify`: a line for each segment, and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Run
from tests.trust import pki
from tests.validate.stream import Session, init, media, segment

KEY = Session()
AT = ("--at", "2026-06-01T12:00:00Z")


@pytest.fixture
def received(work: Path) -> Path:
    """Twelve segments, two of which are missing, with the key of a manifest before them."""
    (work / "init.mp4").write_bytes(init(KEY))
    for number in (1, 2, 3, 4, 5, 6, 7, 10, 11, 12):
        (work / f"seg{number}.m4s").write_bytes(segment(number, KEY))
    (work / "root.pem").write_bytes(pki.root().pem)
    return work


def test_a_sound_stream(aidisclose: Run, received: Path) -> None:
    done = aidisclose("stream", "verify", "init.mp4", "seg*.m4s", "--trust", "root.pem", *AT)
    assert done.code == 0, done.out + done.err
    lines = done.out.splitlines()
    assert lines[0].startswith("trusted  init.mp4  initialization segment · signed by ")
    assert [line.split("  ")[1] for line in lines[1:-1]] == [
        f"seg{number}.m4s" for number in (1, 2, 3, 4, 5, 6, 7, 10, 11, 12)
    ]
    assert lines[-1] == "trusted: 10 segments; missing: 8 to 9"


def test_who_vouches_is_asked(aidisclose: Run, received: Path) -> None:
    files = ("init.mp4", "seg1.m4s")
    assert aidisclose("stream", "verify", *files, *AT).code == 0
    done = aidisclose("stream", "verify", *files, *AT, "--require", "trusted")
    assert done.code == 1
    assert done.out.splitlines()[-1] == "valid: 1 segment"


def test_a_segment_that_does_not_hold(aidisclose: Run, received: Path) -> None:
    (received / "seg2.m4s").write_bytes(media(2))
    found = aidisclose("stream", "verify", "init.mp4", "seg*.m4s", *AT)
    assert found.code == 1
    assert "  livevideo.segment.invalid: neither a manifest about a segment nor" in found.out
    last = found.out.splitlines()[-1]
    assert last == "invalid: 10 segments; 1 file that does not hold; missing: 2, 8 to 9"


def test_json(aidisclose: Run, received: Path) -> None:
    (received / "seg2.m4s").write_bytes(segment(2, Session(key=pki.issue("Stranger", number=9))))
    files = ("init.mp4", "seg1.m4s", "seg2.m4s", "seg4.m4s")
    done = aidisclose("stream", "verify", *files, *AT, "--format", "json")
    assert done.code == 1
    found = done.json
    assert (found["schema"], found["state"], found["gaps"]) == (
        1,
        "invalid",
        [{"first": 2, "last": 3}],
    )
    segments = found["segments"]
    assert [each["file"] for each in segments] == list(files)
    assert [each["kind"] for each in segments] == ["initialization", "media", "media", "media"]
    assert [each["sequence"] for each in segments] == [None, 1, None, 4]
    assert [item["code"] for item in segments[2]["failures"]] == ["livevideo.segment.invalid"]
    assert segments[0]["result"]["state"] == "valid"
    assert segments[1]["result"] is None


@pytest.mark.parametrize(
    ("files", "line"),
    [
        (("-",), "the segments of a stream are files"),
        (("none*.m4s",), "none*.m4s: no such files"),
        (("gone.m4s",), "gone.m4s"),
    ],
)
def test_files_that_are_none(files: tuple[str, ...], line: str, aidisclose: Run) -> None:
    done = aidisclose("stream", "verify", *files)
    assert done.code in (2, 4)
    assert line in done.err
    assert done.err.count("\n") == 1
