"""The error correction of TrustMark, against what Adobe's program writes."""

from __future__ import annotations

import random

import pytest

from aidisclose.durable import trustmark
from aidisclose.durable.bch import BchCode

#: Made with `trustmark.datalayer` 0.9.2: the number, and the 100 bits that carry it.
WRITTEN = {
    "0*0010111100101101100100001010011010011010": (
        "001011110010110110010000101001101001101010101001110111110101011001111100110001000110010101100001"
        "0000"
    ),
    "1*0010011011100111011110101110111110100010111100010111100010110": (
        "001001101110011101111010111011111010001011110001011110001011000100110110001011110111111011111000"
        "0001"
    ),
    "2*11101001001010011001000111011010101110010110010111010111110000110010": (
        "111010010010100110010001110110101011100101100101110101111100001100101000101010001000011011111101"
        "0010"
    ),
    "3*110000100110000110000010001010001010110000110111001010011100100101110011010": (
        "110000100110000110000010001010001010110000110111001010011100100101110011010101010010001011111010"
        "0011"
    ),
}


@pytest.mark.parametrize("value", WRITTEN)
def test_what_adobe_writes_is_read(value: str) -> None:
    bits = [each == "1" for each in WRITTEN[value]]
    assert trustmark.read(bits) == value.encode()


def test_a_number_is_written_as_adobe_writes_it() -> None:
    value = next(each for each in WRITTEN if each.startswith("1*"))
    assert "".join(map(str, trustmark.write(int(value[2:], 2)))) == WRITTEN[value]


@pytest.mark.parametrize("value", WRITTEN)
@pytest.mark.parametrize("seed", range(8))
def test_as_many_errors_as_promised_are_corrected(value: str, seed: int) -> None:
    chance = random.Random(seed)
    errors = {"0": 8, "1": 5, "2": 4, "3": 3}[value[0]]
    bits = [each == "1" for each in WRITTEN[value]]
    for place in chance.sample(range(96), errors):
        bits[place] = not bits[place]
    assert trustmark.read(bits) == value.encode()


@pytest.mark.parametrize("seed", range(8))
def test_more_errors_do_not_give_the_number(seed: int) -> None:
    chance = random.Random(seed)
    code = BchCode(5, 64)
    data = chance.getrandbits(64)
    word = code.encode(data)
    for place in chance.sample(range(code.size), 6):
        word ^= 1 << place
    assert code.decode(word) != data


def test_chance_is_seldom_a_number() -> None:
    chance = random.Random(7)
    found = [
        trustmark.read([chance.random() < 0.5 for _ in range(98)] + [False, True])
        for _ in range(2000)
    ]
    assert sum(each is not None for each in found) < 20
