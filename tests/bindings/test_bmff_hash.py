"""The BMFF hash of whole files, with and without Merkle trees."""

from __future__ import annotations

from itertools import pairwise

import pytest

from aidisclose.bindings import bmff_hash, merkle
from aidisclose.bindings.binding import BindingResult, BindingTerms, Fields, UnsupportedAlgorithm
from aidisclose.bindings.box_exclusions import BRANDS, C2PA, INDEX, MEDIA, Exclusion
from aidisclose.codec import cbor
from aidisclose.containers import bmff
from aidisclose.errors import Malformed
from aidisclose.io.digest import DigestPlan, digest
from aidisclose.io.source import BytesSource, Range
from aidisclose.manifest.spec import Spec
from tests.bindings.build import BMFF, asset, bind, check, embed, flip, is_noticed
from tests.bindings.proofs import prove
from tests.containers import samples
from tests.containers.samples_bmff import box, fragments, ftyp, movie

V1 = "c2pa.hash.bmff"
LEAF = 256


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files get a Merkle tree as well."""
    monkeypatch.setattr(bmff_hash, "_LARGE", 0)
    monkeypatch.setattr(bmff_hash, "_SMALLEST_LEAF", LEAF)


def hash_of(data: bytes, *parts: Range | bytes) -> bytes:
    return digest(BytesSource(data), DigestPlan("sha256", parts))


def with_leaves(data: bytes, width: int = 1) -> tuple[bytes, Fields]:
    """A file with a tree of which one row stands in the manifest, and proofs at the end."""
    fields = bind(BMFF, data)
    [tree] = merkle.decode_trees(fields["merkle"], None)
    leaves = list(tree.row)
    row = merkle.row(leaves, width, "sha256")
    changed: Fields = {**fields, "merkle": [tree._replace(row=tuple(row)).encode()]}
    for location in range(len(leaves)):
        hashes = list(prove(leaves, location, width, "sha256"))
        data += proof(location=location, hashes=hashes)
    return data, changed


def proof(**fields: object) -> bytes:
    encoded = cbor.encode({"uniqueId": 1, "localId": 0} | fields)
    return bmff.frame(encoded + bytes(3), purpose="merkle")


def test_the_hash_of_a_file() -> None:
    """Each box after its place; the store and the index of fragments left out."""
    data = embed(fragments())
    kept = [block for block in asset(data).layout.blocks if block.name not in ("uuid", "mfra")]
    parts: list[Range | bytes] = []
    for block in kept:
        parts += [block.start.to_bytes(8), Range(block.start, block.length)]
    fields = bind(BMFF, data)
    assert fields["hash"] == hash_of(data, *parts)
    assert fields["exclusions"] == [C2PA.encode(), INDEX.encode()]
    assert "merkle" not in fields


@pytest.mark.parametrize(
    ("spec", "rules"), [(Spec.V2_2, [C2PA, INDEX, BRANDS]), (Spec.V2_4, [C2PA, INDEX, BRANDS])]
)
def test_brands_are_left_out_before_2_5(spec: Spec, rules: list[Exclusion]) -> None:
    data = embed(movie())
    fields = bind(BMFF, data, BindingTerms("sha256", spec))
    assert fields["exclusions"] == [rule.encode() for rule in rules]
    assert check(BMFF, data, fields) == BindingResult()
    assert not is_noticed(BMFF, flip(data, 8), fields)
    assert is_noticed(BMFF, flip(data, 8), bind(BMFF, data))


def test_the_first_version_hashes_no_places() -> None:
    data = embed(movie())
    rules = [C2PA.encode(), BRANDS.encode(), Exclusion("/free").encode()]
    kept = [block for block in asset(data).layout.blocks if block.name in ("moov", "mdat")]
    value = hash_of(data, *(Range(block.start, block.length) for block in kept))
    fields: Fields = {"exclusions": rules, "alg": "sha256", "hash": value}
    moved = data.replace(ftyp(), ftyp("isom", "iso2", "mp41", "mp42"))
    for file in (data, moved):
        found = check(V1, file, fields)
        [media] = [block for block in asset(file).layout.blocks if block.name == "mdat"]
        assert found == BindingResult(outside=(Range(media.start, media.length),))
    assert is_noticed(BMFF, data, fields)
    assert is_noticed(V1, flip(data, len(data) - 1), fields)


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("make", [movie, lambda: movie(first=False, width=8, large=True)])
def test_a_large_file_gets_a_tree(make: object) -> None:
    data = embed(movie() if make is movie else movie(first=False, width=8, large=True))
    fields = bind(BMFF, data)
    [mdat] = [block for block in asset(data).layout.blocks if block.name == "mdat"]
    content = data[mdat.start + 16 : mdat.end]
    blocks = [content[at : at + LEAF] for at in range(0, len(content), LEAF)]
    [tree] = merkle.decode_trees(fields["merkle"], None)
    assert tree.row == tuple(hash_of(block, Range(0, LEAF)) for block in blocks)
    assert (tree.id, tree.leaves, tree.block_size) == ((1, 0), len(blocks), LEAF)
    assert MEDIA.encode() in fields["exclusions"]  # type: ignore[operator]
    assert check(BMFF, data, fields) == BindingResult()


@pytest.mark.usefixtures("planted")
def test_every_byte_of_a_file_with_a_tree_counts() -> None:
    data = embed(movie())
    fields = bind(BMFF, data)
    [frame] = [store.frame for store in asset(data).layout.stores]
    offsets = [at for at in range(len(data)) if not frame.start <= at < frame.end]
    assert [at for at in offsets if not is_noticed(BMFF, flip(data, at), fields)] == []


@pytest.mark.usefixtures("planted")
def test_where_the_content_was_changed_is_said() -> None:
    data = embed(movie())
    fields = bind(BMFF, data)
    [mdat] = [block for block in asset(data).layout.blocks if block.name == "mdat"]
    start = mdat.start + 16 + 3 * LEAF
    outcome = check(BMFF, flip(data, start + 7), fields)
    message = f"the content was changed between offsets {start} and {start + LEAF}"
    assert outcome == BindingResult(message)


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("leaves", [3, 2, 1])
def test_leaves_grow_so_that_they_stay_few(leaves: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bmff_hash, "_MOST_LEAVES", leaves)
    data = embed(movie())
    fields = bind(BMFF, data)
    [tree] = merkle.decode_trees(fields["merkle"], None)
    assert tree.leaves <= leaves
    assert check(BMFF, data, fields) == BindingResult()


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("data", [movie() + box("mdat", b"more media" * 9), fragments(), ftyp()])
def test_no_tree_where_the_reference_or_the_format_has_none(data: bytes) -> None:
    """The reference checks the trees of several boxes in random order."""
    data = embed(data)
    fields = bind(BMFF, data)
    assert "merkle" not in fields
    assert check(BMFF, data, fields) == BindingResult()


@pytest.mark.usefixtures("planted")
def test_several_boxes_with_trees_are_read() -> None:
    data = embed(movie() + box("mdat", b"more media" * 9) + box("mdat"))
    blocks = asset(data).layout.blocks
    trees = []
    for number, mdat in enumerate(block for block in blocks if block.name == "mdat"):
        length = max(0, mdat.length - 16)
        part = Range(mdat.end - length, length)
        row = (hash_of(data, part),) if length else ()
        tree = merkle.Tree((1, number), len(row), "sha256", row, block_size=1 << 20)
        trees.append(tree.encode())
    kept: list[Range | bytes] = []
    for block in blocks:
        if block.name != "uuid":
            length = min(block.length, 16) if block.name == "mdat" else block.length
            kept += [block.start.to_bytes(8), Range(block.start, length)]
    rules = [rule.encode() for rule in (C2PA, INDEX, MEDIA)]
    fields: Fields = {"exclusions": rules, "alg": "sha256", "hash": hash_of(data, *kept)}
    fields["merkle"] = trees
    assert check(BMFF, data, fields) == BindingResult()
    assert check(BMFF, data, {**fields, "merkle": trees[::-1]}) == BindingResult()
    assert is_noticed(BMFF, flip(data, len(data) - 40), fields)
    for missing in range(3):
        rest = trees[:missing] + trees[missing + 1 :]
        assert check(BMFF, data, {**fields, "merkle": rest}).failure is not None
    assert is_noticed(BMFF, data + box("mdat", b"hidden"), fields)


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("width", [1, 2, 3, 6])
def test_leaves_that_only_lead_to_the_manifest(width: int) -> None:
    data, fields = with_leaves(embed(movie()), width)
    assert check(BMFF, data, fields) == BindingResult()
    [mdat] = [block for block in asset(data).layout.blocks if block.name == "mdat"]
    for at in range(mdat.start, mdat.end, 60):
        assert is_noticed(BMFF, flip(data, at), fields)


@pytest.mark.usefixtures("planted")
def test_missing_proofs_are_malformed() -> None:
    data, fields = with_leaves(embed(movie()))
    boxes = [block for block in asset(data).layout.blocks if block.name == "uuid"][1:]
    assert len(boxes) == 12
    for one in boxes:
        with pytest.raises(Malformed):
            check(BMFF, data[: one.start] + data[one.end :], fields)


@pytest.mark.usefixtures("planted")
def test_proofs_in_any_order_are_found_by_their_location() -> None:
    data, fields = with_leaves(embed(movie()))
    boxes = [block for block in asset(data).layout.blocks if block.name == "uuid"][1:]
    parts = [data[one.start : one.end] for one in boxes]
    assert check(BMFF, data[: boxes[0].start] + b"".join(parts[::-1]), fields) == BindingResult()


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    "stray",
    [
        proof(location=0, hashes=[bytes(32)]),
        proof(location=99),
        proof(location=0, localId=7),
    ],
)
def test_a_proof_for_nothing_is_not_protected(stray: bytes) -> None:
    """The reference leaves those of an earlier manifest behind."""
    data, fields = with_leaves(embed(movie()))
    for file, binding in ((data, fields), (embed(movie()), bind(BMFF, embed(movie())))):
        assert check(BMFF, file, binding) == BindingResult()
        found = check(BMFF, file + stray, binding)
        assert found.failure is None
        assert len(file) < found.outside[-1].end <= len(file) + len(stray)


@pytest.mark.usefixtures("planted")
def test_nothing_can_be_hidden_in_a_proof() -> None:
    data, fields = with_leaves(embed(movie()))
    with pytest.raises(Malformed, match="with the field 'note'"):
        check(BMFF, data + proof(location=0, note="anything may be hidden here"), fields)


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    "junk", [b"\xa0", b"\xa1\x61", b"\xa1\x68location\x00", b"\xa1\x01\x02junk"]
)
def test_a_box_that_holds_no_proof_is_malformed(junk: bytes) -> None:
    data, fields = with_leaves(embed(movie()))
    with pytest.raises(Malformed):
        check(BMFF, data + bmff.frame(junk, purpose="merkle"), fields)


def changed_tree(fields: Fields, **changes: object) -> Fields:
    [tree] = merkle.decode_trees(fields["merkle"], None)
    return {**fields, "merkle": [{**tree.encode(), **changes}]}


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    "changes",
    [
        {"fixedBlockSize": 0},
        {"variableBlockSizes": [256] * 12},
        {"fixedBlockSize": None, "variableBlockSizes": [256] * 11 + [175]},
        {"fixedBlockSize": None, "variableBlockSizes": [256] * 11},
        {"fixedBlockSize": LEAF // 2},
        {"fixedBlockSize": None, "count": 0, "hashes": []},
    ],
    ids=str,
)
def test_blocks_that_do_not_fit_are_malformed(changes: dict[str, object]) -> None:
    data = embed(movie())
    with pytest.raises(Malformed):
        check(BMFF, data, changed_tree(bind(BMFF, data), **changes))


@pytest.mark.usefixtures("planted")
def test_too_few_blocks_for_the_tree_are_a_mismatch() -> None:
    """So it is the file that is shorter."""
    data = embed(movie())
    outcome = check(BMFF, data, changed_tree(bind(BMFF, data), fixedBlockSize=LEAF * 2))
    assert outcome.failure is not None
    assert outcome.code == "mismatch"


@pytest.mark.usefixtures("planted")
def test_blocks_of_different_sizes_are_read() -> None:
    data = embed(movie())
    fields = bind(BMFF, data)
    [mdat] = [block for block in asset(data).layout.blocks if block.name == "mdat"]
    edges = [mdat.start + 16, mdat.start + 20, mdat.start + 20, mdat.end - 1, mdat.end]
    parts = [Range(begin, end - begin) for begin, end in pairwise(edges)]
    row = tuple(hash_of(data, part) for part in parts)
    tree = merkle.Tree((1, 0), 4, "sha256", row).encode()
    tree["variableBlockSizes"] = [part.length for part in parts]
    assert check(BMFF, data, {**fields, "merkle": [tree]}) == BindingResult()
    assert is_noticed(BMFF, flip(data, mdat.end - 1), {**fields, "merkle": [tree]})


@pytest.mark.usefixtures("planted")
def test_a_tree_may_have_one_leaf_of_no_given_size() -> None:
    data = embed(movie())
    [mdat] = [block for block in asset(data).layout.blocks if block.name == "mdat"]
    row = (hash_of(data, Range(mdat.start + 16, mdat.length - 16)),)
    tree = merkle.Tree((1, 0), 1, "sha256", row).encode()
    assert check(BMFF, data, {**bind(BMFF, data), "merkle": [tree]}) == BindingResult()


@pytest.mark.usefixtures("planted")
def test_a_tree_may_have_its_own_algorithm() -> None:
    data = embed(movie())
    [mdat] = [block for block in asset(data).layout.blocks if block.name == "mdat"]
    plan = DigestPlan("sha512", (Range(mdat.start + 16, mdat.length - 16),))
    row = (digest(BytesSource(data), plan),)
    tree = merkle.Tree((1, 0), 1, "sha512", row).encode()
    assert check(BMFF, data, {**bind(BMFF, data), "merkle": [tree]}) == BindingResult()


def test_a_tree_in_a_fragmented_file_with_a_hash_is_malformed() -> None:
    data = embed(fragments())
    tree = merkle.Tree((1, 0), 1, "sha256", (b"",)).encode()
    with pytest.raises(Malformed):
        check(BMFF, data, {**bind(BMFF, data), "merkle": [tree]})


@pytest.mark.parametrize("value", [None, "text", 7])
def test_a_hash_must_be_there(value: object) -> None:
    data = embed(movie())
    outcome = check(BMFF, data, {**bind(BMFF, data), "hash": value})
    assert (outcome.failure is not None, outcome.code) == (True, "mismatch")


@pytest.mark.parametrize("alg", ["sha1", "SHA256", 5, b"sha256"])
def test_other_algorithms_are_not_supported(alg: object) -> None:
    data = embed(movie())
    with pytest.raises(UnsupportedAlgorithm):
        check(BMFF, data, {**bind(BMFF, data), "alg": alg})


def test_fragments_of_a_whole_file_are_a_mismatch() -> None:
    data = embed(movie())
    fields = bind(BMFF, data)
    assert check(BMFF, data, fields, fragments=[data]).failure is not None


def test_other_formats_have_no_such_hash() -> None:
    fields = bind(BMFF, embed(movie()))
    assert check(BMFF, embed(samples.jpeg()), fields).failure is not None


@pytest.mark.parametrize(
    ("hidden", "expected"), [(box("free", bytes(40)), False), (box("free", b"hidden"), True)]
)
def test_content_in_excluded_padding_is_reported(hidden: bytes, expected: bool) -> None:
    """Bytes of no meaning may be added there, others are at least not protected."""
    data = embed(movie())
    rules = [*bind(BMFF, data)["exclusions"], Exclusion("/free").encode()]  # type: ignore[misc]
    kept = [block for block in asset(data).layout.blocks if block.name not in ("uuid", "free")]
    parts = [part for b in kept for part in (b.start.to_bytes(8), Range(b.start, b.length))]
    fields: Fields = {"exclusions": rules, "alg": "sha256", "hash": hash_of(data, *parts)}
    assert check(BMFF, data, fields) == BindingResult()
    body = Range(len(data) + 8, len(hidden) - 8)
    assert check(BMFF, data + hidden, fields) == BindingResult(outside=(body,) if expected else ())


def test_progress_counts_what_is_hashed() -> None:
    data = embed(movie())
    fields = bind(BMFF, data)
    counted: list[int] = []
    bound = asset(data)._replace(progress=counted.append)
    assert bmff_hash.BINDING.check(bound, fields, None) == BindingResult()
    [frame] = [store.frame for store in bound.layout.stores]
    assert sum(counted) == len(data) - frame.length


@pytest.mark.usefixtures("planted")
def test_a_file_with_one_fragment_has_no_tree() -> None:
    """C2PA 2.5 §14.12.2 forbids a hash and a tree together in fragmented media."""
    whole = movie()
    assert "merkle" in bind(BMFF, embed(whole))
    fields = bind(BMFF, embed(whole + box("moof", b"")))
    assert "merkle" not in fields
    assert check(BMFF, embed(whole + box("moof", b"")), fields) == BindingResult()


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_leaves_are_larger_where_there_would_be_too_many(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(bmff_hash, "_MOST_LEAVES", most)
    data = embed(ftyp() + box("moov", bytes(8)) + box("mdat", bytes(8 + 4 * LEAF)))
    fields = bind(BMFF, data)
    [tree] = merkle.decode_trees(fields["merkle"], None)
    assert (tree.leaves, tree.block_size) == {1: (1, 1_024), 2: (2, 512), 3: (2, 512)}.get(
        most, (4, LEAF)
    )
    assert (tree.id, tree.alg, len(tree.row)) == ((1, 0), "sha256", tree.leaves)
    assert check(BMFF, data, fields) == BindingResult()


@pytest.mark.parametrize("is_first_version", [False, True])
@pytest.mark.parametrize("has_proof", [False, True])
@pytest.mark.parametrize("has_padding", [False, True])
def test_all_that_lies_outside_is_told_whatever_left_it_there(
    *, has_padding: bool, has_proof: bool, is_first_version: bool
) -> None:
    """One reason does not hide another; what is told stands once and in the order of the file."""
    data = embed(movie())
    rules = [*bind(BMFF, data)["exclusions"], Exclusion("/free").encode()]  # type: ignore[misc]
    kept = [block for block in asset(data).layout.blocks if block.name not in ("uuid", "free")]
    parts: list[Range | bytes] = []
    for block in kept:
        parts += [] if is_first_version else [block.start.to_bytes(8)]
        parts.append(Range(block.start, block.length))
    fields: Fields = {"exclusions": rules, "alg": "sha256", "hash": hash_of(data, *parts)}
    expected = []
    if is_first_version:
        expected += [Range(each.start, each.length) for each in kept if each.name == "mdat"]
    if has_padding:
        expected.append(Range(len(data) + 8, 6))
        data += box("free", b"hidden")
    if has_proof:
        left = proof(location=0, hashes=[bytes(32)])
        content = left.index(cbor.encode("uniqueId")) - 1
        expected.append(Range(len(data) + content, len(left) - content))
        data += left
    found = check(V1 if is_first_version else BMFF, data, fields)
    assert found == BindingResult(outside=tuple(expected))


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("alg", ["sha256", "sha512"])
def test_a_tree_without_algorithm_has_that_of_the_assertion_or_of_the_claim(alg: str) -> None:
    data = embed(movie())
    fields = bind(BMFF, data, BindingTerms(alg, Spec.V2_5))
    [decoded] = merkle.decode_trees(fields["merkle"], None)
    tree = {name: value for name, value in decoded.encode().items() if name != "alg"}
    bare: Fields = {**fields, "merkle": [tree]}
    unnamed = {name: value for name, value in bare.items() if name != "alg"}
    other = "sha384"
    for given, claimed, is_same in (
        (bare, other, True),
        (unnamed, alg, True),
        (unnamed, other, False),
        (fields, other, True),
    ):
        found = bmff_hash.BINDING.check(asset(data), given, claimed)
        assert (found.failure is None) is is_same
