"""A repository in a SQLite file: what enters, what is found, what stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aidisclose.durable import iscc
from aidisclose.durable.iscc import CodeUnit
from aidisclose.errors import Malformed, UsageError
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.repository.sqlite import SqliteRepository
from tests.durable.pictures import scene
from tests.issuing import Issued
from tests.repository.stores import printed, signed


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[SqliteRepository]:
    with SqliteRepository(tmp_path / "repository.sqlite", create=True) as opened:
        yield opened


def test_what_another_process_adds_is_found(
    repository: SqliteRepository, issued: Issued, tmp_path: Path
) -> None:
    unit = CodeUnit(iscc.CONTENT, iscc.IMAGE, bytes(32))
    assert repository.near([unit]) == []
    with SqliteRepository(tmp_path / "repository.sqlite") as other:
        other.add(signed(issued, scene(1)), [SoftBinding(iscc.ALG, iscc.encode([unit]))])
    assert len(repository.near([unit])) == 1


def test_a_changed_store_is_noticed(
    repository: SqliteRepository, issued: Issued, tmp_path: Path
) -> None:
    repository.add(signed(issued, scene(1)))
    with sqlite3.connect(tmp_path / "repository.sqlite") as other:
        with pytest.raises(sqlite3.IntegrityError, match="not changed"):
            other.execute("UPDATE manifest SET store = x'00'")
        with pytest.raises(sqlite3.IntegrityError, match="not deleted"):
            other.execute("DELETE FROM manifest")
        other.execute("DROP TRIGGER manifest_is_kept")
        other.execute("UPDATE manifest SET store = x'00'")
    other.close()
    [problem] = repository.problems()
    assert "not the one that was stored" in problem


def test_what_is_not_a_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("not a database, but long enough to look at" * 30)
    with pytest.raises(UsageError, match="not a repository"):
        SqliteRepository(tmp_path / "x")


def test_a_newer_repository_is_refused(tmp_path: Path) -> None:
    SqliteRepository(tmp_path / "x", create=True).close()
    with closing(sqlite3.connect(tmp_path / "x")) as other:
        other.execute("PRAGMA user_version = 999")
    with pytest.raises(UsageError, match="newer version"):
        SqliteRepository(tmp_path / "x")


def test_a_repository_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no repository"):
        SqliteRepository(tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_database_of_another_program_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmark (title TEXT)")
        other.commit()
    before = path.read_bytes()
    with pytest.raises(UsageError, match="another program"):
        SqliteRepository(path, create=True)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_a_trigger_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    SqliteRepository(path, create=True).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TRIGGER evil AFTER INSERT ON manifest BEGIN DELETE FROM binding; END")
        other.commit()
    with pytest.raises(UsageError, match="tables are not as they should be"):
        SqliteRepository(path)


def test_a_damaged_repository_is_an_error_of_the_file(
    repository: SqliteRepository, issued: Issued, tmp_path: Path
) -> None:
    repository.add(signed(issued, scene(1)))
    repository.close()
    path = tmp_path / "repository.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(data)
    with SqliteRepository(path) as opened:
        with pytest.raises(OSError, match="cannot be read"):
            opened.names()
        assert list(opened.problems())


def test_numbers_of_removed_codes_are_not_used_again(
    repository: SqliteRepository, issued: Issued, tmp_path: Path
) -> None:
    """Another process remembers codes by their numbers."""
    old, new = (CodeUnit(iscc.CONTENT, iscc.IMAGE, bytes([each]) * 32) for each in (0, 0xFF))
    first = repository.add(signed(issued, scene(1)), [SoftBinding(iscc.ALG, iscc.encode([old]))])
    with SqliteRepository(tmp_path / "repository.sqlite") as other:
        assert len(other.near([old])) == 1
        repository.remove(first.id)
        repository.add(signed(issued, scene(2)), [SoftBinding(iscc.ALG, iscc.encode([new]))])
        assert other.near([old]) == []
        assert len(other.near([new])) == 1


@pytest.fixture
def small_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidisclose.repository.sqlite._PACK", 4)


@pytest.mark.usefixtures("small_packs")
def test_packed_codes_are_found_by_others_and_removed(
    repository: SqliteRepository, issued: Issued, tmp_path: Path
) -> None:
    names = [repository.add(signed(issued, scene(n), printed(scene(n)))).id for n in range(6)]
    path = tmp_path / "repository.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        [packs] = connection.execute("SELECT count(*) FROM pack").fetchone()
    assert packs >= 2
    assert list(repository.problems()) == []
    with SqliteRepository(path) as other:
        for number, name in enumerate(names):
            assert [each.id for each in other.by_binding(printed(scene(number)))] == [name]
    assert repository.remove(names[1])
    assert list(repository.problems()) == []
    with SqliteRepository(path) as other:
        assert other.by_binding(printed(scene(1))) == []
        assert [each.id for each in other.by_binding(printed(scene(2)))] == [names[2]]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE pack SET codes = zeroblob(length(codes))")
    assert "not searched for as they were stored" in next(iter(repository.problems()))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE pack SET codes = x'00'")
    with SqliteRepository(path) as other, pytest.raises(Malformed, match="wrong size"):
        other.by_binding(printed(scene(2)))


def test_a_repository_of_the_first_version_is_migrated(
    repository: SqliteRepository, issued: Issued, tmp_path: Path
) -> None:
    stored = repository.add(signed(issued, scene(1), printed(scene(1))))
    path = tmp_path / "repository.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "DROP TABLE receipt; DROP TABLE pack; DROP INDEX binding_of; DROP INDEX unit_of;"
            " PRAGMA user_version = 1;"
        )
    with SqliteRepository(path) as other:
        assert [each.id for each in other.by_binding(printed(scene(1)))] == [stored.id]
        assert list(other.problems()) == []
