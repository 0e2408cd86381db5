"""Multi-asset hashes: files of parts of which some may be gone."""

from __future__ import annotations

import hashlib

import pytest

from aidisclose import sha2
from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import Fields
from aidisclose.containers import Layout
from aidisclose.containers.container import BoxTree, BoxTreed
from aidisclose.io.source import Range, Source
from aidisclose.manifest import store, uri
from aidisclose.manifest.draft import Draft, NewAssertion, cbor_assertion
from aidisclose.manifest.label import number
from aidisclose.manifest.lineage import trace
from aidisclose.manifest.store import Store
from aidisclose.validate.content import Content, check_content
from aidisclose.validate.status import Status
from tests import told
from tests.attacks import exclusions
from tests.bindings.build import BMFF, BOXES, DATA, asset, bind, embed, flip
from tests.containers.samples import jpeg, png
from tests.containers.samples_bmff import box, picture
from tests.validate.finding import say

MULTI = "c2pa.hash.multi-asset"
MATCH = "assertion.multiAssetHash.match"
MALFORMED = "assertion.multiAssetHash.malformed"
MISMATCH = "assertion.multiAssetHash.mismatch"

FIRST, SECOND = embed(jpeg()), png()
FILE = FIRST + SECOND


def manifest(binding: NewAssertion, *others: NewAssertion) -> Store:
    """A store with one manifest, whose signature is of no meaning."""
    draft = Draft(
        label="urn:c2pa:11111111-1111-4111-8111-111111111111",
        claim={"instanceID": "xmp:iid:1", "claim_generator_info": {"name": "test"}},
        assertions=(binding, *others),
        binding="org.example.other",
        binding_size=1,
        signature_size=1,
    )
    return store.parse(draft.assemble(b"\xa0", lambda _: b"\0"))


def whole_data(data: bytes) -> Fields:
    return {"alg": "sha256", "hash": hashlib.sha256(data).digest()}


HASHES = {
    "c2pa.hash.data.part": cbor_assertion("c2pa.hash.data.part", bind(DATA, FIRST)),
    "c2pa.hash.data.part__1": cbor_assertion("c2pa.hash.data.part__1", whole_data(SECOND)),
    "c2pa.hash.boxes.part": cbor_assertion("c2pa.hash.boxes.part", bind(BOXES, FIRST)),
}


def part(start: int, length: int, label: str, **fields: object) -> dict[str, object]:
    location = {"byteOffset": start, "length": length}
    hashed = HASHES[label].reference.encode()
    return {"location": location, "hashAssertion": hashed, **fields}


ONE = part(0, len(FIRST), "c2pa.hash.data.part")
TWO = part(len(FIRST), len(SECOND), "c2pa.hash.data.part__1", optional=True)


def check(data: bytes, *lists: object, bound: Fields | None = None) -> list[tuple[str, str]]:
    """Codes and labels about the content, for multi-asset hashes with these lists of parts."""
    labels = [number(MULTI, instance) for instance in range(len(lists))]
    multi = [
        cbor_assertion(label, {"parts": parts}) for label, parts in zip(labels, lists, strict=True)
    ]
    binding = cbor_assertion(DATA, bind(DATA, FILE) if bound is None else bound)
    found = list(check_content(trace(manifest(binding, *HASHES.values(), *multi)), asset(data)))
    say(map(told.line, found))
    return [(status.code, status.url.rpartition("/")[2]) for status in found]


def checked(made: Store, data: bytes) -> tuple[list[str], Content]:
    """Codes about the content, and what was found."""
    checking = check_content(trace(made), asset(data))
    found: list[Status] = []
    while True:
        try:
            found.append(next(checking))
        except StopIteration as end:
            content = end.value
            assert isinstance(content, Content)
            say(map(told.line, found))
            return [status.code for status in found], content


def test_the_hard_binding_is_enough() -> None:
    assert check(FILE, [ONE, TWO]) == [("assertion.dataHash.match", DATA)]
    assert check(FILE, "not even a list") == [("assertion.dataHash.match", DATA)]


def test_without_parts_it_counts() -> None:
    assert check(FIRST) == [("assertion.dataHash.mismatch", DATA)]


@pytest.mark.parametrize("first", ["c2pa.hash.data.part", "c2pa.hash.boxes.part"])
def test_an_optional_part_may_be_gone(first: str) -> None:
    parts = [part(0, len(FIRST), first), TWO]
    assert check(FIRST, parts) == [(MATCH, MULTI)]
    made = manifest(
        cbor_assertion(DATA, bind(DATA, FILE)),
        *HASHES.values(),
        cbor_assertion(MULTI, {"parts": parts}),
    )
    assert checked(made, FIRST)[1].removed == 1
    assert checked(made, FILE)[1].removed == 0
    assert check(flip(FIRST, len(FIRST) - 3), parts) == [(MISMATCH, MULTI)]


def test_a_part_that_is_there_counts() -> None:
    assert check(flip(FILE, len(FILE) - 9), [ONE, TWO]) == [(MISMATCH, MULTI)]
    assert check(FILE[:-1], [ONE, TWO]) == [(MISMATCH, MULTI)]
    assert check(FILE[: len(FIRST) + 1], [ONE, TWO]) == [(MISMATCH, MULTI)]


def test_all_parts_may_match_where_the_whole_does_not() -> None:
    assert check(FILE, [ONE, TWO], bound=whole_data(b"")) == [(MATCH, MULTI)]


def test_a_part_that_is_not_optional_must_be_there() -> None:
    for optional in ({}, {"optional": False}):
        parts = [ONE, part(len(FIRST), len(SECOND), "c2pa.hash.data.part__1", **optional)]
        assert check(FIRST, parts) == [("assertion.multiAssetHash.missingPart", MULTI)]


def test_what_follows_the_parts_is_noticed() -> None:
    assert check(FILE + b"more", [ONE, TWO]) == [(MALFORMED, MULTI)]


def changed(item: dict[str, object], **changes: object) -> list[object]:
    merged = {key: value for key, value in (item | changes).items() if value is not ...}
    return [merged, TWO]


HASHED = HASHES["c2pa.hash.data.part"].reference.encode()
UNKNOWN = uri.relative(uri.ASSERTIONS, "c2pa.hash.data.part__9")
OTHER = uri.relative(uri.ASSERTIONS, DATA)


NO_REFERENCES: list[object] = [..., None, {}, OTHER]
NO_LOCATIONS: list[object] = [..., None, {}, 1, {"byteOffset": 0}]


@pytest.mark.parametrize(
    "parts",
    [
        *([], {}, None, [1]),
        [TWO, ONE, ONE],
        [part(1, len(FIRST) - 1, "c2pa.hash.data.part"), TWO],
        [part(0, len(FIRST) - 1, "c2pa.hash.data.part"), TWO],
        [part(0, len(FIRST) + 1, "c2pa.hash.data.part"), TWO],
        *(changed(ONE, location=value) for value in NO_LOCATIONS),
        changed(ONE, location={"byteOffset": -1, "length": 5}),
        changed(ONE, location={"byteOffset": 0, "length": -5}),
        changed(ONE, location={"byteOffset": 0, "length": 5, "bmffBox": "/mdat"}),
        changed(ONE, location={"bmffBox": "/mdat"}),
        *(changed(ONE, hashAssertion=value) for value in NO_REFERENCES),
        changed(ONE, hashAssertion={**HASHED, "url": UNKNOWN}),
        changed(ONE, hashAssertion={**HASHED, "url": OTHER}),
        changed(ONE, hashAssertion={**HASHED, "hash": bytes(32)}),
        changed(ONE, optional=1),
    ],
    ids=lambda _: "",
)
def test_what_is_malformed(parts: object) -> None:
    assert check(flip(FILE, len(FILE) - 9), parts) == [(MALFORMED, MULTI)]


def test_two_multi_asset_hashes_are_malformed() -> None:
    assert check(FIRST, [ONE, TWO], [ONE, TWO]) == [(MALFORMED, MULTI)]


def test_an_algorithm_of_a_part_that_is_not_supported() -> None:
    hashed = changed(ONE, hashAssertion={**HASHED, "alg": "sha1"})
    assert check(FIRST, hashed) == [("algorithm.unsupported", MULTI)]


def test_a_part_in_a_box() -> None:
    """The header of the box belongs to no part."""
    still = embed(picture())
    data = still + box("mpvd", SECOND)
    first = cbor_assertion("c2pa.hash.bmff.v3.part", bind(BMFF, still))
    outer: dict[str, object] = {"location": {"byteOffset": 0, "length": len(still)}}
    outer["hashAssertion"] = first.reference.encode()
    inner = {**TWO, "location": {"bmffBox": "/mpvd"}}
    multi = cbor_assertion(MULTI, {"parts": [outer, inner]})
    binding = cbor_assertion(BMFF, {**bind(BMFF, data), "hash": bytes(32)})
    lineage = trace(manifest(binding, *HASHES.values(), first, multi))

    def found(changed: bytes) -> list[str]:
        found = list(check_content(lineage, asset(changed)))
        say(map(told.line, found))
        return [status.code for status in found]

    assert found(data) == [MATCH]
    assert found(flip(data, len(data) - 9)) == [MISMATCH]
    assert found(flip(data, len(still) - 9)) == [MISMATCH]
    assert found(still + box("free", b"hidden") + data[len(still) :]) == [MALFORMED]
    for more in ({"byteOffset": len(still)}, {"length": 5}, {"byteOffset": 0, "length": 5}):
        twice = {**TWO, "location": {"bmffBox": "/mpvd", **more}}
        multi = cbor_assertion(MULTI, {"parts": [outer, twice]})
        lineage = trace(manifest(binding, *HASHES.values(), first, multi))
        assert found(data) == [MALFORMED]


def test_a_part_that_is_no_media_has_no_boxes() -> None:
    """A hash of data needs none."""
    text = b"text" * 90
    label = "c2pa.hash.data.part__2"
    plain = cbor_assertion(label, whole_data(text))
    picture_part = part(0, len(SECOND), "c2pa.hash.data.part__1")
    place = {"byteOffset": len(SECOND), "length": len(text)}
    for hashed, expected in ((plain, MATCH), (HASHES["c2pa.hash.boxes.part"], MISMATCH)):
        text_part = {"location": place, "hashAssertion": hashed.reference.encode()}
        multi = cbor_assertion(MULTI, {"parts": [picture_part, text_part]})
        binding = cbor_assertion(DATA, whole_data(b""))
        made = manifest(binding, *HASHES.values(), plain, multi)
        codes, _ = checked(made, SECOND + text)
        assert codes == [expected]


def test_multi_asset_hashes_are_no_hard_bindings() -> None:
    assert MULTI not in BINDINGS
    assert "c2pa.hash.data.part" not in BINDINGS


def test_credentials_of_a_part_are_content() -> None:
    """Nothing validates them, so a hash that leaves them out does not cover the part."""
    second = embed(png())
    file = FIRST + second
    hashed = cbor_assertion("c2pa.hash.data.part__2", bind(DATA, second))
    two = {
        "location": {"byteOffset": len(FIRST), "length": len(second)},
        "hashAssertion": hashed.reference.encode(),
    }
    multi = cbor_assertion(MULTI, {"parts": [ONE, two]})
    binding = cbor_assertion(DATA, whole_data(b""))
    made = manifest(binding, *HASHES.values(), hashed, multi)
    assert checked(made, file)[0] == [MISMATCH]


def test_a_part_that_shows_other_files_is_covered_in_part() -> None:
    image = (
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="https://example.com/a.png"/></svg>'
    )
    hashed = cbor_assertion("c2pa.hash.data.part__2", whole_data(image))
    two = {
        "location": {"byteOffset": len(FIRST), "length": len(image)},
        "hashAssertion": hashed.reference.encode(),
    }
    multi = cbor_assertion(MULTI, {"parts": [ONE, two]})
    binding = cbor_assertion(DATA, whole_data(b""))
    made = manifest(binding, *HASHES.values(), hashed, multi)
    codes, content = checked(made, FIRST + image)
    assert codes == ["assertion.dataHash.additionalExclusionsPresent", MATCH]
    assert content.is_partial
    assert "https://example.com/a.png" in content.elsewhere


def test_what_a_part_leaves_out_is_said() -> None:
    left_out = Range(len(FIRST) - 5, 3)
    ranges = [exclusions.part(*each) for each in (exclusions.store(FIRST), left_out)]
    fields = exclusions.hashed(FIRST, ranges)
    hashed = cbor_assertion("c2pa.hash.data.part__2", fields)
    one = {
        "location": {"byteOffset": 0, "length": len(FIRST)},
        "hashAssertion": hashed.reference.encode(),
    }
    multi = cbor_assertion(MULTI, {"parts": [one, TWO]})
    made = manifest(cbor_assertion(DATA, whole_data(b"")), *HASHES.values(), hashed, multi)
    codes, content = checked(made, FILE)
    assert codes == ["assertion.dataHash.additionalExclusionsPresent", MATCH]
    assert content.is_partial
    assert content.outside == (left_out,)


def test_a_hash_that_many_parts_name_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[int] = []
    real = sha2.digest

    def digest(alg: str, data: memoryview) -> bytes:
        hashed.append(len(data))
        return real(alg, data)

    monkeypatch.setattr(sha2, "digest", digest)
    counts = []
    for count in (1, 500):
        hashed.clear()
        assert check(FILE, [ONE, *[TWO] * count], bound=whole_data(b""))
        counts.append(len(hashed))
    assert counts[0] == counts[1]


def test_the_boxes_that_many_parts_name_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    file = embed(picture())
    read: list[Layout] = []
    bmff = asset(file).container
    assert isinstance(bmff, BoxTreed)
    real = bmff.tree

    def tree(self: BoxTreed, source: Source, layout: Layout) -> BoxTree:
        read.append(layout)
        return real(source, layout)

    monkeypatch.setattr(type(bmff), "tree", tree)
    inside = {**ONE, "location": {"bmffBox": "/mdat"}}
    assert check(file, [inside] * 50, bound=whole_data(b"")) == [(MALFORMED, MULTI)]
    # Once for the hard binding, if that has boxes, and once for all parts.
    assert 0 < len(read) <= 2
