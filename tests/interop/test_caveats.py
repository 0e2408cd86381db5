"""Where a manifest store makes other programs stumble, signing says so, and it is true."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

import aidisclose as ad
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
