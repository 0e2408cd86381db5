"""Verifying a file: what is asked for, and what else a report has to say of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

import aidisclose as ad
from aidisclose import limits
from aidisclose.carriers import Found
from aidisclose.containers import sidecar
from aidisclose.containers.container import Layout
from aidisclose.errors import Malformed, Unreachable, UsageError
from aidisclose.io import http
from aidisclose.io.http import Answer
from aidisclose.io.source import Range
from aidisclose.validate import location
from aidisclose.validate import verify as module
from aidisclose.validate.location import Detached
from aidisclose.validate.state import Integrity
from aidisclose.validate.status import Status
from tests.containers.samples import jpeg, png
from tests.manifest import build
from tests.manifest.build import TRUST, Recipe
from tests.trust.pki import NOW
from tests.validate.statuses.case import twice

SIGNED: Final = build.signed()


def verify(source: Any, **options: Any) -> ad.Report:
    return ad.verify(source, trust=TRUST, at=NOW, **options)


# What is asked for.


def test_a_hash_of_the_file_where_it_is_wanted() -> None:
    found = verify(SIGNED, hashed=True)
    assert found.sha256 == hashlib.sha256(SIGNED).hexdigest()
    assert verify(SIGNED).sha256 is None
    assert found.size == len(SIGNED)


def test_progress_counts_what_is_hashed() -> None:
    told: list[int] = []
    verify(SIGNED, progress=told.append)
    store = build.frame(SIGNED).length
    assert sum(told) == len(SIGNED) - store


@pytest.mark.parametrize("at", [datetime(2026, 6, 1), "2026-06-01", 7])
def test_times_have_zones(at: Any) -> None:
    with pytest.raises((UsageError, TypeError), match="time zone"):
        ad.verify(b"", trust=TRUST, at=at)


@pytest.mark.parametrize("fragments", ["a.m4s", b"fragment", 7, None])
def test_fragments_are_a_list(fragments: Any) -> None:
    with pytest.raises(TypeError, match=r"^fragments is a list of files, not "):
        verify(SIGNED, fragments=fragments)


def test_progress_can_be_called() -> None:
    progress: Any = 7
    with pytest.raises(TypeError, match=r"^progress is called with a number of bytes; 7"):
        verify(SIGNED, progress=progress)


def test_two_stores_are_counted() -> None:
    """C2PA 2.5 §14.5."""
    found = verify(twice(SIGNED))
    (failure,) = found.failures
    reason = "the file has 2 manifest stores, one is permitted"
    assert failure == Status("general.error", "", reason)
    with pytest.raises(Malformed, match=r"^the file has 2 manifest stores$"):
        ad.read_unverified(twice(SIGNED))


# A store alone.


def store_of(data: bytes) -> bytes:
    found = module.read_store_of(data)
    assert found is not None
    return found


def test_a_store_alone_is_examined() -> None:
    store = store_of(SIGNED)
    found = module.examine(store, trust=TRUST, at=NOW)
    assert (found.media_type, found.integrity) == (sidecar.MEDIA_TYPE, Integrity.NONE)
    assert [each.value for each in found.missing] == ["asset", "timestamp", "ocsp"]
    assert found.state is ad.State.TRUSTED
    assert found.time == NOW
    broken = module.examine(store[:-1], trust=TRUST, at=NOW)
    assert (broken.media_type, broken.time) == (sidecar.MEDIA_TYPE, NOW)
    (failure,) = broken.failures
    assert failure.code == "manifest.inaccessible.malformed"
    assert failure.explanation.startswith("the manifest store cannot be read: a JUMBF box declares")


def test_a_file_is_examined_as_it_is_verified() -> None:
    found = module.examine(SIGNED, trust=TRUST, at=NOW)
    assert (found.state, found.integrity) == (ad.State.TRUSTED, Integrity.INTACT)


def test_now_is_now_for_a_store_alone() -> None:
    found = module.examine(store_of(SIGNED), trust=TRUST)
    assert abs(found.time - datetime.now(found.time.tzinfo)) < timedelta(minutes=1)


# Carriers besides the manifest.


def layout(packet: Range | None) -> Layout:
    return Layout(media_type="image/png", size=100, blocks=(), xmp=packet)


def partly(*outside: Range, elsewhere: str = "") -> ad.Report:
    """A report of a file of which a part is not covered."""
    found = verify(SIGNED)
    assert found.validation is not None
    content = found.validation.content
    assert content is not None
    content = content._replace(outside=outside, elsewhere=elsewhere)
    validation = found.validation._replace(content=content)
    return replace(found, validation=validation, integrity=Integrity.PARTIAL)


@pytest.mark.parametrize(
    ("outside", "is_protected"),
    [
        ([Range(0, 10)], True),
        ([Range(0, 11)], False),
        ([Range(19, 1)], False),
        ([Range(20, 1)], True),
        ([Range(12, 2)], False),
        ([Range(0, 100)], False),
        ([Range(0, 5), Range(15, 1)], False),
        ([Range(0, 5), Range(25, 5)], True),
    ],
)
def test_a_packet_is_protected_where_a_hash_covers_all_of_it(
    outside: list[Range], is_protected: bool
) -> None:
    found = module._protected(partly(*outside), layout(Range(10, 10)))
    assert found == (frozenset({"xmp"}) if is_protected else frozenset())


def test_what_is_protected_besides() -> None:
    assert module._protected(verify(SIGNED), layout(None)) == {"xmp", "aigc", "comment"}
    assert module._protected(partly(Range(0, 1)), layout(None)) == frozenset()
    assert module._protected(partly(elsewhere="x"), layout(Range(10, 10))) == frozenset()
    unsigned = verify(png())
    assert module._protected(unsigned, layout(Range(10, 10))) == frozenset()


# Stores elsewhere.


def referring(*addresses: str) -> Found:
    return Found(xmp={"dcterms:provenance": addresses})


@pytest.mark.parametrize(
    ("addresses", "found", "shown"),
    [
        (["https://a.example/x"], "https://a.example/x", "https://a.example/x"),
        (["http://a.example/x"], "http://a.example/x", "http://a.example/x"),
        (["HTTPS://a.example"], "HTTPS://a.example", "HTTPS://a.example"),
        (["Http://a.example"], "Http://a.example", "Http://a.example"),
        (["a book", "https://b.example"], "https://b.example", "https://b.example"),
        (["https://b.example", "https://c.example"], "https://b.example", "https://b.example"),
        (["https://u:p@b.example/x?key=1"], "https://u:p@b.example/x?key=1", "https://b.example/x"),
        (["https://b.example/@x?a?b"], "https://b.example/@x?a?b", "https://b.example/@x"),
    ],
)
def test_an_address_is_said_without_what_is_private(
    addresses: list[str], found: str, shown: str
) -> None:
    reason = f"the manifest is stored at {shown}, and was not fetched"
    status = Status("manifest.inaccessible", "", reason, found)
    assert location.find(referring(*addresses), None, online=False) == Detached(found, None, status)


@pytest.mark.parametrize("addresses", [[], ["a book"], ["self#jumbf=x"], ["ftp://a.example"]])
def test_what_is_no_address(addresses: list[str]) -> None:
    assert location.find(referring(*addresses), None, online=True) is None


def test_an_answer_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([Answer(404, "", b""), Answer(200, "", b"x"), Answer(201, "", b"x")])
    monkeypatch.setattr(http, "ask_public", lambda *_, **__: next(answers))
    marks = referring("https://u:p@a.example/x?key")
    found = location.find(marks, None, online=True)
    reason = "the manifest at https://a.example/x cannot be fetched: HTTP 404"
    assert found is not None
    assert found.problem is not None
    assert found.problem.explanation == reason
    assert location.find(marks, None, online=True) == Detached("https://u:p@a.example/x?key", b"x")


def test_what_lies_beside_comes_after_the_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(url: str, **_: object) -> Answer:
        raise Unreachable("no")

    monkeypatch.setattr(http, "ask_public", refuse)
    beside = tmp_path / "x.c2pa"
    beside.write_bytes(b"store")
    for online in (False, True):
        found = location.find(referring("https://a.example"), beside, online=online)
        assert found == Detached(str(beside), b"store")
    monkeypatch.setattr(http, "ask_public", lambda *_, **__: Answer(200, "", b"there"))
    found = location.find(referring("https://a.example"), beside, online=True)
    assert found == Detached("https://a.example", b"there")


def test_a_store_that_is_given(tmp_path: Path) -> None:
    path = tmp_path / "x.c2pa"
    path.write_bytes(b"store")
    for each in (path, str(path)):
        assert location.given(each) == Detached(str(path), b"store")
    assert location.given(b"store") == Detached("", b"store")


def test_a_store_beside_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """It contradicts nothing, whatever is the matter with it."""
    path = tmp_path / "x.png"
    path.write_bytes(SIGNED)
    for content in (b"", b"x" * 20, bytes(limits.REMOTE_STORE_SIZE // 1_000)):
        sidecar.name(path).write_bytes(content)
        found = verify(path)
        assert (found.state, found.disclosure.contradictions) == (ad.State.TRUSTED, ())


def test_a_store_beside_a_file_that_declares_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(SIGNED)
    plain: build.Fields = {"action": "c2pa.created"}
    recipe = Recipe(assertions=(build.actions(plain),))
    sidecar.name(path).write_bytes(build.store(recipe.build()))
    assert verify(path).disclosure.contradictions == ()
    assert verify(path).location is None


def test_a_file_without_anything() -> None:
    found = verify(jpeg())
    assert (found.state, found.location, found.media_type) == (ad.State.NONE, None, "image/jpeg")
    assert found.missing == ()
