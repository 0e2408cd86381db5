"""`c2pa.hash.bmff`: digests over the boxes of an ISO media file (C2PA 2.5 §14.12.2, §16.3.2).

What is hashed of a file, in its order, is each top-level box without what the exclusion list names,
preceded by its offset. The content of a large `mdat` box may be hashed in blocks instead, as the
leaves of a Merkle tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice, repeat
from typing import Final

from aidisclose import limits, sha2
from aidisclose.bindings import box_exclusions, fragments, merkle
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
from aidisclose.bindings.box_exclusions import MDAT_HEAD, Excluded, remaining, required
from aidisclose.bindings.merkle import Proof, Tree
from aidisclose.codec import cbor
from aidisclose.containers import Block, BoxTree
from aidisclose.containers.container import BoxTreed
from aidisclose.errors import Malformed, UnsupportedFormat
from aidisclose.io.digest import DigestPlan, digests
from aidisclose.io.source import Range

#: From here on a Merkle tree pays: its leaves are hashed on all processors.
_LARGE: Final = 32 * limits.MIB
#: The smallest leaf, and the most leaves: all their hashes stand in the manifest, in 34 bytes each,
#: so that no further boxes are needed.
_SMALLEST_LEAF: Final = limits.MIB
_MOST_LEAVES: Final = 4096

#: Id of a tree, and location in it.
_Leaf = tuple[tuple[int, int], int]


def _check(
    asset: Asset, fields: Fields, alg: str | None, *, with_offsets: bool = True
) -> BindingResult:
    if not isinstance(asset.container, BoxTreed):
        return unproven("a BMFF hash on a file that is not an ISO media file")
    rules = box_exclusions.decode(fields.get("exclusions"))
    alg = algorithm(fields, alg)
    trees = merkle.decode_trees(fields.get("merkle"), alg)
    expected = fields.get("hash")
    # Only fragmented media have trees and no hash of the file: there each fragment is a leaf
    # (§14.12.2).
    if trees and expected is None:
        return fragments.check(asset, rules, trees, with_offsets=with_offsets)
    if trees and any(block.name == "moof" for block in asset.layout.blocks):
        raise Malformed("hash and merkle together in a fragmented file")
    if not isinstance(expected, bytes):
        return unproven("the BMFF hash has no hash field")
    if asset.fragments:
        return unproven("the signed file is not the initialization segment of media segments")
    boxes = asset.container.tree(asset.source, asset.layout)
    excluded = box_exclusions.apply(asset.source, boxes, rules, with_trees=bool(trees))
    whole = DigestPlan(
        alg, tuple(remaining(asset.layout.blocks, excluded, with_offsets=with_offsets))
    )
    media = _pair(trees, [block for block in asset.layout.blocks if block.name == "mdat"])
    if isinstance(media, str):
        return BindingResult(media)
    proofs = [merkle.decode_proof(data) for _, data in boxes.proofs()]
    claims = _claims(trees, proofs)
    outside = [*excluded.outside]
    # The reference leaves the proofs for an earlier manifest behind. Nothing protects them.
    if len(proofs) > len(claims):
        outside += [Range(offset, len(data)) for offset, data in boxes.proofs()]
    if not with_offsets:
        outside += _movable(asset.layout.blocks, excluded)
    return BindingResult(
        _compare(asset, whole, expected, media, claims), tuple(sorted(set(outside)))
    )


def _movable(blocks: Sequence[Block], excluded: Excluded) -> Iterator[Range]:
    """The media that a box before them moves, where the hash does not cover where boxes are.

    Tables say by offsets in the file which bytes are shown. Version 1 of the assertion hashes the
    tables and the media, but not their distance: whoever makes an excluded box longer chooses which
    bytes of the media, or of that box, the tables lead to.
    """
    first = min(excluded.gone, default=None)
    for block in blocks:
        if first is not None and block.start > first and block.name == "mdat":
            yield Range(block.start, block.length)


def _pair(trees: Sequence[Tree], mdats: Sequence[Block]) -> list[tuple[Tree, Block]] | str:
    """Each tree and the box that it is about, or why the file is not the one that was signed."""
    if not trees:
        return []
    if sorted(tree.id[1] for tree in trees) != list(range(len(mdats))):
        return "there is not one Merkle tree for each mdat box"
    media = [(tree, mdats[tree.id[1]]) for tree in trees]
    if any(_leaf_count(tree, mdat) < tree.leaves for tree, mdat in media):
        return "an mdat box is shorter than the one that was signed"
    return media


def _claims(trees: Sequence[Tree], proofs: Sequence[Proof]) -> dict[_Leaf, list[Proof]]:
    """The proofs that trees of which not all leaves stand in the manifest need, by their leaf.

    Raises:
        Malformed: One is missing.
    """
    needed = {tree.id: tree.leaves for tree in trees if len(tree.row) < tree.leaves}
    claims: dict[_Leaf, list[Proof]] = {}
    for proof in proofs:
        if proof.location < needed.get(proof.tree, 0):
            claims.setdefault((proof.tree, proof.location), []).append(proof)
    # Counted once per leaf: a proof that is repeated must not stand in for one that is missing.
    if len(claims) < sum(needed.values()):
        raise Malformed("a C2PA box with the proof for a part of an mdat box is missing")
    return claims


def _compare(
    asset: Asset,
    whole: DigestPlan,
    expected: bytes,
    media: Sequence[tuple[Tree, Block]],
    claims: dict[_Leaf, list[Proof]],
) -> str | None:
    plans = (DigestPlan(tree.alg, (leaf,)) for tree, mdat in media for leaf in _leaves(tree, mdat))
    *values, value = digests(asset.source, chain(plans, [whole]), progress=asset.progress)
    if value != expected:
        return "the content is not the one that was signed"
    hashes = iter(values)
    for tree, mdat in media:
        for location, leaf in enumerate(islice(hashes, tree.leaves)):
            proofs = claims.get((tree.id, location)) or [Proof(tree.id, location)]
            # Of several proofs for a leaf one is enough: those of an earlier manifest may be left
            # behind.
            if not any(tree.holds(leaf, proof) for proof in proofs):
                part = list(_leaves(tree, mdat))[location]
                return f"the content was changed between offsets {part.start} and {part.end}"
    return None


def _content(mdat: Block) -> Range:
    """The bytes of an `mdat` box that belong in leaves."""
    # 16 bytes also where the header has 8: then the first bytes of media are in the plain hash.
    length = max(0, mdat.length - MDAT_HEAD)
    return Range(mdat.end - length, length)


def _leaf_count(tree: Tree, mdat: Block) -> int:
    """The number of leaves of an `mdat` box.

    Raises:
        Malformed: More than the tree, or it does not say where they are.
    """
    length = _content(mdat).length
    if tree.block_sizes is not None:
        if tree.block_size is not None:
            raise Malformed("fixedBlockSize and variableBlockSizes together")
        if sum(tree.block_sizes) != length:
            raise Malformed(f"variableBlockSizes are not those of {length} bytes of an mdat box")
        return tree.leaves
    if tree.block_size == 0:
        raise Malformed("fixedBlockSize is 0")
    # Without a size, the whole content is one leaf.
    count = 1 if tree.block_size is None else -(-length // tree.block_size)
    if count > tree.leaves:
        raise Malformed(f"a Merkle tree with {tree.leaves} leaves for {count} blocks")
    return count


def _leaves(tree: Tree, mdat: Block) -> Iterator[Range]:
    """The bytes that each leaf covers, if the tree fits."""
    start, length = _content(mdat)
    end = start + length
    for size in tree.block_sizes or repeat(tree.block_size or length, tree.leaves):
        yield Range(start, min(size, end - start))
        start += size


def _plant(asset: Asset, alg: str) -> Tree | None:
    """The tree to write, still without hashes."""
    blocks = asset.layout.blocks
    media = [block for block in blocks if block.name == "mdat"]
    # The reference compares several trees with several boxes in random order, and fails by chance.
    if len(media) != 1 or media[0].length < _LARGE:
        return None
    # §14.12.2 forbids a hash and a tree together in fragmented media.
    if any(block.name == "moof" for block in blocks):
        return None
    length = _content(media[0]).length
    size = _SMALLEST_LEAF
    while length > size * _MOST_LEAVES:
        size *= 2
    return Tree(id=(1, 0), leaves=-(-length // size), alg=alg, row=(), block_size=size)


def _plans(asset: Asset, terms: BindingTerms) -> Iterator[DigestPlan]:
    tree = _plant(asset, terms.alg)
    boxes = _tree_of(asset)
    rules = required(terms.spec, with_trees=tree is not None)
    excluded = box_exclusions.apply(asset.source, boxes, rules, with_trees=tree is not None)
    if tree is not None:
        [mdat] = (block for block in asset.layout.blocks if block.name == "mdat")
        for leaf in _leaves(tree, mdat):
            yield DigestPlan(terms.alg, (leaf,))
    # Last, because it may have to wait for the end of a file that is still being written.
    yield DigestPlan(terms.alg, tuple(remaining(asset.layout.blocks, excluded, with_offsets=True)))


def _size(asset: Asset, terms: BindingTerms) -> int:
    _tree_of(asset)
    tree = _plant(asset, terms.alg)
    blank = sha2.blank(terms.alg)
    # Every digest has the same length, so that blank ones show the final size.
    return len(cbor.encode(_fields(terms, tree, [blank] * ((tree.leaves if tree else 0) + 1))))


def _tree_of(asset: Asset) -> BoxTree:
    if not isinstance(asset.container, BoxTreed):
        raise UnsupportedFormat(f"a BMFF hash is not possible in {asset.container.name} files")
    return asset.container.tree(asset.source, asset.layout)


def _encode(asset: Asset, terms: BindingTerms, values: Sequence[bytes], size: int) -> bytes:
    return encode_to_size(_fields(terms, _plant(asset, terms.alg), values), size)


def _fields(terms: BindingTerms, tree: Tree | None, values: Sequence[bytes]) -> Fields:
    *leaves, whole = values
    fields: Fields = {
        "exclusions": [rule.encode() for rule in required(terms.spec, with_trees=tree is not None)],
        "alg": terms.alg,
        "hash": whole,
        "name": NAME,
    }
    if tree is not None:
        fields["merkle"] = [tree._replace(row=tuple(leaves)).encode()]
    return fields


BINDING: Final = Binding(
    code="assertion.bmffHash", check=_check, size=_size, plans=_plans, encode=_encode
)
#: The first version, which is read only, hashes no offsets. §16.3.2.1 would have it ignored, but
#: files of C2PA 1.0 have no other binding; what it leaves open is reported (`_movable`).
FIRST_VERSION: Final = BINDING._replace(check=partial(_check, with_offsets=False))
#: How the initialization segment of fragmented media is signed.
FRAGMENTED: Final = BINDING._replace(
    size=fragments.size, plans=fragments.plans, encode=fragments.encode
)
