"""The index of codes: exact, whatever the size of the blocks and however it grew."""

from __future__ import annotations

import random
import struct

import pytest

from aidisclose.durable import index as index_of
from aidisclose.durable.index import CodeIndex
from aidisclose.durable.matching import THRESHOLD, distance
from aidisclose.errors import Malformed


def flipped(chance: random.Random, code: int, bits: int) -> int:
    for place in chance.sample(range(256), bits):
        code ^= 1 << place
    return code


def filled(codes: list[int], step: int) -> CodeIndex:
    index = CodeIndex()
    for start in range(0, len(codes), step):
        some = codes[start : start + step]
        numbers = struct.pack(f">{len(some)}q", *range(start + 1, start + 1 + len(some)))
        index.extend(numbers, b"".join(code.to_bytes(32, "big") for code in some))
    return index


@pytest.mark.parametrize(
    ("step", "count", "threads"),
    [(1, 2_000, 1), (700, 40_000, 1), (40_000, 40_000, 1), (90_000, 300_000, 2)],
)
def test_everything_within_reach_is_found_and_nothing_else(
    step: int, count: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_of, "processors", lambda: threads)
    chance = random.Random(step)
    codes = [chance.getrandbits(256) for _ in range(count)]
    wanted = [chance.getrandbits(256) for _ in range(3)]
    for bits in (0, 1, 25, 50, 51, 52, 53):
        for code in wanted:
            codes[chance.randrange(count)] = flipped(chance, code, bits)
    # All that differs in one half: what a search by halves could miss.
    codes[5] = wanted[0] ^ (1 << THRESHOLD) - 1
    codes[6] = wanted[0] ^ ((1 << THRESHOLD) - 1) << 200
    codes[7] = wanted[0] ^ (1 << 256) - 1
    index = filled(codes, step)
    assert (len(index), index.last) == (count, count)
    expected = {
        number: apart
        for number, code in enumerate(codes, 1)
        if (apart := min(distance(code, each) for each in wanted)) <= THRESHOLD
    }
    assert len(expected) >= 10
    assert index.near(wanted, THRESHOLD) == expected


def test_what_is_there_is_not_added_again() -> None:
    index = filled([1, 2, 3], 3)
    index.extend(struct.pack(">3q", 2, 3, 9), bytes(95) + b"\x04")
    assert (len(index), index.last) == (4, 9)
    assert index.near([4], 0) == {9: 0}


def test_an_empty_index_finds_nothing() -> None:
    assert CodeIndex().near([1], 51) == {}
    assert CodeIndex().last == 0


@pytest.mark.parametrize(
    ("numbers", "codes"), [(bytes(7), bytes(32)), (bytes(8), bytes(31)), (b"", bytes(32))]
)
def test_sizes_are_checked(numbers: bytes, codes: bytes) -> None:
    with pytest.raises(Malformed, match="wrong size"):
        CodeIndex().extend(numbers, codes)
