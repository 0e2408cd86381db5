"""`c2pa.hash.boxes`: digests over runs of boxes, in their order (C2PA 2.5 §14.12.3, §16.3.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Final

from aidisclose import limits, sha2
from aidisclose.bindings.binding import (
    Asset,
    Binding,
    BindingResult,
    BindingTerms,
    Fields,
    algorithm,
    maps,
    natural,
    unproven,
)
from aidisclose.codec import cbor
from aidisclose.containers import Block
from aidisclose.containers.container import BoxMapped
from aidisclose.errors import LimitExceeded, Malformed, UnsupportedFormat
from aidisclose.io.digest import DigestPlan, complement, digest
from aidisclose.io.source import Range
from aidisclose.named import NamedTuple

_STORE: Final = "C2PA"
#: All that follows the last box.
_AFTER: Final = "c2pa.after"
#: The signature of PNG, which is always the same; older generators do not list it.
_SIGNATURE: Final = "PNGh"
#: What stands for the hash of the store.
_NO_HASH: Final = b"\0"

#: Room for what embedding a store changes about the boxes around it, and for the padding.
_SLACK: Final = 64


class _Exclusion(NamedTuple):
    """A part of a box that is not hashed."""

    box: int
    start: int
    length: int


class _Run(NamedTuple):
    """A `box-hash-map`: some boxes, one after another, and their hash.

    Attributes:
        names: Of the boxes.
        alg: Hash algorithm, None if nothing is hashed.
        hash: Over everything from the first box to the last.
        is_excluded: Whether nothing of it counts.
        exclusions: The parts of it that do not count.
    """

    names: tuple[str, ...]
    alg: str | None
    hash: object
    is_excluded: bool
    exclusions: tuple[_Exclusion, ...]


def _check(asset: Asset, fields: Fields, alg: str | None) -> BindingResult:
    if not isinstance(asset.container, BoxMapped):
        return unproven("a box hash on a file of a format that has none")
    runs = _decode(fields, alg)
    outcomes = (_check_boxes(asset, runs, boxes) for boxes in _readings(asset))
    # Readings differ where the specification is open: fill bytes, images behind a picture. One that
    # matches wholly counts; none makes another file of it, as all hash the same bytes.
    best = next(outcomes)
    while best.failure is not None or best.outside:
        other = next(outcomes, None)
        if other is None:
            break
        if other.failure is None:
            best = other
    return best


def _check_boxes(asset: Asset, runs: Sequence[_Run], boxes: list[Block]) -> BindingResult:
    names = [name for run in runs for name in run.names]
    boxes = _as_listed(boxes, names, asset.layout.size)
    found = [box.name for box in boxes]
    if found != names:
        unknown = next(iter(Counter(found) - Counter(names)), None)
        if unknown is not None:
            return BindingResult(
                f"the box {unknown!r} is not among the listed ones", code="unknownBox"
            )
        return BindingResult("the boxes are not the listed ones in their order")
    left = iter(boxes)
    outside: list[Range] = []
    end = boxes[0].start
    for run in runs:
        blocks = list(islice(left, len(run.names)))
        if blocks[0].start > end:
            # Nobody hashed what belongs to no box, and it moves what offsets lead to.
            outside.append(Range(end, blocks[0].start - end))
        end = max(end, blocks[-1].end)
        if run.names == (_STORE,):
            continue
        if run.is_excluded:
            outside.append(Range(blocks[0].start, blocks[-1].end - blocks[0].start))
        outside += [
            Range(blocks[item.box].start + item.start, item.length) for item in run.exclusions
        ]
        if run.alg and (failure := _compare(asset, run, run.alg, blocks)):
            return failure
    return BindingResult(outside=tuple(outside))


def _decode(fields: Fields, alg: str | None) -> list[_Run]:
    # Each entry may name an algorithm; else that of the assertion counts, and last the claim's.
    if fields.get("alg") is not None:
        alg = algorithm(fields, None)
    entries = maps(fields.get("boxes"), "boxes", most=limits.BLOCKS)
    return [_decode_run(item, alg) for item in entries]


def _decode_run(fields: Fields, alg: str | None) -> _Run:
    names, excluded, exclusions = map(fields.get, ("names", "excluded", "exclusions"))
    if not (isinstance(names, list) and names and all(isinstance(name, str) for name in names)):
        raise Malformed("an entry of boxes without names")
    if _STORE in names and len(names) > 1:
        raise Malformed("the manifest store is listed together with other boxes")
    if excluded is not None and not isinstance(excluded, bool):
        raise Malformed("excluded is not a boolean")
    return _Run(
        names=tuple(names),
        # Nothing is hashed of the store, whose hash is a single zero byte, nor of what is left out.
        alg=None if excluded or names == [_STORE] else algorithm(fields, alg),
        hash=fields.get("hash"),
        is_excluded=excluded is True,
        exclusions=() if exclusions is None else _decode_exclusions(exclusions, len(names)),
    )


def _decode_exclusions(value: object, count: int) -> tuple[_Exclusion, ...]:
    found: list[_Exclusion] = []
    for item in maps(value, "exclusions", most=limits.EXCLUSIONS):
        start, length, index = (natural(item, name) for name in ("start", "length", "boxIndex"))
        # A run of one box needs no index to say which is meant.
        if index is None and count == 1:
            index = 0
        if start is None or length is None or index is None or index >= count:
            raise Malformed("an exclusion range without start, length and the index of a box")
        if found and (index, start) < (found[-1].box, found[-1].start + found[-1].length):
            raise Malformed("exclusion ranges overlap or are out of order")
        found.append(_Exclusion(index, start, length))
    return tuple(found)


def _readings(asset: Asset) -> Iterator[list[Block]]:
    """All boxes, the store as one, and what follows the last one; in each way to see them."""
    if not isinstance(asset.container, BoxMapped):
        raise UnsupportedFormat(f"a box hash is not possible in {asset.container.name} files")
    frames = {store.frame.start: store.frame for store in asset.layout.stores}
    size = asset.layout.size
    for reading in asset.container.boxes(asset.source, asset.layout):
        if len(reading) > limits.BLOCKS:
            raise LimitExceeded(f"the file has more than {limits.BLOCKS} boxes")
        boxes: list[Block] = []
        store_end = 0
        for box in reading:
            if frame := frames.get(box.start):
                boxes.append(Block(_STORE, *frame))
                store_end = frame.end
            elif box.start >= store_end:
                boxes.append(box)
        end = max(box.end for box in boxes)
        if end != size:
            boxes.append(Block(_AFTER, end, size - end))
        # The reference leaves fill bytes out, others do not: what is signed is for all of them.
        yield boxes
        joined = _without_gaps(boxes)
        if joined != boxes:
            yield joined


def _without_gaps(boxes: Iterable[Block]) -> list[Block]:
    """The boxes, with fill bytes before a marker as a part of its segment (ITU-T T.81 §B.1.1.2)."""
    joined: list[Block] = []
    end = 0
    for box in boxes:
        start = end if joined and box.name != _STORE and end < box.start else box.start
        joined.append(Block(box.name, start, box.end - start))
        end = max(end, box.end)
    return joined


def _as_listed(boxes: list[Block], names: list[str], size: int) -> list[Block]:
    """The boxes in the way in which an assertion may list them."""
    if boxes[0].name == _SIGNATURE != names[0]:
        boxes = boxes[1:]
    if names[-1] == _AFTER and 1 < len(names) <= len(boxes):
        # The images of a multi-picture file may be listed box by box, or as what follows.
        boxes = boxes[: len(names) - 1]
        boxes.append(Block(_AFTER, boxes[-1].end, size - boxes[-1].end))
    return boxes


def _compare(asset: Asset, run: _Run, alg: str, blocks: Sequence[Block]) -> BindingResult | None:
    names = " to ".join(dict.fromkeys((run.names[0], run.names[-1])))
    ranges = [Range(0, blocks[0].start)]
    for index, start, length in run.exclusions:
        if start + length > blocks[index].length:
            return unproven(f"an exclusion range reaches beyond its box {run.names[index]!r}")
        ranges.append(Range(blocks[index].start + start, length))
    plan = DigestPlan(alg, complement(blocks[-1].end, ranges))
    if digest(asset.source, plan, progress=asset.progress) != run.hash:
        return BindingResult(f"{names} at offset {blocks[0].start} is not what was signed")
    return None


def _groups(asset: Asset) -> list[list[Block]]:
    """The boxes before the store, the store, and the boxes after it."""
    # Written as the reference reads it, without fill bytes: that reading comes first.
    boxes = next(_readings(asset))
    return [list(group) for _, group in groupby(boxes, key=lambda box: box.name == _STORE)]


def _plans(asset: Asset, terms: BindingTerms) -> Iterator[DigestPlan]:
    for group in _groups(asset):
        if group[0].name != _STORE:
            yield DigestPlan(terms.alg, (Range(group[0].start, group[-1].end - group[0].start),))


def _size(asset: Asset, terms: BindingTerms) -> int:
    names = [box.name for box in next(_readings(asset)) if box.name != _STORE]
    value = sha2.blank(terms.alg)
    return len(cbor.encode(_fields([names, [_STORE], []], terms, [value, value]))) + _SLACK


def _encode(asset: Asset, terms: BindingTerms, values: Sequence[bytes], size: int) -> bytes:
    fields = _fields([[box.name for box in group] for group in _groups(asset)], terms, values)
    *_, last = fields["boxes"]
    # The padding of the last entry takes up what is left, so that the assertion has the size that
    # was reserved.
    del last["pad"]
    last |= cbor.padding(size - len(cbor.encode(fields)))
    return cbor.encode(fields)


def _fields(
    groups: Iterable[list[str]], terms: BindingTerms, values: Iterable[bytes]
) -> dict[str, list[Fields]]:
    hashes = iter(values)
    boxes: list[Fields] = []
    for names in groups:
        value = _NO_HASH if names == [_STORE] else next(hashes)
        boxes.append({"names": names, "alg": terms.alg, "hash": value, "pad": b""})
    return {"boxes": boxes}


BINDING: Final = Binding(
    code="assertion.boxesHash", check=_check, size=_size, plans=_plans, encode=_encode
)
