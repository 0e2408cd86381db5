"""JPEG XL: boxes, and which of them hold a store."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from aidisclose import limits
from aidisclose.codec import jumbf
from aidisclose.containers import Edits, Layout, identify, jxl, read_store
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource
from tests.containers import samples
from tests.containers.samples_images import (
    JXL_CODESTREAM,
    JXL_FTYP,
    JXL_LEVEL,
    JXL_PICTURE,
    JXL_SIGNATURE,
    jxl_box,
    jxl_in_parts,
)
from tests.containers.samples_images import jxl as make

STORE = samples.store(1000)
OTHER_TYPE = jumbf.superbox(jumbf.type_uuid("json"), "other", [jumbf.box(b"json", b"{}")])


def scan(data: bytes) -> Layout:
    return jxl.CONTAINER.scan(BytesSource(data))


def rewrite(data: bytes, store: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = jxl.CONTAINER.rewrite(source, scan(data), Edits(store=store))
    return splice.read_at(0, splice.size)


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([JXL_PICTURE], [STORE, JXL_PICTURE]),
        ([JXL_LEVEL, JXL_PICTURE], [JXL_LEVEL, STORE, JXL_PICTURE]),
        ([JXL_PICTURE, JXL_LEVEL], [STORE, JXL_PICTURE, JXL_LEVEL]),
        ([OTHER_TYPE, JXL_PICTURE], [STORE, OTHER_TYPE, JXL_PICTURE]),
        ([samples.store(300), JXL_PICTURE], [STORE, JXL_PICTURE]),
        ([JXL_PICTURE, samples.store(300)], [STORE, JXL_PICTURE]),
        ([samples.store(300), JXL_PICTURE, samples.store(200)], [STORE, JXL_PICTURE]),
    ],
)
def test_the_store_is_embedded_before_the_codestream(
    boxes: list[bytes], expected: list[bytes]
) -> None:
    data = rewrite(make(*boxes), STORE)
    assert data == make(*expected)
    (found,) = scan(data).stores
    assert found.frame == found.exclusions[0] == found.pieces[0]
    assert read_store(BytesSource(data), found) == STORE


@pytest.mark.parametrize(
    ("box", "count"),
    [
        (STORE, 1),
        (OTHER_TYPE, 0),
        (jumbf.superbox(jumbf.type_uuid("c2pa"), "renamed", []), 1),
        (jumbf.superbox(jumbf.type_uuid("json"), "c2pa", []), 1),
        (jumbf.superbox(jumbf.type_uuid("json"), "c2pa.not", []), 0),
        (b"\0\0\0\x01jumb" + (len(STORE) + 8).to_bytes(8) + STORE[8:], 1),
        (jxl_box(b"jumb", b""), 0),
        (jxl_box(b"xml ", STORE), 0),
    ],
)
def test_what_is_a_store(box: bytes, count: int) -> None:
    """A JUMBF box by its type or by its label, so that changing one of them does not hide it."""
    data = make(box, JXL_PICTURE)
    layout = scan(data)
    assert len(layout.stores) == count
    assert layout.problems == ()
    for store in layout.stores:
        assert read_store(BytesSource(data), store) == box
        assert rewrite(data, None) == make()


def test_the_last_box_may_have_no_length() -> None:
    open_ended = bytes(4) + STORE[4:]
    data = make(JXL_PICTURE, open_ended)
    (found,) = scan(data).stores
    assert jumbf.parse(read_store(BytesSource(data), found)).label == "c2pa"


def test_what_is_open_ended_has_something_in_it() -> None:
    """Anything written behind an `ftyp` box without an end would become part of it."""
    data = make()
    with pytest.raises(MalformedFile, match="has no image"):
        scan(data[:12] + bytes(4) + data[16:])


def test_a_compressed_store_is_a_problem() -> None:
    """It must not be compressed (C2PA 2.5 §A); without looking inside, it might be one."""
    data = make(JXL_PICTURE, jxl_box(b"brob", b"jumb" + b"\x8b" * 64))
    (problem,) = scan(data).problems
    assert "compressed" in problem.reason
    assert data[problem.offset + 4 :].startswith(b"brob")


@pytest.mark.parametrize("content", [b"", b"\x06", b"\x8b" * 63])
def test_a_compressed_box_too_small_for_a_signature_is_no_store(content: bytes) -> None:
    """libjxl writes an empty one where there is no JUMBF box to compress."""
    layout = scan(make(JXL_PICTURE, jxl_box(b"brob", b"jumb" + content)))
    assert (layout.stores, layout.problems) == ((), ())


def test_a_bare_codestream_has_no_store_and_no_place_for_one() -> None:
    source = BytesSource(JXL_CODESTREAM)
    assert identify(source) is jxl.CONTAINER
    layout = jxl.CONTAINER.scan(source)
    assert (layout.stores, layout.problems) == ((), ())
    with pytest.raises(UnsupportedFormat, match="container"):
        jxl.CONTAINER.rewrite(source, layout, Edits(store=STORE))
    assert rewrite(JXL_CODESTREAM, None) == JXL_CODESTREAM


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"", 0),
        (JXL_SIGNATURE[:-1], 0),
        (JXL_SIGNATURE, 12),
        (JXL_SIGNATURE + JXL_PICTURE, 12),
        (make()[:-1], 32),
        (make() + b"\0\0\0", len(make())),
        (make(b"\0\0\0\x07free"), 32),
    ],
)
def test_malformed(data: bytes, offset: int) -> None:
    with pytest.raises(MalformedFile) as raised:
        scan(data)
    assert raised.value.offset == offset


def test_too_many_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "JXL_BOXES", 10)
    assert len(scan(make(*[JXL_LEVEL] * 8)).blocks) == 10
    with pytest.raises(LimitExceeded):
        scan(make(*[JXL_LEVEL] * 9))


def test_too_many_stores() -> None:
    with pytest.raises(LimitExceeded):
        scan(make(*[samples.store(100)] * (limits.STORES + 1)))


def test_a_store_beyond_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STORE_SIZE", 999)
    with pytest.raises(LimitExceeded):
        scan(make(STORE))


@pytest.mark.parametrize("store", [b"", STORE[:-1], STORE + b"\0", JXL_FTYP])
def test_only_a_whole_superbox_is_embedded(store: bytes) -> None:
    """Anything else would break the boxes of the file."""
    with pytest.raises((ValueError, MalformedFile)):
        rewrite(make(), store)


@pytest.mark.skipif(not shutil.which("djxl"), reason="djxl is not installed")
@pytest.mark.parametrize("original", [make(), jxl_in_parts()])
def test_djxl_decodes_the_same_picture(original: bytes, tmp_path: Path) -> None:
    pictures = []
    for number, data in enumerate((original, rewrite(original, STORE))):
        source, decoded = tmp_path / f"{number}.jxl", tmp_path / f"{number}.ppm"
        source.write_bytes(data)
        subprocess.run(["djxl", source, decoded], capture_output=True, check=True)
        pictures.append(decoded.read_bytes())
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) > 8 * 8


def test_a_bare_codestream_can_be_wrapped() -> None:
    source = BytesSource(JXL_CODESTREAM)
    wrapped = jxl.CONTAINER.wrap(source, jxl.CONTAINER.scan(source))
    assert wrapped is not None
    data = wrapped.read_at(0, wrapped.size)
    assert data == make(jxl_box(b"jxlc", JXL_CODESTREAM))
    again = BytesSource(data)
    assert jxl.CONTAINER.wrap(again, jxl.CONTAINER.scan(again)) is None


def test_a_large_codestream_gets_a_long_length() -> None:
    large = BytesSource(JXL_CODESTREAM)
    large.size = (1 << 32) - 8
    wrapped = jxl.CONTAINER.wrap(large, jxl.CONTAINER.scan(large))
    assert wrapped is not None
    assert wrapped.size == large.size + 12 + 20 + 16
    assert wrapped.read_at(32, 16) == b"\0\0\0\1jxlc" + (large.size + 16).to_bytes(8)
