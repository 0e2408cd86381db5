"""Merkle trees: rows, proofs, and what is refused."""

from __future__ import annotations

import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.bindings import merkle
from aidisclose.bindings.binding import UnsupportedAlgorithm
from aidisclose.bindings.merkle import Proof, Tree
from aidisclose.codec import cbor
from aidisclose.errors import AidiscloseError, LimitExceeded, Malformed
from tests.bindings.proofs import prove

ID = (1, 0)


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def leaves(count: int) -> list[bytes]:
    return [sha(bytes([number])) for number in range(count)]


def tree(count: int, width: int) -> Tree:
    return Tree(ID, count, "sha256", tuple(merkle.row(leaves(count), width, "sha256")))


def proof(count: int, location: int, width: int) -> Proof:
    return Proof(ID, location, prove(leaves(count), location, width, "sha256"))


def test_a_tree_of_five_leaves() -> None:
    """The last leaf has no partner until the root."""
    a, b, c, d, e = leaves(5)
    assert list(merkle.widths(5)) == [5, 3, 2, 1]
    assert merkle.row([a, b, c, d, e], 3, "sha256") == [sha(a, b), sha(c, d), e]
    assert merkle.row([a, b, c, d, e], 1, "sha256") == [sha(sha(sha(a, b), sha(c, d)), e)]
    assert prove([a, b, c, d, e], 2, 1, "sha256") == (d, sha(a, b), e)
    assert prove([a, b, c, d, e], 4, 1, "sha256") == (sha(sha(a, b), sha(c, d)),)
    assert prove([a, b, c, d, e], 4, 2, "sha256") == ()


@pytest.mark.parametrize("count", range(1, 20))
def test_every_leaf_is_held_by_every_row(count: int) -> None:
    for width in merkle.widths(count):
        whole = tree(count, width)
        for location, leaf in enumerate(leaves(count)):
            assert whole.holds(leaf, proof(count, location, width))


@given(st.data())
def test_nothing_else_is_held(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 40))
    width = data.draw(st.sampled_from(list(merkle.widths(count))))
    location = data.draw(st.integers(0, count - 1))
    whole, leaf, good = tree(count, width), leaves(count)[location], proof(count, location, width)
    assert not whole.holds(sha(b"another"), good)
    assert not whole.holds(leaf, good._replace(hashes=(*good.hashes, sha(b"more"))))
    assert not whole.holds(leaf, good._replace(hashes=good.hashes[1:])) or not good.hashes
    other = data.draw(st.integers(0, 2 * count).filter(lambda number: number != location))
    assert not whole.holds(leaf, good._replace(location=other))
    if good.hashes:
        swapped = (sha(b"another"), *good.hashes[1:])
        assert not whole.holds(leaf, good._replace(hashes=swapped))


def test_a_tree_is_read_as_it_is_written() -> None:
    written = tree(5, 3)._replace(init_hash=b"i" * 32, block_size=1024)
    assert merkle.decode_trees([written.encode()], None) == (written,)


def fields(**changes: object) -> dict[str, object]:
    good = {"uniqueId": 1, "localId": 0, "count": 3, "alg": "sha256", "hashes": [b"a", b"b"]}
    return good | changes


def test_absent_fields() -> None:
    assert merkle.decode_trees(None, "sha256") == ()
    [found] = merkle.decode_trees([fields(alg=None, initHash=None)], "sha384")
    assert found == Tree((1, 0), 3, "sha384", (b"a", b"b"))


@pytest.mark.parametrize(
    "value",
    [
        *({}, [], [1], "merkle"),
        [fields(), fields()],
        [fields(count=None)],
        [fields(count=-1)],
        [fields(count=True)],
        [fields(count=4.0)],
        [fields(uniqueId=None)],
        [fields(localId="0")],
        [fields(hashes=None)],
        [fields(hashes=[])],
        [fields(hashes=["a", "b"])],
        [fields(hashes=[b""] * 4)],
        [fields(count=9, hashes=[b""] * 4)],
        [fields(initHash="")],
        [fields(fixedBlockSize=-1)],
        [fields(fixedBlockSize="1")],
        [fields(variableBlockSizes=[1, 2])],
        [fields(variableBlockSizes=[1, 2, -3])],
        [fields(variableBlockSizes=[1, 2, b""])],
        [fields(variableBlockSizes=3)],
    ],
    ids=repr,
)
def test_what_is_no_tree_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        merkle.decode_trees(value, "sha256")


@pytest.mark.parametrize("alg", ["sha1", "md5", 256, None])
def test_an_algorithm_must_be_named_and_permitted(alg: object) -> None:
    with pytest.raises(UnsupportedAlgorithm):
        merkle.decode_trees([fields(alg=alg)], None)


def test_leaves_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MERKLE_LEAVES", 5)
    trees = [fields(localId=number) for number in range(2)]
    assert merkle.decode_trees(trees[:1], None)
    with pytest.raises(LimitExceeded):
        merkle.decode_trees(trees, None)


def test_a_proof_may_be_padded() -> None:
    encoded = cbor.encode({"uniqueId": 1, "localId": 2, "location": 3, "hashes": [b"a\0"]})
    assert merkle.decode_proof(encoded) == Proof((1, 2), 3, (b"a\0",))
    assert merkle.decode_proof(encoded + bytes(9)) == Proof((1, 2), 3, (b"a\0",))
    with pytest.raises(Malformed):
        merkle.decode_proof(encoded + b"\0\1")


def test_a_proof_may_have_no_hashes() -> None:
    encoded = cbor.encode({"uniqueId": 1, "localId": 2, "location": 3})
    assert merkle.decode_proof(encoded) == Proof((1, 2), 3)


@pytest.mark.parametrize(
    "value",
    [
        *(1, [], {}),
        {"uniqueId": 1, "localId": 2},
        {"uniqueId": 1, "location": 2},
        {"uniqueId": 1, "localId": 2, "location": -1},
        {"uniqueId": 1, "localId": 2, "location": 1, "hashes": b""},
        {"uniqueId": 1, "localId": 2, "location": 1, "hashes": [1]},
    ],
    ids=repr,
)
def test_what_is_no_proof_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        merkle.decode_proof(cbor.encode(value))


@given(st.binary())
def test_any_bytes_are_a_proof_or_malformed(data: bytes) -> None:
    with contextlib.suppress(AidiscloseError):
        assert isinstance(merkle.decode_proof(data), Proof)


@pytest.mark.parametrize("name", ["note", "Hashes", 1, b"location"])
def test_a_proof_holds_nothing_that_could_be_shown(name: object) -> None:
    """An offset of its fragment may lead there, and nobody signed it."""
    fields: dict[object, object] = {"uniqueId": 1, "localId": 2, "location": 3}
    fields[name] = b"another film"
    with pytest.raises(Malformed, match="a Merkle proof with the field"):
        merkle.decode_proof(cbor.encode(fields))
