"""Large and small media for the measurements, made by code; nothing of it plays well."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Iterator
from pathlib import Path

MIB = 1 << 20


def noise(size: int) -> Iterator[bytes]:
    """`size` bytes that do not compress, the same in every run."""
    block = random.Random(1).randbytes(4 * MIB)
    for start in range(0, size, len(block)):
        yield block[: size - start]


def write_wav(path: Path, size: int) -> None:
    """A stereo WAV file of about `size` bytes."""
    size -= size % 4
    head = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 2, 48000, 192000, 4, 16)
    with path.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", len(head) + 8 + size) + head)
        file.write(b"data" + struct.pack("<I", size))
        file.writelines(noise(size))


def _box(code: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", len(content) + 8) + code + content


def _movie(chunks: int, first: int, step: int) -> bytes:
    """A `moov` with one video track of `chunks` chunks, whose offsets are 64 bits wide."""
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    mvhd = _box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, chunks), bytes(12), matrix, bytes(28))
    tkhd = _box(b"tkhd", struct.pack(">IIIII", 7, 0, 0, 1, 0), bytes(24), matrix, bytes(8))
    mdhd = _box(b"mdhd", struct.pack(">IIIIII", 0, 0, 0, 1000, chunks, 0))
    hdlr = _box(b"hdlr", struct.pack(">II4s", 0, 0, b"vide"), bytes(13))
    dref = _box(b"dref", struct.pack(">II", 0, 1), _box(b"url ", struct.pack(">I", 1)))
    offsets = b"".join(struct.pack(">Q", first + index * step) for index in range(chunks))
    table = _box(
        b"stbl",
        _box(b"stsd", struct.pack(">II", 0, 0)),
        _box(b"stts", struct.pack(">IIII", 0, 1, chunks, 1)),
        _box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        _box(b"stsz", struct.pack(">III", 0, step, chunks)),
        _box(b"co64", struct.pack(">II", 0, chunks), offsets),
    )
    media = _box(b"minf", _box(b"vmhd", bytes(12)), _box(b"dinf", dref), table)
    return _box(b"moov", mvhd, _box(b"trak", tkhd, _box(b"mdia", mdhd, hdlr, media)))


def write_mp4(
    path: Path, size: int, *, moov_first: bool, chunks: int = 200_000, sparse: bool = False
) -> None:
    """An MP4 file of about `size` bytes with `chunks` chunk offsets; a sparse one holds zeros."""
    step = size // chunks
    payload = step * chunks
    kind = _box(b"ftyp", b"isom", bytes(4), b"isommp42")
    length = len(_movie(chunks, 0, step))
    first = len(kind) + (length if moov_first else 0) + 16
    movie = _movie(chunks, first, step)
    with path.open("wb") as file:
        file.write(kind + (movie if moov_first else b""))
        file.write(struct.pack(">I4sQ", 1, b"mdat", payload + 16))
        if sparse:
            file.seek(payload - 1, 1)
            file.write(b"\0")
        else:
            file.writelines(noise(payload))
        file.write(b"" if moov_first else movie)


def write_avi(path: Path, size: int) -> None:
    """An AVI file of about `size` bytes: a list of headers and one of frames."""
    size -= size % 2
    avih = b"avih" + struct.pack("<I", 56) + bytes(56)
    header = b"LIST" + struct.pack("<I", len(avih) + 4) + b"hdrl" + avih
    frame = b"00dc" + struct.pack("<I", size)
    with path.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 4 + len(header) + 12 + len(frame) + size))
        file.write(b"AVI " + header + b"LIST" + struct.pack("<I", 4 + len(frame) + size) + b"movi")
        file.write(frame)
        file.writelines(noise(size))


def jpeg(size: int = 184_000, *, seed: int = 0) -> bytes:
    """A JPEG photograph-like image of about `size` bytes."""
    from PIL import Image

    generator = random.Random(seed)
    side = 512
    while True:
        small = Image.frombytes(
            "RGB", (side // 4, side // 4), generator.randbytes(3 * side * side // 16)
        )
        out = io.BytesIO()
        small.resize((side, side)).save(out, "JPEG", quality=92)
        if out.tell() >= size:
            return out.getvalue()
        side += 64
