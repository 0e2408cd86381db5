"""Labels of GB 45438-2025 in films and sound: among metadata by keys, which stays what it is."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import carriers, limits
from aidisclose.containers import Edits, bmff
from aidisclose.containers.isobox import Paths, walk
from aidisclose.errors import AidiscloseError, LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource, Source
from tests.containers.samples_bmff import (
    TITLE,
    SparseSource,
    box,
    fragments,
    ftyp,
    full,
    hdlr,
    item_list,
    itunes,
    keyed,
    moov,
    movie,
    segment,
    track,
)

LABEL = b'{"Label":"1","ContentProducer":"ACME","ProduceID":"1"}'
OTHER = LABEL.replace(b"ACME", b"another producer")
NAMED = (b"AIGC", b'{"Label":"2"}')


def edit(data: bytes, label: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = bmff.rewrite(source, bmff.scan(source), Edits(aigc=label))
    return splice.read_at(0, splice.size)


def contents(source: Source, path: str) -> list[bytes]:
    boxes = Paths(source, tuple(walk(source))).find(path)
    return [source.read_at(found.body, found.end - found.body) for found in boxes]


def labels(data: bytes) -> list[tuple[str, str]]:
    source = BytesSource(data)
    found = carriers.read(source, bmff.scan(source)).labels
    return [(label.place, (label.fields or {}).get("ContentProducer", "")) for label in found]


def udta(*inside: bytes) -> bytes:
    return box("udta", *inside)


def full_meta(*inside: bytes) -> bytes:
    return full("meta", 0, 0, *inside)


PLACES = {
    "nothing": (movie(), "/moov/udta/meta"),
    "at the end": (movie(first=False), "/moov/udta/meta"),
    "large box": (movie(large=True, width=8), "/moov/udta/meta"),
    "fragments": (fragments(), "/moov/udta/meta"),
    "user data": (movie(more=udta(box("name", b"x"))), "/moov/udta/meta"),
    "user data with an end": (movie(more=udta(box("name", b"x"), bytes(4))), "/moov/udta/meta"),
    "iTunes": (movie(more=itunes()), "/moov/meta"),
    "keys": (movie(more=udta(full_meta(*keyed(TITLE)))), "/moov/udta/meta"),
    "keys of QuickTime": (movie(more=box("meta", *keyed(TITLE))), "/moov/meta"),
    "keys and iTunes": (movie(more=itunes() + box("meta", *keyed(TITLE))), "/moov/meta"),
    "other metadata": (movie(more=full_meta(hdlr(b"null"))), "/moov/udta/meta"),
}
each_place = pytest.mark.parametrize(("data", "place"), PLACES.values(), ids=PLACES)


@each_place
def test_a_label_joins_what_is_there(data: bytes, place: str) -> None:
    after = edit(data, LABEL)
    keys = contents(BytesSource(after), f"{place}/keys")
    values = contents(BytesSource(after), f"{place}/ilst")
    named = [TITLE, (b"AIGC", LABEL)] if b"mdta" in data else [(b"AIGC", LABEL)]
    _, expected_keys, expected_values = keyed(*named)
    assert keys == [expected_keys[8:]]
    assert values == [expected_values[8:]]
    assert labels(after) == [("MP4 metadata", "ACME")]
    assert labels(edit(after, OTHER)) == [("MP4 metadata", "another producer")]
    assert edit(edit(after, OTHER), LABEL) == after
    assert edit(after, None) == data
    assert edit(data, None) == data


def test_only_the_form_of_quicktime_is_without_a_version() -> None:
    assert contents(BytesSource(edit(movie(), LABEL)), "/moov/udta/meta")[0][:4] == bytes(4)
    inside = contents(BytesSource(edit(movie(more=itunes()), LABEL)), "/moov/meta")[0]
    assert inside[4:8] == b"hdlr"


@pytest.mark.parametrize("size", [0, 1])
def test_a_movie_of_any_form_of_size_grows(size: int) -> None:
    """It may end with the file, or have a size of 64 bits."""
    inner = moov(track([500]))[8:]
    data = ftyp() + box("mdat", bytes(1000))
    if size:
        data += struct.pack(">I4sQ", 1, b"moov", 16 + len(inner)) + inner
    else:
        data += struct.pack(">I4s", 0, b"moov") + inner
    after = edit(data, LABEL)
    assert labels(after) == [("MP4 metadata", "ACME")]
    assert edit(after, None) == data


@pytest.mark.parametrize("name", [b"AIGC", b"aigc"])
def test_a_label_of_others_is_replaced(name: bytes) -> None:
    """A name in the midst of others stays: those behind it have their places by number."""
    pairs = [TITLE, (name, NAMED[1]), (b"encoder", b"Lavf")]
    data = movie(more=udta(full_meta(*keyed(*pairs))))
    after = edit(data, LABEL)
    assert labels(after) == [("MP4 metadata", "ACME")]
    (values,) = contents(BytesSource(after), "/moov/udta/meta/ilst")
    numbered = [(index.to_bytes(4), value) for index, (_, value) in enumerate(pairs, 1)]
    kept = item_list(numbered[0], numbered[2])[8:]
    assert values == kept + item_list(((2).to_bytes(4), LABEL))[8:]
    gone = edit(after, None)
    assert labels(gone) == []
    assert contents(BytesSource(gone), "/moov/udta/meta/ilst") == [kept]
    assert contents(BytesSource(gone), "/moov/udta/meta/keys") == contents(
        BytesSource(data), "/moov/udta/meta/keys"
    )


def test_of_labels_in_both_places_one_is_left() -> None:
    both = udta(full_meta(*keyed(TITLE, NAMED))) + box("meta", *keyed(NAMED))
    data = movie(more=both)
    assert len(labels(data)) == 2
    assert labels(edit(data, LABEL)) == [("MP4 metadata", "ACME")]
    assert edit(data, None) == movie(more=udta(full_meta(*keyed(TITLE))))


@pytest.mark.parametrize(
    "data",
    [
        movie(more=itunes() + full_meta(hdlr(b"null"))),
        movie(more=itunes() + full_meta(hdlr(b"mdta"), full("keys", 0, 0, bytes(4)))),
        ftyp() + box("mdat", bytes(9)),
        segment(),
    ],
)
def test_a_label_without_a_place_is_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedFormat, match="AIGC label"):
        edit(data, LABEL)
    assert edit(data, None) == data


def listed(keys: bytes, ilst: bytes) -> bytes:
    return movie(more=udta(full_meta(hdlr(b"mdta"), keys, ilst)))


HDLR, KEYS, ILST = keyed(TITLE)
BROKEN = {
    "a million keys": listed(keyed(TITLE, count=1_000_000)[1], ILST),
    "negative number of keys": listed(keyed(TITLE, count=0xFFFFFFFF)[1], ILST),
    "fewer keys": listed(keyed(TITLE, NAMED, count=1)[1], ILST),
    "no number": listed(box("keys", bytes(5)), ILST),
    "empty": listed(box("keys"), ILST),
    "long key": listed(full("keys", 0, 0, b"\0\0\0\1", b"\0\0\1\0mdtatitle"), ILST),
    "short key": listed(full("keys", 0, 0, b"\0\0\0\1", b"\0\0\0\7mdtatitle"), ILST),
    "long value": listed(KEYS, box("ilst", b"\xff\xff\xff\xff\0\0\0\1data")),
    "short value": listed(KEYS, box("ilst", b"\0\0\0\3\0\0\0\1data")),
    "endless key": listed(full("keys", 0, 0, b"\0\0\0\1", bytes(4) + b"mdtatitle"), ILST),
    "endless value": listed(KEYS, box("ilst", bytes(4) + b"\0\0\0\1data")),
    "endless list": movie(more=udta(bytes(4) + b"name")),
    "value without a key": listed(KEYS, item_list((b"\0\0\0\2", b"whose?"))),
    "bytes behind": listed(KEYS, box("ilst", b"\0\0\0\0\0")),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_metadata_that_cannot_be_followed_is_malformed(data: bytes) -> None:
    assert labels(data) == []
    with pytest.raises(MalformedFile):
        edit(data, LABEL)


def test_too_much_metadata_is_refused() -> None:
    pairs: Sequence[tuple[bytes, bytes]] = [TITLE] * (limits.TEXTS + 1)
    with pytest.raises(LimitExceeded, match="too many boxes"):
        edit(movie(more=udta(full_meta(*keyed(*pairs)))), LABEL)


def test_sizes_count_the_label_and_wider_offsets_at_once() -> None:
    """Behind 4 GiB, a label makes tables of offsets grow as well."""
    head = ftyp() + moov(track([(1 << 32) - 100]))
    size = 1 << 32
    head += struct.pack(">I4sQ", 1, b"mdat", size - len(head))
    source = SparseSource(head, size)
    splice = bmff.rewrite(source, bmff.scan(source), Edits(aigc=LABEL))
    (offsets,) = contents(splice, "/moov/trak/mdia/minf/stbl/co64")
    assert int.from_bytes(offsets[8:]) == (1 << 32) - 100 + splice.size - size
    assert contents(splice, "/moov/udta/meta/keys")
    assert [found.type for found in walk(splice)] == [b"ftyp", b"moov", b"mdat"]


@given(
    data=st.sampled_from([edit(data, LABEL) for data, _ in PLACES.values()]),
    back=st.integers(1, 400),
    patch=st.binary(min_size=1, max_size=4),
    label=st.sampled_from([OTHER, None]),
)
def test_hostile_metadata_raises_nothing_but_our_own_errors(
    data: bytes, back: int, patch: bytes, label: bytes | None
) -> None:
    """What is written in spite of it is the only label."""
    end = data.index(LABEL) + len(LABEL)
    start = max(24, end - back)
    changed = data[:start] + patch + data[start + len(patch) :]
    source = BytesSource(changed)
    try:
        list(carriers.read(source, bmff.scan(source)).labels)
        after = edit(changed, label)
    except AidiscloseError:
        return
    places = [place for place, _ in labels(after) if place == "MP4 metadata"]
    assert len(places) == (label is not None)
