"""Changes of signed files where forgers make them, by chance: frames, lengths, tables, order."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from aidisclose.containers import Layout

#: What tables that say which bytes are shown begin with.
_TABLES: Final = (
    *(b"stco", b"co64", b"stsz", b"stsc", b"stsd", b"elst", b"iloc", b"trun", b"tfhd", b"tfdt"),
    *(b"idx1", b"indx", b"acTL", b"fcTL", b"ANMF", b"ANIM", b"MPF\0", b"\nxref", b"startxref"),
    *(b" obj", b"/Length", b"II*\0", b"OggS", b"GIF89a", b"!\xf9\x04", b"NETSCAPE"),
)


class Changed(NamedTuple):
    """A changed file, and what was done."""

    name: str
    data: bytes


def of_file(data: bytes, layout: Layout, chance: random.Random, count: int) -> Iterator[Changed]:
    """So many changes of each kind."""
    for _ in range(count):
        yield Changed("a number of the frame", _framed(data, layout, chance))
        yield Changed("a number of a block", _measured(data, layout, chance))
        yield Changed("a number of a table", _directed(data, chance))
        yield Changed("the order of blocks", _ordered(data, layout, chance))
        yield Changed("a byte that no hash covers", _inside(data, layout, chance))
        yield Changed("a further block", _appended(data, layout, chance))


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
