"""Files made to do harm: one line or a status, little time and memory, no credentials hidden.

All of them carry a store that was good before something was done to the file around it, so that
"no manifest" would be a lie.
"""

from __future__ import annotations

import io
import json
import resource
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

import aidisclose as ad
from aidisclose import limits
from aidisclose.containers import Layout, identify
from aidisclose.io.source import BytesSource
from tests.cli import running
from tests.containers import samples, samples_bmff, samples_images, samples_ogg, samples_riff
from tests.containers.samples_bmff import box
from tests.containers.samples_riff import chunk
from tests.issuing import Issued

Attack = Callable[[bytes, Layout], bytes]

#: What the process may take besides what an interpreter with the program takes.
MEMORY: Final = 64 * limits.MIB
#: A hang ends here; nobody waits for that long.
SECONDS: Final = 20


def nested(code: str, depth: int, inner: bytes = b"") -> bytes:
    for _ in range(depth):
        inner = box(code, inner)
    return inner


def lists(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = chunk(b"LIST", b"hdrl" + inner)
    return inner


def stored(data: bytes, layout: Layout) -> bytes:
    start, length = layout.stores[0].frame
    return data[start : start + length]


def without(data: bytes, layout: Layout) -> bytes:
    start, length = layout.stores[0].frame
    return data[:start] + data[start + length :]


def twice(data: bytes, layout: Layout) -> bytes:
    """The store again, directly behind itself."""
    end = layout.stores[0].frame.end
    grown = data[:end] + stored(data, layout) + data[end:]
    return sized(grown) if data.startswith(b"RIFF") else grown


def sized(data: bytes) -> bytes:
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def patched(offset: int, new: bytes) -> Attack:
    """Bytes of the store's frame replaced, counted from its start."""

    def attack(data: bytes, layout: Layout) -> bytes:
        at = layout.stores[0].frame.start + offset
        return data[:at] + new + data[at + len(new) :]

    return attack


def appended(more: Callable[[], bytes]) -> Attack:
    return lambda data, _: data + more()


def before_store(more: Callable[[], bytes]) -> Attack:
    def attack(data: bytes, layout: Layout) -> bytes:
        at = layout.stores[0].frame.start
        return data[:at] + more() + data[at:]

    return attack


def in_riff(more: Callable[[], bytes]) -> Attack:
    return lambda data, _: sized(data + more())


def moved(behind: bytes) -> Attack:
    """The store behind a mark, where its format does not allow it."""

    def attack(data: bytes, layout: Layout) -> bytes:
        left = without(data, layout)
        at = left.index(behind) + len(behind)
        return left[:at] + stored(data, layout) + left[at:]

    return attack


def within_box(code: str) -> Attack:
    def attack(data: bytes, layout: Layout) -> bytes:
        return without(data, layout) + box(code, stored(data, layout))

    return attack


def within_list(data: bytes, layout: Layout) -> bytes:
    return sized(without(data, layout) + chunk(b"LIST", b"INFO" + stored(data, layout)))


def brob_bomb() -> bytes:
    import brotli

    packed: bytes = brotli.compress(bytes(256 * limits.MIB), quality=1)
    return box("brob", b"xml ", packed)


def directories(data: bytes, _: Layout) -> bytes:
    """A thousand directories in a ring."""
    start = len(data) + len(data) % 2
    links = [start + 18 * number for number in range(1000)]
    ring = b"".join(
        struct.pack("<HHHIII", 1, 0xFE, 4, 1, 0, links[(number + 1) % 1000])
        for number in range(1000)
    )
    data = data.ljust(start, b"\0") + ring
    return data[:4] + struct.pack("<I", start) + data[8:]


def far_directory(data: bytes, _: Layout) -> bytes:
    return data[:8] + struct.pack("<Q", 1 << 63) + data[16:]


def far_value(data: bytes, _: Layout) -> bytes:
    """The store's tag counts 2^63 bytes."""
    at = data.rindex(struct.pack("<HH", 0xCD41, 7))
    return data[: at + 4] + struct.pack("<Q", 1 << 63) + data[at + 12 :]


def overlapping(data: bytes, layout: Layout) -> bytes:
    """Every chunk offset of the tables points at the store."""
    at = data.index(b"stco") + 12
    start = struct.pack(">I", layout.stores[0].frame.start)
    return data[:at] + start + data[at + 4 :]


def deep_svg(data: bytes, _: Layout) -> bytes:
    end = data.rindex(b"</svg>")
    return data[:end] + b"<g>" * 100_000 + b"</g>" * 100_000 + data[end:]


def laughing_svg(data: bytes, _: Layout) -> bytes:
    entities = b"".join(
        b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10) for number in range(1, 20)
    )
    return b'<!DOCTYPE svg [<!ENTITY l0 "lol">' + entities + b"]>" + data


def numbered_from_nine(data: bytes, layout: Layout) -> bytes:
    """Sequence numbers of the segments in another order than the segments."""
    at = layout.stores[0].frame.start + 8
    return data[:at] + struct.pack(">I", 9) + data[at + 4 :]


def ogg() -> bytes:
    return samples_ogg.ogg(b"\x01vorbis" + bytes(23))


def tag_bomb() -> bytes:
    """Half a million frames without content, before the one with the store."""
    frames = (b"TXXX" + bytes(6)) * 500_000
    size = len(frames)
    sizes = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\4\0\0" + sizes + frames


def media(name: str) -> bytes:
    return samples.FAMILIES[name].samples[0].data()


#: Name → the file before it is signed, and what is done to the signed file.
ATTACKS: Final[dict[str, tuple[Callable[[], bytes], Attack]]] = {
    "jpeg two stores": (samples.jpeg, twice),
    "jpeg store behind the picture": (samples.jpeg, lambda d, e: without(d, e) + stored(d, e)),
    "jpeg segment length 0": (samples.jpeg, patched(2, b"\0\0")),
    "jpeg segment past the end": (samples.jpeg, patched(2, b"\xff\xff")),
    "jpeg segments out of order": (samples.jpeg, numbered_from_nine),
    "png two stores": (samples.png, twice),
    "png store behind the picture": (samples.png, moved(b"IEND\xaeB`\x82")),
    "png chunk of 2^31 bytes": (samples.png, patched(0, b"\x80\0\0\0")),
    "png chunk past the end": (samples.png, patched(0, b"\x7f\xff\xff\xff")),
    "png a hundred thousand chunks": (
        samples.png,
        before_store(lambda: samples.png_chunk(b"teXt", b"") * 100_000),
    ),
    "png text bombs": (
        samples.png,
        before_store(
            lambda: samples.png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(16 << 20))) * 20
        ),
    ),
    "gif two stores": (lambda: media("GIF"), twice),
    "gif store ends at once": (lambda: media("GIF"), patched(14, b"\0")),
    "gif store behind the picture": (
        lambda: media("GIF"),
        lambda data, layout: without(data, layout)[:-1] + stored(data, layout) + b";",
    ),
    "tiff ring of directories": (samples_images.tiff, directories),
    "tiff directory at 2^63": (lambda: samples_images.tiff(big=True), far_directory),
    "tiff store of 2^63 bytes": (lambda: samples_images.tiff(big=True), far_value),
    "wav a thousand lists": (samples_riff.wav, in_riff(lambda: lists(1000))),
    "wav two stores": (samples_riff.wav, twice),
    "wav store in a list": (samples_riff.wav, within_list),
    "wav store past the end": (samples_riff.wav, patched(4, b"\xff\xff\xff\xff")),
    "wav store of 0 bytes": (samples_riff.wav, patched(4, b"\0\0\0\0")),
    "avi a thousand lists": (samples_riff.avi, in_riff(lambda: lists(1000))),
    "mp4 a thousand moov": (samples_bmff.movie, appended(lambda: nested("moov", 1000))),
    "mp4 ten thousand moov": (samples_bmff.movie, appended(lambda: nested("moov", 10_000))),
    "mp4 box of 2^63 bytes": (
        samples_bmff.movie,
        appended(lambda: struct.pack(">I4sQ", 1, b"free", 1 << 63)),
    ),
    "mp4 box of 4 bytes": (samples_bmff.movie, appended(lambda: struct.pack(">I4s", 4, b"free"))),
    "mp4 store of 0 bytes": (samples_bmff.movie, patched(0, b"\0\0\0\x18")),
    "mp4 store past the end": (samples_bmff.movie, patched(0, b"\x7f\0\0\0")),
    "mp4 two stores": (samples_bmff.movie, twice),
    "mp4 store within moov": (samples_bmff.movie, within_box("moov")),
    "mp4 store of another purpose": (samples_bmff.movie, patched(28, b"manifesT")),
    "mp4 media over the store": (samples_bmff.movie, overlapping),
    "heic a thousand meta": (
        lambda: media("HEIF"),
        appended(lambda: nested("meta", 1000)),
    ),
    "jxl bomb": (lambda: media("JPEG XL"), appended(brob_bomb)),
    "jxl two stores": (lambda: media("JPEG XL"), twice),
    "jxl a hundred thousand boxes": (
        lambda: media("JPEG XL"),
        appended(lambda: box("free") * 100_000),
    ),
    "svg a hundred thousand deep": (lambda: media("SVG"), deep_svg),
    "svg entities": (lambda: media("SVG"), laughing_svg),
    "svg two stores": (lambda: media("SVG"), twice),
    "mp3 half a million frames": (
        lambda: media("MP3"),
        lambda data, _: tag_bomb() + data,
    ),
    "flac tag of 2^28 bytes": (
        lambda: media("FLAC"),
        lambda data, _: data[:6] + b"\x7f\x7f\x7f\x7f" + data[10:],
    ),
    "ogg page past the end": (ogg, patched(26, b"\xff" * 40)),
    "ogg store cut": (ogg, lambda d, e: d[: e.stores[0].frame.end - 100]),
    "pdf ring of updates": (
        lambda: media("PDF"),
        lambda data, _: (
            data
            + b"\nxref\n0 0\ntrailer\n<</Size 9/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF"
            % (len(data) + 1, len(data) + 1)
        ),
    ),
    "pdf a hundred thousand arrays": (
        lambda: media("PDF"),
        lambda data, _: (
            data
            + b"\nxref\n0 0\ntrailer\n<</Root 1 0 R/A %s>>\nstartxref\n%d\n%%%%EOF"
            % (b"[" * 100_000, len(data) + 1)
        ),
    ),
}


@pytest.fixture(scope="module")
def signed(issued: Issued) -> Callable[[Callable[[], bytes]], bytes]:
    def sign(make: Callable[[], bytes]) -> bytes:
        out = io.BytesIO()
        disclosure = ad.Disclosure(ai="generated")
        ad.sign(make(), out, disclosure=disclosure, signer=issued("es256").signer(), xmp=False)
        return out.getvalue()

    return sign


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


#: Runs the program and adds how much memory it took at most, in KiB, as the last line.
PROGRAM = (
    "import resource, sys\n"
    "from aidisclose.cli.main import main\n"
    "code = main(sys.argv[1:])\n"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
    "sys.exit(code)\n"
)


def run(home: Path, *arguments: object) -> tuple[int, str, list[str], int]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        capture_output=True,
        env=running.environment(home),
        preexec_fn=limited,
        timeout=60,
        check=False,
    )
    *lines, memory = done.stderr.decode().splitlines()
    return done.returncode, done.stdout.decode(), lines, int(memory) * limits.KIB


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The memory that a verification takes of which nothing is hostile."""
    folder = tmp_path_factory.mktemp("usual")
    (folder / "file.png").write_bytes(samples.png())
    return run(folder / "a" / "home", "verify", folder / "file.png")[3]


@pytest.mark.parametrize("name", ATTACKS)
def test_a_hostile_file_is_judged(
    name: str, signed: Callable[[Callable[[], bytes]], bytes], home: Path, work: Path, usual: int
) -> None:
    make, attack = ATTACKS[name]
    good = signed(make)
    source = BytesSource(good)
    path = work / "hostile"
    path.write_bytes(attack(good, identify(source).scan(source)))
    code, out, errors, memory = run(home, "verify", path, "--format", "json")
    (result,) = json.loads(out)["results"]
    # A file that stays good in spite of what was added to it is judged like any other.
    assert (code, result["state"]) in {(1, "invalid"), (4, "unreadable")}, result["statuses"]
    assert len(errors) <= 1
    assert memory - usual < MEMORY
    code, _, errors, memory = run(home, "sign", path, "--ai", "generated", "-o", work / "out")
    assert code in {0, 1, 2, 4}
    assert (work / "out").exists() == (code == 0)
    assert memory - usual < MEMORY
    assert not any("Traceback" in line or "bug" in line for line in errors)
