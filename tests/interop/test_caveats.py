"""Where a manifest store makes other programs stumble, signing says so, and it is true."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import c2pa
import pytest
from PIL import Image

import aidisclose as ad
from aidisclose.containers import CONTAINERS
from tests.containers import samples
from tests.issuing import Issued


def signed(data: bytes, issued: Issued) -> tuple[bytes, tuple[str, ...]]:
    """A signed copy, and the warnings."""
    out = io.BytesIO()
    made = ad.sign(
        data, out, disclosure=ad.Disclosure(ai="generated"), signer=issued("es256").signer()
    )
    return out.getvalue(), made.warnings


def tiff(pages: int) -> bytes:
    out = io.BytesIO()
    first, *others = [Image.new("L", (8, 8), page) for page in range(pages)]
    first.save(out, "TIFF", save_all=True, append_images=others)
    return out.getvalue()


def pages_of(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as image:
        count: int = getattr(image, "n_frames", 1)
    return count


def test_a_tiff_of_several_pages(issued: Issued) -> None:
    data, warnings = signed(tiff(3), issued)
    assert "a TIFF of 3 pages" in " ".join(warnings)
    with pytest.raises(TypeError, match="dimensions"):
        pages_of(data)


def test_a_tiff_of_one_page(issued: Issued) -> None:
    data, warnings = signed(tiff(1), issued)
    assert "TIFF of" not in " ".join(warnings)
    assert pages_of(data) == 1


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs FFmpeg")
def test_a_png_that_moves(issued: Issued, tmp_path: Path) -> None:
    plain, path = tmp_path / "plain.apng", tmp_path / "signed.apng"
    film = ("-f", "lavfi", "-i", "testsrc=d=1:s=64x48:r=10", "-f", "apng")
    subprocess.run(["ffmpeg", "-v", "error", *film, plain], check=True)
    data, warnings = signed(plain.read_bytes(), issued)
    path.write_bytes(data)
    assert "a PNG that moves" in " ".join(warnings)
    assert frames(path) < frames(plain) == frames(path, "-f", "apng") == 10
    assert pages_of(data) == 10


def frames(path: Path, *options: str | Path) -> int:
    command = ["ffmpeg", "-v", "error", *options, "-i", path, "-f", "framemd5", "-"]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return sum(not line.startswith("#") for line in found.stdout.splitlines())


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs FFmpeg")
def test_a_chained_ogg(issued: Issued, tmp_path: Path) -> None:
    one = tmp_path / "one.ogg"
    tone = ("-f", "lavfi", "-i", "sine=duration=1", "-c:a", "libvorbis")
    subprocess.run(["ffmpeg", "-v", "error", *tone, one], check=True)
    alone = one.read_bytes()
    tone = ("-f", "lavfi", "-i", "sine=500:duration=1", "-c:a", "libvorbis")
    subprocess.run(["ffmpeg", "-v", "error", "-y", *tone, one], check=True)
    chained, warnings = signed(alone + one.read_bytes(), issued)
    assert "a chained Ogg" in " ".join(warnings)
    assert "chained" not in " ".join(signed(alone, issued)[1])
    assert len(chained) > len(alone)


def ran(*command: str | Path) -> str:
    """What a program prints; one that is not installed skips the test."""
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout


def described() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = "A town"
    return exif


@pytest.mark.parametrize("is_behind", [False, True], ids=["before", "behind"])
def test_exif_in_a_png(is_behind: bool, issued: Issued, tmp_path: Path) -> None:
    """ExifTool shows Exif behind the image data no more, and a warning says so of that file."""
    plain = samples.png()
    exif = samples.png_chunk(b"eXIf", described().tobytes()[6:])
    start = plain.index(b"IEND" if is_behind else b"IDAT") - 4
    path = tmp_path / "picture.png"
    path.write_bytes(plain[:start] + exif + plain[start:])
    assert "A town" in ran("exiftool", "-ImageDescription", path)
    data, warnings = signed(path.read_bytes(), issued)
    path.write_bytes(data)
    assert ("A town" in ran("exiftool", "-ImageDescription", path)) == (not is_behind)
    assert ("Exif behind the image data" in " ".join(warnings)) == is_behind


def id3v1(title: str) -> bytes:
    return b"TAG" + title.encode().ljust(124, b"\0") + b"\x0c"


@pytest.mark.parametrize("title", ["Rome", ""])
def test_an_id3v1_tag_only(title: str, issued: Issued, tmp_path: Path) -> None:
    path = tmp_path / "sound.mp3"
    path.write_bytes(AUDIO * 20 + id3v1(title))
    shown = ("ffprobe", "-v", "error", "-show_entries", "format_tags=title", path)
    assert title in ran(*shown)
    data, warnings = signed(path.read_bytes(), issued)
    path.write_bytes(data)
    assert not title or title not in ran(*shown)
    assert ("an ID3v1 tag only" in " ".join(warnings)) == bool(title)
    _, warnings = signed(mp3(TITLE) + id3v1(title), issued)
    assert "an ID3v1 tag only" not in " ".join(warnings)


def test_a_frame_that_2_4_has_not(issued: Issued, tmp_path: Path) -> None:
    path = tmp_path / "sound.mp3"
    frame = b"RVA\0\0\x0a\3\x10....\0\0\0\0"
    path.write_bytes(b"ID3\2\0\0\0\0\0\x10" + frame + AUDIO)
    assert "Volume" in ran("exiftool", path)
    data, warnings = signed(path.read_bytes(), issued)
    path.write_bytes(data)
    assert "Volume" not in ran("exiftool", path)
    assert "RVA of an ID3v2.2 tag" in " ".join(warnings)


def test_tags_that_are_saved_after_signing(issued: Issued, tmp_path: Path) -> None:
    """mutagen keeps the store, but not what it covers."""
    mutagen = pytest.importorskip("mutagen")
    data, _ = signed(mp3(TITLE, behind=bytes(20)), issued)
    path = tmp_path / "sound.mp3"
    path.write_bytes(data)
    tags = mutagen.File(path)
    assert str(tags["TIT2"]) == "Rome"
    assert tags.tags.getall("GEOB")
    assert ad.verify(path, trust=ad.TrustConfig.none()).state is ad.State.VALID
    tags.save()
    assert mutagen.File(path).tags.getall("GEOB")
    assert ad.verify(path, trust=ad.TrustConfig.none()).state is ad.State.INVALID


@pytest.mark.parametrize("place", [2, 20, -2], ids=["SOI", "APP0", "EOI"])
def test_fill_bytes_in_a_jpeg(place: int, issued: Issued) -> None:
    """The reference does not count those before the store; so there are none."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64)).save(out, "JPEG", exif=described())
    plain = out.getvalue()
    data, _ = signed(plain[:place] + b"\xff" * 5 + plain[place:], issued)
    with c2pa.Reader("image/jpeg", io.BytesIO(data)) as reader:
        found = json.loads(reader.json())["validation_results"]["activeManifest"]["failure"]
    assert {each["code"] for each in found} <= {"signingCredential.untrusted"}


def mp3(*frames: tuple[bytes, bytes], behind: bytes = b"") -> bytes:
    body = b"".join(name + len(data).to_bytes(4) + b"\0\0" + data for name, data in frames)
    size = len(body + behind)
    head = b"ID3\3\0\0" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return head + body + behind + AUDIO


MP3 = next(each for each in CONTAINERS if each.name == "MP3")
AUDIO = next(item.data() for item in samples.of(MP3) if item.name == "untagged")
TITLE = (b"TIT2", b"\0Rome")


def v24(name: bytes, data: bytes, flags: int) -> bytes:
    frame = name + len(data).to_bytes(4) + flags.to_bytes(2) + data
    return b"ID3\4\0\0" + len(frame).to_bytes(4) + frame + AUDIO


#: Frames with less than their type needs, and what stands behind frames; and what is as it should.
TAGS: dict[str, tuple[bytes, str]] = {
    "no owner": (mp3(TITLE, (b"PRIV", b"abc")), "PRIV"),
    "no end of a description": (mp3(TITLE, (b"COMM", b"\0engabc")), "COMM"),
    "no picture": (mp3(TITLE, (b"APIC", b"\0image/png")), "APIC"),
    "no times": (mp3(TITLE, (b"CHAP", b"one\0")), "CHAP"),
    "an unknown encoding": (mp3(TITLE, (b"TALB", b"\x09abc")), "TALB"),
    "something behind": (mp3(TITLE, behind=b"not a frame"), "bytes behind"),
    "an empty frame": (mp3(TITLE, (b"TALB", b"")), ""),
    "an owner": (mp3(TITLE, (b"PRIV", b"me\0abc")), ""),
    "a wide description": (mp3(TITLE, (b"COMM", b"\1eng\xff\xfea\0\0\0\xff\xfeb\0")), ""),
    "a picture": (mp3(TITLE, (b"APIC", b"\0image/png\0\3\0abc")), ""),
    "an odd flag": (v24(b"TALB", b"\0a", 1), "TALB"),
    "a length": (v24(b"TALB", b"\0\0\0\2\0a", 1), ""),
    "an odd name": (mp3((b"Date", b"\x002001"), TITLE), ""),
    "padding": (mp3(TITLE, behind=bytes(20)), ""),
}


@pytest.mark.parametrize("name", TAGS)
def test_tags_at_which_the_reference_stops(name: str, issued: Issued) -> None:
    """It is warned of those in which the reference finds no store, and of no others."""
    data, found = TAGS[name]
    made, warnings = signed(data, issued)
    try:
        c2pa.Reader("audio/mpeg", io.BytesIO(made)).close()
        is_found = True
    except c2pa.C2paError:
        is_found = False
    assert is_found == (not found)
    told = [each for each in warnings if "ID3v2 tag" in each]
    assert len(told) == (not is_found)
    assert found in " ".join(told)
