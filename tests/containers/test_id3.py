"""ID3v2: tags of every version, the store in a `GEOB`, conversion to 2.4; MP3 and FLAC."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.containers import (
    Comment,
    Container,
    Edits,
    Layout,
    flac,
    id3,
    identify,
    mp3,
    read_store,
)
from aidisclose.containers.id3 import v24 as id3v24
from aidisclose.errors import AidiscloseError, LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource, Range
from tests.containers import samples
from tests.containers.samples_id3 import (
    AUDIO,
    FLAC,
    compressed,
    frame,
    geob,
    synchsafe,
    tag,
    text,
    unsynchronised,
)

STORE = samples.store(500)
OTHER = samples.store(300, seed=1)
FRAME = mp3.CONTAINER.frame(STORE)
TITLE = text(4, "TIT2", "A title")


def scan(data: bytes, container: Container = mp3.CONTAINER) -> Layout:
    return container.scan(BytesSource(data))


def rewrite(data: bytes, store: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = mp3.CONTAINER.rewrite(source, mp3.CONTAINER.scan(source), Edits(store=store))
    return splice.read_at(0, splice.size)


def stored(
    *frames: bytes, padding: int = 0, flags: int = 0, extended: bytes = b"", revision: int = 0
) -> bytes:
    """A tag of 2.4 as it is written with a store: ten zeros end it."""
    return tag(4, *frames, padding=padding + 10, flags=flags, extended=extended, revision=revision)


def names(layout: Layout) -> list[str]:
    return [block.name for block in layout.blocks]


# --- The tag as a whole -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (tag(4, TITLE), len(tag(4, TITLE))),
        (tag(4, TITLE, flags=0x10), len(tag(4, TITLE, flags=0x10))),
        (b"ID3\x03\0\x10" + synchsafe(1000), 1010),
        (b"ID3\x04\0\x00" + synchsafe(0), 10),
        (b"ID3\x04\0\x00" + synchsafe(0x0FFF_FFFF), 0x0FFF_FFFF + 10),
        (b"ID3\x04\0\x00" + synchsafe(1000)[:3], 0),
        (b"ID3\x04\0\x00\x80\0\0\0", 0),
        (b"ID3\xff\0\x00\0\0\0\0", 0),
        (b"ID3\x04\xff\x00\0\0\0\0", 0),
        (b"ID3\x01\0\x00\0\0\0\0", 0),
        (b"ID3\x05\0\x00\0\0\0\0", 0),
        (b"ID3\nA tag for sound", 0),
        (b"ID4\x04\0\x00\0\0\0\0", 0),
        (b"", 0),
    ],
)
def test_tag_size(head: bytes, size: int) -> None:
    assert id3.tag_size(head) == size


def test_blocks_are_the_whole_file() -> None:
    data = tag(4, TITLE, FRAME, padding=20) + AUDIO
    layout = scan(data)
    assert names(layout) == ["ID3", "TIT2", "GEOB", "padding", "audio"]
    assert sum(block.length for block in layout.blocks) == len(data)
    data = tag(4, TITLE, flags=0x10) + FLAC
    layout = scan(data, flac.CONTAINER)
    assert names(layout) == [
        *("ID3", "TIT2", "3DI"),
        *("fLaC", "STREAMINFO", "VORBIS_COMMENT", "PADDING", "audio"),
    ]
    assert sum(block.length for block in layout.blocks) == len(data)


def test_a_text_is_no_tag() -> None:
    source = BytesSource(b"ID3\n===\n\nTags of sound, version by version.\n")
    with pytest.raises(UnsupportedFormat):
        identify(source)
    assert identify(source, detached=True).name == "text"


def test_a_compressed_tag_of_2_2_is_unsupported() -> None:
    with pytest.raises(UnsupportedFormat, match="compressed"):
        scan(tag(2, text(2, "TT2", "A title"), flags=0x40) + AUDIO)


def test_a_tag_longer_than_the_file_is_malformed() -> None:
    data = tag(4, TITLE, padding=5000)[:-1]
    assert identify(BytesSource(data)) is mp3.CONTAINER
    with pytest.raises(MalformedFile, match="declares"):
        scan(data)


@pytest.mark.parametrize("extended", ["80000006 0100", "00000005 0100", "00000100 0100", "0000"])
def test_a_malformed_extended_header(extended: str) -> None:
    with pytest.raises(MalformedFile, match="extended"):
        scan(tag(4, extended=bytes.fromhex(extended)) + AUDIO)


def test_too_many_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ID3_FRAMES", 10)
    scan(tag(4, TITLE * 9) + AUDIO)
    for data in (tag(4, TITLE * 11), tag(4, TITLE * 8) + tag(4, TITLE * 8), tag(4) * 11):
        with pytest.raises(LimitExceeded):
            scan(data + AUDIO)


# --- The store in it ----------------------------------------------------------------------------

WIDE = b"\x01application/c2pa\x00" + "name\x00".encode("utf-16") + "text\x00".encode("utf-16")
#: A wide text in which two zeros stand at an odd offset.
CROOKED = b"\x02application/c2pa\x00\x00\x00\x01\x00\x00\x02\x00\x00"

#: A file with STORE in its first tag.
READABLE = {
    "2.2": tag(2, text(2, "TT2", "x"), geob(2, STORE)),
    "2.2 unsynchronised": tag(2, text(2, "TT2", "\xff"), geob(2, STORE), flags=0x80),
    "2.3": tag(3, text(3, "TIT2", "x"), geob(3, STORE), padding=9),
    "2.3 unsynchronised": tag(3, text(3, "TIT2", "\xff"), geob(3, STORE), flags=0x80),
    "2.3 extended": tag(3, geob(3, STORE), extended=bytes.fromhex("00000006 0000 00000000")),
    "2.3 extended unsynchronised": tag(
        3, geob(3, STORE), extended=bytes.fromhex("0000000a 8000 00000000 ff00ff00"), flags=0x80
    ),
    "2.3 in a group": tag(3, geob(3, STORE, flags=0x20, before=b"G")),
    "2.3 in a group, unsynchronised": tag(
        3, geob(3, STORE, flags=0x20, before=b"\xff"), flags=0x80
    ),
    "2.4": tag(4, TITLE, geob(4, STORE)),
    "2.4 with fields": tag(4, geob(4, STORE, flags=0x41, before=b"G" + synchsafe(540))),
    "2.4 unsynchronised": tag(
        4, frame(4, "GEOB", unsynchronised(geob(4, STORE)[10:]), 0x02), flags=0x80
    ),
    "2.4 one frame unsynchronised": tag(
        4, TITLE, frame(4, "GEOB", unsynchronised(geob(4, STORE)[10:]), 0x02)
    ),
    "2.4 with sizes of iTunes": tag(4, frame(4, "GEOB", geob(4, STORE)[10:], plain=True), TITLE),
    "old media type": tag(4, geob(4, STORE, mime=b"application/x-c2pa-manifest-store")),
    "media type in capitals": tag(4, geob(4, STORE, mime=b"Application/C2PA")),
    "no names": tag(4, geob(4, STORE, names=b"\0\0")),
    "UTF-16 names": tag(4, frame(4, "GEOB", WIDE + STORE)),
    "UTF-16 names, zeros at odd offsets": tag(4, frame(4, "GEOB", CROOKED + STORE)),
}


@pytest.mark.parametrize("data", READABLE.values(), ids=READABLE)
def test_a_store_is_found(data: bytes) -> None:
    layout = scan(data + AUDIO)
    assert not layout.problems
    (found,) = layout.stores
    assert read_store(BytesSource(data), found) == STORE
    assert found.exclusions == found.pieces
    assert found.pieces[0].end == found.frame.end
    assert data[found.frame.start : found.frame.start + 3] == b"GEO"


@pytest.mark.parametrize("data", READABLE.values(), ids=READABLE)
def test_a_store_is_replaced_in_a_tag_of_2_4(data: bytes) -> None:
    written = rewrite(data + AUDIO, OTHER)
    layout = scan(written)
    assert not layout.problems
    (found,) = layout.stores
    assert read_store(BytesSource(written), found) == OTHER
    assert written[found.frame.start : found.frame.end] == mp3.CONTAINER.frame(OTHER)
    assert written[3:6] == b"\4\0\0"
    assert written.endswith(AUDIO)


@pytest.mark.parametrize("data", READABLE.values(), ids=READABLE)
def test_a_store_is_removed(data: bytes) -> None:
    layout = scan(rewrite(data + AUDIO, None))
    assert not layout.stores
    assert not layout.problems


def test_only_the_store_is_excluded() -> None:
    data = rewrite(AUDIO, STORE)
    (found,) = scan(data).stores
    assert found.frame == Range(10, len(FRAME))
    assert found.exclusions == (Range(10 + len(FRAME) - len(STORE), len(STORE)),)


def test_two_stores_are_seen_and_both_replaced() -> None:
    data = tag(4, FRAME, TITLE, mp3.CONTAINER.frame(OTHER)) + AUDIO
    assert [read_store(BytesSource(data), found) for found in scan(data).stores] == [STORE, OTHER]
    assert rewrite(data, STORE) == stored(TITLE, FRAME) + AUDIO


def hidden(version: int, flags: int, body: bytes) -> bytes:
    return tag(version, frame(version, "GEOB", body, flags), TITLE)


PROBLEMS = {
    "2.3 compressed": hidden(3, *compressed(3, geob(3, STORE)[10:])),
    "2.4 compressed": hidden(4, *compressed(4, geob(4, STORE)[10:])),
    "2.3 encrypted": hidden(3, 0x40, b"\x80" + geob(3, STORE)[10:]),
    "2.4 encrypted": hidden(4, 0x04, b"\x80" + geob(4, STORE)[10:]),
    "no end of the names": hidden(4, 0, b"\0application/c2pa\0" + b"x" * 9000 + b"\0\0" + STORE),
    "cut off": tag(4, TITLE, FRAME[:-1]),
    "cut off in 2.2": tag(2, text(2, "TT2", "x"), geob(2, STORE)[:-1]),
}


@pytest.mark.parametrize("data", PROBLEMS.values(), ids=PROBLEMS)
def test_a_store_that_cannot_be_read_is_a_problem_and_can_be_removed(data: bytes) -> None:
    layout = scan(data + AUDIO)
    assert not layout.stores
    assert [problem.offset for problem in layout.problems] == [data.index(b"GEO")]
    if data[3] == 2:
        with pytest.raises(MalformedFile, match="GEO"):
            rewrite(data + AUDIO, None)
        return
    assert names(scan(rewrite(data + AUDIO, None))) == ["ID3", "TIT2", "audio"]
    assert len(scan(rewrite(data + AUDIO, STORE)).stores) == 1


MISPLACED = {
    "second tag": tag(4, TITLE) + tag(4, FRAME) + AUDIO,
    "tag at the end": AUDIO + tag(4, FRAME, flags=0x10),
    "tag at the end, before ID3v1": tag(4, TITLE)
    + AUDIO
    + tag(4, FRAME, flags=0x10)
    + b"TAG"
    + bytes(125),
}


@pytest.mark.parametrize("data", MISPLACED.values(), ids=MISPLACED)
def test_a_store_in_another_tag_is_a_problem(data: bytes) -> None:
    layout = scan(data)
    assert not layout.stores
    assert [problem.offset for problem in layout.problems] == [data.index(b"GEOB")]
    for store in (STORE, None):
        with pytest.raises(MalformedFile, match="not the first"):
            rewrite(data, store)


@pytest.mark.parametrize(
    "tail",
    [
        b"3DI\4\0\0" + synchsafe(100),
        b"3DI" + bytes(7),
        tag(4, TITLE, flags=0x10),
        b"ID3\5\0\x10" + bytes(4) + b"3DI\5\0\x10" + bytes(4),
    ],
)
def test_the_end_of_the_file_may_look_like_a_tag(tail: bytes) -> None:
    layout = scan(AUDIO + tail)
    assert not layout.problems
    assert len(scan(rewrite(AUDIO + tail, STORE)).stores) == 1


@pytest.mark.parametrize(
    "other",
    [
        geob(4, STORE, mime=b"image/png"),
        geob(4, STORE, mime=b""),
        frame(4, "GEOB", b""),
        frame(4, "GEOB", b"\0application/c2pa", 0x40 | 0x01 | 0x04),
        frame(4, "GEOB", b"not compressed", 0x08),
        frame(4, "PRIV", geob(4, STORE)[10:]),
    ],
)
def test_other_objects_are_no_stores(other: bytes) -> None:
    layout = scan(tag(4, other) + AUDIO)
    assert not layout.stores
    assert not layout.problems


BEHIND = {
    "garbage": tag(4, TITLE, b"garbage", geob(4, STORE)),
    "only garbage": tag(4, bytes(3), geob(4, STORE)),
    "after padding": tag(3, text(3, "TIT2", "x"), bytes(3_000_000), geob(3, STORE)),
    "a frame that is cut off": tag(4, frame(4, "TPE1", bytes(9000))[:10], FRAME),
    "2.2": tag(2, text(2, "TT2", "x"), b"?", geob(2, STORE)),
    "2.3, at the end of what is looked at at once": tag(
        3, bytes(limits.MIB - 12), geob(3, STORE, mime=b"Application/X-C2PA-Manifest-Store")
    ),
}


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("name", ["Date", "TP1\0", "tit3"])
@pytest.mark.parametrize("padding", [0, 3, 50])
def test_a_frame_with_an_odd_name_is_skipped_by_its_size(
    version: int, name: str, padding: int
) -> None:
    odd = frame(version, name, b"\0x")
    data = tag(version, odd, odd, geob(version, STORE), odd, padding=padding) + AUDIO
    layout = scan(data)
    assert not layout.problems
    assert len(layout.stores) == 1
    assert frame(4, name, b"\0x") * 3 in rewrite(data, STORE)


@pytest.mark.parametrize("version", [3, 4])
def test_empty_frames_are_not_written(version: int) -> None:
    """They say nothing, and c2pa-rs finds no store behind one."""
    data = tag(version, frame(version, "TPE1", b""), text(version, "TIT2", "x")) + AUDIO
    assert rewrite(data, STORE) == stored(text(4, "TIT2", "x"), FRAME) + AUDIO


@pytest.mark.parametrize("data", BEHIND.values(), ids=BEHIND)
def test_a_store_behind_what_is_no_frame_is_a_problem(data: bytes) -> None:
    """Other readers may find it. Replacing it removes all that is behind the frames."""
    layout = scan(data + AUDIO)
    assert not layout.stores
    (problem,) = layout.problems
    assert problem.offset == data.index(b"GEO")
    with pytest.raises(MalformedFile, match="damaged"):
        mp3.CONTAINER.rewrite(BytesSource(data + AUDIO), layout, Edits(xmp=b"<x/>"))
    assert scan(rewrite(data + AUDIO, None)).problems == ()
    signed = rewrite(data + AUDIO, OTHER)
    (found,) = scan(signed).stores
    assert read_store(BytesSource(signed), found) == OTHER


# --- Comments and labels ------------------------------------------------------------------------

SAID = Comment("AI disclosure", "generated by AI, Zoë")
COMMENT = frame(4, "COMM", b"\x03engAI disclosure\0" + "generated by AI, Zoë".encode())


def edit(data: bytes, edits: Edits) -> bytes:
    source = BytesSource(data)
    splice = mp3.CONTAINER.rewrite(source, mp3.CONTAINER.scan(source), edits)
    return splice.read_at(0, splice.size)


def described(name: str, before: bytes, description: str, encoding: int, flags: int = 0) -> bytes:
    codec = ("latin-1", "utf-16", "utf-16-be", "utf-8")[encoding]
    body = bytes((encoding,)) + before + f"{description}\0old".encode(codec)
    return frame(4, name, unsynchronised(body) if flags & 2 else body, flags)


@pytest.mark.parametrize("encoding", range(4))
@pytest.mark.parametrize("flags", [0, 0x02])
def test_texts_give_way_by_their_description(encoding: int, flags: int) -> None:
    """The comment also where FFmpeg made a `TXXX` of it; a label whatever its case."""
    comment = described("COMM", b"deu", SAID.name, encoding, flags)
    as_ffmpeg = described("TXXX", b"", SAID.name, encoding, flags)
    label = described("TXXX", b"", "aigc", encoding, flags)
    kept = [
        described("COMM", b"eng", "", encoding, flags),
        described("COMM", b"eng", "AI disclosures", encoding, flags),
        described("COMM", b"eng", "AIGC", encoding, flags),
        described("TXXX", b"", "AIGC 2", encoding, flags),
        TITLE,
    ]
    data = tag(4, comment, *kept, label, as_ffmpeg) + AUDIO
    assert edit(data, Edits(comment=SAID)) == tag(4, *kept, label, COMMENT) + AUDIO
    assert edit(data, Edits(aigc=b"{}")) == (
        tag(4, comment, *kept, as_ffmpeg, frame(4, "TXXX", b"\x03AIGC\0{}")) + AUDIO
    )
    gone = edit(data, Edits(aigc=None, comment=SAID._replace(text=None)))
    assert gone == tag(4, *kept) + AUDIO


@pytest.mark.parametrize("version", [2, 3])
def test_texts_of_old_tags_give_way_too(version: int) -> None:
    name, other = ("COM", "TXX") if version == 2 else ("COMM", "TXXX")
    data = tag(
        version,
        frame(version, name, b"\0engAI disclosure\0old"),
        frame(version, other, b"\1" + "AIGC\0old".encode("utf-16")),
        flags=0x80,
    )
    assert edit(data + AUDIO, Edits(aigc=b"{}", comment=SAID)) == (
        tag(4, COMMENT, frame(4, "TXXX", b"\x03AIGC\0{}")) + AUDIO
    )


@pytest.mark.parametrize(
    "other",
    [
        frame(4, "COMM", b"\3eng"),
        frame(4, "COMM", b"\x09engAI disclosure\0x"),
        frame(4, "COMM", b"\3engAI disclosure\0x", 0x08),
        frame(4, "COMM", b"\3engAI disclosure\0x", 0x04),
        frame(4, "COMM", b"\1eng\xff"),
    ],
)
def test_texts_that_cannot_be_read_stay(other: bytes) -> None:
    assert edit(tag(4, other) + AUDIO, Edits(comment=SAID)) == tag(4, other, COMMENT) + AUDIO


# --- Writing ------------------------------------------------------------------------------------


def test_a_file_without_a_tag_gets_one_and_loses_it_again() -> None:
    assert rewrite(AUDIO, STORE) == stored(FRAME) + AUDIO
    assert rewrite(stored(FRAME) + AUDIO, None) == AUDIO
    assert rewrite(tag(4, FRAME) + AUDIO, None) == AUDIO  # as c2pa-rs writes it


def test_a_header_fits_behind_the_store_once() -> None:
    """ExifTool takes the last frame for malformed otherwise."""
    for padding in (0, 3, 10, 25):
        data = tag(4, TITLE, padding=padding) + AUDIO
        signed = rewrite(data, STORE)
        assert signed == stored(TITLE, FRAME, padding=padding) + AUDIO
        assert rewrite(signed, STORE) == signed
        assert rewrite(signed, None) == data


def test_frames_and_padding_of_2_4_are_kept() -> None:
    private = frame(4, "PRIV", b"owner\0\xff\0\xff\xe0", 0x6000)
    data = tag(4, TITLE, private, padding=30, revision=2, flags=0x20) + AUDIO
    expected = stored(TITLE, private, FRAME, padding=30, revision=2, flags=0x20) + AUDIO
    assert rewrite(data, STORE) == expected


def test_a_footer_follows_the_size() -> None:
    assert (
        rewrite(tag(4, TITLE, flags=0x10) + AUDIO, STORE)
        == tag(4, TITLE, FRAME, flags=0x10) + AUDIO
    )


def test_frames_of_an_unsynchronised_tag_say_so_for_themselves() -> None:
    body = unsynchronised(b"\x03\xff\x00")
    said, unsaid = frame(4, "TIT2", body, 0x02), frame(4, "TPE1", body)
    now_said = frame(4, "TPE1", body, 0x02)
    assert rewrite(tag(4, said, unsaid, flags=0x80) + AUDIO, STORE) == (
        stored(said, now_said, FRAME) + AUDIO
    )


def test_a_checksum_that_would_be_wrong_is_left_out() -> None:
    checksum = bytes.fromhex("0000000c 01 20 05 0102030405")
    assert rewrite(tag(4, TITLE, extended=checksum) + AUDIO, STORE) == stored(TITLE, FRAME) + AUDIO
    update = bytes.fromhex("00000007 01 40 00")
    assert rewrite(tag(4, TITLE, extended=update) + AUDIO, STORE) == (
        stored(TITLE, FRAME, extended=update) + AUDIO
    )


LARGE = b"\0" + b"x" * 300
PLAIN = frame(4, "TIT2", LARGE, plain=True)


@pytest.mark.parametrize(
    "more",
    [
        [],
        [TITLE],
        [frame(4, "CHAP", LARGE, plain=True)],
        [frame(4, "TPE1", LARGE)],
        [frame(4, "TPE1", b"\0" + b"x" * 128, plain=True)],
    ],
)
@pytest.mark.parametrize("padding", [0, 3, 50])
def test_plain_sizes_become_right(more: list[bytes], padding: int) -> None:
    """As old versions of iTunes wrote them for all frames, and FFmpeg does for some."""
    data = tag(4, PLAIN, *more, padding=padding) + AUDIO
    assert names(scan(data))[: 2 + len(more)] == ["ID3", "TIT2", *(m[:4].decode() for m in more)]
    right = [frame(4, item[:4].decode(), item[10:]) for item in (PLAIN, *more)]
    assert rewrite(data, STORE) == stored(*right, FRAME, padding=padding) + AUDIO


def test_a_size_that_may_be_both_is_by_the_standard() -> None:
    data = tag(4, frame(4, "TIT2", LARGE), padding=1000) + AUDIO
    assert scan(data).blocks[1].length == 10 + len(LARGE)


def test_garbage_behind_the_store_does_not_change_its_size() -> None:
    data = tag(4, TITLE, b"garbage", padding=5000) + AUDIO
    signed = rewrite(data, STORE)
    assert read_store(BytesSource(signed), scan(signed).stores[0]) == STORE
    assert rewrite(signed, None) == data
    marked = edit(data, Edits(xmp=b"<x/>" * 99))
    assert packet_in(marked) == b"<x/>" * 99


def packet_in(data: bytes) -> bytes:
    found = scan(data).xmp
    assert found is not None
    return data[found.start : found.end]


def test_what_is_no_frame_stays_behind_the_frames() -> None:
    for rest in (b"no frame at all", b"TPE1\0\0\x7f\x7f\0\0too long"):
        data = tag(4, TITLE, rest) + AUDIO
        assert rewrite(data, STORE) == stored(TITLE, FRAME, rest) + AUDIO
        assert rewrite(rewrite(data, STORE), None) == data


def test_a_frame_of_an_old_tag_that_is_cut_off_cannot_be_converted() -> None:
    with pytest.raises(MalformedFile, match="TIT2"):
        rewrite(tag(3, text(3, "TPE1", "x"), text(3, "TIT2", "title")[:-2]) + AUDIO, STORE)


def test_an_old_tag_is_converted_only_to_embed() -> None:
    data = tag(3, text(3, "TYER", "2026")) + AUDIO
    assert rewrite(data, None) == data


def test_a_tag_beyond_28_bits_of_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Huge:
        """A file that is nearly all ID3v2 tag, and that padding."""

        head = b"ID3\4\0\0" + synchsafe(id3v24.MAX_SIZE - 1000)
        size = 10 + id3v24.MAX_SIZE - 1000

        def read_at(self, offset: int, length: int) -> bytes:
            length = min(length, self.size - offset)
            return self.head[offset : offset + length].ljust(length, b"\0")

        def read_into(self, offset: int, buffer: memoryview) -> int:
            raise NotImplementedError

    source = Huge()
    layout = mp3.CONTAINER.scan(source)
    assert mp3.CONTAINER.rewrite(source, layout, Edits(store=STORE)).size > source.size
    with pytest.raises(LimitExceeded, match="ID3v2"):
        mp3.CONTAINER.rewrite(source, layout, Edits(store=samples.store(1000)))
    monkeypatch.setattr(limits, "STORE_SIZE", id3v24.MAX_SIZE)
    with pytest.raises(LimitExceeded, match="ID3v2"):
        mp3.CONTAINER.frame(bytes(id3v24.MAX_SIZE))


# --- Conversion from 2.2 and 2.3 ----------------------------------------------------------------


def upgraded(version: int, *frames: bytes, flags: int = 0) -> bytes:
    """The frames that stand before the store after conversion."""
    data = rewrite(tag(version, *frames, flags=flags, padding=7) + AUDIO, STORE)
    (found,) = scan(data).stores
    assert data.endswith(FRAME + bytes(7 + 10) + AUDIO)
    return data[10 : found.frame.start]


LONG = b"\0" + b"\xff\x00 long" * 100
PICTURE = b"\x00\x89PNG" + bytes(300)
LONG_23 = frame(3, "TIT2", LONG)
LONG_24 = frame(4, "TIT2", LONG)

CONVERTED = {
    "size": ([LONG_23], [LONG_24]),
    "status flags": (
        [frame(3, "TIT2", LONG, 0xE000), frame(3, "TIT3", LONG, 0x4000)],
        [frame(4, "TIT2", LONG, 0x7000), frame(4, "TIT3", LONG, 0x2000)],
    ),
    "unknown flags": ([frame(3, "TIT2", LONG, 0x1F1F)], [frame(4, "TIT2", LONG)]),
    "group": ([frame(3, "TIT2", b"G" + LONG, 0x20)], [frame(4, "TIT2", b"G" + LONG, 0x40)]),
    "compressed": (
        [frame(3, "TIT2", (1000).to_bytes(4) + LONG, 0x80)],
        [frame(4, "TIT2", synchsafe(1000) + LONG, 0x09)],
    ),
    "all at once": (
        [frame(3, "TIT2", (1000).to_bytes(4) + b"EG" + LONG, 0xE0)],
        [frame(4, "TIT2", b"GE" + synchsafe(1000) + LONG, 0x4D)],
    ),
    "year": ([text(3, "TYER", "2026")], [text(4, "TDRC", "2026")]),
    "year, ended": ([text(3, "TYER", "2026\0")], [text(4, "TDRC", "2026")]),
    "year in UTF-16": (
        [frame(3, "TYER", b"\x01" + "2026".encode("utf-16"))],
        [text(4, "TDRC", "2026")],
    ),
    "year and day": (
        [text(3, "TDAT", "3112"), LONG_23, text(3, "TYER", "1999")],
        [LONG_24, text(4, "TDRC", "1999-12-31")],
    ),
    "year, day and time": (
        [text(3, "TYER", "1999"), text(3, "TIME", "2359"), text(3, "TDAT", "3112"), LONG_23],
        [text(4, "TDRC", "1999-12-31T23:59"), LONG_24],
    ),
    "time without day": (
        [text(3, "TYER", "1999"), text(3, "TIME", "2359")],
        [text(4, "TDRC", "1999"), text(4, "TIME", "2359")],
    ),
    "day without year": ([text(3, "TDAT", "3112")], [text(4, "TDAT", "3112")]),
    "no day": (
        [text(3, "TYER", "1999"), text(3, "TDAT", "1231")],
        [text(4, "TDRC", "1999"), text(4, "TDAT", "1231")],
    ),
    "no year": ([text(3, "TYER", "1998/99")], [text(4, "TYER", "1998/99")]),
    "two years": (
        [text(3, "TYER", "1998"), text(3, "TYER", "1999")],
        [text(4, "TYER", "1998"), text(4, "TYER", "1999")],
    ),
    "bad encodings": (
        [frame(3, "TYER", b"\x092026"), frame(3, "TORY", b"\x03\xff"), frame(3, "TDAT", b"")],
        [frame(4, "TYER", b"\x092026"), frame(4, "TORY", b"\x03\xff")],
    ),
    "date of 2.4 already": (
        [text(3, "TDRC", "2020"), text(3, "TYER", "1999")],
        [text(4, "TDRC", "2020"), text(4, "TYER", "1999")],
    ),
    "original year": ([text(3, "TORY", "1971")], [text(4, "TDOR", "1971")]),
    "people": ([frame(3, "IPLS", LONG)], [frame(4, "TIPL", LONG)]),
    "no counterpart": (
        [frame(3, name, LONG) for name in ("EQUA", "RVAD", "TRDA", "TSIZ")],
        [frame(4, name, LONG) for name in ("EQUA", "RVAD", "TRDA", "TSIZ")],
    ),
    "chapter": (
        [frame(3, "CHAP", b"id\0" + bytes(16) + LONG_23 + frame(3, "APIC", PICTURE))],
        [frame(4, "CHAP", b"id\0" + bytes(16) + LONG_24 + frame(4, "APIC", PICTURE))],
    ),
    "contents": (
        [frame(3, "CTOC", b"toc\0\x03\x02one\0two\0" + LONG_23)],
        [frame(4, "CTOC", b"toc\0\x03\x02one\0two\0" + LONG_24)],
    ),
    "contents without children": (
        [frame(3, "CTOC", b"toc\0\x03\x00" + LONG_23)],
        [frame(4, "CTOC", b"toc\0\x03\x00" + LONG_24)],
    ),
    "chapter that is none": (
        [frame(3, "CHAP", b"id\0" + LONG), frame(3, "CTOC", b"toc"), frame(3, "CHAP", b"")],
        [frame(4, "CHAP", b"id\0" + LONG), frame(4, "CTOC", b"toc")],
    ),
}


@pytest.mark.parametrize(("old", "new"), CONVERTED.values(), ids=CONVERTED)
def test_frames_of_2_3(old: list[bytes], new: list[bytes]) -> None:
    assert upgraded(3, *old) == b"".join(new)
    assert upgraded(3, *old, flags=0x80) == b"".join(new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (text(2, "TT2", "x"), text(4, "TIT2", "x")),
        (text(2, "TYE", "2026") + text(2, "TDA", "3112"), text(4, "TDRC", "2026-12-31")),
        (text(2, "TS2", "x") + text(2, "TCP", "1"), text(4, "TSO2", "x") + text(4, "TCMP", "1")),
        (frame(2, "ULT", LONG), frame(4, "USLT", LONG)),
        (frame(2, "IPL", LONG), frame(4, "TIPL", LONG)),
        (frame(2, "PIC", b"\0PNG" + PICTURE), frame(4, "APIC", b"\0image/png\0" + PICTURE)),
        (frame(2, "PIC", b"\1JPG" + PICTURE), frame(4, "APIC", b"\1image/jpeg\0" + PICTURE)),
        (frame(2, "PIC", b"\0-->" + PICTURE), frame(4, "APIC", b"\0-->\0" + PICTURE)),
        (frame(2, "LNK", b"TT2http://x\0"), frame(4, "LINK", b"TIT2http://x\0")),
    ],
)
def test_frames_of_2_2(old: bytes, new: bytes) -> None:
    assert upgraded(2, old) == new
    assert upgraded(2, old, flags=0x80) == new


@pytest.mark.parametrize(
    "old", [frame(2, "CRM", b"x"), frame(2, "XYZ", b"x"), frame(2, "LNK", b"XYZ")]
)
def test_a_frame_without_counterpart_is_named(old: bytes) -> None:
    name = "XYZ" if b"XYZ" in old else "CRM"
    with pytest.raises(UnsupportedFormat, match=name):
        upgraded(2, old)


def test_a_frame_too_short_for_its_flags_is_malformed() -> None:
    with pytest.raises(MalformedFile, match="TIT2"):
        upgraded(3, frame(3, "TIT2", b"\0\0\0\1E", 0xE0))


@given(
    version=st.sampled_from([2, 3, 4]),
    flags=st.sampled_from([0, 0x40, 0x80, 0xC0]),
    bodies=st.lists(
        st.tuples(
            st.sampled_from(["TIT2", "CHAP", "CTOC", "GEOB", "TYER"]),
            st.integers(0, 0xFFFF),
            st.binary(max_size=30) | st.just(geob(4, STORE)[10:]),
        ),
        max_size=4,
    ),
    rest=st.binary(max_size=30),
)
def test_what_can_be_signed_can_be_read_back(
    version: int, flags: int, bodies: list[tuple[str, int, bytes]], rest: bytes
) -> None:
    """Whatever the tag, `rewrite` leads to exactly one store, or refuses."""
    renamed = {"TIT2": "TT2", "GEOB": "GEO", "TYER": "TYE", "CHAP": "ULT", "CTOC": "PIC"}
    frames = [
        frame(version, renamed[name] if version == 2 else name, body, frame_flags)
        for name, frame_flags, body in bodies
    ]
    data = tag(version, *frames, rest, flags=flags) + AUDIO
    try:
        signed = rewrite(data, STORE)
    except AidiscloseError:
        return
    layout = scan(signed)
    assert not layout.problems
    assert [read_store(BytesSource(signed), store) for store in layout.stores] == [STORE]
    assert scan(rewrite(signed, None)).stores == ()


@given(st.binary(max_size=200).map(lambda data: data.replace(b"\xfe", b"\xff")))
def test_lengths_behind_unsynchronisation(data: bytes) -> None:
    """A frame after one of any content is found where it stands."""
    marked = tag(3, frame(3, "PRIV", data), geob(3, STORE), flags=0x80) + AUDIO
    (found,) = scan(marked).stores
    assert marked[found.frame.start : found.frame.start + 4] == b"GEOB"
    assert read_store(BytesSource(marked), found) == STORE


# --- MPEG audio and FLAC ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        AUDIO,
        AUDIO[:4],
        AUDIO[:417] + AUDIO[:3],
        b"\xff\xfa\x90\xc4",
        b"\xff\xf3\x40\xc4",  # MPEG-2
        b"\xff\xe3\x40\xc4",  # MPEG-2.5
        tag(4)[:10] + AUDIO,
        tag(4)[:10] + bytes(500) + AUDIO,
        tag(4)[:10] + b"\xff\xfb what a wrong size of the tag leaves" + AUDIO,
        tag(4)[:10],
        tag(4)[:10] + tag(3, TITLE),
    ],
)
def test_mpeg_audio_is_recognised(head: bytes) -> None:
    assert mp3.CONTAINER.sniff(head)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff\xfb\x90",
        b"\xff\xf1\x50\x80",  # AAC in ADTS
        b"\xff\xf9\x50\x80",
        b"\xff\xff\x90\xc4",  # layer I
        b"\xff\xeb\x90\xc4",  # reserved version
        b"\xff\xfb\x00\xc4",  # free and reserved bit rates
        b"\xff\xfb\xf0\xc4",
        b"\xff\xfb\x9c\xc4",  # reserved sampling rate
        b"\xff\xfb\x90\xc2",  # reserved emphasis
        b"\xff\xfb\x90\xc4" + bytes(413) + b"nothing",
        "UTF-16".encode("utf-16"),
        b"\xff\xd8\xff\xe0",
        bytes(500) + AUDIO,
        tag(4)[:10] + FLAC,
        tag(4)[:10] + b"\xff\xf1\x50\x80" + bytes(100),
        tag(4)[:10] + b"junk" + AUDIO[:417],
        tag(4)[:9],
    ],
)
def test_other_bytes_are_not_recognised(head: bytes) -> None:
    assert not mp3.CONTAINER.sniff(head)
    if not head.startswith(b"ID3"):
        with pytest.raises(MalformedFile):
            scan(head)


def test_all_frame_lengths_are_right() -> None:
    """Of 44.1 kHz: bit rates by their index, with and without the padding byte."""
    lengths = [104, 130, 156, 182, 208, 261, 313, 365, 417, 522, 626, 731, 835, 1044]
    for index, length in enumerate(lengths, start=1):
        for padding in (0, 1):
            header = bytes((0xFF, 0xFB, index << 4 | padding << 1, 0xC4))
            first = header.ljust(length + padding, b"\0")
            assert mp3.CONTAINER.sniff(first + AUDIO)
            assert not mp3.CONTAINER.sniff(first + b"\0" + AUDIO)


def test_a_flac_that_is_tagged_is_no_mp3() -> None:
    data = tag(4, TITLE) + FLAC
    assert identify(BytesSource(data)) is flac.CONTAINER
    assert identify(BytesSource(data.replace(FLAC, AUDIO))) is mp3.CONTAINER


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"", 0),
        (b"fLa", 0),
        (tag(4, TITLE) + b"OggS", len(tag(4, TITLE))),
        (b"fLaC", 4),
        (b"fLaC\x80\0\0", 4),
        (FLAC[:41], 4),
        (b"fLaC\x80\0\0\1", 4),
        (FLAC[: 42 + 11], 42),
    ],
)
def test_malformed_flac(data: bytes, offset: int) -> None:
    with pytest.raises(MalformedFile) as raised:
        scan(data, flac.CONTAINER)
    assert raised.value.offset == offset


def test_too_many_flac_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCKS", 10)
    with pytest.raises(LimitExceeded):
        scan(b"fLaC" + b"\1\0\0\0" * 20, flac.CONTAINER)


def test_unknown_flac_blocks_have_a_name() -> None:
    assert names(scan(b"fLaC\x07\0\0\0\xff\0\0\1x", flac.CONTAINER)) == [
        "fLaC",
        "block 7",
        "block 127",
    ]


@pytest.mark.parametrize(
    "frame",
    [
        b"\xff\xfd\x80\xc4" + bytes(413),  # layer II: 144 × 128 kbit/s ÷ 44.1 kHz
        b"\xff\xf5\x80\xc4" + bytes(413 // 2),
        b"\xff\xfb\x00\xc4" + bytes(996),  # free format
    ],
)
def test_layer_ii_and_free_format_are_sound_of_the_same_kind(frame: bytes) -> None:
    length = mp3._frame_length(frame * 3)
    assert length > 0
    data = frame[:4] + bytes(length - 4)
    assert mp3.CONTAINER.sniff(data * 3)
    assert scan(data * 3).media_type == "audio/mpeg"


def test_too_many_frames_of_chapters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each becomes one of 2.4, of all chapters together."""
    monkeypatch.setattr(limits, "ID3_FRAMES", 10)
    chapter = frame(3, "CHAP", b"id\0" + bytes(16) + frame(3, "TIT2", b"\0a") * 5)
    rewrite(tag(3, chapter * 2) + AUDIO, STORE)
    with pytest.raises(LimitExceeded, match="chapters"):
        rewrite(tag(3, chapter * 3) + AUDIO, STORE)
