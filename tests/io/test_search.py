"""The search for a pattern, in sources of every kind."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose.io.search import LARGEST_LOOK, find
from aidisclose.io.source import BytesSource, open_source
from aidisclose.io.splice import Copy, Data, Piece, Splice, in_memory, whole

PATTERN = re.compile(rb"\xff[\xc0-\xfe]")
#: Bytes of which every pair of neighbours may be a match.
BYTES = st.lists(st.sampled_from([0x00, 0xC0, 0xFE, 0xFF]), max_size=60).map(bytes)


def expected(data: bytes, position: int) -> int:
    """The offset that a search of all bytes finds."""
    match = PATTERN.search(data, position)
    return match.start() if match else len(data)


def splices(source: BytesSource, data: st.DataObject) -> Splice:
    """A splice of some pieces of a source and new bytes."""
    pieces: list[Piece] = []
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, source.size))
        pieces.append(Copy(start, data.draw(st.integers(0, source.size - start))))
        pieces.append(Data(data.draw(BYTES)))
    return Splice(source, pieces)


@given(original=BYTES, data=st.data())
def test_search_of_a_copy_finds_what_a_search_of_its_bytes_finds(
    original: bytes, data: st.DataObject
) -> None:
    source = BytesSource(original)
    for position in range(source.size):
        assert find(source, PATTERN, position) == expected(original, position)
    splice = splices(source, data)
    copied = in_memory(splice)
    there = splice.read_at(0, splice.size)
    for position in range(splice.size):
        assert find(splice, PATTERN, position) == expected(there, position)
        assert find(copied, PATTERN, position) == expected(there, position)


def test_bytes_that_may_change_are_searched_again() -> None:
    buffer = bytearray(b"\0\0\xff\xc0")
    source = BytesSource(buffer)
    assert find(source, PATTERN, 0) == 2
    buffer[:] = b"\xff\xc0\0\0"
    assert find(source, PATTERN, 0) == 0


def test_copy_is_searched_itself_once_it_was_changed() -> None:
    source = BytesSource(b"\0\0\xff\xc0")
    copied = in_memory(Splice(source, [Copy(0, 4), Data(b"\xff\xc0")]))
    find(source, PATTERN, 0)
    assert find(copied, PATTERN, 0) == 2
    assert find(copied, PATTERN, 3) == 4


@pytest.mark.parametrize("distance", [0, 1, 1022, 1023, 1024, 1025, 3000, 3 * LARGEST_LOOK + 1])
def test_match_at_the_end_of_a_look_is_found(distance: int) -> None:
    data = bytes(distance) + b"\xff\xc0" + bytes(10)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(data)
        with open_source(path) as source:
            assert find(source, PATTERN, 0) == distance
    assert find(whole(BytesSource(data)), PATTERN, 0) == distance
    assert find(BytesSource(data), PATTERN, distance + 1) == len(data)
