"""The BMFF hash of fragmented media, in one file and in several."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from aidisclose.bindings import fragments as tree_module
from aidisclose.bindings import merkle
from aidisclose.bindings.binding import BindingResult, Fields
from aidisclose.bindings.box_exclusions import C2PA, INDEX, MEDIA, Exclusion
from aidisclose.bindings.merkle import Tree
from aidisclose.codec import cbor
from aidisclose.containers import bmff
from aidisclose.containers.bmff import BoxPurpose
from aidisclose.errors import Malformed, UnsupportedFormat
from aidisclose.io.digest import DigestPlan, digest
from aidisclose.io.source import BytesSource, Range
from tests.bindings.build import BMFF, TERMS, asset, check, embed, flip, is_noticed
from tests.bindings.proofs import prove
from tests.containers import samples
from tests.containers.samples import png
from tests.containers.samples_bmff import box, fragments, ftyp, full, media, moov

INIT = ftyp("iso6", "cmfc") + moov()


def proof(location: int, hashes: Sequence[bytes] = (), *, track: int = 1, unique: int = 1) -> bytes:
    fields = {"uniqueId": unique, "localId": track, "location": location, "hashes": list(hashes)}
    return bmff.frame(cbor.encode(fields), purpose="merkle")


def file_of(
    location: int, hashes: Sequence[bytes] = (), *, track: int = 1, unique: int = 1
) -> bytes:
    """A fragment that is a file of its own, with a length of its own."""
    claim = proof(location, hashes, track=track, unique=unique)
    moof = box("moof", box("traf", full("tfhd", 0, 0x20000, track.to_bytes(4))))
    content = media(location + 10 * unique, 1)
    return b"".join((box("styp", b"msdh"), claim, moof, box("mdat", *content)))


def hash_of(data: bytes, first: int = 0, end: int | None = None) -> bytes:
    """Of top-level boxes from one index to another, C2PA boxes and the index left out."""
    parts: list[Range | bytes] = []
    for block in asset(data).layout.blocks[first:end]:
        if block.name not in ("uuid", "mfra"):
            parts += [block.start.to_bytes(8), Range(block.start, block.length)]
    return digest(BytesSource(data), DigestPlan("sha256", tuple(parts)))


def fields_of(*trees: Tree) -> Fields:
    rules = [C2PA.encode(), INDEX.encode()]
    return {"alg": "sha256", "exclusions": rules, "merkle": [tree.encode() for tree in trees]}


def tree_of(
    leaves: Sequence[bytes], init_hash: bytes, width: int, *, track: int = 1, unique: int = 1
) -> merkle.Tree:
    row = tuple(merkle.row(leaves, width, "sha256"))
    return Tree((unique, track), len(leaves), "sha256", row, init_hash)


def in_files(count: int, width: int) -> tuple[bytes, list[bytes], Fields]:
    """An initialization segment, its fragments, and the binding."""
    init = embed(INIT)
    blank = [prove([bytes(32)] * count, at, width, "sha256") for at in range(count)]
    leaves = [hash_of(file_of(at, hashes)) for at, hashes in enumerate(blank)]
    files = [file_of(at, prove(leaves, at, width, "sha256")) for at in range(count)]
    return init, files, fields_of(tree_of(leaves, hash_of(init), width))


def in_one_file(width: int = 1, *, before: bytes = b"") -> tuple[bytes, Fields]:
    """A flat file with three fragments, and the binding."""

    def make(leaves: list[bytes]) -> bytes:
        hashes = [prove(leaves, at, width, "sha256") for at in range(3)]
        first, *others = [before + proof(at, hashes[at]) for at in range(3)]
        return fragments(before=[bmff.frame(samples.store(500)) + first, *others])

    # C2PA boxes of another content have the same size, and nothing but that is hashed of them.
    blank = make([bytes(32)] * 3)
    return make(leaves_of(blank)), fields_of(tree_of(leaves_of(blank), init_of(blank), width))


def moofs(data: bytes) -> list[int]:
    names = [block.name for block in asset(data).layout.blocks]
    return [number for number, name in enumerate(names) if name == "moof"]


def leaves_of(data: bytes) -> list[bytes]:
    ends = [*moofs(data)[1:], len(asset(data).layout.blocks)]
    return [hash_of(data, first, end) for first, end in zip(moofs(data), ends, strict=True)]


def init_of(data: bytes) -> bytes:
    return hash_of(data, 0, moofs(data)[0])


@pytest.mark.parametrize(("count", "width"), [(1, 1), (2, 1), (5, 1), (5, 2), (5, 3), (5, 5)])
def test_fragments_in_files(count: int, width: int) -> None:
    init, files, fields = in_files(count, width)
    assert check(BMFF, init, fields, fragments=files) == BindingResult()
    for first, end in itertools.combinations(range(count + 1), 2):
        left = count - (end - first)
        unchecked = f"{left} of {count} fragments" if left else ""
        outcome = check(BMFF, init, fields, fragments=files[first:end])
        assert outcome == BindingResult(unchecked=unchecked)


def test_every_byte_of_them_counts() -> None:
    init, files, fields = in_files(2, 1)
    for number, data in enumerate([init, *files]):
        frames = [block for block in asset(data).layout.blocks if block.name == "uuid"]
        for at in range(len(data)):
            if any(frame.start <= at < frame.end for frame in frames):
                continue
            changed = [init, *files]
            changed[number] = flip(data, at)
            assert is_noticed(BMFF, changed[0], fields, fragments=changed[1:]), (number, at)


@pytest.mark.parametrize("purpose", ["manifest", "original", "update"])
@pytest.mark.parametrize("content", [samples.store(300), b"something else to show"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_fragment_has_no_store(purpose: BoxPurpose, content: bytes, *, is_first: bool) -> None:
    """Attack: no hash covers a C2PA box, and anybody can add one."""
    init, files, fields = in_files(2, 1)
    added = bmff.frame(content, purpose=purpose)
    first = int.from_bytes(files[1][:4])
    data = files[1][:first] + added + files[1][first:] if is_first else files[1] + added
    found = check(BMFF, init, fields, fragments=[files[0], data])
    assert found.failure == "fragment 2 has a manifest store of its own"


@pytest.mark.parametrize("where", ["beyond", "goes on", "by the initialization segment", "index"])
def test_players_of_a_fragment_stay_in_it(where: str) -> None:
    """Attack: its samples are where something can be added that no hash covers."""
    trex = b"".join(each.to_bytes(4) for each in (1, 1, 0, 9_000, 0))
    more = box("mvex", full("trex", 0, 0, trex)) if where.startswith("by") else b""
    init = embed(ftyp("iso6", "cmfc") + moov(more=more))
    claim = proof(0)
    head = full("tfhd", 0, 0x20000, (1).to_bytes(4))

    def made(at: int, size: int) -> bytes:
        flags, length = (0x1, b"") if more else (0x201, size.to_bytes(4))
        run = full("trun", 0, flags, (1).to_bytes(4), at.to_bytes(4), length)
        moof = box("moof", full("mfhd", 0, 0, (1).to_bytes(4)), box("traf", head, run))
        content = box("styp", b"msdh", bytes(4)) + claim + moof + box("mdat", bytes(50))
        return content + box("mfra", b"an index" * 9) if where == "index" else content

    start = made(0, 0).index(b"mdat") + 4 - made(0, 0).index(b"moof") + 4
    sound, forged = made(start, 50), made(start, 50)
    match where:
        case "beyond" | "index":
            forged = made(start + 60, 20)
        case "goes on":
            forged = made(start, 60)
    for data in (forged,) if more else (sound, forged):
        fields = fields_of(tree_of([hash_of(data)], hash_of(init), 1))
        failure = check(BMFF, init, fields, fragments=[data]).failure or ""
        assert ("where nothing is signed" in failure) is (data is forged), failure


def test_what_a_proof_says_counts() -> None:
    init, files, fields = in_files(5, 1)
    for old, new in [
        (b"\x68location\x02", b"\x68location\x03"),
        (b"\x67localId\x01", b"\x67localId\x02"),
    ]:
        assert old in files[2]
        changed = files[2].replace(old, new)
        assert check(BMFF, init, fields, fragments=[changed]).failure is not None
    leaf = files[2].index(b"\x66hashes") + 10
    assert check(BMFF, init, fields, fragments=[flip(files[2], leaf)]).failure is not None


@pytest.mark.parametrize("order", [(1, 0), (0, 2), (0, 0), (0, 1, 3), (0, 1, 2, 1)])
def test_the_order_of_fragments_counts(order: tuple[int, ...]) -> None:
    init, files, fields = in_files(5, 2)
    outcome = check(BMFF, init, fields, fragments=[files[number] for number in order])
    assert outcome.failure is not None
    assert "follow" in outcome.failure


def test_without_fragments_nothing_is_there_to_match() -> None:
    init, _, fields = in_files(2, 1)
    outcome = check(BMFF, init, fields)
    assert outcome.failure is not None
    assert "--fragment" in outcome.failure


def test_a_fragment_without_proof_is_malformed() -> None:
    init, files, fields = in_files(2, 1)
    bare = files[0].replace(proof(0, prove([hash_of(f) for f in files], 0, 1, "sha256")), b"")
    assert len(bare) < len(files[0])
    with pytest.raises(Malformed):
        check(BMFF, init, fields, fragments=[bare])


@pytest.mark.parametrize("junk", [b"", b"no media", ftyp()[:10], box("moof")])
def test_what_is_no_fragment(junk: bytes) -> None:
    init, files, fields = in_files(2, 1)
    try:
        assert check(BMFF, init, fields, fragments=[files[0], junk]).failure is not None
    except Malformed:
        assert junk == box("moof")


def test_fragments_are_opened_one_at_a_time(tmp_path: Path) -> None:
    init, files, fields = in_files(5, 1)
    paths = [tmp_path / f"{number}.m4s" for number in range(5)]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    assert check(BMFF, init, fields, fragments=paths) == BindingResult()
    paths[3].unlink()
    with pytest.raises(FileNotFoundError):
        check(BMFF, init, fields, fragments=paths)


def test_tracks_have_trees_of_their_own() -> None:
    """Their fragments may be given in turn."""
    init = embed(INIT)
    files = {track: [file_of(at, track=track) for at in range(3)] for track in (1, 2)}
    trees = [
        tree_of([hash_of(file) for file in files[track]], hash_of(init), 3, track=track)
        for track in (1, 2)
    ]
    fields = fields_of(*trees)
    turns = [file for pair in zip(files[1], files[2], strict=True) for file in pair]
    assert check(BMFF, init, fields, fragments=turns) == BindingResult()
    part = BindingResult(unchecked="3 of 6 fragments")
    assert check(BMFF, init, fields, fragments=files[2]) == part
    swapped = file_of(1, track=1).replace(b"\x67localId\x01", b"\x67localId\x02")
    assert check(BMFF, init, fields, fragments=[files[2][0], swapped]).failure is not None


@pytest.mark.parametrize(("unique", "track"), [(2, 1), (1, 2)])
def test_fragments_of_two_cuts_do_not_make_a_third(unique: int, track: int) -> None:
    """Two films with the same initialization segment, in one manifest."""
    init = embed(INIT)
    first = [file_of(at) for at in range(4)]
    # Of the same track, whatever the tree is called.
    renamed = [proof(at, unique=unique, track=track) for at in range(4)]
    second = [
        file_of(at, unique=3).replace(proof(at, unique=3), claim)
        for at, claim in enumerate(renamed)
    ]
    leaves = [[hash_of(file) for file in files] for files in (first, second)]
    trees = [
        tree_of(leaves[0], hash_of(init), 4),
        tree_of(leaves[1], hash_of(init), 4, unique=unique, track=track),
    ]
    fields = fields_of(*trees)
    for whole in (first, second):
        assert check(BMFF, init, fields, fragments=whole).unchecked == "4 of 8 fragments"
    for mixed in ([*first[:2], *second[2:]], [first[0], second[0]], [*second[:1], *first[1:]]):
        failure = check(BMFF, init, fields, fragments=mixed).failure
        assert failure is not None
        assert "another Merkle tree" in failure


def test_a_fragment_is_one_leaf() -> None:
    init, files, fields = in_files(3, 3)
    twice = files[0].replace(proof(0), proof(0) + proof(1))
    failure = check(BMFF, init, fields, fragments=[twice]).failure
    assert failure is not None
    assert "2 leaves" in failure


def test_trees_may_be_of_another_initialization_segment() -> None:
    """The manifest is the same in all of them (C2PA 2.2 §18.6.6)."""
    init, files, fields = in_files(2, 2)
    other = tree_of([bytes(32)], bytes(32), 1, track=2)
    [own] = merkle.decode_trees(fields["merkle"], None)
    assert check(BMFF, init, fields_of(other, own), fragments=files) == BindingResult()
    foreign = file_of(0, track=2)
    assert check(BMFF, init, fields_of(other, own), fragments=[foreign]).failure is not None
    assert check(BMFF, init, fields_of(other), fragments=files).failure is not None


@pytest.mark.parametrize("width", [1, 2, 3])
def test_fragments_in_one_file(width: int) -> None:
    data, fields = in_one_file(width)
    assert check(BMFF, data, fields) == BindingResult()


def test_boxes_before_a_fragment_belong_to_the_one_before() -> None:
    data, fields = in_one_file(before=box("emsg", b"an event"))
    assert check(BMFF, data, fields) == BindingResult()


def test_every_byte_of_one_file_counts() -> None:
    data, fields = in_one_file(2)
    blocks = asset(data).layout.blocks
    hashed = [block for block in blocks if block.name not in ("uuid", "mfra")]
    offsets = [at for block in hashed for at in range(block.start, block.end)]
    assert [at for at in offsets if not is_noticed(BMFF, flip(data, at), fields)] == []


def test_fragments_missing_in_one_file_are_noticed() -> None:
    data, fields = in_one_file()
    blocks = asset(data).layout.blocks
    starts = [blocks[number - 1].start for number in moofs(data)]  # with their C2PA boxes
    assert is_noticed(BMFF, data[: starts[2]], fields)
    assert is_noticed(BMFF, data[: starts[1]] + data[starts[2] :], fields)
    assert is_noticed(BMFF, data[: starts[0]], fields)
    assert is_noticed(BMFF, data + data[starts[2] : blocks[-1].start], fields)


@pytest.mark.parametrize("stray", [proof(0), proof(9), proof(0, track=9)], ids=["0", "9", "track"])
def test_a_proof_behind_the_last_fragment_is_noticed(stray: bytes) -> None:
    data, fields = in_one_file()
    assert check(BMFF, data + stray, fields).failure is not None


def test_what_is_left_out_of_fragments_is_reported() -> None:
    init, files, fields = in_files(2, 1)
    rules = [*fields["exclusions"], Exclusion("/free").encode()]  # type: ignore[misc]
    fields = {**fields, "exclusions": rules}
    assert check(BMFF, init, fields, fragments=files) == BindingResult()
    hiding = [files[0], files[1] + box("free", b"hidden")]
    assert check(BMFF, init, fields, fragments=hiding) == BindingResult(
        elsewhere="a part of fragment 2"
    )


def test_media_that_no_leaf_covers_are_reported() -> None:
    """A tree of fragments has no leaves within `mdat`: what is left out there nothing protects."""
    init, file = embed(INIT), file_of(0)
    parts: list[Range | bytes] = []
    for block in asset(file).layout.blocks:
        if block.name != "uuid":
            length = min(block.length, 16) if block.name == "mdat" else block.length
            parts += [block.start.to_bytes(8), Range(block.start, length)]
    leaf = digest(BytesSource(file), DigestPlan("sha256", tuple(parts)))
    fields = fields_of(tree_of([leaf], hash_of(init), 1))
    left_out = {**fields, "exclusions": [*fields["exclusions"], MEDIA.encode()]}  # type: ignore[misc]
    found = check(BMFF, init, left_out, fragments=[file])
    assert found == BindingResult(elsewhere="a part of fragment 1")
    assert check(BMFF, init, fields, fragments=[file]).failure is not None


def test_a_file_with_fragments_is_not_continued() -> None:
    data, fields = in_one_file()
    assert check(BMFF, data, fields, fragments=[file_of(0)]).failure is not None


def test_a_tree_of_fragments_has_the_hash_of_what_precedes_them() -> None:
    data, fields = in_one_file()
    [tree] = merkle.decode_trees(fields["merkle"], None)
    with pytest.raises(Malformed):
        check(BMFF, data, fields_of(tree._replace(init_hash=None)))
    assert check(BMFF, data, fields_of(tree._replace(init_hash=bytes(32)))).failure is not None


def of_tracks(*listed: tuple[int, int, int], more: Sequence[bytes] = ()) -> tuple[bytes, Fields]:
    """A file of fragments, each with its tree, its location there and its track, and the binding.

    All leaves stand in the manifest. What follows the track in the header of a fragment is `more`.
    """
    data = embed(INIT)
    for number, (tree, location, track) in enumerate(listed):
        rest = more[number] if more else b""
        header = full("tfhd", 0, 0x20000, track.to_bytes(4) + rest)
        moof = box("moof", full("mfhd", 0, 0, number.to_bytes(4)), box("traf", header))
        data += proof(location, track=tree) + moof + box("mdat", bytes([number]) * 50)
    leaves: dict[int, list[bytes]] = {}
    for (tree, _, _), leaf in zip(listed, leaves_of(data), strict=True):
        leaves.setdefault(tree, []).append(leaf)
    trees = [
        tree_of(found, init_of(data), len(found), track=tree) for tree, found in leaves.items()
    ]
    return data, fields_of(*trees)


@pytest.mark.parametrize("second", [2, 0x0100_0001, 0x0001_0001])
def test_tracks_in_one_file_have_trees_of_their_own(second: int) -> None:
    data, fields = of_tracks((1, 0, 1), (2, 0, second), (1, 1, 1), (2, 1, second))
    assert check(BMFF, data, fields) == BindingResult()


@pytest.mark.parametrize("more", [[b"abcd", b"efgh"], [b"", b""]])
def test_a_track_in_one_file_has_one_tree(more: list[bytes]) -> None:
    data, fields = of_tracks((1, 0, 7), (2, 0, 7), more=more)
    assert check(BMFF, data, fields).failure == (
        "fragment 2 belongs to another Merkle tree than those before it"
    )


def test_a_fragment_without_track_belongs_to_no_tree() -> None:
    """Where there are several, nothing else says to which it does."""
    data, fields = of_tracks((1, 0, 1), (2, 0, 2))
    bare = data.replace(b"tfhd", b"tfhx", 1)
    leaves = leaves_of(bare)
    trees = [tree_of([leaf], init_of(bare), 1, track=at + 1) for at, leaf in enumerate(leaves)]
    assert check(BMFF, bare, fields_of(*trees)).failure == (
        "fragment 1 belongs to another Merkle tree than those before it"
    )
    assert check(BMFF, data, fields) == BindingResult()


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (lambda files: [files[0], proof(1) + files[1]], "fragment 2 claims to be 2 leaves of Merk"),
        (lambda files: files[1:] + files[:1], "fragment 2 does not follow the one before it"),
        (lambda files: [flip(files[0], len(files[0]) - 1)], "fragment 1 is not the one that was"),
        (
            lambda files: [files[0].replace(b"\x68uniqueId\x01", b"\x68uniqueId\x02")],
            "fragment 1 belongs to no Merkle tree of this initialization segment",
        ),
        (lambda files: [files[0], b"junk"], "fragment 2 cannot be read: "),
        (lambda files: [files[0], png()], "fragment 2 cannot be read: "),
    ],
)
def test_fragments_are_counted_in_reasons(
    change: Callable[[list[bytes]], list[bytes]], failure: str
) -> None:
    init, files, fields = in_files(2, 1)
    assert (check(BMFF, init, fields, fragments=change(files)).failure or "").startswith(failure)


def test_fragments_are_named_in_reasons(tmp_path: Path) -> None:
    init, files, fields = in_files(2, 1)
    for number, data in enumerate([files[0], flip(files[1], len(files[1]) - 1)]):
        (tmp_path / f"{number}.m4s").write_bytes(data)
    paths: list[str | Path] = [tmp_path / "0.m4s", str(tmp_path / "1.m4s")]
    assert check(BMFF, init, fields, fragments=paths).failure == (
        "fragment 2 (1.m4s) is not the one that was signed"
    )


def test_what_is_wrong_with_the_whole_is_said() -> None:
    init, files, fields = in_files(2, 1)
    data, own = in_one_file()
    said = "what precedes the fragments is not what was signed"
    assert check(BMFF, flip(init, 9), fields, fragments=files).failure == said
    assert check(BMFF, proof(0) + data, own).failure == said
    alone = check(BMFF, init, fields)
    assert alone.failure == ("the file cannot be checked alone: name its fragments with --fragment")
    assert alone.is_unproven
    both = check(BMFF, data, own, fragments=[file_of(0)])
    assert both.failure == "the file cannot be checked alone: it has fragments itself"
    assert both.is_unproven
    starts = [asset(data).layout.blocks[number - 1].start for number in moofs(data)]
    assert check(BMFF, data[: starts[2]], own).failure == "fragments are missing at the end"


def with_track(version: int, track: int, *, cut: int = 0) -> bytes:
    """An initialization segment whose first track has a header of a version."""
    content = bytes(16 if version else 8) + track.to_bytes(4) + bytes(60)
    header = full("tkhd", version, 7, content[: len(content) - cut])
    return ftyp("iso6", "cmfc") + moov(box("trak", header))


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("track", [1, 0x0102_0304])
def test_a_tree_has_the_number_of_the_first_track(version: int, track: int) -> None:
    assert tree_module._tree_id(asset(with_track(version, track))) == (1, track)
    just = asset(with_track(version, track, cut=60))
    assert tree_module._tree_id(just) == (1, track)
    for behind in (b"", box("free", bytes(8))):  # what follows is not the track's
        cut = with_track(version, track, cut=61) + behind
        with pytest.raises(UnsupportedFormat, match=r"^no initialization segment: it has no tr"):
            tree_module._tree_id(asset(cut))


def test_what_has_no_fragments() -> None:
    with pytest.raises(UnsupportedFormat, match=r"^PNG files have no fragments$"):
        tree_module._tree_id(asset(png()))
    with pytest.raises(UnsupportedFormat, match=r"^no initialization segment: it has no track$"):
        tree_module._tree_id(asset(ftyp() + moov()))


def test_how_many_fragments_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_module, "_MOST_FRAGMENTS", 2)
    init = with_track(0, 1)
    room = [tree_module.size(asset(init, fragments=[b""] * count), TERMS) for count in (1, 2)]
    assert room[1] - room[0] == 34  # a SHA-256 hash as a byte string
    with pytest.raises(UnsupportedFormat, match=r"^more than 2 fragments in one manifest$"):
        tree_module.size(asset(init, fragments=[b""] * 3), TERMS)


@pytest.mark.parametrize("alg", ["sha256", "sha384", "sha512"])
def test_what_a_binding_of_fragments_says(alg: str) -> None:
    """All that readers need, by the names of C2PA 2.5 §A.5.3: the claim may name another hash."""
    bound = asset(with_track(0, 1), fragments=[b""] * 2)
    size = len(digest(BytesSource(b""), DigestPlan(alg, ())))
    values = [bytes([each]) * size for each in range(3)]
    fields = tree_module._fields(bound, TERMS._replace(alg=alg), values)
    assert fields.keys() == {"exclusions", "alg", "merkle", "name"}
    assert fields["alg"] == alg
    [tree] = merkle.decode_trees(fields["merkle"], None)
    assert tree == Tree((1, 1), 2, alg, tuple(values[1:]), values[0])
