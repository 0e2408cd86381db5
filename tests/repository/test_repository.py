"""Repositories, in every database: what enters, what is found, what stays."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from aidisclose.durable import iscc
from aidisclose.durable.fingerprint import queries
from aidisclose.durable.iscc import CodeUnit
from aidisclose.errors import VerificationFailed
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.repository import archive
from aidisclose.repository.address import open_repository
from aidisclose.repository.repository import Repository
from tests.durable.pictures import encoded, scene
from tests.issuing import Issued
from tests.repository.stores import printed, signed


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


def test_a_store_that_no_client_fetches_does_not_enter(
    repository: Repository, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = signed(issued, scene(1))
    monkeypatch.setattr("aidisclose.limits.REMOTE_STORE_SIZE", len(store) - 1)
    with pytest.raises(VerificationFailed, match=f"more than {len(store) - 1}"):
        repository.add(store)
    monkeypatch.setattr("aidisclose.limits.REMOTE_STORE_SIZE", len(store))
    assert repository.add(store).is_new


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


def image(byte: int) -> SoftBinding:
    """A fingerprint of one code."""
    unit = CodeUnit(iscc.CONTENT, iscc.IMAGE, bytes([byte]) * 32)
    return SoftBinding(iscc.ALG, iscc.encode([unit]))


def test_the_same_looks_under_several_manifests(repository: Repository, issued: Issued) -> None:
    names = {repository.add(signed(issued, scene(n)), [image(7)]).id for n in range(3)}
    found = repository.by_binding(image(7), 2)
    assert len(found) == 2
    assert {each.id for each in repository.by_binding(image(7))} == names


def test_another_process_sees_what_is_added_and_removed(
    place: str, repository: Repository, issued: Issued
) -> None:
    with open_repository(place) as other:
        assert other.by_binding(image(0)) == []
        name = repository.add(signed(issued, scene(1)), [image(0)]).id
        assert [each.id for each in other.by_binding(image(0))] == [name]
        assert other.remove(name)
        repository.add(signed(issued, scene(2)), [image(255)])
        assert other.by_binding(image(0)) == []
        assert len(other.by_binding(image(255))) == 1
        assert repository.by_binding(image(0)) == []


def test_distances_are_exact(repository: Repository, issued: Issued) -> None:
    name = repository.add(signed(issued, scene(1)), [image(0)]).id
    for apart in (0, 1, 50, 51, 52, 200):
        code = CodeUnit(iscc.CONTENT, iscc.IMAGE, ((1 << apart) - 1).to_bytes(32, "big"))
        found = repository.near([code])
        assert [each.id for each in found] == ([name] if apart <= 51 else [])
    most = CodeUnit(iscc.CONTENT, iscc.IMAGE, (0b1111).to_bytes(32, "big"))
    other = CodeUnit(iscc.CONTENT, iscc.IMAGE, b"\xff" * 32)
    assert [each.score for each in repository.near([other, most])] == [98]


def test_a_value_may_lead_to_another_manifest(repository: Repository, issued: Issued) -> None:
    mark = SoftBinding("com.example.mark", b"1")
    one, two = (repository.add(signed(issued, scene(n))).id for n in (1, 2))
    assert not repository.bind("urn:c2pa:none", mark)
    assert not repository.bind(one, mark, replaces=True)
    assert repository.bind(one, mark)
    assert repository.bind(two, mark, replaces=True)
    assert [each.id for each in repository.by_binding(mark)] == [two]
    assert repository.bind(one, image(3))
    assert repository.bind(one, image(240))
    assert repository.bind(two, image(3), replaces=True)
    assert [each.id for each in repository.by_binding(image(3))] == [two]
    assert [each.id for each in repository.by_binding(image(240))] == [one]
    assert list(repository.problems()) == []


def test_a_signed_value_is_not_taken_away(repository: Repository, issued: Issued) -> None:
    mark = SoftBinding("com.example.mark", b"1")
    one = repository.add(signed(issued, scene(1), mark)).id
    two = repository.add(signed(issued, scene(2))).id
    assert repository.bind(two, mark, replaces=True)
    assert [(each.id, each.is_signed) for each in repository.by_binding(mark)] == [
        (one, True),
        (two, False),
    ]


def test_the_first_receipt_is_kept(repository: Repository, issued: Issued) -> None:
    name = repository.add(signed(issued, scene(1))).id
    assert repository.receipt(name) is None
    assert repository.keep_receipt(name, "one") == "one"
    assert repository.keep_receipt(name, "two") == "one"
    repository.remove(name)
    assert repository.receipt(name) is None


def test_an_export_moves_between_databases(
    repository: Repository, issued: Issued, tmp_path: object
) -> None:
    names = [repository.add(signed(issued, scene(n)), [printed(scene(n))]).id for n in range(3)]
    repository.remove(names[0])
    lines = io.BytesIO()
    assert archive.export(repository, lines) == 3
    lines.seek(0)
    with open_repository(f"{tmp_path}/moved.sqlite", create=True) as moved:
        assert not [each for each in archive.restore(moved, lines) if each.problem]
        assert sorted(moved.names()) == sorted(names[1:])
        again = io.BytesIO()
        archive.export(moved, again)
        assert again.getvalue() == lines.getvalue()
        assert list(moved.problems()) == []


def test_what_two_add_at_once_is_there_once(
    place: str, repository: Repository, issued: Issued
) -> None:
    stores = [signed(issued, scene(n), printed(scene(n))) for n in range(4)]

    def add_all(_: int) -> list[bool]:
        with open_repository(place) as own:
            return [own.add(store).is_new for store in stores]

    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(add_all, range(3)))
    assert [sum(column) for column in zip(*results, strict=True)] == [1] * 4
    assert list(repository.problems()) == []


def test_together_is_all_or_nothing(repository: Repository, issued: Issued) -> None:
    store = signed(issued, scene(1), image(1))

    def fail() -> None:
        with repository.together():
            repository.add(store)
            assert len(repository.by_binding(image(1))) == 1
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (repository.names(), repository.by_binding(image(1))) == ([], [])
    with repository.together():
        repository.add(store)
        with pytest.raises(VerificationFailed):
            repository.add(b"none")
    assert len(repository.names()) == 1


def test_a_tombstone_of_elsewhere(repository: Repository) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert repository.bury("urn:c2pa:gone", "0" * 64, at=now)
    assert not repository.bury("urn:c2pa:gone", "0" * 64, at=now)
    assert repository.get("urn:c2pa:gone") is None
    entry = repository.entry("urn:c2pa:gone")
    assert entry is not None
    assert entry.time == now


def test_names_of_algorithms_are_text(repository: Repository) -> None:
    for alg in ("a\tb", "ü", "'; DROP TABLE manifest; --", "%s", "?"):
        assert repository.by_binding(SoftBinding(alg, b"\0%s?")) == []
