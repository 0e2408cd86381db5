"""No byte of a signed file can change unnoticed but those that are listed, each with its clause."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import datetime

import pytest

import aidisclose as ad
from aidisclose.codec import jumbf
from aidisclose.containers import Container
from aidisclose.errors import AidiscloseError
from aidisclose.io.source import BytesSource
from aidisclose.signing.credentials import ROOT, Credentials
from aidisclose.validate.verify import read_unverified
from tests.issuing import Issued
from tests.manifest import build
from tests.manifest.build import Fields, Recipe
from tests.property.targets import SAMPLED, signed
from tests.property.unprotected import GAPS, unprotected
from tests.trust.pki import NOW

#: A low bit, the bit between upper and lower case, the highest.
BITS = (0x01, 0x20, 0x80)
#: Flips per file that are spread evenly over it; a prime, so that no structure is always missed.
SPREAD = 211

each_format = pytest.mark.parametrize("container", SAMPLED, ids=lambda item: item.name)


@functools.cache
def smallest(container: Container, made: Credentials) -> bytes:
    found = signed(container, made.signer())
    if not found:
        pytest.skip("this format is not signed")
    return min(found, key=len)


def is_sound(data: bytes, trust: ad.TrustConfig, at: datetime | None = None) -> bool:
    """Whether a file is at least valid; anything but our own errors comes through."""
    try:
        return ad.verify(data, trust=trust, at=at).state >= ad.State.VALID
    except AidiscloseError:
        return False


def trust_of(made: Credentials) -> ad.TrustConfig:
    return ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())


def flipped(data: bytes, position: int, bit: int) -> bytes:
    changed = bytearray(data)
    changed[position] ^= bit
    return bytes(changed)


def positions(container: Container, data: bytes) -> Iterator[int]:
    """All bytes that frame the store, some at each end of every block, and some of everything."""
    layout = container.scan(BytesSource(data))
    near: set[int] = set(range(0, len(data), max(1, len(data) // SPREAD)))
    for found in layout.stores:
        edges = [found.frame.start, found.frame.end]
        edges += [edge for piece in found.pieces for edge in (piece.start, piece.end)]
        near.update(offset for edge in edges for offset in range(edge - 16, edge + 16))
    for block in layout.blocks:
        near.update((block.start, block.start + 4, block.end - 1))
    return (offset for offset in sorted(near) if 0 <= offset < len(data))


@each_format
def test_a_changed_byte_is_noticed(container: Container, issued: Issued) -> None:
    made = issued("ed25519")
    data, trust = smallest(container, made), trust_of(made)
    assert is_sound(data, trust)
    free = unprotected(container, data)
    for index, position in enumerate(positions(container, data)):
        if position not in free:
            changed = flipped(data, position, BITS[index % len(BITS)])
            assert not is_sound(changed, trust), f"at offset {position}"


@each_format
def test_a_file_cut_off_is_noticed(container: Container, issued: Issued) -> None:
    made = issued("ed25519")
    data, trust = smallest(container, made), trust_of(made)
    free = unprotected(container, data)
    end = len(data)
    while end - 1 in free:  # a box that may as well be absent
        end -= 1
    for cut in (*list(positions(container, data))[::5], end - 1):
        if cut < end:
            assert not is_sound(data[:cut], trust), f"cut at {cut}"


@each_format
def test_what_is_said_to_be_free_is_free(container: Container, issued: Issued) -> None:
    """An exception that is not needed any more has to go."""
    made = issued("ed25519")
    data, trust = smallest(container, made), trust_of(made)
    layout = container.scan(BytesSource(data))
    for name, gap in GAPS.items():
        if gap.concerns(container):
            parts = list(gap.find(data, layout))
            assert parts, name
            middles = [part.start + part.length // 2 for part in parts]
            starts = [part.start for part in parts]  # of base64, not every bit is of the part
            places = (*middles, *starts)
            changes = (flipped(data, place, bit) for place in places for bit in BITS)
            assert any(is_sound(changed, trust) for changed in changes), name


def test_every_exception_is_of_some_format() -> None:
    for name, gap in GAPS.items():
        assert any(gap.concerns(container) for container in SAMPLED), name
        assert "§" in gap.clause


# --- the store itself ---------------------------------------------------------------------------


@functools.cache
def lineage() -> bytes:
    """A store with an ingredient, whose signature has padding."""
    seal = build.Seal(size=2_000)
    before = Recipe(seal=seal).build()
    parent = build.ingredient(before)
    opened: Fields = {"action": "c2pa.opened", "parameters": {"ingredients": [parent.reference]}}
    recipe = Recipe(number=2, assertions=(parent, build.actions(opened)), seal=seal)
    found = read_unverified(build.signed(recipe, before))
    assert found is not None
    return bytes(found.box.whole)


def is_valid(data: bytes) -> bool:
    """Whether the store is valid for its file, with checksums of the file put right."""
    return is_sound(build.embed(data), build.TRUST, at=NOW)


def padding(data: bytes) -> set[int]:
    """The name of the padding of the newest signature."""
    name = data.rindex(b"\x63pad") + 1
    return {*range(name, name + 3)}


def frames(box: jumbf.Superbox) -> Iterator[int]:
    """The offsets of everything in a box but the contents of content boxes."""
    contents = [range(item.body, item.end) for item in box.contents]
    inner = [range(item.start, item.end) for item in box.superboxes]
    skipped = {offset for part in (*contents, *inner) for offset in part}
    yield from (offset for offset in range(box.start, box.end) if offset not in skipped)
    for child in box.superboxes:
        yield from frames(child)


@pytest.mark.parametrize("bit", BITS)
def test_bytes_of_a_store(bit: int) -> None:
    """But the name of the padding of the newest signature, for zeros."""
    data = lineage()
    assert is_valid(data)
    sampled = range(bit % 17, len(data), 17)
    positions = sorted({*frames(jumbf.parse(data)), *sampled, *padding(data)})
    assert len(positions) > 800
    kept = {position for position in positions if is_valid(flipped(data, position, bit))}
    assert kept == (padding(data) if bit < 0x80 else set())  # a name is UTF-8


def test_nothing_may_be_put_into_a_store_unnoticed() -> None:
    """But boxes that no version of the specification defines, which it tells to ignore."""
    data = lineage()
    for position in range(0, len(data), 41):
        for more in (b"\0", b"\0\0\0\x08free", data[:8]):
            assert not is_valid(data[:position] + more + data[position:])
        assert not is_valid(data[:position] + data[position + 1 :])
