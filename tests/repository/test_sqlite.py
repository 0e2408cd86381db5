"""A repository in a SQLite file: what enters, what is found, what stays."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

import aidisclose as ad
from aidisclose.durable import iscc
from aidisclose.durable.fingerprint import fingerprint, queries
from aidisclose.durable.iscc import CodeUnit
from aidisclose.errors import Malformed, UsageError, VerificationFailed
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.repository.sqlite import Repository
from aidisclose.signing.request import SignRequest
from tests.durable.pictures import encoded, scene
from tests.issuing import Issued


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Repository(tmp_path / "repository.sqlite", create=True) as opened:
        yield opened


def signed(issued: Issued, picture: Image.Image, *bindings: SoftBinding) -> bytes:
    """The manifest store of a picture."""
    request = SignRequest(statement=ad.Disclosure(ai="generated"), soft_bindings=bindings)
    asset = ad.sign_to(
        ad.Destination(output=io.BytesIO()),
        io.BytesIO(encoded(picture)),
        request=request,
        signer=issued("es256").signer(),
    )
    return asset.store


def printed(picture: Image.Image) -> SoftBinding:
    return SoftBinding(iscc.ALG, fingerprint(io.BytesIO(encoded(picture))))


def test_a_signed_fingerprint_leads_back(repository: Repository, issued: Issued) -> None:
    store = signed(issued, scene(1), printed(scene(1)))
    stored = repository.add(store)
    assert stored.is_new
    assert not repository.add(store).is_new
    copy = encoded(scene(1).resize((240, 180)), "JPEG", quality=50)
    [match] = repository.near(queries(io.BytesIO(copy)))
    assert (match.id, match.is_signed) == (stored.id, True)
    assert 80 <= match.score <= 99
    assert repository.get(match.id) == store
    assert repository.near(queries(io.BytesIO(encoded(scene(2))))) == []


def test_a_fingerprint_of_who_stores_is_marked(repository: Repository, issued: Issued) -> None:
    repository.add(signed(issued, scene(1)), [printed(scene(1))])
    [match] = repository.by_binding(printed(scene(1)))
    assert (match.score, match.is_signed) == (100, False)


def test_a_watermark_is_found_by_its_value(repository: Repository, issued: Issued) -> None:
    mark = SoftBinding("com.adobe.trustmark.P", b"\x00\xff")
    stored = repository.add(signed(issued, scene(1), mark))
    assert [each.id for each in repository.by_binding(mark)] == [stored.id]
    assert repository.by_binding(SoftBinding(mark.alg, b"\x00")) == []


def test_what_is_altered_does_not_enter(repository: Repository, issued: Issued) -> None:
    store = signed(issued, scene(1), printed(scene(1)))
    for broken in (store.replace(b"io.iscc.v0", b"io.iscc.v1"), store[:-9], b"", b"x" * 99):
        with pytest.raises(VerificationFailed, match="not valid"):
            repository.add(broken)
    assert repository.names() == []


def test_what_was_removed_does_not_come_back(repository: Repository, issued: Issued) -> None:
    store = signed(issued, scene(1), printed(scene(1)))
    name = repository.add(store).id
    assert repository.near(queries(io.BytesIO(encoded(scene(1)))))
    assert repository.remove(name)
    assert not repository.remove(name)
    assert (repository.get(name), repository.names()) == (None, [])
    assert repository.near(queries(io.BytesIO(encoded(scene(1))))) == []
    with pytest.raises(VerificationFailed, match="was removed"):
        repository.add(store)
    assert list(repository.problems()) == []


def test_what_another_process_adds_is_found(
    repository: Repository, issued: Issued, tmp_path: Path
) -> None:
    unit = CodeUnit(iscc.CONTENT, iscc.IMAGE, bytes(32))
    assert repository.near([unit]) == []
    with Repository(tmp_path / "repository.sqlite") as other:
        other.add(signed(issued, scene(1)), [SoftBinding(iscc.ALG, iscc.encode([unit]))])
    assert len(repository.near([unit])) == 1


def test_a_changed_store_is_noticed(repository: Repository, issued: Issued, tmp_path: Path) -> None:
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
        Repository(tmp_path / "x")


def test_a_newer_repository_is_refused(tmp_path: Path) -> None:
    Repository(tmp_path / "x", create=True).close()
    with closing(sqlite3.connect(tmp_path / "x")) as other:
        other.execute("PRAGMA user_version = 999")
    with pytest.raises(UsageError, match="newer version"):
        Repository(tmp_path / "x")


def test_a_repository_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no repository"):
        Repository(tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_database_of_another_program_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmark (title TEXT)")
        other.commit()
    before = path.read_bytes()
    with pytest.raises(UsageError, match="another program"):
        Repository(path, create=True)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_a_trigger_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    Repository(path, create=True).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TRIGGER evil AFTER INSERT ON manifest BEGIN DELETE FROM binding; END")
        other.commit()
    with pytest.raises(UsageError, match="tables are not as they should be"):
        Repository(path)


def test_a_damaged_repository_is_an_error_of_the_file(
    repository: Repository, issued: Issued, tmp_path: Path
) -> None:
    repository.add(signed(issued, scene(1)))
    repository.close()
    path = tmp_path / "repository.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(data)
    with Repository(path) as opened:
        with pytest.raises(OSError, match="cannot be read"):
            opened.names()
        assert list(opened.problems())


def test_numbers_of_removed_codes_are_not_used_again(
    repository: Repository, issued: Issued, tmp_path: Path
) -> None:
    """Another process remembers codes by their numbers."""
    old, new = (CodeUnit(iscc.CONTENT, iscc.IMAGE, bytes([each]) * 32) for each in (0, 0xFF))
    first = repository.add(signed(issued, scene(1)), [SoftBinding(iscc.ALG, iscc.encode([old]))])
    with Repository(tmp_path / "repository.sqlite") as other:
        assert len(other.near([old])) == 1
        repository.remove(first.id)
        repository.add(signed(issued, scene(2)), [SoftBinding(iscc.ALG, iscc.encode([new]))])
        assert other.near([old]) == []
        assert len(other.near([new])) == 1


def test_threads_may_search_while_others_add(repository: Repository, issued: Issued) -> None:
    unit = CodeUnit(iscc.CONTENT, iscc.IMAGE, bytes(32))
    stores = [signed(issued, scene(1)) for _ in range(8)]

    def add(store: bytes) -> None:
        repository.add(store, [SoftBinding(iscc.ALG, iscc.encode([unit]))])

    with ThreadPoolExecutor(4) as pool:
        adding = [pool.submit(add, store) for store in stores]
        searching = [pool.submit(repository.near, [unit], 100) for _ in range(50)]
    assert not any(each.exception() for each in adding)
    assert not any(each.exception() for each in searching)
    assert len(repository.near([unit], 100)) == len(stores)


@pytest.fixture
def small_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidisclose.repository.sqlite._PACK", 4)


@pytest.mark.usefixtures("small_packs")
def test_packed_codes_are_found_by_others_and_removed(
    repository: Repository, issued: Issued, tmp_path: Path
) -> None:
    names = [repository.add(signed(issued, scene(n), printed(scene(n)))).id for n in range(6)]
    path = tmp_path / "repository.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        [packs] = connection.execute("SELECT count(*) FROM pack").fetchone()
    assert packs >= 2
    assert list(repository.problems()) == []
    with Repository(path) as other:
        for number, name in enumerate(names):
            assert [each.id for each in other.by_binding(printed(scene(number)))] == [name]
    assert repository.remove(names[1])
    assert list(repository.problems()) == []
    with Repository(path) as other:
        assert other.by_binding(printed(scene(1))) == []
        assert [each.id for each in other.by_binding(printed(scene(2)))] == [names[2]]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE pack SET codes = zeroblob(length(codes))")
    assert "not searched for as they were stored" in next(iter(repository.problems()))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE pack SET codes = x'00'")
    with Repository(path) as other, pytest.raises(Malformed, match="wrong size"):
        other.by_binding(printed(scene(2)))


def test_a_repository_of_the_first_version_is_migrated(
    repository: Repository, issued: Issued, tmp_path: Path
) -> None:
    stored = repository.add(signed(issued, scene(1), printed(scene(1))))
    path = tmp_path / "repository.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "DROP TABLE pack; DROP INDEX binding_of; DROP INDEX unit_of; PRAGMA user_version = 1;"
        )
    with Repository(path) as other:
        assert [each.id for each in other.by_binding(printed(scene(1)))] == [stored.id]
        assert list(other.problems()) == []
