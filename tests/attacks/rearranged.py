"""Blocks of a signed file put elsewhere, doubled, removed, or joined by others."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from typing import Final

from aidisclose.bindings import box_hash
from aidisclose.bindings.binding import BindingTerms, Fields
from aidisclose.containers import Block
from aidisclose.containers.container import BoxMapped, BoxTreed
from aidisclose.manifest.spec import Spec
from tests.attacks import files
from tests.attacks.attack import Attack
from tests.bindings.build import asset
from tests.containers import samples
from tests.containers.samples_bmff import box

CLAUSE: Final = "C2PA 2.5 §14.12: every byte but the store's is hashed, in its place"
#: Blocks per file; a large one has thousands.
_MOST: Final = 12
_GARBAGE: Final = (b"\0", b"\0" * 16, b"hidden", b"\xff\xd8\xff\xe0 another picture \xff\xd9")
#: Boxes that the hash leaves out because it must (C2PA 2.4 §A.5.5), or that are there to be filled.
_LEFT_OUT: Final = frozenset({"mfra"})


def attacks() -> Iterator[Attack]:
    """In every format, by every binding that it has."""
    for name in samples.FAMILIES:
        yield from _of(name, files.media(name))
        if isinstance(files.FORMATS[name], BoxMapped):
            yield from _of(f"{name} by boxes", files.media(name, binding="c2pa.hash.boxes"))
        if isinstance(files.FORMATS[name], BoxTreed):
            yield from _boxes(name)


def _of(name: str, of: files.Media) -> Iterator[Attack]:
    honest = files.signed(files.active(), of=of)
    blocks = [block for block in asset(honest).layout.blocks if block.length][:_MOST]

    def attack(title: str, data: bytes) -> Iterator[Attack]:
        if data != honest:
            yield Attack(f"rearranged: {name}: {title}", CLAUSE, honest, data, "")

    for number, more in enumerate(_GARBAGE):
        yield from attack(f"garbage {number} at the end", honest + more)
        yield from attack(f"garbage {number} at the start", more + honest)
    yield from attack("the file twice", honest + honest)
    yield from attack("the plain file behind", honest + of.data)
    yield from attack("the plain file before", of.data + honest)
    for number, block in enumerate(blocks):
        own = honest[block.start : block.end]
        title = f"{block.name} ({number})"
        yield from attack(f"{title} twice", honest[: block.end] + own + honest[block.end :])
        if block.name not in _LEFT_OUT:
            yield from attack(f"{title} removed", honest[: block.start] + honest[block.end :])
        yield from attack(f"{title} at the end too", honest + own)
        gap = honest[: block.start] + b"\0" * 8 + honest[block.start :]
        yield from attack(f"zeros before {title}", gap)
    for number, (one, two) in enumerate(itertools.pairwise(blocks)):
        if one.end == two.start:
            title = f"{one.name} and {two.name} exchanged ({number})"
            yield from attack(title, _exchanged(honest, one, two))


def gap_attacks() -> Iterator[Attack]:
    """Bytes put between boxes, each of which has a hash of its own."""
    for name in (name for name in samples.FAMILIES if isinstance(files.FORMATS[name], BoxMapped)):
        of = files.media(name, binding="c2pa.hash.boxes")._replace(fields=box_by_box)
        honest = files.signed(files.active(), of=of)
        for number, box_ in enumerate(_listed(honest)):
            for more in (b"\xff", b"\xff" * 100, b"\0" * 8, b"\xff\0"):
                forged = honest[: box_.end] + more + honest[box_.end :]
                title = f"rearranged: {name}: {more[:2]!r} ({len(more)}) behind box {number}"
                yield Attack(title, CLAUSE, honest, forged, "")


def _listed(data: bytes) -> list[Block]:
    """The boxes of a file as a box hash lists them, the store as one."""
    return next(iter(box_hash._readings(asset(data))))


def box_by_box(data: bytes) -> Fields:
    """A box hash with an entry for each box, as the reference writes it."""
    entries: list[Fields] = []
    for box_ in _listed(data):
        value = hashlib.sha256(data[box_.start : box_.end]).digest()
        of_store: Fields = {"names": [box_.name], "hash": b"\0", "pad": b""}
        of_other: Fields = {"names": [box_.name], "alg": "sha256", "hash": value, "pad": b""}
        entries.append(of_store if box_.name == "C2PA" else of_other)
    return {"boxes": entries}


def _exchanged(data: bytes, one: Block, two: Block) -> bytes:
    first, second = data[one.start : one.end], data[two.start : two.end]
    return data[: one.start] + second + first + data[two.end :]


def _boxes(name: str) -> Iterator[Attack]:
    """Boxes added to ISO media files, also those that every version leaves out of the hash."""
    for version in (Spec.V2_2, Spec.V2_5):
        of = files.media(name)._replace(terms=BindingTerms("sha256", version))
        honest = files.signed(files.active(), of=of)
        ends = [block.end for block in asset(honest).layout.blocks]
        for code, content in {
            "mfra": b"hidden data that no index is" * 4,
            "ftyp": b"M4A \0\0\0\0M4A mp42",
            "free": b"hidden data that is no padding" * 4,
            "skip": b"hidden data that is no padding" * 4,
            "uuid": bytes(16) + b"hidden",
            "mdat": b"hidden",
            "moov": b"",
            "meta": bytes(4),
        }.items():
            for place, title in ((ends[0], "after the first"), (ends[-1], "at the end")):
                forged = honest[:place] + box(code, content) + honest[place:]
                full = f"boxes: {name} {version}: {code} {title}"
                yield Attack(full, CLAUSE, honest, forged, "")
        brand = honest[:8] + b"M4A " + honest[12:]
        if brand != honest:
            full = f"boxes: {name} {version}: another brand"
            # C2PA 2.4 §A.5.5 has the brands left out; of the same kind of media, any will do.
            kin = name in ("MP4", "QuickTime") and not version.has((2, 5))
            yield Attack(full, CLAUSE, honest, brand, "", may_stand=kin)
