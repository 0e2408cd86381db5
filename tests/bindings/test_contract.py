"""What every binding that is written promises, for every format that has it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose.bindings import BINDINGS, BindingResult
from aidisclose.bindings.binding import BindingTerms, UnsupportedAlgorithm
from aidisclose.containers import CONTAINERS, Block, Container
from aidisclose.containers.container import BoxMapped, BoxTreed
from aidisclose.errors import UnsupportedFormat
from aidisclose.io.source import Range
from aidisclose.manifest.spec import Spec
from aidisclose.signing.request import WRITABLE
from tests.bindings.build import (
    BMFF,
    BOXES,
    COLLECTION,
    asset,
    bind,
    check,
    embed,
    flip,
    is_noticed,
)
from tests.containers.samples import FAMILIES, Sample, jpeg, png
from tests.containers.samples_bmff import fragments, movie
from tests.containers.samples_zip import plain

#: Bytes changed in one file; beginning and end, where headers are, always among them.
FLIPS = 100


def supports(container: Container, label: str) -> bool:
    needed = {
        BMFF: isinstance(container, BoxTreed),
        BOXES: isinstance(container, BoxMapped),
        COLLECTION: container.is_archive,
    }
    return needed.get(label, True)


SAMPLED = [container for container in CONTAINERS if container.name in FAMILIES]
CASES = [
    pytest.param(label, sample, id=f"{label.split('.')[2]}-{container.name}-{sample.name}")
    for label in WRITABLE
    for container in SAMPLED
    if supports(container, label)
    for sample in FAMILIES[container.name].samples
]
each_case = pytest.mark.parametrize(("label", "sample"), CASES)


def span(part: Range | Block) -> range:
    return range(part.start, part.end)


def carrying(sample: Sample) -> bytes:
    try:
        return embed(sample.data())
    except UnsupportedFormat:
        pytest.skip("no store can be embedded in this variant")


@each_case
def test_a_file_is_found_to_be_the_one_that_was_bound(label: str, sample: Sample) -> None:
    data = carrying(sample)
    fields = bind(label, data)
    outcome = check(label, data, fields)
    if label == BOXES and sample.name == "fill":
        # The reference counts fill bytes to no box, so that what it verifies leaves them out.
        assert [part.length for part in outcome.outside] == [len(b"\xff\xff\xff")]
        outcome = outcome._replace(outside=())
    assert outcome == BindingResult()


@each_case
def test_another_store_of_the_same_size_changes_nothing(label: str, sample: Sample) -> None:
    data = carrying(sample)
    fields = bind(label, data)
    bound = asset(data)
    [store] = bound.layout.stores
    piece = store.pieces[0]
    # A digit in place of a digit is good wherever a store may stand, also in base64.
    altered = data[: piece.end - 9] + b"0" + data[piece.end - 8 :]
    has_checksum = bound.container.name in ("PNG", "ZIP")
    other = embed(sample.data()) if has_checksum else altered
    assert not is_noticed(label, other, fields)


@each_case
def test_any_other_byte_that_changes_is_noticed(label: str, sample: Sample) -> None:
    data = carrying(sample)
    fields = bind(label, data)
    layout = asset(data).layout
    free = {offset for part in layout.stores[0].exclusions for offset in span(part)}
    if label == BMFF:  # the index of fragments must be left out
        indexes = [block for block in layout.blocks if block.name == "mfra"]
        free.update(offset for block in indexes for offset in span(block))
    offsets = [offset for offset in range(len(data)) if offset not in free]
    chosen = {*offsets[:20], *offsets[-20:]}
    chosen.update(random.Random(0).sample(offsets, min(FLIPS, len(offsets))))
    unnoticed = [offset for offset in chosen if not is_noticed(label, flip(data, offset), fields)]
    assert unnoticed == []


@each_case
def test_bytes_added_or_removed_are_noticed(label: str, sample: Sample) -> None:
    data = carrying(sample)
    fields = bind(label, data)
    assert is_noticed(label, data + b"\0", fields)
    assert is_noticed(label, data + data[-40:], fields)
    assert is_noticed(label, data[:-1], fields)


@pytest.mark.parametrize("alg", ["sha384", "sha512"])
@pytest.mark.parametrize("label", WRITABLE)
def test_other_algorithms(label: str, alg: str) -> None:
    data = embed({BMFF: movie, COLLECTION: plain}.get(label, jpeg)())
    fields = bind(label, data, BindingTerms(alg, Spec.V2_5))
    assert not is_noticed(label, data, fields)
    assert is_noticed(label, flip(data, len(data) - 1), fields)


def unnamed(fields: Any) -> Any:
    """The fields of a binding without any name of an algorithm."""
    if isinstance(fields, list):
        return [unnamed(each) for each in fields]
    if isinstance(fields, dict):
        return {name: unnamed(each) for name, each in fields.items() if name != "alg"}
    return fields


@pytest.mark.parametrize("alg", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("label", WRITABLE)
def test_where_no_algorithm_is_named_that_of_the_claim_counts(label: str, alg: str) -> None:
    """C2PA 2.2 §15.4.1; where the claim names none, nothing is bound."""
    data = embed({BMFF: movie, COLLECTION: plain}.get(label, jpeg)())
    fields = unnamed(bind(label, data, BindingTerms(alg, Spec.V2_5)))
    binding = BINDINGS[label]
    for claimed in ("sha256", "sha384", "sha512"):
        found = binding.check(asset(data), fields, claimed)
        assert (found.failure is None) is (claimed == alg)
    with pytest.raises(UnsupportedAlgorithm):
        binding.check(asset(data), fields, None)


UNSUPPORTED = [
    pytest.param(label, container, id=f"{label.split('.')[2]}-{container.name}")
    for label in WRITABLE
    for container in SAMPLED
    if not supports(container, label)
]


@pytest.mark.parametrize(("label", "container"), UNSUPPORTED)
def test_a_binding_that_a_format_does_not_have_is_refused(label: str, container: Container) -> None:
    data = next(iter(FAMILIES[container.name].samples)).data()
    with pytest.raises(UnsupportedFormat, match=container.name):
        BINDINGS[label].size(asset(data), BindingTerms("sha256", Spec.V2_5))
    assert check(label, data, {}).failure is not None


@pytest.mark.parametrize("spec", Spec, ids=str)
@each_case
def test_the_reserved_size_fits(label: str, sample: Sample, spec: Spec) -> None:
    """It is known before the store is embedded, which changes what there is to list."""
    terms, binding = BindingTerms("sha256", spec), BINDINGS[label]
    size = binding.size(asset(sample.data()), terms)
    after = asset(carrying(sample))
    values = [bytes(32) for _ in binding.plans(after, terms)]
    assert len(binding.encode(after, terms, values, size)) == size


NAMES = [
    *("alg", "boxes", "boxIndex", "bmffBox", "count", "data"),
    *("exact", "excluded", "exclusions", "fixedBlockSize", "flags", "hash"),
    *("hashes", "initHash", "length", "localId", "merkle", "names"),
    *("offset", "start", "subset", "uniqueId", "uri", "uris"),
    *("value", "variableBlockSizes", "version", "xpath"),
]
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 300),
    st.integers(1 << 31, 1 << 65),
    st.sampled_from([b"", bytes(3), bytes(32), "sha256", "/moov/trak", "/mdat", "/uuid", "C2PA"]),
    st.sampled_from(["SOI", "APP0", "IHDR", "PNGh", "c2pa.after", "../x"]),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),
    max_leaves=30,
)
FILES = [embed(data()) for data in (movie, fragments, jpeg, png, plain)]


@given(
    st.sampled_from(sorted(BINDINGS)),
    st.sampled_from(FILES),
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6),
)
def test_any_fields_are_checked_or_refused(
    label: str, data: bytes, changes: dict[object, object]
) -> None:
    """Nothing but our own errors, whatever a hostile manifest says."""
    assert is_noticed(label, data, {"alg": "sha256", **changes})


@given(st.data())
def test_fields_that_were_good_once(data: st.DataObject) -> None:
    label, file = data.draw(
        st.sampled_from(
            [(BMFF, FILES[0]), (BOXES, FILES[2]), (BOXES, FILES[3]), (COLLECTION, FILES[4])]
        )
    )
    fields = bind(label, file)
    path, target = data.draw(st.sampled_from(list(places(fields))))
    target[path] = data.draw(VALUES)
    is_noticed(label, file, fields)


def places(value: object) -> Iterator[tuple[Any, Any]]:
    """Each place in nested maps and lists: what stands there can be replaced by `[key]`."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield key, value
            yield from places(item)
