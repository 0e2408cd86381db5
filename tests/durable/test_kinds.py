"""Fingerprints of sound, film and text; the programs that prepare them are Debian's."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from aidisclose import limits
from aidisclose.durable import iscc, kind, matching
from aidisclose.durable.fingerprint import fingerprint, queries
from aidisclose.errors import (
    AidiscloseError,
    LimitExceeded,
    Malformed,
    UnsupportedFormat,
    UsageError,
)
from tests.durable.pictures import encoded, scene

needs_sound = pytest.mark.skipif(
    not (shutil.which("fpcalc") and shutil.which("ffmpeg")), reason="needs fpcalc and ffmpeg"
)
needs_film = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs ffmpeg")

MELODY = (
    "aevalsrc='0.4*sin(2*PI*t*(300+80*floor(mod(t*{0},7))))"
    "+0.3*sin(2*PI*t*(900+120*floor(mod(t*2,{0}))))':d=12"
)


def ffmpeg(*arguments: str, cwd: Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], cwd=cwd, check=True)


def content(path: Path) -> iscc.CodeUnit:
    return iscc.searched(fingerprint(path))[0]


def apart(one: Path, other: Path) -> int:
    [query] = queries(other)
    assert query.group == content(one).group
    return matching.distance(content(one).bits, query.bits)


@needs_sound
def test_a_compressed_sound_is_near_and_another_one_far(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", MELODY.format(3), "a.wav", cwd=tmp_path)
    ffmpeg("-i", "a.wav", "-b:a", "64k", "-f", "mp3", "copy", cwd=tmp_path)
    ffmpeg("-f", "lavfi", "-i", MELODY.format(5), "b.flac", cwd=tmp_path)
    assert content(tmp_path / "a.wav").group == "2.2"
    limit = matching.reach(iscc.AUDIO)
    assert apart(tmp_path / "a.wav", tmp_path / "copy") <= limit
    assert apart(tmp_path / "a.wav", tmp_path / "b.flac") > limit


@needs_film
def test_a_smaller_film_is_near_and_another_one_far(tmp_path: Path) -> None:
    for name, source in (("a.mp4", "testsrc2"), ("b.mp4", "mandelbrot")):
        given = f"{source}=size=320x240:rate=10"
        ffmpeg("-f", "lavfi", "-i", given, "-t", "4", "-pix_fmt", "yuv420p", name, cwd=tmp_path)
    ffmpeg("-i", "a.mp4", "-vf", "scale=160:120", "-b:v", "100k", "copy.mkv", cwd=tmp_path)
    assert content(tmp_path / "a.mp4").group == "2.3"
    limit = matching.reach(iscc.VIDEO)
    assert apart(tmp_path / "a.mp4", tmp_path / "copy.mkv") <= limit
    assert apart(tmp_path / "a.mp4", tmp_path / "b.mp4") > limit


def words(seed: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices("abcdefghijklmnop", k=6)) for _ in range(400)]


def test_a_text_with_other_breaks_is_near_and_another_one_far(tmp_path: Path) -> None:
    first, copy, other = (tmp_path / name for name in ("a.txt", "copy.txt", "b.txt"))
    first.write_text(" ".join(words(1)))
    copy.write_bytes(b"\xef\xbb\xbf" + "\n".join(words(1)).upper().encode())
    other.write_text(" ".join(words(2)))
    assert content(first).group == "2.0"
    assert apart(first, copy) == 0
    assert apart(first, other) > matching.reach(iscc.TEXT)


def test_what_says_too_little_has_no_fingerprint() -> None:
    with pytest.raises(UnsupportedFormat, match="too short"):
        fingerprint(io.BytesIO(b"hello world"))


def test_text_that_ends_in_something_else_is_refused() -> None:
    data = " ".join(words(1)).encode().ljust(9_000, b"x") + b"\xff"
    with pytest.raises(Malformed, match="not UTF-8"):
        fingerprint(io.BytesIO(data))


@pytest.mark.parametrize(
    "data",
    [
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\0\0\0\x18ftypisom" + bytes(99),
        b"\x1a\x45\xdf\xa3" + bytes(99),
        b"fLaC" + bytes(99),
        b"#EXTM3U\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    ],
)
@needs_sound
def test_damaged_files_are_errors(data: bytes) -> None:
    with pytest.raises(AidiscloseError) as caught:
        fingerprint(io.BytesIO(data))
    assert not isinstance(caught.value, UsageError)


#: FFmpeg looks behind an ID3 tag for any format.
BEHIND_A_TAG = {
    "a list of files": "ffconcat version 1.0\nfile secret.mp3\n",
    "a playlist": (
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:12\n#EXTINF:12,\n"
        "{folder}/secret.mp3\n#EXT-X-ENDLIST\n"
    ),
}


@needs_sound
@pytest.mark.parametrize("name", BEHIND_A_TAG)
def test_no_other_file_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ffmpeg("-f", "lavfi", "-i", MELODY.format(3), "secret.mp3", cwd=tmp_path)
    lead = BEHIND_A_TAG[name].format(folder=tmp_path).encode()
    with pytest.raises(Malformed, match="fpcalc cannot read"):
        fingerprint(io.BytesIO(b"ID3\4\0\0\0\0\0\0" + lead))


FORMS = {
    "mp3": ("-f", "mp3"),
    "tagged": ("-f", "mp3", "-metadata", "title=x"),
    "flac": (),
    "ogg": ("-c:a", "libopus"),
    "m4a": (),
    "rf64": ("-f", "wav", "-rf64", "always"),
}


@needs_sound
@pytest.mark.parametrize("name", FORMS)
def test_sound_in_every_container(tmp_path: Path, name: str) -> None:
    ffmpeg("-f", "lavfi", "-i", MELODY.format(3), "a.wav", cwd=tmp_path)
    copy = tmp_path / f"copy.{name}"
    ffmpeg("-i", "a.wav", *FORMS[name], copy.name, cwd=tmp_path)
    assert apart(tmp_path / "a.wav", copy) <= matching.reach(iscc.AUDIO)


@needs_sound
@pytest.mark.parametrize("name", ["flac", "adts"])
def test_sound_behind_an_id3_tag(tmp_path: Path, name: str) -> None:
    ffmpeg("-f", "lavfi", "-i", MELODY.format(3), "a.wav", cwd=tmp_path)
    ffmpeg("-i", "a.wav", "-f", name, "inner", cwd=tmp_path)
    copy = tmp_path / "copy.mp3"
    tag = b"ID3\4\0\0\0\0\x27\x10" + bytes(0x27 << 7 | 0x10)
    copy.write_bytes(tag + (tmp_path / "inner").read_bytes())
    assert apart(tmp_path / "a.wav", copy) <= matching.reach(iscc.AUDIO)


@pytest.mark.parametrize(("data", "name"), [(b"fLaC", "fpcalc"), (b"\0\0\0\x18ftypisom", "ffmpeg")])
def test_a_missing_program_is_named(
    data: bytes, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match=f"needs the program {name}"):
        fingerprint(io.BytesIO(data))


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (encoded(scene(1)), iscc.IMAGE),
        (encoded(scene(1), "WEBP"), iscc.IMAGE),
        (b"\0\0\0\x18ftypavif", iscc.IMAGE),
        (b"\0\0\0\x18ftypM4A ", iscc.AUDIO),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", iscc.IMAGE),
        (b"%PDF-1.7 ", iscc.IMAGE),
        ("ä".encode() * 3000, iscc.TEXT),
        (b"x" + "ä".encode() * 3000, iscc.TEXT),
        (b"", iscc.IMAGE),
    ],
)
def test_the_kind_is_told_by_the_first_bytes(head: bytes, found: int) -> None:
    assert kind.of(head[: kind.HEAD]) == found


@needs_film
@pytest.mark.skipif(sys.platform == "win32", reason="programs have no limits there")
@pytest.mark.parametrize(
    ("limit", "value"), [("FINGERPRINT_MEMORY", 64 * limits.MIB), ("FINGERPRINT_WRITTEN", 1000)]
)
def test_programs_have_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240", "-t", "2", "a.mp4", cwd=tmp_path)
    assert fingerprint(tmp_path / "a.mp4")
    monkeypatch.setattr(limits, limit, value)
    with pytest.raises(Malformed):
        fingerprint(tmp_path / "a.mp4")


@needs_film
def test_a_small_film_has_little_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240", "-t", "2", "a.mp4", cwd=tmp_path)
    monkeypatch.setattr(limits, "FINGERPRINT_LEAST_TIME", 0.01)
    monkeypatch.setattr(limits, "FINGERPRINT_RATE", 2**40)
    with pytest.raises(LimitExceeded, match="took too long"):
        fingerprint(tmp_path / "a.mp4")
