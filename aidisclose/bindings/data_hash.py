"""`c2pa.hash.data`: one digest over the file without some ranges (C2PA 2.5 §14.12.1, §16.3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from aidisclose import limits, sha2
from aidisclose.bindings.binding import (
    NAME,
    Asset,
    Binding,
    BindingResult,
    BindingTerms,
    Fields,
    algorithm,
    encode_to_size,
    unproven,
)
from aidisclose.codec import cbor
from aidisclose.containers import EmbeddedStore, Layout
from aidisclose.errors import Malformed
from aidisclose.io.digest import DigestPlan, complement, digest
from aidisclose.io.source import Range, Source, is_blank

#: An encoded exclusion: a map with two names and two integers of up to nine bytes each.
_EXCLUSION_SIZE: Final = 1 + len(b"\x65start\x66length") + 9 + 9


def _check(asset: Asset, fields: Fields, alg: str | None) -> BindingResult:
    alg = algorithm(fields, alg)
    # §14.12.1.1 would have their content ignored. But a writer fills them with zeros (§16.3.1.2),
    # and other bytes would be room for what offsets in the file can lead to.
    for name in ("pad", "pad2"):
        padding = fields.get(name, b"")
        if not isinstance(padding, bytes) or any(padding):
            raise Malformed(f"{name} is not a byte string of zeros")
    exclusions = _decode_exclusions(fields.get("exclusions"))
    expected = fields.get("hash")
    if not isinstance(expected, bytes):
        return unproven("the data hash has no hash field")
    # §16.3.1.1 would have it ignored. In C2PA 1 it said that the hash is about other data than this
    # file, and c2pa-rs refuses it too.
    if fields.get("url") is not None:
        return unproven("the data hash refers to data elsewhere, which is not permitted any more")
    layout = asset.layout
    # An update makes the store longer, and nothing but that may move the content (§14.12.1.1).
    if asset.updated:
        exclusions = _shift(exclusions, layout.stores)
    if exclusions and exclusions[-1].end > layout.size:
        return BindingResult("an exclusion range reaches beyond the end of the file")
    outside: list[Range] = []
    for exclusion in exclusions:
        frame = _overlapping(exclusion, layout.stores)
        if frame is None and not layout.stores:
            # A detached manifest: nothing here can be the store that was left out, and content
            # put in its place would go unnoticed.
            return unproven("an exclusion range without a manifest store in the file")
        if frame is None:
            outside.append(exclusion)
        elif not _only_padding(asset.source, exclusion, frame):
            return unproven("an exclusion range covers more than the manifest store")
    if not all(_is_excluded(store, exclusions) for store in layout.stores):
        return unproven("the manifest store reaches beyond what the data hash excludes")
    plan = DigestPlan(alg, complement(layout.size, exclusions))
    if digest(asset.source, plan, progress=asset.progress) != expected:
        return BindingResult("the content is not the one that was signed")
    return BindingResult(outside=tuple(outside))


def _decode_exclusions(value: object) -> tuple[Range, ...]:
    """Ranges in ascending order without overlap."""
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > limits.EXCLUSIONS:
        raise Malformed("exclusions is not a list, or too long")
    ranges: list[Range] = []
    for item in value:
        start = item.get("start") if isinstance(item, dict) else None
        length = item.get("length") if isinstance(item, dict) else None
        if not (type(start) is int and type(length) is int and start >= 0 and length >= 0):
            raise Malformed("an exclusion range without valid start and length")
        if ranges and start < ranges[-1].end:
            raise Malformed("exclusion ranges overlap or are out of order")
        ranges.append(Range(start, length))
    return tuple(ranges)


def _shift(exclusions: Iterable[Range], stores: tuple[EmbeddedStore, ...]) -> tuple[Range, ...]:
    """The ranges as they lie since update manifests made the store longer."""
    grown = {item.start: item.length for store in stores for item in store.exclusions}
    shifted: list[Range] = []
    shift = 0
    for start, length in exclusions:
        # The first range that begins where a store does is that of the store; a later one can begin
        # there by chance.
        now = grown.get(start, length) if not shift else length
        shifted.append(Range(start + shift, now))
        shift += now - length
    return tuple(shifted)


def _overlapping(exclusion: Range, stores: tuple[EmbeddedStore, ...]) -> Range | None:
    """The part of the file, grown by embedding a store, that an exclusion touches."""
    for store in stores:
        for part in (store.frame, *store.exclusions):
            if _overlaps(exclusion, part):
                return part
    return None


def _is_excluded(store: EmbeddedStore, exclusions: Sequence[Range]) -> bool:
    """Whether all of a store is excluded, or nothing of it.

    The framing around it is excluded as well, so anybody can make it longer: then decoders skip
    content as if it were the store, which is hashed all the same. What decoders skip has to be what
    the signature excludes. Pieces of older stores are content to the newer one.
    """
    if not any(_overlaps(part, item) for part in store.exclusions for item in exclusions):
        return True
    pieces = (
        piece for piece in store.pieces if any(_overlaps(piece, part) for part in store.exclusions)
    )
    return all(_is_within(piece, exclusions) for piece in pieces)


def _overlaps(one: Range, other: Range) -> bool:
    return one.start < other.end and other.start < one.end


def _is_within(part: Range, exclusions: Iterable[Range]) -> bool:
    """Whether every byte of a range is excluded."""
    position = part.start
    for exclusion in exclusions:
        if exclusion.start <= position < exclusion.end:
            position = exclusion.end
    return position >= part.end


def _only_padding(source: Source, exclusion: Range, frame: Range) -> bool:
    """Whether what an exclusion covers outside of the store's frame is zero bytes."""
    before = Range(exclusion.start, max(0, frame.start - exclusion.start))
    after = Range(frame.end, max(0, exclusion.end - frame.end))
    return is_blank(source, before) and is_blank(source, after)


def _exclusions(layout: Layout) -> tuple[Range, ...]:
    return tuple(item for store in layout.stores for item in store.exclusions)


def _plans(asset: Asset, terms: BindingTerms) -> Iterable[DigestPlan]:
    layout = asset.layout
    return [DigestPlan(terms.alg, complement(layout.size, _exclusions(layout)))]


def _fields(exclusions: Iterable[Range], alg: str, value: bytes) -> Fields:
    ranges = [{"start": start, "length": length} for start, length in exclusions]
    fields: Fields = {"exclusions": ranges} if ranges else {}
    return {**fields, "name": NAME, "alg": alg, "hash": value}


def _size(_asset: Asset, terms: BindingTerms) -> int:
    # The numbers are not known before the store has its final size, so each gets its largest
    # width, and a format that needs two exclusions fits as well. 16 bytes more, because what is
    # left over must hold a `pad` entry, and the shortest takes 5.
    bare = _fields((), terms.alg, sha2.blank(terms.alg))
    return len(cbor.encode(bare)) + len(b"\x6aexclusions\x82") + 2 * _EXCLUSION_SIZE + 16


def _encode(asset: Asset, terms: BindingTerms, values: Sequence[bytes], size: int) -> bytes:
    [value] = values
    return encode_to_size(_fields(_exclusions(asset.layout), terms.alg, value), size)


BINDING: Final = Binding(
    code="assertion.dataHash", check=_check, size=_size, plans=_plans, encode=_encode
)
