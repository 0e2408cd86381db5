"""Merkle trees of a BMFF hash (C2PA 2.5 §A.5.3): leaves, one row in the manifest, proofs.

All leaves lie at the bottom. A node is the hash of its two children; the last node of a row with an
odd number of them has no partner and moves up as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeGuard, TypeVar

from aidisclose import limits, sha2
from aidisclose.bindings.binding import Fields, algorithm, maps, natural
from aidisclose.codec import cbor
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.named import NamedTuple

_T = TypeVar("_T")


class Proof(NamedTuple):
    """A `bmff-merkle-map`: which leaf a part of the file is, and what leads from it to the row.

    Attributes:
        tree: Unique and local id of the tree.
        location: Index of the leaf.
        hashes: The partners on the way up.
    """

    tree: tuple[int, int]
    location: int
    hashes: tuple[bytes, ...] = ()

    def encode(self) -> Fields:
        """As it is written in a C2PA box."""
        unique, local = self.tree
        fields: Fields = {"uniqueId": unique, "localId": local, "location": self.location}
        return fields | ({"hashes": list(self.hashes)} if self.hashes else {})


#: All that C2PA 2.5 §A.5.4.2 has.
_PROOF_FIELDS: Final = frozenset({"uniqueId", "localId", "location", "hashes"})


class Tree(NamedTuple):
    """A `merkle-map`: one row of a tree.

    Attributes:
        id: Unique and local id.
        leaves: Number of leaves.
        alg: Hash algorithm.
        row: Its hashes.
        init_hash: Of what precedes the fragments of a file.
        block_size: Bytes in each leaf but the last.
        block_sizes: Bytes in each leaf, if that differs.
    """

    id: tuple[int, int]
    leaves: int
    alg: str
    row: tuple[bytes, ...]
    init_hash: bytes | None = None
    block_size: int | None = None
    block_sizes: tuple[int, ...] | None = None

    def encode(self) -> Fields:
        """As it is written in an assertion."""
        unique, local = self.id
        fields: Fields = {
            "uniqueId": unique,
            "localId": local,
            "count": self.leaves,
            "alg": self.alg,
            "hashes": list(self.row),
        }
        if self.init_hash is not None:
            fields["initHash"] = self.init_hash
        if self.block_size is not None:
            fields["fixedBlockSize"] = self.block_size
        return fields

    def holds(self, leaf: bytes, proof: Proof) -> bool:
        """Whether a leaf is in its place in the tree."""
        if proof.location >= self.leaves:
            return False
        index = proof.location
        partners = iter(proof.hashes)
        node = leaf
        for width in widths(self.leaves):
            if width == len(self.row):
                break
            if index ^ 1 < width:
                partner = next(partners, None)
                if partner is None:
                    return False
                # Leaves and nodes are hashed alike. The signed count fixes the height, so a node
                # cannot pass for a leaf.
                pair = partner + node if index & 1 else node + partner
                node = sha2.digest(self.alg, pair)
            index >>= 1
        # Hashes left over would be bytes in the file that nothing checks.
        return next(partners, None) is None and self.row[index] == node


def widths(count: int) -> Iterator[int]:
    """The number of nodes in each row, from the leaves to the root."""
    while count > 1:
        yield count
        count = (count + 1) // 2
    yield count


def row(leaves: Sequence[bytes], width: int, alg: str) -> list[bytes]:
    """The row of `width` nodes above these leaves."""
    nodes = list(leaves)
    while len(nodes) > width:
        pairs = zip(nodes[::2], nodes[1::2], strict=False)
        # A node without a partner moves up as it is.
        above = [sha2.digest(alg, left + right) for left, right in pairs]
        nodes = above + nodes[len(nodes) & ~1 :]
    return nodes


def decode_trees(value: object, alg: str | None) -> tuple[Tree, ...]:
    """The trees of a BMFF hash; none if the field is absent.

    Raises:
        Malformed: They are not as the specification says, or share an id.
        LimitExceeded: They have too many leaves.
    """
    if value is None:
        return ()
    trees = tuple(_decode_tree(item, alg) for item in maps(value, "merkle", most=limits.EXCLUSIONS))
    if len({tree.id for tree in trees}) < len(trees):
        raise Malformed("two Merkle trees have the same id")
    if sum(tree.leaves for tree in trees) > limits.MERKLE_LEAVES:
        raise LimitExceeded(f"Merkle trees with more than {limits.MERKLE_LEAVES} leaves")
    return trees


def _decode_tree(fields: Fields, alg: str | None) -> Tree:
    count, hashes = natural(fields, "count"), fields.get("hashes")
    if count is None:
        raise Malformed("a Merkle tree without a count")
    size, sizes = natural(fields, "fixedBlockSize"), fields.get("variableBlockSizes")
    if sizes is not None and not (_is_list_of(sizes, int) and len(sizes) == count):
        raise Malformed("variableBlockSizes is not a list of as many numbers as there are leaves")
    if sizes is not None and any(size < 0 for size in sizes):
        raise Malformed("variableBlockSizes has a negative number")
    init_hash = fields.get("initHash")
    if init_hash is not None and not isinstance(init_hash, bytes):
        raise Malformed("initHash is not a byte string")
    tree = Tree(
        id=_decode_id(fields),
        leaves=count,
        alg=algorithm(fields, alg),
        row=_decode_hashes(hashes),
        init_hash=init_hash,
        block_size=size,
        block_sizes=None if sizes is None else tuple(sizes),
    )
    # A list for no leaves is empty, as the reference writes it for an empty `mdat`.
    if len(tree.row) not in widths(count):
        raise Malformed(f"a tree of {count} leaves has no row of {len(tree.row)} hashes")
    return tree


def decode_proof(data: bytes) -> Proof:
    """Decode the content of an auxiliary C2PA box; zeros may follow it.

    Raises:
        Malformed: It is something else.
    """
    fields = cbor.decode(data, padded=True)
    if not isinstance(fields, dict):
        raise Malformed("a Merkle proof is not a map")
    if unknown := fields.keys() - _PROOF_FIELDS:
        # No hash covers the box, so that it must hold nothing that could be shown.
        raise Malformed(f"a Merkle proof with the field {str(min(unknown, key=str))[:80]!r}")
    location = natural(fields, "location")
    if location is None:
        raise Malformed("a Merkle proof without a location")
    hashes = fields.get("hashes")
    return Proof(_decode_id(fields), location, () if hashes is None else _decode_hashes(hashes))


def _decode_id(fields: Fields) -> tuple[int, int]:
    unique, local = fields.get("uniqueId"), fields.get("localId")
    if not (type(unique) is int and type(local) is int):
        raise Malformed("a Merkle tree or proof without uniqueId and localId")
    return unique, local


def _decode_hashes(value: object) -> tuple[bytes, ...]:
    if not _is_list_of(value, bytes):
        raise Malformed("hashes is not a list of byte strings")
    return tuple(value)


def _is_list_of(value: object, kind: type[_T]) -> TypeGuard[list[_T]]:
    return isinstance(value, list) and all(type(item) is kind for item in value)
