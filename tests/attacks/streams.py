"""Live streams whose segments are another signer's, or show what nobody signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import cbor2

from aidisclose import limits
from aidisclose.containers import bmff
from aidisclose.containers.isobox import C2PA
from tests.bindings.test_fragments import hash_of
from tests.containers.samples_bmff import box, full, moov, tfra
from tests.manifest import build
from tests.manifest.build import Fields, Recipe, Seal
from tests.trust import pki
from tests.validate.stream import (
    BMFF,
    INIT,
    SCHEME,
    Session,
    carrying,
    emsg,
    init,
    keys,
    manifest,
    media,
    segment,
)

KEY: Final = Session()
#: Has a certificate that nobody trusts.
_STRANGER: Final = pki.issue("Stranger", number=310)
_HIDDEN: Final = b"what somebody wants to show".ljust(500, b".")


class StreamAttack(NamedTuple):
    """A stream that honest people signed, and what somebody made of it.

    Attributes:
        name: For the test.
        clause: What the forgery breaks.
        honest: The files as they were signed; none where the signer is who cheats.
        forged: The files of which the last must be invalid.
        says: A part of the reason.
    """

    name: str
    clause: str
    honest: Sequence[bytes]
    forged: Sequence[bytes]
    says: str


def attacks() -> Iterator[StreamAttack]:
    """Every kind."""
    yield from _other_signers()
    yield from _read_elsewhere()
    yield from _left_out()


def _other_signers() -> Iterator[StreamAttack]:
    """Keys of one trusted signer sign segments of another's manifest."""
    other = pki.issue("Another trusted signer", pki.intermediate(), number=300)
    for name, kid in (("their own", b"key_009"), ("the same", KEY.kid)):
        session = Session(key=pki.issue("Session", number=301), kid=kid, bound=other.der)
        recipe = Recipe(
            number=7,
            assertions=(build.actions(), keys(session)),
            seal=Seal(signer=other, chain=(other, pki.intermediate())),
        )
        theirs = manifest(INIT, recipe)
        yield StreamAttack(
            f"a key of another signer, under {name} name",
            "C2PA 2.5 §15.8.3, §16.7.3.2",
            (theirs, init(KEY), segment(1, KEY)),
            (init(KEY), theirs, init(KEY), segment(1, session)),
            "no valid session key" if kid != KEY.kid else "the signature does not hold",
        )


def fragment(at: int, *, size: int | None = 40, track: int = 1) -> bytes:
    """A media segment with one sample at an offset from its `moof`; `size` None: not said there."""
    head = full("tfhd", 0, 0x020000, track.to_bytes(4))
    flags, more = (0x1, b"") if size is None else (0x201, size.to_bytes(4))
    run = full("trun", 0, flags, (1).to_bytes(4), at.to_bytes(4), more)
    moof = box("moof", full("mfhd", 0, 0, (1).to_bytes(4)), box("traf", head, run))
    return box("styp", b"msdh", bytes(4)) + moof + box("mdat", bytes(50))


def _start(data: bytes) -> int:
    """Where the media of a segment is, from its `moof` on."""
    return data.index(b"mdat") + 4 - data.index(b"moof") + 4


def _with_sizes(size: int) -> bytes:
    """An initialization segment that says how large samples are."""
    numbers = (1, 1, 0, size, 0)
    trex = full("trex", 0, 0, b"".join(each.to_bytes(4) for each in numbers))
    return INIT[: INIT.index(b"moov") - 4] + moov(more=box("mvex", trex))


def _read_elsewhere() -> Iterator[StreamAttack]:
    """Samples in `emsg` boxes, which the hash leaves out and anybody can add."""
    clause = "C2PA 2.5 §15.5.1"
    start = _start(fragment(0))
    sound = (init(KEY), segment(1, KEY, data=fragment(start)))
    beyond = segment(1, KEY, data=fragment(start + 300))
    long = segment(1, KEY, data=fragment(start, size=400))
    says = "where nothing is signed"
    yield StreamAttack("a sample past the end", clause, sound, (init(KEY), beyond), says)
    for name, data in (("begins", beyond), ("goes on", long)):
        forged = (init(KEY), data + emsg(_HIDDEN))
        yield StreamAttack(f"a sample that {name} in a message", clause, sound, forged, says)
    yield from _in_other_boxes(start, clause, says)
    endless = bytes(4) + emsg(_HIDDEN)[4:]
    said = "without a length"
    yield StreamAttack(
        "a message that goes on over what follows",
        clause,
        sound,
        (init(KEY), sound[-1] + endless),
        said,
    )
    unsaid = segment(1, KEY, data=fragment(start, size=None))
    known, large = (init(KEY, data=_with_sizes(size)) for size in (40, 400))
    yield StreamAttack(
        "a sample that goes on in a message, of a size that the initialization says",
        clause,
        (known, unsaid),
        (large, unsaid + emsg(_HIDDEN)),
        says,
    )


def _in_other_boxes(start: int, clause: str, says: str) -> Iterator[StreamAttack]:
    """Samples in an index of fragments, and in a proof of a Merkle tree that is not there."""
    proof = {"uniqueId": 1, "localId": 1, "location": 0, "hashes": [_HIDDEN]}
    added = bmff.frame(cbor2.dumps(proof), purpose="merkle")
    data = segment(1, KEY, data=fragment(start + 700))
    yield StreamAttack("a sample in a Merkle proof", clause, (), (init(KEY), data + added), says)
    for at, name in ((start, "sound"), (start + 800, "a sample in an index of fragments")):
        content = fragment(at)
        rules: list[Fields] = [
            {"xpath": "/emsg", "data": [{"offset": 12, "value": SCHEME}]},
            {"xpath": "/mfra"},
        ]
        fields = {"alg": "sha256", "exclusions": rules, "hash": hash_of(content)}
        data = segment(1, KEY, data=content, bmffHash=fields)
        index = tfra([content.index(b"moof") - 4] * 40, sizes=(4, 4, 4))
        size = full("mfro", 0, 0, (8 + len(index) + 16).to_bytes(4))
        files = (init(KEY), data + box("mfra", index, size))
        if name == "sound":
            sound = files
        else:
            yield StreamAttack(name, clause, sound, files, says)


def _left_out() -> Iterator[StreamAttack]:
    """A manifest in a segment leaves out the media, which is changed."""
    partial = carrying_part(2)
    forged = partial.replace(media(2)[-40:], b"forged".ljust(40))
    assert forged != partial
    says = "leaves out a part"
    clause = "C2PA 2.5 §14.12.2, §15.8.2"
    yield StreamAttack("media that no hash covers", clause, (), (forged,), says)


def carrying_part(number: int) -> bytes:
    """A segment with a manifest whose hash leaves out the media."""
    said = {
        "sequenceNumber": number,
        "streamId": "stream",
        "continuityMethod": "c2pa.manifestId",
        "previousManifestId": build.label(number - 1),
    }
    assertions = (build.actions(), build.cbor("c2pa.livevideo.segment", said))
    recipe = Recipe(number=number, assertions=assertions, binding=BMFF)
    data = media(number)
    end = int.from_bytes(data[:4])
    uuid = {"xpath": "/uuid", "data": [{"offset": 8, "value": C2PA}]}
    fields: Fields = {"exclusions": [uuid, {"xpath": "/mdat"}], "alg": "sha256"}

    def put(value: bytes) -> bytes:
        return (
            data[:end]
            + bmff.frame(build.store(recipe.build(fields | {"hash": value})))
            + data[end:]
        )

    return put(_hash(put(bytes(32)), {b"uuid", b"mdat"}))


def _hash(data: bytes, left_out: set[bytes]) -> bytes:
    """Of all top-level boxes but some, each after its offset (C2PA 2.5 §A.5.3)."""
    found, at = hashlib.sha256(), 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        if data[at + 4 : at + 8] not in left_out:
            found.update(at.to_bytes(8) + data[at : at + size])
        at += size
    return found.digest()


class Interruption(NamedTuple):
    """What somebody puts into a stream, which must not make the segments behind it fail.

    Attributes:
        name: For the test.
        before: The files up to there.
        inserted: What is put there.
        after: The files behind it, all of which must hold.
    """

    name: str
    before: Sequence[bytes]
    inserted: Sequence[bytes]
    after: Sequence[bytes]


def interruptions() -> Iterator[Interruption]:
    """Every kind (C2PA 2.5 §15.8: what fails is the segment)."""
    before, after = (init(KEY), segment(1, KEY)), (segment(2, KEY), segment(3, KEY))
    for name, number, kid in (("a label of its own", 7, b"theirs"), ("its label", 1, KEY.kid)):
        session = Session(key=pki.issue("Session", number=301), kid=kid, bound=_STRANGER.der)
        seal = Seal(signer=_STRANGER, chain=(_STRANGER,))
        recipe = Recipe(number=number, assertions=(build.actions(), keys(session)), seal=seal)
        theirs = manifest(INIT, recipe)
        inserted = (theirs, segment(900, session, label=build.label(number)))
        yield Interruption(f"a stranger's valid stream with {name}", before, inserted, after)
        yield Interruption(f"the same before it, with {name}", (), inserted, (*before, *after))
    said: Fields = {
        "sequenceNumber": 900,
        "streamId": "stream",
        "continuityMethod": "c2pa.manifestId",
    }
    said["previousManifestId"] = build.label(2)
    assertions = (build.actions(), build.cbor("c2pa.livevideo.segment", said))
    seal = Seal(signer=_STRANGER, chain=(_STRANGER,))
    theirs = manifest(media(900), Recipe(number=2, assertions=assertions, seal=seal))
    yield Interruption(
        "a stranger's valid segment", (carrying(2),), (theirs,), (carrying(3), carrying(4))
    )
    older = Session(key=pki.issue("Older", number=302), kid=KEY.kid)
    yield Interruption("an older stream of the signer", before, (init(older, number=5),), after)
    yield Interruption("the same before it", (init(older, number=5),), (), (*before, *after))
    many = media(2) + emsg(b"") * (limits.SEGMENT_INFOS + 1)
    yield Interruption("a segment over a limit", before, (many,), after)
    start = _start(fragment(0))
    unsaid = segment(2, KEY, data=fragment(start, size=None))
    yield Interruption(
        "an initialization that nobody signed",
        (init(KEY, data=_with_sizes(40)),),
        (_with_sizes(400), _with_sizes(400) + box("mdat", bytes(9))),
        (unsaid,),
    )
