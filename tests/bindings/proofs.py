"""Proofs in trees of hashes, as other programs write them: ours binds every leaf."""

from __future__ import annotations

from collections.abc import Sequence

from aidisclose.bindings.merkle import row


def prove(
    leaves: Sequence[bytes], location: int, width: int, alg: str = "sha256"
) -> tuple[bytes, ...]:
    """The hashes that lead from a leaf to the row of `width` nodes."""
    nodes = list(leaves)
    hashes: list[bytes] = []
    while len(nodes) > width:
        if location ^ 1 < len(nodes):
            hashes.append(nodes[location ^ 1])
        nodes = row(nodes, (len(nodes) + 1) // 2, alg)
        location >>= 1
    return tuple(hashes)
