"""What says which bytes are shown, where the signature does not cover it."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from typing import Final

from aidisclose.bindings import box_exclusions
from aidisclose.bindings.binding import Fields
from aidisclose.bindings.box_exclusions import C2PA, INDEX, Exclusion
from aidisclose.containers.container import BoxTreed
from aidisclose.io.digest import DigestPlan, digest
from aidisclose.io.source import Range
from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.exclusions import store
from tests.attacks.files import Media
from tests.attacks.parties import sealed
from tests.bindings.build import asset
from tests.containers import samples_bmff
from tests.containers.samples_bmff import MARKS, box

CLAUSE: Final = "C2PA 2.5 §16.3.2: version 1 hashes no offsets; §14.12.2"
_PADDING: Final = (Exclusion("/free"), Exclusion("/skip"))
_OTHER: Final = b"another film"


def fields(data: bytes, rules: Sequence[Exclusion], *, with_offsets: bool) -> Fields:
    """A BMFF hash with these exclusions."""
    file = asset(data)
    assert isinstance(file.container, BoxTreed)
    tree = file.container.tree(file.source, file.layout)
    excluded = box_exclusions.apply(file.source, tree, rules, with_trees=False)
    parts = box_exclusions.remaining(file.layout.blocks, excluded, with_offsets=with_offsets)
    value = digest(file.source, DigestPlan("sha256", tuple(parts)))
    assert len(value) == hashlib.sha256().digest_size
    return {
        "exclusions": [rule.encode() for rule in rules],
        "alg": "sha256",
        "hash": value,
        "name": "jumbf manifest",
    }


def attacks() -> Iterator[Attack]:
    """Media moved, or looked for elsewhere."""
    yield from _moved()
    yield from _redirected()


def _moved() -> Iterator[Attack]:
    """Version 1: a box that is excluded moves the media, and offsets lead into it."""
    data = samples_bmff.movie()
    rules = (C2PA, INDEX, *_PADDING)
    label = "c2pa.hash.bmff"
    for name, code in (("free", "free"), ("skip", "skip"), ("mfra", "mfra")):
        of = files.media("MP4", binding=label)._replace(
            data=data,
            fields=lambda found: fields(found, rules, with_offsets=False),
        )
        honest = files.signed(files.active(seal=sealed(size=1_500)), of=of)
        mdat = honest.rindex(b"mdat") - 4
        extra = box(code, b"".join(_OTHER.ljust(500, b"-") for _ in MARKS[:6]))
        forged = honest[:mdat] + extra + honest[mdat:]
        title = f"offsets: version 1, a {name} box before the media"
        yield Attack(title, CLAUSE, honest, forged, "", integrity="partial")


def _redirected() -> Iterator[Attack]:
    """Exclusions that leave tables free, as older versions of the reference wrote them."""
    data = samples_bmff.movie()
    for name, path in {
        "stco": "/moov/trak/mdia/minf/stbl/stco",
        "stbl": "/moov/trak/mdia/minf/stbl",
        "moov": "/moov",
        "trak": "/moov/trak",
        "stsd": "/moov/trak/mdia/minf/stbl/stsd",
    }.items():
        rules = (C2PA, INDEX, Exclusion(path))
        yield from _altered(data, rules, name, b"stco" if name != "stsd" else b"stsd")
    subset = (Exclusion("/moov", subset=(Range(8, 0),)),)
    yield from _altered(data, (C2PA, INDEX, *subset), "part of moov", b"stco")
    picture = samples_bmff.picture()
    for name, path in {"iloc": "/meta/iloc", "meta": "/meta"}.items():
        yield from _altered(picture, (C2PA, INDEX, Exclusion(path)), name, b"iloc")
    fragmented = samples_bmff.fragments()
    for name, path in {
        "tfhd": "/moof/traf/tfhd",
        "trun": "/moof/traf/trun",
        "moof": "/moof",
    }.items():
        code = name.encode() if name != "moof" else b"tfhd"
        yield from _altered(fragmented, (C2PA, INDEX, Exclusion(path)), name, code)


def _altered(data: bytes, rules: Sequence[Exclusion], name: str, code: bytes) -> Iterator[Attack]:
    kind = "HEIF" if code == b"iloc" else "MP4"
    of: Media = files.media(kind)._replace(
        data=data,
        fields=lambda found: fields(found, rules, with_offsets=True),
    )
    honest = files.signed(files.active(seal=sealed(size=1_500)), of=of)
    changed = bytearray(honest)
    at = honest.index(code, store(honest).end) + 4
    (size,) = struct.unpack_from(">I", honest, at - 8)
    changed[at + size - 9] ^= 0x40
    forged = bytes(changed)
    yield Attack(f"offsets: {name} excluded", CLAUSE, honest, forged, "", integrity="partial")
