"""Ogg: pages and checksums, the stream of the store among others, and where reading ends."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import carriers, limits
from aidisclose.containers import Comment, Edits, Layout, ogg, read_store
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource, Range
from tests.containers import samples
from tests.containers.samples_ogg import (
    COMMENTS,
    CONTINUED,
    FIRST,
    LAST,
    NO_END,
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


def test_too_many_streams_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "OGG_STREAMS", 20)
    assert scan(link(*[VORBIS] * 20)).stores == ()
    with pytest.raises(LimitExceeded, match="more than 20 streams"):
        scan(link(*[VORBIS] * 21))


def test_all_stores_are_looked_for_in_one_pass() -> None:
    """A hundred of them would each have a large file read again."""

    class Counted(BytesSource):
        read = 0

        def read_at(self, offset: int, length: int) -> bytes:
            data = super().read_at(offset, length)
            self.read += len(data)
            return data

    stores = b"".join(
        page(number, 0, b"\0c2pa" + (12).to_bytes(4) + bytes(8), FIRST | LAST)
        for number in range(500, 590)
    )
    source = Counted(stores + link(VORBIS) + b"OggS" * 100_000)
    assert len(ogg.CONTAINER.scan(source).stores) == 90
    assert source.read < 2 * source.size


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


# --- Comments -----------------------------------------------------------------------------------

SAID = Comment("AI disclosure", "generated by AI")
UNSAID = SAID._replace(text=None)
LINE = b"COMMENT=AI disclosure: generated by AI"


def edit(data: bytes, edits: Edits) -> bytes:
    source = BytesSource(data)
    splice = ogg.CONTAINER.rewrite(source, ogg.CONTAINER.scan(source), edits)
    return splice.read_at(0, splice.size)


def comments(*texts: bytes) -> bytes:
    """With a vendor."""
    listed = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    return b"\5\0\0\0maker" + struct.pack("<I", len(texts)) + listed


def tags(*texts: bytes) -> bytes:
    return b"OpusTags" + comments(*texts)


def vorbis(*texts: bytes) -> bytes:
    return b"\3vorbis" + comments(*texts) + b"\1"


SETUP = b"\5vorbis" + bytes(range(256)) * 16
SOUND = page(1, 50, b"sound", LAST, position=960)


def laced(*packets: bytes) -> tuple[bytes, bytes]:
    lacing = b"".join(b"\xff" * (len(p) // 255) + bytes((len(p) % 255,)) for p in packets)
    return lacing, b"".join(packets)


def stream(opening: bytes, counts: list[int], *packets: bytes) -> bytes:
    """Headers with so many segments on each page, the rest on the last one, and sound."""
    lacing, content = laced(*packets)
    data = page(1, 0, opening, FIRST)
    flags = 0
    for number, count in enumerate([*counts, len(lacing)], start=1):
        sizes, lacing = lacing[:count], lacing[count:]
        part, content = content[: sum(sizes)], content[sum(sizes) :]
        position = 0 if min(sizes) < 255 else NO_END
        data += page(1, number, part, flags, lacing=sizes, position=position)
        flags = CONTINUED if sizes[-1] == 255 else 0
    return data + SOUND


PICTURE = b"METADATA_BLOCK_PICTURE=" + b"A" * 100_000


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (stream(OPUS, [], tags(b"A=1")), stream(OPUS, [], tags(LINE, b"A=1"))),
        (stream(VORBIS, [], vorbis(), SETUP), stream(VORBIS, [], vorbis(LINE), SETUP)),
        (stream(VORBIS, [1], vorbis(), SETUP), stream(VORBIS, [1], vorbis(LINE), SETUP)),
        (stream(VORBIS, [9], vorbis(), SETUP), stream(VORBIS, [9], vorbis(LINE), SETUP)),
        (stream(OPUS, [255], tags(PICTURE)), stream(OPUS, [255], tags(LINE, PICTURE))),
        (
            stream(VORBIS, [255], vorbis(PICTURE), SETUP),
            stream(VORBIS, [255], vorbis(LINE, PICTURE), SETUP),
        ),
    ],
)
def test_comments_change_within_their_pages(before: bytes, after: bytes) -> None:
    """No page but those of headers, and no number of a page."""
    assert edit(before, Edits(comment=SAID)) == after
    assert edit(after, Edits(comment=SAID)) == after
    assert edit(after, Edits(comment=UNSAID)) == before
    assert [fields[2:4] for fields in pages(after)] == [fields[2:4] for fields in pages(before)]
    source = BytesSource(after)
    (found,) = carriers.read(source, ogg.CONTAINER.scan(source)).comments
    assert (found.place, found.text) == ("Vorbis comment", "generated by AI")


def grown(packet: bytes, segments: int) -> bytes:
    """Comments that take so many segments, with bytes behind them."""
    return packet + bytes(255 * segments - 1 - len(packet))


def test_pages_are_filled_anew_where_one_has_no_room() -> None:
    """What the first cannot hold goes to the next; a page that ends no packet says so."""
    before = stream(VORBIS, [255, 1], grown(vorbis(), 255), SETUP)
    after = edit(before, Edits(comment=SAID))
    packet = grown(vorbis(), 255)
    new = packet.replace(vorbis()[7:-1], vorbis(LINE)[7:-1])
    assert after == stream(VORBIS, [255, 17], new, SETUP)
    assert [fields[:2] for fields in pages(after)][:4] == [
        (FIRST, 0),
        (0, NO_END),
        (CONTINUED, 0),
        (CONTINUED, 0),
    ]


def test_comments_that_do_not_fit_are_refused() -> None:
    full = stream(OPUS, [], grown(tags(), 255))
    with pytest.raises(LimitExceeded, match="do not fit into the 1 pages"):
        edit(full, Edits(comment=SAID))
    fits = stream(OPUS, [], grown(tags(), 254))
    assert edit(edit(fits, Edits(comment=SAID)), Edits(comment=UNSAID)) == fits


def test_other_streams_stay_where_they_are() -> None:
    """Comments go into the first stream with sound, between whose pages those of others lie."""
    first, second = tags(b"A=1"), tags(b"B=2")
    pieces = [
        page(3, 0, THEORA, FIRST),
        page(1, 0, OPUS, FIRST),
        page(2, 0, OPUS, FIRST),
        page(3, 1, b"\x81theora" + comments()),
        page(2, 1, second),
        page(1, 1, first),
        page(3, 2, b"\x82theora", LAST),
        page(2, 2, b"sound", LAST),
        page(1, 2, b"sound", LAST),
    ]
    data = b"".join(pieces)
    pieces[5] = page(1, 1, tags(LINE, b"AIGC={}", b"A=1"))
    marked = edit(data, Edits(comment=SAID, aigc=b"{}"))
    assert marked == b"".join(pieces)
    signed = edit(data, Edits(store=STORE, comment=SAID, aigc=b"{}"))
    assert signed == edit(marked, Edits(store=STORE))
    assert edit(signed, Edits(store=None, comment=UNSAID, aigc=None)) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (link(VORBIS, pages=0), "ends before"),
        (page(1, 0, VORBIS, FIRST) + page(1, 1, vorbis()), "ends before"),
        (page(1, 0, OPUS, FIRST) + page(1, 1, b"sound") + SOUND, "no comments"),
        (page(1, 0, OPUS, FIRST) + page(1, 2, tags()) + SOUND, "out of order"),
        (stream(OPUS, [], tags(b"A=1")).replace(b"A=1", b"A=2"), "checksum"),
        (stream(OPUS, [], tags(b"A=1")[:-1]), "cut off"),
        (stream(OPUS, [], tags(), b"sound"), "sound on a page"),
        (stream(OPUS, [1], tags(b"A" * 300))[: -len(SOUND) - 9], "page is cut off"),
    ],
)
def test_headers_that_are_broken_are_malformed(data: bytes, reason: str) -> None:
    with pytest.raises(MalformedFile, match=reason):
        edit(data, Edits(comment=SAID))


def test_comments_over_too_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "OGG_HEADER_PAGES", 20)
    for size, fits in ((19, True), (30, False)):
        data = stream(OPUS, [1] * size, grown(tags(), size + 1))
        if fits:
            edit(data, Edits(comment=SAID))
            continue
        with pytest.raises(LimitExceeded, match="too many pages"):
            edit(data, Edits(comment=SAID))


def test_headers_that_never_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCKS", 50)
    data = page(1, 0, OPUS, FIRST) + page(2, 0, THEORA, FIRST) + page(2, 1, b"") * 60
    with pytest.raises(LimitExceeded, match="too many pages"):
        edit(data, Edits(comment=SAID))


@given(st.integers(1, 255), st.integers(1, 300), st.lists(st.integers(1, 90), max_size=8))
def test_whatever_the_pages_comments_fit_or_are_refused(
    segments: int, line: int, counts: list[int]
) -> None:
    left = segments
    counts = [count for count in counts if (left := left - count) > 0]
    data = stream(OPUS, counts, grown(tags(b"A=1"), segments))
    said = Comment("AI disclosure", "x" * line)
    try:
        marked = edit(data, Edits(comment=said))
    except LimitExceeded:
        assert segments + 2 > 255
        return
    source = BytesSource(marked)
    (found,) = carriers.read(source, ogg.CONTAINER.scan(source)).comments
    assert found.text == said.text
    assert len(list(pages(marked))) == len(list(pages(data)))
    assert marked.endswith(SOUND)
