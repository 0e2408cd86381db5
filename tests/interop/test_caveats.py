"""Where a manifest store makes other programs stumble, signing says so, and it is true."""

from __future__ import annotations

import io
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


def mp3(*frames: tuple[bytes, bytes], behind: bytes = b"") -> bytes:
    body = b"".join(name + len(data).to_bytes(4) + b"\0\0" + data for name, data in frames)
    size = len(body + behind)
    head = b"ID3\3\0\0" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    audio = next(item.data() for item in samples.of(MP3) if item.name == "untagged")
    assert not audio.startswith(b"ID3")
    return head + body + behind + audio


MP3 = next(each for each in CONTAINERS if each.name == "MP3")
TITLE = (b"TIT2", b"\0Rome")
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
