"""Fields of bindings: what is refused, word for word, and what is just allowed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

import cbor2
import pytest

from aidisclose import limits
from aidisclose.bindings import (
    BINDINGS,
    binding,
    bmff_hash,
    box_exclusions,
    box_hash,
    collection_hash,
    data_hash,
    merkle,
    shown,
)
from aidisclose.bindings.binding import BindingResult, BindingTerms
from aidisclose.bindings.box_exclusions import Exclusion
from aidisclose.bindings.merkle import Proof, Tree
from aidisclose.containers import Block
from aidisclose.errors import AidiscloseError, Malformed, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource, Range
from aidisclose.manifest.spec import Spec
from tests.bindings.build import (
    BMFF,
    BOXES,
    COLLECTION,
    DATA,
    TERMS,
    asset,
    bind,
    check,
    embed,
    flip,
)
from tests.containers.samples import jpeg, png
from tests.containers.samples_bmff import movie
from tests.containers.samples_zip import plain

RULE: Final = {"xpath": "/free"}
BIND: Final = {"names": ["SOI"], "alg": "sha256", "hash": bytes(32)}
TREE: Final[dict[str, Any]] = {
    "uniqueId": 1,
    "localId": 0,
    "count": 2,
    "hashes": [bytes(32), bytes(32)],
    "alg": "sha256",
}
PROOF: Final = {"uniqueId": 1, "localId": 0, "location": 0}


def reason(call: Callable[[], object]) -> str:
    """Why a call is refused."""
    with pytest.raises(AidiscloseError) as caught:
        call()
    error = caught.value
    return error.reason if isinstance(error, Malformed) else str(error)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "x is not a list of 1 to 3 entries"),
        ({}, "x is not a list of 1 to 3 entries"),
        ([], "x is not a list of 1 to 3 entries"),
        ([{}] * 4, "x is not a list of 1 to 3 entries"),
        ("text", "x is not a list of 1 to 3 entries"),
        ([1], "an entry of x is not a map"),
        ([{}, None], "an entry of x is not a map"),
    ],
)
def test_lists_of_maps(value: object, said: str) -> None:
    assert reason(lambda: binding.maps(value, "x", most=3)) == said
    for count in (1, 3):
        assert binding.maps([{}] * count, "x", most=3) == [{}] * count


@pytest.mark.parametrize("value", [-1, True, 1.0, "1", [1]])
def test_numbers(value: object) -> None:
    assert reason(lambda: binding.natural({"x": value}, "x")) == "x is not a number from 0"
    assert binding.natural({"x": 0}, "x") == 0
    assert binding.natural({}, "x") is None


@pytest.mark.parametrize(
    ("fields", "default", "alg"),
    [
        ({"alg": "sha384"}, "sha256", "sha384"),
        ({}, "sha256", "sha256"),
        ({"alg": None}, "sha512", "sha512"),
    ],
)
def test_algorithms(fields: binding.Fields, default: str | None, alg: str) -> None:
    assert binding.algorithm(fields, default) == alg


@pytest.mark.parametrize("alg", ["sha1", "SHA256", 7, b"sha256"])
def test_algorithms_that_may_not_bind(alg: object) -> None:
    assert reason(lambda: binding.algorithm({"alg": alg}, "sha256")) == f"hash algorithm {alg!r}"
    assert reason(lambda: binding.algorithm({}, None)) == "hash algorithm None"


# Exclusions of boxes (C2PA 2.5 §18.7.3).


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"xpath": None}, "an exclusion without xpath"),
        ({"xpath": 7}, "an exclusion without xpath"),
        ({"flags": 7}, "flags is not a byte string of 3 bytes"),
        ({"flags": b"ab"}, "flags is not a byte string of 3 bytes"),
        ({"flags": b"abcd"}, "flags is not a byte string of 3 bytes"),
        ({"exact": 1}, "exact is not a boolean"),
        ({"length": -1}, "length is not a number from 0"),
        ({"version": "1"}, "version is not a number from 0"),
        ({"data": {}}, f"data is not a list of 1 to {limits.BOX_RULES} entries"),
        ({"data": [7]}, "an entry of data is not a map"),
        ({"data": [{}]}, "an entry of data without offset and value"),
        ({"data": [{"offset": 1}]}, "an entry of data without offset and value"),
        ({"data": [{"value": b""}]}, "an entry of data without offset and value"),
        ({"data": [{"offset": 1, "value": "a"}]}, "an entry of data without offset and value"),
        ({"data": [{"offset": -1, "value": b""}]}, "offset is not a number from 0"),
        (
            {"data": [{"offset": 1, "value": bytes(limits.BOX_DATA + 1)}]},
            f"an exclusion compares more than {limits.BOX_DATA} bytes",
        ),
        ({"subset": {}}, f"subset is not a list of 1 to {limits.EXCLUSIONS} entries"),
        ({"subset": [{}]}, "an entry of subset without offset and length"),
        ({"subset": [{"offset": 1}]}, "an entry of subset without offset and length"),
        ({"subset": [{"length": 1}]}, "an entry of subset without offset and length"),
        ({"subset": [{"offset": -1, "length": 1}]}, "offset is not a number from 0"),
        ({"subset": [{"offset": 1, "length": -1}]}, "length is not a number from 0"),
        (
            {"subset": [{"offset": 4, "length": 4}, {"offset": 7, "length": 1}]},
            "the parts of a box in subset overlap or are out of order",
        ),
        (
            {"subset": [{"offset": 4, "length": 0}, {"offset": 9, "length": 1}]},
            "the parts of a box in subset overlap or are out of order",
        ),
    ],
)
def test_rules_that_are_refused(change: dict[str, object], said: str) -> None:
    assert reason(lambda: box_exclusions.decode([RULE | change])) == said


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({}, Exclusion("/free")),
        ({"exact": True}, Exclusion("/free")),
        ({"exact": False}, Exclusion("/free", exact=False)),
        ({"flags": b"\0\1\2"}, Exclusion("/free", flags=0x000102)),
        ({"length": 0, "version": 0}, Exclusion("/free", length=0, version=0)),
        (
            {"data": [{"offset": 0, "value": bytes(limits.BOX_DATA)}]},
            Exclusion("/free", data=((0, bytes(limits.BOX_DATA)),)),
        ),
        (
            {"subset": [{"offset": 0, "length": 4}, {"offset": 4, "length": 0}]},
            Exclusion("/free", subset=(Range(0, 4), Range(4, 0))),
        ),
    ],
)
def test_rules(change: dict[str, object], rule: Exclusion) -> None:
    assert box_exclusions.decode([RULE | change]) == (rule,)


def test_how_many_rules_there_may_be() -> None:
    most = limits.BOX_RULES
    assert len(box_exclusions.decode([RULE] * most)) == most
    said = f"exclusions is not a list of 1 to {most} entries"
    assert reason(lambda: box_exclusions.decode([RULE] * (most + 1))) == said
    assert reason(lambda: box_exclusions.decode([])) == said


# The box hash (C2PA 2.5 §18.8).


def runs_of(fields: binding.Fields) -> tuple[dict[Any, Any], list[dict[Any, Any]]]:
    """The first run of boxes, and the others."""
    found: Any = fields["boxes"]
    return found[0], found[1:]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"names": None}, "an entry of boxes without names"),
        ({"names": []}, "an entry of boxes without names"),
        ({"names": "SOI"}, "an entry of boxes without names"),
        ({"names": ["SOI", 7]}, "an entry of boxes without names"),
        ({"names": ["SOI", "C2PA"]}, "the manifest store is listed together with other boxes"),
        ({"excluded": 1}, "excluded is not a boolean"),
        ({"alg": "md5"}, "hash algorithm 'md5'"),
        ({"exclusions": []}, f"exclusions is not a list of 1 to {limits.EXCLUSIONS} entries"),
        (
            {"exclusions": [{"start": 0}]},
            "an exclusion range without start, length and the index of a box",
        ),
        (
            {"exclusions": [{"length": 1}]},
            "an exclusion range without start, length and the index of a box",
        ),
        (
            {"exclusions": [{"start": 0, "length": 1, "boxIndex": 1}]},
            "an exclusion range without start, length and the index of a box",
        ),
        (
            {"names": ["SOI", "APP0"], "exclusions": [{"start": 0, "length": 1}]},
            "an exclusion range without start, length and the index of a box",
        ),
        (
            {"exclusions": [{"start": 0, "length": 2}, {"start": 1, "length": 1}]},
            "exclusion ranges overlap or are out of order",
        ),
        (
            {
                "names": ["SOI", "APP0"],
                "exclusions": [
                    {"start": 0, "length": 2, "boxIndex": 1},
                    {"start": 9, "length": 1, "boxIndex": 0},
                ],
            },
            "exclusion ranges overlap or are out of order",
        ),
        ({"exclusions": [{"start": -1, "length": 2}]}, "start is not a number from 0"),
    ],
)
def test_runs_of_boxes_that_are_refused(change: dict[str, object], said: str) -> None:
    assert reason(lambda: box_hash._decode({"boxes": [BIND | change]}, "sha256")) == said


def test_runs_of_boxes() -> None:
    """Exclusions may touch, and one box needs no index."""
    parts = [{"start": 0, "length": 2}, {"start": 2, "length": 1, "boxIndex": 0}]
    (run,) = box_hash._decode({"boxes": [BIND | {"exclusions": parts}]}, None)
    assert [tuple(each) for each in run.exclusions] == [(0, 0, 2), (0, 2, 1)]
    parts = [
        {"start": 5, "length": 2, "boxIndex": 0},
        {"start": 0, "length": 1, "boxIndex": 1},
    ]
    both = BIND | {"names": ["SOI", "APP0"], "exclusions": parts}
    (run,) = box_hash._decode({"boxes": [both]}, None)
    assert [tuple(each) for each in run.exclusions] == [(0, 5, 2), (1, 0, 1)]


@pytest.mark.parametrize(
    ("own", "all_of_it", "claim", "used"),
    [
        ("sha512", "sha384", "sha256", "sha512"),
        (None, "sha384", "sha256", "sha384"),
        (None, None, "sha256", "sha256"),
    ],
)
def test_the_nearest_algorithm_counts(
    own: str | None, all_of_it: str | None, claim: str, used: str
) -> None:
    fields: binding.Fields = {"boxes": [BIND | {"alg": own}], "alg": all_of_it}
    (run,) = box_hash._decode(fields, claim)
    assert run.alg == used


def test_what_is_left_out_needs_no_algorithm() -> None:
    for change in ({"names": ["C2PA"]}, {"excluded": True}):
        (run,) = box_hash._decode({"boxes": [BIND | change | {"alg": "md5"}]}, None)
        assert run.alg is None
    said = reason(lambda: box_hash._decode({"boxes": [BIND], "alg": "md5"}, "sha256"))
    assert said == "hash algorithm 'md5'"


def test_reasons_of_a_box_hash() -> None:
    data = embed(jpeg())
    fields = bind(BOXES, data)
    tables = data.index(b"\xff\xdb")
    assert check(BOXES, flip(data, len(data) - 3), fields).failure == (
        f"DQT to EOI at offset {tables} is not what was signed"
    )
    for names, said, code in (
        (["SOI"], "the box 'APP0' is not among the listed ones", "unknownBox"),
        (["APP0", "SOI"], "the boxes are not the listed ones in their order", "mismatch"),
    ):
        first, rest = runs_of(fields)
        outcome = check(BOXES, data, {"boxes": [first | {"names": names}, *rest]})
        assert (outcome.failure, outcome.code) == (said, code)
    outcome = check(BOXES, b'<svg xmlns="http://www.w3.org/2000/svg"/>', fields)
    assert outcome.failure == "a box hash on a file of a format that has none"
    assert outcome.is_unproven


def test_an_exclusion_to_the_end_of_its_box() -> None:
    data = embed(png())
    first, rest = runs_of(bind(BOXES, data))
    length = 8  # of the signature, the first box
    for start, said in ((4, None), (5, "an exclusion range reaches beyond its box 'PNGh'")):
        parts = [{"start": start, "length": 4, "boxIndex": 0}]
        hashed = data[:start] + data[start + 4 : data.index(b"caBX") - 4]
        run = first | {"exclusions": parts, "hash": hashlib.sha256(hashed).digest()}
        outcome = check(BOXES, data, {"boxes": [run, *rest]})
        assert outcome.failure == said
        if said is None:
            assert outcome.outside == (Range(4, length - 4),)


def block(name: str, start: int, length: int) -> Block:
    return Block(name, start, length)


@pytest.mark.parametrize(
    ("boxes", "joined"),
    [
        ([("SOI", 0, 2), ("APP0", 2, 5)], [("SOI", 0, 2), ("APP0", 2, 5)]),
        ([("SOI", 0, 2), ("APP0", 4, 5)], [("SOI", 0, 2), ("APP0", 2, 7)]),
        ([("SOI", 1, 2)], [("SOI", 1, 2)]),
        (
            [("SOI", 0, 2), ("C2PA", 4, 5), ("DQT", 10, 2)],
            [("SOI", 0, 2), ("C2PA", 4, 5), ("DQT", 9, 3)],
        ),
        (
            [("a", 0, 9), ("b", 2, 3), ("c", 10, 1)],
            [("a", 0, 9), ("b", 2, 3), ("c", 9, 2)],
        ),
    ],
)
def test_fill_bytes_belong_to_the_segment_behind_them(
    boxes: list[tuple[str, int, int]], joined: list[tuple[str, int, int]]
) -> None:
    """ITU-T T.81 §B.1.1.2; those before the store are its own affair."""
    found = box_hash._without_gaps([block(*each) for each in boxes])
    assert [tuple(each)[:3] for each in found] == joined


def test_the_last_boxes_may_be_listed_as_what_follows() -> None:
    boxes = [block("SOI", 0, 2), block("EOI", 2, 2), block("SOI", 4, 2), block("EOI", 6, 4)]
    listed = box_hash._as_listed(boxes, ["SOI", "EOI", "c2pa.after"], 10)
    assert [tuple(each)[:3] for each in listed] == [
        ("SOI", 0, 2),
        ("EOI", 2, 2),
        ("c2pa.after", 4, 6),
    ]
    listed = box_hash._as_listed(boxes, ["SOI", "c2pa.after"], 10)
    assert [tuple(each)[:3] for each in listed] == [("SOI", 0, 2), ("c2pa.after", 2, 8)]
    assert box_hash._as_listed(boxes, ["c2pa.after"], 10) == boxes
    names = ["SOI", "EOI", "SOI", "EOI", "c2pa.after"]
    assert box_hash._as_listed(boxes, names, 10) == boxes


# The collection hash (C2PA 2.5 §18.11).


@pytest.mark.parametrize(
    ("uris", "said"),
    [
        (None, f"uris is not a list of 1 to {limits.BLOCKS} entries"),
        ([], f"uris is not a list of 1 to {limits.BLOCKS} entries"),
        ({}, f"uris is not a list of 1 to {limits.BLOCKS} entries"),
        ([1], "an entry of uris is not a map"),
        ({"a": 1}, "an entry of uris is not a map"),
        ({1: {}}, "an entry of uris is not a map"),
        ([{"uri": "a"}], "an entry of a collection without uri and hash"),
        ([{"hash": b""}], "an entry of a collection without uri and hash"),
        ([{"uri": "a", "hash": "b"}], "an entry of a collection without uri and hash"),
        ([{"uri": 1, "hash": b"b"}], "an entry of a collection without uri and hash"),
        ([{"uri": "a" * 90, "hash": b"b"}] * 2, f"{'a' * 80!r} is listed twice"),
    ],
)
def test_collections_that_are_refused(uris: object, said: str) -> None:
    assert reason(lambda: collection_hash._decode(uris)) == said


def test_collections() -> None:
    assert collection_hash._decode([{"uri": "a", "hash": b"b"}]) == {"a": b"b"}
    assert collection_hash._decode({"ä b": {"hash": b"b", "uri": 7}}) == {"%C3%A4%20b": b"b"}


def test_reasons_of_an_archive() -> None:
    data = embed(plain())
    fields: dict[Any, Any] = dict(bind(COLLECTION, data))
    uri = fields["uris"][0]["uri"]
    del fields["zip_central_directory_hash"]
    assert reason(lambda: check(COLLECTION, data, fields)) == (
        "no hash of the directory of the archive"
    )
    fields = dict(bind(COLLECTION, data))
    outcome = check(COLLECTION, data, fields | {"zip_central_directory_hash": b"x"})
    assert outcome.failure == "the directory of the archive is not the one that was signed"
    changed = [fields["uris"][0] | {"hash": b"x"}, *fields["uris"][1:]]
    outcome = check(COLLECTION, data, fields | {"uris": changed})
    assert outcome.failure == f"{uri!r} in the archive is not the one that was signed"
    outcome = check(COLLECTION, data, fields | {"uris": fields["uris"][:-1]})
    last = fields["uris"][-1]["uri"]
    assert outcome.failure == f"{last!r} in the archive is not among what was signed"
    absent = {"uri": "absent", "hash": b"x"}
    outcome = check(COLLECTION, data, fields | {"uris": [*fields["uris"], absent]})
    assert (outcome.failure, outcome.code) == (
        "'absent' is not in the archive",
        "incorrectFileCount",
    )
    twice = [*fields["uris"], {"uri": f"{uri}/", "hash": b"x"}]
    assert reason(lambda: check(COLLECTION, data, fields | {"uris": twice})) == (
        f"{uri!r} is listed twice"
    )


# The data hash (C2PA 2.5 §18.6).


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "exclusions is not a list, or too long"),
        ([{}] * (limits.EXCLUSIONS + 1), "exclusions is not a list, or too long"),
        ([7], "an exclusion range without valid start and length"),
        ([{"start": 0}], "an exclusion range without valid start and length"),
        ([{"length": 0}], "an exclusion range without valid start and length"),
        ([{"start": -1, "length": 0}], "an exclusion range without valid start and length"),
        ([{"start": 0, "length": -1}], "an exclusion range without valid start and length"),
        ([{"start": True, "length": 0}], "an exclusion range without valid start and length"),
        (
            [{"start": 0, "length": 2}, {"start": 1, "length": 1}],
            "exclusion ranges overlap or are out of order",
        ),
    ],
)
def test_excluded_ranges_that_are_refused(value: object, said: str) -> None:
    assert reason(lambda: data_hash._decode_exclusions(value)) == said


def test_excluded_ranges() -> None:
    value = [{"start": 0, "length": 2}, {"start": 2, "length": 0}, {"start": 2, "length": 1}]
    assert data_hash._decode_exclusions(value) == (Range(0, 2), Range(2, 0), Range(2, 1))
    assert data_hash._decode_exclusions(None) == ()
    most = [{"start": each, "length": 1} for each in range(limits.EXCLUSIONS)]
    assert len(data_hash._decode_exclusions(most)) == limits.EXCLUSIONS


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (Range(0, 5), Range(5, 5), False),
        (Range(5, 5), Range(0, 5), False),
        (Range(0, 6), Range(5, 5), True),
        (Range(5, 5), Range(0, 6), True),
        (Range(2, 1), Range(0, 9), True),
    ],
)
def test_ranges_that_overlap(one: Range, other: Range, overlap: bool) -> None:
    assert data_hash._overlaps(one, other) is overlap


@pytest.mark.parametrize("alg", ["sha256", "sha384", "sha512"])
def test_room_for_a_data_hash(alg: str) -> None:
    """For two ranges with the largest numbers, and for padding, which takes five bytes or none."""
    whole = {
        "exclusions": [{"start": 2**64 - 1, "length": 2**64 - 1}] * 2,
        "name": "jumbf manifest",
        "alg": alg,
        "hash": bytes(hashlib.new(alg).digest_size),
    }
    room = data_hash._size(asset(png()), BindingTerms(alg, Spec.V2_5))
    assert room - len(cbor2.dumps(whole)) == 16


def test_the_fields_of_a_bmff_hash() -> None:
    fields = bmff_hash._fields(TERMS, None, [b"digest"])
    assert fields.keys() == {"exclusions", "alg", "hash", "name"}
    assert (fields["name"], fields["hash"]) == ("jumbf manifest", b"digest")


# Merkle trees (C2PA 2.5 §18.7.4).


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"count": None}, "a Merkle tree without a count"),
        ({"count": -1}, "count is not a number from 0"),
        (
            {"variableBlockSizes": [1]},
            "variableBlockSizes is not a list of as many numbers as there are leaves",
        ),
        (
            {"variableBlockSizes": [1, "2"]},
            "variableBlockSizes is not a list of as many numbers as there are leaves",
        ),
        ({"variableBlockSizes": [1, -1]}, "variableBlockSizes has a negative number"),
        ({"initHash": "x"}, "initHash is not a byte string"),
        ({"uniqueId": None}, "a Merkle tree or proof without uniqueId and localId"),
        ({"localId": "x"}, "a Merkle tree or proof without uniqueId and localId"),
        ({"alg": "md5"}, "hash algorithm 'md5'"),
        ({"hashes": None}, "hashes is not a list of byte strings"),
        ({"hashes": [1, 2]}, "hashes is not a list of byte strings"),
        ({"count": 5}, "a tree of 5 leaves has no row of 4 hashes"),
        ({"count": 0}, "a tree of 0 leaves has no row of 4 hashes"),
    ],
)
def test_trees_that_are_refused(change: dict[str, Any], said: str) -> None:
    hashes = {"hashes": [bytes(32)] * 4} if "count" in change else {}
    tree = TREE | hashes | change
    assert reason(lambda: merkle.decode_trees([tree], None)) == said


def test_trees() -> None:
    tree = TREE | {"variableBlockSizes": [0, 5], "fixedBlockSize": 7, "initHash": b"x"}
    del tree["alg"]
    (found,) = merkle.decode_trees([tree], "sha384")
    assert found == Tree(
        id=(1, 0),
        leaves=2,
        alg="sha384",
        row=(bytes(32), bytes(32)),
        init_hash=b"x",
        block_size=7,
        block_sizes=(0, 5),
    )
    assert merkle.decode_trees(None, None) == ()
    said = f"merkle is not a list of 1 to {limits.EXCLUSIONS} entries"
    assert reason(lambda: merkle.decode_trees([], None)) == said
    assert reason(lambda: merkle.decode_trees([TREE, TREE], None)) == (
        "two Merkle trees have the same id"
    )


def test_how_many_leaves_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MERKLE_LEAVES", 4)
    second = TREE | {"localId": 1}
    assert len(merkle.decode_trees([TREE, second], None)) == 2
    third = second | {"count": 3, "hashes": [bytes(32)] * 3}
    said = "Merkle trees with more than 4 leaves"
    assert reason(lambda: merkle.decode_trees([TREE, third], None)) == said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([], "a Merkle proof is not a map"),
        ({}, "a Merkle proof without a location"),
        (PROOF | {"x": 1}, "a Merkle proof with the field 'x'"),
        (PROOF | {"y": 1, 3: 1}, "a Merkle proof with the field '3'"),
        (PROOF | {"z" * 99: 1}, f"a Merkle proof with the field {'z' * 80!r}"),
        (PROOF | {"location": -1}, "location is not a number from 0"),
        (PROOF | {"uniqueId": None}, "a Merkle tree or proof without uniqueId and localId"),
        (PROOF | {"hashes": 7}, "hashes is not a list of byte strings"),
    ],
)
def test_proofs_that_are_refused(fields: object, said: str) -> None:
    assert reason(lambda: merkle.decode_proof(cbor2.dumps(fields))) == said


@pytest.mark.parametrize("hashes", [(), (b"a",), (b"a", b"b")])
def test_proofs(hashes: tuple[bytes, ...]) -> None:
    proof = Proof((1, 0), 3, hashes)
    assert merkle.decode_proof(cbor2.dumps(proof.encode())) == proof
    assert set(proof.encode()) == {"uniqueId", "localId", "location"} | (
        {"hashes"} if hashes else set()
    )


# The BMFF hash.


@pytest.mark.parametrize(
    ("gone", "moved"),
    [
        ((), []),
        ((0,), [Range(50, 10), Range(80, 5)]),
        ((50,), [Range(80, 5)]),
        ((60, 70), [Range(80, 5)]),
        ((80,), []),
    ],
)
def test_media_that_a_box_before_it_moves(gone: tuple[int, ...], moved: list[Range]) -> None:
    blocks = [block("ftyp", 0, 50), block("mdat", 50, 10), block("free", 60, 20)]
    blocks.append(block("mdat", 80, 5))
    excluded = box_exclusions.Excluded((), frozenset(gone), ())
    assert list(bmff_hash._movable(blocks, excluded)) == moved


# What readers are led to.


class _Reading:
    """A container that says where offsets lead, and what is elsewhere."""

    def __init__(self, *found: str | AidiscloseError) -> None:
        self.found = found

    def _each(self, *_: object) -> Any:
        for each in self.found:
            if isinstance(each, AidiscloseError):
                raise each
            yield each

    strays = externals = _each
    read_addresses = _each


def _asset(container: object, *, stores: tuple[int, ...] = (1,)) -> Any:
    held = [SimpleNamespace(frame=Range(0, size)) for size in stores]
    layout = SimpleNamespace(stores=held)
    return SimpleNamespace(container=container, layout=layout, source=BytesSource(bytes(1)))


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr(shown, "Addressed", _Reading)
    monkeypatch.setattr(shown, "Composed", _Reading)

    def make(*found: str | AidiscloseError, stores: tuple[int, ...] = (1,)) -> Any:
        return _asset(_Reading(*found), stores=stores)

    return make


@pytest.mark.parametrize("error", [MalformedFile("broken"), UnsupportedFormat("broken")])
def test_what_cannot_be_told(error: AidiscloseError, reading: Callable[..., Any]) -> None:
    assert shown.stray(reading(error)) == (
        "where the offsets of the file lead cannot be told: broken"
    )
    assert shown.external(reading(error)) == (
        "what the file shows of other files cannot be told: broken"
    )


def test_offsets_are_looked_at_where_the_store_is_in_the_file(reading: Callable[..., Any]) -> None:
    assert shown.stray(reading("one", "two")) == "one"
    assert shown.stray(reading()) is None
    assert shown.stray(reading("one", stores=())) is None
    assert shown.stray(_asset(object())) is None
    assert shown.external(_asset(object())) == ""


def test_an_outcome_by_what_is_shown(reading: Callable[..., Any]) -> None:
    failed = BindingResult("changed", code="mismatch")
    assert shown.as_shown(reading("one"), failed) == failed
    held = BindingResult()
    assert shown.as_shown(reading("one"), held) == BindingResult("one", is_unproven=True)
    assert shown.as_shown(reading(), held) == held
    named = "the file shows what is not in it: one"
    assert shown.as_shown(reading("one", stores=()), held).elsewhere == named
    own = BindingResult(elsewhere="a folder")
    assert shown.as_shown(reading("one", stores=()), own).elsewhere == "a folder"


def test_terms_are_those_of_the_specification() -> None:
    assert BindingTerms("sha256", Spec.V2_5) == TERMS


@pytest.mark.parametrize(
    ("label", "make"),
    [(BOXES, png), (DATA, png), (BMFF, movie), (COLLECTION, plain)],
)
def test_progress_counts_what_is_hashed(label: str, make: Callable[[], bytes]) -> None:
    data = embed(make())
    told: list[int] = []
    found = asset(data)._replace(progress=told.append)
    assert BINDINGS[label].check(found, bind(label, data), None) == BindingResult()
    store = sum(each.frame.length for each in found.layout.stores)
    assert sum(told) >= (len(data) - store) // 2
