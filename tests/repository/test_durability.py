"""What was said to be stored is there, whatever ends the process: kill -9, a full disk."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from aidisclose.repository import archive
from aidisclose.repository.sqlite import SqliteRepository
from tests.durable.pictures import scene
from tests.issuing import Issued
from tests.repository.stores import printed, signed

#: Adds what an export has, entry by entry, and says so after each; at most as many bytes a file.
SCRIPT = """
import base64, json, resource, sys
from pathlib import Path
from aidisclose.repository import sqlite
sqlite._PACK = 4
lines = Path(sys.argv[1]).read_bytes().splitlines()[1:]
with sqlite.SqliteRepository(Path(sys.argv[2]), create=True) as repository:
    if len(sys.argv) > 3:
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), -1))
    for line in lines:
        try:
            stored = repository.add(base64.b64decode(json.loads(line)["store"]))
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
            sys.exit(9)
        print(stored.id, flush=True)
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory, issued: Issued) -> Path:
    """An export of 30 manifests."""
    folder = tmp_path_factory.mktemp("export")
    out = io.BytesIO()
    with SqliteRepository(folder / "old.sqlite", create=True) as old:
        for number in range(30):
            old.add(signed(issued, scene(number), printed(scene(number))))
        archive.export(old, out)
    path = folder / "lines"
    path.write_bytes(out.getvalue())
    return path


def check(path: Path, said: list[str]) -> None:
    with SqliteRepository(path) as opened:
        assert list(opened.problems()) == []
        assert set(said) <= set(opened.names())


@pytest.mark.parametrize("after", [1, 4, 9, 17, 25])
def test_nothing_is_lost_when_the_process_is_killed(
    lines: Path, tmp_path: Path, after: int
) -> None:
    path = tmp_path / "repository.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(lines), str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(after)]
        process.kill()
        said += process.stdout.read().split("\n")[:-1]
    assert all(said)
    check(path, said)


@pytest.mark.parametrize("size", [120_000, 200_000, 300_000])
def test_nothing_is_lost_when_the_disk_is_full(lines: Path, tmp_path: Path, size: int) -> None:
    path = tmp_path / "repository.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(lines), str(path), str(size)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "cannot be written" in done.stderr) == (9, True), done.stderr
    check(path, done.stdout.split())


def add_and_fail(repository: SqliteRepository, lines: Path) -> None:
    with lines.open("rb") as stream, repository.together():
        for taken in archive.restore(repository, stream):
            raise KeyError(taken)


def test_what_is_added_together_is_stored_or_not(lines: Path, tmp_path: Path) -> None:
    with SqliteRepository(tmp_path / "repository.sqlite", create=True) as opened:
        with pytest.raises(KeyError):
            add_and_fail(opened, lines)
        assert opened.names() == []
        with lines.open("rb") as stream:
            assert len(list(archive.restore(opened, stream))) == 30
        assert len(opened.names()) == 30
