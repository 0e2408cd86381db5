"""`sign --thumbnail`, and the file that `inspect --extract` writes."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.cli.running import Run


def test_a_thumbnail_is_written_and_extracted(aidisclose: Run, work: Path) -> None:
    Image.new("RGB", (1500, 900), "green").save(work / "large.jpg")
    assert aidisclose("sign", "large.jpg", "--ai", "generated", "--thumbnail").code == 0
    assert aidisclose("inspect", "large.signed.jpg", "--extract", "shown").code == 0
    [made] = (work / "shown").iterdir()
    with Image.open(made) as image:
        assert image.size == (1024, 614)


def test_an_update_has_no_thumbnail(aidisclose: Run) -> None:
    assert aidisclose("sign", "picture.png", "--ai", "generated").code == 0
    done = aidisclose("sign", "picture.signed.png", "--update", "--published", "--thumbnail")
    assert done.code == 2
    assert "leave out --thumbnail" in done.err
