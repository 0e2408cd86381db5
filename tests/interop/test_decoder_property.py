"""Two files that are intact under the same signature show the same in decoders of others.

Signed files are changed where forgers change them: frames of the store, lengths, offsets, tables
and the order of blocks. Nearly all that comes out is refused; what is not must decode as before.
"""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import aidisclose as ad
from aidisclose.containers import Layout, identify
from aidisclose.errors import AidiscloseError
from aidisclose.io.source import BytesSource
from aidisclose.signing.credentials import ROOT
from tests.containers import samples_images
from tests.interop.test_decoders import CASES, Case, run, written
from tests.issuing import Issued

#: Changes of each kind, for each file: a few, or as many as somebody has time for.
_COUNT: Final = int(os.environ.get("DECODER_CHANGES", "24"))
_NAMES: Final = (
    *("picture.jpg", "animated.png", "animated.webp", "animated.gif", "picture.tiff"),
    *("picture.avif", "document.pdf", "plain.wav", "tone.mp3", "tone.flac", "tone.ogg"),
    *("film.mp4", "fragments.mp4", "film.avi"),
)
#: What tables that say which bytes are shown begin with.
_TABLES: Final = (
    *(b"stco", b"co64", b"stsz", b"stsc", b"stsd", b"elst", b"iloc", b"trun", b"tfhd", b"tfdt"),
    *(b"idx1", b"indx", b"acTL", b"fcTL", b"ANMF", b"ANIM", b"MPF\0", b"\nxref", b"startxref"),
    *(b" obj", b"/Length", b"II*\0", b"OggS", b"GIF89a", b"!\xf9\x04", b"NETSCAPE"),
)


def drawing(path: Path) -> object:
    return run("rsvg-convert", "--format=svg", path)


CHOSEN: Final = (
    *(case for case in CASES if case.name in _NAMES),
    Case(
        "drawing.svg", written(lambda: samples_images.svg("<rect width='4' height='3'/>")), drawing
    ),
)


def changed(data: bytes, layout: Layout, chance: random.Random) -> Iterator[bytes]:
    """Forgeries of every kind."""
    for _ in range(_COUNT):
        yield from (
            _framed(data, layout, chance),
            _measured(data, layout, chance),
            _directed(data, chance),
            _ordered(data, layout, chance),
            _inside(data, layout, chance),
            _appended(data, layout, chance),
        )


def _framed(data: bytes, layout: Layout, chance: random.Random) -> bytes:
    """A number at either end of the store's frame is another."""
    [store] = layout.stores
    edges = [store.frame.start, store.frame.end]
    edges += [edge for piece in store.pieces[:3] for edge in (piece.start, piece.end)]
    return _renumbered(data, chance.choice(edges) + chance.randint(-12, 12), chance)


def _measured(data: bytes, layout: Layout, chance: random.Random) -> bytes:
    """A number at the beginning of a block is another."""
    block = chance.choice(layout.blocks)
    return _renumbered(data, block.start + chance.randrange(12), chance)


def _directed(data: bytes, chance: random.Random) -> bytes:
    """A number of a table is another."""
    present = [name for name in _TABLES if name in data] or [data[:4]]
    name = chance.choice(present)
    at = chance.choice([data.index(name), data.rindex(name)])
    return _renumbered(data, at + len(name) + chance.randrange(40), chance)


def _renumbered(data: bytes, at: int, chance: random.Random) -> bytes:
    at = max(0, min(at, len(data) - 4))
    form = chance.choice((">I", "<I", ">H", "<H", "B"))
    width = struct.calcsize(form)
    (number,) = struct.unpack_from(form, data, at)
    number += chance.choice((-40, -8, -1, 1, 8, 12, 40, 200, len(data)))
    return data[:at] + struct.pack(form, number % 256**width) + data[at + width :]


def _ordered(data: bytes, layout: Layout, chance: random.Random) -> bytes:
    """A block moves, comes twice, or is missing."""
    blocks = [data[block.start : block.end] for block in layout.blocks]
    index = chance.randrange(len(blocks))
    block = blocks.pop(index)
    for _ in range(chance.randrange(3)):
        blocks.insert(chance.randrange(len(blocks) + 1), block)
    return b"".join(blocks) if sum(map(len, blocks)) < 2 * len(data) else data


def _inside(data: bytes, layout: Layout, chance: random.Random) -> bytes:
    """A byte of what the hash leaves out is another."""
    part = chance.choice(layout.stores[0].exclusions)
    at = part.start + chance.randrange(part.length)
    return data[:at] + bytes((data[at] ^ 1 << chance.randrange(8),)) + data[at + 1 :]


def _appended(data: bytes, layout: Layout, chance: random.Random) -> bytes:
    """Blocks that may mean something stand at the end, or before one of the file's."""
    block = chance.choice(layout.blocks)
    body = bytes(chance.choice((0, 8, 500)))
    codes = (b"free", b"skip", b"mfra", b"ftyp", b"uuid", b"tEXt", b"JUNK")
    extra = struct.pack(">I", 8 + len(body)) + chance.choice(codes) + body
    at = chance.choice((block.start, block.end, len(data)))
    return data[:at] + chance.choice((extra, data[block.start : block.end])) + data[at:]


def is_intact(data: bytes, trust: ad.TrustConfig) -> bool:
    try:
        report = ad.verify(data, trust=trust)
    except AidiscloseError:
        return False
    return report.state is ad.State.TRUSTED and report.integrity == "intact"


def decoded(case: Case, path: Path) -> object:
    """What a decoder shows; None if it refuses the file, and so shows nothing else."""
    try:
        return case.decode(path)
    except (AssertionError, OSError, SyntaxError, ValueError):
        return None


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
def test_what_is_intact_shows_the_same(case: Case, issued: Issued, tmp_path: Path) -> None:
    made = issued("es256")
    trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())
    plain, path = tmp_path / f"plain-{case.name}", tmp_path / case.name
    case.make(plain)
    ad.sign(plain, path, disclosure=ad.Disclosure(ai="generated"), signer=made.signer())
    data = path.read_bytes()
    assert is_intact(data, trust)
    shown = case.decode(path)
    source = BytesSource(data)
    layout = identify(source).scan(source)
    accepted = 0
    for other in changed(data, layout, random.Random(case.name)):
        if other != data and is_intact(other, trust):
            accepted += 1
            path.write_bytes(other)
            assert decoded(case, path) in (shown, None)
    # Were it more, something would not be covered at all.
    assert accepted < _COUNT
