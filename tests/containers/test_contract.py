"""What every container promises, checked for each one in the registry with every sample of it."""

from __future__ import annotations

import functools
import io
import itertools
import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence, UnidentifiedImageError

from aidisclose import carriers, limits
from aidisclose.containers import (
    CONTAINERS,
    KEEP,
    Comment,
    Container,
    Edits,
    Layout,
    identify,
    read_store,
)
from aidisclose.containers.container import Addressed, Carrier
from aidisclose.errors import AidiscloseError, LimitExceeded
from aidisclose.io.source import BytesSource, Source
from tests.containers import samples
from tests.containers.samples import FAMILIES, Sample

#: Less than one segment, a few segments, and more than 16 bits of length.
SIZES = (100, 65_000, 200_000)

SAMPLED = [container for container in CONTAINERS if container.name in FAMILIES]
CASES = [(container, sample) for container in SAMPLED for sample in samples.of(container)]


def each_case(cases: list[tuple[Container, Sample]]) -> pytest.MarkDecorator:
    ids = [f"{container.name}-{sample.name}" for container, sample in cases]
    return pytest.mark.parametrize(("container", "sample"), cases, ids=ids)


each_container = pytest.mark.parametrize("container", SAMPLED, ids=lambda item: item.name)
each_sample = each_case(CASES)
each_picture = each_case([case for case in CASES if case[0].media_types[0].startswith("image/")])
each_size = pytest.mark.parametrize("size", SIZES)


class CountedSource:
    """A source that counts what is read, and ends the test where that never ends."""

    def __init__(self, data: bytes, *, budget: int | None = None) -> None:
        self._source = BytesSource(data)
        self._budget = budget
        self.size = self._source.size
        self.read = 0

    def read_at(self, offset: int, length: int) -> bytes:
        data = self._source.read_at(offset, length)
        # A look at nothing counts as well, or a loop of them would be free.
        self.read += len(data) + 1
        assert self._budget is None or self.read <= self._budget, "reads more than its budget"
        return data

    def read_into(self, offset: int, buffer: memoryview) -> int:
        data = self.read_at(offset, len(buffer))
        buffer[: len(data)] = data
        return len(data)


def scan(container: Container, data: bytes) -> Layout:
    return container.scan(BytesSource(data))


def rewrite(container: Container, data: bytes, store: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = container.rewrite(source, container.scan(source), Edits(store=store))
    return splice.read_at(0, splice.size)


@functools.cache
def embedded(container: Container, sample: Sample, size: int) -> bytes:
    return rewrite(container, sample.data(), samples.store(size))


def assert_well_formed(layout: Layout, size: int) -> None:
    """What holds for every layout, of whatever bytes."""
    assert layout.size == size
    position = 0
    for block in layout.blocks:
        assert block.start >= position
        assert block.length > 0
        position = block.end
    assert position <= size
    position = 0
    for store in layout.stores:
        assert store.frame.start >= position
        position = store.frame.end
        for ranges in (store.exclusions, store.pieces):
            assert all(item.start >= 0 and item.length >= 0 for item in ranges)
            assert all(a.end <= b.start for a, b in itertools.pairwise(ranges))
            assert not ranges or ranges[-1].end <= size
        # What lies before the frame is part of an older store, which the newer one protects.
        for piece in store.pieces:
            covered = any(e.start <= piece.start and piece.end <= e.end for e in store.exclusions)
            assert covered or piece.end <= store.frame.start
    assert position <= size
    assert all(0 <= problem.offset <= size for problem in layout.problems)


def test_every_container_has_samples() -> None:
    """Without them, nothing below would look at it."""
    assert sorted(FAMILIES) == sorted(container.name for container in CONTAINERS)
    assert all(family.samples for family in FAMILIES.values())


@each_container
def test_is_described_in_the_usual_spelling(container: Container) -> None:
    assert all(ending.startswith(".") and ending.islower() for ending in container.extensions)
    assert all("/" in name and name.islower() for name in container.media_types)


@each_sample
def test_only_its_own_format_recognises_a_sample(container: Container, sample: Sample) -> None:
    data = sample.data()
    assert identify(BytesSource(data)) is container
    if not data.startswith(b"ID3"):  # what follows the tag decides; `identify` looks there
        assert [other.name for other in CONTAINERS if other.sniff(data[:4096])] == [container.name]


@each_sample
def test_layout_of_an_unsigned_file(container: Container, sample: Sample) -> None:
    data = sample.data()
    layout = scan(container, data)
    assert_well_formed(layout, len(data))
    assert layout.media_type in container.media_types
    assert layout.stores == ()
    assert layout.problems == ()


@each_sample
def test_no_offset_leads_into_an_embedded_store(container: Container, sample: Sample) -> None:
    """Nor past the end, in files as programs write them."""
    if not isinstance(container, Addressed):
        pytest.skip("the format has no offsets, or scan refuses such files")
    for data in (sample.data(), embedded(container, sample, SIZES[1])):
        assert list(container.strays(BytesSource(data), scan(container, data))) == []


@each_size
@each_sample
def test_an_embedded_store_is_found(container: Container, sample: Sample, size: int) -> None:
    """As the one store, equal to the last byte, where its frame stands."""
    store = samples.store(size)
    data = embedded(container, sample, size)
    layout = scan(container, data)
    assert_well_formed(layout, len(data))
    assert layout.problems == ()
    (found,) = layout.stores
    assert read_store(BytesSource(data), found) == store
    assert data[found.frame.start : found.frame.end] == container.frame(store)
    assert identify(BytesSource(data)) is container


@each_sample
def test_a_layout_does_not_depend_on_the_kind_of_source(
    container: Container, sample: Sample
) -> None:
    data = embedded(container, sample, SIZES[1])
    source = BytesSource(sample.data())
    splice = container.rewrite(source, container.scan(source), Edits(store=samples.store(SIZES[1])))
    layouts = [container.scan(item) for item in (BytesSource(data), CountedSource(data), splice)]
    assert layouts[0] == layouts[1] == layouts[2]


@each_container
@pytest.mark.parametrize("size", [*SIZES, 63_999, 64_000, 64_001, 128_000])
def test_the_frame_is_as_long_for_every_store_of_a_size(container: Container, size: int) -> None:
    lengths = {len(container.frame(samples.store(size, seed=seed))) for seed in range(3)}
    lengths.add(len(container.frame(bytes(size))))
    assert len(lengths) == 1


@each_container
def test_a_store_beyond_the_limit_is_refused(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STORE_SIZE", 1000)
    container.frame(samples.store(1000))
    with pytest.raises(LimitExceeded):
        container.frame(samples.store(1001))


@each_sample
def test_another_store_takes_the_place(container: Container, sample: Sample) -> None:
    """Larger and smaller; as if the first one had never been there."""
    for first, second in itertools.permutations(SIZES, 2):
        store = samples.store(second, seed=1)
        data = rewrite(container, embedded(container, sample, first), store)
        (found,) = scan(container, data).stores
        assert read_store(BytesSource(data), found) == store
        assert data == rewrite(container, sample.data(), store)


@each_size
@each_sample
def test_removing_the_store_restores_the_file(
    container: Container, sample: Sample, size: int
) -> None:
    restored = rewrite(container, embedded(container, sample, size), None)
    assert scan(container, restored).stores == ()
    reason = FAMILIES[container.name].not_restored.get(sample.name)
    if reason is None:
        assert restored == sample.data()
    else:
        assert restored != sample.data(), f"it is restored, although {reason}"


@each_sample
def test_keep_changes_nothing(container: Container, sample: Sample) -> None:
    for data in (sample.data(), embedded(container, sample, SIZES[1])):
        source = BytesSource(data)
        splice = container.rewrite(source, container.scan(source), Edits(store=KEEP))
        assert splice.read_at(0, splice.size) == data


@each_picture
def test_the_picture_stays_the_same(container: Container, sample: Sample) -> None:
    if reason := FAMILIES[container.name].not_decoded.get(sample.name):
        pytest.skip(reason)
    before = pixels(sample.data())
    if before is None:
        pytest.skip("Pillow does not decode this format")
    assert pixels(embedded(container, sample, SIZES[1])) == before


def pixels(data: bytes) -> list[bytes] | None:
    """Each frame decoded; None if Pillow cannot."""
    try:
        image = Image.open(io.BytesIO(data))
    except UnidentifiedImageError:
        return None
    with image:
        try:
            return [frame.tobytes() for frame in ImageSequence.Iterator(image)]
        except OSError as error:
            return [str(error).encode()]


@each_sample
def test_a_second_store_is_noticed(container: Container, sample: Sample) -> None:
    """Neither of two stores may hide the other."""
    data = embedded(container, sample, SIZES[0])
    frame = container.frame(samples.store(SIZES[1], seed=1))
    both = FAMILIES[container.name].duplicate(data, scan(container, data), frame)
    layout = scan(container, both)
    assert_well_formed(layout, len(both))
    assert len(layout.stores) == 2 or layout.problems
    assert scan(container, rewrite(container, both, None)).stores == ()
    replaced = rewrite(container, both, samples.store(SIZES[2]))
    assert len(scan(container, replaced).stores) == 1


def structural(layout: Layout) -> Iterator[int]:
    """Offsets around which a file's structure stands: at both ends of blocks, frames, pieces."""
    for block in layout.blocks:
        yield from (block.start, block.end)
    for store in layout.stores:
        yield from (store.frame.start, store.frame.end)
        for piece in store.pieces:
            yield from (piece.start, piece.end)


@each_sample
def test_a_truncated_file_is_no_file_without_a_store(container: Container, sample: Sample) -> None:
    """Cut at every header byte and around every boundary; within a store, that is said."""
    data = embedded(container, sample, SIZES[1])
    layout = scan(container, data)
    boundaries = {offset + shift for offset in structural(layout) for shift in (-1, 0, 1)}
    (store,) = layout.stores
    within = set(range(store.frame.start + 1, store.frame.end, 1009))
    for cut in sorted({*range(2048), *boundaries, *within} & {*range(len(data))}):
        try:
            left = scan(container, data[:cut])
        except AidiscloseError:
            continue
        assert_well_formed(left, cut)
        if store.frame.start < cut < store.frame.end:
            assert left.problems, f"cut at {cut}, inside the store's frame {store.frame}"


@st.composite
def mutations(draw: st.DrawFn, container: Container) -> bytes:
    """A sample with a store, with some bytes changed, moved, doubled or gone."""
    sample = draw(st.sampled_from(FAMILIES[container.name].samples))
    data = bytearray(embedded(container, sample, draw(st.sampled_from(SIZES[:2]))))
    layout = scan(container, bytes(data))
    offsets = sorted(set(structural(layout)))
    near = st.builds(int.__add__, st.sampled_from(offsets), st.integers(-4, 40))
    place = near.map(lambda offset: min(max(0, offset), len(data) - 1))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(place)
        match draw(st.sampled_from(("change", "cut", "insert", "double", "move"))):
            case "change":
                data[start : start + 1] = draw(st.binary(min_size=1, max_size=1))
            case "cut":
                del data[start : draw(place)]
            case "insert":
                data[start:start] = draw(st.binary(max_size=16))
            case "double":
                data[start:start] = data[start : draw(place)]
            case _:
                end = draw(place)
                part = data[start:end]
                del data[start:end]
                there = min(draw(place), len(data))
                data[there:there] = part
        if not data:
            break
    return bytes(data)


@each_container
@settings(deadline=None)
@given(draw=st.data())
def test_hostile_bytes_raise_nothing_but_our_own_errors(
    container: Container, draw: st.DataObject
) -> None:
    """And cost no more than a few looks at each byte, in whatever is done with the file."""
    data = draw.draw(mutations(container))
    source = CountedSource(data, budget=64 * len(data) + limits.MIB)
    try:
        layout = container.scan(source)
    except AidiscloseError:
        return
    assert_well_formed(layout, len(data))
    for edit in (None, samples.store(SIZES[0])):
        check_rewrite(container, source, layout, edit)


def check_rewrite(container: Container, source: Source, layout: Layout, edit: bytes | None) -> None:
    try:
        for store in layout.stores:
            read_store(source, store)
        splice = container.rewrite(source, layout, Edits(store=edit))
        written = container.scan(splice)
    except AidiscloseError:
        return
    assert_well_formed(written, splice.size)
    if not layout.problems:
        assert written.problems == ()
        assert len(written.stores) == (edit is not None)


@each_container
def test_media_is_not_read_for_its_structure(container: Container) -> None:
    family = FAMILIES[container.name]
    data = family.large(4 * limits.MIB)
    assert len(data) >= 4 * limits.MIB
    source = CountedSource(data)
    layout = container.scan(source)
    assert_well_formed(layout, len(data))
    assert source.read <= family.scan_share * len(data)


# --- XMP packets --------------------------------------------------------------------------------

#: One has XMP that is compressed, the other is not in UTF-8.
REFUSED = ("sample1.jxl", "latin-1")
WRITERS = [
    case for case in CASES if Carrier.XMP in case[0].carriers and case[1].name not in REFUSED
]
each_xmp_sample = each_case(WRITERS)


def packet(number: int = 0) -> bytes:
    """A packet as programs write it, with a name in it that is not ASCII and an odd length."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        f'rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="Zoë {number:5}"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def edit(container: Container, data: bytes, edits: Edits) -> bytes:
    source = BytesSource(data)
    splice = container.rewrite(source, container.scan(source), edits)
    return splice.read_at(0, splice.size)


def packet_in(container: Container, data: bytes) -> bytes | None:
    layout = scan(container, data)
    assert_well_formed(layout, len(data))
    assert layout.problems == ()
    return data[layout.xmp.start : layout.xmp.end] if layout.xmp else None


@each_xmp_sample
def test_a_packet_is_found_as_it_was_written(container: Container, sample: Sample) -> None:
    """Also the second one, which takes the place of the first."""
    for number in (0, 100_000):
        data = edit(container, sample.data(), Edits(xmp=packet(number)))
        assert packet_in(container, data) == packet(number)
        assert identify(BytesSource(data)) is container
        assert (
            edit(
                container,
                edit(container, sample.data(), Edits(xmp=packet(1))),
                Edits(xmp=packet(number)),
            )
            == data
        )


@each_xmp_sample
def test_a_packet_and_a_store_stand_together(container: Container, sample: Sample) -> None:
    """In one edit or in two, in either order; neither edit touches what the other wrote."""
    store, other = samples.store(SIZES[1]), samples.store(SIZES[0], seed=1)
    both = edit(container, sample.data(), Edits(store=store, xmp=packet()))
    (found,) = scan(container, both).stores
    assert read_store(BytesSource(both), found) == store
    assert both[found.frame.start : found.frame.end] == container.frame(store)
    assert packet_in(container, both) == packet()
    first = edit(container, edit(container, sample.data(), Edits(xmp=packet())), Edits(store=store))
    second = edit(
        container, edit(container, sample.data(), Edits(store=store)), Edits(xmp=packet())
    )
    for data in (first, second, edit(container, first, Edits(store=other, xmp=packet(1)))):
        (found,) = scan(container, data).stores
        expected = other if packet_in(container, data) == packet(1) else store
        assert read_store(BytesSource(data), found) == expected


@each_xmp_sample
def test_removing_the_packet_restores_the_file(container: Container, sample: Sample) -> None:
    """Alone, with a store that stays, and together with it."""
    bare = edit(container, sample.data(), Edits(xmp=None))
    written = edit(container, sample.data(), Edits(xmp=packet()))
    removed = edit(container, written, Edits(xmp=None))
    assert packet_in(container, removed) is None
    store = samples.store(SIZES[0])
    signed = edit(container, written, Edits(store=store))
    unmarked = edit(container, signed, Edits(xmp=None))
    assert packet_in(container, unmarked) is None
    (found,) = scan(container, unmarked).stores
    assert read_store(BytesSource(unmarked), found) == store
    assert packet_in(container, edit(container, signed, Edits(store=None))) == packet()
    if sample.name not in FAMILIES[container.name].not_restored:
        assert removed == bare
        assert edit(container, signed, Edits(store=None, xmp=None)) == bare
        assert edit(container, unmarked, Edits(store=None)) == bare


@each_case([case for case in WRITERS if case[0].media_types[0].startswith("image/")])
def test_the_picture_stays_the_same_with_a_packet(container: Container, sample: Sample) -> None:
    if reason := FAMILIES[container.name].not_decoded.get(sample.name):
        pytest.skip(reason)
    before = pixels(sample.data())
    if before is None:
        pytest.skip("Pillow does not decode this format")
    assert pixels(edit(container, sample.data(), Edits(xmp=packet()))) == before


@pytest.mark.parametrize(
    "container", [c for c in SAMPLED if (Carrier.XMP in c.carriers)], ids=lambda c: c.name
)
@settings(deadline=None)
@given(draw=st.data())
def test_hostile_files_get_a_packet_or_an_error(container: Container, draw: st.DataObject) -> None:
    data = draw.draw(mutations(container))
    source = CountedSource(data, budget=128 * len(data) + limits.MIB)
    for xmp in (packet(), None):
        try:
            layout = container.scan(source)
            splice = container.rewrite(source, layout, Edits(xmp=xmp))
            written = container.scan(splice)
        except AidiscloseError:
            continue
        assert_well_formed(written, splice.size)
        if xmp and not layout.problems:
            assert written.xmp is not None
            # Where a tag's frame sizes can be read in two ways, padding may count as the packet's.
            assert splice.read_at(*written.xmp).rstrip(b"\0") == xmp


# --- Labels of GB 45438-2025 --------------------------------------------------------------------


def is_commented(container: Container, sample: Sample) -> bool:
    return sample.name not in FAMILIES[container.name].not_commented


each_labelled_sample = each_case(
    [case for case in CASES if Carrier.AIGC in case[0].carriers and is_commented(*case)]
)
LABEL = b'{"Label":"1","ContentProducer":"ACME","ProduceID":"1"}'


@each_labelled_sample
def test_a_label_stands_beside_packet_and_store(container: Container, sample: Sample) -> None:
    """Written once, replaced, and removed without a trace."""
    store = samples.store(SIZES[0])
    xmp = packet() if (Carrier.XMP in container.carriers) else None
    bare = edit(container, sample.data(), Edits(xmp=None))
    data = edit(container, sample.data(), Edits(store=store, xmp=xmp, aigc=LABEL))
    (found,) = scan(container, data).stores
    assert read_store(BytesSource(data), found) == store
    assert packet_in(container, data) == xmp
    assert data.count(LABEL) == 1
    other = LABEL.replace(b"ACME", b"Other")
    again = edit(container, data, Edits(aigc=other))
    assert (again.count(LABEL), again.count(other)) == (0, 1)
    assert packet_in(container, again) == xmp
    gone = edit(container, data, Edits(store=None, xmp=None, aigc=None))
    assert LABEL not in gone
    if sample.name not in FAMILIES[container.name].not_restored:
        assert gone == bare


# --- Comments -----------------------------------------------------------------------------------

each_commented_sample = each_case(
    [case for case in CASES if Carrier.COMMENT in case[0].carriers and is_commented(*case)]
)


def comments_in(container: Container, data: bytes) -> list[str]:
    found = carriers.read(BytesSource(data), scan(container, data)).comments
    return [item.text for item in found]


@each_commented_sample
def test_a_comment_stands_beside_all_else(container: Container, sample: Sample) -> None:
    """Written once, replaced, and removed without a trace; the label stays where it is."""
    bare = edit(container, sample.data(), Edits(xmp=None))
    edits = Edits(store=samples.store(SIZES[0]), comment=Comment("AI disclosure", "Zoë (x)"))
    if Carrier.AIGC in container.carriers:
        edits = edits._replace(aigc=LABEL)
    data = edit(container, bare, edits)
    layout = scan(container, data)
    assert_well_formed(layout, len(data))
    (found,) = layout.stores
    assert read_store(BytesSource(data), found) == edits.store
    assert comments_in(container, data) == ["Zoë (x)"]
    again = edit(container, data, Edits(comment=Comment("AI disclosure", "other, longer")))
    assert comments_in(container, again) == ["other, longer"]
    assert again.count(LABEL) == (Carrier.AIGC in container.carriers)
    gone = edit(
        container, again, Edits(store=None, aigc=None, comment=Comment("AI disclosure", None))
    )
    assert comments_in(container, gone) == []
    if sample.name not in FAMILIES[container.name].not_restored:
        assert gone == bare


@each_labelled_sample
def test_a_label_is_read_where_the_guides_want_it(container: Container, sample: Sample) -> None:
    data = edit(container, sample.data(), Edits(aigc=LABEL))
    (label,) = carriers.read(BytesSource(data), scan(container, data)).labels
    assert label.is_primary
    assert label.fields == json.loads(LABEL)


@each_case([case for case in CASES if not is_commented(*case)])
def test_a_comment_that_has_no_place_is_refused(container: Container, sample: Sample) -> None:
    for edits in (Edits(aigc=LABEL), Edits(comment=Comment("AI disclosure", "text"))):
        with pytest.raises(AidiscloseError):
            edit(container, sample.data(), edits)


@pytest.mark.parametrize(
    "container",
    [c for c in SAMPLED if (Carrier.AIGC in c.carriers) or (Carrier.COMMENT in c.carriers)],
    ids=lambda c: c.name,
)
@settings(deadline=None)
@given(draw=st.data())
def test_hostile_files_get_a_comment_or_an_error(container: Container, draw: st.DataObject) -> None:
    data = draw.draw(mutations(container))
    source = CountedSource(data, budget=128 * len(data) + limits.MIB)
    edits = Edits(
        aigc=LABEL if (Carrier.AIGC in container.carriers) else KEEP,
        comment=Comment("AI disclosure", "text")
        if (Carrier.COMMENT in container.carriers)
        else KEEP,
    )
    try:
        layout = container.scan(source)
        splice = container.rewrite(source, layout, edits)
        written = container.scan(splice)
    except AidiscloseError:
        return
    assert_well_formed(written, splice.size)
    if not layout.problems:
        found = carriers.read(splice, written)
        assert [item.text for item in found.comments] == ["text"] * (
            Carrier.COMMENT in container.carriers
        )
        assert len(found.labels) == (Carrier.AIGC in container.carriers)


#: Samples that cannot be extended, since nothing can follow their last box.
NOT_EXTENDED = {"MP4-open-ended"}


@each_case([case for case in CASES if f"{case[0].name}-{case[1].name}" not in NOT_EXTENDED])
def test_a_store_is_extended_where_it_is(container: Container, sample: Sample) -> None:
    """What a data hash leaves out begins where it did, and the new store is found."""
    kept, longer = samples.store(3_000), samples.store(8_000)
    source = BytesSource(rewrite(container, sample.data(), kept))
    layout = container.scan(source)
    for size in (len(kept), len(longer)):
        store = kept if size == len(kept) else longer
        splice = container.extend(source, layout, store, (kept, longer))
        extended = container.scan(splice)
        (found,) = extended.stores
        assert extended.problems == ()
        assert read_store(splice, found) in (store, kept + longer)
        assert found.exclusions[0].start == layout.stores[0].exclusions[0].start
        if size == len(kept):
            assert splice.size == source.size
        # An update of an update, as far as the format has two places.
        again = container.extend(splice, extended, longer, (kept, longer))
        assert len(container.scan(again).stores) == 1
