"""Splices and changes: the bytes they stand for, and what lies outside."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose.io.change import Change, change
from aidisclose.io.source import BytesSource, Range
from aidisclose.io.splice import Copy, Data, Splice, hold, whole

ORIGINAL = bytes(range(100))


def read(splice: Splice) -> bytes:
    return splice.read_at(0, splice.size)


copies = st.integers(0, 100).flatmap(
    lambda start: st.builds(Copy, st.just(start), st.integers(0, 100 - start))
)
pieces = st.lists(copies | st.builds(Data, st.binary(max_size=20)), max_size=8)


@given(parts=pieces, offset=st.integers(0, 900), length=st.integers(0, 900))
def test_a_splice_is_its_pieces_in_order(
    parts: list[Copy | Data], offset: int, length: int
) -> None:
    whole = b"".join(
        part.data if isinstance(part, Data) else ORIGINAL[part.start : part.start + part.length]
        for part in parts
    )
    splice = Splice(BytesSource(ORIGINAL), parts)
    assert splice.size == len(whole)
    assert splice.read_at(offset, length) == whole[offset : offset + length]
    assert all(part.length for part in splice.pieces)


def test_a_splice_of_a_splice() -> None:
    inner = Splice(BytesSource(ORIGINAL), [Data(b"ab"), Copy(10, 5)])
    assert read(Splice(inner, [Copy(1, 3), Data(b"-"), Copy(0, 7)])) == (
        b"b" + ORIGINAL[10:12] + b"-ab" + ORIGINAL[10:15]
    )


@pytest.mark.parametrize(
    "piece", [Copy(-1, 2), Copy(0, 101), Copy(100, 1), Copy(200, 1), Copy(50, -1), Copy(1 << 70, 1)]
)
def test_a_copy_stays_inside(piece: Copy) -> None:
    with pytest.raises(ValueError, match="outside a source of 100 bytes"):
        Splice(BytesSource(ORIGINAL), [piece])


@given(data=st.data())
def test_changes_are_made_all_at_once(data: st.DataObject) -> None:
    """As if made one by one from the end, whatever order they are given in."""
    bounds = sorted(data.draw(st.lists(st.integers(0, 100), max_size=8)))
    changes = [
        Change(start, end - start, data.draw(st.binary(max_size=5)))
        for start, end in zip(bounds[::2], bounds[1::2], strict=False)
    ]
    expected = ORIGINAL
    for start, length, new in reversed(changes):
        expected = expected[:start] + new + expected[start + length :]
    shuffled = sorted(changes, key=lambda _: data.draw(st.integers()))
    if len({item.start for item in changes}) == len(changes):
        assert read(change(BytesSource(ORIGINAL), shuffled)) == expected
    assert read(change(BytesSource(ORIGINAL), changes)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        [Change(0, 101)],
        [Change(100, 1)],
        [Change(101, 0)],
        [Change(10, 10), Change(19, 1)],
        [Change(10, 10), Change(15, 0, b"x")],
        [Change(-1, 0, b"x")],
    ],
)
def test_changes_outside_or_over_each_other(changes: list[Change]) -> None:
    with pytest.raises(ValueError, match=r"overlaps|beyond"):
        change(BytesSource(ORIGINAL), changes)


@given(parts=pieces, start=st.integers(0, 120), length=st.integers(0, 900))
def test_what_is_held_shows_the_same_bytes(
    parts: list[Copy | Data], start: int, length: int
) -> None:
    for original in (ORIGINAL, bytearray(ORIGINAL)):
        splice = Splice(BytesSource(original), parts)
        held = hold(splice)
        assert read(held) == read(splice)
        seen = b"".join(held.views(Range(start, length)))
        assert seen == read(splice)[start : start + length]


@pytest.mark.parametrize("view", [lambda data: data, lambda data: memoryview(data).toreadonly()])
def test_what_is_held_does_not_change(
    view: Callable[[bytearray], bytearray | memoryview],
) -> None:
    original = bytearray(b"abc")
    held = hold(whole(BytesSource(view(original))))
    original[:] = b"xyz"
    assert read(held) == b"abc"


def test_many_pieces_are_held_as_one() -> None:
    pieces = [piece for start in range(50) for piece in (Copy(start, 1), Data(b"-"))]
    held = hold(Splice(BytesSource(ORIGINAL), pieces))
    assert len(held.pieces) == 1
    assert read(held) == read(Splice(BytesSource(ORIGINAL), pieces))


def test_source_that_became_shorter_is_not_held() -> None:
    class Shorter(BytesSource):
        def read_at(self, offset: int, length: int) -> bytes:
            return super().read_at(offset, length)[:-1]

    with pytest.raises(OSError, match="shorter"):
        hold(whole(Shorter(bytearray(b"abc"))))
