"""PNG: chunks, the store in `caBX`, and what is wrong with one."""

from __future__ import annotations

import pytest

from aidisclose import limits
from aidisclose.containers import Edits, Layout, png, read_store
from aidisclose.errors import LimitExceeded, MalformedFile
from aidisclose.io.source import BytesSource
from tests.containers import samples
from tests.containers.samples import png_chunk

SIGNATURE = b"\x89PNG\r\n\x1a\n"
IHDR = png_chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0")
TEXT = png_chunk(b"tEXt", b"Title\0a picture")
IDAT = png_chunk(b"IDAT", b"x\x9cc`\0\0\0\2\0\1")
IEND = png_chunk(b"IEND", b"")
STORE = samples.store(5000)
STORE_CHUNK = png_chunk(b"caBX", STORE)


def minimal(*chunks: bytes) -> bytes:
    return SIGNATURE + IHDR + b"".join(chunks) + IDAT + IEND


def scan(data: bytes) -> Layout:
    return png.CONTAINER.scan(BytesSource(data))


def rewrite(data: bytes, store: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = png.CONTAINER.rewrite(source, scan(data), Edits(store=store))
    return splice.read_at(0, splice.size)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (minimal(), "PNGh IHDR IDAT IEND"),
        (minimal(TEXT, STORE_CHUNK), "PNGh IHDR tEXt caBX IDAT IEND"),
        (minimal() + b"\0", "PNGh IHDR IDAT IEND trailer"),
        (minimal() + minimal(), "PNGh IHDR IDAT IEND trailer"),
    ],
)
def test_chunks(data: bytes, expected: str) -> None:
    blocks = scan(data).blocks
    assert " ".join(block.name for block in blocks) == expected
    assert sum(block.length for block in blocks) == len(data)


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"", 0),
        (SIGNATURE[:-1], 0),
        (SIGNATURE, 8),
        (SIGNATURE + IDAT + IEND, 8),
        (SIGNATURE + IHDR, 33),
        (SIGNATURE + IHDR + IDAT, 33 + len(IDAT)),
        (SIGNATURE + IHDR + IDAT[:-1], 33),
        (SIGNATURE + IHDR + b"\xff\xff\xff\xffIDAT" + bytes(50), 33),
        (SIGNATURE + IHDR + png_chunk(b"ID\0T", b""), 33),
        (SIGNATURE + IHDR + png_chunk("IDÄ".encode(), b""), 33),
        (SIGNATURE + IHDR + IEND[:-1], 33),
    ],
)
def test_malformed(data: bytes, offset: int) -> None:
    with pytest.raises(MalformedFile) as raised:
        scan(data)
    assert raised.value.offset == offset


def test_too_many_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCKS", 10)
    with pytest.raises(LimitExceeded):
        scan(minimal(*[TEXT] * 10))


def test_a_declared_store_beyond_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STORE_SIZE", 4999)
    with pytest.raises(LimitExceeded):
        scan(minimal(STORE_CHUNK))


def test_the_whole_chunk_is_excluded_from_the_hash() -> None:
    data = minimal(TEXT, STORE_CHUNK)
    (found,) = scan(data).stores
    assert found.exclusions == (found.frame,)
    assert data[found.frame.start : found.frame.end] == STORE_CHUNK
    assert read_store(BytesSource(data), found) == STORE


def test_a_store_behind_the_image_data_is_read() -> None:
    """C2PA 2.2 only recommends its place; when it is written, it goes there."""
    data = SIGNATURE + IHDR + IDAT + STORE_CHUNK + IEND
    layout = scan(data)
    assert layout.problems == ()
    [found] = layout.stores
    assert read_store(BytesSource(data), found) == STORE
    assert rewrite(data, STORE) == minimal(STORE_CHUNK)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (minimal(STORE_CHUNK[:-1] + b"\0"), "checksum"),
        (minimal(STORE_CHUNK[:1000] + b"\0" + STORE_CHUNK[1001:]), "checksum"),
    ],
)
def test_a_store_that_must_not_be_there_is_a_problem(data: bytes, reason: str) -> None:
    """It stays visible, and giving the file another one mends it."""
    layout = scan(data)
    assert len(layout.stores) == 1
    (problem,) = layout.problems
    assert reason in problem.reason
    assert data[problem.offset + 4 :].startswith(b"caBX")
    assert rewrite(data, STORE) == minimal(STORE_CHUNK)
    assert rewrite(data, None) == minimal()


def test_two_stores() -> None:
    other = samples.store(300, seed=1)
    data = minimal(STORE_CHUNK, TEXT, png_chunk(b"caBX", other))
    layout = scan(data)
    assert [read_store(BytesSource(data), found) for found in layout.stores] == [STORE, other]
    assert rewrite(data, None) == minimal(TEXT)


@pytest.mark.parametrize("chunks", [[], [TEXT], [STORE_CHUNK, TEXT], [TEXT, STORE_CHUNK]])
def test_a_store_goes_directly_before_the_image_data(chunks: list[bytes]) -> None:
    """Wherever an old one was. ExifTool shows no EXIF that comes behind it."""
    kept = [chunk for chunk in chunks if chunk == TEXT]
    assert rewrite(minimal(*chunks), STORE) == minimal(*kept, STORE_CHUNK)


@pytest.mark.parametrize("cut", [1, 12, 12 + len(IDAT) // 2, 12 + len(IDAT)])
def test_a_picture_that_is_cut_off_behind_its_store_gets_a_verdict(cut: int) -> None:
    data = minimal(STORE_CHUNK)[:-cut]
    layout = scan(data)
    assert len(layout.stores) == 1
    assert len(layout.problems) == 1
    with pytest.raises(MalformedFile, match="cut off"):
        rewrite(data, STORE)


def test_a_picture_of_xcode_keeps_its_first_chunk_in_its_place() -> None:
    first = png_chunk(b"CgBI", bytes(4))
    data = SIGNATURE + first + IHDR + TEXT + IDAT + IEND
    assert rewrite(data, STORE) == SIGNATURE + first + IHDR + TEXT + STORE_CHUNK + IDAT + IEND
    splice = png.CONTAINER.rewrite(BytesSource(data), scan(data), Edits(xmp=b"<x/>"))
    written = splice.read_at(0, splice.size)
    assert written.startswith(SIGNATURE + first + IHDR)
    assert rewrite(written, None) == written
    with pytest.raises(MalformedFile, match="first PNG chunk"):
        scan(SIGNATURE + first + first + IHDR + IDAT + IEND)
