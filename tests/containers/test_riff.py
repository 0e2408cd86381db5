"""RIFF: chunks, sizes that are wrong, the store in a `C2PA` chunk, and indexes that stay right."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.containers import Comment, Container, Edits, Layout, identify, read_store, riff
from aidisclose.errors import AidiscloseError, LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource, Range
from tests.containers import samples
from tests.containers.samples_riff import (
    MARKS,
    avi,
    chunk,
    opendml_avi,
    wav,
)
from tests.containers.samples_riff import riff as riff_chunk

STORE = samples.store(500)
ODD_STORE = samples.store(501)
STORE_CHUNK = chunk(b"C2PA", STORE)


def scan(data: bytes, container: Container = riff.WAV) -> Layout:
    return container.scan(BytesSource(data))


def rewrite(data: bytes, store: bytes | None, container: Container = riff.WAV) -> bytes:
    source = BytesSource(data)
    splice = container.rewrite(source, container.scan(source), Edits(store=store))
    return splice.read_at(0, splice.size)


def names(layout: Layout) -> list[str]:
    return [block.name for block in layout.blocks]


def test_blocks_are_named_as_in_a_general_box_hash() -> None:
    layout = scan(wav(b"\x80", chunk(b"LIST", b"INFO"), STORE_CHUNK))
    assert names(layout) == ["WAVE", "fmt ", "data", "INFO", "C2PA"]
    layout = scan(opendml_avi(), riff.AVI)
    assert names(layout) == ["AVI ", "hdrl", "movi", "idx1", "AVIX", "movi", "AVIX", "movi"]
    assert sum(block.length for block in layout.blocks) == layout.size


@pytest.mark.parametrize("store", [STORE, ODD_STORE])
def test_the_pad_byte_is_in_the_frame_but_not_in_the_exclusion(store: bytes) -> None:
    data = rewrite(wav(), store)
    (found,) = scan(data).stores
    assert found.frame == Range(len(wav()), 8 + len(store) + len(store) % 2)
    assert found.exclusions == (Range(len(wav()), 8 + len(store)),)
    assert found.pieces == (Range(len(wav()) + 8, len(store)),)


def test_the_store_is_the_last_chunk_of_the_first_riff_chunk() -> None:
    data = rewrite(opendml_avi(), STORE, riff.AVI)
    assert names(scan(data, riff.AVI))[:6] == ["AVI ", "hdrl", "movi", "idx1", "C2PA", "AVIX"]
    assert struct.unpack_from("<I", data, 4)[0] + 8 == data.index(b"RIFF", 1)


def test_a_store_is_found_between_other_chunks_and_replaced_at_the_end() -> None:
    data = wav(b"\x80" * 9, STORE_CHUNK, chunk(b"LIST", b"INFO"))
    assert read_store(BytesSource(data), scan(data).stores[0]) == STORE
    assert rewrite(data, ODD_STORE) == rewrite(wav(b"\x80" * 9, chunk(b"LIST", b"INFO")), ODD_STORE)
    assert rewrite(data, None) == wav(b"\x80" * 9, chunk(b"LIST", b"INFO"))


def test_two_stores_are_seen_and_both_replaced() -> None:
    data = wav(b"\x80", STORE_CHUNK, chunk(b"C2PA", ODD_STORE))
    assert [store.pieces[0].length for store in scan(data).stores] == [500, 501]
    assert rewrite(data, STORE) == wav(b"\x80", STORE_CHUNK)


@pytest.mark.parametrize("form", [riff.WAV, riff.WEBP, riff.AVI], ids=lambda item: item.name)
def test_forms_are_told_apart(form: Container) -> None:
    heads = {"WAV": b"WAVE", "WebP": b"WEBP", "AVI": b"AVI "}
    for name, code in heads.items():
        head = riff_chunk(code)
        assert form.sniff(head) == (form.name == name)
        if form.name != name:
            with pytest.raises(MalformedFile):
                scan(head, form)


@pytest.mark.parametrize(
    "head", [b"", b"RIFF", b"RIFF\4\0\0\0WAV", b"FORM\4\0\0\0WAVE", b"WAVERIFF"]
)
def test_other_bytes_are_not_recognised(head: bytes) -> None:
    assert not riff.WAV.sniff(head)
    with pytest.raises(MalformedFile):
        scan(head)


@pytest.mark.parametrize("code", [b"RF64", b"BW64", b"RIFX"])
def test_variants_have_no_place_for_a_store(code: bytes) -> None:
    data = code + wav()[4:]
    assert not riff.WAV.sniff(data)
    assert identify(BytesSource(data)).name == "RF64"


# --- Stores where none may be -------------------------------------------------------------------

MISPLACED = {
    "after the RIFF chunk": (riff.WAV, wav() + STORE_CHUNK),
    "after the RIFF chunk, cut": (riff.WAV, wav() + STORE_CHUNK[:50]),
    "after a RIFF chunk of odd size": (riff.WAV, wav(b"\x80", padded=False) + b"\0" + STORE_CHUNK),
    "behind another chunk there": (riff.WAV, wav() + chunk(b"junk", b"123") + STORE_CHUNK),
    "in AVIX": (riff.AVI, avi() + riff_chunk(b"AVIX", chunk(b"LIST", b"movi"), STORE_CHUNK)),
    "in a list": (riff.WAV, wav(b"", chunk(b"LIST", b"INFO" + STORE_CHUNK))),
    "in a list in a list": (
        riff.WAV,
        wav(b"", chunk(b"LIST", b"INFO" + chunk(b"LIST", b"deep" + STORE_CHUNK))),
    ),
}


@pytest.mark.parametrize(("container", "data"), MISPLACED.values(), ids=MISPLACED)
def test_a_store_in_the_wrong_place_is_a_problem(container: Container, data: bytes) -> None:
    layout = scan(data, container)
    assert not layout.stores
    assert [problem.offset for problem in layout.problems] == [data.index(b"C2PA")]
    for store in (STORE, None):
        with pytest.raises(MalformedFile):
            rewrite(data, store, container)


@pytest.mark.parametrize("kept", [8, 9, 300, 507])
def test_a_store_that_is_cut_off_is_a_problem_and_can_be_replaced(kept: int) -> None:
    data = wav(b"\x80" * 8, STORE_CHUNK)
    data = data[: len(data) - len(STORE_CHUNK) + kept]
    layout = scan(data)
    assert not layout.stores
    assert len(layout.problems) == 1
    assert rewrite(data, STORE) == wav(b"\x80" * 8, STORE_CHUNK)
    assert rewrite(data, None) == wav(b"\x80" * 8)


def test_many_nested_lists_do_no_harm() -> None:
    data = b""
    for _ in range(1000):
        data = chunk(b"LIST", b"nest" + data)
    assert not scan(wav(b"", data)).problems


def test_too_many_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCKS", 10)
    scan(wav(b"", *[chunk(b"LIST", b"INFO")] * 8))
    for data in (
        wav(b"", *[chunk(b"LIST", b"INFO")] * 9),
        wav(b"", chunk(b"LIST", b"INFO" + chunk(b"abcd", b"") * 9)),
        wav(b"") + chunk(b"abcd", b"") * 9,
    ):
        with pytest.raises(LimitExceeded):
            scan(data)


# --- Sizes that are wrong -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("riff_size", "data_size"),
    [
        *itertools.product([0, 0xFFFF_FFFF], [0, 0x7FFF_F000, 0xFFFF_FFFF]),
        (0x7FFF_F024, 0x7FFF_F000),
    ],
)
def test_a_streamed_wav_gets_right_sizes(riff_size: int, data_size: int) -> None:
    data = wav(b"\x80" * 7, size=riff_size, data_size=data_size, padded=False)
    assert names(scan(data)) == ["WAVE", "fmt ", "data"]
    assert rewrite(data, None) == data
    pad = b"\xc2"
    assert rewrite(data, STORE) == wav(b"\x80" * 7, pad + STORE_CHUNK, padded=False)


def test_a_wav_whose_data_is_empty_is_not_taken_for_streamed() -> None:
    assert names(scan(wav(b"", chunk(b"LIST", b"INFO")))) == ["WAVE", "fmt ", "data", "INFO"]


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 36 + 8 + 1, 36 + 8 + 8])
def test_a_riff_size_that_is_too_large_is_put_right(size: int) -> None:
    data = wav(b"\x80" * 8, size=size)
    assert names(scan(data)) == ["WAVE", "fmt ", "data"]
    assert rewrite(data, STORE) == wav(b"\x80" * 8, STORE_CHUNK)


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (wav(size=36 + 1000 + 9), 44 + 1000),
        (wav()[:-1], 36),
        (wav(data_size=2000), 36),
        (wav(data_size=0xFFFF_FFFF) + b"behind", 36),
        (wav(size=36), 36),
        (wav(size=3), 4),
        (b"RIFF", 0),
    ],
)
def test_malformed(data: bytes, offset: int) -> None:
    with pytest.raises(MalformedFile) as raised:
        scan(data)
    assert raised.value.offset == offset


def test_bytes_behind_the_last_chunk_stay_there() -> None:
    inside = wav(b"\x80" * 8, b"1234567")
    assert rewrite(inside, STORE) == wav(b"\x80" * 8, STORE_CHUNK, b"1234567")
    behind = wav(b"\x80" * 8) + b"TAG"
    assert rewrite(behind, STORE) == wav(b"\x80" * 8, STORE_CHUNK) + b"TAG"


def test_an_unpadded_chunk_gets_a_pad_byte_for_as_long_as_the_store_is_there() -> None:
    data = wav(b"\x80" * 7, padded=False)
    signed = rewrite(data, STORE)
    assert names(scan(signed)) == ["WAVE", "fmt ", "data", "C2PA"]
    assert rewrite(signed, ODD_STORE) == rewrite(data, ODD_STORE)
    assert rewrite(signed, None) == data


def test_a_pad_byte_of_someone_elses_stays() -> None:
    data = wav(b"\x80" * 7, STORE_CHUNK)
    assert rewrite(data, None) == wav(b"\x80" * 7)


def test_a_file_of_more_than_4_gib_is_refused() -> None:
    class Huge:
        """A WAV file that is nearly as large as one can be."""

        size = 8 + 0xFFFF_FF00

        def read_at(self, offset: int, length: int) -> bytes:
            head = wav(b"", size=0xFFFF_FF00, data_size=0xFFFF_FF00 - 36)
            return head[offset : offset + length].ljust(length, b"\0")

        def read_into(self, offset: int, buffer: memoryview) -> int:
            raise NotImplementedError

    layout = riff.WAV.scan(Huge())
    assert riff.WAV.rewrite(Huge(), layout, Edits(store=samples.store(200))).size > Huge.size
    with pytest.raises(LimitExceeded, match="4 GiB"):
        riff.WAV.rewrite(Huge(), layout, Edits(store=samples.store(300)))


@given(
    chunks=st.lists(st.tuples(st.sampled_from([b"abcd", b"LIST", b"C2PA"]), st.binary(max_size=9))),
    trailer=st.binary(max_size=20),
    sizes=st.tuples(st.none() | st.integers(0, 200), st.none() | st.just(0xFFFF_FFFF)),
)
@example(chunks=[], trailer=b"", sizes=(0, 0xFFFF_FFFF))
def test_what_can_be_signed_can_be_read_back(
    chunks: list[tuple[bytes, bytes]], trailer: bytes, sizes: tuple[int | None, int | None]
) -> None:
    """Whatever the file, `rewrite` leads to exactly one store, or refuses."""
    size, data_size = sizes
    more = [chunk(code, content) for code, content in chunks]
    data = wav(b"\x80" * 3, *more, size=size, data_size=data_size) + trailer
    try:
        signed = rewrite(data, STORE)
    except AidiscloseError:
        return
    layout = scan(signed)
    assert not layout.problems
    assert [read_store(BytesSource(signed), store) for store in layout.stores] == [STORE]
    assert scan(rewrite(signed, None)).stores == ()


# --- INFO lists ---------------------------------------------------------------------------------

SAID = Comment("AI disclosure", "generated by AI")
LINE = b"AI disclosure: generated by AI"


def edit(data: bytes, edits: Edits, container: Container = riff.WAV) -> bytes:
    source = BytesSource(data)
    splice = container.rewrite(source, container.scan(source), edits)
    return splice.read_at(0, splice.size)


def texts(*chunks: bytes) -> bytes:
    return chunk(b"LIST", b"INFO" + b"".join(chunks))


TITLE = chunk(b"INAM", b"A title")
OWN = texts(chunk(b"ICMT", LINE + b"\0"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", OWN),
        (texts(TITLE), texts(TITLE, chunk(b"ICMT", LINE + b"\0"))),
        (texts(chunk(b"ICMT", b"x\0\0")), texts(chunk(b"ICMT", b"x\n" + LINE + b"\0\0"))),
        (
            texts(chunk(b"ICMT", b"x\r\ny"), TITLE),
            texts(chunk(b"ICMT", b"x\r\ny\n" + LINE), TITLE),
        ),
        (texts(chunk(b"ICMT", b"")), texts(chunk(b"ICMT", b"\n" + LINE))),
        (
            texts(TITLE) + texts(chunk(b"ICMT", b"x")),
            texts(TITLE) + texts(chunk(b"ICMT", b"x\n" + LINE)),
        ),
        # What is empty, or no list of texts, stays as it is.
        (texts(), texts() + OWN),
        (texts(TITLE, b"ICMT"), texts(TITLE, b"ICMT") + OWN),
        (
            texts(TITLE, chunk(b"ICMT", b"x", size=9)),
            texts(TITLE, chunk(b"ICMT", b"x", size=9)) + OWN,
        ),
        (
            texts(chunk(b"ICMT", b"x", size=0xFFFF_FFFF)),
            texts(chunk(b"ICMT", b"x", size=0xFFFF_FFFF)) + OWN,
        ),
    ],
)
@pytest.mark.parametrize("place", ["before the sound", "behind it"])
def test_a_comment_is_a_line(before: bytes, after: bytes, place: str) -> None:
    def whole(lists: bytes) -> bytes:
        if place == "behind it":
            return wav(b"\x80" * 10, lists)
        kept, added = (lists[: -len(OWN)], OWN) if lists.endswith(OWN) else (lists, b"")
        return riff_chunk(b"WAVE", kept, wav(b"\x80" * 10)[12:], added)

    assert edit(whole(before), Edits(comment=SAID)) == whole(after)
    assert edit(whole(after), Edits(comment=SAID)) == whole(after)
    assert edit(whole(after), Edits(comment=SAID._replace(text=None))) == whole(before)


def test_every_line_of_the_name_is_replaced() -> None:
    old = texts(chunk(b"ICMT", b"AI disclosure: a\nx\nAI disclosure:b\r\ny\0"), TITLE)
    more = texts(chunk(b"ICMT", b"AI disclosure: c\0"))
    new = texts(chunk(b"ICMT", b"x\ny\n" + LINE + b"\0"), TITLE)
    assert edit(wav(b"", old, more), Edits(comment=SAID)) == wav(b"", new)


def test_an_avi_has_its_label_behind_the_media() -> None:
    """A list before it cannot change, since indexes may hold absolute offsets."""
    label = b'{"Label":"1"}'
    plain = riff_chunk(b"AVI ", texts(TITLE), avi()[12:])
    own = texts(chunk(b"AIGC", label + b"\0"))
    labelled = riff_chunk(b"AVI ", texts(TITLE), avi()[12:], own)
    assert edit(plain, Edits(aigc=label), riff.AVI) == labelled
    assert edit(labelled, Edits(aigc=None), riff.AVI) == plain
    foreign = riff_chunk(b"AVI ", avi()[12:], texts(TITLE, chunk(b"aigc", b"old")))
    expected = riff_chunk(b"AVI ", avi()[12:], texts(TITLE, own[12:]))
    assert edit(foreign, Edits(aigc=label), riff.AVI) == expected


@pytest.mark.parametrize(
    ("data", "container", "edits"),
    [
        (
            riff_chunk(b"AVI ", texts(chunk(b"AIGC", b"old")), avi()[12:]),
            riff.AVI,
            Edits(aigc=b"{}"),
        ),
        (wav(b"", texts(chunk(b"ICMT", LINE), b"bytes")), riff.WAV, Edits(comment=SAID)),
    ],
)
def test_what_cannot_be_replaced_is_not_doubled(
    data: bytes, container: Container, edits: Edits
) -> None:
    with pytest.raises(UnsupportedFormat, match="INFO list at offset"):
        edit(data, edits, container)


def test_lists_that_are_too_large_are_not_changed() -> None:
    lists = [texts(chunk(b"ICMT", bytes(2**18)))] * 4
    edit(wav(b"", *lists[:3]), Edits(comment=SAID))
    with pytest.raises(LimitExceeded, match="INFO"):
        edit(wav(b"", *lists), Edits(comment=SAID))


def test_a_store_stays_last() -> None:
    signed = rewrite(wav(b"\x80" * 7, padded=False), STORE)
    marked = edit(signed, Edits(comment=SAID, xmp=b"<x/>", aigc=b"{}"))
    assert names(scan(marked)) == ["WAVE", "fmt ", "data", "INFO", "AIGC", "_PMX", "C2PA"]
    bare = edit(marked, Edits(comment=SAID._replace(text=None), xmp=None, aigc=None))
    assert bare == signed


# --- AVI indexes --------------------------------------------------------------------------------


def indexed(data: bytes) -> Iterator[bytes]:
    """What the OpenDML indexes point at: 8 bytes for each entry of each chunk index."""
    start = data.index(b"indx") + 8
    used = struct.unpack_from("<I", data, start + 4)[0]
    for number in range(used):
        (offset,) = struct.unpack_from("<Q", data, start + 24 + 16 * number)
        assert data[offset : offset + 4] == b"ix00"
        entries, base = struct.unpack_from("<I4xQ", data, offset + 8 + 4)
        for entry in range(entries):
            (relative,) = struct.unpack_from("<I", data, offset + 8 + 24 + 8 * entry)
            yield data[base + relative : base + relative + 8]


@pytest.mark.parametrize("base", [None, 0, 100])
def test_indexes_point_at_the_same_frames_afterwards(base: int | None) -> None:
    data = opendml_avi(base=base)
    frames = list(MARKS[:6])
    assert list(indexed(data)) == frames
    signed = rewrite(data, STORE, riff.AVI)
    assert list(indexed(signed)) == frames
    assert list(indexed(rewrite(signed, ODD_STORE, riff.AVI))) == frames
    assert rewrite(signed, None, riff.AVI) == data


def test_an_index_that_cannot_stay_right_is_refused() -> None:
    """Its entries are relative to one offset, but some of their targets move and some do not."""
    data = bytearray(opendml_avi())
    index = data.index(b"ix00", data.index(MARKS[2])) + 8
    base = data.index(MARKS[0])
    far = data.index(MARKS[2]) - base
    struct.pack_into("<QIIIII", data, index + 12, base, 0, 0, 8, far, 8)
    assert list(indexed(bytes(data)))[2:4] == [MARKS[0], MARKS[2]]
    with pytest.raises(UnsupportedFormat, match="index"):
        rewrite(bytes(data), STORE, riff.AVI)


def patched(data: bytes, offset: int, value: bytes) -> bytes:
    return data[:offset] + value + data[offset + len(value) :]


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (8, b"\0\0"),  # words in an entry
        (12, b"\xff\xff\xff\xff"),  # entries
        (32, b"\xff\xff\xff\xff\xff\xff\xff\xff"),  # offset of the first chunk index
        (32, b"\0\0\0\0\0\0\0\0"),
        (11, b"\1"),  # an index of chunks
        (11, b"\7"),
    ],
)
def test_hostile_indexes_raise_nothing_but_our_own_errors(offset: int, value: bytes) -> None:
    data = opendml_avi()
    hostile = patched(data, data.index(b"indx") + offset, value)
    try:
        signed = rewrite(hostile, STORE, riff.AVI)
    except AidiscloseError:
        return
    assert len(scan(signed, riff.AVI).stores) == 1


def super_index(data: bytes, offsets: Iterable[int]) -> bytes:
    entries = b"".join(struct.pack("<QII", offset, 48, 2) for offset in offsets)
    return patched(data, data.index(b"indx") + 32, entries)


def test_an_index_that_is_cut_off_is_malformed() -> None:
    index = chunk(b"LIST", b"strl" + chunk(b"indx", bytes(23)))
    first = riff_chunk(b"AVI ", chunk(b"LIST", b"hdrl" + index))
    with pytest.raises(MalformedFile, match="cut off"):
        rewrite(first + riff_chunk(b"AVIX"), STORE, riff.AVI)


def test_an_index_that_overlaps_itself_is_malformed() -> None:
    data = opendml_avi()
    inside = data.index(b"indx") + 32
    data = super_index(data, [inside + 16, 0, 0])
    index = b"ix00" + struct.pack("<IHBBI4sQI", 24, 2, 0, 1, 0, b"", 9, 0)
    data = patched(data, inside + 16, index)
    with pytest.raises(MalformedFile, match="overlaps"):
        rewrite(data, STORE, riff.AVI)


def test_too_many_index_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AVI_INDEX_ENTRIES", 6)
    rewrite(opendml_avi(), STORE, riff.AVI)
    monkeypatch.setattr(limits, "AVI_INDEX_ENTRIES", 5)
    with pytest.raises(LimitExceeded):
        rewrite(opendml_avi(), STORE, riff.AVI)
    monkeypatch.setattr(limits, "AVI_INDEXES", 2)
    with pytest.raises(LimitExceeded):
        rewrite(opendml_avi(), STORE, riff.AVI)


def test_an_avi_with_a_store_before_its_media_is_not_rewritten() -> None:
    """`idx1` may hold absolute offsets, and what they name would move."""
    data = riff_chunk(b"AVI ", STORE_CHUNK, avi()[12:])
    assert len(scan(data, riff.AVI).stores) == 1
    with pytest.raises(UnsupportedFormat, match="before the media"):
        rewrite(data, STORE, riff.AVI)


def test_an_avi_of_odd_size_before_others_is_not_rewritten() -> None:
    first = riff_chunk(b"AVI ", chunk(b"LIST", b"movi" + MARKS[0] + b"1", padded=False))
    with pytest.raises(UnsupportedFormat, match="odd"):
        rewrite(first + b"\0" + riff_chunk(b"AVIX"), STORE, riff.AVI)
