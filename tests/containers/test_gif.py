"""GIF: blocks, the store in an application extension, and what is wrong with one."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from aidisclose import limits
from aidisclose.containers import Edits, Layout, gif, read_store
from aidisclose.errors import LimitExceeded, MalformedFile
from aidisclose.io.source import BytesSource
from tests.containers import samples, samples_images
from tests.containers.samples_images import (
    GIF_LOOP,
    GIF_SCREEN,
    GIF_XMP,
    gif_extension,
    gif_image,
    sub_blocks,
)
from tests.containers.samples_images import gif as make

STORE = samples.store(1000)
FRAME = b"!\xff\x0bC2PA_GIF\x01\0\0" + sub_blocks(STORE)
HEADER_SIZE = 6 + len(GIF_SCREEN)
IMAGE = gif_image()


def scan(data: bytes) -> Layout:
    return gif.CONTAINER.scan(BytesSource(data))


def rewrite(data: bytes, store: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = gif.CONTAINER.rewrite(source, scan(data), Edits(store=store))
    return splice.read_at(0, splice.size)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (make(), "GIF89a LSD 2C TBID 3B"),
        (make(version=b"87a", trailer=b""), "GIF87a LSD 2C TBID"),
        (make(FRAME, GIF_LOOP, GIF_XMP, IMAGE), "GIF89a LSD 21FF 21FF 21FF 2C TBID 3B"),
        (make(gif_image(colours=b"colour"), gif_extension(0xFE)), "GIF89a LSD 2C TBID 21FE 3B"),
        (make(IMAGE, gif_extension(0xF9, b"abcd"), IMAGE), "GIF89a LSD 2C TBID 21F9 2C TBID 3B"),
        (make(trailer=b"\0!"), "GIF89a LSD 2C TBID"),
        (make(trailer=b";;!"), "GIF89a LSD 2C TBID 3B"),
    ],
)
def test_blocks(data: bytes, expected: str) -> None:
    """By the names of the general box hash, one after the other without a gap."""
    blocks = scan(data).blocks
    assert " ".join(block.name for block in blocks) == expected
    assert [block.end for block in blocks[:-1]] == [block.start for block in blocks[1:]]


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"", 0),
        (b"GIF89b" + make()[6:], 0),
        (make()[:12], 0),
        (make()[: HEADER_SIZE - 1], HEADER_SIZE - 1),
        (make(b"\0"), HEADER_SIZE),
        (make(b"!", trailer=b""), HEADER_SIZE),
        (make(b"!\xfe", trailer=b""), HEADER_SIZE + 2),
        (make(b"!\xfe\x05four", trailer=b""), HEADER_SIZE + 8),
        (make(b"!\xfe\x04four", trailer=b""), HEADER_SIZE + 7),
        (make(IMAGE[:9], trailer=b""), HEADER_SIZE),
        (make(IMAGE[:11], trailer=b""), HEADER_SIZE + 11),
        (make(IMAGE[:-1], trailer=b""), HEADER_SIZE + len(IMAGE) - 1),
    ],
)
def test_malformed(data: bytes, offset: int) -> None:
    with pytest.raises(MalformedFile) as raised:
        scan(data)
    assert raised.value.offset == offset


@given(st.lists(st.sampled_from([0, 1, 254, 255]), max_size=40), st.integers(1, 300))
def test_sub_blocks_of_all_lengths_are_walked(lengths: list[int], window: int) -> None:
    """Wherever a window of the file ends."""
    content = b"".join(bytes((n,)) + bytes(n) for n in lengths if n)
    data = make(b"!\x01" + content + b"\0", IMAGE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "CHUNK", max(window, HEADER_SIZE))
        blocks = scan(data).blocks
    assert blocks[2].length == 2 + len(content) + 1
    assert blocks[-1].end == len(data)


def test_too_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCKS", 10)
    with pytest.raises(LimitExceeded):
        scan(make(*[gif_extension(0xFE)] * 10))


def test_too_many_stores() -> None:
    with pytest.raises(LimitExceeded):
        scan(make(*[FRAME] * (limits.STORES + 1), IMAGE))


def test_a_store_beyond_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STORE_SIZE", 999)
    with pytest.raises(LimitExceeded):
        scan(make(FRAME, IMAGE))


def test_the_store_is_embedded_before_everything_but_the_screen() -> None:
    data = rewrite(make(GIF_LOOP, IMAGE), STORE)
    assert data == make(FRAME, GIF_LOOP, IMAGE)
    (found,) = scan(data).stores
    assert found.exclusions == (found.frame,)
    assert [piece.length for piece in found.pieces] == [255, 255, 255, 235]
    assert read_store(BytesSource(data), found) == STORE


@pytest.mark.parametrize("length", [100, 254, 255, 256, 510, 511])
def test_a_store_of_any_length_comes_back(length: int) -> None:
    store = samples.store(length)
    data = rewrite(make(), store)
    (found,) = scan(data).stores
    assert read_store(BytesSource(data), found) == store
    assert max(piece.length for piece in found.pieces) <= 255


def test_a_store_stays_where_another_program_put_it() -> None:
    data = make(GIF_LOOP, FRAME, IMAGE)
    assert rewrite(data, STORE) == data
    assert rewrite(data, None) == make(GIF_LOOP, IMAGE)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (make(IMAGE, FRAME), "after the first image"),
        (make(FRAME.replace(b"GIF\x01", b"GIF\x02"), IMAGE), "version"),
    ],
)
def test_a_store_that_must_not_be_there_is_a_problem(data: bytes, reason: str) -> None:
    """It stays visible, and giving the file another one mends it."""
    layout = scan(data)
    assert len(layout.stores) == 1
    (problem,) = layout.problems
    assert reason in problem.reason
    assert data[problem.offset :].startswith(b"!\xff\x0bC2PA_GIF")
    assert rewrite(data, STORE) == make(FRAME, IMAGE)
    assert rewrite(data, None) == make()


def test_of_two_stores_one_is_replaced_and_one_removed() -> None:
    data = make(GIF_LOOP, FRAME, gif_extension(0xFE, b"x"), FRAME, IMAGE, FRAME)
    assert len(scan(data).stores) == 3
    assert rewrite(data, STORE) == make(GIF_LOOP, FRAME, gif_extension(0xFE, b"x"), IMAGE)


def test_gif87a_becomes_gif89a_and_back() -> None:
    """Extensions are not part of GIF87a. A comment remembers what the file was."""
    original = make(version=b"87a")
    signed = rewrite(original, STORE)
    assert signed == make(FRAME, gif_extension(0xFE, b"GIF87a"), IMAGE)
    again = rewrite(signed, samples.store(300))
    assert rewrite(again, None) == original


def test_a_gif89a_that_holds_such_a_comment_is_not_mistaken() -> None:
    original = make(gif_extension(0xFE, b"GIF87a"), IMAGE)
    assert rewrite(rewrite(original, STORE), None) == original


def test_every_frame_of_an_animation_stays() -> None:
    """Pixels, timing and disposal, and the number of loops."""

    def frames(data: bytes) -> list[tuple[bytes, object, object]]:
        with Image.open(io.BytesIO(data)) as image:
            return [
                (frame.convert("RGBA").tobytes(), frame.info.get("duration"), image.info["loop"])
                for frame in ImageSequence.Iterator(image)
            ]

    original = samples_images.animated_gif()
    assert len(frames(original)) == 3
    assert frames(rewrite(original, STORE)) == frames(original)


@pytest.mark.skipif(not shutil.which("gifsicle"), reason="gifsicle is not installed")
def test_gifsicle_finds_nothing_wrong(tmp_path: Path) -> None:
    for number, original in enumerate(
        (make(), make(version=b"87a"), samples_images.animated_gif())
    ):
        path = tmp_path / f"{number}.gif"
        path.write_bytes(rewrite(original, STORE))
        run = subprocess.run(["gifsicle", "--info", path], capture_output=True, check=True)
        assert run.stderr == b""


def test_sub_blocks_of_a_byte_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GIF_SUB_BLOCKS", 1_000)
    monkeypatch.setattr(limits, "CHUNK", 1_500)
    for count, fits in ((900, True), (1_100, False)):
        data = make(b"\x21\xfe" + b"\x01a" * count + b"\0", samples_images.gif_image())
        if fits:
            assert scan(data).blocks
        else:
            with pytest.raises(LimitExceeded, match="more than 1000 sub-blocks"):
                scan(data)
