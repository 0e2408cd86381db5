"""The data hash: what may be left out of it, as of where the store really lies."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import cbor2
import pytest

from aidisclose import limits
from aidisclose.bindings import data_hash
from aidisclose.bindings.binding import Asset, BindingResult, BindingTerms, UnsupportedAlgorithm
from aidisclose.containers import EmbeddedStore, Layout
from aidisclose.errors import Malformed
from aidisclose.io.digest import digest
from aidisclose.io.source import BytesSource, Range
from aidisclose.manifest.spec import Spec
from tests.bindings.build import DATA, bind, embed
from tests.bindings.build import asset as of_file
from tests.containers.samples import png
from tests.manifest.build import PNG

STORE = Range(100, 50)
CONTENT = bytes(range(1, 251)) * 4


def asset(
    data: bytes = CONTENT,
    *exclusions: Range,
    frame: Range | None = STORE,
    updated: bool = False,
) -> Asset:
    """A file with a store in `frame`; None for a file without one."""
    stores: tuple[EmbeddedStore, ...] = ()
    if frame is not None:
        parts = exclusions or (frame,)
        stores = (EmbeddedStore(frame=frame, exclusions=parts, pieces=parts),)
    layout = Layout(media_type="test/test", size=len(data), blocks=(), stores=stores)
    return Asset(BytesSource(data), layout, PNG, updated=updated)


def without(data: bytes, exclusions: Sequence[Range]) -> bytes:
    for start, length in reversed(exclusions):
        data = data[:start] + data[start + length :]
    return data


def fields(*exclusions: Range, data: bytes = CONTENT, alg: str = "sha256") -> dict[object, object]:
    """A data hash over `data` without these ranges."""
    return {
        "exclusions": [{"start": start, "length": length} for start, length in exclusions],
        "hash": hashlib.new(alg, without(data, exclusions)).digest(),
    }


def check(found: Asset, content: dict[object, object], alg: str | None = "sha256") -> BindingResult:
    return data_hash.BINDING.check(found, content, alg)


@pytest.mark.parametrize("alg", ["sha256", "sha384", "sha512"])
def test_the_file_without_its_store(alg: str) -> None:
    content = fields(STORE, alg=alg)
    assert check(asset(), content, alg) == BindingResult()
    assert check(asset(), content | {"alg": alg}, "sha1") == BindingResult()
    assert check(asset(), content | {"pad": bytes(9), "name": "x"}, alg) == BindingResult()


@pytest.mark.parametrize("name", ["pad", "pad2"])
@pytest.mark.parametrize("padding", [b"\0x", "", 0])
def test_padding_is_zeros(name: str, padding: object) -> None:
    with pytest.raises(Malformed, match=f"{name} is not"):
        check(asset(), fields(STORE) | {name: padding})


@pytest.mark.parametrize("position", [0, 99, 150, 999])
def test_every_other_byte_counts(position: int) -> None:
    changed = CONTENT[:position] + b"\0" + CONTENT[position + 1 :]
    assert check(asset(changed), fields(STORE)).failure is not None


def test_bytes_of_the_store_do_not_count() -> None:
    for position in (100, 149):
        changed = CONTENT[:position] + b"\0" + CONTENT[position + 1 :]
        assert check(asset(changed), fields(STORE)) == BindingResult()


def test_appended_bytes_count() -> None:
    assert check(asset(CONTENT + b"\0"), fields(STORE)).failure is not None


@pytest.mark.parametrize("alg", [None, "", "sha1", "md5", "SHA256", "sha3_256", 256, ["sha256"]])
def test_other_algorithms(alg: object) -> None:
    with pytest.raises(UnsupportedAlgorithm):
        check(asset(), fields(STORE), alg)  # type: ignore[arg-type]
    if alg is not None:
        with pytest.raises(UnsupportedAlgorithm):
            check(asset(), fields(STORE) | {"alg": alg})


@pytest.mark.parametrize("value", [None, "x", [1], 7])
def test_no_hash(value: object) -> None:
    assert "no hash" in str(check(asset(), fields(STORE) | {"hash": value}).failure)


def test_a_url_is_not_followed() -> None:
    """As C2PA 1 permitted: the content would be that of somebody else."""
    found = check(asset(), fields(STORE) | {"url": "https://example.com"})
    assert "elsewhere" in str(found.failure)


@pytest.mark.parametrize(
    "exclusions",
    [
        {},
        "x",
        7,
        [7],
        ["x"],
        [{}],
        [{"start": 1}],
        [{"start": 1, "length": "1"}],
        [{"start": -1, "length": 1}],
        [{"start": 1, "length": -1}],
        [{"start": True, "length": 1}],
        [{"start": 1.0, "length": 1}],
        [{"start": 0, "length": 2}, {"start": 1, "length": 1}],
        [{"start": 5, "length": 1}, {"start": 1, "length": 1}],
        [{"start": 1, "length": 1}, {"start": 1, "length": 1}],
    ],
)
def test_exclusions_that_are_none(exclusions: object) -> None:
    with pytest.raises(Malformed, match=r"exclusion"):
        check(asset(), fields(STORE) | {"exclusions": exclusions})


def test_the_number_of_exclusions_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EXCLUSIONS", 2)
    check(asset(), fields(STORE, Range(200, 1)))
    with pytest.raises(Malformed, match="too long"):
        check(asset(), fields(STORE, Range(200, 1), Range(300, 1)))


@pytest.mark.parametrize("exclusion", [Range(990, 11), Range(1001, 0), Range(0, 2**64 - 1)])
def test_exclusions_beyond_the_end(exclusion: Range) -> None:
    content = fields() | {"exclusions": [{"start": exclusion.start, "length": exclusion.length}]}
    assert "beyond the end" in str(check(asset(), content).failure)


# --- where the store lies -----------------------------------------------------------------------


def test_other_exclusions_are_told() -> None:
    """They are permitted, but what they leave out is not protected."""
    later, before = Range(200, 10), Range(10, 5)
    assert check(asset(), fields(STORE, later)) == BindingResult(outside=(later,))
    assert check(asset(), fields(before, STORE)) == BindingResult(outside=(before,))
    assert check(asset(), fields(before)) == BindingResult(outside=(before,))


@pytest.mark.parametrize(
    "exclusion", [Range(100, 51), Range(99, 51), Range(0, 1000), Range(120, 40)]
)
def test_an_exclusion_covers_nothing_but_the_store(exclusion: Range) -> None:
    """Otherwise content beside the store could be exchanged (C2PA 2.5 §14.12.1)."""
    assert "more than the manifest store" in str(check(asset(), fields(exclusion)).failure)


@pytest.mark.parametrize(
    ("exclusion", "position"), [(Range(100, 60), 159), (Range(90, 60), 90), (Range(90, 70), 150)]
)
def test_padding_beside_the_store_may_be_left_out(exclusion: Range, position: int) -> None:
    data = CONTENT[:90] + bytes(10) + CONTENT[100:150] + bytes(10) + CONTENT[160:]
    content = fields(exclusion, data=data)
    assert check(asset(data), content) == BindingResult()
    dirty = data[:position] + b"\1" + data[position + 1 :]
    assert "more than the manifest store" in str(check(asset(dirty), content).failure)


def test_long_padding_is_looked_at_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """And to its last byte."""
    data = CONTENT[:150] + bytes(10 * limits.CHUNK) + b"end"
    exclusion = Range(100, 50 + 10 * limits.CHUNK)
    assert check(asset(data), fields(exclusion, data=data)) == BindingResult()
    dirty = data[:-4] + b"\1" + data[-3:]
    assert check(asset(dirty), fields(exclusion, data=data)).failure is not None


def test_a_store_that_is_content_to_another_may_be_hashed() -> None:
    """As when a detached manifest is about a file with credentials."""
    assert check(asset(), fields()) == BindingResult()


@pytest.mark.parametrize("exclusion", [Range(110, 20), Range(100, 49), Range(101, 49)])
def test_a_store_must_not_reach_beyond_the_exclusion(exclusion: Range) -> None:
    """What decoders skip as the store would be hashed, but not shown."""
    found = check(asset(), fields(exclusion))
    assert "reaches beyond" in str(found.failure)
    assert found.is_unproven


def test_a_detached_manifest_leaves_nothing_out() -> None:
    """Content put in the place of a store that is not there would go unnoticed."""
    assert check(asset(frame=None), fields()) == BindingResult()
    found = check(asset(frame=None), fields(STORE))
    assert "without a manifest store" in str(found.failure)


def test_a_format_may_leave_out_two_ranges() -> None:
    """As TIFF does with the length of its store."""
    parts = (Range(20, 4), Range(100, 50))
    assert check(asset(CONTENT, *parts, frame=Range(100, 50)), fields(*parts)) == BindingResult()


# --- after updates ------------------------------------------------------------------------------


def test_a_store_that_grew_by_updates() -> None:
    """Its exclusion grows with it, and later ones move (C2PA 2.5 §14.12.1)."""
    grown = CONTENT[:100] + b"g" * 80 + CONTENT[150:]
    frame = Range(100, 80)
    content = fields(STORE)
    assert check(asset(grown, frame=frame, updated=True), content) == BindingResult()
    assert check(asset(grown, frame=frame), content).failure is not None
    more = fields(STORE, Range(200, 10))
    assert check(asset(grown, frame=frame, updated=True), more) == BindingResult(
        outside=(Range(230, 10),)
    )
    changed = grown[:235] + b"x" + grown[236:]  # inside of the range that moved
    assert check(asset(changed, frame=frame, updated=True), more).failure is None


def test_an_update_does_not_move_other_exclusions_onto_content() -> None:
    grown = CONTENT[:100] + b"g" * 80 + CONTENT[150:]
    frame = Range(100, 80)
    content = fields(STORE, Range(200, 10))
    for position in (229, 240, 205):
        changed = grown[:position] + b"\0" + grown[position + 1 :]
        assert check(asset(changed, frame=frame, updated=True), content).failure is not None


# --- writing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize(
    "exclusions",
    [
        (),
        (Range(100, 50),),
        (Range(20, 4), Range(100, 50)),
        (Range(2**40, 2**33), Range(2**62, 2**20)),
    ],
)
def test_what_is_written_has_the_reserved_size(alg: str, exclusions: tuple[Range, ...]) -> None:
    binding, terms = data_hash.BINDING, BindingTerms(alg, Spec.V2_4)
    size = binding.size(asset(frame=None), terms)
    file = asset(CONTENT, *exclusions, frame=exclusions[-1] if exclusions else None)
    value = hashlib.new(alg, b"x").digest()
    encoded = binding.encode(file, terms, [value], size)
    assert len(encoded) == size
    found = cbor2.loads(encoded)
    assert (found["alg"], found["hash"]) == (alg, value)
    assert [tuple(item.values()) for item in found.get("exclusions", [])] == list(exclusions)
    assert not any(found["pad"])  # it shall be there (C2PA 2.2 §18.6.2)


def test_what_is_written_is_read() -> None:
    binding, terms = data_hash.BINDING, BindingTerms("sha256", Spec.V2_4)
    file = asset()
    values = [digest(file.source, plan) for plan in binding.plans(file, terms)]
    encoded = binding.encode(file, terms, values, binding.size(file, terms))
    assert check(file, cbor2.loads(encoded)) == BindingResult()


def test_exclusions_lie_where_updates_have_moved_them() -> None:
    """The one that starts where the store does has grown with it; those behind have moved."""
    store = EmbeddedStore(Range(10, 9), (Range(10, 9), Range(24, 4)), (Range(12, 7),))
    signed = [Range(2, 3), Range(10, 5), Range(20, 4), Range(24, 2), Range(40, 1)]
    assert data_hash._shift(signed, (store,)) == (
        Range(2, 3),
        Range(10, 9),
        Range(24, 4),
        Range(28, 2),
        Range(44, 1),
    )


def test_the_whole_assertion() -> None:
    """C2PA 2.5 §18.6: the name is optional, and says what is left out."""
    data = embed(png())
    [frame] = [store.frame for store in of_file(data).layout.stores]
    fields = bind(DATA, data)
    assert list(fields) == ["exclusions", "name", "alg", "hash", "pad"]
    assert fields["exclusions"] == [{"start": frame.start, "length": frame.length}]
    assert (fields["name"], fields["alg"]) == ("jumbf manifest", "sha256")
    assert fields["hash"] == hashlib.sha256(without(data, [frame])).digest()
