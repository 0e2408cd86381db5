"""Digests: which bytes they cover, whatever holds them, and what happens when reading fails."""

from __future__ import annotations

import hashlib
import io
import os
import random
import tempfile
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.errors import Malformed
from aidisclose.io.digest import DigestPlan, complement, digest, digests
from aidisclose.io.source import BytesSource, FileSource, Range, Source, StreamSource
from aidisclose.io.splice import Copy, Splice

DATA = random.Random(2).randbytes(100_000)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that large parts are read ahead by a second thread."""
    monkeypatch.setattr(limits, "CHUNK", 4_096)


@pytest.fixture(params=["bytes", "file", "stream", "splice"])
def source(request: pytest.FixtureRequest) -> Iterator[Source]:
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(DATA)
        sources: dict[str, Source] = {
            "bytes": BytesSource(DATA),
            "file": FileSource(file.fileno(), len(DATA)),
            "stream": StreamSource(io.BytesIO(DATA)),
            "splice": Splice(BytesSource(DATA), [Copy(0, len(DATA))]),
        }
        yield sources[request.param]


@pytest.fixture(params=[1, 2, 30])
def readers(request: pytest.FixtureRequest) -> int:
    """Threads, of which the last number is more than there are chunks."""
    count: int = request.param
    return count


@pytest.mark.parametrize("alg", ["sha256", "sha384", "sha512"])
def test_ranges_and_literals_in_order(source: Source, alg: str, readers: int) -> None:
    parts = (Range(90_000, 10), b"literal", Range(5, 50_001), b"", Range(0, 0), Range(1, 1))
    expected = DATA[90_000:90_010] + b"literal" + DATA[5:50_006] + DATA[1:2]
    plan = DigestPlan(alg, parts)
    assert digest(source, plan, readers=readers) == hashlib.new(alg, expected).digest()


def test_progress_counts_every_byte_of_the_file(source: Source, readers: int) -> None:
    counts: list[int] = []
    plan = DigestPlan("sha256", (Range(0, 60_000), b"literal", Range(70_000, 100)))
    digest(source, plan, readers=readers, progress=counts.append)
    assert sum(counts) == 60_100


def test_what_is_beyond_the_end_is_not_there(source: Source, readers: int) -> None:
    for start in (0, 95_904, 99_999, 100_000, 200_000):
        plan = DigestPlan("sha256", (Range(start, 150_000),))
        assert digest(source, plan, readers=readers) == hashlib.sha256(DATA[start:]).digest()


def test_an_unknown_algorithm_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="unknown hash algorithm"):
        digest(BytesSource(DATA), DigestPlan("sha3-1000", ()))


class Failing:
    """A source that fails after some bytes."""

    size = len(DATA)

    def read_at(self, offset: int, length: int) -> bytes:
        raise OSError("the disk is gone")

    def read_into(self, offset: int, buffer: memoryview) -> int:
        if offset > 30_000:
            raise OSError("the disk is gone")
        buffer[:] = DATA[offset : offset + len(buffer)]
        return len(buffer)


@pytest.mark.parametrize("length", [100, 90_000])
def test_an_error_of_the_reading_thread_reaches_the_caller(length: int, readers: int) -> None:
    before = threading.active_count()
    with pytest.raises(OSError, match="the disk is gone"):
        digest(Failing(), DigestPlan("sha256", (Range(0, length),)), readers=readers)
    assert threading.active_count() == before


def test_an_error_of_the_caller_ends_the_reading_threads(source: Source, readers: int) -> None:
    """As when a progress bar is interrupted."""

    def interrupt(count: int) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    plan = DigestPlan("sha256", (Range(0, 90_000),))
    with pytest.raises(KeyboardInterrupt):
        digest(source, plan, readers=readers, progress=interrupt)
    assert threading.active_count() == before


@pytest.mark.parametrize("left", [0, 1])
def test_a_system_with_few_threads(
    source: Source, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    start, before, started = threading.Thread.start, threading.active_count(), [0]

    def refuse(thread: threading.Thread) -> None:
        started[0] += 1
        if started[0] > left:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    plan = DigestPlan("sha256", (Range(0, 90_000),))
    assert digest(source, plan, readers=2) == hashlib.sha256(DATA[:90_000]).digest()
    assert threading.active_count() == before


# --- several plans at once ----------------------------------------------------------------------

MANY = [DigestPlan("sha256", (Range(start, 700), b"literal")) for start in range(0, 99_000, 350)]


@pytest.fixture(params=[1, 4], ids=["one processor", "four processors"])
def processors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    count: int = request.param
    monkeypatch.setattr(limits, "IN_MEMORY", 1_000)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(count)))
    return count


def test_digests_come_in_the_order_of_their_plans(processors: int, source: Source) -> None:
    counts: list[int] = []
    assert digests(source, iter(MANY), progress=counts.append) == [
        digest(source, plan) for plan in MANY
    ]
    assert sum(counts) == 700 * len(MANY)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_plans(processors: int, source: Source, count: int) -> None:
    assert digests(source, MANY[:count]) == [digest(source, plan) for plan in MANY[:count]]


def test_a_system_without_threads(
    processors: int, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert digests(source, MANY) == [digest(source, plan) for plan in MANY]


def test_an_error_of_any_thread_reaches_the_caller(processors: int) -> None:
    before = threading.active_count()
    with pytest.raises(OSError, match="the disk is gone"):
        digests(Failing(), MANY)
    assert threading.active_count() == before


def test_an_error_in_drawing_the_plans_reaches_the_caller(processors: int, source: Source) -> None:
    """They are made as they are needed, from what the file says."""

    def plans() -> Iterator[DigestPlan]:
        yield from MANY[:20]
        raise Malformed("no such block")

    before = threading.active_count()
    with pytest.raises(Malformed, match="no such block"):
        digests(source, plans())
    assert threading.active_count() == before


def test_an_error_of_the_caller_ends_all_threads(processors: int, source: Source) -> None:
    def interrupt(count: int) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        digests(source, MANY, progress=interrupt)
    assert threading.active_count() == before


# --- exclusions ---------------------------------------------------------------------------------


@given(
    size=st.integers(0, 60),
    bounds=st.lists(st.integers(0, 80), max_size=8).map(sorted),
)
def test_what_exclusions_leave_over(size: int, bounds: list[int]) -> None:
    exclusions = [
        Range(start, end - start) for start, end in zip(bounds[::2], bounds[1::2], strict=False)
    ]
    excluded = {offset for start, length in exclusions for offset in range(start, start + length)}
    kept = complement(size, exclusions)
    covered = [offset for start, length in kept for offset in range(start, start + length)]
    assert [offset for offset in covered if offset < size] == [
        offset for offset in range(size) if offset not in excluded
    ]
    assert all(part.length > 0 for part in kept)
