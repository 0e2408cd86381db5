"""Exclusion lists: what they leave out, and what is reported about that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.bindings import box_exclusions
from aidisclose.bindings.box_exclusions import (
    BRANDS,
    C2PA,
    INDEX,
    MEDIA,
    Excluded,
    Exclusion,
    remaining,
)
from aidisclose.containers import Block, BoxTree
from aidisclose.containers.container import BoxTreed
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.io.source import Range
from tests.bindings.build import asset, embed
from tests.containers.samples_bmff import box, ftyp, full, moov, track

#: ftyp 0, free 24, moov 44 with two tracks, mdat, skip.
TKHD = full("tkhd", 1, 0x000107, bytes(80))
FILE = b"".join(
    (
        ftyp(),
        box("free", bytes(12)),
        box("moov", box("trak", TKHD), box("trak", full("tkhd", 0, 7, b"abc"), box("udta", b"x"))),
        box("mdat", b"media data beyond the sixteenth byte"),
        box("skip", b"data"),
        box("uuid", b"other extended u", b"data"),
    )
)


def apply(*rules: Exclusion, data: bytes = FILE, with_trees: bool = False) -> Excluded:
    """What the rules leave out of the file."""
    one = asset(data)
    assert isinstance(one.container, BoxTreed)
    tree: BoxTree = one.container.tree(one.source, one.layout)
    return box_exclusions.apply(one.source, tree, rules, with_trees=with_trees)


def left_out(*rules: Exclusion, data: bytes = FILE) -> list[bytes]:
    return [data[part.start : part.end] for part in apply(*rules, data=data).ranges]


def hashed(*rules: Exclusion, with_offsets: bool = True) -> list[bytes]:
    parts = remaining(asset(FILE).layout.blocks, apply(*rules), with_offsets=with_offsets)
    return [part if isinstance(part, bytes) else FILE[part.start : part.end] for part in parts]


SECOND = full("tkhd", 0, 7, b"abc")
MDAT = FILE[FILE.index(b"mdat") - 4 :][:44]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Exclusion("/ftyp"), [ftyp()]),
        (Exclusion("/moov/trak/tkhd"), [TKHD, SECOND]),
        (Exclusion("/moov/trak[2]/tkhd"), [SECOND]),
        (Exclusion("/moov/trak/tkhd[1]"), [TKHD, SECOND]),
        (Exclusion("/moov/trak/tkhd[2]"), []),
        (Exclusion("/moof/traf"), []),
        (Exclusion("/moov/trak/tkhd", length=len(TKHD)), [TKHD]),
        (Exclusion("/moov/trak/tkhd", length=len(TKHD) + 1), []),
        (Exclusion("/moov/trak/tkhd", version=0), [SECOND]),
        (Exclusion("/moov/trak/tkhd", version=1), [TKHD]),
        (Exclusion("/moov/trak/tkhd", flags=7), [SECOND]),
        (Exclusion("/moov/trak/tkhd", flags=3), []),
        (Exclusion("/moov/trak/tkhd", flags=3, exact=False), [TKHD, SECOND]),
        (Exclusion("/moov/trak/tkhd", flags=0x101, exact=False), [TKHD]),
        (Exclusion("/moov/trak/tkhd", flags=8, exact=False), []),
        (Exclusion("/moov/trak/tkhd", version=1, flags=7), []),
        (Exclusion("/free", version=0), []),
        (Exclusion("/free", flags=0, exact=False), []),
        (Exclusion("/moov/trak/tkhd", data=((12, b"abc"),)), [SECOND]),
        (Exclusion("/moov/trak/tkhd", data=((4, b"tkhd"), (12, b"abc"))), [SECOND]),
        (Exclusion("/moov/trak/tkhd", data=((4, b"tkhd"), (12, b"abd"))), []),
        (Exclusion("/moov/trak/tkhd", data=((14, b"cu"),)), []),
        (
            Exclusion("/uuid", data=((8, b"other extended u"),)),
            [box("uuid", b"other extended udata")],
        ),
        (C2PA, []),
        (Exclusion("/mdat", subset=(Range(16, 0),)), [MDAT[16:]]),
        (
            Exclusion("/mdat", subset=(Range(0, 4), Range(4, 2), Range(40, 99))),
            [MDAT[:4], MDAT[4:6], MDAT[40:]],
        ),
        (Exclusion("/mdat", subset=(Range(44, 0),)), []),
        (Exclusion("/mdat", subset=(Range(1 << 40, 5),)), []),
    ],
    ids=str,
)
def test_what_a_rule_leaves_out(rule: Exclusion, expected: list[bytes]) -> None:
    assert left_out(rule) == expected


def test_rules_may_overlap() -> None:
    both = (
        Exclusion("/mdat", subset=(Range(4, 10),)),
        Exclusion("/mdat", subset=(Range(8, 20), Range(40, 2))),
    )
    assert left_out(*both) == [MDAT[4:28], MDAT[40:42]]
    assert left_out(Exclusion("/moov/trak"), Exclusion("/moov"), Exclusion("/moov/trak/tkhd")) == [
        FILE[44 : FILE.index(b"mdat") - 4]
    ]


def at(code: bytes) -> bytes:
    return (FILE.index(code) - 4).to_bytes(8)


def test_what_is_hashed_of_each_box() -> None:
    rules = (
        Exclusion("/free"),
        Exclusion("/moov/trak"),
        Exclusion("/mdat", subset=(Range(0, 4), Range(16, 0))),
    )
    last = box("skip", b"data"), box("uuid", b"other extended u", b"data")
    expected = [
        *(bytes(8), ftyp()),
        *(at(b"moov"), FILE[44:52]),
        *(at(b"mdat"), MDAT[4:16]),
        *(at(b"skip"), last[0]),
        *(at(b"uuid"), last[1]),
    ]
    assert hashed(*rules) == expected
    assert hashed(*rules, with_offsets=False) == expected[1::2]


def test_a_box_of_which_all_parts_are_left_out_still_has_its_place() -> None:
    """As the reference has it: only a rule without subset takes the place away as well."""
    whole = Exclusion("/skip"), Exclusion("/skip", subset=(Range(0, 0),))
    assert at(b"skip") not in hashed(whole[0])
    assert at(b"skip") in hashed(whole[1])
    assert at(b"skip") not in hashed(*whole)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), max_size=12))
def test_what_is_hashed_and_what_is_left_out_are_the_whole(parts: list[tuple[int, int]]) -> None:
    rules = [
        Exclusion(f"/{code}", subset=(Range(*part),)) for code in ("moov", "mdat") for part in parts
    ]
    excluded = apply(*rules)
    kept = remaining(asset(FILE).layout.blocks, excluded, with_offsets=False)
    offsets = [offset for part in (*kept, *excluded.ranges) for offset in range(part[0], sum(part))]
    assert sorted(offsets) == list(range(len(FILE)))


@pytest.mark.parametrize(
    ("rules", "with_trees", "expected"),
    [
        ([C2PA, INDEX], False, False),
        ([C2PA, INDEX, BRANDS], False, False),
        ([C2PA, INDEX, MEDIA], True, False),
        ([C2PA, INDEX, MEDIA], False, True),
        ([Exclusion("/mdat", subset=(Range(15, 0),))], True, True),
        ([Exclusion("/mdat", subset=(Range(16, 0),), length=44)], True, True),
        ([Exclusion("/mdat")], True, True),
        ([Exclusion("/uuid")], False, True),
        ([Exclusion("/uuid", data=((8, b"other extended u"),))], False, True),
        ([Exclusion("/moov/trak/tkhd")], False, True),
        ([Exclusion("/moof/traf/tfhd")], False, False),  # there is none in the file
        ([Exclusion("/free")], False, False),
        ([Exclusion("/free"), Exclusion("/skip")], False, True),
        ([Exclusion("/skip", length=3)], False, False),
        ([Exclusion("/skip", subset=(Range(8, 0),))], False, True),
    ],
    ids=str,
)
def test_additional_exclusions(rules: list[Exclusion], with_trees: bool, expected: bool) -> None:
    """All but what must be left out, and empty padding; content would be hidden in the other."""
    assert bool(apply(*rules, with_trees=with_trees).outside) is expected


@pytest.mark.parametrize("more", [ftyp("heic"), box("mfra", b"hidden")])
def test_boxes_that_must_be_left_out_hold_nothing_else(more: bytes) -> None:
    assert apply(C2PA, INDEX, BRANDS, data=FILE + more).outside


def test_the_box_of_the_store_is_left_out() -> None:
    data = embed(FILE)
    [frame] = [store.frame for store in asset(data).layout.stores]
    excluded = apply(C2PA, data=data)
    assert excluded == Excluded((frame,), frozenset({frame.start}), outside=())


WRITTEN = [
    Exclusion("/moov/trak[2]", length=9, version=1, flags=0x010203, exact=False),
    Exclusion("/mdat", data=((8, b"x"), (0, b"y")), subset=(Range(0, 3), Range(3, 0))),
    C2PA,
]


def test_a_list_is_read_as_it_is_written() -> None:
    assert box_exclusions.decode([rule.encode() for rule in WRITTEN]) == tuple(WRITTEN)


def test_null_is_absent() -> None:
    """Old generators write every field."""
    names = ("length", "data", "subset", "version", "flags", "exact")
    assert box_exclusions.decode([{"xpath": "/ftyp"} | dict.fromkeys(names)]) == (BRANDS,)


NO_LISTS: list[object] = [[], {}, [{}], [{"offset": 1}]]


@pytest.mark.parametrize(
    "value",
    [
        *(None, [], {}, ["/ftyp"], [{}], [{"xpath": 1}], [{"xpath": "/a"}] * 257),
        *([{"xpath": "/free", "length": value}] for value in (-1, "8", 8.0, True)),
        *([{"xpath": "/free", "version": value}] for value in (-1, b"")),
        *([{"xpath": "/free", "flags": value}] for value in (7, b"", b"\\0\\0", bytes(4))),
        [{"xpath": "/free", "exact": 1}],
        *([{"xpath": "/free", "data": value}] for value in NO_LISTS),
        [{"xpath": "/free", "data": [{"offset": -1, "value": b""}]}],
        [{"xpath": "/free", "data": [{"offset": 0, "value": "text"}]}],
        *([{"xpath": "/free", "subset": value}] for value in NO_LISTS),
        [{"xpath": "/free", "subset": [{"offset": -1, "length": 4}]}],
        [{"xpath": "/free", "subset": [{"offset": 1, "length": -4}]}],
        [{"xpath": "/free", "subset": [{"offset": 4, "length": 4}, {"offset": 0, "length": 4}]}],
        [{"xpath": "/free", "subset": [{"offset": 0, "length": 6}, {"offset": 4, "length": 4}]}],
        [{"xpath": "/free", "subset": [{"offset": 0, "length": 0}, {"offset": 4, "length": 4}]}],
    ],
    ids=repr,
)
def test_what_is_no_list_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        box_exclusions.decode(value)


@pytest.mark.parametrize("xpath", ["", "free", "//free", "/free[0]", "/free/", "/toolong"])
def test_what_is_no_path_is_malformed(xpath: str) -> None:
    with pytest.raises(Malformed):
        apply(Exclusion(xpath))


def test_what_is_compared_has_a_limit() -> None:
    value = [{"xpath": "/free", "data": [{"offset": 0, "value": bytes(limits.BOX_DATA + 1)}]}]
    with pytest.raises(LimitExceeded):
        box_exclusions.decode(value)


def test_boxes_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether they match or not, and as often as parts of them are named."""
    data = ftyp() + box("free") * 10
    monkeypatch.setattr(limits, "EXCLUDED_BOXES", 20)
    nothing = Exclusion("/free", length=1)
    assert apply(nothing, nothing, data=data).ranges == ()
    with pytest.raises(LimitExceeded):
        apply(nothing, nothing, nothing, data=data)
    with pytest.raises(LimitExceeded):
        apply(Exclusion("/free", subset=(Range(0, 1), Range(1, 1), Range(2, 1))), data=data)
    with pytest.raises(LimitExceeded):
        apply(Exclusion("/free", data=((4, b"free"), (4, b"skip"))), data=data)
    with pytest.raises(LimitExceeded):
        apply(Exclusion("/free", data=((4, bytes(100)),)), data=data)


def test_large_padding_is_looked_at_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CHUNK", 64)
    blank = ftyp() + box("free", bytes(1000))
    assert apply(Exclusion("/free"), data=blank).outside == ()
    assert apply(Exclusion("/free"), data=blank[:-1] + b"\1").outside == (
        Range(len(blank) - 1000, 1000),
    )


def test_boxes_on_the_way_that_do_not_fit_are_malformed() -> None:
    data = ftyp() + moov(track([100]))
    at_trak = data.index(b"trak") - 4
    with pytest.raises(Malformed):
        apply(Exclusion("/moov/trak/tkhd"), data=data[:at_trak] + b"\xff" + data[at_trak + 1 :])


def test_top_level_boxes_are_those_of_the_layout() -> None:
    assert asset(FILE).layout.blocks[0] == Block("ftyp", 0, 24)
