"""The BMFF hash of fragmented media, in one file or in many (C2PA 2.5 §14.12.2.2, §A.5.3.1.2).

A leaf of the Merkle tree of a track is the hash of one fragment: of its file, or in a single file
of its `moof` box and all up to the next one. A C2PA box before the `moof` box says which leaf it
is.
"""

from __future__ import annotations

import os
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from aidisclose import sha2
from aidisclose.bindings import box_exclusions, merkle
from aidisclose.bindings.binding import (
    NAME,
    Asset,
    BindingResult,
    BindingTerms,
    Fields,
    encode_to_size,
    unproven,
)
from aidisclose.bindings.box_exclusions import Excluded, Exclusion, remaining
from aidisclose.bindings.merkle import Proof, Tree
from aidisclose.codec import cbor
from aidisclose.containers.container import BoxTreed, Fragmented
from aidisclose.errors import Malformed, MalformedFile, UnsupportedFormat
from aidisclose.io.digest import DigestPlan, digest
from aidisclose.io.source import Range, Source, open_source
from aidisclose.named import NamedTuple

#: Each has 34 bytes in the manifest, and that in every initialization segment.
_MOST_FRAGMENTS: Final = 65_536


class _Fragment(NamedTuple):
    """A fragment, or what precedes all of them.

    Attributes:
        source: The file that it is, or lies in.
        parts: The parts of it that are hashed.
        proofs: The leaves that it claims to be.
        outside: The ranges that are left out of the file besides C2PA boxes.
        tracks: Ids of the tracks that it continues; looked for only where there are several trees.
        surplus: Any other fault of a file of its own, empty if there is none.
    """

    source: Source
    parts: tuple[Range | bytes, ...]
    proofs: tuple[Proof, ...]
    outside: tuple[Range, ...]
    tracks: tuple[int, ...] = ()
    surplus: str = ""


def check(
    asset: Asset, rules: Sequence[Exclusion], trees: Sequence[Tree], *, with_offsets: bool
) -> BindingResult:
    """Whether the fragments of an asset, and what precedes them, are what was signed.

    Of fragments in files of their own, those that are given must follow one another; that there are
    more is said, but not a failure: a stream may still be being received. A tree may be about
    fragments of another initialization segment, with the same manifest (§18.6.6 of 2.2). Each
    fragment is a leaf of one tree, and each track has one: fragments of two cuts of a film that
    share an initialization segment do not make a third.

    Raises:
        Malformed: A tree or a fragment lacks what is needed to check it.
        LimitExceeded: Too many boxes match the rules.
        OSError: A fragment cannot be read.
    """
    # Without it, fragments could be put behind another head, which says how they are decoded.
    if any(tree.init_hash is None for tree in trees):
        raise Malformed("a Merkle tree of fragments without initHash")
    reading = _Reading(rules, with_offsets=with_offsets, with_tracks=len(trees) > 1)
    first, *others = _divide(asset, reading)
    outside, elsewhere = [*first.outside], ""
    hashes = {alg: _hash(first, alg, asset) for alg in {tree.alg for tree in trees}}
    own = [tree for tree in trees if tree.init_hash == hashes[tree.alg]]
    if first.proofs or not own or (others and len(own) < len(trees)):
        return BindingResult("what precedes the fragments is not what was signed")
    if bool(others) == bool(asset.fragments):
        reason = "it has fragments itself" if others else "name its fragments with --fragment"
        return unproven(f"the file cannot be checked alone: {reason}")
    fragments = others or _open(asset, reading)
    leaves = _Leaves(own, are_complete=bool(others))
    try:
        for fragment in fragments:
            if not asset.fragments:
                outside += fragment.outside
            elif fragment.outside:
                elsewhere = elsewhere or f"a part of {name(asset, leaves.count)}"
            if failure := leaves.check(fragment, asset):
                return BindingResult(failure)
    except (MalformedFile, UnsupportedFormat) as error:
        return BindingResult(f"{name(asset, leaves.count)} cannot be read: {error}")
    outcome = leaves.outcome()
    if outcome.failure is not None:
        return outcome
    return outcome._replace(outside=tuple(sorted(set(outside))), elsewhere=elsewhere)


class _Reading(NamedTuple):
    """The state of reading fragments.

    Attributes:
        rules: The parts of them that are not hashed.
        with_offsets: Whether the place of each box is.
        with_tracks: Whether to look for the tracks that each continues.
    """

    rules: Sequence[Exclusion]
    with_offsets: bool
    with_tracks: bool


def _divide(asset: Asset, reading: _Reading) -> Iterator[_Fragment]:
    """Divide a file into its head and its fragments; C2PA boxes count to the next fragment."""
    excluded, proofs = _examine(asset, reading.rules)
    blocks = asset.layout.blocks
    starts = [number for number, block in enumerate(blocks) if block.name == "moof"]
    offsets = [blocks[number].start for number in starts]
    claims: list[list[Proof]] = [[] for _ in range(len(starts) + 1)]
    for offset, proof in proofs:
        # One behind the last fragment counts to that, for which it cannot be right.
        claims[min(bisect(offsets, offset) + 1, len(starts))].append(proof)
    tracks: list[list[int]] = [[] for _ in range(len(starts) + 1)]
    for offset, track in _tracks(asset) if reading.with_tracks else ():
        tracks[bisect(offsets, offset)].append(track)
    ends = pairwise([0, *starts, len(blocks)])
    for claim, ids, (begin, end) in zip(claims, tracks, ends, strict=True):
        hashed = remaining(blocks[begin:end], excluded, with_offsets=reading.with_offsets)
        outside = excluded.outside
        yield _Fragment(asset.source, tuple(hashed), tuple(claim), outside, tuple(ids))


def _open(asset: Asset, reading: _Reading) -> Iterator[_Fragment]:
    """The files with fragments, each open until the next is asked for."""
    sizes: Mapping[bytes, bytes] = {}
    if isinstance(asset.container, Fragmented):
        sizes = asset.container.sample_sizes(asset.source, asset.layout)
    for readable in asset.fragments:
        with open_source(readable) as source:
            layout = asset.container.scan(source)
            opened = asset._replace(source=source, layout=layout)
            excluded, proofs = _examine(opened, reading.rules)
            hashed = remaining(layout.blocks, excluded, with_offsets=reading.with_offsets)
            claims = tuple(proof for _, proof in proofs)
            tracks = tuple(track for _, track in _tracks(opened)) if reading.with_tracks else ()
            more = surplus(opened, sizes)
            yield _Fragment(source, tuple(hashed), claims, excluded.outside, tracks, more)


def surplus(asset: Asset, sizes: Mapping[bytes, bytes]) -> str:
    """The bytes of a fragment, or those it leads players to, that no hash covers; empty if none.

    Anybody can add a C2PA box to it, or an index, neither of which is hashed.

    Arguments:
        asset: The fragment, a file of its own.
        sizes: Of samples, as the initialization segment says.

    Raises:
        MalformedFile: The tables of its samples cannot be read.
        LimitExceeded: They are too large.
    """
    if asset.layout.stores or asset.layout.problems:
        return "has a manifest store of its own"
    if isinstance(asset.container, Fragmented):
        for found in asset.container.sample_strays(asset.source, asset.layout, sizes):
            return f"leads players to offset {found.place.start}, where nothing is signed"
    return ""


def _examine(asset: Asset, rules: Iterable[Exclusion]) -> tuple[Excluded, list[tuple[int, Proof]]]:
    """The exclusions of a file, and the claims of its C2PA boxes with their offsets."""
    if not isinstance(asset.container, BoxTreed):
        raise UnsupportedFormat("not an ISO media file")
    boxes = asset.container.tree(asset.source, asset.layout)
    excluded = box_exclusions.apply(asset.source, boxes, rules, with_trees=False)
    return excluded, [(offset, merkle.decode_proof(data)) for offset, data in boxes.proofs()]


def _tracks(asset: Asset) -> Iterator[tuple[int, int]]:
    """The track of each `tfhd` box in a file, with the box's offset."""
    if not isinstance(asset.container, BoxTreed):
        raise UnsupportedFormat("not an ISO media file")
    boxes = asset.container.tree(asset.source, asset.layout)
    for box in boxes.find("/moof/traf/tfhd"):
        # Its version and flags come first (ISO/IEC 14496-12 §8.8.7).
        yield box.start, int.from_bytes(asset.source.read_at(boxes.content(box).start + 4, 4))


def _hash(fragment: _Fragment, alg: str, asset: Asset) -> bytes:
    return digest(fragment.source, DigestPlan(alg, fragment.parts), progress=asset.progress)


def name(asset: Asset, number: int) -> str:
    """The name of a fragment, counted from 0, in messages; may hold untrusted text."""
    readable = asset.fragments[number] if asset.fragments else None
    file = f" ({Path(readable).name})" if isinstance(readable, str | os.PathLike) else ""
    return f"fragment {number + 1}{file}"


class _Leaves:
    """The leaves seen so far.

    Arguments:
        trees: The trees of the manifest.
        are_complete: Whether all fragments are there, so that all leaves must be.

    Attributes:
        count: The number of fragments seen.
    """

    def __init__(self, trees: Iterable[Tree], *, are_complete: bool) -> None:
        self._trees = {tree.id: tree for tree in trees}
        self._are_complete = are_complete
        self._next = dict.fromkeys(self._trees, 0) if are_complete else {}
        self._seen = dict.fromkeys(self._trees, 0)
        self._owners: dict[int, tuple[int, int]] = {}
        self.count = 0

    def check(self, fragment: _Fragment, asset: Asset) -> str | None:
        """The reason why the next fragment is not the signed one; None if it is."""
        called = name(asset, self.count)
        self.count += 1
        if not fragment.proofs:
            raise Malformed(f"{called} has no C2PA box with a proof")
        if len(fragment.proofs) > 1:
            # One would be checked and the other only claimed.
            return f"{called} claims to be {len(fragment.proofs)} leaves of Merkle trees"
        if fragment.surplus:
            return f"{called} {fragment.surplus}"
        [proof] = fragment.proofs
        tree = self._trees.get(proof.tree)
        if tree is None:
            return f"{called} belongs to no Merkle tree of this initialization segment"
        if not self._continues(tree, fragment):
            return f"{called} belongs to another Merkle tree than those before it"
        # The first of files of their own may be any: who joins a stream late has none before it.
        if proof.location != self._next.get(tree.id, proof.location):
            return f"{called} does not follow the one before it"
        self._next[tree.id] = proof.location + 1
        self._seen[tree.id] += 1
        if not tree.holds(_hash(fragment, tree.alg, asset), proof):
            return f"{called} is not the one that was signed"
        return None

    def _continues(self, tree: Tree, fragment: _Fragment) -> bool:
        """Whether all fragments so far of the same tracks are leaves of this tree."""
        if len(self._trees) == 1:
            return True
        owners = [self._owners.setdefault(track, tree.id) for track in fragment.tracks]
        return bool(owners) and all(owner == tree.id for owner in owners)

    def outcome(self) -> BindingResult:
        """The result when there are no more fragments and all of them matched."""
        leaves = sum(tree.leaves for tree in self._trees.values())
        left = leaves - sum(self._seen.values())
        if left and self._are_complete:
            return BindingResult("fragments are missing at the end")
        return BindingResult(unchecked=f"{left} of {leaves} fragments" if left else "")


def size(asset: Asset, terms: BindingTerms) -> int:
    """See `Binding.size`; the fragments of the asset are counted, not read.

    Raises:
        UnsupportedFormat: It is not an initialization segment, or has too many fragments.
    """
    if len(asset.fragments) > _MOST_FRAGMENTS:
        raise UnsupportedFormat(f"more than {_MOST_FRAGMENTS} fragments in one manifest")
    # Any value of the right length: the size alone counts before the hashes are known.
    blank = sha2.blank(terms.alg)
    return len(cbor.encode(_fields(asset, terms, [blank] * (1 + len(asset.fragments)))))


def plans(asset: Asset, terms: BindingTerms) -> tuple[DigestPlan]:
    """The digests of an initialization segment, or of a fragment with its C2PA box."""
    rules = box_exclusions.required(terms.spec, with_trees=False)
    excluded, _ = _examine(asset, rules)
    return (
        DigestPlan(terms.alg, tuple(remaining(asset.layout.blocks, excluded, with_offsets=True))),
    )


def encode(asset: Asset, terms: BindingTerms, values: Sequence[bytes], size: int) -> bytes:
    """See `Binding.encode`; the first digest is that of the initialization segment."""
    return encode_to_size(_fields(asset, terms, values), size)


def claim(asset: Asset, location: int) -> bytes:
    """The content of a fragment's C2PA box. All leaves stand in the manifest: it has no hashes.

    Arguments:
        asset: The initialization segment.
        location: Number of the fragment, from 0.
    """
    return cbor.encode(Proof(_tree_id(asset), location).encode())


def _fields(asset: Asset, terms: BindingTerms, values: Sequence[bytes]) -> Fields:
    init_hash, *leaves = values
    tree = Tree(_tree_id(asset), len(leaves), terms.alg, tuple(leaves), init_hash)
    # A leaf is a fragment with its `mdat` box, which has no leaves of its own here.
    rules = box_exclusions.required(terms.spec, with_trees=False)
    return {
        "exclusions": [rule.encode() for rule in rules],
        "alg": terms.alg,
        "merkle": [tree.encode()],
        "name": NAME,
    }


def _tree_id(asset: Asset) -> tuple[int, int]:
    """A unique id, and that of the first track (C2PA 2.5 §A.5.3.2; ISO/IEC 14496-12 §8.3.2)."""
    if not isinstance(asset.container, BoxTreed):
        raise UnsupportedFormat(f"{asset.container.name} files have no fragments")
    boxes = asset.container.tree(asset.source, asset.layout)
    for box in boxes.find("/moov/trak[1]/tkhd"):
        version, _ = boxes.version_and_flags(box) or (0, 0)
        # Version, flags and two times come first, in 32 or in 64 bits each.
        offset = boxes.content(box).start + (20 if version else 12)
        track = asset.source.read_at(offset, 4)
        if offset + 4 <= box.end and len(track) == 4:
            return 1, int.from_bytes(track)
    raise UnsupportedFormat("no initialization segment: it has no track")
