"""The box hash: names of boxes, what is unknown, and what is left out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import cast

import pytest

from aidisclose import limits
from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import BindingResult, Fields, UnsupportedAlgorithm
from aidisclose.codec import cbor
from aidisclose.containers.container import BoxMapped
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.io.digest import digests
from aidisclose.io.source import Range
from tests.bindings.build import BOXES, TERMS, asset, bind, check, embed, flip, is_noticed
from tests.containers import samples
from tests.containers.samples import jpeg, jpeg_segment, mpf_jpeg, png, png_chunk
from tests.containers.samples_images import gif, jxl

OTHER_APP11 = jpeg_segment(0xEB, b"something else")


def runs_of(fields: Fields) -> list[Fields]:
    return cast("list[Fields]", fields["boxes"])


def names(data: bytes) -> list[list[str]]:
    """As they are written for a file, by runs."""
    return [cast("list[str]", run["names"]) for run in runs_of(bind(BOXES, data))]


def listing(data: bytes, *, alg: str = "sha256") -> Fields:
    """A binding in which each box has a run of its own, as the reference writes it."""
    one = asset(data)
    assert isinstance(one.container, BoxMapped)
    frames = {store.frame.start: store.frame for store in one.layout.stores}
    runs: list[Fields] = []
    end = 0
    for box in next(iter(one.container.boxes(one.source, one.layout))):
        if box.start < end:
            continue
        end = box.end
        if frame := frames.get(box.start):
            end = frame.end
            runs.append({"names": ["C2PA"], "hash": b"\0", "excluded": True, "pad": b""})
        else:
            value = hashlib.new(alg, data[box.start : box.end]).digest()
            runs.append({"names": [box.name], "alg": alg, "hash": value, "pad": b""})
    return {"boxes": runs}


def changed(fields: Fields, name: str, **changes: object) -> Fields:
    """The binding with other fields in the first run of a box."""
    runs = runs_of(fields)
    number = next(number for number, run in enumerate(runs) if run["names"] == [name])
    merged = {key: value for key, value in (runs[number] | changes).items() if value is not ...}
    return {**fields, "boxes": [*runs[:number], merged, *runs[number + 1 :]]}


TABLES = ["DQT", "DQT", "SOF0", "DHT", "DHT", "DHT", "DHT", "SOS"]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (jpeg, [["SOI", "APP0"], ["C2PA"], [*TABLES, "EOI"]]),
        (
            lambda: jpeg(restart_marker_blocks=2),
            [["SOI", "APP0"], ["C2PA"], [*TABLES[:-1], "DRI", "SOS", "RST0", "RST1", "EOI"]],
        ),
        (lambda: jpeg()[:-2], [["SOI", "APP0"], ["C2PA"], TABLES]),
        (lambda: jpeg() + b"more", [["SOI", "APP0"], ["C2PA"], [*TABLES, "EOI", "c2pa.after"]]),
        (
            lambda: jpeg()[:20] + OTHER_APP11 + jpeg()[20:],
            [["SOI", "APP0"], ["C2PA"], ["APP11", *TABLES, "EOI"]],
        ),
        (png, [["PNGh", "IHDR"], ["C2PA"], ["IDAT", "IEND"]]),
        (lambda: png() + b"more", [["PNGh", "IHDR"], ["C2PA"], ["IDAT", "IEND", "c2pa.after"]]),
        (
            lambda: gif(version=b"89a"),
            [["GIF89a", "LSD"], ["C2PA"], ["2C", "TBID", "3B"]],
        ),
    ],
)
def test_names_of_boxes(make: Callable[[], bytes], expected: list[list[str]]) -> None:
    data = embed(make())
    assert names(data) == expected
    assert check(BOXES, data, bind(BOXES, data)) == BindingResult()


def test_the_images_of_a_multi_picture_file_are_listed() -> None:
    data = embed(mpf_jpeg())
    before, store, after = names(data)
    assert before + store == ["SOI", "APP1", "C2PA"]
    assert after == ["APP2", *TABLES, "EOI", *["SOI", "APP0", *TABLES, "EOI"] * 2]


@pytest.mark.parametrize("make", [jpeg, png, gif, jxl, mpf_jpeg, lambda: jpeg(progressive=True)])
def test_each_box_may_have_a_run_of_its_own(make: Callable[[], bytes]) -> None:
    data = embed(make())
    fields = listing(data)
    assert check(BOXES, data, fields) == BindingResult()
    [frame] = [store.frame for store in asset(data).layout.stores]
    offsets = [at for at in range(0, len(data), 29) if not frame.start <= at < frame.end]
    assert [at for at in offsets if not is_noticed(BOXES, flip(data, at), fields)] == []


def test_further_images_may_be_listed_as_what_follows() -> None:
    data = embed(mpf_jpeg())
    fields = listing(data)
    runs = runs_of(fields)
    first = next(at for at, run in enumerate(runs) if run["names"] == ["EOI"]) + 1
    end = data.index(b"\xff\xd9\xff\xd8") + 2
    after = {"names": ["c2pa.after"], "alg": "sha256", "hash": hashlib.sha256(data[end:]).digest()}
    whole: Fields = {"boxes": [*runs[:first], after]}
    assert check(BOXES, data, whole) == BindingResult()
    assert is_noticed(BOXES, flip(data, len(data) - 1), whole)
    assert is_noticed(BOXES, data + b"more", whole)


def test_what_follows_may_be_one_box() -> None:
    data = embed(jpeg())
    *runs, last = runs_of(listing(data))
    assert last["names"] == ["EOI"]
    after = {**last, "names": ["c2pa.after"]}
    assert check(BOXES, data, {"boxes": [*runs, after]}) == BindingResult()
    assert is_noticed(BOXES, data + b"more", {"boxes": [*runs, after]})
    assert check(BOXES, data, {"boxes": [*runs, last, after]}).failure is not None


def test_the_parts_of_a_scan_as_the_reference_sees_them() -> None:
    """To it, all of a scan belongs to the SOS box, and RST boxes are markers."""
    data = embed(jpeg(restart_marker_blocks=2))
    fields = listing(data)
    start = data.index(b"\xff\xda")
    scan = hashlib.sha256(data[start:-2]).digest()
    reference = changed(fields, "SOS", hash=scan)
    for match in re.finditer(rb"\xff[\xd0-\xd7]", data[start:]):
        name = f"RST{match[0][1] - 0xD0}"
        reference = changed(reference, name, hash=hashlib.sha256(match[0]).digest())
    assert reference != fields
    assert check(BOXES, data, reference) == BindingResult()
    assert check(BOXES, data, changed(fields, "SOS", hash=scan)).failure is not None
    for at in range(start, len(data)):
        assert is_noticed(BOXES, flip(data, at), reference)


UNKNOWN = [
    pytest.param(jpeg, jpeg_segment(0xFE, b"comment"), 2, id="comment"),
    pytest.param(jpeg, OTHER_APP11, 2, id="APP11 before the store"),
    pytest.param(jpeg, OTHER_APP11, -2, id="APP11 after the store"),
    pytest.param(jpeg, b"trailing bytes", None, id="after EOI"),
    pytest.param(jpeg, jpeg(), None, id="another image"),
    pytest.param(png, png_chunk(b"tEXt", b"a\0b"), -12, id="chunk"),
    pytest.param(png, png_chunk(b"tEXt", b"a\0b"), None, id="chunk after IEND"),
    pytest.param(gif, b"\x21\xfe\x01x\0", -1, id="GIF comment"),
    pytest.param(gif, b"\x21\xfe\x01x\0", None, id="after the GIF trailer"),
    pytest.param(jxl, b"\0\0\0\x09xml x", None, id="JPEG XL box"),
    pytest.param(jxl, b"\0\0\0\x0cjumb\0\0\0\0", None, id="JUMBF box"),
]


@pytest.mark.parametrize(("make", "more", "at"), UNKNOWN)
def test_a_box_more_is_unknown(make: Callable[[], bytes], more: bytes, at: int | None) -> None:
    data = embed(make())
    place = len(data) if at is None else at
    for fields in (bind(BOXES, data), listing(data)):
        outcome = check(BOXES, data[:place] + more + data[place:], fields)
        assert outcome.failure is not None
        assert outcome.code == "unknownBox"


def test_a_box_less_or_elsewhere_is_a_mismatch() -> None:
    one, two = png_chunk(b"tEXt", b"a\0b"), png_chunk(b"zTXt", b"a\0\0b")
    at = len(png()) - 12
    data, moved, shorter = (
        embed(png()[:at] + parts + png()[at:]) for parts in (one + two, two + one, one)
    )
    for fields in (bind(BOXES, data), listing(data)):
        for other in (moved, shorter):
            outcome = check(BOXES, other, fields)
            assert (outcome.failure is None, outcome.code) == (False, "mismatch")


def test_a_store_elsewhere_is_a_mismatch() -> None:
    data = embed(png())
    [frame] = [store.frame for store in asset(data).layout.stores]
    text = png_chunk(b"tEXt", b"a\0b")
    store = data[frame.start : frame.end]
    fields = bind(BOXES, data[: frame.end] + text + data[frame.end :])
    assert is_noticed(BOXES, data[: frame.start] + text + store + data[frame.end :], fields)


def test_a_second_store_is_unknown() -> None:
    data = embed(png())
    [frame] = [store.frame for store in asset(data).layout.stores]
    twice = data[: frame.end] + data[frame.start : frame.end] + data[frame.end :]
    assert check(BOXES, twice, bind(BOXES, data)).code == "unknownBox"


def test_excluded_boxes_are_reported() -> None:
    data = embed(png()[:33] + png_chunk(b"tEXt", b"a\0b") + png()[33:])
    fields = changed(listing(data), "tEXt", excluded=True, hash=b"\0")
    at = data.index(b"tEXta") + 4
    outside = BindingResult(outside=(Range(at - 8, 15),))
    assert check(BOXES, data, fields) == outside
    assert check(BOXES, flip(data, at), fields) == outside
    assert check(BOXES, data, changed(fields, "tEXt", excluded=False)).failure is not None
    assert is_noticed(BOXES, flip(data, at), listing(data))


def test_exclusions_in_a_box() -> None:
    """Offsets count from the start of the box; `boxIndex` says which one of a run."""
    text = png_chunk(b"tEXt", b"Author\0somebody")
    written = embed(png()[:33] + text + png()[33:])
    [frame] = [store.frame for store in asset(written).layout.stores]
    # With the store where the reference writes it, before the text.
    rest = written[: frame.start] + written[frame.end :]
    data = rest[:33] + written[frame.start : frame.end] + rest[33:]
    at = data.index(text)
    value = hashlib.sha256(data[at : at + 15] + data[at + 23 : at + len(text)]).digest()
    rule = {"start": 15, "length": 8}
    fields = changed(listing(data), "tEXt", hash=value, exclusions=[rule])
    assert check(BOXES, data, fields) == BindingResult(outside=(Range(at + 15, 8),))
    assert check(BOXES, flip(data, at + 15), fields).failure is None
    assert check(BOXES, flip(data, at + 22), fields).failure is None
    assert is_noticed(BOXES, flip(data, at + 14), fields)
    assert is_noticed(BOXES, flip(data, at + 23), fields)

    run = bind(BOXES, data)
    *_, (first, *others) = names(data)
    assert first == "tEXt"
    tail = data[at : at + 15] + data[at + 23 :]
    merged: Fields = {"names": [first, *others], "hash": hashlib.sha256(tail).digest()}
    merged |= {"alg": "sha256", "exclusions": [{**rule, "boxIndex": 0}]}
    whole: Fields = {"boxes": [*runs_of(run)[:-1], merged]}
    assert check(BOXES, data, whole) == BindingResult(outside=(Range(at + 15, 8),))
    assert check(BOXES, flip(data, at + 15), whole).failure is None
    assert is_noticed(BOXES, flip(data, at + 23), whole)


def test_an_exclusion_beyond_its_box_is_a_mismatch() -> None:
    data = embed(png())
    fields = changed(listing(data), "IHDR", exclusions=[{"start": 24, "length": 2}])
    outcome = check(BOXES, data, fields)
    assert (outcome.failure is None, outcome.code) == (False, "mismatch")


NO_NAMES: list[object] = [..., None, [], [1], "IHDR", {}]
NO_LISTS: list[object] = [[], {}, [1], [{}], [{"start": 1}]]


@pytest.mark.parametrize(
    "changes",
    [
        *({"names": value} for value in NO_NAMES),
        {"names": ["C2PA", "IHDR"]},
        *({"excluded": value} for value in (1, "true")),
        *({"exclusions": value} for value in NO_LISTS),
        {"exclusions": [{"start": -1, "length": 1}]},
        {"exclusions": [{"start": 1, "length": -1}]},
        {"exclusions": [{"start": 1, "length": 1, "boxIndex": 1}]},
        {"exclusions": [{"start": 1, "length": 1, "boxIndex": -1}]},
        {"exclusions": [{"start": 4, "length": 2}, {"start": 5, "length": 1}]},
        {"exclusions": [{"start": 4, "length": 2}, {"start": 1, "length": 1}]},
    ],
    ids=repr,
)
def test_what_is_malformed(changes: dict[str, object]) -> None:
    data = embed(png())
    with pytest.raises(Malformed):
        check(BOXES, data, changed(listing(data), "IHDR", **changes))


def test_of_several_boxes_one_must_be_named() -> None:
    data = embed(png())
    first, *others = runs_of(bind(BOXES, data))
    first = {**first, "exclusions": [{"start": 1, "length": 1}]}
    with pytest.raises(Malformed):
        check(BOXES, data, {"boxes": [first, *others]})


@pytest.mark.parametrize("boxes", [None, [], {}, "boxes", [1]], ids=repr)
def test_the_list_must_be_there(boxes: object) -> None:
    with pytest.raises(Malformed):
        check(BOXES, embed(png()), {"boxes": boxes})


@pytest.mark.parametrize("value", [..., None, b"", "text", 0], ids=repr)
def test_a_hash_must_be_there(value: object) -> None:
    data = embed(png())
    outcome = check(BOXES, data, changed(listing(data), "IHDR", hash=value))
    assert (outcome.failure is None, outcome.code) == (False, "mismatch")


def test_the_algorithm_of_a_box_counts_before_that_of_all() -> None:
    data = embed(png())
    fields = listing(data)
    value = hashlib.sha512(data[8:33]).digest()
    mixed = changed(fields, "IHDR", alg="sha512", hash=value)
    assert check(BOXES, data, mixed) == BindingResult()
    inherited = changed({**listing(data), "alg": "sha512"}, "IHDR", alg=..., hash=value)
    assert check(BOXES, data, inherited) == BindingResult()
    assert is_noticed(BOXES, data, {**changed(fields, "IHDR", alg=...), "alg": "sha512"})


@pytest.mark.parametrize("alg", ["sha1", 256, b"sha256"])
def test_other_algorithms_are_not_supported(alg: object) -> None:
    data = embed(png())
    with pytest.raises(UnsupportedAlgorithm):
        check(BOXES, data, changed(listing(data), "IHDR", alg=alg))
    with pytest.raises(UnsupportedAlgorithm):
        check(BOXES, data, {**listing(data), "alg": alg})


def test_the_signature_of_png_need_not_be_listed() -> None:
    data = embed(png())
    _, *others = runs_of(listing(data))
    assert check(BOXES, data, {"boxes": others}) == BindingResult()


@pytest.mark.parametrize("data", [embed(jpeg(restart_marker_blocks=1)), embed(mpf_jpeg())])
def test_boxes_have_a_limit(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each restart marker, and those of images behind the first."""
    fields = bind(BOXES, data)
    one = asset(data)
    monkeypatch.setattr(limits, "BLOCKS", len(one.layout.blocks))
    with pytest.raises(LimitExceeded):
        BINDINGS[BOXES].check(one, fields, None)


def test_a_marker_across_two_looks_is_found() -> None:
    """The scan is read in pieces."""
    noise = samples._large_jpeg(1 << 20)
    start = noise.index(b"\xff\xda")
    length = int.from_bytes(noise[start + 2 : start + 4])
    border = start + 2 + length + 256 * limits.KIB
    for shift in (-2, -1, 0):
        at = border + shift
        data = embed(noise[:at] + b"\xff\xd3" + noise[at:])
        assert "RST3" in names(data)[-1]


@pytest.mark.parametrize("make", [jpeg, png, gif, jxl])
@pytest.mark.parametrize("more", [0, 1, 23, 24, 300])
def test_what_fills_reserved_space_is_blank(make: Callable[[], bytes], more: int) -> None:
    """C2PA 2.5 §14.12.1: padding is zeros; anything else could be read as content by somebody."""
    bound = asset(embed(make()))
    binding = BINDINGS[BOXES]
    values = digests(bound.source, binding.plans(bound, TERMS))
    encoded = binding.encode(bound, TERMS, values, binding.size(bound, TERMS) + more)
    assert len(encoded) == binding.size(bound, TERMS) + more
    for run in runs_of(cast("Fields", cbor.decode(encoded))):
        for name in ("pad", "pad2"):
            assert not any(cast("bytes", run.get(name, b"")))
