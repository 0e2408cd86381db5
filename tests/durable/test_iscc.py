"""ISCC-SEQ: the vectors of IEP-0020 and of the public resolver (iscc/iscc-c2pa-resolver)."""

from __future__ import annotations

import pytest

from aidisclose.durable import iscc
from aidisclose.durable.iscc import CodeUnit
from aidisclose.errors import Malformed

UNITS = (
    CodeUnit(iscc.META, 0, bytes(range(32))),
    CodeUnit(iscc.CONTENT, iscc.IMAGE, bytes(range(32, 64))),
    CodeUnit(iscc.DATA, 0, bytes(32)),
    CodeUnit(iscc.INSTANCE, 0, b"\xff" * 32),
)

#: IEP-0020, vector 2: content codes of 64 and 128 bits before a data code of 256.
SHORT = bytes.fromhex(
    "21018c3585376ee22d5a22039f07f3ff9e0061ff3ef7cbffffef37ff300705b41f3472493225d27edcbdb63236846a53"
    "ee28deca5e3561acc0c9bbdf81b5"
)


def test_a_sequence_is_its_units_one_after_another() -> None:
    value = iscc.encode(UNITS)
    assert len(value) == 136
    assert [value[at : at + 2].hex() for at in range(0, 136, 34)] == [
        "0007",
        "2107",
        "3007",
        "4007",
    ]
    assert iscc.decode(value) == UNITS
    assert iscc.encode(iscc.decode(SHORT)) == SHORT


def test_a_meta_code_and_short_units_are_not_searched() -> None:
    assert iscc.searched(iscc.encode(UNITS)) == UNITS[1:]
    [data] = iscc.searched(SHORT)
    assert (data.kind, data.body.hex()[:8]) == (iscc.DATA, "05b41f34")


def test_a_unit_counts_once() -> None:
    assert iscc.decode(iscc.encode((*UNITS, *UNITS))) == UNITS


def test_units_of_an_unknown_subtype_are_decoded_and_not_searched() -> None:
    unknown = bytes.fromhex("270000000000")
    assert iscc.searched(unknown + iscc.encode(UNITS[2:3])) == UNITS[2:3]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "28000100000000",
        "200800" + "00" * 36,
        "3000000000",
        "30000000000000",
        "5005578c7c8fbfbdb58fa88248c53a852c8d05b41f3472493225a522af4a2c9cbf6a",
        "60100000000000000000",
        "20",
        "00" * 5000,
    ],
)
def test_what_is_no_sequence_is_refused(value: str) -> None:
    with pytest.raises(Malformed, match="ISCC"):
        iscc.decode(bytes.fromhex(value))


@pytest.mark.parametrize("value", [iscc.encode(UNITS[:1]), bytes.fromhex("270000000000")])
def test_a_sequence_without_anything_to_search_for_is_refused(value: bytes) -> None:
    with pytest.raises(Malformed, match="without a content, data or instance code"):
        iscc.searched(value)
