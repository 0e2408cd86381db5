"""Ogg: pages and checksums, the stream of the store among others, and where reading ends."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.containers import Edits, Layout, ogg, read_store
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource, Range
from tests.containers import samples
from tests.containers.samples_ogg import (
    COMMENTS,
    CONTINUED,
    FIRST,
    LAST,
    OPUS,
    SKELETON,
    THEORA,
    VORBIS,
    checksum,
    page,
)
from tests.containers.samples_ogg import ogg as link

STORE = samples.store(700)
OURS = int.from_bytes(b"c2pa", "little")


def scan(data: bytes) -> Layout:
    return ogg.CONTAINER.scan(BytesSource(data))


def rewrite(data: bytes, store: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = ogg.CONTAINER.rewrite(source, ogg.CONTAINER.scan(source), Edits(store=store))
    return splice.read_at(0, splice.size)


def names(data: bytes) -> list[str]:
    return [block.name for block in scan(data).blocks]


def pages(data: bytes) -> Iterable[tuple[int, ...]]:
    """Flags, granule position, serial number, page number, checksum, and length of each page."""
    while data:
        *fields, count = struct.unpack_from("<4sBBQIIIB", data)
        length = 27 + count + sum(data[27 : 27 + count])
        body = data[:22] + bytes(4) + data[26:length]
        assert fields[-1] == checksum(body)
        yield (*fields[2:6], length)
        data = data[length:]


@given(st.binary(max_size=600))
def test_checksums_are_those_of_ogg(content: bytes) -> None:
    (fields,) = pages(ogg.CONTAINER.frame(content))
    assert fields[0] == FIRST | LAST


@pytest.mark.parametrize("size", [100, 249, 250, 251, 65_019, 65_020, 65_021, 130_045])
def test_the_store_is_one_packet_of_its_own_stream(size: int) -> None:
    frame = ogg.CONTAINER.frame(samples.store(size))
    flags, positions, serials, numbers, _ = zip(*pages(frame), strict=True)
    last = len(flags) - 1
    assert flags == tuple((CONTINUED if n else FIRST) | LAST * (n == last) for n in range(last + 1))
    assert positions == (2**64 - 1,) * last + (0,)
    assert set(serials) == {OURS}
    assert numbers == tuple(range(last + 1))
    data = rewrite(link(VORBIS), samples.store(size))
    assert read_store(BytesSource(data), scan(data).stores[0]) == samples.store(size)


def test_first_pages_stay_in_front_and_others_as_they_are() -> None:
    before = link(SKELETON, THEORA, VORBIS)
    data = rewrite(before, STORE)
    assert names(data)[:4] == ["Skeleton", "Theora", "Vorbis", "C2PA"]
    frame = ogg.CONTAINER.frame(STORE)
    place = data.index(frame)
    assert data == before[:place] + frame + before[place:]
    assert data[: place + len(frame)].count(b"OggS\0\x02") == 3
    assert before[place:].count(b"OggS\0\x02") == 0


def test_all_pages_of_the_store_are_excluded() -> None:
    data = rewrite(link(VORBIS), samples.store(200_000))
    (found,) = scan(data).stores
    assert found.exclusions == (found.frame,)
    assert len(found.pieces) == 4


@pytest.mark.parametrize(
    ("openings", "media_type"),
    [
        ([VORBIS], "audio/ogg"),
        ([OPUS], "audio/ogg"),
        ([VORBIS, THEORA], "video/ogg"),
        ([b"something"], "application/ogg"),
        ([], "application/ogg"),
    ],
)
def test_media_types(openings: list[bytes], media_type: str) -> None:
    data = link(*openings) + ogg.CONTAINER.frame(STORE)
    assert scan(data).media_type == media_type


def foreign(*contents: bytes, between: bytes = b"", last: int = LAST) -> bytes:
    """A store's stream by another program: its packets on pages of their own."""
    parts = [
        page(9, n, content, (0 if n else FIRST) | (last if n == len(contents) - 1 else 0))
        for n, content in enumerate(contents)
    ]
    return between.join(parts)


def test_a_store_is_found_however_its_pages_lie() -> None:
    """Its first page before that of the sound, one more after it, the rest later."""
    sound = page(1, 0, VORBIS, FIRST)
    parts = (b"\0c2pa" + STORE[:2], STORE[2:300], STORE[300:])
    data = foreign(*parts, between=sound)
    data = data.replace(sound, b"", 1).replace(sound, sound, 1)
    first, second = page(9, 0, parts[0], FIRST), page(9, 1, parts[1])
    third = page(9, 2, parts[2], LAST)
    rest = page(1, 1, COMMENTS) + page(1, 2, b"sound", LAST)
    data = first + sound + second + page(1, 1, COMMENTS) + third + page(1, 2, b"sound", LAST)
    (found,) = scan(data).stores
    assert scan(data).problems == ()
    assert read_store(BytesSource(data), found) == STORE
    assert found.frame == Range(0, len(first))
    assert [item.length for item in found.exclusions] == [len(first), len(second), len(third)]
    assert rewrite(data, None) == sound + rest
    assert rewrite(data, STORE) == rewrite(sound + rest, STORE)


def test_a_stream_that_does_not_end_with_the_store_is_removed_whole() -> None:
    opening = page(9, 0, b"\0c2pa" + STORE, FIRST)
    empty = page(9, 1, b"", LAST)
    sound = link(VORBIS)
    (place,) = [block.end for block in scan(sound).blocks[:1]]
    data = sound[:place] + opening + sound[place:] + empty
    assert names(data) == ["Vorbis", "C2PA", "Vorbis"]
    assert scan(data).stores[0].exclusions == (Range(place, len(opening)),)
    assert rewrite(data, None) == sound


def with_frame(frame: bytes) -> bytes:
    sound = link(VORBIS)
    place = scan(sound).blocks[0].end
    return sound[:place] + frame + sound[place:]


def test_a_second_stream_with_a_store_is_seen() -> None:
    data = with_frame(ogg.CONTAINER.frame(STORE) + foreign(b"\0c2pa" + STORE))
    assert len(scan(data).stores) == 2
    assert rewrite(data, None) == link(VORBIS)


def test_a_store_in_an_appended_file_is_not_this_files() -> None:
    data = link(VORBIS) + rewrite(link(VORBIS, first=5), STORE)
    assert scan(data).stores == ()
    assert len(scan(rewrite(data, STORE)).stores) == 1


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (page(9, 0, b"\0c2pa" + STORE[:300], FIRST | LAST), "cut off"),
        (page(9, 0, b"\0c2pa" + STORE[:300], FIRST), "cut off"),
        (page(9, 0, b"\0c2pa", FIRST | LAST), "cut off"),
        (foreign(b"\0c2pa" + STORE[:300]) + page(9, 2, STORE[300:], LAST), "cut off"),
        (
            page(9, 0, b"\0c2pa" + STORE[:300], FIRST) + page(9, 2, STORE[300:], LAST),
            "missing or out of order",
        ),
        (
            page(9, 0, b"\0c2pa" + STORE, FIRST | LAST).replace(STORE[-50:], bytes(50)),
            "checksum",
        ),
    ],
)
def test_a_broken_stream_is_a_problem(frame: bytes, reason: str) -> None:
    data = with_frame(frame)
    (problem,) = scan(data).problems
    assert reason in problem.reason
    assert problem.offset == scan(data).blocks[0].end
    assert rewrite(data, None) == link(VORBIS)


def test_a_store_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = rewrite(link(VORBIS), samples.store(70_000))
    monkeypatch.setattr(limits, "STORE_SIZE", 69_999)
    with pytest.raises(LimitExceeded):
        scan(data)


def test_too_many_pages_before_the_store_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCKS", 20)
    data = foreign(b"\0c2pa" + STORE[:300], last=0) + link(VORBIS, pages=30)
    with pytest.raises(LimitExceeded):
        scan(data)


def test_another_stream_with_our_number_is_not_overwritten() -> None:
    data = link(VORBIS, first=OURS)
    with pytest.raises(UnsupportedFormat):
        rewrite(data, STORE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"OggS",
        link(VORBIS)[:40],
        page(1, 0, VORBIS, FIRST, version=1),
        page(1, 1, b"sound"),
        b"OggX" + link(VORBIS)[4:],
        page(1, 0, VORBIS, FIRST) + b"no page",
    ],
)
def test_no_ogg_file(data: bytes) -> None:
    with pytest.raises(MalformedFile):
        scan(data)


def test_reading_ends_with_the_first_page_that_begins_no_stream() -> None:
    data = rewrite(link(VORBIS, THEORA, pages=2000), STORE)
    assert names(data) == ["Vorbis", "Theora", "C2PA", "Vorbis"]
